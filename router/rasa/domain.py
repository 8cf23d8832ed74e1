"""The domain as CALM's documentation writes it, in terms that Rasa Open Source knows.

Rasa's own domain has no `from_llm` or `controlled` mappings, no `active_flow` conditions,
no slots without mappings, and no keys `shared_for_coexistence` or `validation`.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import rasa.shared.utils.io
import yaml
from rasa.shared.core.domain import Domain
from rasa.shared.exceptions import YamlException
from ruamel.yaml.error import YAMLError

from router.errors import InvalidCondition, InvalidDomain, Problem
from router.flows.conditions import parse_condition
from router.flows.default_patterns import DEFAULT_FLOW_ACTIONS, RESET_ACTION, default_responses
from router.flows.slots import ROUTE_SLOT, STACK_SLOT, SlotSpec
from router.flows.spelling import did_you_mean
from router.flows.yaml_source import location_of, read_yaml
from router.flows.yaml_values import key_location_of, plain

_OWN_SLOT_KEYS = frozenset({"shared_for_coexistence", "validation"})
_SLOT_KEYS = _OWN_SLOT_KEYS | {
    "influence_conversation",
    "initial_value",
    "mappings",
    "max_value",
    "min_value",
    "type",
    "value_reset_delay",
    "values",
}
_NEVER_FILLED: dict[str, Any] = {"type": "custom"}
_OWN_SLOTS: dict[str, dict[str, Any]] = {
    ROUTE_SLOT: {"type": "bool", "influence_conversation": False, "mappings": [_NEVER_FILLED]},
    STACK_SLOT: {"type": "any", "influence_conversation": False, "mappings": [_NEVER_FILLED]},
}

RawSlots = dict[str, Mapping[str, Any]]


def rasa_domain(data: Mapping[str, Any]) -> dict[str, Any]:
    """A domain's data with every slot as Rasa Open Source wants it; the rest unchanged."""
    slots = data.get("slots")
    if not isinstance(slots, Mapping):
        return dict(data)
    translated = {
        name: _rasa_slot(str(name), slot) if isinstance(slot, Mapping) else slot
        for name, slot in slots.items()
    }
    return {**data, "slots": translated}


def is_rasa_domain(data: Any) -> bool:
    """Whether Rasa can read the domain's data as it is."""
    return not isinstance(data, Mapping) or rasa_domain(data) == data


def translated_yaml(text: str) -> str:
    """The YAML of a domain file, translated if it has to be."""
    try:
        data = rasa.shared.utils.io.read_yaml(text)
    except (YamlException, YAMLError):
        return text  # Rasa reports the error, with the line
    if is_rasa_domain(data):
        return text
    return str(yaml.safe_dump(plain(rasa_domain(data)), allow_unicode=True))


def with_own_parts(domain: Domain, *, has_router: bool) -> Domain:
    """`domain` with the slots, actions and default responses that CALM needs."""
    own = {
        "slots": {
            name: slot
            for name, slot in _OWN_SLOTS.items()
            if name not in {slot.name for slot in domain.slots}
            and (has_router or name != ROUTE_SLOT)
        },
        "actions": sorted(DEFAULT_FLOW_ACTIONS | ({RESET_ACTION} if has_router else set())),
        "responses": {
            name: variations
            for name, variations in default_responses().items()
            if name not in domain.responses
        },
    }
    return domain.merge(Domain.from_dict(own))


def raw_slots(path: str | None) -> RawSlots:
    """The slots as the domain's files write them, with positions: name -> keys.

    Raises:
        InvalidDomain: a slot this package cares about can't work as written.
        InvalidFile: a file can't be read.
    """
    slots: RawSlots = {}
    for file in _domain_files(path):
        data = read_yaml(file, collect=[])
        found = data.get("slots") if isinstance(data, Mapping) else None
        if isinstance(found, Mapping):
            slots.update({str(k): v for k, v in found.items() if isinstance(v, Mapping)})
    problems = list(_slot_problems(slots))
    if problems:
        raise InvalidDomain(problems)
    return slots


def slot_specs(domain: Domain, raw: RawSlots) -> dict[str, SlotSpec]:
    """Every slot of the domain, with what only the files say of it."""
    specs: dict[str, SlotSpec] = {}
    for slot in domain.slots:
        known = {"initial_value": slot.initial_value, "mappings": slot.mappings}
        data = {**known, "type": slot.type_name, **plain(raw.get(slot.name, {}))}
        specs[slot.name] = SlotSpec.from_dict(slot.name, data)
    return specs


def _rasa_slot(name: str, slot: Mapping[str, Any]) -> dict[str, Any]:
    kept = {key: value for key, value in slot.items() if key not in _OWN_SLOT_KEYS}
    if name in _OWN_SLOTS:  # nothing a user says fills it, whatever its mappings are
        kept.setdefault("influence_conversation", False)
        return {**kept, "mappings": [_NEVER_FILLED]}
    given = slot.get("mappings")
    if given is not None and not isinstance(given, list):
        return kept  # Rasa reports it
    mappings = [mapping for each in given or () if (mapping := _rasa_mapping(each)) is not None]
    return {**kept, "mappings": mappings or [_NEVER_FILLED]}


def _rasa_mapping(mapping: Any) -> Any:
    """The mapping without what concerns flows alone; None if nothing is left of it."""
    if not isinstance(mapping, Mapping):
        return mapping  # Rasa reports it
    if mapping.get("type") in ("from_llm", "controlled"):
        return None
    conditions = mapping.get("conditions")
    if not isinstance(conditions, list):
        return mapping
    left = [c for c in conditions if not (isinstance(c, Mapping) and "active_flow" in c)]
    if len(left) == len(conditions):
        return mapping
    return {**mapping, "conditions": left} if left else None


def _domain_files(path: str | None) -> Iterator[Path]:
    if not path or not Path(path).exists():
        return
    root = Path(path)
    if root.is_file():
        yield root
        return
    for file in sorted(root.rglob("*")):
        if file.suffix in (".yml", ".yaml") and file.is_file():
            yield file


def _slot_problems(slots: RawSlots) -> Iterator[Problem]:
    route, stack = slots.get(ROUTE_SLOT), slots.get(STACK_SLOT)
    if route is not None and route.get("type") != "bool":
        yield Problem(
            location_of(route, "type"),
            "routing-slot-type",
            f"The slot {ROUTE_SLOT} has the type {route.get('type')!r}.",
            "Write type: bool, or leave the slot out: it is added.",
        )
    if route is not None and route.get("influence_conversation") is True:
        yield Problem(
            location_of(route, "influence_conversation"),
            "routing-slot-influences",
            f"The slot {ROUTE_SLOT} must not influence the conversation.",
            "Write influence_conversation: false.",
        )
    if stack is not None and stack.get("type") != "any":
        yield Problem(
            location_of(stack, "type"),
            "stack-slot-type",
            f"The slot {STACK_SLOT} has the type {stack.get('type')!r}.",
            "Leave the slot out of the domain: it is added.",
        )
    for name, slot in slots.items():
        yield from _key_problems(name, slot)
        yield from _validation_problems(name, slot)


def _key_problems(name: str, slot: Mapping[str, Any]) -> Iterator[Problem]:
    if "." in str(slot.get("type")):  # a class of the bot's own may take any keys
        return
    for key in slot:
        if key not in _SLOT_KEYS:
            message = f"The slot {name} has no key '{key}'."
            advice = did_you_mean(key, _SLOT_KEYS, f"Known: {', '.join(sorted(_SLOT_KEYS))}.")
            yield Problem(key_location_of(slot, key), "unknown-key", message, advice)


def _validation_problems(name: str, slot: Mapping[str, Any]) -> Iterator[Problem]:
    validation = slot.get("validation")
    if validation is None:
        return
    rejections = validation.get("rejections") if isinstance(validation, Mapping) else None
    if not isinstance(rejections, list):
        message = f"The validation of the slot {name} has no list of rejections."
        advice = "Write `rejections: [{if: ..., utter: ...}]` below it."
        yield Problem(location_of(slot, "validation"), "invalid-value", message, advice)
        return
    for index, item in enumerate(rejections):
        if not isinstance(item, Mapping) or not {"if", "utter"} <= item.keys():
            message = f"A rejection of the slot {name} lacks `if` or `utter`."
            advice = "Write `- if: <condition>` and `utter: <response>`."
            yield Problem(location_of(rejections, index), "missing-key", message, advice)
            continue
        try:
            parse_condition(item["if"])
        except InvalidCondition as error:
            yield Problem(location_of(item, "if"), "invalid-condition", str(error))
