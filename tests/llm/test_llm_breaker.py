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
        breaker.failed(breaker.admit())


def refused(breaker: Breaker) -> bool:
    try:
        breaker.forgotten(breaker.admit())
    except LLMUnavailable:
        return True
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
    breaker.succeeded(breaker.admit())
    fail(breaker)
    assert not breaker.is_open


def test_after_the_pause_one_call_is_let_through_on_trial():
    breaker = made()
    fail(breaker, 2)
    time.sleep(PAUSE * 1.2)
    trial = breaker.admit()
    with pytest.raises(LLMUnavailable, match="tried by another call"):
        breaker.admit()
    breaker.succeeded(trial)
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
    breaker.forgotten(breaker.admit())
    breaker.failed(breaker.admit())
    assert refused(breaker)


def test_a_cancelled_call_neither_counts_nor_resets():
    breaker = made()
    fail(breaker)
    breaker.forgotten(breaker.admit())
    fail(breaker)
    assert breaker.is_open


def test_calls_from_before_it_opened_change_nothing():
    breaker = made(seconds=60)
    calls = [breaker.admit() for _ in range(4)]
    for report, call in zip(
        (breaker.failed, breaker.failed, breaker.succeeded, breaker.failed), calls, strict=True
    ):
        report(call)
    assert refused(breaker)


@pytest.mark.parametrize("report", [Breaker.forgotten, Breaker.succeeded, Breaker.failed])
def test_a_call_from_before_it_opened_ends_no_trial(report):
    breaker = made()
    early = breaker.admit()
    fail(breaker, 2)
    time.sleep(PAUSE * 1.2)
    trial = breaker.admit()
    report(breaker, early)
    assert breaker.state == "half-open"
    with pytest.raises(LLMUnavailable, match="tried by another call"):
        breaker.admit()
    breaker.succeeded(trial)
    assert breaker.state == "closed"


def test_a_trial_that_was_given_up_does_not_end_the_next():
    breaker = made()
    fail(breaker, 2)
    time.sleep(PAUSE * 1.2)
    first = breaker.admit()
    breaker.forgotten(first)
    breaker.admit()
    breaker.forgotten(first)
    assert breaker.is_open


def test_opening_and_closing_is_logged_by_the_endpoint_s_name(caplog):
    caplog.set_level(logging.INFO)
    breaker = made()
    fail(breaker, 2)
    time.sleep(PAUSE * 1.2)
    breaker.succeeded(breaker.admit())
    assert [record.getMessage() for record in caplog.records] == [
        "openai at here keeps failing and isn't asked for 0.2 s.",
        "openai at here answers again.",
    ]
