"""How models answer a suite of conversations that go on at the same time.

A file of tests has one cassette: `dir/cassettes/test_x.yml` beside `dir/test_x.yml`. Each of
its conversations reads the cassette from its beginning, so that nothing depends on their order.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from contextvars import ContextVar
from functools import partial
from pathlib import Path
from typing import TypeVar

from router.errors import NotRecorded
from router.llm.building import clients_from, live_client
from router.llm.cassette_file import (
    CassetteWriter,
    Recording,
    question_of_prompt,
    question_of_texts,
)
from router.llm.cassettes import (
    RecordingClient,
    ReplayingClient,
    cleaned_question,
    completion_of,
    embeddings_of,
)
from router.llm.client import Completion, Embeddings, LLMClient, Prompt
from router.llm.configuration import ModelGroup
from router.llm.deadline import Deadline
from router.llm.modes import LLMMode
from router.llm.scripted import ScriptedClient, saying

__all__ = ["ConversationAnswers", "SuiteAnswers", "cassette_of"]

T = TypeVar("T", Completion, Embeddings)


def cassette_of(file: Path) -> Path:
    """The cassette of a file of tests."""
    return file.parent / "cassettes" / f"{file.stem}.yml"


class SuiteAnswers:
    """Makes the clients of an assistant under test, and its conversations' answers.

    The assistant is loaded within `clients`; each conversation then asks its models within
    `ConversationAnswers.turn`.
    """

    def __init__(self, mode: LLMMode) -> None:
        self.mode = mode
        self._live: list[LLMClient] = []
        self._replayed: dict[Path, ReplayingClient] = {}
        self._recorded: dict[Path, _Cassette] = {}

    def clients(self) -> AbstractContextManager[None]:
        """The block within which components are loaded."""
        return clients_from(self._client)

    def conversation(self, file: Path) -> ConversationAnswers:
        """The answers of a fresh conversation, whose test is in `file`.

        Raises:
            InvalidFile: its cassette is no cassette.
        """
        path = cassette_of(file)
        if self.mode == "scripted":
            return ConversationAnswers(lambda live: ScriptedClient())
        if self.mode == "replay":
            if path not in self._replayed:
                self._replayed[path] = ReplayingClient(path, may_be_missing=True)
            replaying = self._replayed[path].afresh()
            return ConversationAnswers(lambda live: replaying)
        if self.mode == "record":
            if path not in self._recorded:
                self._recorded[path] = _Cassette(path)
            asked: dict[str, int] = {}
            return ConversationAnswers(partial(_Recorder, self._recorded[path], asked))
        return ConversationAnswers(None)

    async def aclose(self) -> None:
        """Closes the connections that were opened."""
        for client in self._live:
            await client.aclose()

    def _client(self, group: ModelGroup) -> LLMClient:
        if self.mode in ("replay", "scripted"):
            return _ConversationsClient(None)
        live = live_client(group)
        self._live.append(live)
        return _ConversationsClient(live) if self.mode == "record" else live


class ConversationAnswers:
    """What models say in one conversation; `client` makes its client of the live one."""

    def __init__(self, client: Callable[[LLMClient | None], LLMClient] | None) -> None:
        self._client = client

    @contextmanager
    def turn(
        self, commands: Sequence[str] | None = None, route: str | None = None
    ) -> Iterator[None]:
        """The block of a turn, with what its step says that models answer."""
        token = _conversation.set(self)
        try:
            with saying(commands, route):
                yield
        finally:
            _conversation.reset(token)

    def client(self, live: LLMClient | None) -> LLMClient:
        """The conversation's client in place of the live one."""
        assert self._client is not None, "live answers are asked for directly"
        return self._client(live)


_conversation: ContextVar[ConversationAnswers | None] = ContextVar("conversation", default=None)


class _ConversationsClient:
    """An `LLMClient` that is the running conversation's own."""

    def __init__(self, live: LLMClient | None) -> None:
        self._live = live

    async def complete(self, prompt: Prompt, *, deadline: Deadline) -> Completion:
        """As `LLMClient.complete`."""
        return await self._own().complete(prompt, deadline=deadline)

    async def embed(self, texts: Sequence[str], *, deadline: Deadline) -> Embeddings:
        """As `LLMClient.embed`."""
        return await self._own().embed(texts, deadline=deadline)

    async def aclose(self) -> None:
        """Does nothing: who made the live client closes it."""

    def _own(self) -> LLMClient:
        conversation = _conversation.get()
        if conversation is None:
            raise NotRecorded("A model was asked outside of any test's turn (by a reminder, say).")
        return conversation.client(self._live)


class _Cassette:
    """A cassette that conversations record into; a lock keeps two from asking the same."""

    def __init__(self, path: Path) -> None:
        self.writer = CassetteWriter(path)
        self.locks: dict[tuple[str, int], asyncio.Lock] = {}


class _Recorder:
    """Records, for one conversation, what others of the file haven't recorded already.

    What is asked for the n-th time in a conversation gets the n-th answer of this run: so it
    will be replayed, and the same prompt isn't paid for in every case.
    """

    def __init__(self, cassette: _Cassette, asked: dict[str, int], live: LLMClient | None) -> None:
        assert live is not None
        self._cassette, self._asked = cassette, asked
        self._client = RecordingClient(live, cassette.writer)

    async def complete(self, prompt: Prompt, *, deadline: Deadline) -> Completion:
        """As `LLMClient.complete`."""
        asking = partial(self._client.complete, prompt, deadline=deadline)
        return await self._once(question_of_prompt(prompt), completion_of, asking)

    async def embed(self, texts: Sequence[str], *, deadline: Deadline) -> Embeddings:
        """As `LLMClient.embed`."""
        asking = partial(self._client.embed, texts, deadline=deadline)
        return await self._once(question_of_texts(texts), embeddings_of, asking)

    async def aclose(self) -> None:
        """Does nothing: who made the live client closes it."""

    async def _once(
        self,
        question: str,
        read: Callable[[Recording, float], T],
        asking: Callable[[], Awaitable[T]],
    ) -> T:
        started = time.monotonic()
        question = cleaned_question(question)
        count = self._asked.get(question, 0)
        self._asked[question] = count + 1
        locks, key = self._cassette.locks, (question, count)
        lock = locks.setdefault(key, asyncio.Lock())
        try:
            async with lock:
                recorded = self._cassette.writer.recorded(question)
                if len(recorded) > count:
                    return read(recorded[count], (time.monotonic() - started) * 1000)
                return await asking()
        finally:
            if not lock.locked():
                locks.pop(key, None)
