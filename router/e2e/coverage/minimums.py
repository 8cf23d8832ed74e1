"""How much must be covered: `flows=80,handoffs=50`, in percent."""

from __future__ import annotations

import math
from collections.abc import Mapping

from router.e2e.coverage.model import Coverage
from router.errors import InvalidTest, Location, Problem
from router.flows.spelling import did_you_mean

__all__ = ["AREAS", "below", "read_minimums", "rounded_down"]

AREAS = (
    "flows",
    "branches",
    "patterns",
    "rules",
    "stories",
    "responses",
    "actions",
    "handoffs",
)


def read_minimums(text: str, option: str = "--coverage-min") -> dict[str, float]:
    """The percents that the areas must reach.

    Args:
        text: such as `flows=80,handoffs=50`.
        option: where it was given, for the errors.

    Raises:
        InvalidTest: an area isn't known or given twice, or a number isn't one of 0 to 100; all
            problems are listed.
    """
    minimums: dict[str, float] = {}
    problems: list[Problem] = []
    for column, item in _items(text):
        name, _, number = (part.strip() for part in item.partition("="))
        place, percent = Location(option, 1, column), _percent(number)
        if name not in AREAS:
            advice = did_you_mean(name, AREAS, f"Known are {', '.join(AREAS)}.")
            message = f"'{name}' is nothing whose coverage is measured."
            problems.append(Problem(place, "unknown-area", message, advice))
        elif percent is None:
            message = f"'{item.strip()}' gives no number from 0 to 100."
            problems.append(Problem(place, "invalid-value", message, f"Write {name}=80."))
        elif name in minimums:
            message = f"'{name}' is given twice."
            problems.append(Problem(place, "duplicate-key", message, "Keep one of them."))
        else:
            minimums[name] = percent
    if problems:
        raise InvalidTest(problems)
    return minimums


def below(coverage: Coverage, minimums: Mapping[str, float]) -> list[str]:
    """What doesn't reach its minimum, a sentence each; in the order of the areas."""
    return [
        f"Coverage of {name} is {rounded_down(coverage.percent(name))} %, below the minimum of "
        f"{minimums[name]:g} %: {covered} of {every} have a passing test."
        for name in AREAS
        if name in minimums and coverage.percent(name) < minimums[name]
        for covered, every in [coverage.count(name)]
    ]


def rounded_down(percent: float) -> str:
    """With one decimal place, never more than it is."""
    return f"{math.floor(percent * 10) / 10:.1f}"


def _items(text: str) -> list[tuple[int, str]]:
    """The items with their columns, which count from 1."""
    items, column = [], 1
    for item in text.split(","):
        items.append((column + len(item) - len(item.lstrip()), item))
        column += len(item) + 1
    return items


def _percent(text: str) -> float | None:
    try:
        number = float(text.removesuffix("%"))
    except ValueError:
        return None
    return number if 0 <= number <= 100 else None
