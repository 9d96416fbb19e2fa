"""A loopback server that answers from memory, so that what is measured is the client.

It speaks just enough HTTP/1.1 (keep-alive, Content-Length bodies) and the OpenAI dialect:

``POST /v1/chat/completions``         about 1 kB of JSON; with ``"stream": true`` ``CHUNKS`` text deltas in one write
``POST /paced/v1/chat/completions``   streams: one write for each event, ``PACE`` seconds apart
``POST /short/v1/chat/completions``   streams of ``SHORT`` text deltas in one write
``POST /held/v1/chat/completions``    the same without an end: such a stream stays open until the client closes it
``POST /<n>/v1/chat/completions``     streams of ``n`` text deltas in one write
``POST /v1/embeddings``               one vector of 256 numbers
``GET /connections``                  how many connections are open, this one included

Streams are chunked, one HTTP chunk for each event, as servers send them. ``python benchmarks/_stub.py [CPU]`` prints
its port and serves until its standard input ends.
"""

from __future__ import annotations

import asyncio
import json
import os
import signal
import subprocess
import sys
from collections.abc import Generator, Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from typing import Any

CHUNKS = 500
SHORT = 20
PACE = 0.001
WORD = " word"
TEXT = WORD * 90
USAGE = {"prompt_tokens": 12, "completion_tokens": CHUNKS, "total_tokens": 12 + CHUNKS}
ROOT: dict[str, Any] = {"id": "chatcmpl-0123456789abcdef0123", "created": 1_700_000_000, "model": "stub-model"}


def _json(value: Any) -> bytes:
    return json.dumps(value, separators=(",", ":")).encode()


def _response(body: bytes) -> bytes:
    head = b"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\nx-request-id: req_0\r\ncontent-length: %d\r\n\r\n"
    return head % len(body) + body


def _completion() -> bytes:
    message: dict[str, Any] = {"role": "assistant", "content": TEXT, "refusal": None, "annotations": []}
    choice: dict[str, Any] = {"index": 0, "message": message, "logprobs": None, "finish_reason": "stop"}
    details = {"prompt_tokens_details": {"cached_tokens": 0}, "completion_tokens_details": {"reasoning_tokens": 0}}
    said = {**ROOT, "object": "chat.completion", "system_fingerprint": "fp_0123456789"}
    return _json({**said, "choices": [choice], "usage": {**USAGE, **details}})


def _event(delta: dict[str, Any], finish: str | None = None, **more: Any) -> bytes:
    choice: dict[str, Any] = {"index": 0, "delta": delta, "logprobs": None, "finish_reason": finish}
    chunk: dict[str, Any] = {
        **ROOT,
        "object": "chat.completion.chunk",
        "system_fingerprint": "fp_0123456789",
        "choices": [choice],
    }
    return b"data: " + _json({**chunk, **more}) + b"\n\n"


def _events(chunks: int = CHUNKS) -> list[bytes]:
    words = [_event({"content": WORD})] * chunks
    first = _event({"role": "assistant", "content": ""})
    return [first, *words, _event({}, "stop", usage=USAGE), b"data: [DONE]\n\n"]


def _framed(event: bytes) -> bytes:
    return b"%x\r\n%b\r\n" % (len(event), event)


STREAM_HEAD = (
    b"HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\ntransfer-encoding: chunked\r\nx-request-id: req_0\r\n\r\n"
)


@cache
def _burst(chunks: int) -> bytes:
    return STREAM_HEAD + b"".join([*map(_framed, _events(chunks)), b"0\r\n\r\n"])


STREAM = [*map(_framed, _events()), b"0\r\n\r\n"]
CHAT = _response(_completion())
BURST = STREAM_HEAD + b"".join(STREAM)
BRIEF = _burst(SHORT)
HELD = STREAM_HEAD + b"".join(map(_framed, _events(SHORT)[:-2]))
EMBEDDINGS = _response(
    _json(
        {
            "object": "list",
            "model": "stub-model",
            "data": [{"object": "embedding", "index": 0, "embedding": [0.125] * 256}],
            "usage": {"prompt_tokens": 8, "total_tokens": 8},
        }
    )
)
NOT_FOUND = b"HTTP/1.1 404 Not Found\r\ncontent-length: 0\r\n\r\n"


class Stub(asyncio.Protocol):
    """One connection."""

    transport: asyncio.Transport
    open_now = 0

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self.loop = loop
        self.buffer = b""
        self.timer: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self.transport = transport
        Stub.open_now += 1

    def connection_lost(self, exc: Exception | None) -> None:
        Stub.open_now -= 1
        if self.timer is not None:
            self.timer.cancel()

    def data_received(self, data: bytes) -> None:
        self.buffer = self.buffer + data if self.buffer else data
        while True:
            end = self.buffer.find(b"\r\n\r\n")
            if end < 0:
                return
            head = self.buffer[:end]
            total = end + 4 + _content_length(head)
            if len(self.buffer) < total:
                return
            body, self.buffer = self.buffer[end + 4 : total], self.buffer[total:]
            self.answer(head, body)

    def answer(self, head: bytes, body: bytes) -> None:
        path = head[: head.find(b"\r\n")].split(b" ")[1]
        if not path.endswith(b"/chat/completions"):
            self.transport.write(self.other(path))
        elif b'"stream":true' not in body and b'"stream": true' not in body:
            self.transport.write(CHAT)
        elif path.startswith(b"/paced/"):
            self.transport.write(STREAM_HEAD)
            self.send(iter(STREAM), self.loop.time())
        elif path.startswith(b"/short/"):
            self.transport.write(BRIEF)
        elif path.startswith(b"/v1/"):
            self.transport.write(BURST)
        else:
            count = path.split(b"/")[1]
            self.transport.write(HELD if count == b"held" else _burst(int(count)))

    def other(self, path: bytes) -> bytes:
        if path == b"/connections":
            return _response(b"%d" % Stub.open_now)
        return EMBEDDINGS if path.endswith(b"/embeddings") else NOT_FOUND

    def send(self, events: Iterator[bytes], due: float) -> None:
        event = next(events, None)
        if event is not None and not self.transport.is_closing():
            self.transport.write(event)
            self.timer = self.loop.call_at(due + PACE, self.send, events, due + PACE)


def _content_length(head: bytes) -> int:
    lower = head.lower()
    at = lower.find(b"\r\ncontent-length:")
    return int(lower[at + 17 :].split(b"\r\n", 1)[0]) if at >= 0 else 0


async def _serve() -> None:
    loop = asyncio.get_running_loop()
    server = await loop.create_server(lambda: Stub(loop), "127.0.0.1", 0, backlog=4096)
    print(server.sockets[0].getsockname()[1], flush=True)
    await loop.run_in_executor(None, sys.stdin.buffer.read)


def pin(cpu: int | None) -> None:
    """Keep this process on one CPU, where the system can do that."""
    if cpu is not None and hasattr(os, "sched_setaffinity"):
        os.sched_setaffinity(0, {cpu})


@contextmanager
def stub_server(cpu: int | None = None) -> Generator[str]:
    """Run the server in a process of its own; yields the address, such as ``http://127.0.0.1:40123``."""
    command = [sys.executable, str(Path(__file__)), *([] if cpu is None else [str(cpu)])]
    process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    assert process.stdin is not None
    assert process.stdout is not None
    with process:
        try:
            yield f"http://127.0.0.1:{int(process.stdout.readline())}"
        finally:
            process.stdin.close()


if __name__ == "__main__":
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    pin(int(sys.argv[1]) if len(sys.argv) > 1 else None)
    asyncio.run(_serve())
