"""The pipeline component `NLUCommandAdapter`."""

from __future__ import annotations

from typing import Any

from rasa.engine.graph import ExecutionContext, GraphComponent
from rasa.engine.recipes.default_recipe import DefaultV1Recipe
from rasa.engine.storage.resource import Resource
from rasa.engine.storage.storage import ModelStorage
from rasa.shared.core.trackers import DialogueStateTracker
from rasa.shared.nlu.training_data.message import Message

from router.dialogue.commands import ErrorCommand
from router.flows.assistant import Assistant
from router.rasa.tracker_state import (
    COMMANDS_KEY,
    DECISION_KEY,
    current_route,
    nlu_result,
    state_of,
)
from router.rasa.turn_calls import is_undecided
from router.understanding.llm_generator import makes_call_needless
from router.understanding.nlu_adapter import commands_from_nlu


@DefaultV1Recipe.register(DefaultV1Recipe.ComponentType.INTENT_CLASSIFIER, is_trainable=False)
class NLUCommandAdapter(GraphComponent):
    """Turns intents and entities into commands, for messages that CALM answers."""

    @classmethod
    def create(
        cls,
        config: dict[str, Any],
        model_storage: ModelStorage,
        resource: Resource,
        execution_context: ExecutionContext,
    ) -> NLUCommandAdapter:
        """It has no configuration."""
        return cls()

    def process(
        self,
        messages: list[Message],
        tracker: DialogueStateTracker,
        assistant: Assistant,
    ) -> list[Message]:
        """Adds commands to what other generators already put on the messages.

        A model's error doesn't count where these would have made asking it needless: else the
        flow that they start would end with it.
        """
        if not tracker.events:  # NLU evaluation
            return messages
        state = state_of(tracker)
        for message in messages:
            if is_for_calm(message, tracker, assistant):
                found = commands_from_nlu(nlu_result(message.data), state, assistant)
                earlier = message.get(COMMANDS_KEY) or []
                if makes_call_needless(found, state):
                    earlier = [each for each in earlier if each["command"] != ErrorCommand.name]
                commands = [*(command.as_dict() for command in found), *earlier]
                message.set(COMMANDS_KEY, commands, add_to_output=True)
        return messages


def is_for_calm(message: Message, tracker: DialogueStateTracker, assistant: Assistant) -> bool:
    """Whether CALM may answer the message: by the route that holds, or the decision on it.

    While a router is still being asked it may: commands are taken off again if it says no.
    """
    route = current_route(tracker)
    if route is not None:
        return route
    if is_undecided(message):
        return True
    decision = message.get(DECISION_KEY)
    return decision["route"] == "calm" if decision else not assistant.has_router
