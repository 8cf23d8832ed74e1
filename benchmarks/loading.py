"""What it costs to read and check a thousand flows: time and memory of fresh processes."""

from __future__ import annotations

import re
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

from benchmarks.figures import Figure
from benchmarks.many_flows import write_flows, write_project

FLOWS = 1000
CHECKED_FLOWS = 500
PROCESSES = 5

# As Linux has it: getrusage would tell the parent's peak, if that is higher.
_PEAK = "from pathlib import Path; print(Path('/proc/self/status').read_text())"
_LOAD = f"""
import sys, time
from pathlib import Path
from benchmarks.many_flows import known, read_and_check
names = known({FLOWS})
start = time.perf_counter()
flows = read_and_check(Path(sys.argv[1]), names)
print("Seconds:", time.perf_counter() - start)
assert len(flows) == {FLOWS}
{_PEAK if sys.platform == "linux" else ""}
"""


def measure() -> Iterator[Figure]:
    """Some processes load the flows once each; others on the machine only slow them down."""
    with tempfile.TemporaryDirectory() as folder:
        write_flows(FLOWS, Path(folder))
        outputs = [_output(_LOAD, folder) for _ in range(PROCESSES)]
    yield Figure(
        f"{FLOWS} flows of 10 steps: read and check",
        min(_number("Seconds", output) for output in outputs),
        "s",
        3.0,
        f"50 files, one core; the best of {PROCESSES} processes",
    )
    yield from _validating()
    if sys.platform != "linux":
        return
    empty = statistics.median(_number("VmHWM", _output(_PEAK)) for _ in range(PROCESSES))
    peak = statistics.median(_number("VmHWM", output) for output in outputs)
    yield Figure(
        f"{FLOWS} flows loaded: peak of memory above an empty process",
        (peak - empty) / 1024,
        "MB",
        150,
        "with the modules it imports",
    )


def _validating() -> Iterator[Figure]:
    """The whole command, from its start to its exit."""
    script = "from router.cli import main; main()"
    with tempfile.TemporaryDirectory() as folder:
        write_project(CHECKED_FLOWS, Path(folder))
        command = [sys.executable, "-c", script, "validate", folder]
        seconds = []
        for _ in range(PROCESSES):
            start = time.perf_counter()
            subprocess.run(command, stdout=subprocess.DEVNULL, check=True)
            seconds.append(time.perf_counter() - start)
    yield Figure(
        f"coexist validate of {CHECKED_FLOWS} flows, the whole process",
        min(seconds),
        "s",
        2.0,
        f"the best of {PROCESSES} processes",
    )


def _output(script: str, *arguments: str) -> str:
    command = [sys.executable, "-c", script, *arguments]
    return subprocess.run(command, stdout=-1, text=True, check=True).stdout


def _number(name: str, output: str) -> float:
    found = re.search(rf"^{name}:\s*([0-9.e-]+)", output, re.MULTILINE)
    assert found, output
    return float(found[1])
