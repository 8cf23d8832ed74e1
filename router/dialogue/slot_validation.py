"""A slot's `validation` in the domain: it holds whenever the slot is filled.

Format: https://rasa.com/docs/pro/build/configuring-assistant (slot validation)
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from router.dialogue.frames import COLLECT, refill_frame
from router.dialogue.state import START, DialogueState
from router.flows.assistant import Assistant


def with_refused(
    before: Mapping[str, Any], state: DialogueState, assistant: Assistant
) -> DialogueState:
    """With the question for each slot that got, since `before`, a value its domain refuses.

    The domain's `validation` holds whenever a slot is filled, not only where a flow asks
    for it; what a flow asks for at the moment is checked by the question itself.
    """
    if before is state.slots:  # most steps change none
        return state
    for name, spec in assistant.validated_slots.items():
        value = state.slots.get(name)
        if value is None or value == before.get(name) or _is_asked(name, state):
            continue
        if any(c.evaluate(state.slots, {}, assistant.categorical) for c, _ in spec.checks):
            state = _begun(state, assistant).push(refill_frame(spec))
    return state


def _is_asked(slot: str, state: DialogueState) -> bool:
    return any(f.type == COLLECT and f.context.get("collect") == slot for f in state.stack)


def _begun(state: DialogueState, assistant: Assistant) -> DialogueState:
    """The top flow counts as begun: what is asked now is asked on its behalf."""
    frame = state.top
    flow = assistant.flow(frame.flow_id) if frame else None
    if frame is None or flow is None or frame.step_id != START:
        return state
    return state.with_top(frame.at(flow.steps[0].id))
