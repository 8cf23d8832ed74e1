"""`flow_completed` and `flow_cancelled`: how a flow ends."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from router.e2e.assertions.base import Moment, Named, Outcome, failed, passed
from router.e2e.assertions.reading import Name, map_in, name_in, place_in
from router.e2e.assertions.wording import listed, nearest_first
from router.e2e.observed import ObservedTurn, Step
from router.errors import Location
from router.flows.model import END

__all__ = ["EndedFlow", "FlowCancelled", "FlowCompleted"]

_KEYS = ("flow_id", "flow_step_id")


@dataclass(frozen=True)
class EndedFlow:
    """A flow that ends, at a step if one is named."""

    flow: Name
    step: Name | None = None

    def __str__(self) -> str:
        return f"{self.flow} at step {self.step}" if self.step else f"{self.flow}"


class _FlowEnded:
    """What both have in common; `name` is the assertion's, `verb` says what happened."""

    name = ""
    verb = ""

    def ends(self, step: Step) -> bool:
        """Whether the step is such an end."""
        raise NotImplementedError

    def read(self, value: Any, location: Location) -> EndedFlow:
        """`{flow_id, flow_step_id}`, the step being optional, or the flow alone."""
        advice = f"Write `{self.name}:` with `flow_id:` and, if it matters, `flow_step_id:`."
        if not isinstance(value, Mapping):
            return EndedFlow(name_in(value, location, self.name, advice))
        given = map_in(value, location, self.name, _KEYS, required=("flow_id",), advice=advice)
        flow, step = (
            name_in(given[key], place_in(given, key, location), key) if key in given else None
            for key in _KEYS
        )
        assert flow is not None
        return EndedFlow(flow, step)

    def check(self, expected: EndedFlow, turn: ObservedTurn, moment: Moment) -> Outcome:
        """Whether the flows' trace has it ending so."""
        ends = [step for step in turn.trace if self.ends(step) and step.position > moment.after]
        flow, step = expected.flow.text, expected.step and expected.step.text
        of_flow = [each for each in ends if each.flow == flow]
        met = [each for each in of_flow if step in (None, each.step)]
        if met:
            return passed(met[0].position)
        if of_flow:
            steps = listed([each.step for each in of_flow])
            return failed(f"it was {self.verb} at step {steps}")
        others = nearest_first([each.flow for each in ends], [flow])
        what = f"{self.verb}: {listed(others)}" if others else f"no flow was {self.verb}"
        return failed(f"{what}; {_whereabouts(flow, turn)}")

    def names(self, expected: EndedFlow) -> Iterator[Named]:
        """The flow and the step."""
        yield Named("flow", expected.flow.text, expected.flow.location)
        if expected.step:
            name = f"{expected.flow.text}/{expected.step.text}"
            yield Named("step", name, expected.step.location)


class FlowCompleted(_FlowEnded):
    """The flow is done in this turn; `flow_step_id` is the step it ended with.

    Format: https://rasa.com/docs/pro/testing/evaluating-assistant
    """

    name = "flow_completed"
    verb = "completed"

    def ends(self, step: Step) -> bool:
        """A step that led to `END`."""
        return step.kind == "left" and step.target == END


class FlowCancelled(_FlowEnded):
    """The flow is given up in this turn; `flow_step_id` is the step it stood at.

    Format: https://rasa.com/docs/pro/testing/evaluating-assistant
    """

    name = "flow_cancelled"
    verb = "cancelled"

    def ends(self, step: Step) -> bool:
        """A step at which the flow was given up."""
        return step.kind == "cancelled"


def _whereabouts(flow: str, turn: ObservedTurn) -> str:
    """What became of a flow that didn't end as expected."""
    for frame in reversed(turn.stack):
        if frame.flow_id == flow:
            return f"{flow} is at step {frame.step_id}"
    last = [step for step in turn.trace if step.flow == flow]
    if not last:
        return f"{flow} wasn't active"
    if last[-1].kind == "cancelled":
        return f"{flow} was cancelled at step {last[-1].step}"
    if last[-1].target == END:
        return f"{flow} was completed at step {last[-1].step}"
    return f"{flow} got as far as step {last[-1].step or 'START'}"
