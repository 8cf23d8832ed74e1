"""A user message on the tracker: who answers it, and what it does to the flows."""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import structlog
from rasa.nlu.classifiers.regex_message_handler import RegexMessageHandler
from rasa.shared.constants import INTENT_MESSAGE_PREFIX
from rasa.shared.core.domain import Domain
from rasa.shared.core.events import Event, SlotSet, UserUttered
from rasa.shared.core.trackers import DialogueStateTracker
from rasa.shared.nlu.training_data.message import Message

from router.dialogue.cleaning import asked_slot, clean
from router.dialogue.commands import CannotHandle, Command, Noop, SetSlot, commands_from_dicts
from router.dialogue.engine import advance
from router.dialogue.state import START
from router.dialogue.trace import traced
from router.dialogue.turn import begin_turn
from router.errors import InvalidSlotValue
from router.flows.assistant import Assistant
from router.flows.slots import RESERVED_SLOTS, ROUTE_SLOT
from router.rasa.flow_step import release_if_done
from router.rasa.reset import is_release, reset_events
from router.rasa.telemetry import record_turn
from router.rasa.tracker_state import (
    ASIDE_KEY,
    COMMANDS_KEY,
    DECISION_KEY,
    PROGRESS_KEY,
    ROUTE_KEY,
    current_route,
    events_between,
    message_route,
    nlu_result,
    state_of,
)
from router.routing.configuration import FALLBACK_INTENT
from router.routing.decision import Route, RoutingDecision
from router.routing.payloads import SetSlotsPayload, parse_set_slots
from router.understanding.nlu_adapter import commands_from_nlu, triggered_flow

log = structlog.get_logger(__name__)

DECISION_METADATA = "routing_decision"


def turn_events(
    parse_data: dict[str, Any], tracker: DialogueStateTracker, assistant: Assistant
) -> list[Event]:
    """Completes the message's `parse_data` with who answers, and gives the turn's events.

    The events belong directly behind the user message: the routing slot with the decision
    that was made, if one was, then slots and stack as the commands change them.
    """
    decision = _decision(parse_data)
    route = _route(parse_data, decision, tracker, assistant)
    parse_data[ROUTE_KEY] = route.value
    record_turn(route, decision, tracker, assistant)
    events = _decision_events(decision, tracker) if assistant.has_router else []
    if route is Route.CALM:
        events += _calm_events(parse_data, events, tracker, assistant)
    else:
        set_slots = _payload_events(parse_data, assistant)
        intent = (parse_data.get("intent") or {}).get("name")
        parse_data[PROGRESS_KEY] = bool(set_slots) or intent not in (None, FALLBACK_INTENT)
        events += set_slots
    return events


def decide_without_pipeline(
    parse_data: dict[str, Any],
    tracker: DialogueStateTracker,
    assistant: Assistant,
    *,
    is_external: bool = False,
) -> None:
    """A message whose intent is given (`/intent`, a reminder, the API): no model is asked.

    An active route stays; with none, CALM answers if the intent starts a flow. What comes
    from outside while CALM is active (`is_external`), and is nothing to a flow, is answered
    by the NLU system's rules, if there are any, while the flow waits.
    """
    start = time.perf_counter()
    # What stands for the intent (`/stop`, `EXTERNAL: stop`) is no text of the user's.
    nlu, state = replace(nlu_result(parse_data), text=""), state_of(tracker)
    flow_id = triggered_flow(nlu, state, assistant)
    route = current_route(tracker)
    if assistant.has_router and route is None:
        once = nlu.intent in assistant.settings.get("nlu_once_intents", ())
        found = RoutingDecision(
            route=Route.CALM if flow_id else Route.NLU,
            sticky=bool(flow_id) or not once,
            reason="given intent triggers a flow" if flow_id else "given intent",
            router="payload",
            intent=nlu.intent,
            latency_ms=(time.perf_counter() - start) * 1000,
        )
        parse_data[DECISION_KEY] = found.as_dict()
        route = found.route is Route.CALM
    if route is False:
        return
    commands: list[Command] = [*commands_from_nlu(nlu, state, assistant)]
    if is_external and not commands:
        parse_data[ASIDE_KEY] = assistant.settings.get("has_nlu_policies", True)
        commands = [Noop()]
    parse_data[COMMANDS_KEY] = [command.as_dict() for command in commands]


def payload_data(
    text: str, tracker: DialogueStateTracker, assistant: Assistant, domain: Domain
) -> dict[str, Any] | None:
    """The parse data of a button's message, which needs no pipeline; None for other text."""
    if not text.startswith(INTENT_MESSAGE_PREFIX):
        return None
    set_slots = parse_set_slots(text)
    if set_slots is not None:
        return {"text": text, **_set_slots_data(set_slots, tracker, assistant)}
    given = Message({"text": text})
    [unpacked] = RegexMessageHandler().process([given], domain)
    if unpacked is given:  # an intent the domain doesn't have, or no payload at all
        return None
    data: dict[str, Any] = unpacked.as_dict(only_output_properties=True)
    decide_without_pipeline(data, tracker, assistant)
    return data


def _set_slots_data(
    payload: SetSlotsPayload, tracker: DialogueStateTracker, assistant: Assistant
) -> dict[str, Any]:
    """The parse data of a `/SetSlots(...)` message: nothing is set if any slot is unknown."""
    data: dict[str, Any] = {"intent": {"name": None, "confidence": 1.0}, "entities": []}
    problem = payload.problem or _unknown_slots(payload, assistant)
    if problem:
        log.warning("coexistence.set_slots_refused", problem=problem)
    slots = () if problem else payload.slots
    commands = [SetSlot(name, value, source="payload").as_dict() for name, value in slots]
    data[COMMANDS_KEY] = commands or [Noop().as_dict()]
    if assistant.has_router and current_route(tracker) is None:
        calm = any(_is_collected_on_stack(name, tracker, assistant) for name, _ in slots)
        data[DECISION_KEY] = RoutingDecision(
            route=Route.CALM if calm else Route.NLU,
            sticky=calm,
            reason="slots of an active flow" if calm else "slots of no active flow",
            router="payload",
        ).as_dict()
    return data


def answered_by_extraction(tracker: DialogueStateTracker, assistant: Assistant) -> list[Event]:
    """A question whose slot a custom mapping's action just filled needs asking no more."""
    if message_route(tracker.latest_message) is not Route.CALM:
        return []
    before = state_of(tracker)
    slot, frame = asked_slot(before), before.top
    if (
        frame is None
        or not _filled_by_action(slot, assistant)
        or before.slots.get(str(slot)) is None
    ):
        return []
    with traced() as trace:
        after = advance(before.with_top(frame.at(START)), assistant)
    return events_between(before, after, trace)


def _filled_by_action(slot: str | None, assistant: Assistant) -> bool:
    spec = assistant.slots.get(slot or "")
    return spec is not None and any(
        mapping.get("type") == "custom" and mapping.get("action") for mapping in spec.mappings
    )


def release_before_turn(tracker: DialogueStateTracker, assistant: Assistant) -> list[Event]:
    """The events that give up a sticky route which waited, or led nowhere, for too long."""
    if not assistant.has_router or current_route(tracker) is None:
        return []
    minutes = assistant.settings.get("max_idle_minutes")
    if minutes is not None and tracker.events:
        idle = (time.time() - tracker.events[-1].timestamp) / 60
        if idle > minutes:
            reason = f"max_idle_minutes: idle for {idle:.1f}"
            return reset_events(assistant, reason, state_of(tracker))
    turns = assistant.settings.get("max_turns_without_progress")
    if turns is not None and _fruitless_turns(tracker) >= turns:
        reason = f"max_turns_without_progress: {turns}"
        return reset_events(assistant, reason, state_of(tracker))
    return []


def _route(
    parse_data: Mapping[str, Any],
    decision: RoutingDecision | None,
    tracker: DialogueStateTracker,
    assistant: Assistant,
) -> Route:
    if parse_data.get(ASIDE_KEY):
        return Route.NLU
    if not assistant.has_router:
        state = state_of(tracker)
        applied = clean(commands_from_dicts(parse_data.get(COMMANDS_KEY) or ()), state, assistant)
        calm = bool(state.stack) or any(not isinstance(c, CannotHandle) for c in applied)
        calm = calm or not assistant.settings.get("has_nlu_policies", True)
        return Route.CALM if calm else Route.NLU
    active = current_route(tracker)
    if active is not None:
        return Route.CALM if active else Route.NLU
    return decision.route if decision else Route.NLU


def _decision(parse_data: Mapping[str, Any]) -> RoutingDecision | None:
    data = parse_data.get(DECISION_KEY)
    return RoutingDecision.from_dict(data) if data else None


def _decision_events(
    decision: RoutingDecision | None, tracker: DialogueStateTracker
) -> list[Event]:
    if decision is None or current_route(tracker) is not None:
        return []
    record = decision.as_dict()
    log.info("coexistence.routing_decision", sender_id=tracker.sender_id, **record)
    return [SlotSet(ROUTE_SLOT, decision.slot_value, metadata={DECISION_METADATA: record})]


def _calm_events(
    parse_data: dict[str, Any],
    so_far: list[Event],
    tracker: DialogueStateTracker,
    assistant: Assistant,
) -> list[Event]:
    state = state_of(tracker)
    given = commands_from_dicts(parse_data.get(COMMANDS_KEY) or ())
    commands = [c for c in given if not isinstance(c, Noop)]
    if not given and not _filled_by_action(asked_slot(state), assistant):
        commands = [CannotHandle()]
    with traced() as trace:
        after = begin_turn(state, commands, assistant)
    applied = clean(commands, state, assistant)
    parse_data[PROGRESS_KEY] = any(not isinstance(c, CannotHandle) for c in applied)
    events = [*so_far, *events_between(state, after, trace)]
    return [*events[len(so_far) :], *release_if_done(tracker, events, assistant)]


def _payload_events(parse_data: Mapping[str, Any], assistant: Assistant) -> list[Event]:
    """What a `/SetSlots(...)` sets on a turn of the NLU system: its own slots."""
    events: list[Event] = []
    for command in commands_from_dicts(parse_data.get(COMMANDS_KEY) or ()):
        if not isinstance(command, SetSlot) or command.source != "payload":
            continue
        spec = assistant.slots[command.slot]
        of_flows = spec.name in assistant.flow_slots and not spec.shared
        if of_flows or "controlled" in spec.mapping_types or spec.name in RESERVED_SLOTS:
            log.warning("coexistence.set_slots_refused", problem="a slot that it may not set")
            continue
        try:
            events.append(SlotSet(spec.name, spec.coerce(command.value)))
        except InvalidSlotValue:
            log.warning("coexistence.set_slots_refused", problem="a value of another type")
    return events


def _unknown_slots(payload: SetSlotsPayload, assistant: Assistant) -> str:
    unknown = sum(name not in assistant.slots for name, _ in payload.slots)
    return f"the domain doesn't have {unknown} of its slots" if unknown else ""


def _is_collected_on_stack(slot: str, tracker: DialogueStateTracker, assistant: Assistant) -> bool:
    frames = state_of(tracker).user_frames
    return any(slot in assistant.collected_by(frame.flow_id) for frame in frames)


def _fruitless_turns(tracker: DialogueStateTracker) -> int:
    """User turns in a row, up to now and on the present route, that did nothing."""
    count = 0
    for event in reversed(tracker.events):
        if isinstance(event, SlotSet) and event.key == ROUTE_SLOT and is_release(event.metadata):
            break
        if isinstance(event, UserUttered) and message_route(event) is not None:
            if event.parse_data.get(PROGRESS_KEY, True):
                break
            count += 1
    return count
