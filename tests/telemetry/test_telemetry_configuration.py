"""`telemetry:` of endpoints.yml is read strictly, and shows no secret."""

from __future__ import annotations

from typing import Any

import pytest

from router.errors import InvalidConfig, Location
from router.telemetry.configuration import (
    TelemetryConfig,
    config_of_environment,
    read_telemetry,
)


def test_every_key_is_read():
    config = read_telemetry(
        {
            "type": "otlp",
            "endpoint": "http://localhost:4318",
            "service_name": "bank",
            "headers": {"authorization": "Bearer ${COLLECTOR_KEY}"},
            "log_content": True,
        }
    )
    assert config.service_name == "bank"
    assert config.headers == {"authorization": "Bearer ${COLLECTOR_KEY}"}
    assert config.log_content


def test_nothing_is_needed_and_content_is_off():
    assert read_telemetry({}) == TelemetryConfig(type="otlp", endpoint=None, log_content=False)


@pytest.mark.parametrize(
    ("data", "code", "said"),
    [
        ({"endpont": "http://a"}, "unknown-key", "Did you mean 'endpoint'?"),
        ({"colour": "red"}, "unknown-key", "Keys are: type, endpoint"),
        ({"type": "grpc"}, "invalid-value", "'telemetry.type' can't be 'grpc'. Input should be"),
        ({"endpoint": "localhost:4318"}, "invalid-value", "such as http://localhost:4318"),
        ({"endpoint": "http://a:4318/v1/traces"}, "invalid-value", "without /v1/traces"),
        ({"service_name": ""}, "invalid-value", "telemetry.service_name"),
        ({"log_content": "yes"}, "invalid-value", "telemetry.log_content"),
        ({"headers": "${KEY}"}, "invalid-value", "telemetry.headers"),
        (True, "invalid-value", "isn't a map"),
    ],
)
def test_what_is_wrong_is_said_with_what_to_write(data: Any, code: str, said: str):
    with pytest.raises(InvalidConfig) as raised:
        read_telemetry(data, lambda path: Location("endpoints.yml", 7))
    (problem,) = raised.value.problems
    assert problem.code == code
    assert said in str(problem)
    assert problem.location.line == 7


@pytest.mark.parametrize(
    "data",
    [
        {"headers": {"authorization": "secret-0123456789"}},
        {"headers": {"authorization": "Bearer secret-0123456789"}},
        {"endpoint": "http://user:secret-0123456789@collector:4318"},
    ],
    ids=str,
)
def test_a_secret_written_out_is_refused_and_not_shown(data: dict[str, Any]):
    with pytest.raises(InvalidConfig) as raised:
        read_telemetry(data)
    assert "secret" not in str(raised.value)


def test_a_repr_shows_no_header():
    config = read_telemetry({"headers": {"authorization": "${KEY}"}})
    assert "secret" not in repr(config.model_copy(update={"headers": {"authorization": "secret"}}))


@pytest.mark.parametrize(
    ("environment", "is_on"),
    [
        ({}, False),
        ({"OTEL_SERVICE_NAME": "bank"}, False),
        ({"OTEL_EXPORTER_OTLP_ENDPOINT": ""}, False),
        ({"OTEL_EXPORTER_OTLP_ENDPOINT": "http://collector:4318"}, True),
        ({"OTEL_EXPORTER_OTLP_TRACES_ENDPOINT": "http://collector/v1/traces"}, True),
        ({"OTEL_EXPORTER_OTLP_ENDPOINT": "http://a", "OTEL_SDK_DISABLED": "true"}, False),
    ],
)
def test_the_environment_alone_switches_it_on_by_naming_a_collector(environment, is_on):
    config = config_of_environment(environment)
    assert (config is not None) == is_on
    assert config is None or not config.log_content
