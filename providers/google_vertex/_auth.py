"""Who asks: tokens of Google Cloud, through google-auth, kept until shortly before they expire."""

from __future__ import annotations

import asyncio
import inspect
import os
import threading
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Any, cast

from ai_sdk.errors import AISDKError, APIConnectionError, AuthenticationError, MissingExtraError

if TYPE_CHECKING:
    from ai_sdk.http import HTTP, HTTPRequest

__all__ = ["SCOPE", "GoogleTokens", "Token", "project_of", "signer"]

SCOPE = "https://www.googleapis.com/auth/cloud-platform"
Token = Callable[[], "str | Awaitable[str]"]
_TOKEN_URI = "https://oauth2.googleapis.com/token"  # noqa: S105 - an address
_LONGEST_EXCHANGE = 120


def signer(token: Token) -> Callable[[HTTPRequest], Awaitable[HTTPRequest]]:
    """What puts a bearer token on a request that has neither a token nor a key of its own."""

    async def sign(request: HTTPRequest) -> HTTPRequest:
        if not request.headers.keys().isdisjoint(("authorization", "x-goog-api-key")):
            return request
        value = token()
        if inspect.isawaitable(value):
            value = await value
        return replace(request, headers={**request.headers, "authorization": f"Bearer {value}"})

    return sign


def project_of(credentials: Any) -> str | None:
    """The project that credentials belong to, if they say."""
    found: Any = credentials
    name = "project_id"
    project: Any = (
        cast("Mapping[str, Any]", found).get(name) if isinstance(found, Mapping) else getattr(found, name, None)
    )
    return project if isinstance(project, str) and project else None


class GoogleTokens:
    """Gives tokens of google-auth credentials; without any, those that the environment has (ADC).

    ``credentials``: an object of google-auth (or of its shape: ``valid``, ``token``, ``refresh(request)``), what a
    service account's key file holds as a mapping, or None. google-auth works in a thread; its exchanges go through
    our own HTTP. There is one refresh at a time, for all callers.
    """

    def __init__(self, credentials: Any = None, http: HTTP | None = None) -> None:
        self._given = credentials
        self._http = http
        self._credentials: Any = None
        self._lock = threading.Lock()
        self._flights: dict[asyncio.AbstractEventLoop, asyncio.Future[str]] = {}

    def __repr__(self) -> str:
        return "<tokens of Google Cloud>"

    async def __call__(self) -> str:
        """A token that is valid for some minutes more."""
        current = self._credentials
        if current is not None and current.valid:
            return cast("str", current.token)
        loop = asyncio.get_running_loop()
        flight = self._flights.get(loop)
        if flight is None or flight.done():
            flight = self._flights[loop] = loop.run_in_executor(None, self._refreshed, loop)
            flight.add_done_callback(lambda done: self._landed(loop, done))
        return await asyncio.shield(flight)

    def _landed(self, loop: asyncio.AbstractEventLoop, flight: asyncio.Future[str]) -> None:
        self._flights.pop(loop, None)
        if not flight.cancelled():
            flight.exception()

    def _refreshed(self, loop: asyncio.AbstractEventLoop) -> str:
        """A valid token; runs in a thread, one thread at a time."""
        with self._lock:
            current = self._credentials
            if current is not None and current.valid:
                return cast("str", current.token)
            exceptions = _google_auth_exceptions()
            request = _requester(loop, self._http)
            try:
                if current is None:
                    current = _found(self._given, request)
                if not current.valid:
                    current.refresh(request)
            except exceptions.TransportError as error:
                raise APIConnectionError(f"google_vertex got no access token: {error}") from error
            except exceptions.GoogleAuthError as error:
                raise AuthenticationError(f"no access token: {error}", provider="google_vertex") from error
            self._credentials = current
            return cast("str", current.token)


def _google_auth_exceptions() -> Any:
    try:
        from google.auth import exceptions
    except ImportError as error:
        raise MissingExtraError(
            "google_vertex needs google-auth for credentials: pip install 'ai-sdk-layers[google]'"
        ) from error
    return exceptions


def _found(given: Any, request: Any) -> Any:
    """The credentials that were given, a service account of the environment, or the application's default ones."""
    import google.auth as google_auth
    from google.auth import credentials as shapes
    from google.oauth2 import service_account

    auth: Any = google_auth
    accounts: Any = service_account
    if given is None:
        given = _account_of_environment()
    if isinstance(given, Mapping):
        return accounts.Credentials.from_service_account_info(dict(cast("Mapping[str, Any]", given)), scopes=[SCOPE])
    if given is not None:
        return cast("Any", shapes).with_scopes_if_required(given, [SCOPE])
    return auth.default(scopes=[SCOPE], request=request)[0]


def _account_of_environment() -> dict[str, str] | None:
    email, key = os.environ.get("GOOGLE_CLIENT_EMAIL"), os.environ.get("GOOGLE_PRIVATE_KEY")
    if not (email and key):
        return None
    key_id = os.environ.get("GOOGLE_PRIVATE_KEY_ID", "")
    return {
        "type": "service_account",
        "client_email": email,
        "private_key": key.replace("\\n", "\n"),
        "private_key_id": key_id,
        "token_uri": _TOKEN_URI,
    }


class _Answer:
    """An HTTP answer as google-auth reads it."""

    def __init__(self, status: int, headers: Mapping[str, str], data: bytes) -> None:
        self.status = status
        self.headers = headers
        self.data = data


def _requester(loop: asyncio.AbstractEventLoop, http: HTTP | None) -> Any:
    """A transport for google-auth, which calls it in a thread: the exchange itself runs in the event loop."""
    from google.auth import exceptions

    from ai_sdk.http import HTTPRequest, default_http

    def request(
        url: str,
        method: str = "GET",
        body: Any = None,
        headers: Mapping[str, str] | None = None,
        timeout: float | None = None,
        **_: Any,
    ) -> _Answer:
        data = body.encode() if isinstance(body, str) else body or b""
        asked = HTTPRequest(method, url, {name.lower(): each for name, each in (headers or {}).items()}, data)
        sending = asyncio.run_coroutine_threadsafe((http or default_http()).send(asked), loop)
        try:
            answer = sending.result(timeout or _LONGEST_EXCHANGE)
        except (AISDKError, TimeoutError) as error:
            sending.cancel()
            raise cast("Any", exceptions).TransportError(str(error)) from error
        return _Answer(answer.status, answer.headers, answer.body)

    return request
