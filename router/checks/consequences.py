"""Problems that only follow from a file that can't be read: mended with it, so not told."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Literal

from router.checks.project import Project
from router.errors import Problem

__all__ = ["UNREADABLE", "Part", "without_consequences"]

Part = Literal["config", "domain", "flows"]

#: Codes that say that a file isn't there or can't be read at all.
UNREADABLE = frozenset(
    {"missing-file", "missing-flows", "not-utf8", "unreadable-file", "yaml-syntax"}
)
# Part of a bot -> the codes that say nothing while it can't be read.
_CONSEQUENCES: Mapping[Part, frozenset[str]] = {
    "config": frozenset(
        {
            "missing-flow-policy",
            "missing-importer",
            "no-command-generator",
            "reset-without-router",
            "route-without-router",
        }
    ),
    "domain": frozenset(
        {
            "collect-without-question",
            "unknown-action",
            "unknown-form",
            "unknown-intent",
            "unknown-intent-payload",
            "unknown-response",
            "unknown-slot",
        }
    ),
    "flows": frozenset({"intent-starts-nothing", "unknown-flow", "unlisted-intent"}),
}


def without_consequences(
    problems: Iterable[Problem], project: Project, missing: Iterable[Part] = ()
) -> list[Problem]:
    """The problems that aren't explained by a part that is `missing` or can't be read."""
    found = list(problems)
    parts = {*missing, *(_part(each, project) for each in project.problems if _is_cause(each))}
    hidden = frozenset().union(*(_CONSEQUENCES[part] for part in parts))
    return [problem for problem in found if problem.code not in hidden]


def _is_cause(problem: Problem) -> bool:
    return problem.code in UNREADABLE


def _part(problem: Problem, project: Project) -> Part:
    if problem.code == "missing-flows":
        return "flows"
    if problem.location.file == project.setup.file:
        return "config"
    if problem in project.domain_problems:
        return "domain"
    return "flows"
