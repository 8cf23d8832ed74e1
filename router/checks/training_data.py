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

__all__ = ["Dialogue", "DialogueStep", "TrainingData", "dialogues_in", "read_training_data"]

_TEST_PREFIX = "test_"
StepKind = Literal["user", "action", "loop", "slots", "checkpoint"]


@dataclass(frozen=True)
class DialogueStep:
    """One step of a rule or story.

    `names` are the intents of a user's turn (several after `or`), the action, the active
    loop ("" for none), the slots, or the checkpoint. `text` is what is said where the user's
    words, or the bot's, stand in the place of a name.
    """

    kind: StepKind
    names: tuple[str, ...]
    location: Location
    text: str = ""


@dataclass(frozen=True)
class Dialogue:
    """A rule or story.

    `condition` is a rule's, and `loop` the one that it wants active.
    """

    name: str
    steps: tuple[DialogueStep, ...]
    location: Location
    loop: str = ""
    waits: bool = True
    condition: tuple[DialogueStep, ...] = ()
    kind: Literal["rule", "story"] = "story"


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
        dialogues += dialogues_in(file, data)
        found = data.get("responses")
        names = [str(name) for name in found] if isinstance(found, Mapping) else []
        responses.update(names)
        actions.update(name.partition("/")[0] for name in names)
    return TrainingData(tuple(dialogues), frozenset(responses), frozenset(actions))


def dialogues_in(file: Path, data: Mapping[str, Any]) -> Iterator[Dialogue]:
    """The rules, then the stories, of what a file holds; none of a file of test stories."""
    if file.name.startswith(_TEST_PREFIX):
        return
    kinds: tuple[tuple[str, Literal["rule", "story"]], ...] = (
        ("rules", "rule"),
        ("stories", "story"),
    )
    for key, kind in kinds:
        for item in _maps(data.get(key)):
            steps = tuple(step for each in _items(item.get("steps")) for step in _steps(each))
            condition = tuple(
                step for each in _items(item.get("condition")) for step in _steps(each)
            )
            yield Dialogue(
                name=str(item.get(kind, "")),
                steps=steps,
                location=key_location_of(item, kind),
                loop=next((step.names[0] for step in condition if step.kind == "loop"), ""),
                waits=item.get("wait_for_user_input") is not False,
                condition=condition,
                kind=kind,
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
        yield DialogueStep("user", (), location_of(item, "user"), str(item["user"]))
    elif "action" in item:
        yield DialogueStep("action", (str(item["action"]),), location_of(item, "action"))
    elif "bot" in item:
        yield DialogueStep("action", ("",), location_of(item, "bot"), str(item["bot"]))
    elif "active_loop" in item or "form" in item:  # `form` is how it was written before
        key = "active_loop" if "active_loop" in item else "form"
        yield DialogueStep("loop", (str(item[key] or ""),), location_of(item, key))
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
