"""SGD sessions as the conversations of a bot: events as a tracker store of Rasa has them.

    python -m benchmarks.sgd_conversations --data DIR --out conversations.jsonl

A task of a service is a skill (`Hotels_1_SearchHotel`); the first message of each names it as its
intent, all others are `inform`. The sessions don't say where a task is done, so there are no
forms: what comes next is a succession, and only what is gone back to has been interrupted.
Schema-Guided Dialogue (Rastogi et al. 2020, https://arxiv.org/abs/1909.05855, CC BY-SA 4.0).
"""

from __future__ import annotations

import argparse
import json
import tempfile
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from router.planner.conversations import analyse, open_source
from router.planner.model import Inventory, Skill, Traffic

FILE = "sgd_multidomain_sessions.json"
WITHIN = "inform"
_APART = 100.0  # seconds between the first messages of two sessions
_STEP = 1.0  # and between two events


@dataclass(frozen=True)
class Session:
    """The skill that each message of a user is about, in order; `part` is `train` or `dev`."""

    id: str
    part: str
    skills: tuple[str, ...]


def read_sessions(data: Path) -> list[Session]:
    """All sessions in the file's order; messages about nothing are left out."""
    parts = json.loads((data / FILE).read_text(encoding="utf-8"))
    return [
        Session(
            session["id"],
            part,
            tuple(
                f"{turn['service']}_{turn['intent']}"
                for turn in session["user_turns"]
                if turn["intent"] != "NONE"
            ),
        )
        for part, sessions in parts.items()
        for session in sessions
    ]


def events(session: Session, start: float = 0.0) -> Iterator[dict[str, Any]]:
    """A session's events, with the fields that Rasa writes."""
    said: list[dict[str, Any]] = [{"event": "session_started"}]
    before = ""
    for skill in session.skills:
        intent = WITHIN if skill == before else skill
        said += (
            {"event": "user", "parse_data": {"intent": {"name": intent}}},
            {"event": "action", "name": f"utter_{skill}"},
        )
        before = skill
    for number, event in enumerate(said):
        yield {"sender_id": session.id, "timestamp": start + number * _STEP, **event}


def write_conversations(sessions: Iterable[Session], file: Path) -> None:
    """Writes all events as JSON lines."""
    with file.open("w", encoding="utf-8") as lines:
        for number, session in enumerate(sessions):
            lines.writelines(f"{json.dumps(e)}\n" for e in events(session, number * _APART))


def skills_of(sessions: Iterable[Session]) -> Mapping[str, str]:
    """The skill that each intent opens: all of them bear the same name."""
    return {skill: skill for skill in sorted({s for each in sessions for s in each.skills})}


def inventory_of(sessions: Iterable[Session]) -> Inventory:
    """A bot of which nothing is known but its skills."""
    return Inventory({name: Skill(name, (name,)) for name in skills_of(sessions)})


def traffic_of(sessions: Sequence[Session], skills: Mapping[str, str]) -> Traffic:
    """What the planner reads from the sessions' events."""
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "conversations.jsonl"
        write_conversations(sessions, file)
        with open_source(str(file)) as source:
            return analyse(source, skills, intents=(WITHIN,))


if __name__ == "__main__":
    parser = argparse.ArgumentParser(prog="benchmarks.sgd_conversations")
    parser.add_argument("--data", type=Path, default=Path("../shared/data"))
    parser.add_argument("--out", type=Path, required=True)
    options = parser.parse_args()
    write_conversations(read_sessions(options.data), options.out)
