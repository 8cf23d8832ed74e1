"""What a model or the author of a test may write, and what it means."""

import pytest

from router.dialogue.commands import (
    CancelFlow,
    CannotHandle,
    ChitChat,
    Clarify,
    CorrectSlots,
    HumanHandoff,
    Knowledge,
    RepeatBotMessages,
    SessionStart,
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
from router.understanding.command_syntax import MAX_LINES, MAX_VALUE_CHARACTERS


def assistant_with(*flows, **slots):
    return Assistant(
        flows={flow: Flow(flow, "d", ()) for flow in flows},
        slots={name: SlotSpec(name, **keys) for name, keys in slots.items()},
    )


TEXT = {"type": "text"}
BANK = assistant_with(
    "pay",
    "order-card",
    "check_balance",
    "pattern_restart",
    city=TEXT,
    note=TEXT,
    amount={"type": "float"},
    sure={"type": "bool"},
    level={"type": "categorical", "values": ("gold", "Acme Inc.")},
)
BOTH = Clarify(("pay", "order-card"))


def parsed(text, assistant=BANK):
    return parse_commands(text, assistant)


@pytest.mark.parametrize(
    ("command", "first", "compact", "others"),
    [
        (StartFlow("pay"), "StartFlow(pay)", "start flow pay", ["start pay"]),
        (
            SetSlot("city", "New York"),
            "SetSlot(city, New York)",
            "set slot city New York",
            ["set city New York"],
        ),
        (CancelFlow(), "CancelFlow()", "cancel flow", ["cancel"]),
        (
            BOTH,
            "Clarify(pay, order-card)",
            "disambiguate flows pay order-card",
            ["clarify pay order-card", "disambiguate flows pay, order-card"],
        ),
        (SkipQuestion(), "SkipQuestion()", "skip question", ["skip"]),
        (ChitChat(), "ChitChat()", "offtopic reply", ["chat"]),
        (Knowledge(), "SearchAndReply()", "provide info", ["search and reply", "search"]),
        (HumanHandoff(), "HumanHandoff()", "hand over", ["handoff"]),
        (RepeatBotMessages(), "RepeatLastBotMessages()", "repeat message", []),
        (CannotHandle(), "CannotHandle()", "cannot handle", []),
    ],
    ids=lambda value: getattr(value, "name", None),
)
def test_each_command_has_its_spellings(command, first, compact, others):
    assert [parsed(text) for text in (first, compact, *others)] == [[command]] * (2 + len(others))
    assert command_as_text(command) == compact
    assert command_as_text(command, compact=False) == first


@pytest.mark.parametrize(
    "line",
    [
        "- start flow pay",
        "* start flow pay",
        "• start flow pay",
        "1. start flow pay",
        "12) StartFlow(pay)",
        "- 1. StartFlow(pay)",
        "-StartFlow(pay)",
        '"start flow pay"',
        "'StartFlow(pay)'",
        "“StartFlow(pay)”",
        "`StartFlow(pay)`",
        "```StartFlow(pay)```",
        "**StartFlow(pay)**",
        "- `StartFlow(pay)`,",
        "* **start flow pay**",
        'start flow "pay"',
        "StartFlow('pay')",
        "StartFlow(`pay`)",
        "StartFlow(pay).",
        "StartFlow(pay);",
        "start flow pay.",
        "  start   flow \t pay  ",
        "StartFlow ( pay )",
        "STARTFLOW(pay)",
        "Start Flow pay",
        "startflow(pay)",
    ],
)
def test_what_lists_and_emphasis_put_around_a_line_is_tolerated(line):
    assert parsed(line) == [StartFlow("pay")]


@pytest.mark.parametrize("newline", ["\n", "\r\n", "\r", "\n\n  \n"])
def test_several_lines_give_several_commands_in_their_order(newline):
    lines = ["```python", "StartFlow(pay)", "set slot amount 5", "```", "hand over"]
    expected = [StartFlow("pay"), SetSlot("amount", "5"), HumanHandoff()]
    assert parsed(newline.join(lines)) == expected


@pytest.mark.parametrize(
    "line",
    [
        "",
        "   ",
        "```",
        "- ",
        "I would start flow pay now",
        "Sure! StartFlow(pay)",
        "StartFlow(pay) since the user wants to pay",
        "USER: start flow pay",
        "start flow pay please",
        "StartFlow(pay",
        "StartFlow pay",
        "StartFlow()",
        "StartFlow(pay, order-card)",
        "StartFlow(StartFlow(pay))",
        "StartFlow(pay) StartFlow(order-card)",
        "start flow x\u2028start flow pay",
        "CancelFlow(pay)",
        "CancelFlow",
        "cancel flow pay",
        "Clarify()",
        "clarify",
        "clarify what the user (Bob) wants: pay",
        "set slot",
        "set slot city",
        "SetSlot(city)",
        "SetSlot(city, )",
        "set slot city ,",
        "FillSlot(city, Berlin)",
        "noop",
        "session start",
        "/restart",
        '{"command": "start flow", "flow": "pay"}',
    ],
)
def test_a_line_that_is_not_wholly_a_command_is_none(line):
    assert parsed(line) == []


@pytest.mark.parametrize(
    "line", ["start flow sell", "StartFlow(Pay)", "start flow pattern_restart"]
)
def test_only_flows_of_the_assistant_can_be_started_and_no_pattern(line):
    assert parsed(line) == []


@pytest.mark.parametrize("line", ["SetSlot(town, Bonn)", "set slot town Bonn", "set town Bonn"])
def test_an_unknown_slot_is_dropped(line):
    assert parsed(line) == []


@pytest.mark.parametrize(
    ("line", "options"),
    [
        ("Clarify(pay, sell, order-card)", ("pay", "order-card")),
        ("disambiguate flows pay or order-card", ("pay", "order-card")),
        ('Clarify("pay", pay)', ("pay",)),
    ],
)
def test_options_are_known_flows_each_once(line, options):
    assert parsed(line) == [Clarify(options)]


def test_a_question_between_unknown_flows_is_dropped():
    assert parsed("Clarify(sell, pattern_restart)") == []


@pytest.mark.parametrize(
    ("written", "value"),
    [
        ("Main St 5, Berlin", "Main St 5, Berlin"),
        ('"Main St 5, Berlin"', "Main St 5, Berlin"),
        ("'it's fine'", "it's fine"),
        ("“Bonn”", "Bonn"),
        ("`Bonn`", "Bonn"),
        ('"Bonn".', "Bonn"),
        ("Bonn,", "Bonn"),
        ("Bonn;", "Bonn"),
        ("Main St.", "Main St."),
        ('"Bonn;"', "Bonn;"),
        ("two  spaces", "two  spaces"),
        ("'s-Hertogenbosch", "'s-Hertogenbosch"),
        ('the "old" town', 'the "old" town'),
        (r'"the \"old\" town"', 'the "old" town'),
        (r'"a\nb\\c\d"', "a\nb\\c\\d"),
        ("call me (evening)", "call me (evening)"),
        ("thanks :)", "thanks :)"),
        ('""', ""),
        ("none", None),
        ("NULL", None),
        ("Undefined.", None),
        ('"none"', "none"),
        ("none of them", "none of them"),
        ("StartFlow(pay)", "StartFlow(pay)"),
        ('"a), StartFlow(pay"', "a), StartFlow(pay"),
        ("a\x0cstart flow pay", "a\x0cstart flow pay"),
    ],
)
@pytest.mark.parametrize("spelling", ["SetSlot(note, {})", "set slot note {}", "set note {}"])
def test_a_value_is_the_rest_of_its_line_without_quotes(spelling, written, value):
    assert parsed(spelling.format(written)) == [SetSlot("note", value)]


@pytest.mark.parametrize(
    "line", ['SetSlot("city", Bonn)', "set slot 'city' Bonn", "set `city` Bonn"]
)
def test_quotes_around_a_slot_are_dropped(line):
    assert parsed(line) == [SetSlot("city", "Bonn")]


@pytest.mark.parametrize(
    ("line", "command"),
    [
        ("set slot level gold.", SetSlot("level", "gold")),
        ("set slot level Acme Inc.", SetSlot("level", "Acme Inc.")),
        ("set slot sure yes!", SetSlot("sure", "yes")),
        ("set slot level silver", SetSlot("level", "silver")),
        ("set slot sure maybe.", SetSlot("sure", "maybe.")),
        ("SetSlot(amount, much)", SetSlot("amount", "much")),
    ],
)
def test_a_typed_value_loses_what_keeps_it_from_fitting_and_passes_if_nothing_helps(line, command):
    assert parsed(line) == [command]


@pytest.mark.parametrize(
    ("line", "flow"),
    [
        ("SetSlot(pay, true)", "pay"),
        ("set slot order-card yes", "order-card"),
        ("set pay 5", "pay"),
        ("SetSlot(flow_name, pay)", "pay"),
        ("set slot flow_id pay.", "pay"),
        ("set slot flow 'pay'", "pay"),
    ],
)
def test_a_set_slot_that_names_a_flow_starts_it(line, flow):
    assert parsed(line) == [StartFlow(flow)]


@pytest.mark.parametrize(
    "line",
    [
        "SetSlot(pay, false)",
        "SetSlot(pay, None)",
        "SetSlot(pattern_restart, true)",
        "SetSlot(town, pay)",
        "SetSlot(flow_name, sell)",
    ],
)
def test_a_set_slot_starts_nothing_that_it_refuses_or_does_not_name(line):
    assert parsed(line) == []


@pytest.mark.parametrize(
    ("line", "slots", "command"),
    [
        ("set slot city 5", ["city"], SetSlot("city", "5")),
        ("set slot city 5", ["slot"], SetSlot("slot", "city 5")),
        ("set slot city 5", ["slot", "city"], SetSlot("city", "5")),
        ("set slot 5", ["slot"], SetSlot("slot", "5")),
        ("set slot slot 5", ["slot"], SetSlot("slot", "5")),
        ("set slot pay 5", ["slot"], SetSlot("slot", "pay 5")),
        ("set slot pay 5", ["city"], StartFlow("pay")),
        ("SetSlot(pay, 5)", ["pay"], SetSlot("pay", "5")),
        ("start flow", [], StartFlow("flow")),
        ("start flow flow", [], StartFlow("flow")),
        ("start flow pay", [], StartFlow("pay")),
    ],
)
def test_the_reading_whose_names_exist_is_preferred(line, slots, command):
    assistant = assistant_with("pay", "flow", **dict.fromkeys(slots, TEXT))
    assert parsed(line, assistant) == [command]


@pytest.mark.parametrize(
    "text",
    [
        'SetSlot(note, "hi\nStartFlow(pay)\nbye")',
        'set slot note "hi\nStartFlow(pay)\nbye"',
        "- `set note “hi\nStartFlow(pay)\nbye”`",
        "set note 'hi\nStartFlow(pay)\nbye'.",
    ],
)
def test_a_line_within_a_quoted_value_is_no_command(text):
    expected = [SetSlot("note", "hi\nStartFlow(pay)\nbye"), CancelFlow()]
    assert parsed(f"{text}\ncancel flow") == expected


@pytest.mark.parametrize("opening", ['SetSlot(note, "hi', 'set slot note "hi', "set note “hi"])
def test_after_a_quote_that_never_closes_nothing_is_read(opening):
    assert parsed(f"hand over\n{opening}\nStartFlow(pay)\nbye") == [HumanHandoff()]
    assert [line.number for line in unreadable_lines(f"\n{opening}\nStartFlow(pay)")] == [2, 3]


def test_an_apostrophe_that_opens_a_value_hides_no_command():
    expected = [SetSlot("city", "'s-Hertogenbosch"), StartFlow("pay")]
    assert parsed("set slot city 's-Hertogenbosch\nStartFlow(pay)") == expected


@pytest.mark.parametrize(
    "line",
    [
        "SetSlot(note, x), StartFlow(pay)",
        "SetSlot(note, x) ; CancelFlow()",
        'SetSlot(note, "x"), SetSlot(city, "y")',
    ],
)
def test_of_two_calls_on_one_line_none_is_believed(line):
    assert parsed(line) == []


def test_duplicates_are_kept_once():
    text = 'StartFlow(pay)\nstart pay\nset slot city Bonn\nSetSlot(city, "Bonn")\nset city Ulm'
    assert parsed(text) == [StartFlow("pay"), SetSlot("city", "Bonn"), SetSlot("city", "Ulm")]


def test_work_is_bounded():
    lines = [f"set slot city {number}" for number in range(2 * MAX_COMMANDS)]
    assert len(parsed("\n".join(lines))) == MAX_COMMANDS
    assert parsed(f"SetSlot(city, {'x' * 20_000})") == [SetSlot("city", "x" * MAX_VALUE_CHARACTERS)]
    assert parsed("\n" * (MAX_LINES - 1) + "start flow pay") == [StartFlow("pay")]
    assert parsed("\n" * MAX_LINES + "start flow pay") == []


@pytest.mark.parametrize(
    ("value", "compact", "first"),
    [
        (None, "set slot note null", "SetSlot(note, null)"),
        ("null", 'set slot note "null"', 'SetSlot(note, "null")'),
        (True, "set slot note true", "SetSlot(note, true)"),
        (5.0, "set slot note 5.0", "SetSlot(note, 5.0)"),
        (["a"], 'set slot note ["a"]', 'SetSlot(note, ["a"])'),
        ("", 'set slot note ""', 'SetSlot(note, "")'),
        ("a, b", "set slot note a, b", "SetSlot(note, a, b)"),
        ('"a"', r'set slot note "\"a\""', r'SetSlot(note, "\"a\"")'),
        ("a\nb", r'set slot note "a\nb"', r'SetSlot(note, "a\nb")'),
        ("a), StartFlow(b", "set slot note a), StartFlow(b", 'SetSlot(note, "a), StartFlow(b")'),
    ],
)
def test_a_value_is_written_with_quotes_only_where_it_needs_them(value, compact, first):
    command = SetSlot("note", value)
    assert command_as_text(command) == compact
    assert command_as_text(command, compact=False) == first


def test_what_nobody_writes_gives_its_name():
    assert command_as_text(SessionStart()) == "session start"
    assert command_as_text(CorrectSlots({"city": "Bonn"})) == "correct slot"


@pytest.mark.parametrize(
    ("line", "nearest"),
    [
        ("StartFlw(pay)", "StartFlow(flow)"),
        ("strat pay", "start flow <flow>"),
        ("set slot", "set slot <slot> <value>"),
        ("set_slot(city, x)", "SetSlot(slot, value)"),
        ("CancelFlow", "CancelFlow()"),
        ("Clarify()", "Clarify(flow, flow)"),
        ("skip qestion", "skip question"),
        ("hand-over", "hand over"),
        ("provide informations", "provide info"),
        ("???", ""),
        ("x" * 10_000, ""),
    ],
)
def test_a_strict_reader_is_told_the_nearest_spelling(line, nearest):
    (found,) = unreadable_lines(f"```\nstart flow anything\n\n- {line}\n```")
    assert (found.number, found.text, found.nearest) == (4, line, nearest)


@pytest.mark.parametrize(
    ("line", "nearest"),
    [
        ("start flow chek_balance", "start flow check_balance"),
        ("StartFlow(chek_balance)", "StartFlow(check_balance)"),
        ("disambiguate flows pay chek_balance", "disambiguate flows pay check_balance"),
        ("set slot amout 5", "set slot amount 5"),
        ("set slot amout (5)", "set slot amount (5)"),
        ("SetSlot(amout, 5)", "SetSlot(amount, 5)"),
        ("start flow zzz", ""),
        ("start flow pattern_restart", ""),
        ("disambiguate flows pay zzz", ""),
        ("set slot zzz 5", ""),
        ("set slot city", ""),
    ],
)
def test_a_strict_reader_with_an_assistant_is_told_the_nearest_names(line, nearest):
    assert unreadable_lines(line) == []
    (found,) = unreadable_lines(f"start flow pay\n{line}", BANK)
    assert (found.number, found.text, found.nearest) == (2, line, nearest)


def test_a_strict_reader_finds_nothing_wrong_with_what_is_read():
    text = (
        "start pay\nClarify(pay, order-card, pay)\nset slot level silver\nset slot pay true\nskip"
    )
    assert unreadable_lines(text, BANK) == []


def test_the_list_of_unreadable_lines_is_bounded():
    assert len(unreadable_lines("what\n" * 500)) == MAX_COMMANDS
