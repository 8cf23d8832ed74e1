"""Literals that a slot's type never takes, and conditions that mean another thing elsewhere."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from router.errors import InvalidCondition, InvalidSlotValue, Location, Problem
from router.flows.assistant import Assistant
from router.flows.checks import CONTEXT_VALUE
from router.flows.condition_values import equal
from router.flows.conditions import Condition, LiteralComparison, parse_condition
from router.flows.model import ActionStep, CollectStep, Flow, SetSlotsStep
from router.flows.slots import SlotSpec
from router.flows.spelling import did_you_mean
from router.flows.yaml_values import location_of

__all__ = ["condition_problems", "flow_conditions", "flow_literal_problems", "value_problem"]

_NAMESPACE = "slots."
_CONTEXT = "context."
# Pattern -> what it is started with; other flows have no context.
_CONTEXT_KEYS: Mapping[str, frozenset[str]] = {
    "pattern_cancel_flow": frozenset({"canceled_name"}),
    "pattern_cannot_handle": frozenset({"reason"}),
    "pattern_clarification": frozenset({"clarification_options", "names"}),
    "pattern_collect_information": frozenset({"collect", "collect_action", "rejections", "utter"}),
    "pattern_completed": frozenset({"previous_flow_name"}),
    "pattern_continue_interrupted": frozenset({"previous_flow_name"}),
    "pattern_correction": frozenset({"corrected_slots", "is_reset_only", "new_slot_values"}),
    "pattern_internal_error": frozenset({"error_type", "info"}),
}
_EQUALITIES = frozenset({"=", "!=", "in"})
_TEMPLATE = "{"


def flow_literal_problems(assistant: Assistant) -> Iterator[Problem]:
    """What conditions compare slots with, and what steps set them to."""
    for flow in assistant.flows.values():
        for condition, place in flow_conditions(flow):
            yield from _meaning_problems(condition, place, assistant)
            yield from _context_problems(condition.names, place, flow)
        for text, place in _templates(flow):
            yield from _context_problems(CONTEXT_VALUE.findall(text), place, flow)
        for step in flow.steps:
            for name, value, place in (
                step.placed_values() if isinstance(step, SetSlotsStep) else ()
            ):
                spec = assistant.slots.get(name)
                problem = value_problem(spec, value, place) if spec else None
                if problem:
                    yield problem


def condition_problems(
    data: Mapping[str, Any], key: str, owner: str, assistant: Assistant
) -> Iterator[Problem]:
    """A condition of the domain: unknown slots beside what flows' conditions are checked for.

    One that can't be parsed was reported when the domain was read.
    """
    try:
        condition = parse_condition(data[key])
    except InvalidCondition:
        return
    place = location_of(data, key)
    for name in sorted(condition.names):
        slot = name.removeprefix(_NAMESPACE).split(".")[0]
        if name.startswith(_NAMESPACE) and slot not in assistant.slots:
            message = f"A condition of {owner} uses the slot '{slot}', which isn't in the domain."
            advice = did_you_mean(slot, assistant.slots, "Add it to the domain's slots.")
            yield Problem(place, "unknown-slot", message, advice)
    yield from _meaning_problems(condition, place, assistant)


def value_problem(spec: SlotSpec, value: Any, place: Location) -> Problem | None:
    """The error of a value that the slot's type can't take."""
    if isinstance(value, str) and _TEMPLATE in value:
        return None  # what it will be isn't known yet
    try:
        spec.coerce(value)
    except InvalidSlotValue as error:
        message = f"The slot '{spec.name}' ({spec.type}) can't take this value: {error}."
        advice = "Write a value of the slot's type, or null to unset it."
        return Problem(place, "illegal-value", message, advice)
    return None


def flow_conditions(flow: Flow) -> Iterator[tuple[Condition, Location]]:
    """Its guard, and the conditions of branches and rejections, with their places."""
    if flow.guard:
        yield flow.guard, flow.place("if")
    for step in flow.steps:
        for branch in step.next:
            if branch.condition:
                yield branch.condition, branch.location
        if isinstance(step, CollectStep):
            for rejection in step.rejections:
                yield rejection.condition, rejection.location


def _templates(flow: Flow) -> Iterator[tuple[str, Location]]:
    for step in flow.steps:
        if isinstance(step, ActionStep):
            yield step.action, step.location
        elif isinstance(step, CollectStep):
            yield step.utter, step.location
            for rejection in step.rejections:
                yield rejection.utter, rejection.utter_location


def _context_problems(names: Iterable[str], place: Location, flow: Flow) -> Iterator[Problem]:
    known = _CONTEXT_KEYS.get(flow.id, frozenset())
    for name in sorted(names):
        key = name.removeprefix(_CONTEXT).split(".")[0]
        if name.startswith(_CONTEXT) and key not in known:
            message = f"Flow '{flow.id}' has no '{_CONTEXT}{key}': it is always null."
            otherwise = f"Known here: {', '.join(sorted(known)) or 'nothing'}."
            advice = did_you_mean(key, known, otherwise)
            yield Problem(place, "unknown-context", message, advice, is_warning=True)


def _meaning_problems(
    condition: Condition, place: Location, assistant: Assistant
) -> Iterator[Problem]:
    for comparison in condition.literal_comparisons:
        name = comparison.name.removeprefix(_NAMESPACE)
        spec = assistant.slots.get(name) if comparison.name.startswith(_NAMESPACE) else None
        if spec and comparison.operator in _EQUALITIES:
            yield from _literal_problems(spec, comparison, place)
    if condition.mixes_and_or:
        yield Problem(
            place,
            "mixed-and-or",
            f"{condition.text!r} mixes 'and' with 'or': it is read as '(a and b) or c' here, "
            "and as 'a and (b or c)' by other readers of flows.",
            "Write the parentheses that you mean.",
            is_warning=True,
        )


def _literal_problems(
    spec: SlotSpec, comparison: LiteralComparison, place: Location
) -> Iterator[Problem]:
    literal = comparison.literal
    if spec.type == "bool":
        if isinstance(literal, bool) or not isinstance(literal, str | int | float):
            return
        if str(literal).casefold() in {"true", "false"}:
            return
        advice = "Write true, false or null."
    elif spec.type == "categorical" and spec.values:
        if not isinstance(literal, str | int | float) or _is_among(literal, spec.values):
            return
        known = ", ".join(spec.values)
        advice = did_you_mean(literal, spec.values, "") or f"Its values: {known}."
    else:
        return
    message = (
        f"The slot '{spec.name}' ({spec.type}) is compared with {literal!r}, which it can never be."
    )
    yield Problem(place, "illegal-literal", message, advice)


def _is_among(literal: str | float, values: tuple[str, ...]) -> bool:
    """As conditions compare: whatever the case, and 1 is "1"."""
    return any(equal(literal, value, ignore_case=True) for value in values)
