"""The keys of `HybridRouter` in config.yml, read and checked."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field, StrictStr, model_validator

from router.embedding import EncoderSettings
from router.routing.configuration import Locate, ReleaseSettings
from router.routing.entry_lists import EntryLists, Listed, read_lists, words_of
from router.routing.llm_configuration import LLMRouterConfig, ModelKeys
from router.routing.semantic_configuration import Objective, SemanticRouterConfig

__all__ = ["HybridRouterConfig", "read_hybrid_router_config"]

First = Literal["intents", "semantic", "both"]


class _Section(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class SemanticStage(_Section):
    """How the messages' meaning is learnt; the keys are those of `SemanticRouter`."""

    objective: Objective = "accuracy"
    threshold: float | None = Field(default=None, ge=0, lt=1, strict=True)
    encoder: EncoderSettings = EncoderSettings()


class Descriptions(_Section):
    """What each system handles, as the model is told; by default the names in the lists."""

    calm: StrictStr | None = Field(default=None, min_length=1)
    nlu: StrictStr | None = Field(default=None, min_length=1)
    nlu_once: StrictStr | None = Field(default=None, min_length=1)


class HybridRouterConfig(EntryLists, ModelKeys, ReleaseSettings):
    """The keys of `HybridRouter`: a cheap stage first, a language model where it's in doubt.

    `first` is the cheap stage: the lists, where the intent classifier reaches
    `min_confidence` and `min_margin` (`intents`); the messages' meaning (`semantic`, the
    default where there is a section `semantic`); or the one and then the other (`both`).
    `llm_band` is how near the semantic stage's confidence must be to its threshold for the
    model to be asked, on the logit scale; 0 is never. `on_error` is where a message goes
    without an answer of the model's; by default where the cheap stage sends it.
    """

    min_confidence: float = Field(default=0.7, ge=0, le=1, strict=True)
    min_margin: float = Field(default=0.1, ge=0, le=1, strict=True)
    semantic: SemanticStage | None = None
    first: First | None = None
    llm_band: float = Field(default=1.0, ge=0, strict=True)
    descriptions: Descriptions = Descriptions()
    on_error: Literal["nlu_once", "nlu", "calm"] | None = None

    @model_validator(mode="after")
    def _first_can_be(self) -> HybridRouterConfig:
        if self.first in ("semantic", "both") and self.semantic is None:
            raise ValueError("Write `semantic: {}` too, or `first: intents`")
        return self

    @property
    def stage(self) -> First:
        """The cheap stage."""
        return self.first or ("semantic" if self.semantic else "intents")

    @property
    def semantic_config(self) -> SemanticRouterConfig:
        """The semantic stage as a router of its own."""
        stage = self.semantic or SemanticStage()
        lists = {name: getattr(self, name) for name in EntryLists.model_fields}
        return SemanticRouterConfig(
            **lists,
            objective=stage.objective,
            threshold=stage.threshold,
            encoder=stage.encoder,
        )

    @property
    def llm_config(self) -> LLMRouterConfig:
        """The language model's stage as a router of its own."""
        given, nlu, calm = self.descriptions, self.nlu_entry, self.calm_entry
        once = (*nlu.non_sticky, *(self.out_of_scope if self.unsure == "nlu_once" else ()))
        entry = {
            "sticky": given.nlu or _handles(nlu.sticky, "nothing more"),
            "non_sticky": given.nlu_once
            or f"{_handles(once, 'chitchat')}, and what nobody handles",
        }
        calm_words = given.calm or _handles((*calm.sticky, *calm.non_sticky), "nothing")
        return LLMRouterConfig.model_validate(
            {
                "calm_entry": {"sticky": calm_words},
                "nlu_entry": entry,
                **self.model_dump(include=set(ModelKeys.model_fields)),
                "on_error": self.on_error or "nlu_once",
            }
        )


def read_hybrid_router_config(
    data: Mapping[str, Any], locate: Locate | None = None
) -> HybridRouterConfig:
    """Reads the keys of a `HybridRouter`.

    Args:
        data: the keys as written, without `name`.
        locate: gives the place in the file of a path of keys; unknown places otherwise.

    Raises:
        InvalidConfig: keys are missing, unknown or of the wrong type, or a name is listed
            twice; all problems are listed.
    """
    return read_lists(HybridRouterConfig, data, locate)


def _handles(listed: Sequence[Listed], otherwise: str) -> str:
    names = dict.fromkeys(words_of(item.name) for item in listed)
    return f"handles {', '.join(names) or otherwise}"
