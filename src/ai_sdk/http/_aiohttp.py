"""The default engine: aiohttp, without its own timeouts, cookies, redirects, environment lookups and limits."""

from __future__ import annotations

import asyncio
import io
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
from yarl import URL

from ai_sdk.errors import AISDKError
from ai_sdk.http._guard import check_addresses, check_literal
from ai_sdk.http._loops import end_transport
from ai_sdk.http._wire import Wire, checked_host, checked_proxy, cut_off, timed_out, unanswered, unsendable, user_agent

if TYPE_CHECKING:
    from aiohttp.abc import ResolveResult
    from aiohttp.client_proto import ResponseHandler
    from aiohttp.connector import Connection

    from ai_sdk.errors import APITimeoutError, TimeoutLimit
    from ai_sdk.http._wire import HTTPRequest, Settings

_Poll = Callable[[float], list[Any]]

_LONGEST_HEADER = 64 * 1024
_LARGE = 1024 * 1024
_MOST_TARGETS = 512

_NO_ANSWER: tuple[tuple[type[Exception], str], ...] = (
    (aiohttp.ClientConnectorCertificateError, "its certificate is not accepted"),
    (aiohttp.ClientConnectorDNSError, "its name is not known"),
    (aiohttp.ClientProxyConnectionError, "the proxy cannot be reached"),
    (aiohttp.ClientHttpProxyError, "the proxy refused to connect"),
    (aiohttp.ClientSSLError, "the TLS handshake failed"),
    (aiohttp.ClientConnectorError, "the connection cannot be made"),
    (aiohttp.ServerDisconnectedError, "it closed the connection before it answered"),
    (aiohttp.ClientResponseError, "what it sent is not HTTP"),
    (aiohttp.ClientError, "the connection broke"),
    (OSError, "the connection broke"),
)


class _Opening:
    """One attempt until the response headers are here. When they are late, the connection is cut."""

    __slots__ = ("_first_byte", "_timer", "late", "proxied", "transport")

    def __init__(self, first_byte: float | None, *, proxied: bool = False) -> None:
        self.proxied = proxied
        self.transport: asyncio.Transport | None = None
        self.late = False
        self._first_byte = first_byte
        self._timer: asyncio.TimerHandle | None = None

    def connected(self, transport: asyncio.Transport | None) -> None:
        self.transport = transport
        if self._first_byte is not None:
            self.done()
            self._timer = asyncio.get_running_loop().call_later(self._first_byte, self._is_late)

    def _is_late(self) -> None:
        self.late = True
        self.abort()

    def done(self) -> None:
        if self._timer is not None:
            self._timer.cancel()

    def abort(self) -> None:
        """Close the connection, if there is one, even with a part of the request still to be sent."""
        if self.transport is not None:
            self.transport.abort()


_opening: ContextVar[_Opening] = ContextVar("ai_sdk_http_opening")


class _Connector(aiohttp.TCPConnector):
    """Tells an attempt when it has a connection, and knows all connections that are open."""

    protocols: WeakKeyDictionary[ResponseHandler, _Poll]

    async def connect(self, *args: Any, **kwargs: Any) -> Connection:
        while True:
            connection = await super().connect(*args, **kwargs)
            protocol = connection.protocol
            assert protocol is not None
            poll = self.protocols.get(protocol)
            if poll is None:
                self.protocols[protocol] = _poll_of(protocol.transport)
                break
            if not poll(0):
                break
            connection.close()
        _opening.get().connected(protocol.transport)
        return connection

    def __del__(self, *_: Any) -> None:
        """Be silent: the engine has closed what was open."""


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
        if not _opening.get().proxied:
            check_addresses(host, [each["host"] for each in found])
        return found

    async def close(self) -> None:
        await self._inner.close()


class _AiohttpWire(Wire):
    __slots__ = ("_content", "_ends", "_engine", "_idle", "_response", "_timer", "_waiting")

    def __init__(self, engine: AiohttpEngine, response: aiohttp.ClientResponse, host: str, ends: float | None) -> None:
        super().__init__(response.status, _plain(response.raw_headers), host)
        self._engine = engine
        self._response = response
        self._content = response.content
        self._idle = engine.timeouts.idle
        self._ends = ends
        self._timer: asyncio.TimerHandle | None = None
        self._waiting: float | None = None
        if not self._content.is_eof():
            engine.wires.add(self)

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
        connection = self._response.connection
        if connection is not None:
            end_transport(connection.transport, self.loop)
        self._response.close()
        if connection is not None:
            connection.close()


class AiohttpEngine:
    """Exchanges over one ``ClientSession``, for one event loop. The number of connections has no limit."""

    def __init__(self, settings: Settings) -> None:
        self.timeouts = settings.timeouts
        self.wires: set[_AiohttpWire] = set()
        self._loop = asyncio.get_running_loop()
        self._proxy = settings.proxy
        self._targets: dict[str, tuple[URL, str, str | None]] = {}
        context = settings.ssl_context()
        self._guarded = settings.guarded
        self._connector = _Connector(
            limit=0,
            ssl=context if context is not None else True,
            resolver=_PublicResolver() if settings.guarded else None,
            use_dns_cache=not settings.guarded,
        )
        self._connector.protocols = WeakKeyDictionary()
        self._session = aiohttp.ClientSession(
            connector=self._connector,
            cookie_jar=aiohttp.DummyCookieJar(),
            timeout=aiohttp.ClientTimeout(total=None, connect=settings.timeouts.connect),
            headers={"User-Agent": user_agent()},
            trust_env=False,
            max_line_size=_LONGEST_HEADER,
            max_field_size=_LONGEST_HEADER,
        )

    async def open(self, request: HTTPRequest, /) -> Wire:
        url, host, proxy = self._targets.get(request.url) or self._target(request.url)
        if self._guarded:
            check_literal(url.host or "")
        body = request.body
        opening = _Opening(self.timeouts.first_byte, proxied=proxy is not None)
        token = _opening.set(opening)
        exchange = self._session.request(
            request.method,
            url,
            data=(io.BytesIO(body) if len(body) > _LARGE else body) or None,
            headers=request.headers,
            skip_auto_headers=_left_out(request.headers),
            allow_redirects=False,
            proxy=proxy,
        )
        total, ends = self.timeouts.total, None
        try:
            if total is None:
                response = await exchange
            else:
                ends = self._loop.time() + total
                async with asyncio.timeout_at(ends):
                    response = await exchange
        except Exception as error:  # noqa: BLE001 - the table says which are ours, the others are raised below
            failure = self._failure(error, opening, host)
        except BaseException:
            opening.abort()
            raise
        else:
            if not opening.late:
                return _AiohttpWire(self, response, host, ends)
            response.close()
            failure = timed_out("first content", self.timeouts, host)
        finally:
            opening.done()
            _opening.reset(token)
        opening.abort()
        raise failure

    def _failure(self, error: Exception, opening: _Opening, host: str) -> Exception:
        if opening.late:
            return timed_out("first content", self.timeouts, host)
        if isinstance(error, aiohttp.ServerTimeoutError):
            return timed_out("connect", self.timeouts, host)
        if type(error) is TimeoutError:
            return timed_out("total", self.timeouts, host)
        if self._session.closed:
            return unanswered(host, "the HTTP object was closed", None, sent=opening.transport is not None)
        if isinstance(error, ValueError | TypeError) and not isinstance(error, OSError):
            return unsendable(host)
        for kind, reason in _NO_ANSWER:
            if isinstance(error, kind):
                return unanswered(host, reason, _os_error(error), sent=opening.transport is not None)
        return error

    def _target(self, text: str) -> tuple[URL, str, str | None]:
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
        target = self._targets[text] = (url, host, proxy)
        return target

    async def aclose(self) -> None:
        self._abort_all()
        await self._session.close()
        await asyncio.sleep(0)

    def kill(self) -> None:
        self._abort_all()
        self._session.detach()

    def _abort_all(self) -> None:
        for wire in list(self.wires):
            wire.abort()
        for protocol in list(self._connector.protocols):
            end_transport(protocol.transport, self._loop)


def _left_out(headers: Mapping[str, str]) -> tuple[str, ...] | None:
    """What aiohttp must not add by itself; it is costly to say, and most requests have their content type."""
    return None if "Content-Type" in headers or "content-type" in headers else ("Content-Type",)


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
