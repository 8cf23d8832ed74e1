"""Coverage of a suite that the mini bot really played."""

from __future__ import annotations

from pathlib import Path

import pytest

from router.checks.project import read_project
from router.e2e.coverage import as_text, measure
from router.e2e.coverage.model import Coverage

pytestmark = pytest.mark.integration

SUITE = """
test_cases:
- test_case: card, then a transfer
  steps:
  - user: hello
  - utter: utter_greet
  - user: block my card
  - user: "4711"
  - utter: utter_blocked
  - user: transfer money
  - user: Anna
  - user: "20"
  - user: "yes"
  - utter: utter_sent
  - user: give feedback
  - user: it was great
  - utter: utter_thanks
- test_case: a transfer that is stopped
  steps:
  - user: transfer money
  - user: Ben
  - user: stop
  - user: block my card
- test_case: a failing one
  steps:
  - user: guess my mood
  - utter: utter_greet
"""


@pytest.fixture
async def coverage(mini_bot: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Coverage:
    from router.e2e.in_process_bot import load_bot
    from router.e2e.options import RunOptions
    from router.e2e.reading import read_suite
    from router.e2e.running import run_cases

    monkeypatch.chdir(tmp_path)
    (tmp_path / "t.yml").write_text(SUITE)
    bot = await load_bot(mini_bot)
    played = await run_cases(read_suite(["t.yml"]).cases, bot, RunOptions())
    await bot.close()
    assert [each.result.status for each in played] == ["passed", "passed", "failed"]
    passed = [(each.case, each.observed[-1]) for each in played if each.result.status == "passed"]
    project = read_project(
        str(mini_bot / "config.yml"), mini_bot / "domain.yml", [mini_bot / "data"]
    )
    return measure(passed, project)


def covered_in(coverage: Coverage, area: str) -> set[str]:
    return {item.name for item in coverage.areas[area].items if item.cases}


async def test_what_the_passing_cases_went_through_is_covered(coverage: Coverage) -> None:
    steps = covered_in(coverage, "flows")
    assert {"transfer_money/confirm", "check_balance/0_action_action_check_balance"} <= steps
    assert not any(step.startswith("guess_mood") for step in steps)
    assert {each.rpartition("(")[2] for each in covered_in(coverage, "branches")} == {
        "slots.balance_covers)",
        "slots.confirmed)",
    }
    assert covered_in(coverage, "patterns") == {
        "pattern_cancel_flow",
        "pattern_collect_information",
        "pattern_completed",
    }
    assert coverage.percent("rules") == coverage.percent("stories") == 100
    assert covered_in(coverage, "actions") >= {"card_form", "action_block_card", "action_send"}
    assert {"utter_ask_card_digits", "utter_blocked", "utter_thanks"} <= covered_in(
        coverage, "responses"
    )


async def test_the_handoffs_that_happened_are_in_the_matrix(coverage: Coverage) -> None:
    shown = {
        (each.kind, each.source, each.target): len(each.cases)
        for each in coverage.handoffs
        if each.cases
    }
    assert shown == {
        ("nlu_to_calm", "block_card", "transfer_money"): 1,
        ("calm_to_nlu", "transfer_money", "feedback"): 1,
        ("calm_to_nlu", "transfer_money", "block_card"): 1,
        ("reset", "block_card", ""): 1,
        ("reset", "feedback", ""): 1,
        ("reset", "transfer_money", ""): 2,
        ("one_turn", "greet", ""): 1,
    }
    assert "guess_mood/" in as_text(coverage)
