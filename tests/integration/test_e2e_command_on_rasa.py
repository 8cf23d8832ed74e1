"""`coexist test` on the mini bot: in process, on `rasa run`, and on one that dies."""

import json
import os
import shutil
import subprocess
import sys
import time
from dataclasses import replace
from pathlib import Path

import httpx
import pytest
import rasa_process
import yaml
from click.testing import CliRunner

from router.cli import main
from router.e2e import running
from router.e2e.cases import Turn
from router.e2e.event_lines import event_line
from router.e2e.options import RunOptions
from router.e2e.reading import read_suite
from router.e2e.running import run_cases
from router.e2e.server_bot import ServerBot
from router.errors import BotUnreachable

pytestmark = pytest.mark.integration

ROOT = Path(__file__).parents[2]
TOKEN = "a token for tests"

TESTS = """
fixtures:
  - tipped: [{tip: "5000"}, {verified: "yes"}, {contact: Ben}]
metadata:
  - device: {channel: rest, device: phone}
test_cases:
  - test_case: by fixtures
    fixtures: [tipped]
    metadata: device
    steps:
      - user: hello
      - bot: Hi there, generous Ben.
  - test_case: to CALM, to the NLU system and back
    steps:
      - user: transfer money
        assertions:
          - flow_started: transfer_money
          - routed_to: calm
      - user: Anna
      - utter: utter_ask_amount
      - user: "20"
        assertions:
          - slot_was_set: [{name: balance_covers, value: true}]
      - user: "yes"
        assertions:
          - action_executed: action_send
          - routing_reset: true
      - user: give feedback
        assertions:
          - handoff: {from: calm, to: nlu}
          - answered_by: MemoizationPolicy
      - user: /restart
      - user: /greet
      - utter: utter_greet
  - test_case: fails in its second turn
    steps:
      - user: block my card
      - utter: utter_ask_card_digits
      - user: "4711"
      - bot: Card 4712 is blocked.
      - user: hello
  - test_case: strictly, with emoji
    strict: true
    steps:
      - user: "hello \U0001f44b\u200d \\x07"
"""

#: What differs from run to run.
VOLATILE = {"latency_ms", "seconds", "started", "target", "rerun", "measured"}


@pytest.fixture(scope="module")
def project(mini_bot, tmp_path_factory):
    """The bot with its tests; its server keeps conversations in a file, and wants a token."""
    folder = shutil.copytree(
        mini_bot, tmp_path_factory.mktemp("e2e") / "bot", ignore=shutil.ignore_patterns(".rasa")
    )
    endpoints = yaml.safe_load((folder / "endpoints.yml").read_text())
    endpoints["tracker_store"] = {"type": "SQL", "dialect": "sqlite", "db": "conversations.db"}
    (folder / "endpoints.yml").write_text(yaml.safe_dump(endpoints))
    (folder / "e2e_tests").mkdir()
    (folder / "e2e_tests" / "test_mini.yml").write_text(TESTS, encoding="utf-8")
    os.utime(folder / "models" / "mini.tar.gz")
    return folder


class Server:
    """`rasa run` on the project."""

    def __init__(self, project):
        port = rasa_process.free_port()
        self.url = f"http://127.0.0.1:{port}"
        arguments = ["--enable-api", "--auth-token", TOKEN, "--port", str(port)]
        self.out = project / f"server_{port}.txt"
        self.process = rasa_process.start(
            *("run", "--model", "models/mini.tar.gz", *arguments), cwd=project, out=self.out
        )

    def wait(self):
        deadline = time.monotonic() + 120
        while time.monotonic() < deadline and self.process.is_alive():
            try:
                if httpx.get(f"{self.url}/status", params={"token": TOKEN}).status_code == 200:
                    return self
            except httpx.TransportError:
                time.sleep(0.2)
        raise AssertionError(self.out.read_text()[-3000:])

    def kill(self):
        self.process.kill()
        self.process.join()


@pytest.fixture(scope="module")
def server(project):
    running = Server(project).wait()
    yield running
    running.kill()


@pytest.fixture(scope="module")
def in_process(project):
    """A run in process, by the command itself: its exit code, its output and its results."""
    program = "from router.cli import main; main()"
    arguments = ("--json", "in_process.json", "--coverage", "--results", "results")
    finished = subprocess.run(
        [sys.executable, "-c", program, "test", *arguments],
        cwd=project,
        env={**os.environ, "PYTHONPATH": str(ROOT), "CI": ""},
        capture_output=True,
        text=True,
        timeout=200,
        check=False,
    )
    output = finished.stdout + finished.stderr
    assert (project / "in_process.json").is_file(), output
    return finished.returncode, output, json.loads((project / "in_process.json").read_text())


def without_volatile(value):
    if isinstance(value, dict):
        return {k: without_volatile(v) for k, v in value.items() if k not in VOLATILE}
    return [without_volatile(each) for each in value] if isinstance(value, list) else value


def test_a_suite_in_process(in_process):
    code, output, results = in_process
    assert code == 1, output
    statuses = {case["name"]: case["status"] for case in results["cases"]}
    assert list(statuses.values()) == ["passed", "passed", "failed", "failed"], output
    assert "4 cases on models/mini.tar.gz, 8 at a time, models live" in output
    assert "Exit code 1: 2 failed." in output
    assert "Card 4711 is blocked." in output
    failed = results["cases"][2]["attempts"][0]["turns"]
    assert [turn["status"] for turn in failed] == ["passed", "failed"]
    assert results["coverage"]["areas"]["flows"]
    assert "Traceback" not in output


def test_the_same_suite_on_a_server_gives_the_same(in_process, project, server, monkeypatch):
    monkeypatch.chdir(project)
    monkeypatch.setenv("COEXIST_TOKEN", TOKEN)
    result = CliRunner().invoke(main, ["test", "--url", server.url, "--json", "server.json"])
    assert result.exit_code == 1, result.output
    results = json.loads(Path("server.json").read_text())
    assert without_volatile(results["cases"]) == without_volatile(in_process[2]["cases"])


def test_what_it_wrote_of_the_run_runs_again(in_process, project, server, monkeypatch):
    monkeypatch.chdir(project)
    monkeypatch.setenv("COEXIST_TOKEN", TOKEN)
    for file, code in (("results/passed.yml", 0), ("results/failed.yml", 1)):
        result = CliRunner().invoke(main, ["test", "--url", server.url, file])
        assert result.exit_code == code, result.output
        assert "2 cases" in result.output


def test_without_its_token_a_server_is_one_error(project, server, monkeypatch):
    monkeypatch.chdir(project)
    monkeypatch.delenv("COEXIST_TOKEN", raising=False)
    result = CliRunner().invoke(main, ["test", "--url", server.url])
    assert result.exit_code == 2
    assert "Set COEXIST_TOKEN to its --auth-token" in result.output


async def test_messages_that_begin_a_session_on_a_server(server, project, monkeypatch):
    monkeypatch.setenv("COEXIST_TOKEN", TOKEN)
    [case] = read_suite([project / "e2e_tests/test_mini.yml::by fixtures"]).cases
    place = case.location
    texts = ("hello", "/restart", "hello", "/session_start", "hello")
    async with ServerBot(server.url) as bot:
        conversation = await bot.begin(case, "e2e-sessions")
        turns = [await conversation.say(Turn(text, place)) for text in texts]
    assert [turn.failure for turn in turns] == [""] * 5
    for turn in turns[::2]:
        assert [e["text"] for e in turn.events if e["event"] == "user"] == ["hello"]
        assert turn.messages


async def test_fixtures_are_set_on_a_server_as_in_process(server, project, monkeypatch):
    monkeypatch.setenv("COEXIST_TOKEN", TOKEN)
    [case] = read_suite([project / "e2e_tests/test_mini.yml::by fixtures"]).cases
    case = replace(case, turns=(Turn("hello", case.location),))
    async with ServerBot(server.url) as bot:
        conversation = await bot.begin(case, "e2e-fixtures")
        opening = await conversation.open()
        assert [event_line(event) for event in opening.events] == [
            "action action_session_start",
            "session_started",
            "slot tip = 5000.0",
            "slot verified = true",
            'slot contact = "Ben"',
            "action action_listen",
        ]
        assert (opening.before["tip"], opening.slots["tip"]) == (None, 5000.0)
        await conversation.say(case.turns[0])
        rewound = await bot.add("e2e-fixtures", [{"event": "rewind"}])  # as a fallback does
    assert (rewound.slots["tip"], rewound.slots["contact"]) == (5000.0, "Ben")


async def test_a_server_killed_in_mid_run(project, monkeypatch):
    monkeypatch.setattr(running, "_PAUSE_SECONDS", 0.01)
    monkeypatch.setenv("COEXIST_TOKEN", TOKEN)
    dying = Server(project).wait()

    class Killer:
        def finished(self, result):
            if result.status == "passed":
                dying.kill()

    [case] = read_suite([project / "e2e_tests/test_mini.yml::by fixtures"]).cases
    cases = [replace(case, name=f"case {number}") for number in range(20)]
    async with ServerBot(dying.url) as bot:
        played = await run_cases(cases, bot, RunOptions(workers=2), Killer())
        with pytest.raises(BotUnreachable, match="Is it running"):
            await bot.check()
    statuses = [each.result.status for each in played]
    assert "passed" in statuses[:2]  # whichever of the two workers was first
    assert set(statuses[3:]) == {"error"}
    assert len(statuses) == 20
