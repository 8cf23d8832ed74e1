"""What the page shows, worked out: where skills stand, which edges cross the border when."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from router.plan.model import MigrationPlan
from router.planner.model import Edge, Proposal, Skill, Traffic
from router.planner.reports.labels import BELOW, with_labels_apart
from router.planner.standing import costs_of_border, on_both_sides

__all__ = ["Link", "Node", "Step", "links_of", "nodes_of", "steps_of"]

SIZE = 1000.0  # of the drawing, in its own units
_UNPLANNED = "no area"
_ONE_TURN = "one turn"


@dataclass(frozen=True)
class Node:
    """A skill in the drawing; `colour` counts the areas from 0, -1 for none.

    `label` is how far below its middle the base line of its name is.
    """

    name: str
    area: str
    colour: int
    x: float
    y: float
    label: float = BELOW


@dataclass(frozen=True)
class Link:
    """All edges between two skills, drawn as one line; `width` is 1 to 8."""

    first: Node
    second: Node
    edges: tuple[Edge, ...]
    width: float

    @property
    def weight(self) -> float:
        """Their weights together."""
        return sum(edge.weight for edge in self.edges)


@dataclass(frozen=True)
class Step:
    """A state of the migration: what CALM answers, and which links (by index) cross the border."""

    title: str
    calm: tuple[str, ...]
    crossing: tuple[int, ...]
    weight: float
    costs: tuple[str, ...] = ()


def nodes_of(skills: Mapping[str, Skill], plan: MigrationPlan) -> list[Node]:
    """The skills, those of an area side by side round its own place on a big circle."""
    areas = {skill: name for name, area in plan.areas.items() for skill in area.skills}
    areas |= dict.fromkeys(plan.one_turn.skills, _ONE_TURN)
    groups: dict[str, list[str]] = {name: [] for name in plan.areas}
    for name in skills:
        groups.setdefault(areas.get(name, _UNPLANNED), []).append(name)
    shown = {area: names for area, names in groups.items() if names}
    order = list(plan.areas)
    nodes = []
    for number, (area, names) in enumerate(shown.items()):
        radius = 0.0 if len(shown) == 1 else 0.34 * SIZE
        middle = _on_circle(number, len(shown), radius, SIZE / 2, SIZE / 2)
        room = min(0.13, 0.9 / max(len(shown), 3)) * SIZE if radius else 0.36 * SIZE
        for index, name in enumerate(names):
            spread = 0.0 if len(names) == 1 else room
            x, y = _on_circle(index, len(names), spread, *middle)
            nodes.append(Node(name, area, order.index(area) if area in order else -1, x, y))
    return with_labels_apart(nodes, lambda node, label: replace(node, label=label))


def links_of(nodes: Sequence[Node], edges: Sequence[Edge]) -> list[Link]:
    """The edges, those of a pair together, heaviest first."""
    place = {node.name: node for node in nodes}
    pairs: dict[tuple[str, str], list[Edge]] = {}
    for edge in edges:
        first, second = sorted((edge.first, edge.second))
        if first != second and first in place and second in place:
            pairs.setdefault((first, second), []).append(edge)
    weights = {pair: sum(edge.weight for edge in some) for pair, some in pairs.items()}
    most = max(weights.values(), default=1.0) or 1.0
    return [
        Link(place[a], place[b], tuple(pairs[a, b]), 1 + 7 * math.sqrt(weights[a, b] / most))
        for a, b in sorted(pairs, key=lambda pair: (-weights[pair], pair))
    ]


def steps_of(
    plan: MigrationPlan, proposal: Proposal, links: Sequence[Link], traffic: Traffic | None = None
) -> list[Step]:
    """Today, and after each area that is still to move, in the plan's order."""
    both = on_both_sides(plan) | proposal.keep_both.keys()
    calm = {skill for area in plan.areas.values() if area.is_calm for skill in area.skills}
    steps = [_step("today", calm, plan, links)]
    for name, area in plan.areas.items():
        if not area.is_calm and area.skills:
            moving = [skill for skill in area.skills if skill not in both]
            costs = costs_of_border(moving, proposal.edges, traffic, both | calm)
            calm = {*calm, *area.skills}
            steps.append(_step(f"after moving {name}", calm, plan, links, costs))
    return steps


def _step(
    title: str,
    calm: set[str],
    plan: MigrationPlan,
    links: Sequence[Link],
    costs: tuple[str, ...] = (),
) -> Step:
    crossing = tuple(_crossing(calm, plan, links))
    weight = sum(links[index].weight for index in crossing)
    return Step(title, tuple(sorted(calm)), crossing, weight, costs)


def _crossing(calm: set[str], plan: MigrationPlan, links: Sequence[Link]) -> Iterator[int]:
    """Links between the systems; what takes one turn, or is kept in both, is on both sides."""
    both = on_both_sides(plan)
    for index, link in enumerate(links):
        names = {link.first.name, link.second.name}
        if len(names & calm) == 1 and not names & both:
            yield index


def _on_circle(index: int, count: int, radius: float, x: float, y: float) -> tuple[float, float]:
    angle = 2 * math.pi * index / count - math.pi / 2
    return round(x + radius * math.cos(angle), 1), round(y + radius * math.sin(angle), 1)
