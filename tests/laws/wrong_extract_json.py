"""Implementations of ``extract_json`` that each break one law."""

from __future__ import annotations

import json
import re
from collections.abc import AsyncGenerator, AsyncIterator, Callable
from dataclasses import replace
from typing import Any

from ai_sdk.middleware.extract_json import extract_json
from ai_sdk.model import Layer, layer
from ai_sdk.parts import LanguagePart, TextDelta
from ai_sdk.requests import LanguageRequest
from ai_sdk.results import LanguageResponse, fold_language

Language = Layer[LanguageRequest, LanguageResponse]


def _whole(rewrite: Callable[[str], str]) -> Language:
    """Rewrite the text when all of it is here."""

    @layer
    async def wrong(request: LanguageRequest, call: Any) -> LanguageResponse:
        parts: list[LanguagePart] = [part async for part in await call(request)]
        texts = [part for part in parts if isinstance(part, TextDelta)]
        rest = [part for part in parts if not isinstance(part, TextDelta)]
        text = rewrite("".join(part.text for part in texts))
        return LanguageResponse.of([TextDelta(text), *rest] if texts else rest, fold_language)

    return wrong


def extract_by_stripping_fences(**_options: Any) -> Language:
    """Words around the JSON stay, and back ticks in it go."""
    return _whole(lambda text: re.sub(r"```(?:json)?\n?", "", text).strip())


def extract_by_writing_anew(**_options: Any) -> Language:
    """Valid JSON is written in another style."""

    def rewrite(text: str) -> str:
        try:
            return json.dumps(json.loads(text))
        except ValueError:
            return text

    return _whole(rewrite)


def extract_between_the_outermost_braces(**_options: Any) -> Language:
    """What stands between the first and the last brace is taken, JSON or not."""

    def rewrite(text: str) -> str:
        found = re.search(r"\{.*\}", text, re.DOTALL)
        return found[0] if found else text

    return _whole(rewrite)


def extract_the_first_value(**_options: Any) -> Language:
    """The first list or object is taken, whether it fits or not."""

    def rewrite(text: str) -> str:
        for at in (each.start() for each in re.finditer(r"[{\[]", text)):
            try:
                return text[at : json.JSONDecoder().raw_decode(text, at)[1]]
            except ValueError:
                continue
        return text

    return _whole(rewrite)


def extract_or_nothing(**_options: Any) -> Language:
    """A text without JSON is dropped."""

    @layer
    async def wrong(request: LanguageRequest, call: Any) -> LanguageResponse:
        async def change(parts: AsyncIterator[LanguagePart]) -> AsyncGenerator[LanguagePart, None]:
            async for part in parts:
                is_text = isinstance(part, TextDelta) and "{" not in part.text and "[" not in part.text
                yield replace(part, text="") if is_text and isinstance(part, TextDelta) else part

        return await (await extract_json(**_options)(call)(request)).through(change)

    return wrong


def extract_in_each_delta(**_options: Any) -> Language:
    """A fence that is cut is not found."""

    @layer
    async def wrong(request: LanguageRequest, call: Any) -> LanguageResponse:
        async def change(parts: AsyncIterator[LanguagePart]) -> AsyncGenerator[LanguagePart, None]:
            async for part in parts:
                text = part.text if isinstance(part, TextDelta) else ""
                if isinstance(part, TextDelta):
                    yield replace(part, text=re.sub(r"```(?:json)?\n?", "", text))
                else:
                    yield part

        response: LanguageResponse = await call(request)
        return await response.through(change)

    return wrong


def extract_at_the_end(**options: Any) -> Language:
    """Everything waits for the finish."""

    @layer
    async def wrong(request: LanguageRequest, call: Any) -> LanguageResponse:
        response = await extract_json(**options)(call)(request)
        return LanguageResponse.of([part async for part in response], fold_language)

    return wrong


def extract_always(**_options: Any) -> Language:
    """Answers that nobody asked for as JSON are changed, too."""
    return extract_json(always=True)


def extract_after_the_await(**options: Any) -> Language:
    """The await returns although nothing can be shown yet."""

    @layer
    async def wrong(request: LanguageRequest, call: Any) -> LanguageResponse:
        response: LanguageResponse = await call(request)

        async def change(_parts: AsyncIterator[LanguagePart]) -> AsyncGenerator[LanguagePart, None]:
            async def again(_request: LanguageRequest) -> LanguageResponse:
                return response

            async for part in await extract_json(**options)(again)(request):
                yield part

        return await response.through(change)

    return wrong
