"""What one process keeps of one limit in Redis, and whose turn it is to ask.

Only one call of a process asks Redis at a time, the first in the line; so calls of a process are admitted in the order
in which they came.
"""

from __future__ import annotations

import asyncio
import os
from collections import deque
from contextlib import suppress
from dataclasses import dataclass
from functools import cached_property, partial
from itertools import count
from typing import TYPE_CHECKING, Any, NamedTuple

from ai_sdk.guard import Guard
from ai_sdk.limits import Cost
from ai_sdk.stores._limit_scripts import ADMIT, BEAT, NOTE, PARTS
from ai_sdk.stores._redis_share import Chunk, Share
from ai_sdk.waiting import Line

if TYPE_CHECKING:
    from ai_sdk.stores.redis import RedisConnection, Script

__all__ = ["DOZE", "Lane", "Limits", "Turn", "Unsent", "micro"]

DOZE = 1.0
"""Seconds after which one who waits asks again in any case."""

_GRACE = 0.5


@dataclass(frozen=True)
class Limits:
    """The options of a limiter. Times are seconds; None is no limit. ``open``: go on without Redis."""

    requests: int | None
    tokens: int | None
    concurrency: int | None
    per: float
    lease: int
    slot_ttl: float
    slack: float
    open: bool
    processes: int

    @cached_property
    def times(self) -> tuple[int, int, int, int]:
        """What every script is told first, in microseconds."""
        windows = 0.0 if self.requests is None and self.tokens is None else self.per
        pause = windows if self.concurrency is None else max(windows, self.slot_ttl)
        return micro(self.per), micro(self.slack), micro(self.slot_ttl), micro(pause)

    @cached_property
    def most(self) -> tuple[int, int, int]:
        """The limits as scripts are told them: -1 is none."""
        requests, tokens, slots = (-1 if n is None else n for n in (self.requests, self.tokens, self.concurrency))
        return requests, tokens, slots

    def share(self) -> Share:
        """The part of one process."""
        limits = (self.requests, self.tokens, self.concurrency)
        requests, tokens, slots = (None if n is None else -(-n // self.processes) for n in limits)
        return Share(requests, tokens, slots, self.per + self.slack)


class Turn:
    """The right to ask Redis."""

    __slots__ = ("loop",)

    def __init__(self) -> None:
        self.loop = asyncio.get_running_loop()


class _Turns:
    """A gate that lets one in at a time. A loop that stands still loses its turn: a turn is order, not permission."""

    def __init__(self) -> None:
        self.holder: Turn | None = None

    def admit(self, wish: Turn, _now: float, /) -> Turn | None:
        if self.holder is not None and self.holder.loop.is_running():
            return None
        self.holder = wish
        return wish

    def due(self, _wish: Turn, now: float, /) -> float:
        return now + 0.5

    def undo(self, ticket: Turn, /) -> None:
        if self.holder is ticket:
            self.holder = None


class Unsent(NamedTuple):
    """An admission that Redis does not know of."""

    id: str
    at: float
    cost: Cost


class Lane:
    """One key of a limiter, in this process. ``guard`` guards its state; ``users`` are the calls that wait or ask.

    ``full``: the call whose turn it is waits for room, so that those behind it wait for room, too, and not for Redis.
    """

    def __init__(self, redis: RedisConnection, limits: Limits, name: str, uid: str) -> None:
        self.redis = redis
        self.limits = limits
        self.guard = Guard()
        self.chunk: Chunk | None = None
        self.share = limits.share()
        self.unsent: deque[Unsent] = deque(maxlen=1000)
        self.users = 0
        self.full = False
        self._keys = tuple(redis.key(ADMIT, name, part) for part in PARTS)
        self._uid = uid
        self._numbers = count()
        self._held: dict[asyncio.AbstractEventLoop, set[str]] = {}
        self._turns = _Turns()
        self._line: Line[Turn, Turn] = Line(self.guard, self._turns)
        self._sleeper: asyncio.Future[None] | None = None

    def new_id(self) -> str:
        """The name of a call, of which a fork makes others."""
        return f"{self._uid}.{os.getpid()}.{next(self._numbers)}"

    def now(self) -> float:
        """The running loop's time, never going backwards."""
        return self._line.now()

    def free(self) -> bool:
        """Whether nobody asks and nobody waits."""
        return self._turns.holder is None and self._line.idle()

    def idle(self) -> bool:
        """Whether a new lane would do as well."""
        with self.guard:
            now = self.now()
            busy = self.users or self.unsent or any(ids and not loop.is_closed() for loop, ids in self._held.items())
            return not (busy or (self.chunk and self.chunk.expires > now)) and self.share.idle(now)

    def leave(self) -> None:
        """One call less waits or asks; to be called under the guard."""
        self.users -= 1

    async def turn(self, until: float | None) -> Turn | None:
        """Wait for the right to ask, first come, first served; None when ``until`` came first.

        Waiting for the answers that others get from Redis is no waiting for room: it takes at most its ``timeout``.
        """
        turn = Turn()
        with self.guard:
            if until is not None and not self.full:
                until = max(until, self.now() + self.redis.timeout)
            if self._line.idle() and self._turns.admit(turn, 0.0):
                return turn
            waiter = self._line.join(turn, until)
        return await self._line.wait(waiter)

    def give_back(self, turn: Turn) -> None:
        """Let the next one ask."""
        self.guard.soon(partial(self._next, turn))

    def _next(self, turn: Turn) -> None:
        self._turns.undo(turn)
        self._line.advance()

    async def ask(self, id_: str, cost: Cost, patience: float) -> Any:
        """Ask Redis to admit a call that may wait for ``patience`` seconds; the answer is the script's."""
        await self.redis.flush()
        wish = (id_, *cost, max(self.limits.lease, cost.requests), *self.limits.most)
        times = (micro(patience), micro(DOZE), micro(_GRACE))
        return await self.redis.run(ADMIT, self._keys, (*self.limits.times, *wish, *times))

    async def note(self) -> None:
        """Tell Redis of what was admitted without it."""
        if not self.unsent:
            return
        await self.redis.check()
        told = [*self.unsent]
        await self.redis.run(NOTE, self._keys, (*self.limits.times, *self._rows(told)))
        for each in told:
            if self.unsent and self.unsent[0] is each:
                self.unsent.popleft()

    def note_soon(self) -> None:
        """Tell Redis, which is there, as soon as possible; once more is no harm."""
        self.post(asyncio.get_running_loop(), NOTE, *self._rows([*self.unsent]), patient=False)

    def _rows(self, unsent: list[Unsent]) -> list[str | int]:
        now = self.now()
        rows: list[str | int] = []
        for each in unsent:
            rows += [each.id, micro(now - each.at), *each.cost]
        return rows

    def post(self, loop: asyncio.AbstractEventLoop, script: Script, *args: str | float, patient: bool = True) -> None:
        """Have a script run some time: see ``RedisConnection.post``."""
        self.redis.post(loop, script, self._keys, (*self.limits.times, *args), patient=patient)

    async def bell(self, id_: str, seconds: float) -> bool:
        """Wait until a script rings for this call, but not longer than ``seconds``; say whether it did."""
        return await self.redis.pop(f"{self._keys[-1]}:{id_}", seconds)

    def hold(self, seconds: float) -> None:
        """Let in nobody without asking Redis, which knows of the same, for so long; to be called under the guard."""
        self.chunk = None
        self.share.hold(self.now() + seconds)

    def keep_slot(self, loop: asyncio.AbstractEventLoop, id_: str) -> None:
        """Keep the slot of a call until ``drop_slot``, by a timer of its loop; to be called under the guard."""
        ids = self._held.get(loop)
        if ids is not None:
            ids.add(id_)
            return
        self._held[loop] = {id_}
        with suppress(RuntimeError):
            loop.call_soon_threadsafe(loop.call_later, self.limits.slot_ttl / 3, self._beat, loop)

    def drop_slot(self, loop: asyncio.AbstractEventLoop, id_: str) -> None:
        """Keep it no longer; to be called under the guard."""
        ids = self._held.get(loop)
        if ids is not None:
            ids.discard(id_)

    def _beat(self, loop: asyncio.AbstractEventLoop) -> None:
        with self.guard:
            ids = [*self._held.get(loop, ())]
            if not ids:
                self._held.pop(loop, None)
                return
        self.post(loop, BEAT, *ids, patient=False)
        loop.call_later(self.limits.slot_ttl / 3, self._beat, loop)

    async def sleep(self, seconds: float) -> None:
        """Sleep, or until a call of this process ends."""
        loop = asyncio.get_running_loop()
        future: asyncio.Future[None] = loop.create_future()
        self._sleeper = future
        alarm = loop.call_later(seconds, _finish, future)
        try:
            await future
        finally:
            alarm.cancel()
            if self._sleeper is future:
                self._sleeper = None

    def rouse(self) -> None:
        """Wake who sleeps."""
        future = self._sleeper
        if future is not None:
            with suppress(RuntimeError):
                future.get_loop().call_soon_threadsafe(_finish, future)


def micro(seconds: float) -> int:
    """Microseconds."""
    return round(seconds * 1_000_000)


def _finish(future: asyncio.Future[None]) -> None:
    if not future.done():
        future.set_result(None)
