"""A Rasa 3.6.21 made by plain pip takes the wheel, says what README says, and trains."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
VARIABLES = {
    **{k: v for k, v in os.environ.items() if k not in {"VIRTUAL_ENV", "PYTHONPATH"}},
    "RASA_TELEMETRY_ENABLED": "false",
    "TF_CPP_MIN_LOG_LEVEL": "3",
    "PIP_DISABLE_PIP_VERSION_CHECK": "1",
}
MESSAGE = re.compile(r"rasa 3\.6\.21 requires pydantic<1\.10\.10, but you have pydantic 2\.\S+")

pytestmark = [pytest.mark.slow, pytest.mark.timeout(3600)]

PROJECT = {
    "config.yml": """
recipe: default.v1
assistant_id: tiny
language: en
importers:
- name: router.CoexistenceImporter
pipeline:
- name: WhitespaceTokenizer
- name: CountVectorsFeaturizer
- name: LogisticRegressionClassifier
policies:
- name: FlowPolicy
- name: RulePolicy
""",
    "domain.yml": """
version: "3.1"
intents: [greet, goodbye]
responses:
  utter_greet:
  - text: Hello!
  utter_opening_hours:
  - text: We are open from nine to five.
""",
    "data/nlu.yml": """
version: "3.1"
nlu:
- intent: greet
  examples: |
    - hello
    - good morning
    - hi there
- intent: goodbye
  examples: |
    - goodbye
    - see you later
    - bye for now
""",
    "data/rules.yml": """
version: "3.1"
rules:
- rule: greet back
  steps:
  - intent: greet
  - action: utter_greet
""",
    "flows/opening_hours.yml": """
flows:
  opening_hours:
    description: says when the shop is open
    steps:
    - action: utter_opening_hours
""",
}


@dataclass(frozen=True)
class Installation:
    """A virtual environment, the wheel that is in it, and what pip printed when it was added."""

    bin: Path
    wheel: Path
    printed: str


def run(*command: str | Path, cwd: Path, seconds: float = 1800) -> str:
    result = subprocess.run(
        [str(part) for part in command],
        cwd=cwd,
        env=VARIABLES,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        timeout=seconds,
        check=False,
    )
    assert result.returncode == 0, f"{command}\n{result.stdout[-5000:]}"
    return result.stdout


@pytest.fixture(scope="module")
def installation(tmp_path_factory: pytest.TempPathFactory) -> Installation:
    if sys.version_info[:2] != (3, 10):
        pytest.skip("Rasa 3.6 needs Python 3.10")
    home = tmp_path_factory.mktemp("plain-pip")
    run(sys.executable, "-m", "venv", "venv", cwd=home)
    pip = home / "venv" / "bin" / "pip"
    run(pip, "wheel", "--no-deps", "--wheel-dir", "dist", ROOT, cwd=home)
    run(pip, "install", "rasa==3.6.21", cwd=home)
    (wheel,) = (home / "dist").glob("*.whl")
    return Installation(home / "venv" / "bin", wheel, run(pip, "install", wheel, cwd=home))


@pytest.fixture
def project(tmp_path: Path) -> Path:
    for name, text in PROJECT.items():
        file = tmp_path / name
        file.parent.mkdir(exist_ok=True)
        file.write_text(text.lstrip(), encoding="utf-8")
    return tmp_path


def test_pip_installs_and_names_only_the_pin_of_pydantic(
    installation: Installation, record_property: Callable[[str, object], None]
) -> None:
    lines = installation.printed.splitlines()
    complaints = [line for line in lines if " requires " in line and "incompatible" in line]
    record_property("pip", "\n".join(complaints))
    assert len(complaints) == 1
    assert MESSAGE.search(complaints[0])
    assert "Successfully installed" in installation.printed


def test_readme_quotes_what_pip_prints() -> None:
    assert MESSAGE.search((ROOT / "README.md").read_text(encoding="utf-8"))


def test_rasa_trains_there_with_the_layer(installation: Installation, project: Path) -> None:
    run(installation.bin / "rasa", "train", cwd=project)
    assert list((project / "models").glob("*.tar.gz"))


def test_doctor_finds_no_problem_there(installation: Installation, project: Path) -> None:
    printed = run(installation.bin / "coexist", "doctor", cwd=project)
    assert "0 problem(s)" in printed


def test_rasa_and_the_planner_run_with_every_extra(
    installation: Installation, project: Path
) -> None:
    extras = f"{installation.wheel}[llm,semantic,plan,otel]"
    run(installation.bin / "pip", "install", extras, cwd=project)
    run(installation.bin / "rasa", "train", cwd=project)
    assert "0 problem(s)" in run(installation.bin / "coexist", "doctor", cwd=project)
    run(installation.bin / "coexist", "plan", cwd=project)
    assert "greet" in (project / "migration.yml").read_text(encoding="utf-8")
