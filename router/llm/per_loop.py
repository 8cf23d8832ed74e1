"""Things that belong to one event loop: connections, semaphores."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable
from typing import Generic, TypeVar

__all__ = ["PerLoop"]

T = TypeVar("T")


class PerLoop(Generic[T]):
    """Makes one `T` for each event loop that asks, so that its owner works in all of them."""

    def __init__(self, make: Callable[[], T]) -> None:
        self._make = make
        self._made: dict[asyncio.AbstractEventLoop, T] = {}
        self._lock = threading.Lock()

    def get(self) -> T:
        """That of the running loop."""
        loop = asyncio.get_running_loop()
        with self._lock:
            if loop not in self._made:
                # What belonged to a closed loop can't be closed any more, only forgotten; a
                # weak mapping wouldn't, since connections refer to their loop.
                for other in [each for each in self._made if each.is_closed()]:
                    del self._made[other]
                self._made[loop] = self._make()
            return self._made[loop]

    def pop(self) -> T | None:
        """Forgets and returns that of the running loop."""
        with self._lock:
            return self._made.pop(asyncio.get_running_loop(), None)
