"""Reading `migration.yml`."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, get_args

from pydantic import BaseModel, ValidationError

from router.errors import InvalidFile, InvalidPlan, Location, Problem
from router.flows.spelling import did_you_mean
from router.flows.yaml_source import read_yaml
from router.flows.yaml_values import key_location_of
from router.plan.model import Area, MigrationPlan, Stage
from router.plan.places import PlanPlaces

__all__ = ["PLAN_FILE", "read_plan"]

PLAN_FILE = "migration.yml"

_NAMES = "Write [] or a list of names."
_TEXT = "Write a text; put quotes round what looks like a number or a date."
_AREAS = "Write the areas below it, each with its name and its keys, or {} if there are none."
_MAPS = "Write a list below it, each item a map of keys ({}), or [] if there are none."
_AS_IN_YAML = ((None, "null"), (True, "true"), (False, "false"))
_SHOWN = 60  # characters of a value that can't be


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
    places = PlanPlaces(str(path), data)
    plan = None
    try:
        plan = MigrationPlan.model_validate(_with_text_keys(data, problems))
    except ValidationError as error:
        problems += [_problem(each, places) for each in error.errors()]
    problems += _listed_twice(data, places)
    if plan is None or problems:
        raise InvalidPlan(sorted(problems))
    return plan


def _with_text_keys(value: Any, problems: list[Problem]) -> Any:
    """Plain dicts and lists without the keys that YAML doesn't read as texts, which are told."""
    if isinstance(value, Mapping):
        for key in value:
            if not isinstance(key, str):
                read = next((text for each, text in _AS_IN_YAML if key is each), str(key))
                message = f"A key is a name, and YAML doesn't read {read} as a text."
                advice = f'Put quotes round it: "{read}":'
                place = key_location_of(value, key)
                problems.append(Problem(place, "invalid-value", message, advice))
        texts = {key: each for key, each in value.items() if isinstance(key, str)}
        return {key: _with_text_keys(each, problems) for key, each in texts.items()}
    if isinstance(value, list):
        return [_with_text_keys(each, problems) for each in value]
    return value


def _problem(error: Mapping[str, Any], places: PlanPlaces) -> Problem:
    path = tuple(error["loc"])
    dotted = ".".join(map(str, path))
    if error["type"] == "extra_forbidden":
        known = list(_keys_at(path[:-1]))
        message = f"A plan has no key '{dotted}'."
        advice = did_you_mean(path[-1], known, f"Known here: {', '.join(known)}.")
        return Problem(places.key(*path), "unknown-key", message, advice)
    if error["type"] == "missing":
        message, place = f"'{dotted}' is missing.", places.value(*path[:-1])
        return Problem(place, "missing-key", message, f"Write `{path[-1]}:` and its value.")
    given = error["input"]
    shown = repr(given) if len(repr(given)) <= _SHOWN else f"{repr(given)[: _SHOWN - 3]}..."
    message = f"'{dotted}' is empty." if given is None else f"'{dotted}' can't be {shown}."
    return Problem(places.value(*path), "invalid-value", message, _advice(error, path))


def _advice(error: Mapping[str, Any], path: tuple[Any, ...]) -> str:
    """What to write in the place of a value of another type."""
    if path[-1] == "stage":
        stages = get_args(Stage)
        meant = did_you_mean(error["input"], stages)
        return f"{meant} Stages are {', '.join(stages)}.".strip()
    if path == ("areas",):
        return _AREAS
    keys = list(_keys_at(path))
    if error["type"] == "tuple_type":
        return _MAPS.format(", ".join(keys)) if keys else _NAMES
    if keys:
        return f"Write a map with its keys: {', '.join(keys)}."
    if error["type"] == "literal_error":
        return f"Write {error['ctx']['expected']}."
    return _TEXT


def _keys_at(path: tuple[Any, ...]) -> Iterator[str]:
    """The keys that the map at a path, or each map of the list there, may have."""
    if not path:
        return iter(MigrationPlan.model_fields)
    if path[0] == "areas":
        return iter(Area.model_fields if len(path) == 2 else ())
    annotation: Any = MigrationPlan.model_fields[path[0]].annotation
    models = [each for each in (annotation, *get_args(annotation)) if _is_model(each)]
    is_within = len(path) > 1 + bool(get_args(annotation))
    return iter(models[0].model_fields if models and not is_within else ())


def _is_model(annotation: Any) -> bool:
    return isinstance(annotation, type) and issubclass(annotation, BaseModel)


def _listed_twice(data: Mapping[Any, Any], places: PlanPlaces) -> Iterator[Problem]:
    """Skills, intents and flows belong to one area; what is kept in both is told once.

    What else is wrong with the plan is passed over.
    """
    areas = _map(data.get("areas"))
    parts = [(("areas", name), area) for name, area in areas.items()]
    for key in ("skills", "intents", "flows"):
        seen: dict[str, str] = {}
        for path, part in [*parts, (("one_turn",), data.get("one_turn"))]:
            for index, name in enumerate(_list(_map(part).get(key))):
                if not isinstance(name, str):
                    continue
                if name in seen:
                    message = f"'{name}' is among the {key} of {seen[name]} and of {path[-1]}."
                    place = places.value(*path, key, index)
                    yield Problem(place, "listed-twice", message, "Leave it in one of them.")
                seen.setdefault(name, path[-1])
    kept: set[str] = set()
    for index, each in enumerate(_list(data.get("keep_in_both"))):
        skill = _map(each).get("skill")
        if isinstance(skill, str) and skill in kept:
            message = f"'{skill}' is in keep_in_both twice."
            place = places.value("keep_in_both", index, "skill")
            yield Problem(place, "listed-twice", message, "Leave one of the two.")
        kept.add(str(skill))


def _map(value: Any) -> Mapping[Any, Any]:
    return value if isinstance(value, Mapping) else {}


def _list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else []
