"""Rules and stories, as far as routing is concerned."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

from router.errors import Location
from router.flows.default_patterns import RESET_ACTION
from router.flows.yaml_source import location_of, read_yaml


def resets_in_stories(files: Iterable[str]) -> Iterator[Location]:
    """The places of all steps of rules and stories that run `action_reset_routing`."""
    for file in files:
        text = Path(file).read_text(encoding="utf-8")
        if RESET_ACTION in text:
            yield from _resets(read_yaml(Path(file), collect=[]))


def _resets(node: Any) -> Iterator[Location]:
    """Steps may be nested (`or:`), so all of the file's maps and lists are looked at."""
    if isinstance(node, Mapping):
        if node.get("action") == RESET_ACTION:
            yield location_of(node, "action")
        for child in node.values():
            yield from _resets(child)
    elif isinstance(node, list):
        for child in node:
            yield from _resets(child)
