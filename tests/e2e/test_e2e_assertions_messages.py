"""What the bot says, and doesn't, and which actions run."""

import pytest
from asserting import got, made, named, outcome, says, steps
from observed_events import action, turn, user

from router.e2e.assertions.base import Moment

ASKS = says("Now or tomorrow?", "utter_ask_when", ("Now", "/now"), ("Tomorrow", "/tomorrow"))
TURN = turn(
    user("send 50"),
    action("utter_ok"),
    says("Right.", "utter_ok"),
    action("action_quote"),
    says("It costs 2 euros. Done?"),
    action("utter_ask_when"),
    ASKS,
)
BUTTONS = "buttons: [{title: Now, payload: /now}, {title: Tomorrow, payload: /tomorrow}]"


@pytest.mark.parametrize(
    "text",
    [
        "bot: Right.",
        "bot: ' Right.\n\n'",
        "utter: utter_ask_when",
        "bot_uttered: {utter_name: utter_ok}",
        r"bot_uttered: {text_matches: 'costs \d+ euros'}",
        f"bot_uttered: {{{BUTTONS}}}",
        f"bot_uttered: {{utter_name: utter_ask_when, text_matches: ^Now, {BUTTONS}}}",
        "bot_uttered: {buttons: [{title: Now}, {title: Tomorrow}]}",
        "bot_uttered: {utter_name: utter_ok, buttons: []}",
        "bot_did_not_utter: {utter_name: utter_bye}",
        "bot_did_not_utter: {utter_name: utter_ok, text_matches: costs}",
        "bot_did_not_utter: {buttons: [{title: Now, payload: /now}]}",
        "action_executed: action_quote",
        "action_executed: utter_ok",
        "action_executed: action_listen",
        "action: action_quote",
    ],
)
def test_one_that_is_all_that_is_asked_for_passes(text: str) -> None:
    assert outcome(text, TURN).status == "passed"


ALL = '"Right." (utter_ok); "It costs 2 euros. Done?"; "Now or tomorrow?" (utter_ask_when)'


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("bot: Right", ALL),
        (
            "bot: It costs 3 euros. Done?",
            '"It costs 2 euros. Done?"; "Right." (utter_ok); "Now or tomorrow?" (utter_ask_when)',
        ),
        (
            "utter: utter_ask_who",
            '"Now or tomorrow?" (utter_ask_when); "Right." (utter_ok); "It costs 2 euros. Done?"',
        ),
        (
            "bot_uttered: {utter_name: utter_ok, text_matches: costs}",
            '"Right." (utter_ok) doesn\'t match "costs"; also said: "It costs 2 euros. Done?"; '
            '"Now or tomorrow?" (utter_ask_when)',
        ),
        (
            "bot_uttered: {text_matches: tomorrow, buttons: [{title: Now, payload: /now}]}",
            '"Now or tomorrow?" (utter_ask_when) has the buttons [Now -> /now] '
            '[Tomorrow -> /tomorrow]; also said: "Right." (utter_ok); "It costs 2 euros. Done?"',
        ),
        (
            "bot_uttered: {text_matches: costs, utter_name: utter_price}",
            '"It costs 2 euros. Done?" comes from no response; also said: '
            '"Right." (utter_ok); "Now or tomorrow?" (utter_ask_when)',
        ),
        ("bot_did_not_utter: {utter_name: utter_ok}", 'the bot said "Right." (utter_ok)'),
        ("bot_did_not_utter: {text_matches: '[?]$'}",
         'the bot said "It costs 2 euros. Done?"; "Now or tomorrow?" (utter_ask_when)'),
        ("action_executed: action_quota", "executed: action_quote, utter_ok, utter_ask_when"),
    ],
)  # fmt: skip
def test_one_that_isnt_fails_with_what_there_was(text: str, words: str) -> None:
    assert got(text, TURN) == words


def test_silence_is_told_as_such() -> None:
    silent = turn(user("hi"))
    assert got("bot: Hello", silent) == "the bot said nothing"
    assert got("bot_uttered: {utter_name: utter_x}", silent) == "the bot said nothing"
    assert got("action: action_x", silent) == "no action was executed"
    assert outcome("bot_did_not_utter: {text_matches: .}", silent).status == "passed"


def test_a_message_without_text_is_told_by_what_it_has() -> None:
    image = {"event": "bot", "text": None, "data": {"image": "http://x/y.png"}, "metadata": {}}
    assert got("bot: Hello", turn(user("hi"), image)) == "image"


@pytest.mark.parametrize(
    "buttons",
    [
        "[{title: Tomorrow, payload: /tomorrow}, {title: Now, payload: /now}]",
        "[{title: Now, payload: /now}]",
        "[{title: Now, payload: /now}, {title: Tomorrow, payload: /later}]",
        "[{title: now, payload: /now}, {title: Tomorrow, payload: /tomorrow}]",
        "[]",
    ],
)
def test_buttons_match_by_number_order_title_and_payload(buttons: str) -> None:
    assert outcome(f"bot_uttered: {{utter_name: utter_ask_when, buttons: {buttons}}}", TURN).got


def test_only_what_comes_behind_the_position_counts() -> None:
    assert outcome("bot_uttered: {utter_name: utter_ok}", TURN).position == 2
    assert got("bot_uttered: {utter_name: utter_ok}", TURN, Moment(after=4)) == (
        '"Now or tomorrow?" (utter_ask_when)'
    )
    assert outcome("bot_did_not_utter: {utter_name: utter_ok}", TURN, Moment(after=2)).got == ""
    assert outcome("action_executed: utter_ok", TURN, Moment(after=1)).status == "failed"


def test_control_characters_and_many_messages_stay_readable() -> None:
    many = turn(user("hi"), *[says(f"no {number}\a\n") for number in range(8)])
    assert got("bot: none", many) == (
        r'"no 0\u0007\n"; "no 1\u0007\n"; "no 2\u0007\n"; "no 3\u0007\n"; "no 4\u0007\n"; '
        "and 3 more"
    )


def test_responses_and_actions_are_named_with_their_places() -> None:
    text = "- bot_uttered:\n    text_matches: a\n    utter_name: utter_x"
    assert named(text) == [("response", "utter_x", 3)]
    assert named("- bot_did_not_utter: {utter_name: utter_x}") == [("response", "utter_x", 1)]
    assert named("- utter: utter_x") == [("response", "utter_x", 1)]
    assert named("- action: action_x") == [("action", "action_x", 1)]
    assert named("- bot: utter_x") == []


def test_the_steps_of_the_older_style_are_the_same_checks() -> None:
    bot, utter, act = steps("- bot: Right.\n- utter: utter_ok\n- action: utter_ok")
    assert [made(each, TURN).position for each in (bot, utter, act)] == [2, 2, 1]


@pytest.mark.parametrize("name", ["bot_uttered", "bot_did_not_utter"])
def test_an_expression_that_takes_too_long_fails_and_says_so(name, monkeypatch):
    monkeypatch.setattr("router.e2e.assertions.patterns.PATTERN_SECONDS", 0.05)
    long = turn(user("hi"), says("a" * 40 + "b"))
    found = outcome(f"{name}: {{text_matches: '(a|a)+$c'}}", long)
    assert found.status == "failed" and "took too long" in found.got


@pytest.mark.parametrize(
    ("pattern", "status"), [(r"\p{Lu}\w++ \d", "passed"), ("[[:upper:]]{2}", "failed")]
)
def test_an_expression_is_read_by_the_engine_that_seeks_it(pattern: str, status: str) -> None:
    found = outcome(
        f"bot_uttered: {{text_matches: '{pattern}'}}", turn(user("hi"), says("Costs 5"))
    )
    assert found.status == status
