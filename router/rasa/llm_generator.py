"""The pipeline component `LLMCommandGenerator`, under all the names it goes by."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Any

from rasa.engine.recipes.default_recipe import DefaultV1Recipe
from rasa.shared.core.trackers import DialogueStateTracker
from rasa.shared.nlu.training_data.message import Message
from rasa.shared.nlu.training_data.training_data import TrainingData

from router.dialogue.commands import ErrorCommand, commands_from_dicts
from router.flows.assistant import Assistant
from router.llm import LLMClient
from router.rasa.command_adapter import is_for_calm
from router.rasa.conversation import said_before
from router.rasa.flow_retrieval import encoder_in_use, flows_mentioned, learn_flows, recall_flows
from router.rasa.model_component import ModelComponent
from router.rasa.tracker_state import COMMANDS_KEY, DECISION_KEY, state_of
from router.rasa.turn_calls import calls_of, route_of
from router.routing.decision import Route
from router.understanding.flow_retrieval import FlowRetriever
from router.understanding.llm_configuration import GeneratorConfig, read_generator_config
from router.understanding.llm_generator import Generated, LLMGenerator, makes_call_needless
from router.understanding.llm_prompt import Moment


@DefaultV1Recipe.register(DefaultV1Recipe.ComponentType.INTENT_CLASSIFIER, is_trainable=True)
class LLMCommandGenerator(ModelComponent):
    """Turns what users say into commands by a language model, for messages CALM answers."""

    generator: LLMGenerator | None = None
    retriever: FlowRetriever | None = None

    @classmethod
    def read(cls, config: dict[str, Any]) -> GeneratorConfig:
        """The keys of `LLMCommandGenerator`."""
        return read_generator_config(config)

    @classmethod
    def depends_on(cls, config: GeneratorConfig) -> str:
        """Its prompt, and the encoder that the flows' vectors would come from."""
        retrieval = config.retrieval
        if retrieval.active and "model_group" not in (retrieval.embeddings or {"model_group": ""}):
            retrieval.models()  # a key that is written out must not get into the model
        return f"{super().depends_on(config)} {encoder_in_use(config)}".strip()

    def learn(self, training_data: TrainingData, assistant: Assistant, folder: Path) -> None:
        """Puts the flows' vectors into the model, if a prompt doesn't show all flows."""
        learn_flows(self.config, assistant, folder)

    def recall(self, folder: Path) -> None:
        """Reads the flows' vectors, if there are any."""
        self.retriever = recall_flows(self.config, folder)

    def connect(self, client: LLMClient, template: str | None) -> None:
        """Takes the client, and the text of the bot's own prompt."""
        self.generator = LLMGenerator(self.config, client, template, self.retriever)

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
                known = commands_from_dicts(earlier)
                if makes_call_needless(known, state_of(tracker)):
                    # What others found goes on without the model's answer.
                    found = [c for c in generated.commands if not isinstance(c, ErrorCommand)]
                else:
                    found = list(generated.commands)
                message.set(
                    COMMANDS_KEY, [*earlier, *(c.as_dict() for c in found)], add_to_output=True
                )
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
            mentioned=flows_mentioned(message, tracker),
        )
        deadline = calls.deadline_within(self.config.timeout)
        question, calls.question = calls.question, None
        if question is not None:
            with question.asked():
                generated = await self.generator.generate(moment, deadline, question.preface)
            if generated.call:
                decision = question.decided(generated.answer, generated.call)
                outcome = decision.details["llm"]["outcome"]
                record = {"for": "route and commands", **generated.call, "outcome": outcome}
                calls.records.append(record)
                message.set(DECISION_KEY, decision.as_dict(), add_to_output=True)
            else:  # the message wasn't fit for a model; the router may think otherwise
                calls.question = question
            return generated
        start = time.perf_counter()
        call = asyncio.ensure_future(self.generator.generate(moment, deadline))
        try:
            if await route_of(message) is Route.NLU:
                calls.records.extend(_not_needed(call, start))
                return Generated(())
            generated = await call
        finally:
            call.cancel()
            call.add_done_callback(_taken_note_of)
        if generated.call:
            calls.records.append({"for": "commands", **generated.call})
        return generated


def _taken_note_of(call: asyncio.Future[Generated]) -> None:
    """What became of a call that wasn't needed is nobody's concern; asyncio would log it."""
    if not call.cancelled():
        call.exception()


def _not_needed(call: asyncio.Future[Generated], start: float) -> Iterator[dict[str, Any]]:
    """The record of a call that was made for nothing; of none if no model was asked."""
    # A replay that ends here was never recorded, since the call was cancelled then.
    if not call.done() or call.exception() is not None:
        latency_ms = round((time.perf_counter() - start) * 1000, 1)
        yield {"for": "commands", "outcome": "cancelled", "latency_ms": latency_ms}
    elif call.result().call:
        yield {"for": "commands", **call.result().call, "outcome": "not needed"}


@DefaultV1Recipe.register(DefaultV1Recipe.ComponentType.INTENT_CLASSIFIER, is_trainable=True)
class SingleStepLLMCommandGenerator(LLMCommandGenerator):
    """`LLMCommandGenerator` under an older name."""


@DefaultV1Recipe.register(DefaultV1Recipe.ComponentType.INTENT_CLASSIFIER, is_trainable=True)
class CompactLLMCommandGenerator(LLMCommandGenerator):
    """`LLMCommandGenerator` under a newer name."""


@DefaultV1Recipe.register(DefaultV1Recipe.ComponentType.INTENT_CLASSIFIER, is_trainable=True)
class SearchReadyLLMCommandGenerator(LLMCommandGenerator):
    """`LLMCommandGenerator` under a newer name."""
