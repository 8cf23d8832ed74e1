"""What is to be drafted, where drafts go, and the bot as it is without them."""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from pathlib import Path

from router.checks.files import yaml_files
from router.checks.project import Project, read_project
from router.errors import InvalidPlan, Location, Problem
from router.flows.spelling import did_you_mean
from router.plan.model import MigrationPlan
from router.planner.inventory import read_inventory
from router.planner.inventory.bot_files import read_bot_files
from router.planner.model import Inventory
from router.planner.scaffold.bot import Bot, story_values
from router.planner.scaffold.flow_text import DRAFT
from router.planner.scaffold.flows import without_form

__all__ = ["Targets", "area_of", "read_bot", "skills_to_draft", "targets_of"]

_NO_FILE_NAME = re.compile(r"[^\w-]+")


@dataclass(frozen=True)
class Targets:
    """The files of flows and domain, and the folder of tests; None for a domain of one file."""

    flows: Path
    domain: Path | None
    tests: Path


def area_of(name: str, planned: MigrationPlan) -> str:
    """The area of that name, or that has a skill of that name; else one to be made for it."""
    areas = (each for each, area in planned.areas.items() if name in area.skills)
    return name if name in planned.areas else next(areas, without_form(name))


def skills_to_draft(
    name: str, planned: MigrationPlan, inventory: Inventory, file: Path
) -> tuple[str, ...]:
    """The names of an area's skills, or the one of the skill.

    Raises:
        InvalidPlan: there's neither, or no plan that could have the area.
    """
    if name in planned.areas:
        return planned.areas[name].skills
    if name in inventory.skills:
        return (name,)
    if not file.exists():
        code, message = "missing-file", f"There is no plan, and the bot has no skill '{name}'."
        listed = "Let `coexist plan` write the plan, or name it with --plan."
        advice = did_you_mean(name, inventory.skills, "")
        advice = f"{listed} {advice}".strip()
    else:
        code, message = "unknown-area", f"There is neither an area nor a skill '{name}'."
        listed = f"Areas are {', '.join(planned.areas)}." if planned.areas else "It has no areas."
        advice = did_you_mean(name, [*planned.areas, *inventory.skills], listed)
    raise InvalidPlan([Problem(Location(str(file)), code, message, advice)])


def targets_of(area: str, config: Path, domain: Path, data: Sequence[Path], tests: Path) -> Targets:
    """Where an area's drafts go."""
    file = f"{_NO_FILE_NAME.sub('_', area)}.yml"
    setting = read_project(str(config) if config.exists() else None, None, []).setup.flows
    folder = config.parent / str(setting)
    if folder.suffix in (".yml", ".yaml") or isinstance(setting, list | tuple):
        folder = data[0] / "flows"  # flows may stand among the training data, too
    return Targets(
        flows=folder / file,
        domain=domain / file if domain.is_dir() else None if domain.exists() else domain,
        tests=tests / file.removesuffix(".yml"),
    )


def read_bot(targets: Targets, config: Path, domain: Path, data: Sequence[Path]) -> Bot:
    """The bot's files and skills; earlier drafts at the same places make none."""
    own = [path for path in (targets.flows, targets.domain) if path and _is_draft(path)]
    project = read_project(
        str(config) if config.exists() else None, domain, data, folder=config.parent
    )
    given: tuple[Path | None, Path, Sequence[Path]] = (config, domain, data)
    if targets.flows in own:  # without config.yml, flows are those in the data
        given = (None, domain, _data_files(project, config, own))
    return Bot(
        project=project,
        files=read_bot_files(*given),
        inventory=read_inventory(*given),
        values=story_values(yaml_files(path for path in data if path.exists())),
        own=frozenset(map(str, own)),
    )


def _data_files(project: Project, config: Path, own: Collection[Path]) -> list[Path]:
    other = {config, *project.domain.files, *own}
    return [file for file in project.files if file not in other]


def _is_draft(path: Path) -> bool:
    return path.exists() and path.read_text("utf-8", errors="replace").startswith(DRAFT)
