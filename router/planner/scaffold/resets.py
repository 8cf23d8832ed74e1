"""Where `action_reset_routing` is missing among the rules and stories that stay."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from router.checks.files import read_or_note
from router.checks.story_checks import missing_resets
from router.checks.training_data import Dialogue
from router.errors import Location
from router.flows.default_patterns import RESET_ACTION
from router.flows.yaml_values import key_location_of
from router.planner.inventory.wording import place
from router.planner.scaffold.bot import Bot
from router.planner.scaffold.text_edits import Addition
from router.routing.configuration import CalmEntry, IntentRouterConfig, NluEntry

__all__ = ["reset_additions"]


def reset_additions(
    sticky: Collection[str], bot: Bot, left_out: list[str]
) -> Iterator[tuple[str, Addition]]:
    """File and addition for each rule or story that keeps users in the NLU system.

    Args:
        sticky: the intents that bind a conversation to it.
        bot: its rules and stories are those of its training data.
        left_out: is told of what ends where no reset can be put.
    """
    dialogues = bot.project.training.dialogues
    forms = bot.files.domain.forms
    config = IntentRouterConfig(
        nlu_entry=NluEntry(sticky=tuple(sorted(sticky)), non_sticky=()),
        calm_entry=CalmEntry(sticky=()),
        unlisted="nlu_once",
    )
    entries = {
        problem.location
        for problem in missing_resets(dialogues, config, bot.project.assistant(), forms)
    }
    ends: dict[Location, Dialogue] = {}
    for dialogue in dialogues:
        if any(step.location in entries for step in dialogue.steps):
            found = list(_ends(dialogue, dialogues, forms, frozenset()))
            if not found:
                left_out.append(
                    f"{place(dialogue.location)}: '{dialogue.name}' ends where no step can "
                    f"follow: write {RESET_ACTION} where its conversation is over."
                )
            ends.update((each.location, each) for each in found)
    places = _places({location.file for location in ends})
    for location in sorted(ends):
        if location in places:
            yield location.file, Addition(places[location], {"action": RESET_ACTION})


def _ends(
    dialogue: Dialogue,
    dialogues: Sequence[Dialogue],
    forms: Collection[str],
    seen: frozenset[Location],
) -> Iterator[Dialogue]:
    """Where a dialogue's conversation is over: itself, or what follows its form or checkpoint."""
    if dialogue.location in seen or not dialogue.steps:
        return
    seen |= {dialogue.location}
    loop, last = dialogue.loop, dialogue.steps[-1]
    for step in dialogue.steps:
        if step.kind == "loop" or (step.kind == "action" and step.names[0] in forms):
            loop = step.names[0]
    if last.kind == "checkpoint":
        for each in dialogues:
            first = each.steps[0] if each.steps else None
            if first and first.kind == "checkpoint" and set(first.names) & set(last.names):
                yield from _ends(each, dialogues, forms, seen)
    elif loop:
        for each in dialogues:
            is_over = any(s.kind == "loop" and s.names == ("",) for s in each.steps)
            if each.loop == loop and is_over:
                yield from _ends(each, dialogues, forms, seen)
    elif dialogue.waits and last.kind != "user" and RESET_ACTION not in last.names:
        yield dialogue


def _places(files: Collection[str]) -> Mapping[Location, tuple[str | int, ...]]:
    """For rules and stories by their place: the keys that lead to their steps."""
    found: dict[Location, tuple[str | int, ...]] = {}
    for file in files:
        data: Any = read_or_note(Path(file), [])
        for key, kind in (("rules", "rule"), ("stories", "story")):
            items = data.get(key) if isinstance(data, Mapping) else None
            for index, item in enumerate(items if isinstance(items, list) else ()):
                if isinstance(item, Mapping):
                    found[key_location_of(item, kind)] = (key, index, "steps")
    return found
