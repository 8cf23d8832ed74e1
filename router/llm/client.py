"""What a language model is to the rest of the package: two questions, and what comes back."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal, Protocol, runtime_checkable

# pydantic, which brings it, reads no other TypedDict before Python 3.12.
from typing_extensions import TypedDict

from router.errors import CoexistenceError, LLMError
from router.llm.deadline import Deadline

__all__ = [
    "Completion",
    "Embeddings",
    "LLMClient",
    "Message",
    "Prompt",
    "as_messages",
    "failed_call",
]


class Message(TypedDict):
    """One message of a chat, as OpenAI's API has it."""

    role: Literal["system", "user", "assistant"]
    content: str


Prompt = str | Sequence[Message]


@dataclass(frozen=True)
class Completion:
    """A model's answer.

    Attributes:
        text: the answer, never empty.
        model: the model that gave it, in the endpoint's words.
        endpoint: provider and host, such as `openai at api.openai.com`.
        prompt_tokens: tokens read, if the endpoint counts them.
        completion_tokens: tokens written, if the endpoint counts them.
        cost: US dollars, if known.
        latency_ms: milliseconds from the question to the answer, all attempts included.
        attempts: how often an endpoint was asked, 1 or more; 0 if none was.
        finish_reason: why the model stopped, such as `stop` or `length`.
        replayed: whether it comes from a cassette or a script.
    """

    text: str
    model: str = ""
    endpoint: str = ""
    prompt_tokens: int | None = None
    completion_tokens: int | None = None
    cost: float | None = None
    latency_ms: float = 0.0
    attempts: int = 1
    finish_reason: str | None = None
    replayed: bool = False

    def record(self, outcome: str) -> dict[str, Any]:
        """What is kept of the call beside a decision: no text, neither asked nor answered.

        `outcome` says what became of the answer, such as `read` or `unreadable`.
        """
        return _record(self, outcome)


@dataclass(frozen=True)
class Embeddings:
    """One vector for each text, in their order; the rest as in `Completion`."""

    vectors: tuple[tuple[float, ...], ...]
    model: str = ""
    endpoint: str = ""
    prompt_tokens: int | None = None
    cost: float | None = None
    latency_ms: float = 0.0
    attempts: int = 1
    replayed: bool = False

    def record(self, outcome: str = "read") -> dict[str, Any]:
        """As `Completion.record`."""
        return _record(self, outcome)


@runtime_checkable
class LLMClient(Protocol):
    """Asks a language model. May be used by many conversations at once, in any event loop."""

    async def complete(self, prompt: Prompt, *, deadline: Deadline) -> Completion:
        """Asks for the text that follows a prompt.

        Args:
            prompt: a text, sent as one message of the user, or a chat.
            deadline: when to give up; what remains of the turn's time.

        Raises:
            LLMError: there is no answer; the subclass says why.
        """
        ...

    async def embed(self, texts: Sequence[str], *, deadline: Deadline) -> Embeddings:
        """Asks for a vector for each text.

        Raises:
            LLMError: there is no answer; the subclass says why.
        """
        ...

    async def aclose(self) -> None:
        """Closes the connections that the running event loop holds."""
        ...


def _record(answer: Completion | Embeddings, outcome: str) -> dict[str, Any]:
    known = {
        "endpoint": answer.endpoint or None,
        "model": answer.model or None,
        "prompt_tokens": answer.prompt_tokens,
        "completion_tokens": answer.completion_tokens if isinstance(answer, Completion) else None,
        "cost": answer.cost,
        "latency_ms": round(answer.latency_ms, 1),
        "attempts": answer.attempts,
        "replayed": answer.replayed or None,
        "outcome": outcome,
    }
    return {key: value for key, value in known.items() if value is not None}


def failed_call(error: CoexistenceError) -> dict[str, Any]:
    """What is kept of a call without an answer, as `Completion.record`; of no call, only why."""
    known: dict[str, Any] = {}
    if isinstance(error, LLMError):
        known = {
            "endpoint": error.endpoint or None,
            "model": error.model or None,
            "latency_ms": round(error.latency_ms, 1),
            "attempts": error.attempts,
        }
    given = {key: value for key, value in known.items() if value is not None}
    return {**given, "outcome": type(error).__name__}


def as_messages(prompt: Prompt) -> list[Message]:
    """The prompt as a chat."""
    if isinstance(prompt, str):
        return [{"role": "user", "content": prompt}]
    return list(prompt)
