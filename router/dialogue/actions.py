"""What the default actions of the patterns do, as functions on values."""

from __future__ import annotations

from dataclasses import dataclass

from router.dialogue.correction import corrected
from router.dialogue.engine import RUN_REJECTIONS, cancelled, without_flows
from router.dialogue.frames import CANCEL, CLARIFICATION, COLLECT, CORRECTION, context_of
from router.dialogue.state import DialogueState
from router.flows.assistant import Assistant
from router.flows.conditions import parse_condition

_TYPE_REJECTIONS = {
    "bool": "utter_boolean_slot_rejection",
    "float": "utter_float_slot_rejection",
    "categorical": "utter_categorical_slot_rejection",
}


@dataclass(frozen=True)
class ActionResult:
    """The state after a default action, and the response to utter, if any."""

    state: DialogueState
    utter: str | None = None


def run_default_action(name: str, state: DialogueState, assistant: Assistant) -> ActionResult:
    """Runs one of the patterns' default actions.

    Raises:
        KeyError: there is no default action of that name.
    """
    return _DEFAULTS[name](state, assistant)


def _cancel_flow(state: DialogueState, assistant: Assistant) -> ActionResult:
    frame = state.top
    if frame is None or frame.type != CANCEL:
        return ActionResult(state)
    return ActionResult(cancelled(state, assistant, str(frame.context.get("canceled_frame"))))


def _clean_stack(state: DialogueState, assistant: Assistant) -> ActionResult:
    return ActionResult(without_flows(state, assistant))


def _correct_flow_slot(state: DialogueState, assistant: Assistant) -> ActionResult:
    frame = state.top
    if frame is None or frame.type != CORRECTION:
        return ActionResult(state)
    return ActionResult(corrected(state, assistant))


def _clarify_flows(state: DialogueState, assistant: Assistant) -> ActionResult:
    """The names to choose from, as one text for a response."""
    frame = state.top
    if frame is None or frame.type != CLARIFICATION:
        return ActionResult(state)
    *first, last = [str(name) for name in frame.context.get("names") or ("",)]
    options = f"{', '.join(first)} or {last}" if first else last
    return ActionResult(state.with_top(frame.with_context(clarification_options=options)))


def _run_slot_rejections(state: DialogueState, assistant: Assistant) -> ActionResult:
    """The first rejection that holds nulls the slot and says why."""
    frame = state.top
    if frame is None or frame.type != COLLECT:
        return ActionResult(state)
    slot = str(frame.context.get("collect"))
    rejected = frame.context.get("rejected_type")
    if rejected is not None:
        frame = frame.with_context(rejected_type=None)
        state = state.with_top(frame)
    if state.slots.get(slot) is None:  # a second value of the same turn may have fitted
        return ActionResult(state, _TYPE_REJECTIONS.get(str(rejected)))
    for rejection in frame.context.get("rejections") or ():
        condition = parse_condition(rejection["if"])
        if condition.evaluate(state.slots, context_of(state), assistant.categorical):
            spec = assistant.slots.get(slot)
            if spec and spec.refill_utter:
                state = state.with_top(frame.with_context(utter=spec.refill_utter))
            return ActionResult(state.with_slots({slot: None}), rejection["utter"])
    return ActionResult(state)


_DEFAULTS = {
    "action_cancel_flow": _cancel_flow,
    "action_clarify_flows": _clarify_flows,
    "action_clean_stack": _clean_stack,
    "action_correct_flow_slot": _correct_flow_slot,
    RUN_REJECTIONS: _run_slot_rejections,
}
RUNNABLE = frozenset(_DEFAULTS)
