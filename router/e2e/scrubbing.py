"""Results without keys and passwords, whichever report is made from them."""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Mapping
from functools import lru_cache
from typing import Any, TypeVar

from router.e2e.places import Place, Result
from router.llm.secrets import scrub

__all__ = ["scrubbed"]

R = TypeVar("R", bound=Result)
Scrub = Callable[[str], str]


def scrubbed(result: R) -> R:
    """The same, every text in it by `router.llm.secrets.scrub`; places stay as they are."""
    # Asked once which variables count: a result holds many texts.
    secrets = tuple(
        (name, value) for name, value in os.environ.items() if scrub(value, {name: value}) != value
    )
    clean: R = _scrubbed(result, _scrub_with(secrets))
    return clean


@lru_cache(maxsize=1)
def _scrub_with(secrets: tuple[tuple[str, str], ...]) -> Scrub:
    """Takes these variables' values out of texts, also as they stand in JSON."""
    quoted = tuple((name, json.dumps(value, ensure_ascii=False)[1:-1]) for name, value in secrets)
    kinds = [dict(each) for each in dict.fromkeys((secrets, quoted))]

    @lru_cache(maxsize=10_000)  # the cases of a suite say much the same
    def clean(text: str) -> str:
        for variables in kinds:
            text = scrub(text, variables)
        return text

    return clean


def _scrubbed(value: Any, clean: Scrub) -> Any:
    if isinstance(value, str):
        return clean(value)
    if isinstance(value, Result) and not isinstance(value, Place):
        fields = {name: _scrubbed(getattr(value, name), clean) for name in type(value).model_fields}
        return value.model_copy(update=fields)
    if isinstance(value, Mapping):
        return {key: _scrubbed(each, clean) for key, each in value.items()}
    if isinstance(value, (list, tuple)):
        return type(value)(_scrubbed(each, clean) for each in value)
    return value
