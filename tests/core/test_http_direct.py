"""What the default engine owes a connection and a head, because no client of aiohttp's stands between."""

from __future__ import annotations

import asyncio

import pytest

from ai_sdk.errors import InvalidRequestError
from ai_sdk.http import HTTP, HTTPRequest
from core._door import no_proxies, post
from core._server import Connection, Seen, always, response, serving

__all__ = ["no_proxies"]


def test_what_comes_unasked_is_nobodys_answer() -> None:
    async def main() -> None:
        async def answer(_seen: Seen, connection: Connection) -> None:
            number = len(server.requests)
            await connection.send(response(b"%d" % number))
            await asyncio.sleep(0.02)
            await connection.send(response(b"unasked"))

        async with serving(answer) as server:
            http = HTTP()
            for number in (b"1", b"2", b"3"):
                assert (await http.send(post(server.url))).body == number
                await asyncio.sleep(0.1)
            assert server.connections == 3
            await http.aclose()

    asyncio.run(main())


@pytest.mark.parametrize("status", ["100 Continue", "103 Early Hints"])
def test_an_answer_that_only_says_that_one_is_to_come_is_none(status: str) -> None:
    async def main() -> None:
        early = f"HTTP/1.1 {status}\r\n\r\n".encode()
        async with serving(always(early * 2 + response(b"ok"))) as server:
            http = HTTP()
            for _ in range(2):
                got = await http.send(post(server.url))
                assert (got.status, got.body) == (200, b"ok")
            assert server.connections == 1
            await http.aclose()

    asyncio.run(main())


def test_a_connection_with_a_part_of_the_request_still_to_be_sent_is_not_used_again() -> None:
    async def main() -> None:
        made: list[asyncio.Transport] = []

        class Hasty(asyncio.Protocol):
            """Answers the head, and reads no body."""

            def connection_made(self, transport: asyncio.BaseTransport) -> None:
                assert isinstance(transport, asyncio.Transport)
                self.transport = transport
                made.append(transport)

            def data_received(self, data: bytes) -> None:
                self.transport.pause_reading()
                self.transport.write(response(b"too large", status="413 Content Too Large"))

        server = await asyncio.get_running_loop().create_server(Hasty, "127.0.0.1", 0)
        url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/"
        async with server:
            http = HTTP()
            assert (await http.send(post(url, b"x" * 30_000_000))).status == 413
            async with asyncio.timeout(20):
                assert (await http.send(post(url))).status == 413
            assert len(made) == 2
            await http.aclose()
            for transport in made:
                transport.abort()
            await asyncio.sleep(0)

    asyncio.run(main())


@pytest.mark.parametrize(
    ("method", "headers"),
    [
        ("POST", {"Transfer-Encoding": "chunked"}),
        ("POST", {"A\r\nB": "1"}),
        ("POST", {"A": "\0"}),
        ("POST /other HTTP/1.1\r\nX:", {}),
    ],
)
def test_a_head_that_would_say_something_else_is_not_sent(method: str, headers: dict[str, str]) -> None:
    async def main() -> None:
        async with serving(always(response(b"ok"))) as server:
            http = HTTP()
            with pytest.raises(InvalidRequestError):
                await http.send(HTTPRequest(method, server.url, headers, b"{}"))
            assert server.requests == []
            await http.aclose()

    asyncio.run(main())


def test_what_a_request_gives_goes_before_what_is_usual_and_nothing_is_said_twice() -> None:
    async def main() -> None:
        async with serving(always(response(b"ok"))) as server:
            http = HTTP()
            await http.send(HTTPRequest("POST", server.url, {"Accept": "text/plain", "host": "other"}, b"{}"))
            await http.send(HTTPRequest("GET", server.url))
            await http.send(HTTPRequest("DELETE", server.url))
            given, bare, deleted = server.requests
            assert (given.headers["accept"], given.headers["host"]) == ("text/plain", "other")
            assert given.headers["content-length"] == "2"
            assert bare.headers["host"] == f"127.0.0.1:{server.port}"
            assert "gzip" in bare.headers["accept-encoding"]
            assert "content-length" not in bare.headers
            assert deleted.headers["content-length"] == "0"
            await http.aclose()

    asyncio.run(main())
