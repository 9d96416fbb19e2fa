"""Limit how long a call may take.

The law: a limit interrupts exactly when its time has passed, never earlier, and only while the model is being waited
for: inside the ``await``, or in a pending read of a live response, never in the caller's own code. The inner call is
cancelled and has cleaned up before the error is raised. A cancellation by the caller stays one.

The deadline that ``total`` makes is known to the layers and models inside (``ai_sdk.deadline``) during the ``await``; a
live response carries it on as a number. No scope and no timer of the caller's task spans a ``yield``: one lazily
re-armed timer a call looks after all its reads.
"""

from __future__ import annotations

import asyncio
import math
from collections.abc import AsyncGenerator, AsyncIterator
from functools import partial
from typing import TYPE_CHECKING, Any, TypeVar, cast

from ai_sdk.deadline import deadline, deadline_at
from ai_sdk.errors import APITimeoutError, InvalidRequestError, TimeoutLimit
from ai_sdk.model import AnyLayer, Model, layer
from ai_sdk.response import AnyPart, Live

if TYPE_CHECKING:
    from ai_sdk.response import Response

__all__ = ["timeout"]

Req = TypeVar("Req")
Res = TypeVar("Res")


def timeout(*, total: float | None = None, first_content: float | None = None, idle: float | None = None) -> AnyLayer:
    """Limit a call; all limits are in seconds, and None is no limit.

    ``total``: from the request to the end of the response. It interrupts a pending read; when it has passed while the
    caller was busy, the next read raises, unless the finish has been delivered already.
    ``first_content``: from the request to the first content, that is the length of the ``await``.
    ``idle``: how long one read of a live response may be pending. Time that the caller takes does not count.
    A response whose parts are all here, as without streaming, is over when the ``await`` is.

    An outer deadline that is nearer counts instead of ``total``. Raises APITimeoutError with ``limit`` ``total``,
    ``first content``, ``idle`` or ``deadline``, and ``partial`` when content had arrived; a timeout that the provider
    or the HTTP client reports passes unchanged. Raises InvalidRequestError for a limit that is not above 0.
    """
    for name, seconds in (("total", total), ("first_content", first_content), ("idle", idle)):
        if seconds is not None and not seconds > 0:
            raise InvalidRequestError(f"{name} is {seconds!r}; allowed are seconds above 0, or None", field=name)

    @layer
    async def timeout(request: Req, call: Model[Req, Res]) -> Res:
        watchdog = _Watchdog()
        now = watchdog.now()
        over = _end_of_call(now, total)
        first = _sooner(over, now, "first content", first_content)
        watchdog.begin(first.at)
        try:
            if total is None:
                response = await call(request)
            else:
                with deadline_at(over.at):
                    response = await call(request)
        except asyncio.CancelledError as error:
            if watchdog.end():
                raise first.error() from error
            raise
        finally:
            watchdog.end()
            watchdog.stop()
        if (total is None and idle is None) or not isinstance(response, Live):
            return response
        live = cast("Response[Any, Any]", response)
        if live.closed:
            return response
        return cast("Res", await live.through(partial(_watched, watchdog, over, idle)))

    return timeout


async def _watched(
    watchdog: _Watchdog, over: _Limit, idle: float | None, parts: AsyncIterator[AnyPart]
) -> AsyncGenerator[AnyPart, None]:
    """Hand on the parts, and give up on a read at the end of the call or when it is pending for ``idle`` seconds."""
    finished = False
    try:
        while True:
            now = watchdog.now()
            if now >= over.at and not finished:
                raise over.error()
            limit = _sooner(over, now, "idle", idle)
            watchdog.begin(limit.at)
            try:
                part = await anext(parts)
            except StopAsyncIteration:
                return
            except asyncio.CancelledError as error:
                if watchdog.end():
                    raise limit.error() from error
                raise
            watchdog.end()
            finished = part.last
            yield part
    finally:
        watchdog.end()
        watchdog.stop()


class _Limit:
    """A moment of the loop's time at which something is over, and what that means."""

    __slots__ = ("at", "name", "seconds")

    def __init__(self, at: float, name: TimeoutLimit, seconds: float) -> None:
        self.at = at
        self.name: TimeoutLimit = name
        self.seconds = seconds

    def error(self) -> APITimeoutError:
        message = f"the limit of {self.seconds:g} s ({self.name}) has passed"
        return APITimeoutError(message, limit=self.name, seconds=self.seconds)


_NEVER = _Limit(math.inf, "total", math.inf)


def _sooner(limit: _Limit, now: float, name: TimeoutLimit, seconds: float | None) -> _Limit:
    """The limit, or the one that is ``seconds`` from now when that comes before it."""
    if seconds is None or limit.at <= now + seconds:
        return limit
    return _Limit(now + seconds, name, seconds)


def _end_of_call(now: float, total: float | None) -> _Limit:
    """Where the whole call ends, by the deadline around it or by its own limit."""
    around = deadline()
    if around is None:
        return _sooner(_NEVER, now, "total", total)
    inherited = _Limit(around, "deadline", max(0.0, around - now))
    if around <= now:
        raise inherited.error()
    return _sooner(inherited, now, "total", total)


class _Watchdog:
    """Cancels the task that waits for a model when the time is up, and tells that from a cancellation by others.

    Between ``begin`` and ``end`` the task is inside the model; at all other times nothing can be interrupted. The timer
    stays where it was set while the moments to come are later, and is set again only when it goes off too early. It
    knows of the task while that is waiting, and never of a response.
    """

    __slots__ = ("_due", "_handle", "_interrupted", "_loop", "_requests", "_task")

    def __init__(self) -> None:
        self._loop = asyncio.get_running_loop()
        self._task: asyncio.Task[Any] | None = None
        self._handle: asyncio.TimerHandle | None = None
        self._due = math.inf
        self._interrupted = False
        self._requests = 0

    def now(self) -> float:
        return self._loop.time()

    def begin(self, due: float) -> None:
        """The current task waits for the model until ``due`` at most, which never comes before an earlier ``due``."""
        task = cast("asyncio.Task[Any]", asyncio.current_task())
        self._task = task
        self._requests = task.cancelling()
        self._due = due
        if self._handle is None and due != math.inf:
            self._handle = self._loop.call_at(due, self._look)

    def end(self) -> bool:
        """The task has come back; whether that was our doing alone, so that its CancelledError is ours to replace."""
        task, self._task = self._task, None
        if task is None or not self._interrupted:
            return False
        self._interrupted = False
        return task.uncancel() <= self._requests

    def stop(self) -> None:
        """Take the timer out of the loop."""
        if self._handle is not None:
            self._handle.cancel()
            self._handle = None

    def _look(self) -> None:
        self._handle = None
        if self._task is None:
            return
        if self._loop.time() < self._due:
            self._handle = self._loop.call_at(self._due, self._look)
        else:
            self._interrupted = True
            self._task.cancel()
