"""The plan on terminals, in pull requests and for programs: the same facts in each."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest

from router.errors import Location
from router.plan import Area, KeptInBoth, MigrationPlan, OneTurn
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
from router.planner.reports.contents import MOST_LINES
from router.planner.reports.facts import PlanReport, effort_in_words
from router.planner.reports.json_report import as_json
from router.planner.reports.markdown import LIMIT, as_markdown
from router.planner.reports.text import as_text

PLACE = Location("data/stories.yml", 3)
BLOCK = Skill(
    "block_card_form",
    ("block_card", "lost_card"),
    inside=("affirm",),
    actions=("action_block",),
    forms=("block_card_form",),
    slots_read=("customer",),
    slots_written=("card", "reason"),
    responses=("utter_blocked",),
    entities=("card",),
    examples=24,
    sources=(
        Source("form", "block_card_form", Location("domain.yml", 9)),
        Source("story", "lost", Location("data/stories.yml", 8)),
        Source("story", "blocked", PLACE),
    ),
    endings=("form", "resets"),
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
    assert row(text, "block_card_form") == ["block_card_form", "cards: nlu", "24", "5.5"]
    assert row(text, "pay") == ["pay", "payments: calm", "0", "0"]
    assert row(text, "new [x]") == ["new [x]", "not planned", "0", "0"]
    assert row(text, "1 ") == ["1", "cards", "nlu", "50%", "12%", "25%", "5.5"]
    assert "\n1 cards\n    block_card_form\n    - moving block_card_form" in text
    assert "moving block_card_form without pay breaks 12 % of its conversations" in text
    assert "slots to share: iban" in text
    assert "used from 2 areas" in text
    assert "data/x.yml:3: no steps.\nA plan has no place for out_of_scope.\n" in text
    assert "4 skills, 1 of them with flows, 5.5 points of effort, 2 areas." in text
    assert "conversations" not in text.replace("of its conversations", "")
    assert text.endswith("migration.yml has all of it: nothing to add.\n")


CONTENTS = {
    "opened by": "block_card, lost_card",
    "inside": "affirm",
    "entities": "card",
    "forms": "block_card_form",
    "actions": "action_block",
    "slots read": "customer",
    "slots written": "card, reason",
    "responses": "utter_blocked",
    "training examples": "24",
    "ends by": "completing a form, handing back",
}


@pytest.mark.parametrize("width", [80, 160])
def test_all_that_a_skill_is_made_of_is_on_the_terminal(report: PlanReport, width: int) -> None:
    lines = as_text(report, width=width).partition("What they are made of\n")[2].splitlines()
    start = lines.index("block_card_form") + 1
    end = next(n for n in range(start, len(lines)) if not lines[n].startswith("    "))
    assert max(map(len, lines[start:end])) <= width
    told = " ".join(line.strip() for line in lines[start:end])
    assert "; ".join(f"{what}: {names}" for what, names in CONTENTS.items()) in told
    assert "from: 1 form domain.yml:9; 2 stories data/stories.yml:3, 8" in told
    assert f"effort: {effort_in_words(BLOCK)}" in told


def test_of_very_many_stories_the_first_lines_are_named(report: PlanReport) -> None:
    many = tuple(Source("story", f"s{n}", Location("s.yml", n)) for n in range(1, 238))
    skills = {"pay": replace(PAY, sources=many)}
    text = as_text(replace(report, inventory=Inventory(skills)), width=300)
    assert "from: 237 stories s.yml:1, 2, 3, " in text
    assert f"{MOST_LINES} and {237 - MOST_LINES} more" in text


def test_an_area_tells_its_stage_or_where_else_the_plan_has_its_skills(report: PlanReport) -> None:
    moved = PLAN.model_copy(update={"areas": {"other": Area(skills=("block_card_form",))}})
    text = as_text(replace(report, merged=replace(report.merged, plan=moved)), width=80)
    assert row(text, "1 ")[1:3] == ["cards", "other: nlu"]


def test_all_that_a_skill_is_made_of_is_in_a_fold_of_markdown(report: PlanReport) -> None:
    text = as_markdown(report)
    made_of = text.partition("<summary>What the skills are made of: 1 to 4</summary>")[2]
    skill = made_of.partition("<code>block_card_form</code>\n")[2].partition("\n\n<code>")[0]
    for what, names in CONTENTS.items():
        shown = ", ".join(f"<code>{name}</code>" for name in names.split(", "))
        assert f"- {what}: {shown}\n" in skill
    assert "- from 2 stories data/stories.yml:3, 8\n" in skill
    assert "- effort: 5.5 = forms 1 x 2 +" in skill


def test_at_80_characters_names_stay_whole_and_a_difference_is_not_wrapped(
    report: PlanReport,
) -> None:
    long = "moving " + "a_rather_long_skill_name without another_one and " * 4 + "breaks it"
    areas = (replace(report.proposal.areas[0], costs=(long,)), report.proposal.areas[1])
    changed = added(replace(report, proposal=replace(report.proposal, areas=areas)))
    line = "      - order_card_" + "x" * 90
    merged = replace(changed.merged, after=changed.merged.after.replace("      - order_card", line))
    text = as_text(replace(changed, merged=merged), width=80)
    assert f"\n+{line}\n" in text
    assert row(text, "block_card_form")[0] == "block_card_form"
    costs = text.partition("\n1 cards\n    block_card_form\n")[2].partition("\n2 payments")[0]
    assert " ".join(each.strip() for each in costs.splitlines()).startswith(f"- {long}")
    assert len(costs.splitlines()) < 6


def test_what_the_plan_keeps_in_both_is_shown_like_what_is_proposed(report: PlanReport) -> None:
    plan = PLAN.model_copy(update={"keep_in_both": (KeptInBoth(skill="pay", reason="ours"),)})
    kept = replace(report, merged=replace(report.merged, plan=plan))
    shown = as_text(kept, width=80).partition("Kept in both systems\n")[2].splitlines()[:2]
    assert [line.split("  ")[0] for line in shown] == ["greet", "pay"]
    assert "| <code>pay</code> | ours |" in as_markdown(kept)


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
    figures = "nlu | 50% | 12% | 25% | 5.5 |"
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
    assert "parts are too long for a comment" in text
    assert "1 to 20</summary>" in text


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
