"""The pipeline component `LLMCommandGenerator`, under all the names it goes by."""

from __future__ import annotations

import asyncio
from datetime import datetime
from typing import Any

from rasa.engine.graph import ExecutionContext, GraphComponent
from rasa.engine.recipes.default_recipe import DefaultV1Recipe
from rasa.engine.storage.resource import Resource
from rasa.engine.storage.storage import ModelStorage
from rasa.shared.core.trackers import DialogueStateTracker
from rasa.shared.nlu.training_data.message import Message
from rasa.shared.nlu.training_data.training_data import TrainingData

from router.dialogue.commands import commands_from_dicts
from router.flows.assistant import Assistant
from router.rasa.command_adapter import is_for_calm
from router.rasa.conversation import said_before
from router.rasa.errors import reported_by_rasa
from router.rasa.model_endpoints import (
    client_for,
    keep_template,
    stored_template,
    template_text,
)
from router.rasa.tracker_state import COMMANDS_KEY, state_of
from router.rasa.turn_calls import calls_of, route_of
from router.routing.decision import Route
from router.understanding.llm_configuration import GeneratorConfig, read_generator_config
from router.understanding.llm_generator import Generated, LLMGenerator, makes_call_needless
from router.understanding.llm_prompt import Moment


@DefaultV1Recipe.register(DefaultV1Recipe.ComponentType.INTENT_CLASSIFIER, is_trainable=True)
class LLMCommandGenerator(GraphComponent):
    """Turns what users say into commands by a language model, for messages CALM answers."""

    def __init__(self, config: GeneratorConfig, storage: ModelStorage, resource: Resource) -> None:
        self.config = config
        self.generator: LLMGenerator | None = None
        self._storage = storage
        self._resource = resource

    @classmethod
    def create(
        cls,
        config: dict[str, Any],
        model_storage: ModelStorage,
        resource: Resource,
        execution_context: ExecutionContext,
    ) -> LLMCommandGenerator:
        """For training: reads and checks the configuration; no model is asked."""
        with reported_by_rasa():
            return cls(read_generator_config(config), model_storage, resource)

    @classmethod
    def load(
        cls,
        config: dict[str, Any],
        model_storage: ModelStorage,
        resource: Resource,
        execution_context: ExecutionContext,
        **kwargs: Any,
    ) -> LLMCommandGenerator:
        """From a trained model, with the models that endpoints.yml names now."""
        with reported_by_rasa():
            component = cls(read_generator_config(config), model_storage, resource)
            template = stored_template(model_storage, resource)
            client = client_for(component.config.models)
            component.generator = LLMGenerator(component.config, client, template)
            return component

    def train(self, training_data: TrainingData) -> Resource:
        """Nothing to learn; the prompt goes into the model."""
        with reported_by_rasa():
            text = template_text(self.config.template)
        keep_template(text, self._storage, self._resource)
        return self._resource

    async def process(
        self,
        messages: list[Message],
        tracker: DialogueStateTracker,
        assistant: Assistant,
    ) -> list[Message]:
        """Adds commands to what other generators already put on the messages.

        While a router is still being asked, both are; if it then chooses the NLU system,
        this call is cancelled, and counted.
        """
        for message in messages:
            if self._is_wanted(message, tracker, assistant):
                generated = await self._generated(message, tracker, assistant)
                earlier = message.get(COMMANDS_KEY) or []
                found = [command.as_dict() for command in generated.commands]
                message.set(COMMANDS_KEY, [*earlier, *found], add_to_output=True)
        return messages

    def _is_wanted(
        self, message: Message, tracker: DialogueStateTracker, assistant: Assistant
    ) -> bool:
        if not tracker.events or not is_for_calm(message, tracker, assistant):
            return False
        earlier = commands_from_dicts(message.get(COMMANDS_KEY) or ())
        needless = makes_call_needless(earlier, state_of(tracker))
        return not (self.config.minimize_num_calls and needless)

    async def _generated(
        self, message: Message, tracker: DialogueStateTracker, assistant: Assistant
    ) -> Generated:
        assert self.generator is not None, "a component that was trained, not loaded"
        calls = calls_of(message)
        moment = Moment(
            message=message.get("text") or "",
            state=state_of(tracker),
            assistant=assistant,
            conversation=said_before(tracker),
            now=datetime.now().astimezone().isoformat(sep=" ", timespec="minutes"),
        )
        deadline = calls.deadline_within(self.config.timeout)
        call = asyncio.ensure_future(self.generator.generate(moment, deadline))
        try:
            if await route_of(message) is Route.NLU:
                calls.records.append({"for": "commands", "outcome": "cancelled"})
                return Generated(())
            generated = await call
        finally:
            call.cancel()
        if generated.call:
            calls.records.append({"for": "commands", **generated.call})
        return generated


@DefaultV1Recipe.register(DefaultV1Recipe.ComponentType.INTENT_CLASSIFIER, is_trainable=True)
class SingleStepLLMCommandGenerator(LLMCommandGenerator):
    """`LLMCommandGenerator` under an older name."""


@DefaultV1Recipe.register(DefaultV1Recipe.ComponentType.INTENT_CLASSIFIER, is_trainable=True)
class CompactLLMCommandGenerator(LLMCommandGenerator):
    """`LLMCommandGenerator` under a newer name."""


@DefaultV1Recipe.register(DefaultV1Recipe.ComponentType.INTENT_CLASSIFIER, is_trainable=True)
class SearchReadyLLMCommandGenerator(LLMCommandGenerator):
    """`LLMCommandGenerator` under a newer name."""
