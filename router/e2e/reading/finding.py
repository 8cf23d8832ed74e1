"""Which files of a folder are test files, and which conftest.yml stand above one."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator, Sequence
from pathlib import Path

from router.errors import Location, Problem
from router.flows.spelling import nearest

__all__ = [
    "CONFTESTS",
    "HOLDS_CASES",
    "files_below",
    "is_outermost",
    "meant_case",
    "missing",
    "shown",
]

CONFTESTS = ("conftest.yml", "conftest.yaml")
_SUFFIXES = frozenset({".yml", ".yaml"})
_CASSETTES = "cassettes"
_ROOT_MARKS = ("config.yml", ".git")
_NAMED = 3  # cases, at most, that an error proposes
#: What a test file has, with a spelling or two that the reader has to complain of.
HOLDS_CASES = re.compile(rb"""^["']?test[_ -]?cases?["']?\s*:""", re.MULTILINE)


def files_below(folder: Path) -> list[Path]:
    """The YAML files in a folder and below it, sorted; neither hidden nor recordings."""
    return sorted(_below(folder))


def is_outermost(folder: Path) -> bool:
    """Whether no conftest.yml above the folder counts: it's that of the bot, or of all files."""
    return folder.parent == folder or any((folder / mark).exists() for mark in _ROOT_MARKS)


def shown(path: Path) -> Path:
    """An absolute path as messages name it: relative to the working folder, if below it."""
    here = Path.cwd()
    return path.relative_to(here) if path.is_relative_to(here) else path


def missing(path: Path) -> Problem:
    """The error of a path that isn't there, with the nearest test file or folder beside it."""
    there = next((each for each in path.parents if each.is_dir()), Path())
    part = path.relative_to(there).parts[0]
    is_file = there / part == path and path.suffix in _SUFFIXES
    beside = (each for each in there.iterdir() if _may_be_meant(each, is_file))
    near = nearest(part, (each.name for each in beside))
    advice = f"Did you mean '{there / near}'?" if near and there / near != path else ""
    message = "There is no such file or folder."
    if path.is_symlink():
        message = f"It's a link to '{os.readlink(path)}', which isn't there."  # noqa: PTH115
    return Problem(Location(str(path)), "missing-file", message, advice)


def meant_case(given: str, names: Sequence[str]) -> str:
    """Advice for a case that isn't there; empty if none is called alike, or has it in its name."""
    near = nearest(given, names)
    words = given.strip().casefold()
    having = [name for name in names if words and words in name.casefold()]
    having.sort(key=lambda name: not name.casefold().startswith(words))
    meant = list(dict.fromkeys([*([near] if near else []), *having]))
    either = " or ".join(f"'{name}'" for name in meant[:_NAMED])
    return f"Did you mean {either}?" if meant else ""


def _may_be_meant(path: Path, is_file: bool) -> bool:
    """Whether it's a test file, or a folder where not only a file can be meant."""
    if path.is_dir():
        return not is_file
    if path.suffix not in _SUFFIXES or path.name in CONFTESTS or not path.is_file():
        return False
    try:
        return bool(HOLDS_CASES.search(path.read_bytes()))
    except OSError:
        return False


def _below(folder: Path) -> Iterator[Path]:
    seen: set[str] = set()
    for base, folders, files in os.walk(folder, followlinks=True):
        seen.add(os.path.realpath(base))
        folders[:] = [
            name
            for name in folders
            if not name.startswith(".")
            and name != _CASSETTES
            and os.path.realpath(Path(base, name)) not in seen
        ]
        for name in files:
            is_yaml = Path(name).suffix in _SUFFIXES
            if is_yaml and not name.startswith(".") and name not in CONFTESTS:
                yield Path(base, name)
