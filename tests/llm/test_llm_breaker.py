"""The circuit opens after failures in a row, and closes after one call on trial."""

from __future__ import annotations

import logging
import time

import pytest

from router.errors import LLMUnavailable
from router.llm.breaker import Breaker

PAUSE = 0.2


def made(failures: int = 2, seconds: float = PAUSE) -> Breaker:
    return Breaker("openai at here", failures=failures, seconds=seconds)


def fail(breaker: Breaker, times: int = 1) -> None:
    for _ in range(times):
        breaker.admit()
        breaker.failed()


def refused(breaker: Breaker) -> bool:
    try:
        breaker.admit()
    except LLMUnavailable:
        return True
    breaker.forgotten()
    return False


def test_it_opens_after_so_many_failures_in_a_row():
    breaker = made(failures=3)
    fail(breaker, 2)
    assert not refused(breaker)
    fail(breaker)
    assert refused(breaker)
    assert breaker.is_open


def test_a_success_in_between_begins_anew():
    breaker = made()
    fail(breaker)
    breaker.admit()
    breaker.succeeded()
    fail(breaker)
    assert not breaker.is_open


def test_after_the_pause_one_call_is_let_through_on_trial():
    breaker = made()
    fail(breaker, 2)
    time.sleep(PAUSE * 1.2)
    breaker.admit()
    with pytest.raises(LLMUnavailable, match="tried by another call"):
        breaker.admit()
    breaker.succeeded()
    assert not refused(breaker)
    fail(breaker)
    assert not breaker.is_open


def test_a_failed_trial_opens_it_again():
    breaker = made()
    fail(breaker, 2)
    time.sleep(PAUSE * 1.2)
    fail(breaker)
    assert refused(breaker)


def test_a_cancelled_trial_says_nothing():
    breaker = made()
    fail(breaker, 2)
    time.sleep(PAUSE * 1.2)
    breaker.admit()
    breaker.forgotten()
    breaker.admit()
    breaker.failed()
    assert refused(breaker)


def test_a_cancelled_call_neither_counts_nor_resets():
    breaker = made()
    fail(breaker)
    breaker.admit()
    breaker.forgotten()
    fail(breaker)
    assert breaker.is_open


def test_calls_from_before_it_opened_change_nothing():
    breaker = made(seconds=60)
    for _ in range(4):
        breaker.admit()
    breaker.failed()
    breaker.failed()
    breaker.succeeded()
    breaker.failed()
    assert refused(breaker)


def test_opening_and_closing_is_logged_by_the_endpoint_s_name(caplog):
    caplog.set_level(logging.INFO)
    breaker = made()
    fail(breaker, 2)
    time.sleep(PAUSE * 1.2)
    breaker.admit()
    breaker.succeeded()
    assert [record.getMessage() for record in caplog.records] == [
        "openai at here keeps failing and isn't asked for 0.2 s.",
        "openai at here answers again.",
    ]
