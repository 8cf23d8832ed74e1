"""The suites that benchmarks measure are as they say."""

from __future__ import annotations

from pathlib import Path

from benchmarks.e2e_reading import write_suite
from benchmarks.e2e_suites import (
    TURNS,
    questions,
    write_orders,
    write_question_stories,
    write_question_tests,
)
from benchmarks.many_flows import write_project
from router.checks.project import read_project
from router.checks.training_data import read_training_data
from router.e2e.reading import check_names, read_suite


def test_the_files_that_are_read_have_a_case_each_and_nothing_is_wrong_with_them(
    tmp_path: Path,
) -> None:
    write_project(20, tmp_path)
    write_suite(60, tmp_path / "tests", flows=20)
    suite = read_suite([tmp_path / "tests"])
    assert (len(suite.files), suite.problems) == (60, ())
    assert {len(case.turns) for case in suite.cases} == {TURNS}
    config, domain = tmp_path / "config.yml", tmp_path / "domain.yml"
    project = read_project(str(config), domain, [], folder=tmp_path)
    assert check_names(suite.cases, project) == []


def test_orders_tell_a_scripted_model_what_to_say_in_each_turn(tmp_path: Path) -> None:
    write_orders(2, tmp_path / "orders.yml")
    cases = read_suite([tmp_path / "orders.yml"]).cases
    assert [len(case.turns) for case in cases] == [TURNS, TURNS]
    assert all(turn.commands for case in cases for turn in case.turns)


def test_the_harness_and_rasa_play_the_same_conversations(tmp_path: Path) -> None:
    conversations = questions(3)
    tests, stories = tmp_path / "tests.yml", tmp_path / "stories.yml"
    write_question_tests(conversations, tests)
    write_question_stories(conversations, stories)
    cases = read_suite([tests]).cases
    told = [[turn.user for turn in case.turns] for case in cases]
    assert told == [[text for text, _, _ in said] for said in conversations]
    dialogues = read_training_data([stories], []).dialogues
    actions = [
        [s.names[0] for s in d.steps if s.kind == "action" and s.names[0].startswith("utter_")]
        for d in dialogues
    ]
    assert actions == [[utter for _, _, utter in said] for said in conversations]
