"""The states of a conversation that policies look at, made once and not at each prediction.

Rasa makes those of the whole conversation anew for every policy and action, so that what a
turn costs grows with the turns before it. Here a conversation is gone through event by event,
and goes on from where it was.
"""

from __future__ import annotations

import json
from collections import OrderedDict
from collections.abc import Hashable
from typing import Any

from rasa.shared.core.constants import PREVIOUS_ACTION
from rasa.shared.core.domain import Domain, State
from rasa.shared.core.events import ActionExecuted, Event, SlotSet, UserUttered
from rasa.shared.core.trackers import DialogueStateTracker

__all__ = ["keep_past_states"]

WALKS = 200  # kept at a time: some for each conversation that goes on


def keep_past_states(domain: Domain) -> None:
    """From now on, this domain goes on from the states that it made of a conversation before."""
    if not isinstance(domain.states_for_tracker_history, _PastStates):
        domain.states_for_tracker_history = _PastStates(domain)


class _PastStates:
    """In place of `Domain.states_for_tracker_history`, which says what its arguments are."""

    def __init__(self, domain: Domain) -> None:
        self._domain, self._original = domain, domain.states_for_tracker_history
        self._walks: OrderedDict[Hashable, _Walk] = OrderedDict()

    def __call__(
        self,
        tracker: DialogueStateTracker,
        omit_unset_slots: bool = False,
        ignore_rule_only_turns: bool = False,
        rule_only_data: dict[str, Any] | None = None,
    ) -> list[State]:
        options = omit_unset_slots, ignore_rule_only_turns, rule_only_data
        if type(tracker) is not DialogueStateTracker:
            return self._original(tracker, *options)
        events = tracker.applied_events()
        key = tracker.sender_id, tracker.is_rule_tracker, repr(options)
        walk = self._walks.get(key)
        if walk is not None and 2 * len(events) < len(walk.events):
            return self._original(tracker, *options)  # a part of the conversation
        if walk is None or not walk.is_beginning_of(events):
            walk = self._walks[key] = _Walk(self._domain, tracker, options)
        self._walks.move_to_end(key)
        if len(self._walks) > WALKS:
            self._walks.popitem(last=False)
        return walk.up_to(events)


class _Walk:
    """How far a conversation was gone through; as Rasa does, but stopping on the way."""

    def __init__(
        self,
        domain: Domain,
        tracker: DialogueStateTracker,
        options: tuple[bool, bool, dict[str, Any] | None],
    ) -> None:
        self._domain, self._tracker = domain, tracker.init_copy()
        self._omit_unset_slots, self._ignores_rules, self._rule_only = options
        self.events: list[Event] = []
        self._keys: list[Hashable] = []
        self._states: list[State] = []
        self._last_action: Any = None  # before the last turn that isn't hidden
        self._is_hidden = False

    def is_beginning_of(self, events: list[Event]) -> bool:
        """Whether these events begin with those gone through."""
        if len(events) < len(self.events):
            return False
        message = self._tracker.latest_message  # the only event that may still change
        for i, known in enumerate(self.events):
            event = events[i]
            if event is known and event is not message:
                continue
            if _key(event) != self._keys[i]:
                return False
            self.events[i] = event  # read again from the store
        return True

    def up_to(self, events: list[Event]) -> list[State]:
        """The states before each action of these events, and the one after them all."""
        for event in events[len(self.events) :]:
            if isinstance(event, ActionExecuted):
                self._last_action, self._is_hidden, state = self._next(event.hide_rule_turn)
                if state is not None:
                    self._states.append(state)
            self._tracker.update(event)
            self.events.append(event)
            self._keys.append(_key(event))
        # Policies change the last one, which is made anew, and no other.
        _, _, state = self._next(False)
        return [*self._states, state] if state is not None else list(self._states)

    def _next(self, hide: bool) -> tuple[Any, bool, State | None]:
        """What follows here: the last action, whether the turn is hidden, the state if not."""
        domain, tracker = self._domain, self._tracker
        last_action, is_hidden = self._last_action, self._is_hidden
        if self._ignores_rules:
            if not is_hidden:
                last_action = domain._get_prev_action_sub_state(tracker)
            if not tracker.followup_action and (
                tracker.latest_action_name != tracker.active_loop_name
            ):
                is_hidden = hide
            if is_hidden:
                return last_action, is_hidden, None
        state = domain.get_active_state(tracker, omit_unset_slots=self._omit_unset_slots)
        if self._ignores_rules:
            domain._remove_rule_only_features(state, self._rule_only)
            if self._states:
                domain._substitute_rule_only_user_input(state, self._states[-1])
            if last_action:
                state[PREVIOUS_ACTION] = last_action
        return last_action, is_hidden, domain._clean_state(state)


def _key(event: Event) -> Hashable:
    """What a state may come to know of an event.

    By what a message is featurized is said by an event behind it.
    """
    if isinstance(event, UserUttered):
        entities = json.dumps(event.entities, sort_keys=True, default=repr)
        return event.text, event.intent_name, event.full_retrieval_intent_name, entities
    if isinstance(event, ActionExecuted):
        return event.action_name, event.action_text, event.hide_rule_turn
    if isinstance(event, SlotSet):
        return event.key, repr(event.value)
    data = event.as_dict()
    return repr({name: data[name] for name in data.keys() - {"metadata", "timestamp"}})
