"""Commands from free text by a language model.

Follows https://rasa.com/docs/pro/customize/command-generator
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from router.dialogue.cleaning import asked_slot
from router.dialogue.commands import CannotHandle, Command, ErrorCommand, SetSlot, StartFlow
from router.dialogue.state import DialogueState
from router.errors import LLMError
from router.llm import Deadline, LLMClient
from router.llm.client import failed_call
from router.llm.prompts import PromptFailed
from router.llm.scripted import asking
from router.understanding.command_language import parse_commands
from router.understanding.flow_retrieval import FlowRetriever, Retrieved, kept_first
from router.understanding.llm_configuration import GeneratorConfig
from router.understanding.llm_prompt import Moment, command_prompt, startable_flows

EMPTY = "rasa_internal_error_user_input_empty"
TOO_LONG = "rasa_internal_error_user_input_too_long"
FAILED = "rasa_internal_error_default"


@dataclass(frozen=True)
class Generated:
    """The commands for a message, and what is kept of the call (no text of the user's).

    `answer` is what the model said; None without an answer, or a call.
    """

    commands: tuple[Command, ...]
    call: dict[str, Any] = field(default_factory=dict)
    answer: str | None = field(default=None, repr=False)


@dataclass(frozen=True)
class LLMGenerator:
    """Asks a model for commands.

    `template` is the text of the bot's own prompt; without a `retriever` the prompt shows all
    flows that could be started.
    """

    config: GeneratorConfig
    client: LLMClient
    template: str | None = None
    retriever: FlowRetriever | None = None

    async def generate(
        self, moment: Moment, deadline: Deadline | None = None, preface: str = ""
    ) -> Generated:
        """The commands; it never raises, and takes no longer than allowed.

        `preface` asks for something else before them, in the same prompt.

        A message that is empty or too long isn't sent to the model. Without an answer there
        is an `error` command; with one in which there is no command, `cannot handle`.
        """
        refused = self._refused(moment.message)
        if refused is not None:
            return Generated((refused,))
        deadline = (deadline or Deadline.after(self.config.timeout)).at_most(self.config.timeout)
        retrieved = await self.retrieve(moment, deadline)
        record = dict(retrieved.record)
        try:
            room = self.config.max_prompt_characters - len(preface)
            config = self.config.model_copy(update={"max_prompt_characters": room})
            prompt = command_prompt(moment, config, self.template, retrieved.flows)
            record["flows"] = prompt.flows
            text = f"{preface}\n{prompt.text}" if preface else prompt.text
            with asking(commands=True):
                completion = await self.client.complete(text, deadline=deadline)
        except (LLMError, PromptFailed) as error:
            failed = ErrorCommand(FAILED, {"reason": type(error).__name__})
            return Generated((failed,), {**failed_call(error), **record})
        commands = parse_commands(completion.text, moment.assistant)
        outcome = "read" if commands else "unreadable"
        call = {**completion.record(outcome), **record}
        return Generated(tuple(commands) or (CannotHandle(),), call, completion.text)

    async def retrieve(self, moment: Moment, deadline: Deadline) -> Retrieved:
        """The flows that the prompt is to show, out of those the model may start."""
        flows = startable_flows(moment)
        if self.retriever is None:
            kept, others = kept_first(moment, flows)
            return Retrieved((*kept, *others))
        return await self.retriever.retrieve(moment, flows, deadline)

    def _refused(self, message: str) -> ErrorCommand | None:
        if not message.strip():
            return ErrorCommand(EMPTY)
        limit = self.config.longest_message
        if limit is not None and len(message) > limit:
            return ErrorCommand(TOO_LONG, {"max_characters": limit})
        return None


def makes_call_needless(commands: Sequence[Command], state: DialogueState) -> bool:
    """Whether the commands that there are already start a flow or answer the question."""
    asked = asked_slot(state)
    return any(
        isinstance(command, StartFlow) or (isinstance(command, SetSlot) and command.slot == asked)
        for command in commands
    )
