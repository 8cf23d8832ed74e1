"""Coverage as text: a table of the areas, what isn't covered, the hand-off matrix."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from router.e2e.coverage.minimums import AREAS, rounded_down
from router.e2e.coverage.model import Coverage, Handoff, HandoffKind

__all__ = ["as_text"]

_WIDEST = 100
_MATRICES: tuple[tuple[HandoffKind, str], ...] = (
    ("nlu_to_calm", "Hand-offs from the NLU system (rows) to CALM (columns), passing cases:"),
    ("calm_to_nlu", "Hand-offs from CALM (rows) to the NLU system (columns), passing cases:"),
)
_LISTS: tuple[tuple[HandoffKind, str], ...] = (
    ("reset", "Resets, passing cases:"),
    ("one_turn", "Answers for one turn, passing cases:"),
)


def as_text(coverage: Coverage) -> str:
    """The whole of it, for a terminal; what has no passing case is shown as `-`."""
    blocks = [
        _summary(coverage),
        *_uncovered(coverage),
        *(_matrix(title, _of(coverage, kind)) for kind, title in _MATRICES),
        *(_list(title, _of(coverage, kind)) for kind, title in _LISTS),
    ]
    return "\n\n".join("\n".join(block) for block in blocks if block) + "\n"


def _of(coverage: Coverage, kind: HandoffKind) -> list[Handoff]:
    return [handoff for handoff in coverage.handoffs if handoff.kind == kind]


def _summary(coverage: Coverage) -> list[str]:
    rows = [("coverage", "tested", "of", "percent")]
    for name in AREAS:
        if name in coverage.areas or name == "handoffs":
            covered, every = coverage.count(name)
            percent = rounded_down(coverage.percent(name)) if every else "-"
            rows.append((name, str(covered), str(every), percent))
    return list(_columns(rows))


def _uncovered(coverage: Coverage) -> Iterator[list[str]]:
    for name in AREAS:
        items = coverage.areas[name].items if name in coverage.areas else ()
        missing = [item for item in items if not item.cases]
        if missing:
            longest = max(len(item.name) for item in missing)
            lines = (f"  {item.name:{longest}}  {item.place or ''}".rstrip() for item in missing)
            yield [f"{name} without a passing test:", *lines]


def _matrix(title: str, handoffs: Sequence[Handoff]) -> list[str]:
    """A row a source, a column a target; wide ones have numbered columns, told below."""
    if not handoffs:
        return []
    sources = list(dict.fromkeys(handoff.source for handoff in handoffs))
    targets = list(dict.fromkeys(handoff.target for handoff in handoffs))
    counts = {(each.source, each.target): _count(each) for each in handoffs}
    rows = [(source, *(counts[source, target] for target in targets)) for source in sources]
    table = list(_columns([("", *targets), *rows]))
    if max(map(len, table)) > _WIDEST:
        numbers = [str(number) for number in range(1, len(targets) + 1)]
        told = [f"{number} {target}" for number, target in zip(numbers, targets, strict=True)]
        table = [*_columns([("", *numbers), *rows]), "", *told]
    return [title, *(f"  {line}".rstrip() for line in table)]


def _list(title: str, handoffs: Sequence[Handoff]) -> list[str]:
    rows = [(handoff.source, _count(handoff)) for handoff in handoffs]
    return [title, *(f"  {line}" for line in _columns(rows))] if rows else []


def _count(handoff: Handoff) -> str:
    return str(len(handoff.cases)) if handoff.cases else "-"


def _columns(rows: Sequence[Sequence[str]]) -> Iterator[str]:
    """The first column to the left, the others to the right."""
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    for first, *others in rows:
        cells = (f"{cell:>{width}}" for cell, width in zip(others, widths[1:], strict=True))
        yield "  ".join((f"{first:{widths[0]}}", *cells)).rstrip()
