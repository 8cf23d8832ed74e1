"""Reading a suite: files and folders of test cases, all problems in one pass."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any, NamedTuple

from router.e2e.cases import TestCase
from router.e2e.reading.case_reading import CASES, read_cases
from router.e2e.reading.finding import (
    CONFTESTS,
    files_below,
    is_outermost,
    meant_case,
    missing,
    shown,
)
from router.e2e.reading.shared import SHARED_KEYS, Shared, lent_by, read_shared
from router.errors import InvalidFile, InvalidTest, Location, NoTestsFound, Problem
from router.flows.reading import raise_if_errors
from router.flows.sections import Findings, Section, quote
from router.flows.spelling import nearest
from router.flows.yaml_source import collector_paused, read_yaml
from router.flows.yaml_values import location_of

__all__ = ["Suite", "read_all", "read_files", "read_suite"]

JUDGES = frozenset({"llm_as_judge", "llm_judge"})
ANCHORS = "anchors"
_ANCHOR_MARKS = ("x-", ".")
FILE_KEYS = SHARED_KEYS | {CASES, "version"}
CONFTEST_KEYS = SHARED_KEYS | {"version"}
_CASE = "::"
_RASAS_OWN = ("stories", "rules")
_JUDGE_ADVICE = "The judge is the model group `judge` of endpoints.yml."


@dataclass(frozen=True)
class Suite:
    """Test cases, in the order of the paths they were asked for by.

    `files` are those that hold one of them, `problems` the warnings; of `read_all` and
    `read_files`, the errors too.
    """

    cases: tuple[TestCase, ...]
    files: tuple[Path, ...]
    problems: tuple[Problem, ...] = ()


def read_suite(paths: Sequence[str | Path]) -> Suite:
    """Reads the test cases of files, of folders and all below them, and of `file::case`.

    A case asked for twice is in it once. Folders called `cassettes`, hidden ones, and hidden
    files are left out, as are Rasa's own test stories, with a warning.

    Raises:
        InvalidTest: a path, a case or a file is wrong; all that's wrong is listed.
        NoTestsFound: nothing is wrong, and there is no test case.
    """
    suite = read_all(paths)
    raise_if_errors(suite.problems, InvalidTest)
    return suite


@collector_paused()
def read_all(paths: Sequence[str | Path]) -> Suite:
    """As `read_suite`, but errors are among the problems, and a case with some is in it.

    So what else can be found out of the cases is told at once with what's wrong in the files.

    Raises:
        NoTestsFound: nothing is wrong, and there is no test case.
    """
    reading = _Reading()
    # All are opened before a case is read: one may name what another file defines.
    asked = [each for path in paths for each in reading.files_at(str(path))]
    found = {case.id: case for file, name in asked for case in reading.cases_of(file, name)}
    problems = _each_once(reading.findings.problems)
    if not found and all(each.is_warning for each in problems):
        where = ", ".join(str(path) for path in paths) or "no path"
        lines = [f"No test case was found in {where}.", *map(str, problems)]
        raise NoTestsFound("\n".join(lines))
    files = tuple(dict.fromkeys(Path(case.file) for case in found.values()))
    return Suite(tuple(found.values()), files, tuple(problems))


@collector_paused()
def read_files(folder: str | Path) -> dict[Path, Suite]:
    """Reads the test cases of a folder, each file by itself: file -> what `read_suite` has of it.

    Each knows the fixtures and metadata of the others, as in a run of the folder. `problems`
    are its own and those of the conftest.yml around it, errors included. Files that can't be
    read as test files, or hold no case, aren't among them.
    """
    reading = _Reading()
    files = [file for file, _ in reading.files_at(str(folder))]
    cases = {file.path: tuple(reading.cases_of(file, None)) for file in files}
    by_file: dict[str, list[Problem]] = {}
    for problem in _each_once(reading.findings.problems):
        by_file.setdefault(problem.location.file, []).append(problem)
    return {
        path: Suite(
            found, (path,), tuple(each for name in _around(path) for each in by_file.get(name, ()))
        )
        for path, found in cases.items()
    }


def _around(path: Path) -> list[str]:
    """A test file and the conftest.yml that may count for it, as problems name them."""
    folders = Path(os.path.abspath(path)).parents  # noqa: PTH100 (keeps links as they are)
    return [str(path), *(str(shown(folder / name)) for folder in folders for name in CONFTESTS)]


def _each_once(problems: Iterable[Problem]) -> list[Problem]:
    """Sorted by place; of the same warnings of a file, the first."""
    found: dict[tuple[object, ...], Problem] = {}
    for each in sorted(problems):
        place = each.location.file if each.is_warning else each.location
        found.setdefault((place, each.code, each.message), each)
    return list(found.values())


class _File(NamedTuple):
    """A test file that was opened, with what it and the folders around it give its cases."""

    path: Path
    section: Section
    own: Shared
    shared: Shared


@dataclass
class _Reading:
    """Files and conftests read so far, so that each is read once."""

    findings: Findings = field(default_factory=lambda: Findings([]))
    files: dict[str, _File | None] = field(default_factory=dict)
    cases: dict[Path, list[TestCase]] = field(default_factory=dict)
    folders: dict[Path, Shared] = field(default_factory=dict)

    def files_at(self, given: str) -> Iterator[tuple[_File, str | None]]:
        """The files of one path, each with the name of the case that is asked for, if one is."""
        file, separator, name = given.partition(_CASE)
        path = Path(file)
        if path.is_dir() and not separator:
            opened = [self._opened(each, is_named=False) for each in files_below(path)]
            yield from ((each, None) for each in opened if each)
        elif path.is_file():
            if found := self._opened(path, is_named=True):
                yield found, name if separator else None
        elif path.is_dir():
            message = f"'{given}' names a case of a folder."
            advice = "Write <file>::<test case>."
            self.findings.error("unknown-case", Location(file), message, advice)
        else:
            self._note([missing(path)])

    def cases_of(self, file: _File, name: str | None) -> list[TestCase]:
        """The cases of a file, or the one of that name."""
        if file.path not in self.cases:
            shared = file.shared.inside(self._lent)
            self.cases[file.path] = read_cases(file.section, shared, str(file.path))
        cases = self.cases[file.path]
        chosen = [case for case in cases if name in (None, case.name)]
        if not chosen and name is not None and not self._has_errors(file):
            message = f"The file has no test case '{name}'."
            meant = meant_case(name, [case.name for case in cases])
            advice = meant or f"`coexist test {file.path} --list` lists them."
            self.findings.error("unknown-case", Location(str(file.path)), message, advice)
        return chosen

    @cached_property
    def _lent(self) -> Shared:
        return lent_by(file.own for file in self.files.values() if file)

    def _has_errors(self, file: _File) -> bool:
        errors = (each for each in self.findings.problems if not each.is_warning)
        return any(each.location.file == str(file.path) for each in errors)

    def _opened(self, path: Path, *, is_named: bool) -> _File | None:
        known = os.path.realpath(path)
        if known not in self.files:
            self.files[known] = self._open(path, is_named=is_named)
        return self.files[known]

    def _open(self, path: Path, *, is_named: bool) -> _File | None:
        data = self._data(path)
        if data is None or not self._has_cases(data, str(path), is_named=is_named):
            return None
        section = Section(data, "the file", self.findings)
        section.check_keys(FILE_KEYS, unused=_anchors(data))
        folder = Path(os.path.abspath(path)).parent  # noqa: PTH100 (keeps links as they are)
        own = read_shared(section)
        return _File(path, section, own, own.inside(self._shared(folder)))

    def _has_cases(self, data: Mapping[str, Any], file: str, *, is_named: bool) -> bool:
        """Whether it's a test file with cases; notes what else it is."""
        if data.get(CASES):
            return True
        place = location_of(data) if data else Location(file)
        if CASES in data or not data:
            self.findings.warning("no-tests", place, "The file holds no test case.")
        elif any(key in data for key in _RASAS_OWN):
            note = self.findings.error if is_named else self.findings.warning
            message = "The file holds stories of Rasa's own: they aren't run."
            advice = f"`coexist test from-stories {file}` writes them as end-to-end tests."
            note("test-stories", place, message, advice)
        else:
            key = next((each for each in data if nearest(each, [CASES])), None)
            message = f"The file is none of end-to-end tests: it lacks '{CASES}'."
            advice = f"Write it for '{key}'." if key else "Move it, or name the test files alone."
            self.findings.error("missing-key", place, message, advice)
        return False

    def _data(self, path: Path) -> Mapping[str, Any] | None:
        """The map that a file holds; an empty one if it's empty, None if it can't be read."""
        before = len(self.findings.problems)
        try:
            data = read_yaml(path, collect=self.findings.problems)
        except InvalidFile as error:
            self._note(error.problems)
            return None
        self.findings.error_count += len(self.findings.problems) - before
        if data is None or isinstance(data, Mapping):
            return data or {}
        message = f"The file can't be {quote(data)}."
        place = location_of(data) if isinstance(data, list) else Location(str(path))
        self.findings.error("invalid-value", place, message, f"Write a map with '{CASES}'.")
        return None

    def _note(self, problems: Sequence[Problem]) -> None:
        for each in problems:
            self.findings.error(each.code, each.location, each.message, each.advice)

    def _shared(self, folder: Path) -> Shared:
        """What the conftest.yml of a folder, and of those around it, give."""
        if folder not in self.folders:
            outer = Shared() if is_outermost(folder) else self._shared(folder.parent)
            self.folders[folder] = self._conftest(folder).inside(outer)
        return self.folders[folder]

    def _conftest(self, folder: Path) -> Shared:
        file = next((folder / name for name in CONFTESTS if (folder / name).is_file()), None)
        data = self._data(shown(file)) if file else None
        if not data:
            return Shared()
        section = Section(data, "the conftest", self.findings)
        section.check_keys(CONFTEST_KEYS | JUDGES, unused=_anchors(data))
        for key in data:
            if key in JUDGES:
                message = f"'{key}' has no effect here."
                self.findings.warning("unused-key", section.at_key(key), message, _JUDGE_ADVICE)
        return read_shared(section)


def _anchors(data: Mapping[Any, Any]) -> set[Any]:
    """The keys at the top of a file that are there for YAML's anchors below them."""
    return {
        key
        for key in data
        if isinstance(key, str) and (key.startswith(_ANCHOR_MARKS) or key == ANCHORS)
    }
