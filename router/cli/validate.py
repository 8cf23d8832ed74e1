"""`coexist validate`: say all that's wrong with a bot's files, without Rasa and without a model."""

from __future__ import annotations

import os
from pathlib import Path

import click

from router.checks import check_project
from router.cli.problems import default_domain, exit_code, show_problems

__all__ = ["validate"]


@click.command()
@click.argument("path", type=click.Path(path_type=Path), default=Path())
@click.option(
    "--config",
    type=click.Path(path_type=Path),
    default=Path("config.yml"),
    show_default=True,
    help="The bot's configuration, relative to PATH.",
)
@click.option(
    "-d",
    "--domain",
    type=click.Path(path_type=Path),
    help="Domain file or folder, relative to PATH.  [default: domain.yml, or domain]",
)
@click.option(
    "--data",
    type=click.Path(path_type=Path),
    multiple=True,
    help="File or folder of training data, relative to PATH; may be repeated.  [default: data]",
)
@click.option(
    "--endpoints",
    type=click.Path(path_type=Path),
    help="Endpoints file, relative to PATH.  [default: endpoints.yml, if it's there]",
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
def validate(
    ctx: click.Context,
    path: Path,
    config: Path,
    domain: Path | None,
    data: tuple[Path, ...],
    endpoints: Path | None,
    strict: bool,
    style: str,
) -> None:
    """Say all that's wrong with a bot's files.

    Reads config.yml, the domain, the training data, the flows and endpoints.yml below PATH
    (by default the working folder). It needs no Rasa and no trained model. A comment
    `# coexist: ignore[code]` at the end of a line silences a code there; docs/checks.md
    lists them.

    Exit codes: 0 nothing wrong, 1 errors (with --strict: or warnings), 2 files that
    aren't there or can't be read.
    """
    folder = _from_here(path)
    problems = check_project(
        folder / config,
        folder / domain if domain else default_domain(folder),
        [folder / each for each in data] or list(filter(None, [_if_there(folder / "data")])),
        endpoints=folder / endpoints if endpoints else _if_there(folder / "endpoints.yml"),
        folder=folder,
    )
    show_problems(problems, style, "coexist validate")
    ctx.exit(exit_code(problems, strict=strict))


def _from_here(path: Path) -> Path:
    """The path as short as it is from the working folder, if it lies below."""
    if not path.is_absolute():
        return path
    here = os.path.relpath(path)
    return path if here.startswith(os.pardir) else Path(here)


def _if_there(path: Path) -> Path | None:
    return path if path.exists() else None
