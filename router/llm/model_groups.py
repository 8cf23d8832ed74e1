"""Asks a group of endpoints within one deadline: fails over, repeats, gives up in time."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import random
import threading
import time
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from router.errors import LLMError, LLMRefused, LLMTimeout, LLMUnavailable
from router.llm.client import Completion, Embeddings, Prompt, as_messages
from router.llm.deadline import Deadline
from router.llm.member import Member, Question, named
from router.telemetry.model_calls import ModelCall

__all__ = ["GroupClient"]


_log = logging.getLogger(__name__)

# The first pause between two rounds is at most this, the next at most twice that, ...
_FIRST_PAUSE_SECONDS = 0.5
_LONGEST_PAUSE_SECONDS = 8.0


@dataclass(frozen=True)
class _Outcome:
    value: Any
    member: Member
    attempts: int
    latency_ms: float


class GroupClient:
    """An `LLMClient` over one endpoint or several that stand in for each other.

    A round asks each endpoint once, until one answers. After a round without an answer come
    others, as many as `limits.retries`, with pauses of random length in between, as long as
    there is time. An endpoint that hangs gets its share of the time, not all of it: half if
    there is one more to ask, a third if there are two.
    """

    def __init__(
        self,
        members: Sequence[Member],
        *,
        retries: int = 2,
        spread: bool = False,
        rng: random.Random | None = None,
    ) -> None:
        """A client that asks `members` in their order, or in one drawn by weight (`spread`).

        `rng` draws the orders and the pauses.
        """
        self.members = tuple(members)
        self._retries = retries
        self._spread = spread
        self._random = rng or random.Random()

    async def complete(self, prompt: Prompt, *, deadline: Deadline) -> Completion:
        """As `LLMClient.complete`."""
        messages = as_messages(prompt)
        call = ModelCall("chat", messages)
        outcome = await self._ask(
            call, lambda endpoint, s: endpoint.complete(messages, s), deadline
        )
        answer = outcome.value
        return Completion(
            text=answer.text,
            model=answer.model or outcome.member.endpoint.model,
            endpoint=outcome.member.endpoint.name,
            prompt_tokens=answer.prompt_tokens,
            completion_tokens=answer.completion_tokens,
            cost=answer.cost,
            latency_ms=outcome.latency_ms,
            attempts=outcome.attempts,
            finish_reason=answer.finish_reason,
        )

    async def embed(self, texts: Sequence[str], *, deadline: Deadline) -> Embeddings:
        """As `LLMClient.embed`; no texts cost no call."""
        if not texts:
            return Embeddings((), attempts=0)
        call = ModelCall("embeddings", texts)
        outcome = await self._ask(call, lambda endpoint, s: endpoint.embed(texts, s), deadline)
        answer = outcome.value
        return Embeddings(
            vectors=answer.vectors,
            model=answer.model or outcome.member.endpoint.model,
            endpoint=outcome.member.endpoint.name,
            prompt_tokens=answer.prompt_tokens,
            cost=answer.cost,
            latency_ms=outcome.latency_ms,
            attempts=outcome.attempts,
        )

    def warm_up(self) -> threading.Thread:
        """Starts to load, in a thread of its own, what the first call would wait for."""

        def load() -> None:
            for member in self.members:
                # Whatever is missing is the first call's to report.
                with contextlib.suppress(LLMError):
                    member.endpoint.load()

        thread = threading.Thread(target=load, name="llm-warm-up", daemon=True)
        thread.start()
        return thread

    async def aclose(self) -> None:
        """As `LLMClient.aclose`."""
        for member in self.members:
            await member.endpoint.aclose()

    async def _ask(self, call: ModelCall, question: Question[Any], deadline: Deadline) -> _Outcome:
        started = time.monotonic()
        if deadline.has_passed:
            raise named(LLMTimeout("there was no time left."), self.members[0].endpoint)
        attempts = 0
        refused: set[Member] = set()
        for round_number in range(self._retries + 1):
            order = [member for member in self._order() if member not in refused]
            errors: list[LLMError] = []
            for place, member in enumerate(order):
                others = [other for other in order[place + 1 :] if not other.breaker.is_open]
                share = deadline.remaining() / (1 + len(others))
                try:
                    attempts += 1
                    with call.attempt(member.endpoint, attempts) as answered:
                        value = await member.ask(question, deadline.at_most(share))
                        answered(value)
                except LLMError as error:
                    # What the endpoint said may quote the user: that is for debugging only.
                    kind, name = type(error).__name__, member.endpoint.name
                    _log.warning(
                        "%s, %s: attempt %d: %s", name, member.endpoint.model, attempts, kind
                    )
                    _log.debug("Attempt %d failed: %s", attempts, error)
                    errors.append(error)
                    if isinstance(error, LLMRefused):
                        refused.add(member)
                else:
                    latency = (time.monotonic() - started) * 1000
                    return _Outcome(value, member, attempts, latency)
                if deadline.has_passed:
                    break
            pause = self._pause(round_number, errors, deadline)
            if pause is None:
                raise _of_all(errors, attempts, (time.monotonic() - started) * 1000)
            await asyncio.sleep(pause)
        raise AssertionError("the last round raises")

    def _order(self) -> Sequence[Member]:
        if not self._spread:
            return self.members

        # One draw without replacement: the key of the heaviest is likeliest to be greatest
        # (Efraimidis and Spirakis 2006, https://doi.org/10.1016/j.ipl.2005.11.003).
        def key(member: Member) -> float:
            return self._random.random() ** (1 / member.weight) if member.weight else -1.0

        return sorted(self.members, key=key, reverse=True)

    def _pause(
        self, round_number: int, errors: Sequence[LLMError], deadline: Deadline
    ) -> float | None:
        """Seconds until the next round; None if there is none."""
        worth_it = [error for error in errors if isinstance(error, (LLMTimeout, LLMUnavailable))]
        if round_number >= self._retries or not worth_it:
            return None
        if all(member.breaker.is_open for member in self.members):
            return None
        bound = min(_LONGEST_PAUSE_SECONDS, _FIRST_PAUSE_SECONDS * 2**round_number)
        # Full jitter: conversations that failed together don't come back together
        # (https://aws.amazon.com/blogs/architecture/exponential-backoff-and-jitter/).
        pause = self._random.uniform(0, bound)
        asked = [error.retry_after for error in worth_it]
        if None not in asked:
            pause += min(seconds for seconds in asked if seconds is not None)
        return pause if pause < deadline.remaining() else None


def _of_all(errors: Sequence[LLMError], attempts: int, latency_ms: float) -> LLMError:
    """The last error, with the others' words before its own, and what all of it took."""
    last = told = errors[-1]
    if len(errors) > 1:
        told = type(last)(
            "; then ".join(str(error).rstrip(".") for error in errors) + ".",
            retry_after=last.retry_after,
            detail=last.detail,
        )
        told.endpoint, told.model = last.endpoint, last.model
        told.__cause__ = last
    told.attempts, told.latency_ms = attempts, latency_ms
    return told
