"""Runs suites in a process of its own: `python -m benchmarks.e2e_worker KIND MODEL ...`.

`KIND` is `harness` (ours; how language models answer and an endpoints.yml may follow) or `rasa`
(what `rasa test core --e2e` does once the model is loaded). Reads the path of a test file a
line, and answers with the seconds it took as JSON.
"""

from __future__ import annotations

import asyncio
import json
import sys
import tempfile
import time
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any, cast

WORKERS = 100

Run = Callable[[str], Awaitable[float]]


async def harness(model: Path, llm: str, endpoints: Path | None) -> Run:
    """Plays the cases of a file; all of them pass."""
    from router.e2e.in_process_bot import load_bot
    from router.e2e.options import RunOptions
    from router.e2e.reading import read_suite
    from router.e2e.running import run_cases
    from router.llm.modes import LLMMode

    project = model.parents[1]
    bot = await load_bot(project, model, endpoints, llm=cast("LLMMode", llm))
    options = RunOptions(workers=WORKERS, scripted=llm == "scripted", assistant=bot.assistant)

    async def run(file: str) -> float:
        suite = read_suite([file])
        start = time.perf_counter()
        played = await run_cases(suite.cases, bot, options)
        seconds = time.perf_counter() - start
        for each in played:
            assert each.result.status == "passed", each.result
        assert len(played) == len(suite.cases)
        return seconds

    return run


async def rasas_own(model: Path) -> Run:
    """Evaluates the stories of a file; all predictions are as they say."""
    from rasa.core.agent import Agent
    from rasa.core.test import test

    agent = Agent.load(str(model))

    async def run(file: str) -> float:
        with tempfile.TemporaryDirectory() as out:
            start = time.perf_counter()
            result = await test(file, agent, out_directory=out, e2e=True, disable_plotting=True)
            seconds = time.perf_counter() - start
        assert result["accuracy"] == 1.0, result["accuracy"]
        return seconds

    return run


async def main(kind: str, model: str, llm: str = "live", endpoints: str = "") -> None:
    """Answers until its input ends."""
    if kind == "rasa":
        run = await rasas_own(Path(model))
    else:
        run = await harness(Path(model), llm, Path(endpoints) if endpoints else None)
    _tell({"ready": True})
    for line in sys.stdin:
        _tell({"seconds": await run(line.strip())})


def _tell(data: Any) -> None:
    print(json.dumps(data), flush=True)


if __name__ == "__main__":
    asyncio.run(main(*sys.argv[1:]))
