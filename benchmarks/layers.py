"""What layers cost, over a model that answers from memory: microseconds for a call, nanoseconds for each part.

``python benchmarks/layers.py [--quick] [--results DIR]``

Every case reads a response of 2 and one of 102 parts to its end; the difference gives the cost of a part. The cases
take turns; a time is the least CPU time of the rounds, because everything that disturbs such a loop makes it slower.
The event loop gets a turn after every call, as it does in life. The stack of eight is also measured with a request of
1 kB and of 20 kB, streamed and not; every request is another one, so that the cache misses each time.
"""

from __future__ import annotations

import argparse
import asyncio
import gc
import time
from collections.abc import AsyncGenerator, AsyncIterator, Sequence
from pathlib import Path
from typing import TypeVar

from _report import RESULTS, described, machine, table, two_cpus, versions, write
from _stub import pin

from ai_sdk import wrap_model
from ai_sdk.call import current_call
from ai_sdk.ending import Ending
from ai_sdk.messages import TextPart, UserMessage
from ai_sdk.middleware import (
    cache,
    circuit_breaker,
    default_settings,
    fallback,
    logging,
    rate_limit,
    retry,
    timeout,
)
from ai_sdk.model import AnyLayer, Layer, Model, layer, name_of
from ai_sdk.parts import Finish, LanguagePart, TextDelta
from ai_sdk.requests import EmbeddingRequest, LanguageRequest
from ai_sdk.response import hold
from ai_sdk.results import EmbeddingResult, LanguageResponse, Usage, fold_language

SHORT, LONG = 2, 102
REQUEST = LanguageRequest(messages=(UserMessage((TextPart("Why is the sky blue?"),)),), stream=True)
EMBEDDING = EmbeddingRequest(values=("a",))
Req = TypeVar("Req")
Res = TypeVar("Res")
LanguageModel = Model[LanguageRequest, LanguageResponse]
LanguageLayer = Layer[LanguageRequest, LanguageResponse]
Stack = Sequence[LanguageLayer | AnyLayer]


@layer
async def flat(request: Req, call: Model[Req, Res]) -> Res:
    """Do nothing."""
    return await call(request)


class _Held:
    def release(self, ending: Ending, /) -> None:
        """Do nothing."""


@layer
async def held(request: Req, call: Model[Req, Res]) -> Res:
    """Hold something until the response closes."""
    return await hold(_Held(), call, request)


async def _same(parts: AsyncIterator[LanguagePart]) -> AsyncGenerator[LanguagePart, None]:
    async for part in parts:
        yield part


@layer
async def mapped(request: LanguageRequest, call: LanguageModel) -> LanguageResponse:
    """Look at every part."""
    return await (await call(request)).through(_same)


@layer
async def mapped_peek(request: LanguageRequest, call: LanguageModel) -> LanguageResponse:
    """Look at every part, the first one inside the call."""
    return await (await call(request)).through(_same, peek=True)


async def _source(script: list[LanguagePart]) -> AsyncGenerator[LanguagePart, None]:
    for part in script:
        yield part


class Scripted:
    """A model whose responses have ``parts`` parts; it reports its attempt, as a provider's model does."""

    records_attempts = True

    def __init__(self, parts: int) -> None:
        self.script: list[LanguagePart] = [*[TextDelta("a")] * (parts - 1), Finish("stop", Usage())]

    async def __call__(self, request: LanguageRequest, /) -> LanguageResponse:
        """Answer."""
        record = current_call()
        if record is None:
            return await LanguageResponse.start(_source(self.script), fold_language)
        attempt = record.attempt("scripted")
        response = await LanguageResponse.start(_source(self.script), fold_language, attempt)
        attempt.begun()
        return response


async def embed(request: EmbeddingRequest, /) -> EmbeddingResult:
    """Answer at once, without a live response."""
    return EmbeddingResult()


def typical() -> list[AnyLayer]:
    """The order that the documentation recommends, with the layers that there are."""
    return [
        logging(),
        timeout(total=60),
        default_settings(temperature=0.2),
        retry(),
        timeout(first_content=10),
    ]


def eight() -> list[AnyLayer]:
    """Eight layers in the recommended order; the cache misses and the limits are never reached."""
    return [
        logging(),
        timeout(total=60),
        default_settings(temperature=0.2),
        cache(ttl=300),
        fallback(embed),
        circuit_breaker(),
        retry(),
        rate_limit(requests=10**9, concurrency=10**6),
    ]


def stacks() -> dict[str, Stack]:
    """The cases."""
    return {
        "no layer": [],
        "flat, does nothing": [flat],
        "5 x flat": [flat] * 5,
        "5 x hold": [held] * 5,
        "one that maps parts": [mapped],
        "5 x that map parts": [mapped] * 5,
        "5 x that map parts and peek": [mapped_peek] * 5,
        "retry": [retry()],
        "timeout(total)": [timeout(total=60)],
        "timeout(first_content)": [timeout(first_content=10)],
        "timeout(idle)": [timeout(idle=10)],
        "logging, level not shown": [logging()],
        "default_settings, fills 1": [default_settings(temperature=0.2)],
        "typical: logging, timeout, default_settings, retry, timeout": typical(),
        "cache, hit": [cache()],
        "fallback": [fallback(embed)],
        "circuit_breaker": [circuit_breaker()],
        "rate_limit(requests, concurrency)": [rate_limit(requests=10**9, concurrency=10**6)],
    }


async def _us_per_read(model: LanguageModel, calls: int) -> float:
    gc.collect()
    start = time.thread_time()
    for _ in range(calls):
        async for _ in await model(REQUEST):
            pass
        await asyncio.sleep(0)
    return (time.thread_time() - start) / calls * 1e6


async def _us_per_value(layers: Sequence[AnyLayer], calls: int) -> float:
    model = wrap_model(embed, layers)
    gc.collect()
    start = time.thread_time()
    for _ in range(calls):
        await model(EMBEDDING)
        await asyncio.sleep(0)
    return (time.thread_time() - start) / calls * 1e6


async def measure(rounds: int, calls: int) -> dict[str, tuple[float, float]]:
    """Microseconds to read the short and the long response through each stack."""
    models = {name: [wrap_model(Scripted(parts), stack) for parts in (SHORT, LONG)] for name, stack in stacks().items()}
    best = dict.fromkeys(models, (float("inf"), float("inf")))
    for _ in range(rounds):
        for name, (short, long) in models.items():
            least = best[name]
            now = await _us_per_read(short, calls), await _us_per_read(long, calls // 4)
            best[name] = min(least[0], now[0]), min(least[1], now[1])
    return best


async def measure_values(rounds: int, calls: int) -> dict[str, float]:
    """The same for a kind of model whose answer is a plain value."""
    layers: dict[str, list[AnyLayer]] = {
        "no layer": [],
        "5 x flat": [flat] * 5,
        "5 x hold": [held] * 5,
        "retry": [retry()],
        "logging, timeout, retry": [logging(), timeout(total=60), retry()],
    }
    best = dict.fromkeys(layers, float("inf"))
    for _ in range(rounds):
        for name, stack in layers.items():
            best[name] = min(best[name], await _us_per_value(stack, calls))
    return best


async def measure_eight(rounds: int, calls: int) -> dict[str, tuple[float, float]]:
    """Microseconds a call of the bare model and of the stack of eight, by the size of the request."""
    cases = [(kilobytes, stream) for kilobytes in (1, 20) for stream in (True, False)]
    best: dict[str, tuple[float, float]] = {}
    for _ in range(rounds):
        for kilobytes, stream in cases:
            name = f"{kilobytes} kB, {'streamed' if stream else 'whole'}"
            requests = [_sized(kilobytes, stream, number) for number in range(calls)]
            took: list[float] = []
            for model in (Scripted(SHORT), wrap_model(Scripted(SHORT), eight())):
                gc.collect()
                start = time.thread_time()
                for request in requests:
                    async for _ in await model(request):
                        pass
                    await asyncio.sleep(0)
                took.append((time.thread_time() - start) / calls * 1e6)
            least = best.get(name, (float("inf"), float("inf")))
            best[name] = min(least[0], took[0]), min(least[1], took[1])
    return best


def _sized(kilobytes: int, stream: bool, number: int) -> LanguageRequest:
    text = f"{number:08}".ljust(kilobytes * 1000, "x")
    return LanguageRequest(messages=(UserMessage((TextPart(text),)),), stream=stream)


def markdown(
    streams: dict[str, tuple[float, float]], values: dict[str, float], full: dict[str, tuple[float, float]]
) -> str:
    """The tables."""
    bare_short, bare_part = streams["no layer"][0], _per_part(streams["no layer"])
    rows = [
        [
            name,
            f"{short:.1f}",
            f"{short - bare_short:+.1f}",
            f"{_per_part((short, long)):.0f}",
            f"{_per_part((short, long)) - bare_part:+.0f}",
        ]
        for name, (short, long) in streams.items()
    ]
    live = table(["streamed answer", "µs a call", "over no layer", "ns a part", "over no layer"], rows)
    bare = values["no layer"]
    plain = [[name, f"{took:.1f}", f"{took - bare:+.1f}"] for name, took in values.items()]
    sized = [[name, f"{bare:.1f}", f"{all_:.1f}", f"{all_ - bare:+.1f}"] for name, (bare, all_) in full.items()]
    names = ", ".join(name_of(each) for each in eight())
    return "\n\n".join(
        [
            live,
            table(["plain answer (embedding)", "µs a call", "over no layer"], plain),
            table(
                [f"stack of eight: {names}", "bare model, µs a call", "with the stack", "over the bare model"], sized
            ),
        ]
    )


def _per_part(took: tuple[float, float]) -> float:
    return (took[1] - took[0]) / (LONG - SHORT) * 1e3


def main() -> None:
    """Measure, print and write."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--quick", action="store_true")
    parser.add_argument("--results", type=Path, default=RESULTS)
    options = parser.parse_args()
    pin(two_cpus()[1])
    rounds, calls = (3, 400) if options.quick else (7, 2000)
    start = machine()
    streams = asyncio.run(measure(rounds, calls))
    values = asyncio.run(measure_values(rounds, calls * 4))
    full = asyncio.run(measure_eight(rounds, calls))
    text = f"{markdown(streams, values, full)}\n\n{described(start, versions())}\n\nleast of {rounds} rounds"
    write("layers", text, {"machine": start, "streams": streams, "values": values, "eight": full}, options.results)


if __name__ == "__main__":
    main()
