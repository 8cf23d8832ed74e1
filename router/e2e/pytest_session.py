"""The bots that a pytest process plays cases with, each loaded once, and what it says of them."""

from __future__ import annotations

import asyncio
import os
import warnings
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from rich.console import Console

from router.checks.project import Project, read_project
from router.e2e.bots import Bot
from router.e2e.cases import TestCase
from router.e2e.options import RunOptions
from router.e2e.reading import check_names, read_suite
from router.e2e.reports.facts import skip_reasons
from router.e2e.reports.terminal import failure_screen
from router.e2e.results import CaseResult
from router.e2e.running import run_cases
from router.errors import CoexistenceError, IncompatibleModel, InvalidTest, NoTestsFound

__all__ = ["PytestRun", "failure_text", "why_skipped"]

CONFIG = "config.yml"
WIDTH = 100


@dataclass
class PytestRun:
    """What the cases of one process are played with, by the bot's configuration."""

    config: pytest.Config
    projects: dict[Path, Project] = field(default_factory=dict)
    bots: dict[Path | None, Bot | CoexistenceError] = field(default_factory=dict)
    loop: asyncio.AbstractEventLoop = field(default_factory=asyncio.new_event_loop)

    def cases_of(self, file: Path) -> Sequence[TestCase]:
        """The cases of a file; what they name is compared with the files of their bot.

        Raises:
            InvalidTest: they can't be read, or name what the bot doesn't have.
        """
        try:
            cases = read_suite([os.path.relpath(file)]).cases
        except NoTestsFound:
            return ()
        config_file = self._config_above(file)
        problems = check_names(cases, self._project(config_file)) if config_file else []
        if problems:
            raise InvalidTest(problems)
        return cases

    def play(self, item: pytest.Item, case: TestCase) -> CaseResult:
        """Plays a case to its end.

        Raises:
            CoexistenceError: the bot can't be had.
        """
        given = self.config.option
        options = RunOptions(
            workers=1,
            timeout=given.coexist_timeout,
            latency_fails=given.coexist_latency_fails,
            rerun="pytest",
        )
        # What Rasa and its libraries warn of isn't the case's doing: with -W error no bot loads.
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            bot = self._bot(item)
            played = self.loop.run_until_complete(run_cases([case], bot, options))
        return played[0].result

    def close(self) -> None:
        """Ends what the bots left running."""
        left = asyncio.all_tasks(self.loop)
        for task in left:
            task.cancel()
        self.loop.run_until_complete(asyncio.gather(*left, return_exceptions=True))
        self.loop.run_until_complete(self.loop.shutdown_asyncgens())
        self.loop.close()

    def _bot(self, item: pytest.Item) -> Bot:
        config_file = self._config_above(item.path)
        if config_file not in self.bots:
            try:
                self.bots[config_file] = self._new_bot(item, config_file)
            except CoexistenceError as error:
                self.bots[config_file] = error
        found = self.bots[config_file]
        if isinstance(found, CoexistenceError):
            raise found
        return found

    def _new_bot(self, item: pytest.Item, config_file: Path | None) -> Bot:
        own = item.ihook.coexist_bot(config_file=config_file)
        if own is not None:
            return own
        given = self.config.option
        raise NotImplementedError

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
            domain = next((p for p in (folder / "domain.yml", folder / "domain") if p.exists()), None)
            self.projects[config_file] = read_project(
                str(config_file), domain, [folder / "data"], folder=folder
            )
        return self.projects[config_file]


def failure_text(result: CaseResult, *, color: bool) -> str:
    """What `coexist test` shows of a case that failed."""
    console = Console(width=WIDTH, force_terminal=color, no_color=not color, highlight=False)
    with console.capture() as captured:
        console.print(failure_screen(result))
    return captured.get().rstrip()


def why_skipped(result: CaseResult) -> str:
    """Why a case was skipped, in a line."""
    return "; ".join(skip_reasons(result)) or "no reason given"
