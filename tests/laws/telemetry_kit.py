"""Providers of OpenTelemetry that keep what they get, and what the conventions say of it."""

from __future__ import annotations

from typing import Any, cast

from opentelemetry.sdk._logs import LoggerProvider
from opentelemetry.sdk._logs.export import InMemoryLogRecordExporter, SimpleLogRecordProcessor
from opentelemetry.sdk.metrics import MeterProvider
from opentelemetry.sdk.metrics.export import InMemoryMetricReader
from opentelemetry.sdk.trace import ReadableSpan, TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from opentelemetry.sdk.trace.sampling import ALWAYS_OFF, ALWAYS_ON
from opentelemetry.trace import SpanKind, StatusCode

from ai_sdk.telemetry.names import ATTRIBUTES, Conventions

__all__ = ["Kept", "faults"]


class Kept:
    """Everything that is recorded with ``options``, which go to ``tracing``."""

    def __init__(self, *, sampled: bool = True) -> None:
        self._spans = InMemorySpanExporter()
        self._reader = InMemoryMetricReader()
        exporter: Any = InMemoryLogRecordExporter
        self._logs = exporter()
        tracers = TracerProvider(sampler=ALWAYS_ON if sampled else ALWAYS_OFF, shutdown_on_exit=False)
        tracers.add_span_processor(SimpleSpanProcessor(self._spans))
        loggers = LoggerProvider(shutdown_on_exit=False)
        loggers.add_log_record_processor(SimpleLogRecordProcessor(self._logs))
        self.options: dict[str, Any] = {
            "tracer_provider": tracers,
            "meter_provider": MeterProvider([self._reader], shutdown_on_exit=False),
            "logger_provider": loggers,
        }

    @property
    def spans(self) -> list[ReadableSpan]:
        """In the order in which they started."""
        return sorted(self._spans.get_finished_spans(), key=lambda each: each.start_time or 0)

    @property
    def tree(self) -> dict[str, Any]:
        """The names of the spans, each with what is under it; equal names get a number."""
        return self._under(None)

    def _under(self, parent: ReadableSpan | None) -> dict[str, Any]:
        found: dict[str, Any] = {}
        known = {_id(each) for each in self.spans}
        for each in self.spans:
            above = each.parent.span_id if each.parent is not None and each.parent.span_id in known else None
            if above == (_id(parent) if parent is not None else None):
                name = each.name if each.name not in found else f"{each.name} #{len(found) + 1}"
                found[name] = self._under(each)
        return found

    @property
    def events(self) -> list[Any]:
        """The log records."""
        return [each.log_record for each in self._logs.get_finished_logs()]

    @property
    def instruments(self) -> dict[str, Any]:
        """The metrics, by name."""
        data = self._reader.get_metrics_data()
        if data is None:
            return {}
        scopes = [scope for resource in data.resource_metrics for scope in resource.scope_metrics]
        return {metric.name: metric for scope in scopes for metric in scope.metrics}


def _id(span: Any) -> int:
    number: int = span.context.span_id
    return number


def points(metric: Any) -> list[tuple[float, dict[str, Any]]]:
    """The value or sum of each point of a metric, with its attributes."""
    return [
        (getattr(each, "sum", getattr(each, "value", 0)), dict(each.attributes)) for each in metric.data.data_points
    ]


_SORTS = {"chat": "inference", "embeddings": "embeddings", "execute_tool": "tool", "invoke_agent": "agent"}


def faults(span: Any, conventions: Conventions) -> list[str]:
    """In what a span is not as the table says."""
    said = dict(span.attributes or {})
    operation = said.get("gen_ai.operation.name")
    sort = "attempt" if span.name.startswith("attempt ") else _SORTS.get(str(operation), "media")
    found = [f"{name} is not set" for name in _required(sort) if name not in said]
    found += [f"{name}: {why}" for name, value in said.items() if (why := _fault(name, value, sort, conventions))]
    failed = span.status.status_code is StatusCode.ERROR
    if failed != ("error.type" in said and said["error.type"] != "CancelledError"):
        found.append(f"error.type {said.get('error.type')} with {span.status.status_code}")
    kinds = (
        {SpanKind.CLIENT, SpanKind.INTERNAL} if sort in ("inference", "embeddings", "media") else {SpanKind.INTERNAL}
    )
    if span.kind not in kinds:
        found.append(f"{span.name} is {span.kind}")
    if ("server.port" in said) != ("server.address" in said):
        found.append("an address without a port")
    return found


def _required(sort: str) -> list[str]:
    return [each.name for each in ATTRIBUTES if each.level == "required" and sort in each.spans]


def _fault(name: str, value: object, sort: str, conventions: Conventions) -> str | None:
    for each in ATTRIBUTES:
        if name != each.name and not (conventions == "latest" and name == each.latest):
            continue
        if sort not in each.spans:
            return f"not on a span of {sort}"
        if each.since == "latest" and conventions == "1.41":
            return "not in 1.41"
        wanted = each.python_latest if conventions == "latest" and each.python_latest is not None else each.python
        if type(value) is not wanted:
            return f"{type(value).__name__} and not {wanted.__name__}"
        if wanted is tuple and not all(isinstance(item, str) for item in cast("tuple[Any, ...]", value)):
            return "not all are strings"
        return None
    return "not in the table"
