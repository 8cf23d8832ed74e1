"""What a router's keys are where its entry in config.yml says `plan: migration.yml`.

    - name: IntentBasedRouter
      plan: migration.yml

Areas at `calm` or `done` are CALM's, all others the NLU system's; what takes one turn is the
NLU system's, once. A key that the entry has itself wins over the plan's, and what it lists
isn't listed anew.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from router.flows.yaml_values import YamlMap
from router.plan.model import Area, MigrationPlan
from router.plan.reading import read_plan

__all__ = ["PLAN_KEY", "UsedPlan", "router_keys", "used_plan", "with_plan"]

PLAN_KEY = "plan"
_BY_LLM = "LLMBasedRouter"
_BY_INTENT = "IntentBasedRouter"
_HYBRID = "HybridRouter"

Keys = dict[str, Any]


@dataclass(frozen=True)
class UsedPlan:
    """A plan that a router reads; `own` are the intents and flows that its entry lists itself."""

    plan: MigrationPlan
    file: str
    own: frozenset[str] = frozenset()

    def area_of_intent(self, intent: str) -> str:
        """The area that lists an intent; empty if none does, or the router's entry has it."""
        areas = {} if intent in self.own else self.plan.areas
        return next((name for name, area in areas.items() if intent in area.intents), "")

    def area_of_flow(self, flow: str, intents: Iterable[str]) -> str:
        """The area that lists a flow, else one that lists an intent which starts it, else none."""
        listing = (name for name, area in self.plan.areas.items() if flow in area.flows)
        return next(listing, "") or next(filter(None, map(self.area_of_intent, intents)), "")

    def is_waiting(self, flow: str, intents: Iterable[str]) -> bool:
        """Whether a flow isn't to start yet: its area is with the NLU system."""
        area = self.plan.areas.get(self.area_of_flow(flow, intents))
        return area is not None and not area.is_calm


def used_plan(entry: Mapping[str, Any], folder: Path) -> UsedPlan | None:
    """The plan that a router's entry names; None if it names none.

    Args:
        entry: from the pipeline of config.yml.
        folder: what the plan's path is relative to: that of config.yml.

    Raises:
        InvalidFile: the plan can't be read.
    """
    if not isinstance(entry.get(PLAN_KEY), str):
        return None
    file = folder / entry[PLAN_KEY]
    return UsedPlan(read_plan(file), str(file), _names(entry))


def with_plan(
    entry: Mapping[str, Any], folder: Path, used: UsedPlan | None = None
) -> Mapping[str, Any]:
    """A router's entry with the plan's keys in place of `plan`; as it is if it names none.

    Args:
        entry: from the pipeline of config.yml.
        folder: what the plan's path is relative to: that of config.yml.
        used: what the entry names, if it has been read.

    Raises:
        InvalidFile: the plan can't be read.
    """
    used = used or used_plan(entry, folder)
    if used is None:
        return entry
    given = {key: value for key, value in entry.items() if key != PLAN_KEY}
    router = str(entry.get("name", "")).rpartition(".")[2]
    merged = _merged(router_keys(used.plan, router, used.own), given)
    if not isinstance(entry, YamlMap):
        return merged
    located = YamlMap(entry.file, entry.span)
    located.update(merged)
    located.positions.update(entry.positions)
    return located


def router_keys(plan: MigrationPlan, router: str, elsewhere: frozenset[str] = frozenset()) -> Keys:
    """The keys that a router of this class has by the plan.

    Args:
        plan: the plan.
        router: `IntentBasedRouter`, `LLMBasedRouter`, `SemanticRouter` or `HybridRouter`.
        elsewhere: intents and flows that the entry lists itself.
    """
    calm = [area for area in plan.areas.values() if area.is_calm]
    nlu = [area for area in plan.areas.values() if not area.is_calm]
    said = {
        "calm": _descriptions(calm),
        "nlu": _descriptions(nlu),
        "nlu_once": plan.one_turn.description,
    }
    if router == _BY_LLM:
        entry: Keys = {"sticky": said["nlu"], "non_sticky": said["nlu_once"]}
        return {
            "calm_entry": {"sticky": said["calm"] or "handles nothing yet"},
            "nlu_entry": {key: text for key, text in entry.items() if text},
        }
    by_meaning = router != _BY_INTENT

    def listed(areas: Iterable[Area]) -> list[Any]:
        return [item for area in areas for item in _items(area, elsewhere, by_meaning)]

    keys: Keys = {
        "nlu_entry": {
            "sticky": listed(nlu),
            "non_sticky": [name for name in plan.one_turn.intents if name not in elsewhere],
        },
        "calm_entry": {"sticky": listed(calm)},
    }
    if router == _HYBRID:
        keys["descriptions"] = {key: text for key, text in said.items() if text}
    return keys


def _items(area: Area, elsewhere: frozenset[str], by_meaning: bool) -> list[Any]:
    """The names that a list has for an area; the first brings the area's own examples."""
    flows = area.flows if by_meaning and area.is_calm else ()
    names = [name for name in dict.fromkeys((*area.intents, *flows)) if name not in elsewhere]
    if not (by_meaning and area.examples and names):
        return [*names]
    return [{"name": names[0], "examples": list(area.examples)}, *names[1:]]


def _descriptions(areas: Iterable[Area]) -> str:
    return "; ".join(area.description for area in areas if area.description)


def _names(entry: Any) -> frozenset[str]:
    """All names that the entry's own lists have."""
    found: set[str] = set()
    for section in ("nlu_entry", "calm_entry"):
        lists = entry.get(section)
        for items in lists.values() if isinstance(lists, Mapping) else ():
            for item in items if isinstance(items, list) else ():
                found.add(str(item.get("name")) if isinstance(item, Mapping) else str(item))
    return frozenset(found)


def _merged(derived: Keys, given: Mapping[str, Any]) -> Keys:
    """What is given, and of what is derived the keys that it lacks."""
    merged = dict(given)
    for key, value in derived.items():
        own = given.get(key)
        if own is None and key not in given:
            merged[key] = value
        elif isinstance(own, Mapping) and isinstance(value, Mapping):
            merged[key] = {**value, **own}
    return merged
