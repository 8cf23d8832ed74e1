"""The plan as Markdown, for a pull request.

Names and places go into `<code>` with all that means something in Markdown as entities.
"""

from __future__ import annotations

import html
import re
from collections.abc import Iterable, Iterator, Sequence

from router.planner.reports.contents import counted
from router.planner.reports.facts import (
    PlanReport,
    SkillRow,
    area_rows,
    change_in_words,
    kept_in_both,
    reasons,
    skill_rows,
    totals,
)

__all__ = ["LIMIT", "as_markdown"]

#: Characters; code hosts take 65,536.
LIMIT = 60_000
_TOGETHER = 20  # skills in one fold, each of which may be left out
_SPECIAL = {ord(each): f"&#{ord(each)};" for each in "\\`*[]|~@#"}
_EDGE = re.compile(r"(?<![A-Za-z0-9])_|_(?![A-Za-z0-9])")
_BREAK = "<br>"


def as_markdown(report: PlanReport) -> str:
    """Areas and the change in sight, skills and reasons folded.

    Parts that would make it longer than `LIMIT` characters are left out, which it says.
    """
    kept, dropped, left = [], 0, LIMIT
    for part in _parts(report):
        if len(part) < left:
            kept.append(part)
            left -= len(part) + 1
        else:
            dropped += 1
    if dropped:
        are = "is" if dropped == 1 else "are"
        what = f"{counted(dropped, 'part')} {are} too long for a comment"
        kept.append(f"_{what}: see the JSON report._\n")
    return "\n".join(kept)


def _parts(report: PlanReport) -> Iterator[str]:
    yield f"### Migration plan\n\n{_escaped(totals(report))}\n"
    yield _bullets(change_in_words(report))
    yield _areas(report)
    if kept := kept_in_both(report.proposal, report.merged.plan):
        pairs = ((_code(name), _escaped(reason)) for name, reason in kept.items())
        yield f"#### Kept in both systems\n\n{_table(('skill', 'why'), pairs)}"
    if report.merged.diff:
        yield _folded("The change", f"<pre>{html.escape(report.merged.diff, quote=False)}</pre>\n")
    rows = skill_rows(report)
    yield _folded(counted(len(rows), "skill"), _skills(report, rows))
    for start in range(0, len(rows), _TOGETHER):
        some = rows[start : start + _TOGETHER]
        title = f"What the skills are made of: {start + 1} to {start + len(some)}"
        yield _folded(title, "\n".join(map(_contents, some)))
    if left := reasons(report):
        yield _folded(f"Remarks: {len(left)}", _bullets(left))


def _areas(report: PlanReport) -> str:
    traffic = ["traffic"] if report.traffic else []
    figures = ("cohesion", "cut", "risk", "effort", *traffic)
    head = ("", "area", "skills", "in the plan", *figures, "what it breaks")
    rows = (
        (
            row.number,
            _code(row.name),
            _codes(row.skills),
            _escaped(row.plan),
            row.cohesion,
            row.cut,
            row.risk,
            row.effort,
            *([row.traffic] if report.traffic else []),
            _BREAK.join(map(_escaped, row.costs)),
        )
        for row in area_rows(report)
    )
    return f"#### Areas, in the order of their migration\n\n{_table(head, rows)}"


def _skills(report: PlanReport, skills: Sequence[SkillRow]) -> str:
    seen = ("conversations", "dead ends") if report.traffic else ()
    rows = (
        (
            _code(row.name),
            _codes(row.intents),
            _escaped(row.area),
            *((row.traffic, row.dead_ends) if report.traffic else ()),
            _escaped(row.effort),
        )
        for row in skills
    )
    return _table(("skill", "opened by", "in the plan", *seen, "effort in points"), rows)


def _contents(row: SkillRow) -> str:
    """A skill's list of what it has; names are code."""
    lines = [f"{what}: {', '.join(map(_code, names))}" for what, names in row.contents.items()]
    lines += [f"from {_escaped(place)}" for place in row.places]
    lines.append(f"effort: {_escaped(row.effort)}")
    return f"{_code(row.name)}\n\n" + "".join(f"- {line}\n" for line in lines)


def _table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    lines = [head, ["---"] * len(head), *rows]
    return "".join(f"| {' | '.join(line)} |\n" for line in lines)


def _folded(title: str, content: str) -> str:
    return f"<details><summary>{title}</summary>\n\n{content}\n</details>\n"


def _bullets(lines: Iterable[str]) -> str:
    return "".join(f"- {_escaped(line)}\n" for line in lines)


def _codes(names: str) -> str:
    return ", ".join(map(_code, filter(None, names.split(", "))))


def _code(text: str) -> str:
    return f"<code>{_escaped(text)}</code>" if text else ""


def _escaped(text: str) -> str:
    one_line = html.escape(" ".join(text.split()), quote=False)
    return _EDGE.sub("&#95;", one_line.translate(_SPECIAL))
