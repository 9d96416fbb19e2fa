"""The engine for clients and transports of httpx and httpx2, recognised by what they can do."""

from __future__ import annotations

import asyncio
import importlib
import importlib.util
import socket
from contextlib import suppress
from typing import TYPE_CHECKING, Any

from ai_sdk.errors import AISDKError, InvalidRequestError, MissingExtraError
from ai_sdk.http._guard import check_name
from ai_sdk.http._wire import Wire, checked_host, cut_off, timed_out, unanswered, unsendable, user_agent

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Mapping
    from types import ModuleType

    from ai_sdk.errors import TimeoutLimit
    from ai_sdk.http._wire import HTTPRequest, Settings

_PACKAGES = ("httpx", "httpx2")
_FACTORY_LIMIT = 5.0


class _HttpxWire(Wire):
    __slots__ = ("_chunks", "_closing", "_ends", "_engine", "_response")

    def __init__(self, engine: HttpxEngine, response: Any, host: str, ends: float | None) -> None:
        super().__init__(response.status_code, _plain(response.headers), host)
        self._engine = engine
        self._response = response
        self._chunks: AsyncGenerator[bytes, None] = response.aiter_bytes()
        self._ends = ends
        self._closing: asyncio.Task[None] | None = None
        engine.wires.add(self)

    async def read(self) -> bytes:
        if self.over:
            return self.after()
        limit = self._limit()
        try:
            async with asyncio.timeout_at(limit):
                chunk = b""
                while not chunk:
                    chunk = await anext(self._chunks)
            return chunk
        except StopAsyncIteration:
            self._whole = True
            self._finish()
            return b""
        except Exception as error:  # noqa: BLE001 - every failure of a read is one of the wire
            failure = self._engine.broken(error, self.host, "total" if limit == self._ends else "idle")
        except BaseException:
            self.abort()
            raise
        if not self.over:
            self._failure = failure
            self.abort()
        return self.after()

    def _limit(self) -> float | None:
        idle = self._engine.timeouts.idle
        limit = None if idle is None else self.loop.time() + idle
        limits = [each for each in (limit, self._ends) if each is not None]
        return min(limits, default=None)

    def _finish(self) -> None:
        self.over = True
        self._engine.wires.discard(self)

    def abort(self) -> None:
        """Cut the socket now, where there is one; the client's own books need a moment, which ``settle`` awaits."""
        if self.over:
            return
        self._finish()
        stream = self._response.extensions.get("network_stream")
        if stream is not None and self._response.http_version != "HTTP/2":
            with suppress(Exception):
                stream.get_extra_info("socket").shutdown(socket.SHUT_RDWR)
        if self.loop.is_running():
            self._closing = self.loop.create_task(self._close())
            self._engine.closing.add(self._closing)
            self._closing.add_done_callback(self._engine.closing.discard)

    async def _close(self) -> None:
        with suppress(Exception):
            await self._chunks.aclose()
        with suppress(Exception):
            await self._response.aclose()

    async def settle(self) -> None:
        if self._closing is not None and not self._closing.done():
            await asyncio.wait([self._closing])


class HttpxEngine:
    """Exchanges over a client or transport, for one event loop."""

    def __init__(self, settings: Settings) -> None:
        self.timeouts = settings.timeouts
        self._guarded = settings.guarded
        self.wires: set[_HttpxWire] = set()
        self.closing: set[asyncio.Task[None]] = set()
        self._owned = _http2_client(settings) if settings.client is None else None
        client = self._owned if self._owned is not None else settings.client
        self._package = _package_of(client)
        self._client: Any = client if callable(getattr(client, "build_request", None)) else None
        self._transport: Any = client if callable(getattr(client, "handle_async_request", None)) else None
        if self._client is None and self._transport is None:
            raise InvalidRequestError(
                f"HTTP(client={type(client).__name__}): it must be an httpx.AsyncClient or httpx.AsyncBaseTransport, "
                "or one of httpx2",
                field="client",
            )
        self._headers = (
            (b"user-agent", user_agent().encode()),
            (b"accept", b"*/*"),
            (b"accept-encoding", b"gzip, deflate"),
        )
        self._limits = _limits_of(self._client, settings)

    async def open(self, request: HTTPRequest, /) -> Wire:
        host = checked_host(request.url)
        if self._guarded:
            await check_name(request.url)
        total, first_byte = self.timeouts.total, self.timeouts.first_byte
        now = asyncio.get_running_loop().time()
        ends = None if total is None else now + total
        scope = _Scope(ends, first_byte)
        prepared = self._request(request, scope, host)
        try:
            async with scope.timeout:
                response = await self._send(prepared)
        except Exception as error:  # noqa: BLE001 - the table says which are ours, the others are raised below
            failure = self._failure(error, scope, host)
        else:
            return _HttpxWire(self, response, host, ends)
        raise failure

    def _request(self, request: HTTPRequest, scope: _Scope, host: str) -> Any:
        try:
            return self._prepared(request, {"timeout": self._limits, "trace": scope.trace})
        except (TypeError, ValueError, AttributeError, self._package.InvalidURL):
            failure = unsendable(host)
        raise failure

    def _prepared(self, request: HTTPRequest, extensions: dict[str, Any]) -> Any:
        headers = [(name.encode("ascii"), value.encode()) for name, value in request.headers.items()]
        if any(b"\r" in value or b"\n" in value or b"\0" in value for _, value in headers):
            raise ValueError("a header has a line break")
        given: dict[str, Any] = {"content": request.body or None, "extensions": extensions}
        if self._client is not None:
            return self._client.build_request(request.method, request.url, headers=headers, **given)
        names = {name.lower() for name, _ in headers}
        headers += [(name, value) for name, value in self._headers if name not in names]
        return self._package.Request(request.method, request.url, headers=headers, **given)

    async def _send(self, request: Any) -> Any:
        if self._client is not None:
            return await self._client.send(request, stream=True, follow_redirects=False)
        return await self._transport.handle_async_request(request)

    def _failure(self, error: Exception, scope: _Scope, host: str) -> Exception:
        package = self._package
        if isinstance(error, AISDKError):
            return error
        if scope.timeout.expired():
            return timed_out(scope.limit, self.timeouts, host)
        if isinstance(error, package.ConnectTimeout | package.PoolTimeout):
            return timed_out("connect", self.timeouts, host)
        if isinstance(error, package.TimeoutException):
            return timed_out("first content", self.timeouts, host)
        if isinstance(error, package.UnsupportedProtocol | package.InvalidURL):
            return unsendable(host)
        if isinstance(error, package.ConnectError | package.ProxyError):
            return unanswered(host, "the connection cannot be made", _os_error(error), sent=False)
        if isinstance(error, package.HTTPError | OSError):
            return unanswered(host, "the connection broke before it answered", _os_error(error), sent=True)
        return error

    def broken(self, error: Exception, host: str, limit: TimeoutLimit) -> Exception:
        """The error for a failed read of a body."""
        if isinstance(error, AISDKError):
            return error
        if type(error) is TimeoutError:
            return timed_out(limit, self.timeouts, host)
        if isinstance(error, self._package.TimeoutException):
            return timed_out("idle", self.timeouts, host)
        if isinstance(error, self._package.DecodingError):
            return cut_off(host, "it cannot be decompressed")
        return cut_off(host, "the connection broke", _os_error(error))

    async def aclose(self) -> None:
        self.kill()
        if self.closing:
            await asyncio.wait(self.closing)
        if self._owned is not None:
            await self._owned.aclose()

    def kill(self) -> None:
        for wire in list(self.wires):
            wire.abort()


class _Scope:
    """The limit on waiting for the response headers.

    While httpcore makes a connection its own connect limit counts; ours begins when the request is being sent, or at
    once for transports that do not tell.
    """

    def __init__(self, ends: float | None, first_byte: float | None) -> None:
        self._ends = ends
        self._first_byte = first_byte
        self.limit: TimeoutLimit = "total"
        self.timeout = asyncio.timeout_at(self._when(first_byte))

    def _when(self, seconds: float | None) -> float | None:
        first = None if seconds is None else asyncio.get_running_loop().time() + seconds
        if first is not None and (self._ends is None or first < self._ends):
            self.limit = "first content"
            return first
        self.limit = "total"
        return self._ends

    async def trace(self, event: str, _info: Mapping[str, Any]) -> None:
        """What httpcore calls as an exchange goes on."""
        if event.endswith("send_request_headers.started"):
            self.timeout.reschedule(self._when(self._first_byte))
        elif event.startswith("connection.") and event.endswith(".started"):
            self.timeout.reschedule(self._when(None))


def _http2_client(settings: Settings) -> Any:
    if importlib.util.find_spec("h2") is None:
        raise MissingExtraError("HTTP/2 needs the package h2: pip install 'httpx[http2]'")
    import httpx

    context = settings.ssl_context()
    return httpx.AsyncClient(
        http2=True,
        verify=context if context is not None else True,
        proxy=settings.proxy,
        limits=httpx.Limits(max_connections=None, max_keepalive_connections=None),
        headers={"User-Agent": user_agent()},
    )


def _package_of(client: object) -> ModuleType:
    """The package whose requests and errors this client or transport uses."""
    names = [kind.__module__.partition(".")[0] for kind in type(client).__mro__]
    return importlib.import_module(next((name for name in names if name in _PACKAGES), _PACKAGES[0]))


def _limits_of(client: Any, settings: Settings) -> dict[str, float | None]:
    """A limit that was set on the client counts; httpx's own default of 5 seconds does not, it is too short."""
    ours: dict[str, float | None] = {"connect": settings.timeouts.connect, "pool": settings.timeouts.connect}
    ours |= {"read": None, "write": None}
    given: dict[str, float | None] = client.timeout.as_dict() if client is not None else {}
    if not given or set(given.values()) == {_FACTORY_LIMIT}:
        return ours
    return given


def _plain(headers: Any) -> dict[str, str]:
    plain: dict[str, str] = {}
    for name, value in headers.multi_items():
        key = name.lower()
        plain[key] = f"{plain[key]}, {value}" if key in plain else value
    return plain


def _os_error(error: BaseException) -> BaseException | None:
    """The operating system's error at the bottom of the chain."""
    cause: BaseException | None = error
    while cause is not None and not isinstance(cause, OSError):
        cause = cause.__cause__ or cause.__context__
    return cause
