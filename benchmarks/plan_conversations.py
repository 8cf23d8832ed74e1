"""How long the events of many conversations take to analyse, and how much memory.

`python -m benchmarks.plan_conversations FOLDER DATA` analyses a folder of Parquet in a process of
its own and prints what it took as JSON.
"""

from __future__ import annotations

import json
import os
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from benchmarks.figures import Figure
from benchmarks.many_conversations import planted, skills_of, write_conversations

CONVERSATIONS = 1_000_000
MEMORY = "2GB"  # that DuckDB may take; the bound is on what the whole process takes
_SECONDS, _GIGABYTES = 90.0, 4.0


def measure(data: Path, conversations: int = CONVERSATIONS) -> Iterator[Figure]:
    """Seconds and gigabytes that a fresh process takes; its figures are those planted."""
    with tempfile.TemporaryDirectory(prefix="many-conversations-") as folder:
        events = write_conversations(data, Path(folder), conversations)
        took = _in_own_process(Path(folder), data)
    expected = {f"{a} > {b}": count for (a, b), count in planted(data, conversations).items()}
    assert took["interruptions"] == expected
    assert took["conversations"] == conversations
    note = f"{conversations:,} conversations, {events:,} events, DuckDB on {os.cpu_count()} cores"
    yield Figure("conversations analysed", took["seconds"], "s", _SECONDS, note)
    yield Figure("conversations analysed, memory", took["gigabytes"], "GB", _GIGABYTES, note)


def analyse_here(folder: Path, data: Path) -> dict[str, Any]:
    """What analysing takes in this process; opening and importing included."""
    started = time.perf_counter()
    from router.planner.conversations import analyse, open_source

    with open_source(str(folder), memory=MEMORY) as source:
        traffic = analyse(source, skills_of(data))
    seconds = time.perf_counter() - started
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss  # kilobytes; bytes on a Mac
    return {
        "seconds": seconds,
        "gigabytes": peak / (1e9 if sys.platform == "darwin" else 1e6),
        "conversations": traffic.conversations,
        "turns": traffic.turns,
        "interruptions": {f"{a} > {b}": n for (a, b), n in traffic.interruptions.items()},
    }


def _in_own_process(folder: Path, data: Path) -> dict[str, Any]:
    command = [sys.executable, "-m", "benchmarks.plan_conversations", str(folder), str(data)]
    done = subprocess.run(command, stdout=subprocess.PIPE, check=True, text=True)
    took: dict[str, Any] = json.loads(done.stdout)
    return took


if __name__ == "__main__":
    print(json.dumps(analyse_here(Path(sys.argv[1]), Path(sys.argv[2]))))
