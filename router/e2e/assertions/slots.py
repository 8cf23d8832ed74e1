"""`slot_was_set` and `slot_was_not_set`: what the turn does to slots."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from router.e2e.assertions.base import Moment, Named, Outcome, failed, passed
from router.e2e.assertions.reading import (
    Name,
    items_in,
    map_in,
    name_in,
    place_in,
    refuse,
    refuse_value,
)
from router.e2e.assertions.slot_values import same_value
from router.e2e.assertions.wording import as_value, listed, nearest_first
from router.e2e.observed import ObservedTurn
from router.errors import Location
from router.flows.spelling import nearest

__all__ = ["SlotValue", "SlotValues", "SlotWasNotSet", "SlotWasSet", "StepSlots"]

_KEYS = ("name", "value")


@dataclass(frozen=True)
class SlotValue:
    """A slot and, if `has_value`, the value in question; else any but null."""

    name: Name
    value: Any = None
    has_value: bool = False

    def __str__(self) -> str:
        return f"{self.name} = {as_value(self.value)}" if self.has_value else f"{self.name}"


@dataclass(frozen=True)
class SlotValues:
    """Several of them; `is_plain` if they are written as a step of their own."""

    slots: tuple[SlotValue, ...]
    is_plain: bool = False

    def __str__(self) -> str:
        return ", ".join(map(str, self.slots))


@dataclass(frozen=True)
class _Setting:
    """A slot's event; `is_given_back` if it is a reset that restores the initial value."""

    position: int
    name: str
    value: Any
    is_given_back: bool

    def is_of(self, slot: SlotValue) -> bool:
        """Whether it gives the slot the value in question."""
        if self.name != slot.name.text:
            return False
        if slot.has_value:
            return same_value(slot.value, self.value)
        return self.value is not None and not self.is_given_back


class _Slots:
    """What both have in common; `name` is the assertion's."""

    name = ""

    def read(self, value: Any, location: Location) -> SlotValues:
        """A list of `{name, value}`, the value being optional."""
        advice = f"Write `{self.name}:` and a list of `- name: slot`, with `value:` if it matters."
        slots = tuple(self._slot(item, place, advice) for item, place in items_in(value, location))
        if not slots:
            refuse_value(value, location, self.name, advice)
        return SlotValues(slots)

    def names(self, expected: SlotValues) -> Iterator[Named]:
        """The slots."""
        return (Named("slot", s.name.text, s.name.location) for s in expected.slots)

    def _slot(self, item: Any, place: Location, advice: str) -> SlotValue:
        if isinstance(item, str):
            return SlotValue(name_in(item, place, self.name))
        if isinstance(item, Mapping) and len(item) == 1 and not nearest(next(iter(item)), _KEYS):
            [slot] = item
            message = f"'{self.name}' has no key '{slot}'."
            otherwise = f"If it is a slot, write `- name: {slot}` and below it `value: ...`."
            refuse(place, "unknown-key", message, otherwise)
        given = map_in(item, place, self.name, _KEYS, required=("name",), advice=advice)
        name = name_in(given["name"], place_in(given, "name", place), "name", advice)
        return SlotValue(name, given.get("value"), "value" in given)


class SlotWasSet(_Slots):
    """Each of the slots is set by this turn's events, to that value if one is given.

    Without a value any does but null. `value: null` means that the slot is emptied. That it
    had the value before is not enough; a value that is taken back later in the turn is.
    Format: https://rasa.com/docs/pro/testing/evaluating-assistant
    """

    name = "slot_was_set"

    def check(self, expected: SlotValues, turn: ObservedTurn, moment: Moment) -> Outcome:
        """Whether all were set."""
        settings = list(_settings(turn, moment.after))
        met = {
            index: next((each.position for each in settings if each.is_of(slot)), None)
            for index, slot in enumerate(expected.slots)
        }
        missing = [slot for index, slot in enumerate(expected.slots) if met[index] is None]
        if not missing:
            return passed(max(position for position in met.values() if position is not None))
        return failed(
            "; ".join(
                [*(_instead(s, settings, turn) for s in missing), *_others(missing, settings)]
            )
        )


class SlotWasNotSet(_Slots):
    """None of the slots is set by this turn's events, to that value if one is given.

    Without a value none counts but null; what a reset gives back doesn't count either.
    Format: https://rasa.com/docs/pro/testing/evaluating-assistant
    """

    name = "slot_was_not_set"

    def check(self, expected: SlotValues, turn: ObservedTurn, moment: Moment) -> Outcome:
        """Whether none was set."""
        settings = list(_settings(turn, moment.after))
        wrong = [
            f"{each.name} was set to {as_value(each.value)}"
            for slot in expected.slots
            for each in settings
            if each.is_of(slot)
        ]
        return failed("; ".join(dict.fromkeys(wrong))) if wrong else passed()


class StepSlots:
    """A check of slots as a step of its own: a list of `name` and `{name: value}`, or one.

    It reads what `assertion` checks.
    """

    def __init__(self, assertion: SlotWasSet | SlotWasNotSet) -> None:
        self.assertion = assertion

    def read(self, value: Any, location: Location) -> SlotValues:
        """Names, maps of one slot to its value, or the assertion's own form."""
        slots = tuple(
            slot for item, place in items_in(value, location) for slot in self._slots(item, place)
        )
        if not slots:
            refuse_value(value, location, self.assertion.name, self._advice)
        return SlotValues(slots, is_plain=True)

    def check(self, expected: SlotValues, turn: ObservedTurn, moment: Moment) -> Outcome:
        """As the assertion."""
        return self.assertion.check(expected, turn, moment)

    def names(self, expected: SlotValues) -> Iterator[Named]:
        """The slots."""
        return self.assertion.names(expected)

    @property
    def _advice(self) -> str:
        return f"Write `{self.assertion.name}:` and a list of `- slot` or `- slot: value`."

    def _slots(self, item: Any, place: Location) -> Iterator[SlotValue]:
        if not isinstance(item, Mapping):
            yield SlotValue(name_in(item, place, self.assertion.name, self._advice))
        elif set(item) == set(_KEYS):
            yield from self.assertion.read(item, place).slots
        else:
            for key, value in item.items():
                name = name_in(key, place, self.assertion.name, self._advice)
                yield SlotValue(name, value, has_value=True)


def _settings(turn: ObservedTurn, after: int) -> Iterator[_Setting]:
    given_back = _given_back(turn)
    for position, name, value in turn.slots_set:
        if position > after:
            yield _Setting(position, name, value, position in given_back)


def _given_back(turn: ObservedTurn) -> frozenset[int]:
    """The positions of what resets restore: they end with the route's."""
    return frozenset(each for reset in turn.resets for each in turn.changed_with(reset))


def _instead(slot: SlotValue, settings: list[_Setting], turn: ObservedTurn) -> str:
    name = slot.name.text
    values = [as_value(each.value) for each in settings if each.name == name]
    if values:
        return f"{name} was set to {listed(values, ', then ')}"
    kept = turn.slots.get(name)
    return f"{name} wasn't set" + ("" if kept is None else f" (it was {as_value(kept)} before)")


def _others(missing: list[SlotValue], settings: list[_Setting]) -> list[str]:
    """What else was set, if anything, for a slot that wasn't may be another by its name."""
    wanted = [slot.name.text for slot in missing]
    others = {
        each.name: as_value(each.value)
        for each in settings
        if each.name not in wanted and each.value is not None and not each.is_given_back
    }
    names = nearest_first(others, wanted)
    return [f"set: {listed([f'{name} = {others[name]}' for name in names])}"] if names else []
