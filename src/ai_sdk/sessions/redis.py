"""Sessions in Redis, for several machines."""

from __future__ import annotations

import json
from typing import Any

from ai_sdk.errors import InvalidRequestError
from ai_sdk.sessions.team import Session, SessionInfo, TeamSessions
from ai_sdk.stores.redis import RedisConnection, Script

__all__ = ["RedisSessions"]

_SAVE = Script(
    "sessions",
    1,
    """
local found = tonumber(redis.call('HGET', KEYS[1], 'version') or '0')
if found == tonumber(ARGV[1]) then
    redis.call('HSET', KEYS[1], 'version', found + 1, 'info', ARGV[2], 'data', ARGV[3])
    redis.call('HSET', KEYS[2], ARGV[4], ARGV[2])
end
return found
""",
)
_LOAD = Script("sessions", 1, "return redis.call('HGETALL', KEYS[1])")
_REMOVE = Script(
    "sessions",
    1,
    """
for _, field in ipairs(redis.call('HKEYS', KEYS[1])) do
    if string.sub(field, 1, 7) == 'member:' then
        redis.call('HDEL', KEYS[3], ARGV[1] .. '\\n' .. string.sub(field, 8))
    end
end
redis.call('DEL', KEYS[1])
return redis.call('HDEL', KEYS[2], ARGV[1])
""",
)
_LIST = Script("sessions", 1, "return {redis.call('HVALS', KEYS[1]), redis.call('HKEYS', KEYS[2])}")
_MEMBERS = Script(
    "sessions",
    1,
    """
if redis.call('EXISTS', KEYS[1]) == 0 then return 0 end
for at = 3, #ARGV do
    if ARGV[2] == 'add' then
        redis.call('HSET', KEYS[1], 'member:' .. ARGV[at], '1')
        redis.call('HSET', KEYS[2], ARGV[1] .. '\\n' .. ARGV[at], '1')
    else
        redis.call('HDEL', KEYS[1], 'member:' .. ARGV[at])
        redis.call('HDEL', KEYS[2], ARGV[1] .. '\\n' .. ARGV[at])
    end
end
return 1
""",
)


class RedisSessions(TeamSessions):
    """Keeps sessions in Redis under ``name``, for ever: they are data, so the server must not evict them.

    ``connection``: a RedisConnection that stores share, or a URL. Versions are compared by a script in the server.
    While Redis is gone every call raises ``RedisUnavailableError``, and a run stops where it is: it fails closed. Needs
    the extra ``redis``.
    """

    def __init__(self, connection: RedisConnection | str, *, name: str = "sessions") -> None:
        if not name or ":" in name:
            raise InvalidRequestError(f"name is {name!r}; allowed is a text without colons", field="name")
        self.connection = RedisConnection(connection) if isinstance(connection, str) else connection
        self.name = name
        self._index = self.connection.key(_SAVE, name, "index")
        self._members = self.connection.key(_SAVE, name, "members")

    def _key(self, session: str) -> str:
        return self.connection.key(_SAVE, self.name, f"session:{session}")

    async def _read(self, name: str) -> Session | None:
        fields = await self._fields(name)
        return Session(_info(fields), json.loads(fields[b"data"])) if fields else None

    async def _info(self, name: str) -> SessionInfo | None:
        fields = await self._fields(name)
        return _info(fields) if fields else None

    async def _fields(self, name: str) -> dict[bytes, bytes]:
        flat: list[bytes] = await self.connection.run(_LOAD, [self._key(name)])
        return dict(zip(flat[::2], flat[1::2], strict=True))

    async def _write(self, session: Session, version: int) -> int:
        info = json.dumps(session.info.to_dict())
        keys = [self._key(session.info.name), self._index]
        found: Any = await self.connection.run(
            _SAVE, keys, [version, info, json.dumps(session.data), session.info.name]
        )
        return int(found)

    async def _change_members(self, name: str, users: tuple[str, ...], *, add: bool) -> None:
        keys = [self._key(name), self._members]
        await self.connection.run(_MEMBERS, keys, [name, "add" if add else "remove", *users])

    async def _remove(self, name: str) -> None:
        await self.connection.run(_REMOVE, [self._key(name), self._index, self._members], [name])

    async def _infos(self) -> list[SessionInfo]:
        infos, pairs = await self.connection.run(_LIST, [self._index, self._members])
        members: dict[str, list[str]] = {}
        for pair in pairs:
            name, _, user = pair.decode().partition("\n")
            members.setdefault(name, []).append(user)
        plain: list[dict[str, Any]] = [json.loads(each) for each in infos]
        return [SessionInfo.from_dict(each, members.get(each["name"], ())) for each in plain]

    async def aclose(self) -> None:
        """Close the connections of this loop."""
        await self.connection.aclose()

    def __repr__(self) -> str:
        return f"RedisSessions({self.connection!r}, name={self.name!r})"


def _info(fields: dict[bytes, bytes]) -> SessionInfo:
    members = [name.decode()[len("member:") :] for name in fields if name.startswith(b"member:")]
    return SessionInfo.from_dict(json.loads(fields[b"info"]), members)
