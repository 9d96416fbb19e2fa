"""Where API keys rest, for all processes with one Redis: see ``RedisKeyBench``."""

from __future__ import annotations

import math
from collections.abc import Sequence

from ai_sdk.keyring import KeyBench
from ai_sdk.stores._state_scripts import BENCH, CLEAR, FREE_IN
from ai_sdk.stores.redis import RedisConnection, RedisUnavailableError

__all__ = ["RedisKeyBench"]


class RedisKeyBench:
    """A bench for ``key_pool(shared=...)`` in Redis: a key that one process benched rests for all of them.

    Redis has the names that pools make of keys, which are hashes, and never a key. ``name``: pools of one name share
    the bench. Every question is one round trip.

    Without Redis it fails open: each process knows what it benched itself, and goes on. What it benched while Redis was
    gone stays its own.
    """

    def __init__(self, redis: RedisConnection, *, name: str = "default") -> None:
        self.name = name
        self._redis = redis
        self._key = redis.key(BENCH, name)
        self._own = KeyBench()

    async def free_in(self, names: Sequence[str], /) -> Sequence[float]:
        """For each name the seconds until it is free."""
        own = await self._own.free_in(names)
        if not names:
            return own
        try:
            rests = await self._redis.run(FREE_IN, [self._key], names)
        except RedisUnavailableError:
            return own
        shared = (math.inf if rest < 0 else rest / 1e6 for rest in rests)
        return [max(both) for both in zip(own, shared, strict=True)]

    async def put(self, name: str, seconds: float, /) -> None:
        """Let it rest for so many seconds from now."""
        await self._own.put(name, seconds)
        rest = -1 if seconds == math.inf else max(0, math.ceil(seconds * 1e6))
        try:
            await self._redis.run(BENCH, [self._key], [name, rest])
        except RedisUnavailableError:
            return

    async def clear(self) -> None:
        """Nobody rests any more, here and in Redis; other processes still know what they benched themselves."""
        self._own.clear()
        await self._redis.run(CLEAR, [self._key])

    def __repr__(self) -> str:
        return f"RedisKeyBench({self._redis!r}, name={self.name!r})"
