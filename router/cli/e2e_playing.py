"""Playing a suite for `coexist test`: the bot, in this process or on a server, and Ctrl-C."""

from __future__ import annotations

import asyncio
import shlex
import signal
import time
from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from contextlib import asynccontextmanager, contextmanager
from datetime import datetime, timezone
from functools import partial
from importlib.util import find_spec
from pathlib import Path
from typing import Any, NamedTuple

import click
from rich.console import Console

from router.cli.e2e_options import Asked
from router.e2e.assertions.base import Judge
from router.e2e.bots import Bot
from router.e2e.case_judges import case_judges
from router.e2e.cases import TestCase
from router.e2e.in_process_bot import InProcessBot, load_bot
from router.e2e.options import RunOptions
from router.e2e.reports.progress import progress_on
from router.e2e.reset_command import reset
from router.e2e.results import SuiteResult
from router.e2e.running import Played, run_cases
from router.errors import IncompatibleModel, UnsupportedRasa
from router.flows.assistant import Assistant

__all__ = ["play_suite"]


class _Loaded(NamedTuple):
    """A bot, what results say it is, and what gives a case's judge."""

    bot: Bot
    target: str
    judge: Callable[[TestCase], Judge] | None


def play_suite(
    asked: Asked, cases: Sequence[TestCase], assistant: Assistant | None, console: Console
) -> tuple[SuiteResult, list[Played]]:
    """Loads the bot and plays the cases; after Ctrl-C the result holds those that were done.

    A second Ctrl-C ends it at once.

    Raises:
        BotUnreachable: the server doesn't answer, or doesn't let us in.
        UnsupportedRasa: a bot in this process needs Rasa, which isn't installed.
        IncompatibleModel: there's no model, or it can't be loaded.
        InvalidFile: endpoints.yml can't be used.
    """
    return asyncio.run(_play(asked, cases, assistant, console))


async def _play(
    asked: Asked, cases: Sequence[TestCase], assistant: Assistant | None, console: Console
) -> tuple[SuiteResult, list[Played]]:
    async with _bot(asked, console) as loaded:
        options = _options(asked, assistant, loaded.judge)
        started, clock = datetime.now(timezone.utc), time.perf_counter()
        progress = progress_on(console)
        _say_what(asked, cases, loaded.target, console)
        progress.start(len(cases))
        try:
            with _interrupted() as interrupt:
                played = await run_cases(cases, loaded.bot, options, progress, interrupt)
        finally:
            progress.stop()
    suite = SuiteResult(
        started=started.isoformat(timespec="seconds"),
        seconds=time.perf_counter() - clock,
        target=loaded.target,
        llm=asked.mode,
        seed=asked.seed,
        workers=options.workers,
        interrupted=interrupt.is_set() and len(played) < len(cases),
        cases=tuple(each.result for each in played),
    )
    return suite, played


def _options(
    asked: Asked, assistant: Assistant | None, judge: Callable[[TestCase], Judge] | None
) -> RunOptions:
    command = asked.reset_command
    return RunOptions(
        workers=asked.at_a_time,
        repeat=asked.repeat,
        retries=asked.retries,
        timeout=asked.timeout,
        seed=asked.seed,
        fail_fast=asked.fail_fast,
        flaky_fails=asked.flaky_fails,
        latency_fails=asked.latency_fails,
        judge=judge,
        assistant=assistant,
        scripted=asked.mode == "scripted",
        rerun=asked.rerun,
        before_attempt=partial(reset, command, asked.timeout) if command else None,
    )


def _say_what(asked: Asked, cases: Sequence[TestCase], target: str, console: Console) -> None:
    models = "" if asked.url else f", models {asked.mode}"
    order = f", seed {asked.seed}" if asked.seed else ""
    number = f"{len(cases)} case{'' if len(cases) == 1 else 's'}"
    line = f"{number} on {target}, {asked.at_a_time} at a time{models}{order}"
    console.print(line, style="dim", soft_wrap=True)


@asynccontextmanager
async def _bot(asked: Asked, console: Console) -> AsyncIterator[_Loaded]:
    if asked.url:
        from router.e2e.server_bot import ServerBot

        # The runner gives a turn up by itself; what takes longer than that is the server's fault.
        async with ServerBot(asked.url, seconds=asked.timeout + 5) as server:
            await server.check()
            judge = case_judges(None, asked.endpoints_file, asked.judge)
            yield _Loaded(server, server.url, judge)
        return
    model = _model(asked, console)
    bot = await _loaded(asked, model, console)
    try:
        judge = case_judges(bot.answers, asked.endpoints_file, asked.judge)
        yield _Loaded(bot, str(model), judge)
    finally:
        await bot.close()


async def _loaded(asked: Asked, model: Path, console: Console) -> InProcessBot:
    from router.cli.quiet import be_quiet
    from router.cli.rendering import elapsed

    be_quiet()
    with elapsed(console) as progress:
        progress.add_task("Loading the assistant")
        project = asked.config.parent
        bot = await load_bot(project, model, asked.endpoints, llm=asked.mode, seed=asked.seed)
    be_quiet()  # importing Rasa undid some of it
    return bot


def _model(asked: Asked, console: Console) -> Path:
    """The model to test: the one given, or the newest, trained first if that is asked for."""
    from router.cli.training import (
        ensure_model,
        model_folder,
        newest_model,
        project_files,
        train_command,
    )

    if find_spec("rasa") is None:
        raise UnsupportedRasa(
            "Testing an assistant in this process needs Rasa Open Source 3.6, which isn't "
            "installed: pip install 'rasa-coexistence[rasa]' on Python 3.10. Or test a running "
            "server with --url."
        )
    if asked.train:
        return ensure_model(console, asked.config, None)
    given = asked.model or model_folder(asked.config)
    found = given if given.is_file() else newest_model(given)
    if found is None:
        advice = "leave --model out and train one with --train"
        if asked.model is None:
            command = shlex.join(train_command(asked.config))
            folder = asked.config.parent
            where = f" in {folder}" if folder != Path() else ""
            advice = f"train one with --train, or{where} with `{command}`"
        raise IncompatibleModel(f"There's no model in {given}: {advice}.")
    newest_file = max(file.stat().st_mtime for file in project_files(asked.config))
    if asked.model is None and found.stat().st_mtime < newest_file:
        click.echo(f"Files are newer than the model {found}: --train trains it anew.", err=True)
    return found


@contextmanager
def _interrupted() -> Iterator[asyncio.Event]:
    """An event that the first Ctrl-C sets; the second is as ever."""
    event, loop = asyncio.Event(), asyncio.get_running_loop()
    before = signal.getsignal(signal.SIGINT)

    def stop(number: int, frame: Any) -> None:
        signal.signal(signal.SIGINT, before)
        loop.call_soon_threadsafe(event.set)

    try:
        signal.signal(signal.SIGINT, stop)
    except ValueError:  # not in the main thread, which alone hears of Ctrl-C
        yield event
        return
    try:
        yield event
    finally:
        signal.signal(signal.SIGINT, before)
