"""The answer of a chat for frameworks whose requests run in threads."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Callable, Coroutine, Iterator
from typing import Any, TypeVar

from ai_sdk.sync import _bridge

__all__ = ["drained", "finished"]

T = TypeVar("T")


def finished(make: Callable[[], Coroutine[Any, Any, T]]) -> T:
    """Run a coroutine in the event loop of ``ai_sdk.sync`` and wait for it."""
    return _bridge.run(make)


def drained(items: AsyncGenerator[T, None]) -> Iterator[T]:
    """Read an async generator from a thread; leaving early closes it, and with it the call of the model."""

    async def one() -> tuple[T] | None:
        async for item in items:
            return (item,)
        return None

    try:
        while (found := _bridge.run(one)) is not None:
            yield found[0]
    finally:
        _bridge.run(items.aclose)
