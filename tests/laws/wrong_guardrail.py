"""Implementations of ``guardrail`` that each break one law."""

from __future__ import annotations

from collections.abc import AsyncGenerator, AsyncIterator
from dataclasses import replace
from typing import Any

from ai_sdk.errors import GuardrailError
from ai_sdk.middleware.guardrail import guardrail
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


def _judged(check: Any, text: str) -> str:
    verdict = check(text)
    if verdict is False:
        raise GuardrailError("refused")
    return verdict if isinstance(verdict, str) else text


def guardrail_of_each_delta(*, output: Any, window: int = 10, **_options: Any) -> Language:
    """Each delta is checked alone."""

    async def change(parts: AsyncIterator[LanguagePart]) -> AsyncGenerator[LanguagePart, None]:
        async for part in parts:
            if isinstance(part, TextDelta | ReasoningDelta):
                yield type(part)(_judged(output, part.text), part.id, part.provider_metadata)
            else:
                yield part

    return _mapped(change)


def guardrail_that_shows_at_once(*, output: Any, window: int = 10, **_options: Any) -> Language:
    """All that has come is checked, and shown without holding anything back."""
    return guardrail(output=output, window=0, every=1)


def guardrail_with_half_a_window(*, output: Any, window: int = 10, **options: Any) -> Language:
    """Half as much is held back as was asked for."""
    return guardrail(output=output, window=window // 2, **options)


def guardrail_that_shows_first(*, output: Any, window: int = 10, **_options: Any) -> Language:
    """What was refused is shown, and then the refusal is raised."""

    async def change(parts: AsyncIterator[LanguagePart]) -> AsyncGenerator[LanguagePart, None]:
        text = ""
        async for part in parts:
            yield part
            if isinstance(part, TextDelta):
                text += part.text
                _judged(output, text)

    return _mapped(change)


def guardrail_at_the_end(*, output: Any, window: int = 10, **options: Any) -> Language:
    """The text is checked once, in deltas that the provider cut."""

    def forgetful(text: str) -> Any:
        return output(text[-window:])

    return guardrail(output=forgetful, window=window, **options)


def guardrail_that_asks_by_delta(*, output: Any, window: int = 10, **_options: Any) -> Language:
    """The check is asked whenever a delta comes."""

    async def change(parts: AsyncIterator[LanguagePart]) -> AsyncGenerator[LanguagePart, None]:
        text = ""
        async for part in parts:
            if isinstance(part, TextDelta):
                text += part.text
                output(text)
            yield part

    return _mapped(change)


def guardrail_of_text_alone(*, output: Any, window: int = 10, **options: Any) -> Language:
    """Tool calls pass unseen."""

    def only_text(text: str) -> Any:
        return None if text.startswith("{") else output(text)

    return guardrail(output=only_text, window=window, **options)


def guardrail_without_peeking(*, output: Any, window: int = 10, **options: Any) -> Language:
    """The refusal of the first content comes after the await."""

    @layer
    async def wrong(request: LanguageRequest, call: Any) -> LanguageResponse:
        response: LanguageResponse = await call(request)

        async def inside(parts: AsyncIterator[LanguagePart]) -> AsyncGenerator[LanguagePart, None]:
            async def again(_request: LanguageRequest) -> LanguageResponse:
                return response

            async for part in await guardrail(output=output, window=window, **options)(again)(request):
                yield part

        return await response.through(inside)

    return wrong


def guardrail_after_the_model(*, input: Any) -> Language:
    """The input is checked when the model has been asked already."""

    @layer
    async def wrong(request: LanguageRequest, call: Any) -> LanguageResponse:
        response: LanguageResponse = await call(request)
        async with response:
            await guardrail(input=input)(call)(request)
        return response

    return wrong


def guardrail_of_the_last_message(*, input: Any) -> Language:
    """Only the last message is checked."""

    @layer
    async def wrong(request: LanguageRequest, call: Any) -> LanguageResponse:
        last = replace(request, messages=request.messages[-1:])

        async def inner(checked: LanguageRequest) -> LanguageResponse:
            response: LanguageResponse = await call(
                replace(request, messages=(*request.messages[:-1], *checked.messages))
            )
            return response

        return await guardrail(input=input)(inner)(last)

    return wrong
