"""Keys and passwords: in no part of a result, and so in no report."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from e2e_fake_bots import FakeBot, cases_from, observed, talk

from router.e2e.cases import Turn
from router.e2e.observed import ObservedTurn
from router.e2e.options import RunOptions
from router.e2e.places import Place
from router.e2e.results import AttemptResult, CaseResult
from router.e2e.running import run_cases
from router.e2e.scrubbing import scrubbed
from router.e2e.turn_results import turn_result
from router.errors import Location

SECRET = 'p4ss"word\\of-the-bank'
KEY = "sk-abcdefghijklmnop0123"


async def blabs(conversation: Any, text: str) -> Any:
    said = observed(text, f"The password is {SECRET}.", errors=(f"401 for {KEY}", SECRET))
    slot = {"event": "slot", "name": "note", "value": [SECRET]}
    called = {"event": "user", "text": SECRET, "parse_data": {"llm_calls": [{"error": SECRET}]}}
    return observed_with(said, slot, called)


def observed_with(turn: Any, *events: Any) -> Any:
    return type(turn)(turn.user, (*events, *turn.events), {}, {"note": [SECRET]}, 1.0, turn.errors)


async def test_no_text_of_a_case_that_was_played_holds_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("BANK_PASSWORD", SECRET)
    cases = cases_from(tmp_path, talk("a", expected=f'"hello {KEY}"'))
    [played] = await run_cases(cases, FakeBot(blabs), RunOptions())
    written = played.result.model_dump_json()
    assert "p4ss" not in written
    assert KEY not in written
    [turn] = played.result.attempts[0].turns
    assert turn.messages[0].text == "The password is ${BANK_PASSWORD}."
    assert any("${BANK_PASSWORD}" in line for line in turn.events)
    assert turn.logged_errors == ("401 for (key removed)", "${BANK_PASSWORD}")
    assert turn.slots_changed == {"note": ["${BANK_PASSWORD}"]}


async def test_why_an_attempt_could_not_be_made_holds_none(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DB_TOKEN", "hush-hush-hush")

    async def refuses() -> str:
        return "psql: no access with hush-hush-hush"

    options = RunOptions(before_attempt=refuses)
    [played] = await run_cases(cases_from(tmp_path, talk("a")), FakeBot(), options)
    assert played.result.attempts[0].error == "psql: no access with ${DB_TOKEN}"


def test_a_place_stays_where_it_is(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MY_TOKEN", "e2e_tests")
    place = Place(file="e2e_tests/test_it.yml", line=3)
    result = CaseResult(
        name="a",
        place=place,
        status="passed",
        attempts=(AttemptResult(status="passed", seconds=1.5),),
        rerun="coexist test e2e_tests/test_it.yml::a",
    )
    clean = scrubbed(result)
    assert (clean.place, clean.attempts) == (place, result.attempts)
    assert clean.rerun == "coexist test ${MY_TOKEN}/test_it.yml::a"


def test_keys_in_errors_are_not_kept_and_why_a_turn_failed_is_told_once(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("BANK_API_KEY", "s3cr3t-of-the-bank")
    told = "GET /?key=s3cr3t-of-the-bank: refused"
    kept = "GET /?key=${BANK_API_KEY}: refused"
    failed = ObservedTurn("hi", errors=(f"log: {told}", told), failure=told)
    result = scrubbed(turn_result(Turn("hi", Location("test_it.yml", 3)), failed))
    assert (result.error, result.logged_errors) == (kept, (f"log: {kept}",))
