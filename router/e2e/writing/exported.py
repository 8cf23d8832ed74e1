"""Conversations in a file: trackers, or events one by one, as JSON.

A list or lines of `{"sender_id": ..., "events": [...]}`, what Rasa's tracker API gives, or
what `rasa export` and an event broker write: events that each name their `sender_id`.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from router.e2e.observed import Event
from router.errors import InvalidTest, Location, Problem

__all__ = ["Exported", "StoredConversation", "read_exported"]

UNNAMED = "conversation"
_KINDS: Mapping[str, type] = {
    "event": str,
    "text": str,
    "metadata": Mapping,
    "data": Mapping,
    "parse_data": Mapping,
}
_KINDS_PARSED: Mapping[str, type] = {
    "intent": Mapping,
    "entities": list,
    "commands": list,
    "llm_calls": list,
}


@dataclass(frozen=True)
class StoredConversation:
    """All events of one conversation, as JSON."""

    sender_id: str
    events: tuple[Event, ...]


@dataclass(frozen=True)
class Exported:
    """What a file holds; `problems` are lines that couldn't be read, and were left out."""

    conversations: tuple[StoredConversation, ...]
    problems: tuple[Problem, ...] = ()


@dataclass
class _Found:
    """Events by conversation, in order of first appearance, and where they couldn't be read."""

    file: str
    events: dict[str, list[Event]] = field(default_factory=dict)
    problems: list[Problem] = field(default_factory=list)

    def add(self, item: Any, line: int, what: str) -> None:
        """Files one tracker or one event."""
        if not isinstance(item, Mapping):
            self.refuse(line, f"{what} isn't a map.")
        elif "events" in item:
            self._add_tracker(item, line, what)
        elif "event" in item:
            if not item.get("sender_id"):
                self.refuse(line, f"{what} is an event without a `sender_id`.")
            elif not _is_event(item):
                self.refuse(line, f"{what} is an event with values of another kind.")
            else:
                self.events.setdefault(str(item["sender_id"]), []).append(item)
        else:
            self.refuse(line, f"{what} has neither `events` nor `event`.")

    def _add_tracker(self, item: Mapping[str, Any], line: int, what: str) -> None:
        given = item["events"]
        if not isinstance(given, list):
            self.refuse(line, f"`events` of {what[:1].lower()}{what[1:]} isn't a list.")
            return
        events = [each for each in given if _is_event(each)]
        if len(events) < len(given):
            lost = len(given) - len(events)
            self.refuse(line, f"{lost} of {len(given)} events of {what} aren't any.")
        named = item.get("sender_id")
        sender = str(named) if named else f"{UNNAMED} {len(self.events) + 1}"
        self.events.setdefault(sender, []).extend(events)

    def refuse(self, line: int, message: str) -> None:
        """Notes what is wrong there; nothing of the line itself, which may be personal."""
        place = Location(self.file, line)
        self.problems.append(Problem(place, "unreadable-line", message, is_warning=True))


def _is_event(item: Any) -> bool:
    """Whether it has what Rasa's events have, as far as it's read."""
    if not isinstance(item, Mapping) or not item.get("event"):
        return False
    parsed = item.get("parse_data") or {}
    return _fits(item, _KINDS) and _fits(parsed, _KINDS_PARSED)


def _fits(data: Mapping[str, Any], kinds: Mapping[str, type]) -> bool:
    return all(data.get(key) is None or isinstance(data[key], kind) for key, kind in kinds.items())


def read_exported(path: Path) -> Exported:
    """Reads a file of conversations.

    Raises:
        InvalidTest: it can't be read, or nothing in it can.
    """
    try:
        data = path.read_bytes()
    except OSError as error:
        message = f"The file can't be read: {error.strerror or error}."
        raise InvalidTest([Problem(Location(str(path)), "unreadable-file", message)]) from error
    found = _Found(str(path))
    for item, line, what in _items(data.removeprefix(b"\xef\xbb\xbf"), found):
        found.add(item, line, what)
    if not found.events:
        advice = 'Write a line {"sender_id": ..., "events": [...]} for each conversation.'
        nothing = Problem(Location(str(path)), "no-conversation", "It holds none.", advice)
        raise InvalidTest([*found.problems, nothing])
    conversations = (StoredConversation(name, tuple(all_)) for name, all_ in found.events.items())
    return Exported(tuple(conversations), tuple(found.problems))


def _items(data: bytes, found: _Found) -> Iterator[tuple[Any, int, str]]:
    """Each tracker or event, with its line and how to name it."""
    try:
        whole = json.loads(data)
    except (ValueError, RecursionError) as error:
        if data.lstrip()[:1] == b"[":
            line = getattr(error, "lineno", 1)
            found.refuse(line, f"The list isn't JSON: {getattr(error, 'msg', error)}.")
        else:
            yield from _lines(data.split(b"\n"), found)
        return
    if not isinstance(whole, list):
        yield whole, 1, "The file"
        return
    for number, item in enumerate(whole, 1):
        yield item, 1, f"Item {number} of the list"


def _lines(lines: Iterable[bytes], found: _Found) -> Iterator[tuple[Any, int, str]]:
    for number, line in enumerate(lines, 1):
        if not line.strip():
            continue
        try:
            item = json.loads(line)
        except UnicodeDecodeError:
            found.refuse(number, "The line isn't UTF-8.")
        except (ValueError, RecursionError) as error:
            found.refuse(number, f"The line isn't JSON: {getattr(error, 'msg', error)}.")
        else:
            yield item, number, "The line"
