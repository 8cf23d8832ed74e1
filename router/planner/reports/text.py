"""The plan on a terminal: tables of skills and areas, and what becomes of the file."""

from __future__ import annotations

import io
from collections.abc import Iterator, Sequence

from rich import box
from rich.console import Console, Group, RenderableType
from rich.table import Table
from rich.text import Text

from router.planner.reports.facts import (
    PlanReport,
    area_rows,
    change_in_words,
    reasons,
    skill_rows,
    totals,
)

__all__ = ["as_text", "print_report"]

_DIFF_STYLES = {"+": "green", "-": "red", "@": "cyan"}


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
        console.print(each)


def _parts(report: PlanReport) -> Iterator[RenderableType]:
    yield _title("Skills")
    yield _skills(report)
    yield _title("Areas, in the order of their migration")
    yield _areas(report)
    if report.proposal.keep_both:
        yield _title("Keep in both systems")
        yield _pairs([*report.proposal.keep_both.items()])
    if left := reasons(report):
        yield _title("Not in the plan, because")
        yield _lines(left)
    yield _title("The plan")
    yield Text(totals(report))
    if diff := report.merged.diff:
        yield Group("", _diff(diff), "")
    yield _lines(change_in_words(report))


def _skills(report: PlanReport) -> RenderableType:
    columns = ["skill", "opened by", "in the plan"]
    columns += ["conversations", "dead ends"] if report.traffic else []
    table = _table(*columns, "effort in points")
    for row in skill_rows(report):
        seen = [row.traffic, row.dead_ends] if report.traffic else []
        cells = (row.name, row.intents, row.area, *seen, row.effort)
        table.add_row(*map(Text, cells))
    return table


def _areas(report: PlanReport) -> RenderableType:
    columns = ["", "area", "skills", "in the plan", "cohesion", "cut", "risk", "effort"]
    table = _table(*columns, *(["traffic"] if report.traffic else []))
    for row in area_rows(report):
        numbers = (
            row.cohesion,
            row.cut,
            row.risk,
            row.effort,
            *([row.traffic] if report.traffic else []),
        )
        table.add_row(*map(Text, (row.number, row.name, row.skills, row.plan, *numbers)))
        for cost in row.costs:
            table.add_row("", "", Text(cost, style="dim"))
    return table


def _table(*columns: str) -> Table:
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False, header_style="bold", show_edge=False)
    for column in columns:
        is_number = column in ("cohesion", "cut", "risk", "effort", "traffic")
        table.add_column(column, overflow="fold", justify="right" if is_number else "left")
    return table


def _title(text: str) -> RenderableType:
    return Group("", Text(text, style="bold"))


def _pairs(pairs: Sequence[tuple[str, str]]) -> RenderableType:
    rows = Table.grid(padding=(0, 2))
    rows.add_column(no_wrap=True)
    rows.add_column(overflow="fold")
    for name, value in pairs:
        rows.add_row(Text(name), Text(value))
    return rows


def _lines(lines: Sequence[str]) -> RenderableType:
    return Text("\n".join(lines))


def _diff(diff: str) -> RenderableType:
    text = Text()
    for line in diff.splitlines(keepends=True):
        text.append(line, style=_DIFF_STYLES.get(line[:1], ""))
    text.rstrip()
    return text
