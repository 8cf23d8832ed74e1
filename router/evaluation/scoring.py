"""From what a router answered to a report. scikit-learn, which comes with Rasa, counts."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Sequence
from importlib import import_module
from typing import Any

from router.errors import CoexistenceError
from router.evaluation.asking import Routed
from router.evaluation.report import (
    NO_ROUTE,
    Bin,
    Calibration,
    Confusion,
    Cost,
    Group,
    Latency,
    Mistake,
    Percentiles,
    Report,
    RouteScore,
)
from router.routing.decision import OUTCOMES

__all__ = ["MetricsUnavailable", "scored"]

BINS = 10


class MetricsUnavailable(CoexistenceError):
    """scikit-learn isn't installed."""


def scored(
    routed: Sequence[Routed],
    *,
    file: str,
    router: str,
    part: str | None = None,
    concurrency: int = 1,
    notes: Iterable[str] = (),
    worst: int = 20,
) -> Report:
    """The report on a router's answers.

    Args:
        routed: at least one answer.
        file: what the messages were read from.
        router: the router's name.
        part: the part of the file.
        concurrency: how many messages were asked about at the same time.
        notes: what to know when reading the figures.
        worst: how many mistakes are listed.

    Raises:
        MetricsUnavailable: scikit-learn isn't installed.
    """
    decisions = [each.decision for each in routed if each.decision is not None]
    expected = [each.message.route for each in routed]
    given = [each.outcome or NO_ROUTE for each in routed]
    wrong = [each for each in routed if not each.is_right]
    metrics = _sklearn_metrics()
    return Report(
        file=file,
        part=part,
        router=router,
        config=next((each.config for each in decisions if each.config), None),
        messages=len(routed),
        accuracy=float(metrics.accuracy_score(expected, given)),
        macro_f1=float(
            metrics.f1_score(
                expected, given, labels=_routes(expected), average="macro", zero_division=0
            )
        ),
        routes=_route_scores(metrics, expected, given),
        confusion=_confusion(metrics, expected, given),
        failures=dict(Counter(each.failure for each in routed if each.failure).most_common()),
        calibration=_calibration(metrics, routed),
        cost=_cost(routed),
        latency=Latency(
            concurrency=concurrency,
            decision=_percentiles([each.latency_ms for each in decisions]),
            message=_percentiles([each.latency_ms for each in routed]),
        ),
        stages=_groups(routed, lambda each: each.stage),
        domains=_groups(routed, lambda each: each.message.domain),
        mistaken=len(wrong),
        mistakes=tuple(map(_mistake, sorted(wrong, key=_confidence, reverse=True)[:worst])),
        notes=tuple(notes),
    )


def _sklearn_metrics() -> Any:
    try:
        return import_module("sklearn.metrics")  # it ships no types
    except ModuleNotFoundError as error:
        message = "Figures need scikit-learn, which comes with Rasa: pip install scikit-learn."
        raise MetricsUnavailable(message) from error


def _routes(names: Iterable[str]) -> list[str]:
    """The routes among the names, in the order in which they are always shown."""
    found = set(names)
    return [name for name in (*OUTCOMES, NO_ROUTE) if name in found]


def _route_scores(
    metrics: Any, expected: Sequence[str], given: Sequence[str]
) -> tuple[RouteScore, ...]:
    labels = [name for name in _routes([*expected, *given]) if name != NO_ROUTE]
    rows = metrics.precision_recall_fscore_support(expected, given, labels=labels, zero_division=0)
    counts = Counter(given)
    return tuple(
        RouteScore(
            route=name,
            precision=float(precision),
            recall=float(recall),
            f1=float(f1),
            expected=int(support),
            given=counts[name],
        )
        for name, precision, recall, f1, support in zip(labels, *rows, strict=True)
    )


def _confusion(metrics: Any, expected: Sequence[str], given: Sequence[str]) -> Confusion:
    labels = _routes([*expected, *given])
    matrix = metrics.confusion_matrix(expected, given, labels=labels).tolist()
    rows = (tuple(row) for name, row in zip(labels, matrix, strict=True) if name != NO_ROUTE)
    return Confusion(labels=tuple(labels), rows=tuple(rows))


def _calibration(metrics: Any, routed: Sequence[Routed]) -> Calibration | None:
    import numpy as np

    sure = [
        (each.decision.confidence, each.is_right)
        for each in routed
        if each.decision is not None and each.decision.confidence is not None
    ]
    if not sure:
        return None
    confidence = np.clip([value for value, _ in sure], 0.0, 1.0)
    right = np.array([is_right for _, is_right in sure], dtype=float)
    bin_of = np.minimum((confidence * BINS).astype(int), BINS - 1)
    bins = tuple(
        Bin(
            low=number / BINS,
            high=(number + 1) / BINS,
            messages=int((bin_of == number).sum()),
            confidence=float(confidence[bin_of == number].mean()),
            accuracy=float(right[bin_of == number].mean()),
        )
        for number in sorted(set(bin_of.tolist()))
    )
    error = sum(each.messages * abs(each.confidence - each.accuracy) for each in bins)
    return Calibration(
        messages=len(sure),
        ece=error / len(sure),
        brier=float(metrics.brier_score_loss(right, confidence, pos_label=1)),
        bins=bins,
    )


def _cost(routed: Sequence[Routed]) -> Cost | None:
    calls = [each.call for each in routed if each.call is not None]
    if not calls:
        return None
    prices = [float(call["cost"]) for call in calls if call.get("cost") is not None]
    return Cost(
        asked=len(calls),
        share=len(calls) / len(routed),
        calls=sum(int(call.get("attempts", 1)) for call in calls),
        replayed=sum(bool(call.get("replayed")) for call in calls),
        prompt_tokens=sum(int(call.get("prompt_tokens") or 0) for call in calls),
        completion_tokens=sum(int(call.get("completion_tokens") or 0) for call in calls),
        usd=sum(prices) if prices else None,
        unpriced=len(calls) - len(prices),
        outcomes=dict(Counter(str(call.get("outcome", "read")) for call in calls).most_common()),
    )


def _percentiles(milliseconds: Sequence[float]) -> Any:
    import numpy as np

    if not milliseconds:
        return None
    p50, p95, p99 = (float(each) for each in np.percentile(milliseconds, (50, 95, 99)))
    return Percentiles(p50=p50, p95=p95, p99=p99)


def _groups(routed: Sequence[Routed], name_of: Callable[[Routed], str | None]) -> tuple[Group, ...]:
    groups: dict[str, list[bool]] = defaultdict(list)
    for each in routed:
        name = name_of(each)
        if name:
            groups[name].append(each.is_right)
    return tuple(
        Group(name=name, messages=len(right), accuracy=sum(right) / len(right))
        for name, right in sorted(groups.items(), key=lambda item: -len(item[1]))
    )


def _confidence(routed: Routed) -> float:
    value = routed.decision.confidence if routed.decision else None
    return -1.0 if value is None else value


def _mistake(routed: Routed) -> Mistake:
    message, decision = routed.message, routed.decision
    return Mistake(
        text=message.text,
        place=f"{message.place.file}:{message.place.line}",
        expected=message.route,
        given=routed.outcome,
        intent=decision.intent if decision else None,
        label=message.intent,
        confidence=decision.confidence if decision else None,
        reason=decision.reason if decision else str(routed.failure),
    )
