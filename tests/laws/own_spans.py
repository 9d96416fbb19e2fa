"""Spans on ``opentelemetry-api`` alone, by the names of the SDK: the laws of tracing run on them where no SDK is.

A processor that raises is heard, as with the SDK, and a span that is ended twice complains to the same logger.
"""

from __future__ import annotations

import logging
import random
import time
from collections.abc import Generator, Mapping
from contextlib import contextmanager
from typing import Any, NamedTuple

from opentelemetry import context as otel
from opentelemetry import trace
from opentelemetry.trace import SpanContext, SpanKind, Status, StatusCode, TraceFlags

__all__ = ["ReadableSpan", "SpanProcessor", "TracerProvider"]

_complaints = logging.getLogger("opentelemetry.own")


class Event(NamedTuple):
    """Something that happened at a time."""

    name: str
    attributes: Mapping[str, Any]


class ReadableSpan(trace.Span):
    """A span that can be read."""

    def __init__(
        self, name: str, parent: SpanContext | None, kind: SpanKind, attributes: Mapping[str, Any], of: TracerProvider
    ) -> None:
        trace_id = parent.trace_id if parent is not None else random.getrandbits(128) or 1
        self.context = SpanContext(trace_id, random.getrandbits(64) or 1, False, TraceFlags(TraceFlags.SAMPLED))
        self.name = name
        self.parent = parent
        self.kind = kind
        self.attributes: dict[str, Any] = dict(attributes)
        self.events: list[Event] = []
        self.status = Status(StatusCode.UNSET)
        self.start_time: int | None = time.time_ns()
        self.end_time: int | None = None
        self._of = of

    def end(self, end_time: int | None = None) -> None:
        """End, once."""
        if self.end_time is not None:
            _complaints.warning("a span is ended twice")
            return
        self.end_time = time.time_ns() if end_time is None else end_time
        for each in self._of.processors:
            each.on_end(self)

    def get_span_context(self) -> SpanContext:
        """Who this is."""
        return self.context

    def is_recording(self) -> bool:
        """Until it has ended."""
        return self.end_time is None

    def set_attributes(self, attributes: Mapping[str, Any]) -> None:
        """Add to the attributes."""
        if self.end_time is not None:
            _complaints.warning("attributes of a span that has ended")
            return
        self.attributes.update(attributes)

    def set_attribute(self, key: str, value: Any) -> None:
        """Add one."""
        self.set_attributes({key: value})

    def add_event(self, name: str, attributes: Any = None, timestamp: int | None = None) -> None:
        """Remember what happened."""
        self.events.append(Event(name, dict(attributes or {})))

    def update_name(self, name: str) -> None:
        """Change the name."""
        self.name = name

    def set_status(self, status: Status | StatusCode, description: str | None = None) -> None:
        """Say how it went; OK is the last word."""
        if self.status.status_code is not StatusCode.OK:
            self.status = status if isinstance(status, Status) else Status(status, description)

    def record_exception(self, exception: BaseException, *_more: Any, **_options: Any) -> None:
        """Remember an exception."""
        self.add_event("exception", {"exception.type": type(exception).__name__})


class SpanProcessor:
    """Hears of every span that starts and ends."""

    def on_start(self, span: Any, parent_context: Any = None) -> None:
        """Hear that one has started."""

    def on_end(self, span: ReadableSpan) -> None:
        """Hear that one has ended."""


class _Tracer(trace.Tracer):
    def __init__(self, provider: TracerProvider) -> None:
        self._provider = provider

    def start_span(
        self,
        name: str,
        context: otel.Context | None = None,
        kind: SpanKind = SpanKind.INTERNAL,
        attributes: Any = None,
        *_more: Any,
        **_options: Any,
    ) -> ReadableSpan:
        around = trace.get_current_span(context).get_span_context()
        span = ReadableSpan(name, around if around.is_valid else None, kind, attributes or {}, self._provider)
        for each in self._provider.processors:
            each.on_start(span, parent_context=context)
        return span

    @contextmanager
    def start_as_current_span(self, name: str, *args: Any, **options: Any) -> Generator[ReadableSpan, None, None]:  # type: ignore[override]
        span = self.start_span(name, *args, **options)
        token = otel.attach(trace.set_span_in_context(span))
        try:
            yield span
        finally:
            otel.detach(token)
            span.end()


class TracerProvider(trace.TracerProvider):
    """Makes tracers whose spans its processors hear of."""

    def __init__(self, *, shutdown_on_exit: bool = False) -> None:
        self.processors: list[SpanProcessor] = []

    def add_span_processor(self, processor: SpanProcessor) -> None:
        """Let one more hear."""
        self.processors.append(processor)

    def get_tracer(self, *_about: Any, **_more: Any) -> _Tracer:
        """One of them."""
        return _Tracer(self)
