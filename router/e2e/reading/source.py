"""A test case as plain data, from which it can be written anew."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from router.e2e.cases import Stub
from router.e2e.reading.definitions import Definition
from router.e2e.reading.shared import Shared
from router.e2e.reading.written import as_text
from router.flows.yaml_values import plain

__all__ = ["source_of"]


def source_of(
    case: Mapping[str, Any],
    shared: Shared,
    fixtures: Mapping[str, Definition],
    stubs: Mapping[str, Stub],
) -> dict[str, Any]:
    """The case as plain data that needs no other file; its keys are described in `TestCase`.

    Args:
        case: its map in the file.
        shared: what it and all around it say, put together.
        fixtures: those it names.
        stubs: those that count for it, by action.
    """
    data = _plain_case(case)
    data.pop("stub_custom_actions", None)
    if shared.tags:
        data["tags"] = list(shared.tags)
    if shared.strict is not None:
        data["strict"] = shared.strict
    steps = [step for step in data["steps"] if isinstance(step, dict)]
    named = [name for each in (data, *steps) for name in _names(each.get("metadata"))]
    return {
        "test_case": data,
        "fixtures": {name: dict(each.content) for name, each in fixtures.items()},
        "metadata": {
            name: dict(shared.metadata[name].content) for name in named if name in shared.metadata
        },
        "stub_custom_actions": {
            action: {
                "events": plain(list(stub.events)),
                "responses": plain(list(stub.responses)),
            }
            for action, stub in stubs.items()
        },
    }


def _plain_case(data: Mapping[str, Any]) -> dict[str, Any]:
    """The case's map as plain data, its texts as texts: the user's `007` isn't the number 7."""
    steps = data.get("steps")
    return {
        **_plain_map(data, "test_case"),
        "steps": [
            _plain_map(step, "user", "bot") if isinstance(step, Mapping) else plain(step)
            for step in (steps if isinstance(steps, list) else ())
        ],
    }


def _plain_map(data: Mapping[str, Any], *texts: str) -> dict[str, Any]:
    return {key: as_text(data, key) if key in texts else plain(data[key]) for key in data}


def _names(given: Any) -> list[str]:
    names = given if isinstance(given, list) else [given]
    return [name for name in names if isinstance(name, str)]
