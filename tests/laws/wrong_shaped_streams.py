"""Ways in which layers that shape content break the promise that a fallback around them relies on."""

from __future__ import annotations

from collections.abc import AsyncGenerator, AsyncIterator, Callable
from typing import Any

from ai_sdk.model import Layer, layer
from ai_sdk.parts import LanguagePart, TextDelta
from ai_sdk.requests import LanguageRequest
from ai_sdk.results import LanguageResponse

Language = Layer[LanguageRequest, LanguageResponse]
Make = Callable[[], Language]


def shaping_after_the_await(make: Make) -> Make:
    """The call returns when the model has content, though the layer has none to show."""

    @layer
    async def wrong(request: LanguageRequest, call: Any) -> LanguageResponse:
        response: LanguageResponse = await call(request)

        async def again(_request: LanguageRequest) -> LanguageResponse:
            return response

        async def inside(parts: AsyncIterator[LanguagePart]) -> AsyncGenerator[LanguagePart, None]:
            async for part in await make()(again)(request):
                yield part

        return await response.through(inside)

    return lambda: wrong


def shaping_that_shows_the_rest_first(make: Make) -> Make:
    """What was held back is shown when the stream breaks, also when nothing was shown before."""

    @layer
    async def wrong(request: LanguageRequest, call: Any) -> LanguageResponse:
        async def inner(each: LanguageRequest) -> LanguageResponse:
            response: LanguageResponse = await call(each)

            async def lead(parts: AsyncIterator[LanguagePart]) -> AsyncGenerator[LanguagePart, None]:
                yield TextDelta("x" * 40)
                async for part in parts:
                    yield part

            return await response.through(lead)

        return await make()(inner)(request)

    return lambda: wrong


def shaping_that_hides_the_error(make: Make) -> Make:
    """The error of a broken stream has no partial result of what was shown."""

    @layer
    async def wrong(request: LanguageRequest, call: Any) -> LanguageResponse:
        response = await make()(call)(request)

        async def change(parts: AsyncIterator[LanguagePart]) -> AsyncGenerator[LanguagePart, None]:
            try:
                async for part in parts:
                    yield part
            except Exception as error:
                raise RuntimeError("broken") from error

        return await response.through(change, peek=True)

    return lambda: wrong
