"""The pipeline component `HybridRouter`."""

from __future__ import annotations

from collections.abc import Awaitable
from pathlib import Path
from typing import Any

from rasa.engine.recipes.default_recipe import DefaultV1Recipe
from rasa.shared.nlu.training_data.training_data import TrainingData

from router.flows.assistant import Assistant
from router.llm import LLMClient
from router.rasa.embedders import embedder_for
from router.rasa.model_component import ModelComponent
from router.rasa.router_component import RouterComponent
from router.rasa.semantic_router import learn_meaning, recall_meaning
from router.routing.decision import RoutingDecision, Turn
from router.routing.hybrid_configuration import HybridRouterConfig, read_hybrid_router_config
from router.routing.hybrid_router import HybridRouter as Cascade
from router.routing.llm_router import LLMRouter
from router.routing.semantic_router import SemanticRouter as Semantic


@DefaultV1Recipe.register(DefaultV1Recipe.ComponentType.INTENT_CLASSIFIER, is_trainable=True)
class HybridRouter(ModelComponent, RouterComponent):
    """Decides cheaply, and asks a model where that is in doubt.

    Its place is behind the intent classifier, whose result the stage `intents` needs.
    """

    router: Cascade | None = None
    _semantic: Semantic | None = None

    @classmethod
    def read(cls, config: dict[str, Any]) -> HybridRouterConfig:
        """The keys of `HybridRouter`."""
        return read_hybrid_router_config(config)

    @classmethod
    def depends_on(cls, config: HybridRouterConfig) -> str:
        """Its prompt, and the encoder of the semantic stage."""
        encoder = config.semantic.encoder if config.semantic else None
        fingerprint = embedder_for(encoder).fingerprint if encoder else ""
        return f"{super().depends_on(config)} {fingerprint}".strip()

    def learn(self, training_data: TrainingData, assistant: Assistant, folder: Path) -> None:
        """The semantic stage, if there is one."""
        if self.config.stage != "intents":
            learn_meaning(self.config.semantic_config, training_data, assistant, folder)

    def recall(self, folder: Path) -> None:
        """The semantic stage, if there is one."""
        if self.config.stage != "intents":
            self._semantic = recall_meaning(self.config.semantic_config, folder)

    def connect(self, client: LLMClient, template: str | None) -> None:
        """Takes the client, and the text of the bot's own prompt."""
        self.timeout = self.config.timeout
        model = LLMRouter(self.config.llm_config, client, template)
        self.router = Cascade(self.config, model, self._semantic)

    def decide(self, turn: Turn) -> Awaitable[RoutingDecision]:
        """By the cheap stage, or the model's answer."""
        assert self.router is not None, "a component that was trained, not loaded"
        return self.router.decide(turn)

    async def begin(self, turn: Turn) -> RoutingDecision | Awaitable[RoutingDecision]:
        """The cheap stage's decision at once; the model's while others ask theirs."""
        assert self.router is not None, "a component that was trained, not loaded"
        cheap = await self.router.decide_cheaply(turn)
        return self.router.ask(turn, cheap) if self.router.is_doubtful(turn, cheap) else cheap
