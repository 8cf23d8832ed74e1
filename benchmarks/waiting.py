"""A hundred conversations at once, each waiting half a second inside a component."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Iterator
from typing import Any

from benchmarks.bot import light_model
from benchmarks.figures import Figure

CONVERSATIONS = 100
WAIT = 0.5  # seconds


def measure() -> Iterator[Figure]:
    """The time until all of them are answered."""
    yield asyncio.run(_all_at_once())


async def _all_at_once() -> Figure:
    from rasa.core.agent import Agent
    from rasa.core.channels.channel import CollectingOutputChannel, UserMessage

    from router.rasa.command_adapter import NLUCommandAdapter

    original: Any = NLUCommandAdapter.process

    async def waiting(self: Any, *args: Any, **kwargs: Any) -> Any:
        await asyncio.sleep(WAIT)
        return original(self, *args, **kwargs)

    agent = Agent.load(str(light_model()))
    for node in agent.processor.graph_runner._instantiated_nodes.values():
        if node._component_class is NLUCommandAdapter:
            node._fn = waiting

    async def say(sender: str) -> None:
        await agent.handle_message(UserMessage("my hours", CollectingOutputChannel(), sender))

    await say("warm up")
    start = time.perf_counter()
    await asyncio.gather(*(say(f"user {number}") for number in range(CONVERSATIONS)))
    seconds = time.perf_counter() - start
    return Figure(
        f"{CONVERSATIONS} conversations at once, each awaiting {WAIT} s in a component",
        seconds,
        "s",
        1.5,
        f"one after the other they would wait {CONVERSATIONS * WAIT:.0f} s; no DIET, no TED",
    )
