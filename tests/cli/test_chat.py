"""`coexist chat`: what it shows of a turn, its own commands, and how it ends."""

from __future__ import annotations

import io
import os
import re
import signal
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import click
import pexpect
import pytest
from click.testing import CliRunner
from rich.console import Console, RenderableType

from router.cli import chat, main, rendering, training
from router.routing.decision import Route, RoutingDecision
from router.routing.turn_record import StackFrame, TurnRecord, reply_text

DECISION = RoutingDecision(
    route=Route.CALM,
    sticky=True,
    reason="in calm_entry.sticky",
    router="IntentBasedRouter",
    intent="transfer",
    confidence=0.97,
    margin=0.9,
    config="c0ffee",
)
START = TurnRecord(
    user="send 20 to Anna",
    replies=("To whom?", "Now? [Now] [Later]"),
    route_before=None,
    route_after=True,
    route=Route.CALM,
    decision=DECISION,
    intent="transfer",
    confidence=0.97,
    policies=("FlowPolicy",),
    actions=("validate_amount", "utter_ask_recipient"),
    active_flow="sending money > checking you",
    slots_changed={"amount": 20.0},
)
END = TurnRecord(
    user="yes",
    replies=("Sent.",),
    route_before=True,
    route_after=None,
    route=Route.CALM,
    intent="affirm",
    confidence=0.9,
    policies=("FlowPolicy",),
    ended_flow="sending money",
    shared={"verified": True},
    released="action_reset_routing",
)


def shown(renderable: RenderableType, width: int = 80) -> str:
    console = Console(file=io.StringIO(), width=width, color_system=None)
    console.print(renderable)
    text = console.file.getvalue()  # type: ignore[attr-defined]
    return "\n".join(line.rstrip() for line in text.splitlines())


def test_a_turn_shows_who_answered_why_with_what_and_where_the_route_went() -> None:
    assert shown(rendering.turn(START)) == (
        " you send 20 to Anna\n"
        " bot To whom?\n"
        " bot Now? [Now] [Later]\n"
        "     CALM · transfer 0.97 in calm_entry.sticky\n"
        "     FlowPolicy · flow sending money > checking you · route none -> CALM"
    )


def test_a_turn_on_an_active_route_shows_the_reset_and_what_it_kept() -> None:
    assert shown(rendering.turn(END, with_user=False)) == (
        " bot Sent.\n"
        "     CALM · route is active\n"
        "     FlowPolicy · flow sending money (over) · route CALM -> none\n"
        "     reset · kept verified"
    )


@pytest.mark.parametrize(
    ("record", "line"),
    [
        (TurnRecord("x"), "(no answer)"),
        (TurnRecord("x"), "Rasa · no router"),
        (TurnRecord("x", route=Route.NLU, route_before=False), "NLU · route is active"),
        (TurnRecord("x", route=Route.NLU), "NLU · no decision"),
        (TurnRecord("x", route=Route.NLU, active_form="card_form"), "form card_form"),
        (TurnRecord("x", released="max_idle_minutes: idle for 9.0"), "released, max_idle_minutes"),
        (TurnRecord("x", errors=("the bank is closed",)), "! the bank is closed"),
        (
            TurnRecord(
                "x",
                route=Route.NLU,
                decision=RoutingDecision(Route.NLU, False, "below min_margin", "R"),
            ),
            "NLU for this turn · below min_margin",
        ),
    ],
)
def test_what_a_turn_lacks_is_left_out_and_what_it_has_is_shown(
    record: TurnRecord, line: str
) -> None:
    assert line in shown(rendering.turn(record))


def test_markup_in_messages_is_shown_as_it_is() -> None:
    record = TurnRecord("[bold]x[/bold]", replies=("[red]y[/red] [Now]",), errors=("[/oops]",))
    text = shown(rendering.turn(record))
    assert "[bold]x[/bold]" in text
    assert "[red]y[/red] [Now]" in text
    assert "[/oops]" in text


@pytest.mark.parametrize("width", [40, 80, 200])
def test_a_long_turn_fits_its_terminal(width: int) -> None:
    record = TurnRecord("word " * 60, replies=("x" * 300,), active_flow="a flow " * 30)
    assert max(map(len, shown(rendering.turn(record), width).splitlines())) <= width


@pytest.mark.parametrize(
    ("message", "text"),
    [
        ({"text": "Hi."}, "Hi."),
        ({"text": "Now?", "buttons": [{"title": "Yes", "payload": "/y"}]}, "Now? [Yes]"),
        ({"buttons": [{"payload": "/y"}]}, "[/y]"),
        ({"image": "http://x/y.png"}, "<image: http://x/y.png>"),
        ({"custom": {"a": 1}}, "{'a': 1}"),
        ({}, ""),
    ],
)
def test_every_kind_of_message_becomes_text(message: dict[str, Any], text: str) -> None:
    assert reply_text(message) == text


def test_why_shows_the_whole_decision() -> None:
    text = shown(rendering.decision(START, DECISION))
    for part in (
        r"answered by +CALM",
        r"understood as +transfer 0.97",
        r"route +none -> CALM",
        r"reason +in calm_entry.sticky",
        r"decided +in this turn, by IntentBasedRouter: calm",
        r"margin +0.9",
        r"config +c0ffee",
        r"policies +FlowPolicy",
        r"actions +validate_amount, utter_ask_recipient",
        r"slots changed +amount=20.0",
    ):
        assert re.search(part, text), part


def test_why_names_the_earlier_decision_that_still_holds() -> None:
    text = shown(rendering.decision(END, DECISION))
    assert re.search(r"reason +route is active", text)
    assert re.search(r"decided +in an earlier turn, by IntentBasedRouter: calm", text)
    assert re.search(r"  reason +in calm_entry.sticky", text)
    assert re.search(r"released by +action_reset_routing", text)


def test_slots_say_which_are_shared() -> None:
    text = shown(rendering.slots({"verified": (True, True), "amount": (20.0, False)}))
    assert re.search(r"amount +20.0\n", text)
    assert re.search(r"verified +True +shared", text)
    assert "No slot" in shown(rendering.slots({}))


def test_the_stack_shows_the_next_frame_first() -> None:
    frames = (
        StackFrame("sending money", "transfer_money", "ask_amount"),
        StackFrame("collecting", "pattern_collect", "listen", True, {"collect": "amount", "x": 1}),
    )
    lines = shown(rendering.stack(frames)).splitlines()
    rows = [line for line in lines if "listen" in line or "ask_amount" in line]
    assert "pattern_collect" in rows[0]
    assert "collect=amount" in rows[0]
    assert "x=1" not in rows[0]
    assert "sending money" in rows[1]
    assert "empty" in shown(rendering.stack(()))


class FakeConversation:
    """Answers everything with one turn; a message `boom` is interrupted."""

    def __init__(self) -> None:
        self.said: list[str] = []
        self.restarts = 0

    def say(self, text: str) -> TurnRecord:
        if text == "boom":
            raise KeyboardInterrupt
        self.said.append(text)
        return TurnRecord(text, replies=(f"You said {text}.",), intent="greet")

    def slots(self) -> dict[str, tuple[Any, bool]]:
        return {"verified": (True, True)}

    def stack(self) -> tuple[StackFrame, ...]:
        return ()

    def why(self) -> tuple[TurnRecord, None] | None:
        return (TurnRecord("x"), None) if self.said else None

    def restart(self) -> None:
        self.restarts += 1


@pytest.fixture
def chatting(monkeypatch: pytest.MonkeyPatch) -> Callable[..., tuple[str, FakeConversation]]:
    """Chats by lines of standard input; gives what was shown and the conversation."""

    def run(*lines: str) -> tuple[str, FakeConversation]:
        monkeypatch.setattr(sys, "stdin", io.StringIO("".join(f"{line}\n" for line in lines)))
        console = Console(file=io.StringIO(), width=80, color_system=None)
        conversation = FakeConversation()
        chat.talk(console, conversation)  # type: ignore[arg-type]
        return console.file.getvalue(), conversation  # type: ignore[attr-defined]

    return run


def test_the_end_of_input_ends_the_chat(chatting: Any) -> None:
    output, conversation = chatting("hello", "", "  bye  ")
    assert conversation.said == ["hello", "bye"]
    assert "You said hello." in output


def test_quit_and_an_interrupt_end_the_chat(chatting: Any) -> None:
    assert chatting("hello", "/quit", "bye")[1].said == ["hello"]
    assert chatting("hello", "boom", "bye")[1].said == ["hello"]


def test_the_chats_commands_arent_sent_to_the_assistant(chatting: Any) -> None:
    output, conversation = chatting("/why", "/slots", "/stack", "/restart", "/help")
    assert conversation.said == []
    assert conversation.restarts == 1
    for text in ("Nothing was said yet.", "verified", "empty", "A new conversation.", "leave"):
        assert text in output


def test_payloads_go_to_the_assistant_and_a_typing_error_gets_a_hint(chatting: Any) -> None:
    payloads = ("/greet", '/greet{"a": 1}', "/SetSlots(a=1)")
    output, conversation = chatting(*payloads)
    assert conversation.said == list(payloads)
    assert "neither" not in output
    assert "/slot is neither a command" in chatting("/slot")[0]


def test_a_project_without_config_is_an_error_that_says_what_to_do(tmp_path: Path) -> None:
    missing = str(tmp_path / "config.yml")
    result = CliRunner().invoke(main, ["chat", "--config", missing])
    assert result.exit_code == 2
    assert "--config" in result.stderr


@pytest.fixture
def project(tmp_path: Path) -> Path:
    (tmp_path / "config.yml").write_text("importers: [{name: x, flows: more}]", encoding="utf-8")
    for folder in ("data", "domain", "more", "models"):
        (tmp_path / folder).mkdir()
    for file in ("data/nlu.yml", "domain/a.yml", "more/a.yaml"):
        (tmp_path / file).touch()
    return tmp_path


def test_a_model_is_trained_when_any_file_of_the_assistant_is_newer(
    project: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    model = project / "models" / "new.tar.gz"
    trained: list[str] = []

    def train(console: Console, config: Path, why: str) -> None:
        trained.append(why)
        model.touch()

    monkeypatch.setattr(training, "_train", train)
    config = project / "config.yml"
    assert training.ensure_model(Console(), config, None) == model
    assert trained == ["There's no model yet"]
    assert training.ensure_model(Console(), config, None) == model
    assert len(trained) == 1
    for file in ("config.yml", "data/nlu.yml", "domain/a.yml", "more/a.yaml"):
        for path in training.project_files(config):
            os.utime(path, (1, 1))
        os.utime(model, (2, 2))
        os.utime(project / file, (3, 3))
        training.ensure_model(Console(), config, None)
        assert trained.pop() == "Files are newer than the model", file
    given = project / "other.tar.gz"
    assert training.ensure_model(Console(), config, given) == given


def test_a_training_that_fails_is_quoted_and_its_log_is_named(
    project: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    lines = "x.py:1: UserWarning: y", "config.yml:3: error: no such thing"
    program = f"print({chr(10).join(lines)!r}); exit(4)"
    monkeypatch.setattr(training, "_command", lambda config: [sys.executable, "-c", program])
    with pytest.raises(click.ClickException) as raised:
        training.ensure_model(Console(file=io.StringIO()), project / "config.yml", None)
    message = raised.value.message
    assert "config.yml:3: error: no such thing" in message
    assert "UserWarning" not in message
    log = project / "models" / "training.log"
    assert str(log) in message
    assert "UserWarning" in log.read_text(encoding="utf-8")


# -- on the real Rasa ---------------------------------------------------------------------


def _interrupt(child: pexpect.spawn[str]) -> None:
    """Ctrl-C until the process ends: a key pressed while the prompt is set up may be lost."""
    for _ in range(4):
        child.sendintr()
        if child.expect([pexpect.EOF, pexpect.TIMEOUT], timeout=30) == 0:
            return
    raise AssertionError("Ctrl-C doesn't end the chat")


@pytest.mark.integration
@pytest.mark.timeout(600)
def test_a_chat_in_a_terminal(mini_bot: Path) -> None:
    child = pexpect.spawn(
        sys.executable,
        ["-c", "from router.cli import main; main()", "chat"],
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

    ask("/why", "Nothing was said yet")
    ask("hello", "Hi there", "NLU for this turn", "in nlu_entry.non_sticky", "RulePolicy")
    ask("transfer money", "To whom", "CALM", "FlowPolicy", "flow sending money")
    ask("/stack", "collect=recipient", "transfer_money")
    ask("Anna", "How much", "route is active")
    ask("/slots", "recipient", "Anna")
    ask("/why", "in an earlier turn, by IntentBasedRouter: calm")
    ask("/wye", "neither a command")
    ask("/restart", "A new conversation")
    ask("/slots", "No slot has a value")
    ask("block my card", "Which card", "form card_form")
    ask("4711", "is blocked", "route NLU -> none")
    child.expect("\n you ")
    _interrupt(child)
    child.close()
    assert child.exitstatus == 0
    for noise in ("Warning", "Traceback", "tensorflow", "[debug", "[info"):
        assert noise not in screen.getvalue()
