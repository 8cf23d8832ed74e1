"""From stored conversations to a test file."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from router.e2e.writing.cases import Session, case_name, steps_of_turns
from router.e2e.writing.exported import StoredConversation
from router.e2e.writing.masking import Masker
from router.e2e.writing.picking import Picking
from router.e2e.writing.proposals import Detail, Mask, unmasked
from router.e2e.writing.sessions import sessions_of
from router.e2e.writing.yaml_out import as_yaml, free_name
from router.errors import Location, Problem

__all__ = ["Written", "written_from"]

_OF_THE_CONVERSATION = ("text", "value", "data", "parse_data")


@dataclass
class Written:
    """Cases as they stand in a file, and the fixtures that they name.

    `problems` are warnings of what was left out.
    """

    cases: list[dict[str, Any]] = field(default_factory=list)
    fixtures: dict[str, Mapping[str, Any]] = field(default_factory=dict)
    problems: list[Problem] = field(default_factory=list)

    @property
    def names(self) -> list[str]:
        """Those of its cases."""
        return [case["test_case"] for case in self.cases]

    def add_session(self, session: Session, detail: Detail, mask: Mask) -> None:
        """Adds what was said in a session; the name is its first message."""
        name = free_name(case_name(str(mask(session.user_turns[0].user))), self.names)
        steps = steps_of_turns(session.turns, detail, mask)
        self.add_case(name, steps, {name: mask(value) for name, value in session.slots.items()})

    def add_case(self, name: str, steps: list[dict[str, Any]], slots: Mapping[str, Any]) -> None:
        """Adds a case that begins with these slots set."""
        fixtures = {"fixtures": [self._fixture(slots)]} if slots else {}
        self.cases.append({"test_case": name, **fixtures, "steps": steps})

    def as_yaml(self) -> str:
        """The text of the file."""
        return as_yaml(self.cases, self.fixtures)

    def _fixture(self, slots: Mapping[str, Any]) -> str:
        for name, values in self.fixtures.items():
            if values == slots:
                return name
        name = f"slots_{len(self.fixtures) + 1}"
        self.fixtures[name] = slots
        return name


def written_from(
    conversations: Iterable[StoredConversation],
    picking: Picking,
    *,
    detail: Detail = "all",
    masked: bool = True,
    patterns: Sequence[re.Pattern[str]] = (),
) -> Written:
    """A case for each session that fits.

    Args:
        conversations: in order; no more of them are asked for than it takes.
        picking: which sessions.
        detail: what the cases expect.
        masked: whether personal data is replaced.
        patterns: what else is personal.
    """
    written = Written()
    masks: dict[str, Mask] = {}

    def sessions_in() -> Iterator[Session]:
        for conversation in conversations:
            masks.clear()
            mask = Masker(_said_in(conversation), patterns) if masked else unmasked
            masks[conversation.sender_id] = mask
            found: list[Problem] = []
            sessions = sessions_of(conversation.sender_id, conversation.events, found)
            written.problems += [_masked(problem, mask) for problem in found]
            yield from sessions

    for session in picking.pick(sessions_in()):
        written.add_session(session, detail, masks[session.sender_id])
    return written


def _masked(problem: Problem, mask: Mask) -> Problem:
    """A sender's id, which it names, may be a phone number."""
    return replace(problem, location=Location(str(mask(problem.location.file))))


def _said_in(conversation: StoredConversation) -> list[Any]:
    return [
        event[key]
        for event in conversation.events
        for key in _OF_THE_CONVERSATION
        if event.get(key) is not None
    ]
