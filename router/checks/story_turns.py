"""Where stories do what a rule or story ends with, and how they go on after it.

A reset there would end what goes on, a form or another skill. Rasa refuses to train a rule
that resets where a story goes on: the two contradict each other.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass

from router.checks.training_data import Dialogue, DialogueStep
from router.errors import Location
from router.flows.default_patterns import RESET_ACTION

__all__ = ["RESETS", "Occurrence", "StoryTurns", "last_turn"]

#: After these the conversation is nobody's; a restart and a new session clear the route too.
RESETS = frozenset({RESET_ACTION, "action_restart", "action_session_start"})

Turn = tuple[tuple[str, ...], tuple[str, ...]]
"""A user's intents (none if only the bot acts), and what the bot does then: actions, loops."""

_LOOP, _OVER = "active_loop: ", "no longer active_loop: "


@dataclass(frozen=True)
class Occurrence:
    """A place in a story where it does what some rule or story ends with.

    `loop` is the form that is active then, `is_within` whether the user had said something
    before. After it the story goes on (`goes_on`), resets, or ends (neither). If it goes on
    behind a checkpoint (`is_open`), what it does there isn't known here.
    """

    story: Dialogue
    location: Location
    loop: str
    is_within: bool
    goes_on: bool = True
    resets: bool = False
    is_open: bool = False


@dataclass(frozen=True)
class _Said:
    """A user's turn in a story (or what's before the first, or after a checkpoint)."""

    story: Dialogue
    step: DialogueStep
    loop: str
    is_within: bool
    acts: tuple[str, ...]
    next_kind: str


class StoryTurns:
    """The turns of all stories, by intent and by what the bot does."""

    def __init__(self, dialogues: Collection[Dialogue], forms: Collection[str]) -> None:
        self._by_intent: dict[str, list[_Said]] = {}
        self._by_act: dict[str, list[_Said]] = {}
        self._found: dict[Turn, tuple[Occurrence, ...]] = {}
        self._rules = [each for each in dialogues if each.kind == "rule"]
        for said in (s for each in dialogues if each.kind == "story" for s in _said(each, forms)):
            for intent in dict.fromkeys(said.step.names if said.step.kind == "user" else ()):
                self._by_intent.setdefault(intent, []).append(said)
            for act in dict.fromkeys(said.acts):
                self._by_act.setdefault(act, []).append(said)

    def like(self, turn: Turn) -> tuple[Occurrence, ...]:
        """Where stories do the same as in a turn; the one that it's from may be among them."""
        if turn not in self._found:
            self._found[turn] = tuple(self._like(*turn))
        return self._found[turn]

    def broken_by_reset(self, dialogue: Dialogue) -> Occurrence | None:
        """Where a story goes on, in which a reset at a dialogue's end would keep it from that.

        A rule acts wherever its intent is said, in a form too. A story of one turn is taken
        for an interruption if others have that turn within a form, or between two more.
        """
        turn = last_turn(dialogue)
        is_rule = dialogue.kind == "rule"
        if not is_rule and sum(step.kind == "user" for step in dialogue.steps) > 1:
            return None
        for found in self.like(turn):
            if found.goes_on and (is_rule or found.loop or found.is_within):
                return found
        asked = (s for i in turn[0] for s in self._by_intent.get(i, ()) if s.loop)
        said = next(asked, None) if is_rule and not dialogue.loop else None
        if said is None:
            return None
        return Occurrence(said.story, said.step.location, said.loop, said.is_within)

    def contradicting(self, rule: Dialogue) -> Occurrence | None:
        """Where a story does what a rule does before its reset, and then doesn't reset.

        Rules for a form or some slot come before others, and apply only there.
        """
        intents, acts = last_turn(rule)
        if RESET_ACTION not in acts or _needs_slots(rule):
            return None
        for found in self.like((intents, acts[: acts.index(RESET_ACTION)])):
            applies = not (intents and rule.loop) or found.loop == rule.loop
            if applies and not (found.resets or found.is_open or self._has_own_rule(found, rule)):
                return found
        return None

    def _has_own_rule(self, found: Occurrence, rule: Dialogue) -> bool:
        intents = set(last_turn(rule)[0])
        return any(
            other.condition and other.loop in ("", found.loop)
            for other in self._rules
            if other is not rule and intents.intersection(last_turn(other)[0])
        )

    def _like(self, intents: tuple[str, ...], acts: tuple[str, ...]) -> Iterator[Occurrence]:
        for said in (each for i in intents for each in self._by_intent.get(i, ())):
            if said.acts[: len(acts)] == acts:
                yield _occurrence(said, len(acts))
        for said in self._by_act.get(acts[0], ()) if acts and not intents else ():
            for end in range(len(acts), len(said.acts) + 1):
                if said.acts[end - len(acts) : end] == acts:
                    yield _occurrence(said, end)


def last_turn(dialogue: Dialogue) -> Turn:
    """What is said last in a rule or story, and what the bot does then."""
    steps = dialogue.steps
    said = max((i for i, step in enumerate(steps) if step.kind == "user"), default=-1)
    loops = [step.names[0] for step in steps[: said + 1] if step.kind == "loop"]
    acts = _acts(steps[said + 1 :], loops[-1] if loops else dialogue.loop)
    return (steps[said].names if said >= 0 else ()), acts


def _needs_slots(rule: Dialogue) -> bool:
    """Whether a rule holds only for some values of slots."""
    steps = (step for step in (*rule.condition, *rule.steps) if step.kind == "slots")
    return any(name != "requested_slot" for step in steps for name in step.names)


def _occurrence(said: _Said, end: int) -> Occurrence:
    following = said.acts[end] if end < len(said.acts) else ""
    resets = following in RESETS
    loops = [act for act in said.acts[:end] if act.startswith((_LOOP, _OVER))]
    last = loops[-1] if loops else f"{_LOOP}{said.loop}"
    loop = last.removeprefix(_LOOP) if last.startswith(_LOOP) else ""
    goes_on = not resets and bool(following or loop or said.next_kind)
    is_open = not following and said.next_kind == "checkpoint"
    return Occurrence(
        said.story, said.step.location, loop, said.is_within, goes_on, resets, is_open
    )


def _said(story: Dialogue, forms: Collection[str]) -> Iterator[_Said]:
    runs: list[list[DialogueStep]] = []
    for step in story.steps:
        if step.kind in ("user", "checkpoint") or not runs:
            runs.append([])
        runs[-1].append(step)
    loop, is_within = "", False
    for number, run in enumerate(runs, 1):
        next_kind = runs[number][0].kind if number < len(runs) else ""
        yield _Said(story, run[0], loop, is_within, _acts(run, loop), next_kind)
        is_within = True
        for step in run:
            name = step.names[0] if step.names else ""
            if step.kind == "action" and name in RESETS:
                loop, is_within = "", False
            elif step.kind == "loop" or (step.kind == "action" and name in forms):
                loop = name


def _acts(steps: Sequence[DialogueStep], loop: str) -> tuple[str, ...]:
    """What the bot does; a form's end is the same with and without its last action."""
    acts: list[str] = []
    for step in steps:
        name = step.names[0] if step.names else ""
        if step.kind == "action":
            acts.append(name or step.text)
        elif step.kind == "loop" and name:
            acts.append(f"{_LOOP}{name}")
            loop = name
        elif step.kind == "loop":
            if acts and acts[-1] == (loop or acts[-1]):
                loop = acts.pop()
            acts.append(f"{_OVER}{loop}")
            loop = ""
    return tuple(acts)
