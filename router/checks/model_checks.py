"""The language models that components ask: `llm` in config.yml, `model_groups` in endpoints.yml."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from router.checks.config_checks import RouterSetup, locate_below
from router.checks.files import read_or_note
from router.errors import InvalidFile, Problem
from router.flows.yaml_values import plain

__all__ = ["model_problems"]


def model_problems(setup: RouterSetup, endpoints: Path | None) -> Iterator[Problem]:
    """Models that can't be read, and model groups that aren't there."""
    users = [entry for entry in setup.asks_models if "llm" in entry]
    written = _groups(endpoints)
    if not users and not written:
        return
    from router.llm import read_llm_config, read_model_groups

    try:
        known = read_model_groups(plain(written), locate_below(written, str(endpoints)))
    except InvalidFile as error:
        yield from error.problems
        return
    for entry in users:
        try:
            read_llm_config(plain(entry["llm"]), known, locate_below(entry["llm"], setup.file))
        except InvalidFile as error:
            yield from error.problems


def _groups(endpoints: Path | None) -> Any:
    data = read_or_note(endpoints, []) if endpoints and endpoints.is_file() else None
    groups = data.get("model_groups") if isinstance(data, Mapping) else None
    return groups or []
