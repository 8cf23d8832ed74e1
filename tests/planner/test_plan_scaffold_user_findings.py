"""Drafts say what users can no longer do: leave a form, be ignored, and what tests expect."""

import pytest
import yaml
from plan_scaffold_bots import BOOK_RULES, bot_in, drafts_of, problems_of, put

DOMAIN = """
    version: "3.1"
    intents: [book, hours, stop, thank, inform]
    slots:
      name:
        type: text
        mappings:
        - type: from_text
          conditions:
          - active_loop: book_form
      note: {type: text, mappings: [{type: from_text}]}
    forms:
      book_form:
        ignored_intents: [thank]
        required_slots: [name, note]
    responses:
      utter_ask_name: [{text: "Who?"}]
      utter_ask_note: [{text: "Anything else?"}]
      utter_hours: [{text: 9 to 5.}]
      utter_stopped: [{text: Stopped.}]
    actions: [action_book]
    """
RULES = (
    BOOK_RULES.rstrip()
    + """
    """
)
STOP_RULE = """
    - rule: Stop booking
      condition:
      - active_loop: book_form
      steps:
      - intent: stop
      - action: action_deactivate_loop
      - active_loop: null
      - action: utter_stopped
    """
THANK_RULE = """
    - rule: Thanks within
      condition:
      - active_loop: book_form
      steps:
      - intent: thank
      - action: utter_hours
      - action: book_form
      - active_loop: book_form
    """
STOP_STORY = """
    stories:
    - story: Stopped
      steps:
      - intent: book
      - action: book_form
      - active_loop: book_form
      - intent: stop
      - action: utter_stopped
      - action: action_deactivate_loop
      - active_loop: null
    """
CANCEL = """
    flows:
      pattern_cancel_flow:
        description: Stops the active flow.
        nlu_trigger:
        - intent: stop
        steps:
        - action: action_cancel_flow
    """
NLU = "nlu:\n- {intent: hours, examples: '- when are you open'}\n"
ASKED = (
    "leaves book_form: with NLU commands only, nothing starts pattern_cancel_flow. Write in "
    "flows: a flow `pattern_cancel_flow` with `nlu_trigger: [{intent: stop}]` (README has an "
    "example), or users can't leave the flow."
)


def bot(folder, rules=RULES, **files):
    given = {"data_rules": rules, "data_nlu": NLU, "domain": DOMAIN, **files}
    return bot_in(folder, "book, hours", **given)


def stops(texts):
    return [text for text in texts if "pattern_cancel_flow" in text]


@pytest.mark.parametrize("files", [{"rules": RULES + STOP_RULE}, {"data_stories": STOP_STORY}])
def test_how_users_leave_a_form_is_asked(tmp_path, files):
    drafts = drafts_of(bot(tmp_path, **files), "book_form")
    [question] = stops(drafts.questions)
    assert question.endswith(ASKED)
    assert stops(drafts.left_out) == []
    flows = next(file.text for file in drafts.files if "flows" in file.path.parts)
    assert "pattern_cancel_flow" in flows
    steps = yaml.safe_load(flows)["flows"]["book"]["steps"]
    assert [next(iter(step.values())) for step in steps] == ["name", "note", "action_book"]


@pytest.mark.parametrize("files", [{"rules": RULES + STOP_RULE}, {"data_stories": STOP_STORY}])
def test_users_who_can_stop_flows_already_are_not_asked_about(tmp_path, files):
    drafts = drafts_of(bot(tmp_path, data_cancel=CANCEL, **files), "book_form")
    assert stops(drafts.questions) == []
    assert len(stops(drafts.left_out)) == 1


def test_a_pattern_that_another_intent_starts_is_not_enough(tmp_path):
    other = CANCEL.replace("stop\n", "thank\n")
    drafts = drafts_of(bot(tmp_path, RULES + STOP_RULE, data_cancel=other), "book_form")
    assert len(stops(drafts.questions)) == 1


def test_a_model_understands_that_users_stop(tmp_path):
    folder = bot(tmp_path, RULES + STOP_RULE)
    config = folder / "config.yml"
    text = config.read_text("utf-8")
    config.write_text(text.replace("NLUCommandAdapter", "LLMCommandGenerator"), "utf-8")
    assert stops(drafts_of(folder, "book_form").questions) == []


def test_small_talk_within_a_form_is_told_of_as_flows_hear_it(tmp_path):
    drafts = drafts_of(bot(tmp_path, RULES + THANK_RULE), "book_form")
    [told] = [text for text in drafts.left_out if "Thanks within" in text]
    assert "other intents are heard only as another flow's start or as answers" in told
    assert stops(drafts.questions) == []


def test_what_the_form_ignores_and_what_opens_others_is_no_answer(tmp_path):
    folder = bot(tmp_path)
    drafts = drafts_of(folder, "book_form")
    domain = next(edit.after for edit in drafts.edits if edit.path.name == "domain.yml")
    mappings = yaml.safe_load(domain)["slots"]["name"]["mappings"]
    assert mappings[1:] == [
        {
            "type": "from_text",
            "conditions": [{"active_flow": "book"}],
            "not_intent": ["thank", "hours"],
        }
    ]
    [question] = [text for text in drafts.questions if "`not_intent: [thank]`" in text]
    assert "from_text mapping of note" in question
    put(drafts)
    assert problems_of(folder) == []
    assert "domain.yml" not in [edit.path.name for edit in drafts_of(folder, "book_form").edits]


def test_cases_that_expect_the_area_in_the_nlu_system_are_listed(tmp_path):
    folder = bot(tmp_path)
    tests = folder / "e2e_tests"
    for area in ("moved", "hours"):
        (tests / area).mkdir(parents=True)
        (tests / area / "test_handoffs.yml").write_text(
            "test_cases:\n"
            "- test_case: there\n  steps:\n"
            "  - user: When are you open\n    assertions: [{routed_to: nlu}]\n"
            "- test_case: back\n  steps:\n"
            "  - user: /hours\n    assertions: [{handoff: {from: calm, to: nlu}}]\n"
            "- test_case: other\n  steps:\n"
            "  - user: /book\n    assertions: [{routed_to: nlu}]\n"
            "- test_case: calm\n  steps:\n"
            "  - user: /hours\n    assertions: [{routed_to: calm}]\n",
            "utf-8",
        )
    told = [text for text in drafts_of(folder, "hours").left_out if "e2e_tests" in text]
    file = tests / "moved" / "test_handoffs.yml"
    after = "in the NLU system: change or delete it when hours moves."
    assert told == [
        f"{file}:2: 'there' expects 'When are you open' {after}",
        f"{file}:6: 'back' expects '/hours' {after}",
    ]
