"""The SDK's providers, processors and exporters as a plan wants them. Needs the extra ``otel``."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import opentelemetry.sdk._logs.export as logs_export
from opentelemetry import _logs, metrics, trace
from opentelemetry.sdk._logs import LoggerProvider
from opentelemetry.sdk._logs.export import BatchLogRecordProcessor, SimpleLogRecordProcessor
from opentelemetry.sdk.metrics import MeterProvider
from opentelemetry.sdk.metrics.export import ConsoleMetricExporter, MetricReader, PeriodicExportingMetricReader
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor, ConsoleSpanExporter, SimpleSpanProcessor

from ai_sdk.errors import InvalidRequestError, MissingExtraError
from ai_sdk.telemetry.file_exporter import FileSpanExporter

if TYPE_CHECKING:
    from ai_sdk.telemetry.setup import Plan, Signal

__all__ = ["providers"]

_HTTP = {"traces": "trace_exporter", "metrics": "metric_exporter", "logs": "_log_exporter"}
_CLASSES = {"traces": "OTLPSpanExporter", "metrics": "OTLPMetricExporter", "logs": "OTLPLogExporter"}
_FILE_DELAY = 1000.0
"""Milliseconds until a span is in the file."""


def providers(
    plan: Plan, closers: list[Callable[[], object]]
) -> tuple[trace.TracerProvider, metrics.MeterProvider, _logs.LoggerProvider]:
    """Providers of the three signals; one without an exporter records nothing. ``closers`` undo what is begun."""
    if plan.disabled:
        return trace.NoOpTracerProvider(), metrics.NoOpMeterProvider(), _logs.NoOpLoggerProvider()
    resource = Resource.create({} if plan.service_name is None else {"service.name": plan.service_name})
    return _tracers(plan, resource, closers), _meters(plan, resource, closers), _loggers(plan, resource, closers)


def _tracers(plan: Plan, resource: Resource, closers: list[Callable[[], object]]) -> trace.TracerProvider:
    if not plan.exporters["traces"]:
        return trace.NoOpTracerProvider()
    provider = TracerProvider(resource=resource)
    closers.append(provider.shutdown)
    for name in plan.exporters["traces"]:
        if name == "console":
            provider.add_span_processor(SimpleSpanProcessor(ConsoleSpanExporter(out=sys.stdout)))
        elif name == "file":
            delay = None if "OTEL_BSP_SCHEDULE_DELAY" in os.environ else _FILE_DELAY
            file = FileSpanExporter(plan.path)
            provider.add_span_processor(BatchSpanProcessor(file, schedule_delay_millis=delay))
        else:
            provider.add_span_processor(BatchSpanProcessor(_otlp(plan, "traces")))
    return provider


def _meters(plan: Plan, resource: Resource, closers: list[Callable[[], object]]) -> metrics.MeterProvider:
    if not plan.exporters["metrics"]:
        return metrics.NoOpMeterProvider()
    readers: list[MetricReader] = []
    for name in plan.exporters["metrics"]:
        if name == "console":
            reader: MetricReader = PeriodicExportingMetricReader(ConsoleMetricExporter(out=sys.stdout))
        elif name == "prometheus":
            reader = _prometheus(closers)
        else:
            reader = PeriodicExportingMetricReader(_otlp(plan, "metrics"))
        readers.append(reader)
    provider = MeterProvider(readers, resource=resource)
    closers.append(provider.shutdown)
    return provider


def _loggers(plan: Plan, resource: Resource, closers: list[Callable[[], object]]) -> _logs.LoggerProvider:
    if not plan.exporters["logs"]:
        return _logs.NoOpLoggerProvider()
    provider = LoggerProvider(resource=resource)
    closers.append(provider.shutdown)
    for name in plan.exporters["logs"]:
        if name == "console":
            provider.add_log_record_processor(SimpleLogRecordProcessor(_console_logs()))
        else:
            provider.add_log_record_processor(BatchLogRecordProcessor(_otlp(plan, "logs")))
    return provider


def _console_logs() -> Any:
    """The exporter, by its name of today or of before."""
    known: Any = logs_export
    return (getattr(known, "ConsoleLogRecordExporter", None) or known.ConsoleLogExporter)(out=sys.stdout)


def _otlp(plan: Plan, signal: Signal) -> Any:
    from importlib import import_module

    http = plan.protocols[signal] != "grpc"
    home = "opentelemetry.exporter.otlp.proto." + ("http" if http else "grpc")
    try:
        exporter = getattr(import_module(f"{home}.{_HTTP[signal]}"), _CLASSES[signal])
    except ImportError as error:
        package = "ai-sdk-layers[otel]" if http else "opentelemetry-exporter-otlp-proto-grpc"
        raise MissingExtraError(f"OTLP over {plan.protocols[signal]} needs: pip install '{package}'") from error
    settings: dict[str, Any] = {}
    if plan.endpoint is not None:
        settings["endpoint"] = f"{plan.endpoint}/v1/{signal}" if http else plan.endpoint
    if plan.headers is not None:
        settings["headers"] = dict(plan.headers)
    return exporter(**settings)


def _prometheus(closers: list[Callable[[], object]]) -> MetricReader:
    try:
        from opentelemetry.exporter.prometheus import PrometheusMetricReader
        from prometheus_client import start_http_server
    except ImportError as error:
        raise MissingExtraError("Prometheus needs its package: pip install 'ai-sdk-layers[prometheus]'") from error
    host = os.environ.get("OTEL_EXPORTER_PROMETHEUS_HOST") or "localhost"
    said = os.environ.get("OTEL_EXPORTER_PROMETHEUS_PORT") or "9464"
    if not said.isdecimal():
        name = "OTEL_EXPORTER_PROMETHEUS_PORT"
        raise InvalidRequestError(f"{name} is the number of a port, not {said!r}", field=name)
    server, thread = start_http_server(port=int(said), addr=host)

    def stop() -> None:
        server.shutdown()
        server.server_close()
        thread.join(1)

    closers.append(stop)
    return PrometheusMetricReader()
