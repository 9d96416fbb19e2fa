"""One inner call for several callers.

A ``Flight`` runs a call in one task that belongs to the flight: it opens, reads and closes the response itself, into a
buffer that all callers share. ``await flight.join()`` gives each caller a view of its own: a plain result as it is, or
a response with its own cursor over the buffer.

The law: every view has all the parts, from the first, in order, and ends as the call ended. A caller's cancellation,
error or early leaving ends its view and nothing else. The last caller to leave before the end cancels the task and,
where awaiting is possible, awaits it, so that the wire is closed. Each caller gets an error object of its own: the
first one the original, the others a copy.

The task runs in a copy of the context of whoever starts the flight, so that its attempts are in that call's record, but
without a deadline: each caller waits under its own. It reads ahead as fast as the parts arrive. A flight that has ended
serves late callers as long as somebody holds it. A flight belongs to the event loop that it was started in.
"""

from __future__ import annotations

import asyncio
import copy
from collections.abc import Awaitable, Callable, Sequence
from typing import Any, Generic, TypeVar

from ai_sdk.deadline import deadline, forget_deadline
from ai_sdk.ending import Ending, report_failure
from ai_sdk.response import AnyPart, Live, Response, ending_of

__all__ = ["Flight"]

Res = TypeVar("Res")
_RESPONSE: Any = Response


class Flight(Generic[Res]):
    """One call that is under way, or has ended, and may be joined by several callers; see the module's words.

    ``call`` makes the inner call, as ``lambda: model(request)`` does. Whoever starts a flight that nobody joins holds
    it until it has ended.

    ``begun``: ``join`` returns or raises at once, because the first content, the plain result or an error is here.
    ``done``: the call is over and its response closed. ``abandoned``: all callers left before the end, or ``cancel``
    was called, so that nobody can join any more. ``claimed``: a caller has read its view to the end, or has got a
    response or result that is whole. ``error``: the error or cancellation that ended the call, for looking at; ``join``
    raises it, or a copy. ``value``: the plain result. ``fold``: how the parts of a response fold into a result.
    """

    __slots__ = (
        "__weakref__",
        "_buffer",
        "_callers",
        "_first",
        "_loop",
        "_on_begun",
        "_on_done",
        "_original",
        "_started",
        "_task",
        "_template",
        "_waiters",
        "_whole",
        "abandoned",
        "begun",
        "claimed",
        "done",
        "error",
        "fold",
        "value",
    )

    def __init__(self, call: Callable[[], Awaitable[Res]]) -> None:
        self.value: Res | None = None
        self.fold: Callable[[Sequence[Any]], Any] | None = None
        self.error: BaseException | None = None
        self.begun = self.done = self.abandoned = self.claimed = False
        self._buffer: list[AnyPart] = []
        self._whole = self._started = False
        self._first: Any = None
        self._callers: set[_Ticket] = set()
        self._waiters: list[asyncio.Future[None]] = []
        self._on_begun: list[Callable[[], None]] | None = None
        self._on_done: list[Callable[[], None]] | None = None
        self._original: BaseException | None = None
        self._loop = asyncio.get_running_loop()
        self._task: asyncio.Task[None] | None = None
        task = self._loop.create_task(self._fly(call))
        if not self.done:  # a loop may have eager tasks
            self._task = task

    async def join(self) -> Res:
        """Return this caller's view when the first content is here, or the plain result; or raise the call's error.

        Raises RuntimeError in another event loop, and when the flight is ``abandoned``.
        """
        if self.abandoned or self._loop is not asyncio.get_running_loop():
            raise RuntimeError("the flight was abandoned or belongs to another event loop: start a new one")
        ticket = _Ticket(self)
        try:
            if not self.begun:
                await self._news()
            if self.fold is None and self.error is not None:
                raise self._next_error()
        except GeneratorExit:
            ticket.release(Ending("dropped"))
            raise
        except BaseException as error:
            ticket.release(ending_of(error))
            await ticket.settle()
            raise
        view: Any = self.value
        if self.fold is None:
            self._claim(ticket)
        elif self._whole and self.done and self.error is None:
            self._claim(ticket)
            view, self._first = self._first or _RESPONSE(None, self.fold, head=self._buffer), None
        else:
            view = _RESPONSE(_Rest(self), self.fold, head=self._buffer)
            view.keep(ticket)
        answer: Res = view
        return answer

    @property
    def parts(self) -> tuple[Any, ...] | None:
        """All parts of a response that has ended cleanly; None before that, after an error, and for plain results."""
        return tuple(self._buffer) if self.fold is not None and self.done and self.error is None else None

    def when_begun(self, callback: Callable[[], None]) -> None:
        """Run ``callback`` in the flight's task when it has begun, or now if it has."""
        self._on_begun = [*(self._on_begun or ()), callback]
        if self.begun:
            _run_all(self._on_begun)

    def when_done(self, callback: Callable[[], None]) -> None:
        """Run ``callback`` in the flight's task when it is done, or now if it is."""
        self._on_done = [*(self._on_done or ()), callback]
        if self.done:
            _run_all(self._on_done)

    def cancel(self) -> None:
        """Give up the call, whoever waits for it: for the owner of a flight that nobody needs any more."""
        if self.done:
            return
        self.abandoned = True
        if self._task is not None:
            self._task.cancel()
        if not self._started:
            self._finish(asyncio.CancelledError())

    async def settle(self) -> None:
        """Wait until the task has ended and everything in it is closed; cancels nothing."""
        task = self._task
        if task is not None and not task.done() and task is not asyncio.current_task():
            await asyncio.wait((task,))

    async def _fly(self, call: Callable[[], Awaitable[Any]]) -> None:
        self._started = True
        if deadline() is not None:
            forget_deadline()
        try:
            answer: Any = await call()
            if isinstance(answer, Live):
                await self._record(answer)
            else:
                self.value = answer
        except Exception as error:  # noqa: BLE001 - raised again in every caller
            self._finish(_without_first_frame(error))
        except BaseException as error:
            self._finish(asyncio.CancelledError() if isinstance(error, asyncio.CancelledError) else error)
            raise
        else:
            self._finish(None)

    async def _record(self, response: Any) -> None:
        """Read the response into the buffer, waking those who wait; a burst of parts wakes them once."""
        self.fold = response.fold
        self._whole = response.closed
        if response._source is None and not response._watches and response._head and response._head[-1].last:
            self._buffer.extend(response._head)  # all is here and complete: nothing to wait for and to close
            self._first = response
            return
        add = self._buffer.append
        self._begin()
        try:
            async for part in response:
                add(part)
                if self._waiters:
                    self._wake()
        except BaseException:
            await response.aclose()
            raise

    def _begin(self) -> None:
        self.begun = True
        self._wake()
        if self._on_begun:
            _run_all(self._on_begun)

    def _finish(self, error: BaseException | None) -> None:
        if self.done:
            return
        self.error = self._original = error
        self.done = True
        self._task = None
        if not self.begun:
            self._begin()
        elif self._waiters:
            self._wake()
        if self._on_done:
            _run_all(self._on_done)

    def _news(self) -> asyncio.Future[None]:
        """A future of the caller's own, done at the next news, so that nobody's cancellation reaches another."""
        waiter: asyncio.Future[None] = self._loop.create_future()
        self._waiters.append(waiter)
        return waiter

    def _wake(self) -> None:
        waiters, self._waiters = self._waiters, []
        for waiter in waiters:
            if not waiter.done():
                waiter.set_result(None)

    def _claim(self, ticket: _Ticket) -> None:
        self.claimed = True
        self._callers.discard(ticket)

    def _leave(self) -> bool:
        """Give up the call if nobody is left to wait for it; whether that happened."""
        if self._callers or self.done or self.abandoned:
            return False
        self.cancel()
        return True

    def _next_error(self) -> BaseException:
        """The original for the first who asks, for every other one a copy of what it was then."""
        original, self._original = self._original, None
        if original is not None:
            self._template = _copy(original)
            return original
        return _copy(self._template)


class _Ticket:
    """One caller's part in a flight; its view holds it until it closes."""

    __slots__ = ("_flight", "_last")

    def __init__(self, flight: Flight[Any]) -> None:
        self._flight = flight
        self._last = False
        flight._callers.add(self)

    def release(self, ending: Ending, /) -> None:
        """Leave the flight."""
        flight = self._flight
        if self not in flight._callers:
            return
        flight._callers.discard(self)
        if ending.how == "end":
            flight.claimed = True
        if flight.done:
            return
        if flight._callers:
            flight._waiters = [waiter for waiter in flight._waiters if not waiter.done()]
            return
        if asyncio._get_running_loop() is flight._loop:
            self._last = flight._leave()
            return
        try:
            flight._loop.call_soon_threadsafe(flight._leave)
        except RuntimeError:  # the loop is closed: nothing of the flight runs any more
            flight.abandoned = True

    async def settle(self) -> None:
        """Wait for the end of the call that this caller was the last to leave."""
        if self._last:
            await self._flight.settle()


class _Rest:
    """The parts that come after those that were here at the start, and then the end or the error.

    To a response it is an async generator; unlike one it costs nothing to begin and needs no finaliser of the loop.
    """

    __slots__ = ("_at", "_flight", "ag_running")

    def __init__(self, flight: Flight[Any]) -> None:
        self._flight = flight
        self._at = len(flight._buffer)
        self.ag_running = False

    def __aiter__(self) -> _Rest:
        return self

    async def __anext__(self) -> AnyPart:
        flight, at = self._flight, self._at
        if self.ag_running:
            raise RuntimeError("another task is reading this view")
        while at >= len(flight._buffer):
            if flight.done:
                if flight.error is not None:
                    raise flight._next_error()
                raise StopAsyncIteration
            self.ag_running = True
            try:
                await flight._news()
            finally:
                self.ag_running = False
        self._at = at + 1
        return flight._buffer[at]

    async def aclose(self) -> None:
        """Nothing is held here: the view holds the ticket."""


def _run_all(callbacks: list[Callable[[], None]]) -> None:
    while callbacks:
        try:
            callbacks.pop(0)()
        except Exception as error:  # noqa: BLE001 - reported; whoever watches a flight must not change it
            report_failure("watching a flight", error)


def _without_first_frame(error: BaseException) -> BaseException:
    """The error without the frame of the flight's own task, which would keep the flight alive in a cycle."""
    first = error.__traceback__
    return error.with_traceback(first.tb_next if first is not None else None)


def _copy(error: BaseException) -> BaseException:
    """An equal error for another caller; the very same one when its class cannot be copied."""
    try:
        twin = copy.copy(error)
    except Exception:  # noqa: BLE001 - a foreign class may do anything there
        return error
    if type(twin) is not type(error) or twin.args != error.args:
        return error
    twin.__cause__, twin.__context__ = error.__cause__, error.__context__
    twin.__suppress_context__ = error.__suppress_context__
    return twin.with_traceback(error.__traceback__)
