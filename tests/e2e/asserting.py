"""Assertions read from YAML and made of turns, for tests of them."""

from __future__ import annotations

import asyncio
import inspect
from typing import Any

from observed_events import Event

from router.e2e.assertions import ASSERTIONS, STEP_CHECKS
from router.e2e.assertions.base import Moment, Named, Outcome
from router.e2e.cases import Check
from router.e2e.observed import ObservedTurn
from router.errors import InvalidTest, Location, Problem
from router.flows.yaml_source import parse_yaml
from router.flows.yaml_values import key_location_of, location_of

FILE = "test_x.yml"


def checks(text: str, kinds: Any = ASSERTIONS) -> tuple[Check, ...]:
    """What a list of assertions, in YAML, is read as."""
    return tuple(
        Check(
            name, kinds[name].read(each[name], location_of(each, name)), key_location_of(each, name)
        )
        for each in parse_yaml(text, FILE)
        for name in each
    )


def steps(text: str) -> tuple[Check, ...]:
    """The same of plain steps."""
    return checks(text, STEP_CHECKS)


def made(check: Check, turn: ObservedTurn, moment: Moment | None = None) -> Outcome:
    outcome = ASSERTIONS[check.name].check(check.value, turn, moment or Moment())
    if not inspect.isawaitable(outcome):
        return outcome

    async def awaited() -> Outcome:
        return await outcome

    return asyncio.run(awaited())


def outcome(text: str, turn: ObservedTurn, moment: Moment | None = None) -> Outcome:
    """What one assertion finds."""
    [check] = checks(f"- {text}")
    return made(check, turn, moment)


def got(text: str, turn: ObservedTurn, moment: Moment | None = None) -> str:
    """What a failing assertion says; empty if it passes."""
    found = outcome(text, turn, moment)
    assert (found.status == "failed") == bool(found.got)
    return found.got


def problems(text: str, kinds: Any = ASSERTIONS) -> tuple[Problem, ...]:
    """What's wrong with an assertion that can't be read."""
    try:
        read = checks(text, kinds)
    except InvalidTest as error:
        return error.problems
    raise AssertionError(f"{read} was read")


def named(text: str, kinds: Any = ASSERTIONS) -> list[tuple[str, str, int]]:
    """Kind, name and line of what an assertion names."""
    [check] = checks(text, kinds)
    found: list[Named] = list(ASSERTIONS[check.name].names(check.value))
    return [(each.kind, each.name, each.location.line) for each in found]


def says(text: str, utter: str | None = None, *buttons: tuple[str, str], **metadata: Any) -> Event:
    """A message, its buttons as title and payload."""
    shown = [{"title": title, "payload": payload} for title, payload in buttons]
    known = {"utter_action": utter, **metadata} if utter else metadata
    return {"event": "bot", "text": text, "data": {"buttons": shown or None}, "metadata": known}


def place(line: int) -> Location:
    return Location(FILE, line)
