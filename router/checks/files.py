"""Finding and reading the YAML files of a project; what can't be read becomes problems."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

from router.errors import InvalidFile, Problem
from router.flows.yaml_source import read_yaml

__all__ = ["read_or_note", "yaml_files"]

_SUFFIXES = frozenset({".yml", ".yaml"})


def yaml_files(paths: Iterable[Path]) -> list[Path]:
    """The YAML files among `paths` and below them, each once, as Rasa finds them."""
    found: dict[str, Path] = {}
    for path in paths:
        for file in sorted(_below(path)):
            found.setdefault(os.path.realpath(file), file)
    return sorted(found.values())


def read_or_note(file: Path, problems: list[Problem]) -> Any:
    """What a YAML file holds; None, and the reason among `problems`, if it can't be read."""
    try:
        return read_yaml(file, collect=problems)
    except InvalidFile as error:
        problems.extend(error.problems)
        return None


def _below(path: Path) -> Iterator[Path]:
    if path.is_file() and path.suffix in _SUFFIXES:
        yield path
    seen: set[str] = set()
    for base, directories, files in os.walk(path, followlinks=True):
        seen.add(os.path.realpath(base))
        directories[:] = [
            name
            for name in directories
            if not name.startswith(".") and os.path.realpath(Path(base, name)) not in seen
        ]
        for name in files:
            if Path(name).suffix in _SUFFIXES and not name.startswith("."):
                yield Path(base, name)
