"""Brings this project in before Rasa's own command needs it.

Normally the importer of config.yml does, or the model that is loaded; for two things both
come too late. `rasa test nlu` reads domain.yml, which may have CALM's keys, before
config.yml. `rasa run` and `rasa shell` make what generates responses before they load the
model, and stop at an `nlg: {type: rephrase}`. `rasa-coexistence.pth`, installed beside the
package, imports this module when Python was started with such a command.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from importlib import import_module
from importlib.abc import Loader
from importlib.machinery import ModuleSpec
from itertools import pairwise
from pathlib import Path, PurePath
from types import ModuleType

# The module that each command imports as it starts to work.
_FIRST_IMPORTS = {"test": "rasa.model_testing", "run": "rasa.core.run", "shell": "rasa.core.run"}


class _AlreadyImported(Loader):
    """Loads a module that importing the seams has loaded meanwhile, instead of a second one."""

    def create_module(self, spec: ModuleSpec) -> ModuleType:
        return sys.modules[spec.name]

    def exec_module(self, module: ModuleType) -> None:
        pass


class _BeforeRasa:
    """A finder that finds nothing: it puts the seams in place when Rasa starts to work."""

    def __init__(self, first_import: str) -> None:
        self.first_import = first_import

    def find_spec(
        self, name: str, path: Sequence[str] | None = None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        if name != self.first_import:
            return None
        sys.meta_path.remove(self)
        import_module("router.rasa")
        return ModuleSpec(name, _AlreadyImported()) if name in sys.modules else None


def rasa_command(command_line: Sequence[str]) -> str | None:
    """The command in `rasa test ...` or `python -m rasa test ...`."""
    for number, word in enumerate(command_line[1:-1], start=1):
        is_module = command_line[number - 1] == "-m" and word == "rasa"
        is_script = PurePath(word).stem == "rasa" and PurePath(word).name != word
        if is_module or is_script:
            return command_line[number + 1]
    return None


def install(command_line: Sequence[str]) -> None:
    """Waits for Rasa's command if the process was started to run one that needs it."""
    command = rasa_command(command_line)
    first_import = _FIRST_IMPORTS.get(command or "")
    if first_import and (command == "test" or _rephrases(command_line)):
        sys.meta_path.insert(0, _BeforeRasa(first_import))


def _rephrases(command_line: Sequence[str]) -> bool:
    """Whether the endpoints file may ask for a rephraser, which stock Rasa doesn't have."""
    given = dict(pairwise(command_line)).get("--endpoints")
    try:
        return b"rephras" in Path(given or "endpoints.yml").read_bytes().lower()
    except OSError:
        return False
