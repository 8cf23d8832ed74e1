"""`coexist rasa` runs Rasa's commands where Rasa alone can't read a domain of CALM's."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

pytestmark = pytest.mark.integration


def test_rasa_test_nlu_reads_a_domain_with_the_keys_of_calm(mini_bot, tmp_path):
    project = shutil.copytree(mini_bot, tmp_path / "bot")
    coexist = Path(sys.executable).with_name("coexist")
    arguments = ["rasa", "test", "nlu", "--nlu", "data/nlu.yml", "--out", "results"]
    result = subprocess.run(
        [coexist, *arguments],
        cwd=project,
        env={**os.environ, "RASA_TELEMETRY_ENABLED": "false"},
        capture_output=True,
        text=True,
        timeout=250,
        check=False,
    )
    assert result.returncode == 0, result.stdout[-2000:] + result.stderr[-2000:]
    assert (project / "results" / "intent_report.json").is_file()
