"""A circuit breaker: an endpoint that keeps failing isn't asked for a while."""

from __future__ import annotations

import contextlib
import logging
import threading
from datetime import datetime, timedelta, timezone
from typing import NoReturn

from pybreaker import (
    STATE_CLOSED,
    STATE_HALF_OPEN,
    STATE_OPEN,
    CircuitBreaker,
    CircuitBreakerError,
    CircuitMemoryStorage,
)

from router.errors import LLMUnavailable

__all__ = ["Breaker"]

_log = logging.getLogger(__name__)


class _Failure(Exception):
    """What the library is told when a call failed."""


class Breaker:
    """pybreaker's states and counting, told about calls that are awaited elsewhere.

    The library runs the call itself, synchronously, lets every call through once the pause
    is over, and takes a cancelled call for a good or a bad one. Here a single call is let
    through on trial, and a cancelled one counts as if it had never been. Each call ends with
    what `admit` gave it: one from before the circuit opened says nothing about now.
    """

    def __init__(self, name: str, *, failures: int, seconds: float) -> None:
        """Opens after so many failures in a row, for so many seconds."""
        self._name = name
        self._storage = CircuitMemoryStorage(STATE_CLOSED)
        self._circuit = CircuitBreaker(
            fail_max=failures,
            reset_timeout=seconds,
            state_storage=self._storage,
            name=name,
            throw_new_error_on_trip=False,
        )
        self._on_trial = False
        self._era = 0  # goes up when the circuit opens, and with each trial
        self._lock = threading.RLock()

    @property
    def is_open(self) -> bool:
        """Whether a call would be turned away now."""
        with self._lock:
            return self._seconds_closed_off() > 0 or self._on_trial

    @property
    def is_on_trial(self) -> bool:
        """Whether a call is out that shows if the endpoint answers again."""
        with self._lock:
            return self._on_trial

    @property
    def state(self) -> str:
        """`closed`, `open`, or `half-open`: it rests no more, and no call has succeeded yet."""
        with self._lock:
            if self._circuit.current_state == STATE_CLOSED:
                return STATE_CLOSED
            return STATE_OPEN if self._seconds_closed_off() > 0 else STATE_HALF_OPEN

    def admit(self) -> int:
        """Lets a call through; its end must be reported by one of the methods below.

        Returns:
            The era it belongs to, with which its end is reported.

        Raises:
            LLMUnavailable: the circuit is open.
        """
        with self._lock:
            self.check()
            if self._circuit.current_state == STATE_OPEN:
                self._circuit.half_open()
            if self._circuit.current_state == STATE_HALF_OPEN:
                self._on_trial = True
                self._era += 1
            return self._era

    def check(self) -> None:
        """Raises what `admit` would, without letting a call through."""
        with self._lock:
            seconds = self._seconds_closed_off()
            if seconds > 0:
                message = f"it failed {self._circuit.fail_max} times in a row and rests for "
                raise LLMUnavailable(f"{message}another {seconds:.1f} s.")
            if self._on_trial:
                raise LLMUnavailable("it failed lately and is being tried by another call.")

    def succeeded(self, era: int) -> None:
        """The endpoint answered."""
        with self._lock:
            if era != self._era:
                return
            was_on_trial, self._on_trial = self._on_trial, False
            self._circuit.call(lambda: None)
            if was_on_trial:
                _log.info("%s answers again.", self._name)

    def failed(self, era: int) -> None:
        """The endpoint didn't answer."""
        with self._lock:
            if era != self._era:
                return
            self._on_trial = False
            with contextlib.suppress(_Failure, CircuitBreakerError):
                self._circuit.call(_fail)
            if self._circuit.current_state == STATE_OPEN:
                self._era += 1
                pause = self._circuit.reset_timeout
                _log.warning("%s keeps failing and isn't asked for %g s.", self._name, pause)

    def forgotten(self, era: int) -> None:
        """The call was given up before the endpoint showed whether it works."""
        with self._lock:
            if era == self._era:
                self._on_trial = False

    def _seconds_closed_off(self) -> float:
        opened = self._storage.opened_at
        if self._circuit.current_state != STATE_OPEN or opened is None:
            return 0.0
        ends = opened + timedelta(seconds=self._circuit.reset_timeout)
        return max(0.0, (ends - datetime.now(timezone.utc)).total_seconds())


def _fail() -> NoReturn:
    raise _Failure
