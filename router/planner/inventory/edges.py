"""How skills hang together, by what files show."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import combinations

from router.errors import Location
from router.flows.model import Flow
from router.planner.inventory.arrivals import Arrivals
from router.planner.inventory.contents import Places
from router.planner.inventory.flow_contents import flows_after
from router.planner.inventory.walking import Walk
from router.planner.model import Edge, EdgeKind, Evidence

__all__ = ["MOST_SHARING", "shared_edges", "start_edges"]

#: What more skills than this share connects no two of them in particular.
MOST_SHARING = 40


def start_edges(
    walks: Iterable[Walk],
    arrivals: Arrivals,
    names: Sequence[str],
    flows: Iterable[Flow],
    skill_of: Mapping[str, str],
) -> Iterator[Edge]:
    """Skills that start while others are in progress, and flows that call or link to others.

    The weight is the number of rules, stories and steps of flows that show it.
    """
    shown: dict[tuple[str, str], dict[Location, Evidence]] = {}
    for walk in walks:
        for one, other, evidence in _starts(walk, arrivals):
            found = shown.setdefault((names[one], names[other]), {})
            found.setdefault(walk.part.dialogue.location, evidence)
    for flow in flows:
        for how, called, place in flows_after(flow):
            pair = (skill_of[flow.id], skill_of.get(called, ""))
            if pair[1] and pair[0] != pair[1]:
                text = f"flow '{flow.id}' {how} '{called}'"
                shown.setdefault(pair, {})[place] = Evidence(text, place)
    for (first, second), found in sorted(shown.items()):
        yield Edge(first, second, "stories", float(len(found)), tuple(found.values()))


def _starts(walk: Walk, arrivals: Arrivals) -> Iterator[tuple[int, int, Evidence]]:
    """Which skill starts in which, without those that were in progress already."""
    dialogue = walk.part.dialogue
    incoming = arrivals.at(walk.part.enters)
    for start in walk.starts:
        evidence = Evidence(f"{dialogue.kind} '{dialogue.name}'", start.location)
        goes_on = incoming if start.is_within else frozenset()
        for first in sorted(arrivals.resolved(start.first, walk)):
            for second in sorted(start.second - goes_on - {first}):
                yield first, second, evidence


def shared_edges(kind: EdgeKind, uses: Mapping[str, Places], reasons: list[str]) -> Iterator[Edge]:
    """Skills that use the same slots or actions.

    Each that n skills use adds 1 / (n - 1) to the weight between any two of them: all of what
    a skill shares by it is 1, and what two share alone counts most. The evidence are, for
    each, the places in both.

    Args:
        kind: of the edges.
        uses: what each skill uses, and where.
        reasons: takes what more than `MOST_SHARING` skills use, and is left out.
    """
    word = "slot" if kind == "shared_slot" else "action"
    users: dict[str, list[str]] = {}
    for skill in sorted(uses):
        for name in uses[skill]:
            users.setdefault(name, []).append(skill)
    weights: dict[tuple[str, str], float] = {}
    evidence: dict[tuple[str, str], list[Evidence]] = {}
    for name, skills in sorted(users.items()):
        if len(skills) > MOST_SHARING:
            reasons.append(
                f"the {word} '{name}' is used by {len(skills)} skills: no two of them were "
                "connected for it."
            )
            continue
        for pair in combinations(skills, 2):
            weights[pair] = weights.get(pair, 0.0) + 1 / (len(skills) - 1)
            evidence.setdefault(pair, []).extend(
                Evidence(f"{word} '{name}' in {skill}", uses[skill][name]) for skill in pair
            )
    for (one, other), weight in sorted(weights.items()):
        yield Edge(one, other, kind, round(weight, 6), tuple(evidence[one, other]))
