"""From the description of a server to the streams that the ``mcp`` package reads and writes."""

from __future__ import annotations

import asyncio
import os
from collections.abc import AsyncGenerator, Callable, Mapping
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from importlib import import_module
from types import TracebackType
from typing import TYPE_CHECKING, Any, Self, TypeAlias, cast

from ai_sdk.errors import InvalidRequestError, MissingExtraError
from ai_sdk.mcp._log import Redactor
from ai_sdk.mcp.limits import Limits
from ai_sdk.mcp.transports import HTTP, SSE, Stdio

if TYPE_CHECKING:
    from mcp.client import Transport
    from mcp.server import Server
    from mcp.server.mcpserver import MCPServer

Target: TypeAlias = "Stdio | HTTP | SSE | Server[Any] | MCPServer | Callable[[], AbstractAsyncContextManager[Any]]"
"""What ``connect`` takes: a program, a URL, or of the ``mcp`` package a server or a function that makes transports."""

_FOREVER = 86_400.0  # an event stream may be silent for as long as a server has nothing to say
_LINE = 2**16


def need_mcp() -> None:
    """Import the ``mcp`` package, or say how to install it."""
    try:
        import_module("mcp")
    except ImportError as error:
        raise MissingExtraError("MCP needs its package: pip install 'ai-sdk-layers[mcp]'") from error


async def open_target(
    target: Target, limits: Limits, redacted: Redactor, *, lost: Callable[[], None], said: Callable[[str], None]
) -> Any:
    """What the client of the ``mcp`` package connects to.

    ``lost`` is called when the server's side of the connection has ended, ``said`` with each line that a program writes
    to its standard error.
    """
    if isinstance(target, Stdio):
        return _Watched(_program(target, said), lost)
    if isinstance(target, HTTP | SSE):
        headers = await target.current_headers()
        redacted.add(headers.values())
        redacted.add(value.partition(" ")[2] for value in headers.values())
        opened = _http(target, headers, limits) if isinstance(target, HTTP) else _events(target, headers)
        return _Watched(opened, lost)
    from mcp.server import Server
    from mcp.server.mcpserver import MCPServer

    if isinstance(cast("object", target), Server | MCPServer):
        return target
    return _Watched(cast("Callable[[], Any]", target)(), lost)


def check_target(target: object) -> None:
    """Raise ``InvalidRequestError`` for what cannot be connected to."""
    if isinstance(target, Stdio | HTTP | SSE) or callable(target):
        return
    from mcp.server import Server
    from mcp.server.mcpserver import MCPServer

    if not isinstance(target, Server | MCPServer):
        raise InvalidRequestError(
            f"target is a {type(target).__name__}; allowed are stdio(...), http(...), sse(...), and of the mcp package "
            "a server or a function that makes transports",
            field="target",
        )


@asynccontextmanager
async def _program(target: Stdio, said: Callable[[str], None]) -> AsyncGenerator[Any, None]:
    from mcp.client.stdio import StdioServerParameters, stdio_client

    parameters = StdioServerParameters(
        command=target.command, args=list(target.args), env=dict(target.env), cwd=target.cwd
    )
    if os.name == "nt":
        with open(os.devnull, "w") as nowhere:  # noqa: PTH123, ASYNC230 - a device
            async with stdio_client(parameters, errlog=nowhere) as streams:
                yield streams
        return
    reading, writing = os.pipe()
    loop = asyncio.get_running_loop()
    pipe, _ = await loop.connect_read_pipe(lambda: _Lines(said), os.fdopen(reading, "rb", 0))
    try:
        with os.fdopen(writing, "w") as errors:
            async with stdio_client(parameters, errlog=errors) as streams:
                errors.close()
                yield streams
    finally:
        pipe.close()


class _Lines(asyncio.Protocol):
    def __init__(self, said: Callable[[str], None]) -> None:
        self._said = said
        self._rest = b""

    def data_received(self, data: bytes) -> None:
        *lines, self._rest = (self._rest + data).split(b"\n")
        if len(self._rest) > _LINE:
            lines.append(self._rest)
            self._rest = b""
        for line in lines:
            self._said(line.decode(errors="replace").rstrip())

    def connection_lost(self, exc: Exception | None) -> None:
        if self._rest:
            self._said(self._rest.decode(errors="replace"))


@asynccontextmanager
async def _http(target: HTTP, headers: Mapping[str, str], limits: Limits) -> AsyncGenerator[Any, None]:
    from mcp.client.streamable_http import streamable_http_client
    from mcp.shared._httpx_utils import create_mcp_http_client

    async def look(response: Any) -> None:
        length = str(response.headers.get("content-length", ""))
        if length.isdecimal() and int(length) > limits.message_bytes:
            await response.aclose()
            raise ValueError(f"it sent {length} bytes; the limit is {limits.message_bytes}")

    client = create_mcp_http_client(headers=dict(headers))
    client.timeout = type(client.timeout)(30.0, read=_FOREVER)
    client.event_hooks = {"response": [look]}
    async with (
        client,
        streamable_http_client(target.url, http_client=client, max_sse_event_size=limits.message_bytes) as streams,
    ):
        yield streams


@asynccontextmanager
async def _events(target: SSE, headers: Mapping[str, str]) -> AsyncGenerator[Any, None]:
    from mcp.client.sse import sse_client

    async with sse_client(target.url, headers=dict(headers), timeout=30.0, sse_read_timeout=_FOREVER) as streams:
        yield streams


class _Watched:
    """A transport that tells when the server's side has ended and looks at what comes in."""

    def __init__(self, transport: AbstractAsyncContextManager[Any], lost: Callable[[], None]) -> None:
        self._transport = transport
        self._lost = lost

    async def __aenter__(self) -> tuple[Any, Any]:
        reading, writing = await self._transport.__aenter__()
        return _Reading(reading, self._lost), writing

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> bool | None:
        return await self._transport.__aexit__(kind, error, traceback)


class _Reading:
    """The stream of what the server sends."""

    def __init__(self, stream: Any, lost: Callable[[], None]) -> None:
        self._stream = stream
        self._lost = lost

    @property
    def last_context(self) -> Any:
        return getattr(self._stream, "last_context", None)

    async def receive(self) -> Any:
        try:
            return harmless(await self._stream.receive())
        except Exception:
            self._lost()
            raise

    async def aclose(self) -> None:
        await self._stream.aclose()

    def __aiter__(self) -> Self:
        return self

    async def __anext__(self) -> Any:
        try:
            return harmless(await self._stream.__anext__())
        except (Exception, StopAsyncIteration):
            self._lost()
            raise

    async def __aenter__(self) -> Self:
        await self._stream.__aenter__()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> bool | None:
        ended: bool | None = await self._stream.__aexit__(kind, error, traceback)
        return ended


def harmless(message: Any) -> Any:
    """The message, without the patterns in the output schemas of tools.

    The ``mcp`` package checks a tool's structured output against the tool's own schema. Both come from the server,
    which could otherwise stop this process with a pattern that takes for ever to match.
    """
    result = getattr(getattr(message, "message", None), "result", None)
    tools = cast("dict[str, Any]", result).get("tools") if isinstance(result, dict) else None
    for tool in cast("list[Any]", tools) if isinstance(tools, list) else ():
        if isinstance(tool, dict):
            _without_patterns(cast("dict[str, Any]", tool).get("outputSchema"))
    return message


def _without_patterns(schema: Any) -> None:
    waiting = [schema]
    while waiting:
        value = waiting.pop()
        if isinstance(value, dict):
            found = cast("dict[str, Any]", value)
            if isinstance(found.get("pattern"), str):
                del found["pattern"]
            found.pop("patternProperties", None)
            waiting.extend(found.values())
        elif isinstance(value, list):
            waiting.extend(cast("list[Any]", value))


if TYPE_CHECKING:
    _: type[Transport] = _Watched
