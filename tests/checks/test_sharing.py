"""Slots of both systems: a reset empties those that the domain doesn't share."""

import pytest

DOMAIN = """\
intents: [greet, pay]
slots:
  amount: {type: float}
  sure: {type: bool}
responses:
  utter_ask_amount: [{text: How much?}]
  utter_done: [{text: Done.}]
actions: [action_pay]
"""
FORM = "forms:\n  pay_form:\n    required_slots: [amount]\n"
STORY = """\
stories:
  - story: s
    steps:
      - intent: greet
      - slot_was_set:
          - amount: 1
      - action: action_reset_routing
"""
GUARD = "    if: slots.amount > 0\n    steps: [{action: utter_done}]\n"
BRANCH = """\
    steps:
      - action: utter_done
        next:
          - if: not slots.amount
            then: END
          - else: END
"""
REJECTION = """\
    steps:
      - collect: sure
        utter: utter_done
        rejections: [{if: slots.amount > 0, utter: utter_done}]
"""
COLLECT = "    steps: [{collect: amount}]\n"
SET = "    steps: [{set_slots: [{amount: 1}]}]\n"


def write(bot, steps, *, domain="", data=""):
    bot.write(
        domain=DOMAIN + domain,
        data__stories=data or "stories: []\n",
        flows__pay="flows:\n  pay:\n    description: d\n" + steps,
    )


@pytest.mark.parametrize("files", [{"domain": FORM}, {"data": STORY}], ids=["form", "story"])
@pytest.mark.parametrize("steps", [GUARD, BRANCH, REJECTION, COLLECT, SET])
def test_a_slot_of_both_systems_is_to_be_shared(routed, steps, files):
    write(routed, steps, **files)
    assert routed.found("unshared-slot") == ["unshared-slot 3"]


def test_places_that_fill_it_are_named_first(routed):
    write(routed, GUARD.replace("utter_done", "utter_done}, {collect: amount"), domain=FORM)
    [problem] = [each for each in routed.problems() if each.code == "unshared-slot"]
    assert "flows at flows/pay.yml:5:45, flows/pay.yml:4:9, the NLU system at" in problem.message


@pytest.mark.parametrize("steps", [GUARD, BRANCH, REJECTION, COLLECT, SET])
def test_one_that_no_form_and_no_story_names_is_left_alone(routed, steps):
    write(routed, steps, domain=FORM.replace("amount", "sure"), data=STORY.replace("amount", "x"))
    assert "unshared-slot 3" not in routed.found("unshared-slot")


def test_one_that_is_shared_is_left_alone(routed):
    write(routed, GUARD, data=STORY)
    shared = DOMAIN.replace("{type: float}", "{type: float, shared_for_coexistence: true}")
    routed.write(domain=shared)
    assert routed.found("unshared-slot") == []


def test_a_name_that_is_put_in_is_no_slot(routed):
    write(routed, GUARD.replace("slots.amount", "slots.{{context.amount}}"), data=STORY)
    assert routed.found("unshared-slot") == []
