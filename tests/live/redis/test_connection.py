"""The connection to Redis, on a real server: values, scripts, loops, outages, secrets."""

from __future__ import annotations

import asyncio
import gc
import signal
import sys
import threading
import time
from functools import partial
from typing import Any

import pytest
from laws import wrong_redis
from redis_kit import Server, finds_out

from ai_sdk.errors import InvalidRequestError, MissingExtraError
from ai_sdk.stores.redis import RedisConnection, RedisUnavailableError, Script

pytestmark = pytest.mark.live

ADD = Script("add", 1, "return redis.call('INCRBY', KEYS[1], ARGV[1])")
NOTE = Script("note", 1, "return redis.call('SADD', KEYS[1], ARGV[1])")


def test_values_are_bytes_and_expire(server: Server) -> None:
    async def trial() -> None:
        redis = server.connection()
        assert await redis.get("a") is None
        await redis.set("a", b"\x00\xff")
        await redis.set(b"b", b"soon gone", 0.02)
        await redis.set("c", b"gone", 0.0)
        assert await redis.get(b"a") == b"\x00\xff"
        assert await redis.get("c") is None
        while await redis.get("b") is not None:
            await asyncio.sleep(0.005)
        await redis.delete("a")
        assert await redis.get("a") is None
        await redis.aclose()

    asyncio.run(trial())


def test_a_script_is_sent_once_and_its_version_is_in_its_keys(server: Server) -> None:
    async def trial() -> None:
        redis = server.connection(prefix="mine")
        key = redis.key(ADD, "a{b}c", "count")
        assert key == "{mine:add:v1:a(b)c}:count"
        assert redis.key(Script("add", 2, ""), "a{b}c", "count") != key
        assert [await redis.run(ADD, [key], [n]) for n in (1, 2, 3)] == [1, 3, 6]
        await redis.aclose()

    asyncio.run(trial())
    calls = server.send("INFO", "commandstats").decode()
    assert "cmdstat_eval:calls=1," in calls


def test_loops_and_threads_have_their_own_connections_which_end_silently(server: Server) -> None:
    redis = server.connection(timeout=5.0)

    async def work() -> None:
        await asyncio.gather(*(redis.run(ADD, [redis.key(ADD, "n")], [1]) for _ in range(100)))

    threads = [threading.Thread(target=lambda: asyncio.run(work())) for _ in range(3)]
    for thread in threads:
        thread.start()
    asyncio.run(work())
    for thread in threads:
        thread.join()
    assert asyncio.run(_and_close(redis, redis.run(ADD, [redis.key(ADD, "n")], [0]))) == 400


def test_a_connection_that_is_dropped_closes_its_sockets(server: Server) -> None:
    async def trial() -> None:
        await server.connection().get("a")
        gc.collect()
        await asyncio.sleep(0.01)
        assert b"connected_clients:1\r\n" in server.send("INFO", "clients")

    asyncio.run(trial())


def test_a_loop_that_nobody_ended_leaves_no_open_connection(server: Server) -> None:
    redis = server.connection()
    loop = asyncio.new_event_loop()
    loop.run_until_complete(redis.get("a"))
    loop.close()
    assert asyncio.run(_and_close(redis, redis.get("a"))) is None
    gc.collect()


async def _and_close(redis: RedisConnection, work: Any) -> Any:
    try:
        return await work
    finally:
        await redis.aclose()


def law_an_outage_costs_nothing(make: Any, server: Server) -> None:
    async def trial() -> None:
        redis = make(server)
        await redis.set("a", b"1")
        server.kill()
        with pytest.raises(RedisUnavailableError):
            await redis.get("a")
        costs: list[float] = []
        for _ in range(200):
            before = time.perf_counter()
            with pytest.raises(RedisUnavailableError) as refused:
                await redis.get("a")
            costs.append(time.perf_counter() - before)
            assert refused.value.retryable
            assert (refused.value.retry_after or 0) > 0
            await asyncio.sleep(0.001)
        assert sorted(costs)[len(costs) // 2] < 0.001
        server.start()
        await redis.recovered()
        assert await redis.get("a") is None
        await redis.aclose()

    server.kill()
    server.start()
    asyncio.run(trial())


def test_an_outage_costs_less_than_a_millisecond_a_call_and_its_end_is_noticed(mortal: Server) -> None:
    law_an_outage_costs_nothing(Server.connection, mortal)


def test_a_server_that_hangs_costs_one_time_limit(mortal: Server) -> None:
    law_a_hanging_server(partial(Server.connection, timeout=0.1, probe_interval=0.2), mortal)
    finds_out(law_a_hanging_server, mortal, wrong_redis.a_connection_without_a_breaker)


def law_a_hanging_server(make: Any, server: Server) -> None:
    async def trial() -> None:
        redis = make(server)
        await redis.set("a", b"1")
        assert server.process is not None
        server.process.send_signal(signal.SIGSTOP)
        try:
            with pytest.raises(RedisUnavailableError):
                await redis.get("a")
            costs: list[float] = []
            for _ in range(9):
                before = time.perf_counter()
                with pytest.raises(RedisUnavailableError):
                    await redis.get("a")
                costs.append(time.perf_counter() - before)
            assert sorted(costs)[4] < 0.001
        finally:
            server.process.send_signal(signal.SIGCONT)
        await redis.recovered()
        assert await redis.get("a") == b"1"
        await redis.aclose()

    asyncio.run(trial())


def test_a_loop_that_stood_still_does_not_take_redis_for_gone(server: Server) -> None:
    async def trial() -> None:
        redis = server.connection(timeout=0.15)
        await redis.get("a")
        read = asyncio.ensure_future(redis.get("a"))
        await asyncio.sleep(0)
        time.sleep(0.4)
        assert await read is None
        await redis.aclose()

    asyncio.run(trial())


def test_a_cancelled_command_leaves_the_connection_right(server: Server) -> None:
    async def trial() -> None:
        redis = server.connection()
        for number in range(50):
            await redis.set(str(number), str(number).encode())
        read = asyncio.ensure_future(redis.get("0"))
        for number in range(50):
            read = asyncio.ensure_future(redis.get("0"))
            for _ in range(number % 7):
                await asyncio.sleep(0)
            read.cancel()
            assert await redis.get(str(number)) == str(number).encode()
        await asyncio.gather(read, return_exceptions=True)
        await redis.aclose()

    asyncio.run(trial())


def test_what_is_posted_is_run_at_the_latest_when_the_loop_ends(server: Server) -> None:
    redis = server.connection()
    key = redis.key(NOTE, "posted")

    async def trial() -> None:
        await redis.get("a")
        loop = asyncio.get_running_loop()
        for number in range(100):
            redis.post(loop, NOTE, [key], [number])
        threading.Thread(target=redis.post, args=(loop, NOTE, [key], [100])).start()
        await asyncio.sleep(0.01)
        for number in range(101, 111):
            redis.post(loop, NOTE, [key], [number])
        await asyncio.sleep(0)

    asyncio.run(trial())
    assert server.send("SCARD", key) == b":111\r\n"
    loop = asyncio.new_event_loop()
    loop.close()
    redis.post(loop, NOTE, [key], [1])


def test_what_is_posted_in_an_outage_waits_for_its_end(mortal: Server) -> None:
    async def trial() -> None:
        redis = mortal.connection()
        key = redis.key(ADD, "posted")
        await redis.get("a")
        mortal.kill()
        with pytest.raises(RedisUnavailableError):
            await redis.get("a")
        redis.post(asyncio.get_running_loop(), NOTE, [key], [7])
        await asyncio.sleep(0.01)
        mortal.start()
        await redis.recovered()
        while mortal.send("SISMEMBER", key, "7") != b":1\r\n":
            await asyncio.sleep(0.01)
        await redis.aclose()

    asyncio.run(trial())


def test_a_refusal_is_an_error_and_no_outage(server: Server) -> None:
    async def trial() -> None:
        redis = server.connection()
        await redis.set("a", b"1")
        with pytest.raises(RedisUnavailableError, match="ResponseError"):
            await redis.run(Script("bad", 1, "return redis.call('LPUSH', KEYS[1], 1)"), ["ai_sdk:a"])
        assert await redis.get("a") == b"1"
        await redis.aclose()

    asyncio.run(trial())


def test_waiting_for_a_list(server: Server) -> None:
    async def trial() -> None:
        redis = server.connection()
        assert not await redis.pop("list", 0.02)
        waiting = asyncio.ensure_future(redis.pop("list", 30.0))
        await asyncio.sleep(0.02)
        server.send("LPUSH", "list", "1")
        assert await waiting
        await redis.aclose()

    asyncio.run(trial())


def test_a_client_of_the_users_own(server: Server) -> None:
    async def trial() -> None:
        from redis.asyncio import Redis

        client: Any = Redis.from_url(server.url, decode_responses=True)  # pyright: ignore[reportUnknownMemberType]
        redis = RedisConnection(client=client, timeout=1.0)
        await redis.set("a", b"\xff")
        assert await redis.get("a") == b"\xff"
        await redis.aclose()
        assert await client.ping()
        await client.aclose()

    asyncio.run(trial())


SECRET = "p4ssw0rd"


@pytest.mark.parametrize(
    "url",
    [
        f"redis://user:{SECRET}@127.0.0.1:1/0",
        f"redis://127.0.0.1:1/0?password={SECRET}",
        f"rediss://:{SECRET}@127.0.0.1:1",
        f"unix://:{SECRET}@/nowhere/redis.sock",
    ],
)
def test_no_password_in_a_repr_or_an_error(url: str) -> None:
    async def trial() -> None:
        redis = RedisConnection(url, timeout=1.0)
        assert SECRET not in repr(redis)
        for _ in range(2):
            with pytest.raises(RedisUnavailableError) as raised:
                await redis.get("a")
            error: BaseException | None = raised.value
            while error is not None:
                assert SECRET not in f"{error!r} {error}"
                error = error.__cause__
        await redis.aclose()

    asyncio.run(trial())


@pytest.mark.parametrize(
    "options",
    [
        {"url": f"http://{SECRET}@host"},
        {"url": f"redis://host:{SECRET}"},
        {"url": "redis://"},
        {"timeout": 0.0},
        {"probe_interval": -1.0},
        {"prefix": "a{b"},
    ],
)
def test_options_that_make_no_sense_are_named(options: dict[str, Any]) -> None:
    with pytest.raises(InvalidRequestError) as raised:
        RedisConnection(**options)
    assert raised.value.field in options
    assert SECRET not in str(raised.value)


def test_without_redis_py_the_error_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delitem(sys.modules, "ai_sdk.stores._redis_door", raising=False)
    monkeypatch.setitem(sys.modules, "redis.asyncio", None)
    with pytest.raises(MissingExtraError, match=r"ai-sdk-layers\[redis\]"):
        asyncio.run(RedisConnection().get("a"))
