"""How recorded streams are framed: their events, where these end, and how events are put together again."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, cast
from zlib import crc32

from ai_sdk.framing import AWSEventStream, JSONLines, ServerSentEvents
from ai_sdk.testing.replay import Exchange

__all__ = ["Block", "blocks_of", "decoder_of", "framing_of", "joined", "kind_of", "payload_of"]


@dataclass(frozen=True, slots=True)
class Block:
    """One event as bytes: what stands before its JSON, the JSON (or any other data), and what stands behind it.

    ``name``: the event's own name, or empty. ``aws``: the headers of an AWS message as they are on the wire.
    """

    before: bytes
    data: bytes
    after: bytes
    name: str = ""
    aws: bytes | None = None


def framing_of(exchange: Exchange) -> str:
    """``sse``, ``lines`` or ``aws``; ``json`` for an answer that is no stream."""
    if not exchange.streamed:
        return "json"
    body = exchange.body
    if len(body) > 12 and crc32(body[:8]) == int.from_bytes(body[8:12], "big"):
        return "aws"
    return "lines" if body.lstrip().startswith(b"{") else "sse"


def decoder_of(framing: str) -> ServerSentEvents | JSONLines | AWSEventStream:
    """A new decoder of the framing."""
    if framing == "aws":
        return AWSEventStream()
    return JSONLines() if framing == "lines" else ServerSentEvents()


def blocks_of(body: bytes, framing: str) -> list[Block]:
    """The events of a body, without any of the code under test; joined again they are the body."""
    if framing == "aws":
        return list(_aws_blocks(body))
    if framing == "lines":
        lines = body.splitlines(keepends=True)
        return [Block(b"", line.rstrip(b"\r\n"), line[len(line.rstrip(b"\r\n")) :]) for line in lines]
    if framing == "sse":
        return [_event(block) for block in _sse_blocks(body)]
    return [Block(b"", body, b"")]


def _sse_blocks(body: bytes) -> Iterator[bytes]:
    block: list[bytes] = []
    for line in body.splitlines(keepends=True):
        block.append(line)
        if not line.strip(b"\r\n"):
            yield b"".join(block)
            block = []
    if block:
        yield b"".join(block)


def _event(block: bytes) -> Block:
    name = next((line[6:].strip().decode() for line in block.splitlines() if line.startswith(b"event:")), "")
    at = block.find(b"data:") if block.startswith(b"data:") else block.find(b"\ndata:") + 1
    if at <= 0 and not block.startswith(b"data:"):
        return Block(block, b"", b"", name)
    start = at + 5 + (block[at + 5 : at + 6] == b" ")
    ends = [end for mark in (b"\r", b"\n") if (end := block.find(mark, start)) >= 0]
    end = min(ends, default=len(block))
    return Block(block[:start], block[start:end], block[end:], name)


def _aws_blocks(body: bytes) -> Iterator[Block]:
    at = 0
    while at + 16 <= len(body):
        length, headers = (int.from_bytes(body[at + place : at + place + 4], "big") for place in (0, 4))
        message = body[at : at + length]
        if length < 16 or len(message) < length:
            break
        raw = message[12 : 12 + headers]
        yield Block(message[: 12 + headers], message[12 + headers : -4], message[-4:], _aws_name(raw), raw)
        at += length
    if at < len(body):
        yield Block(b"", body[at:], b"")


def _aws_name(headers: bytes) -> str:
    for mark in (b":event-type\x07", b":exception-type\x07"):
        if (at := headers.find(mark)) >= 0:
            start = at + len(mark) + 2
            return headers[start : start + int.from_bytes(headers[start - 2 : start], "big")].decode()
    return ""


def joined(block: Block, data: bytes) -> bytes:
    """The event with other data; the checksums of an AWS message are made anew."""
    if block.aws is None:
        return block.before + data + block.after
    lengths = (16 + len(block.aws) + len(data)).to_bytes(4, "big") + len(block.aws).to_bytes(4, "big")
    prelude = lengths + crc32(lengths).to_bytes(4, "big") + block.aws + data
    return prelude + crc32(prelude).to_bytes(4, "big")


def payload_of(block: Block) -> Any:
    """The JSON of an event; None when it is none."""
    try:
        return json.loads(block.data)
    except ValueError:
        return None


def kind_of(block: Block, payload: Any) -> str:
    """The type of an event, as its frame or its JSON names it."""
    said = cast("dict[str, Any]", payload).get("type") if isinstance(payload, dict) else None
    return block.name or (said if isinstance(said, str) else "")
