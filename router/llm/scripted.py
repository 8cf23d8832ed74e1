"""A model that says what a test's steps say: commands, a route, or both in one answer.

Who asks a model tells, around its call, how an answer is spelt (`asking`); who plays a test
tells, around a turn, what is said in it (`saying`). Both hold in the running task and those
it begins, so that conversations don't mix.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field, replace

from router.errors import InvalidAnswer, NotRecorded
from router.llm.client import Completion, Embeddings, Prompt
from router.llm.deadline import Deadline
from router.telemetry.model_calls import replayed

__all__ = ["ScriptedClient", "asking", "saying"]

_NAME = "script"


@dataclass(frozen=True)
class _Question:
    """Whether commands are asked for, and how each outcome of routing is answered."""

    commands: bool = False
    routes: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class _Said:
    commands: tuple[str, ...] | None = None
    route: str | None = None


_question: ContextVar[_Question | None] = ContextVar("question", default=None)
_said: ContextVar[_Said | None] = ContextVar("said", default=None)


@contextmanager
def asking(*, commands: bool = False, routes: Mapping[str, str] | None = None) -> Iterator[None]:
    """What the prompts within the block ask for, added to what those around it do.

    Args:
        commands: whether lines of commands are.
        routes: if a route is, what each outcome (`calm`, `nlu_once`, ...) is answered with.
    """
    known = _question.get() or _Question()
    asked = replace(known, commands=commands or known.commands, routes=routes or known.routes)
    token = _question.set(asked)
    try:
        yield
    finally:
        _question.reset(token)


@contextmanager
def saying(commands: Sequence[str] | None, route: str | None) -> Iterator[None]:
    """What scripted models answer within the block; None where the turn doesn't say."""
    token = _said.set(_Said(None if commands is None else tuple(commands), route))
    try:
        yield
    finally:
        _said.reset(token)


class ScriptedClient:
    """An `LLMClient` that gives the turn's own answers, without a model or a network."""

    @replayed("chat")
    async def complete(self, prompt: Prompt, *, deadline: Deadline) -> Completion:
        """As `LLMClient.complete`.

        Raises:
            InvalidAnswer: the turn says that there are no commands, so nothing is answered.
            NotRecorded: the turn doesn't say what was asked for.
        """
        text = _answer(_question.get() or _Question(), _said.get() or _Said())
        if not text:
            raise InvalidAnswer("the answer is empty.", endpoint=_NAME, model=_NAME)
        return Completion(text=text, model=_NAME, endpoint=_NAME, attempts=0, replayed=True)

    async def embed(self, texts: Sequence[str], *, deadline: Deadline) -> Embeddings:
        """Raises `NotRecorded`: a step can't say a vector."""
        raise NotRecorded(
            "A text was to be embedded by an endpoint, which scripted answers have no vectors "
            "for. Remove `embeddings` in config.yml, so that the encoder of this process is "
            "used, and train again; or record the suite and replay it."
        )

    async def aclose(self) -> None:
        """Does nothing."""


def _answer(question: _Question, said: _Said) -> str:
    lines: list[str] = []
    if question.routes:
        lines.append(_route(question.routes, said.route))
        if question.commands and not (said.route or "").startswith("calm"):
            return lines[0]
    if question.commands:
        if said.commands is None:
            raise NotRecorded(
                "A model was asked for commands, and this turn doesn't say which it gives. "
                "Write `commands:` for this turn, such as `commands: [start flow add_contact]`."
            )
        lines.extend(said.commands)
    elif not question.routes:
        raise NotRecorded(
            "A model was asked for something that is neither a route nor commands, which "
            "scripted answers can't give. Record the suite and replay it."
        )
    return "\n".join(lines).strip()


def _route(routes: Mapping[str, str], given: str | None) -> str:
    known = ", ".join(routes)
    if given is None:
        raise NotRecorded(
            "A router asked its model, and this turn doesn't say what it answers. Write "
            f"`route:` for this turn: {known}."
        )
    if given not in routes:
        raise NotRecorded(
            f"A router asked its model, which can't answer `route: {given}`. Write {known}."
        )
    return routes[given]
