"""`coexist test from-conversations`: stored conversations as end-to-end tests."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Iterable, Iterator
from contextlib import closing
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

import click

from router.cli.quiet import be_quiet
from router.e2e.writing.files import write_new
from router.e2e.writing.proposals import DETAILS, Detail

if TYPE_CHECKING:
    from router.e2e.writing.exported import StoredConversation

__all__ = ["NOTHING_FOUND", "emit", "from_conversations", "output_options"]

NOTHING_FOUND = 5
_YAML = (".yml", ".yaml")


def _compiled(
    ctx: click.Context, param: click.Parameter, given: tuple[str, ...]
) -> tuple[re.Pattern[str], ...]:
    """Regular expressions that find something."""
    patterns = []
    for text in given:
        try:
            pattern = re.compile(text)
        except re.error as error:
            raise click.BadParameter(f"{text!r} is no regular expression: {error}.") from error
        if pattern.fullmatch(""):
            raise click.BadParameter(f"{text!r} fits nothing at all.")
        patterns.append(pattern)
    return tuple(patterns)


def output_options(command: Any) -> Any:
    """`--out` and `--force`, which what writes tests has in common."""
    for option in (
        click.option("--force", is_flag=True, help="Overwrite the file of --out."),
        click.option(
            "--out",
            type=click.Path(path_type=Path, dir_okay=False),
            help="Write the tests there, instead of the terminal.",
        ),
    ):
        command = option(command)
    return command


@click.command("from-conversations")
@click.argument("source", type=click.Path(path_type=Path, dir_okay=False), required=False)
@click.option("--url", help="An SQL tracker store: postgresql://user:password@host/name.")
@click.option("--id", "ids", multiple=True, help="Only this conversation; may be repeated.")
@click.option(
    "--min-user-turns",
    type=click.IntRange(min=1),
    default=1,
    show_default=True,
    help="Only those in which the user says as much.",
)
@click.option(
    "--route", type=click.Choice(["calm", "nlu"]), help="Only those this system answers in."
)
@click.option("--action", "actions", multiple=True, help="Only with this action; any of several.")
@click.option("--intent", "intents", multiple=True, help="Only with this intent; any of several.")
@click.option(
    "--since", type=click.DateTime(), help="Only those begun then or later, in local time."
)
@click.option("--limit", type=click.IntRange(min=1), help="At most so many.")
@click.option(
    "--checks",
    "detail",
    type=click.Choice(DETAILS),
    default="all",
    show_default=True,
    help="Expect the bot's words, the responses' names, or all that happened.",
)
@click.option(
    "--mask",
    "masks",
    multiple=True,
    callback=_compiled,
    metavar="REGEX",
    help="Personal data besides the known; may be repeated.",
)
@click.option("--no-mask", is_flag=True, help="Leave personal data as it is.")
@output_options
@click.pass_context
def from_conversations(
    ctx: click.Context,
    source: Path | None,
    url: str | None,
    ids: tuple[str, ...],
    min_user_turns: int,
    route: str | None,
    actions: tuple[str, ...],
    intents: tuple[str, ...],
    since: datetime | None,
    limit: int | None,
    detail: str,
    masks: tuple[re.Pattern[str], ...],
    no_mask: bool,
    out: Path | None,
    force: bool,
) -> None:
    """Write conversations that took place as end-to-end tests.

    SOURCE is an endpoints.yml with a `tracker_store` (the one of this folder, if left out),
    or an exported file: trackers or events as JSON, in lines or in a list. Each session
    becomes a case. E-mail addresses, phone numbers, IBANs, cards and other long numbers are
    replaced by made-up ones; names of people aren't, unless --mask finds them.

    Exit codes: 0 written, 2 something can't be read, 5 no conversation fits.
    """
    from router.e2e.writing.conversations import written_from
    from router.e2e.writing.picking import Picking

    if source is not None and url is not None:
        raise click.UsageError("Give SOURCE or --url, not both.")
    if no_mask and masks:
        raise click.UsageError("--mask and --no-mask exclude each other.")
    picking = Picking(
        min_user_turns=min_user_turns,
        route=route,
        actions=frozenset(actions),
        intents=frozenset(intents),
        since=since.timestamp() if since else None,
        limit=limit,
    )
    written = written_from(
        _conversations(source or Path("endpoints.yml"), url, ids),
        picking,
        detail=cast("Detail", detail),
        masked=not no_mask,
        patterns=masks,
    )
    for problem in written.problems:
        click.echo(str(problem), err=True)
    if not written.cases:
        click.echo("No conversation fits: nothing was written.", err=True)
        ctx.exit(NOTHING_FOUND)
    emit(written.as_yaml(), len(written.cases), out, force=force)


def emit(text: str, count: int, out: Path | None, *, force: bool) -> None:
    """Writes a test file of so many cases, or prints it."""
    if out is None:
        click.echo(text, nl=False)
        return
    write_new(out, text, force=force)
    click.echo(f"{count} {'case' if count == 1 else 'cases'} written to {out}", err=True)


def _conversations(
    source: Path, url: str | None, ids: tuple[str, ...]
) -> Iterator[StoredConversation]:
    if url is not None or source.suffix in _YAML:
        return _stored(source, url, ids)
    return _exported(source, ids)


def _exported(source: Path, ids: tuple[str, ...]) -> Iterator[StoredConversation]:
    from router.e2e.writing.exported import read_exported

    exported = read_exported(source)
    for problem in exported.problems:
        click.echo(str(problem), err=True)
    _note_missing(ids, [each.sender_id for each in exported.conversations])
    for conversation in exported.conversations:
        if not ids or conversation.sender_id in ids:
            yield conversation


def _stored(endpoints: Path, url: str | None, ids: tuple[str, ...]) -> Iterator[StoredConversation]:
    from router.e2e.writing.exported import StoredConversation

    be_quiet()
    from router.rasa.stored_conversations import open_store

    be_quiet()  # importing Rasa undid some of it
    store = open_store(endpoints, url)
    with closing(asyncio.new_event_loop()) as loop:
        known = loop.run_until_complete(store.sender_ids())
        _note_missing(ids, known)
        for sender_id in known:
            if not ids or sender_id in ids:
                events = loop.run_until_complete(store.events_of(sender_id))
                yield StoredConversation(sender_id, tuple(events))


def _note_missing(ids: Iterable[str], known: Iterable[str]) -> None:
    for missing in sorted(set(ids).difference(known)):
        click.echo(f"There is no conversation {missing!r}.", err=True)
