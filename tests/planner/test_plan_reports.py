"""The plan on terminals, in pull requests and for programs: the same facts in each."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest

from router.errors import Location
from router.plan import Area, MigrationPlan, OneTurn
from router.plan.writing import plan_text
from router.planner.merging import Gone, Merged
from router.planner.model import (
    Edge,
    Evidence,
    Inventory,
    Proposal,
    ProposedArea,
    Skill,
    SkillTraffic,
    Source,
    Traffic,
)
from router.planner.reports.facts import PlanReport, effort_in_words
from router.planner.reports.json_report import as_json
from router.planner.reports.markdown import LIMIT, as_markdown
from router.planner.reports.text import as_text

PLACE = Location("data/stories.yml", 3)
BLOCK = Skill(
    "block_card_form",
    ("block_card", "lost_card"),
    effort_terms=(("forms", 1, 2.0), ("required slots", 3, 1.0), ("rules and stories", 2, 0.25)),
)
PAY = Skill("pay", (), sources=(Source("flow", "pay_flow", PLACE),), is_flow=True)
EDGE = Edge("block_card_form", "pay", "stories", 1.0, (Evidence("story 'a'", PLACE),))
PLAN = MigrationPlan(
    areas={
        "cards": Area(skills=("block_card_form",)),
        "payments": Area(stage="calm", skills=("pay",)),
    },
    one_turn=OneTurn(skills=("greet",)),
)
TEXT = plan_text(PLAN)
TRAFFIC = Traffic(
    conversations=200,
    turns=900,
    skills={"block_card_form": SkillTraffic(50, 60, 3, 2, 1)},
    interruptions={("pay", "block_card_form"): 4},
    reasons=("row 7: no timestamp",),
)


@pytest.fixture
def report() -> PlanReport:
    skills = (BLOCK, PAY, Skill("greet", ("greet",)), Skill("new [x]", ("new",)))
    costs = ("moving block_card_form without pay breaks 12 % of its conversations",)
    areas = (
        ProposedArea("cards", ("block_card_form",), 0.5, 0.125, 5.5, 0.25, 0.25, ("iban",), costs),
        ProposedArea("payments", ("pay",), 1.0, 0.0, 0.0, 0.0, 0.0),
    )
    return PlanReport(
        inventory=Inventory({s.name: s for s in skills}, (EDGE,), ("data/x.yml:3: no steps.",)),
        proposal=Proposal(areas, {"greet": "used from 2 areas"}, (EDGE,)),
        merged=Merged("migration.yml", PLAN, TEXT, TEXT),
        remarks=("A plan has no place for out_of_scope.",),
    )


def row(text: str, name: str) -> list[str]:
    """The cells of the table row that begins with a name."""
    line = next(line for line in text.splitlines() if line.startswith(name))
    return [cell.strip() for cell in line.split("  ") if cell.strip()]


def test_effort_shows_how_it_is_made_up() -> None:
    words = effort_in_words(BLOCK)
    assert words == "5.5 = forms 1 x 2 + required slots 3 x 1 + rules and stories 2 x 0.25"
    assert effort_in_words(PAY) == "0 (a flow)"


def test_the_terminal_shows_skills_areas_and_reasons(report: PlanReport) -> None:
    text = as_text(report, width=160)
    assert row(text, "block_card_form") == [
        "block_card_form",
        "block_card, lost_card",
        "cards: nlu",
        effort_in_words(BLOCK),
    ]
    assert row(text, "pay") == ["pay", "(flow pay_flow)", "payments: calm", "0 (a flow)"]
    assert row(text, "new [x]") == ["new [x]", "new", "not planned", "0"]
    assert row(text, "1 ") == [
        *("1", "cards", "block_card_form", "cards: nlu", "50%", "12%", "25%", "5.5"),
    ]
    assert "moving block_card_form without pay breaks 12 % of its conversations" in text
    assert "slots to share: iban" in text
    assert "used from 2 areas" in text
    assert "data/x.yml:3: no steps.\nA plan has no place for out_of_scope.\n" in text
    assert "4 skills, 1 of them with flows, 5.5 points of effort, 2 areas." in text
    assert "conversations" not in text.replace("of its conversations", "")
    assert text.endswith("migration.yml has all of it: nothing to add.\n")


def test_areas_keep_their_order(report: PlanReport) -> None:
    text = as_text(report, width=160)
    assert text.index("\n1   cards") < text.index("\n2   payments")


def test_with_conversations_there_is_traffic(report: PlanReport) -> None:
    text = as_text(replace(report, traffic=TRAFFIC), width=180)
    assert row(text, "block_card_form")[3:5] == ["50 (25%)", "6"]
    assert row(text, "greet")[3:5] == ["0 (0%)", "0"]
    assert row(text, "1 ")[-1] == "25%"
    assert "200 conversations with 900 turns" in text
    assert "row 7: no timestamp" in text


def added(report: PlanReport) -> PlanReport:
    after = TEXT.replace("- block_card_form\n", "- block_card_form\n      - order_card\n")
    gone = (Gone(Location("migration.yml", 9), "intent", "old"),)
    words = ("skill 'order_card' to cards",)
    return replace(report, merged=Merged("migration.yml", PLAN, TEXT, after, words, gone))


def test_what_is_new_is_shown_before_it_is_written(report: PlanReport) -> None:
    text = as_text(added(report), width=160)
    assert "+      - order_card\n" in text
    assert "new: skill 'order_card' to cards" in text
    assert "migration.yml:9: the bot has no intent 'old'. Nothing was removed." in text
    assert text.endswith("migration.yml is as it was. Write the additions with --write.\n")
    written = as_text(replace(added(report), is_written=True), width=160)
    assert written.endswith("migration.yml is written; what was in it is as it was.\n")


def test_a_new_file_is_told_without_its_diff(report: PlanReport) -> None:
    new = replace(report, merged=Merged("migration.yml", PLAN, None, TEXT), is_written=True)
    text = as_text(new, width=160)
    assert text.endswith("migration.yml is written.\n")
    assert "@@" not in text


def test_markdown_has_tables_and_folds_the_rest(report: PlanReport) -> None:
    text = as_markdown(added(report))
    assert text.startswith("### Migration plan\n\n4 skills, 1 of them with flows")
    figures = "cards: nlu | 50% | 12% | 25% | 5.5 |"
    assert f"| 1 | <code>cards</code> | <code>block_card_form</code> | {figures}" in text
    assert "<br>slots to share: iban |" in text
    assert "<details><summary>4 skills</summary>" in text
    assert "<pre>--- migration.yml\n" in text
    assert "+      - order_card\n" in text
    assert "| <code>greet</code> | used from 2 areas |" in text


@pytest.mark.parametrize("name", ["a|b", "[x](y)", "<b>", "__init__", "@me", "#1", "`x`"])
def test_markdown_leaves_names_as_they_are(report: PlanReport, name: str) -> None:
    kept = replace(report.proposal, keep_both={name: name})
    text = as_markdown(replace(report, proposal=kept))
    line = text.partition("| skill | why |\n")[2].splitlines()[1]
    assert line.count("|") == 3
    assert name not in line


def test_markdown_is_short_enough_for_a_comment(report: PlanReport) -> None:
    many = {f"skill_{n}": Skill(f"skill_{n}", (f"intent_{n}",)) for n in range(2000)}
    text = as_markdown(replace(report, inventory=Inventory(many)))
    assert len(text) < LIMIT + 200
    assert "1 parts are too long for a comment" in text


def test_json_has_all_of_it(report: PlanReport) -> None:
    data = json.loads(as_json(replace(added(report), traffic=TRAFFIC)))
    skills = {each["name"]: each for each in data["skills"]}
    assert skills["block_card_form"]["effort"] == 5.5
    assert skills["block_card_form"]["effort_terms"][0] == {
        "what": "forms",
        "count": 1,
        "points_each": 2.0,
    }
    assert skills["pay"]["sources"][0]["location"] == {
        "file": "data/stories.yml",
        "line": 3,
        "column": 1,
    }
    assert data["edges"][0]["evidence"][0]["text"] == "story 'a'"
    assert [area["name"] for area in data["areas"]] == ["cards", "payments"]
    assert data["traffic"]["interruptions"] == [
        {"first": "pay", "second": "block_card_form", "count": 4}
    ]
    assert data["plan"]["areas"]["payments"]["stage"] == "calm"
    assert (data["version"], data["is_written"], data["gone"][0]["name"]) == (1, False, "old")
    assert json.loads(as_json(report))["traffic"] is None


def test_every_key_of_the_json_is_documented(report: PlanReport) -> None:
    text = (Path(__file__).parents[2] / "docs" / "migration_plan.md").read_text("utf-8")
    section = text.partition("## The JSON report")[2]
    for key in json.loads(as_json(report)):
        assert f"| `{key}` |" in section, key


def test_reports_of_the_same_are_the_same(report: PlanReport) -> None:
    for form in (as_text, as_markdown, as_json):
        assert form(report) == form(replace(report))
