"""Fixtures and metadata: what a file defines by name, and what its cases take of that."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from router.errors import Location
from router.flows.sections import Section, plain_text, quote
from router.flows.spelling import did_you_mean
from router.flows.yaml_values import key_location_of, location_of, plain

__all__ = ["Definition", "defined", "lent", "named", "read_fixtures", "read_metadata"]

_DEFINITIONS = "Write a list of maps with one key each, the name, or one map of names."
_FIXTURE = "Write a list of maps with one key each, '- <slot>: <value>', or one map."


@dataclass(frozen=True)
class Definition:
    """Slots with the values that a conversation begins with, or metadata of messages.

    `location` is that of its name, `places` those of its slots. `lenders` is empty if the
    cases' own file, or a folder around it, defines it; otherwise it says where other files of
    the run do: one place, or all those that don't agree.
    """

    content: Mapping[str, Any]
    location: Location
    places: Mapping[str, Location] = field(default_factory=dict)
    lenders: tuple[Location, ...] = ()


def read_fixtures(section: Section) -> dict[str, Definition]:
    """Name -> fixture; each is a list of maps, or one map."""
    found = {}
    for name, container, key in defined(section, "fixtures"):
        content = container[key]
        maps = content if isinstance(content, list) else [content]
        if content is None or not all(isinstance(each, Mapping) for each in maps):
            message = f"Fixture '{name}' can't be {quote(content)}."
            place = location_of(container, key)
            section.findings.error("invalid-value", place, message, _FIXTURE)
            maps = []
        slots = {str(slot): plain(value) for each in maps for slot, value in each.items()}
        places = {str(slot): key_location_of(each, slot) for each in maps for slot in each}
        found[name] = Definition(slots, key_location_of(container, key), places)
    return found


def read_metadata(section: Section) -> dict[str, Definition]:
    """Name -> metadata, a map."""
    found = {}
    for name, container, key in defined(section, "metadata"):
        content = container[key]
        if not isinstance(content, Mapping):
            message = f"Metadata '{name}' can't be {quote(content)}."
            place = location_of(container, key)
            section.findings.error("invalid-value", place, message, "Write a map.")
            content = {}
        found[name] = Definition(plain(content), key_location_of(container, key))
    return found


def defined(section: Section, key: str) -> Iterator[tuple[str, Mapping[Any, Any], Any]]:
    """Each name below `key`, with the map it stands in and its key there."""
    given = section.data.get(key, [])
    seen: dict[str, Location] = {}
    for each in given if isinstance(given, list) else [given]:
        if not isinstance(each, Mapping):
            section.invalid(key, _DEFINITIONS)
            return
        for name in each:
            place = key_location_of(each, name)
            if str(name) in seen:
                message = f"'{name}' is given twice: at {seen[str(name)]} and here."
                section.findings.error("duplicate-key", place, message, "Keep one, or rename it.")
                continue
            seen[str(name)] = place
            yield str(name), each, name


def lent(files: Iterable[Mapping[str, Definition]]) -> dict[str, Definition]:
    """What the files of a run define, as it is for a file that doesn't define it itself."""
    by_name: dict[str, dict[str, Definition]] = {}
    for definitions in files:
        for name, each in definitions.items():
            by_name.setdefault(name, {}).setdefault(plain_text(each.content), each)
    return {
        name: replace(next(iter(each.values())), lenders=tuple(d.location for d in each.values()))
        for name, each in by_name.items()
    }


def named(
    section: Section, key: str, noun: str, definitions: Mapping[str, Definition]
) -> Iterator[tuple[str, Definition]]:
    """The fixtures or metadata that a case or a step names at `key`, in the order of the names."""
    given = section.data.get(key, [])
    names = [given] if isinstance(given, str) else given
    if not isinstance(names, list) or not all(isinstance(name, str) for name in names):
        section.invalid(key, f"Write a list of names that stand under `{key}:`.")
        return
    for index, name in enumerate(names):
        place = section.at(key) if names is not given else location_of(names, index)
        found = definitions.get(name)
        if found is None:
            otherwise = f"Define it under `{key}:` of the file or of a conftest.yml."
            advice = did_you_mean(name, definitions, otherwise)
            message = f"There is no {noun} '{name}'."
            section.findings.error(f"unknown-{noun}", place, message, advice)
        elif len(found.lenders) > 1:
            where = " and ".join(map(str, found.lenders))
            message = f"Other files define {noun} '{name}' each in its own way: {where}."
            advice = f"Define it under `{key}:` of this file or of a conftest.yml."
            section.findings.error(f"unknown-{noun}", place, message, advice)
        else:
            if found.lenders:
                message = f"The {noun} '{name}' is taken from another file: {found.location}."
                advice = "Move it to a conftest.yml, or this file can't be run alone."
                section.findings.warning("defined-elsewhere", place, message, advice)
            yield name, found
