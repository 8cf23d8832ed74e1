"""Personal data, found by pattern and replaced by what looks like it.

The same value gets the same placeholder all through a conversation, however it is spaced, so
that what a bot does with it stays the same. Names of people have no pattern: see `--mask`.
"""

from __future__ import annotations

import json
import random
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from router.e2e.writing.placeholders import PLACEHOLDERS, ascii_digits, passes_luhn

__all__ = ["Masker"]

_SEPARATOR = r"[\s.()/\u00ad\u200b-\u200d\u2010-\u2015\u2060\u2212-]"
_YEAR, _MONTH, _DAY = r"(?:19|20)\d\d", r"(?:0?[1-9]|1[0-2])", r"(?:0?[1-9]|[12]\d|3[01])"
_TIME = r"(?:[ T]\d{1,2}:\d{2}(?::\d{2})?)?"
_CLAIMED = "\0"
# What one of them claims, those below it don't see; dates stay.
_PATTERNS: tuple[tuple[str, re.Pattern[str]], ...] = (
    ("email", re.compile(r"[^\s@\uff20<>\"'(),;:{}\[\]\0]{1,64}[@\uff20]\w(?:[\w.-]{0,253}\w)?")),
    (
        "iban",
        re.compile(
            r"(?<!\w)[A-Z]{2}\d{2}(?:[ -]?[A-Z0-9]{4})(?:[ -]?(?=[A-Z]*\d)[A-Z0-9]{4}){1,6}"
            r"(?:[ -]?(?=[A-Z]{0,2}\d)[A-Z0-9]{1,3})?(?!\w)",
            re.IGNORECASE | re.ASCII,
        ),
    ),
    ("card", re.compile(r"(?<!\d)\d{13,19}(?!\d)")),
    ("card", re.compile(r"(?<!\d)(?<!\d[ -])\d{4}([ -])\d{4}\1\d{4}\1\d{4}(?!\1?\d{3})(?!\d)")),
    ("card", re.compile(r"(?<!\d)(?<!\d[ -])\d{4}([ -])\d{6}\1\d{5}(?!\1?\d{3})(?!\d)")),
    ("date", re.compile(rf"(?<![\d/-]){_YEAR}-{_MONTH}-{_DAY}(?![\d/-]){_TIME}")),
    ("date", re.compile(rf"(?<![\d./]){_DAY}([./]){_MONTH}\1{_YEAR}(?![\d/-]){_TIME}")),
    ("phone", re.compile(rf"(?:\+{_SEPARATOR}?|\()?\d(?:{_SEPARATOR}{{0,3}}\d){{6,}}")),
    ("other", re.compile(r"\d{6,}")),
)


class _Span(NamedTuple):
    start: int
    end: int
    kind: str


class Masker:
    """The placeholders of one conversation."""

    def __init__(self, conversation: Any = (), patterns: Sequence[re.Pattern[str]] = ()) -> None:
        """Finds what must not be written.

        Args:
            conversation: all its texts and values, nested as they may be: no placeholder
                is what one of them holds.
            patterns: what else is personal.
        """
        self._patterns = tuple(patterns)
        self._placeholders: dict[str, str] = {}
        self._originals = {
            _value(text[span.start : span.end])
            for text in _texts(conversation)
            for span in self._spans(text)
        }

    def __call__(self, value: Any) -> Any:
        """The same value without personal data: a text, a number, or maps and lists of them."""
        if isinstance(value, str):
            return self._in_text(value)
        if isinstance(value, Mapping):
            return {self(key): self(each) for key, each in value.items()}
        if isinstance(value, list | tuple):
            return [self(each) for each in value]
        if isinstance(value, int | float) and not isinstance(value, bool):
            written = _written(value)
            masked = self._in_text(written)
            return value if masked == written else type(value)(masked)
        return value

    def _in_text(self, text: str) -> str:
        if text.startswith("/") and "\\u" in text:
            text = _unescaped(text)
        masked, end = "", 0
        for span in self._spans(text):
            masked += text[end : span.start] + self._placeholder(text[span.start : span.end], span)
            end = span.end
        return masked + text[end:]

    def _spans(self, text: str) -> list[_Span]:
        """What to replace, in order; places that overlap are one, of no special kind."""
        asked_for = (
            _Span(match.start(), match.end(), "other")
            for pattern in self._patterns
            for match in pattern.finditer(text)
            if match.group()
        )
        found = [*asked_for, *_known(text)]
        spans: list[_Span] = []
        for span in sorted(found, key=lambda each: (each.start, -each.end)):
            last = spans[-1] if spans else _Span(0, 0, "")
            if span.start >= last.end:
                spans.append(span)
            elif span.end > last.end:
                spans[-1] = _Span(last.start, span.end, "other")
            elif last.kind == "date" and span.kind == "other":  # as somebody asked for
                spans[-1] = last._replace(kind="other")
        return [span for span in spans if span.kind != "date"]

    def _placeholder(self, original: str, span: _Span) -> str:
        value = _value(original)
        if value not in self._placeholders:
            self._placeholders[value] = self._new(value, span.kind)
        placeholder = self._placeholders[value]
        return placeholder if span.kind == "email" else _spaced(placeholder, original)

    def _new(self, value: str, kind: str) -> str:
        """One that is neither taken nor anything of the conversation, if that can be."""
        taken = {*self._placeholders.values(), *self._originals, value}
        number = len(self._placeholders) + 1
        for attempt in range(1000):
            made = PLACEHOLDERS[kind](value, random.Random(f"{number} {attempt}"))
            if made.casefold() not in taken and not any(
                len(each) > 4 and each in made.casefold() for each in self._originals
            ):
                return made
        return "x" * len(value)


def _known(text: str) -> Iterator[_Span]:
    """What the patterns find; no two of them the same place."""
    for kind, pattern in _PATTERNS:
        for match in pattern.finditer(text):
            if kind != "card" or passes_luhn(_value(match.group())):
                start, end = match.span()
                text = text[:start] + _CLAIMED * (end - start) + text[end:]
                yield _Span(start, end, kind)


def _value(original: str) -> str:
    """What is the same however it is spaced and spelt."""
    if "@" in original or "\uff20" in original:
        return original.casefold()
    plain = ascii_digits(original).casefold()
    kept = "".join(c for c in plain if c.isalnum())
    return ("+" if plain.startswith("+") else "") + kept if kept else plain


def _spaced(placeholder: str, original: str) -> str:
    """The placeholder's letters and digits where the original has its own."""
    if not any(c.isalnum() for c in original):
        return placeholder
    rest = iter(placeholder.lstrip("+"))
    spaced = "".join(_cased(next(rest, ""), c) if c.isalnum() else c for c in original)
    return spaced + "".join(rest)


def _cased(character: str, original: str) -> str:
    return character.upper() if original.isupper() else character


def _written(number: float) -> str:
    if isinstance(number, float) and number.is_integer():
        return f"{number:.0f}"
    return repr(number)


def _unescaped(payload: str) -> str:
    """`/intent{...}` with its characters as they are."""
    head, brace, body = payload.partition("{")
    try:
        return head + json.dumps(json.loads(brace + body), ensure_ascii=False)
    except ValueError:
        return payload


def _texts(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
        if value.startswith("/") and "\\u" in value:
            yield _unescaped(value)
    elif isinstance(value, Mapping):
        yield from _all_texts((*value.keys(), *value.values()))
    elif isinstance(value, list | tuple):
        yield from _all_texts(value)
    elif isinstance(value, int | float) and not isinstance(value, bool):
        yield _written(value)


def _all_texts(values: Iterable[Any]) -> Iterator[str]:
    for value in values:
        yield from _texts(value)
