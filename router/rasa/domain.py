"""The domain as CALM's documentation writes it, in terms that Rasa Open Source knows.

Rasa's own domain has no `from_llm` or `controlled` mappings, no `active_flow` conditions,
no slots without mappings, no keys `shared_for_coexistence` or `validation`, and no
responses whose condition is a predicate.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

import rasa.shared.utils.io
import yaml
from rasa.shared.core.domain import Domain
from rasa.shared.exceptions import YamlException
from ruamel.yaml.error import YAMLError

from router.checks.domain_files import RawSlots
from router.errors import Location, Problem
from router.flows.default_patterns import DEFAULT_FLOW_ACTIONS, RESET_ACTION, default_responses
from router.flows.response_conditions import with_rasa_conditions
from router.flows.slots import ROUTE_SLOT, STACK_SLOT, SlotSpec
from router.flows.yaml_values import plain

_OWN_SLOT_KEYS = frozenset({"shared_for_coexistence", "validation"})
_NEVER_FILLED: dict[str, Any] = {"type": "custom"}
_OWN_SLOTS: dict[str, dict[str, Any]] = {
    ROUTE_SLOT: {"type": "bool", "influence_conversation": False, "mappings": [_NEVER_FILLED]},
    STACK_SLOT: {"type": "any", "influence_conversation": False, "mappings": [_NEVER_FILLED]},
}


def rasa_domain(data: Mapping[str, Any]) -> dict[str, Any]:
    """A domain's data as Rasa Open Source wants its slots and responses; the rest unchanged."""
    rasa_data = dict(data)
    if "responses" in data:
        rasa_data["responses"] = with_rasa_conditions(data["responses"])
    slots = data.get("slots")
    if not isinstance(slots, Mapping):
        return rasa_data
    translated = {
        name: _rasa_slot(str(name), slot) if isinstance(slot, Mapping) else slot
        for name, slot in slots.items()
    }
    return {**rasa_data, "slots": translated}


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


def unreadable_by_rasa(files: Iterable[Path]) -> Iterator[Problem]:
    """Of domain files that our reader takes, those that Rasa's, which is stricter, doesn't."""
    for file in files:
        try:
            rasa.shared.utils.io.read_yaml_file(file)
        except YamlException as error:
            cause = getattr(error, "underlying_yaml_exception", error)
            mark = getattr(cause, "problem_mark", None)
            line, column = (mark.line + 1, mark.column + 1) if mark else (1, 1)
            reason = getattr(cause, "problem", None) or str(cause)
            yield Problem(
                Location(str(file), line, column),
                "yaml-syntax",
                f"Rasa can't read this file: {reason}.",
                "Put texts with ?, : or # in quotes.",
            )


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


def slot_specs(domain: Domain, raw: RawSlots) -> dict[str, SlotSpec]:
    """Every slot of the domain, with what only the files say of it."""
    specs: dict[str, SlotSpec] = {}
    for slot in domain.slots:
        known = {"initial_value": slot.initial_value, "mappings": slot.mappings}
        own = plain(raw.get(slot.name, {}))
        if own:  # written without mappings it is filled by commands; Rasa's copy has one
            own.setdefault("mappings", [])
        data = {**known, "type": slot.type_name, **own}
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
    if not left and mapping.get("type") == "custom" and mapping.get("action"):
        # Its action runs when slot filling finds that the flow's condition holds.
        return {key: value for key, value in mapping.items() if key != "conditions"}
    return {**mapping, "conditions": left} if left else None
