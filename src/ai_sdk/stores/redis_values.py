"""A store in Redis, for several machines."""

from __future__ import annotations

from ai_sdk.errors import InvalidRequestError
from ai_sdk.stores.redis import RedisConnection

__all__ = ["RedisValues"]


class RedisValues:
    """Keeps bytes in Redis under ``<prefix of the connection>:values:<name>:<key>``; Redis forgets what is over.

    ``connection``: a RedisConnection that stores share, or a URL. While Redis is gone every call raises
    ``RedisUnavailableError``, which a cache takes for a miss: it fails open. How much is kept is for the ``maxmemory``
    of the server to say. Needs the extra ``redis``.
    """

    def __init__(self, connection: RedisConnection | str, *, name: str = "cache") -> None:
        if not name or ":" in name:
            raise InvalidRequestError(f"name is {name!r}; allowed is a text without colons", field="name")
        self.connection = RedisConnection(connection) if isinstance(connection, str) else connection
        self.name = name

    async def get(self, key: str, /) -> bytes | None:
        """What was set, or None when there is nothing or its time is over."""
        return await self.connection.get(self._key(key))

    async def set(self, key: str, value: bytes, ttl: float | None, /) -> None:
        """Keep ``value`` for ``ttl`` seconds, or with None as long as there is room."""
        await self.connection.set(self._key(key), value, ttl)

    async def delete(self, key: str, /) -> None:
        """Forget what was set, if anything."""
        await self.connection.delete(self._key(key))

    async def aclose(self) -> None:
        """Close the connections of this loop."""
        await self.connection.aclose()

    def _key(self, key: str) -> str:
        return f"values:{self.name}:{key}"

    def __repr__(self) -> str:
        return f"RedisValues({self.connection!r}, name={self.name!r})"
