"""Messages that buttons send: `/intent{...}` and `/SetSlots(a=b, c=d)`.

They say exactly what is meant, so neither the NLU pipeline nor a model is asked.
Follows https://rasa.com/docs/rasa/responses#buttons
"""

from __future__ import annotations

import re
from dataclasses import dataclass

MAX_SLOTS = 10

_SET_SLOTS = re.compile(r"\A/SetSlots\((?P<body>.*)\)\Z", re.DOTALL)
_NULLS = frozenset({"none", "null", "undefined"})


@dataclass(frozen=True)
class SetSlotsPayload:
    """The slots of a `/SetSlots(...)` message; `problem` says why it can't be used.

    The problem quotes nothing of the message: it goes to the log.
    """

    slots: tuple[tuple[str, str | None], ...] = ()
    problem: str = ""


def parse_set_slots(text: str) -> SetSlotsPayload | None:
    """Reads a `/SetSlots(...)` message; None for any other text.

    Values stay text; `none`, `null` and `undefined` (in any case) are None. A value may be
    quoted to hold commas. At most 10 slots.
    """
    match = _SET_SLOTS.match(text.strip())
    if match is None:
        return None
    slots: list[tuple[str, str | None]] = []
    for part in _split(match["body"]):
        name, equals, value = (piece.strip() for piece in part.partition("="))
        if not name or not equals:
            return SetSlotsPayload(problem="a part of it isn't of the form slot=value")
        slots.append((name, _value(value)))
    if not slots:
        return SetSlotsPayload(problem="it names no slot")
    if len(slots) > MAX_SLOTS:
        return SetSlotsPayload(problem=f"it names {len(slots)} slots, at most {MAX_SLOTS} fit")
    return SetSlotsPayload(tuple(slots))


def _split(body: str) -> list[str]:
    parts, current, quote = [], "", ""
    for character in body:
        if quote:
            quote = "" if character == quote else quote
        elif character in "'\"" and current.rstrip().endswith("="):
            quote = character
        elif character == ",":
            parts.append(current)
            current = ""
            continue
        current += character
    return [part for part in [*parts, current] if part.strip()]


def _value(text: str) -> str | None:
    if text.casefold() in _NULLS:
        return None
    if len(text) >= 2 and text[0] == text[-1] and text[0] in "'\"":
        return text[1:-1]
    return text
