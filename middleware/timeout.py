"""Limit how long a call may take.

The law: a limit interrupts exactly when its time has passed, never earlier, and only while the model is being waited
for: inside the ``await``, or in a pending read of a live response, never in the caller's own code. The inner call is
cancelled and has cleaned up before the error is raised. A cancellation by the caller stays one.

The deadline that ``total`` makes is known to the layers and models inside (``ai_sdk.deadline``) during the ``await``; a
live response carries it on as a number. No scope of the caller's task spans a ``yield``, and no call has a timer of its
own: the calls of a layer that fall due after the same number of seconds wait in a queue with one timer.
"""

from __future__ import annotations

import asyncio
import math
from collections.abc import Awaitable, Callable, Mapping
from contextvars import Context
from typing import TYPE_CHECKING, Any, TypeVar, cast

from ai_sdk.deadline import deadline, deadline_at
from ai_sdk.errors import APITimeoutError, InvalidRequestError, TimeoutLimit
from ai_sdk.model import AnyLayer, Model, layer
from ai_sdk.response import AnyPart, Live
from ai_sdk.timers import Queue, Queues

if TYPE_CHECKING:
    from ai_sdk.ending import Ending
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

    queues = Queues("total", "first content", "idle")

    @layer
    async def timeout(request: Req, call: Model[Req, Res]) -> Res:
        watch = _Watch(queues.here(), idle)
        now = watch.time()
        over = watch.over = _end_of_call(now, total)
        watch.start(_sooner(over, now, "first content", first_content))
        try:
            if total is None:
                response = await call(request)
            else:
                with deadline_at(over.at):
                    response = await call(request)
        except asyncio.CancelledError as error:
            if watch.end():
                raise watch.reason("first content", first_content).error() from error
            raise
        finally:
            watch.end()
            watch.stop()
        if (total is not None or idle is not None) and isinstance(response, Live):
            live = cast("Response[Any, Any]", response)
            if not live.closed:
                watch.go_on()
                live.watch(watch)
                live.keep(watch)
        return response

    return timeout


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


class _Watch:
    """Cancels the task that waits for a model when the time is up, and tells that from a cancellation by others.

    Between ``begin`` and ``end`` the task is inside the model; at all other times nothing can be interrupted. It knows
    of the task while that is waiting, and never of a response.
    """

    __slots__ = ("_finished", "_handle", "_idle", "_interrupted", "_queues", "_requests", "_task", "over", "time")

    over: _Limit

    def __init__(self, queues: Mapping[str, Queue], idle: float | None) -> None:
        self._queues = queues
        self._idle = idle
        self.time = asyncio.get_running_loop().time
        self._task: asyncio.Task[Any] | None = None
        self._handle: asyncio.TimerHandle | None = None
        self._requests = 0
        self._interrupted = False
        self._finished = False

    def start(self, first: _Limit) -> None:
        """The current task calls the model, until ``first`` at most."""
        self._begin()
        self._arm(first)

    def go_on(self) -> None:
        """The response is live: its reads are limited from now on."""
        self._arm(self.over)

    def check(self, part: AnyPart, /) -> None:
        """Raise when the call is over by now, unless its finish has been delivered."""
        if not self._finished and self.time() >= self.over.at:
            raise self.over.error()
        self._finished = part.last

    async def read(self, read: Callable[[], Awaitable[AnyPart]], /) -> AnyPart:
        """Give up on a read at the end of the call, or when it has been pending for ``idle`` seconds."""
        now = self.time()
        if now >= self.over.at and not self._finished:
            raise self.over.error()
        if self._idle is not None:
            self._queues["idle"].add(self, now + self._idle)
        self._begin()
        try:
            part = await read()
        except asyncio.CancelledError as error:
            if self.end():
                raise self.reason("idle", self._idle).error() from error
            raise
        finally:
            self.end()
            if self._idle is not None:
                self._queues["idle"].remove(self)
        self._finished = part.last
        return part

    def end(self) -> bool:
        """The task has come back; whether that was our doing alone, so that its CancelledError is ours to replace."""
        task, self._task = self._task, None
        if not self._interrupted or task is None:
            return False
        self._interrupted = False
        return task.uncancel() <= self._requests

    def reason(self, name: TimeoutLimit, seconds: float | None) -> _Limit:
        """Why the task was interrupted: the end of the call if that is now, else the limit of this name."""
        if seconds is None or self.time() >= self.over.at:
            return self.over
        return _Limit(self.time(), name, seconds)

    def interrupt(self) -> None:
        """The time is up."""
        if self._task is not None and not self._interrupted:
            self._interrupted = True
            self._task.cancel()

    def stop(self) -> None:
        """Nothing is limited any more."""
        self._queues["total"].remove(self)
        self._queues["first content"].remove(self)
        if self._handle is not None:
            self._handle.cancel()
            self._handle = None

    def release(self, _ending: Ending, /) -> None:
        """The response is closed."""
        self.stop()

    def _begin(self) -> None:
        self._task = task = cast("asyncio.Task[Any]", asyncio.current_task())
        self._requests = task.cancelling()

    def _arm(self, limit: _Limit) -> None:
        if limit.name != "deadline":
            if limit.at != math.inf:
                self._queues[limit.name].add(self, limit.at)
        else:
            self._handle = asyncio.get_running_loop().call_at(limit.at, self.interrupt, context=Context())
