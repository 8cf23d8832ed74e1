"""Every place where Rasa's own code is made to pass through ours: one function each.

Rasa Open Source 3.6 is frozen, so its methods are replaced by ones that call the original.
Methods rather than classes: when a model is loaded, this module is imported while Rasa's
`MessageProcessor` is already being built.
"""

from __future__ import annotations

import functools
import inspect
import os
from collections.abc import Callable
from typing import Any

import rasa
import structlog
from rasa.core.actions.action import Action, ActionExtractSlots
from rasa.core.channels.channel import UserMessage
from rasa.core.policies.policy import PolicyPrediction
from rasa.core.processor import MessageProcessor
from rasa.engine.constants import PLACEHOLDER_MESSAGE, PLACEHOLDER_TRACKER
from rasa.plugin import plugin_manager
from rasa.shared.core.constants import ACTION_LISTEN_NAME
from rasa.shared.core.domain import Domain
from rasa.shared.core.events import ActionExecuted, UserUttered
from rasa.shared.core.trackers import DialogueStateTracker

from router.errors import UnsupportedRasa
from router.flows.assistant import Assistant
from router.rasa import (  # noqa: F401 - registers them
    action_endpoint,
    command_adapter,
    command_line,
    flow_policy,
    hybrid_router,
    intent_router,
    llm_generator,
    llm_router,
    long_conversations,
    responses,
    semantic_router,
    telemetry,
    validation,
)
from router.rasa.domain import is_rasa_domain, rasa_domain, translated_yaml
from router.rasa.errors import CoexistenceSetupError
from router.rasa.flow_policy import FlowPolicy
from router.rasa.flow_step import FlowStep
from router.rasa.garbage import spare_what_is_loaded
from router.rasa.graph import node_component, run_graph
from router.rasa.history import ends_with_reset, nlu_view
from router.rasa.provider import NODE_NAME, AssistantProvider, GraphPlugin
from router.rasa.slot_filling import domain_for_slot_filling
from router.rasa.tracker_state import (
    ROUTE_KEY,
    actions_this_turn,
    answering_system,
    state_of,
)
from router.rasa.turn_calls import await_ones_round, cancelled_with_the_turn, finish
from router.rasa.user_turn import (
    answered_by_extraction,
    decide_without_pipeline,
    payload_data,
    release_before_turn,
    turn_events,
)
from router.routing.decision import Route

rasa_log = structlog.get_logger("rasa.core.processor")

SUPPORTED = "3.6."
MAX_PREDICTIONS_CALM = int(os.environ.get("MAX_NUMBER_OF_PREDICTIONS_CALM", "1000"))
_INSTALLED = "_coexistence_original"
_ASSISTANT = "_coexistence_assistant"


def install() -> None:
    """Puts every seam in place, once.

    Raises:
        UnsupportedRasa: the installed Rasa isn't 3.6.x.
    """
    check_version(rasa.__version__)
    rooms = (action_endpoint, long_conversations, validation, command_line, responses, telemetry)
    for owner, name, wrap in (*_SEAMS, *(seam for room in rooms for seam in room.SEAMS)):
        original = getattr(owner, name)
        if not hasattr(original, _INSTALLED):
            replacement = functools.wraps(original)(wrap(original))
            setattr(replacement, _INSTALLED, original)
            binding = type(inspect.getattr_static(owner, name))
            bound = binding(replacement) if binding in (classmethod, staticmethod) else replacement
            setattr(owner, name, bound)
    plugins = plugin_manager()
    if not plugins.has_plugin(NODE_NAME):
        plugins.register(GraphPlugin(), name=NODE_NAME)


def check_version(version: str) -> None:
    """Refuses any Rasa whose inner parts this module doesn't know."""
    if not version.startswith(SUPPORTED):
        raise UnsupportedRasa(
            f"rasa-coexistence works on Rasa Open Source 3.6.x (tested: 3.6.21), and this is "
            f"Rasa {version}. Install it with `pip install rasa==3.6.21` on Python 3.10."
        )


def assistant_of(processor: MessageProcessor) -> Assistant | None:
    """The assistant of the processor's model; None if the model has no CALM side."""
    domain = processor.domain
    if not hasattr(domain, _ASSISTANT):
        provider = node_component(processor.graph_runner, NODE_NAME)
        found = provider.assistant if isinstance(provider, AssistantProvider) else None
        setattr(domain, _ASSISTANT, None if found is None or found.is_empty else found)
        spare_what_is_loaded()
    return getattr(domain, _ASSISTANT)


def _parse_message(original: Callable[..., Any]) -> Callable[..., Any]:
    """The NLU graph is awaited, so that components may be asynchronous."""

    async def parse_message(
        self: MessageProcessor,
        message: UserMessage,
        tracker: DialogueStateTracker | None = None,
        only_output_properties: bool = True,
    ) -> dict[str, Any]:
        if self.http_interpreter:
            return await original(self, message, tracker, only_output_properties)
        if tracker is None:
            tracker = DialogueStateTracker.from_events(message.sender_id, [])
        await await_ones_round()
        with cancelled_with_the_turn():
            parsed = await run_graph(
                self.graph_runner,
                {PLACEHOLDER_MESSAGE: [message], PLACEHOLDER_TRACKER: tracker},
                self.model_metadata.nlu_target,
            )
            await finish(parsed[0])
        found = parsed[0].as_dict(only_output_properties=only_output_properties)
        nothing = {"text": "", "intent": {"name": None, "confidence": 0.0}, "entities": []}
        parse_data: dict[str, Any] = {**nothing, **found}
        self._update_full_retrieval_intent(parse_data)
        rasa_log.debug(
            "processor.message.parse",
            parse_data_text=parse_data["text"],
            parse_data_intent=parse_data["intent"],
            parse_data_entities=parse_data["entities"],
        )
        self._check_for_unseen_features(parse_data)
        return parse_data

    return parse_message


def _handle_message_with_tracker(original: Callable[..., Any]) -> Callable[..., Any]:
    """Each message logged is routed, and its commands are carried out."""

    async def handle(
        self: MessageProcessor, message: UserMessage, tracker: DialogueStateTracker
    ) -> None:
        assistant = assistant_of(self)
        if assistant is None:
            await original(self, message, tracker)
            return
        tracker.update_with_events(release_before_turn(tracker, assistant), self.domain)
        if message.parse_data:
            decide_without_pipeline(message.parse_data, tracker, assistant)
        else:
            text = (message.text or "").strip()
            message.parse_data = payload_data(text, tracker, assistant, self.domain)
            if message.parse_data is None:
                message.parse_data = await self.parse_message(message, tracker)
        events = turn_events(message.parse_data, tracker, assistant)
        await original(self, message, tracker)
        tracker.update_with_events(events, self.domain)

    return handle


def _run_action_extract_slots(original: Callable[..., Any]) -> Callable[..., Any]:
    """Messages that didn't come through the pipeline (reminders, the API) are routed too."""

    async def run_action_extract_slots(
        self: MessageProcessor, output_channel: Any, tracker: DialogueStateTracker
    ) -> DialogueStateTracker:
        assistant = assistant_of(self)
        message = tracker.latest_message
        if assistant is not None and _is_unrouted(message, tracker):
            data = message.parse_data
            data["intent"] = {"confidence": 1.0, **message.intent}  # it is given, not guessed
            data.setdefault("entities", message.entities)
            decide_without_pipeline(data, tracker, assistant, is_external=True)
            tracker.update_with_events(turn_events(data, tracker, assistant), self.domain)
        tracker = await original(self, output_channel, tracker)
        if assistant is not None:
            tracker.update_with_events(answered_by_extraction(tracker, assistant), self.domain)
        return tracker

    return run_action_extract_slots


def _is_unrouted(message: UserUttered | None, tracker: DialogueStateTracker) -> bool:
    if message is None or not isinstance(message.parse_data, dict):
        return False
    is_last = bool(tracker.events) and tracker.events[-1] is message
    return is_last and ROUTE_KEY not in message.parse_data


def _extract_slots(original: Callable[..., Any]) -> Callable[..., Any]:
    """Each system's slots are filled on its own turns only."""

    async def run(
        self: ActionExtractSlots,
        output_channel: Any,
        nlg: Any,
        tracker: DialogueStateTracker,
        domain: Domain,
    ) -> Any:
        assistant = getattr(domain, _ASSISTANT, None)
        route = answering_system(tracker)
        if assistant is not None and route is not None:
            domain = domain_for_slot_filling(domain, route, state_of(tracker), assistant)
        return await original(self, output_channel, nlg, tracker, domain)

    return run


def _predict(original: Callable[..., Any]) -> Callable[..., Any]:
    """Only one system predicts: FlowPolicy on CALM's turns, the NLU policies on theirs."""

    def predict(self: MessageProcessor, tracker: DialogueStateTracker) -> PolicyPrediction:
        assistant = assistant_of(self)
        if assistant is None or tracker.followup_action:
            return original(self, tracker)
        if answering_system(tracker) is Route.CALM:
            policy = _flow_policy(self)
            return policy.predict_action_probabilities(tracker, self.domain, assistant)
        if not assistant.has_router:
            return original(self, tracker)
        if ends_with_reset(tracker):
            return _listen(self.domain, tracker)
        return original(self, nlu_view(tracker, assistant.shared_slots))

    return predict


def _flow_policy(processor: MessageProcessor) -> FlowPolicy:
    for node in processor.graph_runner._instantiated_nodes.values():
        if isinstance(node._component, FlowPolicy):
            return node._component
    raise CoexistenceSetupError("The model has no FlowPolicy. Add it under policies and train.")


def _listen(domain: Domain, tracker: DialogueStateTracker) -> PolicyPrediction:
    """What follows a reset: the policy that reset listens."""
    last = next(e for e in reversed(tracker.events) if isinstance(e, ActionExecuted))
    return PolicyPrediction.for_action_name(domain, ACTION_LISTEN_NAME, last.policy)


def _is_action_limit_reached(original: Callable[..., Any]) -> Callable[..., Any]:
    """Flows take more actions a turn than stories do."""

    def is_action_limit_reached(
        self: MessageProcessor, tracker: DialogueStateTracker, should_predict: bool
    ) -> bool:
        if assistant_of(self) is None or answering_system(tracker) is not Route.CALM:
            return bool(original(self, tracker, should_predict))
        return should_predict and actions_this_turn(tracker) >= MAX_PREDICTIONS_CALM

    return is_action_limit_reached


def _run_action(original: Callable[..., Any]) -> Callable[..., Any]:
    """An action that a flow asked for moves the flow on."""

    async def run_action(self: MessageProcessor, action: Action, *args: Any, **kwargs: Any) -> bool:
        assistant = assistant_of(self)
        if assistant is None:
            return bool(await original(self, action, *args, **kwargs))
        step = FlowStep(action, assistant)
        goes_on = bool(await original(self, step, *args, **kwargs))
        return goes_on or step.left_steps_behind

    return run_action


def _domain_from_yaml(original: Callable[..., Any]) -> Callable[..., Any]:
    """Domain files may be written for CALM."""

    def from_yaml(cls: type[Domain], yaml: str, original_filename: str = "") -> Domain:
        return original.__func__(cls, translated_yaml(yaml), original_filename)  # type: ignore[attr-defined]

    return from_yaml


def _domain_from_dict(original: Callable[..., Any]) -> Callable[..., Any]:
    """As are domain folders, whose files Rasa merges unread."""

    def from_dict(cls: type[Domain], data: dict[str, Any]) -> Domain:
        translated = data if is_rasa_domain(data) else rasa_domain(data)
        return original.__func__(cls, translated)  # type: ignore[attr-defined]

    return from_dict


_SEAMS: tuple[tuple[Any, str, Callable[..., Any]], ...] = (
    (MessageProcessor, "parse_message", _parse_message),
    (MessageProcessor, "_handle_message_with_tracker", _handle_message_with_tracker),
    (MessageProcessor, "run_action_extract_slots", _run_action_extract_slots),
    (MessageProcessor, "_predict_next_with_tracker", _predict),
    (MessageProcessor, "is_action_limit_reached", _is_action_limit_reached),
    (MessageProcessor, "_run_action", _run_action),
    (ActionExtractSlots, "run", _extract_slots),
    (Domain, "from_yaml", _domain_from_yaml),
    (Domain, "from_dict", _domain_from_dict),
)
