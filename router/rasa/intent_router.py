"""The pipeline component `IntentBasedRouter`."""

from __future__ import annotations

import time
from dataclasses import replace
from typing import Any

import structlog
from rasa.engine.graph import ExecutionContext, GraphComponent
from rasa.engine.recipes.default_recipe import DefaultV1Recipe
from rasa.engine.storage.resource import Resource
from rasa.engine.storage.storage import ModelStorage
from rasa.shared.core.trackers import DialogueStateTracker
from rasa.shared.nlu.training_data.message import Message

from router.flows.assistant import Assistant
from router.rasa.errors import reported_by_rasa
from router.rasa.tracker_state import DECISION_KEY, current_route, nlu_result, state_of
from router.routing.configuration import IntentRouterConfig, read_intent_router_config
from router.routing.decision import RoutingDecision, Turn
from router.routing.intent_router import IntentRouter
from router.understanding.nlu_adapter import triggered_flow

log = structlog.get_logger(__name__)


@DefaultV1Recipe.register(DefaultV1Recipe.ComponentType.INTENT_CLASSIFIER, is_trainable=False)
class IntentBasedRouter(GraphComponent):
    """Puts a routing decision on each message that no sticky route covers.

    Place it after the intent classifier and before the command generators.
    """

    def __init__(self, config: IntentRouterConfig) -> None:
        self.router = IntentRouter(config)

    @classmethod
    def create(
        cls,
        config: dict[str, Any],
        model_storage: ModelStorage,
        resource: Resource,
        execution_context: ExecutionContext,
    ) -> IntentBasedRouter:
        """Reads and checks the configuration."""
        with reported_by_rasa():
            return cls(read_intent_router_config(config))

    def process(
        self,
        messages: list[Message],
        tracker: DialogueStateTracker,
        assistant: Assistant,
    ) -> list[Message]:
        """Decides for each message; without a conversation (NLU evaluation) nothing happens."""
        if tracker.events and current_route(tracker) is None:
            for message in messages:
                decision = self._decide(message, tracker, assistant)
                message.set(DECISION_KEY, decision.as_dict(), add_to_output=True)
        return messages

    def _decide(
        self, message: Message, tracker: DialogueStateTracker, assistant: Assistant
    ) -> RoutingDecision:
        start = time.perf_counter()
        nlu = nlu_result(message.data)
        ranking = message.get("intent_ranking") or ()
        turn = Turn(
            text=nlu.text,
            intent=nlu.intent,
            confidence=nlu.confidence,
            ranking=tuple((item["name"], float(item["confidence"])) for item in ranking),
            triggered_flow=triggered_flow(nlu, state_of(tracker), assistant),
        )
        decision = self.router.decide(turn)
        return replace(decision, latency_ms=(time.perf_counter() - start) * 1000)
