"""`rasa test nlu` reads domain.yml before config.yml names the importer: it works all the same."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

pytestmark = pytest.mark.integration

SCRIPTS = Path(sys.executable).parent
ARGUMENTS = ("test", "nlu", "--nlu", "data/nlu.yml", "--out", "results")


@pytest.mark.parametrize(
    "command",
    [("rasa",), (sys.executable, "-m", "rasa")],
    ids=["rasa", "python -m rasa"],
)
def test_a_domain_with_the_keys_of_calm_is_read(mini_bot, tmp_path, command):
    project = shutil.copytree(mini_bot, tmp_path / "bot")
    variables = {k: v for k, v in os.environ.items() if k != "PYTHONDONTWRITEBYTECODE"}
    result = subprocess.run(
        [SCRIPTS / command[0], *command[1:], *ARGUMENTS],
        cwd=project,
        env={**variables, "RASA_TELEMETRY_ENABLED": "false"},
        capture_output=True,
        text=True,
        timeout=250,
        check=False,
    )
    assert result.returncode == 0, result.stdout[-2000:] + result.stderr[-2000:]
    assert (project / "results" / "intent_report.json").is_file()
