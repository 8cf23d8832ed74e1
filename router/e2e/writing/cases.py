"""From observed turns to a case, as it stands below `test_cases`."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from router.e2e.observed import ObservedTurn
from router.e2e.writing.proposals import Detail, Mask, proposals, steps_of, unmasked

__all__ = ["NAME_LENGTH", "Session", "case_name", "steps_of_turns"]

NAME_LENGTH = 60


@dataclass(frozen=True)
class Session:
    """What was said between two session starts of a conversation.

    `slots` have their values from an earlier session. `started` is the time of its first
    event, in seconds since 1970; None where the events don't tell.
    """

    sender_id: str
    turns: tuple[ObservedTurn, ...] = ()
    slots: Mapping[str, Any] = field(default_factory=dict)
    started: float | None = None

    @property
    def user_turns(self) -> tuple[ObservedTurn, ...]:
        """Those that the user began."""
        return tuple(turn for turn in self.turns if turn.user)


def steps_of_turns(
    turns: Iterable[ObservedTurn], detail: Detail = "all", mask: Mask = unmasked
) -> list[dict[str, Any]]:
    """The steps of a case that says what was said, and expects what happened.

    Args:
        turns: in order; the opening, with an empty `user`, may be the first.
        detail: what is expected; see `proposals`.
        mask: what to write instead of a text or a value of the conversation.
    """
    return [
        step
        for turn in turns
        for step in steps_of(str(mask(turn.user)), proposals(turn, detail, mask))
    ]


def case_name(text: str, otherwise: str = "conversation") -> str:
    """A name made of a text: one line, not too long, with nothing that the command line reads."""
    words = "".join(c if c.isprintable() else " " for c in text).replace("::", ":").split()
    name = " ".join(words)
    if len(name) > NAME_LENGTH:
        name = name[:NAME_LENGTH].rpartition(" ")[0] or name[:NAME_LENGTH]
        name += " ..."
    return name or otherwise
