"""The contract of flows, commands and patterns as tables: one case a sentence.

The cases stand in behaviour/*.yml; a command is written as a line of the command language
or, where that can't say it, as the dict that travels on the message.
"""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import yaml

from router.dialogue.commands import Command, commands_from_dicts
from router.dialogue.state import stack_from_data
from router.understanding.command_language import parse_commands

TABLES = sorted((Path(__file__).parent / "behaviour").glob("*.yml"))


def cases() -> Iterator[Any]:
    for table in TABLES:
        for case in yaml.safe_load(table.read_text(encoding="utf-8")):
            yield pytest.param(case, id=f"{table.stem}: {case['sentence']}")


@pytest.mark.parametrize("case", cases())
def test_the_contract(case, assistant_of, talk_to):
    effects, actions = case.get("effects", {}), case.get("actions", [])
    assistant = assistant_of(
        yaml.safe_dump(case["flows"], sort_keys=False),
        case.get("slots"),
        actions={*actions, *effects},
        without_responses=case.get("without_responses", ()),
    )
    assistant = replace(assistant, responses=assistant.responses.union(case.get("responses", ())))
    bot = talk_to(assistant, effects=effects, values=case.get("values", {}))
    bot.state = replace(bot.state, stack=stack_from_data(case.get("stack", [])))
    for turn in case["turns"]:
        assert bot.turn(*commands_of(turn["user"], assistant)) == turn["bot"], turn["user"]
        assert bot.flows == turn.get("stack", bot.flows)
        for slot, value in turn.get("slots", {}).items():
            assert bot[slot] == value


def commands_of(user: Any, assistant: Any) -> list[Command]:
    found: list[Command] = []
    for each in user if isinstance(user, list) else [user]:
        read = (
            commands_from_dicts([each])
            if isinstance(each, dict)
            else parse_commands(each, assistant)
        )
        assert len(read) == 1, f"{each!r} isn't a command"
        found += read
    return found


def test_no_sentence_stands_twice():
    sentences = [param.values[0]["sentence"] for param in cases()]
    assert len(set(sentences)) == len(sentences) > 50
