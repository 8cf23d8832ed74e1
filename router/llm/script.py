"""What a fake model does, one entry a prompt: the same for `FakeLLM` and the fake server.

- answer: "start flow transfer_money"
- match: balance            # a regular expression; answers every prompt that has it
  answer: "start flow check_balance"
- status: 429
  retry_after: 1
- hang: true
"""

from __future__ import annotations

import hashlib
import math
import re
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator

from router.errors import InvalidFile, Location, NotRecorded, Problem
from router.llm.client import Message
from router.llm.yaml_lists import read_list

__all__ = ["Reply", "Script", "fake_vector", "prompt_text", "read_script"]

#: Dimensions of the vectors that fakes make of texts.
DIMENSIONS = 32


class Reply(BaseModel):
    """What happens to one prompt, or to all that match.

    Attributes:
        answer: the text.
        match: a regular expression sought in the prompt (or the texts to embed).
        times: how many prompts it answers; by default one, or with `match` all.
        delay: seconds before the first byte.
        body_delay: seconds before the last byte, over which the body trickles.
        hang: never answers.
        close: closes the connection without an answer.
        status: the HTTP status.
        retry_after: seconds that a `Retry-After` header asks for.
        raw: sent as the body in place of a completion.
        raw_hex: the same as hexadecimal bytes, for what is no text.
        size: repeats the answer until it has so many characters.
        vectors: for embeddings, in place of those made of the texts.
        prompt_tokens: by default the number of words.
        completion_tokens: by default the number of words.
        headers: further headers.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    answer: str = ""
    match: str | None = None
    times: int | Literal["always"] | None = None
    delay: float = Field(default=0.0, ge=0)
    body_delay: float = Field(default=0.0, ge=0)
    hang: bool = False
    close: bool = False
    status: int = Field(default=200, ge=200, le=599)
    retry_after: float | None = Field(default=None, ge=0)
    raw: str | None = None
    raw_hex: str | None = None
    size: int | None = Field(default=None, gt=0)
    vectors: tuple[tuple[float, ...], ...] | None = None
    prompt_tokens: int | None = None
    completion_tokens: int | None = None
    headers: dict[str, str] = Field(default_factory=dict)

    @field_validator("match")
    @classmethod
    def _compiles(cls, value: str | None) -> str | None:
        try:
            re.compile(value or "")
        except re.error as error:
            raise ValueError(f"no regular expression ({error})") from error
        return value

    @field_validator("raw_hex")
    @classmethod
    def _is_hexadecimal(cls, value: str | None) -> str | None:
        bytes.fromhex(value or "")
        return value

    @property
    def text(self) -> str:
        """The answer, repeated to its size."""
        if self.size is None:
            return self.answer
        unit = self.answer or "x"
        return (unit * (self.size // len(unit) + 1))[: self.size]

    @property
    def body(self) -> bytes | None:
        """What is sent in place of a completion, if anything."""
        if self.raw_hex is not None:
            return bytes.fromhex(self.raw_hex)
        return None if self.raw is None else self.raw.encode()

    @property
    def uses(self) -> float:
        """How many prompts it answers."""
        if self.times is None:
            return 1 if self.match is None else math.inf
        return math.inf if self.times == "always" else self.times


class Script:
    """Replies in their order; those that match a prompt go before those for any."""

    def __init__(self, entries: Iterable[Reply | Mapping[str, Any] | str]) -> None:
        """A text is an answer; a map has the keys of `Reply`."""
        self.replies = tuple(_reply(entry) for entry in entries)
        self._left = [reply.uses for reply in self.replies]

    def next_for(self, prompt: str, *, only_matching: bool = False) -> Reply:
        """The reply to a prompt.

        With `only_matching`, a plain one if none matches: what embeds texts shouldn't use up
        the answers to prompts.

        Raises:
            NotRecorded: none is left for it.
        """
        for wants_match in (True,) if only_matching else (True, False):
            for index, reply in enumerate(self.replies):
                if self._left[index] <= 0 or (reply.match is not None) != wants_match:
                    continue
                if reply.match is None or re.search(reply.match, prompt):
                    self._left[index] -= 1
                    return reply
        if only_matching:
            return Reply()
        raise NotRecorded(
            f"The script of {len(self.replies)} replies has none left for this prompt:\n{prompt}"
        )


def read_script(path: Path) -> Script:
    """Reads a YAML file with a list of replies.

    Raises:
        InvalidFile: it can't be read, or isn't such a list.
    """
    try:
        return Script(read_list(path, "script", "Write `- answer: ...`."))
    except ValidationError as error:
        problems = [
            Problem(
                Location(str(path)),
                "invalid-value",
                f"{'.'.join(map(str, item['loc']))}: {item['msg']}.",
                f"A reply's keys are: {', '.join(Reply.model_fields)}.",
            )
            for item in error.errors()
        ]
        raise InvalidFile(problems) from error


def prompt_text(prompt: Sequence[Message]) -> str:
    """The contents of a chat, which `match` is sought in."""
    return "\n".join(message["content"] for message in prompt)


def fake_vector(text: str) -> tuple[float, ...]:
    """A unit vector in which texts that share words are near; the same on every machine."""
    vector = [0.0] * DIMENSIONS
    for word in re.findall(r"\w+", text.casefold()) or [text]:
        digest = hashlib.sha256(word.encode("utf-8", "replace")).digest()
        for place in range(DIMENSIONS):
            vector[place] += digest[place] - 127.5
    length = math.sqrt(sum(number * number for number in vector)) or 1.0
    return tuple(round(number / length, 6) for number in vector)


def _reply(entry: Reply | Mapping[str, Any] | str) -> Reply:
    if isinstance(entry, Reply):
        return entry
    return Reply(answer=entry) if isinstance(entry, str) else Reply.model_validate(entry)
