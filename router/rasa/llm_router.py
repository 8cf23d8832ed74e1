"""The pipeline component `LLMBasedRouter`."""

from __future__ import annotations

from collections.abc import Awaitable
from typing import Any

from rasa.engine.recipes.default_recipe import DefaultV1Recipe

from router.llm import LLMClient
from router.rasa.model_component import ModelComponent
from router.rasa.router_component import RouterComponent
from router.routing.decision import RoutingDecision, Turn
from router.routing.llm_configuration import LLMRouterConfig, read_llm_router_config
from router.routing.llm_router import LLMRouter
from router.routing.shared_question import SharedQuestion


@DefaultV1Recipe.register(DefaultV1Recipe.ComponentType.INTENT_CLASSIFIER, is_trainable=True)
class LLMBasedRouter(ModelComponent, RouterComponent):
    """Asks a model which system answers; its place is first in the pipeline."""

    router: LLMRouter | None = None

    @classmethod
    def read(cls, config: dict[str, Any]) -> LLMRouterConfig:
        """The keys of `LLMBasedRouter`."""
        return read_llm_router_config(config)

    def connect(self, client: LLMClient, template: str | None) -> None:
        """Takes the client, and the text of the bot's own prompt."""
        self.timeout = self.config.timeout
        self.router = LLMRouter(self.config, client, template)

    def decide(self, turn: Turn) -> Awaitable[RoutingDecision]:
        """By the model's answer."""
        assert self.router is not None, "a component that was trained, not loaded"
        return self.router.decide(turn)

    async def begin(self, turn: Turn) -> Awaitable[RoutingDecision] | SharedQuestion:
        """The model's answer, while others ask theirs; or the question, for their prompt."""
        assert self.router is not None, "a component that was trained, not loaded"
        if self.config.first_turn == "single":
            return SharedQuestion(self.router, turn)
        return self.decide(turn)
