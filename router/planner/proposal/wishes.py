"""What the planner knows better than the data."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from difflib import get_close_matches
from itertools import combinations

from router.errors import InvalidConfig, Location, Problem
from router.planner.model import Inventory

__all__ = ["Constraints", "Wishes", "constraints_of"]


@dataclass(frozen=True)
class Wishes:
    """What the areas have to be like; skills are named as they are, or by an entry intent.

    Attributes:
        areas: how many; None leaves it to the data.
        together: groups of skills, each within one area.
        apart: groups of skills, no two of each in one area.
        pinned: area -> skills that are in it; others may join them.
    """

    areas: int | None = None
    together: tuple[tuple[str, ...], ...] = ()
    apart: tuple[tuple[str, ...], ...] = ()
    pinned: Mapping[str, tuple[str, ...]] = field(default_factory=dict)


@dataclass(frozen=True)
class Constraints:
    """Wishes that agree with one another, in terms of skills.

    `blocks` are skills that stay together, disjoint; `apart` are pairs that don't (both ways);
    `pins` are the names of areas by skill.
    """

    areas: int | None = None
    blocks: tuple[frozenset[str], ...] = ()
    apart: frozenset[tuple[str, str]] = frozenset()
    pins: Mapping[str, str] = field(default_factory=dict)

    @property
    def skills(self) -> frozenset[str]:
        """All that are named."""
        return frozenset().union(*self.blocks, *self.apart)

    def with_blocks(self, blocks: Iterable[frozenset[str]]) -> Constraints:
        """With more skills that stay together, none of them named so far."""
        return replace(self, blocks=(*self.blocks, *blocks))

    def part(self, some: Iterable[str], others: Iterable[str]) -> bool:
        """Whether two groups may not be one area."""
        first, second = list(some), list(others)
        pins = {self.pins[skill] for skill in (*first, *second) if skill in self.pins}
        return len(pins) > 1 or any((a, b) in self.apart for a in first for b in second)


def constraints_of(wishes: Wishes, inventory: Inventory) -> Constraints:
    """Wishes checked against a bot and each other.

    Raises:
        InvalidConfig: they name what the bot doesn't have, or can't all be fulfilled.
    """
    problems: list[Problem] = []
    names = _Names(inventory, problems)
    together = [names.skills("--keep-together", group) for group in wishes.together]
    apart = [names.skills("--keep-apart", group) for group in wishes.apart]
    pinned = {area: names.skills("--pin", group) for area, group in wishes.pinned.items()}
    blocks = _joined([*together, *pinned.values()])
    pairs = {
        pair for group in apart for a, b in combinations(group, 2) for pair in ((a, b), (b, a))
    }
    pins: dict[str, str] = {}
    for block in blocks:
        areas = [area for area, group in pinned.items() if block & set(group)]
        problems += _pinned_twice(block, areas, pinned)
        pins.update((skill, areas[0]) for skill in block if areas)
        problems += (
            _problem(
                "--keep-apart",
                f"'{a}' and '{b}' are to be kept apart, and together.",
                "Leave one of the two wishes out.",
            )
            for a, b in combinations(sorted(block), 2)
            if (a, b) in pairs
        )
    problems += _wrong_number(wishes.areas, pinned, apart, inventory)
    if problems:
        raise InvalidConfig(problems)
    return Constraints(wishes.areas, tuple(blocks), frozenset(pairs), pins)


class _Names:
    """Skills by what they may be called."""

    def __init__(self, inventory: Inventory, problems: list[Problem]) -> None:
        self._skills = {name: name for name in inventory.skills}
        for skill in inventory.skills.values():
            for intent in skill.entry_intents:
                self._skills.setdefault(intent, skill.name)
        self._problems = problems

    def skills(self, option: str, names: Iterable[str]) -> tuple[str, ...]:
        found: dict[str, None] = {}
        for name in names:
            if name in self._skills:
                found[self._skills[name]] = None
                continue
            close = get_close_matches(name, self._skills, 1)
            advice = f"Did you mean '{close[0]}'?" if close else "Name a skill of the inventory."
            self._problems.append(_problem(option, f"there is no skill '{name}'.", advice))
        return tuple(found)


def _joined(groups: Iterable[tuple[str, ...]]) -> list[frozenset[str]]:
    """Groups that have a skill in common become one."""
    joined: list[frozenset[str]] = []
    for group in groups:
        touched = [block for block in joined if block & set(group)]
        joined = [block for block in joined if block not in touched]
        joined.append(frozenset(group).union(*touched))
    return sorted((block for block in joined if block), key=min)


def _pinned_twice(
    block: frozenset[str], areas: list[str], pinned: Mapping[str, tuple[str, ...]]
) -> Iterator[Problem]:
    if len(areas) > 1:
        both = sorted(block.intersection(*(pinned[area] for area in areas)))
        who = f"'{both[0]}' is" if both else f"{_quoted(sorted(block))} are to be together, and"
        message = f"{who} pinned to {_quoted(areas)}."
        yield _problem("--pin", message, "A skill is in one area: leave one of them out.")


def _wrong_number(
    areas: int | None,
    pinned: Mapping[str, tuple[str, ...]],
    apart: list[tuple[str, ...]],
    inventory: Inventory,
) -> Iterator[Problem]:
    if areas is None:
        return
    if areas < 1:
        yield _problem("--areas", f"{areas} is no number of areas.", "Give 1 or more.")
    elif areas < len(pinned):
        message = f"{areas} areas are too few for the pinned {_quoted(pinned)}."
        yield _problem("--areas", message, f"Give {len(pinned)} or more.")
    elif apart and areas < (least := max(map(len, apart))):
        message = f"{least} skills can't be kept apart in {areas} areas."
        yield _problem("--areas", message, f"Give {least} or more.")
    elif areas > len(inventory.skills):
        message = f"{areas} areas are more than the bot's {len(inventory.skills)} skills."
        yield _problem("--areas", message, f"Give {len(inventory.skills)} or fewer.")


def _quoted(names: Iterable[str]) -> str:
    return ", ".join(f"'{name}'" for name in names)


def _problem(option: str, message: str, advice: str) -> Problem:
    return Problem(Location(option), "wishes", message, advice)
