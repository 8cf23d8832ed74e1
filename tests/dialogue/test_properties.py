"""What holds for any small set of flows, whatever is said."""

import json

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    rule,
    run_state_machine_as_test,
)

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
    Restart,
    SessionStart,
    SetSlot,
    SkipQuestion,
    StartFlow,
)
from router.dialogue.engine import LISTEN, pending_action
from router.dialogue.state import DialogueState, stack_from_data
from router.dialogue.turn import begin_turn

SLOTS = {
    "number": {
        "type": "float",
        "validation": {"rejections": [{"if": "slots.number > 90", "utter": "utter_no"}]},
    },
    "sure": "bool",
    "color": {"type": "categorical", "values": ["Red", "GREEN"]},
    "name": "text",
    "shared": {"type": "float", "initial_value": 1.0, "shared_for_coexistence": True},
}
SAMPLES = {
    "number": st.sampled_from([1.0, "2", "many", True, None, 99]),
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
    st.sampled_from([ChitChat(), Knowledge(), SkipQuestion(), HumanHandoff(), RepeatBotMessages()]),
    st.sampled_from([SessionStart(), Restart(), Clarify(("a", "b")), Clarify(("b", "nowhere"))]),
    set_slots.map(lambda command: CorrectSlots({command.slot: command.value})),
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


class AnyConversation(RuleBasedStateMachine):
    """Whatever is said, in whatever order, and whenever it is stored and read again."""

    talk_to = None  # the fixture

    @initialize(flows=flow_sets())
    def begin(self, flows):
        self.bot = start(type(self).talk_to, flows)

    @rule(said=st.lists(commands, max_size=3))
    def say(self, said):
        self.bot.turn(*said)

    @rule()
    def store_and_read(self):
        again = reloaded(self.bot.state)
        assert again == self.bot.state
        self.bot.state = again

    @rule(said=st.lists(commands, max_size=3))
    def begin_a_turn_twice(self, said):
        before = reloaded(self.bot.state)
        first = begin_turn(self.bot.state, said, self.bot.assistant)
        assert begin_turn(self.bot.state, said, self.bot.assistant) == first
        assert self.bot.state == before, "the state given isn't touched"

    @invariant()
    def the_turn_ended_at_a_question_or_with_an_empty_stack(self):
        action = pending_action(self.bot.state, self.bot.assistant)
        assert action == (LISTEN if self.bot.state.stack else None)

    @invariant()
    def every_slot_has_a_value_of_its_type(self):
        assert all(fits(name, value) for name, value in self.bot.state.slots.items())

    @invariant()
    def every_frame_has_an_id_of_its_own(self):
        ids = [frame.frame_id for frame in self.bot.state.stack]
        assert len(set(ids)) == len(ids)


def test_no_conversation_breaks_the_engine(talk_to):
    AnyConversation.talk_to = staticmethod(talk_to)
    run_state_machine_as_test(AnyConversation, settings=few)


@few
@given(flow_sets(), conversations)
def test_storing_and_reading_the_state_at_any_point_changes_nothing(talk_to, flows, turns):
    bot, other = start(talk_to, flows), start(talk_to, flows)
    for said in turns:
        assert bot.turn(*said) == other.turn(*said)
        other.state = reloaded(other.state)
        assert other.state == bot.state


@few
@given(flow_sets(may_force=False), conversations)
def test_cancelling_again_and_again_empties_the_stack_and_leaves_no_slot_behind(
    talk_to, flows, turns
):
    bot = start(talk_to, flows)
    for said in turns:
        bot.turn(*said)
    flows_left = bot.flows
    for _ in flows_left:
        bot.turn(CancelFlow())
    bot.turn()  # what a pattern offered last isn't a flow
    assert bot.state.stack == ()
    for name in {slot for flow in flows_left for slot in bot.assistant.reset_with(flow)}:
        assert bot[name] == bot.assistant.initial_value(name)


@few
@given(flow_sets(), flow_sets(), conversations, conversations)
def test_a_stack_of_other_flows_never_crashes(talk_to, flows, changed, turns, more):
    bot, other = start(talk_to, flows), start(talk_to, changed)
    for said in turns:
        bot.turn(*said)
    other.state = reloaded(bot.state)
    for said in more:
        other.turn(*said)
        assert pending_action(other.state, other.assistant) == (
            LISTEN if other.state.stack else None
        )
