"""One engine for each event loop, which ends with its loop, silently."""

from __future__ import annotations

import asyncio
import os
import threading
from contextlib import suppress
from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Callable

    from ai_sdk.http._wire import Engine


class Loops:
    """The engines of one ``HTTP``, by event loop.

    An engine's loop closes it through an asynchronous generator, which ``asyncio.run`` and every runner like it closes
    before the loop. A loop that was closed without that is found when the next engine is made, and at the end of the
    ``HTTP`` or of the process. ``module`` is what ``make`` imports.
    """

    def __init__(self, module: str, make: Callable[[], Engine]) -> None:
        self._module = module
        self._loaded = False
        self._make = make
        self._engines: dict[asyncio.AbstractEventLoop, Engine] = {}
        self._guards: dict[asyncio.AbstractEventLoop, AsyncGenerator[None, None]] = {}
        self._lock = threading.Lock()
        self._process = os.getpid()

    async def engine(self) -> Engine:
        """The engine of the running loop."""
        loop = asyncio.get_running_loop()
        engine = self._engines.get(loop)
        if engine is not None:
            return engine
        if not self._loaded:  # in a thread: aiohttp takes a few hundred milliseconds, which would stop the loop
            await asyncio.to_thread(import_module, self._module)
            self._loaded = True
        return self._engines.get(loop) or await self._begin(loop)

    async def _begin(self, loop: asyncio.AbstractEventLoop) -> Engine:
        self._forget_closed()
        engine = self._make()
        guard = self._until_the_end(loop, engine)
        await anext(guard)
        with self._lock:
            self._engines[loop] = engine
            self._guards[loop] = guard
        return engine

    async def _until_the_end(self, loop: asyncio.AbstractEventLoop, engine: Engine) -> AsyncGenerator[None, None]:
        try:
            yield
        finally:
            self._take(loop)
            await engine.aclose()

    def _take(self, loop: asyncio.AbstractEventLoop) -> tuple[Engine | None, AsyncGenerator[None, None] | None]:
        with self._lock:
            return self._engines.pop(loop, None), self._guards.pop(loop, None)

    def _forget_closed(self) -> None:
        with self._lock:
            closed = [loop for loop in self._engines if loop.is_closed()]
        for loop in closed:
            engine, _ = self._take(loop)
            if engine is not None:
                engine.kill()

    async def aclose(self) -> None:
        """Close the engine of this loop and wait for it; tell the others."""
        engine, guard = self._take(asyncio.get_running_loop())
        if engine is not None and guard is not None:
            await engine.aclose()
            await guard.aclose()
        self.end()

    def end(self) -> None:
        """Close all engines synchronously, each in its own thread where that one runs."""
        if os.getpid() != self._process:  # a fork shares the sockets of its parent
            self._engines.clear()
            return
        with self._lock:
            loops = list(self._engines)
        for loop in loops:
            engine, _ = self._take(loop)
            if engine is not None:
                run_in(loop, engine.kill)


def run_in(loop: asyncio.AbstractEventLoop, action: Callable[[], None]) -> None:
    """Run ``action`` where it is safe for this loop: soon in its thread, or now if nobody runs it."""
    try:
        here = asyncio.get_running_loop()
    except RuntimeError:
        here = None
    if here is not loop and loop.is_running():
        with suppress(RuntimeError):
            loop.call_soon_threadsafe(action)
            return
    action()


def end_transport(transport: asyncio.BaseTransport | None, loop: asyncio.AbstractEventLoop) -> None:
    """Abort a connection; one whose loop is closed already can only be ended by hand."""
    if not isinstance(transport, asyncio.WriteTransport):
        return
    with suppress(RuntimeError):
        transport.abort()
    if loop.is_closed():
        inner = getattr(getattr(transport, "_ssl_protocol", None), "_transport", transport)
        socket = transport.get_extra_info("socket")
        finish = getattr(inner, "_call_connection_lost", None)
        if finish is not None and socket is not None and socket.fileno() >= 0:
            with suppress(RuntimeError):
                finish(None)
