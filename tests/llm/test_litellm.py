"""Through LiteLLM a call is, fails and ends as over HTTP, in silence."""

from __future__ import annotations

import asyncio
import importlib.util
import os
import subprocess
import sys
import types
from collections.abc import Callable

import pytest
from llm_clients import KEY, client_for, ends_by, eventually, group_for
from llm_faults import FAULTS, seconds_for

from router.errors import LLMError, LLMRefused, LLMTimeout, LLMUnavailable
from router.llm import Deadline, ModelConfig, build_client
from router.llm.litellm_client import LiteLLMEndpoint, _import_litellm


def real(test: Callable[..., object]) -> object:
    """Marks a test that imports LiteLLM, for which it takes seconds."""
    installed = importlib.util.find_spec("litellm") is not None
    skip = pytest.mark.skipif(not installed, reason="LiteLLM isn't installed")
    return pytest.mark.integration(skip(test))


@pytest.fixture(scope="module")
def imported():
    """LiteLLM's import costs seconds that no deadline of a test should pay."""
    LiteLLMEndpoint(ModelConfig(provider="openai", model="m", client="litellm")).load()


def litellm_for(url, limits=None, **keys):
    return client_for(url, limits, client="litellm", **keys)


@real
async def test_what_is_configured_is_sent_and_what_comes_back(serve, imported):
    server = serve({"answer": "hello", "prompt_tokens": 1000, "completion_tokens": 10})
    client = litellm_for(
        server.url, model="gpt-4o-mini", temperature=0.0, max_tokens=1, logit_bias={"362": 100}
    )
    completion = await client.complete("hi", deadline=Deadline.after(20))
    [request] = server.requests
    assert request.headers["authorization"] == f"Bearer {KEY}"
    assert request.body["messages"] == [{"role": "user", "content": "hi"}]
    assert request.body["temperature"] == 0.0
    assert request.body["max_tokens"] == 1
    assert request.body["logit_bias"] == {"362": 100}
    assert (completion.text, completion.attempts) == ("hello", 1)
    assert (completion.prompt_tokens, completion.completion_tokens) == (1000, 10)
    assert completion.cost is not None
    assert 0 < completion.cost < 0.01
    assert completion.endpoint == f"openai at 127.0.0.1:{server.port}"


@real
async def test_embeddings(serve, imported):
    server = serve()
    client = litellm_for(server.url, temperature=0.0)
    embeddings = await client.embed(["a", "b"], deadline=Deadline.after(20))
    assert len(embeddings.vectors) == 2
    assert "temperature" not in server.requests[0].body


@real
@pytest.mark.parametrize("fault", FAULTS)
async def test_a_fault_is_the_same_error_as_over_http(serve, imported, fault, caplog, capfd):
    script, kind, _ = FAULTS[fault]
    seconds = seconds_for(fault)
    client = litellm_for(serve(script).url)
    with ends_by(seconds), pytest.raises(LLMError) as raised:
        await client.complete("account 4711", deadline=Deadline.after(seconds))
    assert type(raised.value) is kind
    assert KEY not in str(raised.value) + raised.value.detail
    written = "".join(capfd.readouterr())
    assert KEY not in written + caplog.text
    assert "4711" not in written
    assert "LiteLLM" not in written


@real
async def test_retry_after_reaches_the_rounds(serve, imported):
    client = litellm_for(serve({"status": 429, "retry_after": 60}).url)
    with pytest.raises(LLMUnavailable) as raised:
        await client.complete("hi", deadline=Deadline.after(10))
    assert raised.value.retry_after == 60


@real
async def test_litellm_itself_repeats_nothing(serve, imported):
    server = serve({"status": 500, "times": "always"})
    with pytest.raises(LLMUnavailable):
        await litellm_for(server.url).complete("hi", deadline=Deadline.after(10))
    assert len(server.requests) == 1


@real
async def test_connections_are_used_again(serve, imported):
    server = serve({"match": ".", "answer": "hi"})
    client = litellm_for(server.url)
    for _ in range(5):
        await client.complete("hi", deadline=Deadline.after(20))
    assert server.connections == 1


@real
async def test_a_cancelled_turn_closes_its_request(serve, imported):
    server = serve({"hang": True})
    call = asyncio.ensure_future(litellm_for(server.url).complete("x", deadline=Deadline.after(60)))
    await eventually(lambda: len(server.requests) == 1)
    call.cancel()
    with ends_by(0), pytest.raises(asyncio.CancelledError):
        await call
    await eventually(lambda: server.abandoned == 1)


@real
def test_a_program_that_asks_litellm_writes_nothing_else(serve):
    server = serve("hello", {"status": 500})
    group = group_for(server.url, client="litellm").model_dump_json()
    program = f"""
import asyncio, logging
logging.basicConfig(level=logging.INFO)
from router.llm import Deadline, ModelGroup, build_client

async def main():
    client = build_client(ModelGroup.model_validate_json({group!r}))
    stalls = []
    async def watch():
        loop = asyncio.get_running_loop()
        while True:
            before = loop.time()
            await asyncio.sleep(0.05)
            stalls.append(loop.time() - before)
    watcher = asyncio.ensure_future(watch())
    print((await client.complete("x", deadline=Deadline.after(120))).text)
    try:
        await client.complete("x", deadline=Deadline.after(20))
    except Exception as error:
        print(type(error).__name__)
    watcher.cancel()

asyncio.run(main())
"""
    quiet = {name: value for name, value in os.environ.items() if not name.startswith("LITELLM")}
    result = subprocess.run(
        [sys.executable, "-c", program],
        capture_output=True,
        text=True,
        timeout=200,
        check=True,
        env=quiet,
    )
    assert result.stdout == "hello\nLLMUnavailable\n"
    assert "LLMUnavailable" in result.stderr
    assert all("router.llm.model_groups" in line for line in result.stderr.splitlines())


class StubLiteLLM(types.ModuleType):
    """In place of LiteLLM: keeps what it's asked."""

    def __init__(self, result: object) -> None:
        super().__init__("litellm")
        self.result = result
        self.calls: list[dict[str, object]] = []

    async def acompletion(self, **arguments: object) -> object:
        self.calls.append(arguments)
        if isinstance(self.result, Exception):
            raise self.result
        return self.result


def stubbed(result: object, **keys: object) -> tuple[LiteLLMEndpoint, StubLiteLLM]:
    config = ModelConfig.model_validate({"provider": "azure", "model": "mine", **keys})
    endpoint = LiteLLMEndpoint(config)
    stub = StubLiteLLM(result)
    endpoint._litellm = stub
    return endpoint, stub


def answered(text: object) -> object:
    message = types.SimpleNamespace(content=text)
    choice = types.SimpleNamespace(message=message, finish_reason="stop")
    return types.SimpleNamespace(choices=[choice], model="m", usage=None)


@pytest.mark.parametrize(
    ("keys", "sent"),
    [
        ({"api_version": "2024"}, {"model": "azure/mine", "api_version": "2024"}),
        ({"deployment": "mine"}, {"model": "azure/mine"}),
        (
            {"provider": "self-hosted", "api_base": "http://x/v1", "client": "litellm"},
            {"model": "hosted_vllm/mine", "api_base": "http://x/v1"},
        ),
        ({"api_key": "${TEST_LLM_KEY}"}, {"model": "azure/mine", "api_key": KEY}),
        ({"extra": {"aws_region_name": "eu"}}, {"model": "azure/mine", "aws_region_name": "eu"}),
    ],
)
async def test_what_litellm_is_given(keys, sent):
    endpoint, stub = stubbed(answered("hi"), **keys)
    answer = await endpoint.complete([{"role": "user", "content": "x"}], 3.5)
    assert (answer.text, answer.cost) == ("hi", None)
    ours = {"messages": [{"role": "user", "content": "x"}], "timeout": 10.0}
    quiet = {"num_retries": 0, "max_retries": 0, "drop_params": True}
    assert stub.calls == [{**sent, **ours, **quiet}]


class Odd(Exception):
    status_code = "none"


@pytest.mark.parametrize(
    ("error", "kind"),
    [
        (Odd(f"with {KEY}"), LLMUnavailable),
        (RuntimeError("x"), LLMUnavailable),
        (asyncio.TimeoutError(), LLMTimeout),
    ],
)
async def test_whatever_litellm_raises_is_an_error_of_ours(error, kind):
    endpoint, _ = stubbed(error, api_key="${TEST_LLM_KEY}")
    with pytest.raises(LLMError) as raised:
        await endpoint.complete([], 1)
    assert type(raised.value) is kind
    assert KEY not in str(raised.value) + raised.value.detail + repr(endpoint)


async def test_without_litellm_one_is_told_what_to_install(monkeypatch):
    monkeypatch.setitem(sys.modules, "litellm", None)
    _import_litellm.cache_clear()
    client = build_client(group_for("http://127.0.0.1:1/v1", client="litellm"))
    with pytest.raises(LLMRefused, match=r"install rasa-coexistence\[llm\], or write `client: ht"):
        await client.complete("x", deadline=Deadline.after(5))
