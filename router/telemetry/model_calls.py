"""Spans and metrics of calls to language models: a span for each time that one is asked.

Names follow https://opentelemetry.io/docs/specs/semconv/gen-ai/gen-ai-spans/ where it has one.
"""

from __future__ import annotations

import asyncio
import functools
import json
import threading
import time
import weakref
from collections.abc import Awaitable, Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any, Protocol, TypeVar, cast

from router.telemetry.api import content, known, meter, observations, span, writable

__all__ = ["Breaker", "Endpoint", "ModelCall", "replayed", "watch_breaker"]

_Method = TypeVar("_Method", bound=Callable[..., Awaitable[Any]])

_duration = meter.create_histogram("gen_ai.client.operation.duration", "s", "Model calls")
_errors = meter.create_counter("coexist.llm.errors", "{error}", "Failed model calls by kind")
_tokens = meter.create_counter("coexist.llm.tokens", "{token}", "Tokens read and written by models")
_cost = meter.create_counter("coexist.llm.cost", "USD", "What models cost, where it is known")

_STATES = {"closed": 0, "half-open": 1, "open": 2}


class Endpoint(Protocol):
    """What is asked: a `name` such as `openai at api.openai.com`, and the model."""

    @property
    def name(self) -> str:
        """Provider and host."""
        ...

    @property
    def model(self) -> str:
        """The model as configured."""
        ...


class Breaker(Protocol):
    """A circuit breaker; its `state` is `closed`, `half-open` or `open`."""

    @property
    def state(self) -> str:
        """The present one."""
        ...


class ModelCall:
    """One question to a model, which may take several attempts.

    `operation` is `chat` or `embeddings`; `asked` a prompt, a chat or texts, of which nothing
    is kept unless content is logged.
    """

    def __init__(self, operation: str, asked: str | Sequence[Any]) -> None:
        self._operation = operation
        self._asked = asked

    @contextmanager
    def attempt(self, endpoint: Endpoint, number: int) -> Iterator[Callable[[Any], None]]:
        """A span and the metrics of one attempt, around it; number 1 is the first.

        The block is given a function that takes the answer. What the block raises is passed
        on; only the kind of error is kept.
        """
        start = time.perf_counter()
        labels = {"gen_ai.operation.name": self._operation, **_attributes(endpoint)}
        answers: list[Any] = []
        name = f"{self._operation} {endpoint.model}"
        with span(name, attributes=labels, is_client=True) as started:
            started.set_attribute("coexist.llm.attempt", number)
            try:
                yield answers.append
            except asyncio.CancelledError:
                raise
            except Exception as error:
                labels["error.type"] = type(error).__name__
                _errors.add(1, labels)
                _duration.record(time.perf_counter() - start, labels)
                raise
            else:
                _duration.record(time.perf_counter() - start, labels)
                _count(answers[0], labels)
                self._tell(started, answers[0])
            finally:
                self._tell_question(started)

    async def replay(self, answer: Awaitable[Any]) -> Any:
        """The answer of a recording or a script, which cost nothing: a span, no metrics."""
        labels = {"gen_ai.operation.name": self._operation, "coexist.llm.replayed": True}
        with span(self._operation, attributes=labels, is_client=True) as started:
            self._tell_question(started)
            given = await answer
            started.set_attributes(known({"gen_ai.request.model": given.model}))
            self._tell(started, given)
        return given

    def _tell(self, started: Any, answer: Any) -> None:
        if not started.is_recording():
            return
        reason = getattr(answer, "finish_reason", None)
        told = {
            "coexist.outcome": "answered",
            "coexist.llm.cost": answer.cost,
            "gen_ai.response.model": answer.model,
            "gen_ai.response.finish_reasons": [reason] if reason else None,
            "gen_ai.usage.input_tokens": answer.prompt_tokens,
            "gen_ai.usage.output_tokens": getattr(answer, "completion_tokens", None),
        }
        started.set_attributes(known(told))
        if content.is_logged and hasattr(answer, "text"):
            said = [_message("assistant", answer.text)]
            started.set_attribute("gen_ai.output.messages", _as_json(said))

    def _tell_question(self, started: Any) -> None:
        if not content.is_logged or not started.is_recording():
            return
        asked = [self._asked] if isinstance(self._asked, str) else self._asked
        messages = [
            _message("user", each)
            if isinstance(each, str)
            else _message(each["role"], each["content"])
            for each in asked
        ]
        started.set_attribute("gen_ai.input.messages", _as_json(messages))


def replayed(operation: str) -> Callable[[_Method], _Method]:
    """Decorates `complete` or `embed` of a client that asks no model."""

    def decorate(method: _Method) -> _Method:
        @functools.wraps(method)
        async def recorded(self: Any, *asked: Any, **keys: Any) -> Any:
            question: Any = asked[0] if asked else keys.get("prompt", keys.get("texts"))
            return await ModelCall(operation, question).replay(method(self, *asked, **keys))

        return cast(_Method, recorded)

    return decorate


def watch_breaker(breaker: Breaker, endpoint: Endpoint) -> None:
    """Reports the breaker's state, as long as it lives, with the metrics."""
    with _lock:
        _watched[breaker] = tuple(_attributes(endpoint).items())


_lock = threading.Lock()
_watched: weakref.WeakKeyDictionary[Breaker, tuple[tuple[str, Any], ...]]
_watched = weakref.WeakKeyDictionary()


def _states() -> dict[tuple[tuple[str, Any], ...], int]:
    """The worst state of each endpoint and model: several groups may have it."""
    with _lock:
        watched = list(_watched.items())
    states: dict[tuple[tuple[str, Any], ...], int] = {}
    for breaker, attributes in watched:
        states[attributes] = max(_STATES[breaker.state], states.get(attributes, 0))
    return states


meter.create_observable_gauge(
    "coexist.llm.breaker.state",
    [observations(_states)],
    description="Circuit breakers: 0 closed, 1 half open, 2 open",
)


def _count(answer: Any, labels: dict[str, Any]) -> None:
    used = {
        "input": answer.prompt_tokens,
        "output": getattr(answer, "completion_tokens", None),
    }
    for kind, count in used.items():
        if count:
            _tokens.add(count, {**labels, "gen_ai.token.type": kind})
    if answer.cost and answer.cost > 0:  # a counter only grows
        _cost.add(answer.cost, labels)


def _attributes(endpoint: Endpoint) -> dict[str, Any]:
    provider, _, host = endpoint.name.partition(" at ")
    address, _, port = host.rpartition("@")[2].partition(":")  # never with a password
    return known(
        {
            "gen_ai.provider.name": provider,
            "gen_ai.request.model": endpoint.model,
            "server.address": address,
            "server.port": int(port) if port.isdigit() else None,
        }
    )


def _message(role: str, text: str) -> dict[str, Any]:
    return {"role": role, "parts": [{"type": "text", "content": text}]}


def _as_json(messages: list[dict[str, Any]]) -> str:
    return writable(json.dumps(messages, ensure_ascii=False))
