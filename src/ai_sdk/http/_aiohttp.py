"""The default engine: aiohttp, without its own timeouts, cookies, redirects, environment lookups and limits."""

from __future__ import annotations

import asyncio
import select
import socket
from collections.abc import Callable, Iterable, Mapping
from contextvars import ContextVar
from functools import lru_cache
from typing import TYPE_CHECKING, Any, cast
from urllib.request import getproxies, proxy_bypass
from weakref import WeakKeyDictionary

import aiohttp
from aiohttp.abc import AbstractResolver
from aiohttp.http import HttpProcessingError
from yarl import URL

from ai_sdk.errors import AISDKError
from ai_sdk.http._guard import check_addresses, check_literal
from ai_sdk.http._loops import end_transport
from ai_sdk.http._wire import Wire, checked_host, checked_proxy, cut_off, timed_out, unanswered, unsendable, user_agent
from ai_sdk.timers import Queue

if TYPE_CHECKING:
    from aiohttp.abc import ResolveResult
    from aiohttp.client_proto import ResponseHandler
    from aiohttp.connector import Connection
    from aiohttp.http import RawResponseMessage
    from aiohttp.streams import StreamReader

    from ai_sdk.errors import APITimeoutError, TimeoutLimit
    from ai_sdk.http._wire import HTTPRequest, Settings

_Poll = Callable[[float], list[Any]]

_LONGEST_HEADER = 64 * 1024
_MOST_TARGETS = 512
_LARGEST_READ = 64 * 1024
_BODILESS = frozenset({"GET", "HEAD", "OPTIONS", "TRACE"})

_NO_ANSWER: tuple[tuple[type[Exception], str], ...] = (
    (aiohttp.ClientConnectorCertificateError, "its certificate is not accepted"),
    (aiohttp.ClientConnectorDNSError, "its name is not known"),
    (aiohttp.ClientProxyConnectionError, "the proxy cannot be reached"),
    (aiohttp.ClientHttpProxyError, "the proxy refused to connect"),
    (aiohttp.ClientSSLError, "the TLS handshake failed"),
    (aiohttp.ClientConnectorError, "the connection cannot be made"),
    (aiohttp.ServerDisconnectedError, "it closed the connection before it answered"),
    (aiohttp.ClientResponseError, "what it sent is not HTTP"),
    (HttpProcessingError, "what it sent is not HTTP"),
    (aiohttp.ClientError, "the connection broke"),
    (OSError, "the connection broke"),
)


class _Opening:
    """An attempt that has a connection and no response headers yet. When they are late, the connection is cut."""

    __slots__ = ("_transport", "late")

    def __init__(self, transport: asyncio.Transport) -> None:
        self._transport = transport
        self.late = False

    def interrupt(self) -> None:
        self.late = True
        self._transport.abort()


_proxied: ContextVar[bool] = ContextVar("ai_sdk_http_proxied", default=False)


class _Connector(aiohttp.TCPConnector):
    """Hands out connections on which nothing is due, and knows all that are open."""

    protocols: WeakKeyDictionary[ResponseHandler, _Poll]

    async def connect(self, *args: Any, **kwargs: Any) -> Connection:
        while True:
            connection = await super().connect(*args, **kwargs)
            protocol = connection.protocol
            assert protocol is not None
            poll = self.protocols.get(protocol)
            if poll is None:
                self.protocols[protocol] = _poll_of(protocol.transport)
                _read_less(protocol.transport)
                return connection
            if not poll(0) and not protocol.should_close:
                return connection
            connection.close()

    def __del__(self, *_: Any) -> None:
        """Be silent: the engine has closed what was open."""


def _read_less(transport: Any) -> None:
    """Keep asyncio from setting aside 256 KiB for each read, which the system maps and unmaps every time."""
    for each in (transport, getattr(transport, "_ssl_protocol", None)):
        if each is not None and hasattr(each, "max_size"):
            each.max_size = _LARGEST_READ


def _poll_of(transport: asyncio.BaseTransport | None) -> _Poll:
    """Tells whether the server closed an idle connection and this loop, busy elsewhere, has not seen it yet.

    Nothing is due on an idle connection, so that one with something to read is at its end.
    """
    plug = transport.get_extra_info("socket") if transport is not None else None
    if plug is None or not hasattr(select, "poll"):
        return lambda timeout: select.select([plug], [], [], timeout)[0] if plug is not None else []
    poll = select.poll()
    poll.register(plug.fileno(), select.POLLIN)
    return poll.poll


class _PublicResolver(AbstractResolver):
    """Gives out the addresses of a name when all of them are public; those of a proxy whatever they are.

    The connection is made to just these addresses: a name that changes between a check and its use gains nothing.
    """

    def __init__(self) -> None:
        self._inner = aiohttp.DefaultResolver()

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_INET
    ) -> list[ResolveResult]:
        found = await self._inner.resolve(host, port, family)
        if not _proxied.get():
            check_addresses(host, [each["host"] for each in found])
        return found

    async def close(self) -> None:
        await self._inner.close()


class _Target:
    """Where a URL leads and how to ask there: all of a request's head that is the same for every request."""

    __slots__ = ("_latest", "_path", "_usual", "about", "host", "proxied")

    def __init__(self, url: URL, host: str, proxy: str | None, agent: str) -> None:
        self.host = host
        self.proxied = proxy is not None
        about = aiohttp.ClientRequest(
            "GET", url, headers={"User-Agent": agent}, proxy=URL(proxy) if proxy is not None else None
        )
        self.about = about
        usual = {name.lower(): f"{name}: {value}" for name, value in about.headers.items()}
        self._path = about.url.raw_path_qs
        if about.proxy is not None and not about.is_ssl():
            self._path = str(about.url.with_user(None))
            key = aiohttp.ClientRequest("GET", about.proxy).headers.get("Authorization")
            if key is not None:
                usual["proxy-authorization"] = f"Proxy-Authorization: {key}"
        self._usual = usual
        self._latest: tuple[str, dict[str, str], bytes, bool] = ("", {}, b"", False)

    def head(self, request: HTTPRequest) -> bytes:
        """The request line and the headers; ``ValueError`` or ``TypeError`` for what HTTP cannot carry."""
        method, headers, lines, sized = self._latest
        if headers != request.headers or method != request.method:
            lines, sized = self._lines(request.method, request.headers)
            self._latest = (request.method, dict(request.headers), lines, sized)
        length = len(request.body)
        if sized or (not length and request.method in _BODILESS):
            return lines + b"\r\n"
        return lines + b"Content-Length: %d\r\n\r\n" % length

    def _lines(self, method: str, headers: Mapping[str, str]) -> tuple[bytes, bool]:
        """The head without its end, and whether it has the length of the body."""
        given = {name.lower() for name in headers}
        lines = [f"{method} {self._path} HTTP/1.1"]
        lines += [line for name, line in self._usual.items() if name not in given]
        lines += [name + ": " + value for name, value in headers.items()]
        text = "\r\n".join([*lines, ""])
        ends = len(lines)
        if text.count("\n") != ends or text.count("\r") != ends or "\0" in text or not method.isalpha():
            raise ValueError("a line break stands in the head of the request")
        if "transfer-encoding" in given:
            raise ValueError("the body is sent as it is")
        return text.encode(), "content-length" in given


class _AiohttpWire(Wire):
    __slots__ = ("_connection", "_content", "_ends", "_engine", "_idle", "_timer", "_waiting")

    def __init__(
        self,
        engine: AiohttpEngine,
        message: RawResponseMessage,
        content: StreamReader,
        connection: Connection,
        host: str,
        ends: float | None,
    ) -> None:
        super().__init__(message.code, _plain(message.raw_headers), host)
        self._engine = engine
        self._connection: Connection | None = connection
        self._content = content
        self._idle = engine.timeouts.idle
        self._ends = ends
        self._timer: asyncio.TimerHandle | None = None
        self._waiting: float | None = None
        if not content.is_eof():
            engine.wires.add(self)
        content.on_eof(self._arrived)

    def _arrived(self) -> None:
        """Give the connection back, for all of the body is here; one that is still sending is of no use."""
        connection, self._connection = self._connection, None
        if connection is None:
            return
        transport = connection.transport
        if transport is not None and transport.get_write_buffer_size():
            transport.abort()
            connection.close()
        else:
            connection.release()

    async def read(self) -> bytes:
        if self.over:
            return self.after()
        content = self._content
        try:
            chunk = content.read_nowait()
            if not chunk and not content.at_eof():
                self._wait()
                chunk = await content.readany()
                self._waiting = None
        except Exception as error:  # noqa: BLE001 - every failure of a read is one of the wire
            failure = error
        except BaseException:
            self.abort()
            raise
        else:
            if content.at_eof():
                self._whole = True
                self._finish()
            return chunk
        return self._rest(failure)

    def _rest(self, error: Exception) -> bytes:
        """What arrived before the failure comes first: aiohttp alone would throw it away."""
        content = self._content
        if not self.over and content.exception() is error:
            content.set_exception(cast("Any", None))
            chunk = content.read_nowait()
            content.set_exception(error)
            if chunk:
                return chunk
        if not self.over:
            cause = error if type(error).__module__ != aiohttp.ClientError.__module__ else None
            self._failure = error if isinstance(error, AISDKError) else cut_off(self.host, _words(error), cause)
            self.abort()
        return self.after()

    def _wait(self) -> None:
        if self._idle is None and self._ends is None:
            return
        self._waiting = now = self.loop.time()
        if self._ends is not None and now >= self._ends:
            raise self._late("total")
        if self._timer is None:
            self._timer = self.loop.call_at(self._limit(now), self._check)

    def _limit(self, waiting: float) -> float:
        limit = waiting + self._idle if self._idle is not None else None
        limits = [each for each in (limit, self._ends) if each is not None]
        return min(limits)

    def _check(self) -> None:
        """One timer for all reads: it looks how long the present one has waited, and comes back if need be."""
        self._timer = None
        waiting = self._waiting
        if waiting is None or self.over:
            return
        limit = self._limit(waiting)
        if self.loop.time() < limit:
            self._timer = self.loop.call_at(limit, self._check)
            return
        self._failure = self._late("total" if limit == self._ends else "idle")
        self.abort()

    def _late(self, limit: TimeoutLimit) -> APITimeoutError:
        return timed_out(limit, self._engine.timeouts, self.host)

    def _finish(self) -> None:
        self.over = True
        self._waiting = None
        self._engine.wires.discard(self)
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def abort(self) -> None:
        if self.over:
            return
        self._finish()
        connection, self._connection = self._connection, None
        if connection is not None:
            end_transport(connection.transport, self.loop)
            connection.close()
        if self._content.exception() is None and not self.loop.is_closed():
            self._content.set_exception(aiohttp.ClientConnectionError("the response was released"))


class AiohttpEngine:
    """Exchanges over aiohttp's connections and parser, for one event loop. The number of connections has no limit.

    ``ClientSession`` is left out: what it adds to each exchange costs more than the rest of the exchange.
    """

    def __init__(self, settings: Settings) -> None:
        self.timeouts = settings.timeouts
        self.wires: set[_AiohttpWire] = set()
        self._loop = asyncio.get_running_loop()
        self._proxy = settings.proxy
        self._agent = user_agent()
        self._targets: dict[str, _Target] = {}
        self._openings = Queue()
        context = settings.ssl_context()
        self._guarded = settings.guarded
        self._connecting = aiohttp.ClientTimeout(total=None, connect=settings.timeouts.connect)
        self._connector = _Connector(
            limit=0,
            ssl=context if context is not None else True,
            resolver=_PublicResolver() if settings.guarded else None,
            use_dns_cache=not settings.guarded,
        )
        self._connector.protocols = WeakKeyDictionary()

    async def open(self, request: HTTPRequest, /) -> Wire:
        target = self._targets.get(request.url) or self._target(request.url)
        if self._guarded:
            check_literal(target.about.url.host or "")
        total = self.timeouts.total
        if total is None:
            return await self._exchange(request, target, None)
        ends = self._loop.time() + total
        try:
            async with asyncio.timeout_at(ends):
                return await self._exchange(request, target, ends)
        except TimeoutError:
            raise timed_out("total", self.timeouts, target.host) from None

    async def _exchange(self, request: HTTPRequest, target: _Target, ends: float | None) -> Wire:
        connection: Connection | None = None
        opening: _Opening | None = None
        try:
            head = target.head(request)
            connection = await self._connect(target)
            opening = self._begin(connection, request.method)
            transport: Any = connection.transport
            transport.write(head + request.body)
            message, content = await self._answer(connection)
            if opening is None or not opening.late:
                return _AiohttpWire(self, message, content, connection, target.host, ends)
            failure: Exception = timed_out("first content", self.timeouts, target.host)
        except Exception as error:  # noqa: BLE001 - the table says which are ours, the others are raised below
            late = opening is not None and opening.late
            failure = self._failure(error, target.host, late=late, sent=connection is not None)
        except BaseException:
            self._give_up(connection)
            raise
        finally:
            if opening is not None:
                self._openings.remove(opening)
        self._give_up(connection)
        raise failure

    async def _connect(self, target: _Target) -> Connection:
        if not self._guarded:
            return await self._connector.connect(target.about, [], self._connecting)
        token = _proxied.set(target.proxied)
        try:
            return await self._connector.connect(target.about, [], self._connecting)
        finally:
            _proxied.reset(token)

    def _begin(self, connection: Connection, method: str) -> _Opening | None:
        """Expect an answer, in time."""
        protocol = connection.protocol
        assert protocol is not None
        protocol.set_response_params(
            skip_payload=method == "HEAD",
            read_until_eof=True,
            max_line_size=_LONGEST_HEADER,
            max_field_size=_LONGEST_HEADER,
        )
        seconds = self.timeouts.first_byte
        if seconds is None or protocol.transport is None:
            return None
        opening = _Opening(protocol.transport)
        self._openings.add(opening, self._loop.time() + seconds)
        return opening

    async def _answer(self, connection: Connection) -> tuple[RawResponseMessage, StreamReader]:
        """The head of the answer, after those that only say that it is to come."""
        protocol: Any = connection.protocol
        read = protocol.read
        while True:
            message, content = await read()
            if not 100 <= message.code <= 199 or message.code == 101:
                return message, content

    def _give_up(self, connection: Connection | None) -> None:
        """Close the connection, even with a part of the request still to be sent."""
        if connection is not None:
            end_transport(connection.transport, self._loop)
            connection.close()

    def _failure(self, error: Exception, host: str, *, late: bool, sent: bool) -> Exception:
        if late:
            return timed_out("first content", self.timeouts, host)
        if type(error) is TimeoutError:
            return timed_out("connect", self.timeouts, host)
        if self._connector.closed:
            return unanswered(host, "the HTTP object was closed", None, sent=sent)
        if isinstance(error, ValueError | TypeError) and not isinstance(error, OSError):
            return unsendable(host)
        for kind, reason in _NO_ANSWER:
            if isinstance(error, kind):
                return unanswered(host, reason, _os_error(error), sent=sent)
        return error

    def _target(self, text: str) -> _Target:
        host = checked_host(text)
        try:
            url = URL(text, encoded=text.isascii() and text.isprintable() and " " not in text)
        except ValueError:
            url = None
        if url is None:
            raise unsendable(host)
        proxy = self._proxy if self._proxy is not None else _environment_proxy(url)
        if len(self._targets) >= _MOST_TARGETS:
            self._targets.clear()
        target = self._targets[text] = _Target(url, host, proxy, self._agent)
        return target

    async def aclose(self) -> None:
        self._abort_all()
        await self._connector.close()
        await asyncio.sleep(0)

    def kill(self) -> None:
        self._abort_all()

    def _abort_all(self) -> None:
        for wire in list(self.wires):
            wire.abort()
        for protocol in list(self._connector.protocols):
            end_transport(protocol.transport, self._loop)


def _plain(raw: Iterable[tuple[bytes, bytes]]) -> dict[str, str]:
    headers: dict[str, str] = {}
    for name, value in raw:
        key = _lower(name)
        text = value.decode("utf-8", "replace")
        headers[key] = f"{headers[key]}, {text}" if key in headers else text
    return headers


@lru_cache(maxsize=512)
def _lower(name: bytes) -> str:
    return name.decode("latin-1").lower()


def _os_error(error: Exception) -> BaseException | None:
    """The operating system's part of an aiohttp error, which alone is shown: the rest may hold headers."""
    if isinstance(error, aiohttp.ClientConnectorCertificateError):
        return error.certificate_error
    if isinstance(error, aiohttp.ClientConnectorError):
        return error.os_error
    if isinstance(error, OSError):
        return OSError(error.errno, error.strerror) if isinstance(error, aiohttp.ClientError) else error
    return None


def _words(error: Exception) -> str:
    if isinstance(error, aiohttp.ClientPayloadError):
        return "it is not complete or cannot be decompressed"
    return "the connection broke"


def _environment_proxy(url: URL) -> str | None:
    """The proxy that ``HTTP_PROXY``, ``HTTPS_PROXY``, ``ALL_PROXY`` and ``NO_PROXY`` name; none for this machine."""
    host = url.host or ""
    if host == "localhost" or host.startswith("127.") or host == "::1":
        return None
    proxies = getproxies()
    proxy = proxies.get(url.scheme) or proxies.get("all")
    if not proxy or proxy_bypass(f"{host}:{url.port}"):
        return None
    return checked_proxy(proxy)
