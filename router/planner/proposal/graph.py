"""The interruption graph: what connects skills, in one unit, with its evidence.

The unit is one interruption that is written down in a story.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import replace

from router.planner.model import Edge, EdgeKind, Evidence, Inventory, Traffic

__all__ = [
    "INTERRUPTIONS",
    "SUCCESSION",
    "UNITS",
    "Weights",
    "interruption_graph",
    "interruptions_only",
    "observations",
    "weights_of",
]

#: Kind -> what one of it counts. A slot or an action that n skills share counts 1 / (n - 1)
#: between any two of them, as the inventory says, times this: skills that share can still live
#: apart, if the slot is shared with CALM; skills that interrupt one another can't.
UNITS: Mapping[EdgeKind, float] = {
    "stories": 1.0,
    "conversations": 1.0,
    "shared_slot": 0.5,
    "shared_action": 0.25,
}
INTERRUPTIONS: tuple[EdgeKind, ...] = ("stories", "conversations")
#: What follows a skill in a conversation counts half: a session may go from one system to the
#: other between two skills, but not within one.
SUCCESSION = 0.5
_INTERRUPTED, _CAME_NEXT = "{} interrupted {}", "{} came next after {}"
#: Conversations are scaled down so that they show so many interruptions a skill on average:
#: then they outweigh stories, and what is only shared still counts in a bot with millions.
MOST_PER_SKILL = 20

#: Skill -> the skills it is connected with, and how much; symmetric.
Weights = Mapping[str, Mapping[str, float]]


def interruption_graph(inventory: Inventory, traffic: Traffic | None) -> tuple[Edge, ...]:
    """All edges between skills of the inventory, in order, weighed in one unit."""
    known = inventory.skills
    edges = [
        replace(edge, weight=round(edge.weight * UNITS[edge.kind], 6))
        for edge in inventory.edges
        if edge.first in known and edge.second in known and edge.first != edge.second
    ]
    edges += _from_conversations(traffic, known) if traffic else ()
    return tuple(sorted(edges, key=lambda edge: (edge.first, edge.second, edge.kind)))


def _from_conversations(traffic: Traffic, known: Collection[str]) -> Iterator[Edge]:
    evidence: dict[tuple[str, str], tuple[float, list[Evidence]]] = {}
    for counts, unit, words in (
        (traffic.interruptions, 1.0, _INTERRUPTED),
        (traffic.successions, SUCCESSION, _CAME_NEXT),
    ):
        for (first, second), count in sorted(counts.items()):
            if first in known and second in known and first != second and count > 0:
                weight, found = evidence.get((first, second), (0.0, []))
                found.append(Evidence(words.format(second, first), count=count))
                evidence[first, second] = (weight + unit * count, found)
    most = MOST_PER_SKILL * len({skill for pair in evidence for skill in pair})
    scale = UNITS["conversations"] * min(1.0, most / (sum(w for w, _ in evidence.values()) or 1))
    for (first, second), (weight, found) in sorted(evidence.items()):
        yield Edge(first, second, "conversations", round(weight * scale, 6), tuple(found))


def interruptions_only(edges: Iterable[Edge]) -> Iterator[Edge]:
    """The graph without what only came next in conversations: a border doesn't break that."""
    for edge in edges:
        after = _CAME_NEXT.format(edge.second, edge.first)
        within = tuple(each for each in edge.evidence if each.text != after)
        if edge.kind != "conversations" or within == edge.evidence:
            yield edge
        elif within:
            count = sum(each.count for each in within)
            next_ones = sum(each.count for each in edge.evidence if each.text == after)
            share = count / (count + SUCCESSION * next_ones)
            yield replace(edge, weight=round(edge.weight * share, 6), evidence=within)


def observations(edge: Edge) -> int:
    """How many places or conversations an edge rests on, at least 1."""
    return max(1, sum(evidence.count for evidence in edge.evidence))


def weights_of(skills: Iterable[str], edges: Iterable[Edge]) -> Weights:
    """The graph without kinds and directions; all skills are in it."""
    weights: dict[str, dict[str, float]] = {skill: {} for skill in sorted(skills)}
    for edge in edges:
        if edge.first in weights and edge.second in weights:
            for one, other in ((edge.first, edge.second), (edge.second, edge.first)):
                weights[one][other] = weights[one].get(other, 0.0) + edge.weight
    return weights
