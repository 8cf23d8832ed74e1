"""endpoints.yml: what this package reads there, and what it doesn't offer."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from router.checks.config_checks import locate_below
from router.checks.files import read_or_note
from router.errors import InvalidFile, Problem
from router.flows.yaml_source import location_of
from router.flows.yaml_values import plain
from router.telemetry.configuration import read_telemetry

__all__ = ["endpoint_problems"]


def endpoint_problems(file: Path) -> Iterator[Problem]:
    """What in endpoints.yml has no effect or can't be read, if there is such a file."""
    if not file.is_file():
        return
    problems: list[Problem] = []
    data = read_or_note(file, problems)
    yield from problems
    if not isinstance(data, Mapping):
        return
    yield from _telemetry_problems(data.get("telemetry"), str(file))
    nlg = data.get("nlg")
    if isinstance(nlg, Mapping) and nlg.get("type") == "rephrase":
        message = "Responses aren't rephrased here: they are uttered as they are written."
        place = location_of(nlg, "type")
        yield Problem(place, "nlg-rephrase", message, "Remove `nlg`.", is_warning=True)


def _telemetry_problems(written: Any, file: str) -> Iterator[Problem]:
    if written is None:
        return
    try:
        read_telemetry(plain(written), locate_below(written, file))
    except InvalidFile as error:
        yield from error.problems
