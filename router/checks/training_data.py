"""Rules, stories and retrieval responses, as far as routing is concerned.

Format: https://rasa.com/docs/rasa/stories and https://rasa.com/docs/rasa/rules
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from router.checks.files import read_or_note
from router.errors import Location, Problem
from router.flows.yaml_values import key_location_of, location_of

__all__ = ["Dialogue", "DialogueStep", "TrainingData", "read_training_data"]

_TEST_PREFIX = "test_"
StepKind = Literal["user", "action", "loop", "slots", "checkpoint"]


@dataclass(frozen=True)
class DialogueStep:
    """One step of a rule or story.

    `names` are the intents of a user's turn (several after `or`), the action, the active
    loop ("" for none), the slots, or the checkpoint.
    """

    kind: StepKind
    names: tuple[str, ...]
    location: Location


@dataclass(frozen=True)
class Dialogue:
    """A rule or story; `loop` is the one that a rule's condition wants active."""

    name: str
    steps: tuple[DialogueStep, ...]
    location: Location
    loop: str = ""
    waits: bool = True


@dataclass(frozen=True)
class TrainingData:
    """All rules and stories, and the responses and actions of retrieval intents."""

    dialogues: tuple[Dialogue, ...] = ()
    responses: frozenset[str] = frozenset()
    actions: frozenset[str] = frozenset()

    def with_all_of(self, other: TrainingData) -> TrainingData:
        """Both together."""
        return TrainingData(
            self.dialogues + other.dialogues,
            self.responses | other.responses,
            self.actions | other.actions,
        )


def read_training_data(files: Iterable[Path], problems: list[Problem]) -> TrainingData:
    """Reads the training data in YAML files; test stories are left out."""
    dialogues: list[Dialogue] = []
    responses: set[str] = set()
    actions: set[str] = set()
    for file in files:
        data = read_or_note(file, problems)
        if not isinstance(data, Mapping):
            continue
        if not file.name.startswith(_TEST_PREFIX):
            dialogues += _dialogues(data)
        found = data.get("responses")
        names = [str(name) for name in found] if isinstance(found, Mapping) else []
        responses.update(names)
        actions.update(name.partition("/")[0] for name in names)
    return TrainingData(tuple(dialogues), frozenset(responses), frozenset(actions))


def _dialogues(data: Mapping[str, Any]) -> Iterator[Dialogue]:
    for key, name_key in (("rules", "rule"), ("stories", "story")):
        for item in _maps(data.get(key)):
            steps = tuple(step for each in _items(item.get("steps")) for step in _steps(each))
            conditions = [step for each in _items(item.get("condition")) for step in _steps(each)]
            yield Dialogue(
                name=str(item.get(name_key, "")),
                steps=steps,
                location=key_location_of(item, name_key),
                loop=next((step.names[0] for step in conditions if step.kind == "loop"), ""),
                waits=item.get("wait_for_user_input") is not False,
            )


def _steps(item: Any) -> Iterator[DialogueStep]:
    if not isinstance(item, Mapping):
        return
    if "or" in item:
        choices = [step for choice in _maps(item["or"]) for step in _steps(choice)]
        names = tuple(name for step in choices for name in step.names)
        if choices:
            yield DialogueStep(choices[0].kind, names, choices[0].location)
    elif "intent" in item:
        intent = str(item["intent"]).partition("/")[0]  # `faq/hours` is the intent `faq`
        yield DialogueStep("user", (intent,), location_of(item, "intent"))
    elif "user" in item:
        yield DialogueStep("user", (), location_of(item, "user"))
    elif "action" in item:
        yield DialogueStep("action", (str(item["action"]),), location_of(item, "action"))
    elif "bot" in item:
        yield DialogueStep("action", ("",), location_of(item, "bot"))
    elif "active_loop" in item:
        loop = item["active_loop"]
        yield DialogueStep("loop", (str(loop or ""),), location_of(item, "active_loop"))
    elif "checkpoint" in item:
        yield DialogueStep(
            "checkpoint", (str(item["checkpoint"]),), location_of(item, "checkpoint")
        )
    if "slot_was_set" in item:
        yield from _slots(item["slot_was_set"], location_of(item, "slot_was_set"))


def _slots(items: Any, place: Location) -> Iterator[DialogueStep]:
    if isinstance(items, Mapping):
        for name in items:
            yield DialogueStep("slots", (str(name),), key_location_of(items, name))
        return
    for index, item in enumerate(_items(items)):
        if isinstance(item, Mapping):
            yield from _slots(item, place)
        elif isinstance(item, str):
            yield DialogueStep("slots", (item,), location_of(items, index))


def _items(value: Any) -> list[Any]:
    return value if isinstance(value, list) else []


def _maps(value: Any) -> Iterator[Mapping[str, Any]]:
    return (item for item in _items(value) if isinstance(item, Mapping))
