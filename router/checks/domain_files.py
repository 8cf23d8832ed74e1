"""A domain as its files write it, with the places of what checks speak of.

Format: https://rasa.com/docs/rasa/domain
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from router.checks.files import read_or_note, yaml_files
from router.errors import Location, Problem
from router.flows.slots import SlotSpec
from router.flows.yaml_values import key_location_of, plain

__all__ = ["DomainFiles", "RawSlots", "read_domain"]

RawSlots = dict[str, Mapping[str, Any]]


@dataclass
class DomainFiles:
    """The parts of all domain files put together.

    `slots`, `forms` and `responses` are as written, with positions; `places` says where a
    slot's name stands, `form_places` where a form's does.
    """

    slots: RawSlots = field(default_factory=dict)
    places: dict[str, Location] = field(default_factory=dict)
    form_places: dict[str, Location] = field(default_factory=dict)
    forms: dict[str, Any] = field(default_factory=dict)
    responses: dict[str, Any] = field(default_factory=dict)
    intents: set[str] = field(default_factory=set)
    actions: set[str] = field(default_factory=set)
    files: list[Path] = field(default_factory=list)

    @property
    def is_empty(self) -> bool:
        """Whether there is no domain at all."""
        return not (self.slots or self.forms or self.responses or self.intents or self.actions)

    def place_of(self, slot: str) -> Location:
        """Where the slot's name stands."""
        return self.places.get(slot, Location("domain.yml"))

    def slot_specs(self) -> dict[str, SlotSpec]:
        """Every slot of the files, as flows see it."""
        return {name: _spec(name, plain(slot)) for name, slot in self.slots.items()}

    def with_all_of(self, other: DomainFiles) -> DomainFiles:
        """Both together; what both have is the other's."""
        return DomainFiles(
            slots={**self.slots, **other.slots},
            places={**self.places, **other.places},
            form_places={**self.form_places, **other.form_places},
            forms={**self.forms, **other.forms},
            responses={**self.responses, **other.responses},
            intents=self.intents | other.intents,
            actions=self.actions | other.actions,
            files=[*self.files, *other.files],
        )


def read_domain(paths: Iterable[Path], problems: list[Problem]) -> DomainFiles:
    """Reads domain files, and all YAML files of domain folders."""
    domain = DomainFiles(files=yaml_files(paths))
    for file in domain.files:
        data = read_or_note(file, problems)
        if isinstance(data, Mapping):
            _take(data, domain)
    return domain


def _take(data: Mapping[str, Any], domain: DomainFiles) -> None:
    slots = data.get("slots")
    for name, slot in slots.items() if isinstance(slots, Mapping) else ():
        domain.places[str(name)] = key_location_of(slots, name)
        if isinstance(slot, Mapping):
            domain.slots[str(name)] = slot
    for key, target in (("forms", domain.forms), ("responses", domain.responses)):
        found = data.get(key)
        if isinstance(found, Mapping):
            target.update({str(name): value for name, value in found.items()})
    forms = data.get("forms")
    if isinstance(forms, Mapping):
        domain.form_places.update({str(name): key_location_of(forms, name) for name in forms})
    for name in _names(forms):  # as Rasa 2 had them, too
        domain.forms[name] = None
        domain.form_places[name] = key_location_of(data, "forms")
    domain.intents.update(_names(data.get("intents")))
    domain.actions.update(_names(data.get("actions")))


def _names(items: Any) -> Iterator[str]:
    """The names in a list whose items are names, or maps with one name each."""
    for item in items if isinstance(items, list) else ():
        if isinstance(item, str):
            yield item
        elif isinstance(item, Mapping):
            yield from map(str, item)


def _spec(name: str, slot: Mapping[str, Any]) -> SlotSpec:
    try:
        return SlotSpec.from_dict(name, slot)
    except (AttributeError, KeyError, TypeError, ValueError):
        # Its mappings, values or validation are malformed, which is reported elsewhere.
        return SlotSpec(name, str(slot.get("type", "any")))
