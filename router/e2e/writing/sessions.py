"""From the events of a stored conversation to its sessions, turn by turn."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from router.checks.rasa_names import DEFAULT_SLOTS
from router.e2e.observed import LISTEN, Event, ObservedTurn
from router.e2e.writing.cases import Session
from router.errors import Location, Problem
from router.flows.slots import ROUTE_SLOT, STACK_SLOT

__all__ = ["EXTERNAL", "sessions_of"]

EXTERNAL = "EXTERNAL: "  # what Rasa writes before the intent that came from outside
_START_ACTION = "action_session_start"
# Why a route was given up before the message that comes next, not after the one before.
_BEFORE_A_TURN = ("max_idle_minutes", "max_turns_without_progress")
_OWN = frozenset({ROUTE_SLOT, STACK_SLOT, *DEFAULT_SLOTS})


def sessions_of(
    sender_id: str, events: Iterable[Event], collect: list[Problem] | None = None
) -> list[Session]:
    """The sessions of a conversation in which the user said something.

    A session begins with `session_started` and behind a restart. A message that was taken back
    (`rewind`, as by the default fallback) was said and answered: it stays, but the slots it set
    don't. A message without text and intent is left out, with a warning.

    Args:
        sender_id: whose conversation it is.
        events: as JSON, in their order.
        collect: gets the warning.
    """
    slots: dict[str, Any] = {}
    sessions, left_out = [], 0
    for part in _by_session(events):
        session, unsaid = _session(sender_id, part, slots)
        left_out += unsaid
        if session.user_turns:
            sessions.append(session)
    if left_out and collect is not None:
        message = f"Messages of the user without text and intent were left out: {left_out}."
        place = Location(f"conversation {sender_id}")
        collect.append(Problem(place, "left-out-messages", message, is_warning=True))
    return sessions


def _by_session(events: Iterable[Event]) -> Iterator[list[Event]]:
    part: list[Event] = []
    restarted = False
    for event in events:
        kind = event.get("event")
        begins = kind == "session_started" and not _is_started(part)
        begins = begins or (kind == "action" and event.get("name") == _START_ACTION)
        if part and (begins or (restarted and kind == "user")):
            yield part
            part = []
        restarted = (restarted and kind != "user") or kind == "restart"
        part.append(event)
    if part:
        yield part


def _is_started(part: Sequence[Event]) -> bool:
    """Whether these are the first events of a session that `action_session_start` opened."""
    return len(part) == 1 and part[0].get("name") == _START_ACTION


def _session(sender_id: str, events: Sequence[Event], slots: dict[str, Any]) -> tuple[Session, int]:
    """One session, and how many messages it lacks.

    `slots` are the values so far, and are brought up to date.
    """
    parts = _by_turn(events)
    opening, rest = parts[0], parts[1:]
    said_before: list[dict[str, Any]] = []
    turns = [_turn("", opening, slots, said_before)]
    given = {
        str(event.get("name")): event.get("value")
        for event in opening
        if event.get("event") == "slot" and event.get("name") not in _OWN
    }
    # A message that can't be sent again still set slots.
    said = [_turn(_said(part), part, slots, said_before) for part in rest]
    kept = [turn for turn in said if turn.user]
    turns += kept
    session = Session(
        sender_id,
        tuple(turn for turn in turns if turn.user or turn.messages),
        {name: value for name, value in given.items() if value is not None},
        next((each for each in map(_time, events) if each is not None), None),
    )
    return session, len(said) - len(kept)


def _by_turn(events: Sequence[Event]) -> list[list[Event]]:
    """The opening, then a list of events for each message of the user."""
    parts: list[list[Event]] = [[]]
    seen: set[tuple[str, str]] = set()
    for event in events:
        if event.get("event") == "user" and not _is_repeated(event, seen):
            parts.append([*_released_late(parts), event])
        else:
            parts[-1].append(event)
    return parts


def _is_repeated(event: Event, seen: set[tuple[str, str]]) -> bool:
    """Whether Rasa put a message there once more, as its two-stage fallback does."""
    which = str(event.get("message_id") or ""), str(event.get("text") or "")
    if which in seen:
        return True
    if which[0]:
        seen.add(which)
    return False


def _released_late(parts: list[list[Event]]) -> list[Event]:
    """The events of a route given up for waiting too long, taken out of the last turn."""
    part = parts[-1]
    listens = [i for i, e in enumerate(part) if e.get("name") == LISTEN]
    behind = listens[-1] + 1 if listens else len(part)
    reasons = (
        str(((event.get("metadata") or {}).get("release") or {}).get("reason"))
        for event in part[behind:]
    )
    if not any(reason.startswith(_BEFORE_A_TURN) for reason in reasons):
        return []
    parts[-1] = part[:behind]
    return part[behind:]


def _turn(
    user: str, events: list[Event], slots: dict[str, Any], said_before: list[dict[str, Any]]
) -> ObservedTurn:
    """A turn; brings the slots up to date, and their values before each message that counts."""
    before = dict(slots)
    for event in events:
        kind = event.get("event")
        if kind == "slot":
            slots[str(event.get("name"))] = event.get("value")
        elif kind == "user":
            said_before.append(dict(slots))
        elif kind == "rewind" and said_before:
            slots.clear()
            slots.update(said_before.pop())
        elif kind in ("reset_slots", "restart"):
            slots.clear()
    return ObservedTurn(user, tuple(events), before, dict(slots))


def _said(events: Sequence[Event]) -> str:
    """The message as one can send it; what came from outside as `/intent{...}`.

    Empty where there's neither a text nor an intent.
    """
    event = next(each for each in events if each.get("event") == "user")
    text = str(event.get("text") or "")
    is_external = bool((event.get("metadata") or {}).get("is_external"))
    if text.strip() and not is_external and not text.startswith(EXTERNAL):
        return text
    parse_data: Mapping[str, Any] = event.get("parse_data") or {}
    intent = (parse_data.get("intent") or {}).get("name")
    if not intent:
        return text.strip() and text
    entities = {
        str(entity.get("entity")): entity.get("value")
        for entity in parse_data.get("entities") or ()
        if isinstance(entity, Mapping)
    }
    return f"/{intent}" + (json.dumps(entities, ensure_ascii=False) if entities else "")


def _time(event: Event) -> float | None:
    given = event.get("timestamp")
    return float(given) if isinstance(given, int | float) else None
