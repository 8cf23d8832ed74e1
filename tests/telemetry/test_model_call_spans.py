"""Each attempt to ask a model has its span; failures, tokens, cost and breakers are counted."""

from __future__ import annotations

import asyncio
import gc
import json
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from router.errors import LLMError, LLMUnavailable, NotRecorded
from router.llm import (
    Deadline,
    FakeLLM,
    FakeServer,
    GroupClient,
    RecordingClient,
    ReplayingClient,
    build_client,
    read_model_groups,
)
from router.telemetry.api import content

SECRET = "my card is 1234"
ANSWER = {"match": "", "answer": "hello 5678", "prompt_tokens": 30, "completion_tokens": 4}


@pytest.fixture(autouse=True)
def clean_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("http_proxy", "https_proxy", "all_proxy"):
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.upper(), raising=False)
    monkeypatch.setenv("TEST_LLM_KEY", "sk-test-0123456789abcdef")


@pytest.fixture
def server() -> Iterator[Any]:
    """Starts fake servers that follow scripts."""
    started: list[FakeServer] = []

    def start(*script: Any) -> FakeServer:
        started.append(FakeServer(script).__enter__())
        return started[-1]

    yield start
    for each in started:
        each.__exit__(None, None, None)


def client(*servers: FakeServer, retries: int = 0, **keys: Any) -> GroupClient:
    models = [
        {
            "provider": "openai",
            "model": f"model-{number}",
            "api_base": server.url,
            "api_key": "${TEST_LLM_KEY}",
            **keys,
        }
        for number, server in enumerate(servers)
    ]
    limits = {"retries": retries, "breaker_failures": 2, "breaker_seconds": 0.2}
    return build_client(read_model_groups([{"id": "g", "models": models, "limits": limits}])["g"])


async def ask(asked: Any, prompt: str = SECRET, seconds: float = 20) -> str:
    return (await asked.complete(prompt, deadline=Deadline.after(seconds))).text


async def until(holds: Callable[[], object]) -> None:
    for _ in range(1000):
        if holds():
            return
        await asyncio.sleep(0.01)
    raise AssertionError("it never came about")


async def test_a_call_tells_endpoint_model_tokens_cost_and_outcome(recorded, server):
    fake = server(ANSWER)
    await ask(client(fake, input_cost_per_token=0.001, output_cost_per_token=0.01))
    span = recorded.span()
    assert span.name == "chat model-0"
    assert span.kind.name == "CLIENT"
    told = dict(span.attributes)
    assert told.pop("coexist.llm.cost") == pytest.approx(0.07)
    host, port = fake.url.removeprefix("http://").removesuffix("/v1").split(":")
    assert told == {
        "gen_ai.operation.name": "chat",
        "gen_ai.provider.name": "openai",
        "gen_ai.request.model": "model-0",
        "gen_ai.response.model": told["gen_ai.response.model"],
        "gen_ai.response.finish_reasons": ("stop",),
        "gen_ai.usage.input_tokens": 30,
        "gen_ai.usage.output_tokens": 4,
        "server.address": host,
        "server.port": int(port),
        "coexist.llm.attempt": 1,
        "coexist.outcome": "answered",
    }


async def test_tokens_cost_and_latency_are_added_up(recorded, server):
    asked = client(server(ANSWER), input_cost_per_token=0.001, output_cost_per_token=0.01)
    for _ in range(2):
        await ask(asked)
    found = recorded.metrics()
    tokens = {dict(key)["gen_ai.token.type"]: n for key, n in found["coexist.llm.tokens"].items()}
    assert tokens == {"input": 60, "output": 8}
    assert list(found["coexist.llm.cost"].values()) == [pytest.approx(0.14)]
    assert list(found["gen_ai.client.operation.duration"].values()) == [2]
    assert "coexist.llm.errors" not in found


async def test_each_attempt_of_a_failover_has_its_span(recorded, server):
    asked = client(server({"status": 500, "match": ""}), server(ANSWER))
    await ask(asked)
    first, second = recorded.spans()
    assert [each.attributes["coexist.llm.attempt"] for each in (first, second)] == [1, 2]
    assert [each.name for each in (first, second)] == ["chat model-0", "chat model-1"]
    assert first.attributes["error.type"] == "LLMUnavailable"
    assert (first.status.is_ok, second.status.is_ok) == (False, True)
    errors = recorded.metrics()["coexist.llm.errors"]
    ((labels, count),) = errors.items()
    assert count == 1
    assert dict(labels)["error.type"] == "LLMUnavailable"
    assert dict(labels)["gen_ai.request.model"] == "model-0"


@pytest.mark.parametrize(
    ("reply", "kind"),
    [
        ({"status": 401}, "LLMRefused"),
        ({"status": 429}, "LLMUnavailable"),
        ({"answer": ""}, "InvalidAnswer"),
        ({"hang": True}, "LLMTimeout"),
    ],
    ids=str,
)
async def test_errors_are_counted_by_kind_and_none_is_quoted(recorded, server, reply, kind):
    said = {"answer": f"you said {SECRET}"} if "status" in reply else {}
    asked = client(server({"match": "", **said, **reply}))
    with pytest.raises(LLMError):
        await ask(asked, seconds=0.5)
    span = recorded.span()
    assert span.attributes["error.type"] == kind
    assert span.events == ()
    assert SECRET not in span.to_json()
    ((labels, count),) = recorded.metrics()["coexist.llm.errors"].items()
    assert (dict(labels)["error.type"], count) == (kind, 1)


async def test_a_cancelled_call_is_no_error(recorded, server):
    fake = server({"hang": True, "match": ""})
    call = asyncio.ensure_future(ask(client(fake)))
    await until(lambda: fake.requests)
    call.cancel()
    with pytest.raises(asyncio.CancelledError):
        await call
    span = recorded.span()
    assert span.attributes["coexist.outcome"] == "cancelled"
    assert span.status.is_ok
    assert "coexist.llm.errors" not in recorded.metrics()


async def test_embeddings_are_calls_too(recorded, server):
    asked = client(server())
    await asked.embed([SECRET], deadline=Deadline.after(20))
    span = recorded.span()
    assert span.name == "embeddings model-0"
    assert span.attributes["gen_ai.operation.name"] == "embeddings"
    assert SECRET not in span.to_json()


async def test_what_is_replayed_is_marked_and_costs_nothing(recorded, server, tmp_path):
    cassette = tmp_path / "suite.yml"
    real = client(server(ANSWER), input_cost_per_token=0.001, output_cost_per_token=0.01)
    await ask(RecordingClient(real, cassette))
    recorded.clear()
    assert await ask(ReplayingClient(cassette)) == "hello 5678"
    assert recorded.span().attributes["coexist.llm.replayed"] is True
    assert recorded.span().attributes["gen_ai.usage.input_tokens"] == 30
    assert not recorded.metrics().keys() & {"coexist.llm.tokens", "coexist.llm.cost"}


async def test_a_fake_model_is_seen_as_a_replay(recorded):
    fake = FakeLLM("hello", LLMUnavailable("gone"))
    assert (await fake.complete(prompt=SECRET, deadline=Deadline.after(5))).text == "hello"
    with pytest.raises(LLMUnavailable):
        await ask(fake)
    with pytest.raises(NotRecorded):
        await ask(fake)
    kinds = [each.attributes.get("error.type") for each in recorded.spans()]
    assert kinds == [None, "LLMUnavailable", "NotRecorded"]
    assert SECRET not in "".join(each.to_json() for each in recorded.spans())


async def test_neither_key_nor_prompt_nor_answer_is_recorded(recorded, server):
    asked = client(server(ANSWER))
    await ask(asked)
    everything = recorded.span().to_json() + str(recorded.metrics())
    for secret in (SECRET, "hello 5678", "sk-test"):
        assert secret not in everything


def test_a_password_in_an_endpoints_url_is_not_recorded(recorded, monkeypatch):
    monkeypatch.setenv("BASE", "http://user:hunter2@localhost:9/v1")
    model = {"provider": "self-hosted", "model": "kept secret", "api_base": "${BASE}"}
    kept = build_client(read_model_groups([{"id": "g", "models": [model]}])["g"])
    ((labels, _),) = [
        (labels, state)
        for labels, state in recorded.metrics()["coexist.llm.breaker.state"].items()
        if ("gen_ai.request.model", "kept secret") in labels
    ]
    assert dict(labels)["server.address"] == "localhost"
    assert "hunter2" not in str(labels)
    assert kept.members


async def test_with_content_prompts_and_answers_are_recorded(recorded, server, monkeypatch):
    monkeypatch.setattr(content, "is_logged", True)
    chat = [{"role": "system", "content": "Be brief."}, {"role": "user", "content": SECRET}]
    await client(server(ANSWER)).complete(chat, deadline=Deadline.after(20))
    told = recorded.span().attributes
    asked = json.loads(told["gen_ai.input.messages"])
    assert [each["role"] for each in asked] == ["system", "user"]
    assert asked[1]["parts"] == [{"type": "text", "content": SECRET}]
    (answer,) = json.loads(told["gen_ai.output.messages"])
    assert answer["parts"][0]["content"] == "hello 5678"


async def test_content_that_utf8_cannot_hold_is_recorded_without(recorded, monkeypatch):
    monkeypatch.setattr(content, "is_logged", True)
    await ask(FakeLLM("hello"), "half a pair: \ud83d")
    recorded.span().attributes["gen_ai.input.messages"].encode()


async def test_the_breaker_is_seen_opening_resting_and_closing(recorded, server):
    asked = client(server({"status": 500, "times": 2, "match": ""}, ANSWER))

    def state() -> int:
        states = recorded.metrics()["coexist.llm.breaker.state"]
        port = asked.members[0].endpoint.name.rpartition(":")[2]
        (found,) = [n for key, n in states.items() if ("server.port", int(port)) in key]
        return int(found)

    assert state() == 0
    for _ in range(2):
        with pytest.raises(LLMUnavailable):
            await ask(asked)
    assert state() == 2
    await until(lambda: not asked.members[0].breaker.is_open)
    assert state() == 1
    await ask(asked)
    assert state() == 0


def test_a_breaker_is_watched_as_long_as_it_lives(recorded, server):
    def ports() -> set[Any]:
        states = recorded.metrics().get("coexist.llm.breaker.state", {})
        return {dict(key).get("server.port") for key in states}

    asked = client(server())
    port = int(asked.members[0].endpoint.name.rpartition(":")[2])
    assert port in ports()
    del asked
    gc.collect()
    assert port not in ports()
