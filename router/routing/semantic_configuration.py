"""The keys of `SemanticRouter` in config.yml, read and checked."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Literal

from pydantic import (
    BaseModel,
    ConfigDict,
    Field,
    StrictStr,
    ValidationError,
    field_validator,
    model_validator,
)

from router.embedding import EncoderSettings
from router.errors import InvalidConfig, Location, Problem
from router.routing.configuration import Locate, Outcome, Path, ReleaseSettings, nearest

__all__ = [
    "Listed",
    "Objective",
    "SemanticRouterConfig",
    "read_semantic_router_config",
]

Objective = Literal["accuracy", "catch_out_of_scope"]


class _Section(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Listed(_Section):
    """An intent or a flow in a list, and messages that mean it, if they aren't given elsewhere."""

    name: StrictStr = Field(min_length=1)
    examples: tuple[StrictStr, ...] = ()

    @model_validator(mode="before")
    @classmethod
    def _a_name_is_enough(cls, value: Any) -> Any:
        return {"name": value} if isinstance(value, str) else value

    @field_validator("examples")
    @classmethod
    def _examples_say_something(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        if not all(example.strip() for example in value):
            raise ValueError("An example is empty")
        return value


class NluMessages(_Section):
    """What the NLU system answers: from now on, or this once."""

    sticky: tuple[Listed, ...]
    non_sticky: tuple[Listed, ...]


class CalmMessages(_Section):
    """What CALM answers: from now on, or this once."""

    sticky: tuple[Listed, ...]
    non_sticky: tuple[Listed, ...] = ()


class SemanticRouterConfig(ReleaseSettings):
    """The keys of `SemanticRouter`.

    `out_of_scope` names intents whose messages nobody answers; like all doubtful ones, they
    go where `unsure` says. `objective` is what the fallback threshold is fitted for: most
    routes right on messages like those of the training data, or on such as are out of scope
    once in five times. `threshold`, a probability, replaces the fitted one.
    """

    nlu_entry: NluMessages
    calm_entry: CalmMessages
    out_of_scope: tuple[Listed, ...] = ()
    unlisted: Outcome = "nlu"
    unsure: Outcome = "nlu_once"
    objective: Objective = "accuracy"
    threshold: float | None = Field(default=None, ge=0, lt=1, strict=True)
    encoder: EncoderSettings = EncoderSettings()

    @property
    def fingerprint(self) -> str:
        """A short hash that tells which configuration made a decision."""
        return hashlib.sha256(self.model_dump_json().encode()).hexdigest()[:12]

    def lists(self) -> Iterator[tuple[Path, Outcome, tuple[Listed, ...]]]:
        """Each list with the keys that lead to it and where its messages go."""
        yield ("nlu_entry", "sticky"), "nlu", self.nlu_entry.sticky
        yield ("nlu_entry", "non_sticky"), "nlu_once", self.nlu_entry.non_sticky
        yield ("calm_entry", "sticky"), "calm", self.calm_entry.sticky
        yield ("calm_entry", "non_sticky"), "calm_once", self.calm_entry.non_sticky
        yield ("out_of_scope",), self.unsure, self.out_of_scope

    def outcomes(self) -> dict[str, Outcome]:
        """Where the messages of each listed name go."""
        return {item.name: outcome for _, outcome, items in self.lists() for item in items}

    def places(self) -> dict[str, str]:
        """The list that each name is in, as `calm_entry.sticky`."""
        return {
            item.name: ".".join(map(str, path)) for path, _, all_ in self.lists() for item in all_
        }

    def messages(self, known: Mapping[str, Sequence[str]]) -> list[tuple[str, str]]:
        """Messages to learn from, each with the name it belongs to, none twice for one name.

        Args:
            known: the NLU training data's messages of each intent, and the examples of each
                flow. Listed or not, they count; what has no message at all is learnt from
                its name.
        """
        texts: dict[str, list[str]] = {name: list(given) for name, given in known.items()}
        for _, _, items in self.lists():
            for item in items:
                texts.setdefault(item.name, []).extend(item.examples)
        return [
            (text, name)
            for name, given in texts.items()
            for text in dict.fromkeys(given or [words_of(name)])
        ]


def words_of(name: str) -> str:
    """The name of an intent or a flow as words."""
    return " ".join(name.replace("_", " ").replace("-", " ").replace("/", " ").split())


def read_semantic_router_config(
    data: Mapping[str, Any], locate: Locate | None = None
) -> SemanticRouterConfig:
    """Reads the keys of a `SemanticRouter`.

    Args:
        data: the keys as written, without `name`.
        locate: gives the place in the file of a path of keys; unknown places otherwise.

    Raises:
        InvalidConfig: keys are missing, unknown or of the wrong type, or a name is listed
            twice; all problems are listed.
    """
    locate = locate or (lambda path: Location("config.yml"))
    try:
        config = SemanticRouterConfig.model_validate(data)
    except ValidationError as error:
        raise InvalidConfig([_problem(item, locate) for item in error.errors()]) from error
    repeated = list(_repeated(config, locate))
    if repeated:
        raise InvalidConfig(repeated)
    return config


def _repeated(config: SemanticRouterConfig, locate: Locate) -> Iterator[Problem]:
    seen: dict[str, str] = {}
    for path, _, items in config.lists():
        here = ".".join(map(str, path))
        for index, item in enumerate(items):
            if item.name in seen:
                yield Problem(
                    locate((*path, index)),
                    "intent-listed-twice",
                    f"'{item.name}' is in {seen[item.name]} and again in {here}.",
                    "Leave it in one of them.",
                )
            seen[item.name] = here


def _problem(error: Mapping[str, Any], locate: Locate) -> Problem:
    path = tuple(error["loc"])
    key = ".".join(str(part) for part in path)
    if error["type"] == "missing":
        return Problem(
            locate(path[:-1]),
            "missing-key",
            f"SemanticRouter lacks '{key}'.",
            "Write a list of intents and flows there, empty ([]) if there are none.",
        )
    if error["type"] == "extra_forbidden":
        known = _keys_at(path[:-1])
        advice = nearest(str(path[-1]), known) or f"Known here: {', '.join(known)}."
        return Problem(locate(path), "unknown-key", f"SemanticRouter has no key '{key}'.", advice)
    given = f" {error['input']!r}" if path else ""
    return Problem(
        locate(path),
        "invalid-value",
        f"'{key or 'SemanticRouter'}' can't be{given or ' as it is'}.",
        f"{error['msg']}.",
    )


def _keys_at(path: Path) -> list[str]:
    sections: dict[str, type[BaseModel]] = {
        "nlu_entry": NluMessages,
        "calm_entry": CalmMessages,
        "encoder": EncoderSettings,
    }
    if any(isinstance(part, int) for part in path):
        return list(Listed.model_fields)
    model = sections.get(str(path[0]), SemanticRouterConfig) if path else SemanticRouterConfig
    return list(model.model_fields)
