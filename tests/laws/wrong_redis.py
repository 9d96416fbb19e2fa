"""Stores on Redis that are wrong in one way each."""

from __future__ import annotations

import asyncio
import itertools
import math
from collections.abc import Callable
from typing import Any

from redis_kit import Server

from ai_sdk.ending import Ending
from ai_sdk.errors import RateLimitedError
from ai_sdk.limits import Cost
from ai_sdk.spending import Amount
from ai_sdk.stores import _limit_scripts, _redis_lane, _redis_permit
from ai_sdk.stores import redis_breaker as _redis_breaker
from ai_sdk.stores._redis_asking import Asking
from ai_sdk.stores._redis_share import Share
from ai_sdk.stores._state_scripts import RESERVE
from ai_sdk.stores.redis import RedisConnection, Script
from ai_sdk.stores.redis_limits import RedisRateLimiter
from ai_sdk.stores.redis_state import RedisCircuitBreaker, RedisKeyBench, RedisLedger


def a_connection_without_a_breaker(server: Server) -> Any:
    """Asks again at every call, and pays the time limit each time."""
    redis = server.connection(timeout=0.05)

    async def get(key: str) -> Any:
        door = await redis._door()
        door._down = False
        return await door.command("GET", redis._plain(key))

    setattr(redis, "get", get)
    return redis


class FreePermit:
    """Holds nothing."""

    def release(self, ending: Ending, /) -> None:
        """Do nothing."""


class FixedWindow:
    """Counts in windows that all begin at multiples of their length."""

    def __init__(self, redis: RedisConnection, *, requests: int, per: float) -> None:
        self.redis, self.requests, self.per = redis, requests, per

    async def acquire(self, cost: Cost = Cost()) -> FreePermit:
        loop = asyncio.get_running_loop()
        while True:
            window = math.floor(loop.time() / self.per)
            if await self.redis.run(_INCREMENT, [f"window:{window}"]) <= self.requests:
                return FreePermit()
            await asyncio.sleep((window + 1) * self.per - loop.time())


_INCREMENT = Script("increment", 1, "return redis.call('INCR', KEYS[1])")


class ReadThenWrite:
    """Reads the log and writes it back, two commands for one decision."""

    def __init__(self, redis: RedisConnection, *, requests: int, per: float) -> None:
        self.redis, self.requests, self.per = redis, requests, per

    async def acquire(self, cost: Cost = Cost()) -> FreePermit:
        loop = asyncio.get_running_loop()
        while True:
            stored = (await self.redis.get("log") or b"").decode().split()
            log = [each for each in map(float, stored) if each > loop.time() - self.per]
            if len(log) < self.requests:
                await self.redis.set("log", " ".join(map(str, [*log, loop.time()])).encode())
                return FreePermit()
            await asyncio.sleep(0.01)


class OneLimitAProcess(RedisRateLimiter):
    """Shares nothing: every process has the whole limit."""

    _count = 0

    def __init__(self, redis: RedisConnection, **options: Any) -> None:
        OneLimitAProcess._count += 1
        super().__init__(redis, name=f"process {OneLimitAProcess._count}", **options)
        self._seed = True

    async def acquire(self, *args: Any, **options: Any) -> Any:
        if self._seed:
            self._seed = False
            await self._redis.run(_OLD_SERVER, [self._redis.key(_limit_scripts.ADMIT, self._name_of(None), "meta")])
        return await super().acquire(*args, **options)


_OLD_SERVER = Script(
    "old", 1, "redis.call('HSET', KEYS[1], 'run', redis.call('INFO', 'server'):match('run_id:(%w+)'), 'quiet', '0')"
)


class EachForItself(RedisRateLimiter):
    """Has no line: every call asks when it wants to."""

    async def acquire(self, cost: Cost = Cost(), **_options: Any) -> Any:
        lane = self._lanes.get(None) or self._new_lane(None)
        asking = Asking(lane, cost, None)
        setattr(asking, "_lane", _Unqueued(lane))
        while not isinstance(outcome := await asking._attempt(), _redis_permit.RedisPermit):
            del outcome
            await asyncio.sleep(0.005)
        return outcome


class _Unqueued:
    """A lane that asks without standing in the queue of processes."""

    def __init__(self, lane: _redis_lane.Lane) -> None:
        self._lane = lane

    def __getattr__(self, name: str) -> Any:
        return getattr(self._lane, name)

    async def ask(self, id_: str, cost: Cost, _patience: float) -> Any:
        admitted, *answer = await self._lane.ask(id_, cost, 0.0)
        return [admitted, *answer]


class NoQueue(RedisRateLimiter):
    """Knows no order among processes: whoever fits first is admitted."""

    async def acquire(self, cost: Cost = Cost(), **_options: Any) -> Any:
        loop = asyncio.get_running_loop()
        while True:
            try:
                return await super().acquire(cost, until=loop.time())
            except RateLimitedError:
                await asyncio.sleep(0.01)


class NobodyRings(RedisRateLimiter):
    """Wakes nobody when a slot is free: who waits finds out when it asks again."""

    def _new_lane(self, key: Any) -> Any:
        lane = super()._new_lane(key)

        async def bell(_id: str, seconds: float) -> bool:
            await asyncio.sleep(seconds)
            return False

        setattr(lane, "bell", bell)
        return lane


class NeverSettled(RedisRateLimiter):
    """Keeps to its estimates."""

    async def acquire(self, *args: Any, **options: Any) -> Any:
        permit: Any = await super().acquire(*args, **options)
        return _Settled(permit, lambda _known: Ending("cancelled"))


class UnknownIsRefunded(RedisRateLimiter):
    """Gives everything back when nobody knows what was used."""

    async def acquire(self, *args: Any, **options: Any) -> Any:
        from ai_sdk.results import EmbeddingResult, Usage

        nothing = Ending("end", fold=lambda: EmbeddingResult(embeddings=(), usage=Usage(input_tokens=0)))
        permit: Any = await super().acquire(*args, **options)
        return _Settled(permit, lambda known: None if known else nothing)


class _Settled:
    def __init__(self, permit: Any, change: Callable[[bool], Ending | None]) -> None:
        self._permit = permit
        self._change = change

    def release(self, ending: Ending, /) -> None:
        self._permit.release(self._change(ending.result() is not None) or ending)


class RequestsFirst(RedisRateLimiter):
    """Takes the request, and then asks for the tokens."""

    def __init__(self, redis: RedisConnection, *, requests: int, **options: Any) -> None:
        super().__init__(redis, requests=1000, **options)
        self._left = requests

    async def acquire(self, *args: Any, **options: Any) -> Any:
        if self._left < 1:
            raise RateLimitedError("no request left")
        self._left -= 1
        return await super().acquire(*args, **options)


class EndlessChunks(RedisRateLimiter):
    """Takes a chunk that Redis has not counted as a whole."""

    def _new_lane(self, key: Any) -> Any:
        lane = super()._new_lane(key)
        ask = lane.ask

        async def generous(id_: str, cost: Cost, patience: float) -> Any:
            admitted, *answer = await ask(id_, cost, patience)
            return [1, answer[0] * 20, *answer[1:]] if admitted else [0, *answer]

        setattr(lane, "ask", generous)
        return lane


class NoChunks(RedisRateLimiter):
    """Asks Redis every time, whatever ``lease`` says."""

    def _new_lane(self, key: Any) -> Any:
        lane = super()._new_lane(key)
        lane.chunk = None

        async def ask(id_: str, cost: Cost, patience: float) -> Any:
            lane.chunk = None
            return await _redis_lane.Lane.ask(lane, id_, cost, patience)

        setattr(lane, "ask", ask)
        lane.limits = _with_lease_1(lane.limits)
        return lane


def _with_lease_1(limits: _redis_lane.Limits) -> _redis_lane.Limits:
    from dataclasses import replace

    return replace(limits, lease=1)


_names = itertools.count()


def a_circuit_a_process(redis: RedisConnection, *, name: str, **options: Any) -> RedisCircuitBreaker:
    """Shares nothing: every process has a circuit of its own."""
    return RedisCircuitBreaker(redis, name=f"{name} {next(_names)}", **options)


class EveryoneProbes(RedisCircuitBreaker):
    """Makes a probe of every call that comes when the wait is over."""

    async def _look(self) -> Any:
        probe = await super()._look()
        if probe is None and self._view.state == "half-open":
            probe = _redis_breaker._Probe(self, "nobody's")
            probe.begin(0)
        return probe


def a_budget_a_process(redis: RedisConnection, **options: Any) -> RedisLedger:
    """Shares nothing: every process has the whole budget."""
    return RedisLedger(redis, name=f"ledger {next(_names)}", **options)


class RefundsTwice(RedisLedger):
    """Settles as often as it is told to, by the difference to the estimate."""

    async def reserve(self, tenant: Any, amount: Any, /) -> Any:
        return _Refunded(self, tenant, amount, await super().reserve(tenant, amount))


class _Refunded:
    def __init__(self, ledger: RedisLedger, tenant: Any, amount: Amount, reservation: Any) -> None:
        self._refund = (ledger, ledger._keys(tenant), amount)
        self._reservation = reservation
        self._times = 0

    def spend(self, actual: Any, /) -> None:
        ledger, keys, amount = self._refund
        self._times += 1
        if self._times == 1:
            self._reservation.spend(actual)
        else:
            less = [spent - had for spent, had in zip(actual, amount, strict=True)]
            again = (*ledger._window, f"again {next(_names)}", *less, -1, -1, -1, 1)
            ledger._redis.post(asyncio.get_running_loop(), RESERVE, keys, again)

    async def settle(self) -> None:
        await self._reservation.settle()


def a_bench_a_process(redis: RedisConnection) -> RedisKeyBench:
    """Shares nothing: every process finds out for itself."""
    return RedisKeyBench(redis, name=f"bench {next(_names)}")


class ForgetsLongerRests(RedisKeyBench):
    """Takes the last rest it is told, even if it is shorter."""

    async def put(self, name: str, seconds: float, /) -> None:
        await self._redis.run(_FORGET, [self._key], [name])
        self._own.clear()
        await super().put(name, seconds)


_FORGET = Script("forget", 1, "return redis.call('HDEL', KEYS[1], ARGV[1])")


class ForgetsTheRunId(RedisRateLimiter):
    """Goes on at once after a restart: an empty log looks to it like a quiet one."""

    def __init__(self, redis: RedisConnection, **options: Any) -> None:
        super().__init__(redis, **options)
        self.limits.__dict__["times"] = (*self.limits.times[:3], 0)


def WholeLimitInAnOutage(redis: RedisConnection, **options: Any) -> RedisRateLimiter:
    """Lets each process have the whole limit while Redis is gone."""
    options["processes"] = 1
    return RedisRateLimiter(redis, **options)


class ForgetfulShare(Share):
    """Begins a new window, with nothing in it, when the first admission of the last one is over."""

    def wait(self, cost: Cost, now: float) -> float:
        window = self.windows[0]
        if window.log and window.log[0][0] <= now:
            for each in self.windows:
                each.log.clear()
                each.used = 0
        return super().wait(cost, now)
