"""What turns that ask a language model cost.

The model is the fake server in a process of its own, asked over HTTP; everything else is the
real thing.
"""

from __future__ import annotations

import asyncio
import statistics
import time
from collections.abc import Iterator
from dataclasses import replace
from types import SimpleNamespace
from typing import Any

from benchmarks.figures import Figure
from benchmarks.llm_bot import (
    ANSWER,
    ASKED_FOR_COPIES,
    ASKED_FOR_TITLE,
    ORDER,
    QUESTION,
    Bot,
    Server,
    answers,
    free_port,
)

DELAY = 0.5  # seconds that the model takes
TURNS = 1000  # to time the router
SAID_BEFORE = 10  # turns
PAIRS = 10  # of a first turn and a later one
CONVERSATIONS = 200  # at once
ROUNDS = 5
ALL_AT_A_TIME = {"concurrent_calls": 2 * CONVERSATIONS}


def measure() -> Iterator[Figure]:
    """The router's overhead, one wait for two calls, many conversations, broken models."""
    from benchmarks import broken_models

    port = free_port()
    with Server(answers(), port):
        yield from asyncio.run(_overhead(Bot(port)))
    with Server(answers(DELAY), port):
        yield asyncio.run(_both_calls(Bot(port)))
        seconds, _ = asyncio.run(_at_once(Bot(port, ALL_AT_A_TIME), ROUNDS))
        by_default, routed = asyncio.run(_at_once(Bot(port), 1))
    yield Figure(
        f"{CONVERSATIONS} conversations at once, first turns, a model that takes {DELAY} s",
        seconds,
        "s",
        2.0,
        f"two calls each, the best of {ROUNDS} rounds; with the default `concurrent_calls` "
        f"{by_default:.1f} s, and {routed} routed by the model",
    )
    yield from broken_models.measure()


async def _overhead(bot: Bot) -> list[Figure]:
    """All that a router adds to a turn, but for the time of the client that asks the model.

    The component with its prompt, the reading of the answer, and the decision put on the
    message. They are timed by themselves, since the difference between two whole turns would
    drown in all that turns do besides. The client answers at once; the note tells what the
    real one adds, with its limits, deadline and breaker, when its endpoint answers at once.
    """
    from rasa.shared.core.events import SlotSet

    from router.flows.slots import ROUTE_SLOT
    from router.llm import Completion
    from router.llm.endpoint import Answer

    await bot.warm_up()
    for number in range(SAID_BEFORE):
        await bot.say(f"{QUESTION} {number}", "sticky")
    sticky, free = await bot.tracker("sticky"), await bot.tracker("sticky")
    free.update(SlotSet(ROUTE_SLOT, None))
    component = bot.component("LLMBasedRouter")
    real = component.router
    [member] = real.client.members

    async def completion(*prompt: Any, deadline: Any) -> Completion:
        return Completion("C")

    async def answer(*question: Any) -> Answer:
        return Answer("C")

    component.router = replace(real, client=SimpleNamespace(complete=completion))
    alone = await _seconds_of_router(bot, free)
    component.router, member.endpoint.complete = real, answer
    with_client = await _seconds_of_router(bot, free)
    del member.endpoint.complete  # other bots may share the client
    return [
        Figure(
            "LLMBasedRouter without the model's time, p50",
            alone * 1e3,
            "ms",
            0.3,
            f"after {SAID_BEFORE} turns; {with_client * 1e3:.2f} ms with the client's own part",
        ),
        Figure(
            "LLMBasedRouter while a route is sticky, p50",
            await _seconds_of_router(bot, sticky) * 1e6,
            "µs",
            50,
        ),
    ]


async def _seconds_of_router(bot: Bot, tracker: Any) -> float:
    """The median over many messages, of which each is decided on unless a route is sticky."""
    from rasa.shared.nlu.training_data.message import Message

    from router.rasa.tracker_state import DECISION_KEY, current_route
    from router.rasa.turn_calls import finish

    router, assistant = (bot.component(name) for name in ("LLMBasedRouter", "AssistantProvider"))
    is_free = current_route(tracker) is None
    taken = []
    for _ in range(TURNS):
        message = Message({"text": QUESTION})
        start = time.perf_counter()
        await router.process([message], tracker, assistant.assistant)
        await finish(message)
        taken.append(time.perf_counter() - start)
        assert (message.get(DECISION_KEY) is not None) is is_free
    return statistics.median(taken)


async def _both_calls(bot: Bot) -> Figure:
    """First turns, which ask twice, beside the turns after them, which ask once."""
    await bot.warm_up()
    first, later = [], []
    for number in range(PAIRS):
        sender = f"pair {number}"
        start = time.perf_counter()
        said = await bot.say(ORDER, sender)
        between = time.perf_counter()
        then = await bot.say(ANSWER, sender)
        end = time.perf_counter()
        assert [said, then] == [[ASKED_FOR_TITLE], [ASKED_FOR_COPIES]], (said, then)
        first.append(between - start)
        later.append(end - between)
    both, one = statistics.median(first), statistics.median(later)
    return Figure(
        f"first turn, two calls of {DELAY} s / later turn, one call, p50",
        both / one,
        "x",
        1.15,
        f"{both * 1000:.0f} ms against {one * 1000:.0f} ms; for the route, and for commands",
    )


async def _at_once(bot: Bot, rounds: int) -> tuple[float, int]:
    """Seconds until all have their answer, at best, and how many the model routed at last."""
    await bot.warm_up()
    seconds, routed = [], 0
    for number in range(rounds):
        start = time.perf_counter()
        turns = (bot.say(ORDER, f"{number} of {each}") for each in range(CONVERSATIONS))
        said = await asyncio.gather(*turns)
        seconds.append(time.perf_counter() - start)
        routed = said.count([ASKED_FOR_TITLE])
    return min(seconds), routed
