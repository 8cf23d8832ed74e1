"""Problems of files as commands show them, and the exit codes that follow."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from importlib.metadata import version
from pathlib import Path

import click

from router.checks import UNREADABLE
from router.checks.catalogue import CODES, Code
from router.checks.reports import as_json, as_sarif, summary
from router.errors import Problem

__all__ = ["default_domain", "exit_code", "in_words", "show_problems"]


def show_problems(
    problems: Sequence[Problem], style: str, command: str, codes: Mapping[str, Code] = CODES
) -> None:
    """Prints them as `text`, a line each and how many there are, `json` or `sarif`.

    Args:
        problems: what a command tells.
        style: `text`, `json` or `sarif`.
        command: its name.
        codes: what its codes mean.
    """
    if style == "json":
        click.echo(as_json(problems))
    elif style == "sarif":
        click.echo(as_sarif(problems, version("rasa-coexistence"), command, codes))
    else:
        for problem in problems:
            click.echo(_line(problem))
        click.echo(summary(problems))


def exit_code(problems: Sequence[Problem], *, strict: bool, whole: Collection[str] = ()) -> int:
    """2 if a file isn't there or can't be read at all, 1 for errors (`strict`: or warnings).

    Args:
        problems: all that are told.
        strict: whether warnings count.
        whole: files that can't be used at all if anything is wrong with them.
    """
    if any(each.code in UNREADABLE or each.location.file in whole for each in problems):
        return 2
    return int(any(strict or not problem.is_warning for problem in problems))


def in_words(problems: Sequence[Problem]) -> str:
    """A line each; a place that is no file, but an option or a database, has no line in it."""
    return "\n".join(
        str(problem)
        if Path(problem.location.file).is_file()
        else problem.location.file + str(problem).removeprefix(str(problem.location))
        for problem in problems
    )


def default_domain(folder: Path) -> Path:
    """The domain that Rasa's commands read: domain.yml, or our importer's folder."""
    is_folder = (folder / "domain").is_dir() and not (folder / "domain.yml").exists()
    return folder / ("domain" if is_folder else "domain.yml")


def _line(problem: Problem) -> str:
    """The problem's line; click leaves the colour out where there's no terminal."""
    place, level = f"{problem.location}: ", "warning" if problem.is_warning else "error"
    colour = "yellow" if problem.is_warning else "red"
    return place + click.style(level, fg=colour) + str(problem)[len(place + level) :]
