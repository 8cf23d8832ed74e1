"""Where OpenTelemetry isn't installed, or isn't set up, everything works and records nothing."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest

MISSING = "import sys; sys.modules['opentelemetry'] = None\n"

CONVERSATION = """
import asyncio
from router.llm import Deadline, FakeLLM, FakeServer, build_client, read_llm_config
from router.errors import LLMError
from router.telemetry.turns import deciding, routed, turn

async def ask(server):
    keys = {"provider": "openai", "model": "m", "api_base": server.url, "limits": {"retries": 0}}
    client = build_client(read_llm_config(keys))
    with turn():
        with deciding() as decided:
            task = asyncio.ensure_future(client.complete("hi", deadline=Deadline.after(20)))
        routed("calm", {"reason": "answer A"})
    print((await task).text)
    try:
        await client.complete("hi", deadline=Deadline.after(20))
    except LLMError as error:
        print(type(error).__name__)
    print((await FakeLLM("fake").complete("hi", deadline=Deadline.after(5))).text)

with FakeServer(["real", {"status": 500}]) as server:
    asyncio.run(ask(server))
"""

COST = """
import timeit
from contextlib import contextmanager
from router.telemetry.turns import routed, turn

@contextmanager
def nothing():
    yield

def bare():
    with nothing():
        pass

def recorded():
    with turn(), turn():
        routed("calm", {"reason": "sticky route"}, is_new=False, at_end=dict)

def seconds(function):
    return min(timeit.repeat(function, number=2000, repeat=20))

print(seconds(recorded) / seconds(bare))
"""


def run(program: str) -> str:
    own = {name: value for name, value in os.environ.items() if not name.startswith("OTEL_")}
    done = subprocess.run(
        [sys.executable, "-W", "error::RuntimeWarning", "-c", program],
        env=own,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    # A call that fails is told, and nothing else.
    assert all(line.endswith("LLMUnavailable") for line in done.stderr.splitlines()), done.stderr
    return done.stdout


@pytest.mark.parametrize("before", ["", MISSING], ids=["not set up", "not installed"])
def test_turns_and_calls_go_on(before):
    assert run(before + CONVERSATION).split() == ["real", "LLMUnavailable", "fake"]


@pytest.mark.parametrize("before", ["", MISSING], ids=["not set up", "not installed"])
def test_a_turn_that_nobody_records_costs_next_to_nothing(before):
    # An empty context manager takes about a microsecond, and 50 are what a sticky turn may.
    assert float(run(before + COST)) < 40


def test_nothing_of_opentelemetry_is_imported_to_read_its_configuration():
    program = (
        "import sys\n"
        "from router.telemetry.configuration import read_telemetry\n"
        "read_telemetry({})\n"
        "print([name for name in sys.modules if name.startswith('opentelemetry')])"
    )
    assert run(program).strip() == "[]"
