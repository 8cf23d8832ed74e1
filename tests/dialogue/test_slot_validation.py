"""A slot's `validation` in the domain holds whenever the slot is filled."""

import pytest

from router.dialogue.commands import CancelFlow, SetSlot, StartFlow

DONE = "utter_can_do_something_else"
CONTINUE = "utter_flow_continue_interrupted"
CHANGED = "utter_corrected_previous_input"
TOO_MUCH, AGAIN = "utter_too_much", "utter_amount_again"
LIMIT = {"rejections": [{"if": "slots.amount > 10", "utter": TOO_MUCH}], "refill_utter": AGAIN}
SLOTS = {
    "amount": {"type": "float", "validation": LIMIT},
    "recipient": "text",
    "color": "text",
}
FLOWS = """
    pay:
      steps:
      - collect: recipient
      - collect: amount
      - action: action_pay
    order:
      steps:
      - collect: color
      - set_slots:
        - amount: 50
      - action: action_order
"""
PAY, ORDER = StartFlow("pay"), StartFlow("order")


@pytest.fixture
def bot(talk_to, assistant_of):
    from dataclasses import replace

    assistant = assistant_of(FLOWS, SLOTS, actions=["action_pay", "action_order"])
    return talk_to(replace(assistant, responses=assistant.responses | {TOO_MUCH, AGAIN}))


def test_an_answer_to_its_question_is_refused_and_asked_for_again(bot):
    bot.turn(PAY)
    bot.turn(SetSlot("recipient", "Ann"))
    assert bot.turn(SetSlot("amount", 50)) == [TOO_MUCH, AGAIN]
    assert bot["amount"] is None
    assert bot.turn(SetSlot("amount", 5)) == ["action_pay", DONE]


@pytest.mark.parametrize("together", [True, False])
def test_a_value_given_ahead_of_its_question_is_refused_at_once(bot, together):
    if together:
        said = bot.turn(PAY, SetSlot("amount", 50))
    else:
        bot.turn(PAY)
        said = bot.turn(SetSlot("amount", 50))
    assert said == [TOO_MUCH, AGAIN]
    assert bot.turn(SetSlot("amount", "none at all")) == ["utter_float_slot_rejection", AGAIN]
    assert bot.turn(SetSlot("amount", 5)) == ["utter_ask_recipient"]
    assert bot.turn(SetSlot("recipient", "Ann")) == ["action_pay", DONE]


def test_a_value_that_fits_is_taken_without_a_word(bot):
    assert bot.turn(PAY, SetSlot("amount", 5)) == ["utter_ask_recipient"]


def test_a_flow_that_only_asks_to_refill_can_be_cancelled_and_interrupted(bot):
    bot.turn(PAY, SetSlot("amount", 50))
    assert bot.turn(ORDER) == ["utter_ask_color"]
    assert bot.turn(CancelFlow())[1:] == [CONTINUE, AGAIN]
    assert bot.turn(CancelFlow()) == ["utter_flow_cancelled_rasa", DONE]
    assert bot["amount"] is None


def test_a_corrected_value_is_refused_too(bot):
    bot.turn(PAY, SetSlot("amount", 5))
    assert bot.turn(SetSlot("amount", 50)) == [TOO_MUCH, AGAIN]
    assert bot.turn(SetSlot("amount", 7)) == ["utter_ask_recipient"]
    assert bot.turn(SetSlot("amount", 8)) == [CHANGED, "utter_ask_recipient"]


def test_a_value_the_flow_sets_itself_is_refused_too(bot):
    bot.turn(ORDER)
    assert bot.turn(SetSlot("color", "red")) == [TOO_MUCH, AGAIN]
    assert bot.turn(SetSlot("amount", 1)) == ["action_order", DONE]
