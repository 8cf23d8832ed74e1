"""Which skills are in progress at checkpoints and in forms."""

from __future__ import annotations

from collections.abc import Collection, Sequence

from router.planner.inventory.grouping import Group, Groups
from router.planner.inventory.parts import loop_door
from router.planner.inventory.traits import Skills
from router.planner.inventory.walking import INCOMING, Walk

__all__ = ["Arrivals"]


class Arrivals:
    """The skills that come through each door: checkpoints, circular ones too, and forms.

    A form that no rule or story activates becomes a skill of its own, added to `groups`:
    something that files don't show (a custom action) activates it.
    """

    def __init__(self, walks: Sequence[Walk], groups: Groups, forms: Collection[str]) -> None:
        self._through: dict[str, set[int]] = {}
        self._onward: dict[str, set[str]] = {}
        self.orphans: list[str] = []
        seeds: list[tuple[str, int]] = []
        for form, owners in groups.owners.items():
            seeds += ((loop_door(form), owner) for owner in sorted(owners))
        for walk in walks:
            exits = [(door, walk.ends_in) for door in walk.part.leaves]
            exits += (
                (loop_door(form), skills)
                for form, skills in walk.activated
                if len(groups.owners.get(form, ())) != 1
            )
            for door, skills in exits:
                if skills == INCOMING:
                    for enters in walk.part.enters:
                        self._onward.setdefault(enters, set()).add(door)
                else:
                    seeds += ((door, skill) for skill in sorted(skills))
        self._spread(seeds)
        led_to = {door for doors in self._onward.values() for door in doors}
        for form in sorted(forms, key=lambda form: loop_door(form) in led_to):
            if loop_door(form) not in self._through:
                self.orphans.append(form)
                groups.groups.append(Group(forms=[form]))
                self._spread([(loop_door(form), len(groups.groups) - 1)])

    def at(self, doors: Collection[str]) -> Skills:
        """The skills that come through one of the doors."""
        return frozenset(skill for door in doors for skill in self._through.get(door, ()))

    def resolved(self, skills: Skills, walk: Walk) -> Skills:
        """The skills, with those that come into the part in the place of `INCOMING`."""
        if not skills & INCOMING:
            return skills
        return (skills - INCOMING) | self.at(walk.part.enters)

    def _spread(self, seeds: list[tuple[str, int]]) -> None:
        waiting = list(seeds)
        while waiting:
            door, skill = waiting.pop()
            found = self._through.setdefault(door, set())
            if skill not in found:
                found.add(skill)
                waiting += ((onward, skill) for onward in self._onward.get(door, ()))
