"""The gateway: models under names, behind the OpenAI and Anthropic wires, as an ASGI application.

``Gateway({"fast": stack, "voice": tts})`` is an application for any ASGI server: mount it, or run it with
``ai-sdk serve``. A request is one call of one model in the task of that request; a client that leaves cancels it.
"""

from __future__ import annotations

import re
import uuid
from collections.abc import Awaitable, Callable, Iterable, Mapping
from typing import TYPE_CHECKING, Any, TypeAlias

from ai_sdk.errors import AISDKError, InvalidRequestError, NoSuchModelError
from ai_sdk.provider import KINDS
from ai_sdk.server import _kinds, _language
from ai_sdk.server._asgi import ClientLeft, Exchange, Limits, Receive, Scope, Send
from ai_sdk.server._calls import Call, Served
from ai_sdk.server._failures import Refused, failure_of
from ai_sdk.server._metrics import Metrics
from ai_sdk.server._tracing import traced
from ai_sdk.server.keys import Key, Keyring

if TYPE_CHECKING:
    from ai_sdk.model import Model

__all__ = ["Gateway"]

MIB = 1024 * 1024
_REQUEST_ID = re.compile(r"[A-Za-z0-9_.:-]{1,128}")

Handler: TypeAlias = Callable[[Exchange], Awaitable[None]]


class Gateway:
    """Models as an ASGI application.

    ``models``: by the name under which clients ask for them; their kind is the model's own, or that in ``kinds`` for a
    function that is no language model. ``keys``: who may use it; none lets everybody in, which is for a loopback
    address alone. ``max_body`` and ``max_headers``: how many bytes of a request are taken. A client that sends
    ``x-ai-sdk-explain: 1`` is told the stack and the attempts in headers, if ``explain``.

    The name of a key is the tenant of ``budget`` and the key of ``rate_limit`` layers in the stacks, so that clients do
    not share what these count. A ``cache`` is shared by all clients unless its ``scope`` says otherwise.

    Raises ``InvalidRequestError`` for no models at all, an unknown kind, and two keys of one name.
    """

    def __init__(
        self,
        models: Mapping[str, Model[Any, Any]],
        *,
        keys: Iterable[Key] = (),
        kinds: Mapping[str, str] | None = None,
        max_body: int = 32 * MIB,
        max_headers: int = 64 * 1024,
        explain: bool = True,
    ) -> None:
        if not models:
            raise InvalidRequestError("models is empty; a gateway serves at least one", field="models")
        said = dict(kinds or {})
        self.models = {name: Served.of(name, model, said.pop(name, None)) for name, model in models.items()}
        for name in said:
            raise InvalidRequestError(f"kinds names {name!r}, which is not among the models", field="kinds")
        for each in self.models.values():
            if each.kind not in KINDS:
                raise InvalidRequestError(
                    f"{each.name} is of kind {each.kind!r}; allowed are {', '.join(KINDS)}", field="kinds"
                )
        self.keys = Keyring(keys)
        self.metrics = Metrics()
        self.explain = explain
        self.ready = True
        self._limits = Limits(max_body, max_headers)
        self._routes = self._make_routes()

    def _make_routes(self) -> dict[tuple[str, str], Handler]:
        routes: dict[tuple[str, str], Handler] = {
            ("GET", "/healthz"): self._health,
            ("GET", "/readyz"): self._readiness,
            ("GET", "/v1/models"): self._list,
            ("GET", "/openapi.json"): self._openapi,
            ("GET", "/metrics"): self._metrics,
            ("GET", "/live"): self._live,
            ("GET", "/live/data"): self._live_data,
        }
        for path, wire in _language.WIRES.items():
            routes["POST", path] = self._language(wire)
        for path, kind in _kinds.KINDS.items():
            routes["POST", path] = self._kind(kind)
        return routes

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one ASGI connection: an HTTP request, or the lifespan of the server."""
        if scope["type"] == "lifespan":
            await self._lifespan(receive, send)
        elif scope["type"] == "http":
            await self._http(scope, receive, send)
        else:
            await send({"type": "websocket.close", "code": 1003})

    async def _lifespan(self, receive: Receive, send: Send) -> None:
        while True:
            message = await receive()
            if message["type"] == "lifespan.startup":
                await self.metrics.start()
                await send({"type": "lifespan.startup.complete"})
            else:
                self.ready = False
                await send({"type": "lifespan.shutdown.complete"})
                return

    async def _http(self, scope: Scope, receive: Receive, send: Send) -> None:
        exchange = Exchange(scope, receive, send, self._limits, "")
        given = exchange.headers.get("x-request-id", "")
        exchange.request_id = given if _REQUEST_ID.fullmatch(given) else uuid.uuid4().hex
        exchange.extra = [("x-request-id", exchange.request_id)]
        if not self.explain:
            exchange.headers.pop("x-ai-sdk-explain", None)
        try:
            exchange.check_headers()
            await self._handler(exchange)(exchange)
        except ClientLeft:
            return
        except AISDKError as error:
            await self._refuse(exchange, error)
        except Exception as error:  # noqa: BLE001 - the edge of the server: told in one line, and in the log
            self.metrics.failed(exchange, error)
            await self._refuse(exchange, error)

    def _handler(self, exchange: Exchange) -> Handler:
        method, path = str(exchange.scope["method"]), exchange.path
        found = self._routes.get((method, path))
        if found is not None:
            return found
        if method == "GET" and path.startswith("/v1/models/"):
            return self._show
        known = sorted(verb for verb, route in self._routes if route == path)
        if known:
            exchange.extra.append(("allow", ", ".join(known)))
            raise Refused(405, f"{path} takes {' and '.join(known)}, not this method", code="method_not_allowed")
        raise Refused(404, "there is nothing at this path; see /openapi.json", code="not_found")

    async def _refuse(self, exchange: Exchange, error: Exception) -> None:
        """Answer with an error, unless an answer has begun."""
        if exchange.started:
            raise error
        failure = failure_of(error)
        headers = failure.headers
        if failure.status == 401:
            headers = [*headers, ("www-authenticate", "Bearer")]
        theirs = exchange.path == "/v1/messages"
        body = failure.anthropic(exchange.request_id) if theirs else failure.openai()
        try:
            await exchange.answer_json(body, failure.status, headers)
        except ClientLeft:
            return

    def _key(self, exchange: Exchange) -> Key | None:
        """Whose request it is. Raises ``Refused`` for a key that is missing or unknown."""
        if not self.keys.keys:
            return None
        secret = _secret_of(exchange)
        if not secret:
            raise Refused(401, "no key: send it as 'authorization: Bearer ...' or 'x-api-key'", code="missing_key")
        key = self.keys.find(secret)
        if key is None:
            raise Refused(401, "the key is not known here", code="invalid_api_key")
        return key

    def _admin(self, exchange: Exchange) -> None:
        key = self._key(exchange)
        if key is not None and not key.admin:
            raise Refused(403, "this key may not look at the gateway itself; admin keys may", code="not_admin")

    def _model(self, name: object, key: Key | None, kinds: tuple[str, ...]) -> Served:
        if not isinstance(name, str):
            raise Refused(400, "model is missing; allowed is the name of a model", param="model")
        served = self.models.get(name)
        if served is None or (key is not None and not key.may_use(name)):
            allowed = ", ".join(each.name for each in self._visible(key) if each.kind in kinds) or "none"
            raise NoSuchModelError(
                f"there is no model {name[:80]!r} here; those of this kind are: {allowed}", field="model"
            )
        if served.kind not in kinds:
            raise Refused(400, f"{name} is a model of the kind {served.kind}, not {kinds[0]}", param="model")
        return served

    def _visible(self, key: Key | None) -> list[Served]:
        return [each for each in self.models.values() if key is None or key.may_use(each.name)]

    def _language(self, wire: _language.Wire) -> Handler:
        async def handle(exchange: Exchange) -> None:
            key = self._key(exchange)
            body = await exchange.json()
            served = self._model(body.get("model"), key, ("language",))
            await self._run(Call(exchange, served, key, wire.route), _language.answer, wire, body)

        return handle

    def _kind(self, kind: _kinds.Kind) -> Handler:
        async def handle(exchange: Exchange) -> None:
            key = self._key(exchange)
            body = await kind.read(exchange)
            served = self._model(body.get("model"), key, (kind.name,))
            await self._run(Call(exchange, served, key, kind.route), _kinds.answer, kind, body)

        return handle

    async def _run(self, call: Call, answer: Callable[..., Awaitable[None]], how: Any, body: dict[str, Any]) -> None:
        """Answer a call, and tell the metrics how it went."""
        error: BaseException | None = None
        self.metrics.begin(call)
        try:
            with traced(call.exchange.headers):
                await answer(how, call, body)
        except BaseException as raised:
            error = raised
            call.explain()
            raise
        finally:
            call.record.close(error)
            self.metrics.end(call, error)

    async def _health(self, exchange: Exchange) -> None:
        await exchange.answer_json({"status": "ok"})

    async def _readiness(self, exchange: Exchange) -> None:
        status, word = (200, "ready") if self.ready else (503, "stopping")
        await exchange.answer_json({"status": word}, status)

    async def _list(self, exchange: Exchange) -> None:
        data = [_described(each) for each in self._visible(self._key(exchange))]
        ends = {"first_id": data[0]["id"], "last_id": data[-1]["id"]} if data else {}
        await exchange.answer_json({"object": "list", "data": data, "has_more": False, **ends})

    async def _show(self, exchange: Exchange) -> None:
        key = self._key(exchange)
        name = exchange.path.removeprefix("/v1/models/")
        await exchange.answer_json(_described(self._model(name, key, KINDS)))

    async def _openapi(self, exchange: Exchange) -> None:
        from ai_sdk.server._openapi import document

        secret = _secret_of(exchange)
        key = self.keys.find(secret) if secret else None
        known = self._visible(key) if key is not None or not self.keys.keys else []
        names = {kind: [each.name for each in known if each.kind == kind] for kind in KINDS}
        await exchange.answer_json(document(names, with_keys=bool(self.keys.keys)))

    async def _metrics(self, exchange: Exchange) -> None:
        self._admin(exchange)
        data, content_type = self.metrics.exposition()
        await exchange.answer(200, data, content_type)

    async def _live(self, exchange: Exchange) -> None:
        from ai_sdk.server._live import HEADERS, page

        await exchange.answer(200, page(), "text/html; charset=utf-8", HEADERS)

    async def _live_data(self, exchange: Exchange) -> None:
        self._admin(exchange)
        stacks = [{"name": each.name, "kind": each.kind, "stack": each.stack} for each in self.models.values()]
        await exchange.answer_json(
            {"models": stacks, **self.metrics.snapshot()}, headers=[("cache-control", "no-store")]
        )


def _secret_of(exchange: Exchange) -> str:
    kind, _, secret = exchange.headers.get("authorization", "").partition(" ")
    return secret.strip() if kind.lower() == "bearer" else exchange.headers.get("x-api-key", "")


def _described(served: Served) -> dict[str, Any]:
    """A model in the words of both wires."""
    return {
        "id": served.name,
        "object": "model",
        "created": 0,
        "owned_by": "ai-sdk",
        "type": "model",
        "display_name": served.name,
        "created_at": "1970-01-01T00:00:00Z",
        "kind": served.kind,
    }
