"""Labelled messages: which text should go where, read from CSV.

The columns `text` and `route` are needed; `intent`, `domain`, `split` and `llm` (where a
language model sent the message) are used if they are there, others are left alone.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from router.errors import InvalidFile, Location, Problem
from router.flows.model import NOWHERE
from router.routing.configuration import nearest
from router.routing.decision import OUTCOMES

__all__ = ["LabelledMessage", "invalid", "read_csv", "spread"]

NEEDED = ("text", "route")
ROUTES = ", ".join(OUTCOMES)
_SHOWN = 20  # problems of one file
_OTHER_DELIMITERS = {";": "semicolons", "\t": "tabs", "|": "bars"}


@dataclass(frozen=True)
class LabelledMessage:
    """A text and what is known of it.

    Attributes:
        text: what a user says.
        route: where it should go: `calm`, `nlu`, `calm_once` or `nlu_once`.
        intent: the intent it means, if known.
        domain: the topic area it belongs to, if known.
        llm: where a language model sent it, if one was asked.
        place: where it is written.
    """

    text: str
    route: str
    intent: str | None = None
    domain: str | None = None
    llm: str | None = None
    place: Location = field(default=NOWHERE, compare=False)


def read_csv(
    file: Path, part: str | None = None, usual_part: str = "test"
) -> tuple[list[LabelledMessage], str | None]:
    """The messages of a CSV file, separated by commas, with a line of column names.

    Args:
        file: its path.
        part: only lines with this value in the column `split`.
        usual_part: the value if none is given; all lines in a file without that column.

    Returns:
        The messages, and the part that they are; None if the file has no parts.

    Raises:
        InvalidFile: it can't be read so; all problems, or the first of many, are listed.
    """
    name = str(file)
    rows = _rows(name, _text(file))
    line, header = next(rows, (1, []))
    columns = [column.strip() for column in header]
    _check_columns(name, line, columns)
    if part is None and "split" in columns:
        part = usual_part
    if part is not None and "split" not in columns:
        raise invalid(
            Location(name, line),
            "missing-key",
            f"There's no column 'split' to tell which lines are '{part}'.",
            "Leave --part out, or add the column.",
        )
    problems: list[Problem] = []
    found: list[LabelledMessage] = []
    parts: dict[str, None] = {}
    for line, values in rows:
        if not values:
            continue
        row = dict(zip(columns, values, strict=False))
        place = Location(name, line)
        if len(values) != len(columns):
            message = f"The line has {len(values)} values for {len(columns)} columns."
            advice = 'Put texts that contain commas between quotes ("...").'
            problems.append(Problem(place, "invalid-value", message, advice))
            continue
        parts[row.get("split", "")] = None
        if part is not None and row["split"] != part:
            continue
        problems += _problems(row, place)
        known = {key: row[key] for key in ("intent", "domain", "llm") if row.get(key)}
        found.append(LabelledMessage(row["text"], row["route"], place=place, **known))
    if problems:
        raise InvalidFile(_at_most(problems, name))
    if not found:
        message = f"No line is of the part '{part}'." if part is not None else "It has no messages."
        advice = f"Its parts: {', '.join(parts)}." if parts and part is not None else ""
        raise invalid(Location(name), "invalid-value", message, advice)
    return found, part


def spread(messages: Sequence[LabelledMessage], limit: int | None) -> list[LabelledMessage]:
    """At most so many of the messages, taken evenly from all of them; the same every time."""
    if limit is None or limit >= len(messages):
        return list(messages)
    return [messages[index * len(messages) // limit] for index in range(limit)]


def invalid(place: Location, code: str, message: str, advice: str = "") -> InvalidFile:
    """The error of a file with one problem."""
    return InvalidFile([Problem(place, code, message, advice)])


def _text(file: Path) -> str:
    try:
        data = file.read_bytes()
    except OSError as error:
        message = f"The file can't be read: {error.strerror or error}."
        raise invalid(Location(str(file)), "unreadable-file", message) from error
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        message = f"The byte 0x{data[error.start]:02x} isn't UTF-8."
        advice = "Save the file with the encoding UTF-8."
        raise invalid(Location(str(file), line), "not-utf8", message, advice) from error


def _rows(name: str, text: str) -> Iterator[tuple[int, list[str]]]:
    """Each line's number, of its first line if quotes hold several, and its values."""
    reader = csv.reader(io.StringIO(text, newline=""), strict=True)
    while True:
        line = reader.line_num + 1
        try:
            yield line, next(reader)
        except StopIteration:
            return
        except csv.Error as error:
            advice = 'Double the quotes inside a text: "say ""hi""".'
            raise invalid(Location(name, line), "invalid-value", f"{error}.", advice) from error


def _check_columns(name: str, line: int, columns: Sequence[str]) -> None:
    missing = [column for column in NEEDED if column not in columns]
    if not missing:
        return
    place = Location(name, line)
    if not any(columns):
        raise invalid(place, "invalid-value", "The file is empty.")
    used = next((each for each in _OTHER_DELIMITERS if each in columns[0]), None)
    if used and len(columns) == 1:
        message = f"Its columns are separated by {_OTHER_DELIMITERS[used]}."
        raise invalid(place, "invalid-value", message, "Separate them by commas.")
    names = " and ".join(f"'{column}'" for column in missing)
    advice = nearest(missing[0], columns) or f"The first line names: {', '.join(columns)}."
    raise invalid(place, "missing-key", f"There's no column {names}.", advice)


def _problems(row: dict[str, str], place: Location) -> Iterator[Problem]:
    if not row["text"].strip():
        yield Problem(place, "invalid-value", "The text is empty.", "Remove the line.")
    for column in ("route", "llm"):
        value = row.get(column)
        if value not in OUTCOMES and (column == "route" or value):
            message = f"'{column}' can't be {value!r}."
            advice = nearest(str(value), OUTCOMES) or f"Write one of {ROUTES}."
            yield Problem(place, "invalid-value", message, advice)


def _at_most(problems: Sequence[Problem], name: str) -> list[Problem]:
    shown = list(problems[:_SHOWN])
    if len(problems) > _SHOWN:
        message = f"So are {len(problems) - _SHOWN} more lines."
        shown.append(Problem(Location(name), "invalid-value", message))
    return shown
