"""What the border between the systems cuts now: interruptions, and slots."""

from __future__ import annotations

from collections.abc import Iterator

from router.errors import Problem
from router.flows.slots import RESERVED_SLOTS
from router.planner.checking.comparison import Comparison
from router.planner.checking.wording import lines, some
from router.planner.model import Skill

__all__ = ["border_problems"]

_SYSTEMS = {"calm": "CALM", "nlu": "the NLU system"}


def border_problems(it: Comparison) -> Iterator[Problem]:
    """Interruptions from one system to the other, and slots that both use and a reset empties."""
    yield from _interruptions(it)
    shared = it.assistant.shared_slots
    if it.moved:
        for index, slot in enumerate(it.plan.shared_slots):
            if slot in it.project.domain.places and slot not in shared:
                message = f"The plan shares the slot '{slot}', and the domain doesn't."
                where = it.project.domain.place_of(slot)
                advice = f"Write `shared_for_coexistence: true` at {where.file}:{where.line}."
                place = it.places.value("shared_slots", index)
                yield Problem(place, "planned-slot-unshared", message, advice)
    for slot, place in sorted(it.project.domain.places.items()):
        if slot in shared or slot in RESERVED_SLOTS or slot in it.plan.shared_slots:
            continue
        users = [s for s in it.inventory.skills.values() if slot in s.slots_read + s.slots_written]
        calm = [_named(skill) for skill in users if it.system_of(skill.name) == "calm"]
        nlu = [_named(skill) for skill in users if it.system_of(skill.name) == "nlu"]
        if calm and nlu:
            message = (
                f"Both systems use the slot '{slot}', which isn't shared: CALM in {some(calm)}, "
                f"the NLU system in {some(nlu)}."
            )
            advice = "Write `shared_for_coexistence: true`, or use two slots."
            yield Problem(place, "slot-across-border", message, advice, is_warning=True)


def _interruptions(it: Comparison) -> Iterator[Problem]:
    """Told where the first story shows it; a flow that calls another isn't interrupted by it.

    What both systems have interrupts, and is interrupted, on its own side.
    """
    in_flows = {step.location for flow in it.flows.values() for step in flow.steps}
    for edge in it.inventory.edges:
        systems = [it.system_of(skill) for skill in (edge.first, edge.second)]
        if edge.kind != "stories" or None in systems or systems[0] == systems[1]:
            continue
        if it.kept_in_both.intersection((edge.first, edge.second)):
            continue
        shown = [each for each in edge.evidence if each.location and each.location not in in_flows]
        places = [each.location for each in shown if each.location]
        if not places:
            continue
        count = sum(each.count for each in shown)
        first, second = (
            f"'{skill}' ({_SYSTEMS[str(system)]})"
            for skill, system in zip((edge.first, edge.second), systems, strict=True)
        )
        message = (
            f"{first} is interrupted by {second} in {count} "
            f"{'story' if count == 1 else 'stories'}: {lines(places)}. "
            "A skill of one system can't interrupt one of the other."
        )
        advice = "Move the two together, or remove what shows it."
        yield Problem(places[0], "border-interruption", message, advice, is_warning=True)


def _named(skill: Skill) -> str:
    place = skill.sources[0].location if skill.sources else None
    return f"{skill.name} ({place.file}:{place.line})" if place else skill.name
