"""Streams that a browser can come back to, kept in Redis: for an application of several processes."""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import AsyncGenerator
from typing import Any

from ai_sdk.errors import InvalidRequestError
from ai_sdk.stores.redis import RedisConnection, Script

__all__ = ["RedisStreams"]

# KEYS: about the run, its events. ARGV: what to do, the run, the time to live in milliseconds, and more.
_STREAMS = Script(
    "web_streams",
    1,
    """
local about, log = KEYS[1], KEYS[2]
local act, run, ttl = ARGV[1], ARGV[2], ARGV[3]
if act == 'begin' then
  redis.call('DEL', about, log)
  redis.call('HSET', about, 'run', run)
  redis.call('PEXPIRE', about, ttl)
  return 1
end
local now = redis.call('HGET', about, 'run')
if act == 'find' then return now end
if act == 'stop' then
  if now then redis.call('HSET', about, 'stopped', 1) end
  return 1
end
if now ~= run then
  if act == 'read' then return {1, {}} end
  return 0
end
if act == 'read' then
  local over = redis.call('HEXISTS', about, 'over')
  return {over, redis.call('LRANGE', log, ARGV[4], ARGV[4] + 255)}
end
if act == 'finish' then
  redis.call('HSET', about, 'over', 1)
elseif act == 'add' then
  if redis.call('HEXISTS', about, 'over') == 1 then return 0 end
  for at = 4, #ARGV do redis.call('RPUSH', log, ARGV[at]) end
end
redis.call('PEXPIRE', about, ttl)
redis.call('PEXPIRE', log, ttl)
return 1 - redis.call('HEXISTS', about, 'stopped')
""",
)
_AT_ONCE = 256


class RedisStreams:
    """Keeps streams in Redis, for ``ttl`` seconds after the last event.

    ``connection``: a RedisConnection that stores share, or a URL. ``interval``: how often a reader looks for new
    events, in seconds. A stream whose events cannot be kept, because Redis is gone, is ended. Needs the extra
    ``redis``.
    """

    def __init__(self, connection: RedisConnection | str, *, ttl: float = 300.0, interval: float = 0.1) -> None:
        for name, value in (("ttl", ttl), ("interval", interval)):
            if value <= 0:
                raise InvalidRequestError(f"{name} is {value!r}; allowed are seconds above 0", field=name)
        self.connection = RedisConnection(connection) if isinstance(connection, str) else connection
        self.ttl = ttl
        self.interval = interval

    async def begin(self, key: str, /) -> str:
        """Begin a run in place of an earlier one."""
        run = secrets.token_hex(16)
        await self._do(key, "begin", run)
        return run

    async def add(self, key: str, run: str, events: list[bytes], /) -> bool:
        """Keep events; whether the run is to go on."""
        goes_on = True
        for at in range(0, len(events), _AT_ONCE):
            goes_on = await self._do(key, "add", run, *events[at : at + _AT_ONCE]) == 1
        return goes_on

    async def finish(self, key: str, run: str, /) -> None:
        """Nothing more will come."""
        await self._do(key, "finish", run)

    async def find(self, key: str, /) -> str | None:
        """The id of the last run under a key."""
        found = await self._do(key, "find", "")
        return found.decode() if isinstance(found, bytes) else None

    async def read(self, key: str, run: str, after: int, /) -> AsyncGenerator[bytes, None]:
        """The events after a number, and those to come."""
        at = max(0, after)
        while True:
            over, events = await self._do(key, "read", run, at)
            at += len(events)
            if events:
                yield b"".join(events)
            elif over:
                return
            else:
                await asyncio.sleep(self.interval)

    async def stop(self, key: str, /) -> None:
        """Ask the run under a key to end; it does with its next event, or at once in its own process."""
        await self._do(key, "stop", "")

    async def aclose(self) -> None:
        """Close the connections of this loop."""
        await self.connection.aclose()

    async def _do(self, key: str, act: str, run: str, *more: bytes | int) -> Any:
        keys = [self.connection.key(_STREAMS, key), self.connection.key(_STREAMS, key, "log")]
        return await self.connection.run(_STREAMS, keys, [act, run, round(self.ttl * 1000), *more])

    def __repr__(self) -> str:
        return f"RedisStreams({self.connection!r}, ttl={self.ttl!r})"
