"""Plans: what they say, and what is said of those that can't be read."""

from random import Random

import pytest

from router.errors import InvalidPlan
from router.plan import Area, MigrationPlan, OneTurn
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
        (("version: 1", "version: 7"), 1, "invalid-value", "Write 1."),
        (("  cards:", "  null:"), 3, "invalid-value", 'Put quotes round it: "null":'),
        (("  cards:", "  ~:"), 3, "invalid-value", 'Put quotes round it: "null":'),
        (("  cards:", "  true:"), 3, "invalid-value", 'Put quotes round it: "true":'),
        (("  cards:", "  1.5:"), 3, "invalid-value", 'Put quotes round it: "1.5":'),
        (("    stage: calm", "    7: calm"), 9, "invalid-value", 'Put quotes round it: "7":'),
        (("version: 1", "null: 5"), 1, "invalid-value", 'Put quotes round it: "null":'),
        (("author: Robin", "12: Robin"), 18, "invalid-value", 'Put quotes round it: "12":'),
        ((PLAN, "areas:\n"), 1, "invalid-value", "'areas' is empty. Write the areas below it"),
        ((PLAN, "areas: [a]\n"), 1, "invalid-value", "Write the areas below it"),
        ((PLAN, "areas:\n  a:\n"), 2, "invalid-value", "with its keys: description, stage"),
        ((PLAN, "areas:\n  a: [x]\n"), 2, "invalid-value", "with its keys: description, stage"),
        ((PLAN, "one_turn: x\n"), 1, "invalid-value", "keys: description, skills"),
        ((PLAN, "decisions: x\n"), 1, "invalid-value", "each item a map of keys (date, text"),
        ((PLAN, "decisions:\n- x\n"), 2, "invalid-value", "with its keys: date, text"),
        ((PLAN, "keep_in_both:\n- x\n"), 2, "invalid-value", "with its keys: skill, reason"),
        ((PLAN, "keep_in_both:\n- {}\n"), 2, "missing-key", "Write `skill:` and its value."),
        ((PLAN, "keep_in_both:\n- {skil: a}\n"), 2, "missing-key", "'keep_in_both.0.skill'"),
        (
            (PLAN, "keep_in_both:\n- {skill: a}\n- {skill: a}\n"),
            *(3, "listed-twice", "keep_in_both twice"),
        ),
        ((PLAN, "shared_slots: [2]\n"), 1, "invalid-value", "put quotes round"),
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


def test_all_that_is_wrong_is_told_at_once(file):
    file.write_text("areas:\n  null: {stage: nlu}\n  cards: {stage: kalm}\nslots: []\n", "utf-8")
    with pytest.raises(InvalidPlan) as raised:
        read_plan(file)
    assert [each.location.line for each in raised.value.problems] == [2, 3, 4]


def test_names_that_are_listed_twice_are_told_beside_values_that_can_not_be(file):
    text = "areas:\n  a: {stage: kalm, intents: [x, 7]}\n  b: {intents: [x], flows: }\n"
    file.write_text(text + "keep_in_both: [a, {skill: s}, {skill: s}]\n", "utf-8")
    with pytest.raises(InvalidPlan) as raised:
        read_plan(file)
    assert [f"{p.location.line} {p.code}" for p in raised.value.problems] == [
        "2 invalid-value",
        "2 invalid-value",
        "3 listed-twice",
        "3 invalid-value",
        "4 invalid-value",
        "4 listed-twice",
    ]


def test_a_list_whose_only_item_was_deleted_is_empty(file):
    file.write_text("areas:\n  opening_hours:\n    skills:\n    intents: [x]\n", "utf-8")
    with pytest.raises(
        InvalidPlan, match=r"'areas\.opening_hours\.skills' is empty\. Write \[\] or"
    ):
        read_plan(file)


NAMES = (*MigrationPlan.model_fields, *Area.model_fields, *OneTurn.model_fields, "skill", "text")
SCALARS = ("null", "~", "", "true", "1.5", "7", "2026-01-31", "0x1F", ".inf", "'a: b'", "calm", "é")


def structure(random, depth):
    """The text of some value, in braces and brackets."""
    kind = random.choice(("map", "map", "list", "scalar")) if depth else "scalar"
    if kind == "scalar":
        return random.choice(SCALARS)
    items = [structure(random, depth - 1) for _ in range(random.randrange(4))]
    if kind == "list":
        return f"[{', '.join(item or '~' for item in items)}]"
    return f"{{{', '.join(f'{key(random)}: {item}' for item in items)}}}"


def key(random):
    return random.choice((random.choice(NAMES), random.choice(SCALARS) or "''"))


@pytest.mark.parametrize("seed", range(10))
def test_whatever_is_written_is_a_plan_or_told_with_its_line_and_what_to_write(file, seed):
    random = Random(seed)
    refused = 0
    for _ in range(40):
        lines = [f"{key(random)}: {structure(random, 4)}" for _ in range(random.randrange(1, 5))]
        file.write_text("\n".join(lines), "utf-8")
        try:
            read_plan(file)
        except InvalidPlan as error:
            refused += 1
            for problem in error.problems:
                assert problem.location.file == str(file)
                assert 1 <= problem.location.line <= len(lines)
                assert problem.advice
    assert refused


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
