"""The keys of `LLMCommandGenerator` in config.yml, read and checked.

Follows https://rasa.com/docs/pro/customize/command-generator
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from pydantic import BaseModel, ConfigDict, Field, StrictBool, StrictStr, ValidationError

from router.embedding import EncoderSettings
from router.errors import InvalidConfig, Location, Problem
from router.flows.spelling import did_you_mean
from router.llm import ModelGroup, read_llm_config
from router.llm.reading import shown

DEFAULT_LLM: Mapping[str, Any] = {"provider": "openai", "model": "gpt-4o"}
# The same answer each time; `temperature: null` leaves it to the provider.
_EXACT = {"temperature": 0.0}

Locate = Callable[[Sequence["str | int"]], Location]


class _Section(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class UserInput(_Section):
    """How long a message may be, in characters; -1 is any length."""

    max_characters: int = Field(default=420, ge=-1, strict=True)


class FlowRetrieval(EncoderSettings):
    """Which flows the prompt shows, and what makes the vectors by which they are found.

    The `num_flows` most like the last `turns_to_embed` messages of the user, beside those
    that are shown in any case; `should_embed_slots` says whether what a flow asks for counts.
    """

    active: StrictBool = True
    num_flows: int = Field(default=20, gt=0, strict=True)
    turns_to_embed: int = Field(default=1, gt=0, strict=True)
    should_embed_slots: StrictBool = True


class GeneratorConfig(_Section):
    """The keys of `LLMCommandGenerator`.

    `timeout` is in seconds, for all that one turn waits for; `history_turns` how many of
    the conversation's messages the model sees; `max_prompt_characters` bounds the prompt:
    the oldest messages are left out first, then the flows that are least like the message.
    `flow_retrieval` is None if nobody wrote it: it's then used where an encoder is installed.
    """

    llm: dict[str, Any] | None = None
    prompt_template: StrictStr | None = None
    prompt: StrictStr | None = None
    user_input: UserInput | None = UserInput()
    flow_retrieval: FlowRetrieval | None = None
    minimize_num_calls: StrictBool = True
    timeout: float = Field(default=8.0, gt=0, strict=True)
    history_turns: int = Field(default=20, ge=0, strict=True)
    max_prompt_characters: int = Field(default=24_000, gt=0, strict=True)

    @property
    def template(self) -> str | None:
        """The path of the bot's own prompt; `prompt` is the key's older name."""
        return self.prompt_template or self.prompt

    @property
    def retrieval(self) -> FlowRetrieval:
        """How flows are retrieved, written or not."""
        return self.flow_retrieval or FlowRetrieval()

    @property
    def longest_message(self) -> int | None:
        """Characters a message may have; None if any number."""
        limit = self.user_input.max_characters if self.user_input else -1
        return None if limit < 0 else limit

    def models(self, groups: Mapping[str, ModelGroup] | None = None) -> ModelGroup:
        """The models to ask; `groups` are those of endpoints.yml.

        Raises:
            InvalidConfig: `llm` can't be read, or names a group that isn't there.
        """
        return read_llm_config(self.llm or DEFAULT_LLM, groups, defaults=_EXACT)


def read_generator_config(data: Mapping[str, Any], locate: Locate | None = None) -> GeneratorConfig:
    """Reads the keys of an `LLMCommandGenerator`.

    Raises:
        InvalidConfig: keys are unknown or of the wrong type; all are listed.
    """
    locate = locate or (lambda path: Location("config.yml"))
    try:
        return GeneratorConfig.model_validate(data)
    except ValidationError as error:
        raise InvalidConfig([_problem(item, locate) for item in error.errors()]) from error


def _problem(error: Mapping[str, Any], locate: Locate) -> Problem:
    path = tuple(error["loc"])
    key = ".".join(str(part) for part in path)
    if error["type"] == "extra_forbidden":
        sections: dict[str, type[BaseModel]] = {
            "user_input": UserInput,
            "flow_retrieval": FlowRetrieval,
        }
        section = sections.get(str(path[0]), GeneratorConfig) if path[1:] else GeneratorConfig
        known = list(section.model_fields)
        advice = did_you_mean(str(path[-1]), known, f"Known here: {', '.join(known)}.")
        message = f"LLMCommandGenerator has no key '{key}'."
        return Problem(locate(path), "unknown-key", message, advice)
    message = f"'{key}' can't be {shown(error)}."
    return Problem(locate(path), "invalid-value", message, f"{error['msg']}.")
