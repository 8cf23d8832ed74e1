"""What was raised without a word is told by its kind and its place."""

from __future__ import annotations

import asyncio
import os
from pathlib import Path

import pytest
from e2e_fake_bots import FakeBot, FakeConversation, cases_from, talk

from router.e2e.observed import ObservedTurn
from router.e2e.options import RunOptions
from router.e2e.reset_command import reset
from router.e2e.running import run_cases
from router.errors import CaseNotPlayable, CoexistenceError


async def nothing_said() -> str:
    raise NotImplementedError


async def raises(conversation: FakeConversation, text: str) -> ObservedTurn:
    raise NotImplementedError


async def test_an_error_without_a_text_before_an_attempt_says_its_kind_and_place(
    tmp_path: Path,
) -> None:
    options = RunOptions(before_attempt=nothing_said)
    [played] = await run_cases(cases_from(tmp_path, talk("a")), FakeBot(), options)
    line = nothing_said.__code__.co_firstlineno + 1
    told = f"NotImplementedError without a text, raised in nothing_said, {__file__}:{line}"
    assert played.result.attempts[0].error == told


async def test_an_error_without_a_text_in_a_turn_says_its_kind_and_place(tmp_path: Path) -> None:
    [played] = await run_cases(
        cases_from(tmp_path, talk("a")), FakeBot(answer=raises), RunOptions()
    )
    [turn] = played.result.attempts[0].turns
    assert "NotImplementedError without a text, raised in raises, " in turn.error


@pytest.mark.parametrize("cause", [CoexistenceError(), CaseNotPlayable("it can't be played")])
async def test_what_this_package_says_goes_first_if_it_says_something(
    cause: CoexistenceError, tmp_path: Path
) -> None:
    async def wrapped() -> str:
        raise RuntimeError("the graph failed") from cause

    options = RunOptions(before_attempt=wrapped)
    [played] = await run_cases(cases_from(tmp_path, talk("a")), FakeBot(), options)
    told = str(cause) or "RuntimeError: the graph failed"
    assert played.result.attempts[0].error == told


async def test_a_reset_command_that_is_given_up_is_killed(tmp_path: Path) -> None:
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    task = asyncio.create_task(reset(f"echo $$ > {pipe}; sleep 600", 600))
    process_id = int(await asyncio.to_thread(pipe.read_text))
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await asyncio.wait_for(task, 60)  # it would wait for the command
    with pytest.raises(ProcessLookupError):
        os.kill(process_id, 0)
