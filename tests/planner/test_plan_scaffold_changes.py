"""Changes of files that people wrote: resets, shared slots, the plan; and how lines are put in."""

import pytest
from plan_scaffold_bots import bot_in, change_of, drafts_of, problems_of, put

from router.planner.scaffold.text_edits import Addition, with_additions

DOMAIN = """
    version: "3.1"
    intents: [book, hours, pay, place, affirm]
    entities: [city]
    slots:
      city:
        type: text
        mappings:
        - type: from_entity
          entity: city
      sum: {type: float, mappings: [{type: from_text, conditions: [{active_loop: pay_form}]}]}
    forms:
      pay_form:
        required_slots: [sum, city]
    responses:
      utter_ask_sum: [{text: How much?}]
      utter_ask_city: [{text: Where?}]
      utter_hours: [{text: "9 to 5."}]
      utter_sure: [{text: "Sure?"}]
    actions: [action_book, action_pay]
    """
RULES = """
    # what stays
    rules:
    - rule: hours   # one turn
      steps:
      - intent: hours
      - action: utter_hours    # says when

      # the end of hours
    - rule: pay
      steps: [{intent: pay}, {action: pay_form}, {active_loop: pay_form}]
    - rule: pay, filled
      condition: [{active_loop: pay_form}]
      steps: [{action: pay_form}, {active_loop: null}, {action: action_pay}]
    """
STORIES = """
    stories:
    - story: book
      steps:
      - intent: book
        entities: [city]
      - action: action_book
    - story: place
      steps:
        - intent: place
        - checkpoint: sure
    - story: sure
      steps:
        - checkpoint: sure
        - action: utter_sure
        - intent: affirm
        - action: utter_hours
    """
NLU = """
    nlu:
    - intent: book
      examples: |
        - book a room in [Rome](city)
    """
PLAN = """
    areas:
      travel:    # first
        description: handles travel
        skills: [book]
        intents: [book]
      rest:
        description: handles the rest
        skills: [hours, pay_form, place]
        intents: [hours, pay, place]
    """


@pytest.fixture
def bot(tmp_path):
    data = {"data_rules": RULES, "data_stories": STORIES, "data_nlu": NLU}
    return bot_in(tmp_path, "book, hours, pay, place", **data, domain=DOMAIN, migration=PLAN)


def test_rules_and_stories_that_stay_get_a_reset_at_their_end(bot):
    drafts = drafts_of(bot, "travel")
    assert change_of(drafts, "stories.yml") == ["    - action: action_reset_routing"]
    rules = next(edit for edit in drafts.edits if edit.path.name == "rules.yml").after
    assert "  # the end of hours\n  - action: action_reset_routing\n- rule: pay\n" in rules
    assert "{action: action_pay}, {action: action_reset_routing}]" in rules
    assert "{active_loop: pay_form}]\n" in rules, "a form that goes on isn't reset"
    assert rules.count("action_reset_routing") == 2
    put(drafts)
    assert problems_of(bot) == []
    assert drafts_of(bot, "travel").edits == ()


def test_rules_and_stories_of_the_area_itself_get_none(bot):
    drafts = drafts_of(bot, "travel")
    stories = next(edit for edit in drafts.edits if edit.path.name == "stories.yml").after
    assert stories.endswith("utter_hours\n    - action: action_reset_routing\n")
    assert stories.count("action_reset_routing") == 1


def test_a_slot_that_stays_in_use_on_the_other_side_is_shared(bot):
    drafts = drafts_of(bot, "travel")
    assert change_of(drafts, "domain.yml") == ["    shared_for_coexistence: true"]
    assert "  city:\n    type: text\n    shared_for_coexistence: true\n" in next(
        edit.after for edit in drafts.edits if edit.path.name == "domain.yml"
    )


def test_mappings_in_brackets_are_added_to(bot):
    drafts = drafts_of(bot, "pay_form")
    domain = next(edit.after for edit in drafts.edits if edit.path.name == "domain.yml")
    added = "{type: from_text, conditions: [{active_flow: pay}], not_intent: [book, hours, place]}]"
    assert "[{active_loop: pay_form}]}, " + added in domain
    put(drafts)
    assert problems_of(bot) == []


def test_the_plan_gets_the_flows(bot):
    assert change_of(drafts_of(bot, "travel"), "migration.yml") == ["    flows:", "      - book"]


def test_an_intent_of_another_area_triggers_nothing(bot):
    (bot / "migration.yml").write_text(
        "areas:\n  a: {skills: [book]}\n  b: {skills: [hours], intents: [hours, book]}\n"
    )
    drafts = drafts_of(bot, "a")
    assert "nlu_trigger" not in drafts.files[0].text
    assert "The intent book is of another area, by the plan." in drafts.left_out


def test_without_a_router_there_is_nothing_to_reset(bot):
    (bot / "config.yml").write_text("importers: [{name: router.CoexistenceImporter}]\n")
    drafts = drafts_of(bot, "travel")
    assert not any(edit.path.name in ("rules.yml", "stories.yml") for edit in drafts.edits)
    left = "\n".join(drafts.left_out)
    assert "there's no router to be reset yet" in left
    assert "config.yml isn't changed, and lacks FlowPolicy, a router, NLUCommandAdapter" in left


@pytest.mark.parametrize(
    ("text", "path", "after"),
    [
        ("a:\n- x\n", ("a",), "a:\n- x\n- y\n"),
        (
            "a:\n  - x  # first\n\n# b is\nb: 1\n",
            ("a",),
            "a:\n  - x  # first\n  - y\n\n# b is\nb: 1\n",
        ),
        ("a: [x]  # all\n", ("a",), "a: [x, y]  # all\n"),
        ("a: []\n", ("a",), "a: [y]\n"),
        ("a:\r\n- x\r\n", ("a",), "a:\r\n- x\r\n- y\r\n"),
        ("\ufeffa:\n- x", ("a",), "\ufeffa:\n- x\n- y\n"),
        ("a: [\n  x,\n]\n", ("a",), "a: [\n  x, y\n]\n"),
        ("a:\n- - x\n- z\n", ("a", 0), "a:\n- - x\n  - y\n- z\n"),
        ("a:\n- |\n  x\n\nb: 1\n", ("a",), "a:\n- |\n  x\n- y\n\nb: 1\n"),
        ("a: &all\n- x\nb: *all\n", ("b",), None),
        ("a:\nb: 1\n", ("a",), None),
    ],
)
def test_an_item_is_put_in_where_it_belongs_and_nothing_else_is_changed(text, path, after):
    assert with_additions(text, "a.yml", [Addition(path, "y")]) == after


def test_several_additions_to_one_place_keep_their_order():
    additions = [Addition(("a",), 1, "x"), Addition(("a",), {"z": [2]}, "y"), Addition((), 3, "b")]
    added = with_additions("a:\n  k: 0\n", "a.yml", additions)
    assert added == "a:\n  k: 0\n  x: 1\n  y:\n    z:\n      - 2\nb: 3\n"


def test_what_looks_like_a_number_or_a_truth_value_is_put_in_quotes():
    added = with_additions("a: []\n", "a.yml", [Addition(("a",), each) for each in ("yes", "1: 2")])
    assert added == 'a: ["yes", "1: 2"]\n'


def test_a_bot_without_a_domain_gets_one(bot):
    (bot / "domain.yml").unlink()
    drafts = drafts_of(bot, "travel")
    domain = next(file for file in drafts.files if file.path.name == "domain.yml")
    assert "actions:\n  - action_book\n" in domain.text


def test_a_file_that_cannot_be_read_leaves_the_rest(bot):
    (bot / "data" / "broken.yml").write_text("stories: [\n")
    assert drafts_of(bot, "travel").files
