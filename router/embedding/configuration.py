"""Which encoder a component uses, as written in config.yml."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from pydantic import BaseModel, ConfigDict, Field, StrictStr, model_validator

from router.llm import ModelGroup, read_llm_config

__all__ = ["EncoderSettings"]


class EncoderSettings(BaseModel):
    """What makes vectors of texts: a folder, or an endpoint's model; else the embedded one.

    `embeddings` is a model or a model group, as a language model is configured; `timeout` in
    seconds, for all that one turn waits for it.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    folder: StrictStr | None = Field(default=None, min_length=1)
    embeddings: dict[str, Any] | None = None
    timeout: float = Field(default=2.0, gt=0, strict=True)

    @model_validator(mode="after")
    def _one_encoder(self) -> EncoderSettings:
        if self.folder and self.embeddings:
            raise ValueError("Give a folder or embeddings, not both")
        return self

    def models(self, groups: Mapping[str, ModelGroup] | None = None) -> ModelGroup:
        """The models that embed; `groups` are those of endpoints.yml.

        Raises:
            InvalidConfig: `embeddings` can't be read, or names a group that isn't there.
        """
        return read_llm_config(self.embeddings or {}, groups)
