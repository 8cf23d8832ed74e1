"""`# coexist: ignore[code]` at the end of a line silences that code on it."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from router.checks.catalogue import CODES
from router.errors import Location, Problem
from router.flows.spelling import did_you_mean

__all__ = ["without_ignored"]

_MARK = b"coexist:"
_COMMENT = re.compile(r"(?:^|\s)#\s*(coexist:\s*ignore\b(?:\[(?P<codes>[^\]]*)\])?)")


@dataclass(frozen=True)
class _Ignore:
    """One code that one comment silences."""

    place: Location
    code: str

    def silences(self, problem: Problem) -> bool:
        known = CODES.get(problem.code)
        return (
            problem.code == self.code
            and known is not None
            and known.can_be_ignored
            and (problem.location.file, problem.location.line) == (self.place.file, self.place.line)
        )


def without_ignored(
    problems: Iterable[Problem], files: Iterable[Path], *, report_unused: bool = True
) -> list[Problem]:
    """The problems that no comment of `files` silences.

    With `report_unused`, a comment that silences nothing is a problem of its own.
    """
    found = list(problems)
    ignores = [ignore for file in files for ignore in _ignores(file)]
    if not ignores:
        return found
    by_line: dict[tuple[str, int], list[_Ignore]] = {}
    for ignore in ignores:
        by_line.setdefault((ignore.place.file, ignore.place.line), []).append(ignore)
    kept, used = [], set()
    for problem in found:
        here = by_line.get((problem.location.file, problem.location.line), ())
        silencing = [ignore for ignore in here if ignore.silences(problem)]
        used.update(silencing)
        if not silencing:
            kept.append(problem)
    if report_unused:
        kept += [_unused(ignore) for ignore in ignores if ignore not in used]
    return kept


def _ignores(file: Path) -> Iterator[_Ignore]:
    try:
        data = file.read_bytes()
    except OSError:
        return
    if _MARK not in data:
        return
    for number, line in enumerate(data.decode("utf-8-sig", "replace").splitlines(), 1):
        match = _COMMENT.search(line)
        if match:
            place = Location(str(file), number, match.start(1) + 1)
            for code in (match["codes"] or "").split(","):
                yield _Ignore(place, code.strip())


def _unused(ignore: _Ignore) -> Problem:
    known = CODES.get(ignore.code)
    if not ignore.code:
        message, advice = "This comment names no code.", "Write `# coexist: ignore[code]`."
    elif known is None:
        message = f"There is no code '{ignore.code}' to ignore."
        advice = did_you_mean(ignore.code, CODES, "See docs/checks.md.")
    elif not known.can_be_ignored:
        message = f"'{ignore.code}' can't be ignored: what has it can't be read."
        advice = "Mend it, and remove the comment."
    else:
        message, advice = f"Nothing on this line is '{ignore.code}'.", "Remove the comment."
    return Problem(ignore.place, "unused-ignore", message, advice, is_warning=True)
