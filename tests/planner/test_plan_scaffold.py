"""Draft flows of forms and stories, and that they fit into the bot that they're made for."""

import shutil
from pathlib import Path

import pytest
from plan_scaffold_bots import (
    bot_in,
    change_of,
    drafts_of,
    flow_of,
    problems_of,
    put,
    steps_of,
)

from router.checks.project import read_project
from router.e2e.reading import check_names, read_suite
from router.errors import InvalidPlan

ROOT = Path(__file__).parents[2]
DOMAIN = """
    version: "3.1"
    intents: [book, hours, affirm, deny, inform, stop]
    entities: [city, number]
    slots:
      # where to
      city:
        type: text   # any town
        influence_conversation: true
        mappings:
        - type: from_entity
          entity: city
      guests:
        type: float
        mappings:
        - type: from_entity
          entity: number
          conditions:
          - active_loop: book_form
            requested_slot: guests
      member:
        type: bool
        mappings: [{type: custom}]
    forms:
      book_form:
        required_slots: [city, guests]
        ignored_intents: [hours]
    responses:
      utter_ask_book_form_city: [{text: Where to?}]
      utter_ask_guests: [{text: How many?}]
      utter_ask_sure: [{text: Sure?}]
      utter_done: [{text: Done.}]
      utter_dropped: [{text: Dropped.}]
      utter_hours: [{text: 9 to 5.}]
      utter_welcome_back: [{text: Welcome back.}]
    actions:
    - action_book
    - action_look_up
    - validate_book_form
    """
FORM = """
    rules:
    - rule: start
      steps:
      - intent: book
      - action: book_form
      - active_loop: book_form
    - rule: submit
      condition:
      - active_loop: book_form
      steps:
      - action: book_form
      - active_loop: null
      - slot_was_set:
        - requested_slot: null
      - action: action_book
      - action: utter_done
      - action: action_reset_routing
    - rule: hours while booking
      condition:
      - active_loop: book_form
      steps:
      - intent: hours
      - action: utter_hours
      - action: book_form
      - active_loop: book_form
    - rule: hours
      steps:
      - intent: hours
      - action: utter_hours
      - action: action_reset_routing
    """


def stories(text):
    return "stories:\n" + text


def test_a_form_becomes_a_question_for_each_slot_and_what_follows_it(tmp_path):
    drafts = drafts_of(bot_in(tmp_path, "book, hours", domain=DOMAIN, data_rules=FORM), "book_form")
    flow = flow_of(drafts, "book")
    assert flow["nlu_trigger"] == [{"intent": "book"}]
    assert flow["steps"] == [
        {
            "collect": "city",
            "description": "The answer to: Where to?",
            "utter": "utter_ask_book_form_city",
        },
        {"collect": "guests", "description": "The answer to: How many?"},
        {"action": "action_book"},
        {"action": "utter_done"},
    ]
    put(drafts)
    assert problems_of(tmp_path) == []


def test_what_only_a_form_can_do_is_asked_or_listed_with_its_reason(tmp_path):
    drafts = drafts_of(bot_in(tmp_path, "book, hours", domain=DOMAIN, data_rules=FORM), "book_form")
    asked, left = "\n".join(drafts.questions), "\n".join(drafts.left_out)
    assert "Does required_slots() of validate_book_form add questions" in asked
    assert "'hours while booking', what users say while book_form asks" in left
    assert "ignored_intents of book_form" in left
    assert all(file.text.startswith("# DRAFT") for file in drafts.files)


def test_what_a_form_validates_is_validated_by_an_action_for_each_slot(tmp_path):
    domain = DOMAIN.replace("- action_book\n", "- action_book\n    - validate_guests\n")
    bot_in(tmp_path, "book, hours", domain=domain, data_rules=FORM)
    drafts = drafts_of(tmp_path, "book_form")
    asked = [each for each in drafts.questions if "validate_city" in each]
    assert len(asked) == 1
    assert "Move what validate_city() of validate_book_form does into an action" in asked[0]
    assert not any("validate_guests runs" in each for each in drafts.questions), "it's there"
    flows = drafts.files[0].text
    assert "      # TODO: validate_city runs after this answer" in flows
    put(drafts)
    project = read_project(str(tmp_path / "config.yml"), tmp_path / "domain.yml", [])
    assert project.domain.actions >= {"validate_city", "validate_guests", "validate_book_form"}
    assert problems_of(tmp_path) == []


def test_an_action_that_another_flow_would_run_is_not_put_into_the_domain(tmp_path):
    flows = "flows:\n  fly:\n    description: flies\n    steps: [{collect: city}]\n"
    bot_in(tmp_path, "book, hours", domain=DOMAIN, data_rules=FORM, flows_fly=flows)
    drafts = drafts_of(tmp_path, "book_form")
    assert any("the action would run in fly, too" in each for each in drafts.questions)
    put(drafts)
    domain = (tmp_path / "domain.yml").read_text()
    assert "validate_guests" in domain
    assert "validate_city" not in domain


def test_without_a_forms_validation_none_is_drafted(tmp_path):
    domain = DOMAIN.replace("    - validate_book_form\n", "")
    drafts = drafts_of(bot_in(tmp_path, "book, hours", domain=domain, data_rules=FORM), "book_form")
    put(drafts)
    assert "validate_" not in (tmp_path / "domain.yml").read_text()


def test_a_mapping_for_the_form_holds_in_the_flow_too(tmp_path):
    domain = DOMAIN.replace("    - validate_book_form\n", "")
    bot_in(tmp_path, "book, hours", domain=domain, data_rules=FORM)
    drafts = drafts_of(tmp_path, "book_form")
    assert change_of(drafts, "domain.yml") == [
        "    - type: from_entity",
        "      entity: number",
        "      conditions:",
        "        - active_flow: book",
        "          requested_slot: guests",
    ]


@pytest.mark.parametrize(
    ("answers", "branches", "type_"),
    [
        (
            ("affirm", "deny"),
            {"slots.book_sure": ["utter_done"], "else": ["utter_dropped"]},
            "bool",
        ),
        (
            ("inform", "stop"),
            {"slots.book_sure = 'inform'": ["utter_done"], "else": ["utter_dropped"]},
            "categorical",
        ),
    ],
)
def test_stories_that_differ_in_an_answer_become_branches_over_a_new_slot(
    tmp_path, answers, branches, type_
):
    text = "".join(
        f"""
- story: {answer}
  steps:
  - intent: book
  - action: utter_ask_sure
  - intent: {answer}
  - action: {then}
  - action: action_reset_routing
"""
        for answer, then in zip(answers, ("utter_done", "utter_dropped"), strict=True)
    )
    drafts = drafts_of(bot_in(tmp_path, "book", domain=DOMAIN, data_stories=stories(text)), "book")
    assert steps_of(drafts, "book") == ["book_sure", branches]
    assert flow_of(drafts, "book")["steps"][0]["utter"] == "utter_ask_sure"
    assert f"    type: {type_}" in change_of(drafts, "domain.yml")
    put(drafts)
    assert problems_of(tmp_path) == []


def test_one_answer_only_leaves_the_other_to_be_told(tmp_path):
    text = """
- story: yes
  steps:
  - intent: book
  - action: utter_ask_sure
  - intent: affirm
  - action: utter_done
"""
    drafts = drafts_of(bot_in(tmp_path, "book", domain=DOMAIN, data_stories=stories(text)), "book")
    assert steps_of(drafts, "book") == [
        "book_sure",
        {"slots.book_sure": ["utter_done"], "else": []},
    ]
    assert "No story says what happens unless it's 'affirm'." in "\n".join(drafts.questions)
    put(drafts)
    assert problems_of(tmp_path) == []


def test_stories_that_differ_in_a_slot_become_branches_over_it(tmp_path):
    text = "".join(
        f"""
- story: member {value}
  steps:
  - intent: book
  - action: action_look_up
  - slot_was_set:
    - member: {value}
  - action: {then}
"""
        for value, then in (("true", "utter_welcome_back"), ("false", "utter_done"))
    )
    drafts = drafts_of(bot_in(tmp_path, "book", domain=DOMAIN, data_stories=stories(text)), "book")
    assert steps_of(drafts, "book") == [
        "action_look_up",
        {"slots.member": ["utter_welcome_back"], "else": ["utter_done"]},
    ]
    put(drafts)
    assert problems_of(tmp_path) == []


def test_an_answer_with_an_entity_collects_its_slot(tmp_path):
    text = """
- story: where
  steps:
  - intent: book
  - action: utter_ask_book_form_city
  - intent: inform
    entities: [city]
  - slot_was_set:
    - city
  - action: utter_done
"""
    drafts = drafts_of(bot_in(tmp_path, "book", domain=DOMAIN, data_stories=stories(text)), "book")
    assert steps_of(drafts, "book") == ["city", "utter_done"]
    assert flow_of(drafts, "book")["steps"][0]["utter"] == "utter_ask_book_form_city"
    put(drafts)
    assert problems_of(tmp_path) == []


def test_checkpoints_are_followed_even_in_a_circle(tmp_path):
    text = """
- story: begin
  steps:
  - intent: book
  - action: action_look_up
  - checkpoint: looked_up
- story: go on
  steps:
  - checkpoint: looked_up
  - action: utter_ask_sure
  - intent: affirm
  - action: utter_done
- story: again
  steps:
  - checkpoint: looked_up
  - action: utter_ask_sure
  - intent: deny
  - checkpoint: looked_up
"""
    drafts = drafts_of(bot_in(tmp_path, "book", domain=DOMAIN, data_stories=stories(text)), "book")
    collected = steps_of(drafts, "book")
    assert collected[:2] == ["action_look_up", "book_sure"]
    assert collected[2]["slots.book_sure"] == ["utter_done"]
    put(drafts)
    assert problems_of(tmp_path) == []


def test_interruptions_are_left_to_flows_and_told(tmp_path):
    text = """
- story: hours between
  steps:
  - intent: book
  - action: utter_ask_sure
  - intent: hours
  - action: utter_hours
  - intent: affirm
  - action: utter_done
- story: hours
  steps:
  - intent: hours
  - action: utter_hours
"""
    drafts = drafts_of(bot_in(tmp_path, "book", domain=DOMAIN, data_stories=stories(text)), "book")
    assert steps_of(drafts, "book")[0] == "book_sure"
    assert "starts hours" in "\n".join(drafts.left_out)


def test_texts_of_users_and_of_the_bot_are_carried_over(tmp_path):
    text = """
- story: by example
  steps:
  - user: I want to book
  - bot: "Gladly: it's done."
"""
    nlu = """
    nlu:
    - intent: book
      examples: |
        - I want to book
    """
    bot_in(tmp_path, "book", domain=DOMAIN, data_stories=stories(text), data_nlu=nlu)
    drafts = drafts_of(tmp_path, "book")
    assert steps_of(drafts, "book") == ["utter_book_1"]
    put(drafts)
    assert problems_of(tmp_path) == []
    assert (
        'utter_book_1:\n    - text: "Gladly: it\'s done."' in (tmp_path / "domain.yml").read_text()
    )


def test_what_the_domain_lacks_is_drafted_with_a_todo(tmp_path):
    text = """
- story: unfinished
  steps:
  - intent: book
  - action: utter_missing
  - action: action_missing
"""
    drafts = drafts_of(bot_in(tmp_path, "book", domain=DOMAIN, data_stories=stories(text)), "book")
    assert "book: utter_missing has no text yet." in drafts.questions
    put(drafts)
    assert problems_of(tmp_path) == []


def test_two_questions_for_a_slot_leave_the_one_that_asks_in_a_form(tmp_path):
    domain = DOMAIN.replace("- action_book\n", "- action_book\n    - action_ask_guests\n")
    drafts = drafts_of(bot_in(tmp_path, "book, hours", domain=domain, data_rules=FORM), "book_form")
    put(drafts)
    assert problems_of(tmp_path) == []
    assert any("action_ask_guests asks for guests" in reason for reason in drafts.left_out)


@pytest.mark.parametrize("domain", ["domain", "domain_nlu"])
def test_the_same_drafts_are_made_again_once_they_are_written(tmp_path, domain):
    text = """
- story: more
  steps:
  - intent: book
  - action: book_form
  - active_loop: book_form
  - active_loop: null
  - bot: Shall I?
  - intent: affirm
  - bot: Will you come?
  - intent: affirm
  - action: utter_done
"""
    more = {domain: DOMAIN, "data_stories": stories(text)}
    bot_in(tmp_path, "book, hours", data_rules=FORM, **more)
    first = drafts_of(tmp_path, "book_form")
    put(first)
    assert problems_of(tmp_path) == []
    again = drafts_of(tmp_path, "book_form")
    assert [file.text for file in again.files] == [file.text for file in first.files]
    assert (again.edits, again.questions) == ((), first.questions)


def test_a_skill_that_has_a_flow_is_left_alone(tmp_path):
    flows = "flows:\n  book:\n    description: d\n    steps: [{action: utter_done}]\n"
    bot_in(tmp_path, "book, hours", domain=DOMAIN, data_rules=FORM, flows_own=flows)
    drafts = drafts_of(tmp_path, "book_form")
    assert drafts.files == ()
    assert any("is its flow already" in reason for reason in drafts.left_out)


@pytest.mark.parametrize(("name", "nearest"), [("book_fom", "book_form"), ("houres", "hours")])
def test_an_unknown_name_gets_the_nearest(tmp_path, name, nearest):
    plan = "areas: {trips: {skills: [book_form]}}\n"
    bot_in(tmp_path, "book, hours", domain=DOMAIN, data_rules=FORM, migration=plan)
    with pytest.raises(InvalidPlan, match=f"Did you mean '{nearest}'") as error:
        drafts_of(tmp_path, name)
    assert error.value.problems[0].code == "unknown-area"


def test_without_a_plan_who_writes_it_is_told(tmp_path):
    bot_in(tmp_path, "book, hours", domain=DOMAIN, data_rules=FORM)
    with pytest.raises(InvalidPlan) as error:
        drafts_of(tmp_path, "payments")
    [problem] = error.value.problems
    assert (problem.code, problem.location.file) == (
        "missing-file",
        str(tmp_path / "migration.yml"),
    )
    assert "There is no plan, and the bot has no skill 'payments'." in str(problem)
    assert "Let `coexist plan` write the plan" in str(problem)


def test_forms_of_rasa_2_must_be_brought_to_rasa_3_first(tmp_path):
    domain = DOMAIN.replace(
        "[city, guests]", "{city: [{type: from_entity, entity: city}], guests: [{type: from_text}]}"
    )
    drafts = drafts_of(bot_in(tmp_path, "book, hours", domain=domain, data_rules=FORM), "book_form")
    [told] = [each for each in drafts.left_out if "mappings in book_form" in each]
    assert "rasa data migrate" in told


@pytest.mark.parametrize(
    ("skill", "flow", "steps"),
    [
        (
            "block_card_form",
            "block_card",
            ["customer_number", "block_reason", "card_digits", "action_block_card"],
        ),
        ("opening_hours", "opening_hours", ["utter_opening_hours"]),
        (
            "give_feedback",
            "give_feedback",
            [
                "give_feedback_answer",
                {
                    "slots.give_feedback_answer = 'feedback_positive'": ["utter_feedback_positive"],
                    "else": ["utter_feedback_negative"],
                },
            ],
        ),
    ],
)
def test_drafts_of_the_sample_bank_pass_the_checks(tmp_path, monkeypatch, skill, flow, steps):
    for folder in ("data", "domain", "flows"):
        shutil.copytree(ROOT / folder, tmp_path / folder)
    shutil.copy(ROOT / "config.yml", tmp_path)
    monkeypatch.chdir(tmp_path)
    drafts = drafts_of(Path(), skill)
    assert steps_of(drafts, flow) == steps
    put(drafts)
    assert problems_of(Path()) == []
    every = read_suite(["e2e_tests"]).cases
    cases = [each for each in every if not each.file.endswith("test_handoffs.yml")]
    project = read_project("config.yml", Path("domain"), [Path("data")])
    assert [each for each in check_names(every, project) if not each.is_warning] == []
    assert len(cases) == (2 if skill == "give_feedback" else 1)
