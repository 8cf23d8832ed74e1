"""The keys of `SemanticRouter` in config.yml, read and checked."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from typing import Any, Literal

from pydantic import Field, ValidationError

from router.embedding import EncoderSettings
from router.errors import InvalidConfig, Location
from router.routing.configuration import Locate, ReleaseSettings
from router.routing.entry_lists import EntryLists, entry_problem, repeated_names

__all__ = ["Objective", "SemanticRouterConfig", "read_semantic_router_config"]

Objective = Literal["accuracy", "catch_out_of_scope"]


class SemanticRouterConfig(EntryLists, ReleaseSettings):
    """The keys of `SemanticRouter`.

    `objective` is what the fallback threshold is fitted for: most routes right on messages
    like those of the training data, or on such as are out of scope once in five times.
    `threshold`, a probability, replaces the fitted one.
    """

    objective: Objective = "accuracy"
    threshold: float | None = Field(default=None, ge=0, lt=1, strict=True)
    encoder: EncoderSettings = EncoderSettings()

    @property
    def fingerprint(self) -> str:
        """A short hash that tells which configuration made a decision."""
        return hashlib.sha256(self.model_dump_json().encode()).hexdigest()[:12]


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
        problems = [entry_problem(item, locate, SemanticRouterConfig) for item in error.errors()]
        raise InvalidConfig(problems) from error
    repeated = list(repeated_names(config, locate))
    if repeated:
        raise InvalidConfig(repeated)
    return config
