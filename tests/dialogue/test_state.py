"""The stack and its frames as values and as stored data."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from router.dialogue.engine import pending_action
from router.dialogue.frames import flow_frame, pattern_frame
from router.dialogue.state import END, START, DialogueState, Frame, stack_from_data
from router.dialogue.turn import begin_turn
from router.flows.assistant import Assistant

FLOW_FRAME = Frame("1", "pay", "ask", frame_type="interrupt", fingerprint="abc")
ASKING = pattern_frame(
    "pattern_collect_information",
    collect="amount",
    rejections=[{"if": "slots.amount > 1", "utter": "utter_much"}],
)


def test_a_flow_frame_is_stored_under_the_documented_keys():
    assert FLOW_FRAME.as_dict() == {
        "frame_id": "1",
        "flow_id": "pay",
        "step_id": "ask",
        "type": "flow",
        "frame_type": "interrupt",
        "fingerprint": "abc",
        "version": 1,
    }


def test_a_pattern_frame_is_stored_with_its_context_and_without_a_frame_type():
    assert pattern_frame("pattern_completed", previous_flow_name="pay").as_dict() == {
        "frame_id": "",
        "flow_id": "pattern_completed",
        "step_id": "START",
        "type": "pattern_completed",
        "previous_flow_name": "pay",
        "version": 1,
    }


@pytest.mark.parametrize("frame", [FLOW_FRAME, ASKING, pattern_frame("pattern_x", a=None, b=[1])])
def test_a_stored_frame_is_read_back_as_it_was(frame):
    assert Frame.from_dict(json.loads(json.dumps(frame.as_dict()))) == frame


def test_the_stack_is_read_back_as_it_was():
    state = DialogueState().push(FLOW_FRAME).push(ASKING)
    assert stack_from_data(json.loads(json.dumps(state.stack_as_data()))) == state.stack


def test_a_frame_with_missing_keys_stands_at_the_start_of_a_flow():
    frame = Frame.from_dict({"flow_id": "pay"})
    assert frame == Frame("", "pay", START, "flow", "regular")


@pytest.mark.parametrize("data", [None, 1, "x", b"x", {}, {"flow_id": "a"}, [], [1, "x", None]])
def test_what_is_no_list_of_maps_is_an_empty_stack(data):
    assert stack_from_data(data) == ()


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3)
    ),
    max_leaves=8,
)
FRAME_KEYS = st.sampled_from(["frame_id", "flow_id", "step_id", "type", "frame_type", "collect"])
PATTERNS = st.sampled_from(["pattern_completed", "pattern_collect_information", "flow", "\u00b2"])


@given(JSON | st.lists(st.dictionaries(FRAME_KEYS, JSON | PATTERNS, max_size=6), max_size=3))
def test_any_stored_stack_can_be_read_and_gone_on_with(data):
    assistant = Assistant()
    state = begin_turn(DialogueState(stack_from_data(data)), [], assistant)
    assert not state.stack or pending_action(state, assistant) is not None


@pytest.mark.parametrize(
    ("ids", "expected"), [([], "1"), (["1", "7", "3"], "8"), (["x", "\u00b2"], "1")]
)
def test_a_pushed_frame_gets_an_id_that_no_other_has(ids, expected):
    state = DialogueState(tuple(Frame(frame_id, "a") for frame_id in ids))
    assert state.push(Frame("", "b")).top.frame_id == expected


def test_the_active_frame_is_the_topmost_user_flow_that_is_not_over():
    done = Frame("3", "b", END)
    state = DialogueState((Frame("1", "a"), pattern_frame("pattern_x"), done))
    assert state.active_frame == Frame("1", "a")
    assert state.user_frames == (Frame("1", "a"), done)
    assert DialogueState((done,)).active_frame is None
    assert DialogueState().top is None


def test_a_state_never_changes_it_is_replaced():
    state = DialogueState((Frame("1", "a"),), {"x": 1})
    state.push(Frame("", "b")).with_slots({"x": 2}).with_top(Frame("9", "c")).pop()
    assert state == DialogueState((Frame("1", "a"),), {"x": 1})


def test_context_changes_add_and_none_removes():
    frame = pattern_frame("pattern_x", a=1, b=2).with_context(b=None, c=3)
    assert frame.context == {"a": 1, "c": 3}


def test_a_pattern_started_by_name_is_a_pattern_frame():
    frame = flow_frame(Assistant(), "pattern_completed")
    assert (frame.is_user_flow, frame.type) == (False, "pattern_completed")
    assert flow_frame(Assistant(), "gone").fingerprint == ""
