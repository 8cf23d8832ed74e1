"""The demo's script: what the user says, who has to answer, and what must come of it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any, Literal

import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from router.errors import InvalidConfig, Location, Problem
from router.routing.turn_record import TurnRecord

__all__ = ["Line", "Scene", "Script", "deviations", "read_script"]

ROUTES = {"calm": True, "nlu": False, "none": None}


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Line(_Part):
    """One message, and what has to come of it.

    `answered_by` is the system that answers; `route_after` what the routing slot says then.
    `reply` is a text that the answer contains, `never` actions that mustn't have run,
    `shared` values that shared slots have after the turn. `note` is printed if all holds.
    """

    say: str
    answered_by: Literal["calm", "nlu"]
    route_after: Literal["calm", "nlu", "none"]
    reply: str = ""
    never: tuple[str, ...] = ()
    shared: dict[str, Any] = Field(default_factory=dict)
    note: str = ""


class Scene(_Part):
    """Lines under a title."""

    title: str
    lines: tuple[Line, ...] = Field(min_length=1)


class Script(_Part):
    """One conversation; `intro` is printed before it."""

    intro: str = ""
    scenes: tuple[Scene, ...] = Field(min_length=1)


def read_script(path: Path) -> Script:
    """Reads a script file.

    Raises:
        InvalidConfig: it isn't there, isn't YAML, or has keys or values that can't work.
    """
    try:
        return Script.model_validate(yaml.safe_load(path.read_text(encoding="utf-8")))
    except FileNotFoundError:
        message = "The demo's script isn't there."
        advice = (
            "`coexist demo` plays the sample in a clone of rasa-coexistence, or a script of "
            "yours with --script; `coexist chat` talks to any assistant."
        )
        problems = [_problem(path, "missing-file", message, advice)]
    except ValidationError as error:
        problems = [
            _problem(path, "demo-script", f"{'.'.join(map(str, e['loc']))}: {e['msg']}.")
            for e in error.errors()
        ]
    except (OSError, UnicodeDecodeError, yaml.YAMLError) as error:
        problems = [_problem(path, "demo-script", f"It can't be read: {error}")]
    raise InvalidConfig(problems)


def deviations(line: Line, record: TurnRecord) -> Iterator[str]:
    """What of the turn isn't as the script has it, in words."""
    answered_by = record.route.value if record.route else "nobody"
    if answered_by != line.answered_by:
        yield f"{line.answered_by} should have answered, not {answered_by}"
    if record.route_after is not ROUTES[line.route_after]:
        found = next(name for name, value in ROUTES.items() if value is record.route_after)
        yield f"the route should be {line.route_after} now, not {found}"
    if line.reply and line.reply not in "\n".join(record.replies):
        yield f"the answer should contain {line.reply!r}"
    for action in line.never:
        if action in record.actions:
            yield f"{action} should not have run"
    for name, value in line.shared.items():
        if record.shared.get(name) != value:
            yield f"{name} should be {value!r}, not {record.shared.get(name)!r}"
    yield from record.errors


def _problem(path: Path, code: str, message: str, advice: str = "") -> Problem:
    return Problem(Location(str(path)), code, message, advice)
