"""`flow_started`: the message starts a flow."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from router.e2e.assertions.base import Moment, Named, Outcome, failed, passed
from router.e2e.assertions.flow_ids import FlowIds, read_flow_ids
from router.e2e.assertions.wording import listed, nearest_first
from router.e2e.observed import ObservedTurn
from router.errors import Location
from router.flows.model import PATTERN_PREFIX

__all__ = ["FlowStarted"]


class FlowStarted:
    """The flow begins in this turn: by a command, a link or a call.

    `flow_started: transfer_money`; a list means all of them; `{operator: any, flow_ids:
    [a, b]}` means at least one. Patterns may be named as well.
    Format: https://rasa.com/docs/pro/testing/evaluating-assistant
    """

    def read(self, value: Any, location: Location) -> FlowIds:
        """A flow, a list, or the form with an operator."""
        return read_flow_ids(value, location, "flow_started")

    def check(self, expected: FlowIds, turn: ObservedTurn, moment: Moment) -> Outcome:
        """Whether the flows' trace has them beginning."""
        found: dict[str, int] = {}
        for step in turn.trace:
            if step.kind == "started" and step.position > moment.after:
                found.setdefault(step.flow, step.position)
        position = expected.met_at(found)
        if position is not None:
            return passed(position)
        flows = [flow for flow in found if not flow.startswith(PATTERN_PREFIX)]
        started = nearest_first(flows, expected.ids) or list(found)
        return failed(f"started: {listed(started)}" if started else "no flow was started")

    def names(self, expected: FlowIds) -> Iterator[Named]:
        """The flows."""
        return expected.named
