"""The bots that a pytest process plays cases with, each loaded once, and what it says of them."""

from __future__ import annotations

import asyncio
import os
import shlex
import warnings
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import pytest
from rich.console import Console

from router.checks.project import Project, read_project
from router.e2e.bots import Bot
from router.e2e.case_judges import case_judges
from router.e2e.cases import TestCase
from router.e2e.options import RunOptions
from router.e2e.reading import Suite, check_names, read_all, read_files
from router.e2e.reports.characters import one_line
from router.e2e.reports.facts import failure, skip_reasons
from router.e2e.reports.terminal import failure_screen
from router.e2e.results import CaseResult
from router.e2e.running import run_cases
from router.errors import CoexistenceError, IncompatibleModel, InvalidTest, NoTestsFound
from router.flows.reading import raise_if_errors
from router.llm.modes import LLMMode

if TYPE_CHECKING:
    from _pytest._code.code import TerminalRepr

__all__ = ["PytestRun", "shown_failure", "why_skipped"]

CONFIG = "config.yml"
WIDTH = 100
REASON = 500  # characters
_RERUN = ("config", "model", "endpoints", "url", "llm", "judge")


class _Target(NamedTuple):
    """A bot, and how cases are played with it."""

    bot: Bot
    options: RunOptions


@dataclass
class PytestRun:
    """What the cases of one process are played with, by the bot's configuration."""

    config: pytest.Config
    folders: dict[Path, dict[Path, Suite]] = field(default_factory=dict)
    projects: dict[Path, Project] = field(default_factory=dict)
    targets: dict[Path | None, _Target | CoexistenceError] = field(default_factory=dict)
    closing: list[Callable[[], Awaitable[None]]] = field(default_factory=list)
    loop: asyncio.AbstractEventLoop = field(default_factory=asyncio.new_event_loop)

    def suite_of(self, file: Path, folder: Path | None) -> Suite:
        """The cases of a file, and what to warn of; names are compared with the bot's files.

        Args:
            file: that of the cases.
            folder: one around it, whose files lend each other fixtures and metadata.

        Raises:
            InvalidTest: they can't be read, or name what the bot doesn't have.
        """
        suite = self._read(file, folder)
        config_file = self._config_above(file)
        name = config_file.name if config_file else CONFIG
        cases = tuple(case for case in suite.cases if case.config in ("", name))
        named = check_names(cases, self._project(config_file)) if config_file else []
        problems = (*suite.problems, *named)
        raise_if_errors(problems, InvalidTest)
        return Suite(cases, suite.files, problems)

    def _read(self, file: Path, folder: Path | None) -> Suite:
        path = Path(os.path.relpath(file))
        if folder is not None:
            if folder not in self.folders:
                self.folders[folder] = read_files(os.path.relpath(folder))
            if path in self.folders[folder]:
                return self.folders[folder][path]
        try:
            return read_all([path])
        except NoTestsFound:
            return Suite((), ())

    def play(self, item: pytest.Item, case: TestCase) -> CaseResult:
        """Plays a case to its end, once a conftest.py has had its say.

        Raises:
            CoexistenceError: the bot can't be had.
        """
        # What Rasa and its libraries warn of isn't the case's doing: with -W error no bot loads.
        with warnings.catch_warnings(record=True):  # they set filters of their own
            warnings.simplefilter("ignore")
            bot, options = self._target(item)
            # Behind the loading, by which what belongs to the bot can be imported.
            item.ihook.pytest_coexist_before_case(case=case)
            played = self.loop.run_until_complete(run_cases([case], bot, options))
        result = played[0].result
        item.ihook.pytest_coexist_after_case(case=case, result=result)
        return result

    def close(self) -> None:
        """Closes the bots, and ends what they left running."""
        self.loop.run_until_complete(self._close())
        self.loop.close()

    async def _close(self) -> None:
        for close in self.closing:
            await close()
        left = asyncio.all_tasks() - {asyncio.current_task()}
        for task in left:
            task.cancel()
        await asyncio.gather(*left, return_exceptions=True)
        await self.loop.shutdown_asyncgens()

    def _target(self, item: pytest.Item) -> _Target:
        config_file = self._config_above(item.path)
        if config_file not in self.targets:
            try:
                self.targets[config_file] = self._new_target(item, config_file)
            except CoexistenceError as error:
                self.targets[config_file] = error
        found = self.targets[config_file]
        if isinstance(found, CoexistenceError):
            raise found
        return found

    def _new_target(self, item: pytest.Item, config_file: Path | None) -> _Target:
        given = self.config.option
        own = item.ihook.pytest_coexist_bot(config_file=config_file)
        if own is not None:
            return _Target(own, self._options())
        if given.coexist_url:
            from router.e2e.server_bot import ServerBot

            server = ServerBot(given.coexist_url, seconds=given.coexist_timeout)
            self.closing.append(server.aclose)
            judge = case_judges(None, self._endpoints(config_file), given.coexist_judge)
            return _Target(server, self._options(judge=judge))
        if config_file is None:
            message = f"There's no {CONFIG} above {item.path}: name one with --coexist-config."
            raise IncompatibleModel(message)
        os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")  # or it writes below each failure
        from router.e2e.in_process_bot import load_bot

        model = self._model(config_file)
        mode: LLMMode = given.coexist_llm or ("replay" if _is_ci() else "live")
        endpoints = self._endpoints(config_file)
        loading = load_bot(config_file.parent, model, endpoints, llm=mode)
        bot = self.loop.run_until_complete(loading)
        self.closing.append(bot.close)
        judge = case_judges(bot.answers, endpoints, given.coexist_judge)
        scripted = mode == "scripted"
        options = self._options(judge=judge, assistant=bot.assistant, scripted=scripted)
        return _Target(bot, options)

    def _model(self, config_file: Path) -> Path:
        """The model to test, or the folder whose newest it is: a configuration has its own."""
        given = self.config.option
        if given.coexist_model:
            return Path(given.coexist_model)
        models = config_file.parent / "models"
        folder = models if config_file.name == CONFIG else models / config_file.stem
        if not any(folder.glob("*.tar.gz")):
            command = shlex.join(
                ["coexist", "test", "--config", os.path.relpath(config_file), "--train"]
            )
            raise IncompatibleModel(f"There's no model in {folder}: train one with `{command}`.")
        return folder

    def _options(self, **others: Any) -> RunOptions:
        """How a case is played; what pytest repeats, chooses and stops is pytest's."""
        given = self.config.option
        words = [
            word
            for name in _RERUN
            if (value := getattr(given, f"coexist_{name}")) is not None
            for word in (f"--coexist-{name}", value)
        ]
        return RunOptions(
            workers=1,
            timeout=given.coexist_timeout,
            latency_fails=given.coexist_latency_fails,
            rerun=shlex.join(["pytest", *words]),
            **others,
        )

    def _endpoints(self, config_file: Path | None) -> Path:
        given = self.config.option.coexist_endpoints
        folder = config_file.parent if config_file else Path()
        return Path(given) if given else folder / "endpoints.yml"

    def _config_above(self, file: Path) -> Path | None:
        """The configuration given, or else the nearest above the file."""
        given = self.config.option.coexist_config
        if given:
            return Path(given).absolute()
        above = (folder / CONFIG for folder in file.parents)
        return next((each for each in above if each.is_file()), None)

    def _project(self, config_file: Path) -> Project:
        if config_file not in self.projects:
            folder = config_file.parent
            domain = next(
                (p for p in (folder / "domain.yml", folder / "domain") if p.exists()), None
            )
            self.projects[config_file] = read_project(
                str(config_file), domain, [folder / "data"], folder=folder
            )
        return self.projects[config_file]


def _is_ci() -> bool:
    return os.environ.get("CI", "").lower() in ("true", "1")


def shown_failure(result: CaseResult, *, color: bool) -> TerminalRepr:
    """What `coexist test` shows of a case that failed; pytest's summary and JUnit have the reason.

    It is made as pytest's own are, or it would be text alone once pytest-xdist has passed it on.
    """
    from _pytest._code import code

    console = Console(width=WIDTH, force_terminal=color, no_color=not color, highlight=False)
    with console.capture() as captured:
        console.print(failure_screen(result), crop=False)
    found = failure(result)
    place, message = (found.place, found.message) if found else (result.place, result.status)
    lines = [f"{line.rstrip()}\n" for line in captured.get().rstrip().splitlines()]
    entry = code.ReprEntryNative(lines)
    return code.ExceptionChainRepr(
        [
            (
                code.ReprTraceback([entry], None, style="native"),
                code.ReprFileLocation(place.file, place.line, one_line(message, REASON)),
                None,
            )
        ]
    )


def why_skipped(result: CaseResult) -> str:
    """Why a case was skipped, in a line."""
    return "; ".join(skip_reasons(result)) or "no reason given"
