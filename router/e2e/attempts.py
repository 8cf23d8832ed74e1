"""One attempt at a case: its conversation, turn by turn, each judged as soon as it is over."""

from __future__ import annotations

import asyncio
import time
import traceback
import uuid
from collections.abc import Coroutine
from contextlib import suppress
from dataclasses import dataclass, field, replace
from typing import Any, TypeVar

from router.e2e.assertions.base import Judge, Moment
from router.e2e.bots import Bot, Conversation
from router.e2e.cases import Check, TestCase, Turn
from router.e2e.judging import command_score, judge_turn
from router.e2e.observed import ObservedTurn
from router.e2e.options import RunOptions
from router.e2e.results import AttemptResult, Status, TurnResult
from router.e2e.turn_results import turn_result, unanswered_turn, worst
from router.errors import BotUnreachable, CaseNotPlayable, CoexistenceError

__all__ = ["PREFIX", "Attempt", "play"]

#: What the ids of all conversations begin with.
PREFIX = "e2e-"

_GOOD = ("passed", "skipped")
# How long a call that was given up may take to notice.
_GRACE_SECONDS = 1.0

T = TypeVar("T")


@dataclass(frozen=True)
class Attempt:
    """What came of it: judged, and as observed; whether the bot was `reached` to the end."""

    result: AttemptResult
    observed: tuple[ObservedTurn, ...] = ()
    reached: bool = True


async def play(case: TestCase, bot: Bot, options: RunOptions) -> Attempt:
    """Plays a case once, in a conversation of its own, which is closed whatever happens.

    It stops after the first turn that doesn't pass, since what follows was written for
    another course of the conversation: later turns aren't in the result.
    """
    started = time.perf_counter()
    playing = _Playing(case, options, options.judge(case) if options.judge else None)
    error, reached = "", True
    status: Status | None = None
    try:
        error = await options.before_attempt() if options.before_attempt else ""
        if not error:
            await playing.through(bot)
    except CaseNotPlayable as reason:
        error, status = str(reason), "skipped"
    except Exception as raised:  # noqa: BLE001 - whatever fails belongs to this case
        reached = not isinstance(raised, BotUnreachable)
        is_told = bool(playing.turns and playing.turns[-1].error)
        error, status = "" if is_told else in_own_words(raised), "error"
    parts: list[Status] = [turn.status for turn in playing.turns]
    result = AttemptResult(
        status=status or ("error" if error else worst(parts)),
        seconds=time.perf_counter() - started,
        turns=tuple(playing.turns),
        error=error,
    )
    return Attempt(result, tuple(playing.observed), reached)


def in_own_words(error: BaseException) -> str:
    """What this package says of it, where it does: others' errors often wrap its own.

    Of an error without a text, where it was raised.
    """
    cause: BaseException | None = error
    while cause is not None and not isinstance(cause, CoexistenceError):
        cause = cause.__cause__
    if cause is not None and str(cause).strip():
        return str(cause)
    kind = type(error).__name__
    if str(error).strip():
        return f"{kind}: {error}"
    frames = traceback.extract_tb(error.__traceback__)
    where = f", raised in {frames[-1].name}, {_place(frames[-1])}" if frames else ""
    return f"{kind} without a text{where}"


def _place(frame: traceback.FrameSummary) -> str:
    return f"{frame.filename}:{frame.lineno}"


class _NoAnswer(CoexistenceError):
    """Nothing came in time."""


@dataclass
class _Playing:
    """How far an attempt has come."""

    case: TestCase
    options: RunOptions
    judge: Judge | None
    turns: list[TurnResult] = field(default_factory=list)
    observed: list[ObservedTurn] = field(default_factory=list)

    async def through(self, bot: Bot) -> None:
        """Up to the last turn, or the first that doesn't pass."""
        sender = f"{PREFIX}{uuid.uuid4().hex}"
        conversation = await self._in_time(bot.begin(self.case, sender), "begin the conversation")
        try:
            await self._converse(conversation)
        except BaseException:
            with suppress(Exception):  # what is told is why it couldn't go on
                await self._in_time(conversation.close(), "close the conversation")
            raise
        await self._in_time(conversation.close(), "close the conversation")

    async def _converse(self, conversation: Conversation) -> None:
        opening, checks = Turn("", self.case.location), self.case.opening
        observed = await self._answered(conversation, opening, conversation.open())
        result = await self._judged(opening, observed, checks)
        # An opening in which nothing happens, as in most bots, is no turn to show.
        if result.checks or result.messages or result.error:
            self.turns.append(result)
        for turn in self.case.turns:
            if result.status not in _GOOD:
                return
            observed = await self._answered(conversation, turn, conversation.say(turn))
            result = await self._judged(turn, observed)
            self.turns.append(result)

    async def _answered(
        self,
        conversation: Conversation,
        turn: Turn,
        answer: Coroutine[Any, Any, ObservedTurn],
    ) -> ObservedTurn:
        started = time.perf_counter()
        try:
            observed = await self._in_time(answer, "answer")
        except Exception as error:
            elapsed_ms = (time.perf_counter() - started) * 1000
            partly, why = await self._so_far(conversation, turn)
            told = " ".join(filter(None, (in_own_words(error), why)))
            self.turns.append(unanswered_turn(turn, told, elapsed_ms, partly))
            raise
        self.observed.append(observed)
        return observed

    async def _so_far(
        self, conversation: Conversation, turn: Turn
    ) -> tuple[ObservedTurn | None, str]:
        """What the turn did before it was given up; what kept the bot from telling that."""
        try:
            telling = conversation.so_far(turn)
            return await self._in_time(telling, "tell how far it came", _GRACE_SECONDS), ""
        except Exception as error:  # noqa: BLE001 - what is told first is why it was given up
            return None, f"How far it came isn't known: {in_own_words(error)}"

    async def _judged(
        self, turn: Turn, observed: ObservedTurn, opening: tuple[Check, ...] | None = None
    ) -> TurnResult:
        """The turn's result; in error if it wasn't gone through with, or can't be judged."""
        if observed.failure:
            return turn_result(turn, observed)
        options = self.options
        moment = Moment(self.observed[:-1], -1, self.judge, options.latency_fails)
        try:
            checks = await judge_turn(
                turn,
                observed,
                moment,
                opening=opening,
                strict=self.case.strict,
                live=not options.scripted,
            )
        except Exception as error:  # noqa: BLE001 - a broken assertion is its turn's business
            return turn_result(turn, replace(observed, failure=in_own_words(error)))
        assistant = None if options.scripted else options.assistant
        score = command_score(turn, observed, assistant) if assistant is not None else None
        return turn_result(turn, observed, checks, score)

    async def _in_time(
        self, coroutine: Coroutine[Any, Any, T], what: str, seconds: float | None = None
    ) -> T:
        """What it gives, unless that takes longer than `seconds`, by default a turn's.

        One that doesn't notice that it was given up isn't waited for.
        """
        seconds = self.options.timeout if seconds is None else seconds
        task = asyncio.ensure_future(coroutine)
        try:
            await asyncio.wait({task}, timeout=seconds)
            if task.cancelled():
                raise _NoAnswer(f"The bot gave up to {what}.")
            if task.done():
                return task.result()
            raise _NoAnswer(f"The bot didn't {what} within {seconds:g} s.")
        finally:
            if not task.done():
                task.cancel()
                task.add_done_callback(_forget)
                await asyncio.wait({task}, timeout=_GRACE_SECONDS)


def _forget(task: asyncio.Future[Any]) -> None:
    """Takes the error of a call that nobody waits for, which asyncio would log."""
    if not task.cancelled():
        task.exception()
