"""A connection that is kept up: one task opens, watches, re-opens and closes it; any task of any loop may use it.

The contexts of the ``mcp`` package hold cancel scopes, which must be left in the task that entered them. They are
entered and left by the task of ``Link`` alone; requests run in the task of whoever makes them, so that a cancellation
of that task is told to the server.
"""

from __future__ import annotations

import asyncio
import random
from collections import deque
from collections.abc import Awaitable, Callable, Coroutine
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, TypeVar, cast

from ai_sdk.mcp._log import Redactor, tell
from ai_sdk.mcp._opening import Target, open_target
from ai_sdk.mcp.errors import MCPConnectionError, MCPError, MCPLimitError, MCPTimeoutError
from ai_sdk.mcp.limits import Limits

if TYPE_CHECKING:
    from mcp import Client

    from ai_sdk.errors import AISDKError

T = TypeVar("T")

_CONNECTION_CLOSED = -32000
_INVALID_REQUEST = -32600
_FIRST_DELAY = 0.5
_LONGEST_DELAY = 30.0
_LAST_LINES = 5
_LONGEST_END = 10.0  # a program that does not want to end takes eight and a half


@dataclass(eq=False, slots=True)
class _Live:
    """One life of the connection. ``over`` is set when it has ended or shall end."""

    over: asyncio.Event
    client: Client | None = None
    used: bool = False


@dataclass(frozen=True, slots=True)
class Settings:
    """How a connection is made. Times are in seconds; ``restarts`` is how often in a row it is made again."""

    target: Target
    server: str
    connect_timeout: float
    restarts: int
    limits: Limits
    callbacks: dict[str, Any] = field(repr=False)
    redacted: Redactor = field(repr=False)
    heard: Callable[[str], None] = field(repr=False)


class Link:
    """The connection. ``start`` before, ``aclose`` after; both in the loop that it belongs to.

    ``on_open`` is awaited at each connection before anybody uses it; ``beside`` runs in a task while it lasts.
    """

    def __init__(
        self,
        settings: Settings,
        on_open: Callable[[Client], Awaitable[None]],
        beside: Callable[[Client], Coroutine[Any, Any, None]],
    ) -> None:
        self._settings = settings
        self._on_open = on_open
        self._beside = beside
        self._closing = False
        self._was_open = False
        self._interruptible = True
        self._live: _Live | None = None
        self._failures = 0
        self._last_lines: deque[str] = deque(maxlen=_LAST_LINES)

    async def start(self) -> None:
        """Connect. Raises ``MCPConnectionError`` when that fails, without trying again."""
        self._loop = asyncio.get_running_loop()
        self._ready: asyncio.Future[_Live | AISDKError] = self._loop.create_future()
        self._wanted = asyncio.Event()
        self._task = self._loop.create_task(self._run(), name=f"ai_sdk.mcp {self._settings.server}")
        try:
            first = await asyncio.shield(self._ready)
        except BaseException:
            await self.aclose()
            raise
        if not isinstance(first, _Live):
            await self.aclose()
            raise first

    async def aclose(self) -> None:
        """End the connection and wait until it has ended, whatever happens to the caller. Calls in flight fail."""
        self._closing = True
        if self._live is not None:
            self._live.over.set()
        elif self._interruptible:
            self._task.cancel()
        cancelled: asyncio.CancelledError | None = None
        while not self._task.done():
            try:
                await asyncio.wait([self._task])
            except asyncio.CancelledError as error:
                cancelled = error
        self._settle(self._refusal("the connection is closed"))
        if cancelled is not None:
            raise cancelled

    async def request(
        self, run: Callable[[Client], Awaitable[T]], *, what: str, timeout: float | None, again: bool = False
    ) -> T:
        """Run a request on the live connection, waiting for it while it is made again; from any event loop.

        ``again``: a request that was cut off is sent once more. Raises ``MCPError`` and its kinds alone.
        """
        if asyncio.get_running_loop() is self._loop:
            return await self._request(run, what, timeout, again)
        if self._loop.is_closed() or not self._loop.is_running():
            raise self._refusal("the event loop that the connection belongs to has ended")
        there = asyncio.run_coroutine_threadsafe(self._request(run, what, timeout, again), self._loop)
        return await asyncio.wrap_future(there)

    async def _request(self, run: Callable[[Client], Awaitable[T]], what: str, timeout: float | None, again: bool) -> T:
        sent = [False]
        limit = asyncio.timeout(timeout)
        outcome: tuple[T | None, AISDKError | None] | None = None
        try:
            async with limit:
                outcome = await self._answer(run, what, sent, again)
        except TimeoutError:
            if not limit.expired():
                raise
        if outcome is None:
            raise MCPTimeoutError(
                f"{what} took longer than {timeout:g} s",
                server=self._settings.server,
                may_have_run=sent[0],
                seconds=timeout or 0.0,
            )
        value, error = outcome
        if error is not None:
            raise error
        return cast("T", value)

    async def _answer(
        self, run: Callable[[Client], Awaitable[T]], what: str, sent: list[bool], again: bool
    ) -> tuple[T | None, AISDKError | None]:
        """The answer or what to raise; nothing that the ``mcp`` package raised hangs on the error."""
        tries = 2
        while True:
            live = await self._connected()
            if not isinstance(live, _Live):
                return None, live
            assert live.client is not None
            tries -= 1
            sent[0] = True
            try:
                answer = await run(live.client)
            except Exception as error:  # noqa: BLE001 - becomes one of ours
                failed = self._what(error, live, what)
                if not isinstance(failed, MCPConnectionError):
                    live.used = True
                    return None, failed
                self._drop(live)
                if not tries or not (again or not failed.may_have_run):
                    return None, failed
                sent[0] = False
            else:
                live.used = True
                return answer, None

    async def _connected(self) -> _Live | AISDKError:
        if self._closing:
            return self._refusal("the connection is closed")
        if self._ready.done() and not isinstance(self._ready.result(), _Live):
            self._ready = self._loop.create_future()
            self._wanted.set()
        found: _Live | AISDKError = await asyncio.shield(self._ready)
        while isinstance(found, _Live) and found.over.is_set():
            if self._closing:
                return self._refusal("the connection is closed")
            self._drop(found)
            found = await asyncio.shield(self._ready)
        return found

    def _what(self, error: Exception, live: _Live, what: str) -> AISDKError:
        from mcp import MCPError as RemoteError

        server = self._settings.server
        if isinstance(error, MCPError):
            return error
        message = self._settings.redacted(str(error) or type(error).__name__)
        if not isinstance(error, RemoteError):
            if live.over.is_set():
                return MCPConnectionError(f"{what}: the connection broke", server=server, may_have_run=True)
            return MCPError(f"{what}: {message}", server=server)
        if error.code == _INVALID_REQUEST and error.message == "Session terminated":
            return MCPConnectionError(f"{what}: the server has ended the session", server=server, may_have_run=False)
        if error.code == _CONNECTION_CLOSED and (live.over.is_set() or error.message == "Connection closed"):
            return MCPConnectionError(
                f"{what}: the connection ended before the answer; it may have run", server=server, may_have_run=True
            )
        return MCPError(f"{what}: {message}", server=server, code=error.code, data=error.data)

    def _refusal(self, why: str) -> MCPConnectionError:
        return MCPConnectionError(why, server=self._settings.server, may_have_run=False)

    def _settle(self, with_: _Live | AISDKError) -> None:
        if not self._ready.done():
            self._ready.set_result(with_)

    def _drop(self, live: _Live) -> None:
        """Forget a life of the connection that has ended; who asks now waits for the next one."""
        live.over.set()
        if self._live is live:
            self._live = None
            self._ready = self._loop.create_future()

    async def _run(self) -> None:
        while not self._closing:
            failure = await self._one_life()
            self._interruptible = True
            if self._closing:
                return
            tell("info", "mcp.connection_lost", server=self._settings.server, why=failure and failure.message)
            if failure is not None:
                self._failures += 1
                if self._failures > self._settings.restarts or not self._was_open:
                    self._wanted.clear()
                    self._settle(failure)
                    if not self._was_open:
                        return
                    await self._wanted.wait()
                    continue
            await asyncio.sleep(self._delay())

    def _delay(self) -> float:
        longest = min(_FIRST_DELAY * 2 ** max(self._failures - 1, 0), _LONGEST_DELAY)
        return random.uniform(longest / 2, longest) if self._failures else 0.0

    async def _one_life(self) -> AISDKError | None:
        """Open the connection and keep it until it is over. Returns why it could not be used, or None."""
        live = _Live(asyncio.Event())
        failure: AISDKError | None = None
        try:
            await self._live_through(live)
        except Exception as error:  # noqa: BLE001 - whatever broke it is said to who asks
            failure = self._why(error)
        opened, used = live.client is not None, live.used
        self._drop(live)
        if opened and used:
            self._failures = 0
            return None
        return failure if failure is not None else self._refusal(f"the server ended the connection{self._said()}")

    async def _live_through(self, live: _Live) -> None:
        from mcp import Client

        settings = self._settings
        self._last_lines.clear()
        async with asyncio.timeout(None) as leaving, AsyncExitStack() as stack:
            async with asyncio.timeout(settings.connect_timeout):
                target = await open_target(
                    settings.target, settings.limits, settings.redacted, lost=live.over.set, said=self._heard
                )
                client = await stack.enter_async_context(Client(target, cache=None, **settings.callbacks))
                await self._on_open(client)
            live.client = client
            self._live = live
            self._was_open = True
            self._interruptible = False
            self._settle(live)
            task = asyncio.create_task(self._beside(client))
            try:
                await live.over.wait()
            finally:
                leaving.reschedule(self._loop.time() + _LONGEST_END)
                task.cancel()
                await asyncio.wait([task])

    def _heard(self, line: str) -> None:
        line = self._settings.redacted(line)
        self._last_lines.append(line[:300])
        self._settings.heard(line)

    def _why(self, error: BaseException) -> AISDKError:
        while isinstance(error, BaseExceptionGroup):
            error = cast("BaseExceptionGroup[BaseException]", error).exceptions[0]
        if isinstance(error, MCPLimitError):
            return error
        if isinstance(error, TimeoutError):
            return self._refusal(f"no connection within {self._settings.connect_timeout:g} s{self._said()}")
        said = self._settings.redacted(str(error) or type(error).__name__)
        return self._refusal(f"no connection: {type(error).__name__}: {said}{self._said()}")

    def _said(self) -> str:
        lines = " / ".join(each for each in self._last_lines if each)
        return f" (its last words: {lines})" if lines else ""
