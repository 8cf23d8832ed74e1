"""The ways that a conversation about a skill can take, by its rules and stories."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from itertools import islice

from router.checks.training_data import Dialogue, DialogueStep
from router.errors import Location
from router.flows.slots import RESERVED_SLOTS
from router.planner.inventory.parts import GENERAL_ACTIONS, RESETS
from router.planner.inventory.wording import place
from router.planner.model import Skill
from router.planner.scaffold import leaving
from router.planner.scaffold.bot import IS_SET, Bot
from router.planner.scaffold.events import Does, Event, Fills, Says, Supposes, Way
from router.planner.scaffold.whose import Whose

__all__ = ["ways_of"]

_MOST = 64
_INTERNAL = RESERVED_SLOTS | {"requested_slot"}


def ways_of(skill: Skill, bot: Bot, left_out: list[str]) -> list[Way]:
    """All ways of a skill, in the order of the files; at most 64.

    Those that another skill cuts short are left out where others go on from there.
    """
    walker = _Walker(skill, bot, left_out)
    places = {s.location for s in skill.sources if s.kind in ("rule", "story")}
    found = islice(
        (way for each in bot.dialogues if each.location in places for way in walker.ways(each)),
        _MOST + 1,
    )
    ways = [walker.asked(way) for way in dict.fromkeys(found)]
    if len(ways) > _MOST:
        left_out.append(
            f"{skill.name}: its checkpoints and forms lead to more than {_MOST} ways; "
            "the rest was left out: draw them together by hand."
        )
    return [way for way in ways[:_MOST] if not (way.is_cut and _goes_on(way, ways))]


def _goes_on(way: Way, ways: Sequence[Way]) -> bool:
    """Whether some way has all of this one, and leaves the same questions."""
    length = len(way.events)
    return any(
        other is not way
        and (len(other.events) > length or not other.is_cut)
        and other.events[:length] == way.events
        and set(way.entry) <= set(other.entry)
        and set(way.todos) <= set(other.todos)
        for other in ways
    )


@dataclass
class _State:
    """What has happened, and what goes on: a form of the skill, or something of another.

    `before` are the skills that were in progress when it began.
    """

    events: list[Event]
    form: str = ""
    is_elsewhere: bool = False
    is_answer: bool = False
    seen: frozenset[Location] = frozenset()
    before: frozenset[str] = frozenset()
    todos: list[str] = field(default_factory=list)


class _Walker:
    def __init__(self, skill: Skill, bot: Bot, left_out: list[str]) -> None:
        self.skill = skill
        self.bot = bot
        self.left_out = left_out
        self.whose = Whose(skill, bot)
        self.stops: dict[str, dict[str, None]] = {}  # by form: how users leave it, to be answered

    def asked(self, way: Way) -> Way:
        """A way, with the questions on its forms."""
        forms = (event.form for event in way.events if isinstance(event, Fills))
        return replace(way, todos=(*way.todos, *(q for f in forms for q in self.stops.get(f, ()))))

    def ways(self, dialogue: Dialogue) -> Iterator[Way]:
        if dialogue.loop:  # what happens while a form is active goes on from the form
            return
        for index, step in enumerate(dialogue.steps):
            intents = tuple(i for i in self.bot.intents_of(step) if i in self.skill.entry_intents)
            if step.kind == "user" and intents and not self.whose.others(step):
                before = (self.whose.others(each) for each in dialogue.steps[:index])
                state = _State(
                    list(self._supposed(dialogue.condition)),
                    before=frozenset(name for names in before for name in names),
                )
                for end in self._follow(dialogue.steps[index + 1 :], dialogue, state):
                    yield Way(
                        intents,
                        tuple(end.events),
                        dialogue.location,
                        tuple(end.todos),
                        end.is_elsewhere,
                    )
                return

    def _follow(
        self, steps: Sequence[DialogueStep], dialogue: Dialogue, state: _State
    ) -> Iterator[_State]:
        for index, step in enumerate(steps):
            name = step.names[0] if step.names else ""
            question = self.whose.question(steps[index:], dialogue)
            if question and not (index and self.whose.is_unsure(steps[index - 1])):
                state.todos.append(question)
            if step.kind == "checkpoint":
                if index:
                    yield from self._beyond(name, state)
                    return
            elif step.kind == "user":
                if not self._hear(step, steps[index + 1 :], dialogue, state):
                    break
            elif step.kind == "action" and name in RESETS:
                break
            elif self.whose.others(step) and not state.is_answer:
                if not state.is_elsewhere:
                    self._turn_to(steps[index:], dialogue, state)
                state.is_elsewhere = True
            else:
                state.is_elsewhere = False
                self._take(step, name, state)
        else:
            if state.form:
                yield from self._after_form(state)
                return
        yield state

    def _take(self, step: DialogueStep, name: str, state: _State) -> None:
        """Adds a step of the skill; what it does while its form asks is the form's."""
        if step.kind == "loop" and not name:
            state.form = ""
        elif name in self.bot.files.domain.forms and step.kind in ("loop", "action"):
            if state.form != name:
                state.events.append(Fills(name, step.location))
                state.form = name
        elif state.form:
            return
        elif step.kind == "slots":
            state.events += self._supposed([step])
        elif step.kind == "action":
            self._do(step, name, state)

    def _hear(
        self,
        step: DialogueStep,
        following: Sequence[DialogueStep],
        dialogue: Dialogue,
        state: _State,
    ) -> bool:
        """Takes the user's turn; False if the skill begins again with it."""
        intents = self.bot.intents_of(step)
        where = f"{place(step.location)}: '{'/'.join(intents)}' in '{dialogue.name}'"
        others = self.whose.others(step)
        state.is_answer = bool(others) and self._is_last_answer(others, following, state)
        if any(intent in self.skill.entry_intents for intent in intents) and not others:
            return False
        was_elsewhere = state.is_elsewhere
        state.is_elsewhere = bool(others) and not state.is_answer
        if state.form and not was_elsewhere:
            if self._interrupts(where, intents, state.form, following):
                state.is_elsewhere = True
                return False
        elif state.is_elsewhere:
            opened = self.whose.opened(step, intents)
            if opened:
                self._leave(
                    f"{where}: starts {', '.join(opened)}. A flow is interrupted by any other, "
                    "and goes on afterwards; nothing is to be written for it."
                    f"{self.whose.left_to_others(following)}"
                )
        elif not state.form:
            entities = self.bot.values.entities.get(step.location, ())
            state.events.append(Says(intents, entities, step.location))
        return True

    def _interrupts(
        self, where: str, intents: Sequence[str], form: str, following: Sequence[DialogueStep]
    ) -> bool:
        """Tells of what users say while a form asks; True if they leave it."""
        if not leaving.is_left(form, following):
            self._leave(leaving.meanwhile(where, form, self.bot))
            return False
        missing = leaving.without_trigger(intents, self.bot)
        told = leaving.stopped(where, form, missing)
        if missing:
            self.stops.setdefault(form, {})[told] = None
        else:
            self._leave(told)
        return True

    def _turn_to(self, steps: Sequence[DialogueStep], dialogue: Dialogue, state: _State) -> None:
        """Leaves to another skill what the bot turns to by itself, unless it's gone back to."""
        others = self.whose.others(steps[0])
        if state.form or state.before.intersection(others):
            return
        where = f"{place(steps[0].location)}: in '{dialogue.name}', {', '.join(others)} follows"
        self._leave(f"{where}.{self.whose.left_to_others(steps)}")
        state.todos.append(f"{where}: is its flow called here?")

    def _is_last_answer(
        self, others: Sequence[str], following: Sequence[DialogueStep], state: _State
    ) -> bool:
        """Whether the user's turn, which would start others, answers a question at the end."""
        last = state.events[-1] if state.events else None
        skills = (self.bot.inventory.skills[name] for name in others)
        return (
            not any(step.kind == "user" for step in following)
            and isinstance(last, Does)
            and self._asks(last)
            and not any(skill.forms or skill.is_flow for skill in skills)
        )

    def _asks(self, event: Does) -> bool:
        text = event.text or self.bot.text_of(event.action)
        return event.action.startswith("utter_ask_") or text.rstrip().endswith("?")

    def _do(self, step: DialogueStep, name: str, state: _State) -> None:
        if name in GENERAL_ACTIONS:
            if name != "action_listen":
                self._leave(f"{place(step.location)}: {name} is a matter of the NLU policies.")
        else:
            state.events.append(Does(name, step.text, step.location))

    def _after_form(self, state: _State) -> Iterator[_State]:
        """What rules and stories say that follows once the form is filled."""
        form = state.form
        is_followed = False
        for dialogue in self.bot.dialogues:
            loop = dialogue.loop or leaving.loop_at_start(dialogue)
            if loop != form or dialogue.location in state.seen:
                continue
            end = next((i for i, s in enumerate(dialogue.steps) if leaving.is_over(s)), None)
            said = next((i for i, s in enumerate(dialogue.steps[:end]) if s.kind == "user"), None)
            if end is None or said is not None:
                first, *rest = dialogue.steps[said or 0 :]
                intents = self.bot.intents_of(first)
                where = f"{place(dialogue.location)}: '{'/'.join(intents)}' in '{dialogue.name}'"
                self._interrupts(where, intents, form, rest)
                continue
            is_followed = True
            following = _State(
                [*state.events, *self._supposed(dialogue.condition)],
                seen=state.seen | {dialogue.location},
                todos=[*state.todos],
            )
            yield from self._follow(dialogue.steps[end + 1 :], dialogue, following)
        if not is_followed:
            self._leave(f"{self.skill.name}: no rule or story says what follows {form}.")
            yield state

    def _beyond(self, checkpoint: str, state: _State) -> Iterator[_State]:
        found = [
            each
            for each in self.bot.dialogues
            if each.steps
            and each.steps[0].kind == "checkpoint"
            and checkpoint in each.steps[0].names
            and each.location not in state.seen
        ]
        for each in found:
            following = replace(
                state,
                events=[*state.events],
                seen=state.seen | {each.location},
                todos=[*state.todos],
            )
            yield from self._follow(each.steps, each, following)
        if not found:
            yield state

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

    def _leave(self, reason: str) -> None:
        if reason not in self.left_out:
            self.left_out.append(reason)
