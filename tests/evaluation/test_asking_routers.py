"""Asking a router about many messages: in order, some at a time, and no failure stops the rest."""

from __future__ import annotations

import asyncio

import pytest

from router.errors import LLMTimeout, NotRecorded
from router.evaluation.asking import NO_DECISION, Routed, ask_all
from router.evaluation.labelled import LabelledMessage
from router.routing.decision import Route, RoutingDecision


def decision(reason: str = "", **details: object) -> RoutingDecision:
    return RoutingDecision(Route.CALM, True, reason, "R", details=details)


def messages(count: int) -> list[LabelledMessage]:
    return [LabelledMessage(str(number), "calm") for number in range(count)]


async def test_answers_come_in_the_messages_order() -> None:
    async def ask(text: str) -> RoutingDecision:
        await asyncio.sleep(0.01 * (5 - int(text)))
        return decision(text)

    counted: list[None] = []
    routed = await ask_all(ask, messages(5), concurrency=5, on_answer=lambda: counted.append(None))
    assert [each.message.text for each in routed] == list("01234")
    assert [each.decision.reason for each in routed if each.decision] == list("01234")
    assert len(counted) == 5
    assert all(each.latency_ms > 0 for each in routed)


@pytest.mark.parametrize("concurrency", [1, 3, 8])
async def test_no_more_messages_wait_at_once_than_allowed(concurrency: int) -> None:
    waiting = most = 0

    async def ask(text: str) -> RoutingDecision:
        nonlocal waiting, most
        waiting += 1
        most = max(most, waiting)
        await asyncio.sleep(0.005)
        waiting -= 1
        return decision()

    await ask_all(ask, messages(20), concurrency=concurrency)
    assert most == concurrency


async def test_a_message_that_fails_is_counted_and_the_others_go_on() -> None:
    async def ask(text: str) -> RoutingDecision | None:
        if text == "1":
            raise RuntimeError("graph") from LLMTimeout("too slow")
        return None if text == "2" else decision()

    routed = await ask_all(ask, messages(4))
    assert [each.failure for each in routed] == [None, "LLMTimeout: too slow", NO_DECISION, None]
    assert [each.is_right for each in routed] == [True, False, False, True]


async def test_a_stale_recording_stops_everything() -> None:
    async def ask(text: str) -> RoutingDecision:
        if text == "1":
            raise RuntimeError("graph") from NotRecorded("no answer for that prompt")
        await asyncio.sleep(0.01)
        return decision()

    with pytest.raises(NotRecorded, match="no answer for that prompt"):
        await ask_all(ask, messages(4), concurrency=2)


async def test_nothing_is_asked_about_no_messages() -> None:
    async def ask(text: str) -> RoutingDecision:
        raise AssertionError(text)

    assert await ask_all(ask, []) == []


def test_what_a_router_wanted_to_ask_and_couldnt_is_a_failure_too() -> None:
    message = LabelledMessage("hi", "calm")
    failed = Routed(message, decision("on_error: LLMTimeout", llm={"outcome": "LLMTimeout"}))
    assert failed.failure == "on_error: LLMTimeout"
    assert failed.call == {"outcome": "LLMTimeout"}
    fine = Routed(message, decision("in calm_entry.sticky", stage="semantic"))
    assert (fine.failure, fine.call, fine.stage) == (None, None, "semantic")
