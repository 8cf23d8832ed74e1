"""A run as JSON, and back; its schema is in docs/e2e_report.md."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from pydantic import ValidationError
from pydantic_core import PydanticSerializationError, to_json

from router.e2e.places import Result
from router.e2e.results import VERSION, SuiteResult
from router.errors import InvalidFile, Location, Problem

__all__ = ["as_json", "read_report", "strict_json"]

_ADVICE = "Give a file that `coexist test --json` wrote."


def as_json(suite: SuiteResult) -> str:
    """All that's known of the run."""
    return strict_json(suite)


def strict_json(result: Result) -> str:
    r"""Results as JSON that every reader takes, to be written in UTF-8.

    Numbers that JSON doesn't have are texts (`"NaN"`), and halves of surrogate pairs, which
    UTF-8 doesn't have, are written out (`\ud83d`).
    """
    try:
        return _json(result)
    except PydanticSerializationError:  # it doesn't say what it couldn't write
        return _json(_encodable(result.model_dump()))


def _json(data: Any) -> str:
    return to_json(data, indent=2, inf_nan_mode="strings", fallback=str).decode() + "\n"


def _encodable(value: Any) -> Any:
    if isinstance(value, dict):
        return {_encodable(key): _encodable(each) for key, each in value.items()}
    if isinstance(value, list | tuple):
        return [_encodable(each) for each in value]
    if isinstance(value, str):
        return value.encode("utf-8", "backslashreplace").decode()
    return value


def read_report(path: Path) -> SuiteResult:
    """What `as_json` wrote to a file.

    Raises:
        InvalidFile: it isn't there, isn't JSON, isn't a run, or is of another version.
    """
    try:
        data = json.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        message = f"The report can't be read: {error.strerror or error}."
        raise _invalid(path, "unreadable-file", message) from error
    except UnicodeDecodeError as error:
        raise _invalid(path, "not-utf8", "The report isn't UTF-8.") from error
    except json.JSONDecodeError as error:
        message = f"This isn't valid JSON: {error.msg}."
        raise _invalid(path, "json-syntax", message, error.lineno, error.colno) from error
    except RecursionError as error:
        raise _invalid(path, "json-syntax", "The report is nested too deep.") from error
    if not isinstance(data, dict) or "cases" not in data:
        raise _invalid(path, "invalid-value", "This isn't the report of a run.")
    if data.get("version") != VERSION:
        message = f"The report is of version {data.get('version')!r}, not {VERSION}."
        advice = "Run the tests anew with this version of the package."
        raise _invalid(path, "unknown-version", message, advice=advice)
    try:
        return SuiteResult.model_validate(data)
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(map(str, first["loc"]))
        message = f"This isn't the report of a run: {where}: {first['msg']}."
        raise _invalid(path, "invalid-value", message) from error


def _invalid(
    path: Path, code: str, message: str, line: int = 1, column: int = 1, advice: str = _ADVICE
) -> InvalidFile:
    return InvalidFile([Problem(Location(str(path), line, column), code, message, advice)])
