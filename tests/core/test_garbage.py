"""What a call leaves behind when nobody keeps its result: nothing for the garbage collector.

Reference counts free a finished call at once. Cycles would wait for the collector, whose pauses grow with all that the
program holds.
"""

from __future__ import annotations

import asyncio
import gc
from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress

import pytest

from ai_sdk import generate_text, stream_text, tool, wrap_model
from ai_sdk.errors import ServerError
from ai_sdk.messages import ToolCallPart
from ai_sdk.middleware import cache, circuit_breaker, fallback, logging, rate_limit, retry, smooth_stream, timeout
from ai_sdk.model import AnyLayer, Layer
from ai_sdk.parts import Finish
from ai_sdk.requests import LanguageRequest
from ai_sdk.results import LanguageResponse, Usage
from ai_sdk.steps import LanguageModel
from ai_sdk.testing import ScriptedModel

WARM, COUNTED = 3, 10
TRIES = 2 * (WARM + COUNTED)
CALL = (ToolCallPart("1", "double", '{"n": 1}'), Finish("tool-calls", Usage()))


@tool
async def double(n: int) -> int:
    """Double a number."""
    return n * 2


def answering() -> ScriptedModel:
    return ScriptedModel(["one two three"] * TRIES)


async def whole(model: LanguageModel) -> None:
    await generate_text(model, "hi")


async def streamed(model: LanguageModel) -> None:
    async with stream_text(model, "hi") as stream:
        async for _ in stream.text:
            pass


async def left(model: LanguageModel) -> None:
    async with stream_text(model, "hi") as stream:
        async for _ in stream.text:
            break


async def with_tools(model: LanguageModel) -> None:
    await generate_text(model, "hi", tools=[double])


async def failing(model: LanguageModel) -> None:
    with suppress(ServerError):
        await generate_text(model, "hi")


CALLS: dict[Callable[[LanguageModel], Awaitable[None]], Callable[[], ScriptedModel]] = {
    whole: answering,
    streamed: answering,
    left: answering,
    with_tools: lambda: ScriptedModel([CALL, "done"] * TRIES),
    failing: lambda: ScriptedModel([ServerError("broken", status=500)] * TRIES),
}
STACKS: dict[str, Callable[[], Sequence[AnyLayer | Layer[LanguageRequest, LanguageResponse]]]] = {
    "no layer": list,
    "logging": lambda: [logging()],
    "timeout": lambda: [timeout(total=60, idle=10)],
    "retry": lambda: [retry(attempts=2, base=0)],
    "cache": lambda: [cache()],
    "fallback": lambda: [fallback(answering())],
    "circuit_breaker": lambda: [circuit_breaker(min_calls=1000)],
    "rate_limit": lambda: [rate_limit(requests=10**6, concurrency=10)],
    "smooth_stream": lambda: [smooth_stream()],
}


@pytest.mark.parametrize("stack", STACKS)
@pytest.mark.parametrize("call", CALLS, ids=lambda call: call.__name__)
async def test_a_finished_call_leaves_nothing_for_the_collector(
    call: Callable[[LanguageModel], Awaitable[None]], stack: str
) -> None:
    model = wrap_model(CALLS[call](), STACKS[stack]())
    for _ in range(WARM):
        await call(model)
    await asyncio.sleep(0)
    gc.collect()
    gc.disable()
    try:
        for _ in range(COUNTED):
            await call(model)
        await asyncio.sleep(0)
        assert gc.collect() < COUNTED, "each call left a cycle"
    finally:
        gc.enable()
