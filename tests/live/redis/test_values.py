"""Answers in Redis: shared by caches, kept as long as they should, and no harm when Redis is gone."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest
from layer_laws.kit import STREAMED, WHOLE, read
from redis_kit import Server

from ai_sdk.errors import InvalidRequestError
from ai_sdk.middleware import cache
from ai_sdk.stores import RedisConnection, RedisValues
from ai_sdk.stores.redis import RedisUnavailableError
from ai_sdk.testing import ScriptedModel


def test_values_are_kept_deleted_and_over(server: Server) -> None:
    async def trial() -> None:
        connection = server.connection()
        store, other = RedisValues(connection), RedisValues(connection, name="other")
        assert await store.get("a") is None
        await store.set("a", b"\x00\xff", None)
        assert await store.get("a") == b"\x00\xff"
        assert await other.get("a") is None
        await store.set("b", b"soon gone", 0.02)
        while await store.get("b") is not None:
            await asyncio.sleep(0.005)
        await store.delete("a")
        assert await store.get("a") is None
        await store.aclose()

    asyncio.run(trial())


def test_caches_share_answers_and_not_across_scopes(server: Server) -> None:
    async def trial() -> None:
        for scope, calls in (("a", 1), ("a", 0), ("b", 1)):
            store = RedisValues(server.connection())
            model = ScriptedModel()
            layered = cache(store, scope=scope, ttl=60)(model)
            for request in (STREAMED, WHOLE, STREAMED):
                assert await read(layered, request) == "ok"
            assert len(model.calls) == calls
            await store.aclose()

    asyncio.run(trial())


def test_200_equal_calls_make_one_call(server: Server) -> None:
    async def trial() -> None:
        store = RedisValues(server.connection())
        model = ScriptedModel()
        layered = cache(store, scope=None)(model)
        assert await asyncio.gather(*[read(layered, STREAMED) for _ in range(200)]) == ["ok"] * 200
        assert len(model.calls) == 1
        await store.aclose()

    asyncio.run(trial())


def test_without_redis_every_call_is_a_miss_and_it_is_said_once(mortal: Server) -> None:
    reported: list[Any] = []

    async def trial() -> None:
        asyncio.get_running_loop().set_exception_handler(lambda _, context: reported.append(context))
        store = RedisValues(mortal.connection())
        model = ScriptedModel()
        layered = cache(store, scope=None)(model)
        await read(layered, WHOLE)
        mortal.kill()
        for _ in range(3):
            assert await read(layered, WHOLE) == "ok"
        assert len(model.calls) == 4
        with pytest.raises(RedisUnavailableError):
            await store.get("a")
        mortal.start()
        await store.connection.recovered()
        for _ in range(3):
            await read(layered, WHOLE)
        assert len(model.calls) == 5
        await store.aclose()

    asyncio.run(trial())
    assert [each["message"] for each in reported] == [
        "reading from a cache's store failed",
        "storing in a cache failed",
    ]


def test_the_store_says_what_it_is_without_the_password() -> None:
    store = RedisValues("redis://:secret@localhost:6379/3", name="answers")
    assert repr(store) == "RedisValues(RedisConnection('redis://localhost:6379/3', prefix='ai_sdk'), name='answers')"
    assert isinstance(store.connection, RedisConnection)
    for name in ("", "a:b"):
        with pytest.raises(InvalidRequestError, match="name"):
            RedisValues("redis://localhost", name=name)
