"""Tests of areas that moved before, which expect skills in the NLU system that now leave it."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from pathlib import Path
from typing import Any

from router.checks.files import read_or_note, yaml_files
from router.flows.yaml_values import key_location_of
from router.planner.inventory.wording import place
from router.planner.scaffold.bot import Bot, maps

__all__ = ["old_handoffs"]

_NLU = frozenset({"nlu", "nlu_once"})


def old_handoffs(
    area: str, intents: Collection[str], tests: Path, own: Path, bot: Bot
) -> Iterator[str]:
    """The end-to-end cases that fail once an area moves, each with its place.

    Args:
        area: its name.
        intents: those that open its skills.
        tests: the folder of end-to-end tests.
        own: the area's own part of it, which is left out.
        bot: its training data says what users say for an intent.
    """
    said = {f"/{intent}".casefold() for intent in intents}
    found = (bot.files.examples.get(intent) for intent in intents)
    said.update(text.casefold() for each in found if each for text in each.texts)
    for file in yaml_files([tests] if tests.exists() else []):
        if own in file.parents:
            continue
        data = read_or_note(file, [])  # what's wrong with it, `coexist test` tells
        for case in maps(data.get("test_cases") if isinstance(data, Mapping) else None):
            for step in maps(case.get("steps")):
                user = str(step.get("user", "")).strip()
                if user.casefold() in said and _expects_nlu(step):
                    yield (
                        f"{place(key_location_of(case, 'test_case'))}: "
                        f"'{case.get('test_case')}' expects '{user}' in the NLU system: change "
                        f"or delete it when {area} moves."
                    )
                    break


def _expects_nlu(step: Mapping[str, Any]) -> bool:
    for each in maps(step.get("assertions")):
        routed, handed = each.get("routed_to"), each.get("handoff")
        route = routed.get("route") if isinstance(routed, Mapping) else routed
        to = handed.get("to") if isinstance(handed, Mapping) else None
        if route in _NLU or to in _NLU:
            return True
    return False
