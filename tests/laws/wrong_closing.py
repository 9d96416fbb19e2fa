"""Implementations that break law 4, closing; the other laws' are in ``wrong``."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator
from typing import Any

from laws.coherence import Fold
from laws.harness import LanguageModel
from laws.layers import Tag

from ai_sdk.ending import Ending, How, Releasable
from ai_sdk.parts import LanguagePart
from ai_sdk.requests import LanguageRequest
from ai_sdk.response import Response, ending_of, hold, keep
from ai_sdk.results import LanguageResponse, LanguageResult


class NeverFinished(Response[LanguagePart, LanguageResult]):
    """Takes the end of the stream for the end of the answer."""

    __slots__ = ()

    def _check_finished(self) -> None:
        return


class ForgetsOnDrop(Response[LanguagePart, LanguageResult]):
    """Has no finaliser."""

    __slots__ = ()

    def __del__(self) -> None:
        self._closed = True


class ClosesOnBreak(Response[LanguagePart, LanguageResult]):
    """Closes when the iterator goes, in whatever task finalises it."""

    __slots__ = ()

    async def _flow(self) -> AsyncGenerator[LanguagePart, None]:
        try:
            async for part in super()._flow():
                yield part
        finally:
            await self.aclose()


class ForgetsTheEnding(Response[LanguagePart, LanguageResult]):
    """Says ``end`` however it ended."""

    __slots__ = ()

    def _ending(self, how: How, error: BaseException | None = None) -> Ending:
        return super()._ending("end")


def starts(kind: type[Response[LanguagePart, LanguageResult]]) -> Any:
    """Make live responses of this class."""

    async def start(source: AsyncGenerator[LanguagePart, None], fold: Fold, *held: Releasable) -> LanguageResponse:
        return await kind.start(source, fold, *held)

    return start


async def starts_at_once(source: AsyncGenerator[LanguagePart, None], fold: Fold, *held: Releasable) -> LanguageResponse:
    """Returns before the first content has arrived, so that nobody can retry."""
    response = Response(source, fold)
    for resource in held:
        response.keep(resource)
    return response


async def releases_early(resource: Releasable, model: LanguageModel, request: LanguageRequest, /) -> LanguageResponse:
    """A ``with`` block around the call: released when the call returns, while the response is still live."""
    try:
        return await model(request)
    finally:
        resource.release(Ending("end"))


async def releases_twice(resource: Releasable, model: LanguageModel, request: LanguageRequest, /) -> LanguageResponse:
    """The same thing is held twice."""
    response = await hold(resource, model, request)
    response.keep(resource)
    return response


async def releases_before_the_wire(
    resource: Releasable, model: LanguageModel, request: LanguageRequest, /
) -> LanguageResponse:
    """What is held around the wire is released before it."""
    response = await hold(resource, model, request)
    response._held.sort(key=lambda held: held is not resource)
    return response


async def forgets_on_error(resource: Releasable, model: LanguageModel, request: LanguageRequest, /) -> LanguageResponse:
    """A failed or cancelled call keeps what it holds for ever."""
    response = await model(request)
    keep(resource, response)
    return response


async def forgets_on_cancel(
    resource: Releasable, model: LanguageModel, request: LanguageRequest, /
) -> LanguageResponse:
    """``except Exception`` is not enough."""
    try:
        response = await model(request)
    except Exception as error:
        resource.release(ending_of(error))
        raise
    keep(resource, response)
    return response


class Elsewhere:
    """Releases in a task of its own."""

    def __init__(self, resource: Releasable) -> None:
        self.resource = resource

    def release(self, ending: Ending, /) -> None:
        async def release() -> None:
            self.resource.release(ending)

        self.task = asyncio.get_running_loop().create_task(release())


async def releases_elsewhere(
    resource: Releasable, model: LanguageModel, request: LanguageRequest, /
) -> LanguageResponse:
    """A task for the release: too late, and in the wrong place."""
    return await hold(Elsewhere(resource), model, request)


async def raises_from_release(
    resource: Releasable, model: LanguageModel, request: LanguageRequest, /
) -> LanguageResponse:
    """Lets what a release raises replace the error of the call."""
    try:
        response = await model(request)
    except BaseException as error:
        resource.release(ending_of(error))
        raise
    keep(resource, response)
    return response


async def maps_without_closing(response: LanguageResponse, change: Any, peek: bool) -> LanguageResponse:
    """A new response over the parts of the old one, which nobody closes."""
    mapped = Response(change(aiter(response)), response.fold)
    if peek:
        await mapped._peek()
    mapped.keep(Tag("unrelated", []))
    return mapped


async def copies_the_ending(response: LanguageResponse, change: Any, peek: bool) -> LanguageResponse:
    """Tells what is inside that it ended well, because the response around it did."""
    mapped = await response.through(change, peek=peek)
    inner = response._close

    class Telling(Response[Any, Any]):
        __slots__ = ()

        async def _close(self, how: How, error: BaseException | None = None) -> None:
            await inner("end" if how == "closed" else how, error)

    response.__class__ = Telling
    return mapped
