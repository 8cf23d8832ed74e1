"""Coverage as data: part of a run's results."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal

from router.e2e.places import Place, Result

__all__ = ["Area", "Coverage", "Handoff", "Item"]

HandoffKind = Literal["nlu_to_calm", "calm_to_nlu", "reset", "one_turn"]


class Item(Result):
    """One thing that may be exercised: a step, a branch, a rule; `cases` are passing ones."""

    name: str
    place: Place | None = None
    cases: tuple[str, ...] = ()


class Area(Result):
    """All things of one kind."""

    items: tuple[Item, ...] = ()

    @property
    def covered(self) -> int:
        """How many have a passing test."""
        return sum(bool(item.cases) for item in self.items)

    @property
    def percent(self) -> float:
        """Their share of all, 0 to 100; 100 where there are none."""
        return 100 * self.covered / len(self.items) if self.items else 100.0


class Handoff(Result):
    """One way from a skill of one system to a skill of the other, or out of a skill.

    `source` and `target` are skills (a flow's id, an intent that opens the NLU system's);
    `target` is empty for `reset` (the skill gives the route up) and for `one_turn` (`source`
    is answered without taking the route).
    """

    kind: HandoffKind
    source: str
    target: str = ""
    cases: tuple[str, ...] = ()


class Coverage(Result):
    """By area (`flows`, `branches`, `patterns`, `rules`, `stories`, `responses`, `actions`)."""

    areas: Mapping[str, Area]
    handoffs: tuple[Handoff, ...] = ()

    def count(self, area: str) -> tuple[int, int]:
        """How many of an area, or of `handoffs`, have a passing test, and how many there are."""
        if area != "handoffs":
            return self.areas[area].covered, len(self.areas[area].items)
        return sum(bool(handoff.cases) for handoff in self.handoffs), len(self.handoffs)

    def percent(self, area: str) -> float:
        """The share of an area, or of `handoffs`, that has a passing test, 0 to 100."""
        covered, every = self.count(area)
        return 100 * covered / every if every else 100.0
