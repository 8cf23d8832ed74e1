"""The file behind a recording: YAML that people read and correct."""

from __future__ import annotations

import os
import threading
from collections.abc import Iterable, Sequence
from itertools import takewhile
from pathlib import Path
from typing import Any, Literal

import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from router.errors import (
    InvalidAnswer,
    InvalidFile,
    LLMError,
    LLMRefused,
    LLMTimeout,
    LLMUnavailable,
    Location,
    Problem,
)
from router.llm.client import Message, Prompt, as_messages
from router.llm.yaml_lists import read_list

__all__ = [
    "CassetteWriter",
    "Recording",
    "name_of_error",
    "question_of_prompt",
    "question_of_texts",
    "read_cassette",
    "write_cassette",
]

_HEADER = (
    "# Recorded answers of a language model. Correct them freely: a test replays what is here.\n"
)
_ERRORS: dict[str, type[LLMError]] = {
    kind.__name__: kind for kind in (LLMTimeout, LLMUnavailable, LLMRefused, InvalidAnswer)
}


class Recording(BaseModel):
    """One question and what came back.

    Attributes:
        prompt: a text, or a chat of messages with role and content.
        texts: in place of the prompt, what was embedded.
        answer: the text, for a prompt.
        vectors: for texts.
        error: in place of either, why none came: `LLMTimeout`, `LLMUnavailable`, `LLMRefused`
            or `InvalidAnswer`.
        model: the model that answered.
        prompt_tokens: as counted by the endpoint.
        completion_tokens: as counted by the endpoint.
        cost: US dollars, where known.
        latency_ms: milliseconds it took when it was recorded.
    """

    model_config = ConfigDict(extra="forbid", frozen=True, protected_namespaces=())

    prompt: str | tuple[Message, ...] | None = None
    texts: tuple[str, ...] | None = None
    model: str = ""
    answer: str | None = None
    vectors: tuple[tuple[float, ...], ...] | None = None
    error: Literal["LLMTimeout", "LLMUnavailable", "LLMRefused", "InvalidAnswer"] | None = None
    prompt_tokens: int | None = None
    completion_tokens: int | None = None
    cost: float | None = None
    latency_ms: float = Field(default=0.0, ge=0)

    @model_validator(mode="after")
    def _is_whole(self) -> Recording:
        asked = [self.prompt is not None, self.texts is not None]
        came = [self.answer is not None, self.vectors is not None]
        if asked.count(True) != 1 or came != (asked if self.error is None else [False, False]):
            raise ValueError("write prompt and answer, or texts and vectors, or either and error")
        if self.vectors is not None and len(self.texts or ()) != len(self.vectors):
            raise ValueError("each text has one vector")
        return self

    def raise_error(self) -> None:
        """Raises the error that was recorded, if one was."""
        if self.error is not None:
            raise _ERRORS[self.error](
                "no answer, as recorded.", endpoint="recording", model=self.model
            )

    @property
    def question(self) -> str:
        """What was asked, as one text that tells questions apart."""
        if self.texts is not None:
            return question_of_texts(self.texts)
        assert self.prompt is not None
        return question_of_prompt(self.prompt)


def read_cassette(path: Path) -> list[Recording]:
    """The recordings of a file, in their order.

    Raises:
        InvalidFile: it can't be read, or isn't a list of recordings.
    """
    recordings: list[Recording] = []
    problems: list[Problem] = []
    for index, item in enumerate(read_list(path, "cassette", "Write recordings.")):
        try:
            recordings.append(Recording.model_validate(item))
        except ValidationError as error:
            message = f"Recording {index + 1}: {error.errors()[0]['msg']}."
            advice = "Record the suite anew, or correct it."
            problems.append(Problem(Location(str(path)), "invalid-value", message, advice))
    if problems:
        raise InvalidFile(problems)
    return recordings


def name_of_error(error: LLMError) -> str:
    """The name under which a recording keeps the error."""
    names = (kind.__name__ for kind in type(error).__mro__)
    return next((name for name in names if name in _ERRORS), LLMUnavailable.__name__)


def write_cassette(path: Path, recordings: Iterable[Recording], header: str = _HEADER) -> None:
    """Writes a file that `read_cassette` reads, below a header of comment lines.

    A reader never sees half of it.
    """
    items = [recording.model_dump(mode="json", exclude_none=True) for recording in recordings]
    text = header + "".join(
        "\n" + yaml.dump([item], Dumper=_Dumper, sort_keys=False, allow_unicode=True, width=100)
        for item in items
    )
    path.parent.mkdir(parents=True, exist_ok=True)
    new = path.with_name(f".{path.name}.{os.getpid()}")
    new.write_text(text, encoding="utf-8")
    new.replace(path)


class CassetteWriter:
    """Adds to a cassette, for all clients that record into it.

    What the file holds of a question is replaced once it is asked again; its other
    recordings and the comments at its head stay. It is written after each answer, so a run
    that fails halfway loses none.
    """

    def __init__(self, path: Path) -> None:
        """Raises `InvalidFile` if the file is there and is no cassette."""
        self._path = path
        self._kept = read_cassette(path) if path.exists() else []
        self._header = _comments_of(path) if path.exists() else ""
        self._new: list[Recording] = []
        self._lock = threading.Lock()

    def recorded(self, question: str) -> list[Recording]:
        """What this run added of a question, in its order."""
        with self._lock:
            return [recording for recording in self._new if recording.question == question]

    def add(self, recording: Recording) -> None:
        """Writes it behind those of this run."""
        with self._lock:
            self._kept = [kept for kept in self._kept if kept.question != recording.question]
            self._new.append(recording)
            write_cassette(self._path, [*self._kept, *self._new], self._header or _HEADER)


def _comments_of(path: Path) -> str:
    lines = path.read_text(encoding="utf-8").splitlines(keepends=True)
    return "".join(takewhile(lambda line: line.startswith("#"), lines))


def question_of_prompt(prompt: Prompt) -> str:
    """A prompt as one text; the same for a text and for a chat of only that."""
    messages = as_messages(prompt)
    if len(messages) == 1 and messages[0]["role"] == "user":
        return messages[0]["content"]
    return "\n".join(f"[{message['role']}]\n{message['content']}" for message in messages)


def question_of_texts(texts: Sequence[str]) -> str:
    """Texts to embed as one text."""
    return "\n".join(f"[text]\n{text}" for text in texts)


class _Dumper(yaml.SafeDumper):
    """Long texts as blocks, vectors in one line."""


def _represent_text(dumper: yaml.SafeDumper, text: str) -> yaml.ScalarNode:
    style = "|" if "\n" in text else None
    return dumper.represent_scalar("tag:yaml.org,2002:str", text, style=style)


def _represent_list(dumper: yaml.SafeDumper, items: list[Any]) -> yaml.SequenceNode:
    numbers = bool(items) and all(isinstance(item, float) for item in items)
    return dumper.represent_sequence("tag:yaml.org,2002:seq", items, flow_style=numbers)


_Dumper.add_representer(str, _represent_text)
_Dumper.add_representer(list, _represent_list)
