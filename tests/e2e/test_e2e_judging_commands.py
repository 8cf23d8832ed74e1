"""Commands that a model gave, against those that a test expects of it."""

from typing import Any

import pytest
from observed_events import turn, user

from router.e2e.cases import Turn
from router.e2e.judging import command_score
from router.e2e.observed import ObservedTurn
from router.errors import Location
from router.flows.assistant import Assistant
from router.flows.reading import flows_from_data
from router.flows.slots import SlotSpec
from router.flows.yaml_source import parse_yaml

FLOWS = """
flows:
  transfer_money:
    description: sends money
    steps: [{collect: amount}]
  block_card:
    description: blocks a card
    steps: [{action: utter_blocked}]
"""


@pytest.fixture(scope="module")
def bank() -> Assistant:
    flows = flows_from_data(parse_yaml(FLOWS, "flows.yml")["flows"], [])
    slots = {"amount": SlotSpec("amount", "float"), "name": SlotSpec("name", "text")}
    return Assistant(flows=flows, slots=slots, responses=frozenset({"utter_blocked"}))


def given(*commands: dict[str, Any]) -> ObservedTurn:
    message = user("x", "calm")
    message["parse_data"]["commands"] = list(commands)
    return turn(message)


def expecting(*lines: str) -> Turn:
    return Turn("x", Location("t.yml"), commands=lines)


START = {"command": "start flow", "flow": "transfer_money"}
AMOUNT = {"command": "set slot", "name": "amount", "value": 50.0, "source": "llm"}


@pytest.mark.parametrize(
    ("lines", "commands", "right"),
    [
        (("start flow transfer_money",), (START,), 1),
        (("StartFlow(transfer_money)", "set slot amount 50"), (AMOUNT, START), 2),
        (("SetSlot(amount, 50)",), ({**AMOUNT, "source": "nlu", "value": "50"},), 1),
        (("set slot amount 60",), (AMOUNT,), 0),
        (("start flow block_card",), (START,), 0),
        (("start flow transfer_money", "start flow transfer_money"), (START,), 1),
        (("start flow transfer_money",), (START, AMOUNT), 1),
        (("start flow transfer_money", "cancel flow"), (START,), 1),
        (("cannot handle",), ({"command": "cannot handle", "reason": "x"},), 1),
        (
            ("disambiguate flows transfer_money block_card",),
            ({"command": "clarify", "options": ["transfer_money", "block_card"]},),
            1,
        ),
        (("start flow nowhere",), (START,), 0),
        ((), (START,), 0),
        (("start flow transfer_money",), (), 0),
    ],
)
def test_commands_are_compared_by_what_they_mean(
    bank: Assistant, lines: tuple[str, ...], commands: tuple[dict[str, Any], ...], right: int
) -> None:
    score = command_score(expecting(*lines), given(*commands), bank)
    assert score is not None
    assert (score.right, score.expected, len(score.given)) == (right, lines, len(commands))


def test_given_commands_are_shown_as_lines(bank: Assistant) -> None:
    score = command_score(expecting(), given(START, AMOUNT), bank)
    assert score is not None
    assert score.given == ("start flow transfer_money", "set slot amount 50.0")


def test_a_turn_that_says_nothing_of_commands_has_no_score(bank: Assistant) -> None:
    assert command_score(Turn("x", Location("t.yml")), given(START), bank) is None
