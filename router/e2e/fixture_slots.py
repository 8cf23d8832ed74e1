"""The slots that a case begins with, in the types that the bot's domain gives them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from router.e2e.cases import TestCase
from router.errors import InvalidSlotValue, InvalidTest, Problem
from router.flows.slots import SlotSpec
from router.flows.yaml_values import plain

__all__ = ["fixture_slots"]


def fixture_slots(case: TestCase, slots: Mapping[str, SlotSpec]) -> dict[str, Any]:
    """Name -> value of what the case's fixtures set.

    Args:
        case: whose fixtures.
        slots: the bot's, by name.

    Raises:
        InvalidTest: the bot has no such slot, or the slot can't have the value.
    """
    values: dict[str, Any] = {}
    problems: list[Problem] = []
    for name, value in case.slots.items():
        place = case.slot_places.get(name, case.location)
        if name not in slots:
            message = f"The domain has no slot '{name}' for a fixture to set."
            problems.append(Problem(place, "unknown-slot", message, "Write a slot of the domain."))
            continue
        try:
            values[name] = slots[name].coerce(plain(value))
        except InvalidSlotValue as error:
            message = f"The slot '{name}' can't be set to it: {error}."
            problems.append(Problem(place, "invalid-value", message, "Write a value of its type."))
    if problems:
        raise InvalidTest(problems)
    return values
