"""The tools that need no Rasa run on every supported Python that this machine has."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
SUPPORTED = ("3.10", "3.11", "3.12", "3.13")
VARIABLES = {k: v for k, v in os.environ.items() if k not in {"VIRTUAL_ENV", "PYTHONPATH"}}

pytestmark = pytest.mark.integration


def run(*command: str | Path) -> str:
    result = subprocess.run(
        [str(part) for part in command],
        capture_output=True,
        text=True,
        timeout=240,
        check=False,
        env=VARIABLES,
    )
    assert result.returncode == 0, f"{command}\n{result.stdout}\n{result.stderr}"
    return result.stdout


def answers(command: str | Path, *arguments: str) -> str | None:
    """What a program prints, or None if it's absent or fails, as a version manager's shim may."""
    try:
        result = subprocess.run(
            [str(command), *arguments], capture_output=True, text=True, timeout=30, check=False
        )
    except OSError:
        return None
    return result.stdout.strip() if result.returncode == 0 else None


def interpreter(version: str) -> str | None:
    """Path of a Python of this version, from PATH or pyenv."""
    show = "import sys; print('%d.%d' % sys.version_info[:2], sys.executable)"
    pyenv = Path(os.environ.get("PYENV_ROOT", Path.home() / ".pyenv")) / "versions"
    installed = sorted(pyenv.glob(f"{version}.*/bin/python{version}"))
    for candidate in (sys.executable, f"python{version}", *installed):
        found, _, path = (answers(candidate, "-c", show) or "").partition(" ")
        if found == version:
            return path
    return None


@pytest.fixture(scope="module")
def uv() -> str:
    for candidate in (str(ROOT / ".uv" / "bin" / "uv"), "uv"):
        if answers(candidate, "--version"):
            return candidate
    pytest.fail("uv is needed: `make test` brings it")


@pytest.fixture(scope="module")
def wheel(uv: str, tmp_path_factory: pytest.TempPathFactory) -> Path:
    target = tmp_path_factory.mktemp("wheel")
    run(uv, "build", "--quiet", "--wheel", "--python", sys.executable, "--out-dir", target, ROOT)
    (built,) = target.glob("*.whl")
    return built


@pytest.mark.parametrize("version", SUPPORTED)
def test_the_wheel_works_with_the_core_dependencies_alone(
    version: str, uv: str, wheel: Path, tmp_path: Path
) -> None:
    python = interpreter(version)
    if python is None:
        pytest.skip(f"this machine has no Python {version}")
    run(uv, "venv", "--quiet", "--python", python, tmp_path / "venv")
    coexist = tmp_path / "venv" / "bin" / "coexist"
    run(uv, "pip", "install", "--quiet", "--python", tmp_path / "venv", wheel)

    assert wheel.name.split("-")[1] in run(coexist, "--version")
    report = json.loads(run(coexist, "doctor", "--json"))
    assert report["problems"] == 0
    found = {check["name"]: check for check in report["checks"]}
    assert found["Python"]["found"].startswith(version)
    assert found["Rasa"]["found"] == "not installed"
