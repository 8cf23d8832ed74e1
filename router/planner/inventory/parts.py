"""Rules and stories cut where checkpoints cut them, and into turns."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from itertools import groupby

from router.checks.rasa_names import DEFAULT_ACTIONS
from router.checks.training_data import Dialogue, DialogueStep
from router.errors import Location
from router.flows.default_patterns import DEFAULT_FLOW_ACTIONS, RESET_ACTION
from router.planner.inventory.wording import place

__all__ = ["GENERAL_ACTIONS", "RESETS", "Part", "Turn", "loop_door", "parts_of", "reachable"]

#: After these the conversation is nobody's: what comes next opens anew.
RESETS = frozenset({RESET_ACTION, "action_restart", "action_session_start"})
#: Actions that every bot has: they tell no skill from another.
GENERAL_ACTIONS = DEFAULT_ACTIONS | DEFAULT_FLOW_ACTIONS | {RESET_ACTION}

IntentsOf = Callable[[DialogueStep], tuple[str, ...]]


@dataclass(frozen=True)
class Turn:
    """What a user may say (nothing, before the first time) and the steps until the next time.

    `loop` is the form that is active when they say it, if the rule or story tells.
    """

    intents: tuple[str, ...]
    location: Location
    steps: tuple[DialogueStep, ...] = ()
    loop: str = ""

    @cached_property
    def acts(self) -> frozenset[str]:
        """What the bot does that is a skill's own: actions, forms, texts."""
        does = (step for step in self.steps if step.kind in ("action", "loop"))
        names = {step.names[0] or step.text for step in does if step.names}
        return frozenset(names - GENERAL_ACTIONS - {""})

    @property
    def does_more(self) -> bool:
        """Whether the bot does more in it than to say something."""
        does = (step for step in self.steps if step.kind in ("action", "loop"))
        names = {step.names[0] for step in does if step.names} - GENERAL_ACTIONS - {""}
        return any(not name.startswith("utter_") for name in names)

    def forms(self, known: Collection[str]) -> tuple[str, ...]:
        """Those of the known forms that it activates, in order."""
        names = (s.names[0] for s in self.steps if s.kind in ("action", "loop") and s.names)
        return tuple(dict.fromkeys(name for name in names if name in known))

    @property
    def resets(self) -> bool:
        """Whether the conversation is given up in it."""
        return any(s.kind == "action" and s.names and s.names[0] in RESETS for s in self.steps)


@dataclass(frozen=True)
class Part:
    """A rule or story, or what of it lies between two checkpoints.

    `enters` are the doors that lead into it, checkpoints or an active form; without any it
    begins a conversation. `leaves` are the checkpoints that it ends at; `places` those of all.
    """

    dialogue: Dialogue
    turns: tuple[Turn, ...]
    enters: tuple[str, ...] = ()
    leaves: tuple[str, ...] = ()
    places: dict[str, Location] = field(default_factory=dict, compare=False)


def loop_door(form: str) -> str:
    """The door that leads to what happens while a form is active."""
    return f"form '{form}'"


def parts_of(
    dialogues: Iterable[Dialogue], intents_of: IntentsOf, reasons: list[str]
) -> list[Part]:
    """All parts, in order; those that no other leads to begin a conversation, for a reason."""
    parts = [part for dialogue in dialogues for part in _split(dialogue, intents_of)]
    open_doors = reachable(parts)
    led_to = {door for part in parts for door in part.enters}
    told: set[str] = set()
    result = []
    for part in parts:
        if part.enters and not any(door in open_doors for door in part.enters):
            for door in part.enters:
                if door not in told:
                    reasons.append(
                        f"{place(part.places[door])}: no story leads to {door}: what follows "
                        "it was read as the beginning of a conversation."
                    )
                told.add(door)
            part = replace(part, enters=())
        for door in part.leaves:
            if door not in led_to and door not in told:
                told.add(door)
                reasons.append(f"{place(part.places[door])}: no story goes on from {door}.")
        result.append(part)
    return result


def reachable(parts: Sequence[Part]) -> frozenset[str]:
    """The doors that the beginning of a conversation leads to, and those of all forms."""
    inside: dict[str, list[Part]] = {}
    for part in parts:
        for door in part.enters:
            inside.setdefault(door, []).append(part)
    waiting = [part for part in parts if not part.enters]
    waiting += (p for door, found in inside.items() if door.startswith("form ") for p in found)
    found_doors = {door for door in inside if door.startswith("form ")}
    while waiting:
        for door in waiting.pop().leaves:
            if door not in found_doors:
                found_doors.add(door)
                waiting += inside.get(door, ())
    return frozenset(found_doors)


def _split(dialogue: Dialogue, intents_of: IntentsOf) -> Iterator[Part]:
    runs = [list(run) for _, run in groupby(dialogue.steps, lambda s: s.kind == "checkpoint")]
    active = dialogue.loop
    for index, run in enumerate(runs):
        if run[0].kind == "checkpoint":
            continue
        turns = tuple(_turns(run, intents_of, active))
        active = _loop_after(turns[-1])
        doors = _doors(runs[index - 1] if index else [])
        leaves = _doors(runs[index + 1] if index + 1 < len(runs) else [])
        if index == 0 and (loop := dialogue.loop or _loop_before(turns[0])):
            doors = {loop_door(loop): dialogue.location}
        yield Part(dialogue, turns, tuple(doors), tuple(leaves), {**doors, **leaves})


def _doors(steps: Sequence[DialogueStep]) -> dict[str, Location]:
    return {f"checkpoint '{name}'": step.location for step in steps for name in step.names}


def _loop_before(turn: Turn) -> str:
    """The form that a story has active before its user says anything."""
    if turn.intents:
        return ""
    return next((s.names[0] for s in turn.steps if s.kind == "loop" and s.names[0]), "")


def _loop_after(turn: Turn) -> str:
    active = turn.loop
    for step in turn.steps:
        if step.kind == "loop":
            active = step.names[0]
        elif step.kind == "action" and step.names[0] in RESETS:
            active = ""
    return active


def _turns(steps: Sequence[DialogueStep], intents_of: IntentsOf, active: str) -> Iterator[Turn]:
    intents: tuple[str, ...] = ()
    first = steps[0].location
    following: list[DialogueStep] = []
    for step in steps:
        if step.kind == "user":
            if intents or following:
                turn = Turn(intents, first, tuple(following), active)
                active = _loop_after(turn)
                yield turn
            intents, first, following = intents_of(step), step.location, []
        else:
            following.append(step)
    yield Turn(intents, first, tuple(following), active)
