"""From what a bot and its conversations show to areas, in the order of their migration."""

from __future__ import annotations

from collections.abc import Collection, Sequence

from router.planner.model import Edge, Inventory, Proposal, ProposedArea, Skill, Traffic
from router.planner.proposal.costs import cohesion, cut, cut_in_words, shared_slots
from router.planner.proposal.graph import interruption_graph
from router.planner.proposal.grouping import group
from router.planner.proposal.keeping import could_be_shared, evenly_used, needed_anywhere
from router.planner.proposal.naming import area_names
from router.planner.proposal.unconnected import unconnected_blocks
from router.planner.proposal.wishes import Constraints, Wishes, constraints_of

__all__ = ["propose", "worst_of"]

#: How many of an area's costs are told; the others are counted.
MOST_COSTS = 6


def propose(
    inventory: Inventory, traffic: Traffic | None = None, wishes: Wishes | None = None
) -> Proposal:
    """Areas of skills that interrupt one another, those to move first in front.

    An area's place is by `cut + risk + effort - traffic / 4`, each a share of the whole from
    0 to 1: small ones that little else hangs on come first, and of equal ones the most used.
    The same input gives the same proposal, byte by byte. Skills that wishes name are in an
    area, even if both systems should keep them.

    Args:
        inventory: the skills, and what connects them in files.
        traffic: what connects them in conversations, if there are any.
        wishes: what the planner knows better.

    Raises:
        InvalidConfig: the wishes name what the bot doesn't have, or contradict one another.
    """
    constraints = constraints_of(wishes or Wishes(), inventory)
    edges = interruption_graph(inventory, traffic)
    free = inventory.skills.keys() - constraints.skills
    both = {name: why for name, why in needed_anywhere(inventory).items() if name in free}
    shared = {name for name in free if could_be_shared(inventory.skills[name])}
    left_out = both.keys() | shared
    groups = _grouped(inventory, edges, left_out, constraints)
    both |= evenly_used(inventory, edges, groups, free - both.keys())
    if both.keys() != left_out:
        groups = _grouped(inventory, edges, both, constraints)
    names = area_names(groups, _use(inventory, traffic), constraints.pins)
    areas = [
        _area(name, skills, inventory, edges, traffic, both)
        for name, skills in zip(names, groups, strict=True)
    ]
    effort = sum(area.effort for area in areas) or 1.0
    areas.sort(key=lambda a: (a.cut + a.risk + a.effort / effort - a.traffic / 4, a.name))
    return Proposal(tuple(areas), dict(sorted(both.items())), edges)


def _grouped(
    inventory: Inventory,
    edges: Sequence[Edge],
    both: Collection[str],
    constraints: Constraints,
) -> list[tuple[str, ...]]:
    names = {name for name in inventory.skills if name not in both}
    alone = unconnected_blocks(names, edges, inventory, wished=constraints.skills)
    return group(names, edges, constraints.with_blocks(alone))


def _area(
    name: str,
    skills: tuple[str, ...],
    inventory: Inventory,
    edges: Sequence[Edge],
    traffic: Traffic | None,
    both: Collection[str],
) -> ProposedArea:
    own = [inventory.skills[skill] for skill in skills]
    between_areas = [edge for edge in edges if edge.first not in both and edge.second not in both]
    return ProposedArea(
        name=name,
        skills=skills,
        cohesion=round(cohesion(skills, between_areas), 4),
        cut=round(cut(skills, between_areas, traffic, both), 4),
        effort=sum(skill.effort for skill in own),
        risk=round(_risk(own, inventory.skills.values()), 4),
        traffic=round(_share(skills, traffic), 4),
        shared_slots=shared_slots(skills, edges),
        costs=worst_of(cut_in_words(skills, edges, traffic, both)),
    )


def worst_of(costs: tuple[str, ...]) -> tuple[str, ...]:
    """The first of them, which cost most, and how many more there are."""
    more = len(costs) - MOST_COSTS
    return costs if more <= 0 else (*costs[:MOST_COSTS], f"and {more} that cost less")


def _risk(skills: Sequence[Skill], everything: Collection[Skill]) -> float:
    """The share of the bot's actions that the area runs: what can go wrong outside the chat."""
    actions = {action for skill in everything for action in skill.actions}
    own = {action for skill in skills for action in skill.actions}
    return len(own) / len(actions) if actions else 0.0


def _share(skills: Collection[str], traffic: Traffic | None) -> float:
    if traffic is None:
        return 0.0
    total = sum(used.conversations for used in traffic.skills.values())
    own = sum(traffic.skills[name].conversations for name in skills if name in traffic.skills)
    return own / total if total else 0.0


def _use(inventory: Inventory, traffic: Traffic | None) -> dict[str, tuple[int, int, int]]:
    """How much each skill is used: in conversations, else in examples, else in stories."""
    seen = traffic.skills if traffic else {}
    return {
        name: (
            seen[name].conversations if name in seen else 0,
            skill.examples,
            len(skill.sources),
        )
        for name, skill in inventory.skills.items()
    }
