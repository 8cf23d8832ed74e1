"""One endpoint, asked once: what both implementations offer to the client over them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from router.errors import LLMError, LLMRefused, LLMUnavailable
from router.llm.client import Message

__all__ = ["Answer", "Endpoint", "Vectors", "status_error"]

# Timeout, Too Early, Too Many Requests; every 5xx is worth a retry too.
_WORTH_A_RETRY = frozenset({408, 425, 429})
_MEANINGS = {
    400: "it doesn't accept the request",
    401: "it doesn't accept the key",
    403: "the key may not use this model",
    404: "it doesn't know this model or address",
    413: "the request is too long for it",
    422: "it doesn't accept the request",
    429: "it is asked too often",
}


@dataclass(frozen=True)
class Answer:
    """What an endpoint says to a prompt; cost in US dollars, where known."""

    text: str
    model: str = ""
    prompt_tokens: int | None = None
    completion_tokens: int | None = None
    cost: float | None = None
    finish_reason: str | None = None


@dataclass(frozen=True)
class Vectors:
    """What an endpoint makes of texts; cost in US dollars, where known."""

    vectors: tuple[tuple[float, ...], ...]
    model: str = ""
    prompt_tokens: int | None = None
    cost: float | None = None


class Endpoint(Protocol):
    """Asks once, without patience of its own: whoever calls bounds, repeats and gives up."""

    @property
    def name(self) -> str:
        """Provider and host."""
        ...

    @property
    def model(self) -> str:
        """The model as configured."""
        ...

    @property
    def timeout(self) -> float:
        """Seconds one attempt may take."""
        ...

    @property
    def loaded(self) -> bool:
        """Whether `load` is done."""
        ...

    def load(self) -> None:
        """Loads what calls need, which may take seconds: never in the event loop's thread."""
        ...

    async def complete(self, messages: Sequence[Message], seconds: float) -> Answer:
        """Asks for a completion; `seconds` are left for it.

        Raises:
            LLMError: in the words of the endpoint's failure, without its name.
        """
        ...

    async def embed(self, texts: Sequence[str], seconds: float) -> Vectors:
        """Asks for vectors; otherwise as `complete`."""
        ...

    async def aclose(self) -> None:
        """Closes the connections of the running event loop."""
        ...


def status_error(status: int, *, retry_after: float | None = None, detail: str = "") -> LLMError:
    """The error for an HTTP status other than success."""
    kind = LLMUnavailable if status in _WORTH_A_RETRY or status >= 500 else LLMRefused
    meaning = _MEANINGS.get(status, "it fails" if status >= 500 else "it doesn't answer this")
    wait = f"; it asks to wait {retry_after:g} s" if retry_after is not None else ""
    message = f"status {status}: {meaning}{wait}."
    return kind(message, retry_after=retry_after, detail=detail)
