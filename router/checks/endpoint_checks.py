"""endpoints.yml: what this package reads there, and what it doesn't offer."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path

from router.checks.files import read_or_note
from router.errors import Problem
from router.flows.yaml_source import location_of

__all__ = ["endpoint_problems"]


def endpoint_problems(file: Path) -> Iterator[Problem]:
    """What in endpoints.yml has no effect, if there is such a file."""
    if not file.is_file():
        return
    problems: list[Problem] = []
    data = read_or_note(file, problems)
    yield from problems
    nlg = data.get("nlg") if isinstance(data, Mapping) else None
    if isinstance(nlg, Mapping) and nlg.get("type") == "rephrase":
        message = "Responses aren't rephrased here: they are uttered as they are written."
        place = location_of(nlg, "type")
        yield Problem(place, "nlg-rephrase", message, "Remove `nlg`.", is_warning=True)
