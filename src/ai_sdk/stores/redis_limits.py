"""A rate limit that all processes with one Redis share: see ``RedisRateLimiter``."""

from __future__ import annotations

import math
import uuid
from collections.abc import Hashable
from hashlib import blake2b
from typing import Any, Literal, cast

from ai_sdk.errors import InvalidRequestError, RateLimitedError
from ai_sdk.keys import canonical
from ai_sdk.limits import Cost, Permit
from ai_sdk.stores._redis_asking import Asking, from_chunk
from ai_sdk.stores._redis_lane import Lane, Limits
from ai_sdk.stores.redis import RedisConnection

__all__ = ["RedisRateLimiter"]

_LANES = 1000
_ONE = Cost()


class RedisRateLimiter:
    """A limiter for ``rate_limit(limiter)`` whose state is in Redis, for all processes and machines that use it.

    The laws. While Redis is there, no interval of ``per`` seconds has more than ``requests`` admissions, nor more than
    ``tokens`` reserved, and no more than ``concurrency`` calls run at once; with ``lease`` above 1, at most
    ``requests + processes * lease``. One Lua call decides over all three, all or nothing, with the server's clock, and
    says how long to wait; nobody polls. Calls of one process are admitted first come, first served; the first ones of
    the processes too, by when they asked first, except that who fits without taking room from those before may pass.

    ``name``: what is limited; the limiters of one name share their state, if ``per`` is the same, and should have equal
    options. A ``key`` of a call is hashed. ``requests``, ``tokens``, ``concurrency``: None is no limit.
    ``lease``: admissions that a process may take at once, to save round trips; it uses them within ``per`` seconds.
    Only for limits of requests alone, and best a few hundredths of ``requests``.
    ``slot_ttl``: seconds after which the calls of a process that died no longer count as running; others prolong theirs
    all the time.
    ``slack``: seconds that an admission may take from the decision of Redis to the caller: 5 % of ``per`` by default,
    at least 20 ms and at most the time limit of the connection. An admission that took longer is confirmed by Redis
    again; the window is longer by as much, so that the law holds where the call is made and not only where it is
    counted.

    Without Redis: ``on_outage="closed"`` admits nobody, calls wait as for any limit, or are refused with
    RateLimitedError; and when the server's run id has changed, or its state is gone and it is younger than that, nobody
    is admitted for ``per`` seconds, and for ``slot_ttl`` if there is a limit of concurrency. So there
    are never more than while Redis is there. A server that was only out of reach still has its log,
    and goes on at once.
    ``on_outage="open"`` goes on with a share for each process: ``1 / processes`` of every limit, rounded up, counting
    what the process was admitted to before. It notes these in Redis when that is back, and keeps to its share while a
    new server is younger than ``per``. Around the change, an interval may have what was admitted before and after it.
    A call that its share can never take waits for Redis.

    The server must not evict these keys (``maxmemory-policy noeviction`` or a ``volatile-ttl`` with room), and its user
    needs the commands INFO and EVALSHA. Raises InvalidRequestError for options that make no sense.
    """

    def __init__(
        self,
        redis: RedisConnection,
        *,
        name: str = "default",
        requests: int | None = None,
        tokens: int | None = None,
        per: float = 60.0,
        concurrency: int | None = None,
        lease: int = 1,
        slot_ttl: float = 30.0,
        slack: float | None = None,
        on_outage: Literal["closed", "open"] = "closed",
        processes: int | None = None,
    ) -> None:
        _check(requests=requests, tokens=tokens, concurrency=concurrency, processes=processes)
        _check_seconds(per=per, slot_ttl=slot_ttl, slack=slack)
        if requests is None and tokens is None and concurrency is None:
            raise InvalidRequestError("nothing is limited: give requests=, tokens= or concurrency=", field="requests")
        alone = requests is not None and tokens is None and concurrency is None
        if type(lease) is not int or lease < 0 or (lease > 1 and not (alone and lease <= cast("int", requests))):
            allowed = "an integer from 0 to requests=, and above 1 only without tokens= and concurrency="
            raise InvalidRequestError(f"lease is {lease!r}; allowed is {allowed}", field="lease")
        if on_outage not in ("closed", "open"):
            raise InvalidRequestError(f"on_outage is {on_outage!r}; allowed are 'closed', 'open'", field="on_outage")
        if on_outage == "open" and processes is None:
            message = "processes is None; with on_outage='open' it must say among how many the limits are shared"
            raise InvalidRequestError(message, field="processes")
        slack = min(redis.timeout, max(per / 20, 0.02)) if slack is None else slack
        limits = (requests, tokens, concurrency, per, max(1, lease), slot_ttl, slack, on_outage == "open")
        self.name = name
        self.limits = Limits(*limits, processes or 1)
        self._redis = redis
        self._lanes: dict[Hashable, Lane] = {}
        self._uid = uuid.uuid4().hex[:16]

    def __repr__(self) -> str:
        limits = (("requests", self.limits.requests), ("tokens", self.tokens), ("concurrency", self.limits.concurrency))
        shown = "".join(f"{name}={value}, " for name, value in limits if value is not None)
        return f"RedisRateLimiter({self._redis!r}, name={self.name!r}, {shown}per={self.limits.per:g})"

    @property
    def tokens(self) -> int | None:
        """How many tokens a window takes, or None."""
        return self.limits.tokens

    async def acquire(self, cost: Cost = _ONE, *, key: Hashable = None, until: float | None = None) -> Permit:
        """Wait until Redis admits the call: see ``ai_sdk.limits.Limiter``.

        Raises RedisUnavailableError when Redis is there but refuses, unless ``on_outage`` is ``open``.
        """
        self._refuse_excess(cost)
        lane = self._lanes.get(key) or self._new_lane(key)
        if lane.chunk is not None:
            with lane.guard:
                permit = from_chunk(lane, cost) if lane.free() else None
            if permit is not None:
                return permit
        with lane.guard:
            lane.users += 1
        try:
            turn = await lane.turn(until)
            if turn is None:
                raise RateLimitedError("others are before this call, for longer than it may wait")
            try:
                return await Asking(lane, cost, until).permit()
            finally:
                lane.give_back(turn)
        finally:
            lane.guard.soon(lane.leave)

    def _refuse_excess(self, cost: Cost) -> None:
        for what, amount, limit in zip(cost._fields, cost, (self.limits.requests, self.tokens), strict=True):
            if limit is not None and amount > limit:
                error = RateLimitedError(f"a call of {amount} {what} never fits: the limit is {limit}")
                error.retryable = False
                raise error

    def _new_lane(self, key: Hashable) -> Lane:
        if len(self._lanes) >= _LANES:
            self._lanes = {each: lane for each, lane in self._lanes.copy().items() if not lane.idle()}
        return self._lanes.setdefault(key, Lane(self._redis, self.limits, self._name_of(key), self._uid))

    def _name_of(self, key: Hashable) -> str:
        owner = "" if key is None else ":" + blake2b(canonical(key).encode(), digest_size=16).hexdigest()
        return f"{self.name}:{self.limits.per:g}{owner}"


def _check(**numbers: Any) -> None:
    for name, value in numbers.items():
        if value is not None and (type(value) is not int or value < 1):
            raise InvalidRequestError(f"{name} is {value!r}; allowed is an integer from 1, or None", field=name)


def _check_seconds(**seconds: Any) -> None:
    for name, value in seconds.items():
        if value is not None and not 0 < value < math.inf:
            raise InvalidRequestError(f"{name} is {value!r}; allowed are seconds above 0", field=name)
