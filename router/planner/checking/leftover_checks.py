"""What the NLU system still has of areas that are done."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from router.errors import Location, Problem
from router.planner.checking.comparison import Comparison
from router.planner.inventory.domain import BotDomain, bot_domain
from router.planner.model import Skill, Source

__all__ = ["leftover_intents", "leftover_problems"]

_KINDS = frozenset({"rule", "story", "form"})


def leftover_problems(it: Comparison) -> Iterator[Problem]:
    """Rules, stories, forms and intents that nothing but an area at `done` used."""
    done, staying = _by_stage(it)
    kept = {source for skill in staying for source in skill.sources}
    for area, skills in done.items():
        for source in _sources(skills):
            if source.kind in _KINDS and source not in kept:
                yield _leftover(source.location, f"{source.kind} '{source.name}'", area)
    for intent, (area, place) in leftover_intents(it).items():
        yield _leftover(place, f"intent '{intent}'", area)


def leftover_intents(it: Comparison) -> Mapping[str, tuple[str, Location]]:
    """Intent -> the area that had it, and its place in the domain.

    Not those that other skills, flows, the router's lists or the mappings of slots name.
    """
    done, staying = _by_stage(it)
    if not done:
        return {}
    domain = bot_domain(it.project.domain, {}, [])
    used = _used_intents(it, staying, domain)
    return {
        intent: (area, domain.intents[intent])
        for area, skills in done.items()
        for intent in _intents(skills, it.plan.areas[area].intents)
        if intent in domain.intents and intent not in used
    }


def _by_stage(it: Comparison) -> tuple[dict[str, list[Skill]], list[Skill]]:
    """The skills of the areas that are done, by area, and all others, those kept in both too."""
    areas = [name for name, area in it.plan.areas.items() if area.stage == "done"]
    done: dict[str, list[Skill]] = {name: [] for name in areas}
    staying: list[Skill] = []
    for skill in it.inventory.skills.values():
        area = "" if skill.name in it.kept_in_both else it.part_of_skill.get(skill.name, "")
        done.get(area, staying).append(skill)
    return done, staying


def _leftover(place: Location, what: str, area: str) -> Problem:
    message = f"The area '{area}' is done, and the {what} is left of it: nothing else uses it."
    advice = "Remove it, or set the area's stage back to 'calm'."
    return Problem(place, "nlu-leftover", message, advice)


def _sources(skills: list[Skill]) -> dict[Source, None]:
    return dict.fromkeys(source for skill in skills for source in skill.sources)


def _intents(skills: list[Skill], planned: tuple[str, ...]) -> dict[str, None]:
    own = (intent for skill in skills for intent in (*skill.entry_intents, *skill.inside))
    return dict.fromkeys((*own, *planned))


def _used_intents(it: Comparison, staying: list[Skill], domain: BotDomain) -> set[str]:
    used = {i for skill in staying for i in (*skill.entry_intents, *skill.inside)}
    used |= it.assistant.triggers.keys()
    config = it.project.setup.config
    if config is not None:
        used |= {name for _, names in config.lists() for name in names}
    forms = {form for skill in staying for form in skill.forms}
    for mapped in domain.mappings:
        if not mapped.forms or forms.intersection(mapped.forms):
            used |= {*mapped.intents, *mapped.not_intents}
    return used
