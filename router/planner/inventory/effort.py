"""What moving a skill to CALM takes, in points."""

from __future__ import annotations

__all__ = ["WEIGHTS", "effort_terms"]

#: What is counted -> points for each: about an hour of one person who knows the bot.
WEIGHTS = {
    "forms": 2.0,
    "required slots": 1.0,
    "branches": 1.0,
    "answers": 0.5,
    "custom actions": 1.5,
    "rules and stories": 0.25,
    "dead ends": 1.0,
}


def effort_terms(counts: dict[str, int]) -> tuple[tuple[str, int, float], ...]:
    """The terms of a skill's effort: what is counted, how often, and points for each.

    The effort is their sum: linear, so that a planner can redo it on paper.
    - A form (2) becomes a flow: steps, ends, what an interruption does to it.
    - A required slot (1) becomes a collect with a description and mappings of both systems.
    - A branch (1), another way on at the same place in stories, becomes an `if` and a test.
    - An answer (0.5), an intent within the skill, is now understood as a slot's value.
    - A custom action (1.5) stays, but runs where slots and events differ: read and tested.
    - A rule or story (0.25) is read once more and becomes a case of the end-to-end tests.
    - A dead end (1), after which no file goes on, is a question to whoever knows.
    """
    return tuple((name, counts[name], weight) for name, weight in WEIGHTS.items() if counts[name])
