"""The small HTTP server: what it reads, seen from bytes and from raw sockets."""

from __future__ import annotations

import asyncio

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ai_sdk.testing._http1 import LoopbackServer, Received, Reply, parse_request

CHUNKED = (
    b"POST /a?b=c HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n4\r\nwiki\r\n5;x=y\r\npedia\r\n0\r\n\r\n"
)
SIZED = b"PUT / HTTP/1.1\r\nContent-Length: 3\r\nX-A:  b \r\n\r\n{1}"


class Echo(LoopbackServer):
    async def answer(self, request: Received, reply: Reply) -> None:
        if request.path == "/boom":
            raise ZeroDivisionError("boom")
        await reply.send(200, request.body, "text/plain")


def test_a_request_with_a_length() -> None:
    parsed = parse_request(SIZED + b"GET")
    assert parsed is not None
    request, size = parsed
    assert size == len(SIZED)
    assert (request.method, request.path, request.body) == ("PUT", "/", b"{1}")
    assert request.headers == {"content-length": "3", "x-a": "b"}
    assert request.json is None


def test_a_chunked_request() -> None:
    parsed = parse_request(CHUNKED)
    assert parsed is not None
    request, size = parsed
    assert size == len(CHUNKED)
    assert request.body == b"wikipedia"
    assert request.route == ("POST", "/a")


@given(st.sampled_from([CHUNKED, SIZED]), st.data())
def test_any_beginning_of_a_request_is_not_all_of_it(whole: bytes, data: st.DataObject) -> None:
    assert parse_request(whole[: data.draw(st.integers(0, len(whole) - 1))]) is None


@pytest.mark.parametrize(
    "bad", [b"nonsense\r\n\r\n", b"GET / SPDY/3\r\n\r\n", b"GET / HTTP/1.1\r\nContent-Length: x\r\n\r\n"]
)
def test_what_is_not_http_is_refused(bad: bytes) -> None:
    with pytest.raises(ValueError, match=r"."):
        parse_request(bad)

    async def main() -> bytes:
        async with Echo() as server:
            reader, writer = await _connect(server)
            writer.write(bad)
            answer = await reader.read()
            writer.close()
            await writer.wait_closed()
            return answer

    assert asyncio.run(main()).startswith(b"HTTP/1.1 400 Bad Request\r\n")


def test_requests_in_one_packet_are_answered_in_order() -> None:
    async def main() -> bytes:
        async with Echo() as server:
            reader, writer = await _connect(server)
            writer.write(CHUNKED + SIZED + b"GET / HTTP/1.1\r\nConnection: close\r\n\r\n")
            answer = await reader.read()
            writer.close()
            await writer.wait_closed()
            assert len(server.requests) == 3
            return answer

    answer = asyncio.run(main())
    assert answer.count(b"HTTP/1.1 200 OK") == 3
    assert answer.index(b"wikipedia") < answer.index(b"{1}")


def test_a_failing_answer_closes_the_connection_and_is_reported() -> None:
    async def main() -> None:
        reported: list[BaseException] = []
        asyncio.get_running_loop().set_exception_handler(lambda _, context: reported.append(context["exception"]))
        async with Echo() as server:
            reader, writer = await _connect(server)
            writer.write(b"GET /boom HTTP/1.1\r\n\r\n")
            with pytest.raises((asyncio.IncompleteReadError, ConnectionError)):
                await reader.readexactly(1)
            writer.close()
            await server.wait_idle()
        assert [type(each) for each in reported] == [ZeroDivisionError]

    asyncio.run(main())


async def _connect(server: LoopbackServer) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
    port = int(server.base_url.removesuffix("/v1").rpartition(":")[2])
    return await asyncio.open_connection("127.0.0.1", port)
