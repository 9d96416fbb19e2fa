"""Where the spans, metrics and events of a layer go, and what it knows of models and prices."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, NamedTuple

from opentelemetry import metrics, trace
from opentelemetry._logs import get_logger, get_logger_provider
from opentelemetry.trace import SpanKind

from ai_sdk.model import name_of
from ai_sdk.telemetry.measuring import Meter
from ai_sdk.telemetry.names import SCHEMA, Conventions
from ai_sdk.telemetry.pricing import Pricing
from ai_sdk.telemetry.spans import identity_of, provider_of

if TYPE_CHECKING:
    from ai_sdk.prices import Price
    from ai_sdk.telemetry.content import Capture
    from ai_sdk.telemetry.recording import TracedCall

__all__ = ["Identity", "Sink"]

_SCOPE = "ai_sdk"
_LOCAL = frozenset({"local", "llamacpp"})
_ABSENT = frozenset(
    {
        "ProxyTracerProvider",
        "NoOpTracerProvider",
        "_ProxyMeterProvider",
        "NoOpMeterProvider",
        "ProxyLoggerProvider",
        "NoOpLoggerProvider",
    }
)
_MOST_REMEMBERED = 256
_UNKNOWN = object()


class Identity(NamedTuple):
    """What spans and metrics say of every call of one model: made once."""

    name: str
    kind: SpanKind
    base: dict[str, Any]
    started: dict[str, Any]
    inference: bool
    model: str


class Sink:
    """Where spans, metrics and events go, and what is written into them.

    ``traces``, ``measures``, ``events`` and ``failures``: whether there was somebody for spans, metrics, events with
    content and events of failures when ``awake`` last looked.
    """

    traces = measures = events = failures = False

    def __init__(
        self,
        tracers: trace.TracerProvider | None,
        meters: metrics.MeterProvider | None,
        loggers: Any,
        *,
        conventions: Conventions,
        capture: Capture,
        cost: bool,
        prices: Mapping[str, Price] | None,
        attributes: Mapping[str, Any],
        per_chunk: bool,
    ) -> None:
        self._on_events = capture in ("event_only", "span_and_event")
        self._seen: tuple[object, object, object] = (self, None, None)
        self._given = tracers, meters, loggers
        self.tracer = trace.get_tracer(_SCOPE, tracer_provider=tracers, schema_url=SCHEMA)
        self.meter = Meter(metrics.get_meter(_SCOPE, meter_provider=meters, schema_url=SCHEMA), conventions)
        self.logger = get_logger(_SCOPE, logger_provider=loggers)
        self.conventions: Conventions = conventions
        self.on_spans = capture in ("span_only", "span_and_event")
        self.attributes = dict(attributes)
        self.per_chunk = per_chunk
        self.pricing = Pricing(cost, prices)
        self._traced: type[TracedCall] | None = None
        self.attempts: dict[str, tuple[str, dict[str, Any]]] = {}
        self._known: dict[tuple[int, type], tuple[object, Identity]] = {}

    def awake(self) -> bool:
        """Whether anything would be recorded; False as long as there is no SDK."""
        tracers, meters, loggers = _global_providers()
        seen = self._seen
        if tracers is not seen[0] or meters is not seen[1] or loggers is not seen[2] or tracers is _UNKNOWN:
            self._seen = tracers, meters, loggers
            self._look()
        return self.traces or self.measures or self.failures

    def _look(self) -> None:
        tracers, meters, loggers = self._given
        self.traces = _is_there(trace.get_tracer_provider() if tracers is None else tracers)
        self.measures = _is_there(metrics.get_meter_provider() if meters is None else meters)
        self.failures = _is_there(get_logger_provider() if loggers is None else loggers)
        self.events = self._on_events and self.failures

    def start(self, request: object, model: object) -> TracedCall:
        """Start the span of a call."""
        if self._traced is None:
            from ai_sdk.telemetry import recording

            self._traced = recording.TracedCall
        return self._traced(self, request, model)

    def identity(self, request: object, model: object) -> Identity:
        """What is said of every such request to this model; remembered, because stacks are asked for their names."""
        key = id(model), type(request)
        known = self._known.get(key)
        if known is not None and known[0] is model:
            return known[1]
        name, base = identity_of(request, model)
        kind = SpanKind.INTERNAL if getattr(model, "provider", None) in _LOCAL else SpanKind.CLIENT
        inference = base["gen_ai.operation.name"] == "chat"
        identity = Identity(name, kind, base, {**base, **self.attributes}, inference, name_of(model))
        if len(self._known) >= _MOST_REMEMBERED:
            self._known = {}
        self._known[key] = model, identity
        self.pricing.prepare(identity.model)
        return identity

    def attempt(self, model: str) -> tuple[str, dict[str, Any]]:
        """The name of the span of an attempt at a model of this name, and what it says of the model."""
        known = self.attempts.get(model)
        if known is None:
            provider, colon, model_id = model.partition(":")
            if not colon:
                provider, model_id = "", model
            attributes: dict[str, Any] = {"ai_sdk.attempt.model": model_id}
            if provider:
                attributes["ai_sdk.attempt.provider"] = provider_of(provider)
            if len(self.attempts) >= _MOST_REMEMBERED:
                self.attempts = {}
            self.pricing.prepare(model)
            known = self.attempts[model] = f"attempt {model_id}", {**attributes, **self.attributes}
        return known


def _global_providers() -> tuple[object, object, object]:
    """The providers that somebody has set, without a look at the environment for those that nobody has.

    OpenTelemetry has no public way to ask for them; where its private names are gone they are unknown.
    """
    meters = sys.modules.get("opentelemetry.metrics._internal")
    loggers = sys.modules.get("opentelemetry._logs._internal")
    found = (
        getattr(trace, "_TRACER_PROVIDER", _UNKNOWN),
        getattr(meters, "_METER_PROVIDER", _UNKNOWN),
        getattr(loggers, "_LOGGER_PROVIDER", _UNKNOWN),
    )
    return (_UNKNOWN, None, None) if _UNKNOWN in found else found


def _is_there(provider: object) -> bool:
    kind = type(provider)
    return kind.__name__ not in _ABSENT or not kind.__module__.startswith("opentelemetry.")
