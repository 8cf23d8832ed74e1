"""Topic areas: skills that surely belong together, put together until no more do."""

from __future__ import annotations

import heapq
from collections.abc import Iterable, Sequence

from router.planner.model import Edge
from router.planner.proposal.consensus import Consensus, consensus
from router.planner.proposal.graph import Weights, weights_of
from router.planner.proposal.wishes import Constraints

__all__ = ["group"]

#: Groups whose skills are together in this share of the groupings, on average, become one.
SURE = 0.5
#: A skill alone in its area goes where it has more than this share of what it has.
MOST = 2 / 3

Groups = list[tuple[str, ...]]


def group(skills: Iterable[str], edges: Sequence[Edge], constraints: Constraints) -> Groups:
    """The areas, each with its skills in order.

    Average linkage over the consensus, from the planner's blocks up: until no two areas surely
    belong together, or there are as many as wished. Then skills that are left alone go where
    they have most of what they have.
    """
    names = sorted(skills)
    weights = weights_of(names, edges)
    merging = _Merging(names, weights, consensus(names, edges), constraints)
    merging.run()
    return _refined(merging.groups(), weights, constraints)


class _Merging:
    """Groups by number, and how near each two are: consensus, then share of what they have."""

    def __init__(
        self, names: Sequence[str], weights: Weights, sure: Consensus, constraints: Constraints
    ) -> None:
        present = set(names)
        blocks = [sorted(block & present) for block in constraints.blocks if block & present]
        pinned: dict[str, list[str]] = {}
        for block in blocks:
            pinned.setdefault(constraints.pins.get(block[0], f" {block[0]}"), []).extend(block)
        blocked = {name for block in blocks for name in block}
        starts = [*pinned.values(), *([name] for name in names if name not in blocked)]
        self._groups = dict(enumerate(sorted(map(sorted, starts))))
        self._constraints = constraints
        self._volumes = {
            number: sum(sum(weights[name].values()) for name in members)
            for number, members in self._groups.items()
        }
        of = {name: number for number, members in self._groups.items() for name in members}
        # Sums over pairs of skills: of consensus, and of weights.
        self._ties: dict[int, dict[int, tuple[float, float]]] = {n: {} for n in self._groups}
        for (one, other), share in sure.items():
            self._tie(of[one], of[other], share, 0.0)
        for one, others in weights.items():
            for other, weight in others.items():
                if one < other:
                    self._tie(of[one], of[other], 0.0, weight)
        self._queue = [
            entry for one in self._ties for other in self._ties[one] if one < other
            for entry in (self._entry(one, other),)
        ]  # fmt: skip
        heapq.heapify(self._queue)

    def groups(self) -> Groups:
        return sorted(tuple(members) for members in self._groups.values())

    def run(self) -> None:
        wished = self._constraints.areas
        while self._queue and len(self._groups) != wished:
            entry = heapq.heappop(self._queue)
            one, other = entry[-2:]
            if one not in self._groups or other not in self._groups:
                continue
            if entry != self._entry(one, other) or self._parted(one, other):
                continue
            if wished is None and -entry[0] < SURE:
                return
            self._merge(one, other)
        while wished is not None and len(self._groups) > wished:
            smallest_first = sorted(self._groups, key=lambda n: (len(self._groups[n]), n))
            pair = next(
                (
                    (one, other)
                    for index, one in enumerate(smallest_first)
                    for other in smallest_first[index + 1 :]
                    if not self._parted(one, other)
                ),
                None,
            )
            if pair is None:
                return
            self._merge(*sorted(pair))

    def _parted(self, one: int, other: int) -> bool:
        return self._constraints.part(self._groups[one], self._groups[other])

    def _entry(self, one: int, other: int) -> tuple[float, float, int, int]:
        sure, weight = self._ties[one][other]
        size = len(self._groups[one]) * len(self._groups[other])
        volume = self._volumes[one] * self._volumes[other]
        return -round(sure / size, 9), -round(weight / (volume**0.5 or 1.0), 9), one, other

    def _tie(self, one: int, other: int, sure: float, weight: float) -> None:
        if one != other:
            before = self._ties[one].get(other, (0.0, 0.0))
            self._ties[one][other] = self._ties[other][one] = (
                before[0] + sure,
                before[1] + weight,
            )

    def _merge(self, one: int, other: int) -> None:
        gone = self._ties.pop(other)
        for third, (sure, weight) in gone.items():
            del self._ties[third][other]
            self._tie(one, third, sure, weight)
        self._groups[one] = sorted([*self._groups[one], *self._groups.pop(other)])
        self._volumes[one] += self._volumes.pop(other)
        for third in self._ties[one]:
            heapq.heappush(self._queue, self._entry(*sorted((one, third))))


def _refined(groups: Groups, weights: Weights, constraints: Constraints) -> Groups:
    """Without skills alone that have most with one area; the greatest weight first."""
    areas = [set(group) for group in groups]
    stay = constraints.skills
    while constraints.areas is None:
        alone = {name: area for area in areas if len(area) == 1 for name in area - stay}
        ties = [
            (-weight, name, number)
            for name in alone
            for number, area in enumerate(areas)
            if (weight := sum(weights[name].get(other, 0.0) for other in area))
            > MOST * sum(weights[name].values())
            and not constraints.part([name], area)
        ]
        if not ties:
            break
        _, name, number = min(ties)
        areas[number].add(name)
        areas.remove(alone[name])
    return sorted(tuple(sorted(area)) for area in areas)
