"""What the two engines have in common: settings, requests and responses, the open wire, and the words of failures."""

from __future__ import annotations

import asyncio
import ssl
import sys
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import TYPE_CHECKING, Protocol
from urllib.parse import urlsplit

from ai_sdk._frozen import frozen
from ai_sdk.errors import (
    APIConnectionError,
    APITimeoutError,
    InterruptedStreamError,
    InvalidRequestError,
    ResponseClosedError,
)

if TYPE_CHECKING:
    from collections.abc import Mapping

    from ai_sdk.errors import TimeoutLimit


@frozen()
class Timeouts:
    """How long to wait, in seconds; None is for ever. The error of a limit that passed says which one it was.

    ``connect``: until there is a connection (name, TCP and TLS). ``first_byte``: from then on until the response
    headers are here. ``idle``: how long one read of the body may wait. ``total``: the whole exchange, body included.
    """

    connect: float | None = 10.0
    first_byte: float | None = 600.0
    idle: float | None = 300.0
    total: float | None = None

    def __post_init__(self) -> None:
        for each in fields(self):
            seconds = getattr(self, each.name)
            if seconds is not None and not seconds > 0:
                raise InvalidRequestError(
                    f"Timeouts({each.name}={seconds!r}): a limit is a number of seconds above 0, or None",
                    field=each.name,
                )


@frozen(repr=False)
class HTTPRequest:
    """One request. The body is sent as it is: its content type is a header of the caller's.

    It prints without its headers, body and query, which may hold secrets.
    """

    method: str
    url: str
    headers: Mapping[str, str] = field(default_factory=dict[str, str])
    body: bytes = b""

    def __repr__(self) -> str:
        parts = urlsplit(self.url)
        return f"HTTPRequest({self.method} {parts.scheme}://{host_of(self.url)}{parts.path}, {len(self.body)} bytes)"


@frozen(repr=False)
class HTTPResponse:
    """One whole response, decompressed. Header names are in lower case; repeated headers are joined with a comma."""

    status: int
    headers: Mapping[str, str]
    body: bytes

    def __repr__(self) -> str:
        return f"HTTPResponse({self.status}, {len(self.body)} bytes)"


@dataclass(slots=True)
class Settings:
    """What an ``HTTP`` was made with."""

    client: object | None
    timeouts: Timeouts
    proxy: str | None
    verify: bool | str | ssl.SSLContext
    http2: bool
    guarded: bool = False
    _context: ssl.SSLContext | None = None

    def ssl_context(self) -> ssl.SSLContext | None:
        """Made once, when it is first needed; None for the engine's own default."""
        if isinstance(self.verify, ssl.SSLContext):
            return self.verify
        if self._context is None:
            if isinstance(self.verify, str):
                self._context = _context_with(self.verify)
            elif not self.verify:
                self._context = _trusting_context()
            elif not _has_authorities():
                self._context = _context_of_certifi()
        return self._context


def _context_with(path: str) -> ssl.SSLContext:
    is_folder = Path(path).is_dir()
    try:
        return ssl.create_default_context(cafile=None if is_folder else path, capath=path if is_folder else None)
    except OSError as error:
        reason = error.strerror or "it holds no certificate"
        raise InvalidRequestError(f"verify={path!r} cannot be used: {reason}", field="verify") from error


def _trusting_context() -> ssl.SSLContext:
    context = ssl.create_default_context()
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    return context


def _has_authorities() -> bool:
    """Whether this system has certificate authorities where its OpenSSL, or ``SSL_CERT_FILE``, looks for them."""
    paths = ssl.get_default_verify_paths()
    return sys.platform == "win32" or bool(paths.cafile) or _has_files(paths.capath)


def _has_files(folder: str) -> bool:
    return bool(folder) and any(Path(folder).iterdir())


def _context_of_certifi() -> ssl.SSLContext | None:
    try:
        import certifi
    except ImportError:
        return None
    return ssl.create_default_context(cafile=certifi.where())


class Wire:
    """An open exchange whose response headers are here. It is used in its own loop, and aborted also after it."""

    __slots__ = ("__weakref__", "_failure", "_whole", "headers", "host", "loop", "over", "status")

    def __init__(self, status: int, headers: Mapping[str, str], host: str) -> None:
        self.status = status
        self.headers = headers
        self.host = host
        self.loop = asyncio.get_running_loop()
        self.over = False
        self._whole = False
        self._failure: Exception | None = None

    async def read(self) -> bytes:
        """What has arrived of the body, after waiting for some if need be; nothing at its end."""
        raise NotImplementedError

    def abort(self) -> None:
        """Close the connection now, unless the exchange is over. Never blocks."""
        raise NotImplementedError

    async def settle(self) -> None:
        """Wait for what an abort has left to do."""

    def after(self) -> bytes:
        """What a read after the end gives."""
        if self._whole:
            return b""
        if self._failure is not None:
            raise self._failure
        raise ResponseClosedError(f"the response of {self.host} was released before it was read to its end")


class Engine(Protocol):
    """What makes exchanges in one event loop."""

    async def open(self, request: HTTPRequest, /) -> Wire:
        """Send the request and return when the response headers are here."""
        ...

    async def aclose(self) -> None:
        """Close every connection."""
        ...

    def kill(self) -> None:
        """Close every connection synchronously, also when the loop is closed already."""
        ...


_LIMITS: dict[TimeoutLimit, tuple[str, str]] = {
    "connect": ("connect", "there was no connection to {host}"),
    "first content": ("first_byte", "{host} sent no response headers"),
    "idle": ("idle", "{host} sent nothing more of the response"),
    "total": ("total", "the exchange with {host} was not finished"),
}


def timed_out(limit: TimeoutLimit, timeouts: Timeouts, host: str) -> APITimeoutError:
    """The error for a limit that passed."""
    name, sentence = _LIMITS[limit]
    seconds: float | None = getattr(timeouts, name)
    within = f"within {seconds:g} seconds" if seconds is not None else "in time"
    return APITimeoutError(
        f"{sentence.format(host=host)} {within}; Timeouts({name}=...) sets this limit", limit=limit, seconds=seconds
    )


def unanswered(host: str, reason: str, cause: BaseException | None, *, sent: bool) -> APIConnectionError:
    """The error for an exchange without an answer. ``cause`` becomes its cause when it is a plain OS error."""
    error = APIConnectionError(f"no answer from {host}: {reason}{_detail(cause)}")
    error.sent = sent
    error.__cause__ = cause
    return error


def cut_off(host: str, reason: str, cause: BaseException | None = None) -> InterruptedStreamError:
    """The error for a body that is not complete."""
    error = InterruptedStreamError(f"the response of {host} broke off: {reason}{_detail(cause)}")
    error.__cause__ = cause
    return error


def unsendable(host: str) -> InvalidRequestError:
    """The error for a URL or headers that HTTP cannot carry; it shows neither, because either may hold a key."""
    return InvalidRequestError(
        f"the request to {host or 'nowhere'} cannot be sent: it needs an http:// or https:// URL with a host, "
        "and headers that are strings without line breaks",
        field="url",
    )


def _detail(cause: BaseException | None) -> str:
    words = getattr(cause, "verify_message", None) or getattr(cause, "strerror", None)
    return f" ({words})" if words else ""


def host_of(url: str) -> str:
    """Host and port, without the credentials that a URL may have."""
    return urlsplit(url).netloc.rpartition("@")[2]


def checked_host(url: str) -> str:
    """The host and port of a URL that can be used."""
    try:
        parts = urlsplit(url)
        usable = parts.scheme in ("http", "https") and bool(parts.hostname) and (parts.port or 1) > 0
        host = host_of(url)
    except ValueError:
        usable, host = False, ""
    if not usable:
        raise unsendable(host)
    return host


def without_credentials(url: str) -> str:
    """The URL, with stars for the credentials that it may have."""
    parts = urlsplit(url)
    if "@" not in parts.netloc:
        return url
    return parts._replace(netloc=f"***@{parts.netloc.rpartition('@')[2]}").geturl()


def checked_proxy(proxy: str) -> str:
    """The URL of a proxy that aiohttp can use."""
    if "://" not in proxy:
        proxy = f"http://{proxy}"
    if proxy.partition("://")[0].lower() not in ("http", "https"):
        raise InvalidRequestError(
            f"the proxy {host_of(proxy)} is not an http:// or https:// proxy; give HTTP(client=...) an httpx client "
            "that can use it",
            field="proxy",
        )
    return proxy


def user_agent() -> str:
    """Who we say we are, unless the caller says it."""
    from importlib.metadata import PackageNotFoundError, version

    try:
        return f"ai-sdk-layers/{version('ai-sdk-layers')}"
    except PackageNotFoundError:
        return "ai-sdk-layers"
