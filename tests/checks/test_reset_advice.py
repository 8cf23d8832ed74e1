"""What is advised where a rule or story doesn't release the conversation."""

import pytest

RULES = """\
rules:
  - rule: greet
    steps:
      - intent: greet
      - action: utter_done
"""
STORIES = """\
stories:
  - story: within
    steps:
      - intent: pay
{before}      - intent: greet
      - action: utter_done
{after}"""
FORM = "      - action: pay_form\n      - active_loop: pay_form\n"
RESET = "      - action: action_reset_routing\n"


def advice(routed, before, after, rules=RULES):
    routed.write(data__rules=rules, data__stories=STORIES.format(before=before, after=after))
    [told] = [
        each.advice
        for each in routed.problems()
        if each.code == "missing-reset" and each.location.file == "data/rules.yml"
    ]
    return told


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (FORM, "      - action: pay_form\n      - active_loop: null\n" + RESET),
        (FORM, ""),
        ("", "      - intent: pay\n      - action: utter_done\n" + RESET),
    ],
)
@pytest.mark.parametrize("kind", ["rule", "story"])
def test_no_reset_is_advised_where_a_story_goes_on(routed, before, after, kind):
    rules = RULES.replace("rules:", "stories:").replace("- rule:", "- story:")
    told = advice(routed, before, after, RULES if kind == "rule" else rules)
    assert told.startswith("List 'greet' under nlu_entry.non_sticky (in a plan: one_turn).")
    assert "'within' goes on with (data/stories.yml:" in told


@pytest.mark.parametrize(("before", "after"), [("", ""), ("", RESET), (FORM + RESET, RESET)])
def test_a_reset_is_advised_where_nothing_goes_on(routed, before, after):
    assert advice(routed, before, after).startswith("Write `- action: action_reset_routing`")


START = """\
rules:
  - rule: start
    steps:
      - intent: greet
      - action: pay_form
      - active_loop: pay_form
"""
SUBMIT = """\
  - rule: submit
    condition:
      - active_loop: pay_form
    steps:
      - action: pay_form
      - active_loop: null
"""


def missing(routed, rules):
    routed.write(data__rules=rules)
    return [each for each in routed.problems() if each.code == "missing-reset"]


def test_a_form_is_released_where_it_is_submitted(routed):
    [told] = missing(routed, START + SUBMIT)
    assert told.location.line == 12
    assert "'submit' doesn't release it" in told.message
    assert told.advice.startswith("Write `- action: action_reset_routing` as the last step")
    assert missing(routed, START + SUBMIT + RESET) == []


def test_a_form_that_nothing_submits_needs_a_rule_for_its_end(routed):
    [told] = missing(routed, START)
    assert told.location.line == 4
    assert told.advice.startswith("Write a rule with the condition `- active_loop: pay_form`")
    assert missing(routed, START + SUBMIT + RESET) == []
