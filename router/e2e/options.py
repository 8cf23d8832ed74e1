"""How a suite is run."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from router.e2e.assertions.base import Judge
from router.e2e.cases import TestCase
from router.flows.assistant import Assistant

__all__ = ["WORKERS", "RunOptions"]

#: Conversations at a time where nothing else is said.
WORKERS = 8


@dataclass(frozen=True)
class RunOptions:
    """How a suite is run.

    Attributes:
        workers: how many cases are played at a time, 1 or more.
        repeat: how often each case is played, 1 or more; it passes if it passes each time.
        retries: how many attempts more a case gets that failed, until one passes.
        timeout: seconds a turn may take, the opening of a session and its end too.
        seed: shuffles the order in which cases begin, and seeds Python's random numbers, by
            which Rasa chooses among a response's variations; 0 leaves the order as given.
        fail_fast: after a case that doesn't pass, none begins; those under way go on.
        flaky_fails: whether a flaky case counts as one that doesn't pass.
        latency_fails: whether a turn slower than its `turn_latency_ms` fails.
        judge: gives the judge that grades generated answers in an attempt at a case; None
            skips the assertions that need one.
        assistant: the bot's flows and slots, by which expected commands are read; None
            leaves the commands of models unscored.
        scripted: the tests tell the models what to say, so that isn't expected of them.
        rerun: the command that plays a case again, before the case's id.
        before_attempt: is awaited before each attempt; what it returns, if it isn't empty,
            is why the attempt can't be made.
    """

    workers: int = WORKERS
    repeat: int = 1
    retries: int = 0
    timeout: float = 60.0
    seed: int = 0
    fail_fast: bool = False
    flaky_fails: bool = True
    latency_fails: bool = False
    judge: Callable[[TestCase], Judge] | None = None
    assistant: Assistant | None = None
    scripted: bool = False
    rerun: str = "coexist test"
    before_attempt: Callable[[], Awaitable[str]] | None = None
