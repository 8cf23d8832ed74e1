"""The words of a condition: names, numbers, quoted texts and signs."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Literal, NamedTuple

from router.errors import InvalidCondition

MAX_LENGTH = 10_000

# Stands, character by character, for a `{{...}}` whose value isn't known yet.
HOLE = "\ue000"

_CURLY = "\u201c\u201d\u201e\u2018\u2019\u00ab\u00bb"

Kind = Literal["word", "number", "text", "sign", "end"]

_TOKEN = re.compile(
    rf"""
    (?P<space>(?:\s|\#[^\n]*)+)
  | (?P<number>[+-]?(?:[0-9]+(?:\.[0-9]*)?|\.[0-9]+)(?:[eE][+-]?[0-9]+)?(?![\w.{HOLE}]))
  | (?P<word>[\w{HOLE}][\w.{HOLE}-]*)
  | (?P<text>"(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*')
  | (?P<foreign>===|!==|<>|=>|=<|=~|!~|&&?|\|\|?|!(?!=)|[≥≤≠{_CURLY}\[\]])
  | (?P<sign>[<>]=?|==?|!=|[(){{}},])
    """,
    re.VERBOSE | re.DOTALL,
)
_FORBIDDEN = re.compile(rf"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x84\x86-\x9f\ud800-\udfff{HOLE}]")
_NUMBER = re.compile(r"[+-]?(?:[0-9]+(?:\.[0-9]*)?|\.[0-9]+)(?:[eE][+-]?[0-9]+)?")
# Beyond what a float holds; reading longer integers takes quadratic time.
_MAX_DIGITS = 400
_ESCAPE = re.compile(r"\\(?:u([0-9a-fA-F]{4})|U([0-9a-fA-F]{8})|(['\"\\]))")
_MEANT = {
    "===": "=",
    "!==": "!=",
    "<>": "!=",
    "≠": "!=",
    "=>": ">=",
    "≥": ">=",
    "=<": "<=",
    "≤": "<=",
    "=~": "matches",
    "!~": "not slots.name matches '...'",
    "&": "and",
    "&&": "and",
    "|": "or",
    "||": "or",
    "!": "not",
    "[": "a set, {'a' 'b'}",
    "]": "a set, {'a' 'b'}",
}


class Token(NamedTuple):
    """One word of a condition.

    `keyword` is a word in lower case, as keywords may be written in any, and "" for others;
    `inner` is a text without its quotes, escapes kept.
    """

    kind: Kind
    text: str
    position: int
    keyword: str = ""

    @property
    def inner(self) -> str:
        """What is between the quotes, as written."""
        return self.text[1:-1]

    @property
    def has_hole(self) -> bool:
        """Whether a part of it is only known when its template is rendered."""
        return HOLE in self.text

    def __str__(self) -> str:
        if self.kind == "end":
            return "the end"
        return shown(self.text.replace(HOLE, "…"))


def shown(text: str) -> str:
    """The text for a message: quoted, and cut if it is long."""
    return repr(text if len(text) <= 40 else text[:39] + "…")


def invalid(what: str, position: int, advice: str) -> InvalidCondition:
    """The error to raise: what was found, where, and what to write."""
    return InvalidCondition(f"{what} at character {position + 1}: {advice}", position)


def check_characters(text: str) -> None:
    """Raises InvalidCondition for text that is too long or holds control characters."""
    if len(text) > MAX_LENGTH:
        message = (
            f"A condition of {len(text):,} characters: write at most {MAX_LENGTH:,}, "
            "or let a custom action set a slot"
        )
        raise InvalidCondition(message, MAX_LENGTH)
    if found := _FORBIDDEN.search(text):
        code = f"U+{ord(found.group()):04X}"
        raise invalid(f"The control character {code}", found.start(), "leave it out")


def tokens(text: str) -> Iterator[Token]:
    """The tokens of a text, closed by one of kind "end"; raises InvalidCondition."""
    position = 0
    while position < len(text):
        found = _TOKEN.match(text, position)
        if found is None or found.lastgroup == "foreign":
            raise _foreign(position, found.group() if found else text[position])
        kind, word = found.lastgroup, found.group()
        if kind != "space":
            keyword = word.lower() if kind == "word" else ""
            # The groups of the pattern are the kinds.
            yield Token(kind, word, position, keyword)  # type: ignore[arg-type]
        position = found.end()
    yield Token("end", "", len(text))


def text_value(token: Token) -> str:
    r"""The value of a quoted text: \' \" \\ \uXXXX \UXXXXXXXX are escapes, no others.

    Other backslashes stay, as in pypred, where a backslash never means anything.
    Raises InvalidCondition for an escape that is no character.
    """

    def unescaped(found: re.Match[str]) -> str:
        short, long, itself = found.groups()
        code = int(short or long or "0", 16)
        if code > 0x10FFFF:
            raise invalid(
                shown(found.group()), token.position + 1 + found.start(), "write up to \\U0010FFFF"
            )
        return itself or chr(code)

    return _ESCAPE.sub(unescaped, token.inner) if "\\" in token.inner else token.inner


def number_value(token: Token) -> int | float:
    """The value of a number; raises InvalidCondition if it is beyond all bounds."""
    number = as_number(token.text)
    if number is None or number in (float("inf"), float("-inf")):
        raise invalid(f"The number {token}", token.position, "write a smaller one")
    return number


def as_number(text: str) -> int | float | None:
    """The number that a text is, None if it is none."""
    if len(text) <= _MAX_DIGITS and text.isascii() and text.isdigit():
        return int(text)
    text = text.strip()
    if _NUMBER.fullmatch(text) is None:
        return None
    if len(text) <= _MAX_DIGITS and text.lstrip("+-").isdigit():
        return int(text)
    return float(text)


def _foreign(position: int, found: str) -> InvalidCondition:
    if found in "\"'":
        return invalid("A quote", position, f"it has no end; write the closing {found}")
    if found in _CURLY:
        return invalid(shown(found), position, "write straight quotes, \"...\" or '...'")
    meant = _MEANT.get(found)
    if meant:
        return invalid(shown(found), position, f"write {meant}")
    return invalid(shown(found), position, "conditions have no such sign; write texts in quotes")
