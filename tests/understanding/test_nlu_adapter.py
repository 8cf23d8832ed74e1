"""From intents and entities to commands, without a model."""

import pytest

from router.dialogue.commands import CancelFlow, CannotHandle, Knowledge, SetSlot, StartFlow
from router.dialogue.state import DialogueState
from router.dialogue.turn import begin_turn
from router.flows.assistant import Assistant
from router.flows.reading import flows_from_data
from router.flows.slots import SlotSpec
from router.flows.yaml_source import parse_yaml
from router.understanding.nlu_adapter import NluResult, commands_from_nlu, triggered_flow

FLOWS = """
pay:
  description: d
  nlu_trigger: [{intent: pay}, {intent: {name: send, confidence_threshold: 0.8}}]
  steps:
  - collect: amount
  - collect: note
  - collect: sure
  - collect: city
  - collect: origin
vip:
  description: d
  if: slots.is_vip
  nlu_trigger: [{intent: vip}]
  steps: [{collect: amount}]
pattern_cancel_flow:
  description: d
  nlu_trigger: [{intent: stop}]
  steps: [{action: action_cancel_flow}]
pattern_cannot_handle:
  description: d
  nlu_trigger: [{intent: gibberish}]
  steps: [{action: utter_a}]
pattern_search:
  description: d
  nlu_trigger: [{intent: ask}]
  steps: [{action: utter_a}]
"""
MAPPINGS = {
    "amount": [{"type": "from_entity", "entity": "number"}],
    "note": [{"type": "from_text"}],
    "sure": [
        {"type": "from_intent", "intent": "affirm", "value": True},
        {"type": "from_intent", "intent": ["deny", "never"], "value": False},
    ],
    "city": [{"type": "from_entity", "entity": "city"}],
    "origin": [{"type": "from_entity", "entity": "city", "role": "from", "group": "1"}],
    "is_vip": [{"type": "from_entity", "entity": "number"}],
}


def assistant(**mappings):
    problems = []
    flows = flows_from_data(parse_yaml(FLOWS, "flows.yml"), problems)
    assert not problems
    slots = {
        name: SlotSpec(name, "any", mappings=tuple(items))
        for name, items in {**MAPPINGS, **mappings}.items()
    }
    return Assistant(flows=flows, slots=slots)


def entity(value, kind="number", **keys):
    return {"entity": kind, "value": value, **keys}


def commands(nlu, *, asked=None, bot=None, **slots):
    """What comes of `nlu` while `pay` asks for the slot `asked`, or with nothing active."""
    bot, state = bot or assistant(), DialogueState(slots=slots)
    if asked:
        filled = {name: "x" for name in MAPPINGS if name != asked}
        state = begin_turn(state.with_slots(filled), [StartFlow("pay")], bot)
    return commands_from_nlu(nlu, state, bot)


def said(intent=None, *entities, text="hello", confidence=1.0):
    return NluResult(text, intent, confidence, entities)


def nlu(slot, value):
    return SetSlot(slot, value, source="nlu")


@pytest.mark.parametrize(
    ("result", "expected"),
    [
        (said("pay"), "pay"),
        (said("pay", confidence=0.01), "pay"),
        (said("send", confidence=0.8), "pay"),
        (said("send", confidence=0.79), None),
        (said("vip"), None),
        (said("stop"), "pattern_cancel_flow"),
        (said("greet"), None),
        (said(None), None),
    ],
)
def test_an_intent_triggers_its_flow_at_its_threshold(result, expected):
    assert triggered_flow(result, DialogueState(), assistant()) == expected


def test_a_guard_decides_whether_its_flow_is_triggered():
    assert triggered_flow(said("vip"), DialogueState(slots={"is_vip": True}), assistant()) == "vip"


def test_an_active_flow_is_triggered_whatever_its_guard_says_by_now():
    bot = assistant()
    state = begin_turn(DialogueState(slots={"is_vip": True}), [StartFlow("vip")], bot)
    assert triggered_flow(said("vip"), state.with_slots({"is_vip": False}), bot) == "vip"


@pytest.mark.parametrize(
    ("intent", "expected"),
    [
        ("pay", [StartFlow("pay")]),
        ("stop", [CancelFlow()]),
        ("gibberish", [CannotHandle()]),
        ("ask", [Knowledge()]),
        ("greet", []),
        (None, []),
    ],
)
def test_a_trigger_becomes_a_start_or_the_patterns_own_command(intent, expected):
    assert commands(said(intent)) == expected


def test_a_start_comes_first_and_takes_the_entities_along():
    found = commands(said("pay", entity(5), entity(6), entity("x", "unknown")))
    assert found == [StartFlow("pay"), nlu("amount", 5)], "the first of two entities counts"


@pytest.mark.parametrize(
    ("found", "expected"),
    [
        ([entity("Rome", "city")], [nlu("city", "Rome")]),
        ([entity("Rome", "city", role="from", group="1")], [nlu("origin", "Rome")]),
        ([entity("Rome", "city", role="to", group="1")], []),
        ([entity("Rome", "city", role="from")], []),
        (
            [entity("Rome", "city", role="from", group="1"), entity("Bonn", "city")],
            [nlu("city", "Bonn"), nlu("origin", "Rome")],
        ),
    ],
)
def test_a_role_and_a_group_must_be_those_of_the_mapping(found, expected):
    assert commands(said("inform", *found), asked="amount") == expected


@pytest.mark.parametrize(
    ("asked", "result", "expected"),
    [
        ("note", said("inform", text="as agreed"), [nlu("note", "as agreed")]),
        ("note", said("inform", text=""), []),
        ("amount", said("inform", text="as agreed"), []),
        (None, said("inform", text="as agreed"), []),
        ("sure", said("affirm"), [nlu("sure", True)]),
        ("sure", said("never"), [nlu("sure", False)]),
        ("sure", said("greet"), []),
        ("amount", said("affirm"), []),
        (None, said("affirm"), [nlu("sure", True)]),
        ("note", said("inform", entity(5), text="5"), [nlu("amount", 5), nlu("note", "5")]),
    ],
)
def test_text_and_intent_fill_the_slot_that_is_asked_for(asked, result, expected):
    assert commands(result, asked=asked) == expected


def test_slots_of_no_flow_are_left_to_rasa():
    assert nlu("is_vip", 5) not in commands(said("inform", entity(5)), asked="amount")


@pytest.mark.parametrize(
    ("mapping", "intent", "fills"),
    [
        ({}, "inform", True),
        ({"intent": "inform"}, "inform", True),
        ({"intent": ["tell", "inform"]}, "inform", True),
        ({"intent": "tell"}, "inform", False),
        ({"not_intent": "inform"}, "inform", False),
        ({"not_intent": ["tell"]}, "inform", True),
        ({"intent": None, "not_intent": None}, "inform", True),
        ({"intent": "inform"}, None, False),
    ],
)
def test_a_mapping_may_want_or_refuse_intents(mapping, intent, fills):
    bot = assistant(amount=[{"type": "from_entity", "entity": "number", **mapping}])
    assert (nlu("amount", 5) in commands(said(intent, entity(5)), asked="city", bot=bot)) is fills


@pytest.mark.parametrize(
    ("conditions", "fills"),
    [
        ([], True),
        ([{"active_flow": "pay"}], True),
        ([{"active_flow": "vip"}], False),
        ([{"active_flow": "vip"}, {"active_flow": "pay"}], True),
        ([{"active_flow": "pay", "requested_slot": "city"}], True),
        ([{"active_flow": "pay", "requested_slot": "amount"}], False),
        ([{"active_loop": "pay_form"}], False),
        ([{"active_loop": None}], True),
    ],
)
def test_a_condition_of_a_mapping_may_name_the_active_flow(conditions, fills):
    mapping = {"type": "from_entity", "entity": "number", "conditions": conditions}
    found = commands(said("inform", entity(5)), asked="city", bot=assistant(amount=[mapping]))
    assert (nlu("amount", 5) in found) is fills


def test_a_flow_that_the_intent_starts_counts_as_active():
    mapping = {"type": "from_entity", "entity": "number", "conditions": [{"active_flow": "pay"}]}
    bot = assistant(amount=[mapping])
    assert nlu("amount", 5) in commands(said("pay", entity(5)), bot=bot)
    assert commands(said("inform", entity(5)), bot=bot) == []


@pytest.mark.parametrize(
    "mappings", [[], [{"type": "from_llm"}], [{"type": "custom"}], [{"type": "controlled"}]]
)
def test_slots_without_an_nlu_mapping_are_not_filled(mappings):
    bot = assistant(amount=mappings)
    assert commands(said("inform", entity(5), text="5"), asked="amount", bot=bot) == []


def test_the_first_mapping_that_matches_fills_the_slot():
    bot = assistant(
        amount=[
            {"type": "from_entity", "entity": "sum"},
            {"type": "from_entity", "entity": "number"},
            {"type": "from_text"},
        ]
    )
    assert commands(said("inform", entity(5)), asked="amount", bot=bot) == [nlu("amount", 5)]
    assert commands(said("inform", text="five"), asked="amount", bot=bot) == [nlu("amount", "five")]


def test_a_message_that_starts_something_is_no_answer_by_its_text():
    text = said("ask", text="when are you open?")
    started = commands(text, asked="note")
    assert len(started) == 1 and nlu("note", "when are you open?") not in started
    again = commands(said("pay", text="pay the rent"), asked="note")
    assert nlu("note", "pay the rent") in again
    named = assistant(note=[{"type": "from_text", "intent": "ask"}])
    assert nlu("note", "when are you open?") in commands(text, asked="note", bot=named)
