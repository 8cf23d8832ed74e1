"""Slots that a turn sets, and those that it doesn't."""

from dataclasses import replace

import pytest
from asserting import got, made, named, outcome, steps
from observed_events import action, loop, slot, turn, user

from router.e2e.assertions import STEP_CHECKS
from router.e2e.assertions.base import Moment
from router.e2e.assertions.slot_values import same_value

TURN = turn(
    user("transfer", "calm"),
    slot("recipient", "Anna"),
    slot("amount", 50.0),
    slot("dialogue_stack", []),
    action("action_check"),
    slot("amount", 60.0),
    slot("confirmed", None),
)
RESET = turn(
    user("done", "calm"),
    slot("topic", "cards"),
    action("action_reset_routing"),
    slot("attempts", 3),
    loop(None),
    slot("language", "en"),
    slot("route_session_to_calm", None, release={"reason": "x", "reset": True}),
)


@pytest.mark.parametrize(
    ("expected", "given"),
    [
        (50, 50.0),
        ("50", 50.0),
        (50, "50"),
        (0.3, 0.1 + 0.2),
        (True, "true"),
        ("false", False),
        ("Anna", "Anna"),
        (None, None),
        ([1, "a"], (1.0, "a")),
        ({"a": [True]}, {"a": ["true"]}),
    ],
)
def test_values_that_yaml_writes_alike_are_the_same(expected: object, given: object) -> None:
    assert same_value(expected, given)
    assert same_value(given, expected)


@pytest.mark.parametrize(
    ("expected", "given"),
    [
        (1, True),
        (0, False),
        ("1", True),
        ("Anna", "anna"),
        ("50.0", "50"),
        (None, "null"),
        (None, ""),
        (None, False),
        ([1], [1, 2]),
        ({"a": 1}, {"b": 1}),
        ("[1]", [1]),
        (50, 51),
    ],
)
def test_values_that_it_doesnt_are_not(expected: object, given: object) -> None:
    assert not same_value(expected, given)
    assert not same_value(given, expected)


@pytest.mark.parametrize(
    "text",
    [
        "slot_was_set: [{name: recipient}]",
        "slot_was_set: [{name: amount, value: 50}]",
        "slot_was_set: [{name: amount, value: '60'}, {name: recipient, value: Anna}]",
        "slot_was_set: [{name: confirmed, value: null}]",
        "slot_was_set: {name: recipient}",
        "slot_was_set: recipient",
        "slot_was_not_set: [{name: confirmed}]",
        "slot_was_not_set: [{name: amount, value: 70}, {name: other}]",
        "slot_was_not_set: [{name: route_session_to_calm}]",
    ],
)
def test_what_the_events_say_passes(text: str) -> None:
    assert outcome(text, TURN).status == "passed"


@pytest.mark.parametrize(
    ("text", "words"),
    [
        (
            "slot_was_set: [{name: amount, value: 70}]",
            'amount was set to 50.0, then 60.0; set: recipient = "Anna"',
        ),
        (
            "slot_was_set: [{name: confirmed}]",
            'confirmed was set to null; set: recipient = "Anna", amount = 60.0',
        ),
        (
            "slot_was_set: [{name: recipiant}, {name: amount}]",
            'recipiant wasn\'t set; set: recipient = "Anna", amount = 60.0',
        ),
        ("slot_was_not_set: [{name: amount}]", "amount was set to 50.0; amount was set to 60.0"),
        ("slot_was_not_set: [{name: amount, value: 50}]", "amount was set to 50.0"),
        ("slot_was_not_set: [{name: confirmed, value: null}]", "confirmed was set to null"),
    ],
)
def test_what_they_dont_say_fails_with_what_they_do(text: str, words: str) -> None:
    assert got(text, TURN) == words


def test_a_value_from_before_isnt_one_that_was_set() -> None:
    kept = replace(turn(user("hi")), slots={"amount": 50.0})
    words = "amount wasn't set (it was 50.0 before)"
    assert got("slot_was_set: [{name: amount, value: 50}]", kept) == words
    assert got("slot_was_set: [{name: name}]", turn(user("hi"))) == "name wasn't set"


def test_what_a_reset_gives_back_isnt_set_unless_the_value_is_asked_for() -> None:
    assert got("slot_was_set: [{name: attempts}]", RESET).startswith("attempts was set to 3")
    assert outcome("slot_was_not_set: [{name: attempts}, {name: language}]", RESET).got == ""
    assert outcome("slot_was_set: [{name: attempts, value: 3}]", RESET).status == "passed"
    assert outcome("slot_was_set: [{name: topic}]", RESET).status == "passed"


def test_only_what_comes_behind_the_position_counts() -> None:
    behind = Moment(after=4)
    assert outcome("slot_was_set: [{name: amount}]", TURN).position == 2
    assert outcome("slot_was_set: [{name: amount}]", TURN, behind).position == 5
    assert got("slot_was_set: [{name: amount, value: 50}]", TURN, behind) == (
        "amount was set to 60.0"
    )
    assert outcome("slot_was_not_set: [{name: recipient}]", TURN, behind).status == "passed"


def test_the_position_of_several_slots_is_that_of_the_last() -> None:
    both = "slot_was_set: [{name: amount, value: 60}, {name: recipient}]"
    assert outcome(both, TURN).position == 5


@pytest.mark.parametrize(
    "text",
    [
        "slot_was_set: recipient",
        "slot_was_set: {recipient: Anna}",
        "slot_was_set: [recipient, {amount: 50}, {amount: 60}]",
        "slot_was_set: [{confirmed: null}]",
        "slot_was_set: {recipient: Anna, amount: 60}",
        "slot_was_set: [{name: amount, value: 50}]",
        "slot_was_not_set: [confirmed, {amount: 70}]",
    ],
)
def test_steps_of_the_older_style_say_the_same(text: str) -> None:
    [check] = steps(f"- {text}")
    assert made(check, TURN).status == "passed"
    assert check.value.is_plain


def test_in_the_older_style_a_slot_may_be_called_name() -> None:
    [check] = steps("- slot_was_set: [{name: Anna}]")
    assert made(check, turn(user("hi"), slot("name", "Anna"))).status == "passed"
    assert made(check, TURN).got.startswith("name wasn't set")


def test_slots_are_named_with_their_places() -> None:
    text = "- slot_was_set:\n    - name: a\n    - value: 1\n      name: b"
    assert named(text) == [("slot", "a", 2), ("slot", "b", 4)]
    older = "- slot_was_not_set:\n    - a\n    - b: 1"
    assert named(older, STEP_CHECKS) == [("slot", "a", 2), ("slot", "b", 3)]
