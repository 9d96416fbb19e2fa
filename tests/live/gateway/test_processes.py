"""Workers that die, servers that stop, and bytes that are no HTTP: what clients see of it, on the real clock."""

from __future__ import annotations

import http.client
import json
import os
import random
import signal
import socket
import threading
import time
from collections.abc import Generator, Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
from live.gateway.gateway_kit import KEY, Process, gateway

pytestmark = pytest.mark.live
ENDED = (0, -signal.SIGTERM)

SLOW = """
import asyncio
from ai_sdk.parts import Finish, TextDelta
from ai_sdk.results import LanguageResponse, Usage, fold_language
from ai_sdk.server import Gateway, Key

async def parts():
    for number in range(200):
        yield TextDelta(f"{number} ")
        await asyncio.sleep(0.02)
    yield Finish("stop", Usage(1, 200))

async def slow(request):
    return await LanguageResponse.start(parts(), fold_language)

async def quick(request):
    return LanguageResponse.of([TextDelta("ok"), Finish("stop", Usage(1, 1))], fold_language)

gateway = Gateway({"slow": slow, "quick": quick}, keys=[Key("KEY", "tests", admin=True)], max_body=100_000)
"""


@pytest.fixture(scope="module")
def pipeline(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("gateway") / "slow.py"
    path.write_text(SLOW.replace("KEY", KEY, 1))
    return path


@contextmanager
def asked(address: str, method: str, path: str, body: str | None = None) -> Generator[http.client.HTTPResponse]:
    where = urlsplit(address)
    connection = http.client.HTTPConnection(where.hostname or "", where.port, timeout=30)
    try:
        connection.request(method, path, body, {"authorization": f"Bearer {KEY}"})
        with connection.getresponse() as answer:
            yield answer
    finally:
        connection.close()


def streaming(address: str) -> AbstractContextManager[http.client.HTTPResponse]:
    return asked(address, "POST", "/v1/chat/completions", chat("slow", stream=True))


def chat(model: str, *, stream: bool = False) -> str:
    return json.dumps({"model": model, "stream": stream, "messages": [{"role": "user", "content": "hi"}]})


def quick(address: str) -> int:
    """The status of a quick call."""
    with asked(address, "POST", "/v1/chat/completions", chat("quick")) as answer:
        answer.read()
        return answer.status


def seen(address: str) -> Any:
    """What the live page shows."""
    with asked(address, "GET", "/live/data") as answer:
        return json.loads(answer.read())


class Reader(threading.Thread):
    """Reads a stream to whatever end it has. ``begun`` is set when the first piece is here."""

    def __init__(self, address: str) -> None:
        super().__init__(daemon=True)
        self.address = address
        self.begun = threading.Event()
        self.data = b""
        self.cut = False
        self.start()

    def run(self) -> None:
        try:
            with streaming(self.address) as answer:
                while piece := answer.read1(65536):
                    self.data += piece
                    self.begun.set()
        except (http.client.IncompleteRead, ConnectionError, OSError):
            self.cut = True

    @property
    def last(self) -> str:
        return self.data.decode().strip().splitlines()[-1].removeprefix("data: ")


def workers_of(process: Process) -> list[int]:
    """The server processes under the one that was started."""
    children = Path(f"/proc/{process.process.pid}/task/{process.process.pid}/children").read_text().split()
    return [int(child) for child in children if b"spawn_main" in Path(f"/proc/{child}/cmdline").read_bytes()]


@pytest.mark.skipif(not Path("/proc/self/task").exists(), reason="the workers are found in /proc")
def test_a_worker_that_is_killed_cuts_its_own_streams_alone_and_is_replaced(pipeline: Path) -> None:
    with gateway("", "--workers", "2", pipeline=pipeline) as (process, address):
        readers = [Reader(address) for _ in range(12)]
        assert all(reader.begun.wait(15) for reader in readers)
        victim, other = workers_of(process)
        os.kill(victim, signal.SIGKILL)
        for reader in readers:
            reader.join(30)
        cut = [reader for reader in readers if reader.last != "[DONE]"]
        whole = [reader for reader in readers if reader.last == "[DONE]"]
        assert len(cut) + len(whole) == 12
        assert all(reader.cut for reader in cut)
        assert not any(reader.cut for reader in whole)
        until = time.perf_counter() + 20
        while len(workers_of(process)) < 2 and time.perf_counter() < until:
            time.sleep(0.1)
        assert other in workers_of(process)
        assert victim not in workers_of(process)
        assert [quick(address) for _ in range(20)] == [200] * 20
        counted = seen(address)["totals"]["requests_total"]
        assert counted["quick 200"] == 20
        assert counted.get("slow 200", 0) == len(whole)


def test_a_server_that_stops_lets_answers_finish_for_a_while_and_tells_the_others(pipeline: Path) -> None:
    with gateway("", "--drain", "1", pipeline=pipeline) as (process, address):
        reader = Reader(address)
        assert reader.begun.wait(15)
        process.process.send_signal(signal.SIGTERM)
        reader.join(20)
        assert process.process.wait(20) in ENDED
        assert json.loads(reader.last)["error"]["code"] == "shutting_down"
    with gateway("", "--drain", "20", pipeline=pipeline) as (process, address):
        reader = Reader(address)
        assert reader.begun.wait(15)
        process.process.send_signal(signal.SIGTERM)
        reader.join(20)
        assert reader.last == "[DONE]"
        assert process.process.wait(20) in ENDED


def test_a_client_that_leaves_a_real_socket_ends_the_call(pipeline: Path) -> None:
    with gateway("", pipeline=pipeline) as (_, address):
        with streaming(address) as answer:
            assert answer.read1(10)
        until = time.perf_counter() + 3
        while not seen(address)["recent"] and time.perf_counter() < until:
            time.sleep(0.05)
        (call,) = seen(address)["recent"]
        assert (call["status"], call["code"]) == (499, "client_left")
        assert call["seconds"] < 3


def requests(count: int) -> Iterator[bytes]:
    """Requests that are wrong in one way or another; many are hardly HTTP."""
    draw = random.Random(20261121)
    good = json.dumps({"model": "quick", "messages": [{"role": "user", "content": "hi"}]}).encode()
    paths = ["/v1/chat/completions", "/v1/responses", "/v1/messages", "/v1/embeddings", "/v1/audio/transcriptions", "/"]
    lengths = ["-1", "x", "9" * 30, "200000"]
    for _ in range(count):
        body = bytearray(good)
        for _ in range(draw.randrange(1, 6)):
            at = draw.randrange(len(body))
            body[at : at + draw.randrange(3)] = draw.randbytes(draw.randrange(3))
        kind = draw.randrange(8)
        path, verb = draw.choice(paths), draw.choice(["POST", "GET", "PUT", "post", "\x00", "PO ST"])
        head = f"Host: x\r\nAuthorization: Bearer {KEY}\r\nContent-Type: application/json\r\n".encode()
        size = f"Content-Length: {len(body)}\r\n\r\n".encode()
        start = f"POST {path} HTTP/1.1\r\n".encode()
        yield [
            start + head + size + bytes(body),
            f"{verb} {path} HTTP/1.1\r\n".encode() + head + size + bytes(body),
            start + head + f"Content-Length: {draw.choice(lengths)}\r\n\r\n".encode() + bytes(body),
            start + head + b"Transfer-Encoding: chunked\r\n\r\n" + draw.randbytes(20),
            start + head + b"X: " + b"y" * draw.choice([10, 70_000]) + b"\r\n" + size + bytes(body),
            draw.randbytes(draw.randrange(1, 200)),
            start + head + b"Content-Length: 500\r\n\r\n" + bytes(body),
            start + head.replace(KEY.encode(), draw.randbytes(9).hex().encode()) + size + good,
        ][kind]


def status_of(address: str, data: bytes) -> int | None:
    """The status of the answer, None when the server closed without one or waits for more."""
    where = urlsplit(address)
    with socket.create_connection((where.hostname, where.port or 0), timeout=10) as sock:
        try:
            sock.sendall(data)
            sock.shutdown(socket.SHUT_WR)
            received = b""
            while piece := sock.recv(65536):
                received += piece
        except (ConnectionError, TimeoutError):
            return None
    words = received.split(None, 2)
    return int(words[1]) if len(words) > 1 and words[1].isdigit() else None


def test_malformed_requests_make_no_500_and_leave_nothing_behind(pipeline: Path) -> None:
    count = int(os.environ.get("AI_SDK_MALFORMED", "1000"))
    with gateway("", pipeline=pipeline) as (process, address):
        folder = Path(f"/proc/{process.process.pid}/fd")
        for data in requests(50):
            status_of(address, data)
        before = len(list(folder.iterdir())) if folder.exists() else 0
        statuses = [status_of(address, data) for data in requests(count)]
        assert 500 not in statuses
        assert {200, 400, 401} <= set(statuses)
        after = len(list(folder.iterdir())) if folder.exists() else 0
        assert after <= before + 2
        assert quick(address) == 200
        assert seen(address)["totals"]["in_flight"] == {"": 0.0}
        assert KEY not in process.output
        assert "Traceback" not in process.output
