"""What the laws of ``rate_limit`` share: calls that arrive, and when the law lets each through."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import strategies as st
from layer_laws.kit import (
    KINDS,
    Scripted,
    read,
)

from ai_sdk.model import AnyLayer

Make = Callable[..., AnyLayer]


Arrivals = list[tuple[float, int]]


kinds = st.sampled_from(KINDS)


LIMITS = st.integers(3, 6)


WINDOWS = st.sampled_from([1.0, 2.5, 4.0])


GAPS = st.sampled_from([0.0, 0.0, 0.0, 0.25, 0.5, 1.0, 3.0])


ARRIVALS: st.SearchStrategy[Arrivals] = st.lists(st.tuples(GAPS, st.integers(1, 3)), min_size=1, max_size=16)


def now() -> float:
    return asyncio.get_running_loop().time()


def asking(scripted: Scripted, name: object = "", **own: Any) -> Any:
    """A request with a name and with wishes of its own."""
    return replace(scripted.request, headers={"name": str(name)}, layer_options={"rate_limit": own})


def admitted(scripted: Scripted) -> list[tuple[int, float]]:
    """The number and the time of each call that was let through, in order."""
    return [(int(request.headers["name"]), at) for request, at in zip(scripted.calls, scripted.started, strict=True)]


async def arrive(layer: AnyLayer, scripted: Scripted, arrivals: Arrivals, unit: str = "weight") -> None:
    """Let the calls arrive one after the other, and wait for all of them."""
    model = layer(scripted.model)
    calls: list[asyncio.Future[Any]] = []
    async with asyncio.timeout(1000):
        for number, (gap, weight) in enumerate(arrivals):
            if gap:
                await asyncio.sleep(gap)
            calls.append(asyncio.ensure_future(read(model, asking(scripted, number, **{unit: weight}))))
        await asyncio.gather(*calls, return_exceptions=unit == "tokens")


def expected(arrivals: Arrivals, requests: int, per: float) -> list[tuple[int, Any]]:
    """When each call is let through, by the words of the law: in order, and as soon as the window takes it."""
    log: list[tuple[float, int]] = []
    times: list[tuple[int, Any]] = []
    clock = at = 0.0
    for number, (gap, weight) in enumerate(arrivals):
        clock += gap
        at = max(at, clock)
        while sum(each for since, each in log if since + per > at) + weight > requests:
            at = min(since + per for since, _ in log if since + per > at)
        log.append((at, weight))
        times.append((number, pytest.approx(at, abs=1e-6)))
    return times
