"""Rules and stories without a reset after a sticky entry, or with one that a story contradicts."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass

from router.checks.rasa_names import CONTROL_INTENTS
from router.checks.story_turns import RESETS, StoryTurns
from router.checks.training_data import Dialogue, DialogueStep
from router.errors import Location, Problem
from router.flows.assistant import Assistant
from router.flows.default_patterns import RESET_ACTION
from router.routing.configuration import FALLBACK_INTENT, IntentRouterConfig

__all__ = ["contradicted_resets", "missing_resets"]


def missing_resets(
    dialogues: Collection[Dialogue],
    config: IntentRouterConfig,
    assistant: Assistant,
    forms: Collection[str],
    *,
    at_form_ends: bool = False,
) -> Iterator[Problem]:
    """Rules and stories that end without a reset after an intent that is sticky.

    What goes on elsewhere counts: after a checkpoint, or when the form they start is done.
    Where a reset would end what some story goes on with, none is advised.

    Args:
        dialogues: all rules and stories.
        config: what is sticky.
        assistant: its intents and triggers.
        forms: the domain's.
        at_form_ends: whether the place is that of the missing reset, if a form is started:
            where the form is submitted. Otherwise it is always that of the intent.
    """
    sticky = _sticky_intents(config, assistant)
    ways = _Continuations(tuple(dialogues), forms)
    turns = StoryTurns(dialogues, forms)
    told: set[Location] = set()
    for dialogue in dialogues:
        ending = _Ending.of(dialogue, sticky, forms)
        if ending.entry is None or not dialogue.waits or ways.reset_follows(ending):
            continue
        intent = next(name for name in ending.entry.names if name in sticky)
        if not (at_form_ends and ending.loop):
            yield _missing_reset(ending.entry.location, intent, dialogue, turns, ending.loop)
            continue
        ends = list(ways.ends_of(ending.loop))
        if not ends:
            yield _never_submitted(ending.entry.location, intent, dialogue, ending.loop)
        for end in ends:
            place = end.steps[-1].location
            is_told = place in told or _Ending.of(end, sticky, forms).entry is not None
            if end.waits and not is_told and not _has_reset(end):
                told.add(place)
                yield _missing_reset(place, intent, end, turns)


def _missing_reset(
    place: Location, intent: str, dialogue: Dialogue, turns: StoryTurns, loop: str = ""
) -> Problem:
    message = (
        f"'{intent}' binds the conversation to the NLU system, and '{dialogue.name}' "
        "doesn't release it."
    )
    advice = (
        f"Write `- action: {RESET_ACTION}` as the last step, or list '{intent}' under "
        "nlu_entry.non_sticky."
    )
    broken = None if loop else turns.broken_by_reset(dialogue)
    if broken is not None:
        advice = (
            f"List '{intent}' under nlu_entry.non_sticky (in a plan: one_turn). A reset would "
            f"end what '{broken.story.name}' goes on with ({broken.location})."
        )
    return Problem(place, "missing-reset", message, advice, is_warning=True)


def _never_submitted(place: Location, intent: str, dialogue: Dialogue, form: str) -> Problem:
    message = (
        f"'{intent}' binds the conversation to the NLU system, and no rule or story releases it "
        f"when '{form}', which '{dialogue.name}' starts, is done."
    )
    advice = (
        f"Write a rule with the condition `- active_loop: {form}` for the form's end "
        f"(`- active_loop: null`), with `- action: {RESET_ACTION}` as its last step."
    )
    return Problem(place, "missing-reset", message, advice, is_warning=True)


def contradicted_resets(
    dialogues: Collection[Dialogue], forms: Collection[str]
) -> Iterator[Problem]:
    """Rules that reset where a story does something else: Rasa refuses to train the two."""
    turns = StoryTurns(dialogues, forms)
    for rule in dialogues:
        found = turns.contradicting(rule) if rule.kind == "rule" else None
        if found is None:
            continue
        reset = next(s for s in reversed(rule.steps) if RESET_ACTION in s.names)
        said = next((s for s in reversed(rule.steps) if s.kind == "user"), None)
        how = "goes on" if found.goes_on else "ends without a reset"
        message = (
            f"'{rule.name}' resets where '{found.story.name}' {how} ({found.location}): Rasa "
            "trains no rule that contradicts a story."
        )
        advice = "Reset in both, or in neither."
        if found.goes_on and said and said.names:
            advice = (
                f"Remove this step and list '{said.names[0]}' under nlu_entry.non_sticky (in a "
                "plan: one_turn), or reset in the story, too."
            )
        yield Problem(reset.location, "contradicted-reset", message, advice, is_warning=True)


def _sticky_intents(config: IntentRouterConfig, assistant: Assistant) -> frozenset[str]:
    listed = {name for _, names in config.lists() for name in names}
    unlisted = assistant.intents - listed - assistant.triggers.keys() - CONTROL_INTENTS
    sticky = set(config.nlu_entry.sticky)
    if config.unlisted == "nlu":
        sticky |= unlisted - {FALLBACK_INTENT}
    if config.unsure == "nlu":
        sticky |= unlisted & {FALLBACK_INTENT}
    return frozenset(sticky)


@dataclass(frozen=True)
class _Ending:
    """How a rule or story ends: the sticky entry still open, the loop, the checkpoint."""

    entry: DialogueStep | None
    loop: str
    checkpoint: str

    @classmethod
    def of(cls, dialogue: Dialogue, sticky: Collection[str], forms: Collection[str]) -> _Ending:
        entry, loop, checkpoint = None, dialogue.loop, ""
        for step in dialogue.steps:
            checkpoint = ""
            if step.kind == "user" and entry is None and any(n in sticky for n in step.names):
                entry = step
            elif step.kind == "action" and step.names[0] in RESETS:
                entry, loop = None, ""
            elif step.kind == "loop" or (step.kind == "action" and step.names[0] in forms):
                loop = step.names[0]
            elif step.kind == "checkpoint":
                checkpoint = step.names[0]
        return cls(entry, loop, checkpoint)


class _Continuations:
    """Which loops and checkpoints lead to a reset in some rule or story."""

    def __init__(self, dialogues: tuple[Dialogue, ...], forms: Collection[str]) -> None:
        self.forms = forms
        self.from_checkpoint: dict[str, list[Dialogue]] = {}
        self.with_loop: dict[str, list[Dialogue]] = {}
        self.submitting: dict[str, list[Dialogue]] = {}
        for dialogue in dialogues:
            first = dialogue.steps[0] if dialogue.steps else None
            if first and first.kind == "checkpoint":
                self.from_checkpoint.setdefault(first.names[0], []).append(dialogue)
            for loop in {dialogue.loop, *_loops(dialogue)} - {""}:
                self.with_loop.setdefault(loop, []).append(dialogue)
            for loop in dict.fromkeys(_submitted(dialogue, forms)):
                self.submitting.setdefault(loop, []).append(dialogue)

    def reset_follows(self, ending: _Ending, seen: frozenset[str] = frozenset()) -> bool:
        if ending.loop and f"loop {ending.loop}" not in seen:
            seen |= {f"loop {ending.loop}"}
            if any(self._resets(each, seen) for each in self.with_loop.get(ending.loop, ())):
                return True
        if ending.checkpoint and ending.checkpoint not in seen:
            seen |= {ending.checkpoint}
            following = self.from_checkpoint.get(ending.checkpoint, ())
            return any(self._resets(each, seen) for each in following)
        return False

    def ends_of(self, loop: str) -> Iterator[Dialogue]:
        """What submits a form, and the forms that are started then, without starting another."""
        waiting, seen = [loop], {loop}
        for each in waiting:
            for dialogue in self.submitting.get(each, ()):
                following = _Ending.of(dialogue, (), self.forms).loop
                if not following:
                    yield dialogue
                elif following not in seen:
                    waiting.append(following)
                    seen.add(following)

    def _resets(self, dialogue: Dialogue, seen: frozenset[str]) -> bool:
        if _has_reset(dialogue):
            return True
        return self.reset_follows(_Ending.of(dialogue, (), self.forms), seen)


def _has_reset(dialogue: Dialogue) -> bool:
    return any(step.kind == "action" and step.names[0] in RESETS for step in dialogue.steps)


def _submitted(dialogue: Dialogue, forms: Collection[str]) -> Iterator[str]:
    loop = dialogue.loop
    for step in dialogue.steps:
        name = step.names[0] if step.names else ""
        if step.kind == "loop" and not name and loop:
            yield loop
        if step.kind == "loop" or (step.kind == "action" and name in forms):
            loop = name


def _loops(dialogue: Dialogue) -> Iterator[str]:
    for step in dialogue.steps:
        if step.kind == "loop":
            yield step.names[0]
