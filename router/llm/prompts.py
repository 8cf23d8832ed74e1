"""Prompts: Jinja templates in a sandbox, in which what users say stays data."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from functools import lru_cache
from typing import Any

from jinja2 import Template, TemplateError
from jinja2.sandbox import ImmutableSandboxedEnvironment

from router.errors import CoexistenceError

__all__ = ["PromptFailed", "one_line", "render_prompt"]

_CONTROL = re.compile(r"[\x00-\x1f\x7f\u0085\u2028\u2029]+")
_FENCES = re.compile(r"([\"'`])\1{2,}")


class PromptFailed(CoexistenceError):
    """A prompt's template can't be rendered."""


def render_prompt(template: str, variables: Mapping[str, Any]) -> str:
    """The prompt that `template` gives with `variables`.

    The filter `data` writes a value as JSON on one line: whatever a user wrote stands inside
    its quotes. Values themselves are never read as templates.

    Raises:
        PromptFailed: the template isn't one, or does what the sandbox forbids.
    """
    try:
        return _template(template).render(dict(variables)).strip()
    except (TemplateError, ArithmeticError, TypeError, ValueError, LookupError) as error:
        raise PromptFailed(f"The prompt's template can't be rendered: {error}.") from error


def one_line(text: str) -> str:
    """A user's text for a place in somebody's own template, which it can't leave.

    Without line breaks and other control characters, and without the runs of quotes or
    backticks that prompts put around texts.
    """
    return _FENCES.sub(r"\1", _CONTROL.sub(" ", text)).strip()


@lru_cache(maxsize=64)
def _template(text: str) -> Template:
    environment = ImmutableSandboxedEnvironment(autoescape=False)
    environment.filters["data"] = _as_data
    return environment.from_string(text)


def _as_data(value: Any) -> str:
    text = json.dumps(value, ensure_ascii=False, default=str)
    return _CONTROL.sub(" ", text)
