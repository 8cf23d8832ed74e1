"""Reading the steps of a test case: messages of the user, and what's expected of the answers.

Format: https://rasa.com/docs/pro/testing/evaluating-assistant
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from router.e2e.assertions import ASSERTIONS, STEP_CHECKS
from router.e2e.assertions.base import Assertion
from router.e2e.cases import Check, Turn
from router.e2e.reading.definitions import named
from router.e2e.reading.shared import Shared
from router.e2e.reading.written import as_line, as_text
from router.errors import InvalidTest, Location
from router.flows.sections import Section, quote
from router.flows.spelling import did_you_mean
from router.flows.yaml_values import key_location_of, location_of
from router.routing.decision import OUTCOMES

__all__ = ["Steps", "metadata_of", "read_steps"]

USER = "user"
KINDS = (USER, *STEP_CHECKS)
USER_KEYS = frozenset(
    {USER, "assertion_order_enabled", "assertions", "commands", "metadata", "route"}
)
# Those that stand under `assertions:`; the others are steps of their own.
LISTED = {name: each for name, each in ASSERTIONS.items() if STEP_CHECKS.get(name) is not each}
_ONE_STEP = f"A step has one of {', '.join(KINDS)}."
_UNDER_ASSERTIONS = "Write it in the list `assertions:` of the user's step."


@dataclass
class Steps:
    """The turns of a case, and the checks before the first of them."""

    opening: list[Check] = field(default_factory=list)
    turns: list[Turn] = field(default_factory=list)

    def expect(self, check: Check) -> None:
        """Adds a check of the latest turn."""
        if self.turns:
            turn = self.turns[-1]
            self.turns[-1] = replace(turn, checks=(*turn.checks, check))
        else:
            self.opening.append(check)


def read_steps(case: Section, shared: Shared, metadata: Mapping[str, Any]) -> Steps:
    """The steps of a case, whose own metadata is given; what's wrong goes to its findings."""
    found = Steps()
    items = case.items("steps", "Write a list of steps, the first of them: - user: hello")
    for index in range(len(items)):
        name = f"step {index + 1} of {case.name}"
        step = case.subsection(items, index, name, "Write a map, like: - user: hello")
        if step is None or not (kind := _kind(step)):
            continue
        if kind == USER:
            found.turns.append(_turn(step, shared, metadata))
            continue
        step.check_keys([kind])
        if check := _check(STEP_CHECKS, kind, step.data, step):
            found.expect(check)
    return found


def metadata_of(section: Section, shared: Shared) -> dict[str, Any]:
    """The metadata that a case or a step names, put together in the order of the names."""
    found: dict[str, Any] = {}
    for _, each in named(section, "metadata", "metadata", shared.metadata):
        found.update(each.content)
    return found


def _kind(step: Section) -> str | None:
    """What kind of step it is; None, and an error, if that can't be told."""
    kinds = [key for key in step.data if key in KINDS]
    if len(kinds) == 1:
        return str(kinds[0])
    keys = ", ".join(f"'{key}'" for key in kinds or step.data)
    if kinds:
        message = f"{_capital(step.name)} does more than one thing: {keys}."
        advice = "Begin a step of its own, with '- ', for each."
    else:
        key = next(iter(step.data))
        message = f"{_capital(step.name)} is none that's known: it has {keys}."
        advice = _UNDER_ASSERTIONS if key in LISTED else did_you_mean(key, KINDS, _ONE_STEP)
    step.findings.error("step-kind", step.at(), message, advice)
    return None


def _turn(step: Section, shared: Shared, metadata: Mapping[str, Any]) -> Turn:
    misplaced = [key for key in step.data if key in LISTED]
    for key in misplaced:
        message = f"{_capital(step.name)} has no key '{key}': it's an assertion."
        step.findings.error("unknown-key", step.at_key(key), message, _UNDER_ASSERTIONS)
    step.check_keys(USER_KEYS.union(misplaced))
    user = as_text(step.data, USER)
    if not isinstance(user, str):
        step.invalid(USER, "Write what the user says.")
    commands = _commands(step)
    return Turn(
        user=str(user),
        location=step.at_key(USER),
        checks=tuple(_assertions(step)),
        in_order=step.flag("assertion_order_enabled", False),
        commands=None if commands is None else tuple(line for line, _ in commands),
        route=_route(step),
        metadata={**metadata, **metadata_of(step, shared)},
        command_places=tuple(place for _, place in commands or ()),
    )


def _assertions(step: Section) -> Iterator[Check]:
    items = step.items("assertions", "Write a list of assertions, like: - flow_started: transfer")
    for index, item in enumerate(items):
        place = location_of(items, index)
        if not isinstance(item, Mapping) or not item:
            is_name = isinstance(item, str) and item in LISTED
            example = f"{item}: ..." if is_name else "flow_started: transfer"
            message = f"An assertion can't be {quote(item)}."
            advice = f"Write a map with one key, like: - {example}"
            step.findings.error("invalid-value", place, message, advice)
            continue
        keys = list(item)
        if len(keys) > 1 and keys[0] in LISTED and item[keys[0]] is None:
            message = f"'{keys[0]}' is empty, and {_quoted(keys[1:])} beside it, not below it."
            advice = f"Indent what belongs to '{keys[0]}' further than it."
            step.findings.error("invalid-value", place, message, advice)
            continue
        if len(keys) > 1:
            message = f"An assertion has one key; this one has {_quoted(keys)}."
            advice = "Begin an assertion of its own, with '- ', for each."
            step.findings.error("invalid-value", place, message, advice)
            continue
        if check := _check(LISTED, keys[0], item, step):
            yield check


def _check(
    kinds: Mapping[str, Assertion], name: Any, data: Mapping[str, Any], step: Section
) -> Check | None:
    """The check at `name` of a map; None, and the errors, if it can't be read."""
    place = key_location_of(data, name)
    if name not in kinds:
        message = f"There is no assertion '{name}'."
        otherwise = f"Known are: {', '.join(sorted(kinds))}."
        if name in STEP_CHECKS:
            otherwise = f"Write it as a step of its own: - {name}: ..."
        advice = did_you_mean(name, kinds, otherwise)
        step.findings.error("unknown-assertion", place, message, advice)
        return None
    value = as_text(data, name) if name == "bot" else data[name]
    try:
        read = kinds[name].read(value, location_of(data, name))
    except InvalidTest as error:
        for problem in error.problems:
            step.findings.error(problem.code, problem.location, problem.message, problem.advice)
        return None
    return Check(name, read, place, as_line(name, value))


def _commands(step: Section) -> list[tuple[str, Location]] | None:
    """The command lines and their places; None if nothing is said of them."""
    if "commands" not in step:
        return None
    given = step.data["commands"]
    if isinstance(given, str):
        place = step.at("commands")
        first = place.line + ("\n" in given)  # a block's text begins on the line after its mark
        lines = given.split("\n")
        places = [replace(place, line=first + number) for number in range(len(lines))]
    elif isinstance(given, list) and all(isinstance(line, str) for line in given):
        lines = given
        places = [location_of(given, index) for index in range(len(given))]
    else:
        step.invalid("commands", "Write a list of command lines, like: - start flow transfer")
        return None
    return [(text, at) for line, at in zip(lines, places, strict=True) if (text := line.strip())]


def _route(step: Section) -> str | None:
    if "route" not in step:
        return None
    given = step.data["route"]
    if isinstance(given, str) and given in OUTCOMES:
        return given
    step.invalid("route", did_you_mean(given, OUTCOMES, f"Write one of {', '.join(OUTCOMES)}."))
    return None


def _quoted(keys: list[Any]) -> str:
    return " and ".join(f"'{key}'" for key in keys)


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]
