"""What is said beside the flows: small talk, questions, a wish to skip, repeat or choose."""

import pytest

from router.dialogue.commands import (
    CancelFlow,
    ChitChat,
    Clarify,
    HumanHandoff,
    Knowledge,
    RepeatBotMessages,
    SetSlot,
    SkipQuestion,
    StartFlow,
)
from router.dialogue.engine import is_listening
from router.dialogue.state import DialogueState, stack_from_data
from router.dialogue.turn import begin_turn

DONE = "utter_can_do_something_else"
OFFER = "utter_clarification_options_rasa"
FLOWS = """
    pay:
      name: paying
      steps:
      - collect: amount
      - collect: recipient
    order:
      name: ordering a card
      steps:
      - collect: color
    visit:
      steps:
      - action: action_visit
"""
SLOTS = {"amount": "float", "recipient": "text", "color": "text"}
PAY, ORDER, VISIT = map(StartFlow, ("pay", "order", "visit"))
CHOICE = Clarify(("pay", "order", "visit"))


@pytest.fixture
def bot(talk_to):
    return talk_to(FLOWS, SLOTS, actions=["action_visit"])


@pytest.mark.parametrize(
    ("command", "answer"),
    [
        (ChitChat(), "utter_cannot_handle"),
        (Knowledge(), "utter_no_knowledge_base"),
        (SkipQuestion(), "utter_skip_question_answer"),
        (HumanHandoff(), "utter_human_handoff_not_available"),
        (RepeatBotMessages(), "action_repeat_bot_messages"),
    ],
)
def test_it_is_answered_and_then_the_question_asked_again(bot, command, answer):
    assert bot.turn(command) == [answer]
    assert bot.state.stack == ()
    bot.turn(PAY)
    assert bot.turn(command) == [answer, "utter_ask_amount"]
    assert bot.turn(SetSlot("amount", 1), command) == [answer, "utter_ask_recipient"]


@pytest.mark.parametrize(
    ("pattern", "command"),
    [
        ("chitchat", ChitChat()),
        ("search", Knowledge()),
        ("skip_question", SkipQuestion()),
        ("human_handoff", HumanHandoff()),
        ("repeat_bot_messages", RepeatBotMessages()),
        ("clarification", CHOICE),
        ("cancel_flow", CancelFlow()),
        ("correction", SetSlot("amount", 2)),
    ],
)
def test_a_flow_of_the_same_id_replaces_a_pattern(talk_to, pattern, command):
    own = f"    pattern_{pattern}:\n      steps:\n      - action: action_own\n"
    bot = talk_to(own + FLOWS, SLOTS, actions=["action_own"])
    bot.turn(PAY)
    bot.turn(SetSlot("amount", 1))
    assert bot.turn(command) == ["action_own", "utter_ask_recipient"]


def test_small_talk_is_answered_by_the_response_the_domain_has_for_it(talk_to, assistant_of):
    from dataclasses import replace

    assistant = assistant_of(FLOWS, SLOTS)
    free = "utter_free_chitchat_response"
    bot = talk_to(replace(assistant, responses=assistant.responses | {free}))
    assert bot.turn(ChitChat()) == [free]


def test_several_flows_are_offered_by_their_names(bot):
    assert bot.turn(CHOICE) == [OFFER]
    context = bot.state.top.context
    assert context["names"] == ["paying", "ordering a card", "visit"]
    assert context["clarification_options"] == "paying, ordering a card or visit"


def test_the_choice_starts_its_flow_and_the_offer_is_over(bot):
    bot.turn(CHOICE)
    assert is_listening(bot.state, bot.assistant)
    assert bot.turn(VISIT) == ["action_visit", DONE]
    assert bot.state.stack == ()


def test_a_question_is_not_put_beside_an_offer_but_after_it(bot):
    bot.turn(PAY)
    assert bot.turn(Clarify(("order", "visit"))) == [OFFER]
    assert bot.turn(VISIT)[-1] == "utter_ask_amount"


def test_the_question_behind_an_offer_may_be_answered_instead(bot):
    bot.turn(PAY)
    bot.turn(Clarify(("order", "visit")))
    assert bot.turn(SetSlot("amount", 3)) == ["utter_ask_recipient"]


def test_an_offer_survives_storing(bot):
    bot.turn(CHOICE)
    stored = stack_from_data(bot.state.stack_as_data())
    assert stored == bot.state.stack
    again = begin_turn(DialogueState(stored, bot.state.slots), [VISIT], bot.assistant)
    assert again == begin_turn(bot.state, [VISIT], bot.assistant)


def test_an_offer_of_one_flow_starts_it(bot):
    assert bot.turn(Clarify(("nowhere", "visit"))) == ["action_visit", DONE]


@pytest.mark.parametrize("command", [ChitChat(), CancelFlow()])
def test_a_pattern_may_hand_over_to_a_flow_of_the_users(talk_to, command):
    own = """
    pattern_chitchat:
      steps:
      - link: order
    pattern_cancel_flow:
      steps:
      - action: action_cancel_flow
      - link: order
    """
    bot = talk_to(own + FLOWS, SLOTS)
    bot.turn(PAY)
    assert bot.turn(command)[-1] == "utter_ask_color"
    said = bot.turn(SetSlot("color", "red"))
    assert said[-1] == ("utter_ask_amount" if command == ChitChat() else DONE)


def test_a_pattern_may_ask_for_a_slot_of_its_own(talk_to):
    own = """
    pattern_chitchat:
      steps:
      - collect: mood
        next:
        - if: slots.mood
          then:
          - action: action_glad
            next: END
        - else: END
    """
    bot = talk_to(own + FLOWS, {**SLOTS, "mood": "bool"}, actions=["action_glad"])
    bot.turn(PAY)
    assert bot.turn(ChitChat()) == ["utter_ask_mood"]
    assert bot.turn(SetSlot("mood", "perhaps")) == [
        "utter_boolean_slot_rejection",
        "utter_ask_mood",
    ]
    assert bot.turn(SetSlot("mood", "yes")) == ["action_glad", "utter_ask_amount"]
    assert bot["mood"] is None


def test_a_pattern_that_asks_is_not_started_again_on_top_of_its_question(talk_to):
    own = """
    pattern_human_handoff:
      steps:
      - collect: sure
      - action: action_call
    """
    bot = talk_to(own + FLOWS, {**SLOTS, "sure": "bool"}, actions=["action_call"])
    bot.turn(PAY)
    assert bot.turn(HumanHandoff()) == ["utter_ask_sure"]
    assert bot.turn(HumanHandoff()) == ["utter_ask_sure"]
    assert bot.turn(ChitChat()) == ["utter_cannot_handle", "utter_ask_sure"]
    assert bot.turn(SetSlot("sure", True)) == ["action_call", "utter_ask_amount"]
