"""Real servers and real sockets: Starlette, FastAPI, Django and Flask."""

from __future__ import annotations

import json
import socket
import sys
import threading
from collections.abc import Callable, Generator
from contextlib import contextmanager
from typing import Any
from urllib.parse import urlsplit

import pytest
from live.web.server_kit import serving, until

from ai_sdk.parts import Finish, TextDelta
from ai_sdk.providers.openai_compatible import create_openai_compatible
from ai_sdk.results import Usage
from ai_sdk.testing import HANG, ScriptedModel, ScriptedServer
from ai_sdk.web import ChatEndpoint, UIMessageDecoder

pytestmark = pytest.mark.live

HI = {"id": "u", "role": "user", "parts": [{"type": "text", "text": "hi"}]}
BODY = json.dumps({"id": "c1", "messages": [HI]}).encode()


@contextmanager
def starlette(endpoint: ChatEndpoint) -> Generator[str, None, None]:
    pytest.importorskip("starlette")
    from starlette.applications import Starlette

    from ai_sdk.web.starlette import chat_routes

    with serving(lambda: Starlette(routes=chat_routes("/chat", endpoint))) as address:
        yield address


@contextmanager
def fastapi(endpoint: ChatEndpoint) -> Generator[str, None, None]:
    module = pytest.importorskip("fastapi")

    from ai_sdk.web.starlette import UIMessageResponse

    app = module.FastAPI()

    async def chat(request: Any) -> Any:
        asked = endpoint.read(await request.body())
        source, encoder = await endpoint.answer(asked)
        return UIMessageResponse(source, encoder=encoder, headers={"x-own": "1"})

    chat.__annotations__["request"] = module.Request
    app.post("/chat", response_model=None)(chat)
    with serving(lambda: app) as address:
        yield address


@contextmanager
def django(endpoint: ChatEndpoint) -> Generator[str, None, None]:
    pytest.importorskip("django")
    from django.conf import settings
    from django.core.asgi import get_asgi_application
    from django.urls import path

    from ai_sdk.web.django import chat_view

    if not settings.configured:
        settings.configure(SECRET_KEY="k" * 20, ALLOWED_HOSTS=["*"], ROOT_URLCONF=__name__, LOGGING_CONFIG=None)
    sys.modules[__name__].urlpatterns = [path("chat", chat_view(endpoint))]  # type: ignore[attr-defined]
    from django.urls import clear_url_caches

    clear_url_caches()
    with serving(get_asgi_application) as address:
        yield address


@contextmanager
def flask(endpoint: ChatEndpoint) -> Generator[str, None, None]:
    module = pytest.importorskip("flask")
    from werkzeug.serving import make_server

    from ai_sdk.web.flask import chat_response

    app = module.Flask("chat")
    app.post("/chat")(lambda: chat_response(endpoint))
    server = make_server("127.0.0.1", 0, app, threaded=True)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


FRAMEWORKS: list[Callable[[ChatEndpoint], Any]] = [starlette, fastapi, django, flask]


def post(address: str, body: bytes = BODY, content_type: str = "application/json") -> socket.socket:
    """Send a request, and give the socket."""
    parts = urlsplit(address)
    wire = socket.create_connection((str(parts.hostname), int(parts.port or 0)), timeout=20)
    head = f"POST /chat HTTP/1.1\r\nhost: x\r\nconnection: close\r\ncontent-type: {content_type}\r\n"
    wire.sendall(f"{head}content-length: {len(body)}\r\n\r\n".encode() + body)
    return wire


def received(wire: socket.socket, enough: bytes | None = None) -> bytes:
    data = b""
    while chunk := wire.recv(65536):
        data += chunk
        if enough is not None and enough in data:
            break
    return data


@pytest.mark.parametrize("framework", FRAMEWORKS)
def test_a_chat_is_answered_and_bad_requests_are_refused(framework: Callable[[ChatEndpoint], Any]) -> None:
    model = ScriptedModel(["Hello there"])
    with framework(ChatEndpoint(model)) as address:
        with post(address) as wire:
            head, _, body = received(wire).partition(b"\r\n\r\n")
        assert b" 200 " in head.partition(b"\r\n")[0]
        assert b"x-vercel-ai-ui-message-stream: v1" in head.lower()
        assert b"text/event-stream" in head.lower()
        decoder = UIMessageDecoder()
        data = (
            b"\n\n".join(line for line in body.replace(b"\r\n", b"\n\n").split(b"\n\n") if b"data:" in line) + b"\n\n"
        )
        texts = [part.text for part in decoder.feed(data) if isinstance(part, TextDelta)]
        assert "".join(texts) == "Hello there"
        if framework is not fastapi:
            for body_, content_type, status in ((b"{", "application/json", b" 400 "), (BODY, "text/plain", b" 415 ")):
                with post(address, body_, content_type) as wire:
                    assert status in received(wire).partition(b"\r\n")[0]
    assert len(model.calls) == 1


@pytest.mark.parametrize("framework", FRAMEWORKS)
def test_a_client_that_leaves_ends_the_call_of_the_model(framework: Callable[[ChatEndpoint], Any]) -> None:
    """The model is behind real HTTP: its server sees the connection end."""
    often = [0.05, TextDelta("x")] * 200 if framework is flask else [HANG]
    model = ScriptedModel([[TextDelta("It was a dark"), *often, Finish("stop", Usage())]])
    with ScriptedServer(model) as upstream:
        lab = create_openai_compatible(name="lab", base_url=upstream.base_url, api_key="k")
        with framework(ChatEndpoint(lab("scripted"))) as address:
            with post(address) as wire:
                assert b"It was a dark" in received(wire, b"It was a dark")
                assert model.wires[0].open
            until(lambda: not model.wires[0].open and upstream.aborted, 5)
