"""What a gateway counts: for Prometheus, for its log, and for its live page.

With several workers, ``PROMETHEUS_MULTIPROC_DIR`` names a folder in which all of them count (``ai-sdk serve`` makes
one), so that any of them answers for all. The list of the last requests is that of the worker that answers.
"""

from __future__ import annotations

import asyncio
import logging
from collections import deque
from typing import TYPE_CHECKING, Any, cast

from ai_sdk.errors import MissingExtraError
from ai_sdk.server._asgi import ClientLeft
from ai_sdk.server._failures import failure_of

if TYPE_CHECKING:
    from ai_sdk.call import Attempt
    from ai_sdk.results import Usage
    from ai_sdk.server._asgi import Exchange
    from ai_sdk.server._calls import Call

__all__ = ["Metrics"]

_log = logging.getLogger("ai_sdk.server")
_SECONDS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 120)
_CLIENT_LEFT = 499
_REMEMBERED = 200


class Metrics:
    """Counts calls, from their begin to their end."""

    def __init__(self) -> None:
        self.in_flight = 0
        self.recent: deque[dict[str, Any]] = deque(maxlen=_REMEMBERED)
        self._series = _series()

    async def start(self) -> None:
        """Load the price data now, off the event loop, so that no call waits for it."""
        from ai_sdk.prices import load_prices

        try:
            await asyncio.to_thread(load_prices)
        except MissingExtraError:
            _log.info("costs are not known: pip install 'ai-sdk-layers[prices]'")

    def begin(self, call: Call) -> None:
        """A call begins."""
        self.in_flight += 1
        self._series["in_flight"].inc()
        del call

    def end(self, call: Call, error: BaseException | None) -> None:
        """A call is over; one line in the log, and all the counts."""
        self.in_flight -= 1
        series, model, owner = self._series, call.served.name, call.owner or ""
        series["in_flight"].dec()
        status, code = _outcome(call, error)
        seconds = call.seconds
        series["requests"].labels(call.route, model, owner, str(status)).inc()
        series["seconds"].labels(call.route, model).observe(seconds)
        if call.first is not None:
            series["first"].labels(call.route, model).observe(call.first)
        attempts, usage = call.attempts, call.usage
        for direction, count in (("input", usage.input_tokens), ("output", usage.output_tokens)):
            if count:
                series["tokens"].labels(model, owner, direction).inc(count)
        for attempt in attempts:
            outcome = "ok" if attempt.error is None else type(attempt.error).__name__
            series["attempts"].labels(model, attempt.model, outcome).inc()
        cost = _cost(attempts)
        if cost:
            series["cost"].labels(model, owner).inc(cost)
        seen = self._remember(call, attempts, usage, status=status, code=code, seconds=seconds, cost=cost)
        _log.log(
            logging.INFO if status < 500 else logging.WARNING,
            "request %(id)s %(route)s %(model)s key=%(key)s %(status)s %(code)s %(seconds).3fs attempts=%(attempts)s",
            seen,
        )

    def _remember(self, call: Call, attempts: tuple[Attempt, ...], usage: Usage, **outcome: Any) -> dict[str, Any]:
        from datetime import UTC, datetime

        seen = {
            "id": call.exchange.request_id,
            "time": datetime.now(UTC).timestamp(),
            "route": call.route,
            "model": call.served.name,
            "key": call.owner or "-",
            "first": call.first,
            "attempts": len(attempts),
            "served_by": attempts[-1].model if attempts else None,
            "input_tokens": usage.input_tokens,
            "output_tokens": usage.output_tokens,
            **outcome,
        }
        self.recent.append(seen)
        return seen

    def failed(self, exchange: Exchange, error: BaseException) -> None:
        """Something failed that nobody foresaw: the log has its traceback, under the request's id."""
        _log.error("request %s failed: %s", exchange.request_id, type(error).__name__, exc_info=error)

    def exposition(self) -> tuple[bytes, str]:
        """The counts of all workers as Prometheus reads them, and their media type."""
        from prometheus_client import CONTENT_TYPE_LATEST, generate_latest

        return generate_latest(_registry()), CONTENT_TYPE_LATEST

    def snapshot(self) -> dict[str, Any]:
        """The counts as plain data, for the live page: sums over all labels but the model."""
        totals: dict[str, dict[str, float]] = {}
        for metric in _registry().collect():
            for sample in metric.samples:
                if sample.name.startswith("ai_sdk_gateway_") and not sample.name.endswith("_created"):
                    _add(totals, sample.name.removeprefix("ai_sdk_gateway_"), sample.labels, sample.value)
        return {"totals": totals, "recent": list(self.recent)}


def _add(totals: dict[str, dict[str, float]], name: str, labels: dict[str, str], value: float) -> None:
    parts = [labels.get("model", "")]
    if name == "requests_total":
        parts.append(labels["status"])
    elif name.endswith("_bucket"):
        parts.append(labels["le"])
    elif name == "attempts_total":
        parts += [labels["target"], labels["outcome"]]
    elif name == "tokens_total":
        parts.append(labels["direction"])
    key = " ".join(parts)
    found = totals.setdefault(name, {})
    found[key] = found.get(key, 0.0) + value


def _outcome(call: Call, error: BaseException | None) -> tuple[int, str]:
    """The status and the word under which a call is counted."""
    if isinstance(error, ClientLeft):
        return _CLIENT_LEFT, "client_left"
    if isinstance(error, asyncio.CancelledError):
        return 503, "shutting_down"
    if error is not None and not call.exchange.started:
        failure = failure_of(error)
        return failure.status, failure.code or failure.type
    if error is not None or call.failure is not None:
        return 502, call.failure or "stream_interrupted"
    return call.exchange.status, "-"


def _cost(attempts: tuple[Attempt, ...]) -> float | None:
    """Dollars of all attempts; None as soon as one of them used something whose price is not known."""
    from ai_sdk.prices import cost_of

    total = 0
    for each in attempts:
        usage = each.usage
        if usage is None:
            continue
        try:
            cost = cost_of(usage, each.model)
        except MissingExtraError:
            return None
        if cost is None:
            return None
        total += cost
    return total / 1e9


_known: dict[str, Any] = {}


def _registry() -> Any:
    """The registry to read: over the files of all workers where there are such."""
    import os

    from prometheus_client import REGISTRY, CollectorRegistry
    from prometheus_client.multiprocess import MultiProcessCollector

    if not os.environ.get("PROMETHEUS_MULTIPROC_DIR"):
        return REGISTRY
    registry = CollectorRegistry()
    cast("Any", MultiProcessCollector)(registry)
    return registry


def _series() -> dict[str, Any]:
    """The counters, which are made once a process: Prometheus knows each name once."""
    if _known:
        return _known
    try:
        from prometheus_client import Counter, Gauge, Histogram
    except ImportError as error:
        raise MissingExtraError("a gateway needs: pip install 'ai-sdk-layers[server]'", field="server") from error
    prefix = "ai_sdk_gateway"
    _known.update(
        in_flight=Gauge(f"{prefix}_in_flight", "Calls that are being answered", multiprocess_mode="livesum"),
        requests=Counter(f"{prefix}_requests", "Calls that are over", ["route", "model", "key", "status"]),
        seconds=Histogram(f"{prefix}_seconds", "Seconds of a call", ["route", "model"], buckets=_SECONDS),
        first=Histogram(
            f"{prefix}_first_content_seconds", "Seconds to the first content", ["route", "model"], buckets=_SECONDS
        ),
        tokens=Counter(f"{prefix}_tokens", "Tokens of all attempts", ["model", "key", "direction"]),
        cost=Counter(f"{prefix}_cost_usd", "Dollars of all attempts, where known", ["model", "key"]),
        attempts=Counter(f"{prefix}_attempts", "Calls of providers", ["model", "target", "outcome"]),
    )
    return _known
