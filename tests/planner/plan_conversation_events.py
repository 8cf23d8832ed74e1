"""Conversations written down in short, and stores made of them."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

COLUMNS = ("id", "sender_id", "type_name", "timestamp", "intent_name", "action_name", "data")

Event = Mapping[str, Any]
SESSION: Event = {"event": "session_started"}
RESTART: Event = {"event": "restart"}


def said(intent: str | None, *commands: Event) -> Event:
    """A message that was understood as an intent, and as commands."""
    parsed = {"intent": {"name": intent} if intent else {}, "commands": list(commands)}
    return {"event": "user", "text": 'something "private": 1', "parse_data": parsed}


def did(action: str) -> Event:
    return {"event": "action", "name": action}


def form(name: str | None) -> Event:
    return {"event": "active_loop", "name": name}


def slot(name: str, value: Any, **metadata: Any) -> Event:
    return {"event": "slot", "metadata": metadata, "name": name, "value": value}


def start(flow: str) -> Event:
    return {"command": "start flow", "flow": flow}


def stack(*flows: str) -> Event:
    """The stack's slot with these flows, each one asking something."""
    frames = [
        frame
        for number, flow in enumerate(flows)
        for frame in (
            {
                "frame_id": str(number),
                "flow_id": flow,
                "step_id": "ask",
                "type": "flow",
                "frame_type": "interrupt" if number else "regular",
            },
            {
                "frame_id": f"{number}p",
                "flow_id": "pattern_collect_information",
                "step_id": "check",
                "type": "pattern_collect_information",
            },
        )
    ]
    return slot("dialogue_stack", frames)


def timed(events: Sequence[Event], start: float = 1.0) -> list[dict[str, Any]]:
    """The events, a second between one and the next."""
    return [
        {"event": event["event"], "timestamp": start + number, **event}
        for number, event in enumerate(events)
    ]


def rows(conversations: Mapping[str, Sequence[Event]]) -> list[dict[str, Any]]:
    """As an SQL tracker store keeps conversations that go on at the same time."""
    every = [
        (event["timestamp"], sender, event)
        for sender, events in conversations.items()
        for event in timed(events)
    ]
    every.sort(key=lambda each: each[0])
    return [
        {
            "id": number,
            "sender_id": sender,
            "type_name": event["event"],
            "timestamp": timestamp,
            "intent_name": event.get("parse_data", {}).get("intent", {}).get("name"),
            "action_name": event.get("name"),
            "data": json.dumps(event),
        }
        for number, (timestamp, sender, event) in enumerate(every, 1)
    ]


def write_sqlite(stored: Iterable[Mapping[str, Any]], path: Path) -> str:
    connection = sqlite3.connect(path)
    connection.execute(
        "CREATE TABLE events (id INTEGER PRIMARY KEY, sender_id VARCHAR(255), "
        "type_name VARCHAR(255), timestamp FLOAT, intent_name VARCHAR(255), "
        "action_name VARCHAR(255), data TEXT)"
    )
    values = [tuple(row[name] for name in COLUMNS) for row in stored]
    connection.executemany("INSERT INTO events VALUES (?, ?, ?, ?, ?, ?, ?)", values)
    connection.commit()
    connection.close()
    return f"sqlite:///{path}"


def write_parquet(stored: Sequence[Mapping[str, Any]], path: Path, leave_out: str = "") -> str:
    types = {"id": pa.int64(), "timestamp": pa.float64()}
    schema = pa.schema([(name, types.get(name, pa.string())) for name in COLUMNS])
    table = pa.Table.from_pylist(list(stored), schema=schema)
    pq.write_table(table.drop_columns([leave_out] if leave_out else []), path)
    return str(path)


def write_lines(conversations: Mapping[str, Sequence[Event]], path: Path) -> str:
    """As `rasa export` writes them: an event a line, of all conversations in turns."""
    lines = [
        json.dumps({"sender_id": row["sender_id"], **json.loads(row["data"])})
        for row in rows(conversations)
    ]
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return str(path)


def write_trackers(conversations: Mapping[str, Sequence[Event]], path: Path) -> str:
    """A tracker a line."""
    lines = [
        json.dumps({"sender_id": sender, "slots": {}, "events": timed(events)})
        for sender, events in conversations.items()
    ]
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return str(path)
