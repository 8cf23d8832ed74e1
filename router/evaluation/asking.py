"""Asking a router about many messages at once, and keeping what it says."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from router.errors import NotRecorded
from router.evaluation.labelled import LabelledMessage
from router.routing.decision import RoutingDecision

__all__ = ["Ask", "Routed", "ask_all"]

Ask = Callable[[str], Awaitable["RoutingDecision | None"]]
"""Decides about a text as the first message of a conversation; None if no decision was made."""

NO_DECISION = "no decision"
_ON_ERROR = "on_error"


@dataclass(frozen=True)
class Routed:
    """A labelled message, and what became of it.

    Attributes:
        message: text and label.
        decision: the router's, None if there was none.
        error: why there was none, None if there was one.
        latency_ms: milliseconds until the decision, the pipeline before the router included.
    """

    message: LabelledMessage
    decision: RoutingDecision | None
    error: str | None = None
    latency_ms: float = 0.0

    @property
    def outcome(self) -> str | None:
        """`calm`, `nlu`, `calm_once` or `nlu_once`; None without a decision."""
        return self.decision.outcome if self.decision else None

    @property
    def is_right(self) -> bool:
        """Whether it goes where it should."""
        return self.outcome == self.message.route

    @property
    def failure(self) -> str | None:
        """What failed: the message as a whole, or what the router wanted to ask."""
        if self.decision is None:
            return self.error or NO_DECISION
        return self.decision.reason if self.decision.reason.startswith(_ON_ERROR) else None

    @property
    def call(self) -> dict[str, Any] | None:
        """The record of the language model's call; None if none was asked."""
        found = self.decision.details.get("llm") if self.decision else None
        return dict(found) if isinstance(found, dict) else None

    @property
    def stage(self) -> str | None:
        """The stage of the router that decided, if it has several."""
        found = self.decision.details.get("stage") if self.decision else None
        return str(found) if found else None


async def ask_all(
    ask: Ask,
    messages: Sequence[LabelledMessage],
    *,
    concurrency: int = 8,
    on_answer: Callable[[], None] = lambda: None,
) -> list[Routed]:
    """What the router says to each message, in their order.

    Args:
        ask: the router.
        messages: what to ask about.
        concurrency: how many messages may wait at the same time.
        on_answer: called after each.

    Raises:
        NotRecorded: a recording that is replayed has no answer.
    """
    results: list[Routed | None] = [None] * len(messages)
    todo = iter(enumerate(messages))

    async def work() -> None:
        for index, message in todo:
            results[index] = await _asked(ask, message)
            on_answer()

    workers = [asyncio.ensure_future(work()) for _ in range(min(concurrency, len(messages)))]
    try:
        await asyncio.gather(*workers)
    finally:
        for worker in workers:
            worker.cancel()
    return [each for each in results if each is not None]


async def _asked(ask: Ask, message: LabelledMessage) -> Routed:
    start = time.perf_counter()
    decision, failed = None, None
    try:
        decision = await ask(message.text)
    except Exception as error:  # one message's failure is one line of the report
        causes = list(_causes(error))
        stale = next((each for each in causes if isinstance(each, NotRecorded)), None)
        if stale is not None:
            raise stale from error
        failed = f"{type(causes[-1]).__name__}: {causes[-1]}"
    seconds = time.perf_counter() - start
    if decision is None and failed is None:
        failed = NO_DECISION
    return Routed(message, decision, failed, seconds * 1000)


def _causes(error: BaseException) -> Iterator[BaseException]:
    """The error and those it was raised from; Rasa wraps what its components raise."""
    found: BaseException | None = error
    while found is not None:
        yield found
        found = found.__cause__
