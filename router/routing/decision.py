"""Who answers a turn, and why."""

from __future__ import annotations

from collections.abc import Awaitable, Mapping
from dataclasses import dataclass, field
from enum import Enum
from typing import Any, Protocol

from router.llm import Deadline


class Route(str, Enum):
    """The two systems of one assistant."""

    CALM = "calm"
    NLU = "nlu"


@dataclass(frozen=True)
class Turn:
    """What a router may look at: one message, already understood by the NLU pipeline.

    `confidence` and the numbers in `ranking` are between 0 and 1, best first. `triggered_flow`
    is the flow the intent would start now, its guard and threshold included. `conversation`
    is what was said before, oldest first: who (`user` or `assistant`) and the text. `flows`
    are the ids of the flows that could start. `deadline` is the turn's own, for routers that
    wait; None if nothing else bounds it.
    """

    text: str = ""
    intent: str | None = None
    confidence: float = 0.0
    ranking: tuple[tuple[str, float], ...] = ()
    triggered_flow: str | None = None
    conversation: tuple[tuple[str, str], ...] = ()
    slots: Mapping[str, Any] = field(default_factory=dict)
    flows: tuple[str, ...] = ()
    deadline: Deadline | None = None

    def deadline_within(self, seconds: float) -> Deadline:
        """A deadline in `seconds`, or the turn's if that is earlier."""
        return (self.deadline or Deadline.after(seconds)).at_most(seconds)

    @property
    def margin(self) -> float:
        """How far the first intent is ahead of the second."""
        if len(self.ranking) < 2:
            return self.confidence
        return self.ranking[0][1] - self.ranking[1][1]


class Router(Protocol):
    """Whatever decides; one that has to wait does so asynchronously."""

    def decide(self, turn: Turn) -> RoutingDecision | Awaitable[RoutingDecision]:
        """Which system answers `turn`; it doesn't raise."""
        ...


@dataclass(frozen=True)
class RoutingDecision:
    """One decision: kept in the metadata of the routing slot's event, and logged.

    `reason` is a stable word (`in nlu_entry.sticky`); `config` the fingerprint of the
    router's configuration; `latency_ms` the time the decision took.
    """

    route: Route
    sticky: bool
    reason: str
    router: str
    intent: str | None = None
    confidence: float | None = None
    margin: float | None = None
    latency_ms: float = 0.0
    config: str = ""
    details: Mapping[str, Any] = field(default_factory=dict)

    @property
    def slot_value(self) -> bool | None:
        """The value of `route_session_to_calm` after the turn; None for one turn only."""
        return self.route is Route.CALM if self.sticky else None

    @property
    def outcome(self) -> str:
        """`calm`, `nlu`, `calm_once` or `nlu_once`."""
        return self.route.value if self.sticky else f"{self.route.value}_once"

    def as_dict(self) -> dict[str, Any]:
        """Plain data, without what wasn't known."""
        data: dict[str, Any] = {
            "route": self.route.value,
            "sticky": self.sticky,
            "reason": self.reason,
            "router": self.router,
            "intent": self.intent,
            "confidence": _rounded(self.confidence),
            "margin": _rounded(self.margin),
            "latency_ms": round(self.latency_ms, 3),
            "config": self.config or None,
            **self.details,
        }
        return {key: value for key, value in data.items() if value is not None}

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> RoutingDecision:
        """Reads what `as_dict` gave."""
        rest = dict(data)
        return cls(
            route=Route(rest.pop("route")),
            sticky=bool(rest.pop("sticky")),
            reason=str(rest.pop("reason")),
            router=str(rest.pop("router")),
            intent=rest.pop("intent", None),
            confidence=rest.pop("confidence", None),
            margin=rest.pop("margin", None),
            latency_ms=rest.pop("latency_ms", 0.0),
            config=rest.pop("config", ""),
            details=rest,
        )


OUTCOMES: Mapping[str, tuple[Route, bool]] = {
    "calm": (Route.CALM, True),
    "calm_once": (Route.CALM, False),
    "nlu": (Route.NLU, True),
    "nlu_once": (Route.NLU, False),
}


def _rounded(value: float | None) -> float | None:
    return None if value is None else round(float(value), 4)
