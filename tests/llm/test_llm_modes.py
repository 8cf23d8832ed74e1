"""Who answers for the models of a process: they themselves, a recording, or a script."""

from __future__ import annotations

import os

import pytest
import yaml
from llm_clients import KEY, group_for

from router.errors import InvalidConfig, InvalidFile, LLMRefused, NotRecorded
from router.llm import Deadline, FakeLLM, GroupClient, clients_from, read_llm_config, shared_client
from router.llm.modes import MODES, answering

KEYLESS = {"provider": "openai", "model": "gpt-4o-mini"}
AZURE = {
    "provider": "azure",
    "model": "gpt",
    "api_key": "${AZURE_KEY}",
    "api_version": "${VERSION}",
}


@pytest.fixture
def group():
    return read_llm_config(KEYLESS)


@pytest.fixture
def cassette(tmp_path):
    path = tmp_path / "cassette.yml"
    path.write_text("- {prompt: hello, answer: hi, model: m}\n", encoding="utf-8")
    return path


@pytest.fixture
def script(tmp_path):
    path = tmp_path / "script.yml"
    path.write_text("- {match: hello, answer: hi}\n- {match: '', status: 401}\n", encoding="utf-8")
    return path


async def ask(client, prompt="hello"):
    try:
        return await client.complete(prompt, deadline=Deadline.after(10))
    finally:
        await client.aclose()


def test_a_block_says_where_clients_come_from(group):
    fake = FakeLLM("hi")
    asked = []

    def source(group):
        asked.append(group)
        return fake

    with clients_from(source):
        assert shared_client(group) is fake
        assert shared_client(group) is fake
        with clients_from(lambda group: FakeLLM("other")):
            assert shared_client(group) is not fake
        assert shared_client(group) is fake
    assert asked == [group]


def test_after_a_block_clients_are_live_again(monkeypatch):
    live = shared_client(group_for("http://127.0.0.1:1/v1"))
    with pytest.raises(RuntimeError), clients_from(lambda group: FakeLLM()):
        assert isinstance(shared_client(group_for("http://127.0.0.1:1/v1")), FakeLLM)
        raise RuntimeError
    assert shared_client(group_for("http://127.0.0.1:1/v1")) is live


def test_a_live_model_needs_its_key(group):
    with answering("live"), pytest.raises(InvalidConfig, match="OPENAI_API_KEY isn't set"):
        shared_client(group)


def test_live_clients_are_those_without_any_block():
    with answering("live"):
        assert isinstance(shared_client(group_for("http://127.0.0.1:1/v1")), GroupClient)


async def test_a_replay_needs_no_key_and_answers_whatever_group_asks(group, cassette):
    with answering("replay", cassette):
        clients = [shared_client(group), shared_client(read_llm_config(AZURE))]
    for client in clients:
        completion = await ask(client)
        assert (completion.text, completion.replayed, completion.endpoint) == (
            "hi",
            True,
            "recording",
        )
    with pytest.raises(NotRecorded, match="The nearest differs so"):
        await ask(clients[0], "hello there")


async def test_a_replay_opens_no_connection(serve, cassette):
    server = serve({"match": "", "answer": "live"})
    with answering("replay", cassette):
        client = shared_client(group_for(server.url))
        assert (await ask(client)).text == "hi"
        with pytest.raises(NotRecorded):
            await ask(client, "bye")
    assert server.connections == 0


async def test_a_record_asks_the_model_and_all_groups_share_the_cassette(serve, tmp_path):
    path = tmp_path / "new.yml"
    server = serve({"match": "", "answer": f"hi, {KEY}"}, {"match": "", "status": 401})
    with answering("record", path):
        first = shared_client(group_for(server.url))
        second = shared_client(group_for(server.url, model="other-model"))
        assert (await ask(first, "one")).text == f"hi, {KEY}"
        await ask(second, "two")
        await ask(first, "three")
    recorded = yaml.safe_load(path.read_text(encoding="utf-8"))
    assert [(each["prompt"], each["model"]) for each in recorded] == [
        ("one", "test-model"),
        ("two", "other-model"),
        ("three", "test-model"),
    ]
    assert KEY not in path.read_text(encoding="utf-8")
    with answering("replay", path):
        assert (await ask(shared_client(group_for(server.url)), "two")).text.startswith("hi")


async def test_what_was_recorded_after_a_fault_is_replayed_as_that_fault(serve, tmp_path, group):
    path = tmp_path / "new.yml"
    server = serve({"match": "", "status": 401})
    with answering("record", path), pytest.raises(LLMRefused):
        await ask(shared_client(group_for(server.url)))
    with answering("replay", path), pytest.raises(LLMRefused, match="recording, model test-model"):
        await ask(shared_client(group))


@pytest.mark.parametrize("keys", [KEYLESS, AZURE, {**KEYLESS, "client": "litellm"}])
async def test_a_fake_is_asked_over_http_whatever_the_model_is(script, keys):
    with answering("fake", script):
        client = shared_client(read_llm_config(keys))
        completion = await ask(client)
        assert (completion.text, completion.replayed) == ("hi", False)
        assert "127.0.0.1" in completion.endpoint
        assert completion.model == keys["model"]
        with pytest.raises(LLMRefused):
            await ask(client, "bye")


@pytest.mark.parametrize("mode", ["replay", "fake"])
def test_variables_of_model_groups_need_not_be_set(mode, cassette, script, tmp_path, monkeypatch):
    endpoints = tmp_path / "endpoints.yml"
    endpoints.write_text(
        "action_endpoint: {url: '${ACTIONS}'}\n"
        "model_groups: [{id: g, models: [{api_key: '${TEST_LLM_KEY}', x: 'https://${HOST_}/'}]}]\n",
        encoding="utf-8",
    )
    for name in ("HOST_", "ACTIONS"):
        monkeypatch.delenv(name, raising=False)
    with answering(mode, cassette if mode == "replay" else script, endpoints=endpoints):
        assert os.environ["HOST_"]
        assert os.environ["TEST_LLM_KEY"] == KEY
        assert "ACTIONS" not in os.environ
    assert "HOST_" not in os.environ
    with answering("live", endpoints=endpoints):
        assert "HOST_" not in os.environ


@pytest.mark.parametrize("text", [None, "", "a: [", "- 1", "model_groups:"])
def test_an_endpoints_file_without_model_groups_is_left_to_its_reader(text, cassette, tmp_path):
    endpoints = tmp_path / "endpoints.yml"
    if text is not None:
        endpoints.write_text(text, encoding="utf-8")
    with answering("replay", cassette, endpoints=endpoints):
        pass


@pytest.mark.parametrize("mode", ["replay", "fake"])
def test_a_file_that_is_not_there_is_named(mode, tmp_path):
    with pytest.raises(InvalidFile, match=r"gone\.yml"), answering(mode, tmp_path / "gone.yml"):
        pass


@pytest.mark.parametrize("mode", sorted(set(MODES) - {"live"}))
def test_a_mode_without_its_file_is_refused(mode):
    with pytest.raises(ValueError, match=f"'{mode}' needs a file"), answering(mode):
        pass
