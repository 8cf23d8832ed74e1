"""Reading what a test says of an assertion; what can't be read is refused with its place."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, NoReturn

from router.errors import InvalidTest, Location, Problem
from router.flows.model import NOWHERE
from router.flows.sections import quote
from router.flows.spelling import did_you_mean, nearest
from router.flows.yaml_values import key_location_of, location_of

__all__ = [
    "Name",
    "items_in",
    "map_in",
    "name_in",
    "names_in",
    "number_in",
    "one_of",
    "place_in",
    "refuse",
    "refuse_value",
    "text_in",
    "truth_in",
]


@dataclass(frozen=True)
class Name:
    """A name of the bot's, and where the test writes it."""

    text: str
    location: Location = field(compare=False)

    def __str__(self) -> str:
        return self.text


def refuse(location: Location, code: str, message: str, advice: str) -> NoReturn:
    """Raises `InvalidTest` with one problem."""
    raise InvalidTest([Problem(location, code, message, advice)])


def refuse_value(value: Any, location: Location, key: str, advice: str) -> NoReturn:
    """Raises `InvalidTest`: `key` can't be `value`."""
    refuse(location, "invalid-value", f"'{key}' can't be {quote(value)}.", advice)


def place_in(container: Any, key: Any, otherwise: Location) -> Location:
    """Where the value of `key` (an index in a list) stands, if the container knows."""
    place = location_of(container, key)
    return otherwise if place == NOWHERE else place


def items_in(value: Any, location: Location) -> Iterator[tuple[Any, Location]]:
    """The items of a list, or the one value that stands for a list of it."""
    if not isinstance(value, list):
        yield value, location
        return
    for index, item in enumerate(value):
        yield item, place_in(value, index, location)


def text_in(value: Any, location: Location, key: str, advice: str = "") -> str:
    """A text that isn't empty."""
    if isinstance(value, str) and value.strip():
        return value
    if isinstance(value, (bool, int, float)):
        refuse_value(value, location, key, "Put quotes round it, so that it is a text.")
    refuse_value(value, location, key, advice or f"Write `{key}:` and a text.")


def name_in(value: Any, location: Location, key: str, advice: str = "") -> Name:
    """One name."""
    return Name(text_in(value, location, key, advice).strip(), location)


def names_in(value: Any, location: Location, key: str, advice: str) -> tuple[Name, ...]:
    """One name, or a list of one or more."""
    found = tuple(name_in(item, place, key, advice) for item, place in items_in(value, location))
    if not found:
        refuse_value(value, location, key, advice)
    return found


def number_in(
    value: Any, location: Location, key: str, least: float = 0.0, most: float | None = None
) -> float:
    """A number from `least` to `most`."""
    is_number = isinstance(value, (int, float)) and not isinstance(value, bool)
    if not is_number or not least <= value or (most is not None and value > most):
        bounds = f"of {least:g} or more" if most is None else f"from {least:g} to {most:g}"
        refuse_value(value, location, key, f"Write a number {bounds}.")
    return float(value)


def one_of(value: Any, location: Location, key: str, known: Sequence[str]) -> str:
    """One of a few words."""
    if value not in known:
        words = f"{', '.join(known[:-1])} or {known[-1]}"
        near = nearest(value, known) if isinstance(value, str) else None
        advice = f"Did you mean '{near}'?" if near else f"Write {words}."
        refuse_value(value, location, key, advice)
    return str(value)


def truth_in(value: Any, location: Location, key: str) -> bool:
    """`true` or `false`."""
    if not isinstance(value, bool):
        refuse_value(value, location, key, f"Write `{key}: true` or `{key}: false`.")
    return value


def map_in(
    value: Any,
    location: Location,
    name: str,
    known: Sequence[str],
    *,
    required: Sequence[str] = (),
    advice: str,
) -> Mapping[str, Any]:
    """A map with some of the `known` keys, and all that are `required`.

    Args:
        value: what the test gives the assertion, or an item of it.
        location: where it stands.
        name: what errors call it.
        known: the keys that it may have.
        required: those that it must have.
        advice: how such a map is written.

    Raises:
        InvalidTest: with all that's wrong with its keys.
    """
    if not isinstance(value, Mapping):
        refuse_value(value, location, name, advice)
    problems = [
        Problem(
            _key_place(value, key, location),
            "unknown-key",
            f"'{name}' has no key '{key}'.",
            did_you_mean(key, known, f"Known here: {', '.join(known)}."),
        )
        for key in value
        if key not in known
    ]
    problems += [
        Problem(location, "missing-key", f"'{name}' lacks the key '{key}'.", advice)
        for key in required
        if key not in value
    ]
    if not value:
        problems.append(Problem(location, "invalid-value", f"'{name}' says nothing.", advice))
    if problems:
        raise InvalidTest(problems)
    return value


def _key_place(container: Any, key: Any, otherwise: Location) -> Location:
    place = key_location_of(container, key)
    return otherwise if place == NOWHERE else place
