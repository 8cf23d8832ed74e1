"""The language of conditions, in tables of what each one says of given slots."""

import copy
import logging
import pickle
import subprocess
import sys
import time
from types import MappingProxyType

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from router.errors import InvalidCondition
from router.flows.conditions import EMPTY, Condition, LiteralComparison, parse_condition

SLOTS = MappingProxyType(
    {
        "amount": 10,
        "zero": 0,
        "rate": 2.5,
        "text_ten": "10",
        "name": "Ada",
        "blank": "",
        "yes": True,
        "no": False,
        "text_true": "True",
        "none": None,
        "colours": ["Red", "blue", 3],
        "nothing": [],
        "address": {"city": "Bonn", "geo": {"lat": 50.7}},
        "colour": "RED",
        "other_colour": "red",
        "quoted": 'say "hi"',
        "2fa": "on",
        "größe": 5,
    }
)
CONTEXT = MappingProxyType(
    {
        "reason": "clarify",
        "collect": "amount",
        "none": None,
        "a": {"b": {"c": 7}},
        "name": "Ada",
        "attack": "x' or true or '",
        "second_attack": "amount or true",
        "quote": "O'Neil",
    }
)
CATEGORICAL = frozenset({"colour"})

HOLDS = [
    # literals and bare names
    "True",
    "true",
    "TRUE",
    "not False",
    "slots.yes",
    "slots.amount",
    "slots.name",
    "not slots.no",
    "not slots.zero",
    "not slots.blank",
    "not slots.missing",
    "not not slots.yes",
    "NOT slots.no AND slots.yes",
    # numbers
    "slots.amount = 10",
    "slots.amount == 10.0",
    "slots.amount is 1e1",
    "slots.amount is not 11",
    "slots.amount != 11",
    "slots.amount > 9",
    "slots.amount >= 10",
    "slots.amount < 10.5",
    "slots.amount <= 10",
    "slots.rate > -3",
    "slots.rate > .5",
    "slots.rate<+3.",
    "9 < slots.amount",
    "1 = 1",
    # texts
    "slots.name = 'Ada'",
    'slots.name = "Ada"',
    "slots.name != 'ada'",
    "slots.name < 'Bob'",
    r'slots.quoted = "say \"hi\""',
    r"slots.name = '\u0041da'",
    "slots.2fa = 'on'",
    "slots.größe = 5",
    # leniency of equality
    "slots.text_ten = 10",
    "slots.text_ten is 10.0",
    "slots.amount = '10'",
    "slots.name != 10",
    "slots.yes = 'true'",
    "slots.text_true = true",
    "slots.no = 'False'",
    "slots.name != true",
    # a boolean is no number
    "slots.yes != 1",
    "slots.no != 0",
    "slots.zero != false",
    # null and empty
    "slots.none = null",
    "slots.none is undefined",
    "slots.none is NONE",
    "slots.missing is null",
    "slots.amount is not null",
    "slots.no is not null",
    "slots.blank is not null",
    "slots.blank is empty",
    "slots.nothing is empty",
    "slots.none is not empty",
    "slots.zero is not empty",
    "slots.name is not empty",
    # one slot and another
    "slots.amount = slots.text_ten",
    "slots.rate < slots.amount",
    "slots.name = context.name",
    # contains
    "slots.colours contains 'blue'",
    "slots.colours contains 3",
    "not slots.colours contains 'red'",
    "slots.colours contains {'blue' 'Red'}",
    "not slots.colours contains {'blue' 'green'}",
    "slots.name contains 'da'",
    "not slots.name contains 'DA'",
    "slots.text_ten contains 1",
    "{'Ada' 'Bob'} contains slots.name",
    "{'Ada', 'Bob'} contains slots.name",
    "{1 2 10} contains slots.amount",
    "{1 2 10} contains slots.text_ten",
    "{'10'} contains slots.amount",
    "not {'ada'} contains slots.name",
    "not {} contains slots.name",
    "{null} contains slots.none",
    "{true} contains slots.yes",
    "not {1} contains slots.yes",
    "not slots.none contains 'x'",
    "slots.address contains 'city'",
    "'Ada Lovelace' contains slots.name",
    # matches
    "slots.name matches '^A'",
    "slots.name matches 'd'",
    "not slots.name matches '^d'",
    "slots.name matches '(?i)ADA'",
    r"slots.text_ten matches '^\d+$'",
    r'slots.quoted matches "\"hi\""',
    "not slots.none matches '.'",
    # categorical slots
    "slots.colour = 'red'",
    "slots.colour is 'Red'",
    "not slots.colour != 'red'",
    "not slots.colour is not 'red'",
    "'red' = slots.colour",
    "slots.colour = slots.other_colour",
    "slots.other_colour = slots.colour",
    "{'red'} contains slots.colour",
    "slots.colour contains 'ed'",
    "slots.colours contains slots.colour",
    "slots.other_colour != 'Red'",
    "context.reason != 'Clarify'",
    # paths
    "context.reason = 'clarify'",
    "context.a.b.c = 7",
    "context.a.x.c is null",
    "context.reason.x is null",
    "slots.address.city = 'Bonn'",
    "slots.address.geo.lat > 50",
    # precedence
    "slots.yes or slots.yes and slots.no",
    "not slots.no or slots.yes",
    "not slots.no and slots.yes",
    "not (slots.no or slots.none)",
    "slots.no and slots.no or slots.yes",
    "not (slots.no and (slots.no or slots.yes))",
    "not slots.amount = 11",
    "(slots.amount) > (9)",
    "(slots.amount > 9) = true",
    # spaces and comments
    "  slots.yes\n  and\tslots.yes  ",
    "slots.yes # as the customer said",
    "slots.amount>9 and(slots.yes)",
    # templates
    "slots.{{context.collect}} is not null",
    "slots.{{ context.collect }} > 9 and slots.yes",
    "slots.name = '{{context.name}}'",
    "slots.amount = {{slots.text_ten}}",
    "slots.none = {{context.none}}",
    "{% if context.reason %}slots.yes{% else %}slots.no{% endif %}",
    "{# said before #}slots.yes",
    "'O\\'Neil' = '{{context.quote}}'",
    "'x\\' or true or \\'' = '{{context.attack}}'",
]


@pytest.mark.parametrize("text", HOLDS)
def test_condition_holds_and_its_negation_does_not(
    text: str, caplog: pytest.LogCaptureFixture
) -> None:
    assert parse_condition(text).evaluate(SLOTS, CONTEXT, CATEGORICAL) is True
    if "#" not in text:
        assert parse_condition(f"not ({text})").evaluate(SLOTS, CONTEXT, CATEGORICAL) is False
    assert not caplog.records


CANNOT_BE_EVALUATED = [
    "slots.none > 3",
    "not (slots.none > 3)",
    "not slots.missing < 3",
    "slots.name > 3",
    "slots.text_ten > 3",
    "slots.amount > 'a'",
    "slots.yes > 0",
    "slots.colours < slots.nothing",
    "slots.yes and slots.none > 3",
    "slots.none > 3 or slots.yes",
    "slots.amount contains 1",
    "slots.name contains null",
    "slots.amount matches '1'",
    "not slots.amount matches '1'",
    "slots.name = '{{context.missing.value}}'",
    "slots.{{context.missing}} is null",
    "slots.{{context.second_attack}}",
    "slots.no or {{context.second_attack}}",
]


@pytest.mark.parametrize("text", CANNOT_BE_EVALUATED)
def test_what_cannot_be_evaluated_is_false_with_one_warning_that_keeps_values_secret(
    text: str, caplog: pytest.LogCaptureFixture
) -> None:
    slots = {**SLOTS, "name": "s3cret", "colours": ["s3cret"]}
    assert parse_condition(text).evaluate(slots, CONTEXT) is False
    (record,) = caplog.records
    assert (record.levelno, record.name) == (logging.WARNING, "router.flows.conditions")
    assert repr(text) in record.getMessage()
    assert "s3cret" not in record.getMessage()
    assert "amount or true" not in record.getMessage()


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("slots.no and slots.none > 3", False),
        ("slots.yes or slots.none > 3", True),
        ("not (slots.no and slots.none > 3)", True),
    ],
)
def test_a_joint_that_is_decided_tests_no_further(
    text: str, expected: bool, caplog: pytest.LogCaptureFixture
) -> None:
    assert parse_condition(text).evaluate(SLOTS, CONTEXT) is expected
    assert not caplog.records


REFUSED = [
    ("", 0, "write a condition"),
    ("   ", 0, "write a condition"),
    ("amount > 3", 0, "slots.amount"),
    ("slots.amount > 3 and confirmed", 21, "slots.confirmed"),
    ("slots.colour = red", 15, "'red'"),
    ("Slots.x", 0, "slots.x"),
    ("slot.x", 0, "slots.x"),
    ("session.x", 0, "slots.session.x"),
    ("slots", 0, "slots.name"),
    ("slots.", 0, "slots.name"),
    ("slots..x", 0, "slots.name"),
    ("context.a..b", 0, "context.name"),
    ("slots.x >", 9, "The end"),
    ("slots.x and", 11, "The end"),
    ("and slots.x", 0, "'and'"),
    ("slots.x > > 3", 10, "'>'"),
    ("slots.x slots.y", 8, "and or or"),
    ("slots.x not contains 'a'", 8, "not in front"),
    ("slots.x in {'a'}", 8, "contains slots.name"),
    ("slots.x && slots.y", 8, "write and"),
    ("slots.x || slots.y", 8, "write or"),
    ("!slots.x", 0, "write not"),
    ("slots.x === 3", 8, "write ="),
    ("slots.x <> 3", 8, "write !="),
    ("slots.x ≥ 3", 8, "write >="),
    ("slots.x = \u201ca\u201d", 10, "straight quotes"),
    ("slots.x = 'a", 10, "closing '"),
    ("(slots.x", 0, "closing )"),
    ("slots.x)", 7, "no start"),
    ("()", 1, "')'"),
    ("{'a' 'b' contains slots.x", 9, "a set holds"),
    ("{'a'", 0, "closing }"),
    ("{a} contains slots.x", 1, "quoted texts"),
    ("1 < slots.x < 3", 12, "join several with and"),
    ("'text'", 0, "compare it"),
    ("not 3", 4, "compare it"),
    ("null", 0, "compare it"),
    ("{'a'}", 0, "compare it"),
    ("slots.x and 'a'", 12, "compare it"),
    ("slots.x = {'a'}", 10, "contains slots.name"),
    ("slots.x > null", 10, "no order"),
    ("slots.x > true", 10, "no order"),
    ("empty < slots.x", 0, "no order"),
    ("3 contains slots.x", 0, "contains nothing"),
    ("{'a'} contains {'a'}", 15, "on one side"),
    ("slots.x matches slots.y", 16, "quoted regular expression"),
    ("slots.x matches 3", 16, "quoted regular expression"),
    ("3 matches 'a'", 0, "in front of matches"),
    ("slots.x matches '('", 16, "regular expression can't be used"),
    ("slots.x matches '(?R)'", 16, "regular expression can't be used"),
    ("slots.x matches '(?x) a'", 16, "flag x"),
    ("slots.x matches '" + "a" * 501 + "'", 16, "at most 500"),
    ("slots.x matches '(?:(?:a{1000}){1000}){1000}'", 16, "smaller"),
    ("slots.x matches 'a{4000000000}'", 16, "smaller"),
    (r"slots.x = 'a\UFFFFFFFF'", 12, "U0010FFFF"),
    ("slots.x = 1e999", 10, "smaller"),
    ("slots.x = " + "9" * 5000, 10, "smaller"),
    ("slots.x = 3abc", 10, "'3abc'"),
    ("slots.x = $5", 10, "no such sign"),
    ("slots.x\x00", 7, "U+0000"),
    ("slots.x = '\ud800'", 11, "U+D800"),
    ("slots.\ue000", 6, "U+E000"),
    ("(" * 5000 + "slots.x" + ")" * 5000, 10_000, "10,000"),
    ("(" * 4000 + "slots.x" + ")" * 4000, 100, "at most 100 deep"),
    ("{{context.", 0, "template"),
    ("slots.x = {{ 9**9**9**9 }}", 0, "without"),
    ("slots.x = {{ context.x | nofilter }}", 0, "template"),
    ("slots.{{context.x}} and amount", 24, "slots.amount"),
    ("slots.{{context.x}} >", 21, "The end"),
]


@pytest.mark.parametrize(("text", "position", "says"), REFUSED)
def test_what_is_no_condition_is_refused_saying_where_and_what_to_write(
    text: str, position: int, says: str
) -> None:
    with pytest.raises(InvalidCondition) as raised:
        parse_condition(text)
    assert says in str(raised.value)
    assert raised.value.position == position
    assert len(str(raised.value)) < 200


@pytest.mark.parametrize("value", [None, 3, ["slots.x"]])
def test_yaml_that_is_neither_text_nor_boolean_is_refused(value: object) -> None:
    with pytest.raises(InvalidCondition, match=type(value).__name__):
        parse_condition(value)  # type: ignore[arg-type]


@pytest.mark.parametrize("value", [True, False])
def test_a_boolean_of_yaml_is_a_condition(value: bool) -> None:
    condition = parse_condition(value)
    assert condition.evaluate({}, {}) is value
    assert condition.text == str(value)


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("slots.a > 3 and (context.b.c or not slots.d)", {"slots.a", "context.b.c", "slots.d"}),
        ("True", set()),
        ("slots.a contains '{slots.b}'", {"slots.a"}),
        ("slots.{{context.x}} is null and slots.a", {"slots.a"}),
        ("slots.a = '{{context.x}}' or {{context.y}}", {"slots.a"}),
        ("{% if context.x %}slots.a{% endif %}", set()),
    ],
)
def test_names_are_those_known_before_a_template_is_rendered(text: str, names: set[str]) -> None:
    assert parse_condition(text).names == names


@pytest.mark.parametrize(
    ("text", "comparisons"),
    [
        ("slots.a = 'x'", [("slots.a", "=", "x")]),
        ("slots.a is not null", [("slots.a", "!=", None)]),
        ("3 < slots.a", [("slots.a", ">", 3)]),
        ("slots.a is empty", [("slots.a", "=", EMPTY)]),
        ("{'x' 2} contains slots.a", [("slots.a", "in", "x"), ("slots.a", "in", 2)]),
        ("slots.a contains 'x'", [("slots.a", "contains", "x")]),
        ("not (slots.a = 1) or slots.b == true", [("slots.a", "=", 1), ("slots.b", "=", True)]),
        ("slots.a = slots.b", []),
        ("slots.a matches 'x'", []),
        ("slots.a = '{{context.x}}' and slots.{{context.x}} = 3", []),
    ],
)
def test_comparisons_with_literals_are_listed_for_checks(
    text: str, comparisons: list[tuple[str, str, object]]
) -> None:
    assert parse_condition(text).literal_comparisons == tuple(
        LiteralComparison(*comparison)  # type: ignore[arg-type]
        for comparison in comparisons
    )


@pytest.mark.parametrize(
    ("text", "mixes"),
    [
        ("slots.a and slots.b or slots.c", True),
        ("slots.a or slots.b and slots.c or slots.d", True),
        ("(slots.a and slots.b) or slots.c", False),
        ("slots.a or slots.b and slots.c", False),
        ("slots.a and slots.b and slots.c", False),
    ],
)
def test_a_condition_that_pypred_groups_otherwise_is_marked(text: str, mixes: bool) -> None:
    assert parse_condition(text).mixes_and_or is mixes


def test_a_hundred_nested_parentheses_and_thousands_of_joints_are_fine() -> None:
    nested = "(slots.no or " * 100 + "slots.yes" + ")" * 100
    assert parse_condition(nested).evaluate(SLOTS, {}) is True
    assert parse_condition("not " * 2001 + "slots.no").evaluate(SLOTS, {}) is True
    assert parse_condition(" and ".join(["slots.yes"] * 700)).evaluate(SLOTS, {}) is True


def test_a_regular_expression_that_never_ends_is_stopped(
    caplog: pytest.LogCaptureFixture,
) -> None:
    condition = parse_condition("not slots.x matches '^(a{0,50}){0,50}$'")
    started = time.monotonic()
    assert condition.evaluate({"x": "a" * 3000 + "!"}, {}) is False
    assert time.monotonic() - started < 1
    assert "0.05 seconds" in caplog.text


def test_a_value_that_breaks_comparison_is_false_and_not_told(
    caplog: pytest.LogCaptureFixture,
) -> None:
    class Broken:
        def __eq__(self, other: object) -> bool:
            raise ZeroDivisionError("s3cret")

        __hash__ = None  # type: ignore[assignment]

    assert parse_condition("slots.x = 3").evaluate({"x": Broken()}, {}) is False
    assert "ZeroDivisionError" in caplog.text
    assert "s3cret" not in caplog.text


def test_templates_run_in_a_sandbox(caplog: pytest.LogCaptureFixture) -> None:
    condition = parse_condition("{{ context.x.__class__.__mro__ }} is null")
    assert condition.evaluate({}, {"x": "a"}) is False
    assert caplog.records


def test_conditions_are_equal_by_text_and_can_be_copied() -> None:
    condition = parse_condition("slots.yes and slots.amount > 3")
    for same in (pickle.loads(pickle.dumps(condition)), copy.deepcopy(condition)):
        assert isinstance(same, Condition)
        assert same == condition and hash(same) == hash(condition)
        assert same.evaluate(SLOTS, {}) is True
    assert condition != parse_condition("slots.yes")


def test_importing_and_parsing_loads_neither_jinja_nor_regex() -> None:
    code = (
        "import sys; from router.flows.conditions import parse_condition as p; "
        "p('slots.a > 3').evaluate({'a': 4}, {}); print({'jinja2', 'regex'} & set(sys.modules))"
    )
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert run.stdout.strip() == "set()"


@pytest.mark.parametrize(
    "text",
    [
        "slots.amount > 5 and slots.name = 'Ada'",
        "not (slots.none is null) or {'a' 'b' 'Ada'} contains slots.name",
        "slots.colour = 'red' and slots.address.city = 'Bonn'",
    ],
)
def test_half_of_all_evaluations_take_under_five_microseconds(text: str) -> None:
    condition = parse_condition(text)
    medians = []
    for _ in range(5):  # the best of some: other processes only ever slow it down
        times = []
        for _ in range(1001):
            started = time.perf_counter_ns()
            condition.evaluate(SLOTS, CONTEXT, CATEGORICAL)
            times.append(time.perf_counter_ns() - started)
        medians.append(sorted(times)[500])
    assert min(medians) < 5000


WORDS = st.sampled_from(
    """slots.a slots.b.c context.x a and or not is contains matches true null empty ( ) { } , # \\
    = == != > >= < <= 1 -2.5 1e3 'a' "A" '(' '^a+' {{ }} {% %} {{context.x}}""".split()  # noqa: SIM905 - a list of quotes
)
SENTENCES = st.lists(WORDS, max_size=15).map(" ".join)
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner, max_size=3)
    ),
    max_leaves=5,
)


@settings(max_examples=300, deadline=None)
@given(text=st.text(max_size=60) | SENTENCES, slot=VALUES, other=VALUES)
def test_any_text_is_refused_or_gives_true_or_false(text: str, slot: object, other: object) -> None:
    try:
        condition = parse_condition(text)
    except InvalidCondition as error:
        assert 0 <= error.position <= len(text)
        assert str(error)
        return
    assert condition.evaluate({"a": slot, "b": other}, {"x": other}, {"a"}) in (True, False)


OPERANDS = st.sampled_from(["slots.a", "slots.b", "context.x", "3", "'a'", "true", "null", "empty"])
COMPARISONS = st.tuples(
    OPERANDS, st.sampled_from(["=", "!=", "is not", ">", "<=", "contains"]), OPERANDS
).map(" ".join)
CONDITIONS = st.recursive(
    COMPARISONS,
    lambda inner: (
        st.tuples(inner, st.sampled_from(["and", "or"]), inner).map(lambda p: f"({' '.join(p)})")
        | inner.map(lambda text: f"not ({text})")
    ),
    max_leaves=5,
)


@settings(max_examples=300, deadline=None)
@given(text=CONDITIONS, slot=VALUES, other=VALUES)
def test_any_values_give_true_or_false_and_never_both_with_the_negation(
    text: str, slot: object, other: object
) -> None:
    try:
        condition = parse_condition(text)
    except InvalidCondition:
        return
    given_values = ({"a": slot, "b": other}, {"x": other}, {"a"})
    value = condition.evaluate(*given_values)
    negation = parse_condition(f"not ({text})").evaluate(*given_values)
    assert type(value) is bool and not (value and negation)


@settings(max_examples=200, deadline=None)
@given(left=VALUES, right=VALUES)
def test_equality_is_symmetric_and_the_opposite_of_inequality(left: object, right: object) -> None:
    slots = {"a": left, "b": right}
    same = parse_condition("slots.a = slots.b").evaluate(slots, {})
    assert parse_condition("slots.b is slots.a").evaluate(slots, {}) is same
    assert parse_condition("slots.a != slots.b").evaluate(slots, {}) is not same


@settings(max_examples=200, deadline=None)
@given(value=st.text(max_size=20))
def test_no_value_gets_out_of_the_quotes_around_its_template(value: str) -> None:
    condition = parse_condition("slots.a = '{{context.x}}'")
    assert condition.evaluate({"a": value}, {"x": value}) is True
    assert condition.evaluate({"a": value + "!"}, {"x": value}) is False
