"""What tracing costs: microseconds that a traced call takes above the same call untraced.

``python benchmarks/tracing.py [--quick] [--results DIR] [--profile NAME]``

A streamed answer of 2 and of 102 parts, a whole one and an embedding are read to their end, under a bare stack and with
``tracing`` around it: without an SDK, with one whose exporter throws everything away (a batch processor, and with
metrics too), and with a sampler that takes nothing. The cases take turns; a figure is the median of the rounds'
differences in CPU time, because case and bare stack are then measured under the same conditions. "By hand" is what the
SDK alone takes for as many spans and attributes: a span for the call and one for its attempt, around the ``await``;
"with reads" also makes the span the current one inside of every read of a stream, as ``tracing`` does.
"""

from __future__ import annotations

import argparse
import asyncio
import cProfile
import gc
import pstats
import statistics
import time
from collections.abc import Awaitable, Callable, Sequence
from pathlib import Path
from typing import Any, TypeVar, cast

from _report import RESULTS, described, machine, table, two_cpus, versions, write
from _stub import pin
from layers import EMBEDDING, LONG, REQUEST, SHORT, Scripted, embed, flat
from opentelemetry import context as otel
from opentelemetry import trace
from opentelemetry.sdk.metrics import MeterProvider
from opentelemetry.sdk.metrics.export import InMemoryMetricReader
from opentelemetry.sdk.trace import ReadableSpan, TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor, SpanExporter, SpanExportResult
from opentelemetry.sdk.trace.sampling import ALWAYS_OFF, ParentBased

from ai_sdk import wrap_model
from ai_sdk.middleware import tracing
from ai_sdk.model import AnyLayer, Model, layer
from ai_sdk.response import Response

Req = TypeVar("Req")
Res = TypeVar("Res")

TARGETS = {"no SDK": 6.0, "SDK, batch processor": 60.0, "not sampled": 12.0}


class _Nowhere(SpanExporter):
    def export(self, spans: Sequence[ReadableSpan]) -> SpanExportResult:
        """Throw away."""
        return SpanExportResult.SUCCESS

    def shutdown(self) -> None:
        """Do nothing."""


def _batched() -> TracerProvider:
    provider = TracerProvider()
    provider.add_span_processor(BatchSpanProcessor(_Nowhere()))
    return provider


class _Reads:
    """Makes a span the current one inside of the reads of a response."""

    def __init__(self, context: otel.Context) -> None:
        self.context = context

    def check(self, part: Any, /) -> None:
        """Do nothing."""

    async def read(self, read: Callable[[], Awaitable[Any]], /) -> Any:
        """Read inside of the span."""
        token = otel.attach(self.context)
        try:
            return await read()
        finally:
            otel.detach(token)


def by_hand(provider: TracerProvider, *, reads: bool = False) -> AnyLayer:
    """A layer that makes the two spans of a call and looks at nothing; with ``reads`` they are current in them, too."""
    tracer = provider.get_tracer("by hand")

    @layer
    async def by_hand(request: Req, call: Model[Req, Res]) -> Res:
        started = {"gen_ai.operation.name": "chat", "gen_ai.provider.name": "_OTHER"}
        span = tracer.start_span("chat", attributes=started)
        around = trace.set_span_in_context(span)
        token = otel.attach(around)
        try:
            if not span.is_recording():
                return _watched(await call(request), around, reads)
            span.set_attributes({"gen_ai.request.stream": True})
            numbered: dict[str, Any] = {"ai_sdk.attempt.number": 1, "gen_ai.request.model": "scripted"}
            attempt = tracer.start_span("attempt scripted", context=around, attributes=numbered)
            response = await call(request)
            attempt.set_attributes({"ai_sdk.attempt.time_to_first_chunk": 0.1})
            attempt.end()
            said: dict[str, Any] = {"gen_ai.response.finish_reasons": ("stop",), "ai_sdk.attempts": 1}
            span.set_attributes({**said, "gen_ai.response.time_to_first_chunk": 0.1})
            return _watched(response, around, reads)
        finally:
            otel.detach(token)
            span.end()

    return by_hand


def _watched(response: Res, around: otel.Context, reads: bool) -> Res:
    live: Any = response
    if reads and isinstance(live, Response):
        cast("Response[Any, Any]", live).watch(_Reads(around))
    return response


def cases() -> dict[str, Callable[[], Any]]:
    """Layers by name; the bare stack has a layer that does nothing in the place of ``tracing``."""
    return {
        "no SDK": tracing,
        "SDK, batch processor": lambda: tracing(tracer_provider=_batched()),
        "SDK, batch processor, metrics": lambda: tracing(
            tracer_provider=_batched(), meter_provider=MeterProvider([InMemoryMetricReader()])
        ),
        "SDK, batch processor, by hand": lambda: by_hand(_batched()),
        "SDK, batch processor, by hand with reads": lambda: by_hand(_batched(), reads=True),
        "not sampled": lambda: tracing(tracer_provider=TracerProvider(sampler=ParentBased(ALWAYS_OFF))),
        "not sampled, by hand": lambda: by_hand(TracerProvider(sampler=ParentBased(ALWAYS_OFF))),
        "not sampled, by hand with reads": lambda: by_hand(TracerProvider(sampler=ParentBased(ALWAYS_OFF)), reads=True),
    }


async def _us_a_call(model: Any, request: Any, calls: int) -> float:
    gc.collect()
    start = time.thread_time()
    for _ in range(calls):
        response = await model(request)
        if hasattr(response, "result"):
            async for _ in response:
                pass
        await asyncio.sleep(0)
    return (time.thread_time() - start) / calls * 1e6


def answers() -> dict[str, tuple[Any, Any]]:
    """Models and requests by the kind of the answer."""
    return {
        f"streamed, {SHORT} parts": (Scripted(SHORT), REQUEST),
        f"streamed, {LONG} parts": (Scripted(LONG), REQUEST),
        "embedding": (embed, EMBEDDING),
    }


async def measure(rounds: int, calls: int) -> dict[str, dict[str, list[float]]]:
    """Microseconds above the bare stack, by case and answer, for each round."""
    made = {
        case: {name: wrap_model(model, [make()]) for name, (model, _) in answers().items()}
        for case, make in cases().items()
    }
    bare = {name: wrap_model(model, [flat]) for name, (model, _) in answers().items()}
    above: dict[str, dict[str, list[float]]] = {case: {name: [] for name in bare} for case in made}
    for models in (bare, *made.values()):
        for name, (_, request) in answers().items():
            await _us_a_call(models[name], request, calls // 4)
    for _ in range(rounds):
        for name, (_, request) in answers().items():
            for case, models in made.items():
                least = await _us_a_call(bare[name], request, calls)
                above[case][name].append(await _us_a_call(models[name], request, calls) - least)
    return above


async def profile(case: str, calls: int) -> None:
    """Print where the time of one case goes."""
    model = wrap_model(Scripted(SHORT), [cases()[case]()])
    await _us_a_call(model, REQUEST, calls)
    profiler = cProfile.Profile()
    profiler.enable()
    await _us_a_call(model, REQUEST, calls)
    profiler.disable()
    pstats.Stats(profiler).sort_stats("tottime").print_stats(25)


def markdown(above: dict[str, dict[str, list[float]]]) -> str:
    """The table."""
    names = list(answers())
    rows = [
        [
            case,
            *[f"{statistics.median(took[name]):+.1f}" for name in names],
            f"{TARGETS[case]:g}" if case in TARGETS else "",
        ]
        for case, took in above.items()
    ]
    return table(["µs above the bare stack, median", *names, "target"], rows)


def main() -> None:
    """Measure, print and write."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--quick", action="store_true")
    parser.add_argument("--results", type=Path, default=RESULTS)
    parser.add_argument("--profile", choices=list(cases()))
    options = parser.parse_args()
    pin(two_cpus()[1])
    if options.profile:
        asyncio.run(profile(options.profile, 2000))
        return
    rounds, calls = (5, 400) if options.quick else (15, 2000)
    start = machine()
    above = asyncio.run(measure(rounds, calls))
    text = f"{markdown(above)}\n\n{described(start, versions())}\n\nmedian of {rounds} rounds"
    write("tracing", text, {"machine": start, "above": above}, options.results)


if __name__ == "__main__":
    main()
