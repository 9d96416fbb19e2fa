"""Recorded exchanges, and an HTTP door that answers with one of them.

Recordings are files of one JSON object a line, named after their provider: ``<corpus>/exchanges/<provider>.jsonl.gz``,
or plain ``<folder>/<provider>.jsonl``. The keys of an object: ``id``, ``kind``, ``method``, ``url``, ``path`` (the
conversation), ``n`` (its place in it), ``req`` and ``resp`` (each ``[form, value]``), ``status``, ``resp_headers``, and
``chunk_sizes`` where the real boundaries of the reads are known. The forms are ``json``, ``text`` (as on the wire),
``chunks`` (a list of events, each its JSON text), ``b64`` and ``none``.
"""

from __future__ import annotations

import base64
import gzip
import json
import os
import re
from collections.abc import AsyncGenerator, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import accumulate, pairwise
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast
from zlib import crc32

from ai_sdk._frozen import EMPTY, FrozenDict
from ai_sdk.errors import ResponseClosedError
from ai_sdk.http import HTTP, HTTPRequest, HTTPResponse, HTTPStream

if TYPE_CHECKING:
    from ai_sdk.ending import Ending

__all__ = ["Exchange", "ReplayedStream", "Replayer", "corpus_folder", "corpus_or_skip", "exchanges"]

CORPUS = "AI_SDK_CORPUS"
REQUIRED = "AI_SDK_REQUIRE_CORPUS"
_FRAMING = frozenset({"content-encoding", "content-length", "transfer-encoding"})
_EVENT_FIELDS = (b"data:", b"event:", b"id:", b"retry:", b":")
_LINES = frozenset({"application/x-ndjson", "application/stream+json"})
_AWS_EVENTS = "application/vnd.amazon.eventstream"
_AWS_PRELUDE = 12
_BASE64 = re.compile(r"[A-Za-z0-9+/\s]+=*\s*")
_BASE64_OF_TEXT = ("ZGF0YTog", "eyJ", "ZXZlbnQ6")


@dataclass(frozen=True, slots=True)
class Exchange:
    """A recorded request and its answer.

    ``request_json`` is the decoded body of the request, None when it was not JSON or was not recorded. ``body`` are the
    bytes of the answer, decompressed, as on the wire. ``chunk_sizes`` are the recorded read boundaries, or empty.
    ``path`` and ``n`` name the conversation and the place in it. Header names are in lower case.
    """

    id: str
    provider: str
    kind: str
    method: str = "POST"
    url: str = ""
    path: str = ""
    n: int = 0
    request_json: Any = field(default=None, repr=False)
    status: int = 200
    headers: Mapping[str, str] = field(default=EMPTY, repr=False)
    body: bytes = field(default=b"", repr=False)
    chunk_sizes: tuple[int, ...] = field(default=(), repr=False)
    tags: tuple[str, ...] = ()

    @property
    def endpoint(self) -> str:
        """The path of the URL, without its query."""
        return re.sub(r"^\w+://[^/]*", "", self.url).partition("?")[0]

    @property
    def streamed(self) -> bool:
        """Whether the answer is a stream: of server-sent events, of lines of JSON or of AWS's events.

        The body decides; the content type only where the body leaves it open, as with a single line of JSON.
        """
        kind = self.headers.get("content-type", "").partition(";")[0].strip()
        body = self.body.lstrip()
        if body.startswith(_EVENT_FIELDS) or _is_aws_event(self.body) or _has_lines_of_json(body):
            return True
        return bool(body) and (kind in _LINES or (kind == _AWS_EVENTS and not body.startswith(b"{")))


def _is_aws_event(body: bytes) -> bool:
    """Whether it begins like a message of an AWS event stream: with lengths and their checksum."""
    return len(body) > _AWS_PRELUDE and crc32(body[:8]) == int.from_bytes(body[8:_AWS_PRELUDE], "big")


def _has_lines_of_json(body: bytes) -> bool:
    """Whether its first two lines are an object each."""
    first, more, rest = body.partition(b"\n")
    second = rest.lstrip().partition(b"\n")[0]
    return bool(more) and _is_object(first) and _is_object(second)


def _is_object(line: bytes) -> bool:
    if not line.startswith(b"{"):
        return False
    try:
        json.loads(line)
    except ValueError:
        return False
    return True


def corpus_folder() -> Path | None:
    """The folder that ``AI_SDK_CORPUS`` names; None when it names none that exists."""
    named = os.environ.get(CORPUS)
    return Path(named) if named and Path(named).is_dir() else None


def corpus_or_skip() -> Path:
    """The folder of recordings, for a test: it skips without one, and fails when ``AI_SDK_REQUIRE_CORPUS=1``."""
    import pytest

    folder = corpus_folder()
    if folder is None and os.environ.get(REQUIRED) == "1":
        pytest.fail(f"{REQUIRED}=1, but {CORPUS} names no folder: {os.environ.get(CORPUS)!r}")
    elif folder is None:
        pytest.skip(f"{CORPUS} names no folder of recordings")
    return folder


def exchanges(provider: str, kind: str | None = None, corpus: str | Path | None = None) -> Iterator[Exchange]:
    """The recordings of a provider, in the order of the file; of one kind when ``kind`` is given.

    ``corpus`` is a folder of recordings, by default the one that ``AI_SDK_CORPUS`` names. Raises ``FileNotFoundError``
    when there are none of this provider.
    """
    with _open(provider, corpus) as lines:
        for line in lines:
            said = json.loads(line)
            if kind is None or said.get("kind") == kind:
                yield _exchange(said, provider)


def _open(provider: str, corpus: str | Path | None) -> Any:
    folder = Path(corpus) if corpus is not None else corpus_folder()
    if folder is None:
        raise FileNotFoundError(f"set {CORPUS} to a folder of recordings, or give corpus=")
    for path in (folder / "exchanges", folder):
        if (packed := path / f"{provider}.jsonl.gz").exists():
            return gzip.open(packed, "rb")
        if (plain := path / f"{provider}.jsonl").exists():
            return plain.open("rb")
    raise FileNotFoundError(f"there is no {provider}.jsonl.gz or {provider}.jsonl in {folder}")


def _exchange(said: dict[str, Any], provider: str) -> Exchange:
    form, value = said.get("req") or ("none", None)
    response_form, response = said["resp"]
    body = _body(response_form, response)
    recorded = cast("dict[str, str]", said.get("resp_headers") or {})
    headers = {name.lower(): each for name, each in recorded.items() if name.lower() not in _FRAMING}
    headers.setdefault("content-type", _content_type(response_form, body))
    return Exchange(
        id=said["id"],
        provider=said.get("provider", provider),
        kind=said["kind"],
        method=said.get("method") or "POST",
        url=said.get("url") or "",
        path=said.get("path") or said["id"],
        n=said.get("n") or 0,
        request_json=value if form == "json" else None,
        status=said["status"],
        headers=FrozenDict(headers),
        body=body,
        chunk_sizes=tuple(said.get("chunk_sizes") or ()),
        tags=tuple(said.get("tags") or ()),
    )


def _body(form: str, value: Any) -> bytes:
    if form == "json":
        return json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode("utf-8", "surrogatepass")
    if form == "text":
        return _text(value).encode("utf-8", "surrogatepass")
    if form == "chunks":
        return _framed(cast("list[str]", value))
    return base64.b64decode(value) if form == "b64" else b""


def _text(value: str) -> str:
    """The text; some recorders kept the base64 of it."""
    if value.startswith(_BASE64_OF_TEXT) and _BASE64.fullmatch(value):
        return base64.b64decode(value).decode("utf-8", "replace")
    return value


def _framed(events: Sequence[str]) -> bytes:
    """Events as server-sent events: named when they say a type, ended by ``[DONE]`` when they are of OpenAI's chat."""
    lines: list[str] = []
    ends = False
    for event in events:
        try:
            said = json.loads(event)
        except ValueError:
            said = None
        data = cast("dict[str, Any]", said) if isinstance(said, dict) else {}
        ends = ends or "choices" in data
        if isinstance(data.get("type"), str):
            lines.append(f"event: {data['type']}\n")
        lines.append(f"data: {event}\n\n")
    return "".join([*lines, "data: [DONE]\n\n"] if ends else lines).encode()


def _content_type(form: str, body: bytes) -> str:
    if form == "json":
        return "application/json"
    if body.lstrip().startswith(_EVENT_FIELDS):
        return "text/event-stream"
    if _has_lines_of_json(body.lstrip()):
        return "application/x-ndjson"
    if _is_aws_event(body):
        return _AWS_EVENTS
    return "text/plain" if form == "text" else "application/octet-stream"


class Replayer(HTTP):
    """An HTTP door that answers every request with a recording, without a socket.

    The body comes in pieces, cut at the byte offsets of ``split``; ``split=1``: a byte at a time; by default as it was
    recorded, or whole. ``requests`` are the requests that it got, ``streams`` the streams that it opened.
    """

    def __init__(self, exchange: Exchange, *, split: Sequence[int] | int | None = None) -> None:
        super().__init__()
        self.exchange = exchange
        self.pieces = tuple(_cut(exchange, split))
        self.requests: list[HTTPRequest] = []
        self.streams: list[ReplayedStream] = []

    def guarded(self) -> HTTP:
        """Itself: nothing is connected to."""
        return self

    async def send(self, request: HTTPRequest) -> HTTPResponse:
        """Answer at once."""
        self.requests.append(request)
        return HTTPResponse(self.exchange.status, self.exchange.headers, self.exchange.body)

    async def open(self, request: HTTPRequest) -> HTTPStream:
        """Answer in pieces."""
        self.requests.append(request)
        stream = ReplayedStream(self.exchange.status, self.exchange.headers, self.pieces)
        self.streams.append(stream)
        return stream

    async def aclose(self) -> None:
        """Do nothing: nothing is open."""


def _cut(exchange: Exchange, split: Sequence[int] | int | None) -> Iterator[bytes]:
    body = exchange.body
    if split is None:
        split = tuple(accumulate(exchange.chunk_sizes))
    elif isinstance(split, int):
        split = range(0, len(body), split)
    for start, end in pairwise(sorted({0, len(body), *(at for at in split if 0 <= at <= len(body))})):
        yield body[start:end]


class ReplayedStream(HTTPStream):
    """The stream of a replay. ``ending`` is how it was released, None while it is open."""

    def __init__(self, status: int, headers: Mapping[str, str], pieces: Sequence[bytes]) -> None:
        self._status = status
        self._headers = headers
        self.ending: Ending | None = None
        self._pieces = list(reversed(pieces))

    @property
    def status(self) -> int:
        """The HTTP status."""
        return self._status

    @property
    def headers(self) -> Mapping[str, str]:
        """The headers, with names in lower case."""
        return self._headers

    async def chunks(self) -> AsyncGenerator[bytes, None]:
        """The pieces that are left."""
        while self._pieces:
            if self.ending is not None:
                raise ResponseClosedError("the stream was released before it was read to its end")
            yield self._pieces.pop()

    async def read(self) -> bytes:
        """All that is left."""
        return b"".join([piece async for piece in self.chunks()])

    def release(self, ending: Ending, /) -> None:
        """Note the first ending."""
        if self.ending is None:
            self.ending = ending

    async def settle(self) -> None:
        """Do nothing: nothing is left to do."""

    def __repr__(self) -> str:
        return f"ReplayedStream({self.status}, {self.ending or 'open'})"
