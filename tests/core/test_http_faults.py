"""What goes wrong on the wire is classified, the same way over each engine, and shows no secret."""

from __future__ import annotations

import asyncio
import shutil
import socket
import ssl
import subprocess
from pathlib import Path
from typing import Any

import pytest

from ai_sdk.errors import (
    AISDKError,
    APIConnectionError,
    APITimeoutError,
    InterruptedStreamError,
    InvalidRequestError,
)
from ai_sdk.http import HTTP, HTTPRequest, Timeouts
from core._door import SECRET, Engine, door, engines, no_proxies, post
from core._server import CHUNKED, LAST_CHUNK, Connection, Seen, always, chunk, response, serving, then_close, then_wait

__all__ = ["no_proxies"]

SHORT = 0.05
HEAD = b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n"


async def failure(http: HTTP, request: HTTPRequest) -> AISDKError:
    """The error of one exchange, which must be ours, without a secret and without the engine's own errors."""
    with pytest.raises(AISDKError) as caught:
        await http.send(request)
    error: BaseException | None = caught.value
    while error is not None:
        assert type(error).__module__.partition(".")[0] not in ("aiohttp", "httpx", "httpcore", "anyio")
        assert SECRET not in repr(error) + str(error)
        error = error.__cause__ or error.__context__
    return caught.value


def secret(url: str) -> HTTPRequest:
    return post(f"{url}?key={SECRET}", authorization=f"Bearer {SECRET}")


def free_port() -> int:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return int(free.getsockname()[1])


@engines
def test_a_refused_connection_was_not_sent_and_names_the_host(engine: Engine) -> None:
    async def main() -> None:
        port = free_port()
        async with door(engine) as http:
            error = await failure(http, secret(f"http://127.0.0.1:{port}/"))
        assert type(error) is APIConnectionError
        assert not error.sent
        assert f"127.0.0.1:{port}" in str(error)
        assert isinstance(error.__cause__, OSError)

    asyncio.run(main())


@engines
def test_an_unknown_name_was_not_sent(engine: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    def unknown(*_: object, **__: object) -> None:
        raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")

    monkeypatch.setattr(socket, "getaddrinfo", unknown)

    async def main() -> None:
        async with door(engine) as http:
            error = await failure(http, secret("https://no-such-host.example.test/"))
        assert type(error) is APIConnectionError
        assert not error.sent
        assert "no-such-host.example.test" in str(error)
        assert "Name or service not known" in str(error)

    asyncio.run(main())


@engines
@pytest.mark.parametrize("half", [b"", b"HTTP/1.1 200 OK\r\nContent-"], ids=["nothing", "half of the headers"])
def test_a_connection_closed_before_the_answer_was_sent_once(engine: Engine, half: bytes) -> None:
    async def main() -> None:
        async with serving(then_close(half)) as server, door(engine) as http:
            error = await failure(http, secret(server.url))
            assert type(error) is APIConnectionError
            assert error.sent
            assert error.retryable
            assert len(server.requests) == 1

    asyncio.run(main())


@engines
def test_a_kept_connection_that_closes_under_a_request_is_not_replaced_silently(engine: Engine) -> None:
    async def main() -> None:
        async def answer(seen: Seen, connection: Connection) -> None:
            if len(server.requests) == 2:
                raise ConnectionAbortedError
            await connection.send(response(b"ok"))

        async with serving(answer) as server, door(engine) as http:
            await http.send(post(server.url))
            error = await failure(http, secret(server.url))
            assert type(error) is APIConnectionError
            assert len(server.requests) == 2

    asyncio.run(main())


@engines
def test_a_connection_that_the_server_closed_is_not_used_again(engine: Engine) -> None:
    async def main() -> None:
        async with serving(then_close(response(b"ok"))) as server, door(engine) as http:
            for _ in range(3):
                assert (await http.send(post(server.url))).body == b"ok"
                await server.all_closed()
                await asyncio.sleep(0)
            assert server.connections == 3

    asyncio.run(main())


@engines
def test_an_answer_that_is_not_http(engine: Engine) -> None:
    async def main() -> None:
        async with serving(then_close(b"SSH-2.0-OpenSSH_9.6\r\n\r\n")) as server, door(engine) as http:
            assert type(await failure(http, secret(server.url))) is APIConnectionError

    asyncio.run(main())


@engines
@pytest.mark.parametrize(
    "sent",
    [HEAD + b"one", CHUNKED + chunk(b"one"), CHUNKED + chunk(b"one") + b"5\r\nt"],
    ids=["length", "chunked", "inside a chunk"],
)
def test_a_body_that_is_cut_off_gives_what_arrived_and_then_says_so(engine: Engine, sent: bytes) -> None:
    async def main() -> None:
        async with serving(then_close(sent)) as server, door(engine) as http:
            stream = await http.open(post(server.url))
            await server.all_closed()
            await asyncio.sleep(0.02)  # until the client knows it too, before it reads
            arrived = list[bytes]()
            with pytest.raises(InterruptedStreamError, match=r"the response of 127\.0\.0\.1:\d+ broke off"):
                async for each in stream.chunks():
                    arrived.append(each)  # noqa: PERF401 - it raises
            assert b"".join(arrived).startswith(b"one")
            with pytest.raises(InterruptedStreamError):
                await stream.read()
            assert isinstance(await failure(http, secret(server.url)), InterruptedStreamError)

    asyncio.run(main())


@engines
def test_a_body_that_cannot_be_decompressed(engine: Engine) -> None:
    async def main() -> None:
        answer = always(response(b"this is not gzip", "Content-Encoding: gzip"))
        async with serving(answer) as server, door(engine) as http:
            assert isinstance(await failure(http, secret(server.url)), InterruptedStreamError)
            await server.all_closed()

    asyncio.run(main())


LIMITS: list[Any] = [
    pytest.param(b"", Timeouts(first_byte=SHORT), "first content", "sent no response headers", id="first byte"),
    pytest.param(b"HTTP/1.1 200", Timeouts(first_byte=SHORT), "first content", "response headers", id="half a head"),
    pytest.param(HEAD, Timeouts(idle=SHORT), "idle", "nothing more of the response", id="idle"),
    pytest.param(HEAD + b"some", Timeouts(idle=SHORT), "idle", "nothing more of the response", id="idle later"),
    pytest.param(b"", Timeouts(total=SHORT), "total", "was not finished", id="total before headers"),
    pytest.param(HEAD + b"some", Timeouts(total=SHORT), "total", "was not finished", id="total in the body"),
    pytest.param(HEAD, Timeouts(total=SHORT, idle=None), "total", "was not finished", id="total without idle"),
]


@engines
@pytest.mark.parametrize(("sent", "timeouts", "limit", "words"), LIMITS)
def test_limits_are_told_apart_and_close_the_connection(
    engine: Engine, sent: bytes, timeouts: Timeouts, limit: str, words: str
) -> None:
    async def main() -> None:
        async with serving(then_wait(sent)) as server, door(engine, timeouts) as http:
            error = await failure(http, secret(server.url))
            assert isinstance(error, APITimeoutError)
            assert (error.limit, error.seconds, error.sent) == (limit, SHORT, True)
            assert words in str(error)
            await server.all_closed()

    asyncio.run(main())


@engines
def test_a_connection_that_is_not_made_in_time(engine: Engine) -> None:
    """A server that accepts and never answers the TLS handshake."""

    async def main() -> None:
        gone = asyncio.Event()

        async def silent(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            await reader.read()
            writer.close()
            gone.set()

        async with await asyncio.start_server(silent, "127.0.0.1", 0) as server:
            port = server.sockets[0].getsockname()[1]
            async with door(engine, Timeouts(connect=SHORT)) as http:
                error = await failure(http, secret(f"https://127.0.0.1:{port}/"))
            async with asyncio.timeout(10):
                await gone.wait()
        assert isinstance(error, APITimeoutError)
        assert (error.limit, error.seconds, error.sent) == ("connect", SHORT, False)

    asyncio.run(main())


@engines
def test_a_slow_reader_is_not_idle_and_a_slow_stream_has_time(engine: Engine) -> None:
    async def main() -> None:
        async def answer(_seen: Seen, connection: Connection) -> None:
            await connection.send(CHUNKED)
            for _ in range(8):
                await asyncio.sleep(0.02)
                await connection.send(chunk(b"x"))
            await connection.send(LAST_CHUNK)

        async with serving(answer) as server, door(engine, Timeouts(idle=0.1)) as http:
            assert (await http.send(post(server.url))).body == b"x" * 8
            stream = await http.open(post(server.url))
            chunks = stream.chunks()
            got = await anext(chunks)
            await asyncio.sleep(0.1)
            async for each in chunks:
                got += each
            assert got == b"x" * 8

    asyncio.run(main())


@engines
@pytest.mark.parametrize("sent", [b"", HEAD, HEAD + b"some"], ids=["open", "read", "later read"])
def test_a_cancellation_passes_and_closes_the_connection(engine: Engine, sent: bytes) -> None:
    async def main() -> None:
        here = asyncio.Event()

        async def answer(_seen: Seen, connection: Connection) -> None:
            await connection.send(sent)
            here.set()
            await connection.until_closed()

        async with serving(answer) as server, door(engine) as http:
            task = asyncio.create_task(http.send(post(server.url)))
            await here.wait()
            await asyncio.sleep(0.02)
            task.cancel()
            with pytest.raises(asyncio.CancelledError):
                await task
            await server.all_closed()

    asyncio.run(main())


@engines
def test_a_cancelled_upload_does_not_wait_for_a_server_that_reads_nothing(engine: Engine) -> None:
    async def main() -> None:
        here, gone, size = asyncio.Event(), asyncio.Event(), 30_000_000
        received: list[int] = []
        deaf: list[asyncio.Transport] = []

        class Deaf(asyncio.Protocol):
            def connection_made(self, transport: asyncio.BaseTransport) -> None:
                assert isinstance(transport, asyncio.Transport)
                self.transport = transport
                deaf.append(transport)

            def data_received(self, data: bytes) -> None:
                received.append(len(data))
                if not here.is_set():
                    self.transport.pause_reading()
                    here.set()

            def connection_lost(self, exc: Exception | None) -> None:
                gone.set()

        server = await asyncio.get_running_loop().create_server(Deaf, "127.0.0.1", 0)
        port = server.sockets[0].getsockname()[1]
        async with server, door(engine) as http:
            task = asyncio.create_task(http.send(post(f"http://127.0.0.1:{port}/", b"x" * size)))
            await here.wait()
            task.cancel()
            with pytest.raises(asyncio.CancelledError):
                await task
            await asyncio.sleep(0.05)
            deaf[0].resume_reading()
            async with asyncio.timeout(10):
                await gone.wait()
            assert sum(received) < size / 2

    asyncio.run(main())


@engines
@pytest.mark.parametrize(
    "request_",
    [
        HTTPRequest("POST", f"ftp://h/{SECRET}"),
        HTTPRequest("POST", f"/relative/{SECRET}"),
        HTTPRequest("POST", f"http://?{SECRET}"),
        HTTPRequest("POST", f"http://h:port/{SECRET}"),
        HTTPRequest("POST", "http://127.0.0.1:1/", {"X": f"{SECRET}\r\nY: 1"}),
        HTTPRequest("POST", "http://127.0.0.1:1/", {"X": 1}),  # type: ignore[dict-item] # pyright: ignore[reportArgumentType]
    ],
    ids=["scheme", "relative", "no host", "port", "line break", "number"],
)
def test_what_http_cannot_carry_is_refused(engine: Engine, request_: HTTPRequest) -> None:
    async def main() -> None:
        async with serving(always(response(b"ok"))) as server, door(engine) as http:
            url = request_.url.replace(":1/", f":{server.port}/")
            error = await failure(http, HTTPRequest("POST", url, request_.headers))
            assert isinstance(error, InvalidRequestError)
            assert server.requests == []

    asyncio.run(main())


def certificate(folder: Path) -> tuple[str, str]:
    openssl = shutil.which("openssl")
    if openssl is None:
        pytest.skip("the openssl command makes the certificate of this test")
    key, cert = str(folder / "key.pem"), str(folder / "cert.pem")
    words = f"req -x509 -newkey rsa:2048 -nodes -keyout {key} -out {cert} -days 2 -subj /CN=test"
    extension = ["-addext", "subjectAltName=IP:127.0.0.1"]
    subprocess.run([openssl, *words.split(), *extension], check=True, capture_output=True)
    return key, cert


def test_certificates_are_checked_against_what_verify_names(tmp_path: Path) -> None:
    key, cert = certificate(tmp_path)
    tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    tls.load_cert_chain(cert, key)

    async def status(http: HTTP, url: str) -> int:
        try:
            return (await http.send(post(url))).status
        finally:
            await http.aclose()

    async def main() -> None:
        async with serving(always(response(b"ok")), tls) as server:
            assert await status(HTTP(verify=cert), server.url) == 200
            assert await status(HTTP(verify=ssl.create_default_context(cafile=cert)), server.url) == 200
            assert await status(HTTP(verify=False), server.url) == 200
            with pytest.raises(APIConnectionError, match=r"certificate is not accepted \(self.signed") as caught:
                await status(HTTP(), server.url)
            assert not caught.value.sent
            with pytest.raises(InvalidRequestError, match="verify='/nowhere'"):
                await status(HTTP(verify="/nowhere"), server.url)

    asyncio.run(main())


def test_without_certificate_authorities_of_the_system_those_of_certifi_are_taken(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    from ai_sdk.http._wire import Settings

    settings = Settings(None, Timeouts(), None, True, False)
    empty = ssl.DefaultVerifyPaths("", "", "", "", "", "")
    monkeypatch.setattr(ssl, "get_default_verify_paths", lambda: empty)
    context = settings.ssl_context()
    assert context is not None
    assert context.cert_store_stats()["x509_ca"] > 0
    assert settings.ssl_context() is context
