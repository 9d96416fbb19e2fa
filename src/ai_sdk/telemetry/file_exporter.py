"""Spans of the SDK into the local file, as ``ai_sdk.telemetry.trace_file`` describes it. Needs the extra ``otel``."""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from opentelemetry.sdk.trace.export import SpanExporter, SpanExportResult

from ai_sdk.telemetry.trace_file import MOST_BYTES, append, default_path

if TYPE_CHECKING:
    from os import PathLike

    from opentelemetry.sdk.trace import ReadableSpan

__all__ = ["FileSpanExporter", "as_line"]

_log = logging.getLogger(__name__)


class FileSpanExporter(SpanExporter):
    """Appends each span to a file, which has ``most`` bytes before it is rotated. A disk that fails loses spans only.

    The first failure is a warning in the log; the next one only after spans could be written again.
    """

    def __init__(self, path: str | PathLike[str] | None = None, *, most: int = MOST_BYTES) -> None:
        self.path = Path(path).expanduser() if path is not None else default_path()
        self._most = most
        self._failing = False

    def export(self, spans: Sequence[ReadableSpan]) -> SpanExportResult:
        """Write the spans, a line each."""
        try:
            append(self.path, map(as_line, spans), most=self._most)
        except Exception as error:  # noqa: BLE001 - told once; a trace is not worth a crash
            if not self._failing:
                _log.warning("spans are lost: %s cannot be written (%s: %s)", self.path, type(error).__name__, error)
            self._failing = True
            return SpanExportResult.FAILURE
        self._failing = False
        return SpanExportResult.SUCCESS

    def shutdown(self) -> None:
        """Nothing is held open."""

    def force_flush(self, timeout_millis: int = 30_000) -> bool:
        """Everything is written already."""
        del timeout_millis
        return True


def as_line(span: ReadableSpan) -> dict[str, Any]:
    """A span as the file has it."""
    context = span.get_span_context()
    assert context is not None
    start = span.start_time or 0
    return {
        "v": 1,
        "trace": f"{context.trace_id:032x}",
        "span": f"{context.span_id:016x}",
        "parent": f"{span.parent.span_id:016x}" if span.parent is not None else None,
        "name": span.name,
        "kind": span.kind.name.lower(),
        "start": start // 1000,
        "duration": max(0, (span.end_time or start) - start) // 1000,
        "status": span.status.status_code.name.lower(),
        "message": span.status.description,
        "service": str(span.resource.attributes.get("service.name", "")),
        "scope": span.instrumentation_scope.name if span.instrumentation_scope is not None else "",
        "attributes": dict(span.attributes or {}),
        "events": [
            {
                "name": each.name,
                "at": max(0, each.timestamp - start) // 1000,
                "attributes": _of(each.attributes),
            }
            for each in span.events
        ],
    }


def _of(attributes: Mapping[str, Any] | None) -> dict[str, Any]:
    return dict(attributes or {})
