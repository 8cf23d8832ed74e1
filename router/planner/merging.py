"""What a bot has gained and lost since its plan was written, put into the plan people edit.

New skills go to the area of those they hang together with, or to one of their own; what a
person wrote stays as it is, and what the bot no longer has is told, not removed.
"""

from __future__ import annotations

import difflib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from itertools import chain, count
from pathlib import Path
from typing import Any

from router.errors import Location
from router.flows.yaml_source import parse_yaml
from router.flows.yaml_values import location_of, plain
from router.plan.insertion import with_additions
from router.plan.model import Area, MigrationPlan
from router.plan.reading import read_plan
from router.plan.writing import area_keys, plan_text
from router.planner.first_plan import flows_of, in_words
from router.planner.model import Inventory, Skill
from router.planner.present import Present

__all__ = ["Gone", "Merged", "merged"]

_KEYS = {"skills": "skill", "intents": "intent", "flows": "flow"}
_ONE_TURN = "one_turn"


@dataclass(frozen=True, order=True)
class Gone:
    """A name in the plan that the bot doesn't have."""

    location: Location
    kind: str
    name: str

    def __str__(self) -> str:
        return (
            f"{self.location.file}:{self.location.line}: the bot has no {self.kind} '{self.name}'."
        )


@dataclass(frozen=True)
class Merged:
    """A plan with what's new in it: the file's text before and after, and both in words.

    `before` is None if there was no file.
    """

    file: str
    plan: MigrationPlan
    before: str | None
    after: str
    added: tuple[str, ...] = ()
    gone: tuple[Gone, ...] = ()

    @property
    def changes(self) -> bool:
        """Whether there's anything to write."""
        return self.after != self.before

    @property
    def diff(self) -> str:
        """The change as a unified diff, empty for a new file."""
        if self.before is None:
            return ""
        lines = difflib.unified_diff(
            self.before.splitlines(keepends=True),
            self.after.splitlines(keepends=True),
            self.file,
            f"{self.file} (with what's new)",
        )
        return "".join(line if line.endswith("\n") else f"{line}\n" for line in lines)


def merged(path: Path, proposed: MigrationPlan, inventory: Inventory, present: Present) -> Merged:
    """The plan at a path with what a proposal has beyond it; the proposal, if there is none.

    Intents are added to areas only of the system that answers them now, so that adding one
    moves no traffic.

    Raises:
        InvalidPlan: the file can't be read, or is written so that nothing can be added.
    """
    if not path.exists():
        return Merged(str(path), proposed, None, plan_text(proposed))
    plan = read_plan(path)
    before = path.read_bytes().decode("utf-8")
    merge = _Merge(plan, proposed, inventory.skills)
    merge.run()
    after = with_additions(before, str(path), merge.tree) if merge.tree else before
    return Merged(
        file=str(path),
        plan=MigrationPlan.model_validate(plain(parse_yaml(after, str(path)) or {})),
        before=before,
        after=after,
        added=tuple(merge.added),
        gone=tuple(_gone(before, str(path), plan, inventory, present)),
    )


@dataclass
class _Merge:
    plan: MigrationPlan
    proposed: MigrationPlan
    skills: Mapping[str, Skill]
    tree: dict[str, Any] = field(default_factory=dict)
    added: list[str] = field(default_factory=list)

    def run(self) -> None:
        self.owners = {
            (key, name): skill
            for skill in self.skills.values()
            for key, names in _names(skill).items()
            for name in names
        }
        self.known = {
            (key, name): home
            for home, part in [*self.plan.areas.items(), (_ONE_TURN, self.plan.one_turn)]
            for key in _KEYS
            for name in getattr(part, key, ())
        }
        for title, area in self.proposed.areas.items():
            self._add_area(title, area)
        for key in ("skills", "intents"):
            for name in getattr(self.proposed.one_turn, key):
                if (key, name) not in self.known:
                    home = self._home_of_owner(key, name)
                    is_nlu = home in self.plan.areas and not self.plan.areas[home].is_calm
                    self._add(home if home and is_nlu else _ONE_TURN, key, name)
        kept = {each.skill for each in self.plan.keep_in_both}
        for each in self.proposed.keep_in_both:
            if each.skill not in kept:
                self.tree.setdefault("keep_in_both", []).append(each.model_dump())
                self.added.append(f"skill '{each.skill}' to keep_in_both")
        for slot in self.proposed.shared_slots:
            if slot not in self.plan.shared_slots:
                self.tree.setdefault("shared_slots", []).append(slot)
                self.added.append(f"shared slot '{slot}'")

    def _add_area(self, title: str, area: Area) -> None:
        beyond: dict[str, list[str]] = {key: [] for key in _KEYS}
        for key in _KEYS:
            for name in getattr(area, key):
                if (key, name) in self.known:
                    continue
                home = self._home_of_owner(key, name)
                if not self._suits(home, key, area):
                    home = self._most_alike(title, area)
                if home:
                    self._add(home, key, name)
                else:
                    beyond[key].append(name)
        if any(beyond.values()):
            new = Area.model_validate({**area.model_dump(), **beyond})
            words = in_words(beyond["skills"] or beyond["intents"] or beyond["flows"])
            own = self._free(title)
            keys = area_keys(new.model_copy(update={"description": words}))
            self.tree.setdefault("areas", {})[own] = keys
            contents = ", ".join(chain.from_iterable(beyond.values()))
            self.added.append(f"area '{own}': {', '.join(dict.fromkeys(contents.split(', ')))}")

    def _home_of_owner(self, key: str, name: str) -> str:
        """Where the plan has the skill that a name belongs to, or what else is that skill's."""
        skill = self.owners.get((key, name))
        others = _names(skill) if skill else {}
        homes = (self.known.get((k, each)) for k, names in others.items() for each in names)
        return next(filter(None, homes), "")

    def _suits(self, home: str, key: str, area: Area) -> bool:
        if home == _ONE_TURN:
            return key != "flows" and not area.is_calm
        if home not in self.plan.areas:
            return False
        return key != "intents" or self.plan.areas[home].is_calm == area.is_calm

    def _most_alike(self, title: str, area: Area) -> str:
        """The area with most of what was proposed together, of the same system."""
        shared = {
            name: sum(
                self.known.get((key, each)) == name for key in _KEYS for each in getattr(area, key)
            )
            for name, own in self.plan.areas.items()
            if own.is_calm == area.is_calm
        }
        best = max(shared, key=lambda name: (shared[name], name == title), default="")
        return best if best and (shared[best] or best == title) else ""

    def _add(self, home: str, key: str, name: str) -> None:
        keys = self.tree.setdefault(_ONE_TURN, {}) if home == _ONE_TURN else self._area(home)
        keys.setdefault(key, []).append(name)
        self.added.append(f"{_KEYS[key]} '{name}' to {home}")

    def _area(self, name: str) -> dict[str, Any]:
        keys: dict[str, Any] = self.tree.setdefault("areas", {}).setdefault(name, {})
        return keys

    def _free(self, title: str) -> str:
        taken = {*self.plan.areas, *self.tree.get("areas", {})}
        names = chain([title], (f"{title}_{number}" for number in count(2)))
        return next(name for name in names if name not in taken)


def _names(skill: Skill) -> dict[str, tuple[str, ...]]:
    return {"skills": (skill.name,), "intents": skill.entry_intents, "flows": flows_of(skill)}


def _gone(
    text: str, file: str, plan: MigrationPlan, inventory: Inventory, present: Present
) -> Iterator[Gone]:
    skills = inventory.skills.values()
    opening = {intent for skill in skills for intent in skill.entry_intents}
    there = {
        "skills": set(inventory.skills),
        "intents": opening.union(present.intents) if present.intents else None,
        "flows": {flow for skill in skills for flow in flows_of(skill)},
        "shared_slots": set(present.slots) if present.slots else None,
    }
    kinds = {**_KEYS, "shared_slots": "slot"}
    data = parse_yaml(text, file) or {}
    places = [*data.get("areas", {}).values(), data.get(_ONE_TURN, {}), data]
    for part in places:
        for key, names in there.items():
            for index, name in enumerate(part.get(key, ())):
                if names is not None and name not in names:
                    yield Gone(location_of(part[key], index), kinds[key], name)
    for each in data.get("keep_in_both", ()):
        if each["skill"] not in inventory.skills:
            yield Gone(location_of(each, "skill"), "skill", each["skill"])
