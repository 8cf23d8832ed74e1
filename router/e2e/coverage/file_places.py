"""Places in a bot's files that are needed nowhere but here: of actions, rules, responses."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from router.checks.files import read_or_note
from router.checks.project import Project
from router.e2e.places import Place
from router.errors import Location
from router.flows.yaml_values import key_location_of, location_of

__all__ = ["FilePlaces"]


@dataclass
class FilePlaces:
    """Where names stand: `actions`, `forms` and `responses` by name; `rules` are all places
    of rules, so that they can be told from stories.
    """

    actions: dict[str, Place] = field(default_factory=dict)
    forms: dict[str, Place] = field(default_factory=dict)
    responses: dict[str, Place] = field(default_factory=dict)
    rules: set[Location] = field(default_factory=set)

    @classmethod
    def of(cls, project: Project) -> FilePlaces:
        """Those in the project's files; what can't be read is reported by its checks."""
        places = cls()
        for file in project.files:
            data = read_or_note(file, [])
            if isinstance(data, Mapping):
                places.actions |= _named(data.get("actions"))
                places.forms |= _named(data.get("forms"))
                places.responses |= _named(data.get("responses"))
                rules = data.get("rules")
                for rule in rules if isinstance(rules, list) else ():
                    places.rules.add(key_location_of(rule, "rule"))
        return places


def _named(section: Any) -> dict[str, Place]:
    return {name: Place.of(location) for name, location in _names(section)}


def _names(section: Any) -> Iterator[tuple[str, Location]]:
    if isinstance(section, Mapping):
        for name in section:
            yield str(name), key_location_of(section, name)
    for index, item in enumerate(section if isinstance(section, list) else ()):
        if isinstance(item, Mapping):
            yield from _names(item)
        else:
            yield str(item), location_of(section, index)
