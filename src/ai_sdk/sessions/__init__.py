"""Where the runs of a team are kept: listed, shared, gone on with and branched.

A session is a name, an owner, and the state of a run as plain JSON data, with a version. It is saved with the version
that was read: who has been overtaken gets a ``SessionConflictError``, and nothing of the other's work is lost. Agents
save before and after whatever they do, so of two processes that go on with one session only one gets to do anything.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ai_sdk.sessions.team import Session as Session
from ai_sdk.sessions.team import SessionAccessError as SessionAccessError
from ai_sdk.sessions.team import SessionConflictError as SessionConflictError
from ai_sdk.sessions.team import SessionInfo as SessionInfo
from ai_sdk.sessions.team import Sessions as Sessions
from ai_sdk.sessions.team import TeamSessions as TeamSessions
from ai_sdk.sessions.team import UserSessions as UserSessions

if TYPE_CHECKING:
    from ai_sdk.sessions.memory import MemorySessions
    from ai_sdk.sessions.redis import RedisSessions
    from ai_sdk.sessions.sqlite import SQLiteSessions

__all__ = [
    "MemorySessions",
    "RedisSessions",
    "SQLiteSessions",
    "Session",
    "SessionAccessError",
    "SessionConflictError",
    "SessionInfo",
    "Sessions",
    "TeamSessions",
    "UserSessions",
]

_HOMES = {"MemorySessions": "memory", "RedisSessions": "redis", "SQLiteSessions": "sqlite"}


def __getattr__(name: str) -> Any:
    home = _HOMES.get(name)
    if home is None:
        raise AttributeError(f"module 'ai_sdk.sessions' has no attribute {name!r}")
    from importlib import import_module

    return getattr(import_module(f"ai_sdk.sessions.{home}"), name)
