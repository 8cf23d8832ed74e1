"""`handoff`: the conversation goes from one system to the other."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from router.e2e.assertions.base import Moment, Named, Outcome, failed, passed
from router.e2e.assertions.reading import map_in, one_of, place_in, refuse_value
from router.e2e.observed import ObservedTurn
from router.errors import Location
from router.routing.decision import Route

__all__ = ["ExpectedHandoff", "Handoff"]

_KEYS = ("from", "to")
_SYSTEMS = tuple(route.value for route in Route)


@dataclass(frozen=True)
class ExpectedHandoff:
    """The system that answered last, and the one that answers now."""

    source: str
    target: str

    def __str__(self) -> str:
        return f"from {self.source} to {self.target}"


class Handoff:
    """`{from: nlu, to: calm}`: `to` answers this turn, `from` the last one before it.

    A turn that nobody answered (the session's opening, say) doesn't count as one.
    """

    def read(self, value: Any, location: Location) -> ExpectedHandoff:
        """A map with both keys."""
        advice = "Write `handoff: {from: nlu, to: calm}`, or the other way round."
        given = map_in(value, location, "handoff", _KEYS, required=_KEYS, advice=advice)
        source, target = (
            one_of(given[key], place_in(given, key, location), key, _SYSTEMS) for key in _KEYS
        )
        if source == target:
            refuse_value(target, place_in(given, "to", location), "to", advice)
        return ExpectedHandoff(source, target)

    def check(self, expected: ExpectedHandoff, turn: ObservedTurn, moment: Moment) -> Outcome:
        """Whether these two answered."""
        answered = [each.route for each in moment.earlier if each.route is not None]
        before = answered[-1] if answered else None
        if (before, turn.route) == (expected.source, expected.target):
            return passed()
        if before is None:
            return failed(f"{turn.route or 'nobody'} answered, and nobody before")
        if before == turn.route:
            return failed(f"{turn.route} answered, as before")
        return failed(f"{turn.route or 'nobody'} answered, {before} before")

    def names(self, expected: ExpectedHandoff) -> Iterator[Named]:
        """Nothing."""
        return iter(())
