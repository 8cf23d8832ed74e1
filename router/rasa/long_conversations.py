"""What keeps the cost of a turn from growing with the conversation.

Rasa replays every event of a conversation several times a turn: to read it from the store,
to copy the tracker before each action, to write it back. The results are the same here,
reached without doing again what was done the turn before.
"""

from __future__ import annotations

import copy
import json
import operator
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from rasa.core.tracker_store import InMemoryTrackerStore
from rasa.shared.core.events import (
    ActionExecuted,
    ActionReverted,
    ActiveLoop,
    Event,
    LegacyForm,
    Restarted,
    SessionStarted,
    UserUtteranceReverted,
    UserUttered,
)
from rasa.shared.core.trackers import DialogueStateTracker

REMEMBERED = 256  # conversations a store keeps at hand
_MEMORY = "_coexistence_memory"
_BEGINNINGS = frozenset({Restarted, SessionStarted})
_REWINDING = frozenset({ActionReverted, UserUtteranceReverted, LegacyForm})


@dataclass(frozen=True)
class _Saved:
    """A conversation as it was saved, and as reading it would give it.

    `texts` holds the part of the text for each of the tracker's events, `rewinds` whether
    replaying them takes some back, `sessions` how many sessions they begin.
    """

    text: str
    texts: list[str]
    tracker: DialogueStateTracker
    rewinds: bool = False
    sessions: int = 0


def wrap_resolve_by_type(original: Callable[..., Any]) -> Callable[..., Any]:
    """`Event.resolve_by_type` that walks Rasa's class tree once a name, not once an event."""
    known: dict[str, type[Event]] = {}

    def resolve_by_type(type_name: str, default: type[Event] | None = None) -> Any:
        if type_name not in known:
            found = original(type_name, default)
            if found is None or found.type_name != type_name:
                return found
            known[type_name] = found
        return known[type_name]

    return resolve_by_type


def wrap_copy(original: Callable[..., Any]) -> Callable[..., Any]:
    """`DialogueStateTracker.copy` that takes over the state instead of replaying events."""

    def copy_tracker(self: DialogueStateTracker) -> DialogueStateTracker:
        kinds = set(map(type, self.events))
        if type(self.slots) is not dict or kinds & _REWINDING:
            return original(self)
        twin = _twin(self)
        if ActiveLoop in kinds:
            _show_latest(twin)
        return twin

    return copy_tracker


def _twin(tracker: DialogueStateTracker) -> DialogueStateTracker:
    """A tracker in the same state that can change by itself."""
    twin = copy.copy(tracker)
    twin.events = tracker._create_events(tracker.events)
    twin.slots = {name: copy.copy(slot) for name, slot in tracker.slots.items()}
    twin.active_loop = copy.copy(tracker.active_loop)
    twin.model_id = twin.assistant_id = None  # as after replaying
    return twin


def _show_latest(tracker: DialogueStateTracker) -> None:
    """The last message and action, which a tracker that was read leaves out inside a form."""
    has_message = has_action = False
    for event in reversed(tracker.events):
        if type(event) in _BEGINNINGS or (has_message and has_action):
            return
        if isinstance(event, UserUttered) and not has_message:
            tracker.latest_message, has_message = event, True
        elif isinstance(event, ActionExecuted) and not has_action:
            tracker.set_latest_action(event.as_sub_state())
            has_action = True


def wrap_applied_events(original: Callable[..., Any]) -> Callable[..., Any]:
    """`DialogueStateTracker.applied_events` that looks closely only where it may matter.

    Without rewinding events, those of the session are all that count, but for what a form
    that goes on takes back.
    """

    def applied_events(self: DialogueStateTracker) -> list[Event]:
        events, start = list(self.events), 0
        loops: set[str | None] = set()
        # type() rather than isinstance(): of Rasa's abstract event classes it is ten times faster.
        for index, event in enumerate(events):
            kind = type(event)
            if kind in _BEGINNINGS:
                start = index + 1
            elif kind is ActiveLoop:
                loops.add(event.name)
            elif kind in _REWINDING:
                return list(original(self))
        loops.discard(None)
        return _without_repeated_loops(self, events[start:], loops) if loops else events[start:]

    return applied_events


def _without_repeated_loops(
    tracker: DialogueStateTracker, events: list[Event], loops: set[str | None]
) -> list[Event]:
    """Of a form's executions one after the other only the first, as Rasa does it."""
    applied: list[Event] = []
    for event in events:
        name = event.action_name if type(event) is ActionExecuted else None
        if name in loops and not tracker._first_loop_execution_or_unhappy_path(name, applied):
            tracker._undo_till_previous_loop_execution(name, applied)
        else:
            applied.append(event)
    return applied


def wrap_save(original: Callable[..., Any]) -> Callable[..., Any]:
    """`InMemoryTrackerStore.save` that writes only new events anew, and keeps the tracker."""

    async def save(self: InMemoryTrackerStore, tracker: DialogueStateTracker) -> None:
        memory = self.__dict__.setdefault(_MEMORY, OrderedDict())
        before = memory.get(tracker.sender_id)
        saved = _saved(tracker, before or _Saved("", [], self.init_tracker(tracker.sender_id)))
        await self.stream_events(tracker)
        memory.pop(tracker.sender_id, None)
        self.store[tracker.sender_id] = saved.text
        if saved.sessions <= 1:  # reading leaves out older sessions
            memory[tracker.sender_id] = saved
        while len(memory) > REMEMBERED:
            memory.popitem(last=False)

    return save


def wrap_retrieve(original: Callable[..., Any]) -> Callable[..., Any]:
    """`InMemoryTrackerStore._retrieve` that reads again only what somebody else wrote."""

    async def retrieve(
        self: InMemoryTrackerStore, sender_id: str, *args: Any, **kwargs: Any
    ) -> Any:
        saved = self.__dict__.get(_MEMORY, {}).get(sender_id)
        if saved is None or self.store.get(sender_id) is not saved.text:
            return await original(self, sender_id, *args, **kwargs)
        return _twin(saved.tracker)

    return retrieve


SEAMS: tuple[tuple[Any, str, Callable[..., Any]], ...] = (
    (Event, "resolve_by_type", wrap_resolve_by_type),
    (DialogueStateTracker, "copy", wrap_copy),
    (DialogueStateTracker, "applied_events", wrap_applied_events),
    (InMemoryTrackerStore, "save", wrap_save),
    (InMemoryTrackerStore, "_retrieve", wrap_retrieve),
)


def _saved(tracker: DialogueStateTracker, before: _Saved) -> _Saved:
    """Only events that `before` doesn't have are written, and read, anew."""
    events, known = list(tracker.events), list(before.tracker.events)
    if len(known) > len(events) or not all(map(operator.is_, events, known)):
        before = _Saved("", [], before.tracker.init_copy())
    texts, read = list(before.texts), _twin(before.tracker)
    rewinds, sessions = before.rewinds, before.sessions
    for event in events[len(texts) :]:
        kind = type(event)
        rewinds |= kind in _REWINDING or (kind is ActiveLoop and bool(event.name))
        sessions += kind is SessionStarted
        texts.append(json.dumps(event.as_dict()))
        read.update(Event.from_parameters(json.loads(texts[-1])))
    if rewinds:
        dialogue, read = read.as_dialogue(), read.init_copy()
        read.recreate_from_dialogue(dialogue)
    text = f'{{"events": [{", ".join(texts)}], "name": {json.dumps(tracker.sender_id)}}}'
    return _Saved(text, texts, read, rewinds, sessions)
