"""`# coexist: ignore[code]` at the end of a line silences that code on it."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from router.checks.catalogue import CODES, Code
from router.checks.plan_catalogue import PLAN_CODES
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

    def silences(self, problem: Problem, codes: Mapping[str, Code]) -> bool:
        known = codes.get(problem.code)
        return (
            problem.code == self.code
            and known is not None
            and known.can_be_ignored
            and (problem.location.file, problem.location.line) == (self.place.file, self.place.line)
        )


def without_ignored(
    problems: Iterable[Problem],
    files: Iterable[Path],
    *,
    codes: Mapping[str, Code] = CODES,
    others: Collection[str] = PLAN_CODES.keys() - CODES.keys(),
    report_unused: bool = True,
) -> list[Problem]:
    """The problems that no comment of `files` silences.

    With `report_unused`, a comment that silences nothing is a problem of its own, unless its
    code is one of `others`: those of another command.
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
        silencing = [ignore for ignore in here if ignore.silences(problem, codes)]
        used.update(silencing)
        if not silencing:
            kept.append(problem)
    if report_unused:
        unused = (each for each in ignores if each not in used and each.code not in others)
        kept += [_unused(ignore, codes) for ignore in unused]
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


def _unused(ignore: _Ignore, codes: Mapping[str, Code]) -> Problem:
    known = codes.get(ignore.code)
    if not ignore.code:
        message, advice = "This comment names no code.", "Write `# coexist: ignore[code]`."
    elif known is None:
        message = f"There is no code '{ignore.code}' to ignore."
        advice = did_you_mean(ignore.code, codes, "See docs/checks.md.")
    elif not known.can_be_ignored:
        message = f"'{ignore.code}' can't be ignored: what has it can't be read."
        advice = "Mend it, and remove the comment."
    else:
        message, advice = f"Nothing on this line is '{ignore.code}'.", "Remove the comment."
    return Problem(ignore.place, "unused-ignore", message, advice, is_warning=True)
