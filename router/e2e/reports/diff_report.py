"""What changed between two runs, as text, Markdown and JSON."""

from __future__ import annotations

from collections.abc import Iterator

from router.e2e.diff import CaseChange, ChangeKind, Difference, LatencyChange
from router.e2e.reports.characters import one_line, visible
from router.e2e.reports.facts import counted
from router.e2e.reports.json_report import strict_json
from router.e2e.reports.markdown import code, escaped, within_limit

__all__ = ["as_json", "as_markdown", "as_text"]

_MOST_LATENCIES = 10


def as_json(difference: Difference) -> str:
    """The difference as it stands."""
    return strict_json(difference)


_TITLES: dict[ChangeKind, str] = {
    "newly_failing": "Newly failing",
    "newly_flaky": "Newly flaky",
    "newly_skipped": "Newly skipped",
    "fixed": "Fixed",
    "added": "Added",
    "removed": "Removed",
}


def as_text(difference: Difference) -> str:
    """The difference for a terminal, a line a change."""
    return visible("\n".join(_text(difference))) + "\n"


def _text(difference: Difference) -> Iterator[str]:
    yield f"before: {difference.before}"
    yield f"after:  {difference.after}"
    yield from map(one_line, difference.notes)
    for kind, title in _TITLES.items():
        changes = difference.of(kind)
        if changes:
            yield f"\n{title} ({len(changes)})"
        for each in changes:
            yield f"  {one_line(each.case)}{_was(each)}"
            if kind == "newly_failing" and each.why:
                yield f"      {one_line(each.why, 300)}"
    if difference.routes:
        yield f"\nRoute changed ({counted(len(difference.routes), 'turn')})"
    for route in difference.routes:
        where = f"turn {route.turn} ({route.place})"
        yield f"  {one_line(f'{route.case}, {where}')}: {route.before} -> {route.after}"
        yield f"      {one_line(route.user, 100)}"
    for title, latencies in (("Slower", difference.slower), ("Faster", difference.faster)):
        if latencies:
            yield f"\n{title} ({len(latencies)})"
        for latency in latencies[:_MOST_LATENCIES]:
            yield f"  {one_line(latency.case)}: {_milliseconds(latency)}"
        if len(latencies) > _MOST_LATENCIES:
            yield f"  and {len(latencies) - _MOST_LATENCIES} more"
    if not (difference.cases or difference.routes):
        yield "\nEvery case ended as before, by the same routes."
    if difference.latency is not None:
        yield f"\nLatency, median of a turn: {_milliseconds(difference.latency)}"


def _was(change: CaseChange) -> str:
    if change.kind == "removed":
        return f" (was {change.before})"
    return f" ({change.before} -> {change.after})" if change.before else f" ({change.after})"


def _milliseconds(change: LatencyChange) -> str:
    return f"{change.before_ms:.0f} ms -> {change.after_ms:.0f} ms ({change.ratio:.2f} times)"


def as_markdown(difference: Difference) -> str:
    """The difference for a comment on a pull request, under 60,000 characters."""
    sign = "❌" if difference.is_worse else "✅"
    head = [f"### {sign} End-to-end tests: {_title(difference)}\n"]
    head += [f"Before: {difference.before}  \nAfter: {difference.after}"]
    head += [f"\n{escaped(note)}" for note in difference.notes]
    if difference.latency is not None:
        head.append(f"\nLatency, median of a turn: {_milliseconds(difference.latency)}")
    return within_limit("\n".join(head), _tables(difference), "output of `--json`")


def _title(difference: Difference) -> str:
    failing, flaky = difference.of("newly_failing"), difference.of("newly_flaky")
    worse = [
        f"{counted(len(failing), 'case')} newly failing" if failing else "",
        f"{counted(len(flaky), 'case')} newly flaky" if flaky else "",
        "the later run was interrupted" if difference.interrupted else "",
    ]
    return ", ".join(filter(None, worse)) or "nothing newly fails"


def _tables(difference: Difference) -> Iterator[str]:
    for kind, title in _TITLES.items():
        rows = [
            f"| {code(each.case)} | {each.before or '-'} | {each.after or '-'} | {code(each.why)} |"
            for each in difference.of(kind)
        ]
        yield from _table(title, ("case", "before", "after", "why"), rows, kind == "newly_failing")
    rows = [
        f"| {code(each.case)} | {each.turn}: {code(each.user, 100)} "
        f"| {each.before} | {each.after} |"
        for each in difference.routes
    ]
    yield from _table("Route changed", ("case", "turn", "before", "after"), rows, True)
    for title, latencies in (("Slower", difference.slower), ("Faster", difference.faster)):
        rows = [f"| {code(each.case)} | {_milliseconds(each)} |" for each in latencies]
        yield from _table(title, ("case", "median of a turn"), rows, False, _MOST_LATENCIES)


def _table(
    title: str, head: tuple[str, ...], rows: list[str], is_open: bool, most: int = 100
) -> Iterator[str]:
    if not rows:
        return
    lines = [f"| {' | '.join(head)} |", f"|{'---|' * len(head)}", *rows[:most]]
    lines += [f"\nand {len(rows) - most} more"] if len(rows) > most else []
    summary = f"<summary>{title} ({len(rows)})</summary>"
    opened = " open" if is_open else ""
    yield "\n".join([f"\n<details{opened}>{summary}\n", *lines, "\n</details>"])
