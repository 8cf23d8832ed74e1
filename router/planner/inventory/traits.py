"""What is known of skills before stories are gone through in which they meet."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from router.planner.inventory.entries import Entries
from router.planner.inventory.grouping import Groups
from router.planner.inventory.parts import Part, Turn, loop_door

__all__ = ["Skills", "Traits", "skill_traits"]

Skills = frozenset[int]
"""Numbers of skills in progress; more than one where files can't tell which."""


@dataclass(frozen=True)
class Traits:
    """What skills do where nothing comes between.

    `lasting` ones take more than one turn, or are never over after one. `acts` and `inside` are
    what the bot does, and users say, in their later turns and after their forms; `own` is all
    that the bot does in them.
    """

    lasting: frozenset[int]
    acts: Mapping[int, frozenset[str]]
    inside: Mapping[int, frozenset[str]]
    own: Mapping[int, frozenset[str]]

    def knows(self, skills: Skills, turn: Turn) -> bool:
        """Whether a turn is one of the skills' later turns."""
        if turn.acts:
            return any(turn.acts & self.acts.get(skill, frozenset()) for skill in skills)
        return any(
            intent in self.inside.get(skill, ()) for skill in skills for intent in turn.intents
        )

    def does(self, skills: Skills, act: str) -> bool:
        """Whether an act is one of the skills'."""
        return any(act in self.own.get(skill, ()) for skill in skills)


def skill_traits(parts: Sequence[Part], entries: Entries, groups: Groups) -> Traits:
    """The traits of skills, from the openings, what follows them undisturbed, and their forms."""
    lasting = {
        number
        for number, group in enumerate(groups.groups)
        if group.forms or group.flows or not entries.complete.intersection(group.intents)
    }
    acts: dict[int, set[str]] = {}
    inside: dict[int, set[str]] = {}
    own: dict[int, set[str]] = {}

    def learn(skills: Skills, turns: Sequence[Turn]) -> None:
        for skill in skills:
            acts.setdefault(skill, set()).update(*(turn.acts for turn in turns))
            inside.setdefault(skill, set()).update(*(turn.intents for turn in turns))

    for opening in entries.openings:
        skills = frozenset(groups.of_intent[intent] for intent in opening.turn.intents)
        later = list(_undisturbed(opening.part.turns[opening.index + 1 :], entries, groups))
        if later:
            lasting |= skills
        learn(skills, later)
        for skill in skills:
            own.setdefault(skill, set()).update(opening.turn.acts)
    owner_of = {loop_door(f): owners for f, owners in groups.owners.items() if len(owners) == 1}
    for part in parts:
        for door in part.enters:
            if door in owner_of:
                learn(owner_of[door], list(_undisturbed(part.turns, entries, groups)))
    return Traits(
        frozenset(lasting),
        {skill: frozenset(found) for skill, found in acts.items()},
        {skill: frozenset(found) for skill, found in inside.items()},
        {skill: frozenset(found | acts.get(skill, set())) for skill, found in own.items()},
    )


def _undisturbed(turns: Sequence[Turn], entries: Entries, groups: Groups) -> Iterator[Turn]:
    for turn in turns:
        if any(i in groups.of_intent and entries.leads(i, turn) for i in turn.intents):
            return
        yield turn
        if turn.resets:
            return
