"""Additions collected by file, and the edits that they make."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from router.planner.scaffold.model import Edit
from router.planner.scaffold.text_edits import Addition, with_additions

__all__ = ["Edits", "text_of"]


class Edits:
    """Additions by file; `left_out` is told of those that can't be put in."""

    def __init__(self, left_out: list[str]) -> None:
        self.left_out = left_out
        self.by_file: dict[str, list[Addition]] = {}

    def add(self, additions: Iterable[tuple[str, Addition]]) -> None:
        """Adds to a file, by its path."""
        for file, addition in additions:
            self.by_file.setdefault(file, []).append(addition)

    def made(self) -> Iterable[Edit]:
        """The files that are changed.

        Raises:
            InvalidFile: one isn't YAML.
        """
        for file, additions in self.by_file.items():
            before = after = text_of(Path(file))
            changed = with_additions(before, file, additions)
            if changed is None:  # one of them can't be put in: the others may
                for each in additions:
                    changed = with_additions(after, file, [each])
                    after = after if changed is None else changed
                    if changed is None:
                        self._leave_out(file, each)
            else:
                after = changed
            if after != before:
                yield Edit(Path(file), before, after)

    def _leave_out(self, file: str, addition: Addition) -> None:
        keys = ".".join(map(str, addition.path))
        key = f"{addition.key}: " if addition.key else ""
        self.left_out.append(
            f"{file}: `{key}{addition.value}` can't be put below {keys} as it's written there: "
            "add it by hand."
        )


def text_of(path: Path) -> str:
    """A file's text, with its line ends as they are."""
    with path.open(encoding="utf-8", newline="") as file:
        return file.read()
