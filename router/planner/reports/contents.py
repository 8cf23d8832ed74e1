"""What a skill is made of, in words: the same on terminals, in pull requests and on the page."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from router.planner.first_plan import flows_of
from router.planner.model import Skill

__all__ = ["MOST_LINES", "contents", "counted", "places"]

#: Lines of one file that a skill's line in a report names; the page and the JSON have all.
MOST_LINES = 24
_ENDS: Mapping[str, str] = {
    "listens": "waiting for the user",
    "resets": "handing back",
    "form": "completing a form",
    "checkpoint": "going on at a checkpoint",
}
_KINDS = {
    "rule": "rule",
    "story": "story",
    "form": "form",
    "retrieval_intent": "retrieval intent",
    "flow": "flow",
}


def contents(skill: Skill) -> dict[str, tuple[str, ...]]:
    """What it has by what that is, as far as it has any; rules, stories and effort apart."""
    every = {
        "opened by": skill.entry_intents,
        "flows": flows_of(skill),
        "inside": skill.inside,
        "entities": skill.entities,
        "forms": skill.forms,
        "actions": skill.actions,
        "slots read": skill.slots_read,
        "slots written": skill.slots_written,
        "responses": skill.responses,
        "training examples": (str(skill.examples),),
        "ends by": tuple(_ENDS.get(ending, ending) for ending in skill.endings),
    }
    return {what: names for what, names in every.items() if names}


def places(skill: Skill) -> list[str]:
    """Where it was read from, by kind and file: `2 rules data/rules.yml:3, 8`; the first lines."""
    lines: dict[tuple[str, str], list[int]] = {}
    for source in skill.sources:
        key = (source.kind, source.location.file)
        lines.setdefault(key, []).append(source.location.line)
    return [
        f"{counted(len(found), _KINDS[kind])} {file}:{_first(sorted(found))}"
        for (kind, file), found in lines.items()
    ]


def _first(lines: Sequence[int]) -> str:
    more = len(lines) - MOST_LINES
    shown = ", ".join(map(str, lines[:MOST_LINES]))
    return f"{shown} and {more} more" if more > 0 else shown


def counted(number: int, noun: str) -> str:
    """`1 story`, `2 stories`."""
    if number == 1:
        return f"1 {noun}"
    return f"{number} {noun[:-1]}ies" if noun.endswith("y") else f"{number} {noun}s"
