"""The trained assistant's CALM side as one value."""

import json

import pytest

from router.errors import IncompatibleModel, InvalidFlow
from router.flows.assistant import FORMAT_VERSION, Assistant
from router.flows.reading import flows_from_data
from router.flows.slots import SlotSpec
from router.flows.yaml_source import parse_yaml

FLOWS = """
pay:
  description: Sends money.
  name: paying
  if: slots.vip
  persisted_slots: [kept]
  nlu_trigger: [{intent: pay}, {intent: {name: send, confidence_threshold: 0.5}}]
  steps:
  - collect: amount
    rejections: [{if: slots.amount > 9, utter: utter_much}]
  - collect: name
    reset_after_flow_ends: false
  - set_slots: [{done: true}, {kept: 1}, {shared: 2}]
  - call: check
    next: [{if: slots.fine, then: END}, {else: [{action: utter_no, next: END}]}]
check:
  description: d
  steps:
  - call: count
  - set_slots: [{fine: true}]
count:
  description: d
  steps:
  - collect: number
pattern_completed:
  description: d
  nlu_trigger: [{intent: bye}]
  steps: [{action: utter_bye}]
"""


def assistant(flows=FLOWS, **keys):
    problems = []
    read = flows_from_data(parse_yaml(flows, "flows.yml"), problems)
    assert not problems
    slots = {
        "amount": SlotSpec("amount", "float", 3.0),
        "color": SlotSpec("color", "categorical", values=("a", "b")),
        "shared": SlotSpec("shared", shared=True),
    }
    return Assistant(
        flows=read,
        slots=slots,
        actions=frozenset({"action_a"}),
        responses=frozenset({"utter_no", "utter_bye"}),
        intents=frozenset({"pay", "send"}),
        settings={"auto_release": False},
        **keys,
    )


def stored(bot):
    return json.loads(json.dumps(bot.as_dict()))


@pytest.mark.parametrize("bot", [assistant(), assistant(has_router=True), Assistant()])
def test_an_assistant_is_read_back_from_the_model_as_it_was(bot):
    again = Assistant.from_dict(stored(bot))
    assert again == bot
    assert again.fingerprint() == bot.fingerprint()
    assert [f.fingerprint for f in again.flows.values()] == [
        f.fingerprint for f in bot.flows.values()
    ]


@pytest.mark.parametrize("version", [None, FORMAT_VERSION + 1, str(FORMAT_VERSION)])
def test_a_model_in_another_format_is_refused_with_what_to_do(version):
    with pytest.raises(IncompatibleModel, match=rf"{version!r}.*Train the model again"):
        Assistant.from_dict({**stored(assistant()), "version": version})


def test_a_model_whose_flows_cannot_be_read_is_refused():
    data = {**stored(assistant()), "flows": {"pay": {"steps": []}}}
    with pytest.raises(InvalidFlow, match="pay"):
        Assistant.from_dict(data)


@pytest.mark.parametrize(
    "change",
    [
        {"has_router": True},
        {"flows": FLOWS.replace("utter_no", "utter_on")},
        {"flows": FLOWS.replace("> 9", "> 8")},
    ],
)
def test_the_fingerprint_changes_with_anything_in_it(change):
    assert assistant(**change).fingerprint() != assistant().fingerprint()


def test_slots_of_a_flow_and_of_what_it_calls_are_reset_with_it():
    bot = assistant()
    assert bot.reset_with("pay") == {"amount", "done", "fine", "number"}
    assert bot.reset_with("check") == {"fine", "number"}
    assert bot.reset_with("count") == {"number"}
    assert bot.reset_with("nowhere") == frozenset()


def test_what_a_flow_asks_for_includes_what_it_calls():
    assert assistant().collected_by("pay") == {"amount", "name", "number"}
    assert assistant().collected_by("nowhere") == frozenset()


def test_flows_that_call_each_other_are_looked_through_once():
    bot = assistant(
        "a:\n  description: d\n  steps: [{collect: x}, {call: b}]\n"
        "b:\n  description: d\n  steps: [{collect: y}, {call: a}]\n"
    )
    assert bot.collected_by("a") == bot.reset_with("b") == {"x", "y"}


def test_each_intent_knows_the_flow_it_triggers():
    triggers = assistant().triggers
    assert {
        intent: (flow.id, trigger.threshold) for intent, (flow, trigger) in triggers.items()
    } == {
        "pay": ("pay", 0.0),
        "send": ("pay", 0.5),
        "bye": ("pattern_completed", 0.0),
        "restart": ("pattern_restart", 0.0),
        "session_start": ("pattern_session_start", 0.0),
    }


def test_flows_of_the_bot_replace_default_patterns_and_the_rest_is_there():
    bot = assistant()
    assert bot.flow("pattern_completed").steps[0].action == "utter_bye"
    assert bot.flow("pattern_cancel_flow") is not None
    assert bot.flow("nowhere") is None


def test_slots_are_known_by_what_they_are_for():
    bot = assistant()
    assert bot.flow_slots == {"amount", "name", "done", "kept", "shared", "fine", "number"}
    assert bot.shared_slots == {"shared"}
    assert bot.categorical == {"color"}
    assert (bot.initial_value("amount"), bot.initial_value("nowhere")) == (3.0, None)


@pytest.mark.parametrize(
    ("bot", "empty"),
    [(Assistant(), True), (Assistant(has_router=True), False), (assistant(), False)],
)
def test_without_flows_and_router_there_is_nothing_of_calm(bot, empty):
    assert bot.is_empty is empty
