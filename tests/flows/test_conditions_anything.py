"""Whatever stands in a condition or in a slot: it is refused, or it is true or false."""

import logging
import math
import string
import subprocess
import sys
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from router.errors import InvalidCondition
from router.flows.condition_templates import _jinja, read_template
from router.flows.conditions import Condition, parse_condition

MANY = settings(max_examples=100_000, deadline=None, suppress_health_check=list(HealthCheck))
FEW = settings(max_examples=200, deadline=None)

# Control characters, lone surrogates, white space of all kinds, and what looks like ASCII.
STRANGE = (
    "\x00\x07\x1b\x7f\x85\ud800\udfff\u200b\u202e\u2028\ufeff\ue000\U0010ffff"
    "\uff53\u0661\U0001d7d9\u0130\u201c\u2019ß\r\n\t"
)
TEXTS = st.text(max_size=30) | st.text(STRANGE + string.printable, max_size=30)

NAMES = st.sampled_from(
    ["slots.a", "slots.b", "slots.a.b.c", "slots.größe", "slots.x-1", "context.x", "context.y.z"]
)
QUOTED = st.builds(
    lambda quote, text: quote + text.replace(quote, "\\" + quote) + quote,
    st.sampled_from("'\""),
    TEXTS,
)
NUMBERS = st.one_of(
    st.integers().map(str),
    st.floats(allow_nan=False, allow_infinity=False).map(repr),
    st.sampled_from(["-0", "+.5", "1.", "1e400", "9" * 500, "0x1"]),
)
CONSTANTS = st.sampled_from(["true", "false", "null", "none", "undefined", "empty", "TRUE"])
LITERALS = QUOTED | NUMBERS | CONSTANTS
SETS = st.lists(LITERALS, max_size=4).map(lambda values: "{" + " ".join(values) + "}")
OPERANDS = NAMES | LITERALS | SETS
SIGNS = st.sampled_from(["=", "==", "!=", ">", ">=", "<", "<=", "is", "contains", "Is  NoT"])
PATTERNS = st.one_of(
    st.sampled_from(["^a+$", "(a+)+$", "(?i)ß", "[", "(?R)", r"\d{1,3}", "(a|aa)*b", "a{99999}"]),
    st.text(r"ab.*+?|()[]{}^$\dw,1", max_size=12),
).map(lambda pattern: f"'{pattern}'")
TESTS = st.one_of(
    NAMES,
    st.tuples(OPERANDS, SIGNS, OPERANDS).map(" ".join),
    st.tuples(OPERANDS, st.just("matches"), PATTERNS).map(" ".join),
)
TEMPLATES = st.sampled_from(
    [
        "slots.{{context.x}} is null",
        "slots.a = '{{ context.x }}'",
        "{{context.y}}",
        "slots.a = {{slots.b}}",
        "{% if slots.a %}slots.b{% else %}not slots.b{% endif %}",
        "{{context.x}} {{",
        "{# x #} slots.a",
    ]
)
SHAPED = st.recursive(
    TESTS | TEMPLATES,
    lambda inner: st.one_of(
        inner.map("not {}".format),
        inner.map("({})".format),
        st.tuples(inner, st.sampled_from(["and", "or", "AND"]), inner).map(" ".join),
    ),
    max_leaves=4,
)
WORDS = st.sampled_from(
    ["slots.", "slots", "context", "not", "and", "or", "is", "{{", "}}", "{%", "%}", "{#", "#}"]
) | st.sampled_from("(){}[],.#'\"\\=!&|-~")
# Well formed, with anything put in somewhere, cut off, and not formed at all.
BROKEN = st.builds(
    lambda text, place, added: (
        text[: place % (len(text) + 1)] + added + text[place % (len(text) + 1) :]
    ),
    SHAPED,
    st.integers(0, 1000),
    WORDS | TEXTS,
)
CUT = st.builds(lambda text, place: text[: place % (len(text) + 1)], SHAPED, st.integers(0, 1000))
SOUP = st.lists(WORDS | NAMES | LITERALS | TEXTS, max_size=12).map(" ".join)
CONDITIONS = SHAPED | BROKEN | CUT | SOUP | TEXTS

SCALARS = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(),
    st.floats(),
    TEXTS,
    st.sampled_from([math.nan, -math.inf, 10**400, "9" * 5000, "\ud800", "nan", "1e999", " 1 "]),
    st.binary(max_size=5),
)
VALUES = st.recursive(
    SCALARS,
    lambda inner: st.one_of(
        st.lists(inner, max_size=4),
        st.dictionaries(TEXTS | st.sampled_from(["b", "c", "z"]), inner, max_size=4),
        st.tuples(inner, inner),
    ),
    max_leaves=4,
) | st.frozensets(st.integers() | TEXTS, max_size=3)


def gives_a_bool_or_is_refused(text: str, a: Any, b: Any, x: Any) -> None:
    """The property: an error with a place, or a condition that is true or false."""
    try:
        condition = parse_condition(text)
    except InvalidCondition as error:
        assert 0 <= error.position <= len(text)
        assert str(error)
        return
    assert isinstance(condition, Condition)
    assert condition.text == text
    assert parse_condition(condition.text) == condition
    slots, context = {"a": a, "b": b, "größe": a, "x-1": b}, {"x": x, "y": {"z": x}}
    for categorical in (frozenset(), {"a"}):
        assert type(condition.evaluate(slots, context, categorical)) is bool


AnyTest = Callable[..., None]


def fuzzed(scale: settings) -> Callable[[AnyTest], AnyTest]:
    """Makes a test of the property's arguments."""
    return lambda test: scale(given(text=CONDITIONS, a=VALUES, b=VALUES, x=VALUES)(test))


@pytest.fixture(autouse=True)
def _quiet() -> Any:
    """Warnings that a condition can't be evaluated are expected by the thousand."""
    logger = logging.getLogger("router.flows.conditions")
    logger.disabled = True
    yield
    logger.disabled = False


@fuzzed(FEW)
def test_any_text_and_any_values_give_a_bool_or_an_error(text: str, a: Any, b: Any, x: Any) -> None:
    gives_a_bool_or_is_refused(text, a, b, x)


@pytest.mark.slow
@pytest.mark.fuzz
@pytest.mark.timeout(3600)
@fuzzed(MANY)
def test_a_hundred_thousand_give_a_bool_or_an_error(text: str, a: Any, b: Any, x: Any) -> None:
    gives_a_bool_or_is_refused(text, a, b, x)


@pytest.mark.parametrize(
    "text",
    [
        "(" * 10_000,
        "(" * 4000 + "slots.a" + ")" * 4000,
        "not (" * 1500 + "slots.a" + ")" * 1500,
        "{" * 10_000,
        "{{" * 5000,
        "{{" + "(" * 4000 + "1" + ")" * 4000 + "}}",
        "{{ " + "-" * 5000 + "1 }}",
        "{% if a %}" * 900,
        "slots" + ".a" * 5000,
        "slots.a matches '" + "(" * 400 + ")" * 400 + "'",
    ],
)
def test_deep_nesting_is_refused_as_an_invalid_condition(text: str) -> None:
    with pytest.raises(InvalidCondition):
        parse_condition(text)


@pytest.mark.parametrize(
    "text",
    [
        "not " * 2400 + "slots.a",
        " or ".join(["slots.a"] * 800),
        "slots" + ".a" * 4000,
        "{" + "1 " * 4000 + "} contains slots.a",
        "slots.a = '" + "x" * 9000 + "'",
    ],
)
def test_long_but_flat_conditions_are_evaluated(text: str) -> None:
    condition = parse_condition(text)
    deep: Any = {}
    for _ in range(5000):
        deep = {"a": deep}
    for value in (1, "x" * 9000, deep):
        assert type(condition.evaluate({"a": value}, {})) is bool


def test_values_nested_deeper_than_python_can_compare_are_false() -> None:
    left: Any = []
    right: Any = []
    for _ in range(100_000):
        left, right = [left], [right]
    assert parse_condition("slots.a = slots.b").evaluate({"a": left, "b": right}, {}) is False


MEGABYTE = 2**20


# What took more than linear time would take hours.
@pytest.mark.timeout(60)
@pytest.mark.parametrize(
    "value",
    [
        "a" * MEGABYTE,
        "9" * MEGABYTE,
        "0." + "0" * MEGABYTE + "1",
        "1e" + "9" * MEGABYTE,
        " " * MEGABYTE,
        "ß" * MEGABYTE,
        "\x00\ud800" * (MEGABYTE // 2),
        ["a"] * (MEGABYTE // 4),
        dict.fromkeys(range(MEGABYTE // 10)),
        10**100_000,
    ],
    ids=["a", "9", "0.0", "1e9", "space", "sharp", "control", "list", "map", "int"],
)
@pytest.mark.parametrize(
    "text",
    [
        "slots.x = 3",
        "slots.x is true",
        "slots.x is empty",
        "slots.x = slots.y",
        "slots.x > 3 or slots.x > 'a'",
        "slots.x contains 'b'",
        "slots.x contains 3",
        "'a' contains slots.x",
        "{'a' 'b' 3} contains slots.x",
        "slots.x matches '(a|a)*b$'",
        "slots.{{context.x}} is null",
        "slots.y = '{{context.x}}'",
    ],
)
def test_a_value_of_a_megabyte_is_true_or_false_in_bounded_time(text: str, value: Any) -> None:
    condition = parse_condition(text)
    slots = {"x": value, "y": value[:] if isinstance(value, str | list) else value}
    assert type(condition.evaluate(slots, {"x": value}, {"x"})) is bool


PIECES = st.sampled_from(
    ["slots.", "{{context.x}}", "{{ context.y }}", "{{context.items}}", "{{context._a}}", "{", "}"]
) | st.sampled_from(["'", " ", "\n", "\r\n", "{{ context.x|upper }}", "{{context.none}}", "a"])


@settings(max_examples=300, deadline=None)
@given(pieces=st.lists(PIECES, max_size=6), x=SCALARS, y=SCALARS)
@example(pieces=["{", "{{context.x}}"], x=1, y=1)
@example(pieces=["{{context.x}}", "\n"], x=None, y=1)
def test_a_simple_template_is_rendered_as_jinja_does(pieces: list[str], x: Any, y: Any) -> None:
    text = "".join(pieces)
    try:
        expected = _jinja(text)
    except InvalidCondition:
        with pytest.raises(InvalidCondition):
            read_template(text)
        return
    template = read_template(text)
    assert template.masked == expected.masked
    results, context = [], {"x": x, "y": y}
    for render in (template.render, expected.render):
        try:
            results.append(render({}, context))
        except Exception as error:  # noqa: BLE001 - rendering may raise anything
            results.append(type(error).__name__)
    assert results[0] == results[1]


def test_the_patterns_templates_need_no_jinja() -> None:
    code = (
        "import sys; from router.flows.conditions import parse_condition as p; "
        "c = p('slots.{{context.collect}} is not null'); "
        "print(c.evaluate({'a': 4}, {'collect': 'a'}), 'jinja2' in sys.modules)"
    )
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert run.stdout.split() == ["True", "False"]
