"""MCP over real HTTP: our server, the reference server with both kinds of HTTP, and servers that go away."""

from __future__ import annotations

import asyncio
import os
import signal
import socket
import subprocess
import sys
import textwrap
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
from mcp_kit import REFERENCE, need_reference_servers, npm_folder

from ai_sdk.mcp import Limits, MCPConnectionError, MCPError, connect, http, sse

pytestmark = pytest.mark.live

SERVER = textwrap.dedent("""
    import asyncio, os, sys
    from ai_sdk.mcp import serve

    async def work(seconds: float) -> str:
        "Work."
        await asyncio.sleep(seconds)
        return f"worked in {os.getpid()}"

    async def big(size: int) -> str:
        "A long text."
        return "x" * size

    asyncio.run(serve(work, big, transport="http", port=int(sys.argv[1]), token=os.environ.get("TOKEN")))
""")


def free_port() -> int:
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return int(found.getsockname()[1])


@asynccontextmanager
async def running(command: list[str], port: int, **env: str) -> AsyncGenerator[subprocess.Popen[bytes], None]:
    """A program that listens on a port."""
    source = Path(__file__).parents[2] / "src"
    child = subprocess.Popen(
        command,
        env={**os.environ, "PYTHONPATH": str(source), **env},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        async with asyncio.timeout(30):
            while True:
                try:
                    _, writer = await asyncio.open_connection("127.0.0.1", port)
                except OSError:
                    assert child.poll() is None
                    await asyncio.sleep(0.05)
                else:
                    writer.close()
                    break
        yield child
    finally:
        child.kill()
        child.wait()


def ours(port: int) -> list[str]:
    return [sys.executable, "-c", SERVER, str(port)]


def test_a_server_that_goes_away_in_the_middle_and_comes_back() -> None:
    port = free_port()

    async def main() -> None:
        target = http(f"http://127.0.0.1:{port}/mcp")
        async with running(ours(port), port) as first, connect(target, name="web", restarts=20) as server:
            assert await server.call_tool("work", {"seconds": 0}) == f"worked in {first.pid}"
            call = asyncio.create_task(server.call_tool("work", {"seconds": 60}))
            await asyncio.sleep(0.5)
            first.send_signal(signal.SIGKILL)
            with pytest.raises(MCPConnectionError) as caught:
                await call
            assert caught.value.may_have_run
            async with running(ours(port), port) as second:
                assert await server.call_tool("work", {"seconds": 0}) == f"worked in {second.pid}"

    asyncio.run(main())


def test_a_token_is_needed_where_one_is_set() -> None:
    port = free_port()
    url = f"http://127.0.0.1:{port}/mcp"

    async def main() -> None:
        async with running(ours(port), port, TOKEN="hunter2-secret"):
            good = {"Authorization": "Bearer hunter2-secret"}
            async with connect(http(url, headers=lambda: good)) as server:
                assert "worked" in await server.call_tool("work", {"seconds": 0})
            for headers in ({}, {"Authorization": "Bearer wrong-secret"}):
                with pytest.raises((MCPError, MCPConnectionError)) as caught:
                    async with connect(http(url, headers=headers), name="web"):
                        raise AssertionError
                assert "secret" not in str(caught.value)

    asyncio.run(main())


def test_an_answer_over_the_limit_is_not_taken_and_the_connection_goes_on() -> None:
    port = free_port()

    async def main() -> None:
        target = http(f"http://127.0.0.1:{port}/mcp")
        async with running(ours(port), port), connect(target, limits=Limits(message_bytes=20_000)) as server:
            assert len(await server.call_tool("big", {"size": 10_000})) == 10_000
            with pytest.raises(MCPError):
                await server.call_tool("big", {"size": 200_000})
            assert "worked" in await server.call_tool("work", {"seconds": 0})

    asyncio.run(main())


def test_nobody_listens() -> None:
    async def main(target: Any) -> None:
        with pytest.raises(MCPConnectionError, match="no connection") as caught:
            async with connect(target):
                raise AssertionError
        assert not caught.value.may_have_run

    asyncio.run(main(http(f"http://127.0.0.1:{free_port()}/mcp")))
    asyncio.run(main(sse(f"http://127.0.0.1:{free_port()}/sse?key=hunter2")))


def test_a_cancellation_reaches_the_server_over_http() -> None:
    from mcp.server.mcpserver import MCPServer

    ended: list[str] = []
    started = asyncio.Event()
    made = MCPServer("one")

    @made.tool()
    async def slow() -> str:
        """Slow."""
        started.set()
        try:
            await asyncio.sleep(60)
        except asyncio.CancelledError:
            ended.append("cancelled")
            raise
        return "done"

    async def main() -> None:
        import uvicorn

        port = free_port()
        listening = uvicorn.Server(
            uvicorn.Config(made.streamable_http_app(), port=port, log_level="error", timeout_graceful_shutdown=1)
        )
        task = asyncio.create_task(listening.serve())
        while not listening.started:
            await asyncio.sleep(0.02)
        async with connect(http(f"http://127.0.0.1:{port}/mcp")) as server:
            call = asyncio.create_task(server.call_tool("slow"))
            await started.wait()
            call.cancel()
            with pytest.raises(asyncio.CancelledError):
                await call
            async with asyncio.timeout(10):
                while not ended:
                    await asyncio.sleep(0.02)
        listening.should_exit = True
        await task

    asyncio.run(main())
    assert ended == ["cancelled"]


@pytest.mark.parametrize("kind", ["sse", "streamableHttp"])
def test_the_everything_server_over_http(kind: str) -> None:
    need_reference_servers()
    port = free_port()
    command = ["node", str(npm_folder() / REFERENCE["everything"]), kind]

    async def main() -> None:
        async with running(command, port, PORT=str(port)):
            target = sse(f"http://127.0.0.1:{port}/sse") if kind == "sse" else http(f"http://127.0.0.1:{port}/mcp")
            async with connect(target) as server:
                assert await server.call_tool("echo", {"message": "hi"}) == "Echo: hi"
                assert len(await server.tools()) > 5

    asyncio.run(main())
