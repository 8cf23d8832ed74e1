"""A corrected answer takes its flow back to where the answer counts."""

import pytest

from router.dialogue.commands import CancelFlow, CorrectSlots, SetSlot, StartFlow
from router.dialogue.turn import begin_turn

DONE = "utter_can_do_something_else"
CONTINUE = "utter_flow_continue_interrupted"
CHANGED = "utter_corrected_previous_input"
SLOTS = dict.fromkeys(("a", "b", "c", "d"), "text") | {"n": "float"}
FLOWS = """
    trip:
      steps:
      - collect: a
      - action: action_price
      - collect: b
      - collect: c
    other:
      steps:
      - collect: d
"""
TRIP, OTHER = StartFlow("trip"), StartFlow("other")


@pytest.fixture
def bot(talk_to):
    """A trip of which `a` and `b` are answered and `c` is asked for."""
    bot = talk_to(FLOWS, SLOTS, actions=["action_price"])
    bot.turn(TRIP)
    bot.turn(SetSlot("a", "1"))
    assert bot.turn(SetSlot("b", "2")) == ["utter_ask_c"]
    return bot


def test_a_correction_is_said_and_the_question_asked_again(bot):
    assert bot.turn(SetSlot("b", "3")) == [CHANGED, "utter_ask_c"]
    assert (bot["a"], bot["b"]) == ("1", "3")


def test_what_follows_the_corrected_answer_is_done_again(bot):
    assert bot.turn(SetSlot("a", "9")) == [CHANGED, "action_price", "utter_ask_c"]


def test_several_slots_are_corrected_at_once_from_the_earliest_on(bot):
    said = bot.turn(SetSlot("b", "8"), SetSlot("a", "9"))
    assert said == [CHANGED, "action_price", "utter_ask_c"]
    assert (bot["a"], bot["b"]) == ("9", "8")


def test_a_correction_and_the_answer_may_come_together(bot):
    assert bot.turn(SetSlot("a", "9"), SetSlot("c", "3")) == [CHANGED, "action_price", DONE]


def test_a_correction_and_a_new_flow_may_come_together(bot):
    assert bot.turn(SetSlot("b", "9"), OTHER) == [CHANGED, "utter_ask_d"]
    assert bot["b"] == "9"
    assert bot.turn(SetSlot("d", "x")) == [CONTINUE, "utter_ask_c"]


def test_a_new_flow_before_a_correction_runs_first(bot):
    assert bot.turn(OTHER, SetSlot("b", "9")) == ["utter_ask_d"]
    assert bot.turn(SetSlot("d", "x")) == [CHANGED, "utter_ask_c"]
    assert bot["b"] == "9"


def test_a_correction_of_a_flow_that_is_cancelled_with_it_changes_nothing(bot):
    bot.turn(CancelFlow(), SetSlot("b", "9"))
    assert (bot["b"], bot.state.stack) == (None, ())


def test_an_answer_taken_back_is_asked_for_again_without_a_word(bot):
    assert bot.turn(SetSlot("b", None)) == ["utter_ask_b"]
    assert bot.turn(SetSlot("b", "3")) == ["utter_ask_c"]


def test_what_the_pattern_is_told(bot):
    state = begin_turn(bot.state, [SetSlot("b", "3")], bot.assistant)
    context = state.top.context
    assert context["corrected_slots"] == {"b": "3"}
    assert context["new_slot_values"] == ["3"]
    assert context["is_reset_only"] is False


def test_a_question_that_is_always_asked_is_asked_instead_of_changed(talk_to):
    flows = """
    trip:
      steps:
      - collect: a
        ask_before_filling: true
      - collect: b
        ask_before_filling: true
      - collect: c
    """
    bot = talk_to(flows, SLOTS)
    bot.turn(TRIP)
    bot.turn(SetSlot("a", "1"))
    bot.turn(SetSlot("b", "2"))
    assert bot.turn(SetSlot("b", "3")) == ["utter_ask_b"]
    assert bot["b"] is None
    bot.turn(SetSlot("b", "4"))
    assert bot.turn(SetSlot("a", "3")) == ["utter_ask_a"]
    assert bot.turn(SetSlot("a", "5")) == ["utter_ask_b"], "asked whenever the flow comes by"


def test_a_corrected_answer_can_be_rejected(talk_to):
    flows = """
    trip:
      steps:
      - collect: n
        rejections:
        - if: slots.n > 10
          utter: utter_too_much
      - collect: c
    """
    bot = talk_to(flows, SLOTS)
    bot.turn(TRIP)
    bot.turn(SetSlot("n", 5))
    assert bot.turn(SetSlot("n", 50)) == ["utter_too_much", "utter_ask_n"]
    assert bot["n"] is None
    assert bot.turn(SetSlot("n", 6)) == ["utter_ask_c"]


def test_only_the_branch_that_was_taken_is_gone_back_to(talk_to):
    flows = """
    trip:
      steps:
      - collect: a
        next:
        - if: slots.a = "left"
          then:
          - action: action_left
          - collect: b
            next: last
        - else:
          - action: action_right
          - collect: b
            next: last
      - id: last
        collect: c
    """
    bot = talk_to(flows, SLOTS, actions=["action_left", "action_right"])
    bot.turn(TRIP)
    bot.turn(SetSlot("a", "right"))
    bot.turn(SetSlot("b", "1"))
    bot.state = begin_turn(bot.state, [SetSlot("b", "2")], bot.assistant)
    assert bot.turn() == [CHANGED, "utter_ask_c"]
    assert bot.turn(SetSlot("a", "left")) == [CHANGED, "action_left", "utter_ask_c"]


def test_an_answer_given_ahead_of_its_question_is_changed_where_the_flow_stands(talk_to):
    bot = talk_to(FLOWS, SLOTS, actions=["action_price"])
    bot.turn(TRIP, SetSlot("c", "early"))
    assert bot.turn(SetSlot("c", "late")) == [CHANGED, "utter_ask_a"]
    bot.turn(SetSlot("a", "1"))
    assert bot["c"] == "late"
    assert bot.turn(SetSlot("b", "1")) == [DONE]


CALLING = """
    trip:
      steps:
      - collect: a
      - call: child
      - collect: c
    child:
      steps:
      - collect: b
      - action: action_child
      - collect: d
"""


def test_a_slot_of_a_called_flow_that_is_over_calls_it_again(talk_to):
    bot = talk_to(CALLING, SLOTS, actions=["action_child"])
    for command in (TRIP, SetSlot("a", "1"), SetSlot("b", "2"), SetSlot("d", "4")):
        said = bot.turn(command)
    assert said == ["utter_ask_c"]
    assert bot.turn(SetSlot("b", "3")) == [CHANGED, "action_child", "utter_ask_c"]
    assert bot.flows == ["trip"]


def test_a_slot_of_the_called_flow_at_work_takes_back_that_flow_alone(talk_to):
    bot = talk_to(CALLING, SLOTS, actions=["action_child"])
    for command in (TRIP, SetSlot("a", "1"), SetSlot("b", "2")):
        said = bot.turn(command)
    assert said == ["action_child", "utter_ask_d"]
    assert bot.turn(SetSlot("b", "3")) == [CHANGED, "action_child", "utter_ask_d"]
    assert bot.flows == ["trip", "child"]


def test_a_slot_of_the_caller_leaves_the_called_flow_and_comes_back_to_it(talk_to):
    bot = talk_to(CALLING, SLOTS, actions=["action_child"])
    for command in (TRIP, SetSlot("a", "1"), SetSlot("b", "2")):
        bot.turn(command)
    said = bot.turn(SetSlot("a", "9"))
    assert said == [CHANGED, "action_child", "utter_ask_d"]
    assert (bot["a"], bot["b"], bot.flows) == ("9", "2", ["trip", "child"])


def test_a_slot_of_a_finished_flow_is_not_corrected(talk_to):
    flows = FLOWS.replace("    other:", "    other:\n      persisted_slots: [d]")
    bot = talk_to(flows, SLOTS, actions=["action_price"])
    bot.turn(OTHER)
    bot.turn(SetSlot("d", "kept"))
    bot.turn(TRIP)
    assert bot.turn(SetSlot("d", "changed")) == ["utter_ask_a"]
    assert bot["d"] == "kept"


def test_a_slot_of_an_interrupted_flow_is_not_corrected_from_the_one_above(bot):
    bot.turn(OTHER)
    assert bot.turn(SetSlot("b", "changed")) == ["utter_ask_d"]
    assert bot["b"] == "2"


def test_a_correction_may_come_as_a_command_of_its_own(bot):
    assert bot.turn(CorrectSlots({"b": "3", "d": "never asked"})) == [CHANGED, "utter_ask_c"]
    assert (bot["b"], bot["d"]) == ("3", None)


def test_a_loop_back_ends(talk_to):
    flows = """
    trip:
      steps:
      - id: first
        collect: a
      - collect: b
      - id: last
        collect: c
        next:
        - if: slots.c = "again"
          then:
          - set_slots:
            - c: null
            next: first
        - else: END
    """
    bot = talk_to(flows, SLOTS)
    for command in (TRIP, SetSlot("a", "1"), SetSlot("b", "2")):
        bot.turn(command)
    assert bot.turn(SetSlot("c", "again")) == ["utter_ask_c"]
    assert bot.turn(SetSlot("a", "2")) == [CHANGED, "utter_ask_c"]
