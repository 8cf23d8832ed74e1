"""Running a suite: cases side by side, each with its attempts; what came of them all."""

from __future__ import annotations

import asyncio
import random
import shlex
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Protocol

from router.e2e.attempts import Attempt, play
from router.e2e.bots import Bot
from router.e2e.cases import TestCase
from router.e2e.observed import ObservedTurn
from router.e2e.options import RunOptions
from router.e2e.places import Place
from router.e2e.results import AttemptResult, CaseResult, Status
from router.e2e.scrubbing import scrubbed

__all__ = ["Listener", "Played", "run_cases"]

# A bot that is gone is asked so often whether it is back, with pauses between, and then no more.
_TRIES = 3
_PAUSE_SECONDS = 1.0

_BAD = ("failed", "error")


class Listener(Protocol):
    """Is told of each case that is done."""

    def finished(self, result: CaseResult) -> None:
        """A case is done."""
        ...


@dataclass(frozen=True)
class Played:
    """A case, what came of it, and what the bot did in each attempt, turn by turn."""

    case: TestCase
    result: CaseResult
    observed: tuple[tuple[ObservedTurn, ...], ...] = ()


async def run_cases(
    cases: Sequence[TestCase],
    bot: Bot,
    options: RunOptions,
    progress: Listener | None = None,
    interrupt: asyncio.Event | None = None,
) -> list[Played]:
    """Plays cases, several at a time; the turns of one follow each other.

    A bot that can't be reached puts the case that finds out in error. The next ones are tried
    one by one, after a pause; where none of three reaches it, those left are in error too,
    untried.

    Args:
        cases: those to play; an id names one of them.
        bot: with which.
        options: how.
        progress: is told of each that is done.
        interrupt: once set, no case begins; those under way are given up, their conversations
            closed, and what is done is returned.

    Returns:
        The cases that were done, in the order given.
    """
    order = list(cases)
    if options.seed:
        random.Random(options.seed).shuffle(order)
    random.seed(options.seed)
    run = _Run(iter(order), bot, options, progress)
    workers = [asyncio.create_task(run.work()) for _ in range(options.workers)]
    watch = asyncio.create_task(_cancel_on(interrupt or asyncio.Event(), workers))
    try:
        ended = await asyncio.gather(*workers, return_exceptions=True)
    finally:
        watch.cancel()
    for each in ended:
        if isinstance(each, Exception):
            raise each
    return [run.played[case.id] for case in cases if case.id in run.played]


async def _cancel_on(interrupt: asyncio.Event, workers: Sequence[asyncio.Task[None]]) -> None:
    await interrupt.wait()
    for worker in workers:
        worker.cancel()


@dataclass
class _Run:
    """A run under way; its workers take cases from the same iterator."""

    cases: Iterator[TestCase]
    bot: Bot
    options: RunOptions
    progress: Listener | None
    played: dict[str, Played] = field(default_factory=dict)
    stopped: bool = False
    tries_left: int = _TRIES
    is_gone: bool = False
    one_by_one: asyncio.Lock = field(default_factory=asyncio.Lock)

    async def work(self) -> None:
        """Plays one case after the other until none is left."""
        for case in self.cases:
            attempts = await self._attempts(case)
            self._done(case, attempts)
            if self.stopped:
                return

    async def _attempts(self, case: TestCase) -> list[Attempt]:
        attempts: list[Attempt] = []
        retries = self.options.retries
        left = self.options.repeat
        while left:
            attempt = await self._attempt(case)
            attempts.append(attempt)
            left -= 1
            if not attempt.reached:
                break
            if attempt.result.status in _BAD and retries:
                retries -= 1
                left += 1
        return attempts

    async def _attempt(self, case: TestCase) -> Attempt:
        if not self.is_gone:
            attempt = await play(case, self.bot, self.options)
            self.is_gone = self.is_gone or not attempt.reached
            return attempt
        async with self.one_by_one:
            if not self.is_gone:
                return await play(case, self.bot, self.options)
            if not self.tries_left:
                error = "It wasn't played, for the bot couldn't be reached any more."
                return Attempt(AttemptResult(status="error", seconds=0, error=error), (), False)
            await asyncio.sleep(_PAUSE_SECONDS)
            attempt = await play(case, self.bot, self.options)
            self.is_gone = not attempt.reached
            self.tries_left = self.tries_left - 1 if self.is_gone else _TRIES
            return attempt

    def _done(self, case: TestCase, attempts: Sequence[Attempt]) -> None:
        status = _status(attempts)
        result = scrubbed(
            CaseResult(
                name=case.name,
                place=Place.of(case.location),
                tags=case.tags,
                status=status,
                attempts=tuple(attempt.result for attempt in attempts),
                rerun=f"{self.options.rerun} {shlex.quote(case.id)}",
            )
        )
        observed = tuple(attempt.observed for attempt in attempts)
        self.played[case.id] = Played(case, result, observed)
        is_bad = status in _BAD or (status == "flaky" and self.options.flaky_fails)
        self.stopped = self.stopped or (self.options.fail_fast and is_bad)
        if self.progress is not None:
            self.progress.finished(result)


def _status(attempts: Sequence[Attempt]) -> Status:
    """`flaky` where one attempt went well and another didn't; `error` where the bot was gone."""
    if not attempts[-1].reached:
        return "error"
    statuses = [attempt.result.status for attempt in attempts]
    bad = [status for status in statuses if status in _BAD]
    if not bad:
        return "skipped" if "skipped" in statuses else "passed"
    if len(bad) < len(statuses):
        return "flaky"
    return "failed" if "failed" in bad else "error"
