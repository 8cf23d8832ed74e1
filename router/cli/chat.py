"""`coexist chat`: talk to the assistant in this terminal and see who answers, and why."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import click
from rich.console import Console
from rich.text import Text

from router.cli import rendering
from router.cli.chat_input import enable_line_editing, read_line
from router.cli.conversation import Conversation, open_conversation
from router.llm.modes import MODES, Mode, answering
from router.routing.turn_record import TurnRecord

__all__ = ["chat", "talk"]

HELP = (
    ("/why", "who answered last, and the router's whole decision"),
    ("/slots", "slots that have a value, and which ones both systems share"),
    ("/stack", "the flows in progress"),
    ("/restart", "a new conversation"),
    ("/help", "this list"),
    ("/quit", "leave (so do Ctrl-D and Ctrl-C)"),
)
HINT = "Say something, or /why, /slots, /stack, /restart, /help, /quit."


@click.command()
@click.option(
    "--config",
    type=click.Path(path_type=Path, dir_okay=False),
    default=Path("config.yml"),
    show_default=True,
    help="The assistant's configuration; its folder is the project.",
)
@click.option(
    "--model",
    type=click.Path(path_type=Path, exists=True),
    help="A trained model, or a folder of them; without it, the project's, trained if need be.",
)
@click.option(
    "--endpoints",
    type=click.Path(path_type=Path, exists=True, dir_okay=False),
    help="The endpoints; without it, the project's endpoints.yml if there is one.",
)
@click.option(
    "--llm",
    "mode",
    type=click.Choice(MODES),
    default="live",
    show_default=True,
    help="Language models: as they are, recorded, replayed, or played by a script.",
)
@click.option(
    "--cassette",
    type=click.Path(path_type=Path, dir_okay=False),
    help="What `--llm record` writes, and `--llm replay` answers from.",
)
@click.option(
    "--script",
    type=click.Path(path_type=Path, dir_okay=False),
    help="What the server of `--llm fake` follows.",
)
def chat(
    config: Path,
    model: Path | None,
    endpoints: Path | None,
    mode: Mode,
    cassette: Path | None,
    script: Path | None,
) -> None:
    """Talk to the assistant in this terminal.

    Trains first if there is no model, or files are newer than it. Below each answer stands
    who gave it (CALM or the NLU system), what the message was understood as and why it was
    routed there, the policy, and the active flow. Messages that start with / and aren't a
    command of the chat go to the assistant as payloads: /intent or /SetSlots(name=value).

    `--llm record` writes what the language models say into a cassette, `replay` answers from
    it without them, and `fake` asks a server in this process instead; both need no key.
    """
    file = _file_of(mode, cassette=cassette, script=script)
    console = Console(highlight=False)
    try:
        with answering(mode, file, endpoints=endpoints or config.parent / "endpoints.yml"):
            talk(console, open_conversation(console, config, model, endpoints))
    except KeyboardInterrupt:
        console.print()


def _file_of(mode: Mode, **files: Path | None) -> Path | None:
    """The file that the mode needs; a file for another mode is a mistake."""
    needed = {"record": "cassette", "replay": "cassette", "fake": "script"}.get(mode)
    if needed is not None and files[needed] is None:
        raise click.UsageError(f"--llm {mode} needs --{needed} FILE.")
    for name, file in files.items():
        if file is not None and name != needed:
            modes = "fake" if name == "script" else "record or --llm replay"
            raise click.UsageError(f"--{name} is for --llm {modes}.")
    return files[needed] if needed else None


def talk(console: Console, conversation: Conversation) -> None:
    """Chats until the user quits, by a command, the end of input or Ctrl-C."""
    enable_line_editing()
    console.print(Text(HINT, style="dim"))
    commands = _commands(console, conversation)
    while True:
        console.print()
        try:
            text = read_line(console)
            if text == "/quit":
                return
            if text in commands:
                commands[text]()
            elif text:
                with console.status("..."):
                    record = conversation.say(text)
                console.print(rendering.turn(record, with_user=False))
                _hint_at_commands(console, record)
        except (EOFError, KeyboardInterrupt):
            console.print()
            return


def _commands(console: Console, conversation: Conversation) -> dict[str, Callable[[], None]]:
    def why() -> None:
        last = conversation.why()
        if last is None:
            console.print(Text("     Nothing was said yet.", style="dim"))
        else:
            console.print(rendering.decision(*last))

    def restart() -> None:
        conversation.restart()
        console.print(Text("     A new conversation.", style="dim"))

    return {
        "/why": why,
        "/slots": lambda: console.print(rendering.slots(conversation.slots())),
        "/stack": lambda: console.print(rendering.stack(conversation.stack())),
        "/restart": restart,
        "/help": lambda: console.print(rendering.definitions(HELP)),
    }


def _hint_at_commands(console: Console, record: TurnRecord) -> None:
    """A mistyped command isn't silently taken for a message."""
    name = record.user.removeprefix("/").partition("{")[0].partition("(")[0].strip()
    if record.user.startswith("/") and name not in {record.intent, "SetSlots"}:
        text = f"     /{name} is neither a command (/help lists them) nor an intent: sent as text."
        console.print(Text(text, style="yellow"))
