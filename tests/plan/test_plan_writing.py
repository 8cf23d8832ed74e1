"""A plan as text: laid out the same each time, and added to without a change to what is there."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from router.errors import InvalidPlan
from router.flows.yaml_source import parse_yaml
from router.flows.yaml_values import plain
from router.plan import Area, Decision, KeptInBoth, MigrationPlan, OneTurn
from router.plan.insertion import extended, with_additions
from router.plan.reading import read_plan
from router.plan.writing import plan_text

PLAN = MigrationPlan(
    areas={
        "cards": Area(
            description="handles lost cards",
            skills=("block_card", "order_card"),
            intents=("block_card", "order_card"),
        ),
        "payments": Area(
            description="handles transfers",
            stage="calm",
            skills=("pay",),
            intents=("pay",),
            flows=("pay",),
        ),
    },
    one_turn=OneTurn(skills=("greet",), intents=("greet", "bye"), reason="greet: everywhere"),
    shared_slots=("is_verified",),
)

EDITED = """\
# ours
version: 1
areas:
    cards:   # the hot one
        description: "handles lost cards"

        intents:
        - block_card
        # - later

        skills: [a, b]
        stage:   nlu
        flows: []  # none yet

    # of Robin
    pay: {intents: [x], skills: [ y, ]}

one_turn:
  intents:
    - 'greet'
"""


def as_plan(text: str) -> MigrationPlan:
    return MigrationPlan.model_validate(plain(parse_yaml(text, "migration.yml")) or {})


def test_a_new_plan_has_one_name_a_line_and_room_round_what_is_edited() -> None:
    area = plan_text(PLAN).partition("areas:\n")[2].partition("\n\n  payments:")[0]
    assert area == (
        "  cards:\n"
        '    # A draft, from names: complete "This system ..." for a router that asks a model.\n'
        "    description: handles lost cards\n"
        "\n"
        "    stage: nlu\n"
        "    skills:\n"
        "      - block_card\n"
        "      - order_card\n"
        "    intents:\n"
        "      - block_card\n"
        "      - order_card\n"
        "    flows: []"
    )


def test_a_long_text_is_folded_and_one_with_lines_keeps_them() -> None:
    words = "handles " + ", ".join(f"thing number {number}" for number in range(30))
    reason = "greet: used from cards\nbye: # not a comment"
    plan = MigrationPlan(areas={"much": Area(description=words)}, one_turn=OneTurn(reason=reason))
    text = plan_text(plan)
    assert max(map(len, text.splitlines())) <= 96
    assert "    bye: # not a comment\n" in text
    assert as_plan(text) == plan


NAMES = st.text(max_size=20) | st.sampled_from(
    [
        "yes",
        "null",
        "0o7",
        "1e5",
        "1_000",
        "2026-01-31",
        "a: b",
        "x #y",
        "- a",
        "[x",
        "é",
        "~",
        "<<",
    ]
)


@settings(deadline=None)
@given(st.lists(NAMES, unique=True, max_size=5), NAMES, NAMES)
def test_what_is_written_reads_back_whatever_it_is_called(
    names: list[str], area: str, text: str
) -> None:
    plan = MigrationPlan(
        areas={area: Area(description=text, notes=f"{text}\n{text}", intents=tuple(names))},
        decisions=(Decision(date="2026-01-31", text=text),),
    )
    written = plan_text(plan)
    assert as_plan(written) == plan
    assert MigrationPlan.model_validate(yaml.safe_load(written)) == plan


ADDITIONS = {
    "areas": {
        "cards": {"intents": ["i1", "i2"], "skills": ["c"], "flows": ["f"], "examples": ["a: b"]},
        "pay": {"intents": ["z"], "skills": ["k"], "flows": ["yes"]},
        "loans": {"stage": "nlu", "skills": ["l"], "flows": []},
    },
    "one_turn": {"intents": ["bye"], "skills": ["bye"]},
    "shared_slots": ["v"],
}


def test_additions_leave_every_line_but_bracketed_lists_as_it_was() -> None:
    added = with_additions(EDITED, "migration.yml", ADDITIONS)
    assert (
        added
        == """\
# ours
version: 1
areas:
    cards:   # the hot one
        description: "handles lost cards"

        intents:
        - block_card
        # - later
        - i1
        - i2

        skills: [a, b, c]
        stage:   nlu
        flows:  # none yet
          - f
        examples:
          - 'a: b'

    # of Robin
    pay: {intents: [x, z], skills: [ y, k ], flows: ['yes']}

    loans:
      stage: nlu
      skills:
        - l
      flows: []

one_turn:
  intents:
    - 'greet'
    - bye
  skills:
    - bye

# Survive the reset: `shared_for_coexistence: true` in the domain.
shared_slots:
  - v
"""
    )


@pytest.mark.parametrize(
    "text",
    [
        EDITED,
        "",
        "# only a comment\n",
        "areas: {}\none_turn: {}\nshared_slots: []",
        "version: 1\nareas:\n  cards: {}\n  pay: {}",
        "areas:\n  cards:\n    notes: |\n      # no comment\n\n      end\n# outside\n",
        "\ufeff" + EDITED.replace("\n", "\r\n"),
        plan_text(PLAN),
    ],
)
def test_additions_are_all_there_and_so_is_what_was(text: str) -> None:
    added = with_additions(text, "migration.yml", ADDITIONS)
    before = plain(parse_yaml(text, "migration.yml")) or {}
    assert as_plan(added) == MigrationPlan.model_validate(extended(before, ADDITIONS))
    assert added.startswith("\ufeff") == text.startswith("\ufeff")
    assert ("\r\n" in added) == ("\r\n" in text)
    assert added.count("\r\n") in (0, added.count("\n"))


@settings(deadline=None)
@given(st.lists(st.tuples(st.sampled_from(["skills", "intents", "flows"]), NAMES), max_size=8))
def test_any_names_can_be_added_to_a_plan_of_ours(pairs: list[tuple[str, str]]) -> None:
    keys: dict[str, list[str]] = {}
    for key, name in pairs:
        keys.setdefault(key, []).append(name)
    before = plan_text(PLAN)
    added = with_additions(before, "migration.yml", {"areas": {"cards": keys}} if keys else {})
    kept = [line for line in before.splitlines() if not (keys.get("flows") and "flows: []" in line)]
    lines = iter(added.splitlines())
    assert all(line in lines for line in kept)  # in this order


@settings(deadline=None)
@given(st.lists(NAMES, min_size=1, max_size=4))
def test_any_names_can_be_added_to_a_list_in_brackets(names: list[str]) -> None:
    added = with_additions(EDITED, "migration.yml", {"areas": {"pay": {"intents": names}}})
    assert as_plan(added).areas["pay"].intents == ("x", *names)


@pytest.mark.parametrize(
    ("behind", "added_behind"),
    [
        ("", "- a"),
        ("\n# until May\nnotes: x\n", "- a"),
        ("# until May\nnotes: x\n", "- a"),
        ("\n# loose\n\nnotes: x\n", "- a"),
        ("  # of a\n# until May\nnotes: x\n", "  # of a"),
        ("# - later\n\nnotes: x\n", "# - later"),
        ("# - later\n", "# - later"),
    ],
)
def test_a_list_as_far_in_as_its_key_ends_before_the_comments_of_the_next_key(
    behind: str, added_behind: str
) -> None:
    lines = f"intents:\n- a\n{behind}".splitlines()
    text = "areas:\n  cards:\n" + "".join(f"    {line}".rstrip() + "\n" for line in lines)
    added = with_additions(text, "migration.yml", {"areas": {"cards": {"intents": ["b"]}}})
    assert added == text.replace(f"    {added_behind}\n", f"    {added_behind}\n    - b\n", 1)


@pytest.mark.parametrize("text", ["{}\n", "areas: {a: {skills: [hours]}}\n", "{areas: {a: {}}}\n"])
def test_areas_can_be_added_in_braces(text: str) -> None:
    area = {"description": "handles: all\nof it", "stage": "nlu", "skills": ["yes"], "flows": []}
    kept = [{"skill": "yes", "reason": "a, b"}]
    additions = {"areas": {"a": {"skills": ["x"]}, "b": area}, "keep_in_both": kept}
    plan = as_plan(with_additions(text, "migration.yml", additions))
    assert plan.areas["b"] == Area.model_validate(area)
    assert plan.areas["a"].skills[-1] == "x"
    assert plan.keep_in_both[0].reason == "a, b"


def test_what_is_kept_in_both_is_written_and_added_to() -> None:
    plan = MigrationPlan(keep_in_both=(KeptInBoth(skill="login", reason="High stakes: all."),))
    written = plan_text(plan)
    assert "keep_in_both:\n  - skill: login\n    reason: 'High stakes: all.'\n" in written
    more = {"keep_in_both": [{"skill": "pay", "reason": ""}]}
    assert as_plan(with_additions(written, "migration.yml", more)).keep_in_both == (
        *plan.keep_in_both,
        KeptInBoth(skill="pay"),
    )


def test_a_list_that_stands_elsewhere_is_refused_and_told() -> None:
    text = "areas:\n  a: {skills: &same [x]}\n  b:\n    intents: *same\n"
    with pytest.raises(InvalidPlan, match="without aliases"):
        with_additions(text, "migration.yml", {"areas": {"b": {"intents": ["y"]}}})


@pytest.fixture
def merge(tmp_path: Path):
    def run(base: str, ours: str, theirs: str) -> tuple[int, MigrationPlan | None]:
        files = [tmp_path / name for name in ("ours.yml", "base.yml", "theirs.yml")]
        for file, text in zip(files, (ours, base, theirs), strict=True):
            file.write_text(text, "utf-8")
        result = subprocess.run(["git", "merge-file", *map(str, files)], check=False, timeout=60)
        return result.returncode, read_plan(files[0]) if result.returncode == 0 else None

    return run


def test_git_merges_what_two_people_do_to_one_area(merge) -> None:
    base = plan_text(PLAN)
    ours = base.replace("    stage: nlu", "    stage: calm", 1)
    ours = ours.replace("    flows: []", "    flows:\n      - block_card", 1)
    theirs = base.replace("handles lost cards", "handles cards that are lost or stolen")
    theirs = theirs.replace(
        "      - order_card\n    intents", "      - order_card\n      - pin\n    intents"
    )
    theirs = theirs.replace("shared_slots:\n", "shared_slots:\n  - customer\n")
    conflicts, plan = merge(base, ours, theirs)
    assert conflicts == 0
    assert plan is not None
    cards = plan.areas["cards"]
    assert (cards.stage, cards.flows) == ("calm", ("block_card",))
    assert cards.description == "handles cards that are lost or stolen"
    assert cards.skills == ("block_card", "order_card", "pin")
    assert plan.shared_slots == ("customer", "is_verified")


def test_git_merges_a_persons_edits_with_our_additions(merge) -> None:
    base = plan_text(PLAN)
    person = base.replace("    stage: calm", "    stage: done").replace("- bye", "- goodbye")
    person = person.replace(
        "decisions: []", 'decisions:\n  - {date: "2026-01-31", text: cards last}'
    )
    ours = with_additions(
        base,
        "migration.yml",
        {"areas": {"payments": {"intents": ["refund"]}, "loans": {"stage": "nlu"}}},
    )
    conflicts, plan = merge(base, person, ours)
    assert conflicts == 0
    assert plan is not None
    assert list(plan.areas) == ["cards", "payments", "loans"]
    assert plan.areas["payments"].intents == ("pay", "refund")
    assert plan.areas["payments"].stage == "done"
    assert plan.one_turn.intents == ("greet", "goodbye")
    assert plan.decisions[0].text == "cards last"
