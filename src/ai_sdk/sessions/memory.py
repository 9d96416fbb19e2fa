"""Sessions in the memory of this process, for tests and for trying things out."""

from __future__ import annotations

import json
import threading
from dataclasses import replace

from ai_sdk.sessions.team import Session, SessionInfo, TeamSessions

__all__ = ["MemorySessions"]


class MemorySessions(TeamSessions):
    """Keeps sessions until the process ends, as the JSON text that the other stores would write."""

    def __init__(self) -> None:
        self._kept: dict[str, tuple[SessionInfo, str]] = {}
        self._lock = threading.Lock()

    async def _read(self, name: str) -> Session | None:
        with self._lock:
            found = self._kept.get(name)
        return None if found is None else Session(found[0], json.loads(found[1]))

    async def _info(self, name: str) -> SessionInfo | None:
        with self._lock:
            found = self._kept.get(name)
        return None if found is None else found[0]

    async def _write(self, session: Session, version: int) -> int:
        info, text = session.info, json.dumps(session.data)
        with self._lock:
            known = self._kept.get(info.name)
            found = 0 if known is None else known[0].version
            if found == version:
                members = info.members if known is None else known[0].members
                self._kept[info.name] = (replace(info, members=members), text)
            return found

    async def _change_members(self, name: str, users: tuple[str, ...], *, add: bool) -> None:
        with self._lock:
            if name in self._kept:
                info, text = self._kept[name]
                members = {*info.members, *users} if add else set(info.members) - set(users)
                self._kept[name] = (replace(info, members=tuple(sorted(members))), text)

    async def _remove(self, name: str) -> None:
        with self._lock:
            self._kept.pop(name, None)

    async def _infos(self) -> list[SessionInfo]:
        with self._lock:
            return [info for info, _ in self._kept.values()]

    async def aclose(self) -> None:
        """There is nothing to give back."""

    def __repr__(self) -> str:
        return "MemorySessions()"
