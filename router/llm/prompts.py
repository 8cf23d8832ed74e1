"""Prompts: Jinja templates in a sandbox, in which what users say stays data."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path
from typing import Any

from jinja2 import Template, TemplateError, TemplateSyntaxError
from jinja2.sandbox import ImmutableSandboxedEnvironment

from router.errors import CoexistenceError, InvalidConfig, Location, Problem

__all__ = ["PromptFailed", "in_its_place", "one_line", "read_template", "render_prompt"]

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


def in_its_place(value: Any) -> Any:
    """`value` with each text in it, however deep, as `one_line` gives it."""
    if isinstance(value, str):
        return one_line(value)
    if isinstance(value, Mapping):
        return {
            one_line(key) if isinstance(key, str) else key: in_its_place(item)
            for key, item in value.items()
        }
    if isinstance(value, (list, tuple)):
        return [in_its_place(item) for item in value]
    return value


def read_template(path: Path, named_at: Location) -> str:
    """The text of a bot's own prompt.

    Args:
        path: its file, relative to the working folder.
        named_at: the place that names it.

    Raises:
        InvalidConfig: the file isn't there, isn't UTF-8, or is no Jinja template.
    """
    if not path.is_file():
        message = f"The prompt '{path}' isn't there."
        advice = "Write the path of a file, relative to the folder that Rasa is started in."
        raise InvalidConfig([Problem(named_at, "missing-file", message, advice)])
    try:
        text = path.read_text(encoding="utf-8")
    except UnicodeDecodeError as error:
        problem = Problem(Location(str(path)), "not-utf8", "The prompt isn't encoded as UTF-8.")
        raise InvalidConfig([problem]) from error
    try:
        _template(text)
    except TemplateSyntaxError as error:
        message = f"The prompt is no Jinja template: {error.message}"
        place = Location(str(path), error.lineno)
        raise InvalidConfig([Problem(place, "invalid-template", message)]) from error
    return text


@lru_cache(maxsize=64)
def _template(text: str) -> Template:
    environment = ImmutableSandboxedEnvironment(autoescape=False)
    environment.filters["data"] = _as_data
    return environment.from_string(text)


def _as_data(value: Any) -> str:
    text = json.dumps(value, ensure_ascii=False, default=str)
    return _CONTROL.sub(" ", text)
