"""The pipeline component `IntentBasedRouter`."""

from __future__ import annotations

from typing import Any

from rasa.engine.graph import ExecutionContext
from rasa.engine.recipes.default_recipe import DefaultV1Recipe
from rasa.engine.storage.resource import Resource
from rasa.engine.storage.storage import ModelStorage

from router.rasa.errors import reported_by_rasa
from router.rasa.router_component import RouterComponent
from router.routing.configuration import IntentRouterConfig, read_intent_router_config
from router.routing.decision import RoutingDecision, Turn
from router.routing.intent_router import IntentRouter


@DefaultV1Recipe.register(DefaultV1Recipe.ComponentType.INTENT_CLASSIFIER, is_trainable=False)
class IntentBasedRouter(RouterComponent):
    """Decides by the message's intent; its place is behind the intent classifier."""

    sees_conversation = False

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

    def decide(self, turn: Turn) -> RoutingDecision:
        """By the lists of intents."""
        return self.router.decide(turn)
