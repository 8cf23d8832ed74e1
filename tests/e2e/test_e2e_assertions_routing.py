"""Who answers, why, and what it takes."""

from dataclasses import replace

import pytest
from asserting import got, named, outcome, says
from observed_events import Event, action, decided, released, slot, turn, user

from router.e2e.assertions.base import Moment
from router.e2e.observed import ObservedTurn

ROUTE = "route_session_to_calm"
ONCE = turn(user("greet"), decided("nlu", False, "greet"), action("utter_greet"))
STICKY = turn(user("transfer", "calm"), decided("calm", True, "transfer"))
ACTIVE = replace(turn(user("50", "calm")), before={ROUTE: True})


@pytest.mark.parametrize(
    ("text", "answered"),
    [
        ("routed_to: nlu_once", ONCE),
        ("routed_to: {route: nlu, sticky: false}", ONCE),
        ("routed_to: {reason: r, router: R}", ONCE),
        ("routed_to: calm", STICKY),
        ("routed_to: {route: calm, sticky: true}", STICKY),
        ("routed_to: calm", ACTIVE),
        ("routed_to: {route: calm}", ACTIVE),
        ("routed_to: {route: calm, sticky: true}", ACTIVE),
        ("routed_to: nlu", replace(turn(user("x")), before={ROUTE: False})),
    ],
)
def test_the_route_is_the_decision_or_else_the_active_one(
    text: str, answered: ObservedTurn
) -> None:
    assert outcome(text, answered).status == "passed"


@pytest.mark.parametrize(
    ("text", "answered", "words"),
    [
        ("routed_to: nlu", ONCE, "nlu_once: r (R)"),
        ("routed_to: calm_once", STICKY, "calm: r (R)"),
        ("routed_to: {route: nlu, sticky: true}", ONCE, "nlu_once: r (R)"),
        ("routed_to: {reason: in nlu_entry.sticky}", ONCE, "nlu_once: r (R)"),
        ("routed_to: {router: HybridRouter}", ONCE, "nlu_once: r (R)"),
        ("routed_to: nlu", ACTIVE, "calm, by the active route; no router was asked"),
        ("routed_to: calm_once", ACTIVE, "calm, by the active route; no router was asked"),
        ("routed_to: {sticky: false}", ACTIVE, "calm, by the active route; no router was asked"),
        ("routed_to: {reason: r}", ACTIVE, "calm, by the active route; no router was asked"),
        ("routed_to: nlu", turn(user("x", None)), "nobody was asked: the message has no route"),
        ("routed_to: calm", turn(user("x")), "nlu, without a router's decision"),
    ],
)
def test_another_route_is_told_with_its_reason(
    text: str, answered: ObservedTurn, words: str
) -> None:
    assert got(text, answered) == words


RESET = turn(user("done", "calm"), action("utter_bye"), released())
AUTO = slot(ROUTE, None, release={"reason": "auto_release: no flow is active"})


def test_a_reset_is_seen() -> None:
    assert outcome("routing_reset: true", RESET).status == "passed"
    assert outcome("routing_reset: true", RESET).position == 5
    assert got("routing_reset: false", RESET) == "a reset: reset"
    assert outcome("routing_reset: true", RESET, Moment(after=5)).status == "failed"


def test_a_route_that_is_only_released_isnt_reset() -> None:
    released_only = turn(user("thanks", "calm"), AUTO)
    assert outcome("routing_reset: false", released_only).status == "passed"
    assert got("routing_reset: true", released_only) == (
        "no reset; the route was released: auto_release: no flow is active;"
        " the route after the turn is none"
    )
    kept = replace(ACTIVE, slots={ROUTE: True})
    assert got("routing_reset: true", kept) == "no reset; the route after the turn is calm"


CALM, NLU, NOBODY = turn(user("a", "calm")), turn(user("b")), turn(says("Welcome!"))


@pytest.mark.parametrize(
    ("earlier", "now", "words"),
    [
        ((NLU,), CALM, ""),
        ((CALM, NLU, NOBODY), CALM, ""),
        ((NLU, CALM), CALM, "calm answered, as before"),
        ((CALM,), NLU, "nlu answered, calm before"),
        ((), CALM, "calm answered, and nobody before"),
        ((NOBODY,), CALM, "calm answered, and nobody before"),
        ((NLU,), NOBODY, "nobody answered, nlu before"),
    ],
)
def test_a_handoff_is_from_the_last_that_answered_to_the_one_that_does(
    earlier: tuple[ObservedTurn, ...], now: ObservedTurn, words: str
) -> None:
    assert got("handoff: {from: nlu, to: calm}", now, Moment(earlier=earlier)) == words


def test_all_actions_must_come_from_the_policy() -> None:
    rules = turn(user("hi"), action("utter_greet"), action("utter_help"))
    mixed = turn(user("hi"), action("utter_greet"), action("utter_help", "TEDPolicy"))
    assert outcome("answered_by: RulePolicy", rules).status == "passed"
    assert outcome("answered_by: [TEDPolicy, RulePolicy]", mixed).status == "passed"
    assert got("answered_by: RulePolicy", mixed) == (
        "RulePolicy (utter_greet); TEDPolicy (utter_help)"
    )
    assert got("answered_by: FlowPolicy", rules) == "RulePolicy (utter_greet, utter_help)"


def test_listening_counts_where_nothing_else_was_predicted() -> None:
    assert outcome("answered_by: RulePolicy", turn(user("hi"))).status == "passed"
    listened = ObservedTurn(
        "hi", (action("utter_greet", "FlowPolicy"), action("action_listen", "RulePolicy"))
    )
    assert outcome("answered_by: FlowPolicy", listened).status == "passed"
    assert got("answered_by: RulePolicy", listened) == "FlowPolicy (utter_greet)"


def test_what_no_policy_predicted_isnt_an_answer_of_one() -> None:
    unpredicted = {"event": "action", "name": "action_extract_slots", "policy": None}
    remark = action("action_unlikely_intent", "UnexpecTEDIntentPolicy")
    answered = turn(user("hi"), unpredicted, remark, action("utter_greet"))
    assert outcome("answered_by: RulePolicy", answered).status == "passed"
    assert got("answered_by: RulePolicy", ObservedTurn("hi", (unpredicted,))) == (
        "no policy predicted anything"
    )


def calling(*calls: Event, **details: Event) -> ObservedTurn:
    message = user("x", "calm")
    message["parse_data"]["llm_calls"] = list(calls)
    routing = decided("calm", True)
    routing["metadata"]["routing_decision"].update(details)
    return turn(message, routing)


READ = {"outcome": "read", "latency_ms": 3.0, "attempts": 1}
COMMANDS = {"for": "commands", **READ}


@pytest.mark.parametrize(
    ("observed", "count"),
    [
        (calling(), 0),
        (calling(COMMANDS), 1),
        (calling(COMMANDS, llm=READ), 2),
        (calling(COMMANDS, llm={**READ, "shared": True}), 1),
        (calling({**COMMANDS, "attempts": 0, "replayed": True}), 1),
        (calling({"for": "commands", "outcome": "cancelled", "latency_ms": 1.0}), 1),
        (calling({"for": "commands", "outcome": "LLMUnavailable", "attempts": 0,
                  "latency_ms": 0.0}), 0),
        (calling({"for": "commands", "outcome": "PromptFailed"}), 0),
    ],
)  # fmt: skip
def test_calls_that_a_model_is_asked_count(observed: ObservedTurn, count: int) -> None:
    at_most = "llm_calls: {at_most: %s}"
    assert outcome(at_most % count, observed).measured == {"llm_calls": count}
    assert outcome(at_most % count, observed).status == "passed"
    if count:
        assert outcome(at_most % (count - 1), observed).status == "failed"


def test_too_many_calls_are_told_with_what_they_were_for() -> None:
    words = "2 calls (route: read, commands: read)"
    assert got("llm_calls: {at_most: 0}", calling(COMMANDS, llm=READ)) == words


def test_a_slow_turn_is_reported_and_fails_only_if_asked_to() -> None:
    slow = replace(ONCE, latency_ms=812.4)
    reported = outcome("turn_latency_ms: {at_most: 500}", slow)
    assert (reported.status, reported.got) == ("passed", "812 ms")
    assert reported.measured == {"latency_ms": 812.4}
    assert got("turn_latency_ms: {at_most: 500}", slow, Moment(latency_fails=True)) == "812 ms"
    assert outcome("turn_latency_ms: {at_most: 900}", slow, Moment(latency_fails=True)).got == ""


def test_routers_and_policies_are_named_with_their_places() -> None:
    assert named("- routed_to:\n    router: HybridRouter") == [("router", "HybridRouter", 2)]
    assert named("- answered_by:\n  - A\n  - B") == [("policy", "A", 2), ("policy", "B", 3)]
    for text in (
        "routed_to: calm",
        "routing_reset: true",
        "handoff: {from: nlu, to: calm}",
        "llm_calls: {at_most: 1}",
        "turn_latency_ms: {at_most: 1}",
    ):
        assert named(f"- {text}") == []
