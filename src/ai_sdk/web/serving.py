"""Sending a stream to a browser as an ASGI response.

The answer is read in the task of the request. When the client goes away, that task's read is cancelled at once, which
closes the call of the model; nothing waits for the next token to find out.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, AsyncIterable, AsyncIterator, Awaitable, Callable, Iterable, MutableMapping
from contextlib import AbstractAsyncContextManager, aclosing, asynccontextmanager, suppress
from types import TracebackType
from typing import Any, Protocol, TypeAlias, cast

import structlog

from ai_sdk.web.chunks import DONE, HEADERS, KEEP_ALIVE, Chunk, dumps, event
from ai_sdk.web.encoder import UIMessageEncoder
from ai_sdk.web.parts import WebPart

__all__ = [
    "PartStream",
    "Receive",
    "Scope",
    "Send",
    "Source",
    "chunks_of",
    "events_of",
    "opened",
    "send_events",
    "send_json",
]

Scope: TypeAlias = MutableMapping[str, Any]
Receive: TypeAlias = Callable[[], Awaitable[MutableMapping[str, Any]]]
Send: TypeAlias = Callable[[MutableMapping[str, Any]], Awaitable[None]]


class PartStream(Protocol):
    """A stream that is entered and has ``parts``: that of ``stream_text``, or of an agent."""

    @property
    def parts(self) -> AsyncIterator[Any]:
        """The parts, as they arrive."""
        ...

    async def __aenter__(self) -> Any: ...
    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None, /
    ) -> object: ...


Source: TypeAlias = PartStream | AsyncIterable[WebPart]
"""Where parts come from: a stream that is to be entered, a response of a model, or an async generator."""


async def chunks_of(source: Source, encoder: UIMessageEncoder) -> AsyncGenerator[list[Chunk], None]:
    """The events of a message, from its start to its end. An error is told as the encoder tells it, and logged."""
    yield encoder.start()
    try:
        async with opened(source) as parts:
            async for part in parts:
                chunks = encoder.encode(part)
                if chunks:
                    yield chunks
    except Exception as error:  # noqa: BLE001 - the browser is told, in safe words
        structlog.get_logger("ai_sdk").warning("web.stream_failed", error=type(error).__name__)
        yield encoder.fail(error)
    else:
        yield encoder.end()


async def events_of(source: Source, encoder: UIMessageEncoder) -> AsyncGenerator[bytes, None]:
    """The bytes of a whole stream, a piece for each part."""
    async with aclosing(chunks_of(source, encoder)) as batches:
        async for chunks in batches:
            yield b"".join(map(event, chunks))
    yield DONE


@asynccontextmanager
async def opened(source: Source) -> AsyncGenerator[AsyncIterable[WebPart], None]:
    """Enter what is to be entered, and close what is read."""
    if hasattr(type(source), "parts"):
        stream = cast("PartStream", source)
        async with stream:
            yield stream.parts
    elif hasattr(source, "__aenter__"):
        async with cast("AbstractAsyncContextManager[AsyncIterable[WebPart]]", source) as parts:
            yield parts
    else:
        try:
            yield cast("AsyncIterable[WebPart]", source)
        finally:
            close = getattr(source, "aclose", None)
            if close is not None:
                await close()


async def send_events(
    receive: Receive,
    send: Send,
    events: AsyncGenerator[bytes, None],
    *,
    keep_alive: float | None = 15.0,
    headers: Iterable[tuple[str, str]] = (),
) -> bool:
    """Send events as the response, to its end; false when the client went away before.

    ``keep_alive``: after how many seconds without an event a comment is sent, so that proxies do not hang up.
    """
    loop = asyncio.get_running_loop()
    writer = _Writer(send, loop)
    helpers: list[asyncio.Task[None]] = []
    limit = asyncio.timeout(None)

    def gone() -> None:
        with suppress(RuntimeError):  # it is over already
            limit.reschedule(loop.time())

    try:
        async with limit, aclosing(events):
            helpers.append(loop.create_task(_listen(receive, gone)))
            if keep_alive is not None:
                helpers.append(loop.create_task(_beat(writer, keep_alive, gone)))
            await writer.start(headers)
            async for data in events:
                await writer.write(data)
            await writer.write(b"", more=False)
    except TimeoutError:
        if not limit.expired():
            raise
        return False
    except OSError:  # what a server's send raises when nobody is there
        return False
    finally:
        for each in helpers:
            each.cancel()
        await asyncio.gather(*helpers, return_exceptions=True)
    return True


class _Writer:
    """Sends the body, one piece at a time."""

    def __init__(self, send: Send, loop: asyncio.AbstractEventLoop) -> None:
        self._send = send
        self._loop = loop
        self._lock = asyncio.Lock()
        self._begun = self._over = False
        self.last = loop.time()

    async def start(self, headers: Iterable[tuple[str, str]]) -> None:
        more = [(name.lower(), value) for name, value in headers]
        taken = {name for name, _ in more}
        pairs = [(name, value) for name, value in HEADERS.items() if name not in taken] + more
        encoded = [(name.encode("latin-1"), value.encode("latin-1")) for name, value in pairs]
        await self._send({"type": "http.response.start", "status": 200, "headers": encoded})
        self._begun = True

    async def write(self, data: bytes, *, more: bool = True) -> None:
        async with self._lock:
            self._over = not more
            await self._send({"type": "http.response.body", "body": data, "more_body": more})
            self.last = self._loop.time()

    async def keep_alive(self) -> None:
        if self._begun and not self._over and not self._lock.locked():
            await self.write(KEEP_ALIVE)


async def _listen(receive: Receive, gone: Callable[[], None]) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass
    gone()


async def _beat(writer: _Writer, seconds: float, gone: Callable[[], None]) -> None:
    loop = asyncio.get_running_loop()
    try:
        while True:
            due = writer.last + seconds
            await asyncio.sleep(max(due - loop.time(), seconds / 10))
            if loop.time() >= writer.last + seconds:
                await writer.keep_alive()
    except OSError:
        gone()


async def send_json(send: Send, status: int, value: Any, headers: Iterable[tuple[str, str]] = ()) -> None:
    """Send a whole small response; None is an empty one."""
    body = b"" if value is None else dumps(value)
    names = {"content-type": "application/json", "content-length": str(len(body)), "cache-control": "no-store"}
    if value is None:
        del names["content-type"]
    if status == 204:
        del names["content-length"]
    names.update(headers)
    encoded = [(name.encode("latin-1"), text.encode("latin-1")) for name, text in names.items()]
    await send({"type": "http.response.start", "status": status, "headers": encoded})
    await send({"type": "http.response.body", "body": body})
