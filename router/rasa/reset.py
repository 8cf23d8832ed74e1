"""Giving up a route: `action_reset_routing`, and the releases that keep users from being stuck."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from rasa.shared.core.constants import REQUESTED_SLOT, SESSION_START_METADATA_SLOT
from rasa.shared.core.events import ActiveLoop, Event, SlotSet

from router.dialogue.state import DialogueState
from router.dialogue.trace import Trace, note_cancelled, note_left, traced
from router.flows.assistant import Assistant
from router.flows.slots import ROUTE_SLOT, STACK_SLOT
from router.rasa.tracker_state import stack_event

RELEASE_KEY = "release"
_OWN_SLOTS = frozenset({ROUTE_SLOT, STACK_SLOT, REQUESTED_SLOT, SESSION_START_METADATA_SLOT})


def reset_events(
    assistant: Assistant, reason: str, state: DialogueState, *, is_step: bool = False
) -> list[Event]:
    """All that a reset does, in order, as explicit events.

    Slots that aren't shared to their initial value, the form deactivated, the stack emptied,
    the route cleared. Explicit, so that a new session that replays slots revives nothing.
    Flows in progress in `state` end; with `is_step`, the top one by a step of its own.
    """
    slots = [
        SlotSet(name, slot.initial_value)
        for name, slot in assistant.slots.items()
        if not slot.shared and name not in _OWN_SLOTS
    ]
    asked_by_form = [SlotSet(REQUESTED_SLOT, None)] if REQUESTED_SLOT in assistant.slots else []
    return [
        *slots,
        ActiveLoop(None),
        *asked_by_form,
        stack_event(DialogueState(), given_up(state, is_step=is_step)),
        SlotSet(ROUTE_SLOT, None, metadata={RELEASE_KEY: {"reason": reason, "reset": True}}),
    ]


def given_up(state: DialogueState, *, is_step: bool = False) -> Trace:
    """The trace of a stack that is emptied; with `is_step`, by a step of its top flow."""
    with traced() as trace:
        if is_step and state.top is not None:
            note_left(state.top, state.top.step_id)
        note_cancelled(state.stack[:-1] if is_step else state.stack)
    return trace


def release_event(reason: str, value: Any = None) -> SlotSet:
    """Clears the route and records why."""
    return SlotSet(ROUTE_SLOT, value, metadata={RELEASE_KEY: {"reason": reason}})


def is_release(metadata: Mapping[str, Any] | None) -> bool:
    """Whether a routing slot's event gave up a route (rather than recorded a decision)."""
    return RELEASE_KEY in (metadata or {})


def is_reset(metadata: Mapping[str, Any] | None) -> bool:
    """Whether a routing slot's event ended a reset: slots and form were given up, too."""
    return bool((metadata or {}).get(RELEASE_KEY, {}).get("reset"))
