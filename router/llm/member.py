"""An endpoint in a group, and what protects it: a circuit breaker and a bound on its calls."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Coroutine
from typing import Any, TypeVar

from router.errors import InvalidAnswer, LLMError, LLMRefused, LLMTimeout, LLMUnavailable
from router.llm.breaker import Breaker
from router.llm.configuration import Limits
from router.llm.deadline import Deadline, within
from router.llm.endpoint import Endpoint
from router.llm.per_loop import PerLoop
from router.telemetry.model_calls import watch_breaker

__all__ = ["Member", "Question", "named"]

T = TypeVar("T")
#: What to ask an endpoint, within so many seconds.
Question = Callable[[Endpoint, float], Coroutine[Any, Any, T]]

# A time-out after less than this says more about the turn than about the endpoint.
_FAIR_CHANCE_SECONDS = 1.0
# One that is noticed so late says that this process was too busy to listen.
_LATE_SECONDS = 0.25
# A turn's second call may wait so long for its first, if that's the one that tries again.
_TRIAL_SECONDS = 1.0
_LOOK_AGAIN_SECONDS = 0.02


class Member:
    """An endpoint in a group, with what protects it: a circuit breaker and a bound."""

    def __init__(self, endpoint: Endpoint, limits: Limits, weight: float = 1.0) -> None:
        self.endpoint = endpoint
        self.weight = weight
        self.breaker = Breaker(
            f"{endpoint.name}, model {endpoint.model}",
            failures=limits.breaker_failures,
            seconds=limits.breaker_seconds,
        )
        watch_breaker(self.breaker, endpoint)
        self._slots = PerLoop(lambda: asyncio.Semaphore(limits.concurrent_calls))

    async def ask(self, question: Question[T], deadline: Deadline) -> T:
        """Asks the endpoint once, when it has a free slot.

        Raises:
            LLMError: with the endpoint and the model named.
        """
        try:
            await self._trial_over(deadline.at_most(_TRIAL_SECONDS))
            # Who rests is left alone at once, not after waiting behind calls that hang.
            self.breaker.check()
            await self._load(deadline)
            slots = self._slots.get()
            await _acquire(slots, deadline)
            try:
                return await self._attempt(question, deadline)
            finally:
                slots.release()
        except LLMError as error:
            raise named(error, self.endpoint) from error

    async def _trial_over(self, patience: Deadline) -> None:
        # The trial may be in another event loop, whose events mean nothing here.
        while self.breaker.is_on_trial and not patience.has_passed:  # noqa: ASYNC110
            await asyncio.sleep(_LOOK_AGAIN_SECONDS)

    async def _load(self, deadline: Deadline) -> None:
        """Loads the endpoint's client; what that takes isn't held against the endpoint."""
        if self.endpoint.loaded:
            return
        try:
            await within(asyncio.to_thread(self.endpoint.load), deadline)
        except LLMTimeout as error:
            raise LLMTimeout("its client was still being loaded.") from error

    async def _attempt(self, question: Question[T], deadline: Deadline) -> T:
        era = self.breaker.admit()
        own = deadline.at_most(self.endpoint.timeout)
        seconds = own.remaining()
        answers: bool | None = None
        try:
            result = await within(question(self.endpoint, seconds), own)
            answers = True
            return result
        except (LLMRefused, InvalidAnswer):
            # The breaker asks whether anyone is there, not what they say.
            answers = True
            raise
        except LLMTimeout as error:
            fair = seconds >= min(self.endpoint.timeout * 0.9, _FAIR_CHANCE_SECONDS)
            in_time = time.monotonic() - own.at < _LATE_SECONDS
            answers = False if fair and in_time else None
            raise LLMTimeout(f"no answer within {seconds:.2g} s.") from error
        except LLMUnavailable:
            answers = False
            raise
        finally:
            report = {
                True: self.breaker.succeeded,
                False: self.breaker.failed,
                None: self.breaker.forgotten,
            }
            report[answers](era)


async def _acquire(slots: asyncio.Semaphore, deadline: Deadline) -> None:
    """Takes a slot; a cancellation that comes at the same moment doesn't lose it."""
    if not slots.locked():
        await slots.acquire()
        return
    waiting = asyncio.ensure_future(slots.acquire())
    try:
        await asyncio.wait({waiting}, timeout=deadline.remaining())
    except asyncio.CancelledError:
        if not waiting.cancel():
            slots.release()
        raise
    if not waiting.done():
        waiting.cancel()
        raise LLMTimeout("no time was left to wait for other calls to end.")


def named(error: LLMError, endpoint: Endpoint) -> LLMError:
    """The error, with the endpoint's name and model before its words."""
    if error.endpoint:
        return error
    return type(error)(
        str(error),
        endpoint=endpoint.name,
        model=endpoint.model,
        retry_after=error.retry_after,
        detail=error.detail,
    )
