"""How a failed expectation says what there was instead: in words, the nearest first."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from difflib import SequenceMatcher
from typing import Any

from router.e2e.observed import BotMessage

__all__ = ["as_value", "buttons_text", "likeness", "listed", "message_text", "nearest_first"]

_SHOWN = 5  # of many things
_LONGEST = 300  # characters of a text


def as_value(value: Any) -> str:
    """A value as YAML has it on one line; control characters are escaped."""
    text = json.dumps(value, ensure_ascii=False, default=str)
    return text if len(text) <= _LONGEST else f"{text[:_LONGEST]}..."


def message_text(message: BotMessage) -> str:
    """What the bot said, and the response that it came from."""
    said = as_value(message.text) if message.text else " and ".join(message.data) or "no text"
    return f"{said} ({message.utter})" if message.utter else said


def buttons_text(buttons: Sequence[Mapping[str, Any]]) -> str:
    """Buttons as `[title -> payload] ...`."""
    each = (
        f"[{b.get('title')} -> {b['payload']}]" if "payload" in b else f"[{b.get('title')}]"
        for b in buttons
    )
    return " ".join(each) or "none"


def likeness(one: str, other: str) -> float:
    """How much two texts have in common, 0 to 1."""
    return SequenceMatcher(None, one[:_LONGEST].lower(), other[:_LONGEST].lower()).ratio()


def nearest_first(names: Iterable[str], wanted: Sequence[str]) -> list[str]:
    """The names, each once: the one most like any that's wanted, and the others in order."""
    found = list(dict.fromkeys(names))
    if found:
        nearest = max(found, key=lambda name: max(likeness(name, each) for each in wanted))
        found.sort(key=lambda name: name != nearest)
    return found


def listed(things: Sequence[str], between: str = ", ") -> str:
    """The first few things, and how many more there are."""
    more = len(things) - _SHOWN
    shown = between.join(things[:_SHOWN])
    return f"{shown}{between}and {more} more" if more > 0 else shown
