"""The leave to make one call, of a limit in Redis."""

from __future__ import annotations

import asyncio
import math
from collections.abc import Iterable
from functools import partial
from typing import TYPE_CHECKING

from ai_sdk.errors import RateLimitError
from ai_sdk.limits import Cost, Reading, Used, used_tokens
from ai_sdk.stores._limit_scripts import LEARN, RELEASE
from ai_sdk.stores._redis_lane import Lane, micro

if TYPE_CHECKING:
    from ai_sdk.ending import Ending
    from ai_sdk.stores._redis_share import Totals

__all__ = ["RedisPermit"]

_ENDLESS = 10.0**9


class RedisPermit:
    """One admitted call; see ``ai_sdk.limits.Permit``. ``totals`` is None when it was admitted without Redis."""

    __slots__ = ("_cost", "_entries", "_id", "_lane", "_loop", "_open", "_totals")

    def __init__(self, lane: Lane, id_: str, cost: Cost, totals: Totals | None) -> None:
        self._lane = lane
        self._id = id_
        self._cost = cost
        self._totals = totals
        self._loop = asyncio.get_running_loop()
        self._entries: list[list[float]] | None = None
        self._open = True
        if lane.limits.open or lane.limits.concurrency is not None:
            lane.guard.soon(self._enter)

    def learn(self, readings: Iterable[Reading], /) -> None:
        """Heed what the provider said in its answer to this call."""
        lane, totals = self._lane, self._totals
        for resource, remaining, reset in readings:
            seconds = lane.limits.per if reset is None else reset
            if not 0 < seconds < math.inf or math.isnan(remaining):
                continue
            what = resource if lane.limits.tokens is not None or resource == "requests" else "requests"
            if what != resource and remaining > 0:
                continue
            if remaining <= 0:
                lane.guard.soon(partial(lane.hold, seconds))
            if totals is not None:
                cap = (totals.requests if what == "requests" else totals.tokens) + math.floor(
                    min(max(0.0, remaining), _ENDLESS)
                )
                lane.post(self._loop, LEARN, what, cap, micro(seconds))

    def release(self, ending: Ending, /) -> None:
        """Free the slot and settle the tokens."""
        if not self._open:
            return
        self._open = False
        lane = self._lane
        spent: int | None = None
        try:
            error = ending.error
            if isinstance(error, RateLimitError) and error.retry_after is not None:
                self.learn([Reading("requests", 0, error.retry_after)])
            if lane.limits.tokens is not None:
                spent = _spent(used_tokens(ending), self._cost.tokens)
        finally:
            lane.guard.soon(partial(self._leave, spent))
            if lane.limits.concurrency is not None or spent is not None:
                settled = (spent or 0, int(spent is not None))
                lane.post(self._loop, RELEASE, self._id, self._cost.tokens, *settled)

    def _enter(self) -> None:
        lane = self._lane
        if lane.limits.open:
            self._entries = lane.share.add(self._cost, lane.now())
        if lane.limits.concurrency is not None:
            lane.keep_slot(self._loop, self._id)

    def _leave(self, spent: int | None) -> None:
        lane = self._lane
        lane.drop_slot(self._loop, self._id)
        if self._entries is not None:
            lane.share.end(self._entries, spent, lane.now())
        lane.rouse()


def _spent(used: Used | None, reserved: int) -> int | None:
    """What to settle with: what was used, but no less than was reserved when there may have been more."""
    if used is None:
        return None
    return used.tokens if used.exact else max(used.tokens, reserved)
