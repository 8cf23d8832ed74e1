"""Slots: who may fill them, and what becomes of a value."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from router.errors import InvalidSlotValue
from router.flows.slots import SlotSpec

COLOR = SlotSpec("color", "categorical", values=("Red", "GREEN", "1", "True"))


def slot(kind):
    return COLOR if kind == "categorical" else SlotSpec("x", kind)


@pytest.mark.parametrize(
    ("kind", "value", "expected"),
    [
        ("bool", True, True),
        ("bool", "yes", True),
        ("bool", " TRUE ", True),
        ("bool", 1, True),
        ("bool", "No", False),
        ("bool", "off", False),
        ("bool", 0, False),
        ("float", 2, 2.0),
        ("float", "2.5", 2.5),
        ("float", " -1e3 ", -1000.0),
        ("categorical", "red", "Red"),
        ("categorical", " green ", "GREEN"),
        ("categorical", 1, "1"),
        ("categorical", True, "True"),
        ("text", "Anna", "Anna"),
        ("text", "", ""),
        ("text", 5, "5"),
        ("any", {"a": 1}, {"a": 1}),
        ("list", [1], [1]),
        ("my.own.Slot", 7, 7),
    ],
)
def test_a_value_is_read_as_the_slots_type(kind, value, expected):
    result = slot(kind).coerce(value)
    assert (result, type(result)) == (expected, type(expected))


@pytest.mark.parametrize("kind", ["bool", "float", "categorical", "text", "any", "list"])
def test_null_stays_null(kind):
    assert slot(kind).coerce(None) is None


@pytest.mark.parametrize(
    ("kind", "value", "message"),
    [
        ("bool", "maybe", "'maybe' is neither true nor false"),
        ("bool", 2, "2 is neither"),
        ("bool", [], "neither"),
        ("float", "much", "'much' isn't a number"),
        ("float", "", "isn't a number"),
        ("float", True, "True isn't a number"),
        ("float", "nan", "isn't a finite number"),
        ("float", "1e999", "isn't a finite number"),
        ("float", [1], "isn't a number"),
        ("categorical", "blue", "'blue' is none of Red, GREEN"),
        ("categorical", "", "none of"),
        ("text", ["a"], "not a collection"),
        ("text", {"a": 1}, "not a collection"),
    ],
)
def test_a_value_that_does_not_fit_is_refused_with_the_reason(kind, value, message):
    with pytest.raises(InvalidSlotValue) as raised:
        slot(kind).coerce(value)
    assert message in str(raised.value)


@pytest.mark.parametrize(
    ("mappings", "llm", "nlu", "payload"),
    [
        ([], True, False, True),
        (["from_llm"], True, False, True),
        (["from_entity"], False, True, True),
        (["from_intent"], False, True, True),
        (["from_text"], False, True, True),
        (["from_text", "from_llm"], True, True, True),
        (["custom"], False, False, False),
        (["controlled"], False, False, False),
        (["custom", "from_llm"], True, False, True),
    ],
)
def test_mappings_say_who_may_fill_a_slot(mappings, llm, nlu, payload):
    spec = SlotSpec("x", mappings=tuple({"type": kind} for kind in mappings))
    accepted = {source: spec.accepts(source) for source in ("llm", "nlu", "payload")}
    assert accepted == {"llm": llm, "nlu": nlu, "payload": payload}


@pytest.mark.parametrize(
    "spec",
    [
        SlotSpec("x"),
        COLOR,
        SlotSpec("y", "float", 2.0, (), ({"type": "from_entity", "entity": "n"},), True),
    ],
)
def test_a_slot_is_read_back_as_it_was_written(spec):
    assert SlotSpec.from_dict(spec.name, json.loads(json.dumps(spec.as_dict()))) == spec


def test_a_slot_is_read_as_a_domain_has_it():
    data = {"type": "categorical", "values": ["a", 1], "shared_for_coexistence": True, "x": 1}
    assert SlotSpec.from_dict("c", data) == SlotSpec(
        "c", "categorical", values=("a", "1"), shared=True
    )


@given(
    st.sampled_from(["bool", "float", "categorical", "text"]),
    st.none() | st.booleans() | st.integers() | st.floats() | st.text() | st.lists(st.integers()),
)
def test_whatever_comes_in_what_is_stored_fits_and_fits_again(kind, value):
    spec = slot(kind)
    try:
        stored = spec.coerce(value)
    except InvalidSlotValue:
        return
    types = {"bool": bool, "float": float, "categorical": str, "text": str}
    assert stored is None or type(stored) is types[kind]
    assert spec.coerce(stored) == stored
