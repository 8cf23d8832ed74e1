"""The stored stack: its documented format, and stacks of other versions."""

import json
import re
from pathlib import Path

import pytest

from router.dialogue.commands import Clarify, SetSlot, StartFlow
from router.dialogue.state import DialogueState, stack_from_data

DOCUMENT = Path(__file__).parents[2] / "docs" / "dialogue_stack.md"
SLOTS = {
    "recipient": {"type": "text", "mappings": [{"type": "from_entity", "entity": "person"}]},
    "amount": "float",
    "branch": "text",
}


def block(language):
    found = re.search(rf"```{language}\n(.*?)```", DOCUMENT.read_text(encoding="utf-8"), re.DOTALL)
    assert found
    return found[1]


@pytest.fixture
def bot(talk_to):
    """The conversation of the document."""
    bot = talk_to(block("yaml"), SLOTS)
    bot.turn(StartFlow("transfer_money"), SetSlot("recipient", "Ann", "nlu"))
    bot.turn(StartFlow("opening_hours"))
    bot.turn(Clarify(("transfer_money", "opening_hours")))
    return bot


def test_the_documented_stack_is_the_one_the_engine_writes(bot):
    assert bot.state.stack_as_data() == json.loads(block("json"))


def test_the_documented_stack_is_gone_on_with(bot):
    stack = stack_from_data(json.loads(block("json")))
    bot.state = DialogueState(stack, bot.state.slots)
    said = bot.turn(SetSlot("branch", "north"))
    assert said == ["utter_flow_continue_interrupted", "utter_ask_amount"]


def test_every_key_of_a_flows_frame_is_documented():
    frames = json.loads(block("json"))
    keys = {key for frame in frames if frame["type"] == "flow" for key in frame}
    for key in keys:
        assert f"| `{key}` |" in DOCUMENT.read_text(encoding="utf-8")


@pytest.mark.parametrize("version", [2, "1", None])
def test_a_frame_of_another_version_counts_as_a_changed_flow(bot, version):
    data = [{**frame, "version": version} for frame in bot.state.stack_as_data()]
    bot.state = DialogueState(stack_from_data(data), bot.state.slots)
    assert bot.turn(SetSlot("branch", "north")) == ["utter_inform_code_change"]
    assert bot.state.stack == ()
    assert bot["recipient"] is None


def test_a_frame_without_version_is_of_the_first(bot):
    data = [{k: v for k, v in f.items() if k != "version"} for f in bot.state.stack_as_data()]
    assert stack_from_data(data) == bot.state.stack
