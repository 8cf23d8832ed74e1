"""Do the plan, the bot's files and its tests agree?

docs/plan_checks.md has all that may be told.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

from router.checks import UNREADABLE
from router.checks.project import Project
from router.errors import Problem
from router.plan.model import MigrationPlan
from router.plan.places import PlanPlaces
from router.planner.checking.border_checks import border_problems
from router.planner.checking.comparison import Comparison
from router.planner.checking.draft_checks import draft_problems
from router.planner.checking.evidence import Outdated, ShownHandoff, TestEvidence
from router.planner.checking.evidence_checks import evidence_problems
from router.planner.checking.leftover_checks import leftover_problems
from router.planner.checking.name_checks import unknown_names, unplanned_names
from router.planner.checking.route_checks import route_problems
from router.planner.checking.stage_checks import stage_problems
from router.planner.model import Inventory

__all__ = ["Outdated", "ShownHandoff", "TestEvidence", "check_plan", "unreadable"]


def check_plan(
    plan: MigrationPlan,
    plan_file: Path,
    project: Project,
    inventory: Inventory,
    evidence: TestEvidence | None = None,
    tests: Sequence[Path] = (),
) -> list[Problem]:
    """All in which the plan and the rest disagree, sorted by place; nothing is silenced yet.

    While one of the bot's files can't be read, that is all that is told: what it would be
    compared with isn't known.

    Args:
        plan: the plan.
        plan_file: the file that it was read from.
        project: the bot's files.
        inventory: the bot's skills, read from the same files.
        evidence: what end-to-end tests have shown; None if there are no results.
        tests: files and folders of end-to-end tests.

    Raises:
        InvalidFile: the plan's file, or config.yml, can't be read any more.
    """
    cannot_read = set(unreadable(project))
    if cannot_read:
        return sorted(cannot_read)
    it = Comparison(plan, PlanPlaces.of(plan_file), project, inventory, evidence, tests)
    found = [
        *_config_errors(project),
        *unknown_names(it),
        *unplanned_names(it),
        *route_problems(it),
        *border_problems(it),
        *stage_problems(it),
        *evidence_problems(it),
        *leftover_problems(it),
        *draft_problems(it),
    ]
    return sorted(set(found))


def unreadable(project: Project) -> Iterator[Problem]:
    """Files of the bot that can't be read at all."""
    for problem in (*project.problems, *project.data_problems):
        if problem.code in UNREADABLE:
            yield problem


def _config_errors(project: Project) -> Iterator[Problem]:
    """What keeps the router's keys from being compared with the plan."""
    if project.setup.entry is not None and project.setup.release is None:
        for problem in project.problems:
            if not problem.is_warning and problem.location.file == project.setup.file:
                yield problem
