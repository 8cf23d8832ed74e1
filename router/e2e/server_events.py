"""Events for a conversation on a server, and what it tells of those that it has."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from router.e2e.observed import LISTEN, Event

__all__ = ["added_events", "in_front_of_listening", "opening_events", "slot_events"]

_UNDO: Event = {"event": "undo"}  # takes the last action back, and what came behind it


def slot_events(slots: Mapping[str, Any]) -> list[Event]:
    """Those that set slots."""
    return [{"event": "slot", "name": name, "value": slots[name]} for name in slots]


def in_front_of_listening(slots: Mapping[str, Any], begun: Sequence[Event]) -> list[Event]:
    """Those that set slots before the assistant listens.

    A fallback rewinds to that, and would take along what is behind it.

    Args:
        slots: name -> value.
        begun: what the session's start did.
    """
    actions = [event for event in begun if event.get("event") == "action"]
    if not actions or actions[-1].get("name") != LISTEN:
        return slot_events(slots)
    return [_UNDO, *slot_events(slots), {"event": "action", "name": LISTEN}]


def opening_events(begun: Sequence[Event], added: Sequence[Event]) -> tuple[Event, ...]:
    """Those of a conversation's opening that count.

    Args:
        begun: what the session's start did, and what made the server start it.
        added: `in_front_of_listening`, as the server tells it; empty if nothing was set.
    """
    listens = (n for n, event in enumerate(begun) if event.get("name") == LISTEN)
    until = next(listens, len(begun))
    if not added:
        return tuple(begun[: until + 1])
    is_undone = added[0].get("event") == _UNDO["event"]
    return (*begun[:until], *added[1:]) if is_undone else (*begun, *added)


def added_events(before: Sequence[Event], after: Sequence[Event]) -> tuple[Event, ...]:
    """What is behind the last event that was there before: all of it in a new session."""
    if after[: len(before)] == before:
        return tuple(after[len(before) :])
    known = [position for position, event in enumerate(after, start=1) if event in before]
    return tuple(after[known[-1] if known else 0 :])
