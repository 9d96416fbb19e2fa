"""Metrics: the instruments of the table in ``ai_sdk.telemetry.names``, and what a call that is over adds to them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, cast

from ai_sdk.telemetry.names import METRICS, Conventions, Metric

if TYPE_CHECKING:
    from ai_sdk.telemetry.sink import Identity

__all__ = ["Meter"]

_BY_NAME = {each.name: each for each in METRICS}
_USAGE = "gen_ai.usage."
_COUNTED = (
    ("input_tokens", "input_tokens"),
    ("output_tokens", "output_tokens"),
    ("cache_read.input_tokens", "cache_read.input_tokens"),
    ("cache_creation.input_tokens", "cache_write.input_tokens"),
    ("reasoning.output_tokens", "reasoning.output_tokens"),
)


class Meter:
    """Makes each instrument when it is first used, under its name in the chosen conventions."""

    def __init__(self, meter: Any, conventions: Conventions) -> None:
        self._meter = meter
        self._latest = conventions == "latest"
        self._instruments: dict[str, Any] = {}
        self._of_inference: dict[str, Any] = self._instruments if conventions == "1.41" else {}

    def put(self, name: str, value: float, attributes: Mapping[str, Any], *, inference: bool = False) -> None:
        """Add to a counter, set a gauge or record in a histogram; some have a name of their own for ``inference``."""
        instruments = self._of_inference if inference else self._instruments
        write = instruments.get(name)
        if write is None:
            metric = _BY_NAME[name]
            renamed = self._latest and inference and metric.latest is not None
            write = instruments[name] = self._made(metric, cast("str", metric.latest) if renamed else name)
        write(value, attributes)

    def _made(self, metric: Metric, shown: str) -> Any:
        if metric.kind == "counter":
            return self._meter.create_counter(shown, metric.unit, metric.description).add
        if metric.kind == "gauge":
            return self._meter.create_gauge(shown, metric.unit, metric.description).set
        return self._meter.create_histogram(
            shown, metric.unit, metric.description, explicit_bucket_boundaries_advisory=list(metric.buckets)
        ).record

    def call(
        self,
        identity: Identity,
        answered: Mapping[str, Any],
        *,
        duration: float,
        first: float | None,
        cost: float | None,
        error: str | None,
    ) -> None:
        """Record a call that is over. Times are in seconds, ``cost`` in US dollars; what is None is not known."""
        known, inference = identity.base, identity.inference
        if "gen_ai.response.model" in answered:
            known = {**known, "gen_ai.response.model": answered["gen_ai.response.model"]}
        ended = known if error is None else {**known, "error.type": error}
        self.put("gen_ai.client.operation.duration", duration, ended, inference=inference)
        if first is not None:
            self.put("gen_ai.client.operation.time_to_first_chunk", first, known, inference=inference)
        if not self._latest:
            self._tokens(known, answered)
        elif inference:
            self._inference_tokens(known, ended, answered)
        if cost:
            self.put("ai_sdk.client.cost", cost, known)

    def _tokens(self, known: Mapping[str, Any], answered: Mapping[str, Any]) -> None:
        for kind in ("input", "output"):
            count = answered.get(f"{_USAGE}{kind}_tokens")
            if count is not None:
                self.put("gen_ai.client.token.usage", count, {**known, "gen_ai.token.type": kind})

    def _inference_tokens(
        self, known: Mapping[str, Any], ended: Mapping[str, Any], answered: Mapping[str, Any]
    ) -> None:
        counted = {**known, "gen_ai.token.modality": "unknown"}
        for said, name in _COUNTED:
            count = answered.get(_USAGE + said)
            if count is not None:
                self.put(f"gen_ai.client.inference.usage.{name}", count, counted)
        for name in ("input_tokens", "output_tokens"):
            count = answered.get(_USAGE + name)
            if count is not None:
                self.put(f"gen_ai.client.inference.operation.{name}", count, ended)
