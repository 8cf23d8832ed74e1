"""A decision as it is kept on the tracker."""

import json

import pytest

from router.routing.decision import OUTCOMES, Route, RoutingDecision

FULL = RoutingDecision(
    route=Route.CALM,
    sticky=False,
    reason="in calm_entry.non_sticky",
    router="IntentBasedRouter",
    intent="ask_rates",
    confidence=0.9,
    margin=0.5,
    latency_ms=1.25,
    config="abc",
    details={"asked": ["x"], "tokens": 3},
)
BARE = RoutingDecision(Route.NLU, True, "given intent", "payload")


@pytest.mark.parametrize(
    ("outcome", "slot"), [("calm", True), ("nlu", False), ("calm_once", None), ("nlu_once", None)]
)
def test_the_slot_keeps_a_sticky_route_and_forgets_a_turn(outcome, slot):
    decision = RoutingDecision(*OUTCOMES[outcome], reason="r", router="x")
    assert decision.outcome == outcome
    assert decision.slot_value is slot


@pytest.mark.parametrize("decision", [FULL, BARE])
def test_a_decision_is_read_back_as_it_was_written(decision):
    assert RoutingDecision.from_dict(json.loads(json.dumps(decision.as_dict()))) == decision


def test_what_was_not_known_is_not_written():
    assert BARE.as_dict() == {
        "route": "nlu",
        "sticky": True,
        "reason": "given intent",
        "router": "payload",
        "latency_ms": 0.0,
    }


def test_numbers_are_written_readably():
    decision = RoutingDecision(
        Route.NLU, True, "r", "x", confidence=1 / 3, margin=2 / 3, latency_ms=1 / 3
    )
    data = decision.as_dict()
    assert (data["confidence"], data["margin"], data["latency_ms"]) == (0.3333, 0.6667, 0.333)
