"""How a bot routes today: what a first plan of it must not change."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from router.checks.config_checks import RouterSetup
from router.checks.files import read_or_note
from router.checks.old_formats import old_format_problems
from router.checks.project import read_project
from router.plan.reading import PLAN_FILE
from router.plan.routing import PLAN_KEY
from router.planner.model import Skill
from router.routing.configuration import Outcome

__all__ = ["Present", "plan_path", "read_present"]


@dataclass(frozen=True)
class Present:
    """What config.yml and the domain say that isn't a skill's.

    `routes` are the intents that the router lists. `intents` and `slots` are the domain's,
    `shared_slots` those that survive a reset. `out_of_scope` are answered by nobody.
    `remarks` tell what of them Rasa 3 refuses.
    """

    routes: Mapping[str, Outcome] = field(default_factory=dict)
    intents: Collection[str] = ()
    slots: Collection[str] = ()
    shared_slots: tuple[str, ...] = ()
    out_of_scope: Collection[str] = ()
    remarks: tuple[str, ...] = ()

    def route(self, intent: str, skill: Skill) -> Outcome:
        """Who answers an intent that opens a skill: a flow, if there is nothing but that."""
        only_flow = skill.is_flow and all(source.kind == "flow" for source in skill.sources)
        return self.routes.get(intent, "calm" if only_flow else "nlu")


def read_present(config: Path | None, domain: Path | None) -> Present:
    """Reads config.yml and the domain; what's wrong with them the inventory tells."""
    exists = config is not None and config.is_file()
    project = read_project(str(config) if exists else None, domain, [])
    slots = project.domain.slot_specs()
    return Present(
        routes=_routes(project.setup),
        intents=frozenset(project.domain.intents),
        slots=frozenset(slots),
        shared_slots=tuple(name for name, slot in slots.items() if slot.shared),
        out_of_scope=frozenset(project.setup.out_of_scope),
        remarks=tuple(
            f"{problem.location.file}:{problem.location.line}: {problem.message} {problem.advice}"
            for problem in old_format_problems(project, [])
            if not problem.is_warning
        ),
    )


def plan_path(config: Path) -> Path:
    """The plan that the router's entry in config.yml names, or `migration.yml` beside it."""
    data = read_or_note(config, []) if config.is_file() else None
    pipeline = data.get("pipeline") if isinstance(data, Mapping) else None
    for entry in pipeline if isinstance(pipeline, list) else ():
        named = entry.get(PLAN_KEY) if isinstance(entry, Mapping) else None
        if isinstance(named, str):
            return config.parent / named
    return config.parent / PLAN_FILE


def _routes(setup: RouterSetup) -> dict[str, Outcome]:
    lists = setup.config
    if lists is None:
        return {}
    return {
        **dict.fromkeys(lists.nlu_entry.sticky, "nlu"),
        **dict.fromkeys(lists.nlu_entry.non_sticky, "nlu_once"),
        **dict.fromkeys(lists.calm_entry.sticky, "calm"),
        **dict.fromkeys(lists.calm_entry.non_sticky, "calm_once"),
    }
