"""`coexist test record`, `from-conversations` and `from-stories` as they are typed."""

from __future__ import annotations

import asyncio
import io
import json
import signal
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pexpect
import pytest
from click.testing import CliRunner, Result
from rich.console import Console

from router.cli import e2e_record
from router.cli.e2e_conversations import NOTHING_FOUND, from_conversations
from router.cli.e2e_record import Recorder
from router.cli.e2e_stories import from_stories
from router.e2e.cases import TestCase, Turn
from router.e2e.observed import ObservedTurn
from router.e2e.reading import read_suite
from router.e2e.writing.exported import StoredConversation
from router.e2e.writing.recording import Recording, RecordingFile
from router.errors import BotUnreachable, InvalidTest


class FakeConversation:
    """Says what it was told, and how often."""

    def __init__(self, bot: FakeBot) -> None:
        self.bot = bot
        self.turns = 0

    async def open(self) -> ObservedTurn:
        return ObservedTurn("", tuple(said(text) for text in self.bot.opening))

    async def say(self, turn: Turn) -> ObservedTurn:
        self.bot.heard.append(turn.user)
        if turn.user == "interrupt":
            raise KeyboardInterrupt
        if turn.user == "die":
            raise BotUnreachable("It's gone.")
        self.turns += 1
        count = len(self.bot.heard) if self.bot.is_moody else self.turns
        return ObservedTurn(
            turn.user,
            (
                {"event": "user", "text": turn.user, "parse_data": {"route": "nlu"}},
                {"event": "slot", "name": "heard", "value": turn.user},
                said(
                    f"{count}: [{turn.user}]",
                    f"utter_{'sigh' if self.bot.is_moody and count > 2 else 'echo'}",
                ),
            ),
        )

    async def so_far(self, turn: Turn) -> ObservedTurn | None:
        return None

    async def close(self) -> None:
        self.bot.open_conversations -= 1


class FakeBot:
    """A bot whose conversations are counted."""

    def __init__(self, *opening: str, is_moody: bool = False) -> None:
        self.opening = opening
        self.is_moody = is_moody
        self.heard: list[str] = []
        self.open_conversations = 0
        self.is_closed = False

    async def begin(self, case: TestCase, sender_id: str) -> FakeConversation:
        self.open_conversations += 1
        return FakeConversation(self)

    async def close(self) -> None:
        self.is_closed = True


def said(text: str, utter: str | None = None) -> dict[str, Any]:
    return {"event": "bot", "text": text, "metadata": {"utter_action": utter}}


@pytest.fixture
def loop() -> Iterator[asyncio.AbstractEventLoop]:
    loop = asyncio.new_event_loop()
    yield loop
    loop.close()


class Chat:
    """Types lines into a recorder, and keeps what it shows."""

    def __init__(
        self, loop: asyncio.AbstractEventLoop, path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        self.loop = loop
        self.path = path
        self.monkeypatch = monkeypatch
        self.shown = io.StringIO()

    def type(self, *lines: str, bot: FakeBot | None = None, **recording: Any) -> FakeBot:
        bot = bot or FakeBot()
        self.monkeypatch.setattr(sys, "stdin", io.StringIO("".join(f"{line}\n" for line in lines)))
        console = Console(file=self.shown, width=200, color_system=None)
        file = RecordingFile.open(self.path)
        Recorder(console, self.loop, bot, file, Recording(**recording)).talk()
        assert bot.open_conversations == 0
        return bot

    @property
    def cases(self) -> list[dict[str, Any]]:
        return [dict(case.source["test_case"]) for case in read_suite([self.path]).cases]

    @property
    def output(self) -> str:
        return self.shown.getvalue()


@pytest.fixture
def chat(loop: asyncio.AbstractEventLoop, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Chat:
    return Chat(loop, tmp_path / "test_x.yml", monkeypatch)


def step(user: str) -> dict[str, Any]:
    return {
        "user": user,
        "assertions": [
            {"slot_was_set": [{"name": "heard", "value": user}]},
            {"bot_uttered": {"utter_name": "utter_echo"}},
        ],
    }


def test_a_chat_becomes_a_case(chat: Chat) -> None:
    chat.type("hello", "", "more", "/quit", "never said")
    assert chat.cases == [{"test_case": "hello", "steps": [step("hello"), step("more")]}]
    assert "bot 1: [hello]" in chat.output
    assert f'coexist test "{chat.path}::hello"' in chat.output


def test_the_opening_is_expected_and_the_words_if_asked_for(chat: Chat) -> None:
    chat.type("hello", bot=FakeBot("Welcome."), detail="texts", name="greeting")
    assert chat.cases == [
        {
            "test_case": "greeting",
            "steps": [{"bot": "Welcome."}, {"user": "hello"}, {"bot": "1: [hello]"}],
        }
    ]


def test_an_undone_turn_is_gone_and_the_rest_is_played_in_a_fresh_conversation(chat: Chat) -> None:
    bot = chat.type("one", "two", "/undo", "three", "/quit")
    assert bot.heard == ["one", "two", "one", "three"]
    assert [each["user"] for each in chat.cases[0]["steps"]] == ["one", "three"]
    assert "Taken back: two" in chat.output
    assert "bot 2: [three]" in chat.output
    assert "went otherwise" not in chat.output


def test_a_replay_that_goes_otherwise_is_told(chat: Chat) -> None:
    chat.type("one", "two", "/undo", bot=FakeBot(is_moody=True))
    assert "Played anew, turn 1 went otherwise: one" in chat.output


def test_undoing_everything_leaves_nothing(chat: Chat) -> None:
    chat.type("/undo", "one", "/undo", "/undo")
    assert not chat.path.exists()
    assert chat.output.count("Nothing was said yet.") == 2
    assert "nothing written" in chat.output


def test_checks_of_the_last_turn_are_chosen_by_number(chat: Chat) -> None:
    chat.type("one", "/expect", "/expect 1 2, 3", "/quit")
    assert "[x] 1 slot_was_set: name: heard, value: one" in chat.output
    assert "[ ] 3 bot: 1: [one]" in chat.output
    assert "[x] 3 bot: 1: [one]" in chat.output
    assert chat.cases[0]["steps"] == [{"user": "one"}, {"bot": "1: [one]"}]


@pytest.mark.parametrize(
    ("wanted", "steps"), [("none", 1), ("all", 2), ("9", 1), ("one", 1), ("-1", 1)]
)
def test_all_or_none_may_be_expected_and_nonsense_changes_nothing(
    chat: Chat, wanted: str, steps: int
) -> None:
    chat.type("one", f"/expect {wanted}", "/quit")
    assert len(chat.cases[0]["steps"]) == steps
    assert ("takes numbers, 1 to 3" in chat.output) == (wanted not in ("all", "none"))
    assert ("assertions" in chat.cases[0]["steps"][0]) == (wanted != "none")


def test_a_case_can_be_named_at_any_time(chat: Chat) -> None:
    chat.type("/name first", "one", "/name a::b", "/name", "/expect", "/help")
    assert [case["test_case"] for case in chat.cases] == ["a:b"]
    assert "The case is called 'first'." in chat.output
    assert chat.output.count("The case is called 'a:b'.") == 2
    assert "take the last turn back" in chat.output


def test_a_second_recording_is_added_to_the_first(chat: Chat) -> None:
    chat.type("hello")
    first = chat.path.read_text(encoding="utf-8")
    chat.type("hello")
    assert chat.path.read_text(encoding="utf-8").startswith(first)
    assert [case["test_case"] for case in chat.cases] == ["hello", "hello (2)"]


def test_ctrl_c_in_mid_turn_loses_none_of_the_turns_before(chat: Chat) -> None:
    chat.type("one", "two", "interrupt", "three")
    assert [each["user"] for each in chat.cases[0]["steps"]] == ["one", "two"]


def test_a_bot_that_goes_away_loses_none_either(chat: Chat) -> None:
    with pytest.raises(BotUnreachable):
        chat.type("one", "die")
    assert [each["user"] for each in chat.cases[0]["steps"]] == ["one"]


def test_a_case_that_cannot_be_saved_is_shown(chat: Chat) -> None:
    bot = FakeBot()

    class Spoiling(FakeConversation):
        async def say(self, turn: Turn) -> ObservedTurn:
            if turn.user == "two":
                chat.path.write_text("theirs", encoding="utf-8")
            return await super().say(turn)

    async def begin(case: TestCase, sender_id: str) -> FakeConversation:
        bot.open_conversations += 1
        return Spoiling(bot)

    bot.begin = begin  # type: ignore[method-assign]
    with pytest.raises(InvalidTest, match="was changed while"):
        chat.type("one", "two", bot=bot)
    assert chat.path.read_text(encoding="utf-8") == "theirs"
    assert "- user: two" in chat.output


def test_the_command_records_what_is_typed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    bot = FakeBot()
    monkeypatch.setattr(e2e_record, "_loaded", lambda *_: bot)
    path = tmp_path / "test_x.yml"
    arguments = [str(path), "--checks", "responses", "--name", "n"]
    result = CliRunner().invoke(e2e_record.record, arguments, input="one\n/quit\n")
    assert result.exit_code == 0, result.output
    assert bot.is_closed
    assert path.read_text(encoding="utf-8") == (
        "test_cases:\n  - test_case: n\n    steps:\n      - user: one\n      - utter: utter_echo\n"
    )


def user(text: str, timestamp: float = 0.0) -> dict[str, Any]:
    data = {"intent": {"name": "greet"}, "route": "nlu"}
    return {"event": "user", "text": text, "parse_data": data, "timestamp": timestamp}


@pytest.fixture
def export(tmp_path: Path) -> Path:
    lines = [
        json.dumps({"sender_id": "a", "events": [user("I am max@gmx.de", 100.0), said("Hi.")]}),
        "{",
        json.dumps({"sender_id": "b", "events": [user("one", 2e9), user("two", 2e9)]}),
    ]
    path = tmp_path / "export.jsonl"
    path.write_text("\n".join(lines), encoding="utf-8")
    return path


def converted(*arguments: object) -> Result:
    return CliRunner().invoke(from_conversations, list(map(str, arguments)))


def test_an_exported_file_becomes_a_suite_without_personal_data(export: Path) -> None:
    result = converted(export, "--checks", "texts")
    assert result.exit_code == 0
    assert "gmx" not in result.output
    assert result.stderr == (
        f"{export}:2:1: warning[unreadable-line]: The line isn't JSON: "
        "Expecting property name enclosed in double quotes.\n"
    )
    assert "- user: I am person" in result.stdout
    assert "- bot: Hi.\n" in result.stdout


@pytest.mark.parametrize(("turns", "code"), [("1", 0), ("2", NOTHING_FOUND)])
def test_what_was_left_out_is_told_whatever_is_written(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, turns: str, code: int
) -> None:
    silent = {"event": "user", "text": None, "parse_data": {}}
    stored = StoredConversation("+4915112345678", (user("hello"), silent))
    monkeypatch.setattr("router.cli.e2e_conversations._stored", lambda *_: iter([stored]))
    result = converted("--min-user-turns", turns)
    assert result.exit_code == code
    assert "warning[left-out-messages]: Messages of the user without text" in result.stderr
    assert "12345678" not in result.output


@pytest.mark.parametrize(
    ("options", "messages"),
    [
        (["--id", "b"], ["one", "two"]),
        (["--min-user-turns", "2"], ["one", "two"]),
        (["--since", "2020-01-01"], ["one", "two"]),
        (["--limit", "1", "--no-mask"], ["I am max@gmx.de"]),
        (["--limit", "1", "--mask", "I am"], None),
    ],
)
def test_conversations_are_picked(
    export: Path, options: list[str], messages: list[str] | None
) -> None:
    out = export.with_name("test_out.yml")
    result = converted(export, "--out", out, *options)
    assert result.exit_code == 0, result.output
    assert f"1 case written to {out}" in result.stderr
    found = [turn.user for turn in read_suite([out]).cases[0].turns]
    assert found == messages if messages else "I am" not in found[0]


def test_a_file_is_overwritten_only_if_asked_for(export: Path) -> None:
    out = export.with_name("test_out.yml")
    out.write_text("mine", encoding="utf-8")
    refused = converted(export, "--out", out)
    assert isinstance(refused.exception, InvalidTest)
    assert "file-exists" in str(refused.exception)
    assert out.read_text(encoding="utf-8") == "mine"
    assert converted(export, "--out", out, "--force").exit_code == 0
    assert len(read_suite([out]).cases) == 2


def test_what_does_not_fit_is_told_and_nothing_is_written(export: Path) -> None:
    out = export.with_name("test_out.yml")
    result = converted(export, "--id", "nobody", "--out", out)
    assert result.exit_code == 5
    assert "There is no conversation 'nobody'." in result.stderr
    assert "nothing was written" in result.stderr
    assert not out.exists()


@pytest.mark.parametrize(
    ("options", "words"),
    [
        (["--mask", "("], "'(' is no regular expression"),
        (["--mask", "x*"], "'x*' fits nothing at all"),
        (["--mask", "x", "--no-mask"], "exclude each other"),
        (["--url", "sqlite:///x"], "SOURCE or --url, not both"),
        (["--route", "both"], "'both' is not one of"),
    ],
)
def test_options_that_make_no_sense_are_refused(
    export: Path, options: list[str], words: str
) -> None:
    result = converted(export, *options)
    assert result.exit_code == 2
    assert words in result.stderr


def test_stories_become_a_suite_and_the_rest_is_told(tmp_path: Path) -> None:
    file = tmp_path / "test_stories.yml"
    file.write_text(
        "stories:\n- story: s\n  steps:\n  - user: hi\n  - active_loop: form\n", encoding="utf-8"
    )
    out = tmp_path / "out.yml"
    result = CliRunner().invoke(from_stories, [str(file), "--out", str(out)])
    assert result.exit_code == 0
    assert f"{file}:5:5: warning[not-carried-over]" in result.stderr
    assert [case.name for case in read_suite([out]).cases] == ["s"]


def test_stories_in_which_nobody_says_anything_give_nothing(tmp_path: Path) -> None:
    file = tmp_path / "test_stories.yml"
    file.write_text("stories:\n- story: s\n  steps:\n  - action: x\n", encoding="utf-8")
    result = CliRunner().invoke(from_stories, [str(file)])
    assert result.exit_code == 5
    assert result.stdout == ""


@pytest.mark.parametrize("text", [None, "version: 1\n"])
def test_a_folder_without_stories_gives_nothing(tmp_path: Path, text: str | None) -> None:
    if text:
        (tmp_path / "nlu.yml").write_text(text, encoding="utf-8")
    result = CliRunner().invoke(from_stories, [str(tmp_path), "--out", str(tmp_path / "out.yml")])
    assert result.exit_code == 5
    assert result.stderr == "No story is there: nothing was written.\n"
    assert not (tmp_path / "out.yml").exists()
    (tmp_path / "notes.txt").touch()
    named = CliRunner().invoke(from_stories, [str(tmp_path / "notes.txt")])
    assert isinstance(named.exception, InvalidTest)


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="there's no full disk here")
@pytest.mark.parametrize("options", [[], ["--force"]])
def test_a_device_is_written_to_and_neither_there_already_nor_replaced(
    export: Path, options: list[str]
) -> None:
    result = converted(export, "--out", "/dev/full", *options)
    assert isinstance(result.exception, InvalidTest)
    assert "The file can't be written: No space left on device." in str(result.exception)
    assert Path("/dev/full").is_char_device()
    assert converted(export, "--out", "/dev/null", *options).exit_code == 0


# -- on the real Rasa ---------------------------------------------------------------------


@pytest.mark.integration
@pytest.mark.timeout(600)
def test_recording_in_a_terminal(mini_bot: Path, tmp_path: Path) -> None:
    path = tmp_path / "test_recorded.yml"
    child = pexpect.spawn(
        sys.executable,
        ["-c", "from router.cli.e2e_record import record; record()", str(path)],
        cwd=str(mini_bot),
        dimensions=(50, 80),
        encoding="utf-8",
        timeout=120,
        # A test run in the background inherits that Ctrl-C is ignored.
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),
    )
    screen = io.StringIO()
    child.logfile_read = screen

    def ask(text: str, *answers: str) -> None:
        child.expect("\n you ")
        child.sendline(text)
        for answer in answers:
            child.expect(answer)

    ask("hello", "Hi there", "NLU for this turn")
    ask("transfer money", "To whom", "CALM", "flow transfer_money")
    ask("Anna", "How much")
    ask("/expect 1", r"\[ \] 1 slot_was_set: name: recipient", r"\[x\] 2 bot_uttered")
    ask("nonsense", "CALM")
    ask("/undo", "Taken back: nonsense")
    ask("20", "Send 20")
    child.expect("\n you ")
    for _ in range(4):  # a key pressed while the prompt is set up may be lost
        child.sendintr()
        if child.expect([pexpect.EOF, pexpect.TIMEOUT], timeout=30) == 0:
            break
    child.close()
    assert child.exitstatus == 0
    for noise in ("Warning", "Traceback", "tensorflow", "[debug", "[info"):
        assert noise not in screen.getvalue()
    [case] = read_suite([path]).cases
    assert [turn.user for turn in case.turns] == ["hello", "transfer money", "Anna", "20"]
    assert [[check.name for check in turn.checks] for turn in case.turns] == [
        ["routed_to", "bot_uttered"],
        ["routed_to", "flow_started", "bot_uttered"],
        ["bot_uttered"],
        ["flow_started", "flow_completed", "slot_was_set", "bot_uttered"],
    ]
