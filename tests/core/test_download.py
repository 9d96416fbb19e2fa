"""The guarded downloader: what it fetches, and everything that it must not."""

from __future__ import annotations

import asyncio
import gzip
import socket
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from provider_kit import Reply, serve

from ai_sdk import Downloaded, DownloadError, InvalidRequestError, download
from ai_sdk.endpoint import Endpoint, Exchange
from ai_sdk.http import HTTP
from ai_sdk.http._guard import is_public

PRIVATE = [
    "127.0.0.1",
    "127.255.255.254",
    "0.0.0.0",
    "10.0.0.1",
    "172.16.0.1",
    "172.31.255.255",
    "192.168.1.1",
    "169.254.169.254",
    "100.64.0.1",
    "192.0.0.1",
    "192.0.2.1",
    "198.18.0.1",
    "198.51.100.1",
    "203.0.113.1",
    "224.0.0.1",
    "240.0.0.1",
    "255.255.255.255",
    "::",
    "::1",
    "fe80::1",
    "fe80::1%eth0",
    "fc00::1",
    "fd12:3456:789a::1",
    "ff02::1",
    "2001:db8::1",
    "::ffff:127.0.0.1",
    "::ffff:10.0.0.1",
    "::127.0.0.1",
    "64:ff9b::7f00:1",
    "64:ff9b::a9fe:a9fe",
    "2002:7f00:1::",
    "2002:c0a8:101::",
    "2001:0:4136:e378:8000:63bf:80ff:fffe",
]
PUBLIC = [
    "1.1.1.1",
    "93.184.216.34",
    "8.8.8.8",
    "2606:4700:4700::1111",
    "::ffff:8.8.8.8",
    "64:ff9b::808:808",
    "2002:808:808::",
]


@pytest.mark.parametrize("address", PRIVATE)
def test_addresses_that_are_not_public(address: str) -> None:
    assert not is_public(address)


@pytest.mark.parametrize("address", PUBLIC)
def test_public_addresses(address: str) -> None:
    assert is_public(address)


@given(st.ip_addresses(v=4))
def test_an_address_inside_of_another_is_judged_by_itself(address: Any) -> None:
    if not is_public(str(address)):
        assert not is_public(f"::ffff:{address}")
        assert not is_public(f"64:ff9b::{address}")


async def refused(url: str, **settings: Any) -> DownloadError:
    with pytest.raises(DownloadError) as caught:
        await download(url, **settings)
    return caught.value


SPELLINGS = [
    *(f"http://{f'[{each}]' if ':' in each else each}/secret" for each in PRIVATE if "%" not in each),
    "http://localhost/",
    "http://localhost.:8080/",
    "http://a.localhost/",
    "http://printer.local/",
    "http://metadata.google.internal/computeMetadata/v1/",
    "http://2130706433/",
    "http://0x7f000001/",
    "http://0177.0.0.1/",
    "http://127.1/",
    "https://127.0.0.1:1/",
    "http://\u2460\u2461\u2466.\u24ea.\u24ea.\u2460/",
    "http://127\u3002 0\u30020\u30021/".replace(" ", ""),
    "http://LOCALHOST/",
    "http://0/",
]


@pytest.mark.parametrize("url", SPELLINGS)
async def test_private_addresses_are_refused_however_they_are_written(url: str) -> None:
    error = await refused(url)
    assert (error.reason, error.retryable) == ("forbidden", False)


@pytest.mark.parametrize(
    "url",
    [
        "ftp://example.com/a",
        "file:///etc/passwd",
        "http://",
        "gopher://x",
        "javascript:alert(1)",
        "",
        "http://u:p@example.com/",
        "http://[::1",
    ],
)
async def test_what_is_no_url_to_fetch(url: str) -> None:
    with pytest.raises(InvalidRequestError):
        await download(url)


@pytest.mark.parametrize(
    "target",
    [
        "http://127.0.0.1:9/",
        "http://169.254.169.254/latest/meta-data/",
        "http://10.0.0.1/",
        "http://[::1]/",
        "http://localhost/",
        "file:///etc/passwd",
        "ftp://example.com/",
        "http://u:p@example.com/",
    ],
)
async def test_a_redirect_to_such_a_place_is_not_followed(target: str) -> None:
    async with serve(Reply(status=302, headers={"location": target})) as server:
        error = await refused(server.url + "/a", trusted=[server.url])
        assert error.reason == "forbidden"
        assert len(server.asked) == 1


async def test_a_trusted_server_may_redirect_within_itself() -> None:
    replies = [
        Reply(status=307, headers={"location": "/v1/b?x=1"}),
        Reply(b"hello", headers={"content-type": "text/csv"}),
    ]
    async with serve(*replies) as server:
        found = await download(server.url + "/a", trusted=[server.url])
        assert found == Downloaded(b"hello", "text/csv", "b")
        assert [each.path for each in server.asked] == ["/v1/a", "/v1/b?x=1"]
        assert "authorization" not in server.asked[0].headers


async def test_another_port_of_a_trusted_server_is_not_trusted() -> None:
    async with serve(Reply(b"x")) as one, serve(Reply(b"y")) as other:
        error = await refused(other.url, trusted=[one.url])
        assert error.reason == "forbidden"
        assert other.asked == []


async def test_endless_redirects_end() -> None:
    async with serve(Reply(status=302, headers={"location": "/v1/again"})) as server:
        error = await refused(server.url, trusted=[server.url], redirects=3)
        assert error.reason == "too many redirects"
        assert len(server.asked) == 4


class Names:
    """Answers lookups of names with addresses, in turn; notes what was connected to."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, *answers: list[str]) -> None:
        self.answers = list(answers)
        self.lookups = 0
        self.connected: list[str] = []
        real = socket.getaddrinfo

        def getaddrinfo(host: Any, port: Any, *args: Any, **kwargs: Any) -> Any:
            if host != "pictures.example":
                return real(host, port, *args, **kwargs)
            self.lookups += 1
            found = self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]
            family = socket.AF_INET
            return [(family, socket.SOCK_STREAM, 6, "", (each, port)) for each in found]

        async def sock_connect(_loop: Any, _sock: Any, address: Any) -> None:
            self.connected.append(address[0])
            raise ConnectionRefusedError(111, "nobody there")

        monkeypatch.setattr(socket, "getaddrinfo", getaddrinfo)
        monkeypatch.setattr(asyncio.SelectorEventLoop, "sock_connect", sock_connect)


async def test_a_name_that_is_private_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    names = Names(monkeypatch, ["10.1.2.3"])
    error = await refused("https://pictures.example/a.png", http=HTTP())
    assert (error.reason, names.connected) == ("forbidden", [])
    assert "10.1.2.3" in str(error)


async def test_a_name_of_which_one_address_is_private_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    names = Names(monkeypatch, ["93.184.216.34", "127.0.0.1"])
    error = await refused("https://pictures.example/a.png", http=HTTP())
    assert (error.reason, names.connected) == ("forbidden", [])


async def test_a_name_that_changes_after_the_check_gains_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    names = Names(monkeypatch, ["93.184.216.34"], ["127.0.0.1"])
    http = HTTP()
    error = await refused("http://pictures.example/a.png", http=http)
    assert (error.reason, names.connected, names.lookups) == ("connection", ["93.184.216.34"], 1)
    error = await refused("http://pictures.example/a.png", http=http)
    assert (error.reason, names.connected, names.lookups) == ("forbidden", ["93.184.216.34"], 2)


async def test_a_client_of_the_users_is_guarded_too(monkeypatch: pytest.MonkeyPatch) -> None:
    import httpx

    Names(monkeypatch, ["10.1.2.3"])
    asked: list[str] = []

    def answer(request: httpx.Request) -> httpx.Response:
        asked.append(str(request.url))
        return httpx.Response(200, content=b"x")

    http = HTTP(client=httpx.MockTransport(answer))
    for url in ("http://pictures.example/", "http://127.0.0.1/", "http://localhost/"):
        assert (await refused(url, http=http)).reason == "forbidden"
    assert asked == []
    assert (await download("http://93.184.216.34/a", http=http)).data == b"x"


async def test_too_large_by_its_own_word_or_by_what_arrives() -> None:
    async with serve(Reply(b"x" * 1000)) as server:
        error = await refused(server.url, trusted=[server.url], max_bytes=999)
        assert error.reason == "too large"
        assert len((await download(server.url, trusted=[server.url], max_bytes=1000)).data) == 1000
    async with serve(Reply(pieces=[b"x" * 600, b"x" * 600])) as server:
        assert (await refused(server.url, trusted=[server.url], max_bytes=1000)).reason == "too large"


async def test_too_large_after_it_is_unpacked() -> None:
    bomb = gzip.compress(b"\0" * 10_000_000)
    assert len(bomb) < 20_000
    async with serve(Reply(bomb, headers={"content-encoding": "gzip"})) as server:
        assert (await refused(server.url, trusted=[server.url], max_bytes=100_000)).reason == "too large"


async def test_too_slow() -> None:
    never = asyncio.Event()
    async with serve(Reply(pieces=[b"x"], linger=never)) as server:
        error = await refused(server.url, trusted=[server.url], seconds=5)
        assert (error.reason, error.retryable) == ("too slow", True)
        never.set()


async def test_bad_answers() -> None:
    async with serve(Reply(b"gone", status=404), Reply(b"later", status=503)) as server:
        error = await refused(server.url + "/a.png?signature=secret", trusted=[server.url])
        assert (error.reason, error.status, error.retryable) == ("status", 404, False)
        assert "secret" not in str(error)
        assert "secret" not in error.url
        error = await refused(server.url, trusted=[server.url])
        assert (error.status, error.retryable) == (503, True)
    async with serve(Reply(pieces=[b"x"], cut=True)) as server:
        assert (await refused(server.url, trusted=[server.url])).reason == "connection"


@pytest.mark.parametrize(
    ("said", "data", "name", "kind"),
    [
        ("image/jpeg; q=1", b"\x89PNG\r\n\x1a\n", "a", "image/jpeg"),
        ("application/octet-stream", b"\x89PNG\r\n\x1a\n", "a", "image/png"),
        ("binary/octet-stream", b"?", "a.mp4", "video/mp4"),
        ("application/octet-stream", b"?", "a", "application/octet-stream"),
    ],
)
async def test_the_media_type(said: str, data: bytes, name: str, kind: str) -> None:
    async with serve(Reply(data, headers={"content-type": said})) as server:
        assert (await download(f"{server.url}/{name}", trusted=[server.url])).media_type == kind


async def test_an_exchange_fetches_without_the_key() -> None:
    async with serve(Reply(b"x", headers={"content-type": "image/png"})) as server:
        endpoint = Endpoint(name="lab", base_url=server.url, key="sk-secret")
        found = await Exchange(endpoint).download(server.url.replace("/v1", "/files/a.png"))
        assert (found.media_type, found.filename) == ("image/png", "a.png")
        assert not any("sk-secret" in value for value in server.asked[0].headers.values())
        assert (await Exchange(endpoint).download("data:image/gif;base64,R0lG")).data == b"GIF"
        with pytest.raises(DownloadError):
            await Exchange(endpoint).download("http://169.254.169.254/")


def test_the_guard_is_one_object_for_one_door() -> None:
    http = HTTP()
    assert http.guarded() is http.guarded() is http.guarded().guarded()
    assert "guarded=True" in repr(http.guarded())
    assert "guarded" not in repr(http)


async def test_what_was_made_is_fetched_again_when_that_fails_for_a_moment() -> None:
    async with serve(
        Reply(status=503), Reply(status=429), Reply(b"film", headers={"content-type": "video/mp4"})
    ) as server:
        exchange = Exchange(Endpoint(name="lab", base_url=server.url, key="sk-secret"))
        began = asyncio.get_running_loop().time()
        assert (await exchange.fetch(server.url + "/a.mp4", job="j1")).data == b"film"
        assert len(server.asked) == 3
        assert asyncio.get_running_loop().time() - began == pytest.approx(1.5, abs=0.2)


@pytest.mark.parametrize(("status", "asked"), [(503, 4), (404, 1)])
async def test_what_was_made_and_cannot_be_fetched_is_not_paid_for_again(status: int, asked: int) -> None:
    async with serve(Reply(status=status)) as server:
        exchange = Exchange(Endpoint(name="lab", base_url=server.url, key="sk-secret"))
        with pytest.raises(DownloadError) as caught:
            await exchange.fetch(server.url + "/a.mp4", job="j1")
        assert (caught.value.status, caught.value.retryable, caught.value.job) == (status, False, "j1")
        assert len(server.asked) == asked
