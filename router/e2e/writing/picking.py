"""Which conversations become tests."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from router.e2e.writing.cases import Session

__all__ = ["Picking"]


@dataclass(frozen=True)
class Picking:
    """What a session must have to be taken; of several actions or intents, any.

    `since` is in seconds since 1970; sessions whose time isn't known are then left out.
    """

    min_user_turns: int = 1
    route: str | None = None
    actions: frozenset[str] = frozenset()
    intents: frozenset[str] = frozenset()
    since: float | None = None
    limit: int | None = None

    def pick(self, sessions: Iterable[Session]) -> Iterator[Session]:
        """Those that fit, up to the limit; no more than these are asked for."""
        if self.limit is not None and self.limit <= 0:
            return
        taken = 0
        for session in sessions:
            if self.fits(session):
                yield session
                taken += 1
                if taken == self.limit:
                    return

    def fits(self, session: Session) -> bool:
        """Whether it has all that's asked for."""
        turns = session.user_turns
        if len(turns) < self.min_user_turns:
            return False
        if self.since is not None and (session.started is None or session.started < self.since):
            return False
        if self.route is not None and not any(turn.route == self.route for turn in turns):
            return False
        done = {name for turn in session.turns for _, name in turn.actions}
        if self.actions and not self.actions & done:
            return False
        return not self.intents or any(turn.intent in self.intents for turn in turns)
