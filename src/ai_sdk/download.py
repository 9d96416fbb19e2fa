"""The one way to fetch a URL that comes from outside: public addresses only, so many bytes, so much time."""

from __future__ import annotations

import asyncio
import mimetypes
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal, TypeAlias
from urllib.parse import urljoin, urlsplit

from ai_sdk.ending import Ending
from ai_sdk.errors import AISDKError, APITimeoutError, InvalidRequestError
from ai_sdk.http import ForbiddenAddressError, HTTPRequest, default_http
from ai_sdk.media import media_type_of

if TYPE_CHECKING:
    from ai_sdk.http import HTTP, HTTPStream

__all__ = ["MOST_BYTES", "DownloadError", "DownloadFailure", "Downloaded", "download", "origin_of"]

MOST_BYTES = 256 * 1024 * 1024
"""How much is downloaded at most unless the caller says otherwise: 256 MiB."""

DownloadFailure: TypeAlias = Literal["forbidden", "too large", "too slow", "too many redirects", "status", "connection"]
_REDIRECTS = frozenset({301, 302, 303, 307, 308})
_VAGUE = frozenset(
    {"", "application/octet-stream", "binary/octet-stream", "text/plain", "application/x-www-form-urlencoded"}
)
_AGAIN = frozenset({408, 425, 429, 500, 502, 503, 504})


class DownloadError(AISDKError):
    """A URL was not fetched.

    ``reason`` is one of ``forbidden`` (not a public address, or no http), ``too large``, ``too slow``, ``too many
    redirects``, ``status`` (then ``status`` is it) and ``connection``. ``url`` is the one that failed, after redirects,
    without its query, which may be a secret. ``job`` is the provider's id of the job that made the file, if any.
    """

    job: str | None = None

    def __init__(self, message: str, *, reason: DownloadFailure, url: str, status: int | None = None) -> None:
        super().__init__(message)
        self.reason: DownloadFailure = reason
        self.url = url
        self.status = status
        self.retryable = reason in ("too slow", "connection") or status in _AGAIN


@dataclass(frozen=True, slots=True)
class Downloaded:
    """What was fetched. The media type is what the server says, or what the bytes tell where it says nothing."""

    data: bytes = field(repr=False)
    media_type: str
    filename: str | None = None


async def download(
    url: str,
    *,
    max_bytes: int = MOST_BYTES,
    seconds: float = 300.0,
    redirects: int = 5,
    trusted: Iterable[str] = (),
    http: HTTP | None = None,
) -> Downloaded:
    """Fetch a URL that somebody else chose: a user, a model, or a provider's answer.

    Connects to addresses of the public internet only, also after each redirect and whatever a name resolves to at that
    moment; a redirect from https to http is not followed. The body may have ``max_bytes``, decompressed, and all of it
    may take ``seconds``. No key, cookie or other header of the caller's goes along. Origins in ``trusted``, such as
    ``"http://localhost:8080"``, may be anywhere: the base URL of a provider that the caller configured is one.

    Raises ``InvalidRequestError`` for something that is no http or https URL, and ``DownloadError``.
    """
    request = _Download(
        url, max_bytes, http if http is not None else default_http(), frozenset(map(origin_of, trusted))
    )
    try:
        async with asyncio.timeout(seconds):
            return await request.run(redirects)
    except TimeoutError as error:
        if isinstance(error, AISDKError):
            raise
        raise DownloadError(
            f"{request.shown} was not here after {seconds:g} seconds", reason="too slow", url=request.shown
        ) from None


def origin_of(url: str) -> tuple[str, str, int]:
    """Scheme, host and port of a URL; ``InvalidRequestError`` when it is not one of http or https."""
    try:
        parts = urlsplit(url)
        port = parts.port or {"http": 80, "https": 443}[parts.scheme]
    except (ValueError, KeyError):
        raise InvalidRequestError(f"{url[:200]!r} is no http:// or https:// URL", field="url") from None
    if not parts.hostname or "@" in parts.netloc:
        raise InvalidRequestError("a URL to fetch needs a host, and no user name or password", field="url")
    return parts.scheme, parts.hostname, port


class _Download:
    """A download on its way: ``url`` is where it is after redirects."""

    def __init__(self, url: str, max_bytes: int, http: HTTP, trusted: frozenset[tuple[str, str, int]]) -> None:
        origin_of(url)
        self.url = url
        self._max_bytes = max_bytes
        self._http = http
        self._trusted = trusted

    @property
    def shown(self) -> str:
        return self.url.partition("?")[0].partition("#")[0]

    async def run(self, redirects: int) -> Downloaded:
        for _ in range(redirects + 1):
            stream = await self._open()
            ending = Ending("closed")
            try:
                if stream.status not in _REDIRECTS:
                    found = await self._read(stream)
                    ending = Ending("end")
                    return found
                self._follow(stream)
            finally:
                stream.release(ending)
        raise self._failed("too many redirects", f"there were more than {redirects} redirects")

    async def _open(self) -> HTTPStream:
        door = self._http if origin_of(self.url) in self._trusted else self._http.guarded()
        headers = {"accept": "*/*", "user-agent": "ai-sdk-layers"}
        try:
            return await door.open(HTTPRequest("GET", self.url, headers))
        except (ForbiddenAddressError, InvalidRequestError) as error:
            raise self._failed("forbidden", error.message) from None
        except APITimeoutError as error:
            raise self._failed("too slow", error.message) from error
        except AISDKError as error:
            raise self._failed("connection", error.message) from error

    def _follow(self, stream: HTTPStream) -> None:
        where = urljoin(self.url, stream.headers.get("location", ""))
        try:
            new = origin_of(where)
        except InvalidRequestError:
            raise self._failed("forbidden", "it redirects to something that is no http or https URL") from None
        if origin_of(self.url)[0] == "https" and new[0] == "http":
            raise self._failed("forbidden", "it redirects from https to http")
        self.url = where

    async def _read(self, stream: HTTPStream) -> Downloaded:
        if not 200 <= stream.status < 300:
            raise self._failed("status", f"it answered {stream.status}", stream.status)
        length = stream.headers.get("content-length", "")
        if length.isdecimal() and int(length) > self._max_bytes:
            raise self._too_large()
        data = bytearray()
        try:
            async for chunk in stream.chunks():
                data += chunk
                if len(data) > self._max_bytes:
                    raise self._too_large()
        except DownloadError:
            raise
        except APITimeoutError as error:
            raise self._failed("too slow", error.message) from error
        except AISDKError as error:
            raise self._failed("connection", error.message) from error
        return self._downloaded(bytes(data), stream.headers.get("content-type", ""))

    def _downloaded(self, data: bytes, said: str) -> Downloaded:
        name = urlsplit(self.url).path.rpartition("/")[2] or None
        kind = said.partition(";")[0].strip().lower()
        if kind in _VAGUE:
            kind = media_type_of(data) or mimetypes.guess_type(name or "")[0] or kind or "application/octet-stream"
        return Downloaded(data, kind, name)

    def _too_large(self) -> DownloadError:
        return self._failed("too large", f"it has more than {self._max_bytes} bytes")

    def _failed(self, reason: DownloadFailure, words: str, status: int | None = None) -> DownloadError:
        return DownloadError(f"{self.shown} was not fetched: {words}", reason=reason, url=self.shown, status=status)
