"""Skills to keep in both systems, so that neither has to give up a conversation for them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from router.flows.default_patterns import RESET_ACTION
from router.planner.model import Edge, Inventory, Skill
from router.planner.proposal.graph import INTERRUPTIONS, weights_of
from router.planner.proposal.words import words_of

__all__ = ["could_be_shared", "evenly_used", "is_answer", "needed_anywhere"]

#: What users say in the middle of anything; asked of skills that are one answer.
SMALL_TALK = (
    "affirm", "are you a bot", "are you human", "bot challenge", "bye", "cancel", "chitchat",
    "deny", "fallback", "goodbye", "greet", "greeting", "hello", "help", "hi", "mood",
    "out of scope", "repeat", "small talk", "smalltalk", "stop", "thank", "thanks", "welcome",
)  # fmt: skip
#: Without which a user is lost, whichever system answers.
EXITS = (
    "agent handoff", "emergency", "escalate", "hand off", "hand over", "handoff", "handover",
    "human", "live agent", "operator", "speak to agent", "talk to agent",
)  # fmt: skip
#: What others rely on to be right.
CHECKS = (
    "authenticate", "authentication", "identification", "identify", "log in", "login", "sign in",
    "signin", "verification", "verify",
)  # fmt: skip
#: What has more responses than one answer in two wordings is a conversation.
MOST_RESPONSES = 2
#: Interruptions of an evenly used skill: in how many areas at least, in what share of all areas,
#: and the most that one of them may have.
FEWEST_AREAS, SHARE_OF_AREAS, MOST_IN_ONE = 3, 0.5, 1 / 3
#: The most that one area may have of a skill that is one answer.
MOST_OF_ANSWER = 1 / 2


def is_answer(skill: Skill) -> bool:
    """Whether all it does is to answer: no form, no slot, no action, no further question."""
    does = set(skill.actions) - {RESET_ACTION}
    is_short = 0 < len(skill.responses) <= MOST_RESPONSES
    return is_short and not (skill.forms or skill.inside or skill.slots_written or does)


def needed_anywhere(inventory: Inventory) -> dict[str, str]:
    """Skills that belong to no area by what they are, and why."""
    kept = {}
    for name, skill in sorted(inventory.skills.items()):
        if _speaks_of(skill, EXITS):
            kept[name] = "High stakes: users have to reach it from both systems."
        elif is_answer(skill) and _speaks_of(skill, SMALL_TALK):
            kept[name] = "One answer, said in the middle of anything."
    return kept


def could_be_shared(skill: Skill) -> bool:
    """Whether it may be what connects areas, rather than be in one: a check, or one answer."""
    return is_answer(skill) or _speaks_of(skill, CHECKS)


def evenly_used(
    inventory: Inventory,
    edges: Sequence[Edge],
    areas: Sequence[Sequence[str]],
    candidates: Iterable[str],
) -> dict[str, str]:
    """Skills that several areas use, none of them most of the time, and why.

    They interrupt, or are interrupted by, skills of at least three areas and half of all, with
    at most a third in one. One answer needs two areas and at most half in one; a check of who
    the user is needs two, however it is used.

    Args:
        inventory: the skills.
        edges: the interruption graph.
        areas: as they are without what could be shared.
        candidates: what to look at.
    """
    kept = {}
    weights = weights_of(inventory.skills, (e for e in edges if e.kind in INTERRUPTIONS))
    area_of = {skill: number for number, area in enumerate(areas) for skill in area}
    for name in sorted(candidates):
        skill, uses = inventory.skills[name], _uses(name, weights[name], areas, area_of)
        if len(uses) < 2:
            continue
        most = max(uses.values()) / sum(uses.values())
        if _speaks_of(skill, CHECKS):
            kept[name] = f"High stakes: skills of {len(uses)} areas rely on it."
        elif is_answer(skill) and most <= MOST_OF_ANSWER:
            kept[name] = f"One answer, used from {len(uses)} areas."
        elif len(uses) >= max(FEWEST_AREAS, SHARE_OF_AREAS * len(areas)) and most <= MOST_IN_ONE:
            kept[name] = f"Used from {len(uses)} areas, by none of them more than {most:.0%}."
    return kept


def _uses(
    name: str,
    weights: Mapping[str, float],
    areas: Sequence[Sequence[str]],
    area_of: Mapping[str, int],
) -> dict[str, float]:
    """What a skill has with each area, by the area's first other skill."""
    uses: dict[str, float] = {}
    for other, weight in weights.items():
        if other in area_of:
            key = next(skill for skill in areas[area_of[other]] if skill != name)
            uses[key] = uses.get(key, 0.0) + weight
    return uses


def _speaks_of(skill: Skill, phrases: Iterable[str]) -> bool:
    texts = [f" {' '.join(words_of(name))} " for name in (skill.name, *skill.entry_intents)]
    return any(f" {phrase} " in text for phrase in phrases for text in texts)
