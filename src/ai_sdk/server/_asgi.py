"""One HTTP exchange over ASGI: the request within its limits, the answer, and the client that may leave.

Nothing here runs in a task but the wait for the client's leave: a call of a model stays in the task of its request.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterable, Mapping, MutableMapping
from typing import TYPE_CHECKING, Any, Self, TypeAlias, cast

from pydantic_core import from_json

from ai_sdk.endpoint import to_json
from ai_sdk.server._failures import Refused

if TYPE_CHECKING:
    from types import TracebackType

__all__ = ["ClientLeft", "Exchange", "Limits", "Receive", "Scope", "Send", "until_left"]

Scope: TypeAlias = MutableMapping[str, Any]
Receive: TypeAlias = Callable[[], Awaitable[MutableMapping[str, Any]]]
Send: TypeAlias = Callable[[MutableMapping[str, Any]], Awaitable[None]]
Headers: TypeAlias = Iterable[tuple[str, str]]


class Limits:
    """How much of a request is taken: bytes of its body, and of its headers."""

    __slots__ = ("body", "headers")

    def __init__(self, body: int, headers: int) -> None:
        self.body = body
        self.headers = headers


class ClientLeft(Exception):  # noqa: N818 - nothing failed
    """The client closed the connection before its answer was complete."""


class Exchange:
    """One request and its answer.

    ``headers`` are the request's, in lower case; the last one of a name counts. ``started`` is whether the answer has
    begun, ``status`` with which status; ``left`` whether the client is known to have gone.
    """

    def __init__(self, scope: Scope, receive: Receive, send: Send, limits: Limits, request_id: str) -> None:
        self.scope = scope
        self.receive = receive
        self.request_id = request_id
        self.status = 0
        self.started = False
        self.left = False
        self.extra: list[tuple[str, str]] = [("x-request-id", request_id)]
        self._send = send
        self._limits = limits
        self.headers = _headers_of(scope)

    @property
    def path(self) -> str:
        """The path, without the place where the application is mounted."""
        path, root = str(self.scope["path"]), str(self.scope.get("root_path") or "")
        return path.removeprefix(root) if root and path.startswith(root) else path

    def check_headers(self) -> None:
        """Refuse more headers than are taken."""
        pairs: list[tuple[bytes, bytes]] = list(self.scope["headers"])
        size = sum(len(name) + len(value) + 4 for name, value in pairs)
        if size > self._limits.headers:
            allowed = self._limits.headers
            raise Refused(431, f"the headers have {size} bytes; allowed are {allowed}", code="headers_too_large")

    async def body(self) -> bytes:
        """The whole body. Raises ``Refused`` for more than is taken, before it is all here."""
        allowed = self._limits.body
        announced = self.headers.get("content-length", "")
        if announced.isdecimal() and int(announced) > allowed:
            raise self._too_large()
        pieces: list[bytes] = []
        size = 0
        while True:
            message = await self.receive()
            if message["type"] == "http.disconnect":
                self.left = True
                raise ClientLeft
            pieces.append(message.get("body", b""))
            size += len(pieces[-1])
            if size > allowed:
                raise self._too_large()
            if not message.get("more_body", False):
                return b"".join(pieces)

    def _too_large(self) -> Refused:
        allowed = self._limits.body
        return Refused(413, f"the body is too large; allowed are {allowed} bytes", code="body_too_large")

    async def json(self) -> dict[str, Any]:
        """The body as a JSON object."""
        try:
            value = from_json(await self.body(), allow_inf_nan=False)
        except ValueError as error:
            raise Refused(400, f"the body is not valid JSON: {error}", param="body") from error
        if not isinstance(value, dict):
            raise Refused(400, f"the body is a JSON {type(value).__name__}; allowed is an object", param="body")
        return cast("dict[str, Any]", value)

    async def start(self, status: int, content_type: str, headers: Headers = ()) -> None:
        """Send the status and the headers."""
        self.started, self.status = True, status
        pairs = [("content-type", content_type), *self.extra, *headers]
        raw = [(name.encode("latin-1", "replace"), value.encode("latin-1", "replace")) for name, value in pairs]
        await self._send({"type": "http.response.start", "status": status, "headers": raw})

    async def write(self, data: bytes, *, more: bool = True) -> None:
        """Send a piece of the answer; the last one without ``more``."""
        try:
            await self._send({"type": "http.response.body", "body": data, "more_body": more})
        except OSError as error:
            self.left = True
            raise ClientLeft from error

    async def answer(self, status: int, data: bytes, content_type: str, headers: Headers = ()) -> None:
        """Send a whole answer."""
        await self.start(status, content_type, [("content-length", str(len(data))), *headers])
        await self.write(data, more=False)

    async def answer_json(self, value: Any, status: int = 200, headers: Headers = ()) -> None:
        """Send a whole answer of JSON."""
        await self.answer(status, to_json(value), "application/json", headers)

    async def start_events(self) -> None:
        """Begin a stream of server-sent events, which no proxy may hold back."""
        await self.start(200, "text/event-stream", [("cache-control", "no-cache"), ("x-accel-buffering", "no")])


def _headers_of(scope: Mapping[str, Any]) -> dict[str, str]:
    pairs: list[tuple[bytes, bytes]] = list(scope["headers"])
    return {name.decode("latin-1").lower(): value.decode("latin-1") for name, value in pairs}


class until_left:  # noqa: N801 - used as a function
    """Cancel what is awaited in the block when the client leaves, and raise ``ClientLeft`` instead.

    The body must have been read. What is cancelled sees an ordinary cancellation, so that it closes what it holds.
    """

    __slots__ = ("_exchange", "_scope", "_watcher")

    def __init__(self, exchange: Exchange) -> None:
        self._exchange = exchange
        self._scope = asyncio.timeout(None)

    async def __aenter__(self) -> Self:
        await self._scope.__aenter__()
        self._watcher = asyncio.create_task(_left(self._exchange.receive))
        self._watcher.add_done_callback(self._leave)
        return self

    def _leave(self, watcher: asyncio.Task[None]) -> None:
        if not watcher.cancelled() and watcher.exception() is None:
            self._exchange.left = True
            self._scope.reschedule(0)

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, tb: TracebackType | None
    ) -> None:
        self._watcher.remove_done_callback(self._leave)
        self._watcher.cancel()
        try:
            await self._scope.__aexit__(kind, error, tb)
        except TimeoutError as timeout:
            raise ClientLeft from timeout


async def _left(receive: Receive) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass
