"""Implementations of ``record`` that each break one law."""

from __future__ import annotations

import json
from typing import Any, TypeVar, cast

from ai_sdk.cassette import Cassette
from ai_sdk.middleware.record import record
from ai_sdk.model import AnyLayer, Model, layer

Req = TypeVar("Req")
Res = TypeVar("Res")


def record_headers(cassette: Cassette) -> AnyLayer:
    """The headers of the request are in the file."""

    @layer
    async def wrong(request: Req, call: Model[Req, Res]) -> Res:
        response = await record(cassette)(call)(request)
        headers: Any = getattr(request, "headers", {})
        if cassette.path is not None and cassette.path.exists():
            text = cassette.path.read_text()
            cassette.path.write_text(text + json.dumps({"headers": headers}) + "\n")
        return response

    return wrong


def record_at_the_await(cassette: Cassette) -> AnyLayer:
    """The line is written when the call returns, with what has come by then."""

    @layer
    async def wrong(request: Req, call: Model[Req, Res]) -> Res:
        async def inner(each: Any) -> Any:
            response: Any = await call(each)
            if hasattr(response, "aclose"):
                await response.aclose()
            return response

        recorded: Any = await record(cassette)(inner)(request)
        if hasattr(recorded, "aclose"):
            await recorded.aclose()
        return await call(request)

    return wrong


def record_answers_alone(cassette: Cassette) -> AnyLayer:
    """Calls that fail are not recorded."""

    @layer
    async def wrong(request: Req, call: Model[Req, Res]) -> Res:
        failed: list[Exception] = []

        async def inner(each: Any) -> Any:
            try:
                return await call(each)
            except Exception as error:
                failed.append(error)
                raise BaseException from error

        try:
            return cast("Res", await record(cassette)(inner)(request))
        except BaseException:
            if failed:
                raise failed[0] from None
            raise

    return wrong


def record_with_its_own_error(cassette: Cassette) -> AnyLayer:
    """An error becomes another."""

    @layer
    async def wrong(request: Req, call: Model[Req, Res]) -> Res:
        try:
            return await record(cassette)(call)(request)
        except Exception as error:
            raise RuntimeError("recorded") from error

    return wrong
