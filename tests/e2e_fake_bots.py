"""Bots that never were, for tests of what plays cases with them."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from router.e2e.cases import TestCase, Turn
from router.e2e.observed import ObservedTurn
from router.e2e.reading import read_suite

Answer = Callable[["FakeConversation", str], Awaitable[ObservedTurn]]


def cases_from(folder: Path, text: str, name: str = "test_it.yml") -> tuple[TestCase, ...]:
    """The cases of a test file with this text."""
    file = folder / name
    file.write_text(text, encoding="utf-8")
    return read_suite([file]).cases


def talk(*names: str, turns: int = 1, expected: str = "hello") -> str:
    """A test file whose cases say hi, so many times, and expect an answer."""
    steps = f"      - user: hi\n      - bot: {expected}\n" * turns
    cases = (f"  - test_case: {name}\n    steps:\n{steps}" for name in names)
    return "test_cases:\n" + "".join(cases)


def observed(user: str, *answers: str, **more: Any) -> ObservedTurn:
    """A turn in which the bot said this."""
    said = [{"event": "bot", "text": answer, "data": {}, "metadata": {}} for answer in answers]
    message = {"event": "user", "text": user, "parse_data": {"intent": {"name": "greet"}}}
    listen = {"event": "action", "name": "action_listen", "policy": "policy_0_RulePolicy"}
    return ObservedTurn(user, (message, *said, listen), **{"latency_ms": 1.0, **more})


async def greets(conversation: FakeConversation, text: str) -> ObservedTurn:
    """Says hello to everything."""
    return observed(text, "hello")


@dataclass
class FakeConversation:
    """Answers as its bot says, and knows how it went."""

    bot: FakeBot
    case: TestCase
    sender: str
    said: list[str] = field(default_factory=list)

    async def open(self) -> ObservedTurn:
        return await self.bot.opening(self, "")

    async def say(self, turn: Turn) -> ObservedTurn:
        self.said.append(turn.user)
        return await self.bot.answer(self, turn.user)

    async def so_far(self, turn: Turn) -> ObservedTurn | None:
        return await self.bot.telling(self, turn.user)

    async def close(self) -> None:
        self.bot.now_open -= 1
        await asyncio.sleep(0)
        self.bot.closed.append(self)
        if self.bot.closing is not None:
            raise self.bot.closing


async def nothing(conversation: FakeConversation, text: str) -> ObservedTurn:
    """An opening in which nothing happens."""
    return ObservedTurn("")


async def knows_nothing(conversation: FakeConversation, text: str) -> None:
    """How far a turn came isn't known."""


@dataclass
class FakeBot:
    """Counts the conversations that go on at a time."""

    answer: Answer = greets
    opening: Answer = nothing
    telling: Callable[[FakeConversation, str], Awaitable[ObservedTurn | None]] = knows_nothing
    beginning: Callable[[TestCase], Exception | None] = lambda case: None
    closing: Exception | None = None
    begun: list[FakeConversation] = field(default_factory=list)
    closed: list[FakeConversation] = field(default_factory=list)
    now_open: int = 0
    most_open: int = 0

    async def begin(self, case: TestCase, sender_id: str) -> FakeConversation:
        error = self.beginning(case)
        if error is not None:
            raise error
        self.now_open += 1
        self.most_open = max(self.most_open, self.now_open)
        self.begun.append(FakeConversation(self, case, sender_id))
        return self.begun[-1]
