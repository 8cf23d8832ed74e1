"""Each kind of step and pattern, one small flow at a time."""

from dataclasses import replace

import pytest

from router.dialogue.actions import run_default_action
from router.dialogue.commands import CancelFlow, CannotHandle, ErrorCommand, SetSlot, StartFlow
from router.dialogue.engine import advance, is_listening, pending_action, resumed
from router.dialogue.state import DialogueState, Frame
from router.dialogue.turn import begin_turn

DONE = "utter_can_do_something_else"
STOPPED = "utter_flow_cancelled_rasa"
CONTINUE = "utter_flow_continue_interrupted"
ERROR = "utter_internal_error_rasa"
CANNOT = "utter_ask_rephrase"

COLLECT_AMOUNT = """
    pay:
      steps:
      - collect: amount
      - action: action_pay
"""


def start(flow="pay"):
    return StartFlow(flow)


def amount(value):
    return SetSlot("amount", value)


# --- action, set_slots, noop, next


def test_actions_run_in_their_order_and_the_end_is_said(talk_to):
    bot = talk_to("pay:\n  steps:\n  - action: utter_a\n  - action: action_b\n")
    assert bot.turn(start()) == ["utter_a", "action_b", DONE]
    assert bot.state.stack == ()


def test_set_slots_sets_several_in_their_types_and_null_unsets(talk_to):
    bot = talk_to(
        """
        pay:
          persisted_slots: [amount, color, old]
          steps:
          - set_slots: [{amount: "5"}, {color: RED}, {old: null}]
        """,
        {"amount": "float", "color": {"type": "categorical", "values": ["Red"]}, "old": "text"},
        values={"old": "x"},
    )
    bot.turn(start())
    assert bot.state.slots == {"amount": 5.0, "color": "Red", "old": None}


@pytest.mark.parametrize(
    ("amount", "expected"),
    [(1, "utter_small"), (50, "utter_middle"), (500, "utter_large"), (None, "utter_none")],
)
def test_a_noop_takes_the_first_branch_that_holds(talk_to, amount, expected):
    bot = talk_to(
        """
        pay:
          steps:
          - noop: true
            next:
            - if: slots.amount is null
              then:
              - action: utter_none
                next: END
            - if: slots.amount > 100
              then: large
            - if: slots.amount > 10
              then:
              - action: utter_middle
                next: END
            - else: small
          - id: large
            action: utter_large
            next: END
          - id: small
            action: utter_small
        """,
        {"amount": "float"},
        values={"amount": amount},
    )
    assert bot.turn(start()) == [expected, DONE]


@pytest.mark.parametrize(
    ("way", "expected"),
    [
        ("", ["utter_a", "utter_b", "utter_c"]),
        ("next: c", ["utter_a", "utter_c"]),
        ("next: END", ["utter_a"]),
        ("next: [{if: 'slots.yes', then: c}, {else: b}]", ["utter_a", "utter_c"]),
        ("next: [{if: 'not slots.yes', then: c}, {else: END}]", ["utter_a"]),
        (
            "next: [{if: slots.yes, then: [{action: utter_n, next: [{if: slots.yes, then: "
            "[{action: utter_m, next: c}]}, {else: END}]}]}, {else: b}]",
            ["utter_a", "utter_n", "utter_m", "utter_c"],
        ),
        (
            "next: [{if: 'not slots.yes', then: b}, {else: [{action: utter_n}, "
            "{action: utter_m, next: END}]}]",
            ["utter_a", "utter_n", "utter_m"],
        ),
    ],
)
def test_next_leads_on_in_each_of_its_forms(talk_to, way, expected):
    bot = talk_to(
        f"""
        pay:
          steps:
          - action: utter_a
            {way}
          - id: b
            action: utter_b
          - id: c
            action: utter_c
        """,
        {"yes": "bool"},
        values={"yes": True},
    )
    assert bot.turn(start()) == [*expected, DONE]


def test_a_branch_compares_a_categorical_slot_ignoring_case(talk_to):
    bot = talk_to(
        """
        pay:
          steps:
          - noop: true
            next:
            - if: slots.color = "red"
              then:
              - action: utter_red
                next: END
            - else: END
        """,
        {"color": {"type": "categorical", "values": ["RED"]}},
        values={"color": "RED"},
    )
    assert bot.turn(start()) == ["utter_red", DONE]


def test_what_an_action_sets_decides_the_branch_behind_it(talk_to):
    bot = talk_to(
        """
        pay:
          steps:
          - action: action_check
            next:
            - if: slots.fine
              then: END
            - else:
              - action: utter_not_fine
                next: END
        """,
        {"fine": "bool"},
        actions=["action_check"],
        effects={"action_check": {"fine": False}},
        values={"fine": True},
    )
    assert bot.turn(start()) == ["action_check", "utter_not_fine", DONE]
    assert bot["fine"] is False, "slots set by custom actions stay"


# --- collect


def test_collect_asks_listens_and_goes_on_with_the_answer(talk_to):
    bot = talk_to(COLLECT_AMOUNT, {"amount": "float"})
    assert bot.turn(start()) == ["utter_ask_amount"]
    assert is_listening(bot.state, bot.assistant)
    assert bot.turn(amount("5")) == ["action_pay", DONE]


def test_collect_asks_again_until_there_is_an_answer(talk_to):
    bot = talk_to(COLLECT_AMOUNT, {"amount": "float"})
    bot.turn(start())
    assert bot.turn() == ["utter_ask_amount"]
    assert bot.turn(CannotHandle()) == [CANNOT, "utter_ask_amount"]


def test_a_filled_slot_is_not_asked_for(talk_to):
    bot = talk_to(COLLECT_AMOUNT, {"amount": "float"}, values={"amount": 0.0})
    assert bot.turn(start()) == ["action_pay", DONE]


def test_ask_before_filling_asks_even_for_a_filled_slot(talk_to):
    flows = COLLECT_AMOUNT.replace(
        "collect: amount", "collect: amount\n        ask_before_filling: true"
    )
    bot = talk_to(flows, {"amount": "float"}, values={"amount": 7.0})
    assert bot.turn(start()) == ["utter_ask_amount"]
    assert bot["amount"] is None
    assert bot.turn(amount(3)) == ["action_pay", DONE]


@pytest.mark.parametrize(
    ("keys", "actions", "missing", "asked_by"),
    [
        ("", [], [], "utter_ask_amount"),
        ("utter: utter_how_much", ["utter_how_much"], [], "utter_how_much"),
        ("", ["action_ask_amount"], ["utter_ask_amount"], "action_ask_amount"),
    ],
)
def test_a_question_is_a_response_or_an_action(talk_to, keys, actions, missing, asked_by):
    flows = COLLECT_AMOUNT.replace("collect: amount", f"collect: amount\n        {keys}")
    bot = talk_to(flows, {"amount": "float"}, actions=actions, without_responses=missing)
    assert bot.turn(start()) == [asked_by]


REJECTING = """
    pay:
      steps:
      - collect: amount
        rejections:
        - if: slots.amount > 100
          utter: utter_too_much
        - if: slots.amount > 10
          utter: utter_much
      - action: action_pay
"""


@pytest.mark.parametrize(
    ("value", "said"),
    [
        (5, ["action_pay", DONE]),
        (50, ["utter_much", "utter_ask_amount"]),
        (500, ["utter_too_much", "utter_ask_amount"]),
    ],
)
def test_the_first_rejection_that_holds_is_said_and_the_question_repeated(talk_to, value, said):
    bot = talk_to(REJECTING, {"amount": "float"})
    bot.turn(start())
    assert bot.turn(amount(value)) == said
    assert bot["amount"] is None


def test_a_value_from_before_the_question_is_rejected_as_an_answer_is(talk_to):
    bot = talk_to(REJECTING, {"amount": "float"}, values={"amount": 50.0})
    assert bot.turn(start()) == ["utter_much", "utter_ask_amount"]
    bot = talk_to(REJECTING, {"amount": "float"}, values={"amount": 5.0})
    assert bot.turn(start()) == ["action_pay", DONE]


def test_validation_runs_after_the_rejections_and_may_null_the_slot(talk_to):
    bot = talk_to(
        REJECTING,
        {"amount": "float"},
        actions=["validate_amount"],
        effects={"validate_amount": {"amount": None}},
    )
    assert bot.turn(start()) == ["utter_ask_amount"], "there is nothing to validate yet"
    assert bot.turn(amount(50)) == ["utter_much", "utter_ask_amount"]
    assert bot.turn(amount(5)) == ["validate_amount", "utter_ask_amount"]
    bot.effects = {"validate_amount": {"amount": 6.0}}
    assert bot.turn(amount(5)) == ["validate_amount", "action_pay", DONE]


def test_validation_runs_on_a_filled_slot_too(talk_to):
    bot = talk_to(
        COLLECT_AMOUNT,
        {"amount": "float"},
        actions=["validate_amount"],
        values={"amount": 1.0},
    )
    assert bot.turn(start()) == ["validate_amount", "action_pay", DONE]


def test_a_forced_question_hears_nothing_but_its_answer(talk_to):
    flows = (
        COLLECT_AMOUNT.replace(
            "collect: amount", "collect: amount\n        force_slot_filling: true"
        )
        + "    other:\n      steps: [{action: utter_a}]\n"
    )
    bot = talk_to(flows, {"amount": "float"})
    bot.turn(start())
    for command in (StartFlow("other"), CancelFlow(), CannotHandle()):
        assert bot.turn(command) == ["utter_ask_amount"]
    assert bot.turn(StartFlow("other"), amount(1)) == ["action_pay", DONE]


# --- slots at the end


RESETTING = """
    pay:
      persisted_slots: [persisted]
      steps:
      - set_slots: [{color: red}, {persisted: p}, {shared: s}]
      - collect: kept
        reset_after_flow_ends: false
      - collect: amount
      - action: utter_a
"""
RESETTING_SLOTS = {
    "amount": "float",
    "color": {"type": "text", "initial_value": "blue"},
    "persisted": "text",
    "shared": {"type": "text", "shared_for_coexistence": True},
    "kept": "text",
    "by_action": "text",
}


@pytest.mark.parametrize("last", [amount(1), CancelFlow()])
def test_slots_go_back_to_their_initial_value_at_the_end_and_at_a_cancel(talk_to, last):
    bot = talk_to(RESETTING, RESETTING_SLOTS, values={"by_action": "x"})
    bot.turn(start())
    bot.turn(SetSlot("kept", "k"))
    assert bot["color"] == "red"
    bot.turn(last)
    assert bot.state.stack == ()
    assert bot.state.slots == {
        "amount": None,
        "color": "blue",
        "persisted": "p",
        "shared": "s",
        "kept": "k",
        "by_action": "x",
    }


# --- link and call


LINKING = """
    pay:
      steps:
      - collect: amount
      - collect: color
      - link: check
    check:
      steps:
      - collect: amount
      - action: utter_checked
"""


def test_a_link_ends_its_flow_and_what_both_collect_is_kept(talk_to):
    bot = talk_to(LINKING, {"amount": "float", "color": "text"})
    bot.turn(start(), amount(1))
    assert bot.flows == ["pay"]
    assert bot.turn(SetSlot("color", "red")) == ["utter_checked", DONE]
    assert bot.state.slots == {"amount": None, "color": None}


def test_a_linked_flow_stands_alone_on_the_stack(talk_to):
    flows = LINKING.replace(
        "- action: utter_checked", "- collect: sure\n      - action: utter_checked"
    )
    bot = talk_to(flows, {"amount": "float", "color": "text", "sure": "bool"})
    bot.turn(start(), amount(1), SetSlot("color", "red"))
    (frame,) = bot.state.user_frames
    assert (frame.flow_id, frame.frame_type) == ("check", "link")
    assert (bot["amount"], bot["color"]) == (1.0, None)
    assert bot.turn(CancelFlow()) == [STOPPED, DONE]


def test_a_link_may_lead_to_a_pattern(talk_to):
    flows = """
        pay:
          steps:
          - link: pattern_search
        pattern_search:
          steps:
          - action: utter_found
    """
    assert talk_to(flows).turn(start()) == ["utter_found"]


def test_an_interruption_that_links_on_is_over_when_the_linked_flow_is(talk_to):
    flows = LINKING + "    first:\n      steps:\n      - collect: name\n"
    bot = talk_to(flows, {"amount": "float", "color": "text", "name": "text"})
    bot.turn(StartFlow("first"))
    bot.turn(start(), amount(1))
    assert bot.turn(SetSlot("color", "red")) == ["utter_checked", CONTINUE, "utter_ask_name"]


CALLING = """
    pay:
      steps:
      - call: check
        next:
        - if: slots.fine
          then: last
        - else:
          - action: utter_not_fine
            next: END
      - id: last
        collect: sure
    check:
      steps:
      - call: count
      - set_slots: [{fine: true}]
    count:
      steps:
      - collect: amount
"""
CALLING_SLOTS = {"amount": "float", "fine": "bool", "sure": "bool"}


def test_a_call_comes_back_and_the_caller_branches_on_what_it_set(talk_to):
    bot = talk_to(CALLING, CALLING_SLOTS)
    assert bot.turn(start()) == ["utter_ask_amount"]
    assert bot.flows == ["pay", "check", "count"]
    assert [f.frame_type for f in bot.state.user_frames] == ["regular", "call", "call"]
    assert bot.turn(amount(5)) == ["utter_ask_sure"]
    assert bot.flows == ["pay"]


@pytest.mark.parametrize("last", [SetSlot("sure", True), CancelFlow()])
def test_slots_of_called_flows_are_reset_with_the_caller_not_before(talk_to, last):
    bot = talk_to(CALLING, CALLING_SLOTS)
    bot.turn(start())
    bot.turn(amount(5))
    assert (bot["amount"], bot["fine"]) == (5.0, True)
    bot.turn(last)
    assert bot.state.slots == {"amount": None, "fine": None, "sure": None}


def test_a_guard_does_not_stop_a_call_or_a_link(talk_to):
    flows = """
        pay:
          steps:
          - call: hidden
          - link: hidden
        hidden:
          if: "False"
          steps:
          - action: utter_hidden
    """
    assert talk_to(flows).turn(start()) == ["utter_hidden", "utter_hidden", DONE]


# --- patterns


@pytest.mark.parametrize(
    ("reason", "said"),
    [
        ("", "utter_ask_rephrase"),
        ("cannot_handle_invalid_command", "utter_ask_rephrase"),
        ("cannot_handle_invalid_intent", "utter_cannot_handle"),
        ("cannot_handle_no_relevant_answer", "utter_no_relevant_answer_found"),
    ],
)
def test_cannot_handle_answers_by_its_reason(talk_to, reason, said):
    assert talk_to(COLLECT_AMOUNT).turn(CannotHandle(reason)) == [said]


@pytest.mark.parametrize(
    ("error", "said"),
    [
        ("", ERROR),
        ("rasa_internal_error_user_input_too_long", "utter_user_input_too_long_error_rasa"),
        ("rasa_internal_error_user_input_empty", "utter_user_input_empty_error_rasa"),
    ],
)
def test_an_error_answers_by_its_type_and_the_question_comes_again(talk_to, error, said):
    bot = talk_to(COLLECT_AMOUNT, {"amount": "float"})
    assert bot.turn(ErrorCommand(error, {"n": 1})) == [said]
    bot.turn(start())
    assert bot.turn(ErrorCommand(error)) == [said, "utter_ask_amount"]


def test_completed_knows_the_name_of_the_flow_that_ended(assistant_of):
    assistant = assistant_of("pay:\n  name: paying\n  steps: [{action: utter_a}]\n")
    state = begin_turn(DialogueState(), [start()], assistant)
    state = resumed(state, state, assistant)
    assert state.top.flow_id == "pattern_completed"
    assert state.top.context == {"previous_flow_name": "paying"}


def test_a_flow_may_end_without_completed(talk_to):
    flows = "pay:\n  run_pattern_completed: false\n  steps: [{action: utter_a}]\n"
    assert talk_to(flows).turn(start()) == ["utter_a"]


@pytest.mark.parametrize(
    ("has_router", "said"),
    [(True, [DONE, "action_reset_routing"]), (False, [DONE])],
)
def test_only_with_a_router_does_the_end_reset_the_route(talk_to, has_router, said):
    bot = talk_to("pay:\n  steps: [{action: utter_a}]\n", has_router=has_router)
    assert bot.turn(start()) == ["utter_a", *said]


def test_a_flow_of_the_same_id_replaces_a_pattern(talk_to):
    flows = """
        pay:
          steps:
          - action: utter_a
        pattern_completed:
          steps:
          - action: utter_bye
    """
    assert talk_to(flows, has_router=True).turn(start()) == ["utter_a", "utter_bye"]


def test_a_custom_action_replaces_a_default_one(talk_to):
    bot = talk_to(
        REJECTING,
        {"amount": "float"},
        actions=["action_run_slot_rejections"],
        effects={"action_run_slot_rejections": {"amount": 1.0}},
    )
    said = bot.turn(start())
    assert said == ["action_run_slot_rejections", "action_pay", DONE]


def test_a_pattern_may_ask_and_its_answer_is_forgotten_when_it_ends(talk_to):
    flows = """
        pay:
          steps:
          - action: utter_a
        pattern_completed:
          steps:
          - collect: happy
          - action: utter_bye
    """
    bot = talk_to(flows, {"happy": "bool"})
    for _ in range(2):
        assert bot.turn(start()) == ["utter_a", "utter_ask_happy"]
        assert bot.turn(SetSlot("happy", "yes")) == ["utter_bye"]


def test_a_pattern_of_ones_own_can_ask_for_slots(talk_to):
    flows = (
        COLLECT_AMOUNT
        + """
    pattern_collect_information:
      steps:
      - id: ask
        action: utter_please
      - action: action_listen
        next:
        - if: slots.{{context.collect}} is null
          then: ask
        - else: END
    """
    )
    bot = talk_to(flows, {"amount": "float"}, actions=["utter_please"])
    assert bot.turn(start()) == ["utter_please"]
    assert bot.turn() == ["utter_please"]
    assert bot.turn(amount(2)) == ["action_pay", DONE]


@pytest.mark.parametrize(
    ("action", "frame"),
    [
        ("action_cancel_flow", None),
        ("action_run_slot_rejections", None),
        ("action_run_slot_rejections", Frame("1", "pay", "0_collect_amount")),
        ("action_cancel_flow", Frame("1", "pay", "0_collect_amount")),
        ("action_clean_stack", None),
    ],
)
def test_a_default_action_out_of_its_place_changes_nothing(assistant_of, action, frame):
    state = DialogueState((frame,) if frame else (), {"amount": 1.0})
    result = run_default_action(action, state, assistant_of(COLLECT_AMOUNT, {"amount": "float"}))
    assert (result.state, result.utter) == (state, None)


# --- things that went wrong


LOOP = "    loop:\n      steps:\n      - id: a\n        noop: true\n        next: a\n"


def test_a_flow_that_never_listens_is_stopped_with_a_clean_stack(talk_to):
    bot = talk_to(COLLECT_AMOUNT + LOOP, {"amount": "float"})
    bot.turn(start())
    assert bot.turn(StartFlow("loop")) == [ERROR]
    assert bot.state.stack == ()
    assert bot.turn(start()) == ["utter_ask_amount"]


@pytest.mark.parametrize(("steps", "said"), [(250, ["utter_a", DONE]), (251, [ERROR])])
def test_250_steps_in_a_row_are_allowed(talk_to, steps, said):
    sets = "\n".join("      - set_slots: [{amount: 1}]" for _ in range(steps))
    bot = talk_to(f"    pay:\n      steps:\n{sets}\n      - action: utter_a\n", {"amount": "float"})
    assert bot.turn(start()) == said


def test_an_error_resets_the_slots_of_what_it_stops(talk_to):
    bot = talk_to(
        COLLECT_AMOUNT.replace("action_pay", "action_pay\n      - link: loop") + LOOP,
        {"amount": "float"},
        effects={"action_pay": RuntimeError()},
    )
    bot.turn(start())
    assert bot.turn(amount(1)) == ["action_pay", ERROR]
    assert (bot.state.stack, bot["amount"]) == ((), None)


@pytest.mark.parametrize(
    ("steps", "said"),
    [
        ("- id: a\n        noop: true\n        next: a", ["action_pay"]),
        ("- action: action_pay", ["action_pay", "action_pay"]),
    ],
)
def test_an_error_pattern_that_fails_itself_ends_in_silence(talk_to, steps, said):
    bot = talk_to(
        "    pay:\n      steps: [{action: action_pay}]\n"
        f"    pattern_internal_error:\n      steps:\n      {steps}\n",
        effects={"action_pay": RuntimeError()},
    )
    assert bot.turn(start()) == said
    assert bot.state.stack == ()


@pytest.mark.parametrize("change", ["changed", "vanished"])
def test_a_changed_or_vanished_flow_starts_over_whatever_was_said(talk_to, assistant_of, change):
    bot = talk_to(COLLECT_AMOUNT, {"amount": "float"})
    bot.turn(start())
    flows = COLLECT_AMOUNT.replace("action_pay", "action_pay_more")
    new = assistant_of(flows if change == "changed" else flows.replace("pay:", "buy:"))
    bot.assistant = replace(bot.assistant, flows=new.flows)
    assert bot.turn(amount(1), CancelFlow()) == ["utter_inform_code_change"]
    assert bot.state.stack == ()


def test_a_called_flow_that_vanished_in_mid_turn_is_passed_over(assistant_of):
    assistant = assistant_of("pay:\n  steps:\n  - call: gone\n  - action: utter_a\n")
    caller = Frame("1", "pay", "0_call_gone")
    called = Frame("2", "gone", "x", frame_type="call")
    pattern = Frame("3", "pattern_gone", "y", type="pattern_gone")
    state = advance(DialogueState((caller, called, pattern)), assistant)
    assert [frame.flow_id for frame in state.stack] == ["pay"]
    assert pending_action(state, assistant) == "utter_a"


def test_a_frame_at_a_step_that_is_gone_is_over(assistant_of):
    assistant = assistant_of(COLLECT_AMOUNT, {"amount": "float"})
    state = advance(DialogueState((Frame("1", "pay", "gone"),), {"amount": 1.0}), assistant)
    assert [frame.flow_id for frame in state.stack] == ["pattern_completed"]
    assert state.slots == {"amount": None}


def test_a_slots_own_validation_holds_in_every_flow_and_asks_again_in_its_own_words(talk_to):
    validation = {
        "rejections": [{"if": "slots.amount > 100", "utter": "utter_too_much"}],
        "refill_utter": "utter_ask_rephrase",
    }
    slots = {"amount": {"type": "float", "validation": validation}}
    bot = talk_to("pay:\n  steps:\n  - collect: amount\n  - action: utter_done\n", slots)
    assert bot.turn(start()) == ["utter_ask_amount"]
    assert bot.turn(amount(500)) == ["utter_too_much", "utter_ask_rephrase"]
    assert bot.state.slots["amount"] is None
    assert bot.turn(amount(50)) == ["utter_done", "utter_can_do_something_else"]
