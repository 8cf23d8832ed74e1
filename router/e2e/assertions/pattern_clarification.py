"""`pattern_clarification_contains`: the bot asks which flow is meant."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from router.dialogue.frames import CLARIFICATION
from router.dialogue.state import Frame, stack_from_data
from router.e2e.assertions.base import Moment, Named, Outcome, failed, passed
from router.e2e.assertions.flow_ids import FlowIds, read_flow_ids
from router.e2e.assertions.wording import listed, nearest_first
from router.e2e.observed import ObservedTurn
from router.errors import Location
from router.flows.slots import STACK_SLOT

__all__ = ["PatternClarificationContains"]


class PatternClarificationContains:
    """`pattern_clarification` runs in this turn, and offers these flows, maybe with others.

    A list of flows (all of them), or `{operator: any|all, flow_ids: [...]}`.
    Format: https://rasa.com/docs/pro/testing/evaluating-assistant
    """

    def read(self, value: Any, location: Location) -> FlowIds:
        """A flow, a list, or the form with an operator."""
        return read_flow_ids(value, location, "pattern_clarification_contains")

    def check(self, expected: FlowIds, turn: ObservedTurn, moment: Moment) -> Outcome:
        """Whether the pattern offers them."""
        begun = [
            step.position
            for step in turn.trace
            if step.kind == "started" and step.flow == CLARIFICATION
        ]
        position = next((each for each in begun if each > moment.after), None)
        if position is None:
            return failed("the bot didn't ask which flow is meant")
        found = _offered(turn.events[position])
        offered = {flow: position for flow in expected.ids if flow in found}
        if expected.met_at(offered) is not None:
            return passed(position)
        return failed(f"offered: {listed(nearest_first(found, expected.ids)) or 'none'}")

    def names(self, expected: FlowIds) -> Iterator[Named]:
        """The flows."""
        return expected.named


def _offered(event: Mapping[str, Any]) -> list[str]:
    """The flows that the pattern offers, by their ids."""
    stack = stack_from_data(event.get("value")) if event.get("name") == STACK_SLOT else ()
    frame: Frame | None = next((f for f in reversed(stack) if f.flow_id == CLARIFICATION), None)
    return [str(flow) for flow in frame.context.get("flow_ids") or ()] if frame else []
