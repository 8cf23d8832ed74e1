"""Spans and metrics of user turns and routing decisions.

coexist.turn          from the message's arrival to the last answer
  coexist.routing     what the router decided; absent on turns of a sticky route
    chat <model>      as in `model_calls`
  chat <model>        asked for commands
"""

from __future__ import annotations

import asyncio
import hashlib
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from functools import partial
from typing import Any

from router.telemetry.api import failed, known, meter, span, start_span, within

__all__ = ["deciding", "routed", "turn"]

_turns = meter.create_counter("coexist.turns", "{turn}", "User turns by who answers, and why")
_duration = meter.create_histogram("coexist.turn.duration", "s", "User turns, answers included")
_IN_DECISION = ("route", "sticky", "reason", "router", "intent", "confidence", "margin")


@dataclass(eq=False)
class _Turn:
    """A user turn under way.

    Attributes:
        route: who answers it, once that's known.
        has_decision: whether its decision has a span already.
        at_end: gives further attributes when it's over.
    """

    span: Any
    is_open: bool = True
    route: str = ""
    has_decision: bool = False
    at_end: Callable[[], Mapping[str, Any]] | None = None


_current: ContextVar[_Turn | None] = ContextVar("turn", default=None)


class turn:
    """A user's turn, around the block; part of the turn that is open if there is one."""

    def __enter__(self) -> None:
        outer = _current.get()
        self._is_part = outer is not None and outer.is_open
        if self._is_part:
            return
        self._start = time.perf_counter()
        # A reminder fires in the context of the turn that set it, which is over.
        self._span = span("coexist.turn", is_root=outer is not None)
        self._turn = _Turn(self._span.__enter__())
        self._token = _current.set(self._turn)

    def __exit__(self, *error: Any) -> None:
        if self._is_part:
            return
        this, started = self._turn, self._turn.span
        _current.reset(self._token)
        this.is_open = False
        seconds = time.perf_counter() - self._start
        _duration.record(seconds, {"coexist.route": this.route} if this.route else None)
        try:
            if this.at_end is not None and started.is_recording():
                started.set_attributes(known(this.at_end()))
        finally:
            self._span.__exit__(*error)


def routed(
    route: str,
    why: Mapping[str, Any],
    *,
    is_new: bool = True,
    conversation: str = "",
    at_end: Callable[[], Mapping[str, Any]] | None = None,
) -> None:
    """Counts a turn, and notes on its span who answers it.

    Args:
        route: `calm` or `nlu`.
        why: the record of the decision, or as much of it as there is without one.
        is_new: whether the decision was made in this turn.
        conversation: whose turn it is; only a hash of it is kept.
        at_end: further attributes, asked for at the turn's end if anyone records them.
    """
    labels = {"coexist.route": route, "coexist.reason": why["reason"]}
    if "router" in why:
        labels["coexist.router"] = why["router"]
    _turns.add(1, labels)
    this = _current.get()
    if this is None or not this.is_open:
        return
    this.route, this.at_end = route, at_end
    if not this.span.is_recording():
        return
    whose = hashlib.sha256(conversation.encode("utf-8", "replace")).hexdigest()[:16]
    told = {**_attributes(why), "coexist.route": route, "gen_ai.conversation.id": whose}
    this.span.set_attributes(told)
    if is_new and not this.has_decision:
        now = time.time_ns()
        began = now - round(why.get("latency_ms", 0.0) * 1e6)
        start_span("coexist.routing", _attributes(why), start_time=began).end(now)


@contextmanager
def deciding() -> Iterator[Callable[[asyncio.Task[Any]], None]]:
    """The span of a decision that has to be waited for.

    The task that decides is created in the block; what the block is given is the task's
    done callback. Its result is a decision with `as_dict()`.
    """
    started = start_span("coexist.routing")
    this = _current.get()
    if this is not None:
        this.has_decision = True
    with within(started):
        yield partial(_decided, started)


def _decided(started: Any, task: asyncio.Task[Any]) -> None:
    error = asyncio.CancelledError() if task.cancelled() else task.exception()
    if error is not None:
        failed(started, error)
    elif started.is_recording():
        started.set_attributes(_attributes(task.result().as_dict()))
    started.end()


def _attributes(decision: Mapping[str, Any]) -> dict[str, Any]:
    told = {f"coexist.{name}": decision.get(name) for name in _IN_DECISION}
    if "route" in decision:
        told["coexist.outcome"] = decision["route"] + ("" if decision["sticky"] else "_once")
    return known(told)
