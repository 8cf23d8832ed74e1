"""What it costs to evaluate a condition that was read before."""

from __future__ import annotations

import statistics
import time
from collections.abc import Iterator

from benchmarks.figures import Figure
from router.flows.conditions import Condition, parse_condition

SLOTS = {
    "amount": 120.0,
    "balance": 99.5,
    "schedule": "Monthly",
    "product": "gold card",
    "confirmed": True,
    "details": None,
    "contacts": ["Ada", "Grace", "Barbara"],
    "customer": {"name": "Ada", "branch": {"city": "Bonn"}},
}
CONTEXT = {"reason": "cannot_handle_no_relevant_answer"}
CATEGORICAL = frozenset({"schedule"})
CONDITIONS = (
    "slots.confirmed",
    "slots.amount <= 0",
    "slots.amount > slots.balance",
    "slots.amount > 1000 and not slots.confirmed",
    'slots.schedule = "monthly" and slots.amount >= 100',
    "slots.details is null or slots.details is empty",
    "{'loan' 'mortgage'} contains slots.product",
    "slots.contacts contains 'Barbara'",
    "slots.customer.branch.city = 'Bonn'",
    "context.reason = 'cannot_handle_no_relevant_answer'",
    "not (slots.product matches '^[A-Z0-9]{8,20}$')",
    "(slots.amount > 10 or slots.confirmed) and slots.product matches '(?i)card'",
)
ROUNDS = 2000


def measure() -> Iterator[Figure]:
    """The median over all evaluations, and which condition costs most."""
    conditions = [parse_condition(text) for text in CONDITIONS]
    times = {condition.text: list(_times(condition)) for condition in conditions}
    slowest = max(times, key=lambda text: statistics.median(times[text]))
    yield Figure(
        "a condition: evaluate, p50",
        statistics.median(each for some in times.values() for each in some) / 1000,
        "µs",
        5.0,
        f"{len(times)} conditions; `{slowest}`: {statistics.median(times[slowest]) / 1000:.1f} µs",
    )


def _times(condition: Condition) -> Iterator[int]:
    """Nanoseconds of single evaluations, the clock's own included."""
    for _ in range(ROUNDS):
        start = time.perf_counter_ns()
        condition.evaluate(SLOTS, CONTEXT, CATEGORICAL)
        yield time.perf_counter_ns() - start
