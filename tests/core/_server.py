"""A tiny HTTP/1.1 server on loopback that answers with the bytes it is given, and remembers what it saw."""

from __future__ import annotations

import asyncio
import os
import threading
from collections.abc import AsyncGenerator, Awaitable, Callable, Generator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

import ai_sdk

if TYPE_CHECKING:
    import ssl

PATIENCE = 20.0
SOURCE = {**os.environ, "PYTHONPATH": str(Path(ai_sdk.__file__).parents[1])}  # for interpreters of their own


@dataclass
class Seen:
    """One request as it was on the wire; header names in lower case."""

    line: str
    headers: dict[str, str]
    body: bytes


class Connection:
    """What an answer writes to."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.reader = reader
        self.writer = writer

    async def send(self, *data: bytes) -> None:
        self.writer.write(b"".join(data))  # Python 3.12.1 spins for ever on writelines([b""])
        await self.writer.drain()

    async def until_closed(self) -> None:
        """Wait until the client closes its side."""
        await self.reader.read()


Answer = Callable[[Seen, Connection], Awaitable[None]]


@dataclass
class Server:
    """Counts connections; ``idle`` is set while there is none."""

    answer: Answer
    scheme: str = "http"
    port: int = 0
    connections: int = 0
    requests: list[Seen] = field(default_factory=list[Seen])
    open: set[asyncio.StreamWriter] = field(default_factory=set[asyncio.StreamWriter])
    idle: asyncio.Event = field(default_factory=asyncio.Event)
    loop: asyncio.AbstractEventLoop = field(default_factory=asyncio.get_running_loop)

    @property
    def url(self) -> str:
        return f"{self.scheme}://127.0.0.1:{self.port}/v1/chat"

    async def all_closed(self) -> None:
        async with asyncio.timeout(PATIENCE):
            await self.idle.wait()

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connections += 1
        self.open.add(writer)
        self.idle.clear()
        try:
            while (seen := await _request(reader)) is not None:
                self.requests.append(seen)
                await self.answer(seen, Connection(reader, writer))
        except (ConnectionError, asyncio.IncompleteReadError):
            pass
        finally:
            self.open.discard(writer)
            writer.close()
            if not self.open:
                self.idle.set()


async def _request(reader: asyncio.StreamReader) -> Seen | None:
    try:
        head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1")
    except asyncio.IncompleteReadError:
        return None
    line, *lines = head.strip().split("\r\n")
    headers = {name.lower(): value.strip() for name, _, value in (each.partition(":") for each in lines)}
    return Seen(line, headers, await reader.readexactly(int(headers.get("content-length", "0"))))


@asynccontextmanager
async def serving(answer: Answer, tls: ssl.SSLContext | None = None) -> AsyncGenerator[Server, None]:
    """Serve in the running loop."""
    server = Server(answer, "https" if tls else "http")
    listener = await asyncio.start_server(server.serve, "127.0.0.1", 0, ssl=tls, backlog=2048)
    server.port = listener.sockets[0].getsockname()[1]
    try:
        yield server
    finally:
        listener.close()
        for writer in list(server.open):
            writer.transport.abort()
        if server.connections:
            await server.all_closed()
        await listener.wait_closed()


@contextmanager
def serving_in_thread(answer: Answer) -> Generator[Server, None, None]:
    """Serve in a loop of its own, for clients in other threads and processes."""
    ready: list[Server] = []
    started = threading.Event()
    loop = asyncio.new_event_loop()
    stop = asyncio.Event()

    async def main() -> None:
        async with serving(answer) as server:
            ready.append(server)
            started.set()
            await stop.wait()

    thread = threading.Thread(target=lambda: loop.run_until_complete(main()))
    thread.start()
    started.wait(PATIENCE)
    try:
        yield ready[0]
    finally:
        loop.call_soon_threadsafe(stop.set)
        thread.join(PATIENCE)
        loop.close()


def response(body: bytes, *headers: str, status: str = "200 OK") -> bytes:
    """A whole response."""
    lines = [f"HTTP/1.1 {status}", f"Content-Length: {len(body)}", *headers]
    return "\r\n".join(lines).encode("latin-1") + b"\r\n\r\n" + body


CHUNKED = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nContent-Type: text/event-stream\r\n\r\n"
LAST_CHUNK = b"0\r\n\r\n"


def chunk(data: bytes) -> bytes:
    """One chunk of a chunked body."""
    return b"%x\r\n%s\r\n" % (len(data), data)


def always(*data: bytes) -> Answer:
    """Answer every request with these bytes."""

    async def answer(_seen: Seen, connection: Connection) -> None:
        await connection.send(*data)

    return answer


def then_wait(*data: bytes) -> Answer:
    """Send these bytes and nothing more, until the client closes."""

    async def answer(_seen: Seen, connection: Connection) -> None:
        await connection.send(*data)
        await connection.until_closed()

    return answer


def then_close(*data: bytes) -> Answer:
    """Send these bytes and close."""

    async def answer(_seen: Seen, connection: Connection) -> None:
        await connection.send(*data)
        raise ConnectionAbortedError

    return answer
