"""Implementations of ``extract_reasoning`` that each break one law."""

from __future__ import annotations

import re
from collections.abc import AsyncGenerator, AsyncIterator
from typing import Any

from ai_sdk.middleware.extract_reasoning import extract_reasoning
from ai_sdk.model import Layer, layer
from ai_sdk.parts import LanguagePart, ReasoningDelta, TextDelta
from ai_sdk.requests import LanguageRequest
from ai_sdk.results import LanguageResponse

Language = Layer[LanguageRequest, LanguageResponse]


def _mapped(change: Any, *, peek: bool = True) -> Language:
    @layer
    async def wrong(request: LanguageRequest, call: Any) -> LanguageResponse:
        response: LanguageResponse = await call(request)
        return await response.through(change, peek=peek)

    return wrong


def extract_in_each_delta(*, separator: str = "\n") -> Language:
    """A tag that is cut is not found."""

    async def change(parts: AsyncIterator[LanguagePart]) -> AsyncGenerator[LanguagePart, None]:
        inside = False
        async for part in parts:
            if not isinstance(part, TextDelta):
                yield part
                continue
            for piece in re.split("(</?think>)", part.text):
                if piece in ("<think>", "</think>"):
                    inside = piece == "<think>"
                elif piece:
                    yield ReasoningDelta(piece, "r") if inside else TextDelta(piece, part.id, part.provider_metadata)

    return _mapped(change)


def extract_losing_the_end(*, separator: str = "\n") -> Language:
    """What may be the beginning of a tag at the end is dropped."""

    async def change(parts: AsyncIterator[LanguagePart]) -> AsyncGenerator[LanguagePart, None]:
        held: TextDelta | None = None
        async for part in parts:
            if isinstance(part, TextDelta) and part.text:
                if held is not None:
                    yield held
                    held = None
                at = part.text.rfind("<")
                if at >= 0 and "<think>".startswith(part.text[at:]):
                    yield TextDelta(part.text[:at], part.id, part.provider_metadata)
                else:
                    held = part
            else:
                if held is not None:
                    yield held
                    held = None
                yield part

    @layer
    async def wrong(request: LanguageRequest, call: Any) -> LanguageResponse:
        async def inner(each: LanguageRequest) -> LanguageResponse:
            response: LanguageResponse = await call(each)
            return await response.through(change)

        return await extract_reasoning(separator=separator)(inner)(request)

    return wrong


def extract_into_one_block(*, separator: str = "\n") -> Language:
    """All stretches of text are one block, so that their order with the reasoning is lost."""

    async def change(parts: AsyncIterator[LanguagePart]) -> AsyncGenerator[LanguagePart, None]:
        async for part in parts:
            yield part if not isinstance(part, TextDelta) else TextDelta(part.text, "")

    @layer
    async def wrong(request: LanguageRequest, call: Any) -> LanguageResponse:
        response = await extract_reasoning(separator=separator)(call)(request)
        return await response.through(change)

    return wrong


def extract_with_new_objects(*, separator: str = "\n") -> Language:
    """Every delta is another object."""

    async def change(parts: AsyncIterator[LanguagePart]) -> AsyncGenerator[LanguagePart, None]:
        async for part in parts:
            yield TextDelta(part.text, part.id, part.provider_metadata) if isinstance(part, TextDelta) else part

    @layer
    async def wrong(request: LanguageRequest, call: Any) -> LanguageResponse:
        response = await extract_reasoning(separator=separator)(call)(request)
        return await response.through(change)

    return wrong


def extract_after_the_await(*, separator: str = "\n") -> Language:
    """The await returns at a tag, before any content is behind it."""

    @layer
    async def wrong(request: LanguageRequest, call: Any) -> LanguageResponse:
        response: LanguageResponse = await call(request)

        async def inside(parts: AsyncIterator[LanguagePart]) -> AsyncGenerator[LanguagePart, None]:
            async def again(_request: LanguageRequest) -> LanguageResponse:
                return response

            async for part in await extract_reasoning(separator=separator)(again)(request):
                yield part

        return await response.through(inside)

    return wrong
