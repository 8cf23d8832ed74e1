"""Reading `migration.yml`."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, get_args

from pydantic import BaseModel, ValidationError

from router.errors import InvalidFile, InvalidPlan, Location, Problem
from router.flows.spelling import did_you_mean
from router.flows.yaml_source import read_yaml
from router.flows.yaml_values import key_location_of, location_of, plain
from router.plan.model import Area, MigrationPlan, Stage

__all__ = ["PLAN_FILE", "read_plan"]

PLAN_FILE = "migration.yml"

_WANTED = {
    "tuple_type": "Write a list of names, empty ([]) if there are none.",
    "mapping_type": "Write a map of areas: their names, and under each its keys.",
    "model_type": "Write a map of keys here.",
    "model_attributes_type": "Write a map of keys here.",
    "string_type": "Write a text; put quotes round what looks like a number or a date.",
}


def read_plan(path: Path) -> MigrationPlan:
    """Reads and checks a plan by itself; what else it must agree with is `plan check`'s.

    Raises:
        InvalidPlan: it isn't there, isn't YAML, or says what a plan can't say: all problems,
            each with file, line and what to write.
    """
    problems: list[Problem] = []
    try:
        data = read_yaml(path, collect=problems)
    except InvalidFile as error:
        raise InvalidPlan(error.problems) from error
    if data is None:
        data = {}
    if not isinstance(data, Mapping):
        advice = "Write `areas:` and below it an area by its name, or let `coexist plan` write it."
        problems.append(Problem(Location(str(path)), "invalid-value", "A plan is a map.", advice))
        raise InvalidPlan(problems)
    try:
        plan = MigrationPlan.model_validate(plain(data))
    except ValidationError as error:
        problems += [_problem(each, data) for each in error.errors()]
        raise InvalidPlan(sorted(problems)) from error
    problems += _listed_twice(plan, data)
    if problems:
        raise InvalidPlan(sorted(problems))
    return plan


def _problem(error: Mapping[str, Any], data: Any) -> Problem:
    path = tuple(error["loc"])
    dotted = ".".join(map(str, path))
    if error["type"] == "extra_forbidden":
        known = list(_keys_at(path))
        message = f"A plan has no key '{dotted}'."
        advice = did_you_mean(path[-1], known, f"Known here: {', '.join(known)}.")
        return Problem(_key_place(data, path), "unknown-key", message, advice)
    if error["type"] == "missing":
        message, place = f"'{dotted}' is missing.", _place(data, path[:-1])
        return Problem(place, "missing-key", message, "Write it.")
    given = repr(error["input"])
    given = given if len(given) <= 60 else given[:57] + "..."
    advice = _WANTED.get(error["type"], f"{error['msg']}.")
    if path[-1:] == ("stage",):
        stages = get_args(Stage)
        advice = did_you_mean(error["input"], stages) + f" Stages are {', '.join(stages)}."
    return Problem(
        _place(data, path), "invalid-value", f"'{dotted}' can't be {given}.", advice.strip()
    )


def _keys_at(path: tuple[Any, ...]) -> Iterator[str]:
    if len(path) == 1:
        return iter(MigrationPlan.model_fields)
    if path[0] == "areas":
        return iter(Area.model_fields)
    annotation: Any = MigrationPlan.model_fields[path[0]].annotation
    models = [annotation, *get_args(annotation)]
    found = next(m for m in models if isinstance(m, type) and issubclass(m, BaseModel))
    return iter(found.model_fields)


def _listed_twice(plan: MigrationPlan, data: Any) -> Iterator[Problem]:
    """Skills, intents and flows belong to one area."""
    for key in ("skills", "intents", "flows"):
        seen: dict[str, str] = {}
        parts: list[tuple[tuple[str, ...], tuple[str, ...]]] = [
            (("areas", name), getattr(area, key)) for name, area in plan.areas.items()
        ]
        parts.append((("one_turn",), getattr(plan.one_turn, key, ())))
        for path, names in parts:
            for index, name in enumerate(names):
                if name in seen:
                    message = f"'{name}' is among the {key} of {seen[name]} and of {path[-1]}."
                    place = _place(data, (*path, key, index))
                    yield Problem(place, "listed-twice", message, "Leave it in one of them.")
                seen.setdefault(name, path[-1])


def _place(data: Any, path: tuple[Any, ...]) -> Location:
    container = data
    for part in path[:-1]:
        container = container[part]
    return location_of(container, path[-1]) if path else location_of(data)


def _key_place(data: Any, path: tuple[Any, ...]) -> Location:
    container = data
    for part in path[:-1]:
        container = container[part]
    return key_location_of(container, path[-1])
