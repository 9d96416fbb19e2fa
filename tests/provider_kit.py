"""A loopback HTTP server that answers from a list and remembers what it was asked."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncGenerator, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from email.parser import BytesParser
from email.policy import HTTP
from typing import Any

from ai_sdk.messages import user
from ai_sdk.requests import LanguageRequest


@dataclass
class Reply:
    """``body``: bytes, or plain data sent as JSON; ``pieces`` are sent one by one. ``cut``: break off after them.

    ``linger``: the body ends when this is set.
    """

    body: Any = b""
    status: int = 200
    headers: dict[str, str] = field(default_factory=dict[str, str])
    pieces: list[bytes] = field(default_factory=list[bytes])
    cut: bool = False
    linger: asyncio.Event | None = None


@dataclass
class Asked:
    method: str
    path: str
    headers: dict[str, str]
    body: bytes

    @property
    def form(self) -> dict[str, list[tuple[str | None, str | None, bytes]]]:
        """The fields of a multipart form: filename, media type and content of each."""
        message = BytesParser(policy=HTTP).parsebytes(
            b"Content-Type: " + self.headers["content-type"].encode() + b"\r\n\r\n" + self.body
        )
        fields: dict[str, list[tuple[str | None, str | None, bytes]]] = {}
        for part in message.iter_parts():
            name = str(part.get_param("name", header="content-disposition"))
            kind = part.get_content_type() if part.get_filename() else None
            content = part.get_payload(decode=True)
            fields.setdefault(name, []).append((part.get_filename(), kind, bytes(content)))
        return fields

    @property
    def json(self) -> Any:
        return json.loads(self.body)


class Loopback:
    """``.url`` to send to, ``.asked`` for what arrived; replies are given in order, the last one again and again.

    A reply may be a function of what was asked.
    """

    def __init__(self, replies: Sequence[Reply | Callable[[Asked], Reply]]) -> None:
        self.replies = list(replies)
        self.asked: list[Asked] = []
        self.open = 0
        self.connections = 0
        self.url = ""

    async def handle(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.open += 1
        self.connections += 1
        try:
            while await self.exchange(reader, writer):
                pass
        except (ConnectionError, asyncio.IncompleteReadError):
            pass
        finally:
            self.open -= 1
            writer.close()

    async def exchange(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> bool:
        head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").split("\r\n")
        method, path, _ = head[0].split(" ")
        headers = {name.lower(): value.strip() for name, _, value in (line.partition(":") for line in head[1:] if line)}
        body = await reader.readexactly(int(headers.get("content-length", 0)))
        self.asked.append(Asked(method, path, headers, body))
        reply = self.replies.pop(0) if len(self.replies) > 1 else self.replies[0]
        if not isinstance(reply, Reply):
            reply = reply(self.asked[-1])
        await self.answer(reply, writer)
        return not reply.cut

    async def answer(self, reply: Reply, writer: asyncio.StreamWriter) -> None:
        pieces = reply.pieces
        kind = "text/event-stream" if pieces else "application/json"
        whole = reply.body if isinstance(reply.body, bytes) else json.dumps(reply.body).encode()
        length = {"transfer-encoding": "chunked"} if pieces else {"content-length": str(len(whole))}
        headers = {"content-type": kind, **length, **reply.headers}
        lines = [f"HTTP/1.1 {reply.status} X", *(f"{name}: {value}" for name, value in headers.items())]
        writer.write("\r\n".join(lines).encode() + b"\r\n\r\n" + (b"" if pieces else whole))
        for piece in pieces:
            writer.write(f"{len(piece):x}\r\n".encode() + piece + b"\r\n")
            await writer.drain()
            await asyncio.sleep(0)
        if reply.linger is not None:
            await reply.linger.wait()
        if pieces and not reply.cut:
            writer.write(b"0\r\n\r\n")
        await writer.drain()


@asynccontextmanager
async def serve(*replies: Reply | Callable[[Asked], Reply]) -> AsyncGenerator[Loopback]:
    """Run a loopback server for the length of the block."""
    loopback = Loopback(replies)
    server = await asyncio.start_server(loopback.handle, "127.0.0.1", 0)
    loopback.url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/v1"
    try:
        yield loopback
    finally:
        server.close()


def ask(**fields: Any) -> LanguageRequest:
    """A language request; without messages it says Hi."""
    values: dict[str, Any] = {"messages": (user("Hi"),), **fields}
    return LanguageRequest(**values)


def sse(*events: Any) -> list[bytes]:
    """Server-sent events, one piece each; a string goes out as it is."""
    return [f"data: {each if isinstance(each, str) else json.dumps(each)}\n\n".encode() for each in events]
