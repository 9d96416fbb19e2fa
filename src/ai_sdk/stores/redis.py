"""A connection to Redis that layers share, and that costs next to nothing while Redis is gone.

The laws: a call never waits longer than ``timeout`` for Redis. After a command has failed, further ones raise
``RedisUnavailableError`` at once, without touching the network, until a probe in the background has found the server
again. Nothing is sent twice by itself. The same object works in several event loops and threads: each loop has its own
connections, which end with the loop or by ``aclose()``.

What to do without Redis (go on, or refuse) is decided by whoever uses the connection: each store here says what it
does. Every decision of theirs is one Lua script with the server's clock; its keys carry one hash tag, so that a cluster
keeps them together, and the version of the script, so that old and new processes of a rolling update share no state
that they understand differently.
"""

from __future__ import annotations

import asyncio
import functools
import hashlib
import weakref
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, cast
from urllib.parse import urlsplit

from ai_sdk.errors import InvalidRequestError, LayerError, MissingExtraError
from ai_sdk.http._loops import Loops

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ai_sdk.stores._redis_door import Door

__all__ = ["RedisConnection", "RedisUnavailableError", "Script"]

_SCHEMES = ("redis", "rediss", "unix")


class RedisUnavailableError(LayerError):
    """Redis did not answer, or refused.

    ``retry_after`` is when it is asked again, in seconds. ``refused``: it is there, but does not do what it was asked
    to, which will not change by itself: a missing permission, a key of another type. ``sent``: it may have done it all
    the same, because only the answer is missing.
    """

    def __init__(
        self, message: str, *, retry_after: float | None = None, refused: bool = False, sent: bool = False
    ) -> None:
        super().__init__(message)
        self.retry_after = retry_after
        self.refused = refused
        self.sent = sent
        self.retryable = not refused


@dataclass(frozen=True)
class Script:
    """A Lua script, with the name and the version that its keys carry. Raise the version when the state changes."""

    name: str
    version: int
    source: str = field(repr=False)
    sha: str = field(init=False, repr=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "sha", hashlib.sha1(self.source.encode(), usedforsecurity=False).hexdigest())


class RedisConnection:
    """A Redis server (or a compatible one) for the stores of layers.

    ``url``: ``redis://``, ``rediss://`` (TLS) or ``unix://``, with a password if there is one; it is in no repr and no
    error. ``prefix``: the beginning of all keys. ``timeout``: seconds that one command may take, connecting included;
    time for which the event loop itself stood still does not count. ``probe_interval``: about how often a lost server
    is looked for, in seconds, randomly shortened to half of it at most, and only while somebody asks.
    ``client``: instead of the URL, a ``redis.asyncio`` client of your own (Sentinel, Cluster): it serves the event loop
    that it belongs to, and closing it is yours.

    Needs the extra ``redis``: MissingExtraError at the first command when it is not installed.
    Raises InvalidRequestError for options that make no sense, and RedisUnavailableError from every command.
    """

    def __init__(
        self,
        url: str = "redis://localhost:6379/0",
        *,
        prefix: str = "ai_sdk",
        timeout: float = 0.25,
        probe_interval: float = 1.0,
        client: Any = None,
    ) -> None:
        for name, seconds in (("timeout", timeout), ("probe_interval", probe_interval)):
            if not 0 < seconds < float("inf"):
                raise InvalidRequestError(f"{name} is {seconds!r}; allowed are seconds above 0", field=name)
        if "{" in prefix or "}" in prefix:
            raise InvalidRequestError(f"prefix is {prefix!r}; allowed is a text without braces", field="prefix")
        self.prefix = prefix
        self.timeout = timeout
        self.probe_interval = probe_interval
        self._where = _without_secrets(url) if client is None else type(client).__name__
        make = functools.partial(_open, client, url, self._where, timeout, probe_interval)
        self._loops = Loops("ai_sdk.stores._redis_door", make)
        weakref.finalize(self, self._loops.end)

    def __repr__(self) -> str:
        return f"RedisConnection({self._where!r}, prefix={self.prefix!r})"

    def key(self, script: Script, name: str, part: str = "") -> str:
        """The key of one ``part`` of the state that ``script`` keeps under ``name``; all parts share a hash tag."""
        tag = "{" + f"{self.prefix}:{script.name}:v{script.version}:{name.replace('{', '(').replace('}', ')')}" + "}"
        return f"{tag}:{part}" if part else tag

    async def run(self, script: Script, keys: Sequence[str], args: Sequence[str | bytes | int | float] = ()) -> Any:
        """Run a script: one round trip, and a second one when the server does not know it yet."""
        return await (await self._door()).run(script, keys, args)

    async def get(self, key: str | bytes) -> bytes | None:
        """The value of a key, or None."""
        value = await (await self._door()).command("GET", self._plain(key))
        return cast("bytes | None", value)

    async def set(self, key: str | bytes, value: bytes, ttl: float | None = None) -> None:
        """Set a key, for ``ttl`` seconds or, with None, for ever. A ``ttl`` of 0 or less deletes it."""
        if ttl is not None and ttl <= 0:
            await self.delete(key)
            return
        expiry: tuple[str | int, ...] = () if ttl is None else ("PX", max(1, round(ttl * 1000)))
        await (await self._door()).command("SET", self._plain(key), value, *expiry)

    async def delete(self, key: str | bytes) -> None:
        """Delete a key."""
        await (await self._door()).command("DEL", self._plain(key))

    async def pop(self, key: str, seconds: float) -> bool:
        """Wait up to ``seconds`` for something to be pushed on the list ``key``, and take it."""
        return await (await self._door()).pop(key, seconds)

    async def check(self) -> None:
        """Raise RedisUnavailableError if Redis is known to be gone; asks nobody."""
        (await self._door()).check()

    async def recovered(self) -> None:
        """Wait until Redis answers again; at once while it is not known to be gone."""
        await (await self._door()).recovered()

    def post(
        self,
        loop: asyncio.AbstractEventLoop,
        script: Script,
        keys: Sequence[str],
        args: Sequence[str | int | float],
        *,
        patient: bool = True,
    ) -> None:
        """Have ``loop`` run a script soon; what it returns is lost. A ``patient`` one waits for the end of an outage.

        Another loop does it when that one stands still. Safe in any thread and in finalisers, and never blocks. The
        script must be idempotent, and the state must heal when it is never run: when no loop is left, or when too much
        is waiting for Redis to come back.
        """
        here = asyncio._get_running_loop()
        engines = self._loops._engines
        door = engines.get(loop if here is None or loop.is_running() else here) or engines.get(loop)
        if door is not None:
            cast("Door", door).post(script, keys, args, patient)

    async def flush(self) -> None:
        """Wait until what was posted in this loop has been sent, or Redis is gone."""
        await (await self._door()).flush()

    async def aclose(self) -> None:
        """Send what was posted and close the connections of this loop; tell the other loops."""
        await self._loops.aclose()

    async def _door(self) -> Door:
        try:
            return cast("Door", await self._loops.engine())
        except ModuleNotFoundError as error:
            if (error.name or "").partition(".")[0] != "redis":
                raise
            raise MissingExtraError("Redis needs its package: pip install 'ai-sdk-layers[redis]'") from error

    def _plain(self, key: str | bytes) -> bytes:
        return f"{self.prefix}:".encode() + (key.encode() if isinstance(key, str) else key)


def _open(client: Any, url: str, where: str, timeout: float, probe_interval: float) -> Any:
    from ai_sdk.stores._redis_door import Door, client_of

    own = client is None
    return Door(client_of(url) if own else client, own, where, timeout, probe_interval)


def _without_secrets(url: str) -> str:
    try:
        parts = urlsplit(url)
        port = f":{parts.port}" if parts.port else ""
        host = parts.hostname or ""
    except ValueError:
        parts, host, port = urlsplit(""), "", ""
    if parts.scheme not in _SCHEMES or (parts.scheme != "unix" and not host):
        message = "url is not a Redis URL; allowed are redis://host:port/db, rediss://... and unix:///path"
        raise InvalidRequestError(message, field="url")
    return f"{parts.scheme}://{host}{port}{parts.path}"
