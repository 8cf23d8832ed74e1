"""Messages that buttons send."""

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from router.routing.payloads import MAX_SLOTS, SetSlotsPayload, parse_set_slots


def slots(text):
    payload = parse_set_slots(text)
    assert payload is not None
    assert payload.problem == ""
    return payload.slots


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ("a=b", [("a", "b")]),
        ("a=b, c=d", [("a", "b"), ("c", "d")]),
        ("a=b,c=d", [("a", "b"), ("c", "d")]),
        ("  a  =  b  ", [("a", "b")]),
        ("a=b,", [("a", "b")]),
        ("a=New York", [("a", "New York")]),
        ("a=x=y", [("a", "x=y")]),
        ("a=f(x)", [("a", "f(x)")]),
        ("a=12.5, b=true", [("a", "12.5"), ("b", "true")]),
        ("a=none, b=NULL, c=Undefined", [("a", None), ("b", None), ("c", None)]),
        ("a='null'", [("a", "null")]),
        ('a="x, y", b=z', [("a", "x, y"), ("b", "z")]),
        ("a='x, y',b='z'", [("a", "x, y"), ("b", "z")]),
        ("a=O'Brien, b=1", [("a", "O'Brien"), ("b", "1")]),
        ('a="O\'Brien, Pat"', [("a", "O'Brien, Pat")]),
        ("a= 'x', b=\n2", [("a", "x"), ("b", "2")]),
        ("a=", [("a", "")]),
        ('a=""', [("a", "")]),
        ('a="', [("a", '"')]),
        ("a=\u00e4\u00f6 \u6771", [("a", "\u00e4\u00f6 \u6771")]),
    ],
)
def test_slots_are_set_one_by_one(body, expected):
    assert slots(f"/SetSlots({body})") == tuple(expected)


def test_space_around_the_message_does_not_matter():
    assert slots("  /SetSlots(a=b)\n") == (("a", "b"),)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "hello",
        "/greet",
        '/transfer{"amount": 5}',
        "/SetSlots",
        "/SetSlots(a=b",
        "/setslots(a=b)",
        "/SetSlots (a=b)",
        "please /SetSlots(a=b)",
        "/SetSlots(a=b) now",
    ],
)
def test_any_other_text_is_no_payload(text):
    assert parse_set_slots(text) is None


@pytest.mark.parametrize(
    ("body", "problem"),
    [
        ("", "names no slot"),
        (" , ,", "names no slot"),
        ("a", "a part of it isn't of the form slot=value"),
        ("a=b, c", "a part of it isn't of the form slot=value"),
        ("=b", "a part of it isn't of the form slot=value"),
        ("a=1, =", "a part of it isn't of the form slot=value"),
        (", ".join(f"s{i}=1" for i in range(11)), "11 slots, at most 10"),
    ],
)
def test_a_payload_that_cannot_be_used_says_why_and_sets_nothing(body, problem):
    payload = parse_set_slots(f"/SetSlots({body})")
    assert payload.slots == ()
    assert problem in payload.problem


def test_ten_slots_fit():
    assert len(slots(f"/SetSlots({', '.join(f's{i}=1' for i in range(MAX_SLOTS))})")) == MAX_SLOTS


NAMES = st.from_regex(r"[a-z_]{1,8}", fullmatch=True)
WORDS = st.from_regex(r"[A-Za-z0-9(){}=/ ]{1,8}", fullmatch=True).map(str.strip)


@given(st.lists(st.tuples(NAMES, WORDS), min_size=1, max_size=MAX_SLOTS), st.sampled_from("'\""))
def test_what_is_written_is_what_is_read(pairs, quote):
    text = ", ".join(f"{name}={quote}{value},{quote}" for name, value in pairs)
    assert slots(f"/SetSlots({text})") == tuple((name, f"{value},") for name, value in pairs)


@given(st.text(alphabet="ab=,'\"() \n\u00e4\\"))
def test_garbage_is_read_or_refused_but_never_fails(body):
    payload = parse_set_slots(f"/SetSlots({body})")
    assert isinstance(payload, SetSlotsPayload)
    assert bool(payload.slots) != bool(payload.problem)
    assert all(name.strip() == name != "" for name, _ in payload.slots)


@pytest.mark.parametrize(
    "body",
    [
        "a=x" + " " * 50_000 + "x",
        "a" + " " * 50_000 + "b",
        ") " * 50_000 + "x",
        "a=" + '"' * 50_000,
    ],
    ids=["value", "name", "brackets", "quotes"],
)
def test_a_hostile_message_is_read_in_no_time(body):
    start = time.perf_counter()
    parse_set_slots(f"/SetSlots({body})")
    parse_set_slots(f"/SetSlots({body}")
    assert time.perf_counter() - start < 2
