"""The slots and responses of the domain: keys, conditions and templates."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping
from typing import Any

from router.checks.condition_checks import condition_problems
from router.checks.domain_files import RawSlots
from router.errors import InvalidCondition, Problem
from router.flows.assistant import Assistant
from router.flows.conditions import parse_condition
from router.flows.slots import ACTION_MAPPINGS, NLU_MAPPINGS, ROUTE_SLOT, STACK_SLOT
from router.flows.spelling import did_you_mean
from router.flows.yaml_values import key_location_of, location_of, text_location_of

__all__ = ["SLOT_KEYS", "response_problems", "slot_problems", "validation_problems"]

_SLOT_TYPES = frozenset({"any", "bool", "categorical", "float", "list", "text"})
_MAPPING_TYPES = NLU_MAPPINGS | ACTION_MAPPINGS | {"from_llm"}
SLOT_KEYS = frozenset(
    {
        "influence_conversation",
        "initial_value",
        "mappings",
        "max_value",
        "min_value",
        "shared_for_coexistence",
        "type",
        "validation",
        "value_reset_delay",
        "values",
    }
)


def slot_problems(slots: RawSlots) -> Iterator[Problem]:
    """Slots that can't work as they are written, whatever else is in the domain."""
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
        yield from _type_problems(name, slot)
        yield from _rejection_problems(name, slot)


def validation_problems(
    slots: RawSlots, assistant: Assistant, forms: Collection[str]
) -> Iterator[Problem]:
    """Names in the slots' `validation`, flows and forms in their mappings, that aren't there."""
    for name, slot in slots.items():
        yield from _mapping_problems(name, slot, assistant, forms)
        validation = slot.get("validation")
        if not isinstance(validation, Mapping):
            continue
        rejections = validation.get("rejections")
        for item in rejections if isinstance(rejections, list) else ():
            if not isinstance(item, Mapping) or not {"if", "utter"} <= item.keys():
                continue
            yield from condition_problems(item, "if", f"the slot {name}", assistant)
            yield from _utter_problems(name, item, "utter", assistant)
        if "refill_utter" in validation:
            yield from _utter_problems(name, validation, "refill_utter", assistant)


def response_problems(responses: Mapping[str, Any], assistant: Assistant) -> Iterator[Problem]:
    """Conditions and jinja templates of responses that can't be read."""
    for name, variations in responses.items():
        for variation in variations if isinstance(variations, list) else ():
            if not isinstance(variation, Mapping):
                continue
            if isinstance(variation.get("condition"), str):
                yield from _condition_text(variation, "condition")
                who = f"the response {name}"
                yield from condition_problems(variation, "condition", who, assistant)
            metadata = variation.get("metadata")
            if isinstance(metadata, Mapping) and metadata.get("template") == "jinja":
                yield from _template_problems(name, variation)


def _key_problems(name: str, slot: Mapping[str, Any]) -> Iterator[Problem]:
    if "." in str(slot.get("type")):  # a class of the bot's own may take any keys
        return
    for key in slot:
        if key not in SLOT_KEYS:
            message = f"The slot {name} has no key '{key}'."
            advice = did_you_mean(key, SLOT_KEYS, f"Known: {', '.join(sorted(SLOT_KEYS))}.")
            yield Problem(key_location_of(slot, key), "unknown-key", message, advice)


def _type_problems(name: str, slot: Mapping[str, Any]) -> Iterator[Problem]:
    kind = slot.get("type")
    if isinstance(kind, str) and "." not in kind and kind not in _SLOT_TYPES:
        message = f"The slot {name} has the type '{kind}', which doesn't exist."
        advice = did_you_mean(kind, _SLOT_TYPES, f"Known: {', '.join(sorted(_SLOT_TYPES))}.")
        yield Problem(location_of(slot, "type"), "slot-type", message, advice)
    mappings = slot.get("mappings")
    for mapping in mappings if isinstance(mappings, list) else ():
        kind = mapping.get("type") if isinstance(mapping, Mapping) else None
        if isinstance(kind, str) and kind not in _MAPPING_TYPES:
            message = f"A mapping of the slot {name} has the type '{kind}', which doesn't exist."
            known = ", ".join(sorted(_MAPPING_TYPES))
            advice = did_you_mean(kind, _MAPPING_TYPES, f"Known: {known}.")
            yield Problem(location_of(mapping, "type"), "mapping-type", message, advice)


def _rejection_problems(name: str, slot: Mapping[str, Any]) -> Iterator[Problem]:
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
        yield from _condition_text(item, "if")


def _condition_text(item: Mapping[str, Any], key: str) -> Iterator[Problem]:
    try:
        parse_condition(item[key])
    except InvalidCondition as error:
        place = text_location_of(item, key, error.position)
        message = f"The condition {item[key]!r} can't be read: {error}"
        yield Problem(place, "invalid-condition", message.rstrip(".") + ".")


def _utter_problems(
    slot: str, data: Mapping[str, Any], key: str, assistant: Assistant
) -> Iterator[Problem]:
    utter = str(data[key])
    if utter not in assistant.responses and "{{" not in utter:
        message = f"The validation of the slot {slot} utters '{utter}', which isn't a response."
        advice = did_you_mean(utter, assistant.responses, "Add it to the domain's responses.")
        yield Problem(location_of(data, key), "unknown-response", message, advice)


def _mapping_problems(
    name: str, slot: Mapping[str, Any], assistant: Assistant, forms: Collection[str]
) -> Iterator[Problem]:
    mappings = slot.get("mappings")
    for mapping in mappings if isinstance(mappings, list) else ():
        conditions = mapping.get("conditions") if isinstance(mapping, Mapping) else None
        for condition in conditions if isinstance(conditions, list) else ():
            if not isinstance(condition, Mapping):
                continue
            flow, form = condition.get("active_flow"), condition.get("active_loop")
            if flow is not None and assistant.flow(str(flow)) is None:
                message = f"A mapping of the slot {name} waits for the flow '{flow}'."
                advice = did_you_mean(flow, assistant.flows, "Write the id of a flow.")
                place = location_of(condition, "active_flow")
                yield Problem(place, "unknown-flow", message, advice)
            if form and str(form) not in forms:
                message = f"A mapping of the slot {name} waits for the form '{form}'."
                advice = did_you_mean(
                    str(form), forms, "Remove the mapping, or add the form to the domain."
                )
                place = location_of(condition, "active_loop")
                yield Problem(place, "unknown-form", message, advice)


def _template_problems(response: str, variation: Mapping[str, Any]) -> Iterator[Problem]:
    # Jinja takes a while to import, and few bots have such templates.
    from router.flows.response_templates import template_errors

    for path, reason in template_errors(variation):
        message = f"The jinja template in {path} of {response} can't be read: {reason}."
        advice = "Write {{ slots.name }}, or leave out `template: jinja`."
        place = location_of(variation, re.split(r"[.\[]", path)[0])
        yield Problem(place, "invalid-template", message, advice)
