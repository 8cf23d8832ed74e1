"""`coexist demo`: a scripted conversation across both systems, checked turn by turn."""

from __future__ import annotations

import os
import sys
import tempfile
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path

import click
from rich.console import Console
from rich.rule import Rule
from rich.text import Text

from router.cli import rendering
from router.cli.chat import talk
from router.cli.conversation import Conversation, open_conversation
from router.cli.demo_script import Script, deviations, read_script
from router.routing.turn_record import TurnRecord

__all__ = ["Played", "demo", "play", "summary"]

HINT = "coexist chat talks to the assistant; demo.yml holds this conversation."


@dataclass(frozen=True)
class Played:
    """The turns of a script that was played, and what of them wasn't as it has it."""

    turns: tuple[TurnRecord, ...]
    deviating: int = 0


@click.command()
@click.option(
    "--config",
    type=click.Path(path_type=Path, dir_okay=False),
    default=Path("config.yml"),
    show_default=True,
    help="The assistant's configuration; its folder is the project.",
)
@click.option(
    "--script",
    type=click.Path(path_type=Path, dir_okay=False),
    help="What to play; without it, demo.yml beside config.yml.",
)
@click.option(
    "--chat/--no-chat", "chat_after", default=True, help="Offer to chat afterwards, if possible."
)
@click.pass_context
def demo(ctx: click.Context, config: Path, script: Path | None, chat_after: bool) -> None:
    """Train if needed and play a conversation across both systems.

    Plays demo.yml: each message with the answer, who gave it and why. Exit code 1 if a turn
    isn't as the script has it. The sample bank's data is a fresh copy in a temporary file.
    """
    console = Console(highlight=False)
    scenes = read_script(script or config.parent / "demo.yml")
    try:
        with tempfile.TemporaryDirectory(prefix="coexist-demo-") as folder:
            os.environ["BANK_DB"] = str(Path(folder) / "bank.sqlite")
            conversation = open_conversation(console, config)
            played = play(console, conversation, scenes)
            console.print()
            console.print(summary(played))
            console.print(Text(HINT, style="dim"))
            if chat_after and sys.stdin.isatty() and console.is_terminal and _wants_chat(console):
                conversation.restart()
                talk(console, conversation)
    except KeyboardInterrupt:
        console.print()
        ctx.exit(130)
    ctx.exit(1 if played.deviating else 0)


def play(console: Console, conversation: Conversation, script: Script) -> Played:
    """Says every line and prints what came of it."""
    turns: list[TurnRecord] = []
    deviating = 0
    if script.intro:
        console.print(Text(script.intro.strip()))
    for number, scene in enumerate(script.scenes, start=1):
        console.print()
        console.print(Rule(Text(f"{number}  {scene.title}", style="bold"), align="left"))
        for line in scene.lines:
            with console.status("..."):
                record = conversation.say(line.say)
            turns.append(record)
            console.print()
            console.print(rendering.turn(record))
            wrong = list(deviations(line, record))
            deviating += bool(wrong)
            if wrong:
                console.print(rendering.remark("!", "; ".join(wrong), "bold red"))
            elif line.note:
                console.print(rendering.remark("=>", line.note, "green"))
    return Played(tuple(turns), deviating)


def summary(played: Played) -> Text:
    """One line about what was shown."""
    count = len(played.turns)
    if played.deviating:
        text = f"{played.deviating} of {count} turns aren't as the script has them (marked !)."
        return Text(text, style="bold red")
    systems = [key.name for key, _ in groupby(t.route for t in played.turns if t.route)]
    resets = [turn for turn in played.turns if turn.released is not None]
    end = played.turns[-1].shared if played.turns else {}
    kept = sum(end.get(name) == value for name, value in resets[0].shared.items()) if resets else 0
    text = f"{count} turns as scripted: {' -> '.join(systems)}, {len(resets)} resets"
    return Text(f"{text}, {kept} shared slots kept.", style="bold green")


def _wants_chat(console: Console) -> bool:
    console.print()
    try:
        answer = console.input("Chat with it yourself? [dim](Enter: yes, n: no)[/dim] ")
    except (EOFError, KeyboardInterrupt):
        console.print()
        return False
    return not answer.strip().casefold().startswith("n")
