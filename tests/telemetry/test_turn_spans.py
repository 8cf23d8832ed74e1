"""A user turn and its routing decision, as spans and metrics."""

from __future__ import annotations

import asyncio
import contextvars
from typing import Any

import pytest

from router.routing.decision import Route, RoutingDecision
from router.telemetry.turns import deciding, routed, turn

DECISION = RoutingDecision(
    Route.CALM, True, "answer A", "LLMBasedRouter", intent="pay", confidence=0.9, latency_ms=20.0
)
SECRET = "my card is 1234"


def test_a_turn_has_one_span_with_who_answers_and_why(recorded):
    with turn():
        routed("calm", DECISION.as_dict(), conversation="+49 170 1234567")
    told = recorded.span("coexist.turn").attributes
    assert told["coexist.route"] == "calm"
    assert told["coexist.sticky"] is True
    assert told["coexist.reason"] == "answer A"
    assert told["coexist.router"] == "LLMBasedRouter"
    assert told["coexist.outcome"] == "calm"
    assert "170" not in str(told)


def test_turns_of_one_conversation_can_be_found_by_its_hash(recorded):
    for sender in ("ann", "bob", "ann"):
        with turn():
            routed("nlu", {"reason": "sticky route"}, is_new=False, conversation=sender)
    ids = [each.attributes["gen_ai.conversation.id"] for each in recorded.spans("coexist.turn")]
    assert ids[0] == ids[2] != ids[1]


def test_turns_are_counted_by_route_reason_and_router_and_timed(recorded):
    for _ in range(2):
        with turn():
            routed("calm", DECISION.as_dict())
    with turn():
        routed("nlu", {"reason": "sticky route"}, is_new=False)
    found = recorded.metrics()
    decided = {"route": "calm", "reason": "answer A", "router": "LLMBasedRouter"}
    sticky = {"route": "nlu", "reason": "sticky route"}
    assert found["coexist.turns"] == {labels(decided): 2, labels(sticky): 1}
    assert found["coexist.turn.duration"] == {
        labels({"route": "calm"}): 2,
        labels({"route": "nlu"}): 1,
    }


def labels(found: dict[str, Any]) -> frozenset[tuple[str, Any]]:
    return frozenset((f"coexist.{name}", value) for name, value in found.items())


def test_a_decision_that_was_made_at_once_gets_its_span_with_its_latency(recorded):
    with turn():
        routed("calm", DECISION.as_dict())
    span = recorded.span("coexist.routing")
    assert span.parent.span_id == recorded.span("coexist.turn").context.span_id
    assert span.end_time - span.start_time == 20_000_000
    assert span.attributes["coexist.confidence"] == 0.9


def test_a_sticky_turn_has_no_decision(recorded):
    with turn():
        routed("calm", {"reason": "sticky route", "sticky": True}, is_new=False)
    assert recorded.spans("coexist.routing") == []
    assert recorded.span("coexist.turn").attributes["coexist.sticky"] is True


async def test_a_decision_that_is_waited_for_has_one_span_and_its_calls_belong_to_it(recorded):
    async def decide() -> RoutingDecision:
        from router.telemetry.api import span

        with span("call"):
            await asyncio.sleep(0)
        return DECISION

    with turn():
        with deciding() as decided:
            task = asyncio.ensure_future(decide())
        task.add_done_callback(decided)
        routed("calm", (await task).as_dict())
    routing = recorded.span("coexist.routing")
    assert routing.attributes["coexist.reason"] == "answer A"
    assert routing.parent.span_id == recorded.span("coexist.turn").context.span_id
    assert recorded.span("call").parent.span_id == routing.context.span_id


@pytest.mark.parametrize("begun", [False, True])
async def test_a_cancelled_decision_says_so(recorded, begun):
    with deciding() as decided:
        task = asyncio.ensure_future(asyncio.sleep(60))
    task.add_done_callback(decided)
    if begun:
        await asyncio.sleep(0)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    await asyncio.sleep(0)
    span = recorded.span("coexist.routing")
    assert span.attributes["coexist.outcome"] == "cancelled"
    assert span.status.is_ok


def test_a_turn_that_fails_says_how_but_not_in_the_errors_words(recorded):
    with pytest.raises(ValueError, match="card"), turn():
        raise ValueError(SECRET)
    span = recorded.span("coexist.turn")
    assert span.attributes["error.type"] == "ValueError"
    assert not span.status.is_ok
    assert SECRET not in span.to_json()
    assert recorded.metrics()["coexist.turn.duration"] == {frozenset(): 1}


def test_a_turn_within_a_turn_is_a_part_of_it(recorded):
    with turn():
        with turn():
            routed("calm", DECISION.as_dict())
        assert recorded.spans("coexist.turn") == []
    assert recorded.span("coexist.turn").attributes["coexist.route"] == "calm"


def test_what_a_turn_leaves_for_later_is_a_trace_of_its_own(recorded):
    with turn():
        later = contextvars.copy_context()

    def reminder() -> None:
        with turn():
            routed("nlu", {"reason": "given intent", "router": "payload"})

    later.run(reminder)
    first, second = recorded.spans("coexist.turn")
    assert second.parent is None
    assert first.context.trace_id != second.context.trace_id
    assert second.attributes["coexist.route"] == "nlu"


async def test_turns_at_the_same_time_keep_apart(recorded):
    async def one(name: str) -> None:
        with turn():
            await asyncio.sleep(0)
            routed("calm", {"reason": name}, is_new=False)
            await asyncio.sleep(0)

    await asyncio.gather(*(one(f"reason {n}") for n in range(10)))
    reasons = {each.attributes["coexist.reason"] for each in recorded.spans("coexist.turn")}
    assert reasons == {f"reason {n}" for n in range(10)}


def test_what_the_turn_came_to_is_told_at_its_end(recorded):
    came_to: dict[str, Any] = {}
    with turn():
        routed("calm", {"reason": "sticky route"}, is_new=False, at_end=lambda: came_to)
        came_to["coexist.flow"] = "pay"
    assert recorded.span("coexist.turn").attributes["coexist.flow"] == "pay"


def test_a_message_outside_any_turn_is_counted_all_the_same(recorded):
    routed("nlu", {"reason": "given intent"})
    assert recorded.spans() == []
    assert recorded.metrics()["coexist.turns"] == {
        labels({"route": "nlu", "reason": "given intent"}): 1
    }
