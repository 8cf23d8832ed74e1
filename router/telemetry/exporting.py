"""Sends spans and metrics away, in threads of its own: no turn waits for a collector.

Imported only where telemetry is configured; needs the extra `otel`.
"""

from __future__ import annotations

import atexit
import logging
import sys
import threading
from collections.abc import Callable
from typing import Any, TypeVar
from urllib.parse import urlsplit

from opentelemetry import metrics, trace
from opentelemetry.exporter.otlp.proto.http.metric_exporter import OTLPMetricExporter
from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.sdk.metrics import MeterProvider
from opentelemetry.sdk.metrics.export import (
    ConsoleMetricExporter,
    MetricExportResult,
    PeriodicExportingMetricReader,
)
from opentelemetry.sdk.metrics.view import ExplicitBucketHistogramAggregation, View
from opentelemetry.sdk.resources import SERVICE_NAME, Resource
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import (
    BatchSpanProcessor,
    ConsoleSpanExporter,
    SimpleSpanProcessor,
    SpanExportResult,
)

from router.telemetry.api import SCOPE, content
from router.telemetry.configuration import TelemetryConfig

__all__ = ["meter_provider", "start", "tracer_provider"]

_log = logging.getLogger(__name__)
_Result = TypeVar("_Result", SpanExportResult, MetricExportResult)

_DEFAULT_NAME = "rasa-coexistence"
# What is left to send when the process ends may take so long.
_LAST_SECONDS = 3.0
# Seconds, as https://opentelemetry.io/docs/specs/semconv/gen-ai/gen-ai-metrics/ has them.
_BUCKETS = tuple(0.01 * 2**n for n in range(14))


def start(config: TelemetryConfig) -> None:
    """Sets OpenTelemetry's providers, once; those a program has set already are left alone.

    Args:
        config: its variables are replaced by what they hold.
    """
    content.is_logged = config.log_content
    own: list[TracerProvider | MeterProvider] = []
    if isinstance(trace.get_tracer_provider(), trace.ProxyTracerProvider):
        own.append(traces := tracer_provider(config))
        trace.set_tracer_provider(traces)
    # The API has no public name for the provider that stands for none.
    if type(metrics.get_meter_provider()).__name__ == "_ProxyMeterProvider":
        own.append(measures := meter_provider(config))
        metrics.set_meter_provider(measures)
    if own:
        # Its lines tell of each batch; ours of the first that isn't taken.
        logging.getLogger("opentelemetry.exporter.otlp.proto.http").setLevel(logging.CRITICAL)
        _shut_down_at_exit([provider.shutdown for provider in own])


def tracer_provider(config: TelemetryConfig) -> TracerProvider:
    """What makes spans and sends them where `config` says."""
    provider = TracerProvider(resource=_resource(config), shutdown_on_exit=False)
    if config.type == "console":
        provider.add_span_processor(SimpleSpanProcessor(ConsoleSpanExporter(out=sys.stderr)))
    else:
        provider.add_span_processor(BatchSpanProcessor(_Spans(**_target(config, "traces"))))
    return provider


def meter_provider(config: TelemetryConfig) -> MeterProvider:
    """What adds up metrics and sends them where `config` says, once a minute."""
    exporter = (
        ConsoleMetricExporter(out=sys.stderr)
        if config.type == "console"
        else _Metrics(**_target(config, "metrics"))
    )
    buckets = ExplicitBucketHistogramAggregation(_BUCKETS)
    return MeterProvider(
        [PeriodicExportingMetricReader(exporter)],
        resource=_resource(config),
        views=[View(meter_name=SCOPE, instrument_name="*.duration", aggregation=buckets)],
        shutdown_on_exit=False,
    )


class _Spans(OTLPSpanExporter):
    """Says once, without a traceback, that a collector takes no spans."""

    def __init__(self, **keys: Any) -> None:
        super().__init__(**keys)
        self._outage = _Outage("spans", self._endpoint)

    def export(self, spans: Any) -> SpanExportResult:
        """As the class it extends."""
        return self._outage.told(lambda: super(_Spans, self).export(spans), SpanExportResult)


class _Metrics(OTLPMetricExporter):
    """Says once, without a traceback, that a collector takes no metrics."""

    def __init__(self, **keys: Any) -> None:
        super().__init__(**keys)
        self._outage = _Outage("metrics", self._endpoint)

    def export(self, *args: Any, **keys: Any) -> MetricExportResult:
        """As the class it extends."""
        export = super().export
        return self._outage.told(lambda: export(*args, **keys), MetricExportResult)


class _Outage:
    """Whether a collector took what it was last sent."""

    def __init__(self, what: str, url: str) -> None:
        parts = urlsplit(url)
        host = parts.netloc.rpartition("@")[2]  # never with a password
        self._what = f"{what} to {parts.scheme}://{host}{parts.path}"
        self._is_on = False

    def told(self, export: Callable[[], _Result], results: type[_Result]) -> _Result:
        """The result of sending; a change for the worse or the better goes to the log."""
        reason = "it doesn't take them"
        try:
            result = export()
        except OSError as error:  # of which those of `requests` are
            result, reason = results.FAILURE, type(error).__name__
        fails = result is not results.SUCCESS
        if fails and not self._is_on:
            _log.warning("Can't send %s: %s. Turns go on without.", self._what, reason)
        elif self._is_on and not fails:
            _log.info("Sends %s again.", self._what)
        self._is_on = fails
        return result


def _target(config: TelemetryConfig, kind: str) -> dict[str, Any]:
    """What an exporter is told; None leaves it to OpenTelemetry's variables."""
    base = config.endpoint.rstrip("/") if config.endpoint else None
    return {"endpoint": base and f"{base}/v1/{kind}", "headers": config.headers or None}


def _resource(config: TelemetryConfig) -> Resource:
    named = {SERVICE_NAME: config.service_name} if config.service_name else {}
    resource = Resource.create(named)
    if str(resource.attributes[SERVICE_NAME]).startswith("unknown_service"):
        resource = resource.merge(Resource({SERVICE_NAME: _DEFAULT_NAME}))
    return resource


def _shut_down_at_exit(shutdowns: list[Callable[[], None]]) -> None:
    """What is left is sent when the process ends, which a dead collector can't hold up."""
    leaving, left = threading.Event(), threading.Event()

    def shut_down() -> None:
        leaving.wait()
        for shutdown in shutdowns:
            shutdown()
        left.set()

    # Begun now, for at exit no thread can be.
    threading.Thread(target=shut_down, name="telemetry-shutdown", daemon=True).start()

    @atexit.register
    def wait() -> None:
        leaving.set()
        left.wait(_LAST_SECONDS)
