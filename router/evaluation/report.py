"""What an evaluation found: one value that text, JSON and HTML are made of.

`coexist router eval --format json` writes a `Report`; its keys are the attributes below. What
isn't known is null. Within one `format`, keys are added but never changed.
"""

from __future__ import annotations

from typing import Literal

from pydantic import BaseModel, ConfigDict

__all__ = [
    "NO_ROUTE",
    "Bin",
    "Calibration",
    "Confusion",
    "Cost",
    "Group",
    "Latency",
    "Mistake",
    "Percentiles",
    "Report",
    "RouteScore",
]

NO_ROUTE = "none"  # among what was given: messages without a decision


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class RouteScore(_Part):
    """How well one route is found.

    Attributes:
        route: `calm`, `nlu`, `calm_once` or `nlu_once`.
        precision: the part of those sent there that belong there, 0 to 1.
        recall: the part of those that belong there that are sent there, 0 to 1.
        f1: the harmonic mean of both.
        expected: messages that belong there.
        given: messages sent there.
    """

    route: str
    precision: float
    recall: float
    f1: float
    expected: int
    given: int


class Confusion(_Part):
    """Where messages go, by where they belong.

    Attributes:
        labels: the routes, and `none` for messages without a decision.
        rows: for each label that is expected, how many messages went to each label.
    """

    labels: tuple[str, ...]
    rows: tuple[tuple[int, ...], ...]


class Bin(_Part):
    """Messages whose confidence is similar.

    Attributes:
        low: the least confidence of the bin; `high` the first above it.
        messages: how many there are, at least 1.
        confidence: their mean confidence.
        accuracy: the part of them that is routed right.
    """

    low: float
    high: float
    messages: int
    confidence: float
    accuracy: float


class Calibration(_Part):
    """Whether the confidence tells how often the route is right.

    Attributes:
        messages: those whose decision has a confidence.
        ece: expected calibration error with ten bins (Naeini, Cooper and Hauskrecht 2015;
            Guo et al. 2017, https://arxiv.org/abs/1706.04599), 0 to 1.
        brier: Brier score of the confidence (Brier 1950), 0 to 1.
        bins: by rising confidence, those without messages left out.
    """

    messages: int
    ece: float
    brier: float
    bins: tuple[Bin, ...]


class Cost(_Part):
    """What the language model did and cost.

    Attributes:
        asked: messages that a model was asked about.
        share: the same as part of all messages.
        calls: attempts, those of retries and failovers included.
        replayed: messages answered from a recording.
        prompt_tokens: tokens read, where they are counted.
        completion_tokens: tokens written, where they are counted.
        usd: US dollars; None if no call's cost is known.
        unpriced: messages whose call's cost isn't known.
        outcomes: what became of the answers (`read`, `unreadable`, the name of an error), and
            of how many.
    """

    asked: int
    share: float
    calls: int
    replayed: int
    prompt_tokens: int
    completion_tokens: int
    usd: float | None
    unpriced: int
    outcomes: dict[str, int]


class Percentiles(_Part):
    """Milliseconds that so many in a hundred messages take at most."""

    p50: float
    p95: float
    p99: float


class Latency(_Part):
    """How long it takes while `concurrency` messages are under way at once.

    Attributes:
        concurrency: messages that were asked about at the same time.
        decision: the router alone; None without decisions.
        message: from the message to the decision, with the pipeline before the router.
    """

    concurrency: int
    decision: Percentiles | None
    message: Percentiles


class Group(_Part):
    """Messages that a stage decided about, or that are of one domain."""

    name: str
    messages: int
    accuracy: float


class Mistake(_Part):
    """A message that went to the wrong place.

    Attributes:
        text: the message.
        place: file and line.
        expected: where it should go.
        given: where it went; None without a decision.
        intent: what it was understood as.
        label: the intent it means, if the file says so.
        confidence: how sure the decision was, 0 to 1.
        reason: the decision's reason, or the error.
    """

    text: str
    place: str
    expected: str
    given: str | None
    intent: str | None
    label: str | None
    confidence: float | None
    reason: str


class Report(_Part):
    """All that one evaluation found.

    Attributes:
        format: the version of these keys.
        file: what the messages were read from.
        part: the part of the file; None if it has none.
        router: the router's name.
        config: the fingerprint of its configuration.
        messages: how many there are.
        accuracy: the part of all messages that goes where it should, 0 to 1.
        macro_f1: F1 averaged over the routes that are expected, 0 to 1.
        routes: each expected or given route.
        confusion: the confusion matrix.
        failures: what failed, and for how many messages: reasons that begin with `on_error`,
            and errors for which there was no decision.
        calibration: None if no decision has a confidence.
        cost: None if no language model was asked.
        latency: how long it took.
        stages: by the stage that decided, for a router that has stages.
        domains: by domain, for a file that has them.
        mistakes: the worst, most confident first; `mistaken` counts all of them.
        notes: what to know when reading the figures.
    """

    format: Literal[1] = 1
    file: str
    part: str | None
    router: str
    config: str | None
    messages: int
    accuracy: float
    macro_f1: float
    routes: tuple[RouteScore, ...]
    confusion: Confusion
    failures: dict[str, int]
    calibration: Calibration | None
    cost: Cost | None
    latency: Latency
    stages: tuple[Group, ...]
    domains: tuple[Group, ...]
    mistaken: int
    mistakes: tuple[Mistake, ...]
    notes: tuple[str, ...]
