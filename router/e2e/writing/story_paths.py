"""Stories without forks: checkpoints joined, and one story for each choice of an `or`.

Format: https://rasa.com/docs/rasa/stories
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import islice, product
from typing import Any

from router.errors import Location, Problem
from router.flows.yaml_values import key_location_of

__all__ = ["MAX_PATHS", "Story", "not_carried_over", "paths_of"]

MAX_PATHS = 32  # that one story may stand for


@dataclass(frozen=True)
class Story:
    """A story's name and its steps, as read: maps that know their places."""

    name: str
    steps: tuple[Mapping[str, Any], ...]
    location: Location

    @property
    def begins_at(self) -> str | None:
        """The checkpoint that it goes on from."""
        return _checkpoint(self.steps[0]) if self.steps else None

    @property
    def leads_to(self) -> str | None:
        """The checkpoint that it ends with."""
        return _checkpoint(self.steps[-1]) if len(self.steps) > 1 else None

    def then(self, other: Story) -> Story:
        """Both in a row, without the checkpoint between them."""
        steps = (*self.steps[:-1], *other.steps[1:])
        return replace(self, name=f"{self.name} + {other.name}", steps=steps)


def paths_of(stories: Sequence[Story], problems: list[Problem]) -> list[Story]:
    """Every story that runs from a beginning to an end, on each of its ways.

    Args:
        stories: of all files, since checkpoints lead from one to another.
        problems: what can't be carried over is added.
    """
    goes_on = {story.begins_at for story in stories} - {None}
    ends = [story for story in stories if story.leads_to not in goes_on]
    used: set[int] = set()
    found = [path for story in ends for path in _all_of(story, stories, problems, used)]
    for story in stories:
        if story not in ends and id(story) not in used:
            message = f"The story {story.name!r} goes round in a circle of checkpoints."
            problems.append(not_carried_over(story.location, message))
    return found


def not_carried_over(location: Location, message: str) -> Problem:
    """A part of a story that a test case can't say."""
    return Problem(location, "not-carried-over", message, is_warning=True)


def _all_of(
    story: Story, stories: Sequence[Story], problems: list[Problem], used: set[int]
) -> list[Story]:
    ways = (way for joined in _joined(story, stories, problems, used) for way in _choices(joined))
    paths = list(islice(ways, MAX_PATHS + 1))
    if len(paths) > MAX_PATHS:
        message = f"The story {story.name!r} has more than {MAX_PATHS} ways; the first are kept."
        problems.append(not_carried_over(story.location, message))
    return paths[:MAX_PATHS]


def _joined(
    story: Story,
    stories: Sequence[Story],
    problems: list[Problem],
    used: set[int],
    behind: tuple[int, ...] = (),
) -> Iterator[Story]:
    """The story behind each of those that lead to it."""
    start = story.begins_at
    if start is None:
        yield story
        return
    before = [
        each
        for each in stories
        if each.leads_to == start and each is not story and id(each) not in behind
    ]
    if not before:
        place = key_location_of(story.steps[0], "checkpoint")
        message = f"No story leads to the checkpoint {start!r}: the case begins there."
        problems.append(not_carried_over(place, message))
        yield replace(story, steps=story.steps[1:])
        return
    for each in before:
        used.add(id(each))
        for opening in _joined(each, stories, problems, used, (*behind, id(story))):
            yield opening.then(story)


def _choices(story: Story) -> Iterator[Story]:
    """One story for each way through its `or` steps."""
    options = [_options(step) for step in story.steps]
    for number, steps in enumerate(product(*options), 1):
        several = any(len(each) > 1 for each in options)
        name = f"{story.name}, way {number}" if several else story.name
        yield replace(story, name=name, steps=steps)


def _options(step: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    choices = step.get("or")
    if not isinstance(choices, list):
        return [step]
    return [each for each in choices if isinstance(each, Mapping)] or [step]


def _checkpoint(step: Mapping[str, Any]) -> str | None:
    found = step.get("checkpoint")
    return None if found is None else str(found)
