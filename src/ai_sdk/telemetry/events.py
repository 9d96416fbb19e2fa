"""Events: what happens on the way of a call, as events of its span; its content and its failure, as log records.

Content is structured on events and is written only where it is wanted; so is the message of an error, in which a
provider may repeat what it was asked.
"""

from __future__ import annotations

import traceback
from typing import TYPE_CHECKING, Any, cast

from opentelemetry._logs import LogRecord, SeverityNumber

from ai_sdk.requests import LanguageRequest
from ai_sdk.results import LanguageResult
from ai_sdk.telemetry.content import input_of, output_of
from ai_sdk.telemetry.spans import error_type, named, on_request, without_keys

if TYPE_CHECKING:
    from collections.abc import Mapping

    from opentelemetry.context import Context

    from ai_sdk.telemetry.sink import Sink

__all__ = ["COUNTED", "EVENTS", "LOOKUPS", "STATES", "tell_of_call", "tell_of_failure", "words_of"]

EVENTS: dict[str, str] = {
    "waited": "ai_sdk.wait",
    "retried": "ai_sdk.retry",
    "fell-over": "ai_sdk.fallback",
    "cache-hit": "ai_sdk.cache.hit",
    "cache-miss": "ai_sdk.cache.miss",
    "cache-stored": "ai_sdk.cache.stored",
    "joined": "ai_sdk.joined",
    "hedged": "ai_sdk.hedge",
    "repaired": "ai_sdk.repair",
    "reasked": "ai_sdk.reask",
    "circuit-changed": "ai_sdk.circuit.changed",
    "key-benched": "ai_sdk.key.benched",
    "shadowed": "ai_sdk.shadow",
}
LOOKUPS = {"cache-hit": "hit", "cache-miss": "miss", "joined": "joined"}
STATES = {"closed": 0, "disabled": 0, "half-open": 1, "open": 2, "forced-open": 2}
COUNTED = {
    "retried": "ai_sdk.client.retries",
    "fell-over": "ai_sdk.client.fallbacks",
    "hedged": "ai_sdk.client.hedges",
}


def words_of(event: str, detail: Any, reason: str) -> dict[str, Any]:
    """The attributes of an event: plain words of its detail, and no keys of caches, which are made of content."""
    if event == "waited":
        return {"ai_sdk.seconds": float(detail), "ai_sdk.wait.reason": reason}
    if event == "retried":
        return {"error.type": error_type(detail)}
    if event == "fell-over":
        return {"error.type": error_type(detail.error), "ai_sdk.model": detail.model}
    if event == "circuit-changed":
        return {"ai_sdk.circuit.from": str(detail.old), "ai_sdk.circuit.to": str(detail.new)}
    if event in ("hedged", "shadowed"):
        return {"ai_sdk.model": str(detail)}
    return {}


def tell_of_call(
    sink: Sink,
    request: object,
    started: Mapping[str, Any],
    result: Any,
    answered: Mapping[str, Any],
    context: Context | None,
) -> None:
    """Emit what was asked and answered. Only calls of language models have such an event."""
    if not isinstance(request, LanguageRequest):
        return
    said: dict[str, Any] = {**started, **on_request(request, sink.conventions), **input_of(request)}
    said.update(answered if sink.conventions == "1.41" else named(answered))
    if isinstance(result, LanguageResult):
        said["gen_ai.output.messages"] = output_of(result)
    _emit(sink, "gen_ai.client.inference.operation.details", SeverityNumber.DEBUG, said, context)


def tell_of_failure(sink: Sink, error: Exception, started: Mapping[str, Any], context: Context | None) -> None:
    """Emit the error that a call ended with: its type and where it was raised, its message where content is wanted."""
    words = sink.on_spans or sink.events
    said: dict[str, Any] = {**started, "exception.type": _qualified(type(error))}
    lines = traceback.format_tb(error.__traceback__)
    if words:
        said["exception.message"] = without_keys(str(error))
        lines.append(f"{said['exception.type']}: {said['exception.message']}")
    if lines:
        said["exception.stacktrace"] = "".join(lines)
    _emit(sink, "gen_ai.client.operation.exception", SeverityNumber.WARN, said, context)


def _qualified(kind: type) -> str:
    return kind.__qualname__ if kind.__module__ == "builtins" else f"{kind.__module__}.{kind.__qualname__}"


def _emit(
    sink: Sink, name: str, severity: SeverityNumber, attributes: Mapping[str, Any], context: Context | None
) -> None:
    sink.logger.emit(
        LogRecord(event_name=name, severity_number=severity, attributes=cast("Any", attributes), context=context)
    )
