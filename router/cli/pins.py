"""Which of Rasa's pinned requirements an environment overrides, and whether that is safe."""

from __future__ import annotations

import importlib.metadata
from collections.abc import Iterator

from router.cli.environment import Check, installed_version, release

__all__ = ["KNOWN_SAFE", "KNOWN_UNSAFE", "check_pin", "check_pins"]

#: Versions beyond Rasa's pins that Rasa was trained and served with, by distribution:
#: from (included), to (excluded), and why they work.
KNOWN_SAFE = {
    "aiohttp": ((3, 9), (4,), "Rasa trains and serves with 3.14"),
    "attrs": ((19, 3), (27,), "Rasa trains and serves with 26.1"),
    "jsonschema": ((3, 2), (5,), "Rasa only calls its validate()"),
    "networkx": ((2, 4), (4,), "Rasa only walks and draws story graphs with it"),
    "packaging": ((20,), (22,), "21 still has all that Rasa imports"),
    "pydantic": ((2,), (3,), "Rasa never imports it"),
}
#: First version of a distribution that breaks Rasa 3.6, why, and what to install instead.
KNOWN_UNSAFE = {
    "numpy": ((2,), "training fails with numpy 2", "numpy<1.24"),
    "packaging": ((22,), "Rasa imports LegacyVersion, gone from 22", "packaging>=21.3,<22"),
    "setuptools": ((82,), "Rasa imports pkg_resources, gone from 82", "setuptools>=70.3,<82"),
    "tensorflow": ((2, 13), "Rasa 3.6 is made for TensorFlow 2.12", "tensorflow==2.12.0"),
}


def check_pin(name: str, pin: str, version: str | None) -> Check:
    """Judge one requirement of Rasa (`pin`, like "<1.10.10") that isn't met."""
    title = f"pin {name}"
    if version is None:
        return Check(title, "problem", "not installed", f"pip install '{name}{pin}'")
    found = f"{version}, Rasa wants {pin}"
    if name in KNOWN_UNSAFE and release(version) >= KNOWN_UNSAFE[name][0]:
        _, reason, instead = KNOWN_UNSAFE[name]
        return Check(title, "problem", f"{found}; not safe: {reason}", f"pip install '{instead}'")
    instead = f"{name}{pin}"
    if name in KNOWN_SAFE:
        first, last, reason = KNOWN_SAFE[name]
        if first <= release(version) < last:
            return Check(title, "ok", f"{found}; safe: {reason}")
        instead = f"{name}>={_dotted(first)},<{_dotted(last)}"
    return Check(title, "warning", f"{found}; not verified", f"pip install '{instead}'")


def _dotted(numbers: tuple[int, ...]) -> str:
    return ".".join(map(str, numbers))


def _unmet(distribution: str) -> Iterator[tuple[str, str, str | None]]:
    # Rasa depends on packaging; where it's missing, check_library says so.
    from packaging.requirements import Requirement

    for text in importlib.metadata.requires(distribution) or ():
        requirement = Requirement(text)
        if requirement.marker and not requirement.marker.evaluate({"extra": ""}):
            continue
        version = installed_version(requirement.name)
        if version is None or not requirement.specifier.contains(version, prereleases=True):
            yield requirement.name, str(requirement.specifier), version


def check_pins() -> list[Check]:
    """Every requirement of the installed Rasa that the environment doesn't meet."""
    if installed_version("rasa") is None or installed_version("packaging") is None:
        return []
    checks = [check_pin(name, pin, version) for name, pin, version in sorted(_unmet("rasa"))]
    return checks or [Check("Rasa's pins", "ok", "all met")]
