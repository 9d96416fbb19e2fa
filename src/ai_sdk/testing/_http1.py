"""A small HTTP/1.1 server on a free loopback port, which the servers of this package are made of."""

from __future__ import annotations

import asyncio
import json
import socket
import struct
import threading
from collections.abc import Callable, Mapping
from concurrent.futures import Future
from contextlib import suppress
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import TYPE_CHECKING, Any, NoReturn, Self, cast

if TYPE_CHECKING:
    from types import TracebackType

__all__ = ["Aborted", "LoopbackServer", "Received", "Reply", "parse_request"]

_RESET_ON_CLOSE = struct.pack("ii", 1, 0)


@dataclass(frozen=True, slots=True)
class Received:
    """A request as the server got it; header names are in lower case, ``path`` has the query."""

    method: str
    path: str
    headers: Mapping[str, str] = field(repr=False)
    body: bytes = field(repr=False)

    @property
    def json(self) -> Any:
        """The decoded body, None when it is not JSON."""
        try:
            return json.loads(self.body)
        except ValueError:
            return None

    @property
    def route(self) -> tuple[str, str]:
        """The method, and the path without its query."""
        return self.method, self.path.partition("?")[0]


@dataclass(frozen=True, slots=True)
class Aborted:
    """An answer that the client did not stay for; ``events`` is how many server-sent events had gone out."""

    path: str
    events: int


def parse_request(data: bytes | bytearray) -> tuple[Received, int] | None:
    """The first request in ``data`` and how many bytes it takes; None while it is not all here.

    Raises ``ValueError`` for what is not HTTP/1.1.
    """
    end = data.find(b"\r\n\r\n")
    if end < 0:
        return None
    first, *lines = bytes(data[:end]).decode("latin-1").split("\r\n")
    method, path, version = first.split(" ")
    if not version.startswith("HTTP/1."):
        raise ValueError(f"{version} is not HTTP/1.1")
    headers = {name.strip().lower(): value.strip() for name, _, value in (line.partition(":") for line in lines)}
    start = end + 4
    if headers.get("transfer-encoding", "").lower() == "chunked":
        chunked = _parse_chunked(data, start)
        return None if chunked is None else (Received(method, path, headers, chunked[0]), chunked[1])
    stop = start + int(headers.get("content-length", "0"))
    if len(data) < stop:
        return None
    return Received(method, path, headers, bytes(data[start:stop])), stop


def _parse_chunked(data: bytes | bytearray, at: int) -> tuple[bytes, int] | None:
    pieces: list[bytes] = []
    while (line := data.find(b"\r\n", at)) >= 0:
        size = int(bytes(data[at:line]).partition(b";")[0], 16)
        at = line + 2 + size + 2
        if len(data) < at:
            return None
        if size == 0:
            return b"".join(pieces), at
        pieces.append(bytes(data[line + 2 : line + 2 + size]))
    return None


class Reply:
    """The answer to one request: whole with ``send``, or ``start``, any number of ``write`` or ``event``, and ``end``.

    When the client goes away the task that answers is cancelled, wherever it waits.
    """

    def __init__(self, connection: _Connection) -> None:
        self._connection = connection
        self.events = 0
        self.over = False

    async def send(
        self, status: int, body: bytes, content_type: str = "application/json", headers: Mapping[str, str] | None = None
    ) -> None:
        """Send a whole answer."""
        head = {"content-type": content_type, "content-length": str(len(body)), **(headers or {})}
        self.over = True
        await self._put(_head(status, head) + body)

    async def start(
        self, status: int = 200, content_type: str = "text/event-stream", headers: Mapping[str, str] | None = None
    ) -> None:
        """Send the head of an answer whose body comes in pieces."""
        head = {"content-type": content_type, "transfer-encoding": "chunked", **(headers or {})}
        await self._put(_head(status, head))

    async def start_sized(self, size: int, content_type: str = "application/json") -> None:
        """Send the head of an answer that promises ``size`` bytes; ``write_raw`` sends them."""
        await self._put(_head(200, {"content-type": content_type, "content-length": str(size)}))

    async def write(self, data: bytes) -> None:
        """Send a piece of the body."""
        if data:
            await self._put(b"%x\r\n%b\r\n" % (len(data), data))

    async def write_raw(self, data: bytes) -> None:
        """Send bytes as they are."""
        await self._put(data)

    async def event(self, data: bytes) -> None:
        """Send a server-sent event, already framed, and count it."""
        await self.write(data)
        self.events += 1

    async def end(self) -> None:
        """End the body as it should end."""
        self.over = True
        await self._put(b"0\r\n\r\n")

    def cut(self, *, reset: bool = False) -> None:
        """Close the connection in the middle of the answer, after what was sent; ``reset``: with a TCP reset."""
        self.over = True
        self._connection.cut(reset)

    async def hang(self) -> NoReturn:
        """Send nothing more until the client goes away."""
        await asyncio.get_running_loop().create_future()
        raise AssertionError("nothing resolves this future")

    async def _put(self, data: bytes) -> None:
        await self._connection.put(data)


def _head(status: int, headers: Mapping[str, str]) -> bytes:
    try:
        phrase = HTTPStatus(status).phrase
    except ValueError:
        phrase = "Unknown"
    lines = [f"HTTP/1.1 {status} {phrase}", *(f"{name}: {value}" for name, value in headers.items()), "", ""]
    return "\r\n".join(lines).encode("latin-1")


class _Connection(asyncio.Protocol):
    """One connection: its requests are answered one after the other, each in a task of its own."""

    def __init__(self, server: LoopbackServer) -> None:
        self.server = server
        self.task: asyncio.Task[None] | None = None
        self._data = bytearray()
        self._writable = asyncio.Event()
        self._writable.set()
        self._transport: asyncio.Transport | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast("asyncio.Transport", transport)
        self.server.connected(self)

    def data_received(self, data: bytes) -> None:
        self._data += data
        self._next()

    def eof_received(self) -> None:
        self.abort()

    def pause_writing(self) -> None:
        self._writable.clear()

    def resume_writing(self) -> None:
        self._writable.set()

    def connection_lost(self, exc: Exception | None) -> None:
        self._transport = None
        if self.task is not None:
            self.task.cancel()
        self.server.disconnected(self)

    def abort(self) -> None:
        """Drop the connection now."""
        if self._transport is not None:
            self._transport.abort()

    def cut(self, reset: bool) -> None:
        """Close when what was written is sent."""
        if self._transport is None:
            return
        if reset:
            peer = cast("socket.socket", self._transport.get_extra_info("socket"))
            peer.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _RESET_ON_CLOSE)
        self._transport.close()

    async def put(self, data: bytes) -> None:
        """Write, and let the other side have its turn."""
        if self._transport is not None and not self._transport.is_closing():
            self._transport.write(data)
        await self._writable.wait()
        await asyncio.sleep(0)

    def _next(self) -> None:
        if self.task is not None or self._transport is None or self._transport.is_closing():
            return
        try:
            parsed = parse_request(self._data)
        except ValueError:
            self._transport.write(_head(400, {"content-length": "0", "connection": "close"}))
            self._transport.close()
            return
        if parsed is not None:
            request, size = parsed
            del self._data[:size]
            reply = Reply(self)
            self.server.received(request)
            self.task = asyncio.get_running_loop().create_task(self.server.answer(request, reply))
            self.task.add_done_callback(lambda task: self._answered(task, request, reply))

    def _answered(self, task: asyncio.Task[None], request: Received, reply: Reply) -> None:
        self.task = None
        gone = self._transport is None
        error = None if task.cancelled() else task.exception()
        self.server.answered(request, reply, gone=gone, error=error)
        if gone:
            return
        if not reply.over:
            self.abort()
        elif request.headers.get("connection", "").lower() == "close":
            self.cut(reset=False)
        else:
            self._next()


class LoopbackServer:
    """A server on a free port of 127.0.0.1, for ``async with`` (in the running loop) or ``with`` (in its own thread).

    ``requests`` are the requests that it got and ``aborted`` the answers that clients did not stay for, in order. The
    servers of this package derive from it and write ``answer``.
    """

    def __init__(self) -> None:
        self.requests: list[Received] = []
        self.aborted: list[Aborted] = []
        self._connections: set[_Connection] = set()
        self._answering = 0
        self._watches: list[tuple[Callable[[], bool], Future[None]]] = []
        self._loop: asyncio.AbstractEventLoop | None = None
        self._server: asyncio.Server | None = None
        self._thread: threading.Thread | None = None
        self._stop: asyncio.Event | None = None
        self._port = 0

    async def answer(self, request: Received, reply: Reply) -> None:
        """Answer one request."""
        raise NotImplementedError

    @property
    def base_url(self) -> str:
        """``http://127.0.0.1:<port>/v1``."""
        if self._loop is None:
            raise RuntimeError(f"{type(self).__name__} is not running: enter it with 'async with' or 'with'")
        return f"http://127.0.0.1:{self._port}/v1"

    @property
    def open_connections(self) -> int:
        """How many TCP connections are open, those that wait for another request included."""
        return len(self._connections)

    @property
    def answering(self) -> int:
        """How many requests are being answered right now."""
        return self._answering

    async def until(self, condition: Callable[[], bool]) -> None:
        """Wait until ``condition()`` is true; works from any event loop.

        It is evaluated now and whenever a client comes or goes, a request arrives or an answer ends.
        """
        await asyncio.wrap_future(self._watch(condition))

    async def wait_idle(self) -> None:
        """Wait until no request is being answered."""
        await self.until(lambda: self._answering == 0)

    def block_until(self, condition: Callable[[], bool], timeout: float = 5.0) -> None:
        """Do what ``until`` does, for code without an event loop; raises ``TimeoutError`` after ``timeout`` seconds."""
        self._watch(condition).result(timeout)

    def _watch(self, condition: Callable[[], bool]) -> Future[None]:
        if self._loop is None:
            raise RuntimeError(f"{type(self).__name__} is not running: enter it with 'async with' or 'with'")
        future: Future[None] = Future()

        def watch() -> None:
            self._watches.append((condition, future))
            self._changed()

        self._loop.call_soon_threadsafe(watch)
        return future

    def _changed(self) -> None:
        left: list[tuple[Callable[[], bool], Future[None]]] = []
        for condition, future in self._watches:
            if future.done():
                continue
            try:
                if not condition():
                    left.append((condition, future))
                    continue
            except Exception as error:  # noqa: BLE001 - it belongs to whoever waits
                _settle(future, error)
            else:
                _settle(future, None)
        self._watches = left

    def connected(self, connection: _Connection) -> None:
        """Count a connection that a client opened."""
        self._connections.add(connection)
        self._changed()

    def disconnected(self, connection: _Connection) -> None:
        """Forget a connection that is closed."""
        self._connections.discard(connection)
        self._changed()

    def received(self, request: Received) -> None:
        """Note a request that is about to be answered."""
        self.requests.append(request)
        self._answering += 1
        self._changed()

    def answered(self, request: Received, reply: Reply, *, gone: bool, error: BaseException | None) -> None:
        """Note how an answer ended."""
        self._answering -= 1
        if gone and not reply.over and self._server is not None:
            self.aborted.append(Aborted(request.path, reply.events))
        if error is not None and self._loop is not None:
            self._loop.call_exception_handler({"message": f"answering {request!r} failed", "exception": error})
        self._changed()

    async def __aenter__(self) -> Self:
        if self._loop is not None:
            raise RuntimeError(f"{type(self).__name__} is running already")
        loop = asyncio.get_running_loop()
        self._server = await loop.create_server(lambda: _Connection(self), "127.0.0.1", 0, backlog=2048)
        self._port = self._server.sockets[0].getsockname()[1]
        self._loop = loop
        return self

    async def __aexit__(
        self, _kind: type[BaseException] | None, _error: BaseException | None, _tb: TracebackType | None
    ) -> None:
        server, self._server = self._server, None
        assert server is not None
        server.close()
        tasks = [each.task for each in self._connections if each.task is not None]
        for connection in list(self._connections):
            connection.abort()
        await asyncio.gather(*tasks, return_exceptions=True)
        await self.until(lambda: not self._connections)
        await server.wait_closed()
        self._changed()
        for _, future in self._watches:
            _settle(future, RuntimeError("the server was stopped before the condition came true"))
        self._watches.clear()
        self._loop = None

    def __enter__(self) -> Self:
        started: Future[None] = Future()
        self._thread = threading.Thread(target=lambda: self._run(started), name=type(self).__name__, daemon=True)
        self._thread.start()
        started.result()
        return self

    def __exit__(
        self, _kind: type[BaseException] | None, _error: BaseException | None, _tb: TracebackType | None
    ) -> None:
        assert self._loop is not None
        assert self._stop is not None
        assert self._thread is not None
        self._loop.call_soon_threadsafe(self._stop.set)
        self._thread.join()
        self._thread = None

    def _run(self, started: Future[None]) -> None:
        async def main() -> None:
            self._stop = asyncio.Event()
            async with self:
                started.set_result(None)
                await self._stop.wait()

        try:
            asyncio.run(main())
        except BaseException as error:
            if started.done():
                raise
            started.set_exception(error)

    def __repr__(self) -> str:
        where = self.base_url if self._loop is not None else "not running"
        return f"<{type(self).__name__} {where}>"


def _settle(future: Future[None], error: Exception | None) -> None:
    with suppress(Exception):  # whoever waited may have been cancelled a moment ago, in another thread
        if error is not None:
            future.set_exception(error)
        else:
            future.set_result(None)
