"""Implementations of ``reask`` that each break one law."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator
from contextvars import Context
from dataclasses import replace
from typing import Any

from ai_sdk.errors import NoObjectGeneratedError
from ai_sdk.judging import Judge, retold
from ai_sdk.messages import ToolCallPart, user
from ai_sdk.middleware.reask import reask
from ai_sdk.model import Layer, layer
from ai_sdk.parts import Finish, LanguagePart, TextDelta
from ai_sdk.requests import LanguageRequest
from ai_sdk.results import LanguageResponse, Usage, fold_language

Language = Layer[LanguageRequest, LanguageResponse]


def reask_once_too_often(*, attempts: int = 2, **options: Any) -> Language:
    """One ask more than allowed."""
    return reask(attempts=attempts + 1, **options)


def reask_for_ever_good(*, attempts: int = 2, **options: Any) -> Language:
    """It asks as often as it may, also when the answer is good."""

    @layer
    async def wrong(request: LanguageRequest, call: Any) -> LanguageResponse:
        await (await call(request)).result()
        return await reask(attempts=attempts, **options)(call)(request)

    return wrong


def reask_what_was_cut_off(*, attempts: int = 2, **options: Any) -> Language:
    """A truncated answer is asked for again."""

    @layer
    async def wrong(request: LanguageRequest, call: Any) -> LanguageResponse:
        async def complete(each: LanguageRequest) -> LanguageResponse:
            async def change(parts: AsyncIterator[LanguagePart]) -> AsyncGenerator[LanguagePart, None]:
                async for part in parts:
                    yield replace(part, reason="stop") if isinstance(part, Finish) else part

            response: LanguageResponse = await call(each)
            return await response.through(change)

        return await reask(attempts=attempts, **options)(complete)(request)

    return wrong


def _outside(change: Any, **options: Any) -> Language:
    @layer
    async def wrong(request: LanguageRequest, call: Any) -> LanguageResponse:
        return await (await reask(**options)(call)(request)).through(change)

    return wrong


def reask_that_raises(**options: Any) -> Language:
    """An answer that is wrong to the end is not handed on."""

    async def change(parts: AsyncIterator[LanguagePart]) -> AsyncGenerator[LanguagePart, None]:
        async for part in parts:
            if isinstance(part, Finish) and any(each.feature == "reask" for each in part.warnings):
                raise NoObjectGeneratedError("given up")
            yield part

    return _outside(change, **options)


def reask_in_silence(**options: Any) -> Language:
    """Nobody is warned that the last answer is wrong."""

    async def change(parts: AsyncIterator[LanguagePart]) -> AsyncGenerator[LanguagePart, None]:
        async for part in parts:
            yield replace(part, warnings=()) if isinstance(part, Finish) else part

    return _outside(change, **options)


def _simple(
    *,
    attempts: int = 2,
    shows_all: bool = False,
    keeps: bool = False,
    early: bool = False,
    plain: bool = False,
    own_usage: bool = False,
    **_options: Any,
) -> Language:
    """A plain loop over whole answers, wrong in the ways that are named."""

    @layer
    async def wrong(request: LanguageRequest, call: Any) -> LanguageResponse:
        judge = Judge(request, None)

        async def parts() -> AsyncGenerator[LanguagePart, None]:
            open_ones: list[LanguageResponse] = []
            try:
                async for part in asks(open_ones):
                    yield part
            finally:
                for response in open_ones:
                    await response.aclose()

        async def asks(open_ones: list[LanguageResponse]) -> AsyncGenerator[LanguagePart, None]:
            asked, again = request, 0
            usage: Usage | None = None
            while True:
                response: LanguageResponse = await call(asked)
                open_ones.append(response)
                got: list[LanguagePart] = []
                async for part in response:
                    got.append(part)
                    if early and part.last:
                        break
                    is_text = isinstance(part, TextDelta)
                    if (is_text and (shows_all or not again)) or (keeps and isinstance(part, ToolCallPart)):
                        yield part
                result = fold_language(got)
                usage = result.usage if usage is None or own_usage else usage + result.usage
                faults = await judge.faults(result)
                if not faults or again >= attempts:
                    break
                again += 1
                more = (user("again"),) if plain else tuple(retold(result, faults))
                asked = replace(asked, messages=(*asked.messages, *more))
            for part in got:
                if not isinstance(part, TextDelta | Finish) and not keeps:
                    yield part
            finish = next(part for part in got if isinstance(part, Finish))
            yield replace(finish, usage=usage)

        return await LanguageResponse.start(parts(), fold_language)

    return wrong


def reask_that_shows_every_text(**options: Any) -> Language:
    """The text of the second answer follows that of the first."""
    return _simple(shows_all=True, **options)


def reask_in_another_way_without_a_stream(**options: Any) -> Language:
    """An answer that is not streamed has the text of the last answer."""

    @layer
    async def wrong(request: LanguageRequest, call: Any) -> LanguageResponse:
        right = reask if request.stream else reask_that_shows_every_text
        return await right(**options)(call)(request)

    return wrong


def reask_that_shows_bad_calls(**options: Any) -> Language:
    """Calls do not wait, so that the bad ones are seen, too."""
    return _simple(keeps=True, **options)


def reask_with_both_answers_open(**options: Any) -> Language:
    """The first answer is closed when the last one is."""
    return _simple(early=True, **options)


def reask_without_the_error(**options: Any) -> Language:
    """The model is not told what was wrong."""
    return _simple(plain=True, **options)


def reask_with_the_last_usage(**options: Any) -> Language:
    """The tokens of the answers that failed are forgotten."""
    return _simple(own_usage=True, **options)


def reask_with_tools_only(**options: Any) -> Language:
    """Objects are not looked at."""

    @layer
    async def wrong(request: LanguageRequest, call: Any) -> LanguageResponse:
        async def full(each: LanguageRequest) -> LanguageResponse:
            response: LanguageResponse = await call(replace(each, response_format=request.response_format))
            return response

        return await reask(**options)(full)(replace(request, response_format=None))

    return wrong


def reask_at_the_end(**options: Any) -> Language:
    """All text waits for the finish."""

    @layer
    async def wrong(request: LanguageRequest, call: Any) -> LanguageResponse:
        response = await reask(**options)(call)(request)
        return LanguageResponse.of([part async for part in response], fold_language)

    return wrong


def reask_outside_of_the_record(**options: Any) -> Language:
    """Further asks are made in whatever context reads the answer."""

    @layer
    async def wrong(request: LanguageRequest, call: Any) -> LanguageResponse:
        first = True

        async def lost(each: LanguageRequest) -> LanguageResponse:
            nonlocal first
            if first:
                first = False
                response: LanguageResponse = await call(each)
                return response

            async def apart() -> LanguageResponse:
                response: LanguageResponse = await call(each)
                return response

            return await asyncio.get_running_loop().create_task(apart(), context=Context())

        return await reask(**options)(lost)(request)

    return wrong
