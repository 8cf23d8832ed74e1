"""Flows that start, end and are asked about, by the trace on the stack's events."""

from dataclasses import replace

import pytest
from asserting import got, named, outcome
from observed_events import Event, action, slot, trace, turn, user

from router.dialogue.commands import Clarify
from router.dialogue.state import DialogueState
from router.dialogue.trace import traced
from router.dialogue.turn import begin_turn
from router.e2e.assertions.base import Moment
from router.e2e.observed import ObservedTurn
from router.flows.assistant import Assistant
from router.flows.reading import flows_from_data

STARTED = turn(
    user("transfer", "calm", "transfer_money"),
    trace(["started", "transfer_money"], ["started", "pattern_collect_information"]),
)
LINKED = turn(
    user("yes", "calm"),
    trace(["left", "transfer_money", "ask", -1, "END"], ["started", "add_contact"]),
    action("utter_x", "FlowPolicy"),
    trace(["left", "add_contact", "save", 0, "END"], ["started", "pattern_completed"]),
)
CANCELLED = turn(user("stop", "calm"), trace(["cancelled", "transfer_money", "ask_amount"]))


@pytest.mark.parametrize(
    "text",
    [
        "flow_started: add_contact",
        "flow_started: [add_contact, pattern_completed]",
        "flow_started: {operator: any, flow_ids: [transfer_money, add_contact]}",
        "flow_started: {flow_ids: add_contact}",
        "flow_completed: {flow_id: transfer_money}",
        "flow_completed: transfer_money",
        "flow_completed: {flow_id: add_contact, flow_step_id: save}",
    ],
)
def test_what_the_trace_has_is_found(text: str) -> None:
    assert outcome(text, LINKED).status == "passed"


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("flow_started: transfer_money", "started: add_contact"),
        ("flow_started: [add_contact, transfer_money]", "started: add_contact"),
        (
            "flow_started: {operator: any, flow_ids: [transfer_money]}",
            "started: add_contact",
        ),
        (
            "flow_completed: {flow_id: add_contact, flow_step_id: ask}",
            "it was completed at step save",
        ),
        (
            "flow_completed: give_tip",
            "completed: add_contact, transfer_money; give_tip wasn't active",
        ),
        (
            "flow_cancelled: add_contact",
            "no flow was cancelled; add_contact was completed at step save",
        ),
    ],
)
def test_what_it_lacks_is_told_with_what_it_has(text: str, words: str) -> None:
    assert got(text, LINKED) == words


def test_a_pattern_that_started_is_told_where_no_flow_did() -> None:
    started = turn(user("hm", "calm"), trace(["started", "pattern_chitchat"]))
    assert got("flow_started: a", started) == "started: pattern_chitchat"
    assert got("flow_started: a", turn(user("hm", "calm"))) == "no flow was started"


def test_the_nearest_flow_is_told_first() -> None:
    started = turn(user("x", "calm"), trace(["started", "zebra"], ["started", "transfer_monies"]))
    assert got("flow_started: transfer_money", started) == "started: transfer_monies, zebra"


def test_a_cancelled_flow_is_found_by_the_step_that_it_stood_at() -> None:
    assert outcome("flow_cancelled: transfer_money", CANCELLED).status == "passed"
    step = "flow_cancelled: {flow_id: transfer_money, flow_step_id: %s}"
    assert outcome(step % "ask_amount", CANCELLED).status == "passed"
    assert got(step % "confirm", CANCELLED) == "it was cancelled at step ask_amount"


def test_a_flow_that_goes_on_is_told_with_its_step() -> None:
    frame = {"frame_id": "1", "flow_id": "transfer_money", "step_id": "ask_amount", "type": "flow"}
    waiting = replace(STARTED, slots={"dialogue_stack": [frame]})
    words = "no flow was completed; transfer_money is at step ask_amount"
    assert got("flow_completed: transfer_money", waiting) == words


def test_only_what_comes_behind_the_position_counts() -> None:
    behind = Moment(after=1)
    assert got("flow_started: add_contact", LINKED, behind) == "started: pattern_completed"
    assert outcome("flow_completed: add_contact", LINKED, behind).position == 3


def test_the_position_is_that_of_the_event_with_which_all_is_met() -> None:
    assert outcome("flow_started: [pattern_completed, add_contact]", LINKED).position == 3
    either = "flow_started: {operator: any, flow_ids: [pattern_completed, add_contact]}"
    assert outcome(either, LINKED).position == 1


def clarified(options: list[str], offered: list[str]) -> ObservedTurn:
    frame = {"frame_id": "1", "flow_id": "pattern_clarification", "type": "pattern_clarification"}
    asked: Event = user("card", "calm")
    asked["parse_data"]["commands"] = [{"command": "clarify", "options": options}]
    entries = [["started", "pattern_clarification"]]
    return turn(asked, slot("dialogue_stack", [{**frame, "flow_ids": offered}], trace=entries))


OFFERED = clarified(["block_card", "new_card"], ["block_card", "new_card"])


@pytest.mark.parametrize(
    "flows",
    ["[block_card]", "[new_card, block_card]", "{operator: any, flow_ids: [x, new_card]}"],
)
def test_a_clarification_contains_the_flows_by_their_ids(flows: str) -> None:
    assert outcome(f"pattern_clarification_contains: {flows}", OFFERED).status == "passed"


def test_a_clarification_without_a_flow_tells_those_that_it_offers() -> None:
    words = "offered: block_card, new_card"
    assert got("pattern_clarification_contains: [block_card, lost_card]", OFFERED) == words


def test_a_flow_that_the_command_names_but_that_may_not_start_isnt_offered() -> None:
    partly = clarified(["block_card", "new_card", "gold_card"], ["block_card", "new_card"])
    assert outcome("pattern_clarification_contains: [block_card, new_card]", partly).position == 1
    words = "offered: block_card, new_card"
    assert got("pattern_clarification_contains: [gold_card]", partly) == words


def test_a_clarify_command_without_the_pattern_is_no_clarification() -> None:
    dropped = replace(OFFERED, events=OFFERED.events[:1])
    words = "the bot didn't ask which flow is meant"
    assert got("pattern_clarification_contains: [block_card]", dropped) == words


def test_the_engines_own_clarification_is_read() -> None:
    step = {"steps": [{"action": "utter_x"}]}
    data = {
        "block_card": {"description": "x", "name": "blocking a card", **step},
        "new_card": {"description": "x", **step},
    }
    bank = Assistant(flows=flows_from_data(data, []), responses=frozenset({"utter_x"}))
    options = ("block_card", "new_card")
    with traced() as entries:
        state = begin_turn(DialogueState(), [Clarify(options)], bank)
    asked = user("card", "calm")
    asked["parse_data"]["commands"] = [Clarify(options).as_dict()]
    said = turn(asked, slot("dialogue_stack", state.stack_as_data(), trace=entries))
    assert outcome("pattern_clarification_contains: [new_card, block_card]", said).position == 1
    assert got("pattern_clarification_contains: [x]", said) == "offered: block_card, new_card"


def test_flows_and_steps_are_named_with_their_places() -> None:
    assert named("- flow_started:\n    operator: any\n    flow_ids:\n    - a\n    - b") == [
        ("flow", "a", 4),
        ("flow", "b", 5),
    ]
    assert named("- flow_completed:\n    flow_id: a\n    flow_step_id: end") == [
        ("flow", "a", 2),
        ("step", "a/end", 3),
    ]
    assert named("- pattern_clarification_contains: [a]") == [("flow", "a", 1)]
