"""A pipeline component that stands for a language model."""

from __future__ import annotations

from typing import Any

from rasa.engine.graph import ExecutionContext, GraphComponent
from rasa.engine.recipes.default_recipe import DefaultV1Recipe
from rasa.engine.storage.resource import Resource
from rasa.engine.storage.storage import ModelStorage
from rasa.shared.core.trackers import DialogueStateTracker
from rasa.shared.nlu.training_data.message import Message

from router.dialogue.commands import CannotHandle
from router.flows.assistant import Assistant
from router.rasa.tracker_state import COMMANDS_KEY
from router.understanding.command_language import parse_commands

MARK = ">>"


@DefaultV1Recipe.register(DefaultV1Recipe.ComponentType.INTENT_CLASSIFIER, is_trainable=False)
class ScriptedCommands(GraphComponent):
    """What stands behind each `>>` of a message is a command line, as a model would write it.

    Text in front of the first one is what the user said: the pipeline's intent and the
    entities found in it count. With none, the intent is `scripted`.
    """

    @classmethod
    def create(
        cls,
        config: dict[str, Any],
        model_storage: ModelStorage,
        resource: Resource,
        execution_context: ExecutionContext,
    ) -> ScriptedCommands:
        return cls()

    def process(
        self, messages: list[Message], tracker: DialogueStateTracker, assistant: Assistant
    ) -> list[Message]:
        for message in messages:
            said, mark, script = str(message.get("text") or "").partition(MARK)
            if not mark:
                continue
            commands = parse_commands(script.replace(MARK, "\n"), assistant) or [CannotHandle()]
            dicts = [command.as_dict() for command in commands]
            message.set(COMMANDS_KEY, dicts, add_to_output=True)
            entities = [each for each in message.get("entities") or () if each["end"] <= len(said)]
            message.set("entities", entities, add_to_output=True)
            if not said.strip():
                intent = {"name": "scripted", "confidence": 1.0}
                message.set("intent", intent, add_to_output=True)
        return messages
