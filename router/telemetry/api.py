"""OpenTelemetry's API, or what stands for it where it isn't installed and does nothing.

The API itself does nothing until providers are set: a program's own, which are used here, or
those of `exporting`. See https://opentelemetry.io/docs/languages/python/instrumentation/
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from typing import Any

from typing_extensions import Self

__all__ = [
    "SCOPE",
    "content",
    "failed",
    "known",
    "meter",
    "observations",
    "span",
    "start_span",
    "within",
    "writable",
]

SCOPE = "rasa-coexistence"


class _Silence:
    """Stands for a tracer, span, meter or instrument, and does nothing."""

    is_valid = False

    def is_recording(self) -> bool:
        return False

    def _nothing(self, *args: Any, **kwargs: Any) -> Self:
        return self

    start_span = get_span_context = set_attribute = set_attributes = end = _nothing
    create_counter = create_histogram = create_observable_gauge = add = record = _nothing


# Any, for the type checker should need no OpenTelemetry either.
context: Any
metrics: Any
trace: Any
_tracer: Any
meter: Any
try:
    from opentelemetry import context, metrics, trace
except ModuleNotFoundError:
    _tracer = meter = _Silence()
    _is_installed = False
else:
    _tracer, meter = trace.get_tracer(SCOPE), metrics.get_meter(SCOPE)
    _is_installed = True


class Content:
    """Whether what users and models say may be recorded: `log_content`, off by default."""

    is_logged = False


content = Content()


def start_span(
    name: str,
    attributes: Mapping[str, Any] | None = None,
    *,
    is_client: bool = False,
    is_root: bool = False,
    start_time: int | None = None,
) -> Any:
    """A span that whoever asks for it ends; `start_time` in nanoseconds since 1970."""
    if not _is_installed:
        return _tracer.start_span()
    return _tracer.start_span(
        name,
        context=context.Context() if is_root else None,
        kind=trace.SpanKind.CLIENT if is_client else trace.SpanKind.INTERNAL,
        attributes=attributes,
        start_time=start_time,
    )


class within:
    """What begins in the block, tasks too, belongs to the span; it isn't ended."""

    def __init__(self, started: Any) -> None:
        self._started = started
        self._token: Any = None

    def __enter__(self) -> Any:
        # One that nobody records would hide a span of the program's own.
        if self._started.get_span_context().is_valid:
            self._token = context.attach(trace.set_span_in_context(self._started))
        return self._started

    def __exit__(self, *error: Any) -> None:
        if self._token is not None:
            context.detach(self._token)


class span(within):
    """A span around the block, with the kind of error if it fails; options of `start_span`."""

    def __init__(self, name: str, **options: Any) -> None:
        super().__init__(start_span(name, **options))

    def __exit__(self, *error: Any) -> None:
        super().__exit__(*error)
        if error[1] is not None:
            failed(self._started, error[1])
        self._started.end()


def failed(started: Any, error: BaseException) -> None:
    """Notes on a span how it failed: never in the error's words, which may quote the user."""
    if not started.is_recording():
        return
    if isinstance(error, asyncio.CancelledError):
        started.set_attribute("coexist.outcome", "cancelled")
    else:
        started.set_attributes({"coexist.outcome": "failed", "error.type": type(error).__name__})
        started.set_status(trace.StatusCode.ERROR)


def known(attributes: Mapping[str, Any]) -> dict[str, Any]:
    """The attributes that have a value."""
    return {name: value for name, value in attributes.items() if value not in (None, "")}


def writable(text: str) -> str:
    """The text as UTF-8 can hold it: half a surrogate pair would stop a whole batch."""
    return text.encode("utf-8", "replace").decode()


def observations(
    values: Callable[[], Mapping[tuple[tuple[str, Any], ...], int]],
) -> Callable[[Any], list[Any]]:
    """A gauge's callback that reports values by their attributes."""
    return lambda options: [
        metrics.Observation(value, dict(attributes)) for attributes, value in values().items()
    ]
