"""The plan against what the router really does."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from router.checks.router_keys import HYBRID_ROUTER, LLM_ROUTER
from router.errors import Location, Problem
from router.plan.model import Area
from router.planner.checking.comparison import ONE_TURN, Comparison, System
from router.planner.checking.wording import some
from router.planner.checking.written_router import WrittenRouter, written_router
from router.routing.configuration import FALLBACK_INTENT, IntentRouterConfig, Outcome

__all__ = ["route_problems"]

_ANSWERED: Mapping[Outcome, str] = {
    "calm": "CALM",
    "calm_once": "CALM, once",
    "nlu": "the NLU system",
    "nlu_once": "the NLU system, once",
}


@dataclass(frozen=True)
class _Routed:
    """Where an intent goes; `place` is that in a list of config.yml, or else the router's."""

    intent: str
    outcome: Outcome
    place: Location
    is_listed: bool

    @property
    def system(self) -> System:
        return "calm" if self.outcome in ("calm", "calm_once") else "nlu"

    def __str__(self) -> str:
        where = f" ({self.place.file}:{self.place.line})" if self.is_listed else ""
        return self.intent + where


def route_problems(it: Comparison) -> Iterator[Problem]:
    """A plan that isn't used, areas half moved, lists that say otherwise, areas unheard of."""
    router = written_router(it.project.setup)
    if router is None:
        place = Location(it.places.file)
        yield _not_used(it, place, "config.yml has no router, so nothing follows this plan.")
        return
    if router.plan is None:
        yield _not_used(it, router.place, "The router doesn't read this plan.")
    elif not router.reads(it.places.file):
        yield _not_used(it, router.place, f"The router reads {router.plan}, not this plan.")
    config = it.project.setup.config
    if config is not None:
        routed = _by_lists(it, config, router)
        for name, area in it.plan.areas.items():
            yield from _area_problems(it, name, area, [routed(each) for each in area.intents])
        for intent in it.plan.one_turn.intents:
            found = routed(intent)
            if found.outcome != "nlu_once":
                yield _against(it, found, ONE_TURN, "nlu_once")
    if router.name in (LLM_ROUTER, HYBRID_ROUTER):
        yield from _undescribed(it)


def _not_used(it: Comparison, place: Location, message: str) -> Problem:
    advice = f"Write `plan: {Path(it.places.file).name}` at the router, in place of its lists."
    return Problem(place, "plan-not-used", message, advice, is_warning=True)


def _by_lists(
    it: Comparison, config: IntentRouterConfig, router: WrittenRouter
) -> Callable[[str], _Routed]:
    """Tells where an intent goes by a router's lists, its own and the plan's."""
    outcomes: Sequence[Outcome] = ("nlu", "nlu_once", "calm", "calm_once")
    listed: dict[str, Outcome] = {}
    for outcome, (_, names) in zip(outcomes, config.lists(), strict=True):
        listed.update(dict.fromkeys(names, outcome))

    def routed(intent: str) -> _Routed:
        if intent in router.listed:
            outcome, place = router.listed[intent]
            return _Routed(intent, outcome, place, is_listed=True)
        otherwise = config.unsure if intent == FALLBACK_INTENT else config.unlisted
        outcome = "calm" if intent in it.triggered else otherwise
        return _Routed(intent, listed.get(intent, outcome), router.place, is_listed=False)

    return routed


def _area_problems(
    it: Comparison, name: str, area: Area, routed: Sequence[_Routed]
) -> Iterator[Problem]:
    calm = [each for each in routed if each.system == "calm"]
    nlu = [each for each in routed if each.system == "nlu"]
    if calm and nlu:
        message = (
            f"'{name}' is half moved: CALM answers {some(calm)}, and the NLU system answers "
            f"{some(nlu)}."
        )
        advice = f"Move all of it: the plan has it at '{area.stage}'."
        yield Problem(it.places.key("areas", name), "half-moved-area", message, advice)
        return
    for each in nlu if area.is_calm else calm:
        yield _against(it, each, f"the area {name}", "calm" if area.is_calm else "nlu")


def _against(it: Comparison, routed: _Routed, part: str, planned: Outcome) -> Problem:
    message = (
        f"'{routed.intent}' goes to {_ANSWERED[routed.outcome]}; by the plan, where it's in "
        f"{part}, {_ANSWERED[planned]} answers it."
    )
    if routed.is_listed:
        advice = f"Take it out of this list, or correct {it.places.file}."
    else:
        advice = f"No list has it: write `plan: {Path(it.places.file).name}`, or list it."
    return Problem(routed.place, "route-against-plan", message, advice)


def _undescribed(it: Comparison) -> Iterator[Problem]:
    for name, area in it.moved.items():
        if not area.description:
            message = f"The router isn't told what '{name}' handles: it has no description."
            advice = "Complete the sentence: this system ..., say `handles lost cards`."
            place = it.places.key("areas", name)
            yield Problem(place, "undescribed-area", message, advice, is_warning=True)
