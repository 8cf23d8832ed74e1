"""`llm_calls` and `turn_latency_ms`: what a turn may cost."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

from router.e2e.assertions.base import Moment, Named, Outcome, failed, passed
from router.e2e.assertions.reading import map_in, number_in, place_in, refuse_value
from router.e2e.observed import ObservedTurn
from router.errors import Location

__all__ = ["AtMost", "LLMCalls", "TurnLatency"]


@dataclass(frozen=True)
class AtMost:
    """The most that there may be."""

    number: float

    def __str__(self) -> str:
        return f"at most {self.number:g}"


class LLMCalls:
    """`llm_calls: {at_most: 1}`: so many questions to language models, at most.

    A recorded or scripted answer counts as a call, and so does one that was asked for beside
    a router's question and then not needed. What never reached a model doesn't.
    """

    def read(self, value: Any, location: Location) -> AtMost:
        """A map with `at_most`, a whole number."""
        limit = _read(value, location, "llm_calls", 1)
        if limit.number != int(limit.number):
            place = place_in(value, "at_most", location)
            refuse_value(value["at_most"], place, "at_most", "Write a whole number.")
        return limit

    def check(self, expected: AtMost, turn: ObservedTurn, moment: Moment) -> Outcome:
        """Whether there were no more."""
        made = [call for call in turn.llm_calls if _was_made(call)]
        count = float(len(made))
        if count <= expected.number:
            return passed(llm_calls=count)
        calls = ", ".join(f"{call.get('for')}: {call.get('outcome')}" for call in made)
        noun = "call" if len(made) == 1 else "calls"
        return failed(f"{len(made)} {noun} ({calls})", llm_calls=count)

    def names(self, expected: AtMost) -> Iterator[Named]:
        """Nothing."""
        return iter(())


class TurnLatency:
    """`turn_latency_ms: {at_most: 500}`: milliseconds until the bot listens again.

    It is reported only, for a machine may be busy; with `Moment.latency_fails` it fails.
    """

    def read(self, value: Any, location: Location) -> AtMost:
        """A map with `at_most`."""
        return _read(value, location, "turn_latency_ms", 500)

    def check(self, expected: AtMost, turn: ObservedTurn, moment: Moment) -> Outcome:
        """Whether it was fast enough."""
        if turn.latency_ms <= expected.number:
            return passed(latency_ms=turn.latency_ms)
        late = failed(f"{turn.latency_ms:.0f} ms", latency_ms=turn.latency_ms)
        return late if moment.latency_fails else replace(late, status="passed")

    def names(self, expected: AtMost) -> Iterator[Named]:
        """Nothing."""
        return iter(())


def _was_made(call: Mapping[str, Any]) -> bool:
    """Whether a model was asked, or would have been: not if nothing was sent for an error."""
    was_tried = "latency_ms" in call and call.get("attempts", 1) > 0
    return was_tried or bool(call.get("replayed"))


def _read(value: Any, location: Location, name: str, example: int) -> AtMost:
    advice = f"Write `{name}: {{at_most: {example}}}`."
    given = map_in(value, location, name, ("at_most",), required=("at_most",), advice=advice)
    return AtMost(number_in(given["at_most"], place_in(given, "at_most", location), "at_most"))
