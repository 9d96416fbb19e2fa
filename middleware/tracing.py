"""Spans and metrics of every call, in OpenTelemetry's words.

The law: every call is one span, around all of its attempts, each of which is a child; every span that starts ends
exactly once, however the call ends; the answer, the error and the context of the caller are what they were. The layer
is an observer of the call's record and of nothing else.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, TypeVar

from ai_sdk._frozen import EMPTY
from ai_sdk.call import record_call
from ai_sdk.ending import report_failure
from ai_sdk.model import AnyLayer, Model, layer
from ai_sdk.response import keep

if TYPE_CHECKING:
    from ai_sdk.prices import Price
    from ai_sdk.telemetry.content import Capture
    from ai_sdk.telemetry.names import Conventions
    from ai_sdk.telemetry.recording import TracedCall
    from ai_sdk.telemetry.sink import Sink

__all__ = ["tracing"]

Req = TypeVar("Req")
Res = TypeVar("Res")


def tracing(
    *,
    tracer_provider: Any = None,
    meter_provider: Any = None,
    logger_provider: Any = None,
    content: bool | Capture | None = None,
    conventions: Conventions = "1.41",
    attributes: Mapping[str, Any] = EMPTY,
    cost: bool = True,
    prices: Mapping[str, Price] | None = None,
    per_chunk: bool = False,
) -> AnyLayer:
    """Record each call as a span with a child for each attempt, and as metrics. Put it outermost.

    The providers are OpenTelemetry's global ones unless others are given; without an SDK the layer does nothing. A call
    that fails is also an event, where there is a provider of loggers.
    ``content``: write what was asked and answered, also by tools, which may be private: True or ``"span_only"`` on the
    span, ``"event_only"`` or ``"span_and_event"`` as an event; None does what the environment variable
    ``OTEL_INSTRUMENTATION_GENAI_CAPTURE_MESSAGE_CONTENT`` says, and nothing without it. What looks like somebody's key
    is never written. ``conventions``: the names of semantic conventions 1.41, or with ``"latest"`` also those that were
    changed since. ``attributes`` go on every span, such as ``{"gen_ai.conversation.id": "..."}``. ``cost``: what the
    call cost in US dollars, all attempts included, where the prices are known: ``prices`` of your own, else those of
    the extra ``prices``, which a thread loads when the first call begins. A call that ends before they are here has no
    cost; ``ai_sdk.prices.load_prices()`` at the start of a program loads them in time. ``per_chunk``: also the time
    from each part of a stream to the next.
    """
    door = _Door(
        tracer_provider,
        meter_provider,
        logger_provider,
        content=content,
        conventions=conventions,
        cost=cost,
        prices=prices,
        attributes=attributes,
        per_chunk=per_chunk,
    )
    return _through(door)


def _through(door: _Door) -> AnyLayer:
    @layer
    async def tracing(request: Req, call: Model[Req, Res]) -> Res:
        traced = door.start(request, call)
        if traced is None:
            return await call(request)
        token = traced.enter()
        try:
            if traced.heard:
                with record_call("layer", "tracing", observers=(traced.observe,)) as traced.record:
                    response = await call(request)
            else:
                response = await call(request)
        except BaseException as error:
            traced.leave(token, error)
            traced.raised(error)
            raise
        traced.leave(token)
        try:
            if traced.heard:
                traced.begun(response)
                keep(traced, response)
            else:
                traced.carry(response)
            return response
        finally:
            # from 3.12 on the traceback of a failed attempt keeps this frame, which must not keep a dropped response
            del response

    return tracing


class _Door:
    """Opens the sink at the first call, so that what a layer records with is loaded only where layers are used."""

    def __init__(self, *providers: Any, content: bool | Capture | None, **options: Any) -> None:
        self._providers = providers
        self._content: bool | Capture | None = content
        self._options = options
        self._sink: Sink | None = None

    def start(self, request: object, call: object) -> TracedCall | None:
        """Start the span of a call; None when nothing would be recorded."""
        try:
            sink = self._sink
            if sink is None:
                sink = self._sink = self._opened()
            return sink.start(request, call) if sink.awake() else None
        except Exception as error:  # noqa: BLE001 - reported; telemetry must not change the call
            report_failure("tracing a call", error)
            return None

    def _opened(self) -> Sink:
        from ai_sdk.telemetry.content import capture_of
        from ai_sdk.telemetry.sink import Sink

        return Sink(*self._providers, capture=capture_of(self._content), **self._options)
