"""Writes docs/e2e_report.md: `python -m router.e2e.reports.docs > docs/e2e_report.md`."""

from __future__ import annotations

import inspect
import json
import sys
from collections.abc import Iterator
from typing import Any

from router.e2e.coverage.model import Area, Coverage, Handoff, Item
from router.e2e.places import Place, Result
from router.e2e.results import (
    AttemptResult,
    CaseResult,
    CheckResult,
    CommandScore,
    SaidMessage,
    SuiteResult,
    TurnResult,
)

__all__ = ["document"]

_MODELS: tuple[type[Result], ...] = (
    SuiteResult,
    CaseResult,
    AttemptResult,
    TurnResult,
    CheckResult,
    SaidMessage,
    CommandScore,
    Place,
    Coverage,
    Area,
    Item,
    Handoff,
)
_INTRODUCTION = """\
# The JSON report of `coexist test --json`

<!-- Written by `make docs` from router/e2e/results.py and router/e2e/coverage/model.py. -->

One object, a `SuiteResult`, holds a whole run; every other report is made from it, and
`coexist test diff` reads it. Times are in seconds, latencies in milliseconds, lines count
from 1. `version` goes up when a key changes its meaning or goes away; new keys may come.
Numbers that JSON doesn't have are texts (`"NaN"`). What a variable of the environment holds
whose name speaks of a key, token, secret or password stands as `${VARIABLE}` in all texts of a
case, in every report. For a program,
`router.e2e.results.SuiteResult.model_json_schema()` gives the same as JSON Schema.

"""


def document() -> str:
    """The text of docs/e2e_report.md."""
    schema = SuiteResult.model_json_schema(mode="serialization")
    definitions: dict[str, Any] = {SuiteResult.__name__: schema, **schema["$defs"]}
    sections = (_section(model, definitions[model.__name__]) for model in _MODELS)
    return _INTRODUCTION + "\n".join(sections)


def _section(model: type[Result], schema: dict[str, Any]) -> str:
    rows = "".join(
        f"| `{name}` | {_type(value)} | {_default(value)} |\n"
        for name, value in schema["properties"].items()
    )
    about = inspect.getdoc(model) or ""
    return f"## {model.__name__}\n\n{about}\n\n| key | type | default |\n|---|---|---|\n{rows}"


def _default(schema: dict[str, Any]) -> str:
    return f"`{json.dumps(schema['default'])}`" if "default" in schema else ""


def _type(schema: dict[str, Any]) -> str:
    return " or ".join(_types(schema)).replace("|", "\\|")


def _types(schema: dict[str, Any]) -> Iterator[str]:
    if "$ref" in schema:
        name = schema["$ref"].rpartition("/")[2]
        yield f"[{name}](#{name.lower()})"
    elif "anyOf" in schema:
        for each in schema["anyOf"]:
            yield from _types(each)
    elif "enum" in schema:
        yield from (f"`{value}`" for value in schema["enum"])
    elif schema.get("type") == "array":
        yield f"list of {_type(schema['items'])}"
    elif schema.get("type") == "object":
        of = schema.get("additionalProperties")
        yield f"map of {_type(of)}" if isinstance(of, dict) and of else "map"
    else:
        yield str(schema.get("type", "any"))


if __name__ == "__main__":
    sys.stdout.write(document())
