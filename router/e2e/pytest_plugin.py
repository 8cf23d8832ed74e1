"""`pytest e2e_tests`: the cases that `coexist test` plays, one item each.

Collected are the YAML files with `test_cases:` below folders called `e2e_tests*` (the ini
setting `coexist_e2e`, the option `--coexist-e2e`), and those named on the command line. Tags are
markers. Files of the outermost such folder lend each other fixtures, as in `coexist test` on it;
what there is to warn of is in pytest's summary of warnings. `-k`, `-m`, `--lf` and `-n`
(pytest-xdist) work; each process loads a bot once, when its first case is played. What a
conftest.py may add is in `router.e2e.pytest_hooks`.

This file is imported by every pytest that runs where the package is installed: what isn't
cheap is imported where it's needed.
"""

from __future__ import annotations

import os
import warnings
from collections.abc import Iterator
from fnmatch import fnmatch
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from _pytest._code.code import ExceptionInfo, TerminalRepr

    from router.e2e.cases import TestCase
    from router.e2e.pytest_session import PytestRun
    from router.errors import Problem

__all__ = ["CaseFile", "CaseItem", "CaseWarning"]

_RUN: pytest.StashKey[PytestRun] = pytest.StashKey()
FOLDERS = "coexist_e2e"
_SUFFIXES = frozenset({".yml", ".yaml"})
_NOT_CASES = frozenset({"conftest.yml", "conftest.yaml"})
_CASSETTES = "cassettes"


def pytest_addoption(parser: pytest.Parser) -> None:
    """The options, those of `coexist test` with `--coexist-` before them."""
    parser.addini(FOLDERS, "folders whose YAML files hold cases", "args", ["e2e_tests*"])
    group = parser.getgroup("coexist", "end-to-end tests of an assistant (YAML)")
    group.addoption(
        "--coexist-e2e",
        action="append",
        metavar="FOLDER",
        help="collect the cases below folders called so (default: e2e_tests*)",
    )
    group.addoption(
        "--coexist-config",
        metavar="FILE",
        help="the bot's configuration (default: the nearest config.yml above a test file)",
    )
    group.addoption("--coexist-model", metavar="PATH", help="the model (default: the newest)")
    group.addoption(
        "--coexist-endpoints", metavar="FILE", help="default: endpoints.yml beside the config"
    )
    group.addoption("--coexist-url", metavar="URL", help="a running server, in place of a model")
    group.addoption(
        "--coexist-llm",
        choices=["live", "replay", "scripted"],
        help="how language models answer (default: live; replay if CI=true)",
    )
    group.addoption(
        "--coexist-judge", metavar="GROUP", help="the model group that grades generated answers"
    )
    group.addoption(
        "--coexist-timeout", type=float, default=60.0, metavar="SECONDS", help="for a turn (60)"
    )
    group.addoption(
        "--coexist-latency-fails", action="store_true", help="turn_latency_ms may fail a case"
    )


def pytest_addhooks(pluginmanager: pytest.PytestPluginManager) -> None:
    """What a conftest.py may implement."""
    from router.e2e import pytest_hooks

    pluginmanager.add_hookspecs(pytest_hooks)


def pytest_collect_file(file_path: Path, parent: pytest.Collector) -> CaseFile | None:
    """A file of cases; None for every other."""
    if file_path.suffix not in _SUFFIXES or file_path.name in _NOT_CASES:
        return None
    if not (parent.session.isinitpath(file_path) or _folder_of(file_path, parent.config)):
        return None
    from router.e2e.reading.finding import HOLDS_CASES

    if not HOLDS_CASES.search(file_path.read_bytes()):  # other people's YAML
        return None
    return CaseFile.from_parent(parent, path=file_path)


def pytest_unconfigure(config: pytest.Config) -> None:
    """Closes the bots."""
    run = config.stash.get(_RUN, None)
    if run is not None:
        run.close()


class CaseFile(pytest.File):
    """A file of cases. What's wrong in it, and what it names amiss, is an error with its line."""

    def collect(self) -> Iterator[CaseItem]:
        """The cases."""
        from router.errors import CoexistenceError

        try:
            suite = _run(self.config).suite_of(self.path, _folder_of(self.path, self.config))
        except CoexistenceError as error:
            raise self.CollectError(str(error)) from None
        for problem in suite.problems:
            self._warn_of(problem)
        cases = suite.cases
        for tag in dict.fromkeys(tag for case in cases for tag in case.tags):
            # Known from here on, or else --strict-markers would refuse it.
            self.config.addinivalue_line("markers", f"{tag}: a tag of end-to-end tests")
        for case in cases:
            yield CaseItem.from_parent(self, name=case.name, case=case)

    def _warn_of(self, problem: Problem) -> None:
        """Lists it in pytest's summary of warnings.

        By the summary's own hook: `warnings.warn` would, with -W error, make a file that is only
        warned of one that fails.
        """
        warning = CaseWarning(f"[{problem.code}] {problem.message} {problem.advice}".rstrip())
        place = problem.location
        self.ihook.pytest_warning_recorded.call_historic(
            kwargs={
                "warning_message": warnings.WarningMessage(
                    warning, CaseWarning, place.file, place.line
                ),
                "when": "collect",
                "nodeid": self.nodeid,
                "location": None,
            }
        )


class CaseItem(pytest.Item):
    """A case."""

    def __init__(self, *, case: TestCase, **others: Any) -> None:
        super().__init__(**others)
        self.case = case
        for tag in case.tags:
            self.add_marker(tag)

    def runtest(self) -> None:
        """Plays the case."""
        result = _run(self.config).play(self, self.case)
        if result.status == "skipped":
            from router.e2e.pytest_session import why_skipped

            pytest.skip(why_skipped(result))
        if result.status != "passed":
            raise CaseFailed(result)

    def repr_failure(
        self, excinfo: ExceptionInfo[BaseException], *args: Any, **kwargs: Any
    ) -> str | TerminalRepr:
        """The report of the failure, as `coexist test` shows it."""
        from router.errors import CoexistenceError

        if isinstance(excinfo.value, CaseFailed):
            from router.e2e.pytest_session import shown_failure

            return shown_failure(excinfo.value.result, color=_has_markup(self.config))
        if isinstance(excinfo.value, CoexistenceError):
            return str(excinfo.value)
        return super().repr_failure(excinfo, *args, **kwargs)

    def reportinfo(self) -> tuple[os.PathLike[str], int, str]:
        """The file, the line of the case, counted from 0, and its name."""
        return self.path, self.case.location.line - 1, self.name


class CaseWarning(UserWarning):
    """What isn't wrong in a file of cases, and may not be meant."""


class CaseFailed(Exception):
    """A case that didn't pass; holds its result."""

    def __init__(self, result: Any) -> None:
        super().__init__(result.name)
        self.result = result


def _folder_of(path: Path, config: pytest.Config) -> Path | None:
    """The outermost folder around a file whose YAML files hold cases; None if there is none."""
    root = config.rootpath if path.is_relative_to(config.rootpath) else Path(path.anchor)
    if _CASSETTES in path.parent.relative_to(root).parts:
        return None
    wanted = config.getoption("--coexist-e2e") or config.getini(FOLDERS)
    inside = (each for each in reversed(path.parents) if each.is_relative_to(root))
    for folder in inside:
        name = f"/{folder.relative_to(root).as_posix()}/"
        if any(fnmatch(name, f"*/{each.strip('/')}/") for each in wanted):
            return folder
    return None


def _run(config: pytest.Config) -> PytestRun:
    """What this process plays cases with."""
    if _RUN not in config.stash:
        from router.e2e.pytest_session import PytestRun

        config.stash[_RUN] = PytestRun(config)
    return config.stash[_RUN]


def _has_markup(config: pytest.Config) -> bool:
    reporter = config.pluginmanager.get_plugin("terminalreporter")
    return bool(reporter and reporter.hasmarkup)
