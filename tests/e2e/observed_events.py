"""Events as a bot's tracker gives them, for tests that need no bot."""

from __future__ import annotations

from typing import Any

from router.e2e.cases import TestCase
from router.e2e.observed import ObservedTurn
from router.errors import Location

Event = dict[str, Any]
RULES, STORIES, FLOWS = "RulePolicy", "MemoizationPolicy", "FlowPolicy"


def case(name: str) -> TestCase:
    return TestCase(name=name, file="t.yml", location=Location("t.yml"), turns=())


def turn(*events: Event | list[Event]) -> ObservedTurn:
    flat = [e for each in events for e in (each if isinstance(each, list) else [each])]
    text = next((str(event["text"]) for event in flat if event["event"] == "user"), "")
    return ObservedTurn(user=text, events=(*flat, action("action_listen")))


def user(intent: str | None, route: str | None = "nlu", *flows: str) -> Event:
    commands = [{"command": "start flow", "flow": flow} for flow in flows]
    data = {"intent": {"name": intent}, "route": route, "commands": commands}
    return {"event": "user", "text": f"say {intent}", "parse_data": data}


def action(name: str | None, policy: str = RULES, *, hidden: bool = False) -> Event:
    return {
        "event": "action",
        "name": name,
        "policy": f"policy_1_{policy}",
        "hide_rule_turn": hidden,
    }


def said(utter: str) -> Event:
    return {"event": "bot", "text": utter, "data": {}, "metadata": {"utter_action": utter}}


def slot(name: str, value: Any, **metadata: Any) -> Event:
    return {"event": "slot", "name": name, "value": value, "metadata": metadata}


def loop(name: str | None) -> Event:
    return {"event": "active_loop", "name": name}


def trace(*entries: list[Any]) -> Event:
    return slot("dialogue_stack", [], trace=[list(entry) for entry in entries])


def decided(route: str, sticky: bool, intent: str | None = None) -> Event:
    record = {"route": route, "sticky": sticky, "reason": "r", "router": "R", "intent": intent}
    value = route == "calm" if sticky else None
    return slot("route_session_to_calm", value, routing_decision=record)


def released() -> list[Event]:
    """What `action_reset_routing` leaves."""
    release = {"reason": "reset", "reset": True}
    return [
        action("action_reset_routing"),
        loop(None),
        slot("dialogue_stack", []),
        slot("route_session_to_calm", None, release=release),
    ]


def nlu(intent: str, *actions: str) -> ObservedTurn:
    """A skill of the NLU system that takes the route."""
    return turn(user(intent), decided("nlu", True, intent), [action(name) for name in actions])


def once(intent: str, *actions: str) -> ObservedTurn:
    """An answer of the NLU system that takes no route."""
    return turn(user(intent), decided("nlu", False, intent), [action(name) for name in actions])


def calm(flow: str, *entries: list[Any]) -> ObservedTurn:
    """A flow that takes the route."""
    started = trace(["started", flow], *entries)
    return turn(user(flow, "calm", flow), decided("calm", True, flow), started)


def over(intent: str, route: str, *before: Event) -> ObservedTurn:
    """A further message, after which the route is given up."""
    return turn(user(intent, route), *before, released())
