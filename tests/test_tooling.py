"""The lock, the version, the Makefile: what a fresh clone relies on."""

from __future__ import annotations

import functools
import importlib.metadata
import os
import re
import shlex
import subprocess
from pathlib import Path

import pytest
from packaging.requirements import Requirement

ROOT = Path(__file__).parents[1]
LOCK = (ROOT / "requirements.lock").read_text(encoding="utf-8")
#: Logical lines of the lock: one requirement with its hashes each.
ENTRIES = [
    line
    for line in re.sub(r"\\\n", " ", re.sub(r"^\s*#.*\n?", "", LOCK, flags=re.M)).splitlines()
    if line.strip()
]
TARGETS = {
    "bench",
    "clean",
    "demo",
    "docs",
    "help",
    "lint",
    "lock",
    "setup",
    "test",
    "test-fuzz",
    "test-install",
    "test-local-llm",
    "test-unit",
}
PLATFORMS = {
    "Linux x86-64": ("linux", "x86_64", "tensorflow"),
    "Linux arm64": ("linux", "aarch64", "tensorflow-cpu-aws"),
    "macOS arm64": ("darwin", "arm64", "tensorflow-macos"),
    "macOS x86-64": ("darwin", "x86_64", "tensorflow"),
}

#: Parsing takes its time, and many tests go through the whole lock.
parsed = functools.cache(Requirement)


def make(*arguments: str) -> str:
    variables = {k: v for k, v in os.environ.items() if not k.startswith(("MAKE", "MFLAGS"))}
    result = subprocess.run(
        ["make", *arguments],
        cwd=ROOT,
        env=variables,
        capture_output=True,
        text=True,
        timeout=60,
        check=True,
    )
    return result.stdout


def test_the_lock_names_no_host() -> None:
    assert "://" not in LOCK
    assert not re.search(r"^\s*--?(index|extra-index|find-links|[ifc]\b)", LOCK, flags=re.M)
    assert not re.search(r"^\S+\s+@", LOCK, flags=re.M)


def test_every_locked_version_is_exact_and_hashed() -> None:
    assert len(ENTRIES) > 100
    for entry in ENTRIES:
        requirement = parsed(entry.split("--hash")[0].strip())
        assert str(requirement.specifier).startswith("=="), entry
        assert "--hash=sha256:" in entry, entry


@pytest.mark.parametrize("platform", PLATFORMS)
def test_the_lock_serves_every_platform(platform: str) -> None:
    system, machine, tensorflow = PLATFORMS[platform]
    target = {
        "sys_platform": system,
        "platform_machine": machine,
        "platform_system": {"linux": "Linux", "darwin": "Darwin"}[system],
        "python_version": "3.10",
        "python_full_version": "3.10.14",
        "extra": "",
    }
    chosen = set()
    for entry in ENTRIES:
        requirement = parsed(entry.split("--hash")[0].strip())
        if requirement.marker is None or requirement.marker.evaluate(target):
            chosen.add(requirement.name)
    assert {"rasa", "pydantic", "pytest", "litellm", tensorflow} <= chosen


def test_uv_lock_is_not_committed() -> None:
    assert "uv.lock" in (ROOT / ".gitignore").read_text(encoding="utf-8").split()


def test_the_version_stands_in_one_place() -> None:
    pyproject = (ROOT / "pyproject.toml").read_text(encoding="utf-8")
    (version,) = re.findall(r'^version = "(.+)"$', pyproject, flags=re.M)
    assert version == importlib.metadata.version("rasa-coexistence")
    for file in (ROOT / "router").rglob("*.py"):
        assert f'"{version}"' not in file.read_text(encoding="utf-8"), file


def test_the_licence_is_the_whole_apache_licence() -> None:
    text = (ROOT / "LICENSE").read_text(encoding="utf-8")
    assert "Apache License" in text
    assert "END OF TERMS AND CONDITIONS" in text


def test_ci_runs_make_test() -> None:
    script = ROOT / ".ci" / "run"
    assert os.access(script, os.X_OK)
    commands = [shlex.split(line, comments=True) for line in script.read_text().splitlines()]
    assert ["make", "test"] in commands


def test_make_alone_lists_every_target() -> None:
    assert set(re.findall(r"make ([a-z-]+)", make())) == TARGETS


def test_make_test_runs_all_but_the_slow_tests() -> None:
    commands = make("--dry-run", "test").splitlines()
    markers = [line.split("-m ")[1].strip('"') for line in commands if "/pytest " in line]
    unit = "not integration and not slow"
    beside, alone = (f"integration and {kind} and not slow" for kind in ("not alone", "alone"))
    assert markers == [unit, unit, beside, alone]
    assert any("ruff check" in line for line in commands)
    assert any("mypy" in line for line in commands)
