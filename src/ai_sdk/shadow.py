"""Send a copy of some calls to another model, and throw its answers away.

The law: the caller's call neither waits for the copy, nor fails with it, nor sees anything of it: it runs in a task of
its own, is in no caller's record, has no caller's deadline, and outlives a caller who leaves. No more than ``limit``
copies are under way at once; what comes above that is left out. When the event loop ends, the copies do.
"""

from __future__ import annotations

import asyncio
from threading import Lock
from typing import Any

from ai_sdk.call import CallRecord, entered, report
from ai_sdk.ending import report_failure
from ai_sdk.errors import InvalidRequestError
from ai_sdk.failover import forget_asked
from ai_sdk.flight import Flight
from ai_sdk.model import Model, name_of, recorded
from ai_sdk.retry_budget import is_replayable

__all__ = ["Shadow"]


class Shadow:
    """Sends copies of calls to ``model``, at most ``limit`` at once in all event loops together.

    ``left_out`` counts the calls that found no room. An error goes to the loop's exception handler.
    """

    __slots__ = ("_flying", "_lock", "_model", "_name", "left_out", "limit")

    def __init__(self, model: Model[Any, Any], limit: int) -> None:
        if type(limit) is not int or limit < 1:
            raise InvalidRequestError(
                f"shadow_limit is {limit!r}; allowed is a whole number from 1", field="shadow_limit"
            )
        self._model = recorded(model)
        self._name = name_of(model)
        self.limit = limit
        self.left_out = 0
        self._lock = Lock()
        self._flying: dict[_Flying, None] = {}

    def send(self, request: Any) -> None:
        """Send a copy, if there is room and the request can be sent twice. Reports ``shadowed`` (detail: the name)."""
        if not is_replayable(request):
            return
        flying = _Flying(asyncio.get_running_loop())
        if not self._takes(flying):
            return
        report("shadowed", self._name)
        flying.flight = flight = Flight(lambda: self._fly(request))
        flight.when_done(lambda: self._done(flying, flight.error))

    async def _fly(self, request: Any) -> Any:
        forget_asked()
        with entered(CallRecord("layer", "shadow")):
            return await self._model(request)

    def _takes(self, flying: _Flying) -> bool:
        """Take a place, also one of a loop that was closed before its copies ended."""
        with self._lock:
            if len(self._flying) >= self.limit:
                self._flying = {each: None for each in self._flying if not each.loop.is_closed()}
            if len(self._flying) >= self.limit:
                self.left_out += 1
                return False
            self._flying[flying] = None
            return True

    def _done(self, flying: _Flying, error: BaseException | None) -> None:
        with self._lock:
            self._flying.pop(flying, None)
        if isinstance(error, Exception):
            report_failure(f"the shadow call to {self._name}", error)


class _Flying:
    """A copy that is under way; the flight is held here until it has ended."""

    __slots__ = ("flight", "loop")

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self.loop = loop
        self.flight: Flight[Any] | None = None
