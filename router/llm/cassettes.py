"""Recordings of a language model: made once with a key, replayed by tests without any.

No header and no key is ever in a cassette.
"""

from __future__ import annotations

import copy
import difflib
import re
import threading
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any
from weakref import WeakValueDictionary

from router.errors import LLMError, NotRecorded
from router.llm.cassette_file import (
    CassetteWriter,
    Recording,
    name_of_error,
    question_of_prompt,
    question_of_texts,
    read_cassette,
)
from router.llm.client import Completion, Embeddings, LLMClient, Message, Prompt
from router.llm.deadline import Deadline
from router.llm.secrets import scrub
from router.telemetry.model_calls import replayed

__all__ = ["RecordingClient", "ReplayingClient", "without_moment"]

_SHOWN_LINES = 40
# Of so many digits, cosines don't change noticeably and files stay readable.
_DIGITS = 6

# As prompts are given `current_datetime`: 2025-01-31 09:30+01:00.
_MOMENT = re.compile(r"\b\d{4}-\d\d-\d\d \d\d:\d\d[+-]\d\d:\d\d\b")

Normalise = Callable[[str], str]

# Clients that record into one file at a time share its writer, or each would undo the others.
_writers: WeakValueDictionary[Path, CassetteWriter] = WeakValueDictionary()
_writers_lock = threading.Lock()


def without_moment(text: str) -> str:
    """A prompt without the date and time it was made at, so that it is the same tomorrow."""
    return _MOMENT.sub("(date and time)", text)


def cleaned_question(question: str) -> str:
    """A question as recordings have it: without the moment, and without keys."""
    return scrub(without_moment(question))


class RecordingClient:
    """An `LLMClient` that passes everything on to another and writes down what comes back.

    An error is what came back, too: a replay raises it again.
    """

    def __init__(
        self,
        client: LLMClient,
        path: Path | CassetteWriter,
        *,
        normalise: Normalise = without_moment,
        environment: Mapping[str, str] | None = None,
    ) -> None:
        """Records what `client` answers.

        Args:
            client: the one that is asked.
            path: the cassette, made if it isn't there; clients of this process that record
                into it at a time share it. Or its writer.
            normalise: applied to prompts before they are written, to take out what differs
                from run to run; replay with the same.
            environment: whose keys are removed from texts; `os.environ` by default.

        Raises:
            InvalidFile: the file is there and is no cassette.
        """
        self._client = client
        self._writer = path if isinstance(path, CassetteWriter) else _writer_of(path)
        self._clean = _cleaner(normalise, environment)
        self._scrub = _cleaner(str, environment)

    async def complete(self, prompt: Prompt, *, deadline: Deadline) -> Completion:
        """As `LLMClient.complete`."""
        asked = _cleaned(prompt, self._clean)
        try:
            completion = await self._client.complete(prompt, deadline=deadline)
        except LLMError as error:
            self._writer.add(_failed(error, prompt=asked))
            raise
        self._writer.add(
            Recording(
                prompt=asked,
                model=completion.model,
                answer=self._scrub(completion.text),
                prompt_tokens=completion.prompt_tokens,
                completion_tokens=completion.completion_tokens,
                cost=completion.cost,
                latency_ms=round(completion.latency_ms),
            )
        )
        return completion

    async def embed(self, texts: Sequence[str], *, deadline: Deadline) -> Embeddings:
        """As `LLMClient.embed`."""
        asked = tuple(self._clean(text) for text in texts)
        try:
            embeddings = await self._client.embed(texts, deadline=deadline)
        except LLMError as error:
            self._writer.add(_failed(error, texts=asked))
            raise
        self._writer.add(
            Recording(
                texts=asked,
                model=embeddings.model,
                vectors=tuple(
                    tuple(round(number, _DIGITS) for number in vector)
                    for vector in embeddings.vectors
                ),
                prompt_tokens=embeddings.prompt_tokens,
                cost=embeddings.cost,
                latency_ms=round(embeddings.latency_ms),
            )
        )
        return embeddings

    async def aclose(self) -> None:
        """Closes the client that is asked."""
        await self._client.aclose()


class ReplayingClient:
    """An `LLMClient` that answers from a cassette, at once and without a network.

    A prompt recorded several times gets its answers in their order, the last one from then
    on. A prompt that isn't recorded raises `NotRecorded`, with the nearest that is.
    """

    def __init__(
        self,
        path: Path,
        *,
        normalise: Normalise = without_moment,
        environment: Mapping[str, str] | None = None,
        may_be_missing: bool = False,
    ) -> None:
        """Replays the cassette at `path`; the rest as for `RecordingClient`.

        With `may_be_missing`, without the file nothing is recorded.

        Raises:
            InvalidFile: it isn't there, or is no cassette.
        """
        self._path = path
        self._clean = _cleaner(normalise, environment)
        self._answers: dict[str, list[Recording]] = {}
        recordings = [] if may_be_missing and not path.exists() else read_cassette(path)
        for recording in recordings:
            self._answers.setdefault(self._clean(recording.question), []).append(recording)
        self._asked: dict[str, int] = {}

    def afresh(self) -> ReplayingClient:
        """The same recordings, of which nothing was asked yet: for one conversation of many."""
        twin = copy.copy(self)
        twin._asked = {}
        return twin

    @replayed("chat")
    async def complete(self, prompt: Prompt, *, deadline: Deadline) -> Completion:
        """As `LLMClient.complete`; raises `NotRecorded` for an unknown prompt."""
        started = time.monotonic()
        recording = self._find(question_of_prompt(prompt), "this prompt")
        return completion_of(recording, (time.monotonic() - started) * 1000)

    @replayed("embeddings")
    async def embed(self, texts: Sequence[str], *, deadline: Deadline) -> Embeddings:
        """As `LLMClient.embed`; raises `NotRecorded` for an unknown list of texts."""
        started = time.monotonic()
        recording = self._find(question_of_texts(texts), "these texts")
        return embeddings_of(recording, (time.monotonic() - started) * 1000)

    async def aclose(self) -> None:
        """Does nothing."""

    def _find(self, asked: str, kind: str) -> Recording:
        question = self._clean(asked)
        answers = self._answers.get(question)
        if answers is None:
            raise NotRecorded(_unknown(question, kind, self._answers, self._path))
        count = self._asked.get(question, 0)
        self._asked[question] = count + 1
        return answers[min(count, len(answers) - 1)]


def completion_of(recording: Recording, latency_ms: float) -> Completion:
    """The recorded answer; raises the error that was recorded in its place."""
    recording.raise_error()
    return Completion(
        text=recording.answer or "",
        model=recording.model,
        endpoint="recording",
        prompt_tokens=recording.prompt_tokens,
        completion_tokens=recording.completion_tokens,
        cost=recording.cost,
        latency_ms=latency_ms,
        attempts=0,
        replayed=True,
    )


def embeddings_of(recording: Recording, latency_ms: float) -> Embeddings:
    """The recorded vectors; raises the error that was recorded in their place."""
    recording.raise_error()
    return Embeddings(
        vectors=recording.vectors or (),
        model=recording.model,
        endpoint="recording",
        prompt_tokens=recording.prompt_tokens,
        cost=recording.cost,
        latency_ms=latency_ms,
        attempts=0,
        replayed=True,
    )


def _writer_of(path: Path) -> CassetteWriter:
    with _writers_lock:
        writer = _writers.get(path.resolve())
        if writer is None:
            writer = _writers[path.resolve()] = CassetteWriter(path)
        return writer


def _failed(error: LLMError, **question: Any) -> Recording:
    kept = {**question, "model": error.model, "error": name_of_error(error)}
    return Recording.model_validate(kept)


def _cleaner(normalise: Normalise, environment: Mapping[str, str] | None) -> Normalise:
    return lambda text: scrub(normalise(text), environment)


def _cleaned(prompt: Prompt, clean: Normalise) -> str | tuple[Message, ...]:
    if isinstance(prompt, str):
        return clean(prompt)
    return tuple(
        Message(role=message["role"], content=clean(message["content"])) for message in prompt
    )


def _unknown(question: str, kind: str, known: Iterable[str], path: Path) -> str:
    """What is asked that isn't recorded, beside the nearest that is."""
    advice = "Record the suite anew, or correct the cassette."
    nearest = max(
        known,
        key=lambda other: difflib.SequenceMatcher(None, other, question).quick_ratio(),
        default=None,
    )
    if nearest is None:
        return f"{path} holds no recordings. {advice} Asked was {kind}:\n{question}"
    difference = difflib.unified_diff(
        nearest.splitlines(), question.splitlines(), "recorded", "asked", lineterm="", n=1
    )
    lines = list(difference)
    if len(lines) > _SHOWN_LINES:
        lines = [*lines[:_SHOWN_LINES], f"... and {len(lines) - _SHOWN_LINES} lines more"]
    shown = "\n".join(lines)
    return f"{path} has no recording of {kind}. {advice} The nearest differs so:\n{shown}"
