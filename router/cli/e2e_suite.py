"""The cases that `coexist test` is to play: read, chosen, and compared with the bot's files."""

from __future__ import annotations

import os
from collections.abc import Sequence

import click

from router.checks.project import Project, read_project
from router.cli.e2e_options import DEFAULT_PATHS, Asked
from router.e2e.cases import TestCase
from router.e2e.reading import check_names, read_suite
from router.errors import InvalidConfig, InvalidTest, Location, NoTestsFound, Problem

__all__ = ["chosen_cases", "read_bot"]


def chosen_cases(asked: Asked) -> tuple[TestCase, ...]:
    """The cases of the paths, less those that aren't chosen; warnings go to standard error.

    Raises:
        InvalidTest: a file can't be read as what it should be.
        NoTestsFound: there's no case, or none is chosen.
    """
    suite = read_suite(asked.paths or DEFAULT_PATHS)
    for problem in suite.problems:
        click.echo(str(problem), err=True)
    fitting = [case for case in suite.cases if case.config in ("", asked.config.name)]
    others = sorted({case.config for case in suite.cases} - {"", asked.config.name})
    if others:
        left = len(suite.cases) - len(fitting)
        names = ", ".join(f"--config {name}" for name in others)
        click.echo(f"Left out: {left} cases that are for {names}.", err=True)
    chosen = tuple(case for case in fitting if _is_chosen(case, asked))
    if not fitting:
        raise NoTestsFound(f"None of the cases is for {asked.config}.")
    if not chosen:
        tags = ", ".join(sorted({tag for case in suite.cases for tag in case.tags})) or "none"
        raise NoTestsFound(
            f"None of the {len(fitting)} cases is chosen by -k, --tag and --skip-tag. "
            f"Their tags: {tags}."
        )
    return chosen


def read_bot(asked: Asked, cases: Sequence[TestCase]) -> Project | None:
    """The bot's files, which have all that the cases name; None for a server's that aren't here.

    Raises:
        InvalidConfig: there's no config.yml, and the bot is to run in this process, or its
            coverage is asked for.
        InvalidTest: a case names what the bot doesn't have.
    """
    if not asked.config.is_file():
        if asked.url and not (asked.coverage or asked.coverage_min):
            click.echo(f"Names in tests aren't checked: there's no {asked.config}.", err=True)
            return None
        message = "There is no such file, so it isn't known which bot is tested."
        advice = "Run the command in the assistant's folder, or name its file with --config."
        raise InvalidConfig([Problem(Location(str(asked.config)), "missing-file", message, advice)])
    folder = asked.config.parent
    domain = next((p for p in (folder / "domain.yml", folder / "domain") if p.exists()), None)
    project = read_project(str(asked.config), domain, [folder / "data"], folder=folder)
    problems = check_names(cases, project)
    for problem in problems:
        if problem.is_warning:
            click.echo(str(problem), err=True)
    errors = [problem for problem in problems if not problem.is_warning]
    if errors:
        raise InvalidTest(errors)
    return project


def _is_chosen(case: TestCase, asked: Asked) -> bool:
    named = f"{os.path.normpath(case.file)}::{case.name}".casefold()
    return (
        (not asked.words or any(word.casefold() in named for word in asked.words))
        and (not asked.tag or any(tag in case.tags for tag in asked.tag))
        and not any(tag in case.tags for tag in asked.skip_tag)
    )
