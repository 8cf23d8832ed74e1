"""Workers side by side: the same turns through two models, in turns, in one run."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from types import TracebackType


class Worker:
    """A process that holds a model; use it in a `with` block."""

    def __init__(self, model: Path) -> None:
        self.process = subprocess.Popen(
            [sys.executable, "-W", "ignore", "-m", "benchmarks.worker", str(model)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
            env={**os.environ, "RASA_TELEMETRY_ENABLED": "false", "TF_CPP_MIN_LOG_LEVEL": "3"},
        )
        self._answer()

    def __enter__(self) -> Worker:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        assert self.process.stdin is not None
        self.process.stdin.close()
        self.process.wait(timeout=30)

    def turns(self, texts: list[str], sender: str) -> list[float]:
        """Says `texts` in one conversation; the seconds each turn took."""
        assert self.process.stdin is not None
        request = json.dumps({"texts": texts, "sender": sender})
        self.process.stdin.write(request + "\n")
        self.process.stdin.flush()
        seconds: list[float] = self._answer()["seconds"]
        return seconds

    def _answer(self) -> dict[str, list[float]]:
        assert self.process.stdout is not None
        for line in self.process.stdout:
            if line.startswith("{"):
                answer: dict[str, list[float]] = json.loads(line)
                return answer
        raise RuntimeError("the worker ended; run `python -m benchmarks.worker MODEL` to see why")
