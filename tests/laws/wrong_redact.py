"""Implementations of ``redact`` that each break one law."""

from __future__ import annotations

from collections.abc import AsyncGenerator, AsyncIterator
from dataclasses import replace
from typing import Any

from ai_sdk.holding_back import Block, Delta, held_back
from ai_sdk.messages import UserMessage
from ai_sdk.middleware.redact import redact
from ai_sdk.model import Layer, layer
from ai_sdk.parts import LanguagePart, ReasoningDelta, TextDelta
from ai_sdk.requests import LanguageRequest
from ai_sdk.results import LanguageResponse
from ai_sdk.sensitive import Scan, kinds

Language = Layer[LanguageRequest, LanguageResponse]


def _with(options: dict[str, Any], others: dict[str, Any]) -> dict[str, Any]:
    return {**options, **others}


class _ByDelta:
    """Each delta is a text of its own."""

    def __init__(self, names: tuple[Any, ...]) -> None:
        self._kinds = [kinds()[each] for each in names if each in kinds()]

    def block(self, _kind: type[Delta], /) -> Block:
        return self

    async def feed(self, text: str, /) -> str:
        return Scan(self._kinds, lambda _kind, _found: "[redacted]").whole(text) if self._kinds else text

    async def end(self) -> str:
        return ""

    async def text(self, text: str, /) -> str:
        return text

    json = text

    async def data(self, value: Any, /) -> Any:
        return value


def redact_each_delta(*patterns: Any, **options: Any) -> Language:
    """What is cut is not found in answers."""

    @layer
    async def wrong(request: LanguageRequest, call: Any) -> LanguageResponse:
        response = await redact(*patterns, **_with(options, {"output": False}))(call)(request)
        return await response.through(lambda parts: held_back(parts, _ByDelta(patterns)), peek=True)

    return wrong


def redact_with_a_short_window(*patterns: Any, **options: Any) -> Language:
    """Less is held back than a match may be long."""
    return redact(*patterns, **_with(options, {"window": 4}))


def redact_answers_alone(*patterns: Any, **options: Any) -> Language:
    """The request goes out as it is."""
    return redact(*patterns, **_with(options, {"input": False, "restore": False}))


def redact_users_alone(*patterns: Any, **options: Any) -> Language:
    """Only what the user wrote is looked at."""

    @layer
    async def wrong(request: LanguageRequest, call: Any) -> LanguageResponse:
        async def inner(redacted: LanguageRequest) -> LanguageResponse:
            pairs = zip(request.messages, redacted.messages, strict=True)
            messages = tuple(new if isinstance(new, UserMessage) else old for old, new in pairs)
            response: LanguageResponse = await call(replace(redacted, messages=messages))
            return response

        return await redact(*patterns, **options)(inner)(request)

    return wrong


def redact_and_forget(*patterns: Any, **options: Any) -> Language:
    """The placeholders stay in the answer."""
    numbers = iter(range(1, 10_000))

    def number(_found: str) -> str:
        return f"[email-{next(numbers)}]"

    return redact(*patterns, **_with(options, {"restore": False, "replace": number}))


def redact_with_one_placeholder(*patterns: Any, **options: Any) -> Language:
    """All values of a call share a placeholder."""
    return redact(*patterns, **_with(options, {"restore": False, "replace": "[email-1]"}))


def redact_restoring_each_delta(*patterns: Any, **options: Any) -> Language:
    """A placeholder that is cut is not restored."""

    @layer
    async def wrong(request: LanguageRequest, call: Any) -> LanguageResponse:
        pieces: list[LanguagePart] = []

        async def inner(redacted: LanguageRequest) -> LanguageResponse:
            response: LanguageResponse = await call(redacted)
            return await response.through(spread)

        async def spread(parts: AsyncIterator[LanguagePart]) -> AsyncGenerator[LanguagePart, None]:
            number = 0
            async for part in parts:
                pieces.append(part)
                number += 1
                yield replace(part, id=f"{number}") if isinstance(part, TextDelta | ReasoningDelta) else part

        return await redact(*patterns, **options)(inner)(request)

    return wrong


def redact_that_loses_its_place(*patterns: Any, **options: Any) -> Language:
    """Text that is held back comes after what came later."""

    @layer
    async def wrong(request: LanguageRequest, call: Any) -> LanguageResponse:
        async def change(parts: AsyncIterator[LanguagePart]) -> AsyncGenerator[LanguagePart, None]:
            async for part in parts:
                if not (isinstance(part, TextDelta | ReasoningDelta) and not part.text):
                    yield part

        response = await redact(*patterns, **options)(call)(request)
        return await response.through(change)

    return wrong
