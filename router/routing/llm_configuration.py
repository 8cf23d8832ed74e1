"""The keys of `LLMBasedRouter` in config.yml, read and checked.

Follows https://rasa.com/docs/pro/customize/coexistence-routers (LLMBasedRouter).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field, StrictStr, ValidationError, model_validator
from typing_extensions import Self

from router.errors import InvalidConfig, Location, Problem
from router.llm import ModelGroup, read_llm_config
from router.llm.reading import shown
from router.routing.configuration import Locate, Outcome, ReleaseSettings, nearest

DEFAULT_LLM: Mapping[str, Any] = {"provider": "openai", "model": "gpt-4o-mini"}
# The same answer each time; `temperature: null` leaves it to the provider.
_EXACT = {"temperature": 0.0}


class _Section(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class CalmDescription(_Section):
    """What CALM handles, in words."""

    sticky: StrictStr = Field(min_length=1)


class NluDescription(_Section):
    """What the NLU system handles, in words: from now on, or this once."""

    sticky: StrictStr = "handles everything else"
    non_sticky: StrictStr = "handles chitchat"


class Topic(_Section):
    """One topic the model may name, and the route that its messages take."""

    name: StrictStr = Field(min_length=1)
    description: StrictStr = Field(min_length=1)
    route: Outcome
    example: StrictStr = ""


class ModelKeys(_Section):
    """What a router that asks a language model is told about that.

    `timeout` is in seconds, for all that one turn waits for; `history_turns` how many of
    the conversation's messages the model sees.
    """

    topics: tuple[Topic, ...] = ()
    llm: dict[str, Any] | None = None
    prompt_template: StrictStr | None = None
    prompt: StrictStr | None = None
    timeout: float = Field(default=5.0, gt=0, strict=True)
    history_turns: int = Field(default=6, ge=0, strict=True)

    @model_validator(mode="after")
    def _topic_names_differ(self) -> Self:
        names = [topic.name.casefold() for topic in self.topics]
        if len(set(names)) != len(names):
            raise ValueError("Two topics have the same name")
        return self

    @property
    def template(self) -> str | None:
        """The path of the bot's own prompt; `prompt` is the key's older name."""
        return self.prompt_template or self.prompt

    def models(self, groups: Mapping[str, ModelGroup] | None = None) -> ModelGroup:
        """The models to ask; `groups` are those of endpoints.yml.

        Raises:
            InvalidConfig: `llm` can't be read, or names a group that isn't there.
        """
        return read_llm_config(self.llm or DEFAULT_LLM, groups, defaults=_EXACT)


class LLMRouterConfig(ModelKeys, ReleaseSettings):
    """The keys of `LLMBasedRouter`.

    `first_turn` says how it and a command generator ask: at the same time, or in one prompt
    (`single`), the generator's.
    """

    calm_entry: CalmDescription
    nlu_entry: NluDescription = NluDescription()
    on_error: Literal["nlu_once", "nlu", "calm"] = "nlu_once"
    first_turn: Literal["concurrent", "single"] = "concurrent"


def read_llm_router_config(
    data: Mapping[str, Any], locate: Locate | None = None
) -> LLMRouterConfig:
    """Reads the keys of an `LLMBasedRouter`.

    Args:
        data: the keys as written, without `name`.
        locate: gives the place in the file of a path of keys; unknown places otherwise.

    Raises:
        InvalidConfig: keys are missing, unknown or of the wrong type; all are listed.
    """
    locate = locate or (lambda path: Location("config.yml"))
    try:
        return LLMRouterConfig.model_validate(data)
    except ValidationError as error:
        raise InvalidConfig([_problem(item, locate) for item in error.errors()]) from error


def _problem(error: Mapping[str, Any], locate: Locate) -> Problem:
    path = tuple(error["loc"])
    key = ".".join(str(part) for part in path)
    if error["type"] == "missing":
        message = f"LLMBasedRouter lacks '{key}'."
        return Problem(locate(path[:-1]), "missing-key", message, "Describe in words what it is.")
    if error["type"] == "extra_forbidden":
        known = _keys_at(path[:-1])
        advice = nearest(str(path[-1]), known) or f"Known here: {', '.join(known)}."
        return Problem(locate(path), "unknown-key", f"LLMBasedRouter has no key '{key}'.", advice)
    given = f" {shown(error)}" if path else ""
    message = f"'{key or 'LLMBasedRouter'}' can't be{given or ' as it is'}."
    return Problem(locate(path), "invalid-value", message, f"{error['msg']}.")


def _keys_at(path: Sequence[str | int]) -> list[str]:
    sections: dict[str, type[BaseModel]] = {
        "calm_entry": CalmDescription,
        "nlu_entry": NluDescription,
        "topics": Topic,
    }
    model = sections.get(str(path[0]), LLMRouterConfig) if path else LLMRouterConfig
    return list(model.model_fields)
