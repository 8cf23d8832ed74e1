"""The command generator: what the model is told, and what becomes of its answer."""

import json
from datetime import datetime

import pytest

from router.dialogue.commands import (
    CancelFlow,
    CannotHandle,
    ErrorCommand,
    HumanHandoff,
    SetSlot,
    StartFlow,
)
from router.dialogue.state import DialogueState
from router.dialogue.turn import begin_turn
from router.errors import InvalidConfig, LLMUnavailable
from router.flows.assistant import Assistant
from router.flows.reading import flows_from_data
from router.flows.slots import SlotSpec
from router.llm import FakeLLM
from router.understanding.llm_configuration import read_generator_config
from router.understanding.llm_generator import LLMGenerator, makes_call_needless
from router.understanding.llm_prompt import Moment

FLOWS = {
    "pay": {
        "description": "sends money to someone",
        "steps": [
            {"collect": "amount", "description": "how much, in euros"},
            {"collect": "kind"},
            {"collect": "token"},
        ],
    },
    "hidden": {"description": "secret", "if": "slots.vip", "steps": [{"action": "utter_x"}]},
    "pattern_chitchat": {"description": "own", "steps": [{"action": "utter_x"}]},
}
SLOTS = {
    "amount": SlotSpec("amount", "float"),
    "kind": SlotSpec("kind", "categorical", values=("now", "later")),
    "token": SlotSpec("token", "text", mappings=({"type": "controlled"},)),
    "vip": SlotSpec("vip", "bool"),
}
BOT = Assistant(flows=flows_from_data(FLOWS, []), slots=SLOTS)
EMPTY = DialogueState(slots=dict.fromkeys(SLOTS))


def generator(*replies, template=None, **keys):
    return LLMGenerator(read_generator_config(keys), FakeLLM(*replies), template)


def moment(text="send 50", state=EMPTY, **keys):
    return Moment(text, state, BOT, **keys)


async def prompt_for(asked, **keys):
    made = generator("cannot handle", **keys)
    await made.generate(asked)
    return made.client.prompts[0][0]["content"]


@pytest.mark.parametrize(
    ("answer", "commands"),
    [
        ("start flow pay\nset slot amount 50", [StartFlow("pay"), SetSlot("amount", "50")]),
        ("StartFlow(pay)\nSetSlot(amount, 50)", [StartFlow("pay"), SetSlot("amount", "50")]),
        ("cancel", [CancelFlow()]),
        ("- hand over", [HumanHandoff()]),
        ("I would love to help!", [CannotHandle()]),
        ("start flow nowhere", [CannotHandle()]),
    ],
)
async def test_an_answer_becomes_commands(answer, commands):
    assert list((await generator(answer).generate(moment())).commands) == commands


@pytest.mark.parametrize(
    "reply", ["", LLMUnavailable("gone"), {"hang": True}, {"raw": "?"}, {"raw_hex": "ff"}]
)
async def test_without_an_answer_there_is_an_error_command(reply):
    generated = await generator(reply, timeout=0.05).generate(moment())
    (command,) = generated.commands
    assert isinstance(command, ErrorCommand)
    assert command.error_type == "rasa_internal_error_default"
    assert generated.call["outcome"] == command.info["reason"]


@pytest.mark.parametrize(
    ("text", "error"),
    [
        ("", "rasa_internal_error_user_input_empty"),
        ("  \n", "rasa_internal_error_user_input_empty"),
        ("x" * 421, "rasa_internal_error_user_input_too_long"),
    ],
)
async def test_a_message_that_is_empty_or_too_long_costs_no_call(text, error):
    made = generator("cancel")
    (command,) = (await made.generate(moment(text))).commands
    assert command.error_type == error
    assert made.client.prompts == []


async def test_a_limit_of_minus_one_is_none():
    made = generator("cancel", user_input={"max_characters": -1})
    assert (await made.generate(moment("x" * 5000))).commands == (CancelFlow(),)


async def test_the_model_is_told_what_it_may_start_and_fill():
    prompt = await prompt_for(moment())
    (line,) = [line for line in prompt.splitlines() if line.startswith('{"name"')]
    assert json.loads(line) == {
        "name": "pay",
        "description": "sends money to someone",
        "slots": [
            {"name": "amount", "description": "how much, in euros"},
            {"name": "kind", "allowed_values": ["now", "later"]},
        ],
    }
    assert "hidden" not in prompt and "pattern_chitchat" not in prompt


async def test_the_model_is_told_of_a_flow_whose_guard_holds():
    prompt = await prompt_for(moment(state=DialogueState(slots={**EMPTY.slots, "vip": True})))
    assert '"hidden"' in prompt


async def test_the_model_is_told_where_the_conversation_stands():
    state = begin_turn(EMPTY, [StartFlow("pay"), SetSlot("amount", 7)], BOT)
    prompt = await prompt_for(
        moment("later", state, conversation=(("assistant", "When?"),), now="2026-01-02 03:04")
    )
    assert "flow pay" in prompt
    for part in ('"value": 7.0', '"When?"', "2026-01-02 03:04", '"later"'):
        assert part in prompt


async def test_a_prompt_of_the_bots_own_has_the_documented_variables():
    names = (
        "available_flows",
        "current_conversation",
        "user_message",
        "current_flow",
        "current_slot",
        "current_slot_description",
        "current_slot_type",
        "current_slot_allowed_values",
        "flow_slots",
        "current_datetime",
    )
    template = "".join(f"{name}=[{{{{ {name} }}}}]\n" for name in names)
    template += (
        "{% for flow in available_flows %}{{ flow.name }}:"
        "{% for slot in flow.slots %}{{ slot.name }},{% endfor %}{% endfor %}"
    )
    state = begin_turn(EMPTY, [StartFlow("pay")], BOT)
    made = generator("cancel", template=template)
    now = datetime(2026, 1, 2).isoformat()
    await made.generate(moment("later", state, conversation=(("user", "hi"),), now=now))
    content = made.client.prompts[0][0]["content"]
    for part in (
        "current_flow=[pay]",
        "current_slot=[amount]",
        "current_slot_type=[float]",
        "current_slot_description=[how much, in euros]",
        "current_conversation=[USER: hi]",
        "user_message=[later]",
        f"current_datetime=[{now}]",
        "pay:amount,kind,",
    ):
        assert part in content


async def test_a_template_that_fails_is_an_error_command():
    (command,) = (await generator("x", template="{{ 1/0 }}").generate(moment())).commands
    assert isinstance(command, ErrorCommand)


async def test_a_prompt_stays_under_its_size_by_leaving_out_the_oldest_first():
    said = tuple(("user", f"message {number} " + "x" * 90) for number in range(20))
    prompt = await prompt_for(moment(conversation=said), max_prompt_characters=2500)
    assert len(prompt) <= 2500
    assert "message 19 " in prompt and "message 0 " not in prompt
    assert '"name": "pay"' in prompt


async def test_the_oldest_of_what_was_said_is_left_out():
    said = (("user", "first"), ("assistant", "second"))
    prompt = await prompt_for(moment(conversation=said), history_turns=1)
    assert "second" in prompt and "first" not in prompt


@pytest.mark.parametrize(
    ("commands", "needless"),
    [
        ([], False),
        ([StartFlow("pay")], True),
        ([SetSlot("amount", 5, "nlu")], True),
        ([SetSlot("kind", "now", "nlu")], False),
        ([CancelFlow()], False),
    ],
)
def test_a_call_is_needless_when_a_flow_starts_or_the_question_is_answered(commands, needless):
    state = begin_turn(EMPTY, [StartFlow("pay")], BOT)
    assert makes_call_needless(commands, state) is needless


@pytest.mark.parametrize(
    ("keys", "words"),
    [
        ({"minimise_num_calls": True}, "minimize_num_calls"),
        ({"user_input": {"max_chars": 5}}, "max_characters"),
        ({"user_input": {"max_characters": "many"}}, "user_input.max_characters"),
        ({"timeout": -1}, "timeout"),
    ],
)
def test_wrong_keys_are_named(keys, words):
    with pytest.raises(InvalidConfig, match=words):
        read_generator_config(keys)
