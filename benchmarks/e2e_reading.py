"""What it costs to read a suite and to check it against its bot, before anything runs."""

from __future__ import annotations

import re
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

from benchmarks.figures import Figure
from benchmarks.many_flows import write_project

FILES = 1000
FILES_A_FOLDER = 50
FLOWS = 100
PROCESSES = 5

_CONFTEST = """\
fixtures:
  - premium: [{is_premium: true}]
  - stranger: {is_premium: false}
metadata:
  - web: {channel: web, device: phone}
stub_custom_actions:
  action_report: {events: [], responses: [{text: Noted.}]}
"""
_FILE = """\
# Written for a benchmark.
test_cases:
  - test_case: pays bill {n}
    fixtures: [premium]
    metadata: web
    tags: [bills, "{n}"]
    steps:
      - user: pay my bill, number {n}
        commands: [start flow pay_bill_{flow}]
        assertions:
          - routed_to: calm
          - flow_started: pay_bill_{flow}
          - bot_uttered: {{utter_name: utter_ask_amount_{flow}}}
      - user: "{n}"
        commands: [set slot amount_{flow} {n}]
        assertions:
          - slot_was_set: [{{name: amount_{flow}, value: {n}}}]
          - bot_uttered:
              utter_name: utter_ask_reference_{flow}
              text_matches: "(?i)reference"
      - user: ABCD{n:04}
      - slot_was_set: [reference_{flow}: ABCD{n:04}]
      - utter: utter_ask_schedule_{flow}
      - user: monthly
        assertion_order_enabled: true
        assertions:
          - slot_was_set: [{{name: schedule_{flow}, value: monthly}}]
          - bot_uttered: {{utter_name: utter_monthly}}
          - bot_uttered: {{utter_name: utter_ask_confirmed_{flow}}}
          - bot_did_not_utter: {{utter_name: utter_too_much}}
      - user: /SetSlots(confirmed_{flow}=true)
        assertions:
          - action_executed: action_pay_bill
          - flow_completed: {{flow_id: pay_bill_{flow}, flow_step_id: send}}
          - routing_reset: true
          - answered_by: FlowPolicy
      - user: thanks
      - bot: You are welcome.
"""
_READ = """
import sys, time
start = time.perf_counter()
from pathlib import Path
from router.checks.project import read_project
from router.e2e.reading import check_names, read_suite
folder = Path(sys.argv[1])
suite = read_suite([folder / "e2e_tests"])
project = read_project(
    str(folder / "config.yml"), folder / "domain.yml", [], folder=folder
)
problems = [*suite.problems, *check_names(suite.cases, project)]
print("Seconds:", time.perf_counter() - start)
print("Cases:", len(suite.cases))
assert not problems, problems[:3]
assert not {"tensorflow", "rasa"} & set(sys.modules)
"""


def measure() -> Iterator[Figure]:
    """Each in a fresh process, what it imports included; the rest of the machine only slows."""
    with tempfile.TemporaryDirectory() as folder:
        write_project(FLOWS, Path(folder))
        write_suite(FILES, Path(folder) / "e2e_tests", FLOWS)
        outputs = [_output(folder) for _ in range(PROCESSES)]
    assert {_number("Cases", output) for output in outputs} == {FILES}
    yield Figure(
        f"{FILES} test files: read, and checked against a bot of {FLOWS} flows",
        min(_number("Seconds", output) for output in outputs),
        "s",
        5.0,
        f"six turns each, one core, without TensorFlow; the best of {PROCESSES} processes",
    )


def write_suite(count: int, folder: Path, flows: int) -> None:
    """Writes so many files of one case each, fifty a folder, for a bot of so many flows."""
    folder.mkdir()
    (folder / "conftest.yml").write_text(_CONFTEST, encoding="utf-8")
    paying = [number for number in range(flows) if number % 10 < 6]  # those that pay bills
    for number in range(count):
        text = _FILE.format(n=number, flow=paying[number % len(paying)])
        file = folder / f"part_{number // FILES_A_FOLDER:02}" / f"test_{number:04}.yml"
        file.parent.mkdir(exist_ok=True)
        file.write_text(text, encoding="utf-8")


def _output(folder: str) -> str:
    command = [sys.executable, "-c", _READ, folder]
    return subprocess.run(command, stdout=-1, text=True, check=True).stdout


def _number(name: str, output: str) -> float:
    found = re.search(rf"^{name}: ([0-9.e-]+)$", output, re.MULTILINE)
    assert found, output
    return float(found[1])
