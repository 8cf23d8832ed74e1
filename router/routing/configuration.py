"""The router's keys in config.yml, read and checked."""

from __future__ import annotations

import difflib
import hashlib
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from functools import cached_property
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field, StrictBool, StrictStr, ValidationError

from router.errors import InvalidConfig, Location, Problem

FALLBACK_INTENT = "nlu_fallback"

Path = Sequence["str | int"]
Locate = Callable[[Path], Location]
Outcome = Literal["calm", "calm_once", "nlu", "nlu_once"]

# Where pydantic's own words speak of Python rather than YAML.
_WANTED = {
    "tuple_type": "Write a list of intents, empty ([]) if there are none.",
    "model_type": "Write a map with the keys sticky and non_sticky, each a list of intents.",
}


class _Section(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class NluEntry(_Section):
    """Intents that the NLU system answers: from now on, or this once."""

    sticky: tuple[StrictStr, ...]
    non_sticky: tuple[StrictStr, ...]


class CalmEntry(_Section):
    """Intents that CALM answers: from now on, or this once."""

    sticky: tuple[StrictStr, ...]
    non_sticky: tuple[StrictStr, ...] = ()


class ReleaseSettings(_Section):
    """What every router's keys have: when a sticky route is given up without a reset.

    No limit if None.
    """

    auto_release: StrictBool = True
    max_idle_minutes: float | None = Field(default=None, gt=0, strict=True)
    max_turns_without_progress: int | None = Field(default=None, gt=0, strict=True)

    @cached_property
    def fingerprint(self) -> str:
        """A short hash that tells which configuration made a decision."""
        return hashlib.sha256(self.model_dump_json().encode()).hexdigest()[:12]


class IntentRouterConfig(ReleaseSettings):
    """The keys of `IntentBasedRouter`."""

    nlu_entry: NluEntry
    calm_entry: CalmEntry
    unlisted: Outcome = "nlu"
    min_confidence: float = Field(default=0.0, ge=0, le=1, strict=True)
    min_margin: float = Field(default=0.0, ge=0, le=1, strict=True)
    unsure: Outcome = "nlu_once"

    def lists(self) -> Iterator[tuple[Path, tuple[str, ...]]]:
        """Each list of intents with the keys that lead to it."""
        yield ("nlu_entry", "sticky"), self.nlu_entry.sticky
        yield ("nlu_entry", "non_sticky"), self.nlu_entry.non_sticky
        yield ("calm_entry", "sticky"), self.calm_entry.sticky
        yield ("calm_entry", "non_sticky"), self.calm_entry.non_sticky


def read_intent_router_config(
    data: Mapping[str, Any], locate: Locate | None = None
) -> IntentRouterConfig:
    """Reads the keys of an `IntentBasedRouter`.

    Args:
        data: the keys as written, without `name`.
        locate: gives the place in the file of a path of keys; unknown places otherwise.

    Raises:
        InvalidConfig: a key is missing, unknown or of the wrong type, or an intent is
            listed twice; all problems are listed.
    """
    locate = locate or (lambda path: Location("config.yml"))
    try:
        config = IntentRouterConfig.model_validate(data)
    except ValidationError as error:
        raise InvalidConfig([_problem(item, locate) for item in error.errors()]) from error
    repeated = list(_repeated_intents(config, locate))
    if repeated:
        raise InvalidConfig(repeated)
    return config


def check_intents(
    config: IntentRouterConfig,
    intents: Collection[str],
    need_no_list: Collection[str],
    locate: Locate,
) -> list[Problem]:
    """Intents the domain doesn't have (errors) and those nobody lists (warnings).

    `need_no_list` are intents that start a flow, and Rasa's own.
    """
    problems: list[Problem] = []
    listed: set[str] = set()
    for path, names in config.lists():
        listed.update(names)
        for index, name in enumerate(names):
            if name not in intents:
                problems.append(
                    Problem(
                        locate((*path, index)),
                        "unknown-intent",
                        f"{_dotted(path)} lists the intent '{name}', which the domain "
                        "doesn't have.",
                        nearest(name, intents) or "Add it to the domain, or remove it here.",
                    )
                )
    unlisted = sorted(set(intents) - listed - set(need_no_list))
    if unlisted:
        problems.append(
            Problem(
                locate(()),
                "unlisted-intent",
                f"No list names {', '.join(unlisted)}: they go to '{config.unlisted}'.",
                "List them under nlu_entry or calm_entry.",
                is_warning=True,
            )
        )
    return problems


def _problem(error: Mapping[str, Any], locate: Locate) -> Problem:
    path = tuple(error["loc"])
    where, key = locate(path), _dotted(path)
    if error["type"] == "missing":
        return Problem(
            locate(path[:-1]),
            "missing-key",
            f"The router lacks '{key}'.",
            f"Write lists of intents there, empty ones if there are none: {_example(path)}",
        )
    if error["type"] == "extra_forbidden":
        fields: Mapping[str, Any] = IntentRouterConfig.model_fields
        if len(path) > 1:
            fields = (NluEntry if path[0] == "nlu_entry" else CalmEntry).model_fields
        advice = nearest(str(path[-1]), fields) or f"Known here: {', '.join(fields)}."
        return Problem(where, "unknown-key", f"The router has no key '{key}'.", advice)
    return Problem(
        where,
        "invalid-value",
        f"'{key}' can't be {error['input']!r}.",
        _WANTED.get(error["type"], f"{error['msg']}."),
    )


def _example(path: Path) -> str:
    """The section that lacks the key, as it may be written."""
    fields = (NluEntry if path[0] == "nlu_entry" else CalmEntry).model_fields
    return f"{path[0]}: {{{', '.join(f'{name}: []' for name in fields)}}}"


def _repeated_intents(config: IntentRouterConfig, locate: Locate) -> Iterator[Problem]:
    seen: dict[str, str] = {}
    for path, names in config.lists():
        for index, name in enumerate(names):
            if name in seen:
                yield Problem(
                    locate((*path, index)),
                    "intent-listed-twice",
                    f"The intent '{name}' is in {seen[name]} and again in {_dotted(path)}.",
                    "Leave it in one of them.",
                )
            seen[name] = _dotted(path)


def _dotted(path: Path) -> str:
    return ".".join(str(part) for part in path)


def nearest(name: str, known: Collection[str]) -> str:
    """The question whether the known name closest to `name` was meant; empty if none is."""
    close = difflib.get_close_matches(name, list(known), n=1)
    return f"Did you mean '{close[0]}'?" if close else ""
