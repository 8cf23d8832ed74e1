"""Whose turn is whose: through one rule or story, with the skills in progress.

What goes on when a part is entered by a checkpoint, or while a form is active, is `INCOMING`
until all parts are known.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from router.checks.training_data import DialogueStep
from router.errors import Location
from router.planner.inventory.entries import Entries
from router.planner.inventory.grouping import Groups
from router.planner.inventory.parts import RESETS, Part, Turn, loop_door

__all__ = ["INCOMING", "Share", "Start", "Traits", "Walk", "skill_traits", "walk"]

Skills = frozenset[int]
"""Numbers of skills in progress; more than one where files can't tell which."""

INCOMING: Skills = frozenset({-1})


@dataclass(frozen=True)
class Share:
    """Steps that belong to a skill; `intents` are what the user says before them."""

    skills: Skills
    intents: tuple[str, ...]
    steps: tuple[DialogueStep, ...]


@dataclass(frozen=True)
class Start:
    """A skill that starts while another is in progress (`is_within`: while the incoming is)."""

    first: Skills
    second: Skills
    location: Location
    is_within: bool


@dataclass
class Walk:
    """What was met in a part, and what is in progress when it ends (nothing, after a reset)."""

    part: Part
    shares: list[Share] = field(default_factory=list)
    starts: list[Start] = field(default_factory=list)
    activated: list[tuple[str, Skills]] = field(default_factory=list)
    ends_in: Skills = frozenset()
    base: Skills = frozenset()


@dataclass(frozen=True)
class Traits:
    """What is known of skills beforehand.

    `lasting` ones take more than one turn, or are never over after one; `acts` and `inside`
    are what the bot does, and users say, in their later turns where nothing comes between.
    """

    lasting: frozenset[int]
    acts: Mapping[int, frozenset[str]]
    inside: Mapping[int, frozenset[str]]

    def knows(self, skills: Skills, turn: Turn) -> bool:
        """Whether a turn is one of the skills' later turns."""
        if turn.acts:
            return any(turn.acts & self.acts.get(skill, frozenset()) for skill in skills)
        return any(
            intent in self.inside.get(skill, ()) for skill in skills for intent in turn.intents
        )


def skill_traits(entries: Entries, groups: Groups) -> Traits:
    """The traits of skills, from the openings and what follows them undisturbed."""
    lasting = {
        number
        for number, group in enumerate(groups.groups)
        if group.forms or group.flows or not entries.complete.intersection(group.intents)
    }
    acts: dict[int, set[str]] = {}
    inside: dict[int, set[str]] = {}
    for opening in entries.openings:
        skills = {groups.of_intent[intent] for intent in opening.turn.intents}
        later = list(_undisturbed(opening.part.turns[opening.index + 1 :], entries, groups))
        if later:
            lasting |= skills
        for skill in skills:
            acts.setdefault(skill, set()).update(*(turn.acts for turn in later))
            inside.setdefault(skill, set()).update(*(turn.intents for turn in later))
    return Traits(
        frozenset(lasting),
        {skill: frozenset(found) for skill, found in acts.items()},
        {skill: frozenset(found) for skill, found in inside.items()},
    )


def _undisturbed(turns: Sequence[Turn], entries: Entries, groups: Groups) -> Iterator[Turn]:
    for turn in turns:
        if any(i in groups.of_intent and entries.leads(i, turn) for i in turn.intents):
            return
        yield turn
        if turn.resets:
            return


def walk(
    part: Part, forms: Collection[str], entries: Entries, groups: Groups, traits: Traits
) -> Walk:
    """Goes through a part, with a stack of the skills in progress."""
    return _Walker(part, forms, entries, groups, traits).through()


class _Walker:
    def __init__(
        self, part: Part, forms: Collection[str], entries: Entries, groups: Groups, traits: Traits
    ) -> None:
        self.walk = Walk(part)
        self.forms = forms
        self.entries = entries
        self.groups = groups
        self.traits = traits
        self.stack: list[Skills] = [INCOMING] if part.enters else []
        self.pending: list[DialogueStep] = []

    def through(self) -> Walk:
        for turn in self.walk.part.turns:
            if turn.intents:
                self._say(turn)
            self._steps(turn)
        self.walk.ends_in = self._in_progress()
        return self.walk

    def _say(self, turn: Turn) -> None:
        known = [i for i in turn.intents if i in self.groups.of_intent]
        leading = [i for i in known if not self.stack or self.entries.leads(i, turn)]
        targets = frozenset(self.groups.of_intent[intent] for intent in leading)
        if targets:
            self._start(targets, turn.location)
        elif self.stack:
            self._return_to(turn)

    def _start(self, skills: Skills, location: Location) -> None:
        """Goes back to the skills if they are in progress; else they start."""
        for depth in range(len(self.stack), 0, -1):
            if self.stack[depth - 1] & skills:
                del self.stack[depth:]
                return
        if self.stack:
            is_within = self.stack[0] == INCOMING
            self.walk.starts.append(Start(self._in_progress(), skills, location, is_within))
        self.stack.append(skills)

    def _return_to(self, turn: Turn) -> None:
        """Goes back to the last skill that has such a turn; if none has, to the first."""
        for depth in range(len(self.stack), 0, -1):
            if self.traits.knows(self.stack[depth - 1], turn):
                del self.stack[depth:]
                return
        lasting = [depth for depth, each in enumerate(self.stack, 1) if self._lasts(each)]
        del self.stack[lasting[0] if lasting else len(self.stack) :]

    def _lasts(self, skills: Skills) -> bool:
        return skills == INCOMING or bool(skills & self.traits.lasting)

    def _in_progress(self) -> Skills:
        """The last skill that isn't over after its one turn; if all are, the last."""
        lasting = [skills for skills in self.stack if self._lasts(skills)]
        return (lasting or self.stack or [frozenset()])[-1]

    def _steps(self, turn: Turn) -> None:
        intents, steps = turn.intents, list(self.pending)
        self.pending = []
        for step in turn.steps:
            before = self.stack[-1] if self.stack else None
            if step.kind in ("action", "loop") and step.names and step.names[0] in self.forms:
                self._activate(step)
            now = self.stack[-1] if self.stack else None
            if before is not None and now != before:
                self._share(before, intents, steps)
                intents, steps = (), []
            steps.append(step)
            if step.kind == "action" and step.names and step.names[0] in RESETS:
                self._share(now, intents, steps)
                intents, steps = (), []
                self.stack = []
        if not self.stack and not intents:
            self.pending = steps
        else:
            self._share(self.stack[-1] if self.stack else None, intents, steps)

    def _activate(self, step: DialogueStep) -> None:
        form = step.names[0]
        owners = self.groups.owners.get(form, frozenset())
        if self.stack and self.stack[0] == INCOMING and loop_door(form) in self.walk.part.enters:
            del self.stack[1:]
        elif self.stack and (len(owners) == 1 or any(each & owners for each in self.stack)):
            self._start(owners, step.location)
        if self.stack:
            self.walk.activated.append((form, self.stack[-1]))

    def _share(
        self, skills: Skills | None, intents: tuple[str, ...], steps: list[DialogueStep]
    ) -> None:
        if skills is not None and (intents or steps):
            self.walk.base = self.walk.base or skills
            self.walk.shares.append(Share(skills, intents, tuple(steps)))
