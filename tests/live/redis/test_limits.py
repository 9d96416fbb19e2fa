"""The laws of ``RedisRateLimiter`` on a real server; limiter objects stand for processes."""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import Awaitable, Callable
from typing import Any

import pytest
from laws import wrong_redis
from layer_laws.kit import FINISH, STREAMED, caught, check_closed
from redis_kit import Server, finds_out, grown_up, most_in_a_window

from ai_sdk.call import record_call
from ai_sdk.ending import Ending
from ai_sdk.errors import InvalidRequestError, RateLimitedError, RateLimitError
from ai_sdk.limits import Cost, Permit, Reading
from ai_sdk.middleware import rate_limit
from ai_sdk.parts import TextDelta
from ai_sdk.results import EmbeddingResult, Usage
from ai_sdk.stores._limit_scripts import ADMIT, RELEASE
from ai_sdk.stores._redis_lane import DOZE
from ai_sdk.stores.redis import RedisConnection
from ai_sdk.stores.redis_limits import RedisRateLimiter
from ai_sdk.testing import ScriptedModel

pytestmark = pytest.mark.live

Make = Callable[..., Any]
END = Ending("end")


def used(tokens: int | None) -> Ending:
    """The end of a call that used so many tokens."""
    usage = Usage(input_tokens=tokens)
    return Ending("end", fold=lambda: EmbeddingResult(embeddings=(), usage=usage))


def on(server: Server, trial: Callable[[RedisConnection], Awaitable[None]], *names: str) -> None:
    """Run the trial with an empty server that knows the limits of these names."""

    async def connected() -> None:
        redis = server.connection()
        server.send("FLUSHALL")
        grown_up(server, redis, *names)
        try:
            await trial(redis)
        finally:
            await redis.aclose()

    asyncio.run(connected())


def size(server: Server, redis: RedisConnection, part: str, name: str = "default:60") -> int:
    """How many members a part of the state has."""
    command = {"log": "ZCARD", "slots": "ZCARD", "queue": "ZCARD"}[part]
    return int(server.send(command, redis.key(ADMIT, name, part))[1:])


def law_window(make: Make, server: Server) -> None:
    async def trial(redis: RedisConnection) -> None:
        limiters = [make(redis, requests=4, per=0.25) for _ in range(3)]
        times: list[float] = []

        async def call(limiter: Any, after: float) -> None:
            await asyncio.sleep(after)
            (await limiter.acquire()).release(END)
            times.append(time.perf_counter())

        await asyncio.gather(*(call(limiter, 0.22 + n * 0.02) for limiter in limiters for n in range(4)))
        assert len(times) == 12
        assert most_in_a_window(times, 0.25) <= 4

    on(server, trial, "default:0.25")


def test_L1_no_interval_has_more_than_the_limit_for_all_processes_together(server: Server) -> None:
    law_window(RedisRateLimiter, server)
    finds_out(law_window, server, wrong_redis.FixedWindow, wrong_redis.ReadThenWrite, wrong_redis.OneLimitAProcess)


def law_fifo(make: Make, server: Server) -> None:
    async def trial(redis: RedisConnection) -> None:
        limiter = make(redis, tokens=10, per=0.1, slack=0.05)
        (await limiter.acquire(Cost(1, 9))).release(used(9))
        order: list[int] = []

        async def call(number: int, tokens: int) -> None:
            (await limiter.acquire(Cost(1, tokens))).release(used(tokens))
            order.append(number)

        costs = [10, 1, 9, 1, 2, 8, 1]
        calls: list[asyncio.Task[None]] = []
        for number, tokens in enumerate(costs):
            calls.append(asyncio.create_task(call(number, tokens)))
            await asyncio.sleep(0.005)
        await asyncio.gather(*calls)
        assert order == sorted(order)

    on(server, trial, "default:0.1")


def test_L3_calls_of_a_process_are_admitted_in_their_order_whatever_they_cost(server: Server) -> None:
    law_fifo(RedisRateLimiter, server)
    finds_out(law_fifo, server, wrong_redis.EachForItself)


def law_no_starvation(make: Make, server: Server) -> None:
    async def trial(redis: RedisConnection) -> None:
        large, small = make(redis, tokens=10, per=0.25), make(redis, tokens=10, per=0.25)
        admitted = asyncio.Event()

        async def flood() -> None:
            while not admitted.is_set():
                (await small.acquire(Cost(1, 2))).release(used(2))
                await asyncio.sleep(0.05)

        async def big() -> None:
            (await large.acquire(Cost(1, 8))).release(used(8))
            admitted.set()

        flooding = asyncio.create_task(flood())
        await asyncio.sleep(0.2)
        wanting = asyncio.create_task(big())
        done, _ = await asyncio.wait({wanting}, timeout=0.9)
        admitted.set()
        wanting.cancel()
        await asyncio.gather(wanting, flooding, return_exceptions=True)
        assert done

    on(server, trial, "default:0.25")


def test_L3_small_calls_of_other_processes_starve_no_large_one(server: Server) -> None:
    law_no_starvation(RedisRateLimiter, server)
    finds_out(law_no_starvation, server, wrong_redis.NoQueue)


def test_L4_what_never_fits_is_refused_at_once_without_asking(server: Server) -> None:
    async def trial(redis: RedisConnection) -> None:
        limiter = RedisRateLimiter(redis, requests=3, tokens=10)
        for cost in (Cost(4, 0), Cost(1, 11)):
            with pytest.raises(RateLimitedError) as refused:
                await limiter.acquire(cost)
            assert not refused.value.retryable
        assert size(server, redis, "log") == 0

    on(server, trial)


def test_L4_calls_that_may_not_wait_are_admitted_together_when_there_is_room(server: Server) -> None:
    """To wait for what Redis says to others is no waiting for room, even for calls that may not wait at all."""

    async def trial(redis: RedisConnection) -> None:
        limiter = RedisRateLimiter(redis, requests=20)

        async def call() -> bool:
            try:
                await limiter.acquire(until=asyncio.get_running_loop().time())
            except RateLimitedError:
                return False
            return True

        assert sorted(await asyncio.gather(*(call() for _ in range(30)))) == [False] * 10 + [True] * 20

    on(server, trial, "default:60")


def test_L5_a_cancelled_waiter_leaves_nothing_and_the_next_one_is_admitted(server: Server) -> None:
    async def trial(redis: RedisConnection) -> None:
        limiter, other = (RedisRateLimiter(redis, concurrency=1) for _ in range(2))
        held = await limiter.acquire()
        waiters = [asyncio.create_task(each.acquire()) for each in (limiter, limiter, other)]
        await asyncio.sleep(0.1)
        waiters[0].cancel()
        await asyncio.sleep(0.1)
        assert size(server, redis, "queue") == 2
        waiters[2].cancel()
        await asyncio.sleep(0.1)
        assert size(server, redis, "queue") == 1
        held.release(END)
        before = time.perf_counter()
        (await waiters[1]).release(END)
        assert time.perf_counter() - before < 1.5
        await asyncio.sleep(0.1)
        assert (size(server, redis, "slots"), size(server, redis, "queue")) == (0, 0)

    on(server, trial, "default:60")


def test_L5_a_call_cancelled_while_redis_decides_keeps_no_slot(server: Server) -> None:
    async def trial(redis: RedisConnection) -> None:
        limiter = RedisRateLimiter(redis, concurrency=3, requests=1000)
        for number in range(40):
            asking = asyncio.create_task(limiter.acquire())
            for _ in range(number % 12):
                await asyncio.sleep(0)
            asking.cancel()
            answer = await caught(asking)
            if not isinstance(answer, BaseException):
                answer.release(END)
        await asyncio.sleep(0.2)
        assert size(server, redis, "slots") == 0

    on(server, trial, "default:60")


def law_concurrency(make: Make, server: Server) -> None:
    async def trial(redis: RedisConnection) -> None:
        limiters = [make(redis, concurrency=3) for _ in range(3)]
        running = [0]
        most = [0]

        async def call(limiter: Any) -> None:
            permit = await limiter.acquire()
            running[0] += 1
            most[0] = max(most[0], running[0])
            await asyncio.sleep(0.01)
            running[0] -= 1
            permit.release(END)
            permit.release(END)

        calls = [asyncio.create_task(call(limiter)) for limiter in limiters for _ in range(5)]
        _, late = await asyncio.wait(calls, timeout=DOZE * 0.7)
        for each in late:
            each.cancel()
        await asyncio.gather(*late, return_exceptions=True)
        assert most[0] <= 3
        assert not late
        await asyncio.sleep(0.1)
        assert size(server, redis, "slots") == 0

    on(server, trial, "default:60")


def test_L6_no_more_than_so_many_at_once_and_who_waits_is_woken_not_polling(server: Server) -> None:
    law_concurrency(RedisRateLimiter, server)
    finds_out(law_concurrency, server, wrong_redis.OneLimitAProcess, wrong_redis.NobodyRings)


def test_L6_the_slot_of_a_live_response_is_held_until_it_ends(server: Server) -> None:
    async def trial(redis: RedisConnection) -> None:
        limiter = RedisRateLimiter(redis, concurrency=2, tokens=1000)
        model = ScriptedModel([[TextDelta("a"), TextDelta("b"), FINISH]] * 3)
        limited: Any = rate_limit(limiter)(model)
        read, left = await limited(STREAMED), await limited(STREAMED)
        assert size(server, redis, "slots") == 2
        third = asyncio.create_task(limited(STREAMED))
        await asyncio.sleep(0.05)
        assert not third.done()
        await read.result()
        await left.aclose()
        await (await third).aclose()
        await asyncio.sleep(0.1)
        assert size(server, redis, "slots") == 0
        check_closed(model)

    on(server, trial, "default:60")


def test_L6_a_process_that_died_gives_its_slots_back_and_one_that_lives_keeps_them(server: Server) -> None:
    async def take(limiter: RedisRateLimiter) -> Permit:
        return await limiter.acquire()

    dead = server.connection()
    server.send("FLUSHALL")
    grown_up(server, dead, "default:60")
    left_behind = asyncio.run(take(RedisRateLimiter(dead, concurrency=2, slot_ttl=0.3)))

    async def trial() -> None:
        redis = server.connection()
        living = RedisRateLimiter(redis, concurrency=2, slot_ttl=0.3)
        held = await living.acquire()
        before = time.perf_counter()
        second = await living.acquire()
        assert time.perf_counter() - before < 4.0
        await asyncio.sleep(0.6)
        assert size(server, redis, "slots") == 2
        with pytest.raises(RateLimitedError):
            await living.acquire(until=asyncio.get_running_loop().time() + 0.1)
        held.release(END)
        second.release(END)
        await redis.aclose()

    asyncio.run(trial())
    left_behind.release(END)


def law_settling(make: Make, server: Server) -> None:
    async def trial(redis: RedisConnection) -> None:
        limiter = make(redis, tokens=100)
        loop = asyncio.get_running_loop()
        over = await limiter.acquire(Cost(1, 80))
        over.release(used(10))
        over.release(used(10))
        under = await caught(limiter.acquire(Cost(1, 50), until=loop.time() + 1))
        assert not isinstance(under, BaseException)
        unknown = await limiter.acquire(Cost(1, 40), until=loop.time() + 1)
        unknown.release(Ending("cancelled"))
        with pytest.raises(RateLimitedError):
            await limiter.acquire(Cost(1, 1), until=loop.time() + 0.1)
        under.release(used(49))
        (await limiter.acquire(Cost(1, 1), until=loop.time() + 1)).release(used(60))
        with pytest.raises(RateLimitedError):
            await limiter.acquire(Cost(1, 0), until=loop.time() + 0.1)

    on(server, trial, "default:60")


def test_L7_tokens_are_settled_with_what_was_used(server: Server) -> None:
    law_settling(RedisRateLimiter, server)
    finds_out(law_settling, server, wrong_redis.NeverSettled, wrong_redis.UnknownIsRefunded)


def test_L7_settling_twice_or_too_late_gives_nothing_back(server: Server) -> None:
    async def trial(redis: RedisConnection) -> None:
        limiter = RedisRateLimiter(redis, tokens=100)
        permit: Any = await limiter.acquire(Cost(1, 80))
        lane = permit._lane
        for spent in (10, 5, 70):
            await redis.run(RELEASE, lane._keys, (*lane.limits.times, permit._id, 80, spent, 1))
        assert server.send("HGET", lane._keys[1], "#tokens") == b"$2\r\n10\r\n"
        for _ in range(2):
            await redis.run(RELEASE, lane._keys, (*lane.limits.times, "left the window", 80, 10, 1))
        assert server.send("HGET", lane._keys[1], "#tokens") == b"$2\r\n10\r\n"
        for _ in range(2):
            await redis.run(RELEASE, lane._keys, (*lane.limits.times, "left the window", 80, 85, 1))
        assert server.send("HGET", lane._keys[1], "#tokens") == b"$2\r\n15\r\n"

    on(server, trial, "default:60")


def law_all_or_nothing(make: Make, server: Server) -> None:
    async def trial(redis: RedisConnection) -> None:
        limiter = make(redis, requests=2, tokens=10, concurrency=5)
        loop = asyncio.get_running_loop()
        first = await limiter.acquire(Cost(1, 9))
        for _ in range(3):
            with pytest.raises(RateLimitedError) as refused:
                await limiter.acquire(Cost(1, 2), until=loop.time())
            assert 0 < (refused.value.retry_after or 0) <= 61
        await asyncio.sleep(0.05)
        second = await limiter.acquire(Cost(1, 1), until=loop.time() + 1)
        assert size(server, redis, "slots") == 2
        first.release(END)
        second.release(END)

    on(server, trial, "default:60")


def test_L8_all_that_a_call_needs_or_nothing(server: Server) -> None:
    law_all_or_nothing(RedisRateLimiter, server)
    finds_out(law_all_or_nothing, server, wrong_redis.RequestsFirst)


def test_L9_who_waits_as_long_as_was_said_is_admitted(server: Server) -> None:
    async def trial(redis: RedisConnection) -> None:
        limiter = RedisRateLimiter(redis, requests=2, tokens=10, per=0.3)
        loop = asyncio.get_running_loop()
        for cost in (Cost(1, 3), Cost(1, 7)):
            (await limiter.acquire(cost)).release(used(cost.tokens))
        with pytest.raises(RateLimitedError) as refused:
            await limiter.acquire(Cost(2, 9), until=loop.time() + 0.01)
        assert refused.value.retryable
        assert refused.value.retry_after is not None
        await asyncio.sleep(refused.value.retry_after)
        (await limiter.acquire(Cost(2, 9), until=loop.time())).release(END)

    on(server, trial, "default:0.3")


def test_L10_a_clock_that_goes_back_admits_nobody(server: Server) -> None:
    async def trial(redis: RedisConnection) -> None:
        limiter = RedisRateLimiter(redis, requests=1)
        loop = asyncio.get_running_loop()
        meta = redis.key(ADMIT, "default:60", "meta")
        (await limiter.acquire()).release(END)
        for ahead in (20, 3600):
            seconds, micros = server.send("TIME").decode().split("\r\n")[2::2]
            server.send("HSET", meta, "last", str((int(seconds) + ahead) * 1_000_000 + int(micros)))
            with pytest.raises(RateLimitedError) as refused:
                await limiter.acquire(until=loop.time())
            assert (refused.value.retry_after or 0) > 35

    on(server, trial, "default:60")


def test_L11_keys_share_nothing_and_are_not_stored(server: Server) -> None:
    async def trial(redis: RedisConnection) -> None:
        limiter = RedisRateLimiter(redis, requests=1, per=60)
        loop = asyncio.get_running_loop()
        for key in ("sk-secret", ("tenant", 1), None):
            (await limiter.acquire(key=key, until=loop.time() + 1)).release(END)
            with pytest.raises(RateLimitedError):
                await limiter.acquire(key=key, until=loop.time())
        assert b"secret" not in server.send("KEYS", "*")
        with pytest.raises(InvalidRequestError):
            await limiter.acquire(key=object())

    seeded = RedisRateLimiter(server.connection(), requests=1, per=60)
    names = [seeded._name_of(key) for key in ("sk-secret", ("tenant", 1), None)]
    on(server, trial, *names)


def test_L12_what_the_provider_says_holds_for_all_processes(server: Server) -> None:
    async def trial(redis: RedisConnection) -> None:
        one, other = (RedisRateLimiter(redis, requests=100, tokens=1000) for _ in range(2))
        loop = asyncio.get_running_loop()
        first = await one.acquire(Cost(1, 10))
        second = await other.acquire(Cost(1, 10))
        first.learn([Reading("requests", 3, 0.4)])
        second.learn([Reading("requests", 50, 0.4)])
        await asyncio.sleep(0.1)
        for limiter in (one, other):
            await limiter.acquire(Cost(1, 1), until=loop.time())
        with pytest.raises(RateLimitedError) as refused:
            await other.acquire(Cost(1, 1), until=loop.time())
        assert (refused.value.retry_after or 9) <= 0.4
        last = await other.acquire(Cost(1, 1))
        error = RateLimitError("no", status=429, retry_after=0.3)
        last.release(Ending("error", error))
        await asyncio.sleep(0.1)
        with pytest.raises(RateLimitedError):
            await one.acquire(Cost(1, 1), until=loop.time())
        await one.acquire(Cost(1, 1))

    on(server, trial, "default:60")


def law_lease(make: Make, server: Server) -> None:
    async def trial(redis: RedisConnection) -> None:
        server.send("CONFIG", "RESETSTAT")
        limiters = [make(redis, requests=20, per=0.3, lease=5) for _ in range(2)]
        times: list[float] = []

        async def call(limiter: Any) -> None:
            for _ in range(20):
                await limiter.acquire()
                times.append(time.perf_counter())

        await asyncio.gather(*(call(limiter) for limiter in limiters))
        assert most_in_a_window(times, 0.3) <= 20 + 2 * 5
        asked = server.send("INFO", "commandstats").decode().partition("cmdstat_evalsha:calls=")[2]
        assert int(asked.split(",")[0]) < 30

    on(server, trial, "default:0.3")


def test_leased_chunks_save_round_trips_within_their_bound(server: Server) -> None:
    law_lease(RedisRateLimiter, server)
    finds_out(law_lease, server, wrong_redis.EndlessChunks, wrong_redis.NoChunks)


def test_two_threads_with_a_loop_each_share_one_limiter(server: Server) -> None:
    redis = server.connection()
    grown_up(server, redis, "default:0.3")
    limiter = RedisRateLimiter(redis, requests=10, concurrency=2, per=0.3)
    times: list[float] = []
    running: list[int] = []
    most: list[int] = []

    async def call() -> None:
        permit = await limiter.acquire()
        times.append(time.perf_counter())
        running.append(1)
        most.append(len(running))
        await asyncio.sleep(0.005)
        running.pop()
        permit.release(END)

    async def calls() -> None:
        await asyncio.gather(*(call() for _ in range(15)))

    threads = [threading.Thread(target=lambda: asyncio.run(calls())) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(times) == 30
    assert max(most) <= 2
    assert most_in_a_window(times, 0.3) <= 10


def test_a_loop_that_stops_while_it_asks_does_not_stop_the_others(server: Server) -> None:
    redis = server.connection()
    grown_up(server, redis, "default:60")
    limiter = RedisRateLimiter(redis, concurrency=1)
    stopped = asyncio.new_event_loop()
    holding = stopped.run_until_complete(limiter.acquire())
    asking = stopped.create_task(limiter.acquire())
    stopped.run_until_complete(asyncio.sleep(0.05))

    async def other() -> float:
        before = time.perf_counter()
        await redis.get("a")
        holding.release(END)
        (await limiter.acquire()).release(END)
        return time.perf_counter() - before

    assert asyncio.run(other()) < 5.0
    asking.cancel()
    stopped.run_until_complete(asyncio.gather(asking, return_exceptions=True))
    stopped.run_until_complete(redis.aclose())
    stopped.close()


def test_waiting_is_reported(server: Server) -> None:
    async def trial(redis: RedisConnection) -> None:
        limiter = RedisRateLimiter(redis, requests=1, per=0.2)
        seen: list[Any] = []
        with record_call(observers=(lambda _record, kind, detail: seen.append((kind, detail)),)):
            await limiter.acquire()
            assert "waited" not in dict(seen)
            await limiter.acquire()
        assert dict(seen)["waited"] > 0.1

    on(server, trial, "default:0.2")


@pytest.mark.parametrize(
    "options",
    [
        {"requests": None},
        {"requests": 0},
        {"tokens": 1.5},
        {"per": 0.0},
        {"lease": 11},
        {"lease": -1},
        {"slot_ttl": 0.0},
        {"slack": -1.0},
        {"on_outage": "maybe"},
        {"processes": 0},
    ],
)
def test_options_that_make_no_sense_are_named(options: dict[str, Any]) -> None:
    make: Any = RedisRateLimiter
    with pytest.raises(InvalidRequestError) as raised:
        make(RedisConnection(), **{"requests": 10, **options})
    assert raised.value.field in options


def test_options_that_do_not_fit_together() -> None:
    redis = RedisConnection()
    make: Any = RedisRateLimiter
    for options, field in (
        ({"on_outage": "open"}, "processes"),
        ({"tokens": 10, "lease": 2}, "lease"),
        ({"concurrency": 10, "lease": 2}, "lease"),
    ):
        with pytest.raises(InvalidRequestError) as raised:
            make(redis, requests=10, **options)
        assert raised.value.field == field
    assert "requests=10" in repr(RedisRateLimiter(redis, requests=10))
