"""`coexist test record`: a chat that writes an end-to-end test as it goes."""

from __future__ import annotations

import asyncio
import uuid
from collections.abc import Callable, Coroutine
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar, cast

import click
from rich.console import Console
from rich.padding import Padding
from rich.text import Text

from router.cli import rendering
from router.cli.chat_input import enable_line_editing, read_line
from router.cli.e2e_turns import as_record
from router.e2e.bots import Bot, Conversation
from router.e2e.cases import Turn
from router.e2e.observed import ObservedTurn
from router.e2e.writing.proposals import DETAILS, Detail
from router.e2e.writing.recording import RecordedTurn, Recording, RecordingFile, as_line
from router.e2e.writing.yaml_out import as_yaml
from router.errors import InvalidTest, Location

if TYPE_CHECKING:
    from router.e2e.in_process_bot import InProcessBot
    from router.llm.modes import LLMMode

__all__ = ["Recorder", "record"]

T = TypeVar("T")
HELP = (
    ("/expect", "what the last turn is expected to do, numbered"),
    ("/expect 1 3", "expect 1 and 3, or no longer: each is turned over"),
    ("/expect all", "expect all of it; /expect none, nothing"),
    ("/undo", "take the last turn back; the rest is played anew"),
    ("/name TEXT", "name the case"),
    ("/help", "this list"),
    ("/quit", "leave (so do Ctrl-D and Ctrl-C)"),
)
HINT = "Say something, or /expect, /undo, /name, /help, /quit. Every turn is saved at once."
_INDENT = 5


@click.command()
@click.argument("file", type=click.Path(path_type=Path, dir_okay=False))
@click.option("--name", default="", help="The case's name; without it, its first message.")
@click.option(
    "--checks",
    "detail",
    type=click.Choice(DETAILS),
    default="all",
    show_default=True,
    help="Expect the bot's words, the responses' names, or all that happened.",
)
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
    type=click.Choice(["live", "record"]),
    default="live",
    show_default=True,
    help="Language models: as they are, or also recorded, into the test file's cassette.",
)
def record(
    file: Path,
    name: str,
    detail: str,
    config: Path,
    model: Path | None,
    endpoints: Path | None,
    mode: str,
) -> None:
    """Talk to the assistant, and have the conversation written as a test into FILE.

    What the assistant does is what the test expects of it; /expect says what of it. Each turn
    is in the file as soon as it is over. A file that is there gets one case more.
    """
    console = Console(highlight=False)
    target = RecordingFile.open(file)
    with closing(asyncio.new_event_loop()) as loop:
        asyncio.set_event_loop(loop)
        bot = _loaded(console, loop, config, model, endpoints, cast("LLMMode", mode))
        try:
            Recorder(console, loop, bot, target, Recording(cast("Detail", detail), name)).talk()
        finally:
            loop.run_until_complete(bot.close())


class Recorder:
    """A chat with a bot, and the case that it becomes."""

    def __init__(
        self,
        console: Console,
        loop: asyncio.AbstractEventLoop,
        bot: Bot,
        file: RecordingFile,
        recording: Recording,
    ) -> None:
        self._console = console
        self._loop = loop
        self._bot = bot
        self._file = file
        self._recording = recording
        self._conversation: Conversation | None = None
        self._commands: dict[str, Callable[[str], None]] = {
            "/expect": self._expect,
            "/help": lambda _: console.print(rendering.definitions(HELP)),
            "/name": self._name,
            "/undo": lambda _: self._undo(),
        }

    def talk(self) -> None:
        """Chats until the user quits, by a command, the end of input or Ctrl-C."""
        enable_line_editing()
        self._say_dimly(HINT, 0)
        try:
            self._open()
            while True:
                self._console.print()
                text = read_line(self._console)
                if text == "/quit":
                    break
                self._answer(text)
        except (EOFError, KeyboardInterrupt):
            self._console.print()
        finally:
            self._close()
        self._tell_where()

    def _answer(self, text: str) -> None:
        word, _, rest = text.partition(" ")
        if word in self._commands:
            self._commands[word](rest.strip())
        elif text:
            with self._console.status("..."):
                observed = self._run(self._said(text))
            self._recording = self._recording.played(observed)
            self._save()
            self._console.print(rendering.turn(as_record(observed), with_user=False))

    def _open(self) -> None:
        opening = self._run(self._begun())
        if opening.messages:
            self._recording = self._recording.played(opening)
            self._console.print(rendering.turn(as_record(opening), with_user=False))

    async def _begun(self) -> ObservedTurn:
        """A fresh conversation, opened."""
        case = self._recording.as_test_case(str(self._file.path))
        self._conversation = await self._bot.begin(case, f"recording-{uuid.uuid4().hex[:12]}")
        return await self._conversation.open()

    async def _said(self, text: str) -> ObservedTurn:
        assert self._conversation is not None
        return await self._conversation.say(Turn(text, Location(str(self._file.path))))

    def _undo(self) -> None:
        if not self._recording.messages:
            self._say_dimly("Nothing was said yet.")
            return
        taken = self._recording.messages[-1]
        self._recording = self._recording.undone()
        self._save()
        self._close()
        with self._console.status("..."):
            played = self._run(self._replayed())
        self._say_dimly(f"Taken back: {taken}")
        kept = [turn for turn in self._recording.turns if turn.observed.user]
        for number, (turn, observed) in enumerate(zip(kept, played, strict=True), 1):
            if not _is_alike(turn, observed):
                text = f"Played anew, turn {number} went otherwise: {turn.observed.user}"
                self._console.print(Padding(Text(text, style="yellow"), (0, 0, 0, _INDENT)))

    async def _replayed(self) -> list[ObservedTurn]:
        await self._begun()
        return [await self._said(text) for text in self._recording.messages]

    def _expect(self, wanted: str) -> None:
        if not self._recording.turns:
            self._say_dimly("Nothing was said yet.")
            return
        last = self._recording.turns[-1]
        everything = set(range(1, len(last.proposals) + 1))
        numbers = _numbers(wanted, last.expected, everything)
        if numbers is None:
            known = f"1 to {len(everything)}, " if everything else ""
            self._say_dimly(f"/expect takes numbers, {known}all or none.")
            return
        if numbers != last.expected:
            self._recording = self._recording.expecting(numbers)
            self._save()
        self._show_expected(self._recording.turns[-1])

    def _show_expected(self, turn: RecordedTurn) -> None:
        if not turn.proposals:
            self._say_dimly("There is nothing to expect of it.")
        for number, proposal in enumerate(turn.proposals, 1):
            mark, style = ("x", "") if proposal.is_chosen else (" ", "dim")
            line = Text(f"[{mark}] {number} {as_line(proposal)}", style=style)
            self._console.print(Padding(line, (0, 0, 0, _INDENT)))

    def _name(self, text: str) -> None:
        if text:
            self._recording = Recording(
                self._recording.detail, text.replace("::", ":"), self._recording.turns
            )
            self._save()
        self._say_dimly(f"The case is called {self._file.name(self._recording)!r}.")

    def _save(self) -> None:
        try:
            self._file.save(self._recording)
        except InvalidTest:
            case = self._recording.case(self._recording.wanted_name)
            self._console.print(Text(as_yaml([case])), soft_wrap=True)  # so that it isn't lost
            raise

    def _tell_where(self) -> None:
        if not self._recording.messages:
            self._say_dimly("Nothing was said, and nothing written.", 0)
            return
        place = f"{self._file.path}::{self._file.name(self._recording)}"
        self._console.print(Text(f'Written. It runs by: coexist test "{place}"'), soft_wrap=True)

    def _say_dimly(self, text: str, indent: int = _INDENT) -> None:
        self._console.print(Padding(Text(text, style="dim"), (0, 0, 0, indent)))

    def _close(self) -> None:
        if self._conversation is not None:
            self._run(self._conversation.close())
            self._conversation = None

    def _run(self, task: Coroutine[Any, Any, T]) -> T:
        """Runs a task to its end; Ctrl-C ends it at once."""
        running = self._loop.create_task(task)
        try:
            return self._loop.run_until_complete(running)
        except KeyboardInterrupt:
            running.cancel()
            self._loop.run_until_complete(asyncio.wait([running]))
            raise


def _numbers(wanted: str, expected: set[int], everything: set[int]) -> set[int] | None:
    """The numbers to expect from now on; None if that can't be read."""
    if wanted in ("all", "none"):
        return everything if wanted == "all" else set()
    words = wanted.replace(",", " ").split()
    given = {int(word) for word in words if word.isdecimal()}
    if len(given) < len(set(words)) or not given <= everything:
        return None
    return expected ^ given


def _is_alike(turn: RecordedTurn, observed: ObservedTurn) -> bool:
    """Whether the bot says the same, in one variation or another, and the same one answers."""
    before, now = ([m.utter or m.text for m in each.messages] for each in (turn.observed, observed))
    return before == now and turn.observed.route == observed.route


def _loaded(
    console: Console,
    loop: asyncio.AbstractEventLoop,
    config: Path,
    model: Path | None,
    endpoints: Path | None,
    mode: LLMMode,
) -> InProcessBot:
    from router.cli.quiet import be_quiet
    from router.cli.training import ensure_model

    trained = ensure_model(console, config, model)
    be_quiet()
    with rendering.elapsed(console) as progress:
        progress.add_task("Loading the assistant")
        from router.e2e.in_process_bot import load_bot

        be_quiet()  # importing Rasa undid some of it
        return loop.run_until_complete(load_bot(config.parent, trained, endpoints, llm=mode))
