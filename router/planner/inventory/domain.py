"""The domain as the inventory needs it: forms and mappings of 2.0, 3.0 and 3.1 in one shape.

Format: https://rasa.com/docs/rasa/domain and https://rasa.com/docs/rasa/forms; before 3.0 a
form held the mappings of its slots.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from router.checks.domain_files import DomainFiles
from router.checks.files import read_or_note
from router.checks.training_data import Dialogue, DialogueStep
from router.errors import Location
from router.flows.yaml_values import key_location_of, location_of
from router.planner.inventory.domain_shapes import misshapen

__all__ = ["BotDomain", "Form", "Mapped", "bot_domain"]

_IGNORED = "ignored_intents"
_SLOT_IN_TEXT = re.compile(r"\{\s*([A-Za-z_]\w*)")


@dataclass(frozen=True)
class Mapped:
    """One way in which a user fills a slot, anywhere or (`forms`) only in these forms and flows."""

    slot: str
    kind: str
    entity: str = ""
    intents: tuple[str, ...] = ()
    not_intents: tuple[str, ...] = ()
    forms: tuple[str, ...] = ()


@dataclass(frozen=True)
class Form:
    """A form, and the slots it asks for."""

    name: str
    location: Location
    required: tuple[str, ...] = ()
    ignored_intents: tuple[str, ...] = ()


@dataclass(frozen=True)
class BotDomain:
    """`slots` are with the places of their names; `reads` what a response puts in, or depends on.

    `triggered` are rules in the form of an intent's `triggers`. `exists` tells whether there
    is a domain to compare names with.
    """

    forms: Mapping[str, Form] = field(default_factory=dict)
    mappings: tuple[Mapped, ...] = ()
    slots: Mapping[str, Location] = field(default_factory=dict)
    reads: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    intents: Mapping[str, Location] = field(default_factory=dict)
    actions: frozenset[str] = frozenset()
    triggered: tuple[Dialogue, ...] = ()

    @property
    def exists(self) -> bool:
        """Whether there is any."""
        return bool(self.forms or self.slots or self.reads or self.intents or self.actions)

    def answers(self) -> Mapping[str, frozenset[str]]:
        """The intents that may fill a form's slots, by form."""
        found: dict[str, set[str]] = {name: set() for name in self.forms}
        for mapped in self.mappings:
            asking = mapped.forms or [n for n, f in self.forms.items() if mapped.slot in f.required]
            for form in asking if mapped.intents else ():
                found.setdefault(form, set()).update(mapped.intents)
        return {form: frozenset(intents) for form, intents in found.items()}


def bot_domain(
    files: DomainFiles, more_responses: Mapping[str, Any], reasons: list[str]
) -> BotDomain:
    """What the domain's files say, with the responses that stand in the training data."""
    forms: dict[str, Form] = {}
    mappings: list[Mapped] = []
    intents: dict[str, Location] = {}
    triggered: list[Dialogue] = []
    for file in files.files:
        data = read_or_note(file, [])  # what's wrong with it was told when `files` was read
        reasons += misshapen(file, data)
        if not isinstance(data, Mapping):
            continue
        for name, value, where in _entries(data.get("intents")):
            intents.setdefault(name, where)
            triggered += _triggered(name, value, where)
        for name, value, where in _entries(data.get("forms")):
            slots = _form_slots(value)
            ignored = _names(value.get(_IGNORED)) if isinstance(value, Mapping) else ()
            forms[name] = Form(name, where, tuple(slots), ignored)
            for slot, found in slots.items():
                mappings += _mapped(slot, found, (name,))
    for slot, spec in files.slots.items():
        mappings += _mapped(slot, spec.get("mappings"), ())
    responses = {**more_responses, **files.responses}
    return BotDomain(
        forms=forms,
        mappings=tuple(mappings),
        slots=files.places,
        reads={str(name): _slots_in(value, files.places) for name, value in responses.items()},
        intents=intents,
        actions=frozenset(files.actions),
        triggered=tuple(triggered),
    )


def _entries(items: Any) -> Iterator[tuple[str, Any, Location]]:
    """Name, value and place of a map's entries, or of a list of names and one-entry maps."""
    if isinstance(items, Mapping):
        for name, value in items.items():
            yield str(name), value, key_location_of(items, name)
    for index, item in enumerate(items if isinstance(items, list) else ()):
        if isinstance(item, str):
            yield item, {}, location_of(items, index)
        elif isinstance(item, Mapping):
            yield from _entries(item)


def _triggered(intent: str, value: Any, where: Location) -> Iterator[Dialogue]:
    action = value.get("triggers") if isinstance(value, Mapping) else None
    if isinstance(action, str):
        steps = (DialogueStep("user", (intent,), where), DialogueStep("action", (action,), where))
        yield Dialogue(f"{intent} triggers {action}", steps, where, kind="rule")


def _form_slots(form: Any) -> dict[str, Any]:
    """The slots that a form asks for, with their mappings if it has them."""
    if not isinstance(form, Mapping):
        return {}
    slots = form.get("required_slots", None if "required_slots" in form else form)
    if isinstance(slots, Mapping):
        return {str(name): value for name, value in slots.items() if name != _IGNORED}
    return dict.fromkeys(_names(slots))


def _mapped(slot: str, mappings: Any, forms: tuple[str, ...]) -> Iterator[Mapped]:
    for mapping in mappings if isinstance(mappings, list) else [mappings]:
        if not isinstance(mapping, Mapping):
            continue
        conditions = mapping.get("conditions")
        loops = [
            str(each[key])
            for each in (conditions if isinstance(conditions, list) else ())
            for key in ("active_loop", "active_flow")
            if isinstance(each, Mapping) and each.get(key)
        ]
        yield Mapped(
            slot=slot,
            kind=str(mapping.get("type")),
            entity=str(mapping.get("entity") or ""),
            intents=_names(mapping.get("intent")),
            not_intents=_names(mapping.get("not_intent")),
            forms=forms or tuple(loops),
        )


def _names(value: Any) -> tuple[str, ...]:
    items = value if isinstance(value, list) else [value]
    return tuple(dict.fromkeys(item for item in items if isinstance(item, str)))


def _slots_in(variations: Any, slots: Collection[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(name for name in _mentioned(variations) if name in slots))


def _mentioned(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield from _SLOT_IN_TEXT.findall(value)
    elif isinstance(value, Mapping):
        if value.get("type") == "slot" and isinstance(value.get("name"), str):
            yield value["name"]
        for each in value.values():
            yield from _mentioned(each)
    elif isinstance(value, list):
        for each in value:
            yield from _mentioned(each)
