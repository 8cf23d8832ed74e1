"""Keys are looked up by name, and removed from what is written down."""

from __future__ import annotations

import pytest

from router.llm.secrets import MissingVariable, resolve, scrub

ENVIRONMENT = {
    "OPENAI_API_KEY": "abcdefgh-secret",
    "LONGER_TOKEN": "abcdefgh-secret-and-more",
    "DB_PASSWORD": "pass",
    "HOME": "/home/someone",
}


def test_variables_are_replaced_however_deep():
    data = {"a": ["x ${HOME}", {"b": "${OPENAI_API_KEY}"}], "c": 3, "d": None}
    assert resolve(data, ENVIRONMENT) == {
        "a": ["x /home/someone", {"b": "abcdefgh-secret"}],
        "c": 3,
        "d": None,
    }


def test_a_value_that_looks_like_a_variable_is_not_looked_up_again():
    assert resolve("${A}", {"A": "${B}", "B": "no"}) == "${B}"


@pytest.mark.parametrize("held", [{}, {"K": ""}, {"K": "  "}])
def test_an_unset_variable_is_named(held):
    with pytest.raises(MissingVariable, match="The environment variable K isn't set"):
        resolve("${K}", held)


@pytest.mark.parametrize("value", ["two\nlines", "schlüssel", "nul\0"])
def test_what_no_header_can_carry_is_told_without_it(value):
    with pytest.raises(MissingVariable, match="characters no key can have") as raised:
        resolve("${K}", {"K": value})
    assert value not in str(raised.value)


def test_the_line_break_that_files_end_with_is_forgiven():
    assert resolve("${K}", {"K": "key\n"}) == "key"


@pytest.mark.parametrize(
    ("text", "clean"),
    [
        ("say abcdefgh-secret!", "say ${OPENAI_API_KEY}!"),
        ("abcdefgh-secret-and-more", "${LONGER_TOKEN}"),
        ("it will pass", "it will pass"),
        ("at /home/someone", "at /home/someone"),
        ("a sk-proj-0123456789abcdef key", "a (key removed) key"),
        ("Authorization: Bearer 0123456789abcdefXYZ=", "Authorization: Bearer (key removed)"),
        ("ask-me-anything-about-this-task", "ask-me-anything-about-this-task"),
    ],
)
def test_keys_are_removed_from_texts(text, clean):
    assert scrub(text, ENVIRONMENT) == clean
