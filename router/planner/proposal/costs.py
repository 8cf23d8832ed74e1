"""What moving some skills without others breaks, as shares and in words."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence

from router.planner.model import Edge, Traffic
from router.planner.proposal.graph import INTERRUPTIONS, interruptions_only

__all__ = ["cohesion", "cut", "cut_in_words", "shared_slots"]

_SHOWN = 3  # places
_MOVING = "moving `{0}` without `{1}` breaks {2}"


def cohesion(area: Collection[str], edges: Sequence[Edge]) -> float:
    """The share of the area's interruptions that stays inside, 0 to 1; 1 if there are none."""
    inside = crossing = 0.0
    for edge in interruptions_only(edges):
        if edge.kind in INTERRUPTIONS:
            ends = (edge.first in area) + (edge.second in area)
            inside += edge.weight * (ends == 2)
            crossing += edge.weight * (ends == 1)
    return inside / (inside + crossing) if inside + crossing else 1.0


def cut(
    area: Collection[str],
    edges: Sequence[Edge],
    traffic: Traffic | None,
    ignored: Collection[str] = (),
) -> float:
    """The share of the area's conversations that moving it alone breaks, 0 to 1.

    Without conversations: the share of its interruptions in stories that cross the border.
    What both systems have (`ignored`) breaks nothing.
    """
    if traffic is None:
        return 1.0 - cohesion(area, edges)
    used = sum(traffic.skills[name].conversations for name in area if name in traffic.skills)
    pairs = traffic.interruptions.items()
    broken = sum(
        count
        for (a, b), count in pairs
        if (a in area) != (b in area) and a not in ignored and b not in ignored
    )
    return min(1.0, broken / used) if used else 0.0


def cut_in_words(
    area: Collection[str],
    edges: Sequence[Edge],
    traffic: Traffic | None = None,
    ignored: Collection[str] = (),
    *,
    is_moved: bool = False,
) -> tuple[str, ...]:
    """What each skill of the area loses without those outside it, costliest first.

    Args:
        area: the skills that move.
        edges: the interruption graph.
        traffic: what conversations show, for their share.
        ignored: skills that both systems have, or that are on the area's side.
        is_moved: whether the area has moved, so that the border costs it now.
    """
    told = "the border to `{1}` breaks, of `{0}`: {2}" if is_moved else _MOVING
    found: dict[tuple[str, str], list[Edge]] = {}
    for edge in interruptions_only(edges):
        for own, other in ((edge.first, edge.second), (edge.second, edge.first)):
            if own in area and other not in area and other not in ignored:
                found.setdefault((own, other), []).append(edge)
    by_weight = sorted(
        found.items(), key=lambda item: (-sum(edge.weight for edge in item[1]), item[0])
    )
    return tuple(
        told.format(own, other, ", ".join(_parts(own, other, some, traffic)))
        for (own, other), some in by_weight
        if any(edge.kind != "shared_action" for edge in some)
    )


def shared_slots(area: Collection[str], edges: Sequence[Edge]) -> tuple[str, ...]:
    """Slots that the area's skills and others use: both systems have to share them."""
    slots = {
        evidence.text.split("'")[1]
        for edge in edges
        if edge.kind == "shared_slot" and (edge.first in area) != (edge.second in area)
        for evidence in edge.evidence
        if evidence.text.count("'") >= 2
    }
    return tuple(sorted(slots))


def _parts(own: str, other: str, edges: Sequence[Edge], traffic: Traffic | None) -> Iterator[str]:
    pairs = ((own, other), (other, own))
    count = sum(traffic.interruptions.get(pair, 0) for pair in pairs) if traffic else 0
    used = traffic.skills[own].conversations if traffic and own in traffic.skills else 0
    if count and used:
        yield f"{min(1.0, count / used):.0%} of its conversations (interruptions)"
    in_stories = [evidence for e in edges if e.kind == "stories" for evidence in e.evidence]
    if in_stories:
        places = [f"{e.location.file}:{e.location.line}" for e in in_stories if e.location]
        more = f" and {len(places) - _SHOWN} more" if len(places) > _SHOWN else ""
        where = f" ({', '.join(places[:_SHOWN])}{more})" if places else ""
        yield f"{_counted(len(in_stories), 'interruption')} in stories, rules or flows{where}"
    slots = shared_slots({own}, [e for e in edges if e.kind == "shared_slot"])
    if slots:
        yield f"{_counted(len(slots), 'shared slot')}"
    elif not in_stories and not (count and used):
        yield "interruptions"


def _counted(number: int, noun: str) -> str:
    return f"{number} {noun}{'' if number == 1 else 's'}"
