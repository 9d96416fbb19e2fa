"""Where layers keep what they share: in memory, on disk, in Redis."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Protocol

if TYPE_CHECKING:
    from collections.abc import Awaitable

    from ai_sdk.stores.disk import DiskStore
    from ai_sdk.stores.memory import MemoryStore
    from ai_sdk.stores.redis import RedisConnection
    from ai_sdk.stores.redis_values import RedisValues

__all__ = ["DiskStore", "MemoryStore", "RedisConnection", "RedisValues", "Store"]

_HOMES = {"DiskStore": "disk", "MemoryStore": "memory", "RedisConnection": "redis", "RedisValues": "redis_values"}


class Store(Protocol):
    """Where a cache keeps its answers, as bytes by a key of hexadecimal digits.

    The methods may be plain or ``async``, and are called from any event loop and thread. What they raise counts as a
    miss. A store with ``keeps_objects = True`` gets immutable ``Entry`` objects in place of bytes.
    """

    def get(self, key: str, /) -> Any | Awaitable[Any | None] | None:
        """What was set, or None when there is nothing or its time is over."""
        ...

    def set(self, key: str, value: Any, ttl: float | None, /) -> Awaitable[None] | None:
        """Keep ``value`` for ``ttl`` seconds, or with None as long as there is room."""
        ...

    def delete(self, key: str, /) -> Awaitable[None] | None:
        """Forget what was set, if anything."""
        ...


def __getattr__(name: str) -> Any:
    home = _HOMES.get(name)
    if home is None:
        raise AttributeError(f"module 'ai_sdk.stores' has no attribute {name!r}")
    from importlib import import_module

    return getattr(import_module(f"ai_sdk.stores.{home}"), name)
