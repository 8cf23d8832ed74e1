"""Spans and metrics reach a collector; one that is gone or hangs holds up nobody."""

from __future__ import annotations

import logging
import os
import subprocess
import sys
import time

import pytest
from rasa_process import free_port
from telemetry_recorder import collector

from router.telemetry.configuration import TelemetryConfig
from router.telemetry.exporting import meter_provider, tracer_provider

# Not Rasa, but processes that wait for each other.
pytestmark = pytest.mark.integration

TURNS = """
import logging, sys, time
logging.basicConfig(format="%(levelname)s %(message)s", level=logging.INFO)
from router.telemetry.configuration import TelemetryConfig, config_of_environment
from router.telemetry.turns import routed, turn
from router.telemetry.exporting import start

config = {config}
start(config)
start(config)
begun = time.perf_counter()
for number in range(100):
    with turn():
        routed("calm", {{"reason": "answer A", "router": "LLMBasedRouter"}})
print(time.perf_counter() - begun)
"""
QUICK = {"OTEL_BSP_SCHEDULE_DELAY": "20", "OTEL_METRIC_EXPORT_INTERVAL": "300"}


def play(config: str, after: str = "", **environment: str) -> tuple[float, float, str]:
    """Plays 100 turns in a process: seconds for them, for all of it, and its error output."""
    own = {name: value for name, value in os.environ.items() if not name.startswith("OTEL_")}
    begun = time.perf_counter()
    done = subprocess.run(
        [sys.executable, "-c", TURNS.format(config=config) + after],
        env={**own, "NO_PROXY": "127.0.0.1", **environment},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return float(done.stdout), time.perf_counter() - begun, done.stderr


def test_spans_and_metrics_are_sent_by_the_end_of_the_process():
    with collector() as it:
        play(f"TelemetryConfig(endpoint={it.url!r}, service_name='bank')")
        assert it.count("/v1/traces") >= 1
        assert it.count("/v1/metrics") >= 1
        bodies = b"".join(body for _, _, body in it.requests)
    for sent in (b"coexist.routing", b"coexist.turns", b"service.name", b"bank"):
        assert sent in bodies


def test_variables_alone_say_where_to_and_who_sends():
    with collector() as it:
        play(
            "config_of_environment()",
            OTEL_EXPORTER_OTLP_ENDPOINT=it.url,
            OTEL_SERVICE_NAME="savings",
            OTEL_EXPORTER_OTLP_HEADERS="x-tenant=blue",
        )
        assert it.count("/v1/traces") >= 1
        assert it.count("/v1/metrics") >= 1
        assert all(b"savings" in body for _, _, body in it.requests)
        assert all(headers["x-tenant"] == "blue" for _, headers, _ in it.requests)


def test_headers_are_sent_with_what_their_variables_hold():
    with collector() as it:
        play(f"TelemetryConfig.model_construct(endpoint={it.url!r}, headers={{'x-key': 'open'}})")
        assert it.requests
        assert {headers["x-key"] for _, headers, _ in it.requests} == {"open"}


def test_a_bot_without_a_name_is_called_something():
    with collector() as it:
        play(f"TelemetryConfig(endpoint={it.url!r})")
        assert all(b"rasa-coexistence" in body for _, _, body in it.requests)
        assert not any(b"unknown_service" in body for _, _, body in it.requests)


@pytest.mark.parametrize("fault", ["gone", "hanging", "failing", "refusing"])
def test_a_dead_collector_holds_up_neither_turns_nor_the_end(fault):
    answers = {"hanging": {"hang": 60.0}, "failing": {"status": 503}, "refusing": {"status": 403}}
    with collector() as alive:
        usual, whole, _ = play(f"TelemetryConfig(endpoint={alive.url!r})")
    with collector(**answers.get(fault, {})) as dead:
        url = dead.url if fault != "gone" else f"http://127.0.0.1:{free_port()}"
        turns, all_of_it, _ = play(f"TelemetryConfig(endpoint={url!r})", **QUICK)
    assert turns < 10 * usual + 1
    assert all_of_it < whole + 10


@pytest.mark.parametrize("status", [None, 403], ids=["gone", "refusing"])
def test_a_dead_collector_is_told_once_and_without_a_traceback(status):
    again = "for _ in range(40):\n    time.sleep(0.05)\n    with turn(): pass\n"
    with collector(status or 200) as it:
        url = it.url if status else f"http://127.0.0.1:{free_port()}"
        _, _, errors = play(f"TelemetryConfig(endpoint={url!r})", again, **QUICK)
        assert not status or it.count("/v1/traces") > 2 < it.count("/v1/metrics")
    for what, path in (("spans", "traces"), ("metrics", "metrics")):
        assert errors.count(f"WARNING Can't send {what} to {url}/v1/{path}: ") == 1
    assert "Traceback" not in errors
    assert len(errors.splitlines()) == 2


def test_a_collector_that_comes_back_is_told_too(caplog):
    caplog.set_level(logging.INFO, "router.telemetry.exporting")
    port = free_port()
    provider = tracer_provider(TelemetryConfig(endpoint=f"http://127.0.0.1:{port}"))
    exporter = provider._active_span_processor._span_processors[0].span_exporter
    tracer = provider.get_tracer("test")
    tracer.start_span("lost").end()
    provider.force_flush()
    with collector() as it:
        exporter._endpoint = f"{it.url}/v1/traces"
        for _ in range(2):
            tracer.start_span("sent").end()
            provider.force_flush()
        provider.shutdown()
    said = [record.getMessage() for record in caplog.records]
    assert [line.partition(" ")[0] for line in said] == ["Can't", "Sends"]


def test_a_password_in_the_collectors_url_is_not_told():
    _, _, errors = play(
        "config_of_environment()",
        OTEL_EXPORTER_OTLP_ENDPOINT=f"http://user:hunter2@127.0.0.1:{free_port()}",
    )
    assert "Can't send spans to http://127.0.0.1" in errors
    assert "hunter2" not in errors


def test_what_a_program_has_set_up_itself_is_used():
    before = (
        "from opentelemetry import trace, metrics\n"
        "from opentelemetry.sdk.trace import TracerProvider\n"
        "from opentelemetry.sdk.trace.export import SimpleSpanProcessor\n"
        "from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter\n"
        "kept = InMemorySpanExporter()\n"
        "own = TracerProvider()\n"
        "own.add_span_processor(SimpleSpanProcessor(kept))\n"
        "trace.set_tracer_provider(own)\n"
    )
    after = (
        "assert trace.get_tracer_provider() is own\nassert len(kept.get_finished_spans()) == 200"
    )
    with collector() as it:
        config = f"TelemetryConfig(endpoint={it.url!r})"
        _, _, errors = play(f"{config}\n{before}", after)
        assert it.count("/v1/traces") == 0
        assert it.count("/v1/metrics") >= 1
    assert "Overriding" not in errors


def test_the_console_shows_spans_at_once_and_on_the_error_output():
    _, _, errors = play("TelemetryConfig(type='console')")
    assert errors.count('"name": "coexist.turn"') == 100
    assert '"name": "coexist.turns"' in errors


def test_durations_fall_into_buckets_of_seconds():
    with collector() as it:
        provider = meter_provider(TelemetryConfig(endpoint=it.url))
        reader = provider._sdk_config.metric_readers[0]
        histogram = provider.get_meter("rasa-coexistence").create_histogram("coexist.turn.duration")
        histogram.record(0.3)
        seen = []
        reader._receive_metrics = lambda data, **keys: seen.append(data)
        reader.collect()
        (point,) = seen[0].resource_metrics[0].scope_metrics[0].metrics[0].data.data_points
    filled = point.bucket_counts.index(1)
    assert point.explicit_bounds[filled - 1] < 0.3 <= point.explicit_bounds[filled]
    assert point.explicit_bounds[filled] < 0.5
