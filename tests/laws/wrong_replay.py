"""Implementations of ``replay`` that each break one law."""

from __future__ import annotations

from collections.abc import AsyncGenerator, AsyncIterator
from dataclasses import replace
from typing import Any, TypeVar, cast

from ai_sdk.cassette import Cassette
from ai_sdk.middleware.replay import replay
from ai_sdk.model import AnyLayer, Model, layer
from ai_sdk.parts import TextDelta
from ai_sdk.response import Response

Req = TypeVar("Req")
Res = TypeVar("Res")


def replay_in_one_piece(cassette: Cassette, **options: Any) -> AnyLayer:
    """A stream comes with its text in one piece."""

    @layer
    async def wrong(request: Req, call: Model[Req, Res]) -> Res:
        response: Any = await replay(cassette, **options)(call)(request)
        if not isinstance(response, Response):
            return cast("Res", response)

        async def change(parts: AsyncIterator[Any]) -> AsyncGenerator[Any, None]:
            held = ""
            async for part in parts:
                if isinstance(part, TextDelta):
                    held += part.text
                else:
                    if held:
                        yield TextDelta(held)
                        held = ""
                    yield part

        return cast("Res", await cast("Any", response).through(change))

    return wrong


def replay_the_first(cassette: Cassette, **options: Any) -> AnyLayer:
    """Equal requests get the same answer again and again."""

    @layer
    async def wrong(request: Req, call: Model[Req, Res]) -> Res:
        fresh = Cassette()
        for each in cassette.recordings:
            fresh.add({name: value for name, value in each.plain.items() if name != "format"})
        return await replay(fresh, **options)(call)(request)

    return wrong


def replay_anything(cassette: Cassette, **options: Any) -> AnyLayer:
    """Whatever is asked gets the next answer."""

    @layer
    async def wrong(request: Req, call: Model[Req, Res]) -> Res:
        asked: Any = request
        if hasattr(asked, "temperature"):
            asked = replace(asked, temperature=None)
        return await replay(cassette, **options)(call)(cast("Req", asked))

    return wrong


def replay_asking_the_model(cassette: Cassette, **options: Any) -> AnyLayer:
    """The model inside is asked, too."""

    @layer
    async def wrong(request: Req, call: Model[Req, Res]) -> Res:
        response: Any = await call(request)
        if isinstance(response, Response):
            await response.aclose()
        return await replay(cassette, **options)(call)(request)

    return wrong


def replay_at_once(cassette: Cassette, **options: Any) -> AnyLayer:
    """Nothing takes any time."""
    return replay(cassette, **{**options, "timing": False})
