"""What `coexist doctor` looks at: plain functions from what is installed to `Check` values.

Uses the core dependencies alone, so that it runs where the environment is broken or has no
Rasa at all.
"""

from __future__ import annotations

import importlib.metadata
import json
import re
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import yaml

import router

__all__ = [
    "COMPONENTS",
    "VERIFIED_RASA",
    "Check",
    "check_components",
    "check_config",
    "check_library",
    "check_litellm",
    "check_python",
    "check_rasa",
    "check_spacy",
    "check_telemetry",
    "installed_version",
    "release",
]

Status = Literal["ok", "warning", "problem"]

VERIFIED_RASA = "3.6.21"
COMPONENTS = tuple(name for name in router.__all__ if not name.startswith("__"))
IMPORTER = "router.CoexistenceImporter"


@dataclass(frozen=True)
class Check:
    """One thing looked at: what was found, and what to do unless it's ok."""

    name: str
    status: Status
    found: str
    advice: str = ""


def installed_version(distribution: str) -> str | None:
    """Version of an installed distribution, or None."""
    try:
        return importlib.metadata.version(distribution)
    except importlib.metadata.PackageNotFoundError:
        return None


def release(version: str) -> tuple[int, ...]:
    """Numbers a version starts with: "3.6.21rc1" is (3, 6, 21)."""
    match = re.match(r"\d+(\.\d+)*", version)
    return tuple(int(number) for number in match.group().split(".")) if match else ()


def check_python(version: tuple[int, ...]) -> Check:
    """3.10 runs everything; up to 3.13, the tools that need no Rasa."""
    found = ".".join(map(str, version[:3]))
    if version[:2] == (3, 10):
        return Check("Python", "ok", found)
    if (3, 10) < version[:2] < (3, 14):
        return Check(
            "Python",
            "warning",
            f"{found}: enough for the tools that need no Rasa",
            "To train or run an assistant, use Python 3.10, the newest that Rasa 3.6 supports.",
        )
    return Check("Python", "problem", found, "Use Python 3.10 (tools without Rasa: up to 3.13).")


def check_rasa(version: str | None, python: tuple[int, ...]) -> Check:
    """Rasa is 3.6.x, or absent where only the tools are used."""
    install = f"pip install 'rasa=={VERIFIED_RASA}'"
    if version is None:
        where = "" if python[:2] == (3, 10) else " on Python 3.10"
        advice = f"To train or run an assistant{where}: {install}"
        return Check("Rasa", "warning", "not installed", advice)
    if release(version)[:2] != (3, 6):
        return Check("Rasa", "problem", version, f"Only Rasa 3.6 is supported: {install}")
    if version != VERIFIED_RASA:
        advice = f"Verified is {VERIFIED_RASA}: {install}"
        return Check("Rasa", "warning", version, advice)
    return Check("Rasa", "ok", version)


def check_library(
    name: str,
    version: str | None,
    *,
    at_least: tuple[int, ...] = (),
    below: tuple[int, ...] = (),
) -> Check:
    """A library is there, and within the versions that work."""
    wanted = [f">={'.'.join(map(str, at_least))}"] if at_least else []
    wanted += [f"<{'.'.join(map(str, below))}"] if below else []
    install = f"pip install '{name}{','.join(wanted)}'"
    if version is None:
        return Check(name, "problem", "not installed", install)
    fits = release(version) >= at_least and (not below or release(version) < below)
    return Check(name, "ok" if fits else "problem", version, "" if fits else install)


def check_spacy(version: str | None, pydantic: str | None) -> Check:
    """SpaCy's own metadata: 3.6.1 is the first to accept pydantic 2, which this package needs."""
    if version is None:
        return Check("spaCy", "ok", "not installed (only pipelines with spaCy need it)")
    if release(version) < (3, 6, 1) and release(pydantic or "2") >= (2,):
        return Check(
            "spaCy",
            "problem",
            f"{version} can't work with pydantic 2",
            "pip install 'spacy>=3.7,<3.8', then download the language model again.",
        )
    return Check("spaCy", "ok", version)


def check_litellm(version: str | None, environment: Mapping[str, str]) -> Check:
    """If LiteLLM is there, it shouldn't fetch its price list at every start."""
    variable = "LITELLM_LOCAL_MODEL_COST_MAP"
    if version is None:
        return Check("litellm", "ok", "not installed (not needed without LiteLLM's providers)")
    if environment.get(variable, "").lower() != "true":
        advice = f"export {variable}=True: otherwise it fetches a price list when imported."
        return Check("litellm", "warning", f"{version}, {variable} isn't True", advice)
    return Check("litellm", "ok", f"{version}, {variable}=True")


def check_telemetry(environment: Mapping[str, str], rasa: str | None) -> Check:
    """Whether Rasa reports usage to its makers, as the environment says it."""
    variable = "RASA_TELEMETRY_ENABLED"
    value = environment.get(variable)
    if rasa is None:
        return Check("telemetry", "ok", "no Rasa, nothing is reported")
    if value is None:
        advice = f"export {variable}=false, or run `rasa telemetry disable` once."
        return Check("telemetry", "warning", f"{variable} isn't set: Rasa may report usage", advice)
    if value.lower() == "true":
        advice = f"export {variable}=false unless you want to report usage to Rasa's makers."
        return Check("telemetry", "warning", f"{variable}={value}", advice)
    return Check("telemetry", "ok", f"{variable}={value}")


_IMPORTS = """
import json, sys
import router
failures = {}
for name in sys.argv[1:]:
    try:
        getattr(router, name)
    except Exception as error:
        failures[name] = f"{type(error).__name__}: {error}"
print("failures " + json.dumps(failures))
"""


def check_components(seconds: float, directory: Path) -> Check:
    """Import the components in a process of their own: TensorFlow takes seconds and may crash."""
    name = "components"
    command = [sys.executable, "-c", _IMPORTS, *COMPONENTS]
    try:
        result = subprocess.run(
            command, capture_output=True, text=True, timeout=seconds, cwd=directory, check=False
        )
    except subprocess.TimeoutExpired:
        advice = "Allow more with --timeout, or skip it with --no-imports."
        return Check(name, "problem", f"not imported within {seconds:g} s", advice)
    _, marker, answer = result.stdout.rpartition("failures ")
    if result.returncode or not marker:
        last = (result.stderr.strip().splitlines() or ["no message"])[-1]
        found = f"import ended with code {result.returncode}: {last}"
        return Check(name, "problem", found, "Mend the problems above, then run doctor again.")
    failures: dict[str, str] = json.loads(answer)
    if failures:
        found = "; ".join(f"{component}: {reason}" for component, reason in failures.items())
        return Check(name, "problem", found, "Mend the problems above, then run doctor again.")
    return Check(name, "ok", f"{', '.join(COMPONENTS)} can be imported")


def _importers(config: Any) -> list[str]:
    listed = config.get("importers") if isinstance(config, dict) else None
    entries = listed if isinstance(listed, list) else []
    return [str(entry.get("name")) for entry in entries if isinstance(entry, dict)]


def check_config(path: Path) -> Check:
    """Whether the bot's config.yml names the importer that registers the components."""
    try:
        config = yaml.safe_load(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, yaml.YAMLError) as error:
        return Check(str(path), "problem", f"can't be read: {error}", "Mend the file.")
    if IMPORTER in _importers(config):
        return Check(str(path), "ok", f"importers: name {IMPORTER}")
    advice = f"Add:\nimporters:\n- name: {IMPORTER}"
    return Check(str(path), "problem", f"importers: doesn't name {IMPORTER}", advice)
