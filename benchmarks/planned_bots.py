"""Bots whose topic areas are known: stories, conversations, and what they were made from."""

from __future__ import annotations

import json
import random
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

FEWEST_AREAS, MOST_AREAS = 4, 20
ACROSS = (0.1, 0.3)  # the share of interruptions between areas
SKILLS = (3, 9)  # of an area
STORIES = (4, 8)  # that interrupt a skill
CONVERSATIONS = 40  # a skill, in each of which one interrupts another
GREETED = 0.3  # the share of stories and conversations that begin with a greeting
#: Skills of no area: users greet before, and ask for a human in the middle of, anything.
GREETING, HUMAN = "greet", "speak_to_human"

_Pair = tuple[str, str]


@dataclass(frozen=True)
class PlannedBot:
    """Skills by area, and pairs of a skill and the one that interrupts it, as often as it does."""

    areas: tuple[tuple[str, ...], ...]
    across: float
    stories: tuple[_Pair, ...]
    conversations: tuple[_Pair, ...]

    @property
    def area_of(self) -> Mapping[str, int]:
        """The number of each skill's area."""
        return {skill: number for number, area in enumerate(self.areas) for skill in area}


def planned_bot(seed: int) -> PlannedBot:
    """A bot; those of 17 seeds in a row have all numbers of areas from 4 to 20.

    Names tell nothing of the areas. In stories every skill is interrupted equally often; in
    conversations some are used much more than others (Pareto, 1.5).
    """
    draw = random.Random(seed)
    sizes = [
        draw.randint(*SKILLS)
        for _ in range(FEWEST_AREAS + seed % (MOST_AREAS - FEWEST_AREAS + 1))
    ]  # fmt: skip
    names = [f"skill_{number:03}" for number in range(sum(sizes))]
    draw.shuffle(names)
    rest = iter(names)
    areas = tuple(tuple(sorted(next(rest) for _ in range(size))) for size in sizes)
    across = draw.uniform(*ACROSS)
    use = {name: draw.paretovariate(1.5) for name in sorted(names)}
    area_of = {skill: area for area in areas for skill in area}

    def interrupting(skill: str, weights: Mapping[str, float] | None = None) -> str:
        elsewhere = draw.random() < across
        others = [
            name
            for name in use
            if name != skill and (area_of[name] is not area_of[skill]) == elsewhere
        ]
        return draw.choices(others, [weights[name] for name in others] if weights else None)[0]

    stories = [(skill, interrupting(skill)) for skill in use for _ in range(draw.randint(*STORIES))]
    opened = draw.choices(list(use), list(use.values()), k=CONVERSATIONS * len(use))
    conversations = [(skill, interrupting(skill, use)) for skill in opened]
    return PlannedBot(areas, across, tuple(stories), tuple(conversations))


def write_bot(bot: PlannedBot, folder: Path) -> None:
    """Writes config.yml, domain.yml and data/: a rule a skill, a story an interruption."""
    skills = sorted(bot.area_of)
    intents = [*skills, GREETING, HUMAN]
    (folder / "data").mkdir(parents=True)
    (folder / "config.yml").write_text("language: en\npipeline: []\npolicies: []\n", "utf-8")
    domain = ['version: "3.1"', "intents:", *(f"  - {intent}" for intent in intents), "actions:"]
    domain += (f"  - action_{intent}" for intent in [*skills, HUMAN])
    domain += ["responses:", f"  utter_{GREETING}:", "    - text: Hello."]
    (folder / "domain.yml").write_text("\n".join(domain) + "\n", "utf-8")
    lines = ['version: "3.1"', "rules:"]
    for intent in intents:
        lines += [f"  - rule: {intent}", "    steps:", *_steps(intent)]
    lines.append("stories:")
    for number, (skill, other) in enumerate(bot.stories):
        greets = number % 10 < 10 * GREETED
        lines += [f"  - story: {other} in {skill}, {number}", "    steps:"]
        lines += [*(_steps(GREETING) if greets else ()), *_steps(skill), *_steps(other)]
    for number, area in enumerate(bot.areas):
        lines += [f"  - story: a human asked for, {number}", "    steps:"]
        lines += [*_steps(area[0]), *_steps(HUMAN)]
    (folder / "data" / "stories.yml").write_text("\n".join(lines) + "\n", "utf-8")


def write_conversations(bot: PlannedBot, file: Path) -> None:
    """Writes events as JSON lines: the form of one skill is active when another is opened."""
    with file.open("w", encoding="utf-8") as lines:
        for number, pair in enumerate(bot.conversations):
            for place, event in enumerate(_events(*pair, number % 10 < 10 * GREETED)):
                at = {"sender_id": f"user-{number}", "timestamp": number * 100.0 + place}
                lines.write(f"{json.dumps({**at, **event})}\n")


def intents_of(bot: PlannedBot) -> Mapping[str, str]:
    """The skill that each intent opens: all of them bear the same name."""
    return {name: name for name in [*sorted(bot.area_of), GREETING, HUMAN]}


def forms_of(skills: Sequence[str]) -> Mapping[str, str]:
    """The skill of each form in the conversations."""
    return {f"{skill}_form": skill for skill in skills}


def _steps(intent: str) -> list[str]:
    action = f"utter_{GREETING}" if intent == GREETING else f"action_{intent}"
    return [f"      - intent: {intent}", f"      - action: {action}"]


def _events(skill: str, other: str, greets: bool) -> Iterator[dict[str, Any]]:
    yield {"event": "session_started"}
    if greets:
        yield from _turn(GREETING, f"utter_{GREETING}")
    yield from _turn(skill, f"{skill}_form")
    yield {"event": "active_loop", "name": f"{skill}_form"}
    yield from _turn(other, f"action_{other}")
    yield from _turn("inform", f"{skill}_form")
    yield {"event": "active_loop", "name": None}


def _turn(intent: str, action: str) -> Iterator[dict[str, Any]]:
    yield {"event": "user", "parse_data": {"intent": {"name": intent}}}
    yield {"event": "action", "name": action}
