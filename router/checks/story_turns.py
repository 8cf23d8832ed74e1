"""Where stories do what a rule or story ends with, and how they go on after it.

A reset there would end what goes on, a form or another skill. Rasa refuses to train a rule
that resets where a story goes on: the two contradict each other.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass

from router.checks.training_data import Dialogue, DialogueStep
from router.errors import Location
from router.flows.default_patterns import RESET_ACTION

__all__ = ["RESETS", "Occurrence", "StoryTurns", "last_turn"]

#: After these the conversation is nobody's; a restart and a new session clear the route too.
RESETS = frozenset({RESET_ACTION, "action_restart", "action_session_start"})

Turn = tuple[tuple[str, ...], tuple[str, ...]]
"""A user's intents (none if only the bot acts), and what the bot does then: actions, loops."""

_LOOP = "active_loop: "


@dataclass(frozen=True)
class Occurrence:
    """A place in a story where it does what some rule or story ends with.

    `loop` is the form that is active then, `is_within` whether the user had said something
    before. After it the story goes on (`goes_on`), resets, or ends (neither).
    """

    story: Dialogue
    location: Location
    loop: str
    is_within: bool
    goes_on: bool = True
    resets: bool = False


@dataclass(frozen=True)
class _Said:
    """A user's turn in a story (or what's before the first, or after a checkpoint)."""

    story: Dialogue
    step: DialogueStep
    loop: str
    is_within: bool
    acts: tuple[str, ...]
    is_last: bool


class StoryTurns:
    """The turns of all stories, by intent and by what the bot does."""

    def __init__(self, dialogues: Iterable[Dialogue], forms: Collection[str]) -> None:
        self._by_intent: dict[str, list[_Said]] = {}
        self._by_act: dict[str, list[_Said]] = {}
        self._found: dict[Turn, tuple[Occurrence, ...]] = {}
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
    return (steps[said].names if said >= 0 else ()), _acts(steps[said + 1 :])


def _occurrence(said: _Said, end: int) -> Occurrence:
    following = said.acts[end] if end < len(said.acts) else ""
    resets = following in RESETS
    loops = [act.removeprefix(_LOOP) for act in said.acts[:end] if act.startswith(_LOOP)]
    loop = loops[-1] if loops else said.loop
    goes_on = not resets and bool(following or loop or not said.is_last)
    return Occurrence(said.story, said.step.location, loop, said.is_within, goes_on, resets)


def _said(story: Dialogue, forms: Collection[str]) -> Iterator[_Said]:
    runs: list[list[DialogueStep]] = []
    for step in story.steps:
        if step.kind in ("user", "checkpoint") or not runs:
            runs.append([])
        runs[-1].append(step)
    loop, is_within = "", False
    for number, run in enumerate(runs, 1):
        yield _Said(story, run[0], loop, is_within, _acts(run), is_last=number == len(runs))
        is_within = True
        for step in run:
            name = step.names[0] if step.names else ""
            if step.kind == "action" and name in RESETS:
                loop, is_within = "", False
            elif step.kind == "loop" or (step.kind == "action" and name in forms):
                loop = name


def _acts(steps: Sequence[DialogueStep]) -> tuple[str, ...]:
    return tuple(
        f"{_LOOP}{step.names[0]}" if step.kind == "loop" else step.names[0] or step.text
        for step in steps
        if step.kind in ("action", "loop")
    )
