"""Hedges that are wrong in one way each. The laws of ``test_hedge`` must find them out."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator
from contextvars import Context, copy_context
from typing import Any, TypeVar, cast

from ai_sdk.middleware.hedge import hedge
from ai_sdk.model import AnyLayer, Model, layer
from ai_sdk.parts import ResponseMetadata
from ai_sdk.response import Response
from ai_sdk.retry_budget import RetryBudget

Req = TypeVar("Req")
Res = TypeVar("Res")


def _race(
    delay: float,
    max_hedges: int = 1,
    *,
    cancel: bool = True,
    wait: bool = True,
    shield: bool = False,
    own_context: bool = False,
) -> AnyLayer:
    """A race of tasks, which knows nothing of errors or of a budget."""

    @layer
    async def wrong(request: Req, call: Model[Req, Res]) -> Res:
        tasks: list[asyncio.Task[Res]] = []
        try:
            for number in range(1 + max_hedges):
                context = Context() if own_context and number else copy_context()
                tasks.append(asyncio.get_running_loop().create_task(cast("Any", call(request)), context=context))
                timeout = delay if number < max_hedges else None
                await asyncio.wait(tasks, timeout=timeout, return_when=asyncio.FIRST_COMPLETED)
                first = next((task for task in tasks if task.done()), None)
                if first is not None:
                    return first.result()
            raise AssertionError("unreachable")
        finally:
            losers = [task for task in tasks if not task.done()]
            if cancel and not (shield and not any(task.done() for task in tasks)):
                for task in losers:
                    task.cancel()
            if wait and cancel and losers and not shield:
                await asyncio.wait(losers)

    return wrong


def leaves_losers_running(*, delay: float, max_hedges: int = 1, **_options: Any) -> AnyLayer:
    """Takes the first answer and lets the others go on."""
    return _race(delay, max_hedges, cancel=False)


def does_not_wait_for_losers(*, delay: float, max_hedges: int = 1, **_options: Any) -> AnyLayer:
    """Cancels the losers and returns before they have cleaned up."""
    return _race(delay, max_hedges, wait=False)


def forgets_them_when_cancelled(*, delay: float, max_hedges: int = 1, **_options: Any) -> AnyLayer:
    """A cancellation of the caller does not reach the calls."""
    return _race(delay, max_hedges, shield=True)


def hides_the_losers(*, delay: float, max_hedges: int = 1, **_options: Any) -> AnyLayer:
    """Asks again outside of the caller's context, so that its record and deadline are not seen."""
    return _race(delay, max_hedges, own_context=True)


def impatient(*, delay: float, **options: Any) -> AnyLayer:
    """Asks again at half of the delay."""
    return hedge(delay=delay / 2, **options)


def late(*, delay: float, **options: Any) -> AnyLayer:
    """Asks again at twice the delay."""
    return hedge(delay=delay * 2, **options)


def once_too_often(*, max_hedges: int, **options: Any) -> AnyLayer:
    """Makes one call more than allowed."""
    return hedge(max_hedges=max_hedges + 1, **options)


def waits_after_errors(*, delay: float, max_hedges: int = 1, **_options: Any) -> AnyLayer:
    """Raises the first error, whatever else may still answer."""
    return _race(delay, max_hedges)


def repeats_everything(**options: Any) -> AnyLayer:
    """Asks again after any error."""

    @layer
    async def wrong(request: Req, call: Model[Req, Res]) -> Res:
        try:
            return await hedge(**options)(call)(request)
        except Exception:
            return await call(request)

    return wrong


def last_one_wins(**options: Any) -> AnyLayer:
    """Prefers the later call when both have answered."""

    @layer
    async def wrong(request: Req, call: Model[Req, Res]) -> Res:
        response = await hedge(**options)(call)(request)
        if isinstance(response, Response):
            await cast("Response[Any, Any]", response).aclose()
        return await call(request)

    return wrong


def without_a_bound(*, max_extra: float = 0.05, budget: RetryBudget | None = None, **options: Any) -> AnyLayer:
    """Asks again as often as calls are late."""
    return hedge(budget=RetryBudget(reserve=1000), **options)


def with_a_budget_a_call(*, max_extra: float = 0.05, budget: RetryBudget | None = None, **options: Any) -> AnyLayer:
    """Counts each call in a budget of its own."""

    @layer
    async def wrong(request: Req, call: Model[Req, Res]) -> Res:
        return await hedge(max_extra=max_extra, **options)(call)(request)

    return wrong


def repeats_side_effects(*, idempotent: Any = None, **options: Any) -> AnyLayer:
    """Asks again whatever tools the provider runs."""
    return hedge(idempotent=True, **options)


def takes_a_head_for_content(**options: Any) -> AnyLayer:
    """A stream that has sent anything counts as answering."""

    @layer
    async def wrong(request: Req, call: Model[Req, Res]) -> Res:
        if getattr(request, "stream", False):
            return await call(request)
        return await hedge(**options)(call)(request)

    return wrong


def hands_on_a_losers_part(**options: Any) -> AnyLayer:
    """Hands on the first part of each stream that was asked for."""

    @layer
    async def wrong(request: Req, call: Model[Req, Res]) -> Res:
        response: Any = await hedge(**options)(call)(request)
        if not isinstance(response, Response):
            return cast("Res", response)

        async def change(parts: AsyncIterator[Any]) -> AsyncGenerator[Any, None]:
            yield ResponseMetadata(id="loser")
            async for part in parts:
                yield part

        return cast("Res", await cast("Response[Any, Any]", response).through(change))

    return wrong


def by_the_mean(*, percentile: float = 0.95, min_samples: int = 20, **options: Any) -> AnyLayer:
    """Learns the median, whatever percentile was asked for."""
    return hedge(percentile=0.5, min_samples=min_samples, **options)


def too_sure(*, min_samples: int = 20, **options: Any) -> AnyLayer:
    """Believes the first sample."""
    return hedge(min_samples=1, **options)
