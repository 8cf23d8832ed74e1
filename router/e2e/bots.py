"""What the runner needs of a bot: conversations that answer a turn at a time.

There are two: one loaded in this process, and one behind HTTP.
"""

from __future__ import annotations

from typing import Protocol

from router.e2e.cases import TestCase, Turn
from router.e2e.observed import ObservedTurn

__all__ = ["Bot", "Conversation"]


class Conversation(Protocol):
    """One case's own conversation, fresh, with its fixtures set."""

    async def open(self) -> ObservedTurn:
        """Starts the session, before any message: what the bot says by itself."""
        ...

    async def say(self, turn: Turn) -> ObservedTurn:
        """Sends the turn's message and waits until the bot listens again.

        What a bot logs is in the turn's `errors`, what it raises in `failure`. May be cancelled:
        `so_far` then tells how far it came.

        Raises:
            BotUnreachable: there's no answer to be had, now or later.
        """
        ...

    async def so_far(self, turn: Turn) -> ObservedTurn | None:
        """What a turn that `say`, or `open`, was cancelled in, or raised in, had done by then.

        None if nothing is known of it. Is given a second.
        """
        ...

    async def close(self) -> None:
        """Leaves nothing of the conversation behind."""
        ...


class Bot(Protocol):
    """An assistant under test; many conversations go on at a time."""

    async def begin(self, case: TestCase, sender_id: str) -> Conversation:
        """A fresh conversation, with the case's fixtures set and its actions stubbed.

        Raises:
            BotUnreachable: it can't be had.
            CaseNotPlayable: this bot can't play the case, which is skipped.
        """
        ...
