"""The fake model of the benchmarks with language models understands today's prompts."""

import pytest

from benchmarks.llm_bot import ANSWER, ORDER, QUESTION, answers
from router.dialogue.state import DialogueState
from router.flows.assistant import Assistant
from router.llm.script import Script, prompt_text
from router.routing.decision import Turn
from router.routing.llm_configuration import read_llm_router_config
from router.routing.llm_prompt import letter_prompt
from router.understanding.llm_configuration import read_generator_config
from router.understanding.llm_prompt import Moment, command_prompt

SAID = (("user", ORDER), ("assistant", "what title?"), ("user", QUESTION))


@pytest.mark.parametrize(("message", "letter"), [(ORDER, "A"), (QUESTION, "C"), (ANSWER, "C")])
@pytest.mark.parametrize("said", [(), SAID])
def test_it_routes_by_the_last_message(message, letter, said):
    config = read_llm_router_config({"calm_entry": {"sticky": "takes orders for books"}})
    asked = letter_prompt(config, Turn(message, conversation=said), None)
    assert Script(answers()).next_for(prompt_text(asked)).answer == letter


@pytest.mark.parametrize(
    ("message", "command"),
    [(ORDER, "start flow order_book"), (ANSWER, f"set slot title {ANSWER}")],
)
@pytest.mark.parametrize("said", [(), SAID])
def test_it_understands_the_last_message(message, command, said):
    moment = Moment(message, DialogueState(), Assistant({}), conversation=said)
    prompt = command_prompt(moment, read_generator_config({}), None, [])
    assert Script(answers()).next_for(prompt.text).answer == command
