"""A proposal as the plan stands: what has moved costs nothing more to move."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import replace

from router.plan.model import Area, MigrationPlan
from router.planner.model import Edge, Proposal, ProposedArea, Traffic
from router.planner.proposal.costs import cut, cut_in_words, shared_slots
from router.planner.proposal.proposing import worst_of

__all__ = ["areas_in_order", "as_it_stands", "costs_of_border", "on_both_sides"]


def areas_in_order(plan: MigrationPlan) -> dict[str, Area]:
    """The plan's areas in the order of their migration: those that have moved, then its own."""
    return dict(sorted(plan.areas.items(), key=lambda item: not item[1].is_calm))


def on_both_sides(plan: MigrationPlan) -> frozenset[str]:
    """Skills that no border cuts off: they take one turn, or are kept in both systems."""
    return frozenset((*plan.one_turn.skills, *(kept.skill for kept in plan.keep_in_both)))


def costs_of_border(
    skills: Collection[str],
    edges: Iterable[Edge],
    traffic: Traffic | None,
    beside: Collection[str],
    *,
    is_moved: bool = False,
) -> tuple[str, ...]:
    """What a border round skills breaks, in words, the costliest; `beside` are on their side."""
    across = _without(edges, set(beside).difference(skills))
    return worst_of(cut_in_words(skills, across, traffic, is_moved=is_moved))


def as_it_stands(
    proposal: Proposal,
    plan: MigrationPlan,
    traffic: Traffic | None = None,
    shared: Collection[str] = (),
) -> Proposal:
    """The same areas in the plan's order, with cuts and costs as of what has moved already.

    Those of an area that has moved are what the border breaks now, those of any other what it
    would break with that area on CALM's side. Areas that the plan doesn't have come last.

    Args:
        proposal: what was proposed.
        plan: the plan, with what was added.
        traffic: what conversations show.
        shared: slots that the domain shares already.
    """
    calm = {skill for area in plan.areas.values() if area.is_calm for skill in area.skills}
    both = on_both_sides(plan) | proposal.keep_both.keys()
    order = list(areas_in_order(plan))

    def standing(area: ProposedArea) -> ProposedArea:
        moving = set(area.skills) - both
        beside = (both | calm) - set(area.skills)
        across = _without(proposal.edges, beside)
        is_moved = bool(moving) and moving <= calm
        slots = shared_slots(area.skills, _without(proposal.edges, beside - both))
        return replace(
            area,
            cut=round(cut(area.skills, across, traffic, beside), 4),
            costs=costs_of_border(area.skills, proposal.edges, traffic, beside, is_moved=is_moved),
            shared_slots=tuple(slot for slot in slots if slot not in shared),
        )

    def place(area: ProposedArea) -> int:
        return order.index(area.name) if area.name in order else len(order)

    return replace(proposal, areas=tuple(map(standing, sorted(proposal.areas, key=place))))


def _without(edges: Iterable[Edge], skills: Collection[str]) -> list[Edge]:
    return [edge for edge in edges if edge.first not in skills and edge.second not in skills]
