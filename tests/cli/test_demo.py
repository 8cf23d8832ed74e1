"""`coexist demo`: its script, what it checks of each turn, and the sample's conversation."""

from __future__ import annotations

import io
import os
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pexpect
import pytest
from rich.console import Console

from router.cli import demo, demo_script
from router.cli.demo_script import Line, Script, deviations, read_script
from router.errors import InvalidConfig
from router.routing.decision import Route
from router.routing.turn_record import TurnRecord

ROOT = Path(__file__).parents[2]
COEXIST = ["-c", "from router.cli import main; main()"]

LINE = Line(
    say="yes",
    answered_by="calm",
    route_after="none",
    reply="Sent",
    never=("utter_ask_number",),
    shared={"verified": True},
    note="Not asked again.",
)
GOOD: dict[str, Any] = {
    "user": "yes",
    "replies": ("Sent.",),
    "route": Route.CALM,
    "route_after": None,
    "actions": ("utter_sent",),
    "shared": {"verified": True},
    "released": "action_reset_routing",
}


def test_a_turn_as_scripted_deviates_in_nothing() -> None:
    assert list(deviations(LINE, TurnRecord(**GOOD))) == []


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"route": Route.NLU}, "calm should have answered, not nlu"),
        ({"route": None}, "calm should have answered, not nobody"),
        ({"route_after": True}, "the route should be none now, not calm"),
        ({"route_after": False}, "the route should be none now, not nlu"),
        ({"replies": ()}, "the answer should contain 'Sent'"),
        ({"actions": ("utter_ask_number",)}, "utter_ask_number should not have run"),
        ({"shared": {}}, "verified should be True, not None"),
        ({"errors": ("the bank is closed",)}, "the bank is closed"),
    ],
)
def test_each_thing_that_isnt_as_scripted_is_named(change: dict[str, Any], words: str) -> None:
    assert list(deviations(LINE, TurnRecord(**{**GOOD, **change}))) == [words]


class FakeConversation:
    def __init__(self, *turns: TurnRecord) -> None:
        self.turns = list(turns)

    def say(self, text: str) -> TurnRecord:
        return self.turns.pop(0)


def played(*turns: TurnRecord) -> tuple[str, demo.Played]:
    console = Console(file=io.StringIO(), width=80, color_system=None)
    script = Script(intro="Watch.", scenes=({"title": "Sending", "lines": (LINE,) * len(turns)},))
    result = demo.play(console, FakeConversation(*turns), script)  # type: ignore[arg-type]
    console.print(demo.summary(result))
    return console.file.getvalue(), result  # type: ignore[attr-defined]


def test_a_play_as_scripted_shows_title_turns_notes_and_the_summary() -> None:
    output, result = played(TurnRecord(**GOOD), TurnRecord(**GOOD))
    assert result.deviating == 0
    for text in ("Watch.", "1  Sending", " you yes", " bot Sent.", "=> Not asked again."):
        assert text in output
    assert output.splitlines()[-1] == "2 turns as scripted: CALM, 2 resets, 1 shared slots kept."


def test_a_play_that_deviates_says_so_instead_of_what_it_would_have_shown() -> None:
    output, result = played(TurnRecord(**{**GOOD, "route": Route.NLU}), TurnRecord(**GOOD))
    assert result.deviating == 1
    assert "! calm should have answered, not nlu" in output
    assert output.count("=> Not asked again.") == 1
    assert output.splitlines()[-1].startswith("1 of 2 turns aren't as the script has them")


def test_the_samples_script_can_be_read() -> None:
    script = read_script(ROOT / "demo.yml")
    lines = [line for scene in script.scenes for line in scene.lines]
    assert {line.answered_by for line in lines} == {"nlu", "calm"}
    assert any(line.never and line.shared for line in lines)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "valid"),
        ("scenes: []", "scenes"),
        ("scenes: [{title: x, lines: [{say: hi}]}]", "scenes.0.lines.0.answered_by"),
        (
            "scenes: [{title: x, lines: [{say: hi, answered_by: me, route_after: none}]}]",
            "'calm' or 'nlu'",
        ),
        ("scenes: [", "can't be read"),
        ("scene: 1", "scene: Extra inputs"),
    ],
)
def test_a_script_that_cant_work_is_an_error_that_names_the_place(
    tmp_path: Path, text: str, words: str
) -> None:
    path = tmp_path / "demo.yml"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(InvalidConfig) as raised:
        read_script(path)
    assert words in str(raised.value)
    assert str(path) in str(raised.value)


def test_a_missing_script_says_where_demo_works(tmp_path: Path) -> None:
    with pytest.raises(InvalidConfig, match="coexist chat"):
        read_script(tmp_path / "demo.yml")


def test_every_key_of_a_line_is_explained_in_the_samples_script() -> None:
    text = (ROOT / "demo.yml").read_text(encoding="utf-8").partition("scenes:")[0]
    for name in demo_script.Line.model_fields:
        assert f"{name}:" in text, name


# -- on the real Rasa ---------------------------------------------------------------------


@pytest.mark.integration
@pytest.mark.timeout(900)
def test_the_samples_demo_shows_the_hand_offs(bank: Path) -> None:
    result = subprocess.run(
        [sys.executable, *COEXIST, "demo", "--no-chat"],
        cwd=bank,
        env={**os.environ, "COLUMNS": "80"},
        capture_output=True,
        text=True,
        timeout=280,
        check=False,
    )
    assert result.returncode == 0, result.stdout + result.stderr
    assert result.stderr == ""
    assert re.search(r"turns as scripted: NLU -> CALM -> NLU, \d resets", result.stdout)
    for text in ("route none -> NLU", "route none -> CALM", "RulePolicy", "FlowPolicy", "reset"):
        assert text in result.stdout
    assert result.stdout.count("What's your customer number?") == 1
    assert "!" not in [line.strip()[:1] for line in result.stdout.splitlines()]
    assert max(map(len, result.stdout.splitlines())) <= 80
    assert not (bank / "bank.sqlite").exists()


@pytest.mark.integration
@pytest.mark.timeout(600)
def test_a_demo_in_a_terminal_marks_deviations_and_offers_to_chat(
    mini_bot: Path, tmp_path: Path
) -> None:
    script = tmp_path / "script.yml"
    script.write_text(
        "scenes:\n- title: Wrong\n  lines:\n"
        "  - {say: hello, answered_by: nlu, route_after: none, note: All right.}\n"
        "  - {say: transfer money, answered_by: nlu, route_after: nlu}\n",
        encoding="utf-8",
    )
    child = pexpect.spawn(
        sys.executable,
        [*COEXIST, "demo", "--script", str(script)],
        cwd=str(mini_bot),
        dimensions=(50, 80),
        encoding="utf-8",
        timeout=120,
    )
    child.expect("All right")
    child.expect("nlu should have answered, not calm; the route should be nlu now")
    child.expect("1 of 2 turns aren't as the script has them")
    child.expect("Chat with it yourself")
    child.sendline("")
    child.expect("\n you ")
    child.sendline("/slots")
    child.expect("No slot has a value")
    child.expect("\n you ")
    child.sendline("/quit")
    child.expect(pexpect.EOF)
    child.close()
    assert child.exitstatus == 1
