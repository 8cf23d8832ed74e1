"""Recordings of a language model: made once with a key, replayed by tests without any.

No header and no key is ever in a cassette.
"""

from __future__ import annotations

import difflib
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path

from router.errors import NotRecorded
from router.llm.cassette_file import (
    Recording,
    question_of_prompt,
    question_of_texts,
    read_cassette,
    write_cassette,
)
from router.llm.client import Completion, Embeddings, LLMClient, Message, Prompt
from router.llm.deadline import Deadline
from router.llm.secrets import scrub
from router.telemetry.model_calls import replayed

__all__ = ["RecordingClient", "ReplayingClient"]

_SHOWN_LINES = 40
# Of so many digits, cosines don't change noticeably and files stay readable.
_DIGITS = 6

Normalise = Callable[[str], str]


class RecordingClient:
    """An `LLMClient` that passes everything on to another and writes down what comes back.

    What the file holds of a prompt is replaced once the prompt is asked again; the rest of
    the file stays. It is written after each answer, so a run that fails halfway loses none.
    """

    def __init__(
        self,
        client: LLMClient,
        path: Path,
        *,
        normalise: Normalise = str,
        environment: Mapping[str, str] | None = None,
    ) -> None:
        """Records what `client` answers.

        Args:
            client: the one that is asked.
            path: the cassette; made if it isn't there.
            normalise: applied to prompts before they are written, to take out what differs
                from run to run, such as the date; replay with the same.
            environment: whose keys are removed from texts; `os.environ` by default.

        Raises:
            InvalidFile: the file is there and is no cassette.
        """
        self._client = client
        self._path = path
        self._clean = _cleaner(normalise, environment)
        self._scrub = _cleaner(str, environment)
        self._kept = read_cassette(path) if path.exists() else []
        self._new: list[Recording] = []

    async def complete(self, prompt: Prompt, *, deadline: Deadline) -> Completion:
        """As `LLMClient.complete`; an error is passed on and not recorded."""
        completion = await self._client.complete(prompt, deadline=deadline)
        self._add(
            Recording(
                prompt=_cleaned(prompt, self._clean),
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
        """As `LLMClient.embed`; an error is passed on and not recorded."""
        embeddings = await self._client.embed(texts, deadline=deadline)
        self._add(
            Recording(
                texts=tuple(self._clean(text) for text in texts),
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

    def _add(self, recording: Recording) -> None:
        self._kept = [kept for kept in self._kept if kept.question != recording.question]
        self._new.append(recording)
        write_cassette(self._path, [*self._kept, *self._new])


class ReplayingClient:
    """An `LLMClient` that answers from a cassette, at once and without a network.

    A prompt recorded several times gets its answers in their order, the last one from then
    on. A prompt that isn't recorded raises `NotRecorded`, with the nearest that is.
    """

    def __init__(
        self,
        path: Path,
        *,
        normalise: Normalise = str,
        environment: Mapping[str, str] | None = None,
    ) -> None:
        """Replays the cassette at `path`; the rest as for `RecordingClient`.

        Raises:
            InvalidFile: it isn't there, or is no cassette.
        """
        self._path = path
        self._clean = _cleaner(normalise, environment)
        self._answers: dict[str, list[Recording]] = {}
        for recording in read_cassette(path):
            self._answers.setdefault(recording.question, []).append(recording)
        self._asked: dict[str, int] = {}

    @replayed("chat")
    async def complete(self, prompt: Prompt, *, deadline: Deadline) -> Completion:
        """As `LLMClient.complete`; raises `NotRecorded` for an unknown prompt."""
        started = time.monotonic()
        recording = self._find(question_of_prompt(_cleaned(prompt, self._clean)), "this prompt")
        return Completion(
            text=recording.answer or "",
            model=recording.model,
            endpoint="recording",
            prompt_tokens=recording.prompt_tokens,
            completion_tokens=recording.completion_tokens,
            cost=recording.cost,
            latency_ms=(time.monotonic() - started) * 1000,
            attempts=0,
            replayed=True,
        )

    @replayed("embeddings")
    async def embed(self, texts: Sequence[str], *, deadline: Deadline) -> Embeddings:
        """As `LLMClient.embed`; raises `NotRecorded` for an unknown list of texts."""
        started = time.monotonic()
        recording = self._find(
            question_of_texts([self._clean(text) for text in texts]), "these texts"
        )
        return Embeddings(
            vectors=recording.vectors or (),
            model=recording.model,
            endpoint="recording",
            prompt_tokens=recording.prompt_tokens,
            cost=recording.cost,
            latency_ms=(time.monotonic() - started) * 1000,
            attempts=0,
            replayed=True,
        )

    async def aclose(self) -> None:
        """Does nothing."""

    def _find(self, question: str, kind: str) -> Recording:
        answers = self._answers.get(question)
        if answers is None:
            raise NotRecorded(_unknown(question, kind, self._answers, self._path))
        count = self._asked.get(question, 0)
        self._asked[question] = count + 1
        return answers[min(count, len(answers) - 1)]


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
