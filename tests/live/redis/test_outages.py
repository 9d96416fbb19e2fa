"""What ``RedisRateLimiter`` does while Redis is gone, and after: on a real server that is killed."""

from __future__ import annotations

import asyncio
import signal
import time
from collections.abc import Awaitable, Callable
from typing import Any

import pytest
from laws import wrong_redis
from layer_laws.kit import caught
from redis_kit import Server, finds_out, grown_up, most_in_a_window

from ai_sdk.ending import Ending
from ai_sdk.errors import RateLimitedError
from ai_sdk.limits import Cost
from ai_sdk.stores._limit_scripts import ADMIT
from ai_sdk.stores.redis import RedisConnection, RedisUnavailableError
from ai_sdk.stores.redis_limits import RedisRateLimiter

pytestmark = pytest.mark.live

Make = Callable[..., Any]
END = Ending("end")
PER = 0.3
SLACK = 0.1


class Flood:
    """Two limiters, as of two processes, each asked all the time by three tasks; and when it admitted."""

    def __init__(self, limiters: list[Any]) -> None:
        self.limiters = limiters
        self.admitted: list[list[float]] = [[] for _ in limiters]

    async def __aenter__(self) -> Flood:
        self._tasks = [asyncio.create_task(self._ask(n)) for n in range(len(self.limiters)) for _ in range(3)]
        return self

    async def __aexit__(self, *_: object) -> None:
        for task in self._tasks:
            task.cancel()
        results = await asyncio.gather(*self._tasks, return_exceptions=True)
        assert all(isinstance(each, asyncio.CancelledError) for each in results)

    async def _ask(self, number: int) -> None:
        while True:
            permit = await self.limiters[number].acquire()
            self.admitted[number].append(time.perf_counter())
            permit.release(END)
            await asyncio.sleep(0)

    @property
    def all(self) -> list[float]:
        return sorted(each for log in self.admitted for each in log)

    async def admits_after(self, since: float) -> None:
        async with asyncio.timeout(20):
            while not self.all or self.all[-1] <= since:
                await asyncio.sleep(0.01)


def on(server: Server, trial: Callable[[RedisConnection], Awaitable[None]]) -> None:
    """Run the trial on a server that was started anew, and is known for long."""

    async def connected() -> None:
        server.kill()
        server.start()
        redis = server.connection(timeout=0.5)
        grown_up(server, redis, f"default:{PER}", "default:60")
        try:
            await trial(redis)
        finally:
            await redis.aclose()

    asyncio.run(connected())


def law_closed(make: Make, server: Server) -> None:
    async def trial(redis: RedisConnection) -> None:
        async with Flood([make(redis, requests=6, per=PER, slack=SLACK) for _ in range(2)]) as flood:
            await asyncio.sleep(0.3)
            server.kill()
            killed = time.perf_counter()
            await asyncio.sleep(0.05)
            restarted = time.perf_counter()
            server.start()
            await flood.admits_after(restarted)
            await asyncio.sleep(0.5)
        assert most_in_a_window(flood.all, PER) <= 6
        assert not [each for each in flood.all if killed + SLACK < each < restarted + PER]

    on(server, trial)


def test_closed_nobody_is_admitted_in_an_outage_and_for_one_window_after_it(mortal: Server) -> None:
    law_closed(RedisRateLimiter, mortal)
    finds_out(law_closed, mortal, wrong_redis.ForgetsTheRunId)


def test_closed_calls_that_outlive_a_restart_still_hold_their_slots(mortal: Server) -> None:
    async def trial(redis: RedisConnection) -> None:
        one, other = (RedisRateLimiter(redis, concurrency=1, slot_ttl=0.6) for _ in range(2))
        held = await one.acquire()
        mortal.kill()
        mortal.start()
        waiting = asyncio.create_task(other.acquire())
        await asyncio.sleep(1.0)
        assert not waiting.done()
        held.release(END)
        (await waiting).release(END)

    on(mortal, trial)


def law_open(make: Make, server: Server) -> None:
    async def trial(redis: RedisConnection) -> None:
        limiters = [make(redis, requests=9, per=PER, slack=SLACK, on_outage="open", processes=2) for _ in range(2)]
        async with Flood(limiters) as flood:
            await asyncio.sleep(0.2)
            server.kill()
            killed = time.perf_counter()
            await asyncio.sleep(0.95)
            restarted = time.perf_counter()
            server.start()
            await asyncio.sleep(0.6)
        for log in flood.admitted:
            alone = [each for each in log if killed + SLACK < each < restarted]
            assert 0 < most_in_a_window(alone, PER) <= 5
            assert alone[-1] - alone[0] > PER
            for end in alone:
                assert len([each for each in log if end - PER < each <= end]) <= 5
        assert most_in_a_window([each for each in flood.all if each > killed + SLACK], PER) <= 10

    on(server, trial)


def test_open_each_process_goes_on_with_its_share(mortal: Server) -> None:
    law_open(RedisRateLimiter, mortal)
    finds_out(law_open, mortal, wrong_redis.WholeLimitInAnOutage)


def test_open_the_share_counts_what_redis_admitted_before(mortal: Server) -> None:
    async def trial(redis: RedisConnection) -> None:
        limiter = RedisRateLimiter(redis, requests=8, on_outage="open", processes=4)
        loop = asyncio.get_running_loop()
        for _ in range(2):
            (await limiter.acquire()).release(END)
        mortal.kill()
        with pytest.raises(RateLimitedError) as refused:
            await limiter.acquire(until=loop.time())
        assert 50 < (refused.value.retry_after or 0) <= 64

    on(mortal, trial)


def test_open_what_was_admitted_without_redis_is_counted_when_it_is_back(mortal: Server) -> None:
    async def trial(redis: RedisConnection) -> None:
        one, other = (RedisRateLimiter(redis, requests=8, on_outage="open", processes=2) for _ in range(2))
        loop = asyncio.get_running_loop()
        mortal.kill()
        for _ in range(4):
            (await one.acquire(until=loop.time() + 5)).release(END)
        mortal.start()
        grown_up(mortal, redis, "default:60")
        await redis.recovered()
        (await one.acquire(until=loop.time() + 5)).release(END)
        assert mortal.send("ZCARD", redis.key(ADMIT, "default:60", "log")) == b":5\r\n"
        for _ in range(3):
            (await other.acquire(until=loop.time() + 5)).release(END)
        assert isinstance(await caught(other.acquire(until=loop.time())), RateLimitedError)

    on(mortal, trial)


def test_open_concurrency_is_shared_out_and_a_call_that_ends_wakes_the_next(mortal: Server) -> None:
    async def trial(redis: RedisConnection) -> None:
        limiter = RedisRateLimiter(redis, concurrency=4, tokens=100, on_outage="open", processes=2)
        mortal.kill()
        held = [await limiter.acquire(Cost(1, 10)) for _ in range(2)]
        third = asyncio.create_task(limiter.acquire(Cost(1, 10)))
        await asyncio.sleep(0.05)
        assert not third.done()
        before = time.perf_counter()
        held[0].release(END)
        (await third).release(END)
        assert time.perf_counter() - before < 1.0
        held[1].release(END)
        loop = asyncio.get_running_loop()
        assert isinstance(await caught(limiter.acquire(Cost(1, 60), until=loop.time() + 0.05)), RateLimitedError)

    on(mortal, trial)


def test_closed_a_call_that_may_not_wait_is_refused_in_less_than_a_millisecond(mortal: Server) -> None:
    async def trial(redis: RedisConnection) -> None:
        limiter = RedisRateLimiter(redis, requests=100, concurrency=10, tokens=1000)
        loop = asyncio.get_running_loop()
        (await limiter.acquire()).release(END)
        mortal.kill()
        costs: list[float] = []
        for _ in range(100):
            before = time.perf_counter()
            refused = await caught(limiter.acquire(until=loop.time()))
            costs.append(time.perf_counter() - before)
            assert isinstance(refused, RateLimitedError)
            assert refused.retryable
            assert refused.retry_after is not None
            await asyncio.sleep(0.001)
        assert sorted(costs)[50] < 0.001

    on(mortal, trial)


def test_closed_a_call_that_may_wait_waits_for_redis_but_not_longer(mortal: Server) -> None:
    async def trial(redis: RedisConnection) -> None:
        limiter = RedisRateLimiter(redis, requests=100)
        loop = asyncio.get_running_loop()
        mortal.kill()
        before = loop.time()
        assert isinstance(await caught(limiter.acquire(until=before + 0.2)), RateLimitedError)
        assert 0.15 < loop.time() - before < 2.0
        waiting = asyncio.create_task(limiter.acquire())
        await asyncio.sleep(0.05)
        mortal.start()
        grown_up(mortal, redis, "default:60")
        (await waiting).release(END)

    on(mortal, trial)


def test_a_server_that_hangs_keeps_its_log_and_there_is_no_pause_after_it(mortal: Server) -> None:
    async def trial(redis: RedisConnection) -> None:
        limiter = RedisRateLimiter(redis, requests=3, per=60)
        for _ in range(2):
            (await limiter.acquire()).release(END)
        assert mortal.process is not None
        mortal.process.send_signal(signal.SIGSTOP)
        waiting = asyncio.create_task(limiter.acquire())
        await asyncio.sleep(0.8)
        mortal.process.send_signal(signal.SIGCONT)
        (await waiting).release(END)
        loop = asyncio.get_running_loop()
        assert isinstance(await caught(limiter.acquire(until=loop.time() + 1)), RateLimitedError)

    on(mortal, trial)


def test_a_server_that_refuses_is_an_error_unless_the_limit_is_open(mortal: Server) -> None:
    async def trial(redis: RedisConnection) -> None:
        closed = RedisRateLimiter(redis, requests=3)
        opened = RedisRateLimiter(redis, requests=3, on_outage="open", processes=1)
        await redis.get("a")
        mortal.send("ACL", "SETUSER", "default", "-evalsha", "-eval")
        error = await caught(closed.acquire())
        assert isinstance(error, RedisUnavailableError)
        assert error.refused
        assert not error.retryable
        (await opened.acquire()).release(END)

    on(mortal, trial)
