"""Personal data: found, replaced by what looks like it, and nowhere in what is written."""

from __future__ import annotations

import re
import string
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from router.e2e.writing.masking import Masker
from router.e2e.writing.placeholders import passes_luhn

# Each line: how a datum is written, in its ways.
CORPUS = [
    ["max.mustermann@gmx.de", "Max.Mustermann@GMX.de", "<max.mustermann@gmx.de>,"],
    ["o'neil+bank@mail.example.co.uk"],
    ["anna@müller.de"],
    ["max@intranet"],
    ["max\uff20gmx.de"],
    ["DE89 3704 0044 0532 0130 00", "DE89370400440532013000", "de89 3704 0044 0532 0130 00"],
    ["GB29 NWBK 6016 1331 9268 19", "GB29-NWBK-6016-1331-9268-19"],
    ["FR14 2004 1010 0505 0001 3M02 606"],
    ["NO93 8601 1117 947"],
    ["PL61 1090 1014 0000 0712 1981 2874"],
    ["4111 1111 1111 1111", "4111-1111-1111-1111", "4111111111111111"],
    ["3782 822463 10005", "378282246310005"],
    ["5555 5555 5555 4445"],
    ["+49 151 2345678", "+491512345678", "+49 (151) 2345-678"],
    ["0049 151 2345678"],
    ["(030) 123 45 67", "030/1234567", "030.123.45.67", "030-1234567"],
    ["+1 415-555-2671", "+1\u00a0415\u2013555\u20132671"],
    ["06 12 34 56 78"],
    ["123456", "K123456"],
    ["0160123456789012345678901"],
    ["\u0660\u0661\u0665\u0661\u0662\u0663\u0664\u0665\u0666\u0667"],
]
WRITTEN = [way for ways in CORPUS for way in ways]
IN_A_SENTENCE = ["{}", "it is {} please", "({})", "mail:{}.", "{}, ja", "x\n{}\ny"]


def core(text: str) -> str:
    """Letters and digits alone."""
    return "".join(c for c in text.casefold() if c.isalnum())


@pytest.mark.parametrize("sentence", IN_A_SENTENCE)
@pytest.mark.parametrize("datum", WRITTEN)
def test_nothing_of_a_datum_is_left(datum: str, sentence: str) -> None:
    text = sentence.format(datum)
    masked = Masker([text])(text)
    assert core(datum) not in core(masked)
    groups = r"(?<!\d)(?!00)\d{4,}"  # 0049 is a country's
    assert not set(re.findall(groups, datum)) & set(re.findall(groups, masked))
    before, after = sentence.split("{}")
    assert masked.startswith(before)
    assert masked.endswith(after)


def test_nothing_of_a_whole_conversation_is_left_wherever_it_stands() -> None:
    conversation: list[Any] = [
        *WRITTEN,
        {"slot": {WRITTEN[0]: [WRITTEN[5], {"deep": WRITTEN[-2]}]}},
        4111111111111111,
        4111111111111111.0,
        ['/inform{"mail": "max.mustermann\\u0040gmx.de", "card": 4111111111111111}'],
    ]
    masked = str(Masker(conversation)(conversation))
    for datum in WRITTEN:
        assert core(datum) not in core(masked)
    assert "max" not in masked


@pytest.mark.parametrize("ways", [ways for ways in CORPUS if len(ways) > 1])
def test_the_same_value_has_the_same_placeholder_however_it_is_written(ways: list[str]) -> None:
    mask = Masker(WRITTEN)
    assert len({core(mask(way)).removeprefix("k") for way in ways}) == 1


def test_different_values_have_different_placeholders() -> None:
    mask = Masker(WRITTEN)
    masked = [core(mask(ways[0])) for ways in CORPUS]
    assert len(set(masked)) == len(CORPUS)


def test_another_conversation_has_other_values_at_the_same_placeholders() -> None:
    one, other = Masker(["a@b.de"]), Masker(["c@d.de"])
    assert one("a@b.de") == other("c@d.de")


@pytest.mark.parametrize(
    "text",
    [
        *("send 4711 to Anna", "20000", "12:30", "2024-01-31", "31.12.2024", "1/2/2024"),
        *("2024-01-31T10:30:00", "am 31.12.2024 10:30 Uhr", "/greet", "@anna", "", "50.5", "3 + 4"),
    ],
)
def test_what_is_no_personal_datum_stays(text: str) -> None:
    assert Masker([text])(text) == text


@pytest.mark.parametrize("value", [True, False, None, 4711, 1.5, -3, 0.25])
def test_what_is_no_text_stays_unless_it_is_long(value: object) -> None:
    assert Masker([value])(value) is value


def test_a_number_becomes_a_number_of_as_many_digits() -> None:
    mask = Masker([1512345678, 1512345678.0])
    masked = mask(1512345678)
    assert isinstance(masked, int)
    assert len(str(masked)) == 10
    assert mask(1512345678.0) == float(masked)
    assert mask("1512345678") == str(masked)
    assert mask(1512345678) == masked != 1512345678


def test_placeholders_pass_the_checks_that_bots_make() -> None:
    mask = Masker(WRITTEN)
    iban = mask("DE89 3704 0044 0532 0130 00")
    assert re.fullmatch(r"DE\d\d \d{4} \d{4} \d{4} \d{4} \d\d", iban)
    plain = iban.replace(" ", "")
    assert int("".join(str(int(c, 36)) for c in plain[4:] + plain[:4])) % 97 == 1
    assert passes_luhn(mask("4111111111111111"))
    assert re.fullmatch(r"person\d+@example\.com", mask("max@gmx.de"))
    assert re.fullmatch(r"\+49 \d{3} \d{7}", mask("+49 151 2345678"))
    assert re.fullmatch(r"\(0\d\d\) \d{3} \d\d \d\d", mask("(030) 123 45 67"))


def test_a_card_keeps_its_number_beside_its_date() -> None:
    mask = Masker(["4111 1111 1111 1111 12/25"])
    assert mask("4111 1111 1111 1111 12/25") == f"{mask('4111 1111 1111 1111')} 12/25"


def test_a_placeholder_is_nothing_that_the_conversation_holds() -> None:
    alone = Masker(["a@b.de"])("a@b.de")
    both = Masker(["a@b.de", alone])
    assert both("a@b.de") != alone
    assert both(alone) != alone


def test_what_is_asked_for_is_replaced_in_its_shape_and_case() -> None:
    mask = Masker(["Anna"], [re.compile("(?i)anna|K-[0-9]{4}")])
    masked = mask("Anna met ANNA at K-4711")
    first, second = re.fullmatch(r"([A-Z][a-z]{3}) met ([A-Z]{4}) at [A-Z]-\d{4}", masked).groups()  # type: ignore[union-attr]
    assert first.upper() == second != "ANNA"
    assert "4711" not in masked


@pytest.mark.parametrize(
    ("pattern", "text"),
    [("anna", "anna@gmx.de"), (r"K-\d{4}", "K-12345678"), ("am 31", "am 31.12.2024")],
)
def test_what_is_asked_for_and_what_is_known_are_one_where_they_overlap(
    pattern: str, text: str
) -> None:
    masked = Masker([text], [re.compile(pattern)])(text)
    assert not set(re.findall(r"\w{4,}", text)) & set(re.findall(r"\w{4,}", masked))


@given(st.text("0123456789 +-()./@abA\u00a0", max_size=60))
def test_no_long_number_survives(text: str) -> None:
    masked = Masker([text])(text)
    numbers = re.findall(r"\d{6,}", text)
    assert not any(number in masked for number in numbers)
    assert len(masked) == len(text) or "@" in text


@given(st.text(string.printable, max_size=40))
def test_a_text_without_digits_and_mail_stays(text: str) -> None:
    if not re.search(r"\d|@", text):
        assert Masker([text])(text) == text
