"""What flows went through, noted as they go.

The engine's functions give states and nothing else; who wants to know the way between two of
them collects it:

    with traced() as trace:
        after = advance(state, assistant)

Entries are lists of plain data, so that an event may carry them: `["started", flow]`,
`["left", flow, step, branch, target]` (`branch` counts the step's `next` from 0, -1 where
none was chosen; `target` is a step or `END`) and `["cancelled", flow, step]`.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar

from router.dialogue.state import Frame
from router.flows.model import END

__all__ = ["Trace", "note_cancelled", "note_left", "note_started", "traced"]

Trace = list[list[str | int]]

_collected: ContextVar[Trace | None] = ContextVar("trace", default=None)


@contextmanager
def traced() -> Iterator[Trace]:
    """Collects what flows go through within the block."""
    trace: Trace = []
    token = _collected.set(trace)
    try:
        yield trace
    finally:
        _collected.reset(token)


def note_started(frame: Frame) -> None:
    """The frame's flow begins."""
    trace = _collected.get()
    if trace is not None:
        trace.append(["started", frame.flow_id])


def note_left(frame: Frame, step_id: str, branch: int = -1, target: str = END) -> None:
    """The frame's flow is done with a step."""
    trace = _collected.get()
    if trace is not None:
        trace.append(["left", frame.flow_id, step_id, branch, target])


def note_cancelled(frames: Iterable[Frame]) -> None:
    """User flows are given up, those on top first; patterns and what is done already aren't."""
    trace = _collected.get()
    if trace is not None:
        trace.extend(
            ["cancelled", frame.flow_id, frame.step_id]
            for frame in reversed(tuple(frames))
            if frame.is_user_flow and frame.step_id != END
        )
