"""What a language model adds to the semantic router, were it right as often as simulated.

The band in which it is asked is tuned on the part `val`, never on `test`.
"""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from benchmarks.routing_data import Row
from router.evaluation import Answer, choose
from router.routing.decision import OUTCOMES, RoutingDecision

# Asked for on `val`. Live traffic, like `test`, has more that is in doubt than labelled messages
# have, so the share of calls there is higher.
WANTED_SHARE = 0.10
RIGHT = (0.95, 0.75)  # how often the simulated model is
SEED = 0


@dataclass(frozen=True)
class Cascade:
    """A tuned cascade on one part of the data: where it sends each message, and what it asks."""

    right: float
    band: float
    share: float
    given: tuple[str, ...]


def simulated(rows: Sequence[Row], right: float, seed: int = SEED) -> list[str]:
    """The answers of a model that is right so often, independently for each message."""
    draw = random.Random(seed)
    return [
        row.route
        if draw.random() < right
        else draw.choice([each for each in OUTCOMES if each != row.route])
        for row in rows
    ]


def cascades(
    val: Sequence[Row],
    on_val: Sequence[RoutingDecision],
    rows: Sequence[Row],
    decisions: Sequence[RoutingDecision],
) -> Iterator[Cascade]:
    """For each simulated model the cascade tuned on `val`, measured on `rows`."""
    for right in RIGHT:
        tuned = choose(
            [
                Answer(row.route, cheap.outcome, cheap.details["distance"], llm)
                for row, cheap, llm in zip(val, on_val, simulated(val, right), strict=True)
            ],
            share=WANTED_SHARE,
        )
        asked = [tuned.band > 0 and abs(d.details["distance"]) <= tuned.band for d in decisions]
        answers = simulated(rows, right, SEED + 1)
        given = (
            llm if is_asked else decision.outcome
            for is_asked, decision, llm in zip(asked, decisions, answers, strict=True)
        )
        yield Cascade(right, tuned.band, sum(asked) / len(asked), tuple(given))
