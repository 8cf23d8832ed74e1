"""A run on the terminal: each failure on one screen, and a summary."""

from __future__ import annotations

import io
import textwrap
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from rich import box
from rich.console import Console, ConsoleOptions, Group, RenderableType, RenderResult
from rich.padding import Padding
from rich.rule import Rule
from rich.table import Table
from rich.text import Text

from router.e2e.reports.characters import one_line, visible
from router.e2e.reports.facts import (
    BAD,
    ORDER,
    Failure,
    attempts_in_words,
    command_figures,
    counted,
    decision_record,
    expectation,
    failure,
    skips,
    slowest_turns,
    tally,
)
from router.e2e.reports.progress import STYLES
from router.e2e.results import CaseResult, CheckResult, SuiteResult, TurnResult

__all__ = ["as_text", "failure_screen", "print_report", "summary"]

SCREEN = 45  # lines


class _Sizes(NamedTuple):
    """How many there are of each, and how many characters they have."""

    checks: int
    events: int
    messages: int
    earlier: int
    text: int
    cell: int
    record: int


_GENEROUS = _Sizes(checks=4, events=8, messages=3, earlier=2, text=200, cell=240, record=300)
_TIGHT = _Sizes(checks=2, events=4, messages=2, earlier=1, text=80, cell=70, record=70)


def as_text(suite: SuiteResult, rule: str, *, width: int = 100) -> str:
    """The report without colours, for a file or a log."""
    console = Console(width=width, no_color=True, force_terminal=False, highlight=False)
    with console.capture() as captured:
        print_report(console, suite, rule)
    return "\n".join(line.rstrip() for line in captured.get().splitlines()) + "\n"


def print_report(console: Console, suite: SuiteResult, rule: str) -> None:
    """Prints failures and flaky cases, why cases were skipped, and the summary.

    Args:
        console: where to; characters that its encoding lacks are written out.
        suite: the run.
        rule: the sentence that says which exit code that makes, and why.
    """
    if isinstance(console.file, io.TextIOWrapper):
        console.file.reconfigure(errors="backslashreplace")
    cases = sorted(suite.cases, key=lambda case: ORDER.index(case.status), reverse=True)
    screens = [failure_screen(case) for case in cases if case.status in BAD]
    console.print(*screens, *_skipped(suite.cases), summary(suite, rule), sep="\n", crop=False)


def failure_screen(case: CaseResult) -> RenderableType:
    """All that's needed to see why a case failed; where it wouldn't fit a screen, shortened.

    To be printed with `crop=False`, which leaves the command that reruns it whole.
    """
    return _FailureScreen(case)


@dataclass(frozen=True)
class _FailureScreen:
    case: CaseResult

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        screen = Group(*_screen(self.case, _GENEROUS))
        if len(console.render_lines(screen, options, pad=False)) > SCREEN:
            screen = Group(*_screen(self.case, _TIGHT))
        yield screen
        yield Text()


def _screen(case: CaseResult, sizes: _Sizes) -> Iterator[RenderableType]:
    style = STYLES[case.status]
    name = Text(f"{case.status.upper()} {one_line(case.name, 80)}", style=f"bold {style}")
    yield Rule(name, style=style, align="left")
    tags = f"  tags: {', '.join(case.tags)}" if case.tags else ""
    yield _whole(f"{case.place}{one_line(tags, sizes.text)}", "dim")
    if case.status == "flaky":
        yield Text(f"flaky: {attempts_in_words(case)}; this is one that failed", style=style)
    elif words := attempts_in_words(case):
        yield Text(words, style=style)
    found = failure(case)
    if found is not None and found.error:
        yield _Prose(Text(one_line(found.error, 2 * sizes.text), style=style))
    if found is not None and found.turn is not None and case.last is not None:
        earlier = case.last.turns[: found.number - 1]
        yield from _failed_turn(found, found.turn, earlier, sizes)
    if case.rerun:
        rerun = _whole(f"rerun: {case.rerun}")
        rerun.stylize("bold", 0, len("rerun:"))
        yield rerun


@dataclass(frozen=True)
class _Prose:
    """A text in lines that end between words: a path in it that is longer than a line is whole."""

    text: Text

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        plain, end = self.text.plain, 0
        for line in textwrap.wrap(
            plain, options.max_width, break_long_words=False, break_on_hyphens=False
        ):
            start = plain.index(line, end)
            end = start + len(line)
            yield Text.assemble(self.text[start:end], no_wrap=True, overflow="ignore")


def _whole(text: str, style: str = "") -> Text:
    """A line that is never broken, for who copies the path or the command in it."""
    return Text(one_line(text), style, no_wrap=True, overflow="ignore")


def _failed_turn(
    found: Failure, turn: TurnResult, earlier: Sequence[TurnResult], sizes: _Sizes
) -> Iterator[RenderableType]:
    yield _whole(f"{found.name}, {turn.place}, {turn.latency_ms:.0f} ms")
    yield Padding(_conversation(earlier, turn, sizes), (0, 0, 0, 2))
    if found.checks:
        yield _expectations(found.checks, sizes)
        for check in found.checks[: sizes.checks]:
            yield _whole(f"  {check.place}  {one_line(check.name, 60)}", "dim")
    left = len(turn.checks) - len(found.checks)
    if left:
        skipped = sum(check.status == "skipped" for check in turn.checks)
        passed = f"{counted(left - skipped, 'other check')} passed"
        yield Text(f"{passed}{f', {skipped} skipped' if skipped else ''}", style="dim")
    yield Text("decision record", style="bold")
    yield _pairs(decision_record(turn), sizes.record)
    if turn.events:
        shown = turn.events[-sizes.events :]
        of = f", the last {len(shown)} of {len(turn.events)}"
        yield Text(f"events{of if len(shown) < len(turn.events) else ''}", style="bold")
        for event in shown:
            line = one_line(event, sizes.text)
            yield Text(f"  {line}", style="dim", no_wrap=True, overflow="ellipsis")


def _conversation(earlier: Sequence[TurnResult], turn: TurnResult, sizes: _Sizes) -> RenderableType:
    rows = Table.grid(padding=(0, 1))
    rows.add_column(width=4, justify="right", no_wrap=True)
    rows.add_column(overflow="fold")
    before = len(earlier) - sizes.earlier
    if before > 0:
        rows.add_row("", Text(f"({counted(before, 'earlier turn')})", style="dim"))
    for each in earlier[-sizes.earlier :]:
        if each.user:
            rows.add_row("you", Text(one_line(each.user, 80), style="dim"))
        for message in each.messages[:1]:
            rows.add_row("bot", Text(one_line(message.text, 80), style="dim"))
    if turn.user:
        rows.add_row("you", Text(one_line(turn.user, sizes.text), style="bold"))
    for message in turn.messages[: sizes.messages]:
        utter = f"  ({message.utter})" if message.utter else ""
        rows.add_row("bot", Text(one_line(message.text + utter, sizes.text)))
    more = len(turn.messages) - sizes.messages
    if more > 0:
        rows.add_row("", Text(f"({counted(more, 'more message')})", style="dim"))
    if not turn.messages:
        rows.add_row("bot", Text("(no answer)", style="dim"))
    return rows


def _expectations(checks: Sequence[CheckResult], sizes: _Sizes) -> RenderableType:
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False, header_style="bold", show_edge=False)
    for column in ("check", "expected", "got"):
        table.add_column(column, overflow="fold")
    shown = checks[: sizes.checks]
    limit = sizes.cell * 2 // (len(shown) + 1)
    for check in shown:
        expected = Text(one_line(expectation(check), limit), style="green")
        got = Text(one_line(check.got, limit), style="red")
        table.add_row(Text(one_line(check.name, 60)), expected, got)
    if len(checks) > len(shown):
        table.add_row(f"{len(checks) - len(shown)} more failed", "", "")
    return table


def _pairs(pairs: Sequence[tuple[str, str]], limit: int) -> RenderableType:
    rows = Table.grid(padding=(0, 2))
    rows.add_column(style="dim", no_wrap=True)
    rows.add_column(overflow="fold")
    for name, value in pairs:
        rows.add_row(f"  {name}", Text(one_line(value, limit)))
    return rows


def _skipped(cases: Sequence[CaseResult]) -> Iterator[RenderableType]:
    """A line a reason: how many cases, the first of them, and why."""
    skipped = [case for case in cases if case.status == "skipped"]
    for skip in skips(skipped):
        those = [case for case in skipped if skip.reason in {s.reason for s in skips([case])}]
        yield _skip(those, str(skip))
    unexplained = [case for case in skipped if not skips([case])]
    if unexplained:
        yield _skip(unexplained, "no reason given")


def _skip(cases: Sequence[CaseResult], why: str) -> RenderableType:
    more = f" and {len(cases) - 1} more" if len(cases) > 1 else ""
    first = f"{cases[0].place} {one_line(cases[0].name, 80)}{more}"
    reason = textwrap.shorten(one_line(why), 400, placeholder=" ...")
    line = f" {first}: {reason}"
    return _Prose(Text.assemble(("skipped", STYLES["skipped"]), one_line(line)))


def summary(suite: SuiteResult, rule: str) -> RenderableType:
    """Counts and seconds, the slowest turns, how good the commands are, and the exit rule."""
    return Group(*_summary(suite, rule))


def _summary(suite: SuiteResult, rule: str) -> Iterator[RenderableType]:
    slow = slowest_turns(suite)
    if slow:
        yield Text("slowest turns", style="bold")
    for turn, case in slow:
        what = f"{one_line(turn.user, 40) or '(opening)'}  ({one_line(case.name, 60)})"
        yield _whole(f"  {turn.latency_ms:7.0f} ms  {turn.place}  {what}", "dim")
    figures = command_figures(suite)
    if figures is not None:
        yield Text(f"commands: {figures}")
    worst = next(filter(suite.count, ORDER), ORDER[-1])
    yield Text(tally(suite), style=f"bold {STYLES[worst]}")
    yield Text(visible(rule))
