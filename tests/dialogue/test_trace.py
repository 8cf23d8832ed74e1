"""What a flow's way through its steps leaves in the trace."""

from router.dialogue.commands import CancelFlow, CorrectSlots, SetSlot, StartFlow
from router.dialogue.engine import failed
from router.dialogue.trace import traced
from router.dialogue.turn import begin_turn

ASKING = """
    pay:
      steps:
      - id: ask
        collect: amount
      - id: send
        action: action_send
    add:
      steps:
      - id: who
        collect: name
"""


def traced_turn(bot, *commands, flows=("pay", "add")):
    """The turn's trace, without the patterns'."""
    with traced() as trace:
        bot.turn(*commands)
    return [entry for entry in trace if entry[1] in flows]


def test_a_flow_leaves_each_step_once_and_the_last_one_to_its_end(talk_to):
    bot = talk_to(ASKING, {"amount": "float", "name": "text"})
    assert traced_turn(bot, StartFlow("pay")) == [["started", "pay"]]
    assert traced_turn(bot, SetSlot("amount", 5)) == [
        ["left", "pay", "ask", -1, "send"],
        ["left", "pay", "send", -1, "END"],
    ]


def test_of_several_ways_on_the_one_taken_is_counted_from_zero(talk_to):
    bot = talk_to(
        """
        pay:
          steps:
          - id: choose
            noop: true
            next:
            - if: slots.amount > 10
              then: much
            - if: slots.amount > 5
              then: some
            - else: END
          - id: much
            action: action_much
            next: END
          - id: some
            action: action_some
        """,
        {"amount": "float"},
        values={"amount": 7},
    )
    assert traced_turn(bot, StartFlow("pay")) == [
        ["started", "pay"],
        ["left", "pay", "choose", 1, "some"],
        ["left", "pay", "some", -1, "END"],
    ]


def test_patterns_are_traced_too_and_a_listening_one_ends_only_once(talk_to):
    bot = talk_to(ASKING, {"amount": "float", "name": "text"})
    asking = "pattern_collect_information"
    with traced() as first:
        bot.turn(StartFlow("pay"))
    assert ["started", asking] in first
    with traced() as second:
        bot.turn(SetSlot("amount", 5))
    left = [entry[2] for entry in second if entry[:2] == ["left", asking]]
    assert left and len(left) == len(set(left))
    assert second[-1][:2] == ["left", "pattern_completed"] and second[-1][-1] == "END"


def test_a_step_that_calls_is_left_when_the_called_flow_is_over(talk_to):
    bot = talk_to(
        """
        pay:
          steps:
          - id: sub
            call: add
          - id: send
            action: action_send
        add:
          steps:
          - id: do
            action: action_add
        """
    )
    assert traced_turn(bot, StartFlow("pay")) == [
        ["started", "pay"],
        ["started", "add"],
        ["left", "add", "do", -1, "END"],
        ["left", "pay", "sub", -1, "send"],
        ["left", "pay", "send", -1, "END"],
    ]


def test_a_step_that_links_ends_its_flow(talk_to):
    bot = talk_to(
        """
        pay:
          steps:
          - id: over
            link: add
        add:
          steps:
          - id: do
            action: action_add
        """
    )
    assert traced_turn(bot, StartFlow("pay")) == [
        ["started", "pay"],
        ["left", "pay", "over", -1, "END"],
        ["started", "add"],
        ["left", "add", "do", -1, "END"],
    ]


def test_a_cancelled_flow_says_at_which_step(talk_to):
    bot = talk_to(ASKING, {"amount": "float", "name": "text"})
    bot.turn(StartFlow("pay"))
    assert traced_turn(bot, CancelFlow()) == [["cancelled", "pay", "ask"]]


def test_a_cancel_in_a_called_flow_gives_up_the_caller_too(talk_to):
    bot = talk_to(
        """
        pay:
          steps:
          - id: sub
            call: add
        add:
          steps:
          - id: who
            collect: name
        """,
        {"name": "text"},
    )
    bot.turn(StartFlow("pay"))
    assert traced_turn(bot, CancelFlow()) == [
        ["cancelled", "add", "who"],
        ["cancelled", "pay", "sub"],
    ]


def test_an_interrupted_flow_is_not_cancelled_with_the_one_on_top(talk_to):
    bot = talk_to(ASKING, {"amount": "float", "name": "text"})
    bot.turn(StartFlow("pay"))
    assert traced_turn(bot, StartFlow("add")) == [["started", "add"]]
    assert traced_turn(bot, CancelFlow()) == [["cancelled", "add", "who"]]


def test_a_failure_gives_up_every_flow_on_the_stack_the_top_one_first(talk_to):
    bot = talk_to(ASKING, {"amount": "float", "name": "text"})
    bot.turn(StartFlow("pay"))
    bot.turn(StartFlow("add"))
    with traced() as trace:
        failed(bot.state, bot.assistant, "action_failed")
    assert trace[:2] == [["cancelled", "add", "who"], ["cancelled", "pay", "ask"]]
    assert trace[2] == ["started", "pattern_internal_error"]


def test_looking_for_the_way_back_of_a_correction_leaves_no_step(talk_to):
    bot = talk_to(
        """
        pay:
          steps:
          - id: ask
            collect: amount
          - id: ask_name
            collect: name
        """,
        {"amount": "float", "name": "text"},
    )
    bot.turn(StartFlow("pay"), SetSlot("amount", 5))
    assert traced_turn(bot, CorrectSlots({"amount": 6})) == [
        ["left", "pay", "ask", -1, "ask_name"],
    ]


def test_a_turn_gives_the_same_state_whether_or_not_it_is_traced(talk_to):
    bot = talk_to(ASKING, {"amount": "float", "name": "text"})
    plain = begin_turn(bot.state, [StartFlow("pay")], bot.assistant)
    with traced() as trace:
        assert begin_turn(bot.state, [StartFlow("pay")], bot.assistant) == plain
    assert trace


def test_blocks_within_one_another_collect_their_own(talk_to):
    bot = talk_to(ASKING, {"amount": "float", "name": "text"})
    with traced() as outer:
        bot.turn(StartFlow("pay"))
        with traced() as inner:
            bot.turn(CancelFlow())
        known = len(outer)
        bot.turn(StartFlow("add"))
    assert ["cancelled", "pay", "ask"] in inner
    assert ["cancelled", "pay", "ask"] not in outer
    assert len(outer) > known
