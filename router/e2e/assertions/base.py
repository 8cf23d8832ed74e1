"""What every assertion is, and what it answers with."""

from __future__ import annotations

from collections.abc import Awaitable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal, Protocol, runtime_checkable

from router.e2e.observed import BotMessage, ObservedTurn
from router.errors import Location

__all__ = [
    "Assertion",
    "ExpectsMessage",
    "Judge",
    "Moment",
    "Named",
    "Outcome",
    "failed",
    "passed",
    "skipped",
]

NamedKind = Literal["flow", "step", "slot", "action", "response", "intent", "policy", "router"]


@dataclass(frozen=True)
class Named:
    """Something of the bot's that a test names; a step's `name` is `flow/step`."""

    kind: NamedKind
    name: str
    location: Location


@dataclass(frozen=True)
class Outcome:
    """What an assertion found.

    `got` is what there was instead, in words; `reason` why it wasn't checked. `position` is
    that of the event that met it, None if no single one did. `measured` are numbers found.
    """

    status: Literal["passed", "failed", "skipped"]
    got: str = ""
    reason: str = ""
    position: int | None = None
    measured: Mapping[str, float] = field(default_factory=dict)


class Judge(Protocol):
    """A model that grades answers."""

    async def grade(self, question: str) -> float:
        """The grade it gives, 0 to 1; raises `LLMError` if it gives none."""
        ...


@dataclass(frozen=True)
class Moment:
    """What an assertion may look at besides the turn.

    `earlier` are the conversation's turns before it. `after` is the position of an event:
    with ordered assertions, only what comes behind it counts (-1: all does). `judge` is None
    unless one is configured. With `latency_fails`, being slow is a failure.
    """

    earlier: Sequence[ObservedTurn] = ()
    after: int = -1
    judge: Judge | None = None
    latency_fails: bool = False


class Assertion(Protocol):
    """One kind of expectation."""

    def read(self, value: Any, location: Location) -> Any:
        """What the test says, checked, as data.

        Args:
            value: from the YAML; maps and lists in it know their places.
            location: where it stands.

        Raises:
            InvalidTest: it can't be read; says file, line, key, what was given and what to write.
        """
        ...

    def check(
        self, expected: Any, turn: ObservedTurn, moment: Moment
    ) -> Outcome | Awaitable[Outcome]:
        """Whether the turn meets it."""
        ...

    def names(self, expected: Any) -> Iterator[Named]:
        """What of the bot's it names, so that misspelt names are found before anything runs."""
        ...


@runtime_checkable
class ExpectsMessage(Protocol):
    """What an assertion that one message meets has besides: `strict` cases ask for it."""

    def accepts(self, expected: Any, message: BotMessage) -> bool:
        """Whether the message is such a one."""
        ...


def passed(position: int | None = None, **measured: float) -> Outcome:
    """Met, by the event at `position` if by one."""
    return Outcome("passed", position=position, measured=measured)


def failed(got: str, **measured: float) -> Outcome:
    """Not met; `got` says what there was."""
    return Outcome("failed", got=got, measured=measured)


def skipped(reason: str) -> Outcome:
    """Not checked."""
    return Outcome("skipped", reason=reason)
