"""One deadline for all that a turn waits for."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Coroutine
from dataclasses import dataclass
from typing import Any, TypeVar

from router.errors import LLMTimeout

__all__ = ["Deadline", "within"]

T = TypeVar("T")

# How long a cancelled call may take to close its connection before it is left to itself.
_GRACE_SECONDS = 0.1


@dataclass(frozen=True, order=True)
class Deadline:
    """A point in time, shared by everything that happens in a turn.

    Made once where the turn begins and handed down, so that two calls after one another
    get one waiting time and not two. `at` is on the clock of `time.monotonic`, in seconds.
    """

    at: float

    @classmethod
    def after(cls, seconds: float) -> Deadline:
        """The deadline so many seconds from now."""
        return cls(time.monotonic() + seconds)

    def remaining(self) -> float:
        """Seconds left, never below 0."""
        return max(0.0, self.at - time.monotonic())

    @property
    def has_passed(self) -> bool:
        """Whether there is no time left."""
        return self.remaining() <= 0

    def at_most(self, seconds: float) -> Deadline:
        """The deadline itself, or so many seconds from now if that is earlier."""
        return min(self, Deadline.after(seconds))


async def within(work: Coroutine[Any, Any, T], deadline: Deadline) -> T:
    """Awaits `work` until the deadline; cancels it then, or when the caller is cancelled.

    Unlike `asyncio.wait_for`, which waits for the work to accept its cancellation, this
    returns soon after the deadline whatever the work does, and never swallows the caller's
    cancellation (https://github.com/python/cpython/issues/86296).

    Raises:
        LLMTimeout: the deadline passed first.
    """
    if deadline.has_passed:
        work.close()
        raise LLMTimeout("there was no time left.")
    task = asyncio.ensure_future(work)
    try:
        await asyncio.wait({task}, timeout=deadline.remaining())
    except asyncio.CancelledError:
        await _cancel(task)
        raise
    if not task.done():
        await _cancel(task)
        raise LLMTimeout("no answer in time.")
    return task.result()


async def _cancel(task: asyncio.Future[Any]) -> None:
    task.cancel()
    # Whoever isn't interested in the outcome any more must still fetch it, or asyncio logs it.
    task.add_done_callback(lambda done: done.cancelled() or done.exception())
    await asyncio.wait({task}, timeout=_GRACE_SECONDS)
