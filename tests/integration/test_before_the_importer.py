"""Commands of Rasa's that read something before config.yml names the importer work too."""

import os
import shutil
import subprocess
import sys
import time
from pathlib import Path

import httpx
import pytest
from rasa_process import free_port

pytestmark = pytest.mark.integration

SCRIPTS = Path(sys.executable).parent
ARGUMENTS = ("test", "nlu", "--nlu", "data/nlu.yml", "--out", "results")
VARIABLES = {k: v for k, v in os.environ.items() if k != "PYTHONDONTWRITEBYTECODE"}


def test_rasa_test_nlu_reads_a_domain_with_the_keys_of_calm(mini_bot, tmp_path):
    project = shutil.copytree(mini_bot, tmp_path / "bot")
    result = subprocess.run(
        [SCRIPTS / "rasa", *ARGUMENTS],
        cwd=project,
        env={**VARIABLES, "RASA_TELEMETRY_ENABLED": "false"},
        capture_output=True,
        text=True,
        timeout=250,
        check=False,
    )
    assert result.returncode == 0, result.stdout[-2000:] + result.stderr[-2000:]
    assert (project / "results" / "intent_report.json").is_file()


def test_a_server_told_to_rephrase_utters_as_written(mini_bot, tmp_path):
    project = shutil.copytree(mini_bot, tmp_path / "bot")
    with (project / "endpoints.yml").open("a", encoding="utf-8") as endpoints:
        endpoints.write("\nnlg:\n  type: rephrase\n")
    port = free_port()
    with (tmp_path / "server.log").open("w") as log:
        server = subprocess.Popen(
            [SCRIPTS / "rasa", "run", "--enable-api", "--port", str(port)],
            cwd=project,
            env={**VARIABLES, "RASA_TELEMETRY_ENABLED": "false"},
            stdout=log,
            stderr=log,
        )
    try:
        answer = _answer(server, f"http://127.0.0.1:{port}/webhooks/rest/webhook")
    finally:
        server.kill()
        server.wait()
    output = (tmp_path / "server.log").read_text(encoding="utf-8")
    assert answer, output[-2000:]
    assert output.count("isn't supported: responses are uttered as written") == 1


def _answer(server: subprocess.Popen, url: str) -> list:
    for _ in range(240):
        try:
            return httpx.post(url, json={"sender": "a", "message": "hello"}, timeout=30).json()
        except httpx.TransportError:
            if server.poll() is not None:
                return []
            time.sleep(0.5)
    return []
