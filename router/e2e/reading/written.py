"""Values of test files as their authors wrote them."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from router.errors import Location
from router.flows.sections import plain_text
from router.flows.yaml_scalars import scalar_value
from router.flows.yaml_values import location_of

__all__ = ["as_line", "as_text"]

_WORD = re.compile(r"[^\s,\]}]+")


def as_text(container: Mapping[str, Any], key: str) -> Any:
    """The value of `key`; a number, true or false as the text it was written as.

    A user says `007`, not 7. Line breaks at the end, which YAML's blocks have, are left out.
    """
    value = container[key]
    if isinstance(value, str):
        return value.rstrip("\n")
    if isinstance(value, bool | int | float):
        word = _word_at(location_of(container, key))
        return word if word and scalar_value(word) == value else plain_text(value)
    return value


def as_line(name: str, value: Any) -> str:
    """A key and its value in one line, as YAML would have it."""
    is_simple = isinstance(value, str) and value and value == " ".join(value.split())
    return f"{name}: {value if is_simple else plain_text(value)}"


def _word_at(place: Location) -> str:
    """The word at a place, read from the file again: such values are few."""
    file = Path(place.file)
    lines = file.read_text(encoding="utf-8-sig").split("\n") if file.is_file() else []
    line = lines[place.line - 1] if place.line <= len(lines) else ""
    found = _WORD.match(line, place.column - 1)
    return found.group() if found else ""
