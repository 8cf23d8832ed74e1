"""A case being recorded: turns as they are played, and what of them is to be expected."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from router.e2e.cases import TestCase, Turn
from router.e2e.observed import ObservedTurn
from router.e2e.writing.cases import case_name
from router.e2e.writing.files import replace_file
from router.e2e.writing.proposals import Detail, Proposal, proposals, steps_of
from router.e2e.writing.yaml_out import case_names, free_name, with_case
from router.errors import InvalidTest, Location, Problem
from router.flows.yaml_source import parse_yaml

__all__ = ["RecordedTurn", "Recording", "RecordingFile", "as_line"]


@dataclass(frozen=True)
class RecordedTurn:
    """A turn as played, and all that a test may expect of it."""

    observed: ObservedTurn
    proposals: tuple[Proposal, ...]

    def expecting(self, numbers: Collection[int]) -> RecordedTurn:
        """The same, expecting the proposals of these numbers, counted from 1."""
        found = enumerate(self.proposals, 1)
        return replace(self, proposals=tuple(each.chosen(i in numbers) for i, each in found))

    @property
    def expected(self) -> set[int]:
        """The numbers of what is expected."""
        return {i for i, each in enumerate(self.proposals, 1) if each.is_chosen}


@dataclass(frozen=True)
class Recording:
    """A case as far as it is recorded; the first of `turns` may be the opening.

    `name` is empty until somebody gives one: then the first message is the name.
    """

    detail: Detail = "all"
    name: str = ""
    turns: tuple[RecordedTurn, ...] = ()

    def played(self, observed: ObservedTurn) -> Recording:
        """With one more turn."""
        turn = RecordedTurn(observed, proposals(observed, self.detail))
        return replace(self, turns=(*self.turns, turn))

    def undone(self) -> Recording:
        """Without the last turn; the opening stays."""
        return replace(self, turns=self.turns[:-1]) if self.messages else self

    def expecting(self, numbers: Collection[int]) -> Recording:
        """Expecting these of the last turn, and no other."""
        return replace(self, turns=(*self.turns[:-1], self.turns[-1].expecting(numbers)))

    @property
    def messages(self) -> tuple[str, ...]:
        """What the user said."""
        return tuple(turn.observed.user for turn in self.turns if turn.observed.user)

    @property
    def wanted_name(self) -> str:
        """The name that the case is to have, if it's free."""
        return self.name or case_name(self.messages[0] if self.messages else "")

    def case(self, name: str) -> dict[str, Any]:
        """The case, as it stands below `test_cases`."""
        steps = [
            step for turn in self.turns for step in steps_of(turn.observed.user, turn.proposals)
        ]
        return {"test_case": name, "steps": steps}

    def as_test_case(self, file: str) -> TestCase:
        """The messages as a case that a bot can begin."""
        turns = tuple(Turn(user, Location(file)) for user in self.messages)
        return TestCase(self.wanted_name, file, Location(file), turns)


@dataclass
class RecordingFile:
    """The test file that a case is recorded into; its other cases stay as they are.

    `before` is its text at the beginning, `written` as it was last left; None without a file.
    """

    path: Path
    before: str | None = None
    written: str | None = field(default=None, init=False)

    @classmethod
    def open(cls, path: Path) -> RecordingFile:
        """Reads the file, if it is there.

        Raises:
            InvalidFile: it isn't one that a case can be added to.
        """
        file = cls(path, _text_of(path))
        file.written = file.before
        file.text(Recording())  # so that it's known before anything is said
        return file

    def name(self, recording: Recording) -> str:
        """The name of the case: as wanted, or with a number, for no case is overwritten."""
        return free_name(
            recording.wanted_name, case_names(parse_yaml(self.before or "", str(self.path)))
        )

    def text(self, recording: Recording) -> str:
        """The whole file with the case."""
        return with_case(self.before or "", recording.case(self.name(recording)), str(self.path))

    def save(self, recording: Recording) -> None:
        """Writes the file; without a message of the user, as it was before.

        Raises:
            InvalidTest: somebody else changed it meanwhile, or it can't be written.
        """
        if _text_of(self.path) != self.written:
            message = "The file was changed while the case was recorded."
            raise _refused(self.path, message, "Record into another file.")
        text = self.text(recording) if recording.messages else self.before
        if text is None:
            self.path.unlink(missing_ok=True)
        else:
            replace_file(self.path, text)
        self.written = text


def _text_of(path: Path) -> str | None:
    try:
        return path.read_text(encoding="utf-8") if path.exists() else None
    except (OSError, UnicodeDecodeError) as error:
        raise _refused(path, f"The file can't be read: {error}.") from error


def as_line(proposal: Proposal) -> str:
    """A proposal in one line."""
    return f"{proposal.key}: {_short(proposal.value)}"


def _short(value: Any) -> str:
    if isinstance(value, Mapping):
        return ", ".join(f"{key}: {_short(each)}" for key, each in value.items())
    if isinstance(value, list):
        return "; ".join(_short(each) for each in value)
    return " ".join(str(value).split()) or repr(value)


def _refused(path: Path, message: str, advice: str = "") -> InvalidTest:
    return InvalidTest([Problem(Location(str(path)), "cannot-record", message, advice)])
