"""What chat and demo share: an assistant, trained if need be, loaded, and spoken to."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

from rich.console import Console

from router.cli.quiet import be_quiet
from router.cli.rendering import elapsed
from router.cli.training import ensure_model
from router.errors import InvalidConfig, UnsupportedRasa
from router.routing.decision import RoutingDecision
from router.routing.turn_record import StackFrame, TurnRecord

if TYPE_CHECKING:
    from router.rasa.session import Session

__all__ = ["Conversation", "open_conversation"]

T = TypeVar("T")


class Conversation:
    """A `Session` for callers that aren't asynchronous."""

    def __init__(self, session: Session, loop: asyncio.AbstractEventLoop) -> None:
        self._session = session
        self._loop = loop

    def say(self, text: str) -> TurnRecord:
        """Sends a message of the user and gives the turn it led to."""
        return self._run(self._session.say(text))

    def slots(self) -> dict[str, tuple[Any, bool]]:
        """Slots that have a value: the value, and whether both systems share it."""
        return self._run(self._session.slots())

    def stack(self) -> tuple[StackFrame, ...]:
        """The dialogue stack, bottom first."""
        return self._run(self._session.stack())

    def why(self) -> tuple[TurnRecord, RoutingDecision | None] | None:
        """The last turn and the last decision made."""
        return self._session.why()

    def restart(self) -> None:
        """Starts a new conversation."""
        self._session.restart()

    def _run(self, task: Coroutine[Any, Any, T]) -> T:
        return self._loop.run_until_complete(task)


def open_conversation(
    console: Console, config: Path, model: Path | None = None, endpoints: Path | None = None
) -> Conversation:
    """Trains the assistant of `config` if need be, loads it and starts a conversation.

    Raises:
        UnsupportedRasa: Rasa isn't installed.
        InvalidConfig: there's no config.yml, or a language model in it can't be read.
        IncompatibleModel: the model can't be loaded.
        click.ClickException: the training failed.
    """
    if find_spec("rasa") is None:
        raise UnsupportedRasa(
            "Talking to an assistant needs Rasa Open Source 3.6, which isn't installed: "
            "pip install 'rasa-coexistence[rasa]' on Python 3.10."
        )
    _check_models(config, endpoints or config.parent / "endpoints.yml")
    trained = ensure_model(console, config, model)
    be_quiet()
    loop = asyncio.new_event_loop()
    asyncio.set_event_loop(loop)
    with elapsed(console) as progress:
        progress.add_task("Loading the assistant")
        from router.rasa.session import load_session, quiet_structlog

        be_quiet()  # importing Rasa undid some of it
        quiet_structlog()
        session = loop.run_until_complete(load_session(config.parent, trained, endpoints))
    return Conversation(session, loop)


def _check_models(config: Path, endpoints: Path) -> None:
    """What's wrong with the language models is told before minutes go into a training."""
    from router.checks.config_checks import read_router_setup
    from router.checks.model_checks import model_problems

    setup = read_router_setup(str(config), [])
    errors = [each for each in model_problems(setup, endpoints) if not each.is_warning]
    if errors:
        raise InvalidConfig(errors)
