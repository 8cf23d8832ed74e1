"""What a turn costs with the layer and without, side by side."""

from __future__ import annotations

import statistics
from collections.abc import Iterator

from benchmarks.bot import SKILLS, layered_model, stock_model
from benchmarks.figures import Figure
from benchmarks.processes import Worker

NLU_CYCLE = ["the card please", "my hours", "show branch", "loan help"]
CALM_CYCLE = ["show new book", "war and peace", "2"]
ROUNDS = 30
LONG = 408  # turns
LONG_ROUNDS = 5  # conversations
STOCK_TURN = 150  # without the layer, later ones take minutes
WINDOW = 16  # turns around the one that is quoted


def measure() -> Iterator[Figure]:
    """NLU turns, CALM turns and late turns, as ratios."""
    with Worker(stock_model()) as stock, Worker(layered_model()) as layered:
        yield from _short_conversations(stock, layered)
        yield _long_conversation(stock, layered)


def _short_conversations(stock: Worker, layered: Worker) -> Iterator[Figure]:
    """Blocks of turns in fresh conversations, the two workers taking turns."""
    times: dict[str, list[float]] = {"stock": [], "layered": [], "calm": []}
    for number in range(-3, ROUNDS):
        for name, worker, texts in (
            ("stock", stock, NLU_CYCLE),
            ("layered", layered, NLU_CYCLE),
            ("calm", layered, CALM_CYCLE),
        ):
            seconds = worker.turns(texts, f"{name}{number}")
            if number >= 0:  # the first rounds warm up
                times[name] += seconds
    p50 = {name: statistics.median(seconds) for name, seconds in times.items()}
    yield Figure(
        "NLU turn with the layer / without, p50",
        p50["layered"] / p50["stock"],
        "x",
        1.05,
        f"{p50['layered'] * 1000:.1f} ms against {p50['stock'] * 1000:.1f} ms (DIET and TED)",
    )
    yield Figure(
        "CALM turn without a model / stock NLU turn, p50",
        p50["calm"] / p50["stock"],
        "x",
        0.5,
        f"{p50['calm'] * 1000:.1f} ms, the NLU pipeline with DIET included",
    )


def _long_conversation(stock: Worker, layered: Worker) -> Figure:
    """Two turns a skill, then the reset: turn 400 against turn 20 of one conversation."""
    texts = [f"show {SKILLS[i % len(SKILLS)]}" for i in range(LONG)]
    with_layer = [layered.turns(texts, f"long {number}") for number in range(LONG_ROUNDS)]
    without = [stock.turns(texts[: STOCK_TURN + WINDOW], "long")]
    growth = _around(without, STOCK_TURN) / _around(without, 20)
    return Figure(
        "turn 400 / turn 20 of one conversation with resets, p50",
        _around(with_layer, 400) / _around(with_layer, 20),
        "x",
        1.3,
        f"without the layer, turn {STOCK_TURN} / turn 20: {growth:.1f} x",
    )


def _around(conversations: list[list[float]], turn: int) -> float:
    half = WINDOW // 2
    return statistics.median(
        each for seconds in conversations for each in seconds[turn - half : turn + half]
    )
