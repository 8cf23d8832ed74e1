"""Where `action_reset_routing` is missing among the rules and stories that stay."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from router.checks.files import read_or_note
from router.checks.story_checks import missing_resets
from router.checks.story_turns import RESETS, StoryTurns, last_turn
from router.checks.training_data import Dialogue
from router.errors import Location
from router.flows.default_patterns import RESET_ACTION
from router.flows.yaml_values import key_location_of
from router.planner.inventory.wording import place
from router.planner.scaffold.bot import Bot
from router.planner.scaffold.text_edits import Addition
from router.routing.configuration import CalmEntry, IntentRouterConfig, NluEntry

__all__ = ["Resets", "resets"]


@dataclass(frozen=True)
class Resets:
    """Additions by file, what gets none with the reason, and what to know of those made.

    `unreleased` are the intents that still bind the conversation to the NLU system.
    """

    additions: tuple[tuple[str, Addition], ...] = ()
    left_out: tuple[str, ...] = ()
    remarks: tuple[str, ...] = ()
    unreleased: frozenset[str] = frozenset()


def resets(sticky: Collection[str], staying: Collection[str], bot: Bot) -> Resets:
    """A reset for each rule or story that keeps users in the NLU system.

    None is put where it would end what another story goes on with, or where a rule and a
    story would contradict each other: Rasa couldn't be trained.

    Args:
        sticky: the intents that bind a conversation to it.
        staying: the forms of the skills that it keeps.
        bot: its rules and stories are those of its training data.
    """
    dialogues = bot.project.training.dialogues
    forms = bot.files.domain.forms
    config = IntentRouterConfig(
        nlu_entry=NluEntry(sticky=tuple(sorted(sticky)), non_sticky=()),
        calm_entry=CalmEntry(sticky=()),
        unlisted="nlu_once",
    )
    entries = {
        problem.location
        for problem in missing_resets(dialogues, config, bot.project.assistant(), forms)
    }
    left_out: list[str] = []
    ends_of: dict[Location, tuple[Dialogue, list[Dialogue]]] = {}
    for dialogue in dialogues:
        if any(step.location in entries for step in dialogue.steps):
            found = list(_ends(dialogue, dialogues, forms, frozenset()))
            ends_of[dialogue.location] = dialogue, found
            if not found:
                left_out.append(
                    f"{place(dialogue.location)}: '{dialogue.name}' ends where no step can "
                    f"follow: write {RESET_ACTION} where its conversation is over."
                )
    ends = {each.location: each for _, found in ends_of.values() for each in found}
    refused = dict(_refused(ends, bot))
    left_out += (refused[location] for location in sorted(refused))
    places = _places({location.file for location in ends})
    made = [each for each in sorted(ends) if each not in refused and each in places]
    unreleased = {
        intent
        for dialogue, found in ends_of.values()
        if not found or any(each.location not in made for each in found)
        for step in dialogue.steps
        if step.location in entries
        for intent in step.names
    }
    return Resets(
        tuple((at.file, Addition(places[at], {"action": RESET_ACTION})) for at in made),
        tuple(left_out),
        tuple(_remarks([ends[location] for location in made], staying)),
        frozenset(unreleased) & frozenset(sticky),
    )


def _refused(ends: Mapping[Location, Dialogue], bot: Bot) -> Iterator[tuple[Location, str]]:
    """The ends that can't have a reset, with the reason; each may keep others from theirs."""
    dialogues = bot.project.training.dialogues
    turns = StoryTurns(dialogues, bot.files.domain.forms)
    interrupting = _interrupting(bot)
    left = dict(ends)
    rules: dict[str, list[Dialogue]] = {}
    for rule in dialogues:
        acts = last_turn(rule)[1]
        if rule.kind == "rule" and acts and not RESETS.intersection(acts):
            rules.setdefault(acts[-1], []).append(rule)
    for location, end in ends.items():
        broken = turns.broken_by_reset(end)
        where = broken and (broken.story.name, broken.location)
        if end.kind == "story":
            where = where or _seen_within(end, interrupting)
        if where:
            del left[location]
            yield location, _would_break(end, *where)
    is_settled = False
    while not is_settled:
        is_settled = True
        for location, end in list(left.items()):
            other = _contradicting(end, left, turns, rules)
            if other is not None:
                is_settled = False
                del left[location]
                yield (
                    location,
                    f"{place(location)}: '{end.name}' gets no reset: '{other.name}' "
                    f"({place(other.location)}) ends alike without one, and the two would "
                    "contradict each other. Write it at the end of both, or of neither.",
                )


def _contradicting(
    end: Dialogue,
    resetting: Collection[Location],
    turns: StoryTurns,
    rules: Mapping[str, Sequence[Dialogue]],
) -> Dialogue | None:
    """What ends like an end that is to have a reset, but without one; one of the two is a rule."""
    intents, acts = turn = last_turn(end)
    if end.kind == "rule":
        for found in turns.like(turn):
            if not (found.goes_on or found.resets or found.story.location in resetting):
                return found.story
        return None
    for rule in rules.get(acts[-1], ()) if acts else ():
        said, does = last_turn(rule)
        is_same = acts == does and set(said) & set(intents) if said else acts[-len(does) :] == does
        if is_same and rule.location not in resetting:
            return rule
    return None


def _interrupting(bot: Bot) -> Mapping[str, Sequence[tuple[str, Location]]]:
    """For intents that open a skill: the stories in which it interrupts another, and where."""
    stories = {
        step.location: each.name
        for each in bot.dialogues
        if each.kind == "story"
        for step in each.steps
    }
    found: dict[str, list[tuple[str, Location]]] = {}
    for edge in bot.inventory.edges:
        for each in edge.evidence if edge.kind == "stories" else ():
            if each.location in stories:
                for intent in bot.inventory.skills[edge.second].entry_intents:
                    found.setdefault(intent, []).append((stories[each.location], each.location))
    return found


def _seen_within(
    story: Dialogue, interrupting: Mapping[str, Sequence[tuple[str, Location]]]
) -> tuple[str, Location] | None:
    """Another story in which the skill that a story begins with interrupts something."""
    said = next((step for step in story.steps if step.kind == "user"), None)
    own = {step.location for step in story.steps}
    found = (each for name in (said.names if said else ()) for each in interrupting.get(name, ()))
    return next((each for each in found if each[1] not in own), None)


def _would_break(end: Dialogue, story: str, where: Location) -> str:
    said = [step for step in end.steps if step.kind == "user"]
    told = (
        f"{place(end.location)}: '{end.name}' gets no reset, because '{story}' goes on after it "
        f"({place(where)}), which a reset would end. "
    )
    if said and not end.loop:
        intents = ", ".join(dict.fromkeys(name for step in said for name in step.names))
        return told + (
            f"Move {intents} to one_turn in the plan (nlu_entry.non_sticky of the router): what "
            "takes no route needs no reset."
        )
    return told + "Write it in both at the same step, or remove what goes on there."


def _remarks(made: Sequence[Dialogue], forms: Collection[str]) -> Iterator[str]:
    """Rules that act in a form too, which their reset ends."""
    for rule in made:
        said = [name for step in rule.steps if step.kind == "user" for name in step.names]
        if rule.kind == "rule" and said and forms and not rule.condition:
            yield (
                f"{place(rule.location)}: with a reset, '{rule.name}' ends {' or '.join(forms)} "
                f"if {'/'.join(said)} is said while it asks. If that may be, move it to "
                "one_turn in the plan instead, where it needs no reset."
            )


def _ends(
    dialogue: Dialogue,
    dialogues: Sequence[Dialogue],
    forms: Collection[str],
    seen: frozenset[Location],
) -> Iterator[Dialogue]:
    """Where a dialogue's conversation is over: itself, or what follows its form or checkpoint."""
    if dialogue.location in seen or not dialogue.steps:
        return
    seen |= {dialogue.location}
    loop, last = dialogue.loop, dialogue.steps[-1]
    for step in dialogue.steps:
        if step.kind == "loop" or (step.kind == "action" and step.names[0] in forms):
            loop = step.names[0]
    if last.kind == "checkpoint":
        for each in dialogues:
            first = each.steps[0] if each.steps else None
            if first and first.kind == "checkpoint" and set(first.names) & set(last.names):
                yield from _ends(each, dialogues, forms, seen)
    elif loop:
        for each in dialogues:
            is_over = any(s.kind == "loop" and s.names == ("",) for s in each.steps)
            if each.loop == loop and is_over:
                yield from _ends(each, dialogues, forms, seen)
    elif dialogue.waits and last.kind != "user" and RESET_ACTION not in last.names:
        yield dialogue


def _places(files: Collection[str]) -> Mapping[Location, tuple[str | int, ...]]:
    """For rules and stories by their place: the keys that lead to their steps."""
    found: dict[Location, tuple[str | int, ...]] = {}
    for file in files:
        data: Any = read_or_note(Path(file), [])
        for key, kind in (("rules", "rule"), ("stories", "story")):
            items = data.get(key) if isinstance(data, Mapping) else None
            for index, item in enumerate(items if isinstance(items, list) else ()):
                if isinstance(item, Mapping):
                    found[key_location_of(item, kind)] = (key, index, "steps")
    return found
