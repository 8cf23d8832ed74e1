"""What holds for any small set of flows, whatever is said."""

import json

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from router.dialogue.commands import (
    CancelFlow,
    CannotHandle,
    ErrorCommand,
    Noop,
    SetSlot,
    StartFlow,
)
from router.dialogue.engine import LISTEN, pending_action
from router.dialogue.state import DialogueState, stack_from_data
from router.dialogue.turn import begin_turn

SLOTS = {
    "number": "float",
    "sure": "bool",
    "color": {"type": "categorical", "values": ["Red", "GREEN"]},
    "name": "text",
    "shared": {"type": "float", "initial_value": 1.0, "shared_for_coexistence": True},
}
SAMPLES = {
    "number": st.sampled_from([1.0, "2", "many", True, None]),
    "sure": st.sampled_from([True, "no", "perhaps", None]),
    "color": st.sampled_from(["red", "GREEN", "blue", None]),
    "name": st.sampled_from(["Anna", 5, ["x"], None]),
    "shared": st.sampled_from([3, "4", {}, None]),
}
GOOD = {"number": 9, "sure": False, "color": "green", "name": "Bob", "shared": None}
CONDITIONS = ["slots.sure", "slots.number > 1", 'slots.color = "red"', "slots.name is not null"]
FLOW_IDS = ["a", "b", "c"]

few = settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow], derandomize=True
)


@st.composite
def step(draw, flow_ids, linkless, last, may_force):
    kinds = ["action", "collect", "collect", "set_slots", "noop"]
    kinds += ["call"] if linkless else []
    kinds += ["link"] if flow_ids and last else []
    kind = draw(st.sampled_from(kinds))
    if kind == "action":
        return {"action": draw(st.sampled_from(["utter_a", "action_fill", "action_fail"]))}
    if kind == "collect":
        keys = {"collect": draw(st.sampled_from(list(SLOTS)))}
        if draw(st.booleans()):
            keys["rejections"] = [{"if": "slots.number > 5", "utter": "utter_no"}]
        flags = ["ask_before_filling", *(["force_slot_filling"] if may_force else [])]
        return keys | {flag: True for flag in flags if draw(st.booleans())}
    if kind == "set_slots":
        slot = draw(st.sampled_from(list(SLOTS)))
        return {"set_slots": [{slot: GOOD[slot]}]}
    if kind == "noop":
        return {"noop": True}
    return {kind: draw(st.sampled_from(linkless if kind == "call" else flow_ids))}


@st.composite
def flow_sets(draw, may_force=True):
    """Flows that call and link to later ones only, with branches that lead forward."""
    flows, linkless = {}, []
    for flow_id in reversed(FLOW_IDS):
        count = draw(st.integers(1, 4))
        steps = [
            draw(step(list(flows), linkless, index == count - 1, may_force))
            for index in range(count)
        ]
        for index, item in enumerate(steps):
            item["id"] = f"s{index}"
            after = [f"s{i}" for i in range(index + 1, count)] + ["END"]
            if "link" not in item and ("noop" in item or draw(st.booleans())):
                condition, then = draw(st.sampled_from(CONDITIONS)), draw(st.sampled_from(after))
                item["next"] = [{"if": condition, "then": then}, {"else": after[0]}]
        flows[flow_id] = {"steps": steps}
        if not any("link" in item for item in steps):
            linkless = [*linkless, flow_id]
        if draw(st.booleans()):
            flows[flow_id]["if"] = draw(st.sampled_from(CONDITIONS))
    return json.dumps(flows)


set_slots = st.sampled_from(list(SLOTS)).flatmap(
    lambda name: SAMPLES[name].map(lambda value: SetSlot(name, value))
)
commands = st.one_of(
    st.sampled_from([*FLOW_IDS, "nowhere"]).map(StartFlow),
    st.sampled_from(FLOW_IDS).map(StartFlow),
    set_slots,
    set_slots,
    st.sampled_from([CancelFlow(), CannotHandle(), ErrorCommand("x"), Noop(), SetSlot("no", 1)]),
)
conversations = st.lists(st.lists(commands, max_size=3), max_size=6)

EFFECTS = {
    "action_fill": {"number": 7.0, "sure": True},
    "action_fail": RuntimeError("it failed"),
}


def start(talk_to, flows):
    return talk_to(flows, SLOTS, actions=EFFECTS, effects=EFFECTS, has_router=True)


def fits(slot, value):
    kinds = {"number": float, "sure": bool, "name": str, "shared": float}
    if slot == "color":
        return value in (None, "Red", "GREEN")
    return value is None or type(value) is kinds[slot]


def reloaded(state):
    stack, slots = json.loads(json.dumps([state.stack_as_data(), dict(state.slots)]))
    return DialogueState(stack_from_data(stack), slots)


@few
@given(flow_sets(), conversations)
def test_every_turn_ends_listening_or_with_an_empty_stack_and_slots_in_their_types(
    talk_to, flows, turns
):
    bot = start(talk_to, flows)
    for said in turns:
        bot.turn(*said)
        assert pending_action(bot.state, bot.assistant) == (LISTEN if bot.state.stack else None)
        assert all(fits(name, value) for name, value in bot.state.slots.items())
        ids = [frame.frame_id for frame in bot.state.stack]
        assert len(set(ids)) == len(ids)


@few
@given(flow_sets(), conversations)
def test_storing_and_reading_the_state_at_any_point_changes_nothing(talk_to, flows, turns):
    bot, other = start(talk_to, flows), start(talk_to, flows)
    for said in turns:
        assert bot.turn(*said) == other.turn(*said)
        other.state = reloaded(other.state)
        assert other.state == bot.state


@few
@given(flow_sets(), conversations, st.lists(commands, max_size=3))
def test_a_turn_begun_twice_from_the_same_state_gives_the_same(talk_to, flows, turns, last):
    bot = start(talk_to, flows)
    for said in turns:
        bot.turn(*said)
    before = reloaded(bot.state)
    first = begin_turn(bot.state, last, bot.assistant)
    assert begin_turn(bot.state, last, bot.assistant) == first
    assert bot.state == before, "the state given isn't touched"


@few
@given(flow_sets(may_force=False), conversations)
def test_cancelling_again_and_again_empties_the_stack(talk_to, flows, turns):
    bot = start(talk_to, flows)
    for said in turns:
        bot.turn(*said)
    for _ in bot.state.user_frames:
        bot.turn(CancelFlow())
    assert bot.state.stack == ()
