"""A language model for tests that says what it's told to, without a network."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Mapping, Sequence
from typing import Any, TypeVar

from router.errors import CoexistenceError, InvalidAnswer, LLMError, LLMUnavailable
from router.llm.client import Completion, Embeddings, Message, Prompt, as_messages
from router.llm.deadline import Deadline, within
from router.llm.endpoint import Answer, Vectors, status_error
from router.llm.openai_protocol import read_completion, read_vectors
from router.llm.script import Reply, Script, fake_vector, prompt_text
from router.telemetry.model_calls import replayed

__all__ = ["FakeLLM"]

T = TypeVar("T", Answer, Vectors)

_NAME = "fake"


class FakeLLM:
    """An `LLMClient` that follows a script, the same as the fake server's.

        FakeLLM("start flow transfer_money")          one answer, then none
        FakeLLM({"match": "balance", "answer": "x"})  to every prompt about balances
        FakeLLM({"delay": 0.2, "answer": "late"}, {"hang": True}, {"status": 429})
        FakeLLM(LLMUnavailable("gone"))               raises it

    Attributes:
        prompts: every chat it was asked to complete, in order.
        embedded: every list of texts it was asked to embed, in order.
        deadlines: the deadline of each call.
    """

    def __init__(
        self,
        *replies: str | Mapping[str, Any] | Reply | CoexistenceError,
        script: Script | None = None,
    ) -> None:
        """Follows `replies`, or else a `script` as `read_script` gives it."""
        self._errors: dict[int, CoexistenceError] = {}
        entries: list[Reply | Mapping[str, Any] | str] = []
        for reply in replies:
            if isinstance(reply, CoexistenceError):
                entries.append(Reply())
                self._errors[len(entries) - 1] = reply
            else:
                entries.append(reply)
        self._script = script or Script(entries)
        self.prompts: list[list[Message]] = []
        self.embedded: list[list[str]] = []
        self.deadlines: list[Deadline] = []

    @replayed("chat")
    async def complete(self, prompt: Prompt, *, deadline: Deadline) -> Completion:
        """As `LLMClient.complete`; raises `NotRecorded` where the script has no reply."""
        messages = as_messages(prompt)
        self.prompts.append(messages)
        text = prompt_text(messages)

        def answer(reply: Reply) -> Answer:
            if reply.body is not None:
                return read_completion(reply.body)
            if not reply.text.strip():
                raise InvalidAnswer("the answer is empty.")
            read, written = reply.prompt_tokens, reply.completion_tokens
            return Answer(
                reply.text,
                prompt_tokens=len(text.split()) if read is None else read,
                completion_tokens=len(reply.text.split()) if written is None else written,
            )

        given, latency = await self._play(text, deadline, answer)
        return Completion(
            text=given.text,
            model=_NAME,
            endpoint=_NAME,
            prompt_tokens=given.prompt_tokens,
            completion_tokens=given.completion_tokens,
            latency_ms=latency,
            replayed=True,
        )

    @replayed("embeddings")
    async def embed(self, texts: Sequence[str], *, deadline: Deadline) -> Embeddings:
        """As `LLMClient.embed`: texts that share words are near, whatever the script.

        A reply of the script counts only if it has a `match` that the texts fit.
        """
        self.embedded.append(list(texts))

        def answer(reply: Reply) -> Vectors:
            if reply.body is not None:
                return read_vectors(reply.body, len(texts))
            return Vectors(reply.vectors or tuple(fake_vector(text) for text in texts))

        given, latency = await self._play("\n".join(texts), deadline, answer, only_matching=True)
        return Embeddings(given.vectors, _NAME, _NAME, latency_ms=latency, replayed=True)

    async def aclose(self) -> None:
        """Does nothing."""

    async def _play(
        self,
        text: str,
        deadline: Deadline,
        answer: Callable[[Reply], T],
        only_matching: bool = False,
    ) -> tuple[T, float]:
        self.deadlines.append(deadline)
        started = time.monotonic()
        try:
            given = await within(self._act(text, answer, only_matching), deadline)
        except LLMError as error:
            if error.endpoint:
                raise
            raise type(error)(
                str(error),
                endpoint=_NAME,
                model=_NAME,
                retry_after=error.retry_after,
                detail=error.detail,
            ) from error
        return given, (time.monotonic() - started) * 1000

    async def _act(self, text: str, answer: Callable[[Reply], T], only_matching: bool) -> T:
        reply = self._script.next_for(text, only_matching=only_matching)
        error = next((e for i, e in self._errors.items() if self._script.replies[i] is reply), None)
        if error is not None:
            raise error
        await asyncio.sleep(reply.delay + reply.body_delay)
        if reply.hang:
            await asyncio.Event().wait()
        if reply.close:
            raise LLMUnavailable("the connection broke.")
        if reply.status >= 300:
            raise status_error(reply.status, retry_after=reply.retry_after, detail=reply.text)
        return answer(reply)
