"""Lets plain `rasa test` read a domain that has CALM's keys.

`rasa test nlu` reads domain.yml before it reads config.yml, so before the importer there
could bring this project in. `rasa-coexistence.pth`, installed beside the package, imports
this module when Python was started as `rasa test`, and in no other process.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from importlib import import_module
from pathlib import PurePath
from types import ModuleType

_IMPORTED_BY_RASA_TEST = "rasa.model_testing"


class _BeforeRasaTests:
    """A finder that finds nothing: it puts the seams in place when Rasa is about to test."""

    @classmethod
    def find_spec(
        cls, name: str, path: Sequence[str] | None = None, target: ModuleType | None = None
    ) -> None:
        if name == _IMPORTED_BY_RASA_TEST:
            sys.meta_path.remove(cls)
            import_module("router.rasa")


def is_rasa_test(command_line: Sequence[str]) -> bool:
    """Whether this is `rasa test ...` or `python -m rasa test ...`."""
    for number, word in enumerate(command_line[1:-1], start=1):
        is_module = command_line[number - 1] == "-m" and word == "rasa"
        is_script = PurePath(word).stem == "rasa" and PurePath(word).name != word
        if is_module or is_script:
            return command_line[number + 1] == "test"
    return False


def install(command_line: Sequence[str]) -> None:
    """Waits for Rasa's tests if the process was started to run them."""
    if is_rasa_test(command_line):
        sys.meta_path.insert(0, _BeforeRasaTests)
