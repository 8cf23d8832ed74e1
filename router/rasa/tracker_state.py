"""Rasa's tracker as the dialogue engine's values, and those back as events."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from rasa.shared.core.constants import ACTION_LISTEN_NAME
from rasa.shared.core.events import ActionExecuted, Event, SlotSet, UserUttered
from rasa.shared.core.trackers import DialogueStateTracker

from router.dialogue.state import DialogueState, stack_from_data
from router.flows.slots import ROUTE_SLOT, STACK_SLOT
from router.routing.decision import Route
from router.understanding.nlu_adapter import NluResult

# Keys of a user message's parse data.
ROUTE_KEY = "route"  # who answers the message: "calm" or "nlu"
DECISION_KEY = "routing"  # the router's decision, if it was asked
COMMANDS_KEY = "commands"
ASIDE_KEY = "aside"  # whether an event from outside is answered without touching the route
PROGRESS_KEY = "progress"  # whether the turn did anything for the user

TRACE_KEY = "trace"  # key of the stack's metadata: what its flows went through, see dialogue.trace


def state_of(tracker: DialogueStateTracker) -> DialogueState:
    """Stack and slots as they stand on the tracker."""
    slots = tracker.current_slot_values()
    return DialogueState(stack=stack_from_data(slots.pop(STACK_SLOT, None)), slots=slots)


def state_after(state: DialogueState, events: Iterable[Event]) -> DialogueState:
    """`state` with the slots, and the stack, that `events` set."""
    changes = {event.key: event.value for event in events if isinstance(event, SlotSet)}
    stack = stack_from_data(changes.pop(STACK_SLOT)) if STACK_SLOT in changes else state.stack
    return DialogueState(stack, state.slots).with_slots(changes)


def events_between(
    before: DialogueState, after: DialogueState, trace: Sequence[Any] = ()
) -> list[Event]:
    """The events that lead from one state to the other: slots first, then the stack.

    The stack's carries the `trace` of the way between them, if there is one.
    """
    events: list[Event] = [
        SlotSet(name, value)
        for name, value in after.slots.items()
        if name not in before.slots or not _same(before.slots[name], value)
    ]
    if trace or after.stack != before.stack:
        events.append(stack_event(after, trace))
    return events


def stack_event(state: DialogueState, trace: Sequence[Any] = ()) -> SlotSet:
    """Sets the stack to that of `state`; `trace` is how it came about."""
    metadata = {TRACE_KEY: list(trace)} if trace else None
    return SlotSet(STACK_SLOT, state.stack_as_data(), metadata=metadata)


def answering_system(tracker: DialogueStateTracker) -> Route | None:
    """Who answers the latest user message; None if nobody decided (a test story, say)."""
    message = tracker.latest_message
    return message_route(message) if message is not None else None


def message_route(message: UserUttered) -> Route | None:
    """Who answers this user message, as recorded on it."""
    value = (message.parse_data or {}).get(ROUTE_KEY)
    return Route(value) if value in ("calm", "nlu") else None


def current_route(tracker: DialogueStateTracker) -> bool | None:
    """The value of the routing slot; anything but a bool counts as none."""
    value = tracker.get_slot(ROUTE_SLOT) if ROUTE_SLOT in tracker.slots else None
    return value if isinstance(value, bool) else None


def actions_this_turn(tracker: DialogueStateTracker) -> int:
    """How many actions were executed since the assistant last listened."""
    count = 0
    for event in reversed(tracker.events):
        if isinstance(event, ActionExecuted):
            if event.action_name == ACTION_LISTEN_NAME:
                break
            count += 1
    return count


def nlu_result(parse_data: dict[str, Any]) -> NluResult:
    """What the NLU pipeline found, from a message's parse data."""
    intent = parse_data.get("intent") or {}
    return NluResult(
        text=parse_data.get("text") or "",
        intent=intent.get("name"),
        confidence=float(intent.get("confidence") or 0.0),
        entities=tuple(parse_data.get("entities") or ()),
    )


def _same(one: Any, other: Any) -> bool:
    """Equal and of one type, so that True is told from 1."""
    return type(one) is type(other) and bool(one == other)
