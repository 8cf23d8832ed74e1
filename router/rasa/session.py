"""A conversation with a trained assistant in this process, each turn given as data."""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

from rasa.core.agent import Agent, load_agent
from rasa.core.channels.channel import CollectingOutputChannel, UserMessage
from rasa.core.utils import AvailableEndpoints
from rasa.shared.core.constants import (
    ACTION_LISTEN_NAME,
    ACTION_SESSION_START_NAME,
    REQUESTED_SLOT,
    SESSION_START_METADATA_SLOT,
)
from rasa.shared.core.events import ActionExecuted, Event, SlotSet, UserUttered
from rasa.shared.core.trackers import DialogueStateTracker

from router.dialogue.frames import readable_name
from router.dialogue.state import Frame, stack_from_data
from router.flows.assistant import Assistant
from router.flows.model import END
from router.flows.slots import ROUTE_SLOT, STACK_SLOT
from router.rasa.loading import load_model, make_importable, model_file, quiet_structlog
from router.rasa.model_endpoints import ENDPOINTS
from router.rasa.reset import RELEASE_KEY
from router.rasa.seams import assistant_of
from router.rasa.tracker_state import current_route, message_route
from router.rasa.turn_calls import CALLS_KEY
from router.rasa.turn_errors import logged_errors, own_words
from router.rasa.user_turn import DECISION_METADATA
from router.routing.decision import RoutingDecision
from router.routing.turn_record import StackFrame, TurnRecord, reply_text

__all__ = ["Session", "load_session", "quiet_structlog"]

CHANNEL = "terminal"
_OWN_SLOTS = frozenset({ROUTE_SLOT, STACK_SLOT, REQUESTED_SLOT, SESSION_START_METADATA_SLOT})
_BOOKKEEPING = frozenset({ACTION_LISTEN_NAME, ACTION_SESSION_START_NAME})


async def load_session(
    project: Path, model: Path | None = None, endpoints: Path | None = None
) -> Session:
    """Loads a trained assistant and starts a conversation with it.

    Args:
        project: the folder of config.yml; in-process actions are imported from it.
        model: a trained model, or a folder whose latest is taken (default `models`).
        endpoints: endpoints.yml (default: the project's, if there is one).

    Raises:
        IncompatibleModel: there's no model, or it can't be loaded.
    """
    make_importable(project)
    path = model_file(model or project / "models")
    endpoints = endpoints or project / ENDPOINTS
    agent = await load_agent(endpoints=_endpoints(endpoints))
    load_model(agent, path, endpoints)
    return Session(agent)


def _endpoints(file: Path) -> AvailableEndpoints | None:
    if not file.exists():
        return None
    available = AvailableEndpoints.read_endpoints(str(file))
    available.model = None  # the model is the one asked for, not a server's
    return available


class Session:
    """One conversation at a time with a loaded assistant."""

    def __init__(self, agent: Agent) -> None:
        self._agent = agent
        self._sender = ""
        self._last: TurnRecord | None = None
        self._decision: RoutingDecision | None = None
        self.restart()

    def restart(self) -> None:
        """Starts a new conversation: nothing of the old one is known in it."""
        self._sender = f"{CHANNEL}-{uuid.uuid4().hex[:12]}"
        self._last = self._decision = None

    async def say(self, text: str) -> TurnRecord:
        """Sends a message of the user and gives the turn it led to."""
        before = await self._tracker()
        known = len(before.events)
        values, route = dict(before.current_slot_values()), current_route(before)
        channel = CollectingOutputChannel()
        with logged_errors() as errors:
            try:
                await self._agent.handle_message(
                    UserMessage(text, channel, self._sender, input_channel=CHANNEL)
                )
            except Exception as error:  # noqa: BLE001 - whatever fails belongs to this turn
                errors.append(own_words(error))
        tracker = await self._tracker()
        replies = tuple(filter(None, map(reply_text, channel.messages)))
        events = list(tracker.events)[known:]
        turn = _turn(text, replies, route, values, events, tracker, self._assistant, errors)
        self._last, self._decision = turn, turn.decision or self._decision
        return turn

    def why(self) -> tuple[TurnRecord, RoutingDecision | None] | None:
        """The last turn and the last decision made, which may be of an earlier turn."""
        return (self._last, self._decision) if self._last is not None else None

    async def slots(self) -> dict[str, tuple[Any, bool]]:
        """Slots that have a value: the value, and whether both systems share it."""
        tracker = await self._tracker()
        shared = self._assistant.shared_slots if self._assistant else frozenset()
        hidden = {STACK_SLOT, SESSION_START_METADATA_SLOT}
        return {
            name: (value, name in shared)
            for name, value in tracker.current_slot_values().items()
            if name not in hidden and value is not None
        }

    async def stack(self) -> tuple[StackFrame, ...]:
        """The dialogue stack, bottom first."""
        frames = stack_from_data((await self._tracker()).get_slot(STACK_SLOT))
        return _readable_stack(frames, self._assistant)

    @property
    def _assistant(self) -> Assistant | None:
        return assistant_of(self._agent.processor)

    async def _tracker(self) -> DialogueStateTracker:
        store = self._agent.tracker_store
        return await store.retrieve(self._sender) or store.init_tracker(self._sender)


def _turn(
    text: str,
    replies: tuple[str, ...],
    route_before: bool | None,
    values_before: Mapping[str, Any],
    events: list[Event],
    tracker: DialogueStateTracker,
    assistant: Assistant | None,
    errors: Iterable[str],
) -> TurnRecord:
    message = next((e for e in reversed(events) if isinstance(e, UserUttered)), None)
    parse_data = (message.parse_data or {}) if message is not None else {}
    intent = parse_data.get("intent") or {}
    executed = [e for e in events if isinstance(e, ActionExecuted)]
    done = [e for e in executed if e.action_name not in _BOOKKEEPING]
    predicted = done or [e for e in executed if e.action_name == ACTION_LISTEN_NAME][-1:]
    slots = tracker.current_slot_values()
    shared = assistant.shared_slots if assistant else frozenset()
    routing = [e for e in events if isinstance(e, SlotSet) and e.key == ROUTE_SLOT]
    stack = stack_from_data(slots.get(STACK_SLOT))
    active = _active_path(stack, assistant)
    seen = [_active_path(stack_from_data(values_before.get(STACK_SLOT)), assistant)]
    seen += [
        _active_path(stack_from_data(e.value), assistant)
        for e in events
        if isinstance(e, SlotSet) and e.key == STACK_SLOT
    ]
    return TurnRecord(
        user=text,
        replies=replies,
        route_before=route_before,
        route_after=current_route(tracker),
        route=message_route(message) if message is not None else None,
        decision=_decision(routing),
        intent=intent.get("name"),
        confidence=intent.get("confidence"),
        policies=tuple(dict.fromkeys(e.policy for e in predicted if e.policy)),
        actions=tuple(e.action_name or "" for e in done),
        active_flow=" > ".join(active) or None,
        ended_flow=_ended_flow(seen, active),
        active_form=tracker.active_loop_name,
        slots_changed={
            name: value
            for name, value in slots.items()
            if name not in _OWN_SLOTS and value != values_before.get(name)
        },
        shared={n: slots[n] for n in sorted(shared) if slots.get(n) is not None},
        stack=_readable_stack(stack, assistant),
        released=_released(routing),
        llm_calls=tuple(_llm_calls(_decision(routing), parse_data)),
        errors=tuple(errors),
    )


def _decision(routing: Iterable[SlotSet]) -> RoutingDecision | None:
    found = [e.metadata[DECISION_METADATA] for e in routing if DECISION_METADATA in e.metadata]
    return RoutingDecision.from_dict(found[-1]) if found else None


def _llm_calls(
    decision: RoutingDecision | None, parse_data: Mapping[str, Any]
) -> Iterator[Mapping[str, Any]]:
    routing = decision.details.get("llm") if decision is not None else None
    if routing and not routing.get("shared"):  # else it stands among the others
        yield {"for": "route", **routing}
    yield from parse_data.get(CALLS_KEY) or ()


def _released(routing: Iterable[SlotSet]) -> str | None:
    found = [e.metadata[RELEASE_KEY] for e in routing if RELEASE_KEY in (e.metadata or {})]
    return str(found[-1].get("reason")) if found else None


def _active_path(stack: Iterable[Frame], assistant: Assistant | None) -> tuple[str, ...]:
    """The flow on top and those that called it, outermost first; patterns aren't flows."""
    if assistant is None:
        return ()
    path: list[str] = []
    for frame in stack:
        if frame.is_user_flow and frame.step_id != END:
            path = [*path, frame.flow_id] if frame.frame_type == "call" else [frame.flow_id]
    return tuple(readable_name(assistant, flow_id) for flow_id in path)


def _ended_flow(seen: Iterable[tuple[str, ...]], active: tuple[str, ...]) -> str | None:
    ended = [path[0] for path in seen if path and path[0] not in active]
    return ended[-1] if ended else None


def _readable_stack(stack: Iterable[Frame], assistant: Assistant | None) -> tuple[StackFrame, ...]:
    return tuple(
        StackFrame(
            name=readable_name(assistant, frame.flow_id) if assistant else frame.flow_id,
            flow_id=frame.flow_id,
            step_id=frame.step_id,
            is_pattern=not frame.is_user_flow,
            context=frame.context,
        )
        for frame in stack
    )
