"""The bot that drafts are made for: its files, its skills, and what the drafts replace."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

from router.checks.domain_files import read_domain
from router.checks.files import read_or_note
from router.checks.project import Project
from router.checks.training_data import Dialogue, DialogueStep
from router.errors import Location
from router.flows.slots import SlotSpec
from router.flows.yaml_values import key_location_of, location_of
from router.planner.inventory.bot_files import BotFiles
from router.planner.model import Inventory

__all__ = ["IS_SET", "Bot", "StoryValues", "maps", "story_values"]

#: The value of a slot of which a story only says that it's set.
IS_SET = object()


@dataclass(frozen=True)
class StoryValues:
    """By the place of a step: what a slot was set to, and which entities a user named."""

    slots: Mapping[Location, Any] = field(default_factory=dict)
    entities: Mapping[Location, tuple[str, ...]] = field(default_factory=dict)


@dataclass(frozen=True)
class Bot:
    """A bot's files, read.

    `own` are earlier drafts in the files that new ones go to: what they hold doesn't count.
    """

    project: Project
    files: BotFiles
    inventory: Inventory
    values: StoryValues
    own: frozenset[str] = frozenset()

    @cached_property
    def slots(self) -> Mapping[str, SlotSpec]:
        """The domain's slots."""
        specs = self.project.domain.slot_specs()
        places = self.project.domain.places
        return {name: spec for name, spec in specs.items() if places[name].file not in self.own}

    @cached_property
    def responses(self) -> Mapping[str, Any]:
        """The domain's responses, and those in the training data."""
        domain = self.project.domain.responses
        found = {n: v for n, v in domain.items() if location_of(v).file not in self.own}
        return {**dict.fromkeys(self.project.training.responses), **found}

    @cached_property
    def actions(self) -> Collection[str]:
        """The names that the domain lists as actions, and what retrieval intents bring."""
        files = [file for file in self.project.domain.files if str(file) not in self.own]
        return frozenset(read_domain(files, []).actions) | self.project.training.actions

    @cached_property
    def taken(self) -> Collection[str]:
        """The ids of flows that stay."""
        flows = {**self.project.broken_flows, **self.project.flows}
        return {name for name, flow in flows.items() if flow.location.file not in self.own}

    @cached_property
    def triggered(self) -> Collection[str]:
        """The intents that start a flow already."""
        flows = (self.project.flows[name] for name in self.taken if name in self.project.flows)
        return {trigger.intent for flow in flows for trigger in flow.nlu_triggers}

    @cached_property
    def drafted_slots(self) -> Collection[str]:
        """The slots that earlier drafts ask for; those in the domain may be theirs."""
        flows = self.project.flows.values()
        return {s for f in flows if f.location.file in self.own for s in f.collected_slots}

    def has_drafted(self, action: str) -> bool:
        """Whether an earlier draft brought an action, and its TODO is still there."""
        return f"# TODO: {action} " in self._own_text

    @cached_property
    def _own_text(self) -> str:
        return "\n".join(Path(file).read_text("utf-8", "replace") for file in self.own)

    @property
    def dialogues(self) -> Sequence[Dialogue]:
        """Its rules and stories."""
        return self.files.dialogues

    def example(self, intent: str) -> str:
        """What users say for an intent, by the training data; else the intent itself."""
        found = self.files.examples.get(intent)
        return found.texts[0] if found and found.texts else f"/{intent}"

    def intents_of(self, step: DialogueStep) -> tuple[str, ...]:
        """The intents of a user's step; of a text, the one that has it as an example."""
        if step.names or not step.text:
            return step.names
        text = step.text.strip()
        if text.startswith("/"):
            return (text[1:].partition("{")[0].partition("/")[0].strip(),)
        key = text.casefold()
        found = (
            name.partition("/")[0]
            for name, each in self.files.examples.items()
            if any(example.casefold() == key for example in each.texts)
        )
        return (next(found, text),)

    def text_of(self, response: str) -> str:
        """What a response says first; empty if it's not known, or still to be written."""
        variations = self.responses.get(response)
        for each in variations if isinstance(variations, list) else ():
            if isinstance(each, Mapping) and isinstance(each.get("text"), str):
                text = str(each["text"]).strip()
                return "" if text.startswith("TODO") else text
        return ""


def story_values(files: Sequence[Path]) -> StoryValues:
    """What `router.checks.training_data` leaves out of rules and stories."""
    slots: dict[Location, Any] = {}
    entities: dict[Location, tuple[str, ...]] = {}
    for step in (step for file in files for step in _steps(file)):
        slots.update(_slots(step.get("slot_was_set"), location_of(step, "slot_was_set")))
        for choice in (step, *maps(step.get("or"))):
            if "intent" in choice:
                given = choice.get("entities")
                names = [_entity(each) for each in (given if isinstance(given, list) else ())]
                entities[location_of(choice, "intent")] = tuple(filter(None, names))
            slots.update(_slots(choice.get("slot_was_set"), location_of(choice, "slot_was_set")))
    return StoryValues(slots, entities)


def _steps(file: Path) -> Iterator[Mapping[str, Any]]:
    data = read_or_note(file, [])  # what's wrong with it, the inventory tells
    for key in ("rules", "stories"):
        for item in maps(data.get(key) if isinstance(data, Mapping) else None):
            yield from maps(item.get("condition"))
            yield from maps(item.get("steps"))


def _slots(items: Any, place: Location) -> Iterator[tuple[Location, Any]]:
    if isinstance(items, Mapping):
        yield from ((key_location_of(items, name), value) for name, value in items.items())
    for index, item in enumerate(items if isinstance(items, list) else ()):
        if isinstance(item, Mapping):
            yield from _slots(item, place)
        else:
            yield location_of(items, index), IS_SET


def _entity(item: Any) -> str:
    if isinstance(item, Mapping):
        return str(item.get("entity") or next(iter(item), ""))
    return str(item)


def maps(value: Any) -> Iterator[Mapping[str, Any]]:
    """Those of a list's items that are maps; none if it isn't a list."""
    items = value if isinstance(value, list) else ()
    return (item for item in items if isinstance(item, Mapping))
