"""Executing an action, and with it the step of the flow that asked for it.

A flow's progress rides on the events of the executed action, because an action may be
executed by name (interactive learning, HTTP API), without the policy's own prediction.
"""

from __future__ import annotations

import copy
import logging
from collections.abc import Iterable
from typing import Any

from rasa.core.actions.action import Action, ActionBotResponse
from rasa.core.channels.channel import OutputChannel
from rasa.core.nlg.generator import NaturalLanguageGenerator
from rasa.shared.core.constants import ACTION_LISTEN_NAME, ACTION_SESSION_START_NAME
from rasa.shared.core.domain import Domain
from rasa.shared.core.events import ActionExecuted, Event, Restarted, SlotSet
from rasa.shared.core.trackers import DialogueStateTracker

from router.dialogue.actions import RUNNABLE, run_default_action
from router.dialogue.engine import (
    MAX_STEPS,
    failed,
    pending_action,
    resumed,
    without_flows,
)
from router.dialogue.frames import context_of
from router.dialogue.state import DialogueState
from router.dialogue.trace import Trace, traced
from router.flows.assistant import Assistant
from router.flows.default_patterns import RESET_ACTION
from router.flows.slots import RESERVED_SLOTS, ROUTE_SLOT
from router.rasa.repetition import repeated_messages
from router.rasa.reset import given_up, release_event, reset_events
from router.rasa.tracker_state import (
    actions_this_turn,
    answering_system,
    current_route,
    events_between,
    stack_event,
    state_after,
    state_of,
)
from router.routing.decision import Route

logger = logging.getLogger(__name__)

REPEAT_ACTION = "action_repeat_bot_messages"
_OWN_ACTIONS = RUNNABLE | {RESET_ACTION, REPEAT_ACTION}


class FlowStep(Action):
    """An action of the assistant, run in its place in a flow if it has one there.

    What CALM's default actions and the reset do is done here, in the server process,
    unless the domain lists a custom action of the same name.
    """

    def __init__(self, inner: Action, assistant: Assistant) -> None:
        self.inner = inner
        self.assistant = assistant
        self.left_steps_behind = False  # a new session, where Rasa wouldn't go on by itself

    def name(self) -> str:
        """The name of the action itself."""
        return str(self.inner.name())

    def event_for_successful_execution(self, prediction: Any) -> ActionExecuted:
        """The event the action itself would log."""
        return self.inner.event_for_successful_execution(prediction)

    async def run(
        self,
        output_channel: OutputChannel,
        nlg: NaturalLanguageGenerator,
        tracker: DialogueStateTracker,
        domain: Domain,
    ) -> list[Event]:
        """Runs the action and moves its flow on; see Rasa's `Action.run`."""
        name, state = self.name(), state_of(tracker)
        calm = answering_system(tracker) is Route.CALM
        in_flow = (
            calm and name != ACTION_LISTEN_NAME and pending_action(state, self.assistant) == name
        )
        nlg = _ContextNlg(nlg, state) if in_flow else nlg
        try:
            events = await self._own_events(output_channel, nlg, tracker, domain, in_flow)
        except Exception:  # whatever a bot's action raises must stop its flow, and only that
            if not in_flow:
                raise
            logger.exception("The action '%s' failed; its flow is stopped.", name)
            with traced() as trace:
                stopped = failed(state, self.assistant, "action_failed")
            return events_between(state, stopped, trace)
        if any(isinstance(event, Restarted) for event in events):
            return [*_ended(given_up(state, is_step=in_flow)), *events]
        if name == ACTION_SESSION_START_NAME:
            waiting = DialogueState(state.stack[:-1] if in_flow else state.stack)
            ended = _ended(given_up(waiting))
            events = [*ended, *events, *self._fresh_session(tracker, events)]
            return [*events, *self._steps_left(state, events, tracker)] if in_flow else events
        if in_flow:
            events = [*events, *self._progress(state, state_after(state, events), tracker)]
        if calm:
            events = [*events, *release_if_done(tracker, events, self.assistant)]
        return events

    async def _own_events(
        self,
        output_channel: OutputChannel,
        nlg: Any,
        tracker: DialogueStateTracker,
        domain: Domain,
        in_flow: bool,
    ) -> list[Event]:
        name = self.name()
        if name in self.assistant.actions or name not in _OWN_ACTIONS:
            events = await self.inner.run(output_channel, nlg, tracker, domain) or []
            return list(events) if name == ACTION_SESSION_START_NAME else _permitted(name, events)
        if name == RESET_ACTION:
            return reset_events(self.assistant, RESET_ACTION, state_of(tracker), is_step=in_flow)
        state = state_of(tracker)
        if name == REPEAT_ACTION:
            return repeated_messages(tracker, state)
        with traced() as trace:
            result = run_default_action(name, state, self.assistant)
        events = events_between(state, result.state, trace)
        if result.utter:
            response = ActionBotResponse(result.utter)
            events += await response.run(output_channel, nlg, tracker, domain)
        return events

    def _progress(
        self, before: DialogueState, now: DialogueState, tracker: DialogueStateTracker
    ) -> list[Event]:
        """From the state the action left to the next point where something must happen."""
        with traced() as trace:
            if actions_this_turn(tracker) >= MAX_STEPS:
                after = failed(now, self.assistant, "too_many_steps")
            else:
                after = resumed(before, now, self.assistant)
        return events_between(now, after, trace)

    def _fresh_session(self, tracker: DialogueStateTracker, events: list[Event]) -> list[Event]:
        """A new session has no route and no flows, whatever slots it carries over."""
        state = state_after(DialogueState(), events)
        clean = without_flows(state, self.assistant)
        ended = events_between(state, clean)
        route = self.assistant.initial_value(ROUTE_SLOT)
        if state.slots.get(ROUTE_SLOT, route) != route:
            ended.append(release_event("new session", route))
        return ended

    def _steps_left(
        self, state: DialogueState, events: list[Event], tracker: DialogueStateTracker
    ) -> list[Event]:
        """What the pattern that asked for the session still has to do, say a greeting.

        The session forgot message, route and stack, which the rest of the turn needs.
        """
        fresh = state_after(DialogueState(), events)
        with traced() as trace:
            left = resumed(state, DialogueState(state.stack[-1:], fresh.slots), self.assistant)
        self.left_steps_behind = bool(left.stack)
        if not left.stack:
            return []
        message = copy.copy(tracker.latest_message)
        route = SlotSet(ROUTE_SLOT, current_route(tracker))
        routed: list[Event] = [route] if self.assistant.has_router else []
        return [message, *routed, *events_between(fresh, left, trace)]


def _ended(trace: Trace) -> list[Event]:
    """What tells of the flows that a new beginning ends, before it makes them forgotten."""
    return [stack_event(DialogueState(), trace)] if trace else []


def release_if_done(
    tracker: DialogueStateTracker, events: list[Event], assistant: Assistant
) -> list[Event]:
    """With `auto_release`: a CALM turn that leaves an empty stack gives up the route."""
    state = state_after(state_of(tracker), events)
    routed = {e.key: e.value for e in events if isinstance(e, SlotSet)}.get(
        ROUTE_SLOT, current_route(tracker)
    )
    if state.stack or routed is not True or not assistant.settings.get("auto_release", True):
        return []
    return [release_event("auto_release: no flow is active")]


def _permitted(name: str, events: Iterable[Event]) -> list[Event]:
    """Without changes of the route, and of the stack unless by a replaced default action."""
    reserved = {ROUTE_SLOT} if name in RUNNABLE else RESERVED_SLOTS
    kept = []
    for event in events:
        if isinstance(event, SlotSet) and event.key in reserved:
            logger.warning("The action '%s' can't set the slot '%s'.", name, event.key)
        else:
            kept.append(event)
    return kept


class _ContextNlg(NaturalLanguageGenerator):
    """Generates responses that may use `{context.<key>}` of the pattern at work."""

    def __init__(self, inner: NaturalLanguageGenerator, state: DialogueState) -> None:
        self.inner = inner
        self.variables = {f"context.{key}": value for key, value in context_of(state).items()}

    async def generate(
        self, utter_action: str, tracker: DialogueStateTracker, output_channel: str, **kwargs: Any
    ) -> dict[str, Any] | None:
        """As the generator it stands for, with the context among the variables."""
        return await self.inner.generate(
            utter_action, tracker, output_channel, **{**self.variables, **kwargs}
        )
