"""What the terminal shows while tests run."""

from __future__ import annotations

from typing import Protocol

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, TextColumn, TimeElapsedColumn
from rich.progress import Progress as Bar
from rich.text import Text

from router.e2e.reports.characters import one_line
from router.e2e.reports.facts import BAD, ORDER
from router.e2e.results import CaseResult, Status

__all__ = ["STYLES", "Dots", "LiveLine", "Progress", "progress_on"]

STYLES: dict[Status, str] = {
    "failed": "red",
    "error": "red",
    "flaky": "yellow",
    "skipped": "blue",
    "passed": "green",
}
_MARKS: dict[Status, str] = {
    "failed": "F",
    "error": "E",
    "flaky": "f",
    "skipped": "s",
    "passed": ".",
}
_PER_ROW = 60


class Progress(Protocol):
    """Told of a run as it goes on."""

    def start(self, total: int) -> None:
        """So many cases are about to run."""
        ...

    def finished(self, result: CaseResult) -> None:
        """A case is done."""
        ...

    def stop(self) -> None:
        """The run is over, or cut short."""
        ...


def progress_on(console: Console) -> Progress:
    """A line that lives on a terminal; dots elsewhere."""
    return LiveLine(console) if console.is_terminal else Dots(console)


class Dots:
    """A letter a case: `.` passed, `F` failed, `E` error, `f` flaky, `s` skipped."""

    def __init__(self, console: Console) -> None:
        self._console = console
        self._total = self._done = 0

    def start(self, total: int) -> None:
        """Says how many there are."""
        self._total = total

    def finished(self, result: CaseResult) -> None:
        """Adds a letter, and the count at the end of a row."""
        self._done += 1
        self._console.print(Text(_MARKS[result.status], STYLES[result.status]), end="")
        if self._done % _PER_ROW == 0:
            self._console.print(f" {self._done}/{self._total}", highlight=False)

    def stop(self) -> None:
        """Ends a row that was begun."""
        if self._done % _PER_ROW:
            self._console.print(f" {self._done}/{self._total}", highlight=False)


class LiveLine:
    """A bar with counts, gone at the end; a line for each case that didn't pass stays."""

    def __init__(self, console: Console) -> None:
        self._counts: dict[Status, int] = dict.fromkeys(ORDER, 0)
        self._bar = Bar(
            BarColumn(30),
            MofNCompleteColumn(),
            TimeElapsedColumn(),
            TextColumn("{task.description}"),
            console=console,
            transient=True,
        )
        self._task = self._bar.add_task("", total=None)

    def start(self, total: int) -> None:
        """Shows the bar."""
        self._bar.update(self._task, total=total)
        self._bar.start()

    def finished(self, result: CaseResult) -> None:
        """Moves the bar on."""
        self._counts[result.status] += 1
        if result.status in BAD:
            line = Text.assemble((result.status, STYLES[result.status]), f" {result.place} ")
            self._bar.console.print(line + Text(one_line(result.name, 100)), soft_wrap=True)
        counts = (f"{count} {status}" for status, count in self._counts.items() if count)
        self._bar.update(self._task, advance=1, description=", ".join(counts))

    def stop(self) -> None:
        """Removes the bar."""
        self._bar.stop()
