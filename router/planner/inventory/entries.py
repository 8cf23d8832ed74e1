"""Which intents open a skill, and what the bot then does."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from router.planner.inventory.parts import Part, Turn

__all__ = ["OPENERS", "Entries", "Opening", "entries_of"]

#: Intents that say hello: what follows in the same story is a skill of its own.
OPENERS = frozenset(
    {"get_started", "greet", "greeting", "hello", "hi", "session_start", "start", "welcome"}
)


@dataclass(frozen=True)
class Opening:
    """Where a skill begins when nothing is in progress: a turn of a part."""

    part: Part
    index: int

    @property
    def turn(self) -> Turn:
        """The turn."""
        return self.part.turns[self.index]


@dataclass(frozen=True)
class Entries:
    """The openings, in order, and what the bot does in them by intent (`acts`).

    `complete` are the intents after whose turn a rule or story is over, and greetings;
    `weighty` those that the bot doesn't only answer when they open something. `answers` are
    the intents that fill a form's slots, by form.
    """

    openings: tuple[Opening, ...] = ()
    acts: Mapping[str, frozenset[str]] = field(default_factory=dict)
    complete: frozenset[str] = OPENERS
    weighty: frozenset[str] = frozenset()
    answers: Mapping[str, frozenset[str]] = field(default_factory=dict)

    def leads(self, intent: str, turn: Turn) -> bool:
        """Whether an intent leads, in this turn, to what it opens, and isn't just an answer.

        `affirm` may open a rule of its own, for when nobody asked: in a story it starts that
        only if the bot does there one of the things that it does in the rule, or nothing.

        While a form is active, what fills its slots needs no story: who says there what opens
        a form or runs an action elsewhere has turned to that, whatever the bot then does,
        unless it only goes on with the form or the intent fills one of its slots.
        """
        known = self.acts.get(intent)
        if not known or not turn.acts or known & turn.acts:
            return True
        is_answer = turn.acts <= {turn.loop} or intent in self.answers.get(turn.loop, ())
        return bool(turn.loop) and intent in self.weighty and not is_answer


def entries_of(
    parts: Sequence[Part], answers: Mapping[str, frozenset[str]] | None = None
) -> Entries:
    """The entries of a bot: first intents, those after a reset, and those after small talk.

    Small talk is a greeting, or an intent that some rule or story completes in one turn. An
    intent that only ever comes after it, at the beginning of a story, opens what follows.

    Args:
        parts: of all rules and stories.
        answers: the intents that fill a form's slots, by form.
    """
    first = [Opening(part, index) for part in parts for index in _openings(part)]
    complete = _completed(parts)
    opened = {intent for opening in first for intent in opening.turn.intents}
    later = [found for opening in first if (found := _after_small_talk(opening, complete))]
    seen = Counter(i for part in parts for turn in part.turns for i in turn.intents)
    there = Counter(i for opening in later for i in opening.turn.intents)
    extra = [
        opening
        for opening in later
        if any(there[i] == seen[i] and i not in opened for i in opening.turn.intents)
    ]
    openings = (*first, *extra)
    acts: dict[str, frozenset[str]] = {}
    for opening in openings:
        for intent in opening.turn.intents:
            acts[intent] = acts.get(intent, frozenset()) | opening.turn.acts
    weighty = frozenset(i for o in openings if o.turn.does_more for i in o.turn.intents)
    return Entries(openings, acts, OPENERS.union(complete), weighty, answers or {})


def _openings(part: Part) -> Iterator[int]:
    is_open = not part.enters
    for index, turn in enumerate(part.turns):
        if turn.intents and is_open:
            yield index
            is_open = False
        is_open = is_open or turn.resets


def _completed(parts: Sequence[Part]) -> dict[str, frozenset[str]]:
    """What the bot does on intents after which a rule or story is over."""
    found: dict[str, frozenset[str]] = {}
    for part in parts:
        turns = [turn for turn in part.turns if turn.intents]
        if not part.enters and not part.leaves and len(turns) == 1 and not _in_form(turns[0]):
            for intent in turns[0].intents:
                found[intent] = found.get(intent, frozenset()) | turns[0].acts
    return found


def _in_form(turn: Turn) -> bool:
    """Whether a form is active when it ends."""
    loops = [step.names[0] for step in turn.steps if step.kind == "loop"]
    return bool(loops and loops[-1])


def _after_small_talk(opening: Opening, complete: Mapping[str, frozenset[str]]) -> Opening | None:
    """The first turn that isn't small talk, if some is before it."""
    for index, turn in enumerate(opening.part.turns[opening.index :], start=opening.index):
        if not all(_is_small_talk(intent, turn, complete) for intent in turn.intents):
            return Opening(opening.part, index) if index > opening.index else None
    return None


def _is_small_talk(intent: str, turn: Turn, complete: Mapping[str, frozenset[str]]) -> bool:
    return intent in OPENERS or (intent in complete and turn.acts <= complete[intent])
