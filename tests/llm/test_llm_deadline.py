"""A deadline is one point in time, and waiting ends there."""

from __future__ import annotations

import asyncio
import time

import pytest
from llm_clients import ends_by

from router.errors import LLMTimeout
from router.llm.deadline import Deadline, within


async def answer(seconds: float) -> str:
    await asyncio.sleep(seconds)
    return "done"


def test_what_remains_shrinks_and_is_never_below_0():
    deadline = Deadline.after(0.05)
    first = deadline.remaining()
    assert 0 < first <= 0.05
    time.sleep(0.06)
    assert deadline.remaining() == 0
    assert deadline.has_passed
    assert Deadline.after(-5).remaining() == 0


def test_it_can_only_be_brought_forward():
    deadline = Deadline.after(10)
    assert deadline.at_most(1).remaining() <= 1
    assert deadline.at_most(60) == deadline


async def test_two_waits_share_one_deadline():
    deadline = Deadline.after(0.3)
    with ends_by(0.3):
        assert await within(answer(0.1), deadline) == "done"
        with pytest.raises(LLMTimeout):
            await within(answer(60), deadline)


async def test_nothing_begins_after_the_deadline():
    begun = []

    async def work() -> None:
        begun.append(True)

    with pytest.raises(LLMTimeout):
        await within(work(), Deadline.after(0))
    await asyncio.sleep(0)
    assert begun == []


async def test_work_that_ignores_its_cancellation_is_left_behind():
    async def stubborn() -> None:
        for _ in range(200):
            try:
                await asyncio.sleep(0.02)
            except asyncio.CancelledError:
                continue

    with ends_by(0.1), pytest.raises(LLMTimeout):
        await within(stubborn(), Deadline.after(0.1))


async def test_the_error_of_the_work_is_raised():
    async def broken() -> None:
        raise KeyError("x")

    with pytest.raises(KeyError):
        await within(broken(), Deadline.after(5))


async def test_the_caller_s_cancellation_reaches_the_work():
    ended = []

    async def work() -> None:
        try:
            await asyncio.sleep(60)
        finally:
            ended.append(True)

    task = asyncio.ensure_future(within(work(), Deadline.after(60)))
    await asyncio.sleep(0.01)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert ended == [True]
