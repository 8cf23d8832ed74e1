"""What `coexist router eval` and `tune` share: options, files, and an assistant's router."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from router.errors import UnsupportedRasa

if TYPE_CHECKING:
    from rich.console import Console

    from router.evaluation.asking import Ask, Routed
    from router.evaluation.expected_routes import RouteLists
    from router.evaluation.labelled import LabelledMessage
    from router.rasa.evaluation import LoadedRouter

__all__ = ["NEW_FILE", "SHARE", "asked", "assistant_options", "open_router", "route_lists", "write"]


class _NewFile(click.Path):
    """A file to write; that it can't be is said before the work, not after."""

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        """The path."""
        file: Path = super().convert(value, param, ctx)  # type: ignore[assignment] # path_type
        if not file.parent.is_dir():
            self.fail(f"the folder {file.parent} isn't there.", param, ctx)
        return file


NEW_FILE = _NewFile(dir_okay=False, writable=True, path_type=Path)
SHARE = click.FloatRange(0, 1)
_EXISTING = click.Path(path_type=Path, exists=True)
_EXISTING_FILE = click.Path(path_type=Path, exists=True, dir_okay=False)

_ARGUMENTS = (
    click.argument("file", type=_EXISTING),
    click.option(
        "--config",
        type=click.Path(path_type=Path, dir_okay=False),
        default=Path("config.yml"),
        show_default=True,
        help="The assistant's configuration; its folder is the project.",
    ),
    click.option(
        "--model",
        type=_EXISTING,
        help="A trained model, or a folder of them; without it, the project's, trained if need be.",
    ),
    click.option(
        "--endpoints",
        type=_EXISTING_FILE,
        help="The endpoints; without it, the project's endpoints.yml if there is one.",
    ),
    click.option(
        "--routes",
        type=_EXISTING_FILE,
        help="For training data: a YAML file with the lists nlu_entry and calm_entry (and "
        "out_of_scope, unlisted, unsure) that say where intents go.",
    ),
    click.option(
        "--routes-from",
        type=_EXISTING_FILE,
        help="For training data: another config.yml whose router says where intents go.",
    ),
    click.option(
        "--limit",
        type=click.IntRange(min=1),
        help="At most so many messages, taken evenly from all of FILE.",
    ),
    click.option(
        "--concurrency",
        type=click.IntRange(min=1),
        default=8,
        show_default=True,
        help="How many messages are asked about at the same time.",
    ),
)


def assistant_options(command: Any) -> Any:
    """The argument FILE, and the options that say whose router is asked, and how."""
    for decorate in reversed(_ARGUMENTS):
        command = decorate(command)
    return command


def route_lists(
    config: Path, routes: Path | None, routes_from: Path | None
) -> Callable[[], RouteLists]:
    """Where the lists of intents come from that training data needs."""
    if routes and routes_from:
        raise click.UsageError("Give either --routes or --routes-from.")

    def read() -> RouteLists:
        from router.evaluation.expected_routes import lists_from_config, lists_from_file

        return lists_from_file(routes) if routes else lists_from_config(routes_from or config)

    return read


def open_router(
    console: Console, config: Path, model: Path | None, endpoints: Path | None
) -> LoadedRouter:
    """The router of the assistant of `config`, trained if need be.

    Raises:
        UnsupportedRasa: Rasa isn't installed.
        InvalidConfig: there's no config.yml, or a language model of it can't be read.
        IncompatibleModel: the model can't be loaded, or has no router.
        click.ClickException: the training failed.
    """
    from router.cli.quiet import be_quiet
    from router.cli.rendering import elapsed
    from router.cli.training import ensure_model

    if find_spec("rasa") is None:
        raise UnsupportedRasa(
            "Asking an assistant's router needs Rasa Open Source 3.6, which isn't installed: "
            "pip install 'rasa-coexistence[rasa]' on Python 3.10."
        )
    trained = ensure_model(console, config, model)
    be_quiet()
    usual = config.parent / "endpoints.yml"
    with elapsed(console) as progress:
        progress.add_task("Loading the assistant")
        if find_spec("skops"):  # looks at all modules there are: seconds if Rasa's are there
            import_module("skops.io")
        from router.rasa.evaluation import load_router
        from router.rasa.session import quiet_structlog

        be_quiet()  # importing Rasa undid some of it
        quiet_structlog()
        given = endpoints or (usual if usual.is_file() else None)
        return load_router(config.parent, trained, given)


def asked(
    console: Console, ask: Ask, messages: Sequence[LabelledMessage], concurrency: int
) -> list[Routed]:
    """What the router says to each message; a terminal shows how far it is."""
    from router.cli.rendering import elapsed
    from router.evaluation.asking import ask_all

    with elapsed(console) as progress:
        task = progress.add_task("Asking", total=len(messages))

        def count() -> None:
            progress.advance(task)
            done = f"{progress.tasks[0].completed:.0f} of {len(messages)}"
            progress.update(task, description=f"Asking about {done} messages")

        return asyncio.run(ask_all(ask, messages, concurrency=concurrency, on_answer=count))


def write(text: str, output: Path | None) -> None:
    """Writes to a file, or to the terminal."""
    if output is None:
        click.echo(text, nl=not text.endswith("\n"))
    else:
        output.write_text(text, encoding="utf-8")
