"""The plan on a terminal: tables of skills and areas, and what becomes of the file.

Without a terminal lines have 80 characters, but those that are copied or clicked: differences,
files with lines.
"""

from __future__ import annotations

import io
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from rich import box
from rich.console import Console, ConsoleOptions, Group, RenderableType
from rich.table import Table
from rich.text import Text

from router.planner.reports.facts import (
    AreaRow,
    PlanReport,
    SkillRow,
    area_rows,
    change_in_words,
    kept_in_both,
    reasons,
    skill_rows,
    totals,
)

__all__ = ["as_text", "print_report"]

_INDENT = " " * 4
_DIFF_STYLES = {"+": "green", "-": "red", "@": "cyan"}
_FIGURES = frozenset(
    {"cohesion", "cut", "risk", "effort", "traffic", "examples", "conversations", "dead ends"}
)


@dataclass(frozen=True)
class _Unwrapped:
    """Lines that stay whole, however narrow the terminal is."""

    text: Text


@dataclass(frozen=True)
class _Indented:
    """A text that wraps below its beginning; nothing is filled up with spaces."""

    text: Text

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> Iterator[Text]:
        for line in self.text.wrap(console, max(options.max_width - len(_INDENT), 1)):
            line.rstrip()
            yield Text(_INDENT).append_text(line)


def as_text(report: PlanReport, *, width: int = 120) -> str:
    """The tables without colours, for a file or a log."""
    console = Console(width=width, no_color=True, force_terminal=False, highlight=False)
    with console.capture() as captured:
        print_report(console, report)
    return "\n".join(line.rstrip() for line in captured.get().splitlines()) + "\n"


def print_report(console: Console, report: PlanReport) -> None:
    """Prints skills, areas, what stays in both systems, what wasn't read, and the change."""
    if isinstance(console.file, io.TextIOWrapper):
        console.file.reconfigure(errors="backslashreplace")
    for each in _parts(report):
        if isinstance(each, _Unwrapped):
            console.print(each.text, soft_wrap=True)
        else:
            console.print(each)


def _parts(report: PlanReport) -> Iterator[RenderableType | _Unwrapped]:
    skills, areas = skill_rows(report), area_rows(report)
    yield _title("Skills")
    yield _skills(skills, report.traffic is not None)
    yield _title("What they are made of")
    yield from map(_contents, skills)
    yield _title("Areas, in the order of their migration")
    yield _areas(areas, report.traffic is not None)
    yield Text()
    yield from map(_costs, areas)
    if kept := kept_in_both(report.proposal, report.merged.plan):
        yield _title("Kept in both systems")
        yield _pairs(kept)
    if left := reasons(report):
        yield _title("Remarks")
        yield _lines(left)
    yield _title("The plan")
    yield Text(totals(report))
    if diff := report.merged.diff:
        yield Text()
        yield _diff(diff)
        yield Text()
    yield _lines(change_in_words(report))


def _skills(rows: Sequence[SkillRow], is_used: bool) -> RenderableType:
    seen = ["conversations", "dead ends"] if is_used else []
    table = _table("skill", "in the plan", "examples", *seen, "effort")
    for row in rows:
        used = [row.traffic, row.dead_ends] if is_used else []
        table.add_row(*map(Text, (row.name, row.area, row.examples, *used, row.points)))
    return table


def _contents(row: SkillRow) -> RenderableType:
    """A skill's name, and below it all that it has, title by title."""
    text = Text()
    for what, names in row.contents.items():
        text.append("; " if text else "").append(f"{what}: ", "dim").append(", ".join(names))
    for what, found in (("from", "; ".join(row.places)), ("effort", row.effort)):
        if found:
            text.append("\n" if text else "").append(f"{what}: ", "dim").append(found)
    return Group(Text(row.name, "bold"), _Indented(text))


def _areas(rows: Sequence[AreaRow], is_used: bool) -> RenderableType:
    table = _table(
        *("", "area", "in the plan", "cohesion", "cut", "risk", "effort"),
        *(["traffic"] if is_used else []),
    )
    for row in rows:
        figures = (row.cohesion, row.cut, row.risk, row.effort, *([row.traffic] * is_used))
        table.add_row(*map(Text, (row.number, row.name, row.plan, *figures)))
    return table


def _costs(row: AreaRow) -> RenderableType:
    """An area's skills, and what moving it costs."""
    title = Text(f"{row.number} ").append(row.name, "bold")
    costs = (_Indented(Text(f"- {cost}", "dim")) for cost in row.costs)
    return Group(title, _Indented(Text(row.skills)), *costs)


def _table(*columns: str) -> Table:
    """Names stay whole where they can: what gives way are cells of several words."""
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False, header_style="bold", show_edge=False)
    for column in columns:
        is_figure = column in _FIGURES
        table.add_column(
            column,
            overflow="fold",
            justify="right" if is_figure else "left",
            no_wrap=column != "in the plan",
        )
    return table


def _title(text: str) -> RenderableType:
    return Group("", Text(text, style="bold"))


def _pairs(pairs: Mapping[str, str]) -> RenderableType:
    rows = Table.grid(padding=(0, 2))
    rows.add_column(no_wrap=True)
    rows.add_column(overflow="fold")
    for name, value in pairs.items():
        rows.add_row(Text(name), Text(value))
    return rows


def _lines(lines: Sequence[str]) -> _Unwrapped:
    return _Unwrapped(Text("\n".join(lines)))


def _diff(diff: str) -> _Unwrapped:
    text = Text()
    for line in diff.splitlines(keepends=True):
        text.append(line, style=_DIFF_STYLES.get(line[:1], ""))
    text.rstrip()
    return _Unwrapped(text)
