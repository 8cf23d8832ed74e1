"""A case being recorded, and the file that it goes into."""

from __future__ import annotations

from pathlib import Path

import pytest

from router.e2e.observed import ObservedTurn
from router.e2e.reading import read_suite
from router.e2e.writing.recording import Recording, RecordingFile, as_line
from router.errors import InvalidFile, InvalidTest


def turn(user: str, *said: str) -> ObservedTurn:
    return ObservedTurn(user, tuple({"event": "bot", "text": text} for text in said))


HELLO = turn("hello", "Hi.", "Well?")
MORE = turn("more", "Sure.")


def test_a_recording_grows_by_turns_and_shrinks_by_undoing() -> None:
    recording = Recording().played(turn("", "Welcome.")).played(HELLO).played(MORE)
    assert recording.messages == ("hello", "more")
    assert recording.undone().messages == ("hello",)
    nothing = recording.undone().undone()
    assert nothing.messages == ()
    assert nothing.undone().turns == recording.turns[:1]


def test_what_is_expected_of_the_last_turn_can_be_chosen() -> None:
    recording = Recording().played(MORE).played(HELLO)
    assert recording.turns[-1].expected == {1, 2}
    assert recording.expecting({2}).case("x")["steps"] == [
        *({"user": "more"}, {"bot": "Sure."}),
        *({"user": "hello"}, {"bot": "Well?"}),
    ]
    assert recording.expecting(set()).case("x")["steps"][-1] == {"user": "hello"}


def test_the_name_is_the_first_message_unless_one_is_given() -> None:
    assert Recording().played(HELLO).played(MORE).wanted_name == "hello"
    assert Recording(name="greeting").played(HELLO).wanted_name == "greeting"


def test_every_save_leaves_a_file_that_runs(tmp_path: Path) -> None:
    path = tmp_path / "new" / "test_x.yml"
    file = RecordingFile.open(path)
    recording = Recording()
    for observed in (HELLO, MORE):
        recording = recording.played(observed)
        file.save(recording)
        [case] = read_suite([path]).cases
        assert tuple(each.user for each in case.turns) == recording.messages
    assert list(path.parent.iterdir()) == [path]


def test_a_case_is_added_to_a_file_and_no_case_is_overwritten(tmp_path: Path) -> None:
    path = tmp_path / "test_x.yml"
    before = "# ours\ntest_cases:\n  - test_case: hello\n    steps: [{user: hello}]\n"
    path.write_text(before, encoding="utf-8")
    file = RecordingFile.open(path)
    recording = Recording().played(HELLO)
    file.save(recording)
    assert path.read_text(encoding="utf-8").startswith(before)
    assert [case.name for case in read_suite([path]).cases] == ["hello", "hello (2)"]
    file.save(recording.undone())
    assert path.read_text(encoding="utf-8") == before


def test_nothing_said_leaves_no_file(tmp_path: Path) -> None:
    path = tmp_path / "test_x.yml"
    RecordingFile.open(path).save(Recording())
    assert not path.exists()


def test_a_file_that_somebody_else_changed_is_left_alone(tmp_path: Path) -> None:
    path = tmp_path / "test_x.yml"
    file = RecordingFile.open(path)
    file.save(Recording().played(HELLO))
    path.write_text("theirs", encoding="utf-8")
    with pytest.raises(InvalidTest, match="was changed while"):
        file.save(Recording().played(HELLO).played(MORE))
    assert path.read_text(encoding="utf-8") == "theirs"


def test_a_file_that_was_deleted_counts_as_changed(tmp_path: Path) -> None:
    path = tmp_path / "test_x.yml"
    file = RecordingFile.open(path)
    file.save(Recording().played(HELLO))
    path.unlink()
    with pytest.raises(InvalidTest, match="was changed while"):
        file.save(Recording().played(HELLO).played(MORE))


@pytest.mark.parametrize("text", ["test_cases: [", "- a", "test_cases: [{test_case: a}]"])
def test_a_file_that_a_case_cannot_be_added_to_is_refused_at_once(
    tmp_path: Path, text: str
) -> None:
    path = tmp_path / "test_x.yml"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(InvalidFile, match=r"test_x\.yml:[12]:"):
        RecordingFile.open(path)


def test_a_folder_that_cannot_be_written_to_is_told(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("", encoding="utf-8")
    with pytest.raises(InvalidTest, match="can't be written"):
        RecordingFile(tmp_path / "file" / "test_x.yml").save(Recording().played(HELLO))


def test_a_proposal_is_shown_in_one_line() -> None:
    recording = Recording().played(turn("x", "a\n b"))
    assert [as_line(each) for each in recording.turns[-1].proposals] == ["bot: a b"]
