"""How often the flow that a user means is among those the prompt shows, and how long that takes.

    python -m benchmarks.flow_retrieval --data DIR [--part train]

Each intent of a service of the Schema-Guided Dialogue data (Rastogi et al. 2020,
https://arxiv.org/abs/1909.05855, CC BY-SA 4.0) is a flow; each turn of a user's that opens a
task asks for one. Many services offer the same, such as finding a restaurant, under other words.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import re
import statistics
import sys
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from benchmarks.figures import Figure
from router.dialogue.state import DialogueState
from router.embedding import EncoderUnavailable, LocalEmbedder, OnnxEncoder
from router.flows.assistant import Assistant
from router.flows.reading import flows_from_data
from router.llm import Deadline
from router.understanding.flow_retrieval import FlowIndex, FlowRetriever, flow_documents
from router.understanding.llm_configuration import FlowRetrieval
from router.understanding.llm_prompt import Moment

DATA = Path("../shared/data")
SERVICES, SESSIONS = "sgd_services.json", "sgd_multidomain_sessions.json"
SHOWN = (20, 5)
# The most that may be missed among 20, and milliseconds.
MISSED, LATENCY = 0.05, 15.0


@dataclass(frozen=True)
class Query:
    """What a user says, after other messages of the user's, and the flow that is meant."""

    text: str
    before: tuple[str, ...]
    flow: str


@dataclass(frozen=True)
class Result:
    """The share of queries whose flow was shown, and the median time to find it."""

    flows: int
    queries: int
    recall: float
    p50_ms: float


def assistant(services: Mapping[str, Any]) -> Assistant:
    """A bot with a flow for each intent of each service, described as the data describes it."""
    flows = {
        flow_id(service, intent): {
            "name": re.sub(r"(?<=[a-z])(?=[A-Z])", " ", intent).lower(),
            "description": description,
            "steps": [{"action": "utter_done"}],
        }
        for service, data in services.items()
        for intent, description in data["intents"].items()
    }
    return Assistant(flows=flows_from_data(flows, []))


def flow_id(service: str, intent: str) -> str:
    return f"{service}_{intent}"


def queries(sessions: Sequence[Mapping[str, Any]], known: Mapping[str, Any]) -> list[Query]:
    """The turns that open a task which a flow is for."""
    found = []
    for session in sessions:
        texts = [turn["u"] for turn in session["user_turns"]]
        for number, turn in enumerate(session["user_turns"]):
            wanted = flow_id(turn["service"], turn["intent"])
            if turn["new_intent"] and wanted in known:
                found.append(Query(turn["u"], tuple(texts[:number]), wanted))
    return found


async def result(
    bot: Assistant, asked: Sequence[Query], embedder: LocalEmbedder, settings: FlowRetrieval
) -> Result:
    """What retrieval with these settings reaches."""
    documents = flow_documents(bot, settings.should_embed_slots)
    vectors = embedder.encoder.encode(list(documents.values()))
    retriever = FlowRetriever(
        settings, FlowIndex.of(documents, vectors, embedder.fingerprint), embedder
    )
    flows, hits, times = list(bot.flows.values()), 0, []
    for query in asked:
        before = tuple(("user", text) for text in query.before)
        moment = Moment(query.text, DialogueState(), bot, conversation=before)
        found = await retriever.retrieve(moment, flows, Deadline.after(60))
        hits += query.flow in {flow.id for flow in found.flows}
        times.append(found.record["retrieval"]["latency_ms"])
    return Result(len(flows), len(asked), hits / len(asked), statistics.median(times))


def measure(folder: Path = DATA) -> Iterator[Figure]:
    """The figures that have a bound; none where the data or the encoder isn't there."""
    reason = missing(folder)
    if reason:
        print(f"flow retrieval: skipped, {reason}", file=sys.stderr)
        return
    twenty, five = (each for _, _, each in results(folder, "dev", turns=(1,)))
    yield Figure(
        f"flow retrieval: wanted flow not among 20 of {twenty.flows}",
        1 - twenty.recall,
        "",
        MISSED,
        f"{twenty.queries} messages that open a task; not among 5: {1 - five.recall:.3f}",
    )
    yield Figure("flow retrieval: find the flows, p50", twenty.p50_ms, "ms", LATENCY)


def results(
    folder: Path, part: str, turns: Sequence[int] = (1, 2)
) -> Iterator[tuple[int, int, Result]]:
    """Turns embedded, flows shown, and what they reach."""
    bot = assistant(json.loads((folder / SERVICES).read_text(encoding="utf-8")))
    sessions = json.loads((folder / SESSIONS).read_text(encoding="utf-8"))[part]
    asked = queries(sessions, bot.flows)
    embedder = LocalEmbedder(OnnxEncoder())
    for number in turns:
        for shown in SHOWN:
            settings = FlowRetrieval(num_flows=shown, turns_to_embed=number)
            yield number, shown, asyncio.run(result(bot, asked, embedder, settings))


def missing(folder: Path) -> str:
    """Why nothing can be measured; empty if it can."""
    for name in (SERVICES, SESSIONS):
        if not (folder / name).is_file():
            return f"{folder} holds no {name}."
    try:
        OnnxEncoder()
    except EncoderUnavailable as error:
        return str(error)
    return ""


def main(arguments: Sequence[str] | None = None) -> int:
    """Prints a table."""
    parser = argparse.ArgumentParser(prog="benchmarks.flow_retrieval")
    parser.add_argument("--data", type=Path, default=DATA)
    parser.add_argument("--part", default="dev", choices=["train", "dev"])
    given = parser.parse_args(arguments)
    reason = missing(given.data)
    if reason:
        print(f"Skipped: {reason}")
        return 0
    print("| turns embedded | flows shown | of | messages | recall | p50 ms |")
    print("|---|---|---|---|---|---|")
    for turns, shown, each in results(given.data, given.part):
        print(
            f"| {turns} | {shown} | {each.flows} | {each.queries} "
            f"| {each.recall:.3f} | {each.p50_ms:.1f} |",
            flush=True,
        )
    return 0


if __name__ == "__main__":
    sys.exit(main())
