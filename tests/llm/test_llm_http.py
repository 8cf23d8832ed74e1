"""Over HTTP, what is configured is sent, connections are used again, keys stay hidden."""

from __future__ import annotations

import asyncio
import subprocess
import sys

import httpx
import pytest
from llm_clients import KEY, client_for, group_for

from router.errors import InvalidAnswer, LLMError, LLMRefused, LLMTimeout, LLMUnavailable
from router.llm import Deadline, ModelConfig
from router.llm.http_client import HttpEndpoint, _mapped

SOON = 10.0


async def test_what_is_configured_is_sent(serve):
    server = serve("hello")
    client = client_for(
        server.url,
        temperature=0.0,
        max_tokens=1,
        logit_bias={"362": 100},
        top_p=0.5,
        extra={"seed": 7},
        extra_headers={"X-Team": "bots"},
    )
    chat = [{"role": "system", "content": "Be short."}, {"role": "user", "content": "Hé!"}]
    await client.complete(chat, deadline=Deadline.after(SOON))
    await client.aclose()
    [request] = server.requests
    assert request.path == "/v1/chat/completions"
    assert request.headers["authorization"] == f"Bearer {KEY}"
    assert request.headers["x-team"] == "bots"
    assert request.body == {
        "model": "test-model",
        "messages": chat,
        "temperature": 0.0,
        "max_tokens": 1,
        "logit_bias": {"362": 100},
        "top_p": 0.5,
        "seed": 7,
    }


async def test_what_comes_back(serve):
    server = serve({"answer": "start flow x", "prompt_tokens": 100, "completion_tokens": 10})
    prices = {"input_cost_per_token": 1e-6, "output_cost_per_token": 1e-5}
    client = client_for(server.url, **prices)
    completion = await client.complete("hello", deadline=Deadline.after(SOON))
    await client.aclose()
    assert completion.text == "start flow x"
    assert completion.model == "test-model"
    assert completion.endpoint == f"openai at 127.0.0.1:{server.port}"
    assert (completion.prompt_tokens, completion.completion_tokens) == (100, 10)
    assert completion.cost == pytest.approx(0.0002)
    assert completion.latency_ms > 0
    assert (completion.attempts, completion.finish_reason) == (1, "stop")
    assert not completion.replayed


async def test_the_cost_that_a_litellm_proxy_tells(serve):
    server = serve({"answer": "hi", "headers": {"x-litellm-response-cost": "0.25"}})
    client = client_for(server.url)
    assert (await client.complete("x", deadline=Deadline.after(SOON))).cost == 0.25
    await client.aclose()


async def test_embeddings_send_no_keys_of_completions(serve):
    server = serve()
    client = client_for(server.url, temperature=0.0, dimensions=32)
    embeddings = await client.embed(["money", "transfer"], deadline=Deadline.after(SOON))
    await client.aclose()
    assert [len(vector) for vector in embeddings.vectors] == [32, 32]
    assert server.requests[0].path == "/v1/embeddings"
    assert server.requests[0].body == {
        "model": "test-model",
        "input": ["money", "transfer"],
        "encoding_format": "float",
        "dimensions": 32,
    }


async def test_connections_are_used_again(serve):
    server = serve({"match": ".", "answer": "hi"})
    client = client_for(server.url)
    for _ in range(5):
        await client.complete("x", deadline=Deadline.after(SOON))
    assert server.connections == 1
    await client.aclose()
    await client.complete("x", deadline=Deadline.after(SOON))
    assert server.connections == 2
    await client.aclose()


async def test_each_call_at_one_time_has_a_connection_that_later_ones_use(serve):
    server = serve({"match": ".", "answer": "hi", "delay": 0.2})
    client = client_for(server.url, {"concurrent_calls": 30})
    for _ in range(2):
        calls = [client.complete("x", deadline=Deadline.after(SOON)) for _ in range(30)]
        await asyncio.gather(*calls)
    await client.aclose()
    assert server.connections == 30


async def test_many_calls_at_once_take_the_time_of_one(serve):
    server = serve({"match": ".", "answer": "hi", "delay": 0.3})
    client = client_for(server.url, {"concurrent_calls": 50})
    started = asyncio.get_running_loop().time()
    calls = [client.complete("x", deadline=Deadline.after(SOON)) for _ in range(50)]
    await asyncio.gather(*calls)
    await client.aclose()
    assert asyncio.get_running_loop().time() - started < 50 * 0.3 / 3


def test_one_client_serves_several_loops(serve):
    server = serve({"match": ".", "answer": "hi"})
    client = client_for(server.url)

    async def ask() -> str:
        text = (await client.complete("x", deadline=Deadline.after(SOON))).text
        await client.aclose()
        return text

    assert [asyncio.run(ask()) for _ in range(3)] == ["hi"] * 3


async def test_no_repr_shows_the_key(serve):
    client = client_for(serve("hi").url)
    await client.complete("x", deadline=Deadline.after(SOON))
    endpoint = client.members[0].endpoint
    shown = [repr(endpoint), repr(endpoint._headers), repr(endpoint._idle.get()[0].headers)]
    await client.aclose()
    assert all(KEY not in text for text in shown)


async def test_a_redirect_is_not_followed(serve):
    other = serve("stolen")
    server = serve({"status": 307, "headers": {"location": other.url}})
    client = client_for(server.url)
    with pytest.raises(LLMRefused, match="status 307"):
        await client.complete("x", deadline=Deadline.after(SOON))
    await client.aclose()
    assert other.requests == []


def sent_key(monkeypatch: pytest.MonkeyPatch, **keys: str) -> str | None:
    monkeypatch.setenv("OPENAI_API_KEY", "sk-openai-0123456789")
    endpoint = HttpEndpoint(ModelConfig(**{"provider": "openai", "model": "m", **keys}))
    return endpoint._headers.get("authorization")


def test_openai_s_own_variable_is_used_for_openai_alone(monkeypatch):
    assert sent_key(monkeypatch) == "Bearer sk-openai-0123456789"
    assert sent_key(monkeypatch, api_base="http://elsewhere/v1") is None
    assert sent_key(monkeypatch, provider="self-hosted", api_base="http://x/v1") is None


def test_the_address_may_be_a_variable(monkeypatch):
    monkeypatch.setenv("LLM_URL", "http://here:1/v1")
    endpoint = HttpEndpoint(ModelConfig(provider="self-hosted", model="m", api_base="${LLM_URL}"))
    assert endpoint.name == "self-hosted at here:1"


HTTPX_ERRORS = [
    (httpx.ConnectTimeout("x"), LLMTimeout),
    (httpx.ReadTimeout("x"), LLMTimeout),
    (httpx.WriteTimeout("x"), LLMTimeout),
    (httpx.PoolTimeout("x"), LLMTimeout),
    (httpx.ConnectError("x"), LLMUnavailable),
    (httpx.ReadError("x"), LLMUnavailable),
    (httpx.WriteError("x"), LLMUnavailable),
    (httpx.CloseError("x"), LLMUnavailable),
    (httpx.ProxyError("x"), LLMUnavailable),
    (httpx.RemoteProtocolError("x"), LLMUnavailable),
    (httpx.LocalProtocolError("x"), LLMRefused),
    (httpx.UnsupportedProtocol("x"), LLMRefused),
    (httpx.InvalidURL("x"), LLMRefused),
    (httpx.DecodingError("x"), InvalidAnswer),
    (httpx.TooManyRedirects("x"), InvalidAnswer),
    (httpx.StreamClosed(), LLMUnavailable),
]


@pytest.mark.parametrize(("error", "kind"), HTTPX_ERRORS, ids=lambda value: str(value)[:30])
def test_each_error_of_httpx_is_one_of_ours(error, kind):
    assert type(_mapped(error)) is kind


def test_no_error_of_httpx_is_forgotten():
    def leaves(kind: type[BaseException]) -> set[type[BaseException]]:
        # Other libraries derive errors of their own.
        below = [each for each in kind.__subclasses__() if each.__module__ == "httpx"]
        return {kind} if not below else set().union(*map(leaves, below))

    known = {type(error) for error, _ in HTTPX_ERRORS}
    # Raised by `raise_for_status` alone, which isn't called.
    assert leaves(httpx.HTTPError) - known == {httpx.HTTPStatusError}


@pytest.mark.parametrize(("error", "kind"), HTTPX_ERRORS, ids=lambda value: str(value)[:30])
async def test_none_of_them_gets_out(error, kind):
    def fail(request: httpx.Request) -> httpx.Response:
        raise error

    model = ModelConfig(provider="openai", model="m", api_base="http://x/v1")
    endpoint = HttpEndpoint(model, transport=httpx.MockTransport(fail))
    with pytest.raises(LLMError) as raised:
        await endpoint.complete([{"role": "user", "content": "x"}], SOON)
    await endpoint.aclose()
    assert type(raised.value) is kind


def test_litellm_is_never_imported_for_http(serve):
    server = serve("hello")
    group = group_for(server.url).model_dump_json()
    program = f"""
import asyncio, sys
from router.llm import Deadline, ModelGroup, build_client
client = build_client(ModelGroup.model_validate_json({group!r}))
print(asyncio.run(client.complete("x", deadline=Deadline.after(20))).text)
print(sorted({{"litellm", "openai", "rasa", "tensorflow"}} & set(sys.modules)))
"""
    result = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, timeout=60, check=True
    )
    assert result.stdout.split("\n")[:2] == ["hello", "[]"]
