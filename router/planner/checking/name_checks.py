"""Names that the plan has and the bot doesn't, and the other way round."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator

from router.errors import Location, Problem
from router.flows.spelling import did_you_mean
from router.planner.checking.comparison import ONE_TURN, Comparison, Path, flows_of
from router.planner.checking.leftover_checks import leftover_intents
from router.planner.model import Skill

__all__ = ["unknown_names", "unplanned_names"]

_ELSE = "Correct it, or remove it here."


def unknown_names(it: Comparison) -> Iterator[Problem]:
    """Skills, intents, flows and slots that the bot doesn't have, each where it's listed."""
    skills = it.inventory.skills
    places = [
        (it.places.value(*path, index), name)
        for _, path, names in it.listed("skills")
        for index, name in enumerate(names)
    ]
    places += [
        (it.places.value("keep_in_both", index, "skill"), each.skill)
        for index, each in enumerate(it.plan.keep_in_both)
    ]
    for place, name in places:
        if name not in skills:
            yield Problem(place, "unknown-skill", *_no_skill(it, name))
    intents = it.assistant.intents | it.project.setup.with_examples
    listed = [(path, names) for _, path, names in it.listed("intents")]
    what = "The domain doesn't have the intent '{}'."
    yield from _unknown(it, listed, intents, "unknown-intent", what)
    listed = [(("areas", name, "flows"), area.flows) for name, area in it.plan.areas.items()]
    yield from _unknown(it, listed, it.flows, "unknown-flow", "There is no flow '{}'.")
    what = "The domain doesn't have the slot '{}'."
    slots = it.project.domain.places
    yield from _unknown(
        it, [(("shared_slots",), it.plan.shared_slots)], slots, "unknown-slot", what
    )


def _no_skill(it: Comparison, name: str) -> tuple[str, str]:
    """What to say of a name that no skill has, but an intent or a flow that leads to one may."""
    found = it.inventory.skills.values()
    skill = next((s.name for s in found if name in (*s.entry_intents, *flows_of(s))), "")
    what = f"'{name}' isn't a skill of this bot: "
    if skill:
        leads = "flow of that name is part of" if name in it.flows else "intent of that name opens"
        return f"{what}the {leads} '{skill}'.", f"Write '{skill}'."
    message = f"{what}no intent, form or flow of that name opens one."
    return message, did_you_mean(name, it.inventory.skills, _ELSE)


def _unknown(
    it: Comparison,
    listed: Iterable[tuple[Path, Path]],
    known: Collection[str],
    code: str,
    message: str,
) -> Iterator[Problem]:
    for path, names in listed:
        for index, name in enumerate(names):
            if name not in known:
                advice = did_you_mean(name, known, _ELSE)
                yield Problem(it.places.value(*path, index), code, message.format(name), advice)


def unplanned_names(it: Comparison) -> Iterator[Problem]:
    """Intents and flows that no part of the plan has, or another part than what they open."""
    opening = {
        intent: skill for skill in it.inventory.skills.values() for intent in skill.entry_intents
    }
    for intent, skill in sorted(opening.items()):
        if intent not in it.part_of_intent and not it.is_rasas(intent):
            yield _unplanned(it, intent, skill)
    yield from _unplaced(it, opening)
    for name, flow in it.flows.items():
        is_part = name in it.called and not flow.nlu_triggers
        if name not in it.part_of_flow and not is_part:
            message = f"The flow '{name}' is in no area of the plan."
            advice = f"Write it under `flows` of an area in {it.places.file}."
            yield Problem(flow.location, "flow-without-area", message, advice)
    yield from _elsewhere(it)


def _unplanned(it: Comparison, intent: str, skill: Skill) -> Problem:
    part = it.part_of_skill.get(skill.name)
    where = {None: "an area or of one_turn", ONE_TURN: ONE_TURN}.get(part, f"the area {part}")
    place = next((source.location for source in skill.sources), Location(it.places.file))
    message = f"'{intent}' opens the skill '{skill.name}', and no part of the plan lists it."
    advice = f"Write it under `intents` of {where} in {it.places.file}."
    return Problem(place, "unplanned-intent", message, advice)


def _unplaced(it: Comparison, opening: Collection[str]) -> Iterator[Problem]:
    """The intents that no list has: neither the plan's, nor the router's own."""
    setup = it.project.setup
    if setup.config is None:
        return
    in_lists = {name for _, names in setup.config.lists() for name in names}
    placed = {*in_lists, *it.part_of_intent, *setup.out_of_scope, *opening}
    placed |= it.assistant.triggers.keys() | leftover_intents(it).keys()
    left = [i for i in sorted(it.project.domain.intents - placed) if not it.is_rasas(i)]
    if left:
        message = (
            f"No part of the plan, and no list of the router, has {', '.join(left)}: what isn't "
            f"listed goes to '{setup.config.unlisted}'."
        )
        advice = "Write them under one_turn, or into the area whose questions they answer."
        place = it.places.key(ONE_TURN)
        yield Problem(place, "unplaced-intent", message, advice, is_warning=True)


def _elsewhere(it: Comparison) -> Iterator[Problem]:
    """Intents listed in another part than the flow, or else the skill, that they open.

    Of a skill that no part names, those that are listed for the other system.
    """
    named = {skill for _, _, skills in it.listed("skills") for skill in skills}
    by_skill = {
        intent: (it.part_of_skill[name], f"the skill '{name}'")
        for name, skill in it.inventory.skills.items()
        if name in it.part_of_skill
        for intent in skill.entry_intents
        if name in named or (it.part_of_skill[name] in it.moved) != it.is_calm_intent(intent)
    }
    by_flow = {
        trigger.intent: (it.part_of_flow[name], f"the flow '{name}'")
        for name, flow in it.flows.items()
        if name in it.part_of_flow
        for trigger in flow.nlu_triggers
    }
    for part, path, intents in it.listed("intents"):
        for index, intent in enumerate(intents):
            for other, what in filter(None, (by_flow.get(intent), by_skill.get(intent))):
                if other != part:
                    message = f"'{intent}' is listed in {part}, and opens {what} of {other}."
                    advice = f"Move it to {other}, or the skill and its flow to {part}."
                    place = it.places.value(*path, index)
                    yield Problem(place, "intent-elsewhere", message, advice)
                    break
