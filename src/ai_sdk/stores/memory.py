"""A store in the memory of this process."""

from __future__ import annotations

import asyncio
import math
import threading
from typing import Any, cast

from ai_sdk.errors import InvalidRequestError

__all__ = ["MemoryStore"]


class MemoryStore:
    """Keeps up to ``max_size`` entries; the one that was not used for longest goes first.

    An entry is there before its time is over and never after it, by the running loop's clock. One whose time is over
    takes its place until it is asked for or makes room. Entries are handed out as they are: they are immutable.
    The same object may serve several event loops and threads. Raises InvalidRequestError for a size below 1.
    """

    keeps_objects = True

    __slots__ = ("_entries", "_lock", "max_size")

    def __init__(self, *, max_size: int = 1024) -> None:
        if isinstance(cast("Any", max_size), bool) or not isinstance(cast("Any", max_size), int) or max_size < 1:
            raise InvalidRequestError(f"max_size is {max_size!r}; allowed is an integer from 1", field="max_size")
        from cachetools import LRUCache

        self.max_size = max_size
        self._entries: LRUCache[str, tuple[float, Any]] = LRUCache(max_size)
        self._lock = threading.Lock()

    def get(self, key: str, /) -> Any | None:
        """What was set, or None when there is nothing or its time is over."""
        with self._lock:
            kept = self._entries.get(key)
            if kept is None:
                return None
            if kept[0] == math.inf or asyncio.get_running_loop().time() < kept[0]:
                return kept[1]
            del self._entries[key]
            return None

    def set(self, key: str, value: Any, ttl: float | None, /) -> None:
        """Keep ``value`` for ``ttl`` seconds, or with None as long as there is room."""
        until = math.inf if ttl is None else asyncio.get_running_loop().time() + ttl
        with self._lock:
            self._entries[key] = (until, value)

    def delete(self, key: str, /) -> None:
        """Forget what was set, if anything."""
        with self._lock:
            self._entries.pop(key, None)

    def clear(self) -> None:
        """Forget everything."""
        with self._lock:
            self._entries.clear()

    def __len__(self) -> int:
        return len(self._entries)

    def __repr__(self) -> str:
        return f"MemoryStore(max_size={self.max_size})"
