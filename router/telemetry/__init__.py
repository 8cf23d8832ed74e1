"""Spans and metrics of turns, routing and model calls, through OpenTelemetry where it's installed.

`turns` and `model_calls` record, `configuration` and `exporting` say where to.
"""
