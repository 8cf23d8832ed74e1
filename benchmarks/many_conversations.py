"""Any number of conversations as a tracker store's events, made of the SGD sessions, as Parquet.

Every session is played as a bot would log it that has a form for each task of several turns; in
every tenth copy the first form is still open when the next task begins: an interruption.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa

SESSIONS = "sgd_multidomain_sessions.json"
INTERRUPTED = 10  # one conversation in so many
TURNS = 3  # of a task at most: about 20 events a conversation
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
    connection.execute("SET enable_progress_bar = false")
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


def sessions_of(data: Path) -> list[list[tuple[str, int]]]:
    """The tasks of each session: the skill (`service_intent`), and how many turns it takes."""
    splits = json.loads((data / SESSIONS).read_text(encoding="utf-8"))
    return [[*_tasks(session["user_turns"])] for split in splits.values() for session in split]


def skills_of(data: Path) -> dict[str, str]:
    """The skill that each intent opens: all of them bear the same name."""
    skills = {skill for session in sessions_of(data) for skill, _ in session}
    return {skill: skill for skill in sorted(skills)}


def planted(data: Path, count: int) -> Mapping[tuple[str, str], int]:
    """In how many of `count` conversations which skill interrupts which one."""
    sessions = sessions_of(data)
    found: Counter[tuple[str, str]] = Counter()
    cycle = len(sessions) * INTERRUPTED
    for number, ((first, turns), *rest) in enumerate(sessions):
        copies = count // cycle + (number < count % cycle)
        if turns > 1 and rest and rest[0][0] != first and copies:
            found[first, rest[0][0]] += copies
    return found


def _tasks(turns: Sequence[Mapping[str, Any]]) -> Iterator[tuple[str, int]]:
    opens = [number for number, turn in enumerate(turns) if turn["new_intent"]]
    for number, following in zip(opens, [*opens[1:], len(turns)], strict=True):
        turn = turns[number]
        yield f"{turn['service']}_{turn['intent']}", min(following - number, TURNS)


def _played(sessions: Sequence[Sequence[tuple[str, int]]]) -> pa.Table:
    rows = [
        {"session": number, "is_interrupted": is_interrupted, "place": place, **event}
        for number, session in enumerate(sessions)
        for is_interrupted in (False, True)
        for place, event in enumerate(_events(session, is_interrupted))
    ]
    return pa.Table.from_pylist(rows, schema=_SCHEMA)


def _events(session: Sequence[tuple[str, int]], is_interrupted: bool) -> Iterator[dict[str, Any]]:
    yield _event("session_started")
    ends_late = False
    for number, (skill, turns) in enumerate(session):
        yield from _turn(skill, f"utter_{skill}")
        if ends_late:
            yield _event("active_loop", {"name": None})
        if turns > 1:
            form = f"{skill}_form"
            yield _event("active_loop", {"name": form}, action_name=form)
        for turn in range(1, turns):
            yield from _turn("inform", f"utter_ask_{skill}_{turn}")
        ends_late = is_interrupted and number == 0 and turns > 1 and len(session) > 1
        if turns > 1 and not ends_late:
            yield _event("active_loop", {"name": None})


def _turn(intent: str, action: str) -> Iterator[dict[str, Any]]:
    yield _event("user", {"parse_data": {"intent": {"name": intent}}}, intent_name=intent)
    yield _event("action", {"name": action}, action_name=action)


def _event(type_name: str, data: Mapping[str, Any] | None = None, **names: str) -> dict[str, Any]:
    content = json.dumps({"event": type_name, **(data or {})})
    return {"type_name": type_name, "data": content, **names}
