"""Faults that are this process's own, or that come and go, over real HTTP."""

from __future__ import annotations

import asyncio
import time

import pytest
from llm_clients import client_for, ends_by, eventually

from router.errors import LLMTimeout, LLMUnavailable
from router.llm import Deadline


async def test_a_process_too_busy_to_listen_holds_nothing_against_the_endpoint(serve):
    server = serve({"hang": True}, "hello")
    client = client_for(server.url, {"breaker_failures": 1}, timeout=0.3)
    call = asyncio.ensure_future(client.complete("hello", deadline=Deadline.after(5)))
    await eventually(lambda: len(server.requests) == 1)
    time.sleep(0.8)  # noqa: ASYNC251 - the loop is to be held up
    with pytest.raises(LLMTimeout):
        await call
    assert (await client.complete("hello", deadline=Deadline.after(5))).text == "hello"
    await client.aclose()


async def test_an_endpoint_that_hangs_is_left_alone_at_once(serve):
    server = serve({"hang": True, "times": 2}, "hello")
    client = client_for(server.url, {"breaker_failures": 2, "breaker_seconds": 0.8}, timeout=0.2)
    for _ in range(2):
        with pytest.raises(LLMTimeout):
            await client.complete("hello", deadline=Deadline.after(5))
    with ends_by(0), pytest.raises(LLMUnavailable, match="rests"):
        await client.complete("hello", deadline=Deadline.after(5))
    await asyncio.sleep(0.9)
    assert (await client.complete("hello", deadline=Deadline.after(5))).text == "hello"
    await client.aclose()
    assert len(server.requests) == 3


async def test_one_conversation_s_deadline_is_nobody_else_s(serve):
    server = serve({"match": "short", "hang": True}, {"match": "long", "delay": 0.5, "answer": "x"})
    client = client_for(server.url)

    async def ask(text: str, seconds: float) -> str:
        return (await client.complete(text, deadline=Deadline.after(seconds))).text

    short, long = await asyncio.gather(ask("short", 0.2), ask("long", 10), return_exceptions=True)
    await client.aclose()
    assert isinstance(short, LLMTimeout)
    assert long == "x"


async def test_faults_in_a_row_are_outlived_within_one_deadline(serve):
    server = serve({"close": True}, {"status": 503}, {"status": 429, "retry_after": 0.1}, "hello")
    client = client_for(server.url, {"retries": 3})
    completion = await client.complete("hello", deadline=Deadline.after(20))
    await client.aclose()
    assert (completion.text, completion.attempts) == ("hello", 4)


async def test_a_connection_that_broke_while_idle_is_made_anew(serve):
    server = serve({"answer": "one", "headers": {"connection": "close"}}, "two")
    client = client_for(server.url)
    said = [(await client.complete("hello", deadline=Deadline.after(5))).text for _ in range(2)]
    await client.aclose()
    assert said == ["one", "two"]


async def resting(serve, *script, **keys):
    """A server that failed, and a client of it that rested and now tries again."""
    server = serve({"status": 500}, *script)
    client = client_for(server.url, {"breaker_failures": 1, "breaker_seconds": 0.2}, **keys)
    with pytest.raises(LLMUnavailable):
        await client.complete("hello", deadline=Deadline.after(5))
    await asyncio.sleep(0.3)
    return server, client


async def test_calls_at_one_time_share_the_outcome_of_a_trial(serve):
    server, client = await resting(serve, {"answer": "back", "delay": 0.2}, "too")
    said = await asyncio.gather(
        *(client.complete("hello", deadline=Deadline.after(5)) for _ in range(2))
    )
    await client.aclose()
    assert [completion.text for completion in said] == ["back", "too"]
    assert len(server.requests) == 3


async def test_a_failed_trial_is_one_for_all(serve):
    server, client = await resting(serve, {"status": 500, "delay": 0.2}, "never asked")
    calls = [client.complete("hello", deadline=Deadline.after(5)) for _ in range(3)]
    failed = await asyncio.gather(*calls, return_exceptions=True)
    await client.aclose()
    assert [type(error) for error in failed] == [LLMUnavailable] * 3
    assert len(server.requests) == 2


async def test_nobody_waits_long_for_a_trial_that_hangs(serve):
    server, client = await resting(serve, {"hang": True}, "never asked", timeout=5.0)
    trial = asyncio.ensure_future(client.complete("hello", deadline=Deadline.after(20)))
    await eventually(lambda: len(server.requests) == 2)
    with ends_by(1), pytest.raises(LLMUnavailable, match="tried by another call"):
        await client.complete("hello", deadline=Deadline.after(20))
    trial.cancel()
    await client.aclose()
