"""One run's place in a session store, written with the version that was read."""

from __future__ import annotations

import asyncio

from ai_sdk.agent.state import AgentState
from ai_sdk.errors import InvalidRequestError
from ai_sdk.sessions import Sessions

__all__ = ["Saving"]


class Saving:
    """Saves states of one session, one after the other; of several that wait, the last one alone."""

    def __init__(self, sessions: Sessions | None, name: str) -> None:
        if sessions is None:
            raise InvalidRequestError(
                f"the session {name!r} needs a store: give the agent sessions=SQLiteSessions(path)", field="session"
            )
        self._sessions = sessions
        self._name = name
        self._version = 0
        self._lock = asyncio.Lock()
        self._waiting: list[AgentState] = []
        self._error: Exception | None = None

    async def load(self) -> AgentState | None:
        """The state of the session, or None when it has none yet."""
        session = await self._sessions.load(self._name)
        if session is None:
            return None
        self._version = session.version
        return AgentState.from_dict(session.data)

    async def save(self, state: AgentState) -> None:
        """Save the state, or return when a later one has been saved while this one waited.

        After a failure nothing is saved any more: what is in the store is not known then.
        """
        self._waiting.append(state)
        async with self._lock:
            if self._error is not None:
                raise self._error
            if not self._waiting:
                return
            latest = self._waiting[-1]
            self._waiting.clear()
            try:
                self._version = await self._sessions.save(self._name, latest.to_dict(), self._version)
            except Exception as error:
                self._error = error
                raise
