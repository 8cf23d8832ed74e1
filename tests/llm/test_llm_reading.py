"""`llm:` and `model_groups:` are read as documented; what's wrong is told with its place."""

from __future__ import annotations

from typing import Any

import pytest

from router.errors import InvalidConfig, Location
from router.llm import ModelConfig, ModelGroup, read_llm_config, read_model_groups

OPENAI = {"provider": "openai", "model": "gpt-4o"}


def read(data: Any, **keys: Any) -> ModelConfig:
    return read_llm_config(data, **keys).models[0]


def problems_of(data: Any, reader: Any = read_llm_config) -> list[str]:
    """`code path: message advice` of each problem."""

    def locate(path: Any) -> Location:
        return Location(".".join(map(str, path)) or "top")

    with pytest.raises(InvalidConfig) as raised:
        reader(data, locate=locate)
    return [
        f"{each.code} {each.location.file}: {each.message} {each.advice}".strip()
        for each in raised.value.problems
    ]


def test_every_key_of_ours_is_read():
    model = read(
        {
            **OPENAI,
            "api_base": "http://localhost:8000/v1/",
            "api_key": "${MY_KEY}",
            "timeout": 7,
            "temperature": 0.0,
            "max_tokens": 1,
            "logit_bias": {362: 100, "356": 100},
            "top_p": 0.5,
            "extra": {"seed": 1},
        }
    )
    assert model.timeout == 7
    assert model.base_url == "http://localhost:8000/v1"
    assert model.endpoint == "openai at localhost:8000"
    assert model.parameters == {
        "temperature": 0.0,
        "max_tokens": 1,
        "logit_bias": {"362": 100, "356": 100},
        "top_p": 0.5,
        "seed": 1,
    }


def test_a_group_is_found_by_its_name():
    groups = read_model_groups([{"id": "fast", "models": [OPENAI]}])
    assert read_llm_config({"model_group": "fast"}, groups) == groups["fast"]


def test_a_group_keeps_its_order_and_its_limits():
    mini = {**OPENAI, "model": "mini"}
    limits = {"retries": 0, "concurrent_calls": 3}
    group = read_model_groups([{"id": "g", "models": [OPENAI, mini], "limits": limits}])["g"]
    assert [model.model for model in group.models] == ["gpt-4o", "mini"]
    assert (group.limits.retries, group.limits.concurrent_calls) == (0, 3)
    assert not group.spreads


@pytest.mark.parametrize(
    "keys",
    [{"strategy": "weighted"}, {"router": {"routing_strategy": "least-busy", "redis_host": "x"}}],
)
def test_a_group_may_spread_its_calls(keys):
    assert read_model_groups([{"id": "g", "models": [OPENAI], **keys}])["g"].spreads


@pytest.mark.parametrize(
    ("written", "provider", "model"),
    [
        ({"model_name": "gpt-4"}, "openai", "gpt-4"),
        ({"model": "cohere/command"}, "cohere", "command"),
        ({"model": "openrouter/meta/llama"}, "openrouter", "meta/llama"),
        ({"type": "mistral", "model": "small"}, "mistral", "small"),
        ({"provider": "azure", "deployment": "mine"}, "azure", "mine"),
    ],
)
def test_older_names_and_short_forms(written, provider, model):
    read_model = read(written)
    assert (read_model.provider, read_model.model) == (provider, model)


def test_the_older_name_of_the_time_out():
    assert read({**OPENAI, "request_timeout": 3}).timeout == 3


@pytest.mark.parametrize(
    ("keys", "uses_http"),
    [
        ({"provider": "openai"}, True),
        ({"provider": "self-hosted", "api_base": "http://x/v1"}, True),
        ({"provider": "anthropic"}, False),
        ({"provider": "openai", "client": "litellm"}, False),
        ({"provider": "ollama", "api_base": "http://x/v1", "client": "http"}, True),
    ],
)
def test_which_implementation_asks(keys, uses_http):
    assert read({"model": "m", **keys}).uses_http == uses_http


def test_a_component_s_defaults_yield_to_what_is_written():
    group = ModelGroup(id="g", models=(ModelConfig(**OPENAI), ModelConfig(**OPENAI, max_tokens=9)))
    defaults = {"max_tokens": 1, "temperature": 0.0}
    read_group = read_llm_config({"model_group": "g"}, {"g": group}, defaults=defaults)
    assert [model.max_tokens for model in read_group.models] == [1, 9]
    assert [model.temperature for model in read_group.models] == [0.0, 0.0]


def test_a_default_is_turned_off_by_null():
    model = read({**OPENAI, "temperature": None}, defaults={"temperature": 0.0})
    assert "temperature" not in model.parameters


@pytest.mark.parametrize(
    ("data", "problem"),
    [
        ({"provider": "openai"}, "missing-key top: 'model' is missing. Write `model: gpt-4o`"),
        ({"model": 4}, "missing-key top: 'provider' is missing"),
        ({**OPENAI, "timeout": -1}, "invalid-value timeout: 'timeout' can't be -1"),
        ({**OPENAI, "request_timeout": "x"}, "invalid-value request_timeout: 'request_timeout'"),
        ({**OPENAI, "model_name": "x"}, "duplicate-key model_name: 'model_name' is the older"),
        ({**OPENAI, "temprature": 1}, "unknown-key temprature: A model has no key 'temprature'"),
        ({**OPENAI, "max_token": 1}, "Did you mean 'max_tokens'? If the provider has it, put"),
        ({**OPENAI, "stream": True}, "unknown-key stream: 'stream' can't be configured"),
        ({**OPENAI, "client": "curl"}, "invalid-value client: 'client' can't be 'curl'"),
        ({**OPENAI, "api_base": "localhost:8000"}, "Write a URL such as https://"),
        ({**OPENAI, "limits": {"retry": 1}}, "unknown-key limits.retry: There is no key 'retry'"),
        ({**OPENAI, "limits": {"retries": -1}}, "invalid-value limits.retries"),
        ({"provider": "self-hosted", "model": "m"}, "missing-key top: The provider 'self-hosted'"),
        ({"model_group": "x"}, "invalid-value model_group: There is no model group 'x'."),
        ({"model_group": "x", "timeout": 1}, "unknown-key timeout: 'timeout' beside model_group"),
        ("gpt-4", "invalid-value top: 'llm' isn't a map."),
        (None, "invalid-value top: 'llm' isn't a map."),
    ],
)
def test_a_wrong_llm_is_told_with_its_place(data, problem):
    assert problem in "\n".join(problems_of(data))


@pytest.mark.parametrize(
    ("data", "problem"),
    [
        ({}, "invalid-value top: 'model_groups' isn't a list."),
        (["x"], "invalid-value 0: A model group is a map."),
        ([{"id": "g"}], "missing-key 0: 'models' is missing. Write `models:` and a list"),
        ([{"id": "g", "models": []}], "invalid-value 0.models: 'models' can't be []. Write `mod"),
        ([{"models": [OPENAI]}], "missing-key 0: 'id' is missing"),
        ([{"id": "g", "models": ["x"]}], "invalid-value 0.models.0: A model is a map."),
        (
            [{"id": "g", "models": [OPENAI, {**OPENAI, "timeout": 0}]}],
            "invalid-value 0.models.1.timeout: 'timeout' can't be 0.",
        ),
        ([{"id": "g", "models": [OPENAI], "modles": 1}], "unknown-key 0.modles: There is no key"),
        ([{"id": "g", "models": [OPENAI], "router": {"routing_strategy": "x"}}], "Write one of "),
        ([{"id": "g", "models": [OPENAI]}] * 2, "duplicate-key 1.id: Two model groups have"),
    ],
)
def test_wrong_model_groups_are_told_with_their_places(data, problem):
    assert problem in "\n".join(problems_of(data, read_model_groups))


def test_all_problems_are_told_at_once():
    wrong = [{"id": "a", "models": [{"timeout": 0}]}, {"id": "b", "models": [], "x": 1}]
    assert len(problems_of(wrong, read_model_groups)) >= 5


@pytest.mark.parametrize(
    "keys",
    [
        {"api_key": "sk-written-out"},
        {"openai_api_key": "sk-written-out"},
        {"api_key": "${KEY}sk-written-out"},
        {"aws_secret_access_key": "sk-written-out"},
        {"extra": {"azure_ad_token": "sk-written-out"}},
        {"extra_headers": {"Authorization": "Bearer sk-written-out"}},
        {"extra_headers": {"X-Api-Key": "sk-written-out"}},
        {"api_base": "https://user:sk-written-out@host/v1"},
        {"model": {"api_key": "sk-written-out"}},
    ],
)
def test_a_key_written_out_is_an_error_that_does_not_repeat_it(keys):
    told = "\n".join(problems_of({**OPENAI, **keys}))
    assert "invalid-value" in told
    assert "${NAME}" in told or "api_key" in told
    assert "sk-written-out" not in told


@pytest.mark.parametrize(
    "data",
    [
        {**OPENAI, "timeout": "sk-written-out-0123456789"},
        {"model_group": "sk-written-out-0123456789"},
    ],
)
def test_what_looks_like_a_key_is_not_repeated_wherever_it_stands(data):
    (told,) = problems_of(data)
    assert "(key removed)" in told
    assert "written-out" not in told


@pytest.mark.parametrize(
    "keys",
    [
        {"api_key": "${KEY}"},
        {"extra_headers": {"Authorization": "Bearer ${KEY}"}},
        {"max_tokens": 5},
        {"extra": {"prompt_cache_retention": "24h", "eos_token": "</s>"}},
    ],
)
def test_what_is_no_key_written_out_passes(keys):
    read({**OPENAI, **keys})


def test_a_model_made_in_code_holds_no_key_either():
    with pytest.raises(ValueError, match="environment variable") as raised:
        ModelConfig(provider="openai", model="m", api_key="sk-written-out")
    assert "sk-written-out" not in str(raised.value)


@pytest.mark.parametrize(
    ("prices", "tokens", "cost"),
    [
        ((1e-6, 2e-6), (1000, 500), 0.002),
        ((None, None), (1000, 500), None),
        ((1e-6, None), (1000, 0), 0.001),
        ((1e-6, None), (1000, 5), None),
        ((1e-6, 2e-6), (None, None), None),
    ],
)
def test_the_cost_by_configured_prices(prices, tokens, cost):
    model = ModelConfig(**OPENAI, input_cost_per_token=prices[0], output_cost_per_token=prices[1])
    assert model.cost(*tokens) == (pytest.approx(cost) if cost is not None else None)
