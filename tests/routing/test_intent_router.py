"""The decision table: the first rule that fits decides."""

import pytest

from router.routing.configuration import read_intent_router_config
from router.routing.decision import Turn
from router.routing.intent_router import IntentRouter

LISTS = {
    "nlu_entry": {"sticky": ["block_card"], "non_sticky": ["greet"]},
    "calm_entry": {"sticky": ["transfer"], "non_sticky": ["ask_rates"]},
}


def decide(turn, **keys):
    return IntentRouter(read_intent_router_config({**LISTS, **keys})).decide(turn)


def turn(intent, confidence=0.9, second=0.0, flow=None):
    ranking = ((intent, confidence), ("other", second))
    return Turn("text", intent, confidence, ranking, triggered_flow=flow)


@pytest.mark.parametrize(
    ("given", "outcome", "slot", "reason"),
    [
        (turn(None), "nlu", False, "no intent"),
        (turn("block_card"), "nlu", False, "in nlu_entry.sticky"),
        (turn("greet"), "nlu_once", None, "in nlu_entry.non_sticky"),
        (turn("transfer"), "calm", True, "in calm_entry.sticky"),
        (turn("ask_rates"), "calm_once", None, "in calm_entry.non_sticky"),
        (turn("add_contact", flow="add_contact"), "calm", True, "nlu_trigger of a flow"),
        (turn("unknown"), "nlu", False, "in no list"),
        # a list comes before a trigger
        (turn("block_card", flow="block"), "nlu", False, "in nlu_entry.sticky"),
        (turn("greet", flow="hello"), "nlu_once", None, "in nlu_entry.non_sticky"),
        (turn("ask_rates", flow="rates"), "calm_once", None, "in calm_entry.non_sticky"),
    ],
)
def test_the_first_rule_that_fits_decides(given, outcome, slot, reason):
    decision = decide(given)
    assert (decision.outcome, decision.slot_value, decision.reason) == (outcome, slot, reason)


@pytest.mark.parametrize("outcome", ["nlu", "nlu_once", "calm", "calm_once"])
def test_unlisted_says_who_answers_what_no_list_has(outcome):
    assert decide(turn("unknown"), unlisted=outcome).outcome == outcome
    assert decide(turn("greet"), unlisted=outcome).outcome == "nlu_once"
    assert decide(turn("x", flow="x"), unlisted=outcome).outcome == "calm"


@pytest.mark.parametrize(
    ("keys", "given", "reason"),
    [
        ({"min_confidence": 0.8}, turn("transfer", 0.79), "below min_confidence"),
        ({"min_confidence": 0.8}, turn("transfer", 0.8), "in calm_entry.sticky"),
        ({"min_confidence": 0.8}, turn("unknown", 0.1, flow="x"), "below min_confidence"),
        ({"min_confidence": 0.8}, turn(None, 0.0), "no intent"),
        ({"min_margin": 0.25}, turn("transfer", 0.5, 0.375), "below min_margin"),
        ({"min_margin": 0.25}, turn("transfer", 0.5, 0.25), "in calm_entry.sticky"),
        (
            {"min_confidence": 0.8, "min_margin": 0.25},
            turn("transfer", 0.5, 0.5),
            "below min_confidence",
        ),
        ({}, turn("transfer", 0.0, 0.0), "in calm_entry.sticky"),
    ],
)
def test_a_classifier_that_is_not_sure_decides_nothing(keys, given, reason):
    decision = decide(given, **keys)
    assert decision.reason == reason
    assert (decision.outcome == "nlu_once") == ("below" in reason)


@pytest.mark.parametrize("outcome", ["nlu", "nlu_once", "calm", "calm_once"])
def test_unsure_says_who_answers_then(outcome):
    assert decide(turn("greet", 0.1), min_confidence=0.5, unsure=outcome).outcome == outcome


@pytest.mark.parametrize(
    ("ranking", "margin"),
    [
        ((), 0.75),
        ((("a", 0.75),), 0.75),
        ((("a", 0.75), ("b", 0.5)), 0.25),
        ((("a", 0.75), ("b", 0.25), ("c", 0.0)), 0.5),
    ],
)
def test_the_margin_is_the_lead_over_the_second_intent(ranking, margin):
    assert Turn("", "a", 0.75, ranking).margin == margin


def test_a_decision_says_what_it_was_made_of():
    config = read_intent_router_config(LISTS)
    decision = IntentRouter(config).decide(turn("transfer", 0.75, 0.25))
    assert decision.router == "IntentBasedRouter"
    assert (decision.intent, decision.confidence, decision.margin) == ("transfer", 0.75, 0.5)
    assert decision.config == config.fingerprint


def test_the_classifiers_fallback_is_unsure_unless_a_list_names_it():
    keys = {"nlu_entry": {"sticky": [], "non_sticky": []}, "calm_entry": {"sticky": []}}
    turn = Turn(intent="nlu_fallback", confidence=0.3)
    decision = IntentRouter(read_intent_router_config(keys)).decide(turn)
    assert (decision.outcome, decision.reason) == ("nlu_once", "fallback intent")
    keys["nlu_entry"]["sticky"] = ["nlu_fallback"]
    assert IntentRouter(read_intent_router_config(keys)).decide(turn).outcome == "nlu"
