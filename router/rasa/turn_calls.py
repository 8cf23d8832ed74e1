"""What a message's turn waits for: model calls that run at the same time, and one deadline.

A router that has to wait puts its pending decision here and doesn't hold up the pipeline;
whoever needs the decision awaits it. So a router's call and a generator's run side by side.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from typing import Any

from rasa.shared.nlu.training_data.message import Message

from router.llm import Deadline
from router.llm.per_loop import PerLoop
from router.rasa.tracker_state import COMMANDS_KEY, DECISION_KEY
from router.routing.decision import Route, RoutingDecision
from router.routing.shared_question import SharedQuestion
from router.telemetry.turns import deciding

CALLS_KEY = "llm_calls"  # key of a user message's parse data: what its model calls were
_TURN_KEY = "_coexistence_turn"
_IN_A_ROUND = 20  # messages


@dataclass
class TurnCalls:
    """The calls of one message; `records` are what is kept of them.

    `question` is what a router wants asked in a command generator's prompt; it's asked alone
    if no generator asks anything.
    """

    question: SharedQuestion | None = None
    routing: asyncio.Future[RoutingDecision] | None = None
    deadline: Deadline | None = None
    records: list[dict[str, Any]] = field(default_factory=list)

    def deadline_within(self, seconds: float) -> Deadline:
        """The turn's deadline; set by the first that asks, so that nobody's wait adds up."""
        if self.deadline is None:
            self.deadline = Deadline.after(seconds)
        return self.deadline.at_most(seconds)


def calls_of(message: Message) -> TurnCalls:
    """The calls of the message's turn."""
    calls: TurnCalls = message.data.setdefault(_TURN_KEY, TurnCalls())
    return calls


def is_undecided(message: Message) -> bool:
    """Whether a router has been asked about the message and hasn't answered yet."""
    calls: TurnCalls | None = message.data.get(_TURN_KEY)
    return (
        calls is not None
        and (calls.routing is not None or calls.question is not None)
        and DECISION_KEY not in message.data
    )


async def route_of(message: Message) -> Route | None:
    """The route a router chose for the message, once it has; None if none was asked."""
    calls: TurnCalls | None = message.data.get(_TURN_KEY)
    if calls is not None and calls.question is not None and calls.routing is None:
        ask_router(message, calls.question.ask_alone())
    if calls is not None and calls.routing is not None and DECISION_KEY not in message.data:
        decision = await asyncio.shield(calls.routing)
        message.set(DECISION_KEY, decision.as_dict(), add_to_output=True)
    decided = message.get(DECISION_KEY)
    return Route(decided["route"]) if decided else None


async def finish(message: Message) -> None:
    """The decision is on the message; commands for CALM are off it if CALM doesn't answer."""
    if await route_of(message) is Route.NLU:
        message.data.pop(COMMANDS_KEY, None)
    calls: TurnCalls | None = message.data.pop(_TURN_KEY, None)
    if calls is not None and calls.records:
        message.set(CALLS_KEY, calls.records, add_to_output=True)


async def await_ones_round() -> None:
    """Lets few messages at a time begin to be understood, one round of the event loop each.

    When hundreds come at once, the calls of the first are then on their way while the others
    compute, rather than all of them waiting for all computing.
    """
    async with _rounds.get():
        await asyncio.sleep(0)


@contextmanager
def cancelled_with_the_turn() -> Iterator[None]:
    """No router's call outlives the block: a turn may fail, or be cancelled, half way."""
    begun: list[asyncio.Future[RoutingDecision]] = []
    token = _begun.set(begun)
    try:
        yield
    finally:
        _begun.reset(token)
        for task in begun:
            task.cancel()


def ask_router(message: Message, decision: Awaitable[RoutingDecision]) -> None:
    """Starts deciding about the message; `route_of` gives the outcome."""
    with deciding() as decided:
        task = calls_of(message).routing = asyncio.ensure_future(decision)
    task.add_done_callback(decided)
    begun = _begun.get()
    if begun is not None:
        begun.append(task)


_rounds = PerLoop(lambda: asyncio.Semaphore(_IN_A_ROUND))
_begun: ContextVar[list[asyncio.Future[RoutingDecision]] | None] = ContextVar("begun", default=None)
