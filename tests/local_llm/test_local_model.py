"""A real model's answers are read: by both clients, and in the real Rasa. Whether they are
right isn't asked: the model is small, and what counts is the path.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import rasa_process
from local_model import MODEL, PATIENCE

from router.checks.project import read_project
from router.dialogue.commands import SetSlot, StartFlow
from router.dialogue.state import DialogueState
from router.llm import Deadline, GroupClient, build_client, read_llm_config
from router.routing.decision import Route, Turn
from router.routing.llm_configuration import read_llm_router_config
from router.routing.llm_router import LLMRouter
from router.understanding.llm_configuration import read_generator_config
from router.understanding.llm_generator import LLMGenerator
from router.understanding.llm_prompt import Moment

pytestmark = [pytest.mark.local_llm, pytest.mark.slow, pytest.mark.timeout(1200)]

MESSAGE = "send 50 euros to Anna"


@pytest.fixture(params=["http", "litellm"])
def client(request: pytest.FixtureRequest, api_base: str) -> GroupClient:
    keys = {"provider": "self-hosted", "model": MODEL, "api_base": api_base}
    limits = {"timeout": PATIENCE, "temperature": 0.0, "max_tokens": 40, "limits": {"retries": 0}}
    made = build_client(read_llm_config({**keys, **limits, "client": request.param}))
    names = {"http": "HttpEndpoint", "litellm": "LiteLLMEndpoint"}
    assert type(made.members[0].endpoint).__name__ == names[request.param]
    return made


def told(call: dict[str, Any]) -> str:
    tokens = f"{call['prompt_tokens']}+{call['completion_tokens']} tokens"
    return f"{call['endpoint']}, {tokens}, {call['latency_ms'] / 1000:.1f} s"


async def test_a_routing_answer_is_a_letter(
    client: GroupClient, report: Callable[[str], None]
) -> None:
    entries = {"calm_entry": {"sticky": "handles sending money"}, "timeout": PATIENCE}
    router = LLMRouter(read_llm_router_config(entries), client)
    decision = await router.decide(Turn(text=MESSAGE, deadline=Deadline.after(PATIENCE)))
    call = decision.details["llm"]
    assert call["outcome"] == "read"
    assert decision.reason in {"answer A", "answer B", "answer C"}
    assert call["prompt_tokens"] > 50
    report(f"routing, {type(client.members[0].endpoint).__name__}: {told(call)}, {decision.reason}")


async def test_an_answer_of_commands_has_commands_of_the_bot(
    client: GroupClient, report: Callable[[str], None]
) -> None:
    bot = rasa_process.BOTS / "llm"
    project = read_project(str(bot / "config.yml"), bot / "domain.yml", [bot / "data"])
    assistant = project.assistant()
    assert "transfer_money" in assistant.flows
    generator = LLMGenerator(read_generator_config({"timeout": PATIENCE}), client)
    moment = Moment(MESSAGE, DialogueState(), assistant, now="2025-01-31 09:30+01:00")
    generated = await generator.generate(moment, Deadline.after(PATIENCE))
    assert generated.call["outcome"] == "read"
    for command in generated.commands:
        assert not isinstance(command, StartFlow) or command.flow in assistant.flows
        assert not isinstance(command, SetSlot) or command.slot in assistant.slots
    names = ", ".join(command.name for command in generated.commands)
    report(
        f"commands, {type(client.members[0].endpoint).__name__}: {told(generated.call)}, {names}"
    )


async def test_the_real_rasa_routes_and_answers_by_the_model(
    patient_bot: Path, monkeypatch: pytest.MonkeyPatch, report: Callable[[str], None]
) -> None:
    import skops.io  # noqa: F401 - takes half a minute if Rasa is loaded already

    from router.rasa.session import load_session, quiet_structlog

    quiet_structlog()
    monkeypatch.chdir(patient_bot)
    session = await load_session(patient_bot)
    turn = await asyncio.wait_for(session.say(MESSAGE), 3 * PATIENCE)
    assert turn.errors == ()
    assert turn.replies
    assert turn.decision is not None
    assert turn.decision.details["llm"]["outcome"] == "read"
    assert turn.route is turn.decision.route
    assert turn.llm_calls[0]["model"] == MODEL
    outcomes = {call["for"]: call["outcome"] for call in turn.llm_calls}
    assert outcomes["route"] == "read"
    assert outcomes["commands"] == ("read" if turn.route is Route.CALM else "cancelled")
    for call in turn.llm_calls:
        told_of = told(call) if call["outcome"] == "read" else call["outcome"]
        report(f"{call['for']}, in Rasa: {told_of}")
    report(f"Rasa answered: {' '.join(turn.replies)!r}")
