"""What each skill consists of, gathered from all rules, stories, forms and flows."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from router.checks.training_data import DialogueStep
from router.errors import Location
from router.flows.model import NOWHERE
from router.planner.inventory.arrivals import Arrivals
from router.planner.inventory.domain import BotDomain
from router.planner.inventory.parts import GENERAL_ACTIONS, RESETS, Part
from router.planner.inventory.walking import Share, Walk
from router.planner.model import Source

__all__ = ["Contents", "gather"]

_IGNORED_SLOTS = frozenset({"requested_slot"})
_LISTEN = "action_listen"

Places = dict[str, Location]
"""Names, in order, with the place where each was met first."""


@dataclass
class Contents:
    """A skill's contents; `branches` and `dead_ends` are counted."""

    inside: Places = field(default_factory=dict)
    actions: Places = field(default_factory=dict)
    responses: Places = field(default_factory=dict)
    forms: Places = field(default_factory=dict)
    reads: Places = field(default_factory=dict)
    writes: Places = field(default_factory=dict)
    sources: dict[Source, None] = field(default_factory=dict)
    endings: dict[str, None] = field(default_factory=dict)
    branches: int = 0
    dead_ends: int = 0
    _ways: dict[tuple[object, ...], int] = field(default_factory=dict)
    _forks: set[int] = field(default_factory=set)

    @property
    def custom_actions(self) -> Places:
        """The actions that are the bot's own."""
        return {n: place for n, place in self.actions.items() if n not in GENERAL_ACTIONS}

    @property
    def slots(self) -> Places:
        """The slots that it reads or writes."""
        return {**self.reads, **self.writes}

    def do(self, action: str, place: Location) -> None:
        """Adds an action or response."""
        if action and action != _LISTEN:
            names = self.responses if action.startswith("utter_") else self.actions
            names.setdefault(action, place)

    def read(self, slot: str, place: Location) -> None:
        """Adds a slot that it depends on."""
        if slot not in _IGNORED_SLOTS:
            self.reads.setdefault(slot, place)

    def write(self, slot: str, place: Location) -> None:
        """Adds a slot that it fills."""
        if slot not in _IGNORED_SLOTS:
            self.writes.setdefault(slot, place)

    def go(self, node: int, label: tuple[object, ...]) -> int:
        """Goes one step on from a node of the tree of its ways; counts those that fork."""
        key = (node, *label)
        if key not in self._ways:
            self._ways[key] = len(self._ways) + 1
            self.branches += node in self._forks
            self._forks.add(node)
        return self._ways[key]

    def root(self, enters: Sequence[str]) -> int:
        """Where the ways through a part begin; only those from a checkpoint fork there."""
        node = self._ways.setdefault(("enter", *enters), len(self._ways) + 1)
        if not any(door.startswith("checkpoint ") for door in enters):
            self._forks.discard(node)
        return node


def gather(
    walks: Iterable[Walk],
    arrivals: Arrivals,
    entries: Sequence[Collection[str]],
    domain: BotDomain,
    lasting: Collection[int],
) -> list[Contents]:
    """The contents of each skill, by number.

    Args:
        walks: through all parts.
        arrivals: who comes into them.
        entries: the entry intents of each skill.
        domain: for the forms.
        lasting: the skills that take more than one turn. A story with another skill's one
            turn in it isn't that skill's source.
    """
    contents = [Contents() for _ in entries]
    walks = list(walks)
    entered = {door for walk in walks for door in walk.part.enters}
    for walk in walks:
        base = arrivals.resolved(walk.base, walk)
        nodes: dict[int, int] = {}
        for share in walk.shares:
            for number in sorted(arrivals.resolved(share.skills, walk)):
                skill = contents[number]
                root = nodes.get(number) or skill.root(walk.part.enters)
                nodes[number] = _take(skill, share, root, entries[number], domain)
        last = arrivals.resolved(walk.shares[-1].skills, walk) if walk.shares else base
        for number in sorted({*base, *(n for n in nodes if n in lasting)}):
            dialogue = walk.part.dialogue
            source = Source(dialogue.kind, dialogue.name, dialogue.location)
            contents[number].sources[source] = None
            if number in last or number in lasting:
                _end(contents[number], walk.part, entered, domain)
        for step in walk.part.dialogue.condition:
            for slot in step.names if step.kind == "slots" else ():
                for number in sorted(base):
                    contents[number].read(slot, step.location)
    return contents


def _take(
    skill: Contents, share: Share, node: int, entries: Collection[str], domain: BotDomain
) -> int:
    """Adds a share to its skill; returns where its way goes on."""
    if share.intents:
        node = skill.go(node, ("user", *sorted(share.intents)))
        for intent in share.intents:
            if intent not in entries and not intent.startswith("text:"):
                skill.inside.setdefault(intent, NOWHERE)
    is_first = not share.intents
    for step in share.steps:
        if not _is_of_form(step, domain):
            node = skill.go(node, (step.kind, *step.names, step.text))
        if step.kind == "slots":
            for slot in step.names:
                skill.read(slot, step.location)
                if not is_first:
                    skill.write(slot, step.location)
        else:
            is_first = False
            _act(skill, step, domain)
    return node


def _is_of_form(step: DialogueStep, domain: BotDomain) -> bool:
    """Whether a form is activated, resumed or left: that isn't another way."""
    return step.kind == "loop" or any(
        name in domain.forms or name in _IGNORED_SLOTS for name in step.names
    )


def _act(skill: Contents, step: DialogueStep, domain: BotDomain) -> None:
    name = step.names[0] if step.names else ""
    if name and (step.kind == "loop" or name in domain.forms):
        skill.forms.setdefault(name, step.location)
    elif step.kind == "action":
        skill.do(name, step.location)


def _end(skill: Contents, part: Part, entered: Collection[str], domain: BotDomain) -> None:
    skill.endings[_ending(part, domain.forms)] = None
    last = part.turns[-1]
    is_unanswered = bool(last.intents and not last.steps and not part.leaves)
    goes_nowhere = any(door not in entered for door in part.leaves)
    skill.dead_ends += is_unanswered or goes_nowhere


def _ending(part: Part, forms: Mapping[str, object]) -> str:
    if part.leaves:
        return "checkpoint"
    active, last = part.dialogue.loop, ""
    for step in (step for turn in part.turns for step in turn.steps):
        if step.kind == "loop" or (step.kind == "action" and step.names[0] in forms):
            active = step.names[0]
        last = step.names[0] if step.kind == "action" else last
    if last in RESETS:
        return "resets"
    return "form" if active else "listens"
