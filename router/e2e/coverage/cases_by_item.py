"""Which cases did what: the one list that every area of coverage is made from."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from router.e2e.cases import TestCase
from router.e2e.coverage.model import Area, Item
from router.e2e.observed import ObservedTurn
from router.e2e.places import Place

__all__ = ["CasesBy", "Passed", "area"]

Passed = tuple[TestCase, Sequence[ObservedTurn]]
"""A case that passed, and the turns of its last attempt."""


@dataclass(frozen=True)
class CasesBy:
    """What was done -> the ids of the cases that did it, each once, in the suite's order."""

    found: Mapping[object, tuple[str, ...]]

    @classmethod
    def of(cls, done: Iterator[tuple[object, str]]) -> CasesBy:
        """Of pairs of what was done, and the id of a case."""
        found: dict[object, dict[str, None]] = {}
        for key, case in done:
            found.setdefault(key, {})[case] = None
        return cls({key: tuple(cases) for key, cases in found.items()})

    def __call__(self, key: object) -> tuple[str, ...]:
        """The cases that did it."""
        return self.found.get(key, ())


def area(items: Iterator[tuple[str, Place | None, tuple[str, ...]]]) -> Area:
    """All things of one kind: name, place, and the cases that exercise it."""
    return Area(items=tuple(Item(name=n, place=place, cases=cases) for n, place, cases in items))
