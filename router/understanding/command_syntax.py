"""The grammar of the command generators: what a line can mean, whatever flows there are.

One command a line, in any of three spellings that may be mixed:
`SetSlot(city, New York)`, the compact `set slot city New York`, the older `set city New York`.
A line counts only if all of it is one command; prose around it is ignored. Tolerated are
bullets, numbers, quotes, code fences, extra spaces, the keyword's case, and punctuation at
the end. Work is bounded, and linear in the length of the text.
Format: https://rasa.com/docs/pro/customize/command-generator
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from router.dialogue.commands import (
    CancelFlow,
    CannotHandle,
    ChitChat,
    Clarify,
    Command,
    HumanHandoff,
    Knowledge,
    RepeatBotMessages,
    SetSlot,
    SkipQuestion,
    StartFlow,
)

MAX_LINES = 1000
MAX_VALUE_CHARACTERS = 10_000
MAX_OPTIONS = 50

# The first spelling is the first language's, the second the compact one's.
WITHOUT_ARGUMENTS: dict[type[Command], tuple[str, ...]] = {
    CancelFlow: ("CancelFlow()", "cancel flow", "cancel"),
    SkipQuestion: ("SkipQuestion()", "skip question", "skip"),
    ChitChat: ("ChitChat()", "offtopic reply", "chat"),
    Knowledge: ("SearchAndReply()", "provide info", "search and reply", "search"),
    HumanHandoff: ("HumanHandoff()", "hand over", "handoff"),
    RepeatBotMessages: ("RepeatLastBotMessages()", "repeat message"),
    CannotHandle: ("CannotHandle()", "cannot handle"),
}
_FIXED = {
    words.lower(): kind() for kind, spellings in WITHOUT_ARGUMENTS.items() for words in spellings
}
_QUOTES = {'"': '"', "'": "'", "`": "`", "“": "”", "„": "“", "\u2018": "\u2019", "«": "»"}
_AROUND_A_LINE = {"```": "```", "**": "**", **_QUOTES}
PUNCTUATION = " \t\r\n.,;:!?"
_EMPHASIS = "`*"
_NULLS = frozenset({"none", "null", "undefined"})
# What a user's text could hold besides (a form feed, U+2028) ends no line.
_NEWLINE = re.compile(r"\r\n?|\n")
_FENCE = re.compile(r"\s*(?:`{3,}|~{3,})\w*\s*")
_BULLET = re.compile(r"(?:[-•]|\*(?!\*)|\d{1,3}[.)])\s*")
_NAME = re.compile(r"[\w.-]+")
_CALL = re.compile(r"([a-z]+)\s*\((.*)\)", re.DOTALL | re.IGNORECASE)
_START = re.compile(r"start(?:\s+flow)?\s+(\S+)", re.IGNORECASE)
_SET = tuple(
    re.compile(rf"{words}\s+([^\s,()]+)\s+(\S.*)", re.DOTALL | re.IGNORECASE)
    for words in (r"set\s+slot", "set")
)
_CLARIFY = re.compile(r"(?:disambiguate\s+flows|clarify)\s+(\S.*)", re.DOTALL | re.IGNORECASE)
_OPENING = re.compile(
    r"""(?:setslot\s*\([^,()]*,|set\s+(?:slot\s+)?[^\s,()]+\s)\s*(["'“])(.*)""",
    re.DOTALL | re.IGNORECASE,
)
_NEXT_CALL = re.compile(
    r"\)[\s,;]*(?:startflow|setslot|clarify|"
    + "|".join(words.removesuffix("()") for words in _FIXED if words.endswith("()"))
    + r")\s*\(",
    re.IGNORECASE,
)
_ESCAPE = re.compile(r"\\(.)", re.DOTALL)
_ESCAPED = {"n": "\n", "r": "\r", '"': '"', "'": "'", "\\": "\\"}


@dataclass(frozen=True)
class ParsedLine:
    """A line with something on it; `number` counts from 1.

    `readings` are the commands it can mean, the likeliest first: several where the compact
    and the older spelling overlap, none if it isn't in the language.
    """

    number: int
    text: str
    readings: tuple[Command, ...] = ()


def read_lines(text: str) -> Iterator[ParsedLine]:
    """What each of the first 1,000 lines can mean; blank lines and code fences are left out."""
    for number, raw, is_whole in _joined(_NEWLINE.split(text, MAX_LINES)[:MAX_LINES]):
        line = "" if _FENCE.fullmatch(raw) else _bare(raw)
        if line:
            yield ParsedLine(number, line, tuple(_readings(line)) if is_whole else ())


def opens_a_quote(line: str) -> str:
    """The mark that closes the value, if the line sets a slot and doesn't close it."""
    if not any(mark in line for mark in "\"'“"):
        return ""
    match = _OPENING.match(_bare(line).lstrip(_EMPHASIS))
    if match is None:
        return ""
    closing = _QUOTES[match[1]]
    return "" if closing in _ESCAPE.sub("", match[2]) else closing


def _joined(lines: list[str]) -> Iterator[tuple[int, str, bool]]:
    """The lines with their numbers, and whether they are whole.

    A quoted value may go over several lines, so that a user's line break, repeated by the
    model within quotes, begins no new command.
    """
    position, only_apostrophes = 0, False
    while position < len(lines):
        last = position
        quote = opens_a_quote(lines[position])
        if quote and not (quote == "'" and only_apostrophes):
            closing = (i for i in range(position + 1, len(lines)) if _closes(lines[i], quote))
            last = next(closing, position)
            if last == position and quote == "'":
                only_apostrophes = True  # else each line that has one would search in vain
            elif last == position:
                # An answer that was cut off: all that follows may be the user's words.
                rest = enumerate(lines[position:], start=position + 1)
                yield from ((number, line, False) for number, line in rest)
                return
        yield position + 1, "\n".join(lines[position : last + 1]), True
        position = last + 1


def _closes(line: str, quote: str) -> bool:
    return (
        line.rstrip(PUNCTUATION + ")" + _EMPHASIS).endswith(quote)
        and _ESCAPE.sub("", line).count(quote) % 2 == 1
    )


def _bare(line: str) -> str:
    """The line without what lists and emphasis put around it."""
    for _ in range(4):
        before = line
        line = line.strip()
        bullet = _BULLET.match(line)
        line = line[bullet.end() :] if bullet else line
        ended = line.rstrip(PUNCTUATION)
        for opening, closing in _AROUND_A_LINE.items():
            end = len(ended) - len(closing)
            if end >= len(opening) and line.startswith(opening) and ended.endswith(closing):
                line = ended = ended[len(opening) : end].strip()
        if line == before:
            break
    return line


def _readings(line: str) -> Iterable[Command]:
    ended = line.rstrip(PUNCTUATION)
    call = _CALL.fullmatch(ended)
    if call is not None:
        return _call_readings(call[1].lower(), call[2])
    fixed = _FIXED.get(" ".join(ended.split()).lower())
    if fixed is not None:
        return [fixed]
    start, clarify = _START.fullmatch(ended), _CLARIFY.fullmatch(ended)
    if start is not None:
        return _start(start[1])
    if clarify is not None:
        return _clarify(clarify[1])
    matches = (pattern.fullmatch(line) for pattern in _SET)
    return [command for match in matches if match for command in _set(match[1], match[2])]


def _call_readings(keyword: str, arguments: str) -> list[Command]:
    if keyword == "startflow":
        return _start(arguments)
    if keyword == "clarify":
        return _clarify(arguments)
    if keyword == "setslot":
        slot, _, value = arguments.partition(",")
        # Two calls on one line: the second may be the user's words, so neither is believed.
        return [] if _has_second_call(value.strip()) else _set(slot, value)
    fixed = _FIXED.get(f"{keyword}()")
    return [fixed] if fixed is not None and not arguments.strip() else []


def _start(argument: str) -> list[Command]:
    name = _name(argument)
    return [StartFlow(name)] if name else []


def _clarify(arguments: str) -> list[Command]:
    if len(arguments) > MAX_VALUE_CHARACTERS:
        return []
    names = [_name(word) for word in re.split(r"[\s,]+", arguments.strip(" ,"))]
    return [Clarify(tuple(dict.fromkeys(names))[:MAX_OPTIONS])] if all(names) else []


def _set(slot: str, value: str) -> list[Command]:
    name, value = _name(slot), value.strip()
    if not name or not value.strip(" ,;"):
        return []
    return [SetSlot(name, _value(value))]


def _name(text: str) -> str:
    """The name in `text`, without its quotes; empty if it isn't one."""
    text = text.strip()
    inside = _inside_quotes(text)
    text = text if inside is None else inside
    return text if _NAME.fullmatch(text) else ""


def _value(text: str) -> str | None:
    ended = text.rstrip(PUNCTUATION)
    inside = _inside_quotes(ended)
    if inside is not None:
        text = _ESCAPE.sub(lambda match: _ESCAPED.get(match[1], match[0]), inside)
    elif ended.lower() in _NULLS:
        return None
    else:
        text = text.rstrip(" ,;")
    return text[:MAX_VALUE_CHARACTERS]


def _inside_quotes(text: str) -> str | None:
    closing = _QUOTES.get(text[:1])
    return text[1:-1] if closing and len(text) > 1 and text.endswith(closing) else None


def _has_second_call(value: str) -> bool:
    inside = _inside_quotes(value)
    if inside is not None and _QUOTES[value[0]] not in _ESCAPE.sub("", inside):
        return False
    return _NEXT_CALL.search(value) is not None
