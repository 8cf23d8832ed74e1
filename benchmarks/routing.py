"""How often each router is right, side by side, and how long the offline ones take.

    python -m benchmarks.routing --data DIR [--part val]

On any CSV file in DIR whose name starts with `routing_` and that has the columns split, text,
intent, domain and route: learnt from its part `train`, measured on its part `test`. CLINC150
(Larson et al. 2019, https://arxiv.org/abs/1909.02027, CC BY 3.0) is such a file.
"""

from __future__ import annotations

import argparse
import asyncio
import statistics
import sys
import time
import warnings
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.cascade import RIGHT, cascades, simulated
from benchmarks.figures import Figure
from benchmarks.routing_data import OUT_OF_SCOPE, Row, files, read_rows, sample
from router.embedding import Encoder, EncoderUnavailable, LocalEmbedder, OnnxEncoder
from router.routing.decision import RoutingDecision, Turn
from router.routing.semantic_configuration import (
    SemanticRouterConfig,
    read_semantic_router_config,
)
from router.routing.semantic_router import SemanticRouter
from router.routing.semantic_training import fit

DATA = Path("../shared/data")
SIZES = (None, 10, 3)
SEED = 0
# How many decisions are timed, and the objective whose figures have bounds: the test part of
# CLINC150 asks far more often about what is out of scope than its training part does.
TIMED = 500
BOUNDED = "catch_out_of_scope"
# Least macro-F1 by number of examples an intent.
BOUNDS = {None: 0.94, 10: 0.92}


class Remembering:
    """An encoder that encodes no text twice, so that many routers can be compared."""

    def __init__(self, encoder: Encoder) -> None:
        self.fingerprint = encoder.fingerprint
        self._encoder = encoder
        self._known: dict[str, Any] = {}

    def encode(self, texts: Sequence[str]) -> Any:
        """As `Encoder.encode`."""
        new = [text for text in dict.fromkeys(texts) if text not in self._known]
        if new:
            self._known.update(zip(new, self._encoder.encode(new), strict=True))
        return np.asarray([self._known[text] for text in texts])


@dataclass(frozen=True)
class Result:
    """What a way of routing reached on one part of the data."""

    name: str
    accuracy: float
    macro_f1: float
    out_of_scope_caught: float
    p50_ms: float
    training_seconds: float

    def line(self) -> str:
        """A row of the table."""
        return (
            f"| {self.name} | {self.accuracy:.3f} | {self.macro_f1:.3f} "
            f"| {self.out_of_scope_caught:.3f} | {self.p50_ms:.1f} | {self.training_seconds:.0f} |"
        )


HEADER = (
    "| method | accuracy | macro-F1 | out of scope caught | p50 ms | training s |\n"
    "|---|---|---|---|---|---|"
)


def configuration(training: Sequence[Row], objective: str) -> SemanticRouterConfig:
    """The lists that send each intent where the data says."""
    routes = {row.intent: row.route for row in training}

    def going_to(route: str) -> list[str]:
        return sorted(
            name for name, where in routes.items() if where == route and name not in OUT_OF_SCOPE
        )

    return read_semantic_router_config(
        {
            "nlu_entry": {"sticky": going_to("nlu"), "non_sticky": going_to("nlu_once")},
            "calm_entry": {"sticky": going_to("calm"), "non_sticky": going_to("calm_once")},
            "out_of_scope": [name for name in OUT_OF_SCOPE if name in routes],
            "objective": objective,
        }
    )


def trained(
    encoder: Encoder, training: Sequence[Row], objective: str
) -> tuple[SemanticRouter, float]:
    """A router that learnt from the messages, and the seconds it took."""
    start = time.perf_counter()
    config = configuration(training, objective)
    texts = [row.text for row in training]
    names = [row.intent for row in training]
    model = fit(names, encoder.encode(texts), config=config, encoder=encoder.fingerprint)
    return SemanticRouter(config, model, LocalEmbedder(encoder)), time.perf_counter() - start


def scored(
    name: str, rows: Sequence[Row], given: Sequence[str], ms: Sequence[float], training: float
) -> Result:
    """Accuracy over all messages, F1 averaged over the routes of the data."""
    pairs = [(row.route, route) for row, route in zip(rows, given, strict=True)]
    f1 = []
    for route in sorted({wanted for wanted, _ in pairs}):
        both = sum(wanted == got == route for wanted, got in pairs)
        either = sum((wanted == route) + (got == route) for wanted, got in pairs)
        f1.append(2 * both / either)
    outside = [
        route == row.route
        for row, route in zip(rows, given, strict=True)
        if row.intent in OUT_OF_SCOPE
    ]
    return Result(
        name=name,
        accuracy=sum(wanted == got for wanted, got in pairs) / len(pairs),
        macro_f1=statistics.mean(f1),
        out_of_scope_caught=statistics.mean(outside) if outside else float("nan"),
        p50_ms=statistics.median(ms) if ms else 0.0,
        training_seconds=training,
    )


def results(
    file: Path, encoder: Encoder, part: str, objectives: Sequence[str], sizes: Sequence[int | None]
) -> Iterator[tuple[int | None, Result]]:
    """What each number of examples reaches on a part of a file, for each objective.

    After the router with all examples come the cascades with a simulated language model, and
    the model alone. Training times include the encoding only where a text wasn't encoded
    before.
    """
    rows = read_rows(file)
    wanted, val = ([row for row in rows if row.split == name] for name in (part, "val"))
    shared = Remembering(encoder)
    for size in sizes:
        for objective in objectives:
            router, seconds = trained(shared, sample(rows, size), objective)
            timed = SemanticRouter(router.config, router.model, LocalEmbedder(encoder))
            ms = [each.latency_ms for each in _decided(timed, wanted[:TIMED])]
            decisions = _decided(router, wanted)
            given = [each.outcome for each in decisions]
            name = f"{size or 'all'} examples an intent, {objective}"
            yield size, scored(f"SemanticRouter, {name}", wanted, given, ms, seconds)
            if size is None and val:
                for cascade in cascades(val, _decided(router, val), wanted, decisions):
                    title = (
                        f"HybridRouter, {objective}, model right {cascade.right:.0%}, asked about "
                        f"{cascade.share:.1%}"
                    )
                    yield 0, scored(title, wanted, cascade.given, (), seconds)
    for right in RIGHT:
        title = f"LLMBasedRouter, simulated, right {right:.0%}, asked about all"
        yield 0, scored(title, wanted, simulated(wanted, right, SEED + 1), (), 0)


def by_intent(file: Path, part: str) -> Result:
    """Lists of intents behind a plain classifier: TF-IDF and logistic regression."""
    from sklearn.feature_extraction.text import TfidfVectorizer
    from sklearn.linear_model import LogisticRegression
    from sklearn.pipeline import make_pipeline, make_union

    rows = read_rows(file)
    training, wanted = sample(rows, None), [row for row in rows if row.split == part]
    routes = {row.intent: row.route for row in training}
    start = time.perf_counter()
    words, parts = TfidfVectorizer(), TfidfVectorizer(analyzer="char_wb", ngram_range=(2, 4))
    classifier = make_pipeline(make_union(words, parts), LogisticRegression(C=10, max_iter=60))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # it stops before it has converged
        classifier.fit([row.text for row in training], [row.intent for row in training])
    seconds = time.perf_counter() - start
    given = [routes[name] for name in classifier.predict([row.text for row in wanted])]
    return scored("IntentBasedRouter behind TF-IDF, no fallback", wanted, given, (), seconds)


def _decided(router: SemanticRouter, rows: Sequence[Row]) -> list[RoutingDecision]:
    async def all_of_them() -> list[RoutingDecision]:
        return [await router.decide(Turn(row.text)) for row in rows]

    return asyncio.run(all_of_them())


def measure(folder: Path = DATA) -> Iterator[Figure]:
    """The figures that have a bound; none where the data or the encoder isn't there."""
    reason = missing(folder)
    if reason:
        print(f"routing: skipped, {reason}", file=sys.stderr)
        return
    file, encoder = files(folder)[0], OnnxEncoder()
    rows = read_rows(file)
    wanted, val = ([row for row in rows if row.split == name] for name in ("test", "val"))
    shared = Remembering(encoder)
    for size in BOUNDS:
        router, seconds = trained(shared, sample(rows, size), BOUNDED)
        decisions = _decided(router, wanted)
        alone = scored("", wanted, [each.outcome for each in decisions], (), seconds)
        note = f"accuracy {alone.accuracy:.3f}, out of scope caught {alone.out_of_scope_caught:.2f}"
        name = f"SemanticRouter, {size or 'all'} examples an intent"
        yield Figure(f"{name}: 1 - macro-F1", 1 - alone.macro_f1, "", 1 - BOUNDS[size], note)
        if size is not None:
            continue
        timed = SemanticRouter(router.config, router.model, LocalEmbedder(encoder))
        p50 = statistics.median(each.latency_ms for each in _decided(timed, wanted[:TIMED]))
        yield Figure("SemanticRouter: decide, p50", p50, "ms", 8.0)
        yield Figure("SemanticRouter: training on 15,000 messages", seconds, "s", 240.0)
        good, weak = cascades(val, _decided(router, val), wanted, decisions)
        reached = scored("", wanted, good.given, (), 0)
        name = f"HybridRouter, a simulated model right {good.right:.0%}"
        note = f"alone {1 - alone.accuracy:.3f}"
        yield Figure(f"{name}: 1 - accuracy", 1 - reached.accuracy, "", 1 - 0.965, note)
        yield Figure(f"{name}: share of messages it is asked about", good.share, "", 0.15)
        lost = alone.accuracy - scored("", wanted, weak.given, (), 0).accuracy
        name = f"the same, right {weak.right:.0%}: accuracy lost"
        yield Figure(name, lost, "", 0.0, f"asked about {weak.share:.1%}")


def missing(folder: Path) -> str:
    """Why nothing can be measured; empty if it can."""
    if not files(folder):
        return f"{folder} holds no routing_*.csv."
    try:
        OnnxEncoder()
    except EncoderUnavailable as error:
        return str(error)
    return ""


def main(arguments: Sequence[str] | None = None) -> int:
    """Prints a table for each file."""
    parser = argparse.ArgumentParser(prog="benchmarks.routing")
    parser.add_argument("--data", type=Path, default=DATA)
    parser.add_argument("--part", default="test", help="choose on val, report test once")
    parser.add_argument("--objective", default=f"{BOUNDED},accuracy")
    given = parser.parse_args(arguments)
    reason = missing(given.data)
    if reason:
        print(f"Skipped: {reason}")
        return 0
    encoder = OnnxEncoder()
    for file in files(given.data):
        print(f"{file.name}, {given.part}\n\n{HEADER}")
        wanted = [row for row in read_rows(file) if row.split == given.part]
        print(scored("always nlu", wanted, ["nlu"] * len(wanted), (), 0).line())
        print(by_intent(file, given.part).line(), flush=True)
        objectives = given.objective.split(",")
        for _, result in results(file, encoder, given.part, objectives, SIZES):
            print(result.line(), flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
