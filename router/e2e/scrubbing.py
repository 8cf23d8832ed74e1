"""Results without keys and passwords, whichever report is made from them."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from typing import Any, TypeVar

from router.e2e.places import Place, Result
from router.llm.secrets import scrub

__all__ = ["scrubbed"]

R = TypeVar("R", bound=Result)
Variables = Mapping[str, str]


def scrubbed(result: R) -> R:
    """The same, every text in it by `router.llm.secrets.scrub`; places stay as they are."""
    # Asked once which variables count: a result holds many texts.
    secrets = {
        name: value for name, value in os.environ.items() if scrub(value, {name: value}) != value
    }
    quoted = {name: json.dumps(value, ensure_ascii=False)[1:-1] for name, value in secrets.items()}
    clean: R = _scrubbed(result, (secrets, quoted) if quoted != secrets else (secrets,))
    return clean


def _scrubbed(value: Any, secrets: tuple[Variables, ...]) -> Any:
    if isinstance(value, str):
        for variables in secrets:
            value = scrub(value, variables)
        return value
    if isinstance(value, Result) and not isinstance(value, Place):
        fields = {
            name: _scrubbed(getattr(value, name), secrets) for name in type(value).model_fields
        }
        return value.model_copy(update=fields)
    if isinstance(value, Mapping):
        return {key: _scrubbed(each, secrets) for key, each in value.items()}
    if isinstance(value, (list, tuple)):
        return type(value)(_scrubbed(each, secrets) for each in value)
    return value
