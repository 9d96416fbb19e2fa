"""How one call is admitted by a limit in Redis, or without Redis."""

from __future__ import annotations

import asyncio
import math
from collections.abc import Awaitable, Callable
from functools import partial
from typing import TYPE_CHECKING, TypeAlias

from ai_sdk.call import report
from ai_sdk.errors import RateLimitedError
from ai_sdk.stores._limit_scripts import FORGET
from ai_sdk.stores._redis_lane import DOZE, Lane, Unsent
from ai_sdk.stores._redis_permit import RedisPermit
from ai_sdk.stores._redis_share import Chunk, Totals
from ai_sdk.stores.redis import RedisUnavailableError

if TYPE_CHECKING:
    from ai_sdk.limits import Cost

__all__ = ["Asking", "from_chunk"]

_TRIES = 8
_CRON = 0.1
_FOREVER = 10.0**9

Outcome: TypeAlias = "RedisPermit | Callable[[], Awaitable[None]] | None"


def from_chunk(lane: Lane, cost: Cost) -> RedisPermit | None:
    """An admission that Redis has counted already; to be called under the guard."""
    if lane.chunk is None:
        return None
    totals = lane.chunk.take(cost.requests, lane.now())
    return None if totals is None else RedisPermit(lane, lane.new_id(), cost, totals)


class Asking:
    """A call that has the turn, and asks until it is admitted. ``until`` is a loop time, or None."""

    def __init__(self, lane: Lane, cost: Cost, until: float | None) -> None:
        self._lane = lane
        self._cost = cost
        self._until = until
        self._id = lane.new_id()
        self._loop = asyncio.get_running_loop()
        self._left_behind = False
        self._late = 0

    async def permit(self) -> RedisPermit:
        """Wait for the permit. Whatever else happens, nothing of this call is left in Redis."""
        began, slept = self._loop.time(), False
        try:
            while True:
                outcome = await self._attempt()
                if isinstance(outcome, RedisPermit):
                    return outcome
                if outcome is not None:
                    slept = self._lane.full = True
                    await outcome()
        except BaseException:
            if self._left_behind:
                self._lane.post(self._loop, FORGET, self._id)
            raise
        finally:
            self._lane.full = False
            if slept:
                report("waited", self._loop.time() - began)

    async def _attempt(self) -> Outcome:
        """Ask once: the permit, or how to wait until one should ask again, or None to ask again at once."""
        lane = self._lane
        with lane.guard:
            permit = from_chunk(lane, self._cost)
        if permit is not None:
            return permit
        try:
            await lane.note()
            return await self._ask()
        except RedisUnavailableError as error:
            if not lane.limits.open:
                if error.refused:
                    raise
                self._refuse_if_over(0.0, error.retry_after)
                return self._recovery
        return self._by_share(math.inf)

    async def _ask(self) -> Outcome:
        lane, sent = self._lane, self._loop.time()
        patience = _FOREVER if self._until is None else max(0.0, self._until - sent)
        try:
            admitted, *answer = await lane.ask(self._id, self._cost, patience)
        except BaseException as error:
            self._left_behind = self._left_behind or not isinstance(error, RedisUnavailableError) or error.sent
            raise
        self._left_behind = True
        if admitted:
            return self._admitted(sent, *answer)
        wait, why = answer[0] / 1e6, answer[1]
        if why == b"quiet" and lane.limits.open:
            outcome = self._by_share(wait)
            if isinstance(outcome, RedisPermit):
                lane.note_soon()
            return outcome
        if why == b"slots":
            self._refuse_if_over(0.0, None)
        else:
            self._left_behind = wait <= patience
            self._refuse_if_over(wait, wait)
        return partial(self._bell, wait)

    def _admitted(self, sent: float, count: int, *totals: int) -> Outcome:
        lane = self._lane
        if count > self._cost.requests:
            with lane.guard:
                lane.chunk = Chunk(count, sent + lane.limits.per, Totals(*totals))
                permit = from_chunk(lane, self._cost)
            if permit is not None:
                return permit
        if lane.limits.lease == 1 and self._loop.time() - sent > lane.limits.slack:
            self._late += 1
            if self._late >= _TRIES:
                raise RateLimitedError(f"Redis needs longer than {lane.limits.slack:g} s (slack=) for its answers")
            return None
        return RedisPermit(lane, self._id, self._cost, Totals(*totals))

    def _by_share(self, longest: float) -> Outcome:
        """Go on without Redis; ask it again after ``longest`` seconds."""
        lane = self._lane
        with lane.guard:
            now = lane.now()
            wait = lane.share.wait(self._cost, now)
            if wait <= 0:
                lane.unsent.append(Unsent(self._id, now, self._cost))
                return RedisPermit(lane, self._id, self._cost, None)
        self._refuse_if_over(min(wait, longest) if math.isfinite(wait) else 0.0, wait if math.isfinite(wait) else None)
        seconds = min(wait, longest, lane.redis.probe_interval)
        return partial(lane.sleep, seconds if self._until is None else min(seconds, self._until - now))

    def _refuse_if_over(self, wait: float, retry_after: float | None) -> None:
        """Refuse the call when it would be too late after ``wait`` seconds."""
        if self._until is not None and self._loop.time() + wait >= self._until:
            error = RateLimitedError("the rate limit has no room within the time that this call may wait")
            error.retry_after = retry_after
            raise error

    async def _bell(self, wait: float) -> None:
        """Wait until Redis rings, because something was given back, or until the time has come.

        Redis looks at its clock only every tenth of a second, so the end is waited for here.
        """
        seconds = min(wait, DOZE)
        if self._until is not None:
            seconds = min(seconds, self._until - self._loop.time())
        limits = self._lane.limits
        rung = (limits.tokens, limits.concurrency) != (None, None)
        if rung and seconds <= 2 * _CRON:
            seconds = min(seconds, _CRON / 5)
        end = self._loop.time() + seconds
        if rung and seconds > 2 * _CRON:
            try:
                if await self._lane.bell(self._id, seconds - _CRON):
                    return
            except RedisUnavailableError as error:
                if not error.refused:
                    return
        await asyncio.sleep(end - self._loop.time())

    async def _recovery(self) -> None:
        try:
            async with asyncio.timeout_at(self._until):
                await self._lane.redis.recovered()
        except TimeoutError:
            self._refuse_if_over(math.inf, self._lane.redis.probe_interval)
