"""Plans: what they say, and what is said of those that can't be read."""

import pytest

from router.errors import InvalidPlan
from router.plan.reading import read_plan

PLAN = """\
version: 1
areas:
  cards:
    description: handles lost and stolen cards
    skills: [block_card]
    intents: [block_card]
  payments:
    description: handles sending money
    stage: calm
    intents: [transfer_money, add_contact]
    flows: [transfer_money]
    examples: [send 50 euros to Anna]
one_turn:
  description: handles greetings
  intents: [greet]
shared_slots: [is_verified]
decisions:
  - {date: 2026-01-31, author: Robin, text: cards come last}
"""


@pytest.fixture
def file(tmp_path):
    path = tmp_path / "migration.yml"
    path.write_text(PLAN, "utf-8")
    return path


def test_a_plan_has_its_areas_in_order(file):
    plan = read_plan(file)
    assert list(plan.areas) == ["cards", "payments"]
    assert [area.is_calm for area in plan.areas.values()] == [False, True]
    assert plan.area_of("add_contact") == "payments"
    assert plan.area_of("greet") is None
    assert plan.decisions[0].date == "2026-01-31"


@pytest.mark.parametrize("stage", ["shadow", "canary"])
def test_stages_that_are_not_active_yet_are_the_nlu_systems(file, stage):
    file.write_text(PLAN.replace("stage: calm", f"stage: {stage}"), "utf-8")
    assert not read_plan(file).areas["payments"].is_calm


@pytest.mark.parametrize(
    ("wrong", "line", "code", "words"),
    [
        (("stage: calm", "stage: kalm"), 9, "invalid-value", "Did you mean 'calm'?"),
        (("    skills:", "    skils:"), 5, "unknown-key", "Did you mean 'skills'?"),
        (("shared_slots:", "shared_slot:"), 16, "unknown-key", "Did you mean 'shared_slots'?"),
        (("[transfer_money, add_contact]", "transfer_money"), 10, "invalid-value", "a list"),
        (("intents: [greet]", "intents: [add_contact]"), 15, "listed-twice", "payments"),
        (("version: 1", "version: 7"), 1, "invalid-value", "1"),
        (("  - {date: 2026-01-31, author: Robin", "  - {author: Robin"), 18, "missing-key", "date"),
        (("areas:", "areas: ["), 4, "yaml-syntax", "YAML"),
    ],
)
def test_nonsense_is_told_with_its_line_and_what_to_write(file, wrong, line, code, words):
    file.write_text(PLAN.replace(*wrong, 1), "utf-8")
    with pytest.raises(InvalidPlan) as raised:
        read_plan(file)
    problem = raised.value.problems[0]
    assert (problem.location.line, problem.code) == (line, code)
    assert words in str(problem)
    assert problem.location.file == str(file)


@pytest.mark.parametrize("text", ["- areas", "a text", "12"])
def test_what_is_no_map_is_no_plan(file, text):
    file.write_text(text, "utf-8")
    with pytest.raises(InvalidPlan, match="A plan is a map"):
        read_plan(file)


def test_a_plan_that_is_not_there_is_told(tmp_path):
    with pytest.raises(InvalidPlan, match="can't be read"):
        read_plan(tmp_path / "migration.yml")


def test_an_empty_plan_has_no_areas(file):
    file.write_text("", "utf-8")
    assert read_plan(file).areas == {}
