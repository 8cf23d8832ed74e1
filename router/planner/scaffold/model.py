"""What a scaffold is made of: steps of draft flows, new slots, and files."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

__all__ = ["Branch", "DraftFlow", "DraftStep", "Edit", "NewFile", "Scaffold"]


@dataclass(frozen=True)
class NewFile:
    """A file of drafts; `is_there` if one of its name exists already."""

    path: Path
    text: str
    is_there: bool = False


@dataclass(frozen=True)
class Edit:
    """What a file is to become; everything but the additions stays byte for byte."""

    path: Path
    before: str
    after: str


@dataclass(frozen=True)
class Scaffold:
    """All that is drafted for an area.

    `questions` are what a person must answer, each also a TODO at its place; `left_out` is
    what wasn't carried over or changed, each with its reason; `remarks` are what to know.
    """

    area: str
    files: tuple[NewFile, ...] = ()
    edits: tuple[Edit, ...] = ()
    questions: tuple[str, ...] = ()
    left_out: tuple[str, ...] = ()
    remarks: tuple[str, ...] = ()


@dataclass
class DraftStep:
    """A step of a flow: its keys, in order, the TODOs above it, and where it goes on.

    `answer` is what a test's user says to a `collect`. Without branches the next one follows.
    """

    keys: dict[str, Any]
    todos: list[str] = field(default_factory=list)
    branches: list[Branch] = field(default_factory=list)
    answer: str = ""


@dataclass
class Branch:
    """Steps that are taken if the condition holds (`""`: in all other cases)."""

    condition: str
    steps: list[DraftStep]
    answer: str = ""
    todos: list[str] = field(default_factory=list)


@dataclass
class DraftFlow:
    """A flow, with the slots and responses that the domain lacks for it.

    `forms` are those that it stands for, `sources` the rules, stories and forms it was made of,
    `answers` the slots that take what users answer.
    """

    id: str
    skill: str
    description: str
    triggers: tuple[str, ...]
    steps: list[DraftStep] = field(default_factory=list)
    sources: tuple[str, ...] = ()
    forms: tuple[str, ...] = ()
    todos: list[str] = field(default_factory=list)
    slots: dict[str, Mapping[str, Any]] = field(default_factory=dict)
    answers: set[str] = field(default_factory=set)
    responses: dict[str, str] = field(default_factory=dict)
    actions: list[str] = field(default_factory=list)

    def all_steps(self) -> list[DraftStep]:
        """Its steps, and those of its branches."""
        waiting, found = list(self.steps), []
        while waiting:
            step = waiting.pop(0)
            found.append(step)
            waiting += (each for branch in step.branches for each in branch.steps)
        return found

    @property
    def collected(self) -> tuple[str, ...]:
        """The slots it asks for."""
        slots = (step.keys["collect"] for step in self.all_steps() if "collect" in step.keys)
        return tuple(dict.fromkeys(slots))
