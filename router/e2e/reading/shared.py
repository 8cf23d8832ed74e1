"""What a test file, or the conftest.yml of a folder, gives the cases in it and below."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from router.e2e.cases import Stub
from router.errors import Location
from router.flows.sections import Findings, Section, quote
from router.flows.yaml_values import key_location_of, location_of, plain

__all__ = ["SHARED_KEYS", "Fixture", "Shared", "read_shared", "read_stubs", "read_tags"]

SHARED_KEYS = frozenset({"config", "fixtures", "metadata", "stub_custom_actions", "strict", "tags"})
CASE_OF_STUB = "::"
_DEFINITIONS = "Write a list of maps with one key each, the name, or one map of names."
_FIXTURE = "Write a list of maps with one key each, '- <slot>: <value>', or one map."
_STUB_KEYS = frozenset({"events", "responses"})


@dataclass(frozen=True)
class Fixture:
    """Slots with the values that a conversation begins with, and where they stand."""

    slots: Mapping[str, Any]
    places: Mapping[str, Location]


@dataclass(frozen=True)
class Shared:
    """Fixtures and metadata by name, stubs by action or `test case::action`.

    `strict` is None where nothing is said; `config` names the configuration that the cases
    are for, if not for all.
    """

    fixtures: Mapping[str, Fixture] = field(default_factory=dict)
    metadata: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    stubs: Mapping[str, Stub] = field(default_factory=dict)
    tags: tuple[str, ...] = ()
    strict: bool | None = None
    config: str = ""

    def inside(self, outer: Shared) -> Shared:
        """Both together; where both say something, this one counts. Tags add up."""
        own = {name for name in self.stubs if CASE_OF_STUB not in name}
        kept = {key: stub for key, stub in outer.stubs.items() if stub.action not in own}
        return Shared(
            fixtures={**outer.fixtures, **self.fixtures},
            metadata={**outer.metadata, **self.metadata},
            stubs={**kept, **self.stubs},
            tags=tuple(dict.fromkeys((*outer.tags, *self.tags))),
            strict=outer.strict if self.strict is None else self.strict,
            config=self.config or outer.config,
        )

    def stubs_for(self, case: str) -> dict[str, Stub]:
        """Action -> its stub in a case: one that names the case goes before one that doesn't."""
        everywhere = {key: stub for key, stub in self.stubs.items() if CASE_OF_STUB not in key}
        prefix = case + CASE_OF_STUB
        own = {s.action: s for key, s in self.stubs.items() if key == prefix + s.action}
        return {**everywhere, **own}


def read_shared(section: Section) -> Shared:
    """Reads the keys that a test file and a conftest.yml have in common."""
    return Shared(
        fixtures=dict(_fixtures(section)),
        metadata=dict(_metadata(section)),
        stubs=read_stubs(section),
        tags=read_tags(section),
        strict=section.flag("strict", False) if "strict" in section else None,
        config=_config(section),
    )


def _config(section: Section) -> str:
    given = section.data.get("config", "")
    if isinstance(given, str):
        return given.strip()
    section.invalid("config", "Write the name of a configuration, such as config.llm.yml.")
    return ""


def read_tags(section: Section) -> tuple[str, ...]:
    """A tag, or a list of them."""
    given = section.data.get("tags", [])
    tags = [given] if isinstance(given, str) else given
    if isinstance(tags, list) and all(isinstance(tag, str) and tag.strip() for tag in tags):
        return tuple(dict.fromkeys(tag.strip() for tag in tags))
    section.invalid("tags", "Write a list of words.")
    return ()


def read_stubs(section: Section) -> dict[str, Stub]:
    """Action, or `test case::action`, -> what stands for it."""
    return {
        name: stub
        for name, container, key in _definitions(section, "stub_custom_actions")
        if (stub := _stub(name, container, key, section.findings))
    }


def _fixtures(section: Section) -> Iterator[tuple[str, Fixture]]:
    for name, container, key in _definitions(section, "fixtures"):
        content = container[key]
        maps = content if isinstance(content, list) else [content]
        if content is None or not all(isinstance(each, Mapping) for each in maps):
            message = f"Fixture '{name}' can't be {quote(content)}."
            place = location_of(container, key)
            section.findings.error("invalid-value", place, message, _FIXTURE)
            maps = []
        slots = {str(slot): plain(value) for each in maps for slot, value in each.items()}
        places = {str(slot): key_location_of(each, slot) for each in maps for slot in each}
        yield name, Fixture(slots, places)


def _metadata(section: Section) -> Iterator[tuple[str, Mapping[str, Any]]]:
    for name, container, key in _definitions(section, "metadata"):
        content = container[key]
        if not isinstance(content, Mapping):
            message = f"Metadata '{name}' can't be {quote(content)}."
            place = location_of(container, key)
            section.findings.error("invalid-value", place, message, "Write a map.")
            content = {}
        yield name, plain(content)


def _definitions(section: Section, key: str) -> Iterator[tuple[str, Mapping[Any, Any], Any]]:
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


def _stub(name: str, container: Mapping[Any, Any], key: Any, findings: Findings) -> Stub | None:
    content = container[key]
    place = key_location_of(container, key)
    if content is None:
        content = {}
    if not isinstance(content, Mapping):
        message = f"The stub '{name}' can't be {quote(content)}."
        advice = "Write a map with 'events' and 'responses', each a list."
        findings.error("invalid-value", location_of(container, key), message, advice)
        return None
    section = Section(content, f"the stub '{name}'", findings)
    section.check_keys(_STUB_KEYS)
    return Stub(
        action=name.rpartition(CASE_OF_STUB)[2],
        location=place,
        events=_maps(section, "events", "- event: slot, with 'name' and 'value'", "event"),
        responses=_maps(section, "responses", "- text: ..."),
    )


def _maps(
    section: Section, key: str, example: str, needed: str | None = None
) -> tuple[Mapping[str, Any], ...]:
    given = section.data.get(key)
    items = [] if given is None else given
    are_maps = isinstance(items, list) and all(isinstance(each, Mapping) for each in items)
    if are_maps and (needed is None or all(needed in each for each in items)):
        return tuple(plain(items))
    section.invalid(key, f"Write a list of maps, like: {example}.")
    return ()
