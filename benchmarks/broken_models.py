"""What a model that is dead, hangs or answers garbage does to turns, and to everyone else."""

from __future__ import annotations

import asyncio
import contextlib
import statistics
import time
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from benchmarks.figures import Figure
from benchmarks.llm_bot import (
    ANSWER,
    ASKED_FOR_COPIES,
    ASKED_FOR_TITLE,
    COMMANDS,
    DEADLINE,
    ORDER,
    QUESTION,
    ROUTING,
    TOLD_HOURS,
    Bot,
    Reply,
    Server,
    answers,
    free_port,
)

ASKING = 40  # turns that meet the fault: half of them first ones, half within a flow
BEGIN_WITHIN = 3.0  # seconds
OTHERS = 50  # conversations that need no model
MESSAGES = 400  # of theirs
EVERY = 0.02  # seconds
# Every turn meets the fault: the circuit breaker would end most of them at once.
LIMITS = {"concurrent_calls": 2 * ASKING, "breaker_failures": 100_000}
#: None is a port where nothing listens.
FAULTS: dict[str, Sequence[Reply] | None] = {
    "dead": None,
    "hanging": [{"match": "", "hang": True}],
    "garbage": [
        {"match": ROUTING, "answer": "It may be A or B."},
        {"match": COMMANDS, "raw": "<html>"},
    ],
}


@dataclass(frozen=True)
class Traffic:
    """What one model did: seconds of turns that asked it and of others'; how many are stuck."""

    asking: list[float]
    others: list[float]
    stuck: int


def measure() -> Iterator[Figure]:
    """The same traffic with each fault and, for comparison, with a model that answers."""
    yield from asyncio.run(_compared(Bot(free_port(), LIMITS)))


async def _compared(bot: Bot) -> list[Figure]:
    with Server(answers(), bot.port):
        await bot.warm_up()
    well, ill = {}, {}
    for name, script in FAULTS.items():
        well[name] = await _traffic(bot, f"beside {name}", answers())
        ill[name] = await _traffic(bot, name, script)
    slowest = ", ".join(f"{name} {max(each.asking):.2f} s" for name, each in ill.items())
    p99 = [_p99(each for one in some.values() for each in one.others) for some in (ill, well)]
    return [
        Figure(
            "turns with a broken model: the slowest, beyond its deadline",
            max(max(each.asking) for each in ill.values()) - DEADLINE,
            "s",
            0.2,
            f"{slowest}; the deadline is {DEADLINE:.0f} s",
        ),
        Figure(
            "others meanwhile, p99 / with a model that answers",
            p99[0] / p99[1],
            "x",
            1.5,
            f"{p99[0] * 1000:.0f} ms against {p99[1] * 1000:.0f} ms; "
            f"{MESSAGES * len(ill)} messages that need no model, {1 / EVERY:.0f} a second",
        ),
        Figure(
            "conversations stuck once the model answers again",
            sum(each.stuck for each in ill.values()),
            "",
            0,
            f"of {ASKING * len(ill)}; each goes on with its next message",
        ),
    ]


def _p99(seconds: Iterable[float]) -> float:
    return statistics.quantiles(seconds, n=100)[98]


async def _traffic(bot: Bot, name: str, script: Sequence[Reply] | None) -> Traffic:
    """Turns that ask, others that don't, and a message of each who asked once all is well."""
    others = [f"{name} other {number}" for number in range(OTHERS)]
    asking = [f"{name} {number}" for number in range(ASKING)]
    within_a_flow = asking[::2]
    with Server(answers(), bot.port):
        for sender in others:
            assert await bot.say(QUESTION, sender) == [TOLD_HOURS]
        for sender in within_a_flow:
            assert await bot.say(ORDER, sender) == [ASKED_FOR_TITLE]
    texts = [ANSWER if sender in within_a_flow else ORDER for sender in asking]
    with Server(script, bot.port) if script else contextlib.nullcontext():
        turns, messages = await asyncio.gather(
            _spread(bot, list(zip(texts, asking, strict=True)), BEGIN_WITHIN / ASKING),
            _spread(bot, [(QUESTION, others[n % OTHERS]) for n in range(MESSAGES)], EVERY),
        )
    with Server(answers(), bot.port):
        after = [await bot.say(*each) for each in zip(texts, asking, strict=True)]
    expected = {ORDER: [ASKED_FOR_TITLE], ANSWER: [ASKED_FOR_COPIES]}
    stuck = sum(said != expected[text] for text, said in zip(texts, after, strict=True))
    return Traffic(turns, messages, stuck)


async def _spread(bot: Bot, turns: Sequence[tuple[str, str]], every: float) -> list[float]:
    """Seconds of each turn, from when it was due: a loop that was held up counts."""
    began = time.perf_counter()

    async def seconds(due: float, text: str, sender: str) -> float:
        await asyncio.sleep(due - time.perf_counter())
        await bot.say(text, sender)
        return time.perf_counter() - due

    return await asyncio.gather(
        *(seconds(began + number * every, *turn) for number, turn in enumerate(turns))
    )
