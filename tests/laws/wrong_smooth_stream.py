"""Implementations of ``smooth_stream`` that each break one law."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator
from typing import Any

from ai_sdk.middleware.smooth_stream import smooth_stream
from ai_sdk.model import Layer, layer
from ai_sdk.parts import LanguagePart, ReasoningDelta, TextDelta
from ai_sdk.requests import LanguageRequest
from ai_sdk.results import LanguageResponse

Language = Layer[LanguageRequest, LanguageResponse]


def _mapped(change: Any, inside: Language | None = None) -> Language:
    @layer
    async def wrong(request: LanguageRequest, call: Any) -> LanguageResponse:
        response: LanguageResponse = await (inside(call) if inside is not None else call)(request)
        return await response.through(change)

    return wrong


def smooth_without_the_rest(*, chunk: Any = "word", delay: float | None = 0.01) -> Language:
    """What is no whole word at the end is dropped."""

    async def change(parts: AsyncIterator[LanguagePart]) -> AsyncGenerator[LanguagePart, None]:
        held: LanguagePart | None = None
        async for part in parts:
            if held is not None and not part.last:
                yield held
            held = None if part.last else part
            if part.last:
                yield part

    return _mapped(change, smooth_stream(chunk=chunk, delay=delay))


def smooth_each_delta(*, chunk: Any = "word", delay: float | None = 0.01) -> Language:
    """Pieces are cut where the provider cut."""

    async def change(parts: AsyncIterator[LanguagePart]) -> AsyncGenerator[LanguagePart, None]:
        async for part in parts:
            if isinstance(part, TextDelta):
                for word in part.text.split(" "):
                    yield TextDelta(word, part.id)
            else:
                yield part

    return _mapped(change)


def smooth_by_sleeping_after_each(*, chunk: Any = "word", delay: float | None = 0.01) -> Language:
    """Sleeps after every piece, whatever comes next and however slow the model is."""

    async def change(parts: AsyncIterator[LanguagePart]) -> AsyncGenerator[LanguagePart, None]:
        async for part in parts:
            yield part
            if isinstance(part, TextDelta | ReasoningDelta):
                await asyncio.sleep(delay or 0)

    return _mapped(change, smooth_stream(chunk=chunk, delay=None))


def smooth_without_delay(*, chunk: Any = "word", delay: float | None = 0.01) -> Language:
    """Pieces come all at once."""
    return smooth_stream(chunk=chunk, delay=None)


def smooth_dropping_on_errors(*, chunk: Any = "word", delay: float | None = 0.01) -> Language:
    """What had come when the stream broke is not shown."""

    async def change(parts: AsyncIterator[LanguagePart]) -> AsyncGenerator[LanguagePart, None]:
        held: list[LanguagePart] = []
        async for part in parts:
            held.append(part)
            if part.last or len(held) > 2:
                for each in held:
                    yield each
                held = []

    return _mapped(change)
