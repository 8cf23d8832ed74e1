"""What in a domain hasn't the shape that is read: it is left out, for a reason.

Format: https://rasa.com/docs/rasa/domain
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from router.flows.yaml_values import key_location_of, location_of
from router.planner.inventory.wording import place

__all__ = ["misshapen", "misshapen_responses"]

_LISTS = ("intents", "actions")


def misshapen(file: Path, data: Any) -> Iterator[str]:
    """Reasons for what a domain file holds; a file may be empty, and so may a key."""
    if not isinstance(data, Mapping):
        if data is not None:
            yield f"{file}:1: this isn't a map of `intents:`, `slots:` or other keys of a domain."
        return
    for key in _LISTS:
        if data.get(key) is not None and not isinstance(data[key], list):
            yield _reason(data, key, "list")
        yield from _items(key, data.get(key))
    yield from _entries("slots", data, (Mapping,), "map")
    if not isinstance(data.get("forms"), list):
        yield from _entries("forms", data, (Mapping, type(None)), "map")
    yield from _items("forms", data.get("forms"))
    yield from misshapen_responses(data)


def misshapen_responses(data: Mapping[str, Any]) -> Iterator[str]:
    """Reasons for the `responses` of a file, which training data may have too."""
    yield from _entries("responses", data, (list,), "list")


def _items(key: str, items: Any) -> Iterator[str]:
    for index, item in enumerate(items if isinstance(items, list) else ()):
        if not isinstance(item, str | Mapping):
            yield f"{place(location_of(items, index))}: `{key}`: {item!r} isn't a name."


def _entries(
    key: str, data: Mapping[str, Any], types: tuple[type, ...], word: str
) -> Iterator[str]:
    entries = data.get(key)
    if not isinstance(entries, Mapping | None):
        yield _reason(data, key, "map")
    for name, value in entries.items() if isinstance(entries, Mapping) else ():
        if not isinstance(value, types):
            where = place(key_location_of(entries, name))
            yield f"{where}: `{key}`: '{name}' isn't a {word}."


def _reason(data: Mapping[str, Any], key: str, word: str) -> str:
    return f"{place(location_of(data, key))}: `{key}` isn't a {word}."
