"""What a turn did, read from the tracker's events alone.

The events are as JSON (`Event.as_dict()`, and what Rasa's tracker API gives), so that a bot
in this process and one behind HTTP are judged by the same code. Names of events:
https://rasa.com/docs/rasa/reference/rasa/shared/core/events/
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, Literal, NamedTuple

from router.dialogue.state import Frame, stack_from_data
from router.flows.slots import ROUTE_SLOT, STACK_SLOT
from router.routing.decision import RoutingDecision

__all__ = ["BotMessage", "ObservedTurn", "Step"]

LISTEN = "action_listen"
RESET = "action_reset_routing"

Event = Mapping[str, Any]

_CHANGES = frozenset({"active_loop", "slot"})


@dataclass(frozen=True)
class BotMessage:
    """One message of the assistant; `position` is its event's in the turn.

    `utter` is the response's name, where it came from one; `buttons` are as sent (`title`,
    `payload`); `flow` is what CALM was at when it was sent.
    """

    text: str
    position: int
    utter: str | None = None
    buttons: tuple[Mapping[str, Any], ...] = ()
    data: Mapping[str, Any] = field(default_factory=dict)


class Step(NamedTuple):
    """One entry of the flows' trace; `position` is that of the event it rode on.

    `kind` is `started` (a flow began), `left` (a step was done: `branch` counts its `next`
    from 0, `target` is where it led, `END` if the flow is completed) or `cancelled` (the flow
    was given up at `step`).
    """

    position: int
    kind: Literal["started", "left", "cancelled"]
    flow: str
    step: str = ""
    branch: int = -1
    target: str = ""


@dataclass(frozen=True)
class ObservedTurn:
    """One message of the user, or the opening of a session (`user` is empty), and all it led to.

    Attributes:
        user: the message as sent.
        events: those it added to the tracker, the user's first, as JSON.
        before: the slots' values before it; `slots`, after it.
        latency_ms: milliseconds until the bot listened again.
        errors: what was logged as an error, or raised, in its course; of a bot behind HTTP
            only what its answers tell.
        failure: what was raised in its course, so that it wasn't gone through with; else empty.
    """

    user: str
    events: tuple[Event, ...] = ()
    before: Mapping[str, Any] = field(default_factory=dict)
    slots: Mapping[str, Any] = field(default_factory=dict)
    latency_ms: float = 0.0
    errors: tuple[str, ...] = ()
    failure: str = ""

    def of(self, kind: str) -> Iterator[tuple[int, Event]]:
        """The events of one kind (`bot`, `slot`, `action`, ...) with their positions."""
        return ((i, e) for i, e in enumerate(self.events) if e.get("event") == kind)

    def changed_with(self, position: int) -> range:
        """Positions, up to this one, of slots and forms that were changed in one go.

        Empty if the event at `position` is no such change.
        """
        first = position + 1
        while first and self.events[first - 1].get("event") in _CHANGES:
            first -= 1
        return range(first, position + 1)

    @cached_property
    def messages(self) -> tuple[BotMessage, ...]:
        """What the bot said."""
        return tuple(_message(position, event) for position, event in self.of("bot"))

    @cached_property
    def actions(self) -> tuple[tuple[int, str], ...]:
        """Positions and names of the actions executed, without listening."""
        found = ((position, str(event.get("name"))) for position, event in self.of("action"))
        return tuple(each for each in found if each[1] != LISTEN)

    @cached_property
    def policies(self) -> tuple[tuple[int, str], ...]:
        """Positions and names of the policies that predicted an action, listening included."""
        return tuple(
            (position, _policy(event["policy"]))
            for position, event in self.of("action")
            if event.get("policy")
        )

    @cached_property
    def slots_set(self) -> tuple[tuple[int, str, Any], ...]:
        """Position, name and value of every slot set, those of this package left out."""
        return tuple(
            (position, str(event.get("name")), event.get("value"))
            for position, event in self.of("slot")
            if event.get("name") not in (ROUTE_SLOT, STACK_SLOT)
        )

    @cached_property
    def parse_data(self) -> Mapping[str, Any]:
        """What was understood of the message."""
        return next((event.get("parse_data") or {} for _, event in self.of("user")), {})

    @property
    def intent(self) -> str | None:
        """The message's intent."""
        found = (self.parse_data.get("intent") or {}).get("name")
        return None if found is None else str(found)

    @property
    def route(self) -> str | None:
        """Who answered: `calm` or `nlu`; None in a bot with one system."""
        return self.parse_data.get("route")

    @cached_property
    def commands(self) -> tuple[Mapping[str, Any], ...]:
        """The commands of the message, as on the tracker."""
        return tuple(self.parse_data.get("commands") or ())

    @cached_property
    def decision(self) -> RoutingDecision | None:
        """The router's decision; None where an active route made it needless."""
        for _, event in self._routing():
            data = (event.get("metadata") or {}).get("routing_decision")
            if data:
                return RoutingDecision.from_dict(data)
        return None

    @property
    def route_before(self) -> bool | None:
        """The routing slot before the turn."""
        return _as_route(self.before.get(ROUTE_SLOT))

    @property
    def route_after(self) -> bool | None:
        """The routing slot after the turn."""
        return _as_route(self.slots.get(ROUTE_SLOT))

    @cached_property
    def released(self) -> str | None:
        """Why the route was given up in this turn; None if it wasn't."""
        given = [(event.get("metadata") or {}).get("release") for _, event in self._routing()]
        found = [each for each in given if each]
        return str(found[-1].get("reason")) if found else None

    @cached_property
    def resets(self) -> tuple[int, ...]:
        """Positions of the routing slot's events with which resets end."""
        return tuple(
            position
            for position, event in self._routing()
            if ((event.get("metadata") or {}).get("release") or {}).get("reset")
        )

    @cached_property
    def llm_calls(self) -> tuple[Mapping[str, Any], ...]:
        """The calls of language models: what `for`, `outcome`, and what is known of them."""
        routing = self.decision.details.get("llm") if self.decision is not None else None
        own = [{"for": "route", **routing}] if routing and not routing.get("shared") else []
        return (*own, *(self.parse_data.get("llm_calls") or ()))

    @cached_property
    def trace(self) -> tuple[Step, ...]:
        """What the flows did, in order."""
        return tuple(
            Step(position, *entry)
            for position, event in self.of("slot")
            if event.get("name") == STACK_SLOT
            for entry in (event.get("metadata") or {}).get("trace") or ()
        )

    @cached_property
    def stack(self) -> tuple[Frame, ...]:
        """The dialogue stack after the turn, bottom first."""
        return stack_from_data(self.slots.get(STACK_SLOT))

    def _routing(self) -> Iterator[tuple[int, Event]]:
        return ((i, e) for i, e in self.of("slot") if e.get("name") == ROUTE_SLOT)


def _message(position: int, event: Event) -> BotMessage:
    data: Mapping[str, Any] = event.get("data") or {}
    utter = (event.get("metadata") or {}).get("utter_action")
    return BotMessage(
        text=str(event.get("text") or ""),
        position=position,
        utter=None if utter is None else str(utter),
        buttons=tuple(data.get("buttons") or ()),
        data={key: value for key, value in data.items() if value and key != "buttons"},
    )


def _policy(given: str) -> str:
    """The class of a policy: Rasa writes `policy_2_RulePolicy`."""
    return given.rpartition("_")[2]


def _as_route(value: Any) -> bool | None:
    return value if isinstance(value, bool) else None


def transcript(turns: Sequence[ObservedTurn]) -> list[tuple[str, str]]:
    """Who said what in these turns, in order: `user` or `bot`, and the text."""
    said: list[tuple[str, str]] = []
    for turn in turns:
        said += [("user", turn.user)] if turn.user else []
        said += [("bot", message.text) for message in turn.messages]
    return said
