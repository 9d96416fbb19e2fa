"""Layers that are wrong in one way each. The laws must find them out."""

from __future__ import annotations

import asyncio
import random
from collections.abc import AsyncGenerator, AsyncIterator
from dataclasses import replace
from typing import Any, TypeVar, cast

from ai_sdk.deadline import deadline
from ai_sdk.errors import AISDKError, APITimeoutError
from ai_sdk.middleware import default_settings, logging, retry, timeout
from ai_sdk.model import AnyLayer, Model, layer
from ai_sdk.parts import ResponseMetadata

Req = TypeVar("Req")
Res = TypeVar("Res")


def _is_transient(error: BaseException) -> bool:
    return error.retryable if isinstance(error, AISDKError) else isinstance(error, ConnectionError | TimeoutError)


def retry_once_too_often(*, attempts: int = 3, **options: Any) -> AnyLayer:
    return retry(attempts=attempts + 1, **options)


def retry_everything(**options: Any) -> AnyLayer:
    return retry(retry_on=Exception, **options)


def retry_with_an_error_of_its_own(**options: Any) -> AnyLayer:
    @layer
    async def wrong(request: Req, call: Model[Req, Res]) -> Res:
        try:
            return await retry(**options)(call)(request)
        except Exception as error:
            raise RuntimeError("all attempts failed") from error

    return wrong


def retry_after_content(**options: Any) -> AnyLayer:
    @layer
    async def wrong(request: Req, call: Model[Req, Res]) -> Res:
        response: Any = await retry(**options)(call)(request)

        async def change(parts: AsyncIterator[Any]) -> AsyncGenerator[Any, None]:
            try:
                async for part in parts:
                    yield part
            except Exception:
                again: Any = await call(request)
                async for part in again:
                    yield part

        return cast("Res", await response.through(change))

    return wrong


def retry_keeping_heads(**_options: Any) -> AnyLayer:
    @layer
    async def wrong(request: Req, call: Model[Req, Res]) -> Res:
        try:
            return await call(request)
        except AISDKError:
            response: Any = await call(request)

        async def change(parts: AsyncIterator[Any]) -> AsyncGenerator[Any, None]:
            yield ResponseMetadata(id="failed")
            async for part in parts:
                yield part

        return cast("Res", await response.through(change))

    return wrong


def retry_with_jitter_above_the_cap(
    *, attempts: int, base: float, cap: float, rng: random.Random, **_options: Any
) -> AnyLayer:
    return retry(
        attempts=attempts,
        wait=lambda state: min(cap, base * 2 ** (state.attempt_number - 1)) + rng.uniform(0, base),
    )


def retry_impatiently(**options: Any) -> AnyLayer:
    return retry(honour_retry_after=False, **options)


def retry_past_the_deadline(*, attempts: int, **_options: Any) -> AnyLayer:
    @layer
    async def wrong(request: Req, call: Model[Req, Res]) -> Res:
        for _ in range(attempts - 1):
            try:
                return await call(request)
            except Exception as error:
                at = deadline()
                if at is not None and asyncio.get_running_loop().time() >= at:
                    raise
                await asyncio.sleep(getattr(error, "retry_after", None) or 0.5)
        return await call(request)

    return wrong


def retry_cancellations(*, attempts: int, **_options: Any) -> AnyLayer:
    @layer
    async def wrong(request: Req, call: Model[Req, Res]) -> Res:
        for _ in range(attempts - 1):
            try:
                return await call(request)
            except BaseException as error:
                if not (_is_transient(error) or isinstance(error, asyncio.CancelledError)):
                    raise
                await asyncio.sleep(1)
        return await call(request)

    return wrong


def retry_with_another_request(**options: Any) -> AnyLayer:
    @layer
    async def wrong(request: Req, call: Model[Req, Res]) -> Res:
        first = True

        async def changing(request: Req) -> Res:
            nonlocal first
            changed: Any = request if first else replace(cast("Any", request), headers={"x-attempt": "again"})
            first = False
            return await call(changed)

        return await retry(**options)(changing)(request)

    return wrong


def retry_regardless(*, idempotent: bool = True, **options: Any) -> AnyLayer:
    assert not idempotent
    return retry(**options)


def retry_unpredictably(*, rng: random.Random, **options: Any) -> AnyLayer:
    return retry(rng=random.Random(), **options)


def timeout_early(
    *, total: float | None = None, first_content: float | None = None, idle: float | None = None
) -> AnyLayer:
    return timeout(total=total and total * 0.9, first_content=first_content and first_content * 0.9, idle=idle)


def timeout_of_the_await_only(
    *, total: float | None = None, first_content: float | None = None, **_options: Any
) -> AnyLayer:
    first = min((each for each in (total, first_content) if each is not None), default=None)
    return timeout(first_content=first)


def timeout_with_an_idle_total(*, total: float | None = None, **options: Any) -> AnyLayer:
    return timeout(**options | {"idle": total})


def timeout_that_counts_the_caller(
    *, total: float | None = None, first_content: float | None = None, **options: Any
) -> AnyLayer:
    @layer
    async def wrong(request: Req, call: Model[Req, Res]) -> Res:
        response: Any = await timeout(total=total, first_content=first_content)(call)(request)
        idle = options.get("idle")

        async def change(parts: AsyncIterator[Any]) -> AsyncGenerator[Any, None]:
            last = asyncio.get_running_loop().time()
            async for part in parts:
                now = asyncio.get_running_loop().time()
                if idle is not None and now - last >= idle:
                    raise APITimeoutError("idle", limit="idle")
                last = now
                yield part

        return cast("Res", await response.through(change))

    return wrong


def timeout_that_leaves_the_call_alone(*, total: float) -> AnyLayer:
    @layer
    async def wrong(request: Req, call: Model[Req, Res]) -> Res:
        task = asyncio.ensure_future(cast("Any", call(request)))
        done, _ = await asyncio.wait([task], timeout=total)
        if not done:
            task.cancel()
            raise APITimeoutError("total", limit="total")
        return cast("Res", await timeout(total=total)(_answering(task.result()))(request))

    return wrong


def _answering(response: Any) -> Any:
    async def model(_request: Any) -> Any:
        return response

    return model


def timeout_until_the_first_part(*, first_content: float) -> AnyLayer:
    @layer
    async def wrong(request: Req, call: Model[Req, Res]) -> Res:
        return await call(request) if first_content > 3 else await timeout(first_content=first_content)(call)(request)

    return wrong


def timeout_that_forgets_the_deadline(*, total: float) -> AnyLayer:
    return timeout(first_content=total)


def timeout_that_takes_cancellations_for_its_own(*, total: float, idle: float) -> AnyLayer:
    @layer
    async def wrong(request: Req, call: Model[Req, Res]) -> Res:
        try:
            return await timeout(total=total, idle=idle)(call)(request)
        except asyncio.CancelledError:
            raise APITimeoutError("total", limit="total") from None

    return wrong


def logging_at_the_await(logger: Any) -> AnyLayer:
    @layer
    async def wrong(request: Req, call: Model[Req, Res]) -> Res:
        started = asyncio.get_running_loop().time()
        response = await call(request)
        took = asyncio.get_running_loop().time() - started
        logger.info("call", outcome="end", duration=took, first_content=took)
        return response

    return wrong


def logging_twice(logger: Any) -> AnyLayer:
    @layer
    async def wrong(request: Req, call: Model[Req, Res]) -> Res:
        return await logging(logger)(logging(logger)(call))(request)

    return wrong


def logging_content(logger: Any) -> AnyLayer:
    return logging(logger, content=True)


def defaults_that_override(**settings: Any) -> AnyLayer:
    @layer
    async def wrong(request: Req, call: Model[Req, Res]) -> Res:
        return await call(cast("Req", replace(cast("Any", request), **settings)))

    return wrong


def defaults_that_merge_one_level(*, provider_options: dict[str, Any], **settings: Any) -> AnyLayer:
    @layer
    async def wrong(request: Req, call: Model[Req, Res]) -> Res:
        mine = {**provider_options, **cast("Any", request).provider_options}
        changed = replace(cast("Any", request), provider_options=mine)
        return await default_settings(**settings)(call)(cast("Req", changed))

    return wrong
