"""What a turn's commands do, in the order in which they are looked at."""

import pytest

from router.dialogue.cleaning import INVALID, clean
from router.dialogue.commands import (
    CancelFlow,
    CannotHandle,
    ChitChat,
    Clarify,
    CorrectSlots,
    ErrorCommand,
    HumanHandoff,
    Knowledge,
    Noop,
    RepeatBotMessages,
    SetSlot,
    SkipQuestion,
    StartFlow,
    command_from_dict,
    commands_from_dicts,
)
from router.dialogue.engine import resumed
from router.dialogue.state import DialogueState
from router.dialogue.turn import begin_turn

DONE = "utter_can_do_something_else"
STOPPED = "utter_flow_cancelled_rasa"
CONTINUE = "utter_flow_continue_interrupted"
REPHRASE = "utter_ask_rephrase"

FLOWS = """
    pay:
      name: paying
      steps:
      - collect: amount
      - collect: confirmed
      - action: action_pay
    order:
      steps:
      - collect: color
      - action: action_order
    visit:
      steps:
      - collect: day
    hidden:
      if: slots.vip
      steps:
      - collect: secret
    parent:
      steps:
      - call: order
      - action: utter_parent_done
"""
SLOTS = {
    "amount": "float",
    "confirmed": "bool",
    "color": {"type": "categorical", "values": ["Red", "GREEN"]},
    "day": "text",
    "secret": "text",
    "vip": "bool",
    "by_entity": {"type": "text", "mappings": [{"type": "from_entity", "entity": "e"}]},
    "by_action": {"type": "text", "mappings": [{"type": "custom"}]},
}
THREE = """
    pay:
      steps:
      - collect: amount
      - collect: day
      - collect: confirmed
    order:
      steps:
      - collect: color
"""
PAY, ORDER, VISIT, HIDDEN, PARENT = map(StartFlow, ("pay", "order", "visit", "hidden", "parent"))
CANCEL = CancelFlow()


@pytest.fixture
def bot(talk_to):
    return talk_to(FLOWS, SLOTS)


@pytest.fixture
def cleaned(assistant_of):
    """What is left of commands: with `pay` asking for the amount, or nothing active."""

    def left(*commands, active=True, **slots):
        assistant = assistant_of(FLOWS, SLOTS)
        state = DialogueState(slots=slots)
        if active:
            state = begin_turn(state, [PAY], assistant)
        return clean(commands, state, assistant)

    return left


@pytest.mark.parametrize(
    ("commands", "left"),
    [
        ([SetSlot("amount", 1)], [SetSlot("amount", 1)]),
        ([SetSlot("confirmed", True)], [SetSlot("confirmed", True)]),
        ([SetSlot("color", "red")], []),
        ([SetSlot("color", "red"), ORDER], [SetSlot("color", "red"), ORDER]),
        ([SetSlot("color", "blue"), ORDER], [ORDER]),
        ([SetSlot("secret", "x"), HIDDEN], []),
        ([SetSlot("confirmed", None)], []),
        ([SetSlot("nothing", 1)], [INVALID]),
        ([SetSlot("nothing", 1), ORDER], [ORDER]),
        ([SetSlot("nothing", 1), SetSlot("void", 1)], [INVALID]),
        ([SetSlot("by_entity", "x")], [INVALID]),
        ([SetSlot("by_action", "x", "nlu")], [INVALID]),
        ([SetSlot("amount", 1, "nlu")], [INVALID]),
        ([SetSlot("amount", 1, "payload")], [SetSlot("amount", 1, "payload")]),
        ([PAY], []),
        ([HIDDEN], []),
        ([StartFlow("nowhere")], []),
        ([ORDER, ORDER], [ORDER]),
        ([ORDER, VISIT], [ORDER, VISIT]),
        ([CANCEL, CANCEL], [CANCEL]),
        ([CANCEL, PAY], [CANCEL]),
        ([CANCEL, ORDER], [CANCEL, ORDER]),
        ([CannotHandle("a"), ORDER, CannotHandle("b")], [ORDER]),
        ([CannotHandle("a"), CannotHandle("b")], [CannotHandle("a")]),
        ([SetSlot("amount", 1), SetSlot("amount", 1)], [SetSlot("amount", 1)]),
        ([], []),
    ],
)
def test_commands_that_cannot_apply_are_dropped_while_a_flow_asks(cleaned, commands, left):
    assert cleaned(*commands) == left


@pytest.mark.parametrize(
    ("commands", "left"),
    [
        ([], [CannotHandle()]),
        ([PAY], [PAY]),
        ([PAY, SetSlot("amount", 1)], [PAY, SetSlot("amount", 1)]),
        ([PARENT, SetSlot("color", "red")], [PARENT, SetSlot("color", "red")]),
        ([SetSlot("amount", 1)], [CannotHandle()]),
        ([CANCEL], [INVALID]),
        ([CANCEL, PAY], [PAY]),
        ([HIDDEN, SetSlot("secret", "x")], [CannotHandle()]),
        ([StartFlow("nowhere")], [CannotHandle()]),
        ([SetSlot("nothing", 1)], [INVALID]),
        ([Noop()], [Noop()]),
        ([ErrorCommand("x")], [ErrorCommand("x")]),
    ],
)
def test_with_nothing_active_something_is_always_left(cleaned, commands, left):
    assert cleaned(*commands, active=False) == left


def test_a_guard_that_holds_lets_its_flow_start(cleaned):
    assert cleaned(HIDDEN, active=False, vip=True) == [HIDDEN]


@pytest.mark.parametrize(
    ("commands", "left"),
    [
        ([SetSlot("confirmed", "no")], []),
        ([SetSlot("confirmed", "yes")], [CorrectSlots({"confirmed": True})]),
        (
            [SetSlot("confirmed", "perhaps"), ORDER],
            [CorrectSlots({"confirmed": None}, ("confirmed",)), ORDER],
        ),
        ([SetSlot("confirmed", True), ORDER], [CorrectSlots({"confirmed": True}), ORDER]),
        ([CorrectSlots({"confirmed": "y"})], [CorrectSlots({"confirmed": True})]),
        ([CorrectSlots({"color": "red"})], []),
        ([SetSlot("color", "red")], []),
        ([SetSlot("color", "red"), ORDER], [SetSlot("color", "red"), ORDER]),
    ],
)
def test_a_value_given_before_is_corrected_where_the_active_flow_asks_for_it(
    cleaned, commands, left
):
    assert cleaned(*commands, confirmed=False, color="GREEN") == left


def test_the_corrections_of_a_turn_are_one_and_the_first_value_counts(talk_to):
    bot = talk_to(THREE, SLOTS)
    bot.turn(PAY, SetSlot("amount", 1), SetSlot("day", "mon"))
    commands = [SetSlot("day", "tue"), ORDER, SetSlot("amount", 2), SetSlot("amount", 3)]
    left = clean(commands, bot.state, bot.assistant)
    assert left == [CorrectSlots({"day": "tue", "amount": 2.0}), ORDER]


@pytest.mark.parametrize(
    ("commands", "left"),
    [
        ([Clarify(("order", "visit"))], [Clarify(("order", "visit"))]),
        (
            [Clarify(("order", "nowhere", "order", "hidden", "visit"))],
            [Clarify(("order", "visit"))],
        ),
        ([Clarify(("order", "nowhere"))], [ORDER]),
        ([Clarify(("pay",))], []),
        ([Clarify(("nowhere", "pattern_search"))], [INVALID]),
        ([Clarify(("order", "visit")), VISIT], [VISIT]),
        ([Clarify(("order", "visit")), SetSlot("amount", 1)], [SetSlot("amount", 1)]),
        ([Clarify(("order", "visit")), CannotHandle()], [Clarify(("order", "visit"))]),
        ([Clarify(("order", "visit")), Clarify(("visit", "order"))], [Clarify(("order", "visit"))]),
    ],
)
def test_a_clarification_is_for_several_flows_that_could_start(cleaned, commands, left):
    assert cleaned(*commands) == left


BOTH = {"type": "text", "mappings": [{"type": "from_llm"}, {"type": "from_entity", "entity": "e"}]}
OPEN = {
    **BOTH,
    "mappings": [{"type": "from_llm", "allow_nlu_correction": True}, BOTH["mappings"][1]],
}


@pytest.mark.parametrize("first", ["llm", "nlu"])
def test_the_nlu_value_wins_over_the_one_of_the_model_in_a_turn(talk_to, first):
    bot = talk_to(THREE, {**SLOTS, "day": BOTH})
    values = [SetSlot("day", "model", "llm"), SetSlot("day", "pipeline", "nlu")]
    bot.turn(PAY, *sorted(values, key=lambda command: command.source != first))
    assert bot["day"] == "pipeline"


@pytest.mark.parametrize(
    ("slot", "source", "corrected"),
    [(BOTH, "llm", False), (BOTH, "nlu", True), (OPEN, "llm", True), (OPEN, "payload", True)],
)
def test_what_nlu_filled_the_model_corrects_only_if_the_slot_allows_it(
    talk_to, slot, source, corrected
):
    bot = talk_to(THREE, {**SLOTS, "day": slot})
    bot.turn(PAY)
    bot.turn(SetSlot("amount", 1), SetSlot("day", "mon", "nlu"))
    bot.turn(SetSlot("day", "tue", source))
    assert bot["day"] == ("tue" if corrected else "mon")


def test_what_the_model_filled_it_may_correct(talk_to):
    bot = talk_to(THREE, {**SLOTS, "day": BOTH})
    bot.turn(PAY)
    bot.turn(SetSlot("amount", 1), SetSlot("day", "mon", "llm"))
    bot.turn(SetSlot("day", "tue", "llm"))
    assert bot["day"] == "tue"


# --- what the user then sees


def test_values_given_with_the_start_are_not_asked_for(bot):
    assert bot.turn(SetSlot("confirmed", "yes"), PAY) == ["utter_ask_amount"]
    assert bot.turn(SetSlot("amount", 2)) == ["action_pay", DONE]


def test_the_answer_and_the_next_slots_may_come_together(bot):
    bot.turn(PAY)
    said = bot.turn(SetSlot("amount", 2), SetSlot("confirmed", True))
    assert said == ["action_pay", DONE]


@pytest.mark.parametrize(
    ("flow", "slot", "wrong", "rejection", "right", "stored"),
    [
        ("pay", "amount", "much", "utter_float_slot_rejection", "2.5", 2.5),
        ("pay", "amount", True, "utter_float_slot_rejection", 2, 2.0),
        ("pay", "amount", "nan", "utter_float_slot_rejection", " 7 ", 7.0),
        ("order", "color", "blue", "utter_categorical_slot_rejection", "green", "GREEN"),
        ("order", "color", "", "utter_categorical_slot_rejection", " RED", "Red"),
        ("sure", "confirmed", "perhaps", "utter_boolean_slot_rejection", "Yes", True),
        ("sure", "confirmed", 2, "utter_boolean_slot_rejection", 0, False),
    ],
)
def test_a_value_of_the_wrong_type_is_refused_and_asked_for_again(
    talk_to, flow, slot, wrong, rejection, right, stored
):
    flows = FLOWS + "    sure:\n      steps:\n      - collect: confirmed\n      - collect: secret\n"
    flows = flows.replace("action: action_order", "collect: secret")
    bot = talk_to(flows, SLOTS)
    bot.turn(StartFlow(flow))
    for _ in range(2):
        assert bot.turn(SetSlot(slot, wrong)) == [rejection, f"utter_ask_{slot}"]
        assert bot[slot] is None
    bot.turn(SetSlot(slot, right))
    assert (bot[slot], type(bot[slot])) == (stored, type(stored))


@pytest.mark.parametrize("values", [("much", 2), (2, "much")])
def test_of_two_answers_the_one_that_fits_is_taken(bot, values):
    bot.turn(PAY)
    assert bot.turn(*(SetSlot("amount", v) for v in values)) == ["utter_ask_confirmed"]


def test_of_two_answers_that_fit_the_first_is_taken(bot):
    bot.turn(PAY)
    bot.turn(SetSlot("amount", 1, "payload"), SetSlot("amount", 2, "llm"))
    assert bot["amount"] == 1.0


def test_a_text_slot_refuses_a_collection_without_a_word_and_asks_again(bot):
    bot.turn(VISIT)
    assert bot.turn(SetSlot("day", ["mon", "tue"])) == ["utter_ask_day"]


def test_an_interruption_over_several_levels_comes_back_to_each_question(bot):
    assert bot.turn(PAY) == ["utter_ask_amount"]
    assert bot.turn(ORDER) == ["utter_ask_color"]
    assert bot.turn(VISIT) == ["utter_ask_day"]
    assert bot.flows == ["pay", "order", "visit"]
    assert bot.turn(SetSlot("day", "mon")) == [CONTINUE, "utter_ask_color"]
    said = bot.turn(SetSlot("color", "red"))
    assert said == ["action_order", CONTINUE, "utter_ask_amount"]
    assert bot.turn(SetSlot("amount", 1)) == ["utter_ask_confirmed"]


def test_what_was_interrupted_within_a_call_is_named_by_the_flow_that_called(bot):
    bot.turn(PARENT)
    bot.turn(PAY)
    bot.turn(SetSlot("amount", 1))
    state = begin_turn(bot.state, [SetSlot("confirmed", True)], bot.assistant)
    state = resumed(state, state, bot.assistant)
    assert state.top.context["previous_flow_name"] == "parent"


def test_an_answer_given_along_with_an_interruption_counts(bot):
    bot.turn(PAY)
    assert bot.turn(SetSlot("amount", 1), VISIT) == ["utter_ask_day"]
    assert bot.turn(SetSlot("day", "mon")) == [CONTINUE, "utter_ask_confirmed"]


def test_starting_a_flow_lower_on_the_stack_resumes_it(bot):
    for command in (PAY, ORDER, VISIT):
        bot.turn(command)
    assert bot.turn(PAY) == [CONTINUE, "utter_ask_amount"]
    assert bot.flows == ["order", "visit", "pay"]
    bot.turn(SetSlot("amount", 1))
    said = bot.turn(SetSlot("confirmed", True))
    assert said == ["action_pay", CONTINUE, "utter_ask_day"]


def test_a_flow_whose_guard_fails_meanwhile_can_still_be_resumed(talk_to):
    bot = talk_to(FLOWS, SLOTS, values={"vip": True})
    bot.turn(HIDDEN)
    bot.turn(PAY)
    bot.state = bot.state.with_slots({"vip": False})
    assert bot.turn(HIDDEN) == [CONTINUE, "utter_ask_secret"]


def test_resuming_takes_the_called_flow_along(bot):
    bot.turn(PARENT)
    bot.turn(PAY)
    assert bot.turn(PARENT) == [CONTINUE, "utter_ask_color"]
    assert bot.flows == ["pay", "parent", "order"]
    assert bot.turn(SetSlot("color", "red")) == [
        "action_order",
        "utter_parent_done",
        CONTINUE,
        "utter_ask_amount",
    ]


def test_starts_of_one_turn_run_one_after_the_other_the_first_first(bot):
    assert bot.turn(VISIT, ORDER) == ["utter_ask_day"]
    assert bot.turn(SetSlot("day", "mon")) == ["utter_ask_color"], "there was nothing to go on with"
    assert bot.turn(SetSlot("color", "red")) == ["action_order", DONE]


def test_starts_of_one_turn_all_interrupt_the_flow_below(bot):
    bot.turn(PAY)
    assert bot.turn(VISIT, ORDER) == ["utter_ask_day"]
    assert bot.turn(SetSlot("day", "mon")) == ["utter_ask_color"]
    assert bot.turn(SetSlot("color", "red")) == ["action_order", CONTINUE, "utter_ask_amount"]


def test_a_flow_still_waiting_for_its_turn_is_simply_begun(bot):
    bot.turn(VISIT, ORDER)
    assert bot.turn(ORDER) == ["utter_ask_color"]
    assert bot.turn(SetSlot("color", "red")) == ["action_order", CONTINUE, "utter_ask_day"]


def test_a_resumed_flow_behind_a_new_one_is_announced_once(bot):
    bot.turn(PAY)
    bot.turn(ORDER)
    assert bot.turn(VISIT, PAY) == ["utter_ask_day"]
    assert bot.turn(SetSlot("day", "mon")) == [CONTINUE, "utter_ask_amount"]


# --- cancelling


def test_cancel_stops_the_flow_and_says_which(bot):
    bot.turn(PAY)
    bot.state = begin_turn(bot.state, [CANCEL], bot.assistant)
    assert bot.state.top.context["canceled_name"] == "paying"
    assert bot.turn() == [STOPPED, DONE]
    assert bot.state.stack == ()


def test_cancelling_an_interruption_goes_on_below(bot):
    bot.turn(PAY)
    bot.turn(VISIT)
    assert bot.turn(CANCEL) == [STOPPED, CONTINUE, "utter_ask_amount"]
    assert bot.turn(CANCEL, CANCEL) == [STOPPED, DONE]


def test_cancelling_in_a_called_flow_cancels_the_caller(bot):
    bot.turn(PAY)
    bot.turn(PARENT)
    assert bot.flows == ["pay", "parent", "order"]
    assert bot.turn(CANCEL) == [STOPPED, CONTINUE, "utter_ask_amount"]
    assert bot.flows == ["pay"]


def test_with_nothing_to_cancel_the_assistant_does_not_understand(bot):
    assert bot.turn(CANCEL) == [REPHRASE]


def test_an_interrupting_flow_keeps_the_one_below_cancellable(bot):
    bot.turn(PAY)
    bot.turn(ORDER)
    bot.turn(PAY)
    assert bot.turn(CANCEL) == [STOPPED, CONTINUE, "utter_ask_color"]


def test_cancel_and_start_replace_one_flow_by_another(bot):
    bot.turn(PAY)
    assert bot.turn(CANCEL, ORDER) == [STOPPED, "utter_ask_color"]
    assert bot.flows == ["order"]
    assert bot.turn(SetSlot("color", "red")) == ["action_order", DONE]


def test_start_and_cancel_run_the_new_flow_first_then_stop_the_old_one(bot):
    bot.turn(PAY)
    assert bot.turn(ORDER, CANCEL) == ["utter_ask_color"]
    assert bot.turn(SetSlot("color", "red")) == ["action_order", STOPPED, DONE]


def test_cancel_with_an_answer_forgets_the_answer(bot):
    bot.turn(PAY)
    assert bot.turn(SetSlot("amount", 1), CANCEL) == [STOPPED, DONE]
    assert bot["amount"] is None


def test_cancelling_the_first_of_two_starts_leaves_the_second(bot):
    bot.turn(VISIT, ORDER)
    assert bot.turn(CANCEL) == [STOPPED, "utter_ask_color"]
    assert bot.flows == ["order"]


# --- commands as data


@pytest.mark.parametrize(
    ("command", "data"),
    [
        (PAY, {"command": "start flow", "flow": "pay"}),
        (
            SetSlot("amount", 1, "nlu"),
            {"command": "set slot", "name": "amount", "value": 1, "source": "nlu"},
        ),
        (CANCEL, {"command": "cancel flow"}),
        (CannotHandle("r"), {"command": "cannot handle", "reason": "r"}),
        (
            ErrorCommand("t", {"a": 1}),
            {"command": "error", "error_type": "t", "info": {"a": 1}},
        ),
        (Noop(), {"command": "noop"}),
        (Clarify(("a", "b")), {"command": "clarify", "options": ["a", "b"]}),
        (
            CorrectSlots({"amount": 2}),
            {"command": "correct slot", "corrected_slots": [{"name": "amount", "value": 2}]},
        ),
        (ChitChat(), {"command": "chitchat"}),
        (Knowledge(), {"command": "knowledge"}),
        (SkipQuestion(), {"command": "skip question"}),
        (HumanHandoff(), {"command": "human handoff"}),
        (RepeatBotMessages(), {"command": "repeat"}),
    ],
)
def test_commands_travel_as_dicts_with_the_documented_keys(command, data):
    assert command.as_dict() == data
    assert command_from_dict(data) == command


@pytest.mark.parametrize(
    "data",
    [
        {},
        {"command": "dance"},
        {"command": "start flow"},
        {"command": "set slot"},
        {"command": "clarify"},
        {"command": "clarify", "options": 5},
        {"command": "correct slot", "corrected_slots": {"amount": 2}},
        {"command": "cancel flow", "x": 1},
    ],
)
def test_dicts_that_are_no_command_are_left_out(data):
    assert commands_from_dicts([data, PAY.as_dict()]) == [PAY]
