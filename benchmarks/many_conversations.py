"""Any number of conversations as a tracker store's events, made of the SGD sessions, as Parquet.

Every session is played as a bot with a form for each task would log it; in every tenth copy the
first task's form is still open when the second task begins: an interruption.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa

SESSIONS = "sgd_multidomain_sessions.json"
INTERRUPTED = 10  # one conversation in so many
_STEP = 5.0  # seconds between two events
_FILE = 100_000  # conversations
_SCHEMA = pa.schema(
    [
        ("session", pa.int64()),
        ("is_interrupted", pa.bool_()),
        ("place", pa.int64()),
        ("type_name", pa.string()),
        ("intent_name", pa.string()),
        ("action_name", pa.string()),
        ("data", pa.string()),
    ]
)

_COPIES = """
COPY (
    SELECT
        row_number() OVER (ORDER BY copy * 0.25 + place * {step}, copy, place) AS id,
        'user-' || copy AS sender_id,
        type_name,
        1.7e9 + copy * 0.25 + place * {step} AS timestamp,
        intent_name,
        action_name,
        data
    FROM range({first}, {end}) AS copies(copy)
    JOIN played ON session = copy % {sessions}
        AND is_interrupted = (copy // {sessions} % {interrupted} = 0)
    ORDER BY timestamp
) TO '{file}' (FORMAT parquet)
"""


def write_conversations(data: Path, folder: Path, count: int) -> int:
    """Writes `count` conversations into Parquet files, by time; how many events they are."""
    played = _played(sessions_of(data))
    connection = duckdb.connect(config={"memory_limit": "2GB", "temp_directory": str(folder)})
    connection.register("played", played)
    sessions = max(played["session"].to_pylist()) + 1
    for first in range(0, count, _FILE):
        query = _COPIES.format(
            first=first,
            end=min(first + _FILE, count),
            sessions=sessions,
            interrupted=INTERRUPTED,
            step=_STEP,
            file=folder / f"events-{first:09}.parquet",
        )
        connection.execute(query)
    [(events,)] = connection.execute(
        f"SELECT count(*) FROM read_parquet('{folder}/*.parquet')"
    ).fetchall()
    connection.close()
    return int(events)


def sessions_of(data: Path) -> list[list[tuple[str, bool]]]:
    """Of each session, the skill of each user turn (`service_intent`), and if it opens it."""
    splits = json.loads((data / SESSIONS).read_text(encoding="utf-8"))
    return [
        [
            (f"{turn['service']}_{turn['intent']}", turn["new_intent"])
            for turn in session["user_turns"]
        ]
        for split in splits.values()
        for session in split
    ]


def skills_of(data: Path) -> dict[str, str]:
    """The skill that each intent opens: all of them bear the same name."""
    skills = {skill for session in sessions_of(data) for skill, opens in session if opens}
    return {skill: skill for skill in sorted(skills)}


def planted(data: Path, count: int) -> Mapping[tuple[str, str], int]:
    """In how many of `count` conversations which skill interrupts which one."""
    sessions = sessions_of(data)
    found: Counter[tuple[str, str]] = Counter()
    cycle = len(sessions) * INTERRUPTED
    for number, session in enumerate(sessions):
        opened = [skill for skill, opens in session if opens]
        if len(opened) > 1 and opened[0] != opened[1]:
            copies = count // cycle + (number < count % cycle)
            if copies:
                found[opened[0], opened[1]] += copies
    return found


def _played(sessions: list[list[tuple[str, bool]]]) -> pa.Table:
    rows = [
        {"session": number, "is_interrupted": is_interrupted, "place": place, **event}
        for number, session in enumerate(sessions)
        for is_interrupted in (False, True)
        for place, event in enumerate(_events(session, is_interrupted))
    ]
    return pa.Table.from_pylist(rows, schema=_SCHEMA)


def _events(session: list[tuple[str, bool]], is_interrupted: bool) -> Iterator[dict[str, Any]]:
    opened = 0
    yield _event("session_started")
    for skill, opens in session:
        opened += opens
        if opens and opened > 1 and not (is_interrupted and opened == 2):
            yield _event("active_loop", {"name": None})
        intent = skill if opens else "inform"
        yield _event("user", {"parse_data": {"intent": {"name": intent}}}, intent_name=intent)
        if opens and is_interrupted and opened == 2:
            yield _event("active_loop", {"name": None})
        if opens:
            form = f"{skill}_form"
            yield _event("active_loop", {"name": form}, action_name=form)
        action = f"utter_{skill}_{'opened' if opens else 'next'}"
        yield _event("action", {"name": action}, action_name=action)


def _event(type_name: str, data: Mapping[str, Any] | None = None, **names: str) -> dict[str, Any]:
    content = json.dumps({"event": type_name, **(data or {})})
    return {"type_name": type_name, "data": content, **names}
