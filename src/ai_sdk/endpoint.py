"""Where a provider is, with which key and headers to ask it, and what its answers and errors look like on HTTP."""

from __future__ import annotations

import asyncio
import os
from collections.abc import AsyncGenerator, Callable, Mapping
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import TYPE_CHECKING, Any, NamedTuple, cast
from urllib.parse import urlencode, urlsplit

from ai_sdk._frozen import EMPTY, FrozenDict, freeze
from ai_sdk.credentials import overriding_key
from ai_sdk.ending import Ending
from ai_sdk.errors import (
    AISDKError,
    APIConnectionError,
    APIError,
    InvalidRequestError,
    InvalidResponseError,
    MissingAPIKeyError,
    StreamError,
    api_error,
)
from ai_sdk.http import HTTPRequest, default_http
from ai_sdk.messages import FilePart
from ai_sdk.retry_after import parse_retry_after

if TYPE_CHECKING:
    from ai_sdk.call import Attempt
    from ai_sdk.download import Downloaded
    from ai_sdk.http import HTTP, HTTPResponse, HTTPStream

__all__ = [
    "Endpoint",
    "ErrorInfo",
    "ErrorReader",
    "Exchange",
    "bearer",
    "clean",
    "drain",
    "parse_json",
    "read_all",
    "read_error",
    "request_id",
    "shown",
    "to_json",
]

_REQUEST_IDS = (
    "x-request-id",
    "request-id",
    "x-amzn-requestid",
    "apim-request-id",
    "x-goog-request-id",
    "dg-request-id",
    "x-vercel-id",
    "cf-ray",
)
_SECRET_HEADERS = frozenset({"set-cookie", "authorization", "proxy-authorization"})
_SHORTEST_SECRET = 6
_LONGEST_MESSAGE = 500
_FETCH_PAUSES = (0.5, 1.0, 2.0)


def to_json(value: Any) -> bytes:
    """Compact JSON; NaN and infinity, which JSON lacks, become null.

    Raises ``InvalidRequestError`` for what has no JSON form, such as an object of a foreign class or a lone surrogate.
    """
    import pydantic_core

    try:
        return pydantic_core.to_json(value, inf_nan_mode="null")
    except ValueError as error:
        raise InvalidRequestError(f"the request cannot be written as JSON: {error}") from error


def parse_json(body: bytes, provider: str) -> Any:
    """Decode the body of an answer; raises ``InvalidResponseError`` with its beginning when it is not JSON."""
    import pydantic_core

    try:
        return pydantic_core.from_json(body)
    except ValueError as error:
        text = body[:_LONGEST_MESSAGE].decode("utf-8", "replace")
        raise InvalidResponseError(
            f"{provider} answered with something that is not JSON: {error}", body=text
        ) from error


class ErrorInfo(NamedTuple):
    """What a provider said about a failure, in its own words. ``status`` is a status inside the body."""

    message: str | None = None
    type: str | None = None
    code: str | None = None
    status: int | None = None


ErrorReader = Callable[[Any], ErrorInfo]


def read_error(body: Any) -> ErrorInfo:
    """Read the shapes of error bodies that occur: nested in ``error``, flat, or a bare ``detail`` (recorded).

    A list of ``{"loc": ["body", "text"], "msg": "Field required"}`` reads ``body.text: Field required``.
    """
    if isinstance(body, list) and body:
        body = cast("list[Any]", body)[0]
    if not isinstance(body, dict):
        return ErrorInfo(_words(body))
    said = cast("dict[str, Any]", body)
    inner = said.get("error")
    if isinstance(inner, dict):
        said = cast("dict[str, Any]", inner)
        inner = None
    texts = [_told(said.get(name)) for name in ("message", "detail", "error_description", "msg")]
    message = next((text for text in texts if text is not None), None)
    return ErrorInfo(
        message or _words(inner),
        _words(said.get("type")),
        _words(said.get("code")),
        _status_in(said.get("status_code")) or _status_in(said.get("status")) or _status_in(said.get("code")),
    )


def _told(value: Any) -> str | None:
    if value == []:
        return None
    problems = cast("list[dict[str, Any]]", value) if isinstance(value, list) else []
    if problems and all(isinstance(cast("object", each), dict) and each.get("msg") for each in problems):
        return "; ".join(map(_problem, problems))
    return _words(value)


def _problem(said: dict[str, Any]) -> str:
    place = ".".join(map(str, said["loc"])) if isinstance(said.get("loc"), list | tuple) else ""
    return f"{place}: {said['msg']}" if place else str(said["msg"])


def _words(value: Any) -> str | None:
    if value is None or value == "" or isinstance(value, bool):
        return None
    if isinstance(value, str):
        return value
    try:
        return to_json(value).decode()
    except InvalidRequestError:
        return None


def _status_in(value: Any) -> int | None:
    return value if isinstance(value, int) and 400 <= value <= 599 else None


def bearer(key: str) -> Mapping[str, str]:
    """``Authorization: Bearer <key>``."""
    return {"authorization": f"Bearer {key}"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Endpoint:
    """Where a provider is, how to ask it, and how its errors read. Its repr shows no key and no header.

    ``key``: given by the user, else the first variable of ``key_env`` that is set, looked up at each call.
    ``auth`` makes the headers of a key. ``header_env`` maps header names to variables that fill them when set.
    ``headers`` go out with every request and win over ``auth``; the headers of a request win over all.
    ``sign`` is an ``async`` function from request to request, called last, for keys that expire and for signatures.
    """

    name: str
    base_url: str
    base_url_env: str | None = None
    key: str | None = field(default=None, repr=False)
    key_env: tuple[str, ...] = ()
    key_required: bool = True
    auth: Callable[[str], Mapping[str, str]] = field(default=bearer, repr=False)
    headers: Mapping[str, str] = field(default=EMPTY, repr=False)
    header_env: Mapping[str, str] = field(default=EMPTY, repr=False)
    query: Mapping[str, str] = field(default=EMPTY, repr=False)
    sign: Callable[[HTTPRequest], Any] | None = field(default=None, repr=False)
    http: HTTP | None = field(default=None, repr=False)
    read_error: ErrorReader = field(default=read_error, repr=False)

    def __post_init__(self) -> None:
        for name in ("headers", "header_env", "query"):
            object.__setattr__(self, name, freeze(getattr(self, name) or EMPTY))

    def __repr__(self) -> str:
        return f"Endpoint({self.name!r}, {shown(self.base_url)!r})"

    def api_key(self) -> str | None:
        """The key that overrides (``ai_sdk.credentials``), else as given, else from the environment, else None."""
        other = overriding_key(self.name, self.base_url, self.key)
        for key in (other, self.key):
            if key and (stripped := key.strip()):
                return stripped
        for name in self.key_env:
            if (key := os.environ.get(name)) and (stripped := key.strip()):
                return stripped
        return None

    def url(self, path: str) -> str:
        """The base URL, or that of the variable ``base_url_env`` when it is set, with a path and without the query.

        A whole URL, such as one in the provider's answer, is taken when its origin is that of the base URL; to another
        one the key must not go, and ``InvalidResponseError`` is raised.
        """
        override = os.environ.get(self.base_url_env) if self.base_url_env else None
        base = override or self.base_url
        if not base:
            how = f"set {self.base_url_env} or give base_url=..." if self.base_url_env else "give base_url=..."
            raise InvalidRequestError(f"{self.name} has no base URL: {how}", field="base_url")
        if not path.startswith(("http://", "https://")):
            return base.rstrip("/") + path
        if self.may_send_to(path, base):
            return path
        there, here = urlsplit(path).hostname, urlsplit(base).hostname
        raise InvalidResponseError(
            f"{self.name} names a URL at {there}, which is not where it is configured to be ({here}): its key does not "
            "go there"
        )

    def may_send_to(self, url: str, base: str) -> bool:
        """Whether the key may go to a whole URL: to one at the origin of the base URL; a subclass may know others."""
        try:
            there, here = urlsplit(url), urlsplit(base)
        except ValueError:
            return False
        return (there.scheme, there.netloc) == (here.scheme, here.netloc)

    def all_headers(self, more: Mapping[str, str], content_type: str | None) -> dict[str, str]:
        """The headers of a request, in lower case; ``MissingAPIKeyError`` when a key is needed and there is none."""
        headers = {"user-agent": "ai-sdk-layers", "accept": "*/*"}
        if content_type is not None:
            headers["content-type"] = content_type
        for name, variable in self.header_env.items():
            if value := os.environ.get(variable):
                headers[name.lower()] = value
        own: Mapping[str, str] = EMPTY
        if self.headers or more:
            own = {name.lower(): value for each in (self.headers, more) for name, value in each.items()}
        headers.update(self._auth_headers(own))
        headers.update(own)
        return headers

    def _auth_headers(self, own: Mapping[str, str]) -> Mapping[str, str]:
        key = self.api_key()
        if key is None:
            if self.key_required and self.sign is None and own.keys().isdisjoint(self.auth("")):
                raise self._missing_key()
            return EMPTY
        if not (key.isascii() and key.isprintable()):
            raise InvalidRequestError(
                f"the API key of {self.name} has a character that an HTTP header cannot carry: copy it again",
                field="api_key",
            )
        return self.auth(key)

    def _missing_key(self) -> MissingAPIKeyError:
        create = f"create_{self.name}(api_key=...)" if self.name.isidentifier() else "api_key=..."
        variables = " or ".join(self.key_env)
        how = f"set the environment variable {variables}, or use {create}" if variables else f"use {create}"
        return MissingAPIKeyError(f"{self.name} has no API key: {how}", field="api_key")

    def redacted(self, body: bytes) -> bytes:
        """The body without the key, should the provider echo it."""
        key = self.api_key()
        if key is None or len(key) < _SHORTEST_SECRET:
            return body
        return body.replace(key.encode(), b"***")


def shown(url: str) -> str:
    """A URL without its password."""
    parts = urlsplit(url)
    if "@" not in parts.netloc:
        return url
    return parts._replace(netloc="***@" + parts.netloc.rpartition("@")[2]).geturl()


class Exchange:
    """One HTTP exchange with an endpoint on behalf of a model; what came back is noted on the attempt, if any.

    ``headers`` are those of the answer, without the ones that are secrets.
    """

    __slots__ = ("attempt", "endpoint", "headers", "model_id")

    def __init__(self, endpoint: Endpoint, model_id: str | None = None, attempt: Attempt | None = None) -> None:
        self.endpoint = endpoint
        self.model_id = model_id
        self.attempt = attempt
        self.headers: FrozenDict[str, str] = EMPTY

    async def send(
        self,
        path: str,
        body: Any = None,
        headers: Mapping[str, str] = EMPTY,
        *,
        method: str = "POST",
        content_type: str = "application/json",
    ) -> HTTPResponse:
        """Send bytes, or anything else as JSON, and read the whole answer.

        Raises ``APIError`` for a status other than 2xx and ``APIConnectionError`` when there is no answer.
        """
        http = self._http()
        response = await http.send(await self._request(method, path, body, headers, content_type))
        self._note(response.status, response.headers)
        if not 200 <= response.status < 300:
            raise self.error(response.status, response.headers, response.body)
        return response

    async def open(
        self,
        path: str,
        body: Any = None,
        headers: Mapping[str, str] = EMPTY,
        *,
        method: str = "POST",
        content_type: str = "application/json",
    ) -> HTTPStream:
        """Send, and return when the response headers are here; the caller holds the stream on its response."""
        http = self._http()
        stream = await http.open(await self._request(method, path, body, headers, content_type))
        self._note(stream.status, stream.headers)
        if 200 <= stream.status < 300:
            return stream
        raise self.error(stream.status, stream.headers, await read_all(stream, b""))

    async def json(
        self, path: str, body: Any = None, headers: Mapping[str, str] = EMPTY, *, method: str = "POST"
    ) -> tuple[Any, Mapping[str, str]]:
        """Send, and decode the answer as JSON; with its headers."""
        response = await self.send(path, body, headers, method=method)
        return parse_json(response.body, self.endpoint.name), self.headers

    async def download(self, url: str, *, max_bytes: int | None = None) -> Downloaded:
        """Fetch a file that the provider made, without its key; see ``ai_sdk.download``.

        ``data:`` URLs are decoded. Files at the provider's own origin may be at a private address, as the provider is.
        Raises ``DownloadError``.
        """
        from ai_sdk.download import MOST_BYTES, Downloaded, download

        if url.startswith("data:"):
            part = FilePart.from_url(url)
            return Downloaded(part.data or b"", part.media_type)
        base = self.endpoint.url("")
        return await download(url, max_bytes=max_bytes or MOST_BYTES, trusted=(base,), http=self._http())

    async def fetch(self, url: str, *, job: str | None = None) -> Downloaded:
        """Download what a call has made. It is paid for: what fails for a moment is tried again, four times in all.

        Raises ``DownloadError``, which is not retryable, because the call would be paid again; it has the ``job``.
        """
        from ai_sdk.download import DownloadError

        for pause in (*_FETCH_PAUSES, None):
            try:
                return await self.download(url)
            except DownloadError as error:
                if pause is None or not error.retryable:
                    error.retryable = False
                    error.job = job
                    raise
                await asyncio.sleep(pause)
        raise AssertionError("the last pause is None")

    def _http(self) -> HTTP:
        if self.endpoint.http is not None:
            return self.endpoint.http
        return default_http()

    async def _request(
        self, method: str, path: str, body: Any, headers: Mapping[str, str], content_type: str
    ) -> HTTPRequest:
        endpoint = self.endpoint
        data = b"" if body is None else body if isinstance(body, bytes) else to_json(body)
        url = endpoint.url(path)
        if endpoint.query:
            url = f"{url}{'&' if '?' in url else '?'}{urlencode(endpoint.query)}"
        request = HTTPRequest(method, url, endpoint.all_headers(headers, None if body is None else content_type), data)
        if endpoint.sign is not None:
            request = cast("HTTPRequest", await endpoint.sign(request))
        return request

    def _note(self, status: int, headers: Mapping[str, str]) -> None:
        self.headers = clean(headers)
        if self.attempt is not None:
            self.attempt.status = status
            self.attempt.headers = self.headers
            self.attempt.request_id = request_id(headers)

    def error(self, status: int | None, headers: Mapping[str, str], body: bytes) -> APIError:
        """The error for an answer with a bad status."""
        import pydantic_core

        raw = self.endpoint.redacted(body)
        text = raw.decode("utf-8", "replace")
        try:
            data: Any = pydantic_core.from_json(raw)
        except ValueError:
            data = None
        info = self.endpoint.read_error(data) if data is not None else ErrorInfo()
        return self.error_of(info, data if data is not None else text, status=status, headers=headers, text=text)

    def error_of(
        self,
        info: ErrorInfo,
        body: Any,
        *,
        status: int | None = None,
        headers: Mapping[str, str] = EMPTY,
        text: str = "",
    ) -> APIError:
        """The error for what a provider said, in an answer or inside a stream."""
        status = status if status is not None else info.status
        return api_error(
            info.message or _plain_words(text) or _phrase(status),
            status=status,
            code=info.code,
            type=info.type,
            provider=self.endpoint.name,
            model=self.model_id,
            request_id=request_id(headers),
            body=body,
            headers=clean(headers),
            retry_after=parse_retry_after(headers, text or info.message or ""),
        )


def _plain_words(text: str) -> str | None:
    text = text.strip()
    if not text or text[0] in "<{[":
        return None
    return text if len(text) <= _LONGEST_MESSAGE else text[:_LONGEST_MESSAGE] + "..."


def _phrase(status: int | None) -> str:
    try:
        return f"HTTP {status} {HTTPStatus(status or 0).phrase}"
    except ValueError:
        return f"HTTP {status}" if status is not None else "the provider reported an error without a message"


def request_id(headers: Mapping[str, str]) -> str | None:
    """The provider's name for this request, to quote to its support."""
    for name in _REQUEST_IDS:
        if name in headers:
            return headers[name]
    return None


def clean(headers: Mapping[str, str]) -> FrozenDict[str, str]:
    """Response headers without those that are secrets."""
    if isinstance(headers, FrozenDict):
        return headers
    if _SECRET_HEADERS.isdisjoint(headers):
        return FrozenDict(headers)
    return FrozenDict({name: value for name, value in headers.items() if name not in _SECRET_HEADERS})


async def read_all(stream: HTTPStream, otherwise: bytes | None = None) -> bytes:
    """Read and release a stream; ``otherwise`` stands in for a body that breaks off."""
    try:
        return await stream.read()
    except AISDKError:
        if otherwise is None:
            raise
        return otherwise
    finally:
        stream.release(Ending("end"))


async def drain(chunks: AsyncGenerator[bytes, None], seconds: float = 0.25) -> None:
    """Read what follows the terminal event, so that the connection can be used again; give up soon and quietly."""
    try:
        async with asyncio.timeout(seconds):
            async for _ in chunks:
                pass
    except (TimeoutError, APIConnectionError, StreamError):
        return
