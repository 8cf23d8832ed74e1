"""A hundred conversations at once, each waiting half a second inside a component."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from benchmarks.bot import layered_model, light_model
from benchmarks.figures import Figure

CONVERSATIONS = 100
WAIT = 0.5  # seconds


def measure() -> Iterator[Figure]:
    """The time until all of them are answered, and what the waiting adds to real models."""
    quick = asyncio.run(_all_at_once(light_model(), WAIT))
    yield Figure(
        f"{CONVERSATIONS} conversations at once, each awaiting {WAIT} s in a component",
        quick,
        "s",
        1.5,
        f"one after the other they would wait {CONVERSATIONS * WAIT:.0f} s; no DIET, no TED",
    )
    computing = asyncio.run(_all_at_once(layered_model(), 0))
    both = asyncio.run(_all_at_once(layered_model(), WAIT))
    yield Figure(
        "the same with DIET and TED: what the waiting adds",
        both - computing,
        "s",
        1.0,
        f"{both:.1f} s in all, {computing:.1f} s of them without any waiting",
    )


async def _all_at_once(model: Path, wait: float) -> float:
    from rasa.core.agent import Agent
    from rasa.core.channels.channel import CollectingOutputChannel, UserMessage

    from router.rasa.command_adapter import NLUCommandAdapter

    original: Any = NLUCommandAdapter.process

    async def waiting(self: Any, *args: Any, **kwargs: Any) -> Any:
        await asyncio.sleep(wait)
        return original(self, *args, **kwargs)

    agent = Agent.load(str(model))
    for node in agent.processor.graph_runner._instantiated_nodes.values():
        if node._component_class is NLUCommandAdapter:
            node._fn = waiting

    async def say(sender: str) -> None:
        await agent.handle_message(UserMessage("my hours", CollectingOutputChannel(), sender))

    await say("warm up")
    start = time.perf_counter()
    await asyncio.gather(*(say(f"user {number}") for number in range(CONVERSATIONS)))
    return time.perf_counter() - start
