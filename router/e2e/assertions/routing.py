"""`routed_to` and `routing_reset`: what becomes of the route."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from router.e2e.assertions.base import Moment, Named, Outcome, failed, passed
from router.e2e.assertions.reading import (
    Name,
    map_in,
    name_in,
    one_of,
    place_in,
    refuse_value,
    text_in,
    truth_in,
)
from router.e2e.observed import ObservedTurn
from router.errors import Location
from router.routing.decision import OUTCOMES, Route

__all__ = ["ExpectedRoute", "RoutedTo", "RoutingReset"]

_KEYS = ("route", "sticky", "reason", "router")
_SYSTEMS = tuple(route.value for route in Route)


@dataclass(frozen=True)
class ExpectedRoute:
    """Where a message goes; None where nothing is said of it.

    `outcome` is a whole decision (`calm`, `nlu_once`, ...); the others are parts of one.
    """

    outcome: str | None = None
    route: str | None = None
    sticky: bool | None = None
    reason: str | None = None
    router: Name | None = None

    def __str__(self) -> str:
        if self.outcome:
            return self.outcome
        parts = {key: getattr(self, key) for key in _KEYS}
        return ", ".join(f"{key}: {value}" for key, value in parts.items() if value is not None)


class RoutedTo:
    """Who answers the turn, and for how long: `calm`, `nlu`, `calm_once` or `nlu_once`.

    The `_once` forms are routes for one turn, the others are sticky. Where a route is active
    no router is asked; then `calm` and `nlu` say who answers. `{route, sticky, reason,
    router}` asks for parts: `route` is `calm` or `nlu`, `reason` and `router` are the
    decision record's.
    """

    def read(self, value: Any, location: Location) -> ExpectedRoute:
        """An outcome, or a map of one or more of the keys."""
        if not isinstance(value, Mapping):
            return ExpectedRoute(outcome=one_of(value, location, "routed_to", tuple(OUTCOMES)))
        advice = f"Write `routed_to: calm`, or one or more of {', '.join(_KEYS)}."
        given = map_in(value, location, "routed_to", _KEYS, advice=advice)

        def place(key: str) -> Location:
            return place_in(given, key, location)

        route = sticky = reason = router = None
        if "route" in given:
            route = _system(given["route"], place("route"))
        if "sticky" in given:
            sticky = truth_in(given["sticky"], place("sticky"), "sticky")
        if "reason" in given:
            reason = text_in(given["reason"], place("reason"), "reason")
        if "router" in given:
            router = name_in(given["router"], place("router"), "router")
        return ExpectedRoute(None, route, sticky, reason, router)

    def check(self, expected: ExpectedRoute, turn: ObservedTurn, moment: Moment) -> Outcome:
        """Whether the decision is so, or the active route where none was made."""
        if turn.decision is None:
            actual = ExpectedRoute(turn.route, turn.route, turn.route_before is not None or None)
        else:
            made = turn.decision
            name = Name(made.router, Location(""))
            actual = ExpectedRoute(made.outcome, made.route.value, made.sticky, made.reason, name)
        wanted = [key for key in ("outcome", *_KEYS) if getattr(expected, key) is not None]
        if all(getattr(expected, key) == getattr(actual, key) for key in wanted):
            return passed()
        return failed(routing_in_words(turn))

    def names(self, expected: ExpectedRoute) -> Iterator[Named]:
        """The router."""
        if expected.router:
            yield Named("router", expected.router.text, expected.router.location)


class RoutingReset:
    """Whether the conversation is reset in this turn: `true` or `false`.

    A reset gives back the slots that aren't shared, ends forms and flows, and clears the
    route: `action_reset_routing` does it, and a route that is given up for having waited, or
    led nowhere, for too long. A route that is only released leaves the slots alone and isn't
    one.
    """

    def read(self, value: Any, location: Location) -> bool:
        """`true` or `false`."""
        return truth_in(value, location, "routing_reset")

    def check(self, expected: bool, turn: ObservedTurn, moment: Moment) -> Outcome:
        """Whether there was a reset."""
        position = next((each for each in turn.resets if each > moment.after), None)
        if expected == (position is not None):
            return passed(position)
        if expected:
            released = f"; the route was released: {turn.released}" if turn.released else ""
            return failed(f"no reset{released}; the route after the turn is {_slot(turn)}")
        return failed(f"a reset: {turn.released}")

    def names(self, expected: bool) -> Iterator[Named]:
        """Nothing."""
        return iter(())


def routing_in_words(turn: ObservedTurn) -> str:
    """Who answered and why, for people."""
    if turn.decision is not None:
        made = turn.decision
        return f"{made.outcome}: {made.reason} ({made.router})"
    if turn.route is None:
        return "nobody was asked: the message has no route"
    if turn.route_before is None:
        return f"{turn.route}, without a router's decision"
    return f"{turn.route}, by the active route; no router was asked"


def _slot(turn: ObservedTurn) -> str:
    value = turn.route_after
    return "none" if value is None else Route.CALM.value if value else Route.NLU.value


def _system(value: Any, location: Location) -> str:
    if isinstance(value, str) and value in set(OUTCOMES).difference(_SYSTEMS):
        system, _, _ = value.partition("_")
        refuse_value(value, location, "route", f"Write `route: {system}` and `sticky: false`.")
    return one_of(value, location, "route", _SYSTEMS)
