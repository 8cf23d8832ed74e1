"""Conversations with the benchmarks' bots, as end-to-end tests and as Rasa's test stories."""

from __future__ import annotations

import random
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import yaml

from benchmarks.bot import PHRASES, SKILLS
from benchmarks.llm_bot import ANSWER, COMMANDS, ORDER, Reply, answers

TURNS = 6  # of each conversation
COPIES = "three copies"

Said = tuple[str, str, str]
"""A message, its intent, and the response to it."""


def write_orders(count: int, file: Path) -> None:
    """Cases of the CALM side: two books ordered, in three turns each."""
    order = [
        _step(
            ORDER,
            {"flow_started": "order_book"},
            {"bot_uttered": {"utter_name": "utter_ask_title"}},
            {"routed_to": "calm"},
            commands=["start flow order_book"],
            route="calm",
        ),
        _step(
            ANSWER,
            {"slot_was_set": [{"name": "title", "value": ANSWER}]},
            {"bot_uttered": {"utter_name": "utter_ask_copies"}},
            commands=[f"set slot title {ANSWER}"],
        ),
        _step(
            COPIES,
            {"bot_uttered": {"utter_name": "utter_ordered"}},
            {"flow_completed": {"flow_id": "order_book"}},
            {"routing_reset": True},
            commands=["set slot copies three"],
        ),
    ]
    _write(file, (f"orders {number}" for number in range(count)), [order * 2] * count)


def order_answers(delay: float = 0.0) -> list[Reply]:
    """A model that knows what to say to `write_orders`, after so many seconds."""
    copies = {
        "match": rf'(?s){COMMANDS}.*"{COPIES}"\s+Commands:',
        "answer": "set slot copies three",
        "delay": delay,
    }
    return [copies, *answers(delay)]


def questions(count: int) -> list[list[Said]]:
    """Conversations of the NLU side: three times a question, and one that follows on it."""
    chosen = random.Random(1)
    return [[said for _ in range(TURNS // 2) for said in _question(chosen)] for _ in range(count)]


def write_question_tests(conversations: Sequence[Sequence[Said]], file: Path) -> None:
    """The conversations as end-to-end tests."""
    cases = [
        [_step(text, {"bot_uttered": {"utter_name": utter}}) for text, _, utter in said]
        for said in conversations
    ]
    _write(file, (f"asks {number}" for number in range(len(cases))), cases)


def write_question_stories(conversations: Sequence[Sequence[Said]], file: Path) -> None:
    """The same conversations as test stories of Rasa's own."""
    reset = [{"action": "action_reset_routing"}]
    stories = []
    for number, said in enumerate(conversations):
        steps: list[Mapping[str, Any]] = []
        for place, (text, intent, utter) in enumerate(said):
            steps += [{"user": text, "intent": intent}, {"action": utter}, *reset * (place % 2)]
        stories.append({"story": f"asks {number}", "steps": steps})
    _dump({"version": "3.1", "stories": stories}, file)


def _question(chosen: random.Random) -> Iterator[Said]:
    for response in ("utter_{}", "utter_more_{}"):
        skill = chosen.choice(SKILLS)
        yield chosen.choice(PHRASES).format(skill), f"ask_{skill}", response.format(skill)


def _step(user: str, *assertions: Mapping[str, Any], **keys: Any) -> dict[str, Any]:
    return {"user": user, **keys, "assertions": list(assertions)}


def _write(file: Path, names: Iterator[str], cases: Sequence[Sequence[Mapping[str, Any]]]) -> None:
    named = zip(names, cases, strict=True)
    _dump({"test_cases": [{"test_case": name, "steps": [*steps]} for name, steps in named]}, file)


def _dump(data: Mapping[str, Any], file: Path) -> None:
    file.write_text(yaml.dump(data, Dumper=_WrittenOut, sort_keys=False), encoding="utf-8")


class _WrittenOut(yaml.SafeDumper):
    """Writes what stands in several places in each of them, without anchors."""

    def ignore_aliases(self, data: Any) -> bool:
        return True
