"""The labelled messages of a file, be it CSV or Rasa's NLU training data."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from router.errors import InvalidFile, Location
from router.evaluation.expected_routes import RouteLists
from router.evaluation.labelled import LabelledMessage, invalid, read_csv, spread
from router.evaluation.nlu_examples import nlu_examples

__all__ = ["MessageFile", "also_trained_on", "read_messages"]


@dataclass(frozen=True)
class MessageFile:
    """The messages of a file, the part of it that they are, and what is to be said of them."""

    messages: list[LabelledMessage]
    part: str | None = None
    notes: tuple[str, ...] = ()


def read_messages(
    file: Path,
    lists: Callable[[], RouteLists],
    *,
    part: str | None = None,
    usual_part: str = "test",
    limit: int | None = None,
) -> MessageFile:
    """The messages of a CSV file, or of NLU training data.

    Args:
        file: CSV, or YAML or a folder of it with NLU training data.
        lists: gives the lists that say where intents go; asked for training data only.
        part: as in `read_csv`; training data has none.
        usual_part: as in `read_csv`.
        limit: at most so many messages, taken evenly from all of them.

    Raises:
        InvalidFile: the file can't be read.
    """
    if not (file.is_dir() or file.suffix in (".yml", ".yaml")):
        messages, used = read_csv(file, part, usual_part)
        return MessageFile(spread(messages, limit), used)
    if part is not None:
        message = "Training data has no parts."
        raise invalid(Location(str(file)), "invalid-value", message, "Leave --part out.")
    examples = nlu_examples([file])
    if not examples:
        message = "It has no examples of intents."
        advice = "Write `nlu:` with intents and examples, or a CSV file."
        raise invalid(Location(str(file)), "invalid-value", message, advice)
    known = lists()
    unlisted = ", ".join(known.unlisted_among(examples))
    note = f"No list names {unlisted}: '{known.unlisted}' is expected of them."
    return MessageFile(spread(known.labelled(examples), limit), notes=(note,) if unlisted else ())


def also_trained_on(messages: Sequence[LabelledMessage], data: Iterable[Path]) -> list[str]:
    """A note if some of the messages are in the training data, which makes figures too good."""
    try:
        known = {_folded(each.text) for each in nlu_examples(p for p in data if p.exists())}
    except InvalidFile:
        return []  # training says what is wrong with it
    count = sum(_folded(each.text) in known for each in messages)
    if not count:
        return []
    return [
        f"{count} of {len(messages)} messages are also in the training data: "
        "new ones will go wrong more often."
    ]


def _folded(text: str) -> str:
    return " ".join(text.casefold().split())
