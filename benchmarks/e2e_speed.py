"""How fast the end-to-end harness plays a suite.

Each suite runs in a process of its own, after a small one that warms it up.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping
from pathlib import Path
from types import TracebackType
from typing import Any

import yaml

from benchmarks.bot import layered_model
from benchmarks.e2e_suites import (
    TURNS,
    order_answers,
    questions,
    write_orders,
    write_question_stories,
    write_question_tests,
)
from benchmarks.figures import Figure
from benchmarks.llm_bot import Server, free_port, model

CASES = 200
LIVE_CASES = 100
DELAY = 0.5  # seconds that the model takes
PARTS = 4  # in which the harness and Rasa take turns
ALL_AT_A_TIME = {"concurrent_calls": 2 * LIVE_CASES}


def measure() -> Iterator[Figure]:
    """The CALM side with scripted answers, the NLU side beside Rasa's own, a slow model."""
    with tempfile.TemporaryDirectory() as folder:
        yield _calm_side(Path(folder))
        yield _nlu_side(Path(folder))
        yield _slow_model(Path(folder))


def _calm_side(folder: Path) -> Figure:
    orders, endpoints = folder / "orders.yml", folder / "endpoints.yml"
    write_orders(CASES, orders)
    _write_endpoints(endpoints, free_port())
    with Suites("harness", model(), "scripted", endpoints) as suites:
        suites.seconds(_few_orders(folder))
        seconds = suites.seconds(orders)
    turns = CASES * TURNS
    return Figure(
        f"{CASES} tests of {TURNS} CALM turns, scripted answers: a turn",
        seconds / turns * 1000,
        "ms",
        10.0,
        f"{turns / seconds:.0f} turns/s",
    )


def _nlu_side(folder: Path) -> Figure:
    """Both play the same conversations on the same model, a part at a time in turns."""
    conversations = questions(CASES)
    size = CASES // PARTS
    parts = [conversations[:3], *(conversations[n * size : (n + 1) * size] for n in range(PARTS))]
    ours, theirs = [], []
    with Suites("harness", layered_model()) as harness, Suites("rasa", layered_model()) as rasa:
        for number, part in enumerate(parts):
            tests, stories = folder / f"{number}.yml", folder / f"test_{number}.yml"
            write_question_tests(part, tests)
            write_question_stories(part, stories)
            ours.append(harness.seconds(tests))
            theirs.append(rasa.seconds(stories))
    own, rasas, turns = sum(ours[1:]), sum(theirs[1:]), CASES * TURNS
    distinct = len({text for said in conversations for text, _, _ in said})
    return Figure(
        f"{CASES} tests of {TURNS} NLU turns / `rasa test core --e2e` on the same",
        own / rasas,
        "x",
        0.2,
        f"{turns / own:.0f} turns/s against {turns / rasas:.0f}, models loaded; {distinct} "
        "different messages",
    )


def _slow_model(folder: Path) -> Figure:
    orders, endpoints = folder / "live.yml", folder / "live_endpoints.yml"
    write_orders(LIVE_CASES, orders)
    port = free_port()
    _write_endpoints(endpoints, port)
    seconds = []
    for delay in (0.0, DELAY):
        with (
            Server(order_answers(delay), port),
            Suites("harness", model(), "live", endpoints) as suites,
        ):
            suites.seconds(_few_orders(folder))
            seconds.append(suites.seconds(orders))
    instant, slow = seconds
    waiting = TURNS * DELAY
    return Figure(
        f"{LIVE_CASES} tests of {TURNS} turns, a model that takes {DELAY} s",
        slow,
        "s",
        1.3 * waiting + instant,
        f"1.3 times the longest test's {waiting:g} s of waiting, and the {instant:.1f} s of an "
        "instant model",
    )


def _few_orders(folder: Path) -> Path:
    file = folder / "few_orders.yml"
    write_orders(3, file)
    return file


def _write_endpoints(file: Path, port: int) -> None:
    deployment = {
        "provider": "self-hosted",
        "model": "bench",
        "api_base": f"http://127.0.0.1:{port}/v1",
    }
    group = {"id": "bench", "models": [deployment], "limits": ALL_AT_A_TIME}
    file.write_text(yaml.safe_dump({"model_groups": [group]}), encoding="utf-8")


class Suites:
    """A process that runs suites on one model; use it in a `with` block."""

    def __init__(self, kind: str, *arguments: str | Path) -> None:
        command = ["-W", "ignore", "-m", "benchmarks.e2e_worker", kind, *map(str, arguments)]
        self._process = subprocess.Popen(
            [sys.executable, *command],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
            env={**os.environ, "RASA_TELEMETRY_ENABLED": "false", "TF_CPP_MIN_LOG_LEVEL": "3"},
        )

    def __enter__(self) -> Suites:
        self._answer()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        assert self._process.stdin is not None
        self._process.stdin.close()
        self._process.wait(timeout=60)

    def seconds(self, file: Path) -> float:
        """Runs a file of tests; how long it took."""
        assert self._process.stdin is not None
        self._process.stdin.write(f"{file}\n")
        self._process.stdin.flush()
        return float(self._answer()["seconds"])

    def _answer(self) -> Mapping[str, Any]:
        assert self._process.stdout is not None
        for line in self._process.stdout:
            if line.startswith("{"):
                answer: Mapping[str, Any] = json.loads(line)
                return answer
        command = " ".join(map(str, self._process.args[1:]))  # type: ignore[index]
        raise RuntimeError(f"the process ended; run `python {command}` to see why")
