"""The pipeline component `SemanticRouter`, and how its stage is trained."""

from __future__ import annotations

from collections.abc import Awaitable
from pathlib import Path
from typing import Any

from rasa.engine.recipes.default_recipe import DefaultV1Recipe
from rasa.shared.nlu.constants import INTENT, TEXT
from rasa.shared.nlu.training_data.training_data import TrainingData

from router.errors import InvalidConfig, Location, Problem
from router.flows.assistant import Assistant
from router.rasa.embedders import embedded, embedder_for
from router.rasa.router_component import RouterComponent
from router.rasa.trained_component import TrainedComponent
from router.routing.decision import RoutingDecision, Turn
from router.routing.semantic_configuration import (
    SemanticRouterConfig,
    read_semantic_router_config,
)
from router.routing.semantic_model import SemanticModel
from router.routing.semantic_router import SemanticRouter as Semantic
from router.routing.semantic_training import fit


@DefaultV1Recipe.register(DefaultV1Recipe.ComponentType.INTENT_CLASSIFIER, is_trainable=True)
class SemanticRouter(TrainedComponent, RouterComponent):
    """Decides by a message's meaning, without key or network; it needs no classifier."""

    router: Semantic | None = None

    @classmethod
    def read(cls, config: dict[str, Any]) -> SemanticRouterConfig:
        """The keys of `SemanticRouter`."""
        return read_semantic_router_config(config)

    @classmethod
    def depends_on(cls, config: SemanticRouterConfig) -> str:
        """The encoder."""
        return embedder_for(config.encoder).fingerprint

    def learn(self, training_data: TrainingData, assistant: Assistant, folder: Path) -> None:
        """A head over the intents of the training data and the flows."""
        learn_meaning(self.config, training_data, assistant, folder)

    def recall(self, folder: Path) -> None:
        """The head, and the encoder that it was trained with."""
        self.router = recall_meaning(self.config, folder)

    def decide(self, turn: Turn) -> Awaitable[RoutingDecision]:
        """By the message's meaning."""
        assert self.router is not None, "a component that was trained, not loaded"
        return self.router.decide(turn)


def learn_meaning(
    config: SemanticRouterConfig, training_data: TrainingData, assistant: Assistant, folder: Path
) -> None:
    """Trains a semantic model and puts it into a folder.

    Raises:
        EncoderUnavailable: the sentence encoder isn't there.
        LLMError: an endpoint gives no vectors.
        InvalidConfig: there aren't messages of two intents or flows.
    """
    messages = config.messages(_known(training_data, assistant))
    embedder = embedder_for(config.encoder)
    vectors = embedded(embedder, [text for text, _ in messages])
    try:
        model = fit(
            [name for _, name in messages],
            vectors,
            config=config,
            encoder=embedder.fingerprint,
            flows=_started(assistant),
        )
    except ValueError as error:
        advice = "List intents or flows under nlu_entry and calm_entry, or give examples there."
        problem = Problem(Location("config.yml"), "invalid-value", str(error), advice)
        raise InvalidConfig([problem]) from error
    model.save(folder)


def recall_meaning(config: SemanticRouterConfig, folder: Path) -> Semantic:
    """The router over a trained model.

    Raises:
        IncompatibleModel: it can't be read, or was trained with another encoder.
        EncoderUnavailable: the sentence encoder isn't there.
    """
    return Semantic(config, SemanticModel.load(folder), embedder_for(config.encoder))


def _known(training_data: TrainingData, assistant: Assistant) -> dict[str, list[str]]:
    """Each intent's messages, and each flow that no intent starts, without any."""
    known: dict[str, list[str]] = {}
    for message in training_data.intent_examples:
        text = message.get(TEXT)
        if text and text.strip():
            known.setdefault(message.get(INTENT), []).append(text)
    started = {flow.id for flow, _ in assistant.triggers.values()}
    return known | {name: [] for name in _own_flows(assistant) if name not in {*started, *known}}


def _started(assistant: Assistant) -> dict[str, str]:
    """The flow that each flow and each intent starts."""
    triggers = {intent: flow.id for intent, (flow, _) in assistant.triggers.items()}
    return {name: name for name in _own_flows(assistant)} | triggers


def _own_flows(assistant: Assistant) -> list[str]:
    return [flow.id for flow in assistant.flows.values() if not flow.is_pattern]
