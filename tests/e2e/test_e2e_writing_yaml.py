"""Test cases as YAML: readable, and read back to the same."""

from __future__ import annotations

import math
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from router.e2e.reading import read_suite
from router.e2e.writing.yaml_out import as_yaml, free_name, with_case
from router.errors import InvalidFile, InvalidTest
from router.flows.yaml_source import parse_yaml
from router.flows.yaml_values import plain

CASE = {
    "test_case": "money",
    "fixtures": ["rich"],
    "steps": [
        {"user": "send 5", "assertions": [{"routed_to": "calm"}, {"flow_started": "transfer"}]},
        {"bot": "To whom?"},
    ],
}
OTHER = {"test_case": "hello", "steps": [{"user": "hi"}]}
ODD_TEXTS = [
    *("yes", "no", "null", "~", "true", "007", "1e3", "0o17", "1_000", "2024-01-31", ".5", "-", ""),
    *(
        "12:30",
        "a: b",
        "a #b",
        "- x",
        "? x",
        "[x]",
        "{x}",
        "@x",
        "*x",
        "&x",
        "!x",
        "%x",
        "'x'",
        '"x"',
    ),
    *(
        " x",
        "x ",
        "x\n",
        "\nx",
        "x\ny",
        "x \ny",
        "  x\n y",
        "\n\n",
        "x\n\n",
        "x\n\ny\n",
        "\tx",
        "x\ty",
        "# x",
    ),
    *("\x00", "\x07", "\x1b[31m", "\x7f", "\r", "a\r\nb", "\x85", "\u2028", "\ufeff", "\uffff"),
    *(
        "😀",
        "👩‍👩‍👧",
        "\U0010ffff",
        "\u0627\u0660",
        "é",
        "e\u0301",
        "=",
        "<<",
        "...",
        "---",
        "\\n",
        "x" * 300,
    ),
]


def read_back(text: str) -> Any:
    return plain(parse_yaml(text, "test.yml"))


def test_a_file_is_in_block_style_with_quotes_only_where_needed() -> None:
    assert as_yaml([CASE, OTHER], {"rich": {"amount": 5.0, "name": "yes"}}) == (
        "fixtures:\n"
        "  - rich:\n"
        "      - amount: 5.0\n"
        "      - name: 'yes'\n"
        "\n"
        "test_cases:\n"
        "  - test_case: money\n"
        "    fixtures:\n"
        "      - rich\n"
        "    steps:\n"
        "      - user: send 5\n"
        "        assertions:\n"
        "          - routed_to: calm\n"
        "          - flow_started: transfer\n"
        "      - bot: To whom?\n"
        "\n"
        "  - test_case: hello\n"
        "    steps:\n"
        "      - user: hi\n"
    )


def test_what_is_written_is_read_as_the_same_suite(tmp_path: Path) -> None:
    file = tmp_path / "test_money.yml"
    file.write_text(as_yaml([CASE, OTHER], {"rich": {"amount": 5.0}}), encoding="utf-8")
    money, hello = read_suite([file]).cases
    assert (money.name, hello.name) == ("money", "hello")
    assert money.slots == {"amount": 5.0}
    assert [(check.name, check.text) for check in money.turns[0].checks] == [
        ("routed_to", "routed_to: calm"),
        ("flow_started", "flow_started: transfer"),
        ("bot", "bot: To whom?"),
    ]


@pytest.mark.parametrize("text", ODD_TEXTS)
def test_a_text_that_looks_like_something_else_stays_a_text(text: str) -> None:
    case = {
        "test_case": text,
        "steps": [{"user": text, "assertions": [{text: [text, {"x": text}]}]}],
    }
    written = as_yaml([case])
    assert read_back(written) == {"test_cases": [case]}
    written.encode("utf-8")


@pytest.mark.parametrize("text", ODD_TEXTS)
def test_a_message_is_read_as_it_was_said(tmp_path: Path, text: str) -> None:
    file = tmp_path / "test_odd.yml"
    file.write_text(as_yaml([{"test_case": "odd", "steps": [{"user": text}]}]), encoding="utf-8")
    [case] = read_suite([file]).cases
    assert case.turns[0].user == text.rstrip("\n")


@given(st.text(st.characters(exclude_categories=["Cs"])))
def test_any_text_is_read_back(text: str) -> None:
    case = {"test_case": "any", "steps": [{"user": text}, {"bot": text}]}
    assert read_back(as_yaml([case])) == {"test_cases": [case]}


VALUES = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False)
    | st.text(st.characters(exclude_categories=["Cs"])),
    lambda inner: st.lists(inner) | st.dictionaries(st.text("abc:#- 1", max_size=3), inner),
    max_leaves=8,
)


@given(VALUES)
def test_any_value_of_a_slot_is_read_back_with_its_type(value: Any) -> None:
    [fixture] = read_back(as_yaml([], {"slots": {"name": value}}))["fixtures"]
    found = fixture["slots"][0]["name"]
    assert found == value
    assert type(found) is type(value)


def test_what_is_no_number_stays_none() -> None:
    [fixture] = read_back(as_yaml([], {"slots": {"name": math.nan}}))["fixtures"]
    assert math.isnan(fixture["slots"][0]["name"])


def test_half_a_character_becomes_a_replacement_character() -> None:
    written = as_yaml([{"test_case": "half", "steps": [{"user": "a\ud83db"}]}])
    assert "a\ufffdb" in written


def test_texts_that_end_in_line_breaks_end_so_in_the_middle_of_a_file() -> None:
    cases = [{"test_case": f"{n}", "steps": [{"user": "x" + n * "\n"}]} for n in range(4)]
    assert read_back(as_yaml(cases)) == {"test_cases": cases}


def test_the_same_list_twice_is_written_twice() -> None:
    steps = [{"user": "hi"}]
    written = as_yaml([{"test_case": "a", "steps": steps}, {"test_case": "b", "steps": steps}])
    assert "&" not in written
    assert written.count("user: hi") == 2


def test_a_case_is_added_behind_the_others_and_the_rest_stays_as_it_is() -> None:
    before = (
        "# our tests\n"
        "test_cases:\n"
        "- test_case: money  # the first\n"
        "  steps: [{user: send 5}]\n"
        "\n"
        "# fixtures of all\n"
        "fixtures:\n"
        "  - rich: [{amount: 5}]\n"
    )
    after = with_case(before, OTHER, "test.yml")
    assert after == (
        "# our tests\n"
        "test_cases:\n"
        "- test_case: money  # the first\n"
        "  steps: [{user: send 5}]\n"
        "\n"
        "- test_case: hello\n"
        "  steps:\n"
        "    - user: hi\n"
        "\n"
        "# fixtures of all\n"
        "fixtures:\n"
        "  - rich: [{amount: 5}]\n"
    )


@pytest.mark.parametrize("end", ["", "\n", "\n\n\n", "\n  # the end\n", "\n# the end"])
@pytest.mark.parametrize("indent", ["", "  ", "      "])
def test_a_case_is_added_at_the_end_however_it_is_indented(indent: str, end: str) -> None:
    before = f"test_cases:\n{indent}- test_case: money\n{indent}  steps:\n{indent}  - user: x{end}"
    data = read_back(with_case(before, OTHER, "test.yml"))
    assert [case["test_case"] for case in data["test_cases"]] == ["money", "hello"]
    assert data["test_cases"][0]["steps"] == [{"user": "x"}]
    assert data["test_cases"][1] == OTHER


def test_a_block_text_at_the_end_keeps_its_words() -> None:
    step = "      - user: |\n          a\n          # b\n"
    before = f"test_cases:\n  - test_case: money\n    steps:\n{step}"
    data = read_back(with_case(before, OTHER, "test.yml"))
    assert data["test_cases"][0]["steps"] == [{"user": "a\n# b\n"}]


@pytest.mark.parametrize("text", ["", "# a comment", "fixtures:\n  - rich: [{amount: 5}]"])
def test_a_file_without_cases_gets_its_first(text: str) -> None:
    written = with_case(text, OTHER, "test.yml")
    assert written.startswith(text)
    assert read_back(written)["test_cases"] == [OTHER]


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("test_cases: [{test_case: a}]", "test.yml:1:13: .* isn't a list in block style"),
        ("test_cases:\n", "isn't a list in block style"),
        ("- a\n", "isn't a map"),
        ("test_cases:\n  - test_case: hello\n", "There is a case 'hello' already"),
    ],
)
def test_a_file_that_has_no_place_for_a_case_is_refused(text: str, words: str) -> None:
    with pytest.raises(InvalidTest, match=words):
        with_case(text, OTHER, "test.yml")


def test_a_file_that_is_no_yaml_is_refused() -> None:
    with pytest.raises(InvalidFile, match="isn't valid YAML"):
        with_case("test_cases: [", OTHER, "test.yml")


def test_a_name_that_is_taken_gets_a_number() -> None:
    assert free_name("a", ["b"]) == "a"
    assert free_name("a", ["a", "a (2)"]) == "a (3)"
