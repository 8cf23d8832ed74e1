"""What the NLU policies see: their own turns since the last reset, and shared slots."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from rasa.shared.core.constants import ACTION_LISTEN_NAME
from rasa.shared.core.events import ActionExecuted, Event, SlotSet, UserUttered
from rasa.shared.core.trackers import DialogueStateTracker

from router.flows.default_patterns import RESET_ACTION
from router.flows.slots import ROUTE_SLOT
from router.rasa.reset import is_reset
from router.rasa.tracker_state import message_route
from router.routing.decision import Route


def nlu_view(tracker: DialogueStateTracker, shared: frozenset[str]) -> DialogueStateTracker:
    """The conversation as the NLU policies may know it.

    The tracker itself, if nothing in it is hidden from them. Turns that CALM answered are
    left out but for the shared slots they set, and so is all before the last reset but for
    the values that shared slots had then.
    """
    events = list(tracker.events)
    cut = _after_last_reset(events)
    kept = list(_nlu_events(events[cut:], shared))
    if cut == 0 and len(kept) == len(events):
        return tracker
    view = tracker.init_copy()
    for event in (*_opening(tracker, events[:cut], kept, shared), *kept):
        view.update(event)
    return view


def ends_with_reset(tracker: DialogueStateTracker) -> bool:
    """Whether a reset was the last action taken."""
    return bool(tracker.latest_action_name == RESET_ACTION)


def _after_last_reset(events: list[Event]) -> int:
    """The index behind the last reset and the events it caused; 0 if there is none."""
    for index in range(len(events) - 1, -1, -1):
        event = events[index]
        if isinstance(event, SlotSet) and event.key == ROUTE_SLOT and is_reset(event.metadata):
            return index + 1
        if isinstance(event, ActionExecuted) and event.action_name == RESET_ACTION:
            return index + 1
    return 0


def _opening(
    tracker: DialogueStateTracker, before: list[Event], kept: list[Event], shared: frozenset[str]
) -> Iterable[Event]:
    """A conversation's start: the assistant listens and knows the shared slots."""
    first = next((e for e in kept if isinstance(e, ActionExecuted | UserUttered)), None)
    if not isinstance(first, ActionExecuted):
        yield ActionExecuted(ACTION_LISTEN_NAME)
    set_later = {event.key for event in kept if isinstance(event, SlotSet)}
    for name in sorted(shared & tracker.slots.keys()):
        value = _value_in(before, name) if name in set_later else tracker.get_slot(name)
        if value != tracker.slots[name].initial_value:
            yield SlotSet(name, value)


def _value_in(events: list[Event], name: str) -> Any:
    """The value that the last of these events that sets the slot gives it."""
    # type() rather than isinstance(): of Rasa's abstract event classes it is ten times faster.
    found = (e.value for e in reversed(events) if type(e) is SlotSet and e.key == name)
    return next(found, None)


def _nlu_events(events: Iterable[Event], shared: frozenset[str]) -> Iterable[Event]:
    in_calm = False
    for event in events:
        if isinstance(event, UserUttered):
            in_calm = message_route(event) is Route.CALM
        if not in_calm or (isinstance(event, SlotSet) and event.key in shared):
            yield event
