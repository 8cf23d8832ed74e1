"""The kinds of steps: which keys each has, and how it is read."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from router.errors import Location
from router.flows.conditions import parse_condition
from router.flows.model import (
    ActionStep,
    Branch,
    CallStep,
    CollectStep,
    LinkStep,
    NoopStep,
    Rejection,
    SetSlotsStep,
    Step,
)
from router.flows.sections import UNSUPPORTED_KEYS, Section, quote
from router.flows.yaml_values import plain

__all__ = ["KIND_KEYS", "build_step", "target_of"]

# Kind of step (its key) -> the further keys that only steps of this kind have.
KIND_KEYS: Mapping[str, frozenset[str]] = {
    "action": frozenset(),
    "collect": frozenset(
        {
            "ask_before_filling",
            "description",
            "force_slot_filling",
            "rejections",
            "reset_after_flow_ends",
            "utter",
        }
    ),
    "set_slots": frozenset(),
    "link": frozenset(),
    "call": frozenset(),
    "noop": frozenset(),
}


# What names another thing by its value, and what to write there.
_NAMED: Mapping[str, str] = {
    "action": "Write the name of an action or a response.",
    "collect": "Write the name of a slot.",
    "link": "Write a flow's id.",
    "call": "Write a flow's id.",
}
# Stands where the condition of a rejection can't be read, so that the rest of it is checked.
_UNREAD_CONDITION = parse_condition(True)


def target_of(kind: str, section: Section) -> str:
    """What the step acts on, as a part of its generated id; "" if there's nothing."""
    value = section.data.get(kind)
    if kind == "set_slots" and isinstance(value, list) and value:
        value = value[0]
    if isinstance(value, Mapping):
        return str(next(iter(value), ""))
    return value if isinstance(value, str) else ""


def build_step(
    kind: str, section: Section, step_id: str, ways_on: tuple[Branch, ...]
) -> Step | None:
    """The step of that kind, as far as it can be read; None if it can't be at all.

    What is wrong with it goes to the section's findings.
    """
    if kind not in section:
        return None
    place = section.at(kind)
    if kind in _NAMED:
        name = section.text(kind, _NAMED[kind])
        if not name or not UNSUPPORTED_KEYS.isdisjoint(section.data):
            return None
        if kind == "action":
            return ActionStep(step_id, ways_on, place, action=name)
        if kind == "collect":
            return _collect(section, CollectStep(step_id, ways_on, place, slot=name))
        target = LinkStep if kind == "link" else CallStep
        return target(step_id, ways_on, place, flow=name)
    if kind == "set_slots":
        placed = tuple(_slot_values(section))
        values = tuple((slot, value) for slot, value, _ in placed)
        places = tuple(at for _, _, at in placed)
        return SetSlotsStep(step_id, ways_on, place, values=values, places=places)
    if section.data[kind] is not True:
        section.invalid(kind, "Write 'noop: true'.")
    return NoopStep(step_id, ways_on, place)


def _collect(section: Section, step: CollectStep) -> CollectStep:
    utter = section.text("utter", "Write the name of a response.")
    if not utter and "utter" not in section and "utter" not in section.misspelt:
        utter = f"utter_ask_{step.slot}"
    return CollectStep(
        step.id,
        step.next,
        step.location,
        slot=step.slot,
        description=section.text("description"),
        utter=utter,
        ask_action=f"action_ask_{step.slot}",
        ask_before_filling=section.flag("ask_before_filling", False),
        reset_after_flow_ends=section.flag("reset_after_flow_ends", True),
        force_slot_filling=section.flag("force_slot_filling", False),
        rejections=tuple(_rejections(section)),
    )


def _rejections(section: Section) -> Iterator[Rejection]:
    advice = "Write a list of '- if: ... utter: ...' items."
    items = section.items("rejections", advice, may_be_empty=True)
    for index in range(len(items)):
        item = section.subsection(items, index, f"a rejection of {section.name}", advice)
        if item is None:
            continue
        item.check_keys({"if", "utter"})
        item.require("if", "Write the condition under which the answer isn't accepted.")
        item.require("utter", "Write the name of the response that says why.")
        condition = item.condition("if")
        utter = item.text("utter", "Write the name of a response.")
        yield Rejection(condition or _UNREAD_CONDITION, utter, item.at("if"), item.at("utter"))


def _slot_values(section: Section) -> Iterator[tuple[str, Any, Location]]:
    advice = "Write a list of '- slot: value' items."
    value = section.data["set_slots"]
    if isinstance(value, Mapping) and value:
        maps = [Section(value, section.name, section.findings)]
    else:
        items = section.items("set_slots", advice)
        read = (
            section.subsection(items, index, f"an item of {section.name}", advice, size=1)
            for index in range(len(items))
        )
        maps = [item for item in read if item]
    for item in maps:
        for slot, new_value in item.data.items():
            if not isinstance(slot, str):
                message = f"A slot can't be named {quote(slot)}."
                section.findings.error("invalid-value", item.at_key(slot), message, advice)
            else:
                yield slot, plain(new_value), item.at_key(slot)
