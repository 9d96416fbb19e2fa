"""A line in which calls of several event loops and threads wait for their turn: first come, first served.

The law: only the first in the line is ever asked whether it can be let in, so that nobody overtakes; whoever is let in
is woken once; whoever gives up leaves nothing behind, and the one after is asked at once. A loop that was closed has
left the line; one that stands still is passed over and has its place back when it runs again.

What the wish of a waiter means, what its ticket is and when to ask again is the business of a ``Gate``. Each event loop
with waiters has one timer: for the moment at which the first in line can be let in, or a waiter's patience ends. Time
is the running loop's; where loops disagree, and where a clock goes backwards, the latest time seen counts.
"""

from __future__ import annotations

import asyncio
import heapq
import math
from collections import OrderedDict
from functools import partial
from itertools import count
from typing import TYPE_CHECKING, Generic, Protocol, TypeVar

from ai_sdk.call import report

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ai_sdk.guard import Guard

__all__ = ["Gate", "Line", "Waiter"]

Wish = TypeVar("Wish")
Ticket = TypeVar("Ticket")
Wish_contra = TypeVar("Wish_contra", contravariant=True)


class Gate(Protocol[Wish_contra, Ticket]):
    """Decides who is let in. All of it runs under the line's guard and must neither raise nor wait."""

    def admit(self, wish: Wish_contra, now: float, /) -> Ticket | None:
        """Let in and give the ticket, or change nothing and give None."""
        ...

    def due(self, wish: Wish_contra, now: float, /) -> float:
        """When to ask again for a wish that was not let in: a time, or ``inf`` when ``Line.advance`` will be called."""
        ...

    def undo(self, ticket: Ticket, /) -> None:
        """Take back a ticket that nobody used, as if it had never been given."""
        ...


class Waiter(Generic[Wish, Ticket]):
    """Somebody in the line. Once out of it, ``ticket`` is what it got, or None."""

    __slots__ = ("__weakref__", "alarm", "future", "place", "since", "ticket", "until", "wish")

    def __init__(self, wish: Wish, alarm: _Alarm, since: float, until: float) -> None:
        self.wish = wish
        self.alarm = alarm
        self.since = since
        self.until = until
        self.future: asyncio.Future[None] = alarm.loop.create_future()
        self.ticket: Ticket | None = None
        self.place: OrderedDict[Waiter[Wish, Ticket], None] | None = None


class _Alarm:
    """The one timer of an event loop, set to ``at``; ``waiting`` says how many of its waiters are in the line."""

    __slots__ = ("at", "handle", "loop", "waiting")

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self.loop = loop
        self.at = math.inf
        self.handle: asyncio.TimerHandle | None = None
        self.waiting = 0

    def cancel(self) -> None:
        if self.handle is not None:
            self.handle.cancel()
            self.handle = None


class Line(Generic[Wish, Ticket]):
    """The line before a gate; see the module's words. ``guard`` is the lock of the gate's state.

    ``waiters`` are those in the line, in order, and ``asleep`` those whose loop stands still; only to be looked at.
    """

    def __init__(self, guard: Guard, gate: Gate[Wish, Ticket]) -> None:
        self._guard = guard
        self._gate = gate
        self.waiters: OrderedDict[Waiter[Wish, Ticket], None] = OrderedDict()
        self.asleep: OrderedDict[Waiter[Wish, Ticket], None] = OrderedDict()
        self._alarms: dict[asyncio.AbstractEventLoop, _Alarm] = {}
        self._limits: list[tuple[float, int, Waiter[Wish, Ticket]]] = []
        self._numbers = count()
        self._latest = -math.inf

    def __len__(self) -> int:
        return len(self.waiters)

    def wishes(self) -> Iterator[Wish]:
        """What those in the line wish for, in order."""
        return (waiter.wish for waiter in self.waiters)

    def now(self) -> float:
        """The running loop's time, or the latest seen if that is later; it never goes backwards."""
        try:
            now = asyncio.get_running_loop().time()
        except RuntimeError:
            return self._latest
        if now > self._latest:
            self._latest = now
        return self._latest

    def idle(self) -> bool:
        """Whether nobody is in the line, not even a waiter of a loop that stands still."""
        return not self.waiters and not self.asleep

    def join(self, wish: Wish, until: float | None = None) -> Waiter[Wish, Ticket]:
        """Stand at the end of the line; to be called under the guard. ``until``: how long to wait, a loop time."""
        loop = asyncio.get_running_loop()
        alarm = self._alarms.get(loop)
        if alarm is None:
            alarm = self._alarms[loop] = _Alarm(loop)
        alarm.waiting += 1
        waiter: Waiter[Wish, Ticket] = Waiter(wish, alarm, self.now(), math.inf if until is None else until)
        waiter.place = self.waiters
        self.waiters[waiter] = None
        if waiter.until < math.inf:
            self._limit(waiter)
        self.advance()
        return waiter

    def _limit(self, waiter: Waiter[Wish, Ticket]) -> None:
        if len(self._limits) > 2 * len(self.waiters) + 16:
            self._limits = [limit for limit in self._limits if limit[2].place is not None]
            heapq.heapify(self._limits)
        heapq.heappush(self._limits, (waiter.until, next(self._numbers), waiter))

    async def wait(self, waiter: Waiter[Wish, Ticket]) -> Ticket | None:
        """Wait for the ticket; None when ``until`` came first. Cancelled, it leaves the line and gives the ticket back.

        Reports ``waited``. It must be awaited right after ``join``.
        """
        try:
            await waiter.future
        except BaseException as error:
            self._guard.soon(partial(self._leave, waiter))
            if isinstance(error, asyncio.CancelledError):
                report("waited", max(0.0, self.now() - waiter.since))
            raise
        report("waited", max(0.0, self.now() - waiter.since))
        return waiter.ticket

    def advance(self) -> None:
        """Let in whoever can be, from the front; to be called under the guard, after anything that may make room."""
        now = self.now()
        if self.asleep:
            self._rouse()
        due = self._let_in(now)
        while self._end_patience(now):
            due = self._let_in(now)
        if self._alarms:
            self._arm(min(due, self._limits[0][0]) if self._limits else due)

    def _let_in(self, now: float) -> float:
        """Let in from the front, and say when to try again."""
        while self.waiters:
            waiter = next(iter(self.waiters))
            loop = waiter.alarm.loop
            if loop.is_closed():
                self._remove(waiter)
            elif not loop.is_running():
                self._pass_over(waiter)
            else:
                waiter.ticket = self._gate.admit(waiter.wish, now)
                if waiter.ticket is None:
                    return self._gate.due(waiter.wish, now)
                self._remove(waiter)
                if not self._wake(waiter):
                    self._take_back(waiter)
        return math.inf

    def _end_patience(self, now: float) -> bool:
        """Send away those who have waited long enough, and say whether the first in line was one of them."""
        first = next(iter(self.waiters), None)
        sent_away = False
        while self._limits and (self._limits[0][0] <= now or self._limits[0][2].place is None):
            waiter = heapq.heappop(self._limits)[2]
            if waiter.place is not None:
                sent_away = sent_away or waiter is first
                self._remove(waiter)
                self._wake(waiter)
        return sent_away

    def _leave(self, waiter: Waiter[Wish, Ticket]) -> None:
        if waiter.place is not None:
            self._remove(waiter)
        else:
            self._take_back(waiter)
        self.advance()

    def _take_back(self, waiter: Waiter[Wish, Ticket]) -> None:
        ticket, waiter.ticket = waiter.ticket, None
        if ticket is not None:
            self._gate.undo(ticket)

    def _remove(self, waiter: Waiter[Wish, Ticket]) -> None:
        assert waiter.place is not None
        del waiter.place[waiter]
        waiter.place = None
        alarm = waiter.alarm
        alarm.waiting -= 1
        if not alarm.waiting:
            del self._alarms[alarm.loop]
            if alarm.loop is _running():
                alarm.cancel()

    def _wake(self, waiter: Waiter[Wish, Ticket]) -> bool:
        """Wake the waiter, and say whether its loop can still do so."""
        if waiter.alarm.loop is _running():
            _finish(waiter.future)
            return True
        try:
            waiter.alarm.loop.call_soon_threadsafe(_finish, waiter.future)
        except RuntimeError:
            return False
        return True

    def _pass_over(self, waiter: Waiter[Wish, Ticket]) -> None:
        self._move(waiter, self.asleep)
        try:
            waiter.alarm.loop.call_soon_threadsafe(self._woken_up)
        except RuntimeError:
            self._remove(waiter)

    def _woken_up(self) -> None:
        with self._guard:
            self.advance()

    def _rouse(self) -> None:
        """Give those whose loop runs again their places back, before all who came later."""
        back = [waiter for waiter in self.asleep if waiter.alarm.loop.is_running()]
        gone = [waiter for waiter in self.asleep if waiter.alarm.loop.is_closed()]
        for waiter in reversed(back):
            self._move(waiter, self.waiters)
            self.waiters.move_to_end(waiter, last=False)
        for waiter in gone:
            self._remove(waiter)

    def _move(self, waiter: Waiter[Wish, Ticket], place: OrderedDict[Waiter[Wish, Ticket], None]) -> None:
        assert waiter.place is not None
        del waiter.place[waiter]
        waiter.place = place
        place[waiter] = None

    def _arm(self, at: float) -> None:
        """See to it that every loop with waiters looks again at ``at``, or before."""
        here = _running()
        for alarm in [*self._alarms.values()]:
            if alarm.at <= at:
                continue
            alarm.at = at
            if alarm.loop is here:
                self._set(alarm)
            else:
                try:
                    alarm.loop.call_soon_threadsafe(self._set_there, alarm)
                except RuntimeError:
                    continue

    def _set_there(self, alarm: _Alarm) -> None:
        with self._guard:
            if alarm.waiting:
                self._set(alarm)

    def _set(self, alarm: _Alarm) -> None:
        alarm.cancel()
        if alarm.at < math.inf:
            alarm.handle = alarm.loop.call_at(alarm.at, self._ring, alarm, alarm.at)

    def _ring(self, alarm: _Alarm, at: float) -> None:
        with self._guard:
            alarm.handle = None
            if not alarm.waiting:
                return
            alarm.at = math.inf
            if at > self._latest:  # a timer may ring a grain of the clock early; its time has come all the same
                self._latest = at
            self.advance()


def _finish(future: asyncio.Future[None]) -> None:
    if not future.done():
        future.set_result(None)


def _running() -> asyncio.AbstractEventLoop | None:
    try:
        return asyncio.get_running_loop()
    except RuntimeError:
        return None
