"""Small layers that keep every law; the laws are tried on stacks of them."""

from __future__ import annotations

import asyncio
import threading
from collections import deque
from collections.abc import AsyncGenerator, AsyncIterator, Callable
from dataclasses import dataclass, field
from typing import TypeVar

from laws.harness import LanguageLayer

from ai_sdk.call import report
from ai_sdk.ending import Ending
from ai_sdk.model import AnyLayer, Layer, Model, layer
from ai_sdk.parts import LanguagePart, TextDelta
from ai_sdk.requests import LanguageRequest
from ai_sdk.response import hold
from ai_sdk.results import LanguageResponse

Req = TypeVar("Req")
Res = TypeVar("Res")


@layer
async def passing(request: Req, call: Model[Req, Res]) -> Res:
    """Change nothing."""
    return await call(request)


def marking(name: str, log: list[str]) -> AnyLayer:
    """Note the way in and the way out."""

    @layer
    async def marking(request: Req, call: Model[Req, Res]) -> Res:
        log.append(f"{name} in")
        response = await call(request)
        log.append(f"{name} out")
        return response

    return marking


def trying(attempts: int = 3) -> AnyLayer:
    """Call again after any exception, at most ``attempts`` times in all."""

    @layer
    async def trying(request: Req, call: Model[Req, Res]) -> Res:
        for left in range(attempts - 1, -1, -1):
            try:
                return await call(request)
            except Exception:
                if not left:
                    raise
                report("retried")
        raise AssertionError

    return trying


@dataclass(eq=False)
class Tag:
    """Something held; it remembers each release, with the task and the thread that released it."""

    name: str
    log: list[Tag]
    endings: list[Ending] = field(default_factory=list[Ending])
    task: asyncio.Task[object] | None = None
    thread: int = 0

    def release(self, ending: Ending, /) -> None:
        self.endings.append(ending)
        self.log.append(self)
        self.thread = threading.get_ident()
        try:
            self.task = asyncio.current_task()
        except RuntimeError:
            self.task = None

    @property
    def how(self) -> str:
        return " ".join([ending.how for ending in self.endings])


def holding(name: str, log: list[Tag]) -> AnyLayer:
    """Hold a tag for as long as the response lives."""

    @layer
    async def holding(request: Req, call: Model[Req, Res]) -> Res:
        return await hold(Tag(name, log), call, request)

    return holding


async def _same(parts: AsyncIterator[LanguagePart]) -> AsyncGenerator[LanguagePart, None]:
    async for part in parts:
        yield part


async def _upper(parts: AsyncIterator[LanguagePart]) -> AsyncGenerator[LanguagePart, None]:
    async for part in parts:
        yield TextDelta(part.text.upper(), part.id) if isinstance(part, TextDelta) else part


def mapping(*, peek: bool = False, upper: bool = False) -> Layer[LanguageRequest, LanguageResponse]:
    """Map the parts one by one: to themselves, or text to upper case."""

    @layer
    async def mapping(request: LanguageRequest, call: Model[LanguageRequest, LanguageResponse]) -> LanguageResponse:
        return await (await call(request)).through(_upper if upper else _same, peek=peek)

    return mapping


class Lease:
    """One slot that is taken."""

    def __init__(self, pool: Pool) -> None:
        self.pool: Pool | None = pool

    def release(self, _ending: Ending, /) -> None:
        pool, self.pool = self.pool, None
        if pool is not None:
            pool.give_back()


class Pool:
    """At most ``size`` leases at once, first come first served, over all event loops and threads.

    ``give_back`` never blocks, since a finaliser may run it inside this pool's own lock: what comes back is put on a
    deque, which whoever gets the lock empties.
    """

    def __init__(self, size: int) -> None:
        self.free = size
        self.lock = threading.Lock()
        self.returned: deque[None] = deque()
        self.waiters: deque[tuple[asyncio.AbstractEventLoop, asyncio.Future[None]]] = deque()

    async def take(self) -> Lease:
        loop = asyncio.get_running_loop()
        waiter = loop, loop.create_future()
        with self.lock:
            self.waiters.append(waiter)
        self.serve()
        try:
            await waiter[1]
        except asyncio.CancelledError:
            with self.lock:
                waiting = waiter in self.waiters
                if waiting:
                    self.waiters.remove(waiter)
            self.serve() if waiting else self.give_back()
            raise
        return Lease(self)

    def give_back(self) -> None:
        self.returned.append(None)
        self.serve()

    def serve(self) -> None:
        while (self.returned or (self.free and self.waiters)) and self.lock.acquire(blocking=False):
            try:
                while self.returned:
                    self.returned.popleft()
                    self.free += 1
                while self.free and self.waiters:
                    self.free -= _granted(*self.waiters.popleft())
            finally:
                self.lock.release()


def _granted(loop: asyncio.AbstractEventLoop, future: asyncio.Future[None]) -> bool:
    try:
        loop.call_soon_threadsafe(_grant, future)
    except RuntimeError:
        return False
    return True


def _grant(future: asyncio.Future[None]) -> None:
    if not future.done():
        future.set_result(None)


def slots(pool: Pool) -> AnyLayer:
    """Hold a slot of the pool for as long as the response lives."""

    @layer
    async def slots(request: Req, call: Model[Req, Res]) -> Res:
        return await hold(await pool.take(), call, request)

    return slots


def slot(size: int = 1) -> AnyLayer:
    """At most ``size`` calls at once."""
    return slots(Pool(size))


KINDS = ("pass", "try", "slot", "map", "peek")


def made(names: list[str]) -> list[LanguageLayer]:
    """A fresh stack, by the names of its layers; each gives on exactly the parts that it gets."""
    make: dict[str, Callable[[], LanguageLayer]] = {
        "pass": lambda: passing,
        "try": trying,
        "slot": slot,
        "map": mapping,
        "peek": lambda: mapping(peek=True),
    }
    return [make[name]() for name in names]
