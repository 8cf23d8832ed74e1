"""Problems as text, as JSON, and as SARIF for code hosts that annotate pull requests.

SARIF 2.1.0: https://docs.oasis-open.org/sarif/sarif/v2.1.0/sarif-v2.1.0.html
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path, PurePath
from typing import Any
from urllib.parse import quote

from router.checks.catalogue import CODES, Code
from router.errors import Problem

__all__ = ["as_json", "as_sarif", "summary"]

_SCHEMA = (
    "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"
)
_COMMAND = "coexist validate"


def as_json(problems: Iterable[Problem]) -> str:
    """A list of objects with file, line, column, level, code, message and advice."""
    return json.dumps([_row(problem) for problem in problems], indent=2, ensure_ascii=False)


def as_sarif(
    problems: Sequence[Problem],
    version: str,
    command: str = _COMMAND,
    codes: Mapping[str, Code] = CODES,
) -> str:
    """A SARIF log with one run of a command; `version` is this package's."""
    used = sorted({problem.code for problem in problems})
    rules = [_rule(codes.get(name, Code(name, "error", name, ""))) for name in used]
    run = {
        "tool": {"driver": {"name": command, "version": version, "rules": rules}},
        "columnKind": "unicodeCodePoints",
        "originalUriBaseIds": {"SRCROOT": {"uri": Path.cwd().as_uri() + "/"}},
        "results": [_result(problem, used.index(problem.code)) for problem in problems],
    }
    log = {"$schema": _SCHEMA, "version": "2.1.0", "runs": [run]}
    return json.dumps(log, indent=2, ensure_ascii=False)


def summary(problems: Sequence[Problem]) -> str:
    """How many there are, in words."""
    warnings = sum(problem.is_warning for problem in problems)
    errors = len(problems) - warnings
    if not problems:
        return "No problems."
    return f"{_counted(errors, 'error')}, {_counted(warnings, 'warning')}."


def _counted(number: int, noun: str) -> str:
    return f"{number} {noun}{'' if number == 1 else 's'}"


def _level(problem: Problem) -> str:
    return "warning" if problem.is_warning else "error"


def _row(problem: Problem) -> dict[str, Any]:
    place = problem.location
    return {
        "file": place.file,
        "line": place.line,
        "column": place.column,
        "level": _level(problem),
        "code": problem.code,
        "message": problem.message,
        "advice": problem.advice,
    }


def _rule(code: Code) -> dict[str, Any]:
    return {
        "id": code.name,
        "shortDescription": {"text": code.meaning},
        "help": {"text": f"{code.meaning} {code.advice}".strip()},
        "defaultConfiguration": {"level": code.level},
    }


def _result(problem: Problem, rule_index: int) -> dict[str, Any]:
    place = problem.location
    return {
        "ruleId": problem.code,
        "ruleIndex": rule_index,
        "level": _level(problem),
        "message": {"text": f"{problem.message} {problem.advice}".strip()},
        "locations": [
            {
                "physicalLocation": {
                    "artifactLocation": _artifact(place.file),
                    "region": {"startLine": place.line, "startColumn": place.column},
                }
            }
        ],
    }


def _artifact(file: str) -> dict[str, str]:
    path = PurePath(file)
    if path.is_absolute():
        return {"uri": path.as_uri()}
    return {"uri": quote(path.as_posix()), "uriBaseId": "SRCROOT"}
