"""`answered_by`: the policy that the answer comes from."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from router.e2e.assertions.base import Moment, Named, Outcome, failed, passed
from router.e2e.assertions.reading import Name, names_in
from router.e2e.observed import ObservedTurn
from router.errors import Location

__all__ = ["AnsweredBy", "Policies"]

_NO_ANSWER = "action_unlikely_intent"  # a remark of UnexpecTEDIntentPolicy's


@dataclass(frozen=True)
class Policies:
    """Policies by their classes; each action must come from one of them."""

    policies: tuple[Name, ...]

    def __str__(self) -> str:
        return " or ".join(map(str, self.policies))


class AnsweredBy:
    """The class of the policy that predicted the turn's actions: all of them, by it.

    Listening counts where nothing else was predicted. A list means that each action is
    predicted by one of its policies: `answered_by: [MemoizationPolicy, TEDPolicy]`.
    """

    def read(self, value: Any, location: Location) -> Policies:
        """A policy, or a list."""
        return Policies(
            names_in(value, location, "answered_by", "Write `answered_by: FlowPolicy`.")
        )

    def check(self, expected: Policies, turn: ObservedTurn, moment: Moment) -> Outcome:
        """Whether no other policy had a part in it."""
        actions = dict(turn.actions)
        predicted = [
            (actions.get(position), policy)
            for position, policy in turn.policies
            if actions.get(position) != _NO_ANSWER
        ]
        answering = [each for each in predicted if each[0] is not None] or predicted
        known = {name.text for name in expected.policies}
        if answering and all(policy in known for _, policy in answering):
            return passed()
        by_policy: dict[str, list[str]] = {}
        for action, policy in answering:
            by_policy.setdefault(policy, []).append(action or "listening")
        said = [f"{policy} ({', '.join(names)})" for policy, names in by_policy.items()]
        return failed("; ".join(said) or "no policy predicted anything")

    def names(self, expected: Policies) -> Iterator[Named]:
        """The policies."""
        return (Named("policy", each.text, each.location) for each in expected.policies)
