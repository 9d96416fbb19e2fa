"""The HTTP door: one exchange at a time, over aiohttp or over a client of the user's.

The modules of this package are the only ones that know aiohttp and httpx, and they load them on the first exchange. An
HTTP status is never an error here, a redirect is not followed and nothing is tried again. What goes wrong is an
``APIConnectionError``, an ``APITimeoutError`` that says which limit passed, or an ``InterruptedStreamError`` for a body
that was cut off; a cancellation passes untouched and closes the connection.
"""

from __future__ import annotations

import functools
import threading
import weakref
from dataclasses import replace
from typing import TYPE_CHECKING

from ai_sdk.ending import Ending
from ai_sdk.errors import InvalidRequestError
from ai_sdk.http._guard import ForbiddenAddressError
from ai_sdk.http._loops import Loops, run_in
from ai_sdk.http._multipart import multipart
from ai_sdk.http._wire import HTTPRequest, HTTPResponse, Settings, Timeouts, checked_proxy, without_credentials

if TYPE_CHECKING:
    import ssl
    from collections.abc import AsyncGenerator, Mapping

    from ai_sdk.http._wire import Engine, Wire

__all__ = [
    "HTTP",
    "ForbiddenAddressError",
    "HTTPRequest",
    "HTTPResponse",
    "HTTPStream",
    "Timeouts",
    "default_http",
    "multipart",
]


class HTTPStream:
    """A response whose headers are here and whose body is still arriving.

    It belongs to the event loop that opened it and has one reader. It holds its connection until the body was read to
    its end, which gives the connection back to the pool, or until ``release``, which closes it. Dropping the last
    reference releases it too.
    """

    __slots__ = ("__weakref__", "_http", "_wire")

    def __init__(self, http: HTTP, wire: Wire) -> None:
        self._http = http  # an HTTP object that nobody uses closes its connections
        self._wire = wire

    @property
    def status(self) -> int:
        """The HTTP status."""
        return self._wire.status

    @property
    def headers(self) -> Mapping[str, str]:
        """The headers, with names in lower case; repeated ones are joined with a comma."""
        return self._wire.headers

    async def chunks(self) -> AsyncGenerator[bytes, None]:
        """Yield the body as it arrives, decompressed. What arrived before a failure is given before it is raised."""
        read = self._wire.read
        while chunk := await read():
            yield chunk

    async def read(self) -> bytes:
        """Read the whole rest of the body."""
        return await _all_of(self._wire)

    def release(self, ending: Ending, /) -> None:
        """Close the connection now, unless the body was read to its end. From any thread, as often as you like."""
        wire = self._wire
        if not wire.over:
            run_in(wire.loop, wire.abort)

    async def settle(self) -> None:
        """Wait for what a release has left to do: nothing, unless a client of the user's closes asynchronously."""
        await self._wire.settle()

    def __del__(self) -> None:
        self.release(Ending("dropped"))

    def __repr__(self) -> str:
        return f"HTTPStream({self.status}, {'over' if self._wire.over else 'open'})"


class HTTP:
    """Makes HTTP exchanges, in any number of event loops and threads, with connections that are kept and shared.

    ``client``: a client or transport of httpx or httpx2 (``AsyncClient``, ``AsyncBaseTransport``), used as it is and
    never closed; limits that were set on a client count beside ``timeouts``. Without it aiohttp is used, and the number
    of connections has no limit. ``proxy``: the URL of one for every exchange; None takes ``HTTPS_PROXY``,
    ``HTTP_PROXY``, ``ALL_PROXY`` and ``NO_PROXY`` from the environment, which never concern this machine itself.
    ``verify``: False trusts every certificate; a path is a file or folder of certificate authorities; True takes the
    system's, or those of ``SSL_CERT_FILE`` and ``SSL_CERT_DIR``. ``http2``: use httpx with HTTP/2.

    Connections end with their event loop, silently, or by ``aclose()``; an ``HTTP`` that was closed can be used again.
    """

    def __init__(
        self,
        *,
        client: object | None = None,
        timeouts: Timeouts = Timeouts(),  # noqa: B008 - it is immutable
        proxy: str | None = None,
        verify: bool | str | ssl.SSLContext = True,
        http2: bool = False,
    ) -> None:
        if client is not None and (proxy is not None or verify is not True or http2):
            raise InvalidRequestError(
                "HTTP(client=...) takes no proxy=, verify= or http2=: set them on the client", field="client"
            )
        if proxy is not None and not http2:
            proxy = checked_proxy(proxy)
        self._settings = Settings(client, timeouts, proxy, verify, http2)
        self._public: HTTP | None = None
        self._begin()

    def _begin(self) -> None:
        settings = self._settings
        module = "_aiohttp" if settings.client is None and not settings.http2 else "_httpx"
        self._loops = Loops(f"ai_sdk.http.{module}", functools.partial(_make_engine, settings))
        weakref.finalize(self, self._loops.end)

    def guarded(self) -> HTTP:
        """The same door with connections of its own, which connects to public addresses and to no others.

        For URLs that come from outside: what would go to this machine, to a private network or to a cloud's metadata
        raises ``ForbiddenAddressError``, before anything is sent. The addresses that were checked are the very ones
        that are connected to. With a client of the user's, which looks names up itself, the name is looked up
        beforehand; behind a proxy the proxy looks it up, and only a host that is written as an address is checked.
        """
        if self._settings.guarded:
            return self
        with _default_lock:
            if self._public is None:
                self._public = HTTP.__new__(HTTP)
                self._public._settings = replace(self._settings, guarded=True)
                self._public._public = None
                self._public._begin()
            return self._public

    async def send(self, request: HTTPRequest) -> HTTPResponse:
        """Make one exchange and return the whole response."""
        engine = await self._loops.engine()
        wire = await engine.open(request)
        return HTTPResponse(wire.status, wire.headers, await _all_of(wire))

    async def open(self, request: HTTPRequest) -> HTTPStream:
        """Make one exchange and return when the response headers are here. The caller must release the stream."""
        engine = await self._loops.engine()
        return HTTPStream(self, await engine.open(request))

    async def aclose(self) -> None:
        """Close all connections of this event loop, and tell those of other loops to close."""
        await self._loops.aclose()
        if self._public is not None:
            await self._public.aclose()

    def __repr__(self) -> str:
        settings = self._settings
        shown = {
            "client": type(settings.client).__name__ if settings.client is not None else None,
            "timeouts": settings.timeouts if settings.timeouts != Timeouts() else None,
            "proxy": repr(without_credentials(settings.proxy)) if settings.proxy is not None else None,
            "verify": settings.verify if settings.verify is not True else None,
            "http2": settings.http2 or None,
            "guarded": settings.guarded or None,
        }
        return f"HTTP({', '.join(f'{name}={value}' for name, value in shown.items() if value is not None)})"


async def _all_of(wire: Wire) -> bytes:
    first = await wire.read()
    if wire.over:
        return first
    chunks = [first]
    while chunk := await wire.read():
        chunks.append(chunk)
    return b"".join(chunks)


def _make_engine(settings: Settings) -> Engine:
    if settings.client is not None or settings.http2:
        from ai_sdk.http._httpx import HttpxEngine

        return HttpxEngine(settings)
    from ai_sdk.http._aiohttp import AiohttpEngine

    return AiohttpEngine(settings)


_default_lock = threading.Lock()


@functools.cache
def _default() -> HTTP:
    return HTTP()


def default_http() -> HTTP:
    """Return the one instance that providers share unless they are given another."""
    with _default_lock:
        return _default()
