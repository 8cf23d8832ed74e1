"""The pipeline component `LLMBasedRouter`."""

from __future__ import annotations

import time
from dataclasses import replace
from typing import Any

from rasa.engine.recipes.default_recipe import DefaultV1Recipe
from rasa.shared.core.trackers import DialogueStateTracker
from rasa.shared.nlu.training_data.message import Message

from router.flows.assistant import Assistant
from router.llm import Deadline, LLMClient
from router.rasa.conversation import said_before
from router.rasa.model_component import ModelComponent
from router.rasa.tracker_state import current_route, nlu_result, state_of
from router.rasa.turn_calls import ask_router, calls_of
from router.routing.decision import RoutingDecision, Turn
from router.routing.llm_configuration import LLMRouterConfig, read_llm_router_config
from router.routing.llm_router import LLMRouter
from router.understanding.llm_prompt import Moment, startable_flows


@DefaultV1Recipe.register(DefaultV1Recipe.ComponentType.INTENT_CLASSIFIER, is_trainable=True)
class LLMBasedRouter(ModelComponent):
    """Asks a model which system answers, for messages that no sticky route covers.

    Place it first in the pipeline. It doesn't hold up what stands behind it: a command
    generator asks its model at the same time.
    """

    router: LLMRouter | None = None

    @classmethod
    def read(cls, config: dict[str, Any]) -> LLMRouterConfig:
        """The keys of `LLMBasedRouter`."""
        return read_llm_router_config(config)

    def connect(self, client: LLMClient, template: str | None) -> None:
        """Takes the client, and the text of the bot's own prompt."""
        self.router = LLMRouter(self.config, client, template)

    async def process(
        self,
        messages: list[Message],
        tracker: DialogueStateTracker,
        assistant: Assistant,
    ) -> list[Message]:
        """Asks about each message; without a conversation (NLU evaluation) nothing happens."""
        if tracker.events and current_route(tracker) is None:
            for message in messages:
                deadline = calls_of(message).deadline_within(self.config.timeout)
                ask_router(message, self._decide(_turn(message, tracker, assistant), deadline))
        return messages

    async def _decide(self, turn: Turn, deadline: Deadline) -> RoutingDecision:
        assert self.router is not None, "a component that was trained, not loaded"
        start = time.perf_counter()
        decision = await self.router.decide(turn, deadline)
        return replace(decision, latency_ms=(time.perf_counter() - start) * 1000)


def _turn(message: Message, tracker: DialogueStateTracker, assistant: Assistant) -> Turn:
    nlu, state = nlu_result(message.data), state_of(tracker)
    flows = startable_flows(Moment(nlu.text, state, assistant))
    return Turn(
        text=nlu.text,
        conversation=said_before(tracker),
        slots=state.slots,
        flows=tuple(flow.id for flow in flows),
    )
