"""From Rasa's test stories to test cases.

Format: https://rasa.com/docs/rasa/testing-your-assistant
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from router.checks.files import yaml_files
from router.checks.rasa_names import DEFAULT_SLOTS
from router.e2e.writing.conversations import Written
from router.e2e.writing.story_paths import Story, not_carried_over, paths_of
from router.e2e.writing.yaml_out import free_name
from router.errors import InvalidTest, Location, Problem
from router.flows.yaml_source import read_yaml
from router.flows.yaml_values import key_location_of, location_of

__all__ = ["cases_from_stories"]

_ANNOTATION = re.compile(r"\[([^\[\]]+)\](?:\([^()]+\)|\{[^{}]+\}|\[\{[^\[\]]+\}\])")
_NEEDS_NOTHING = frozenset({"action_listen", "..."})
_KNOWN_KEYS = frozenset(
    {"user", "intent", "entities", "action", "bot", "slot_was_set", "active_loop", "checkpoint"}
)


def cases_from_stories(paths: Iterable[Path]) -> tuple[Written, list[Problem]]:
    """A case for every way through the stories of these files and folders.

    Returns:
        The cases, and what of the stories they don't say, with places.

    Raises:
        InvalidTest: a file without stories, or none at all.
        InvalidFile: a file that isn't YAML.
    """
    given = list(paths)
    files = yaml_files(given)
    stories, wrong = [], []
    for file in files:
        found, complaints = _stories_in(file, is_named=file in given)
        stories += found
        wrong += complaints
    if not stories:
        place = Location(str(given[0]) if given else ".")
        wrong.append(Problem(place, "no-stories", "No story is there.", "Name files of stories."))
    if any(not each.is_warning for each in wrong):
        raise InvalidTest(wrong)
    problems: list[Problem] = list(wrong)
    written = Written()
    for story in paths_of(stories, problems):
        _Case(story, problems).add_to(written)
    return written, sorted(dict.fromkeys(problems))


def _stories_in(file: Path, *, is_named: bool) -> tuple[list[Story], list[Problem]]:
    data = read_yaml(file)
    listed = data.get("stories") if isinstance(data, Mapping) else None
    if not isinstance(listed, list):
        if not is_named:
            return [], []
        advice = "Write `stories:` with a list of them."
        return [], [Problem(Location(str(file)), "no-stories", "No story is there.", advice)]
    stories, problems = [], []
    for index, item in enumerate(listed):
        steps = item.get("steps") if isinstance(item, Mapping) else None
        if not isinstance(steps, list):
            place = location_of(listed, index)
            advice = "Write `- story: name` with `steps:`, a list."
            problems.append(Problem(place, "not-a-story", "This isn't a story.", advice))
            continue
        for number, step in enumerate(steps):
            if not isinstance(step, Mapping):
                message = f"The step {step!r} isn't a map."
                problems.append(not_carried_over(location_of(steps, number), message))
        kept = tuple(step for step in steps if isinstance(step, Mapping))
        name = str(item.get("story") or "story")
        stories.append(Story(name, kept, location_of(item)))
    return stories, problems


@dataclass
class _Case:
    """One story being written down; what it can't say goes to `problems`."""

    story: Story
    problems: list[Problem]
    steps: list[dict[str, Any]] = field(default_factory=list)
    slots: dict[str, Any] = field(default_factory=dict)
    retrieval: str = ""

    def add_to(self, written: Written) -> None:
        """Adds the case, if the user says something in it."""
        for step in self.story.steps:
            self.steps += self._steps(step)
        if not any("user" in step for step in self.steps):
            message = f"The story {self.story.name!r} has no message of the user."
            self.problems.append(not_carried_over(self.story.location, message))
            return
        printable = (each if each.isprintable() else " " for each in self.story.name)
        name = " ".join("".join(printable).replace("::", ":").split())
        written.add_case(free_name(name, written.names), self.steps, self.slots)

    def _steps(self, step: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
        for key in step:
            if key not in _KNOWN_KEYS:
                self._note(step, key, f"`{key}` isn't carried over.")
        if "user" in step or "intent" in step:
            yield self._user(step)
        if "action" in step:
            yield from self._action(str(step["action"]))
        if "bot" in step:
            yield {"bot": str(step["bot"]).strip()}
        if "slot_was_set" in step:
            yield from self._slot_was_set(step)
        if step.get("active_loop") is not None:
            message = f"That the form {step['active_loop']!r} is active isn't checked."
            self._note(step, "active_loop", message)
        if "checkpoint" in step and step is not self.story.steps[-1]:
            self._note(step, "checkpoint", "A checkpoint in mid story isn't carried over.")

    def _user(self, step: Mapping[str, Any]) -> dict[str, Any]:
        """What the user says; where only the intent is given, that as a payload."""
        intent = str(step.get("intent") or "")
        self.retrieval = intent.partition("/")[0] if "/" in intent.strip("/") else ""
        text = str(step.get("user") or "").strip()
        if text:
            return {"user": _ANNOTATION.sub(r"\1", text)}
        entities = dict(self._entities(step))
        payload = json.dumps(entities, ensure_ascii=False) if entities else ""
        return {"user": f"/{intent.removeprefix('/')}{payload}"}

    def _entities(self, step: Mapping[str, Any]) -> Iterator[tuple[str, Any]]:
        given = step.get("entities")
        for item in given if isinstance(given, list) else ():
            if not isinstance(item, Mapping):
                message = f"The entity {item!r} has no value, so the message doesn't hold it."
                self._note(step, "entities", message)
                continue
            for name, value in item.items():
                if name in ("role", "group"):
                    message = f"`{name}: {value}` of an entity isn't carried over."
                    self._note(step, "entities", message)
                elif value is not None:
                    yield str(name), value

    def _action(self, name: str) -> Iterator[dict[str, Any]]:
        if name in _NEEDS_NOTHING:
            return
        # The response of a retrieval intent has a longer name than its action.
        is_response = name.startswith("utter_") and name != f"utter_{self.retrieval}"
        yield {"utter" if is_response else "action": name}

    def _slot_was_set(self, step: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
        before_all = not any("user" in each for each in self.steps)
        for name, value, has_value in _slots(step["slot_was_set"]):
            if name in DEFAULT_SLOTS:
                self._note(step, "slot_was_set", f"Rasa's own slot {name!r} isn't checked.")
            elif has_value and value is None:
                self._note(step, "slot_was_set", f"That {name!r} is empty isn't checked.")
            elif not before_all:
                yield {"slot_was_set": [{name: value} if has_value else name]}
            elif has_value:
                self.slots[name] = value
            else:
                message = f"{name!r} has no value here, so no fixture sets it."
                self._note(step, "slot_was_set", message)

    def _note(self, step: Mapping[str, Any], key: str, message: str) -> None:
        self.problems.append(not_carried_over(key_location_of(step, key), message))


def _slots(given: Any) -> Iterator[tuple[str, Any, bool]]:
    """Name, value, and whether there is one."""
    if isinstance(given, Mapping):
        yield from ((str(name), value, True) for name, value in given.items())
    elif isinstance(given, str):
        yield given, None, False
    elif isinstance(given, Sequence):
        for item in given:
            yield from _slots(item)
