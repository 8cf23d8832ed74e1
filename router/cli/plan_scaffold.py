"""`coexist plan scaffold AREA`: drafts of what moves an area to CALM."""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import click

from router.errors import InvalidFile, Location, Problem

if TYPE_CHECKING:
    from router.planner.scaffold import Edit, Scaffold

__all__ = ["scaffold"]

_PATH = click.Path(path_type=Path)


@click.command()
@click.argument("area")
@click.option(
    "--plan",
    "plan_file",
    type=_PATH,
    help="The plan.  [default: the one that config.yml names, or migration.yml beside it]",
)
@click.option(
    "--config",
    type=_PATH,
    default=Path("config.yml"),
    show_default=True,
    help="The bot's configuration.",
)
@click.option(
    "-d",
    "--domain",
    type=_PATH,
    help="Domain file or folder.  [default: domain.yml, or domain, beside the configuration]",
)
@click.option(
    "--data",
    type=_PATH,
    multiple=True,
    help="File or folder of training data; may be repeated.  [default: data, beside it]",
)
@click.option(
    "--tests", type=_PATH, help="Folder of end-to-end tests.  [default: e2e_tests, beside it]"
)
@click.option("--write", is_flag=True, help="Write the drafts and the changes that are shown.")
@click.option("--force", is_flag=True, help="With --write: overwrite drafts that are there.")
@click.pass_context
def scaffold(
    ctx: click.Context,
    area: str,
    plan_file: Path | None,
    config: Path,
    domain: Path | None,
    data: tuple[Path, ...],
    tests: Path | None,
    write: bool,
    force: bool,
) -> None:
    """Draft the flows, slots, resets and tests that move an AREA (or one skill) to CALM.

    Forms become questions, stories become steps and branches. Shows new files, and changes of
    files that are there as a diff; with --write, writes them. What a person must decide is a
    TODO at its place. What wasn't carried over, or gets no reset, is listed with its reason;
    so are the warnings of `coexist validate` to expect until the area has moved.

    Exit codes: 0 done, 1 nothing to draft, 2 no such area or skill, files that can't be read,
    or that are there already.
    """
    from router.planner.present import plan_path
    from router.planner.scaffold import scaffold as drafts_of

    folder = config.parent
    domain = domain or _default_domain(folder)
    drafts = drafts_of(
        area,
        config=config,
        domain=domain,
        data=data or (folder / "data",),
        plan=plan_file or plan_path(config),
        tests=tests or folder / "e2e_tests",
    )
    there = [file.path for file in drafts.files if file.is_there]
    if write and there and not force:
        raise _is_there(there)
    for line in _report(drafts):
        click.echo(line)
    if not drafts.files:
        click.echo("There is nothing to draft.", err=True)
        ctx.exit(1)
    if write:
        _write(drafts)
        click.echo(f"\n{_count(drafts)} written.")
        return
    click.echo(f"\n{_count(drafts)} to write: ", nl=False)
    if there:
        names = ", ".join(map(str, there))
        click.echo(
            f"run it again with --write --force, which overwrites {names}; --write alone writes "
            "nothing."
        )
    else:
        click.echo("run it again with --write.")


def _report(drafts: Scaffold) -> Iterator[str]:
    for file in drafts.files:
        state = "is there already" if file.is_there else "new"
        yield click.style(f"=== {file.path} ({state})", bold=True)
        yield file.text
    for edit in drafts.edits:
        yield from _diff(edit)
        yield ""
    lists = {
        "To answer": drafts.questions,
        "Not carried over, or not changed": drafts.left_out,
        "To know": drafts.remarks,
    }
    for title, items in lists.items():
        if items:
            yield click.style(f"{title}:", bold=True)
            yield from (f"  - {item}" for item in items)


def _diff(edit: Edit) -> Iterator[str]:
    colours = {"+": "green", "-": "red", "@": "cyan"}
    lines = difflib.unified_diff(
        edit.before.splitlines(), edit.after.splitlines(), f"{edit.path}", f"{edit.path}", "", ""
    )
    for line in lines:
        yield click.style(line.rstrip("\n"), fg=colours.get(line[:1]))


def _is_there(paths: Iterable[Path]) -> InvalidFile:
    message = "This file is there already: nothing was written."
    advice = "Move it away, or write --write --force to overwrite it; without --write it's shown."
    return InvalidFile(
        [Problem(Location(str(path)), "file-exists", message, advice) for path in paths]
    )


def _write(drafts: Scaffold) -> None:
    from router.cli.writing import write_whole

    texts = [(file.path, file.text) for file in drafts.files]
    for path, text in [*texts, *((edit.path, edit.after) for edit in drafts.edits)]:
        try:
            write_whole(path, text)
        except OSError as error:
            message = f"It can't be written: {error.strerror or error}."
            raise InvalidFile([Problem(Location(str(path)), "unwritable-file", message)]) from error


def _count(drafts: Scaffold) -> str:
    there = sum(file.is_there for file in drafts.files)
    new, changed = len(drafts.files) - there, len(drafts.edits)
    overwritten = f", {there} overwritten" if there else ""
    return f"{new} new {'file' if new == 1 else 'files'}{overwritten}, {changed} changed"


def _default_domain(folder: Path) -> Path:
    """The domain that Rasa's commands read: domain.yml, or our importer's folder."""
    is_folder = (folder / "domain").is_dir() and not (folder / "domain.yml").exists()
    return folder / ("domain" if is_folder else "domain.yml")
