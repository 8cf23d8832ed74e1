"""Whatever is written: only known names come out, in bounded time, and nothing raises."""

import time

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from router.dialogue.commands import (
    CancelFlow,
    CannotHandle,
    ChitChat,
    Clarify,
    HumanHandoff,
    Knowledge,
    RepeatBotMessages,
    SetSlot,
    SkipQuestion,
    StartFlow,
)
from router.flows.assistant import Assistant
from router.flows.model import Flow
from router.flows.slots import SlotSpec
from router.understanding.command_language import (
    MAX_COMMANDS,
    command_as_text,
    parse_commands,
    unreadable_lines,
)
from router.understanding.command_syntax import MAX_VALUE_CHARACTERS

FLOWS = ("flow", "pay", "cancel", "flows", "pattern_x", "Überweisung")
SLOTS = {
    "slot": SlotSpec("slot", "text"),
    "city": SlotSpec("city", "any"),
    "flow_name": SlotSpec("flow_name", "text"),
    "amount": SlotSpec("amount", "float"),
    "sure": SlotSpec("sure", "bool"),
    "level": SlotSpec("level", "categorical", values=("gold", "a.")),
}
ASSISTANT = Assistant(flows={flow: Flow(flow, "d", ()) for flow in FLOWS}, slots=SLOTS)
STARTABLE = set(FLOWS) - {"pattern_x"}
FIXED = (CancelFlow, SkipQuestion, ChitChat, Knowledge, HumanHandoff, RepeatBotMessages)

PIECES = st.sampled_from(
    [
        *("StartFlow(", "SetSlot(", "Clarify(", "CancelFlow()", "start ", "flow ", "set ", "slot "),
        *("clarify ", "disambiguate flows ", "skip", "hand over", "none", "town", "false"),
        *(", ", ")", "(", "\n", "\r", "\t", " ", "- ", "* ", "1. ", "```", "**", ".", ";", "\\"),
        *('"', "'", "`", "“", "”", "„", "«", "»", "\u2018", "\u2019", "\x00", "\x85", "\u2028"),
        *FLOWS,
        *SLOTS,
    ]
)
ANYTHING = st.lists(PIECES | st.text(max_size=3), max_size=30).map("".join)
VALUES = st.text(max_size=40) | ANYTHING
COMMANDS = st.one_of(
    st.sampled_from(sorted(STARTABLE)).map(StartFlow),
    st.builds(SetSlot, st.sampled_from(["slot", "city", "flow_name"]), VALUES | st.none()),
    st.lists(st.sampled_from(sorted(STARTABLE)), min_size=1, unique=True).map(
        lambda options: Clarify(tuple(options))
    ),
    st.sampled_from([kind() for kind in (*FIXED, CannotHandle)]),
)


def check_any_text(text: str) -> None:
    commands = parse_commands(text, ASSISTANT)
    assert len(commands) == len(set(commands)) <= MAX_COMMANDS
    for command in commands:
        if isinstance(command, StartFlow):
            assert command.flow in STARTABLE
        elif isinstance(command, Clarify):
            assert command.options
            assert set(command.options) <= STARTABLE
        elif isinstance(command, SetSlot):
            assert command.slot in SLOTS
            assert command.source == "llm"
            assert command.value is None or len(command.value) <= MAX_VALUE_CHARACTERS
        else:
            assert command in {kind() for kind in (*FIXED, CannotHandle)}
    for line in unreadable_lines(text, ASSISTANT):
        assert line.nearest != line.text


def check_round_trip(commands: list, compact: bool) -> None:
    lines = [command_as_text(command, compact) for command in commands]
    assert not any(mark in line for line in lines for mark in "\r\n")
    text = "\n".join(lines)
    assert parse_commands(text, ASSISTANT) == list(dict.fromkeys(commands))
    assert unreadable_lines(text, ASSISTANT) == []


@settings(max_examples=300, deadline=None)
@given(ANYTHING | st.text(max_size=200))
@example("set slot city \ud800")
def test_any_text_gives_commands_of_this_assistant_and_never_raises(text):
    check_any_text(text)


@settings(max_examples=200, deadline=None)
@given(st.lists(COMMANDS, max_size=5), st.booleans())
@example([SetSlot("city", "'x"), SetSlot("slot", "y'")], True)
@example([SetSlot("city", "'x\ny'*")], True)
def test_commands_survive_being_written_and_read_in_both_spellings(commands, compact):
    check_round_trip(commands, compact)


@settings(max_examples=200, deadline=None)
@given(ANYTHING, st.booleans())
def test_what_the_user_writes_stays_a_value_when_it_is_quoted(words, compact):
    text = command_as_text(SetSlot("city", f"\n{words}\n"), compact)
    assert parse_commands(text, ASSISTANT) == [SetSlot("city", f"\n{words}\n")]


@settings(max_examples=200, deadline=None)
@given(
    st.lists(
        st.text(st.characters(exclude_characters='"\\\r\n'))
        | COMMANDS.map(lambda command: command_as_text(command).replace('"', "").replace("\\", "")),
        min_size=1,
    )
)
def test_no_line_of_the_user_within_double_quotes_becomes_a_command(lines):
    text = 'SetSlot(city, "' + "\n".join(lines) + '")'
    assert parse_commands(text, ASSISTANT) == [SetSlot("city", "\n".join(lines))]


@pytest.mark.fuzz
@pytest.mark.slow
@pytest.mark.timeout(3600)
@settings(max_examples=100_000, deadline=None)
@given(ANYTHING | st.text(max_size=200))
def test_a_hundred_thousand_texts_give_commands_of_this_assistant(text):
    check_any_text(text)


@pytest.mark.fuzz
@pytest.mark.slow
@pytest.mark.timeout(3600)
@settings(max_examples=100_000, deadline=None)
@given(st.lists(COMMANDS, max_size=3), st.booleans())
def test_a_hundred_thousand_lists_of_commands_survive_being_written_and_read(commands, compact):
    check_round_trip(commands, compact)


UNITS = [
    *("a", " ", "\n", "\t", "(", ")", "\\", '"', "'", "`", "“", "*", "-", "- ", "1.", ",", "\x00"),
    *("SetSlot(", "SetSlot(city,", "SetSlot(city, \"", "StartFlow(", "start ", "set ", "set slot "),
    *("set city 'x\n", 'set city "x\n', 'set city "x"\n', "SetSlot(city, x\n", "x'\n", "1) "),
    *("clarify ", "pay ", "pay, ", "cancel flow\n", ") ;", "), SetSlot(", "\\\"", "\u2028", "😀"),
    *("set slot amount 1", "what is this\n", "disambiguate flows ", "```\n", "start flow pya\n"),
]  # fmt: skip
STARTS = [
    "SetSlot(city, ",
    'SetSlot(city, "',
    "set slot city '",
    "set amount 1",
    "Clarify(pay",
    "start flow p",
]


def seconds_for(text: str) -> float:
    before = time.process_time()
    check_any_text(text)
    return time.process_time() - before


@pytest.mark.parametrize("unit", UNITS)
def test_a_megabyte_of_anything_takes_no_time(unit):
    assert seconds_for(unit * (1_000_000 // len(unit))) < 5


@pytest.mark.parametrize("start", STARTS)
@pytest.mark.parametrize("unit", UNITS)
def test_a_command_that_goes_on_and_on_takes_no_time(start, unit):
    assert seconds_for(start + unit * (100_000 // len(unit)) + ")") < 1


@pytest.mark.parametrize("depth", [10, 100_000])
def test_deep_nesting_is_one_value(depth):
    value = "(" * depth + ")" * depth
    expected = [SetSlot("city", value[:MAX_VALUE_CHARACTERS])]
    assert parse_commands(f"SetSlot(city, {value})", ASSISTANT) == expected
    assert parse_commands("StartFlow(" * depth + "pay" + ")" * depth, ASSISTANT) == []
