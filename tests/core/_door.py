"""The HTTP door over each engine, as the tests of its laws use it."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from typing import Literal

import httpx
import pytest

from ai_sdk.http import HTTP, HTTPRequest, Timeouts

Engine = Literal["aiohttp", "httpx client", "httpx transport"]
ENGINES: tuple[Engine, ...] = ("aiohttp", "httpx client", "httpx transport")
engines = pytest.mark.parametrize("engine", ENGINES)

SECRET = "s3cret-key"


@asynccontextmanager
async def door(engine: Engine, timeouts: Timeouts = Timeouts()) -> AsyncGenerator[HTTP, None]:
    """An ``HTTP`` over this engine, closed at the end."""
    if engine == "aiohttp":
        http = HTTP(timeouts=timeouts)
        yield http
        await http.aclose()
        return
    transport = httpx.AsyncHTTPTransport(limits=httpx.Limits(max_connections=None))
    client = httpx.AsyncClient(transport=transport) if engine == "httpx client" else transport
    async with client:
        http = HTTP(client=client, timeouts=timeouts)
        yield http
        await http.aclose()


def post(url: str, body: bytes = b"{}", **headers: str) -> HTTPRequest:
    """A POST request; underscores in names of headers stand for hyphens."""
    return HTTPRequest("POST", url, {name.replace("_", "-"): value for name, value in headers.items()}, body)


@pytest.fixture(autouse=True)
def no_proxies(monkeypatch: pytest.MonkeyPatch) -> None:
    """Tests are about this machine, whatever its environment says."""
    for name in ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "NO_PROXY"):
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.lower(), raising=False)
