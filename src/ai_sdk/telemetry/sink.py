"""Where the spans, metrics and events of a layer go, and what it knows of models and prices."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, NamedTuple

from opentelemetry import metrics, trace
from opentelemetry._logs import get_logger, get_logger_provider
from opentelemetry.trace import SpanKind

from ai_sdk.errors import APIConnectionError, APIError, InvalidRequestError, LayerError, MissingExtraError
from ai_sdk.prices import NANO, Price, cost_of
from ai_sdk.telemetry.measuring import Meter
from ai_sdk.telemetry.names import SCHEMA, Conventions
from ai_sdk.telemetry.spans import identity_of, provider_of
from ai_sdk.usage_estimate import made_by

if TYPE_CHECKING:
    from ai_sdk.call import Attempt
    from ai_sdk.ending import Ending
    from ai_sdk.telemetry.content import Capture

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


class Identity(NamedTuple):
    """What spans and metrics say of every call of one model: made once."""

    name: str
    kind: SpanKind
    base: dict[str, Any]
    started: dict[str, Any]
    inference: bool


class Sink:
    """Where spans, metrics and events go, and what is written into them.

    ``traces``, ``measures`` and ``events``: whether there was somebody for them when ``awake`` last looked.
    """

    traces = measures = events = False

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
        self._seen: tuple[object, object, object] = (None, None, None)
        self._given = tracers, meters, loggers
        self.tracer = trace.get_tracer(_SCOPE, tracer_provider=tracers, schema_url=SCHEMA)
        self.meter = Meter(metrics.get_meter(_SCOPE, meter_provider=meters, schema_url=SCHEMA), conventions)
        self.logger = get_logger(_SCOPE, logger_provider=loggers)
        self.conventions: Conventions = conventions
        self.on_spans = capture in ("span_only", "span_and_event")
        self.attributes = dict(attributes)
        self.per_chunk = per_chunk
        self._cost = cost
        self._prices = prices
        self._package = True
        self._attempts: dict[str, tuple[str, dict[str, Any]]] = {}
        self._known: dict[tuple[int, type], tuple[object, Identity]] = {}

    def awake(self) -> bool:
        """Whether anything would be recorded; False as long as there is no SDK."""
        tracers, meters, loggers = self._given
        if tracers is None:
            tracers = trace.get_tracer_provider()
        if meters is None:
            meters = metrics.get_meter_provider()
        if loggers is None and self._on_events:
            loggers = get_logger_provider()
        seen = self._seen
        if tracers is not seen[0] or meters is not seen[1] or loggers is not seen[2]:
            self._seen = tracers, meters, loggers
            self.traces, self.measures = _is_there(tracers), _is_there(meters)
            self.events = self._on_events and _is_there(loggers)
        return self.traces or self.measures or self.events

    def identity(self, request: object, model: object) -> Identity:
        """What is said of every such request to this model; remembered, because stacks are asked for their names."""
        key = id(model), type(request)
        known = self._known.get(key)
        if known is not None and known[0] is model:
            return known[1]
        name, base = identity_of(request, model)
        kind = SpanKind.INTERNAL if getattr(model, "provider", None) in _LOCAL else SpanKind.CLIENT
        inference = base["gen_ai.operation.name"] == "chat"
        identity = Identity(name, kind, base, {**base, **self.attributes}, inference)
        if len(self._known) >= _MOST_REMEMBERED:
            self._known = {}
        self._known[key] = model, identity
        return identity

    def attempt(self, model: str) -> tuple[str, dict[str, Any]]:
        """The name of the span of an attempt at a model of this name, and what it says of the model."""
        known = self._attempts.get(model)
        if known is None:
            provider, colon, model_id = model.partition(":")
            if not colon:
                provider, model_id = "", model
            attributes: dict[str, Any] = {"gen_ai.request.model": model_id}
            if provider:
                attributes["ai_sdk.attempt.provider"] = provider_of(provider)
            if len(self._attempts) >= _MOST_REMEMBERED:
                self._attempts = {}
            known = self._attempts[model] = f"attempt {model_id}", {**attributes, **self.attributes}
        return known

    def price(self, attempt: Attempt, request: object) -> float | None:
        """What an attempt cost in US dollars; None when that is not known, as for one that has not ended."""
        ending = attempt.ending
        if not self._cost or ending is None:
            return None
        if _was_refused(ending, begun=attempt.first_content is not None):
            return 0.0
        result = ending.result()
        usage = getattr(result, "usage", None)
        if usage is None or (ending.how != "end" and getattr(result, "finish_reason", None) is None):
            return None
        if not self._package and not self._is_own(attempt.model):
            return None
        images, seconds = made_by(result, request)
        try:
            nano = cost_of(usage, attempt.model, prices=self._prices, images=images, seconds=seconds)
        except MissingExtraError:
            self._package = False
            return None
        return None if nano is None else nano / NANO

    def _is_own(self, name: str) -> bool:
        prices = self._prices or {}
        return name in prices or name.partition(":")[0] in prices


def _is_there(provider: object) -> bool:
    return type(provider).__name__ not in _ABSENT


def _was_refused(ending: Ending, *, begun: bool) -> bool:
    """Whether an attempt cost nothing: it failed before any content, and the provider said no or never saw it."""
    error = ending.error
    if error is None or begun:
        return False
    if isinstance(error, APIConnectionError):
        return not error.sent
    return isinstance(error, APIError | InvalidRequestError | LayerError)
