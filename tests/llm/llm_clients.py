"""Clients of a fake server, and how long they may take."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from router.llm import GroupClient, ModelGroup, build_client, read_llm_config

#: What the machine may add to a deadline, in seconds; far less than a hang would.
SLACK = 1.5
KEY = "sk-test-0123456789abcdef"


def group_for(url: str, limits: dict[str, Any] | None = None, **keys: Any) -> ModelGroup:
    model = {
        "provider": "openai",
        "model": "test-model",
        "api_base": url,
        "api_key": "${TEST_LLM_KEY}",
        **keys,
    }
    return read_llm_config({**model, "limits": {"retries": 0, **(limits or {})}})


def client_for(url: str, limits: dict[str, Any] | None = None, **keys: Any) -> GroupClient:
    client = build_client(group_for(url, limits, **keys))
    for member in client.members:
        member.endpoint.load()
    return client


@contextmanager
def ends_by(seconds: float) -> Iterator[None]:
    """Whatever happens inside, it ends within `seconds` and some slack."""
    started = time.monotonic()
    try:
        yield
    finally:
        assert time.monotonic() - started < seconds + SLACK


async def eventually(condition: Callable[[], bool], seconds: float = 5) -> None:
    """Waits until a condition holds."""
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, "it never came true"
        await asyncio.sleep(0.01)
