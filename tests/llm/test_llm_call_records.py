"""What is kept of each call: who was asked, what it took and cost, and what came of it."""

from __future__ import annotations

import socket

import pytest
from llm_clients import client_for

from router.errors import InvalidAnswer, LLMError, LLMTimeout, LLMUnavailable
from router.llm import Deadline, FakeLLM, RecordingClient, ReplayingClient, build_client
from router.llm.client import failed_call
from router.llm.prompts import PromptFailed
from router.llm.reading import read_model_groups

LIMIT = 10.0  # seconds


async def record_of(client, seconds=LIMIT):
    """The record of a call, whatever becomes of it."""
    try:
        completion = await client.complete(
            "my account number is 4711", deadline=Deadline.after(seconds)
        )
    except LLMError as error:
        return failed_call(error)
    finally:
        await client.aclose()
    return completion.record("read")


async def test_an_answer_is_recorded_with_all_it_took(serve):
    server = serve({"answer": "A", "prompt_tokens": 100, "completion_tokens": 2})
    prices = {"input_cost_per_token": 0.001, "output_cost_per_token": 0.01}
    record = await record_of(client_for(server.url, **prices))
    assert record.pop("latency_ms") > 0
    assert record == {
        "endpoint": f"openai at 127.0.0.1:{server.port}",
        "model": "test-model",
        "prompt_tokens": 100,
        "completion_tokens": 2,
        "cost": pytest.approx(0.12),
        "attempts": 1,
        "outcome": "read",
    }


@pytest.mark.parametrize(
    ("reply", "outcome"),
    [
        ({"status": 401}, "LLMRefused"),
        ({"status": 500}, "LLMUnavailable"),
        ({"answer": ""}, "InvalidAnswer"),
        ({"hang": True}, "LLMTimeout"),
    ],
    ids=str,
)
async def test_a_call_without_an_answer_is_recorded_too(serve, reply, outcome):
    server = serve(reply)
    record = await record_of(client_for(server.url), 0.3 if "hang" in reply else LIMIT)
    assert record.pop("latency_ms") > 0
    assert record == {
        "endpoint": f"openai at 127.0.0.1:{server.port}",
        "model": "test-model",
        "attempts": 1,
        "outcome": outcome,
    }


async def test_attempts_are_counted_whether_the_last_succeeds_or_not(serve):
    server = serve({"status": 500, "times": 2}, "A", {"status": 500, "times": 3})
    client = client_for(server.url, {"retries": 2})
    assert (await record_of(client))["attempts"] == 3
    failed = await record_of(client)
    assert (failed["attempts"], failed["outcome"]) == (3, "LLMUnavailable")
    assert len(server.requests) == 6


async def test_of_several_endpoints_the_last_one_asked_is_recorded(serve):
    servers = [serve({"status": 500}), serve({"raw": "?"})]
    models = [
        {"provider": "self-hosted", "model": f"m{n}", "api_base": server.url}
        for n, server in enumerate(servers)
    ]
    group = {"id": "main", "models": models, "limits": {"retries": 0}}
    record = await record_of(build_client(read_model_groups([group])["main"]))
    assert record["endpoint"] == f"self-hosted at 127.0.0.1:{servers[1].port}"
    assert (record["model"], record["attempts"], record["outcome"]) == ("m1", 2, "InvalidAnswer")


async def test_a_deadline_of_0_is_recorded_as_no_attempt(serve):
    server = serve("A")
    record = await record_of(client_for(server.url), seconds=0)
    assert (record["attempts"], record["outcome"]) == (0, "LLMTimeout")
    assert record["endpoint"] == f"openai at 127.0.0.1:{server.port}"
    assert server.connections == 0


async def test_a_replay_says_that_it_is_one(serve, tmp_path):
    server = serve({"answer": "A", "prompt_tokens": 100, "completion_tokens": 2}, {"status": 500})
    recording = RecordingClient(client_for(server.url), tmp_path / "cassette.yml")
    await record_of(recording)
    record = await record_of(ReplayingClient(tmp_path / "cassette.yml"))
    assert (record["endpoint"], record["replayed"]) == ("recording", True)
    assert (record["model"], record["prompt_tokens"], record["attempts"]) == ("test-model", 100, 0)
    assert (await record_of(FakeLLM("A")))["replayed"] is True


@pytest.mark.parametrize("kind", [LLMTimeout, LLMUnavailable, InvalidAnswer])
def test_no_words_of_an_error_are_kept(kind):
    error = kind("quotes my account number 4711", endpoint="e", model="m", detail="4711")
    assert "4711" not in str(failed_call(error))


def test_where_no_call_was_made_only_the_reason_is_kept():
    assert failed_call(PromptFailed("a template")) == {"outcome": "PromptFailed"}


async def test_an_unreachable_endpoint_is_named():
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))
        port = closed.getsockname()[1]
    record = await record_of(client_for(f"http://127.0.0.1:{port}/v1"))
    assert (record["endpoint"], record["outcome"]) == (
        f"openai at 127.0.0.1:{port}",
        "LLMUnavailable",
    )
