"""What goes wrong in a turn, told apart from what does in those that go on beside it."""

from __future__ import annotations

import logging
import traceback
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar

from router.errors import CoexistenceError

__all__ = ["logged_errors", "own_words"]

_errors: ContextVar[list[str] | None] = ContextVar("errors", default=None)


def own_words(error: Exception) -> str:
    """What this package says of it, where it does: Rasa's graph tells the component only."""
    cause: BaseException | None = error
    while cause is not None and not isinstance(cause, CoexistenceError):
        cause = cause.__cause__
    if cause is not None:
        return str(cause)
    name = type(error).__name__
    if str(error).strip():
        return f"{name}: {error}"
    frames = traceback.extract_tb(error.__traceback__)
    where = f", raised by {frames[-1].filename}:{frames[-1].lineno}" if frames else ""
    return f"{name} without a text{where}"


@contextmanager
def logged_errors() -> Iterator[list[str]]:
    """What Rasa and the actions log as an error within the block, and tasks it begins."""
    root = logging.getLogger()
    if _handler not in root.handlers:
        root.addHandler(_handler)
    found: list[str] = []
    token = _errors.set(found)
    try:
        yield found
    finally:
        _errors.reset(token)


class _Errors(logging.Handler):
    """Gives errors to the turn in whose course they are logged, with the exception's message."""

    def emit(self, record: logging.LogRecord) -> None:
        """Keeps one."""
        found = _errors.get()
        # What asyncio logs of a lost task, it logs in the course of any turn.
        if found is None or record.name == "asyncio":
            return
        raised = record.exc_info[1] if record.exc_info else None
        message = record.getMessage().partition("\n")[0]
        if raised is not None and str(raised) not in message:
            message += f" {type(raised).__name__}: {raised}"
        found.append(message)


_handler = _Errors(logging.ERROR)
