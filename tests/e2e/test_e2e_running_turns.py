"""What is kept of a turn: events in a line each, commands as lines, the slots that changed."""

from __future__ import annotations

import pytest

from router.e2e.cases import Turn
from router.e2e.event_lines import event_line
from router.e2e.observed import ObservedTurn
from router.e2e.results import CheckResult
from router.e2e.turn_results import turn_result, unanswered_turn, worst
from router.errors import Location

TURN = Turn("hi", Location("test_it.yml", 3))
DECISION = {
    "route": "calm",
    "sticky": True,
    "reason": "in calm_entry.sticky",
    "router": "IntentBasedRouter",
}
STACK = [{"flow_id": "transfer", "step_id": "ask", "frame_id": "1", "type": "flow"}]


@pytest.mark.parametrize(
    ("event", "line"),
    [
        (
            {
                "event": "user",
                "text": 'say "hi"',
                "parse_data": {"intent": {"name": "greet", "confidence": 0.987}, "route": "nlu"},
            },
            'user "say \\"hi\\"" -> greet 0.99 route nlu',
        ),
        ({"event": "user", "text": "hi", "parse_data": {}}, 'user "hi"'),
        ({"event": "user", "text": None, "parse_data": None}, 'user ""'),
        (
            {
                "event": "bot",
                "text": "Hé\nyou \U0001f44b",
                "data": {"buttons": None, "image": "a.png"},
                "metadata": {"utter_action": "utter_greet"},
            },
            'bot "Hé\\nyou \U0001f44b" (utter_greet) {"image": "a.png"}',
        ),
        (
            {
                "event": "action",
                "name": "action_pay",
                "policy": "policy_0_FlowPolicy",
                "confidence": 1.0,
            },
            "action action_pay (FlowPolicy 1.00)",
        ),
        ({"event": "action", "name": "action_session_start"}, "action action_session_start"),
        ({"event": "action", "name": None, "action_text": "Hello."}, "action Hello."),
        ({"event": "slot", "name": "amount", "value": None}, "slot amount = null"),
        (
            {
                "event": "slot",
                "name": "route_session_to_calm",
                "value": True,
                "metadata": {"routing_decision": DECISION},
            },
            "slot route_session_to_calm = true (in calm_entry.sticky)",
        ),
        (
            {
                "event": "slot",
                "name": "route_session_to_calm",
                "value": None,
                "metadata": {"release": {"reason": "action_reset_routing"}},
            },
            "slot route_session_to_calm = null (action_reset_routing)",
        ),
        (
            {"event": "slot", "name": "dialogue_stack", "value": STACK},
            "slot dialogue_stack = transfer at ask",
        ),
        (
            {"event": "slot", "name": "dialogue_stack", "value": None},
            "slot dialogue_stack = empty",
        ),
        (
            {"event": "active_loop", "name": "card_form", "timestamp": 1.0, "metadata": {}},
            'active_loop name "card_form"',
        ),
        ({"event": "session_started", "timestamp": 1.0}, "session_started"),
    ],
)
def test_an_event_is_one_line(event, line):
    assert event_line(event) == line


def observed(**more):
    events = (
        {
            "event": "user",
            "text": "hi",
            "parse_data": {
                "route": "calm",
                "intent": {"name": "greet"},
                "commands": [
                    {"command": "start flow", "flow": "transfer"},
                    {"command": "set slot", "name": "amount", "value": "5"},
                    {"command": "of a later version"},
                ],
            },
        },
        {
            "event": "slot",
            "name": "route_session_to_calm",
            "value": True,
            "metadata": {"routing_decision": DECISION},
        },
        {"event": "action", "name": "utter_ask", "policy": "policy_0_FlowPolicy"},
        {
            "event": "bot",
            "text": "How much?",
            "metadata": {"utter_action": "utter_ask"},
            "data": {"buttons": [{"title": "5", "payload": "/five"}, {"payload": "/six"}]},
        },
        {"event": "action", "name": "action_listen", "policy": "policy_0_FlowPolicy"},
    )
    own = {"route_session_to_calm": True, "dialogue_stack": STACK, "requested_slot": "x"}
    values = {
        "events": events,
        "before": {"route_session_to_calm": None, "kept": 1, "gone": 2, "amount": None},
        "slots": {**own, "kept": 1, "gone": None, "amount": 5},
        "latency_ms": 12.5,
        **more,
    }
    return ObservedTurn("hi", **values)


def test_all_that_is_known_of_a_turn_is_kept():
    result = turn_result(TURN, observed(errors=("The action failed.",)))
    assert (str(result.place), result.status) == ("test_it.yml:3", "passed")
    assert (result.route, result.route_before, result.route_after) == ("calm", None, True)
    assert result.reason == "in calm_entry.sticky"
    assert result.decision["router"] == "IntentBasedRouter"
    assert result.commands == (
        "start flow transfer",
        "set slot amount 5",
        "of a later version",
    )
    assert result.policies == ("FlowPolicy", "FlowPolicy")
    assert result.actions == ("utter_ask",)
    assert result.slots_changed == {"gone": None, "amount": 5}
    assert result.stack == ("transfer at ask",)
    assert result.messages[0].buttons == ("5", "/six")
    assert result.messages[0].utter == "utter_ask"
    assert len(result.events) == 5
    assert result.logged_errors == ("The action failed.",)


def test_why_a_turn_failed_is_told_once():
    result = turn_result(TURN, observed(errors=("Logged.", "Raised."), failure="Raised."))
    assert (result.status, result.error) == ("error", "Raised.")
    assert result.logged_errors == ("Logged.",)


@pytest.mark.parametrize(
    ("route", "before", "reason"),
    [
        (None, None, "no router"),
        ("calm", True, "route is active"),
        ("nlu", False, "route is active"),
        ("nlu", None, "no decision"),
    ],
)
def test_why_a_system_answered_without_a_decision(route, before, reason):
    message = {"event": "user", "text": "hi", "parse_data": {"route": route}}
    turn = ObservedTurn("hi", (message,), {"route_session_to_calm": before})
    assert turn_result(TURN, turn).reason == reason


@pytest.mark.parametrize(
    ("statuses", "whole"),
    [
        ([], "passed"),
        (["passed", "skipped"], "skipped"),
        (["skipped", "failed", "passed"], "failed"),
        (["failed", "error"], "error"),
    ],
)
def test_a_whole_is_as_bad_as_its_worst_part(statuses, whole):
    assert worst(statuses) == whole
    places = {"name": "bot", "place": {"file": "test_it.yml", "line": 4}}
    checks = [CheckResult(status=s, **places) for s in statuses if s != "error"]
    assert turn_result(TURN, ObservedTurn("hi"), checks).status == worst(
        [check.status for check in checks]
    )


def test_a_turn_without_an_answer_says_why():
    result = unanswered_turn(TURN, "It hung.", 1500.0)
    assert (result.user, result.status, result.error) == ("hi", "error", "It hung.")
    assert (result.latency_ms, result.reason, result.events) == (1500.0, "not known", ())


def test_a_turn_without_an_answer_says_how_far_it_came():
    message = {"event": "user", "text": "hi", "parse_data": {"intent": {"name": "greet"}}}
    result = unanswered_turn(TURN, "It hung.", 1500.0, ObservedTurn("hi", (message,)))
    assert (result.status, result.error, result.latency_ms) == ("error", "It hung.", 1500.0)
    assert result.intent == "greet" and len(result.events) == 1
