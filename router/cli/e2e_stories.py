"""`coexist test from-stories`: Rasa's test stories as end-to-end tests."""

from __future__ import annotations

from pathlib import Path

import click

from router.cli.e2e_conversations import NOTHING_FOUND, emit, output_options

__all__ = ["from_stories"]


@click.command("from-stories")
@click.argument(
    "files",
    type=click.Path(path_type=Path, exists=True),
    nargs=-1,
    required=True,
    metavar="FILE...",
)
@output_options
@click.pass_context
def from_stories(
    ctx: click.Context, files: tuple[Path, ...], out: Path | None, force: bool
) -> None:
    """Write Rasa's test stories as end-to-end tests.

    FILEs are those with `stories:`, or folders of them. Checkpoints are joined, and each
    choice of an `or` becomes a case. Where only an intent is given, the user sends it as
    /intent. What can't be carried over is named with its file and line.

    Exit codes: 0 written, 2 something can't be read, 5 no story, or none with
    a message of the user.
    """
    from router.e2e.writing.stories import cases_from_stories
    from router.errors import InvalidTest

    try:
        written, problems = cases_from_stories(files)
    except InvalidTest as error:
        only_folders = all(file.is_dir() for file in files)
        if not only_folders or any(each.code != "no-stories" for each in error.problems):
            raise
        click.echo("No story is there: nothing was written.", err=True)
        ctx.exit(NOTHING_FOUND)
    for problem in problems:
        click.echo(str(problem), err=True)
    if not written.cases:
        click.echo("No story could be carried over: nothing was written.", err=True)
        ctx.exit(NOTHING_FOUND)
    emit(written.as_yaml(), len(written.cases), out, force=force)
