"""The HTTP door: what is sent, what comes back, over each engine."""

from __future__ import annotations

import asyncio
import email.policy
import gzip
import importlib.util
import subprocess
import sys
import zlib
from email.parser import BytesParser
from typing import Any

import httpx
import pytest

from ai_sdk.errors import InvalidRequestError, MissingExtraError
from ai_sdk.http import HTTP, HTTPRequest, HTTPResponse, Timeouts, default_http, multipart
from core._door import Engine, door, engines, no_proxies, post
from core._server import CHUNKED, LAST_CHUNK, SOURCE, Connection, Seen, always, chunk, response, serving, then_close

__all__ = ["no_proxies"]

OK = always(response(b"ok"))


@engines
def test_a_request_is_sent_as_it_is_and_the_response_comes_back_whole(engine: Engine) -> None:
    async def main() -> None:
        answer = always(response(b"hello", "X-Request-ID: 7", "X-Two: a", "X-Two: b", status="418 Teapot"))
        async with serving(answer) as server, door(engine) as http:
            request = post(f"{server.url}/a%2Fb?q=1%202", b"\x00\xff", Authorization="Bearer k", X_Name="müsli")
            got = await http.send(request)
            assert (got.status, got.body) == (418, b"hello")
            assert (got.headers["x-request-id"], got.headers["x-two"]) == ("7", "a, b")
            (seen,) = server.requests
            assert seen.line == "POST /v1/chat/a%2Fb?q=1%202 HTTP/1.1"
            assert seen.body == b"\x00\xff"
            assert seen.headers["authorization"] == "Bearer k"
            assert "content-type" not in seen.headers
            assert "cookie" not in seen.headers

    asyncio.run(main())


@pytest.mark.parametrize("engine", ["aiohttp", "httpx transport"])
def test_it_says_who_it_is_unless_the_caller_does(engine: Engine) -> None:
    async def main() -> None:
        async with serving(OK) as server, door(engine) as http:
            await http.send(HTTPRequest("GET", server.url))
            await http.send(HTTPRequest("GET", server.url, {"user-agent": "mine"}))
            first, second = server.requests
            assert first.line.startswith("GET ")
            assert first.headers["user-agent"].startswith("ai-sdk-layers")
            assert second.headers["user-agent"] == "mine"

    asyncio.run(main())


@engines
def test_connections_are_kept(engine: Engine) -> None:
    async def main() -> None:
        async with serving(OK) as server, door(engine) as http:
            for _ in range(3):
                await http.send(post(server.url))
            assert server.connections == 1

    asyncio.run(main())


def test_cookies_are_not_kept() -> None:
    async def main() -> None:
        async with serving(always(response(b"ok", "Set-Cookie: a=b; Path=/"))) as proxy:
            http = HTTP(proxy=f"http://127.0.0.1:{proxy.port}")
            for _ in range(2):
                assert (await http.send(post("http://api.example.test/v1"))).headers["set-cookie"] == "a=b; Path=/"
            assert not any("cookie" in seen.headers for seen in proxy.requests)
            await http.aclose()

    asyncio.run(main())


@engines
@pytest.mark.parametrize("coding", ["gzip", "deflate"])
def test_bodies_are_decompressed(engine: Engine, coding: str) -> None:
    async def main() -> None:
        packed = gzip.compress(b"hello " * 50) if coding == "gzip" else zlib.compress(b"hello " * 50)
        async with serving(always(response(packed, f"Content-Encoding: {coding}"))) as server, door(engine) as http:
            assert (await http.send(post(server.url))).body == b"hello " * 50
            stream = await http.open(post(server.url))
            assert b"".join([each async for each in stream.chunks()]) == b"hello " * 50

    asyncio.run(main())


@engines
@pytest.mark.parametrize("method", ["GET", "POST"])
def test_a_redirect_is_just_a_status(engine: Engine, method: str) -> None:
    async def main() -> None:
        async with serving(always(response(b"", "Location: /other", status="302 Found"))) as server:
            async with door(engine) as http:
                assert (await http.send(HTTPRequest(method, server.url))).status == 302
            assert len(server.requests) == 1

    asyncio.run(main())


@engines
def test_a_large_body_arrives(engine: Engine) -> None:
    async def main() -> None:
        async with serving(OK) as server, door(engine) as http:
            body = bytes(range(256)) * 12_000
            await http.send(post(server.url, body))
            assert server.requests[0].body == body

    asyncio.run(main())


@engines
def test_a_stream_yields_chunks_as_they_arrive_and_gives_its_connection_back(engine: Engine) -> None:
    async def main() -> None:
        go = asyncio.Event()

        async def answer(_seen: Seen, connection: Connection) -> None:
            await connection.send(CHUNKED, chunk(b"one"))
            await go.wait()
            await connection.send(chunk(b"two"), LAST_CHUNK)

        async with serving(answer) as server, door(engine) as http:
            stream = await http.open(post(server.url))
            assert (stream.status, stream.headers["content-type"]) == (200, "text/event-stream")
            chunks = stream.chunks()
            assert await anext(chunks) == b"one"
            go.set()
            assert await stream.read() == b"two"
            assert await stream.read() == b""
            assert [each async for each in stream.chunks()] == []
            await chunks.aclose()
            await http.send(post(server.url))
            assert server.connections == 1

    asyncio.run(main())


@engines
def test_a_body_without_a_length_ends_with_the_connection(engine: Engine) -> None:
    async def main() -> None:
        async with serving(then_close(b"HTTP/1.1 200 OK\r\n\r\nhello")) as server, door(engine) as http:
            assert (await http.send(post(server.url))).body == b"hello"

    asyncio.run(main())


@pytest.mark.parametrize("engine", ["aiohttp", "httpx transport"])
def test_a_thousand_calls_at_once_all_succeed_and_then_no_connection_is_open(engine: Engine) -> None:
    count = 1_000 if engine == "aiohttp" else 150

    async def main() -> None:
        all_here = asyncio.Event()

        async def answer(_seen: Seen, connection: Connection) -> None:
            if len(server.requests) == count:
                all_here.set()
            await all_here.wait()
            await connection.send(response(b"ok"))

        async with serving(answer) as server:
            async with door(engine) as http:
                answers = await asyncio.gather(*(http.send(post(server.url)) for _ in range(count)))
                assert [each.body for each in answers] == [b"ok"] * count
                assert server.connections == count
            await server.all_closed()

    asyncio.run(main())


def test_any_transport_of_the_users_answers_also_on_the_virtual_clock() -> None:
    class Slow(httpx.AsyncBaseTransport):
        async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
            await asyncio.sleep(3600)
            return httpx.Response(200, content=await request.aread() + b"!", headers={"X-A": "1"})

    async def main() -> None:
        http = HTTP(client=Slow(), timeouts=Timeouts(first_byte=None))
        got = await http.send(post("https://api.example.test/v1", b"hi"))
        assert (got.status, got.body, got.headers["x-a"]) == (200, b"hi!", "1")
        streamed = await http.open(post("https://api.example.test/v1", b"hi"))
        assert await streamed.read() == b"hi!"

    from ai_sdk.testing import run

    run(main())


def test_a_mock_transport_answers_and_its_own_errors_pass() -> None:
    async def main() -> None:
        def handle(request: httpx.Request) -> httpx.Response:
            assert request.headers.get("content-type") == "application/json", "a failed test of the user's"
            return httpx.Response(201, json={"url": str(request.url)})

        http = HTTP(client=httpx.MockTransport(handle))
        got = await http.send(post("https://a.test/x", content_type="application/json"))
        assert (got.status, got.body) == (201, b'{"url":"https://a.test/x"}')
        with pytest.raises(AssertionError, match="of the user's"):
            await http.send(post("https://a.test/x"))

    asyncio.run(main())


def test_limits_that_were_set_on_a_client_count() -> None:
    async def limits(client: httpx.AsyncClient) -> Any:
        seen: list[Any] = []

        async def remember(request: httpx.Request) -> None:
            seen.append(request.extensions["timeout"])

        client.event_hooks = {"request": [remember]}
        async with client:
            await HTTP(client=client, timeouts=Timeouts(connect=3)).send(post("https://a.test/"))
        return seen[0]

    async def main() -> None:
        transport = httpx.MockTransport(lambda _: httpx.Response(200))
        ours = await limits(httpx.AsyncClient(transport=transport))
        theirs = await limits(httpx.AsyncClient(transport=transport, timeout=httpx.Timeout(7, read=8)))
        assert ours == {"connect": 3, "pool": 3, "read": None, "write": None}
        assert theirs == {"connect": 7, "pool": 7, "read": 8, "write": 7}

    asyncio.run(main())


def test_a_client_that_is_neither_is_refused() -> None:
    async def main() -> None:
        with pytest.raises(InvalidRequestError, match=r"HTTP\(client=dict\)"):
            await HTTP(client={}).send(post("https://a.test/"))

    asyncio.run(main())
    with pytest.raises(InvalidRequestError, match="set them on the client"):
        HTTP(client=object(), proxy="http://p:1")


def test_http2_without_its_package_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    def nothing(_name: str) -> None: ...

    monkeypatch.setattr(importlib.util, "find_spec", nothing)

    async def main() -> None:
        with pytest.raises(MissingExtraError, match=r"pip install 'httpx\[http2\]'"):
            await HTTP(http2=True).send(post("https://a.test/"))

    asyncio.run(main())


def test_a_proxy_gets_the_whole_url_and_its_own_credentials() -> None:
    async def main() -> None:
        async with serving(OK) as proxy:
            http = HTTP(proxy=f"http://me:secret@127.0.0.1:{proxy.port}")
            assert (await http.send(post("http://api.example.test/v1?a=b"))).body == b"ok"
            assert proxy.requests[0].line == "POST http://api.example.test/v1?a=b HTTP/1.1"
            assert proxy.requests[0].headers["proxy-authorization"] == "Basic bWU6c2VjcmV0"
            assert "secret" not in repr(http)
            await http.aclose()

    asyncio.run(main())


def test_the_environment_names_the_proxy_but_not_for_this_machine(monkeypatch: pytest.MonkeyPatch) -> None:
    async def main() -> None:
        async with serving(OK) as proxy, serving(OK) as server, door("aiohttp") as http:
            monkeypatch.setenv("http_proxy", f"127.0.0.1:{proxy.port}")
            monkeypatch.setenv("no_proxy", "direct.example.test")
            await http.send(post("http://api.example.test/v1"))
            await http.send(post(server.url))
            assert [seen.line for seen in proxy.requests] == ["POST http://api.example.test/v1 HTTP/1.1"]
            assert len(server.requests) == 1

    asyncio.run(main())


def test_a_proxy_that_cannot_be_used_is_refused_before_any_call() -> None:
    with pytest.raises(InvalidRequestError, match=r"proxy h:1 is not") as caught:
        HTTP(proxy="socks5://me:secret@h:1")
    assert "secret" not in str(caught.value)


def test_nothing_prints_a_secret() -> None:
    request = HTTPRequest("POST", "https://me:s3cret@h:1/path?key=s3cret", {"Authorization": "s3cret"}, b"s3cret")
    assert repr(request) == "HTTPRequest(POST https://h:1/path, 6 bytes)"
    assert repr(HTTPResponse(200, {"set-cookie": "s3cret"}, b"s3cret")) == "HTTPResponse(200, 6 bytes)"
    assert repr(HTTP(proxy="http://me:s3cret@h:1")) == "HTTP(proxy='http://***@h:1')"
    assert repr(HTTP()) == "HTTP()"
    shown = repr(HTTP(client=httpx.MockTransport(lambda _: httpx.Response(200)), timeouts=Timeouts(idle=1)))
    assert shown.startswith("HTTP(client=MockTransport, timeouts=Timeouts(connect=10.0,")


def test_a_limit_is_a_positive_number() -> None:
    for bad in (0, -1.0, float("nan")):
        with pytest.raises(InvalidRequestError, match=r"Timeouts\(idle="):
            Timeouts(idle=bad)


def test_the_default_is_one_instance() -> None:
    assert default_http() is default_http()


def test_a_form_is_read_by_a_parser_of_mail() -> None:
    kind, body = multipart(
        [("model", "whisper-1"), ('we"ird\r\n', "ü")],
        [("file", 'a "b".wav', b"\x00\r\n--x", "audio/wav"), ("file", "ü.txt", b"", "text/plain")],
    )
    message = BytesParser(policy=email.policy.HTTP).parsebytes(f"Content-Type: {kind}\r\n\r\n".encode() + body)
    parts = [(part["content-disposition"], part.get_payload(decode=True)) for part in message.iter_parts()]
    assert [payload for _, payload in parts] == [b"whisper-1", "ü".encode(), b"\x00\r\n--x", b""]
    assert parts[0][0] == 'form-data; name="model"'
    assert b'name="we%22ird%0D%0A"' in body
    assert b'name="file"; filename="a %22b%22.wav"\r\nContent-Type: audio/wav\r\n\r\n' in body
    assert 'filename="ü.txt"'.encode() in body
    assert multipart([], [])[0] != multipart([], [])[0]


def test_a_media_type_cannot_smuggle_a_header() -> None:
    with pytest.raises(InvalidRequestError, match="media type"):
        multipart([], [("file", "a", b"", "text/plain\r\nX-Evil: 1")])


def test_importing_the_door_loads_no_client() -> None:
    code = "import sys, ai_sdk.http; assert not {'aiohttp', 'httpx', 'yarl', 'certifi'} & set(sys.modules)"
    subprocess.run([sys.executable, "-c", code], check=True, env=SOURCE)
