"""`action_executed`, and the step `action`."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from router.e2e.assertions.base import Moment, Named, Outcome, failed, passed
from router.e2e.assertions.reading import Name, name_in
from router.e2e.assertions.wording import listed, nearest_first
from router.e2e.observed import ObservedTurn
from router.errors import Location

__all__ = ["ActionExecuted"]


class ActionExecuted:
    """The action runs in this turn, whoever predicted it; a response's name is one, too.

    Format: https://rasa.com/docs/pro/testing/evaluating-assistant
    """

    def __init__(self, name: str = "action_executed") -> None:
        self.name = name

    def read(self, value: Any, location: Location) -> Name:
        """The action's name."""
        return name_in(value, location, self.name, f"Write `{self.name}: action_name`.")

    def check(self, expected: Name, turn: ObservedTurn, moment: Moment) -> Outcome:
        """Whether it was executed."""
        actions = [
            (position, str(event.get("name")))
            for position, event in turn.of("action")
            if position > moment.after
        ]
        for position, name in actions:
            if name == expected.text:
                return passed(position)
        names = nearest_first([name for _, name in turn.actions], [expected.text])
        return failed(f"executed: {listed(names)}" if names else "no action was executed")

    def names(self, expected: Name) -> Iterator[Named]:
        """The action."""
        yield Named("action", expected.text, expected.location)
