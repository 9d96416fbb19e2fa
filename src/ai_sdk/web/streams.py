"""Streams that a browser can come back to: where their events are kept, and the tasks that write them."""

from __future__ import annotations

import asyncio
import secrets
import threading
from collections import OrderedDict
from collections.abc import AsyncGenerator
from contextlib import aclosing
from typing import Protocol

import structlog

from ai_sdk.clock import Clock
from ai_sdk.errors import InvalidRequestError
from ai_sdk.web.chunks import DONE, Chunk, event
from ai_sdk.web.encoder import UIMessageEncoder
from ai_sdk.web.serving import Source, chunks_of

__all__ = ["MemoryStreams", "StreamStore", "StreamWriter"]

_MOST_EVENTS = 256


class StreamStore(Protocol):
    """Where the events of streams are kept, for a while. The events of a run are numbered from 1."""

    async def begin(self, key: str, /) -> str:
        """Begin a run under a key, in place of an earlier one, and return its id."""
        ...

    async def add(self, key: str, run: str, events: list[bytes], /) -> bool:
        """Keep events; whether the run is to go on, because nobody stopped it or began another."""
        ...

    async def finish(self, key: str, run: str, /) -> None:
        """Nothing more will come."""
        ...

    async def find(self, key: str, /) -> str | None:
        """The id of the last run under a key, while its events are kept."""
        ...

    def read(self, key: str, run: str, after: int, /) -> AsyncGenerator[bytes, None]:
        """The events after a number, and those to come, until the run is finished or forgotten."""
        ...

    async def stop(self, key: str, /) -> None:
        """Ask the run under a key to end."""
        ...


class _Run:
    """The events of one run, and who waits for more."""

    def __init__(self) -> None:
        self.id = secrets.token_hex(16)
        self.events: list[bytes] = []
        self.size = 0
        self.over = self.stopped = False
        self.until: float | None = None
        self.waiting: list[tuple[asyncio.AbstractEventLoop, asyncio.Future[None]]] = []

    def wake(self) -> None:
        waiting, self.waiting = self.waiting, []
        for loop, future in waiting:
            if not loop.is_closed():
                loop.call_soon_threadsafe(_wake, future)


def _wake(future: asyncio.Future[None]) -> None:
    if not future.done():
        future.set_result(None)


class MemoryStreams:
    """Keeps streams in the memory of this process, for ``ttl`` seconds after their end.

    ``max_runs``: how many; the oldest goes first. ``max_bytes``: of one run, which ends when it grows larger. The same
    object may serve several event loops and threads.
    """

    def __init__(self, *, ttl: float = 300.0, max_runs: int = 1_000, max_bytes: int = 64 * 1024 * 1024) -> None:
        for name, value in (("ttl", ttl), ("max_runs", max_runs), ("max_bytes", max_bytes)):
            if value <= 0:
                raise InvalidRequestError(f"{name} is {value!r}; allowed are numbers above 0", field=name)
        self.ttl = ttl
        self.max_runs = max_runs
        self.max_bytes = max_bytes
        self._runs: OrderedDict[str, _Run] = OrderedDict()
        self._clock = Clock()
        self._lock = threading.Lock()

    async def begin(self, key: str, /) -> str:
        """Begin a run in place of an earlier one."""
        with self._lock:
            self._end(self._runs.pop(key, None))
            self._forget()
            run = self._runs[key] = _Run()
            while len(self._runs) > self.max_runs:
                self._end(self._runs.popitem(last=False)[1])
            return run.id

    async def add(self, key: str, run: str, events: list[bytes], /) -> bool:
        """Keep events; whether the run is to go on."""
        with self._lock:
            found = self._runs.get(key)
            if found is None or found.id != run or found.over:
                return False
            found.events += events
            found.size += sum(map(len, events))
            found.wake()
            return not found.stopped and found.size <= self.max_bytes

    async def finish(self, key: str, run: str, /) -> None:
        """Nothing more will come."""
        with self._lock:
            found = self._runs.get(key)
            if found is not None and found.id == run:
                self._end(found)
                found.until = self._clock.now() + self.ttl

    async def find(self, key: str, /) -> str | None:
        """The id of the last run under a key."""
        with self._lock:
            self._forget()
            found = self._runs.get(key)
            return found.id if found is not None else None

    async def read(self, key: str, run: str, after: int, /) -> AsyncGenerator[bytes, None]:
        """The events after a number, and those to come."""
        loop = asyncio.get_running_loop()
        with self._lock:
            found = self._runs.get(key)
        if found is None or found.id != run:
            return
        at = max(0, after)
        while True:
            future: asyncio.Future[None] = loop.create_future()
            with self._lock:
                events, over = found.events[at : at + _MOST_EVENTS], found.over
                if not events and not over:
                    found.waiting.append((loop, future))
            at += len(events)
            if events:
                yield b"".join(events)
            elif over:
                return
            else:
                await future

    async def stop(self, key: str, /) -> None:
        """Ask the run under a key to end."""
        with self._lock:
            found = self._runs.get(key)
            if found is not None:
                found.stopped = True

    def _end(self, run: _Run | None) -> None:
        if run is not None:
            run.over = True
            run.wake()

    def _forget(self) -> None:
        """Drop what was over long ago."""
        now = self._clock.now()
        for key in [key for key, run in self._runs.items() if run.until is not None and run.until <= now]:
            del self._runs[key]


class StreamWriter:
    """Writes streams into a store, each in a task of its own, which goes on when the browser has left.

    The tasks belong to this object: ``aclose`` cancels those of the running loop and waits for them. A stream that is
    stopped, or whose place another one takes, is closed at once and says that it was aborted.
    """

    def __init__(self, store: StreamStore) -> None:
        self.store = store
        self._tasks: dict[str, asyncio.Task[None]] = {}

    async def start(self, key: str, source: Source, encoder: UIMessageEncoder) -> str:
        """Begin to write a stream, and return the id of its run."""
        await self._cancel(key)
        run = await self.store.begin(key)
        task = asyncio.get_running_loop().create_task(self._write(key, run, source, encoder))
        self._tasks[key] = task
        task.add_done_callback(lambda done: self._forget(key, done))
        return run

    async def stop(self, key: str) -> None:
        """End the stream under a key, in whichever process it is written."""
        await self.store.stop(key)
        await self._cancel(key)

    async def aclose(self) -> None:
        """End all streams of this loop."""
        loop = asyncio.get_running_loop()
        for key, task in list(self._tasks.items()):
            if task.get_loop() is loop:
                await self._cancel(key)

    async def _cancel(self, key: str) -> None:
        task = self._tasks.get(key)
        if task is None or task.done():
            return
        if task.get_loop() is asyncio.get_running_loop():
            task.cancel()
            await asyncio.wait([task])
        else:
            task.get_loop().call_soon_threadsafe(task.cancel)

    def _forget(self, key: str, task: asyncio.Task[None]) -> None:
        if self._tasks.get(key) is task:
            del self._tasks[key]
        if not task.cancelled() and (error := task.exception()) is not None:
            structlog.get_logger("ai_sdk").warning("web.stream_not_kept", error=type(error).__name__)

    async def _write(self, key: str, run: str, source: Source, encoder: UIMessageEncoder) -> None:
        numbers = _Numbers()
        try:
            async with aclosing(chunks_of(source, encoder)) as batches:
                async for chunks in batches:
                    if not await self.store.add(key, run, numbers.events(chunks)):
                        break
        finally:
            left = encoder.abort("stopped")  # nothing, when the message is at its end
            await self.store.add(key, run, [*numbers.events(left), DONE])
            await self.store.finish(key, run)


class _Numbers:
    """Numbers the events of a run, from 1."""

    def __init__(self) -> None:
        self._last = 0

    def events(self, chunks: list[Chunk]) -> list[bytes]:
        first = self._last + 1
        self._last += len(chunks)
        return [event(chunk, number) for number, chunk in enumerate(chunks, first)]
