"""A real server for tests: uvicorn on a free port, in a thread of its own, over a scripted model behind real HTTP."""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import Callable, Generator
from contextlib import contextmanager
from typing import Any

import uvicorn

__all__ = ["serving", "until"]


@contextmanager
def serving(make: Callable[[], Any]) -> Generator[str, None, None]:
    """The address of a running application, made in its own event loop."""
    server: list[uvicorn.Server] = []
    address: list[str] = []
    failed: list[BaseException] = []

    async def serve() -> None:
        app = make()
        if asyncio.iscoroutine(app):
            app = await app
        config = uvicorn.Config(app, port=0, log_level="error", lifespan="auto", timeout_graceful_shutdown=3)
        server.append(uvicorn.Server(config))
        running = asyncio.create_task(server[0].serve())
        while not server[0].started and not running.done():
            await asyncio.sleep(0.01)
        address.append(f"http://127.0.0.1:{server[0].servers[0].sockets[0].getsockname()[1]}")
        await running

    def run() -> None:
        try:
            asyncio.run(serve())
        except BaseException as error:
            failed.append(error)

    thread = threading.Thread(target=run, daemon=True)
    thread.start()
    until(lambda: bool(address or failed))
    assert not failed, failed
    try:
        yield address[0]
    finally:
        server[0].should_exit = True
        thread.join(10)
    assert not failed, failed


def until(true: Callable[[], Any], seconds: float = 20.0) -> None:
    """Wait for something that another thread or process does."""
    end = time.perf_counter() + seconds
    while not true():
        assert time.perf_counter() < end, "it did not become true"
        time.sleep(0.01)
