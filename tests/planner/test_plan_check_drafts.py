"""Drafts that are left in areas that have moved are told; those of others wait."""

from dataclasses import replace
from pathlib import Path

import pytest
from click.testing import CliRunner

from router.cli import main
from router.planner.checking.docs import read_example

BASE = read_example()
FLOWS = """\
# DRAFT of the area payments, made by `coexist plan scaffold` from rules, stories and
# forms. Answer each TODO and remove it; then remove this comment.
flows:
  pay:
    # From rule 'Pay'.
    # TODO: Is it called by others?
    description: "TODO: what it does for the user (pay)."
    nlu_trigger: [{intent: pay}]
    steps:
      - collect: amount
        description: "TODO: what is it?"
      - action: utter_paid
  block_card:
    # TODO: Is the card blocked for good?
    description: "TODO: what it does for the user (block card)."
    steps:
      - action: utter_blocked
"""
DOMAIN = BASE.files["domain.yml"].replace(
    "  utter_ask_amount: [{text: How much?}]\n",
    "  utter_ask_amount: [{text: 'TODO: how is amount asked for?'}]\n"
    "  utter_paid:\n    - text: Paid.\n    - text: 'TODO: what does the bot say here?'\n",
)
TESTS = """\
# DRAFT of tests for the flow pay, made by `coexist plan scaffold`. They pass once payments
#   is at `calm` in the plan, its flows are finished, these TODOs are answered, and the bot
#   is trained.
# TODO: what do users say, and what do custom actions answer, in each case?
tags: [draft]
test_cases:
  - test_case: pay
    tags:
      - money
      - draft
    steps: [{user: TODO}]
"""
FLOW_ERRORS = ["domain.yml:8", "domain.yml:11", "flows/pay.yml:7", "flows/pay.yml:10"]
FLOW_WARNINGS = ["flows/pay.yml:1", "flows/pay.yml:6"]


@pytest.fixture
def told(tmp_path, monkeypatch):
    """Places of a code in the small bot with other files."""
    monkeypatch.chdir(tmp_path)

    def places(code, files):
        plan = BASE.files["migration.yml"].replace(
            "intents: [block_card]", "intents: [block_card]\n    flows: [block_card]"
        )
        example = replace(BASE, files={**BASE.files, "migration.yml": plan, **files})
        example.write(tmp_path)
        problems = example.problems(tmp_path)
        return [f"{p.location.file}:{p.location.line}" for p in problems if p.code == code]

    return places


def test_texts_that_others_read_are_errors_where_they_stand(told):
    assert sorted(told("todo-left", {"flows/pay.yml": FLOWS, "domain.yml": DOMAIN})) == sorted(
        FLOW_ERRORS
    )


def test_comments_are_warnings_in_the_flows_of_areas_that_have_moved(told):
    assert told("draft-left", {"flows/pay.yml": FLOWS}) == FLOW_WARNINGS


@pytest.mark.parametrize("code", ["todo-left", "draft-left"])
def test_an_area_that_waits_may_have_drafts(told, code):
    plan = BASE.files["migration.yml"].replace("stage: calm", "stage: nlu")
    files = {"flows/pay.yml": FLOWS, "domain.yml": DOMAIN, "migration.yml": plan}
    assert told(code, {**files, "e2e_tests/payments/pay.yml": TESTS}) == []


@pytest.mark.parametrize("file", ["e2e_tests/payments/pay.yml", "e2e_tests/mine.yml"])
def test_tests_are_drafts_by_their_tags_and_comments(told, file):
    found = told("draft-left", {file: TESTS})
    assert found == [f"{file}:{line}" for line in (1, 4, 5, 10)]


def test_tests_of_areas_that_wait_may_be_drafts(told):
    files = {
        "e2e_tests/cards/block.yml": TESTS.replace("payments", "cards"),
        "e2e_tests/all.yml": "tags: [draft]\ntest_cases: []\n",
    }
    assert told("draft-left", files) == []


def test_a_domain_file_says_whose_draft_it_is(told):
    head = "# DRAFT of the area {}: what its flows need beside the rest of the domain.\n"
    for area, found in (("payments", ["domain.yml:1"]), ("cards", [])):
        text = head.format(area) + BASE.files["domain.yml"]
        assert told("draft-left", {"domain.yml": text}) == found


def test_a_description_in_the_plan_may_be_a_draft_too(told):
    plan = BASE.files["migration.yml"].replace("handles payments", "'TODO: what?'")
    assert told("todo-left", {"migration.yml": plan}) == ["migration.yml:7"]


def test_the_command_looks_into_the_folder_of_tests(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    BASE.write(tmp_path)
    tests = Path("cases/payments/pay.yml")
    tests.parent.mkdir(parents=True)
    tests.write_text(TESTS, "utf-8")
    run = CliRunner().invoke
    assert "draft-left" not in run(main, ["plan", "check"]).output
    assert "cases/payments/pay.yml:5:8: warning[draft-left]: The tests of 'payments'" in (
        run(main, ["plan", "check", "--tests", "cases"]).output
    )
    assert run(main, ["plan", "check", "--tests", "nowhere"]).exit_code == 2
    ignored = TESTS.replace("tags: [draft]", "tags: [draft]  # coexist: ignore[draft-left]")
    tests.write_text(ignored, "utf-8")
    output = run(main, ["plan", "check", "--tests", "cases"]).output
    assert "pay.yml:5:" not in output and "pay.yml:10:" in output


def test_a_todo_is_told_with_the_lines_on_which_it_goes_on(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    flow = FLOWS.replace("called by others?", "called\n    #   by others?\n    # Not this.")
    example = replace(BASE, files={**BASE.files, "flows/pay.yml": flow})
    example.write(tmp_path)
    told = [p.message for p in example.problems(tmp_path) if p.code == "draft-left"]
    assert told == [
        "This file of 'payments' still says that it's a draft.",
        "A TODO of 'payments' is left: Is it called by others?",
    ]
