"""`coexist test --reset-command` by the real command: with Rasa, the event loop is uvloop's."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import time
from pathlib import Path

import pytest

pytestmark = [pytest.mark.integration, pytest.mark.alone]

ROOT = Path(__file__).parents[2]
PROGRAM = """
import asyncio
from router.cli import main
try:
    main()
finally:
    print("policy of", type(asyncio.get_event_loop_policy()).__module__)
"""
TESTS = "test_cases:\n" + "".join(
    f"  - test_case: {name}\n    steps:\n      - user: hello\n      - utter: utter_greet\n"
    for name in ("goes well", "goes wrong", "hangs")
)
# The first time it goes well, the second it fails, the third it hangs, and so does its child.
COMMAND = """
echo reset >> log
case $(wc -l < log) in
  *2) echo the database is away; exit 3;;
  *3) sleep 600 & echo $! > child; wait;;
esac
"""


def is_running(process_id: int) -> bool:
    """Whether it's there, and not only as what its parent hasn't taken note of."""
    status = Path(f"/proc/{process_id}/stat")
    return status.is_file() and status.read_text().rpartition(")")[2].split()[0] != "Z"


def test_the_reset_command_runs_before_each_attempt_and_says_what_went_wrong(
    mini_bot: Path, tmp_path: Path
) -> None:
    project = tmp_path / "bot"
    shutil.copytree(mini_bot, project, ignore=shutil.ignore_patterns(".rasa"))
    (project / "e2e_tests").mkdir()
    (project / "e2e_tests" / "test_reset.yml").write_text(TESTS, encoding="utf-8")
    arguments = ["--reset-command", COMMAND, "--timeout", "15", "--json", "run.json"]
    finished = subprocess.run(
        [sys.executable, "-c", PROGRAM, "test", *arguments],
        cwd=project,
        env={**os.environ, "PYTHONPATH": str(ROOT), "CI": ""},
        capture_output=True,
        text=True,
        timeout=250,
        check=False,
    )
    output = finished.stdout + finished.stderr
    assert finished.returncode == 1, output
    assert "policy of uvloop" in output
    cases = json.loads((project / "run.json").read_text(encoding="utf-8"))["cases"]
    well, wrong, hung = [case["attempts"][0] for case in cases]
    assert (well["status"], well["error"]) == ("passed", ""), output
    assert (wrong["status"], hung["status"]) == ("error", "error")
    assert wrong["error"].endswith("ended with 3: the database is away")
    assert hung["error"].endswith("took more than 15 s.")
    assert (project / "log").read_text() == "reset\n" * 3
    child = int((project / "child").read_text())
    deadline = time.monotonic() + 10
    while is_running(child) and time.monotonic() < deadline:
        time.sleep(0.05)
    assert not is_running(child)
