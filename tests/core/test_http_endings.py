"""A stream that is left closes its connection, and everything ends with its event loop, silently."""

from __future__ import annotations

import asyncio
import gc
import os
import subprocess
import sys
import textwrap
import threading
from collections.abc import Generator

import httpx
import pytest

from ai_sdk.ending import Ending, Releasable
from ai_sdk.errors import APIConnectionError, ResponseClosedError
from ai_sdk.http import HTTP, Timeouts
from core._door import Engine, door, engines, no_proxies, post
from core._server import (
    CHUNKED,
    LAST_CHUNK,
    SOURCE,
    Connection,
    Seen,
    Server,
    always,
    chunk,
    response,
    serving,
    serving_in_thread,
    then_wait,
)

__all__ = ["no_proxies"]

ENDLESS = then_wait(CHUNKED, chunk(b"one"))
CLOSED = Ending("closed")


async def whole_or_endless(seen: Seen, connection: Connection) -> None:
    await (always(response(b"ok")) if "/whole" in seen.line else ENDLESS)(seen, connection)


@engines
def test_a_release_in_the_middle_closes_the_connection_at_once(engine: Engine) -> None:
    async def main() -> None:
        async with serving(ENDLESS) as server, door(engine) as http:
            stream = await http.open(post(server.url))
            assert isinstance(stream, Releasable)
            chunks = stream.chunks()
            assert await anext(chunks) == b"one"
            stream.release(CLOSED)
            stream.release(CLOSED)
            await stream.settle()
            await server.all_closed()
            with pytest.raises(ResponseClosedError):
                await anext(chunks)
            with pytest.raises(ResponseClosedError):
                await stream.read()
            assert repr(stream) == "HTTPStream(200, over)"

    asyncio.run(main())


@engines
def test_a_release_before_the_first_read_closes_the_connection(engine: Engine) -> None:
    async def main() -> None:
        async with serving(ENDLESS) as server, door(engine) as http:
            (await http.open(post(server.url))).release(CLOSED)
            await server.all_closed()

    asyncio.run(main())


@engines
def test_a_release_wakes_a_reader(engine: Engine) -> None:
    async def main() -> None:
        async with serving(ENDLESS) as server, door(engine) as http:
            stream = await http.open(post(server.url))
            reader = asyncio.create_task(stream.read())
            for _ in range(20):
                await asyncio.sleep(0)
            stream.release(CLOSED)
            with pytest.raises(ResponseClosedError):
                await reader

    asyncio.run(main())


@engines
def test_a_release_after_the_end_keeps_the_connection(engine: Engine) -> None:
    async def main() -> None:
        async with serving(always(CHUNKED, chunk(b"one"), LAST_CHUNK)) as server, door(engine) as http:
            for _ in range(3):
                stream = await http.open(post(server.url))
                assert await stream.read() == b"one"
                stream.release(Ending("end"))
                await stream.settle()
                assert await stream.read() == b""
            assert server.connections == 1

    asyncio.run(main())


@engines
def test_a_dropped_stream_closes_its_connection(engine: Engine) -> None:
    async def main() -> None:
        async with serving(ENDLESS) as server, door(engine) as http:
            stream = await http.open(post(server.url))
            async for _ in stream.chunks():
                break
            del stream
            gc.collect()
            await server.all_closed()

    asyncio.run(main())


def test_a_released_stream_gives_its_place_in_the_clients_pool_back() -> None:
    async def main() -> None:
        limits = httpx.Limits(max_connections=1)
        async with serving(whole_or_endless) as server, httpx.AsyncHTTPTransport(limits=limits) as transport:
            http = HTTP(client=transport, timeouts=Timeouts(connect=5))
            for _ in range(3):
                stream = await http.open(post(f"{server.url}/endless"))
                stream.release(CLOSED)
                await stream.settle()
                await http.send(post(f"{server.url}/whole"))

    asyncio.run(main())


@engines
def test_a_second_cancellation_cannot_leave_the_connection_open(engine: Engine) -> None:
    async def main() -> None:
        async with serving(ENDLESS) as server, door(engine) as http:
            stream = await http.open(post(server.url))

            async def leave() -> None:
                stream.release(CLOSED)
                await stream.settle()

            task = asyncio.create_task(leave())
            await asyncio.sleep(0)
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)
            await server.all_closed()

    asyncio.run(main())


@engines
def test_a_release_from_another_thread_closes_the_connection(engine: Engine) -> None:
    async def main() -> None:
        async with serving(ENDLESS) as server, door(engine) as http:
            stream = await http.open(post(server.url))
            await asyncio.to_thread(stream.release, CLOSED)
            await server.all_closed()

    asyncio.run(main(), debug=True)  # which refuses to be touched from another thread


def test_a_release_after_the_loop_does_nothing_more() -> None:
    with serving_in_thread(ENDLESS) as server:
        http = HTTP()
        stream = asyncio.run(http.open(post(server.url)))
        assert closed(server)
        stream.release(CLOSED)
        with pytest.raises(ResponseClosedError):
            asyncio.run(stream.read())


def closed(server: Server) -> bool:
    """Wait, in another thread than the server's, until it has no connection."""
    return asyncio.run_coroutine_threadsafe(server.all_closed(), server.loop).result() is None


def test_the_end_of_the_object_closes_its_connections() -> None:
    async def main() -> None:
        async with serving(always(response(b"ok"))) as server:
            await HTTP().send(post(server.url))
            gc.collect()
            await server.all_closed()
            stream = await HTTP().open(post(server.url))
            gc.collect()
            assert await stream.read() == b"ok"

    asyncio.run(main())


def test_it_can_be_used_again_after_it_was_closed() -> None:
    async def main() -> None:
        async with serving(always(response(b"ok"))) as server:
            http = HTTP()
            await http.aclose()
            for _ in range(2):
                await http.send(post(server.url))
                await http.aclose()
                await http.aclose()
                await server.all_closed()
            assert server.connections == 2

    asyncio.run(main())


def test_closing_fails_what_is_on_its_way() -> None:
    async def main() -> None:
        async with serving(then_wait()) as server:
            http = HTTP()
            sending = asyncio.create_task(http.send(post(server.url)))
            while not server.requests:
                await asyncio.sleep(0)
            await http.aclose()
            with pytest.raises(APIConnectionError, match="the HTTP object was closed"):
                await sending

    asyncio.run(main())


def test_one_object_serves_loops_one_after_the_other_and_keeps_none() -> None:
    with serving_in_thread(always(response(b"ok"))) as server:
        http = HTTP()
        for _ in range(3):
            assert asyncio.run(http.send(post(server.url))).body == b"ok"
            assert closed(server)
        assert http._loops._engines == {}
        assert server.connections == 3


def test_one_object_serves_many_threads_at_once() -> None:
    async def many(http: HTTP, url: str) -> set[bytes]:
        return {each.body for each in await asyncio.gather(*(http.send(post(url)) for _ in range(20)))}

    with serving_in_thread(always(response(b"ok"))) as server:
        http = HTTP()
        results: list[set[bytes]] = []
        threads = [
            threading.Thread(target=lambda: results.append(asyncio.run(many(http, server.url)))) for _ in range(4)
        ]
        for each in threads:
            each.start()
        for each in threads:
            each.join()
        assert results == [{b"ok"}] * 4
        assert closed(server)


def test_closing_in_one_loop_closes_the_others() -> None:
    with serving_in_thread(always(response(b"ok"))) as server:
        http, called, stop = HTTP(), threading.Event(), threading.Event()

        async def keep() -> None:
            await http.send(post(server.url))
            called.set()
            await asyncio.to_thread(stop.wait)

        thread = threading.Thread(target=asyncio.run, args=[keep()])
        thread.start()
        called.wait()
        assert len(server.open) == 1
        asyncio.run(http.aclose())
        assert closed(server)
        stop.set()
        thread.join()


def test_a_loop_that_was_closed_without_ceremony_is_forgotten() -> None:
    with serving_in_thread(always(response(b"ok"))) as server:
        http = HTTP()
        loop = asyncio.new_event_loop()
        loop.run_until_complete(http.send(post(server.url)))
        loop.close()
        assert len(server.open) == 1
        asyncio.run(http.send(post(server.url)))
        assert closed(server)
        assert http._loops._engines == {}


FORK = """
import asyncio, os, sys
from ai_sdk.http import HTTP, HTTPRequest

http, loop = HTTP(), asyncio.new_event_loop()
for turn in range(2):
    assert loop.run_until_complete(http.send(HTTPRequest("POST", {url!r}))).body == b"ok"
    if turn == 0:
        child = os.fork()
        if child == 0:
            sys.exit(0)
        os.waitpid(child, 0)
"""


@pytest.mark.skipif(not hasattr(os, "fork"), reason="this system does not fork")
def test_a_child_process_that_ends_leaves_the_connections_of_its_parent() -> None:
    with serving_in_thread(always(response(b"ok"))) as server:
        subprocess.run([sys.executable, "-c", FORK.format(url=server.url)], env=SOURCE, timeout=60, check=True)
        assert (len(server.requests), server.connections) == (2, 1)


SILENT = {
    "a call": "asyncio.run(call())",
    "a stream read to its end": "asyncio.run(read())",
    "a stream broken off": "asyncio.run(break_off())",
    "a stream dropped": "asyncio.run(drop())",
    "a stream left through release": "asyncio.run(release())",
    "a stream that outlives the loop": "stream = asyncio.run(open_())",
    "two loops, one after the other": "asyncio.run(call()); asyncio.run(break_off())",
    "two threads at once": "threads(lambda: asyncio.run(call()), lambda: asyncio.run(drop()))",
    "a loop that nobody closes properly": "bare(call())",
    "a stream in a loop that nobody closes properly": "stream = bare(open_())",
    "a daemon thread": "daemon(call())",
    "a cancelled call": "asyncio.run(cancelled(HTTPRequest('POST', url + '/endless')))",
    "a cancelled upload to a server that reads nothing": "deaf(b'x' * 30_000_000)",
    "an error that ends the program": "asyncio.run(fail())",
}

PROGRAM = """
import asyncio, logging, socket, sys, threading
import ai_sdk.http._aiohttp
from ai_sdk.http import HTTP, HTTPRequest
from ai_sdk.ending import Ending

logging.getLogger("asyncio").addFilter(lambda said: "took" not in said.msg)  # a busy machine is slow
http = HTTP()
url = {url!r}

async def call(): assert (await http.send(HTTPRequest("POST", url + "/whole"))).body == b"ok"
async def open_(): return await http.open(HTTPRequest("POST", url + "/endless"))
async def read(): assert await (await http.open(HTTPRequest("POST", url + "/whole"))).read() == b"ok"
async def break_off():
    stream = await open_()
    async for _ in stream.chunks(): break
async def drop():
    async for _ in (await open_()).chunks(): break
    await open_()
async def release():
    stream = await open_()
    await anext(stream.chunks())
    stream.release(Ending("closed"))
async def fail():
    await open_()
    sys.exit(0)
def threads(*targets):
    started = [threading.Thread(target=each) for each in targets]
    for each in started: each.start()
    for each in started: each.join()
def bare(coroutine):
    loop = asyncio.new_event_loop()
    try: return loop.run_until_complete(coroutine)
    finally: loop.close()
def daemon(coroutine):
    loop = asyncio.new_event_loop()
    threading.Thread(target=loop.run_forever, daemon=True).start()
    asyncio.run_coroutine_threadsafe(coroutine, loop).result()
async def cancelled(request):
    task = asyncio.create_task(http.send(request))
    await asyncio.sleep(0.1)
    task.cancel()
    await asyncio.wait([task])
def deaf(body):
    with socket.create_server(("127.0.0.1", 0)) as server:
        url = "http://127.0.0.1:%d/" % server.getsockname()[1]
        asyncio.run(cancelled(HTTPRequest("POST", url, {{}}, body)))

{action}
"""


@pytest.fixture(scope="module")
def url() -> Generator[str, None, None]:
    with serving_in_thread(whole_or_endless) as server:
        yield server.url


@pytest.mark.parametrize("action", SILENT.values(), ids=SILENT)
def test_everything_ends_silently(action: str, url: str) -> None:
    program = textwrap.dedent(PROGRAM).format(url=url, action=action)
    command = [sys.executable, "-X", "dev", "-W", "error", "-c", program]
    done = subprocess.run(command, env=SOURCE, capture_output=True, text=True, timeout=60, check=False)
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
