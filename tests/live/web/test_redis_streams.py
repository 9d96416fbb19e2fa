"""Streams in a real Redis: read by one process while another one writes them."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator

import pytest
from redis_kit import Server

from ai_sdk.parts import Finish, TextDelta
from ai_sdk.results import Usage
from ai_sdk.testing import HANG, ScriptedModel
from ai_sdk.web import MemoryStreams, RedisStreams, UIMessageEncoder
from ai_sdk.web.streams import StreamStore, StreamWriter

pytestmark = pytest.mark.live


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    server = Server(tmp_path_factory.mktemp("redis"))
    server.start()
    yield server
    server.kill()


async def law_of_stores(writing: StreamStore, reading: StreamStore) -> None:
    """What is written is read, from anywhere in it; one run takes the place of another; a run is stopped from afar."""
    run = await writing.begin("a")
    assert await reading.find("a") == run
    assert await reading.find("b") is None
    reader = asyncio.create_task(_all(reading, "a", run, 0))
    assert await writing.add("a", run, [b"%d," % number for number in range(600)])
    assert await writing.add("a", run, [b"last"])
    await writing.finish("a", run)
    whole = b"".join(b"%d," % number for number in range(600)) + b"last"
    assert await reader == whole
    assert await _all(reading, "a", run, 600) == b"last"
    assert not await writing.add("a", run, [b"late"])
    other = await writing.begin("a")
    assert not await writing.add("a", run, [b"x"])
    assert await _all(reading, "a", run, 0) == b""
    assert await writing.add("a", other, [b"y"])
    await reading.stop("a")
    assert not await writing.add("a", other, [b"z"])
    await writing.finish("a", other)
    assert await _all(reading, "a", other, 0) == b"yz"


async def _all(store: StreamStore, key: str, run: str, after: int) -> bytes:
    return b"".join([data async for data in store.read(key, run, after)])


def test_redis_and_memory_keep_the_same_law(server: Server) -> None:
    async def main() -> None:
        memory = MemoryStreams()
        await law_of_stores(memory, memory)
        one, other = RedisStreams(server.connection(), interval=0.01), RedisStreams(server.connection(), interval=0.01)
        await law_of_stores(one, other)
        await one.aclose()
        await other.aclose()

    asyncio.run(main())


def test_a_stream_is_read_and_stopped_by_another_process_than_its_writer(server: Server) -> None:
    async def main() -> None:
        here, there = RedisStreams(server.connection()), RedisStreams(server.connection(), interval=0.01)
        ticking = [part for _ in range(200) for part in (0.02, TextDelta("x"))]
        model = ScriptedModel([[TextDelta("a"), *ticking, HANG, Finish("stop", Usage())]])
        writer = StreamWriter(here)
        from ai_sdk import stream_text

        run = await writer.start("k", stream_text(model, "hi"), UIMessageEncoder())
        seen = b""
        async for data in there.read("k", run, 0):
            seen += data
            if seen.count(b'"x"') > 3:
                await StreamWriter(there).stop("k")
        assert b'{"type":"abort","reason":"stopped"}' in seen
        assert seen.endswith(b"data: [DONE]\n\n")
        assert not model.wires[0].open
        await here.aclose()
        await there.aclose()

    asyncio.run(main())
