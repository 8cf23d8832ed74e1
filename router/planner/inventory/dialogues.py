"""Rules and stories of a file, and what in them can't be read."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from router.checks.training_data import Dialogue, dialogues_in
from router.errors import Location
from router.flows.yaml_values import key_location_of, location_of
from router.planner.inventory.wording import place

__all__ = ["dialogues_of"]

_NAMED = ("intent", "action", "checkpoint")
_KEYS = (*_NAMED, "user", "bot", "active_loop", "form", "slot_was_set", "or")


def dialogues_of(file: Path, data: Mapping[str, Any], reasons: list[str]) -> Iterator[Dialogue]:
    """The rules and stories of what a file holds, without their steps that say nothing."""
    unreadable = dict(_unreadable(data))
    for dialogue in dialogues_in(file, data):
        if unreadable and any(step.location in unreadable for step in dialogue.steps):
            steps = tuple(step for step in dialogue.steps if step.location not in unreadable)
            dialogue = replace(dialogue, steps=steps)
        yield dialogue
    reasons += (f"{place(where)}: {why}" for where, why in unreadable.items())


def _unreadable(data: Mapping[str, Any]) -> Iterator[tuple[Location, str]]:
    for key, kind in (("rules", "rule"), ("stories", "story")):
        items = data.get(key)
        if items is None:
            continue
        if not isinstance(items, list):
            yield location_of(data, key), f"`{key}` isn't a list."
            continue
        for index, item in enumerate(items):
            if not isinstance(item, Mapping) or kind not in item:
                yield location_of(items, index), f"this isn't a {kind}: write `- {kind}: name`."
            elif not isinstance(item.get("steps"), list):
                yield key_location_of(item, kind), f"'{item[kind]}' has no steps."
            else:
                yield from _steps(item["steps"])


def _steps(steps: list[Any]) -> Iterator[tuple[Location, str]]:
    for index, step in enumerate(steps):
        if not isinstance(step, Mapping):
            yield location_of(steps, index), f"{step!r} isn't a step."
            continue
        if not any(key in step for key in _KEYS):
            keys = ", ".join(map(str, step)) or "nothing"
            yield location_of(steps, index), f"a step with {keys} isn't known."
        for key in _NAMED:
            if key in step and isinstance(step[key], dict | list | None):
                yield location_of(step, key), f"`{key}` names nothing."
        if isinstance(step.get("or"), list):
            yield from _steps(step["or"])
