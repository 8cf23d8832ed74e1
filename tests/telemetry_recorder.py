"""What this process records, in memory, and a collector on loopback that counts what it's sent.

The recorder sets OpenTelemetry's global providers, as a program that brings its own does.
"""

from __future__ import annotations

import functools
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from opentelemetry import metrics, trace
from opentelemetry.sdk.metrics import Counter, Histogram, MeterProvider
from opentelemetry.sdk.metrics.export import AggregationTemporality, InMemoryMetricReader
from opentelemetry.sdk.trace import ReadableSpan, TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter


class Recorder:
    """Spans that ended and metrics since the recorder was last asked for them."""

    def __init__(self) -> None:
        self._exporter = InMemorySpanExporter()
        delta = dict.fromkeys((Counter, Histogram), AggregationTemporality.DELTA)
        self._reader = InMemoryMetricReader(preferred_temporality=delta)
        tracers = TracerProvider()
        tracers.add_span_processor(SimpleSpanProcessor(self._exporter))
        trace.set_tracer_provider(tracers)
        metrics.set_meter_provider(MeterProvider([self._reader]))

    def clear(self) -> None:
        """Forgets."""
        self._exporter.clear()
        self._reader.get_metrics_data()

    def spans(self, name: str = "") -> list[ReadableSpan]:
        """Those whose names begin so, in the order in which they began."""
        found = [s for s in self._exporter.get_finished_spans() if s.name.startswith(name)]
        return sorted(found, key=lambda each: each.start_time or 0)

    def span(self, name: str = "") -> ReadableSpan:
        """The only one whose name begins so."""
        (found,) = self.spans(name)
        return found

    def metrics(self) -> dict[str, dict[frozenset[tuple[str, Any]], Any]]:
        """Sums, values and counts of histograms, by name and attributes; then forgotten."""
        data = self._reader.get_metrics_data()
        found: dict[str, dict[frozenset[tuple[str, Any]], Any]] = {}
        for resource in data.resource_metrics if data else ():
            for scope in resource.scope_metrics:
                for metric in scope.metrics:
                    points = found.setdefault(metric.name, {})
                    for point in metric.data.data_points:
                        value = point.count if hasattr(point, "count") else point.value
                        points[frozenset((point.attributes or {}).items())] = value
        return found


@functools.cache
def recorder() -> Recorder:
    """The process's own: providers can be set once."""
    return Recorder()


class Collector:
    """Takes OTLP over HTTP, or answers otherwise; `hang` seconds late."""

    def __init__(self, status: int, hang: float) -> None:
        self.requests: list[tuple[str, dict[str, str], bytes]] = []
        self.released = threading.Event()
        outer = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["content-length"]))
                headers = {name.lower(): value for name, value in self.headers.items()}
                outer.requests.append((self.path, headers, body))
                outer.released.wait(hang)
                self.send_response(status)
                self.send_header("content-length", "0")
                self.end_headers()

            def log_message(self, *arguments: Any) -> None:
                pass

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        self.url = f"http://127.0.0.1:{self._server.server_port}"
        threading.Thread(target=self._server.serve_forever, daemon=True).start()

    def count(self, path: str) -> int:
        """How often something was sent to the path."""
        return sum(asked == path for asked, _, _ in self.requests)

    def close(self) -> None:
        """Stops; whoever waits is answered."""
        self.released.set()
        self._server.shutdown()
        self._server.server_close()


@contextmanager
def collector(status: int = 200, hang: float = 0.0) -> Iterator[Collector]:
    """A collector for the block."""
    it = Collector(status, hang)
    try:
        yield it
    finally:
        it.close()
