"""`coexist plan check`: do the plan, the bot's files and its tests agree?"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import TypeVar

import click

from router.checks import read_project, without_ignored
from router.checks.catalogue import CODES
from router.checks.files import yaml_files
from router.checks.plan_catalogue import PLAN_CODES
from router.checks.project import Project
from router.cli.problems import default_domain, exit_code, show_problems
from router.errors import InvalidFile, Location, Problem
from router.plan.reading import read_plan
from router.planner.checking import TestEvidence, check_plan, unreadable
from router.planner.inventory import read_inventory
from router.planner.present import plan_path

__all__ = ["check"]

T = TypeVar("T")
_CODES = {**CODES, **PLAN_CODES}


@click.command()
@click.option(
    "--plan",
    "plan_file",
    type=click.Path(path_type=Path),
    help="The plan.  [default: the one that config.yml names, or migration.yml beside it]",
)
@click.option(
    "--config",
    type=click.Path(path_type=Path),
    default=Path("config.yml"),
    show_default=True,
    help="The bot's configuration.",
)
@click.option(
    "-d",
    "--domain",
    type=click.Path(path_type=Path),
    help="Domain file or folder.  [default: domain.yml, or domain, beside the configuration]",
)
@click.option(
    "--data",
    type=click.Path(path_type=Path),
    multiple=True,
    help="File or folder of training data; may be repeated.  [default: data, beside it]",
)
@click.option(
    "--e2e",
    "results",
    type=click.Path(path_type=Path),
    multiple=True,
    help="What `coexist test --coverage --json FILE` wrote; may be repeated.",
)
@click.option(
    "--tests",
    type=click.Path(path_type=Path),
    help="Folder of end-to-end tests.  [default: e2e_tests, beside the configuration]",
)
@click.option("--strict", is_flag=True, help="Exit with 1 for warnings too.")
@click.option(
    "--format",
    "style",
    type=click.Choice(["text", "json", "sarif"]),
    default="text",
    show_default=True,
    help="What to print.",
)
@click.pass_context
def check(
    ctx: click.Context,
    plan_file: Path | None,
    config: Path,
    domain: Path | None,
    data: tuple[Path, ...],
    results: tuple[Path, ...],
    tests: Path | None,
    strict: bool,
    style: str,
) -> None:
    """Say where the plan, the bot's files and its tests disagree.

    Compares migration.yml with config.yml, the domain, stories, rules and flows, and with the
    results of end-to-end tests. It needs no Rasa and no trained model. A comment
    `# coexist: ignore[code]` at the end of a line silences a code there; docs/plan_checks.md
    lists them.

    Exit codes: 0 nothing wrong, 1 errors (with --strict: or warnings), 2 files that
    aren't there or can't be read.
    """
    folder = config.parent
    problems = _problems(
        plan_file or plan_path(config),
        config,
        domain or default_domain(folder),
        data or tuple(filter(Path.exists, [folder / "data"])),
        results,
        tests,
    )
    show_problems(problems, style, "coexist plan check", _CODES)
    ctx.exit(exit_code(problems, strict=strict, whole=[str(each) for each in results]))


def _problems(
    plan_file: Path,
    config: Path,
    domain: Path,
    data: Sequence[Path],
    results: Sequence[Path],
    tests: Path | None,
) -> list[Problem]:
    """All problems, sorted by place; of files that aren't there only that."""
    needed = [*_needed(plan_file, config, domain, data, results), *([(tests, "")] if tests else [])]
    missing = [
        Problem(Location(str(path)), "missing-file", "There is no such file or directory.", advice)
        for path, advice in needed
        if not path.exists()
    ]
    if missing:
        return sorted(missing)
    project = read_project(str(config), domain, data, folder=config.parent)
    wrong: list[Problem] = []
    plan = _noted(lambda: read_plan(plan_file), wrong)
    evidence = None
    if results:
        evidence = _noted(lambda: _evidence(results, project, plan_file), wrong)
    if plan is None or wrong:
        return sorted({*wrong, *unreadable(project)})
    inventory = read_inventory(config, domain, data)
    cases = [tests or config.parent / "e2e_tests"]
    found = check_plan(plan, plan_file, project, inventory, evidence, cases)
    found = without_ignored(found, [plan_file], codes=_CODES, others=())
    # What `coexist validate` may tell of the bot's files isn't unused for telling nothing here.
    files = [*project.files, *yaml_files(path for path in cases if path.exists())]
    return sorted(without_ignored(found, files, codes=_CODES, others=CODES.keys()))


def _needed(
    plan_file: Path, config: Path, domain: Path, data: Sequence[Path], results: Sequence[Path]
) -> Iterator[tuple[Path, str]]:
    """The files, and what to do without one of them."""
    yield plan_file, "Let `coexist plan` write it, or name it with --plan."
    for path in (config, domain, *data):
        yield path, ""
    for path in results:
        yield path, "`coexist test --coverage --json FILE` writes it."


def _noted(read: Callable[[], T], wrong: list[Problem]) -> T | None:
    """What is read; None if it can't be, with the reasons noted."""
    try:
        return read()
    except InvalidFile as error:
        wrong.extend(error.problems)
        return None


def _evidence(results: Sequence[Path], project: Project, plan_file: Path) -> TestEvidence:
    from router.cli.plan_evidence import test_evidence
    from router.e2e.reports.json_report import read_report

    runs = [(path, read_report(path)) for path in results]
    return test_evidence(runs, project.flows, [*project.files, plan_file])
