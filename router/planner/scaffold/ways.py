"""The ways that a conversation about a skill can take, by its rules and stories."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import islice
from typing import Any, Union

from router.checks.training_data import Dialogue, DialogueStep
from router.errors import Location
from router.flows.model import NOWHERE
from router.flows.slots import RESERVED_SLOTS
from router.planner.inventory.parts import GENERAL_ACTIONS, RESETS
from router.planner.inventory.wording import place
from router.planner.model import Skill
from router.planner.scaffold.bot import IS_SET, Bot

__all__ = ["Does", "Event", "Fills", "Says", "Supposes", "Way", "ways_of"]

_MOST = 64
_INTERNAL = RESERVED_SLOTS | {"requested_slot"}


@dataclass(frozen=True)
class Says:
    """The user's turn; `entities` are what a story says is in it."""

    intents: tuple[str, ...]
    entities: tuple[str, ...] = ()
    location: Location = field(default=NOWHERE, compare=False)


@dataclass(frozen=True)
class Does:
    """An action or response; `text` is what is said where there's no name."""

    action: str
    text: str = ""
    location: Location = field(default=NOWHERE, compare=False)


@dataclass(frozen=True)
class Supposes:
    """Slots with the values that they have here; a value may be `IS_SET`."""

    values: tuple[tuple[str, Any], ...]
    location: Location = field(default=NOWHERE, compare=False)


@dataclass(frozen=True)
class Fills:
    """A form, from the first question to the last answer."""

    form: str
    location: Location = field(default=NOWHERE, compare=False)


Event = Union[Says, Does, Supposes, Fills]


@dataclass(frozen=True)
class Way:
    """What happens from the entry intent on, to the end or a reset."""

    entry: tuple[str, ...]
    events: tuple[Event, ...]
    location: Location


def ways_of(skill: Skill, bot: Bot, left_out: list[str]) -> list[Way]:
    """All ways of a skill, in the order of the files; at most 64."""
    walker = _Walker(skill, bot, left_out)
    places = {s.location for s in skill.sources if s.kind in ("rule", "story")}
    found = islice(
        (way for each in bot.dialogues if each.location in places for way in walker.ways(each)),
        _MOST + 1,
    )
    ways = list(dict.fromkeys(found))
    if len(ways) > _MOST:
        left_out.append(
            f"{skill.name}: its checkpoints and forms lead to more than {_MOST} ways; "
            "the rest was left out: draw them together by hand."
        )
    return ways[:_MOST]


@dataclass
class _State:
    events: list[Event]
    form: str = ""
    is_elsewhere: bool = False
    seen: frozenset[Location] = frozenset()


class _Walker:
    def __init__(self, skill: Skill, bot: Bot, left_out: list[str]) -> None:
        self.skill = skill
        self.bot = bot
        self.left_out = left_out
        self.openers = {
            intent: other.name
            for other in bot.inventory.skills.values()
            for intent in other.entry_intents
            if other.name != skill.name
        }

    def ways(self, dialogue: Dialogue) -> Iterator[Way]:
        if dialogue.loop:  # what happens while a form is active goes on from the form
            return
        for index, step in enumerate(dialogue.steps):
            intents = tuple(i for i in self._intents(step) if i in self.skill.entry_intents)
            if step.kind == "user" and intents:
                state = _State(list(self._supposed(dialogue.condition)))
                for events in self._follow(dialogue.steps[index + 1 :], dialogue, state):
                    yield Way(intents, tuple(events), dialogue.location)
                return

    def _follow(
        self, steps: Sequence[DialogueStep], dialogue: Dialogue, state: _State
    ) -> Iterator[list[Event]]:
        for index, step in enumerate(steps):
            name = step.names[0] if step.names else ""
            if step.kind == "checkpoint":
                if index:
                    yield from self._beyond(name, state)
                    return
            elif step.kind == "user":
                if not self._hear(step, steps[index + 1 :], dialogue, state):
                    break
            elif step.kind == "loop" and not name:
                state.form, state.is_elsewhere = "", False
            elif name in self.bot.files.domain.forms and step.kind in ("loop", "action"):
                if not state.is_elsewhere and state.form != name:
                    state.events.append(Fills(name, step.location))
                    state.form = name
            elif state.form or state.is_elsewhere:
                continue
            elif step.kind == "slots":
                state.events += self._supposed([step])
            elif step.kind == "action":
                if name in RESETS:
                    break
                self._do(step, name, state)
        else:
            if state.form:
                yield from self._after_form(state)
                return
        yield state.events

    def _hear(
        self,
        step: DialogueStep,
        following: Sequence[DialogueStep],
        dialogue: Dialogue,
        state: _State,
    ) -> bool:
        """Takes the user's turn; False if the skill begins again with it."""
        intents = self._intents(step)
        where = f"{place(step.location)}: '{'/'.join(intents)}' in '{dialogue.name}'"
        if any(intent in self.skill.entry_intents for intent in intents):
            return False
        others = self._started(intents, following, state)
        if state.form:
            self._leave(
                f"{where}, while {state.form} asks: in CALM the question is asked again after "
                "small talk and other flows, and pattern_cancel_flow stops it."
            )
        elif others:
            state.is_elsewhere = True
            self._leave(
                f"{where}: starts {', '.join(others)}. A flow is interrupted by any "
                "other, and goes on afterwards; nothing is to be written for it."
            )
        else:
            state.is_elsewhere = False
            entities = self.bot.values.entities.get(step.location, ())
            state.events.append(Says(intents, entities, step.location))
        return True

    def _started(
        self, intents: Sequence[str], following: Sequence[DialogueStep], state: _State
    ) -> list[str]:
        """The skills that the user's turn starts; none if it's the answer to a question.

        It is one if the story ends with it, or if the bot doesn't do what such a skill does.
        """
        end = next((i for i, step in enumerate(following) if step.kind == "user"), None)
        done = {name for step in following[:end] for name in step.names if step.kind != "slots"}
        last = state.events[-1] if state.events else None
        is_last_answer = end is None and isinstance(last, Does) and self._asks(last)
        found = []
        for name in sorted({self.openers[i] for i in intents if i in self.openers}):
            other = self.bot.inventory.skills[name]
            does = {*other.actions, *other.responses, *other.forms}
            is_short = not (other.forms or other.is_flow)
            if done & does and not (is_last_answer and is_short):
                found.append(name)
        return found

    def _asks(self, event: Does) -> bool:
        text = event.text or self.bot.text_of(event.action)
        return event.action.startswith("utter_ask_") or text.rstrip().endswith("?")

    def _do(self, step: DialogueStep, name: str, state: _State) -> None:
        if name in GENERAL_ACTIONS:
            if name != "action_listen":
                self._leave(f"{place(step.location)}: {name} is a matter of the NLU policies.")
        else:
            state.events.append(Does(name, step.text, step.location))

    def _after_form(self, state: _State) -> Iterator[list[Event]]:
        """What rules and stories say that follows once the form is filled."""
        form = state.form
        is_followed = False
        for dialogue in self.bot.dialogues:
            loop = dialogue.loop or _loop_at_start(dialogue)
            if loop != form or dialogue.location in state.seen:
                continue
            end = next((i for i, s in enumerate(dialogue.steps) if _is_over(s)), None)
            said = [i for s in dialogue.steps[:end] if s.kind == "user" for i in self._intents(s)]
            if end is None or said:
                self._leave(
                    f"{place(dialogue.location)}: '{dialogue.name}', what users say while {form} "
                    "asks: CALM has small talk, other flows and pattern_cancel_flow for it."
                )
                continue
            is_followed = True
            following = _State(
                [*state.events, *self._supposed(dialogue.condition)],
                seen=state.seen | {dialogue.location},
            )
            yield from self._follow(dialogue.steps[end + 1 :], dialogue, following)
        if not is_followed:
            self._leave(f"{self.skill.name}: no rule or story says what follows {form}.")
            yield state.events

    def _beyond(self, checkpoint: str, state: _State) -> Iterator[list[Event]]:
        found = [
            each
            for each in self.bot.dialogues
            if each.steps
            and each.steps[0].kind == "checkpoint"
            and checkpoint in each.steps[0].names
            and each.location not in state.seen
        ]
        for each in found:
            following = _State(
                [*state.events], state.form, state.is_elsewhere, state.seen | {each.location}
            )
            yield from self._follow(each.steps, each, following)
        if not found:
            yield state.events

    def _supposed(self, steps: Sequence[DialogueStep]) -> Iterator[Supposes]:
        for step in steps:
            for slot in step.names if step.kind == "slots" else ():
                if slot in _INTERNAL:
                    continue
                if slot not in self.bot.slots:
                    self._leave(f"{place(step.location)}: the domain has no slot '{slot}'.")
                    continue
                value = self.bot.values.slots.get(step.location, IS_SET)
                if isinstance(value, list | dict):
                    value = IS_SET
                yield Supposes(((slot, value),), step.location)

    def _intents(self, step: DialogueStep) -> tuple[str, ...]:
        """Its intents; those of a text are the ones that have it as an example."""
        if step.names or not step.text:
            return step.names
        text = step.text.strip()
        if text.startswith("/"):
            return (text[1:].partition("{")[0].partition("/")[0].strip(),)
        key = text.casefold()
        found = (
            name.partition("/")[0]
            for name, each in self.bot.files.examples.items()
            if any(example.casefold() == key for example in each.texts)
        )
        return (next(found, text),)

    def _leave(self, reason: str) -> None:
        if reason not in self.left_out:
            self.left_out.append(reason)


def _is_over(step: DialogueStep) -> bool:
    return step.kind == "loop" and step.names == ("",)


def _loop_at_start(dialogue: Dialogue) -> str:
    """The form that a story has active before its user says anything."""
    for step in dialogue.steps:
        if step.kind == "user":
            return ""
        if step.kind == "loop" and step.names[0]:
            return step.names[0]
    return ""
