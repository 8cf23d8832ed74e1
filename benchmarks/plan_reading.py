"""What `coexist plan` costs: a bot is read, its areas are found, and a plan is written."""

from __future__ import annotations

import re
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

from benchmarks.figures import Figure
from benchmarks.planned_bots import planned_bot, write_bot

SEED = 20  # of a bot with 8 areas
PROCESSES = 5
MOST_SECONDS = 3.0

_PLAN = """
import sys, time
start = time.perf_counter()
from pathlib import Path
from router.cli import main
folder, plan = map(Path, sys.argv[1:])
main(["plan", "--config", str(folder / "config.yml"), "--plan", str(plan)], standalone_mode=False)
print("Seconds:", time.perf_counter() - start)
assert plan.is_file()
assert not {"tensorflow", "rasa"} & set(sys.modules)
"""


def measure() -> Iterator[Figure]:
    """Each in a fresh process, what it imports included; the rest of the machine only slows."""
    bot = planned_bot(SEED)
    stories = len(bot.stories) + len(bot.areas)  # in each area, a human is asked for once
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name) / "bot"
        write_bot(bot, folder)
        plans = [folder / f"migration_{number}.yml" for number in range(PROCESSES)]
        seconds = [_seconds(folder, plan) for plan in plans]
        assert len({plan.read_bytes() for plan in plans}) == 1
    yield Figure(
        f"`coexist plan` for a bot of {stories} stories",
        min(seconds),
        "s",
        MOST_SECONDS,
        f"{len(bot.area_of)} skills, from its files to a new plan, one core, without TensorFlow; "
        f"the best of {PROCESSES} processes",
    )


def _seconds(folder: Path, plan: Path) -> float:
    command = [sys.executable, "-c", _PLAN, str(folder), str(plan)]
    output = subprocess.run(command, stdout=-1, text=True, check=True).stdout
    found = re.search(r"^Seconds: ([0-9.e-]+)$", output, re.MULTILINE)
    assert found, output
    return float(found[1])
