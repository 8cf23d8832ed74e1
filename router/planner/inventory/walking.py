"""Whose turn is whose: through one rule or story, with the skills in progress.

What goes on when a part is entered by a checkpoint, or while a form is active, is `INCOMING`
until all parts are known.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, field

from router.checks.training_data import DialogueStep
from router.errors import Location
from router.planner.inventory.entries import Entries
from router.planner.inventory.grouping import Groups
from router.planner.inventory.parts import GENERAL_ACTIONS, RESETS, Part, Turn, loop_door
from router.planner.inventory.traits import Skills, Traits

__all__ = ["INCOMING", "Share", "Start", "Walk", "walk"]

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
    """What was met in a part, and what is in progress when it ends (nothing, after a reset).

    `owners` are the skills of each step, by its place; `unsure` those that a step may be of,
    where nothing but this part has it.
    """

    part: Part
    shares: list[Share] = field(default_factory=list)
    starts: list[Start] = field(default_factory=list)
    activated: list[tuple[str, Skills]] = field(default_factory=list)
    ends_in: Skills = frozenset()
    base: Skills = frozenset()
    owners: dict[Location, Skills] = field(default_factory=dict)
    unsure: dict[Location, Skills] = field(default_factory=dict)


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
        self.unsure: Skills = frozenset()

    def through(self) -> Walk:
        for turn in self.walk.part.turns:
            self.unsure = frozenset()
            if turn.intents:
                self._say(turn)
                if self.unsure:
                    self.walk.unsure[turn.location] = self.unsure
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
        """Goes back to the last skill that has such a turn; if none has, to the last that asked.

        If none asked either, it's the last one that isn't over after one turn.
        """
        for depth in range(len(self.stack), 0, -1):
            if self.traits.knows(self._known(self.stack[depth - 1]), turn):
                del self.stack[depth:]
                return
        lasting = [depth for depth, each in enumerate(self.stack, 1) if self._lasts(each)]
        asked = [depth for depth in lasting if self._asked(self.stack[depth - 1])]
        if len(lasting) > 1:
            self.unsure = frozenset().union(*(self.stack[depth - 1] for depth in lasting))
        del self.stack[(asked or lasting or [len(self.stack)])[-1] :]

    def _asked(self, skills: Skills) -> bool:
        """Whether the skills' last step waits for an answer; unknown steps may."""
        steps = [s for each in self.walk.shares if each.skills == skills for s in each.steps]
        for step in reversed(steps):
            name = step.names[0] if step.names else ""
            if step.kind == "loop" or name in self.forms:
                return bool(name)
            if step.kind == "action" and name not in GENERAL_ACTIONS:
                return name.startswith("utter_ask") or step.text.rstrip().endswith("?")
        return skills == INCOMING

    def _known(self, skills: Skills) -> Skills:
        """The skills; those that come in where a form is active are the form's."""
        if skills != INCOMING:
            return skills
        doors = self.walk.part.enters
        found = (own for form, own in self.groups.owners.items() if loop_door(form) in doors)
        return frozenset().union(*found)

    def _lasts(self, skills: Skills) -> bool:
        return skills == INCOMING or bool(skills & self.traits.lasting)

    def _in_progress(self) -> Skills:
        """The last skill that isn't over after its one turn; if all are, the last."""
        lasting = [skills for skills in self.stack if self._lasts(skills)]
        return (lasting or self.stack or [frozenset()])[-1]

    def _steps(self, turn: Turn) -> None:
        intents, steps = turn.intents, list(self.pending)
        self.pending = []
        is_after_form = False
        for step in turn.steps:
            before = self.stack[-1] if self.stack else None
            if step.kind in ("action", "loop") and step.names and step.names[0] in self.forms:
                self._activate(step)
            elif step.kind == "action":
                self._go_on(step, is_after_form)
            elif step.kind == "loop":
                is_after_form = True
            now = self.stack[-1] if self.stack else None
            if before is not None and now != before:
                self._share(before, intents, steps, turn)
                intents, steps = (), []
            steps.append(step)
            if self.unsure:
                self.walk.unsure[step.location] = self.unsure
            if step.kind == "action" and step.names and step.names[0] in RESETS:
                self._share(now, intents, steps, turn)
                intents, steps = (), []
                self.stack = []
        if not self.stack and not intents:
            self.pending = steps
        else:
            self._share(self.stack[-1] if self.stack else None, intents, steps, turn)

    def _go_on(self, step: DialogueStep, is_after_form: bool) -> None:
        """Goes back to a skill that was interrupted, where the bot does what only that does."""
        act = (step.names[0] if step.names else "") or step.text
        if len(self.stack) < 2 or not act or act in GENERAL_ACTIONS:
            return
        if self.traits.does(self._known(self.stack[-1]), act):
            self.unsure = frozenset()
            return
        below = [d for d in range(len(self.stack) - 1, 0, -1) if self._lasts(self.stack[d - 1])]
        for depth in below:
            if self.traits.does(self._known(self.stack[depth - 1]), act):
                del self.stack[depth:]
                self.unsure = frozenset()
                return
        if below and is_after_form:
            waiting = (self.stack[depth - 1] for depth in below)
            self.unsure = self.stack[-1].union(*waiting)

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
        self,
        skills: Skills | None,
        intents: tuple[str, ...],
        steps: list[DialogueStep],
        turn: Turn,
    ) -> None:
        if skills is not None and (intents or steps):
            self.walk.base = self.walk.base or skills
            self.walk.shares.append(Share(skills, intents, tuple(steps)))
            self.walk.owners.update({step.location: skills for step in steps})
            if intents:
                self.walk.owners[turn.location] = skills
