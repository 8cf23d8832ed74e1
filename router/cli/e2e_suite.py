"""The cases that `coexist test` is to play: read, chosen, and compared with the bot's files."""

from __future__ import annotations

import os
from collections.abc import Sequence
from typing import NamedTuple

import click

from router.checks.project import Project, read_project
from router.cli.e2e_options import DEFAULT_PATHS, Asked
from router.e2e.cases import TestCase
from router.e2e.reading import check_names, read_all
from router.e2e.reports.facts import counted
from router.errors import InvalidConfig, InvalidTest, Location, NoTestsFound, Problem
from router.flows.reading import raise_if_errors

__all__ = ["Chosen", "chosen_cases", "read_bot"]


class Chosen(NamedTuple):
    """Cases to play, and the errors of their files: with any, none is played."""

    cases: tuple[TestCase, ...]
    errors: tuple[Problem, ...]


def chosen_cases(asked: Asked) -> Chosen:
    """The cases of the paths, less those that aren't chosen; warnings go to standard error.

    Raises:
        InvalidTest: a file can't be read as what it should be, and no case is left.
        NoTestsFound: there's no case, or none is chosen.
    """
    suite = read_all(asked.paths or DEFAULT_PATHS)
    errors = tuple(problem for problem in suite.problems if not problem.is_warning)
    if not suite.cases:
        raise_if_errors(errors, InvalidTest)
    for problem in suite.problems:
        if problem.is_warning:
            click.echo(str(problem), err=True)
    fitting = [case for case in suite.cases if case.config in ("", asked.config.name)]
    others = sorted({case.config for case in suite.cases} - {"", asked.config.name})
    if others:
        left = counted(len(suite.cases) - len(fitting), "case")
        names = ", ".join(f"--config {name}" for name in others)
        click.echo(f"Left out: {left} for {names}.", err=True)
    chosen = tuple(case for case in fitting if _is_chosen(case, asked))
    if not chosen:
        raise_if_errors(errors, InvalidTest)
    if not fitting:
        raise NoTestsFound(f"None of the cases is for {asked.config}.")
    if not chosen:
        tags = ", ".join(sorted({tag for case in suite.cases for tag in case.tags})) or "none"
        raise NoTestsFound(
            f"-k, --tag and --skip-tag leave none of {counted(len(fitting), 'case')}. "
            f"Tags that are there: {tags}."
        )
    return Chosen(chosen, errors)


def read_bot(
    asked: Asked, cases: Sequence[TestCase], errors: Sequence[Problem] = ()
) -> Project | None:
    """The bot's files, which have all that the cases name; None for a server's that aren't here.

    Args:
        asked: where they are.
        cases: those to play.
        errors: of the cases' files; told together with what the bot lacks.

    Raises:
        InvalidConfig: there's no config.yml, and the bot is to run in this process, or its
            coverage is asked for.
        InvalidTest: there are errors, or a case names what the bot doesn't have.
    """
    if not asked.config.is_file():
        raise_if_errors(errors, InvalidTest)
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
    raise_if_errors(sorted({*errors, *problems}), InvalidTest)
    return project


def _is_chosen(case: TestCase, asked: Asked) -> bool:
    named = f"{os.path.normpath(case.file)}::{case.name}".casefold()
    return (
        (not asked.words or any(word.casefold() in named for word in asked.words))
        and (not asked.tag or any(tag in case.tags for tag in asked.tag))
        and not any(tag in case.tags for tag in asked.skip_tag)
    )
