"""Sessions in one file of this machine, for any number of processes."""

from __future__ import annotations

import asyncio
import json
import os
import sqlite3
import threading
import weakref
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import TypeVar

from ai_sdk.errors import InvalidRequestError
from ai_sdk.sessions.team import Session, SessionInfo, TeamSessions

__all__ = ["SQLiteSessions"]

T = TypeVar("T")

_TABLE = """
CREATE TABLE IF NOT EXISTS sessions (
    name TEXT PRIMARY KEY, version INTEGER NOT NULL, info TEXT NOT NULL, members TEXT NOT NULL, data TEXT NOT NULL
)
"""
_SAVE = """
INSERT INTO sessions VALUES (?, ?, ?, '[]', ?)
ON CONFLICT (name) DO UPDATE SET version = excluded.version, info = excluded.info, data = excluded.data
"""


class SQLiteSessions(TeamSessions):
    """Keeps sessions in the SQLite file ``path``, with a write-ahead log.

    A save is on the disk when it returns: neither the end of the process nor that of the machine takes it back. One
    writer at a time: another one, in any process, waits up to ``timeout`` seconds for its turn and compares the version
    then. Readers do not wait. The file is opened at the first use and closed by ``aclose`` or with the store; the work
    is done in threads. The file must be on a local disk.
    """

    def __init__(self, path: str | Path, *, timeout: float = 10.0) -> None:
        if not timeout > 0:
            raise InvalidRequestError(f"timeout is {timeout!r}; allowed are seconds above 0", field="timeout")
        self.path = Path(path)
        self._file = _File(self.path, timeout)
        weakref.finalize(self, self._file.close).atexit = False

    async def _read(self, name: str) -> Session | None:
        rows = await self._select("SELECT info, members, data FROM sessions WHERE name = ?", name)
        return Session(_info(*rows[0][:2]), json.loads(rows[0][2])) if rows else None

    async def _info(self, name: str) -> SessionInfo | None:
        rows = await self._select("SELECT info, members FROM sessions WHERE name = ?", name)
        return _info(*rows[0]) if rows else None

    async def _write(self, session: Session, version: int) -> int:
        row = (session.info.name, session.version, json.dumps(session.info.to_dict()), json.dumps(session.data))

        def write(connection: sqlite3.Connection) -> int:
            known = connection.execute("SELECT version FROM sessions WHERE name = ?", row[:1]).fetchone()
            found: int = 0 if known is None else known[0]
            if found == version:
                connection.execute(_SAVE, row)
            return found

        return await self._file.run(lambda connection: _alone(connection, write))

    async def _change_members(self, name: str, users: tuple[str, ...], *, add: bool) -> None:
        def change(connection: sqlite3.Connection) -> None:
            known = connection.execute("SELECT members FROM sessions WHERE name = ?", (name,)).fetchone()
            if known is not None:
                before = set(json.loads(known[0]))
                members = sorted(before | set(users) if add else before - set(users))
                connection.execute("UPDATE sessions SET members = ? WHERE name = ?", (json.dumps(members), name))

        await self._file.run(lambda connection: _alone(connection, change))

    async def _remove(self, name: str) -> None:
        await self._file.run(lambda connection: connection.execute("DELETE FROM sessions WHERE name = ?", (name,)))

    async def _infos(self) -> list[SessionInfo]:
        return [_info(*row) for row in await self._select("SELECT info, members FROM sessions")]

    async def _select(self, query: str, *values: str) -> list[tuple[str, ...]]:
        return await self._file.run(lambda connection: connection.execute(query, values).fetchall())

    async def aclose(self) -> None:
        """Close the file; the next use opens it again."""
        await asyncio.to_thread(self._file.close)

    def __repr__(self) -> str:
        return f"SQLiteSessions({str(self.path)!r})"


def _info(info: str, members: str) -> SessionInfo:
    return SessionInfo.from_dict(json.loads(info), json.loads(members))


def _alone(connection: sqlite3.Connection, work: Callable[[sqlite3.Connection], T]) -> T:
    """Do something as the one writer of the file: all of it, or nothing."""
    connection.execute("BEGIN IMMEDIATE")
    try:
        done = work(connection)
        connection.execute("COMMIT")
    except BaseException:
        connection.execute("ROLLBACK")
        raise
    return done


class _File:
    """The open file of one process; a forked process opens it for itself."""

    def __init__(self, path: Path, timeout: float) -> None:
        self._path = path
        self._timeout = timeout
        self._connection: sqlite3.Connection | None = None
        self._process = 0
        self._lock = threading.Lock()

    async def run(self, work: Callable[[sqlite3.Connection], T]) -> T:
        return await asyncio.to_thread(self._run, work)

    def close(self) -> None:
        with self._lock:
            connection, self._connection = self._connection, None
            if connection is not None and self._process == os.getpid():
                connection.close()

    def _run(self, work: Callable[[sqlite3.Connection], T]) -> T:
        with self._lock:
            if self._connection is None or self._process != os.getpid():
                self._connection = self._open()
                self._process = os.getpid()
            return work(self._connection)

    def _open(self) -> sqlite3.Connection:
        connection = sqlite3.connect(self._path, timeout=self._timeout, isolation_level=None, check_same_thread=False)
        try:
            for statement in ("PRAGMA journal_mode = WAL", "PRAGMA synchronous = FULL", _TABLE):
                with closing(connection.execute(statement)):
                    pass
        except BaseException:
            connection.close()
            raise
        return connection
