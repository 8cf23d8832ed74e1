"""The router as config.yml has it, before the plan that it names was put into its keys."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from os.path import realpath
from pathlib import Path
from typing import Any

from router.checks.config_checks import RouterSetup
from router.checks.router_keys import is_router, short_name
from router.errors import Location
from router.flows.yaml_source import read_yaml
from router.flows.yaml_values import location_of
from router.plan.routing import PLAN_KEY
from router.routing.configuration import Outcome

__all__ = ["WrittenRouter", "written_router"]

_LISTS: Mapping[tuple[str, str], Outcome] = {
    ("nlu_entry", "sticky"): "nlu",
    ("nlu_entry", "non_sticky"): "nlu_once",
    ("calm_entry", "sticky"): "calm",
    ("calm_entry", "non_sticky"): "calm_once",
}


@dataclass(frozen=True)
class WrittenRouter:
    """What a router's entry says itself.

    `listed` are the names that stand in its own lists, with the list's meaning and the place;
    `plan` is the file that it takes all else from.
    """

    name: str
    place: Location
    plan: Path | None = None
    listed: Mapping[str, tuple[Outcome, Location]] = field(default_factory=dict)

    def reads(self, plan_file: str) -> bool:
        """Whether it takes its keys from this plan."""
        return self.plan is not None and realpath(self.plan) == realpath(plan_file)


def written_router(setup: RouterSetup) -> WrittenRouter | None:
    """The router of a bot's config.yml, that was read before; None if it has none.

    Raises:
        InvalidFile: the file can't be read any more.
    """
    if setup.entry is None:
        return None
    data = read_yaml(Path(setup.file), collect=[])
    pipeline = [each for each in data["pipeline"] if isinstance(each, Mapping)]
    entry = next(each for each in pipeline if is_router(short_name(each)))
    named = entry.get(PLAN_KEY)
    return WrittenRouter(
        name=short_name(entry),
        place=location_of(entry),
        plan=Path(setup.file).parent / named if isinstance(named, str) else None,
        listed=dict(_listed(entry)),
    )


def _listed(entry: Mapping[str, Any]) -> Iterator[tuple[str, tuple[Outcome, Location]]]:
    for (section, key), outcome in _LISTS.items():
        lists = entry.get(section)
        items = lists.get(key) if isinstance(lists, Mapping) else None
        for index, item in enumerate(items if isinstance(items, list) else ()):
            name = item.get("name") if isinstance(item, Mapping) else item
            yield str(name), (outcome, location_of(items, index))
