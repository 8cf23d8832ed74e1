"""The keys of `SemanticRouter` in config.yml, read and checked."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Literal

from pydantic import Field

from router.embedding import EncoderSettings
from router.routing.configuration import Locate, ReleaseSettings
from router.routing.entry_lists import EntryLists, read_lists

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
    return read_lists(SemanticRouterConfig, data, locate)
