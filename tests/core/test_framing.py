"""Bytes to events: any split of the bytes gives the same events, and the work is linear."""

from __future__ import annotations

import tracemalloc
import uuid
from collections.abc import Callable, Iterator, Sequence
from struct import pack
from typing import Any, Protocol, TypeVar
from zlib import crc32

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ai_sdk.errors import InterruptedStreamError, MalformedEventError
from ai_sdk.framing import AWSEvent, AWSEventStream, JSONLines, ServerSentEvent, ServerSentEvents

Event_co = TypeVar("Event_co", covariant=True)


class Decoder(Protocol[Event_co]):
    def feed(self, chunk: bytes) -> Sequence[Event_co]: ...
    def end(self) -> Sequence[Event_co]: ...


def decode(decoder: Decoder[Event_co], *chunks: bytes) -> list[Event_co]:
    events = [event for chunk in chunks for event in decoder.feed(chunk)]
    return [*events, *decoder.end()]


def sse(*chunks: bytes) -> list[ServerSentEvent]:
    return decode(ServerSentEvents(), *chunks)


def cut(data: bytes, at: Sequence[int]) -> Iterator[bytes]:
    edges = [0, *sorted(edge % (len(data) + 1) for edge in at), len(data)]
    for start, stop in zip(edges, edges[1:], strict=False):
        yield data[start:stop]


def one_by_one(data: bytes) -> list[bytes]:
    return [data[at : at + 1] for at in range(len(data))]


cuts = st.lists(st.integers(0, 100_000), max_size=12)
line_ends = st.sampled_from([b"\n", b"\r", b"\r\n"])
line_text = st.text(st.characters(codec="utf-8", exclude_characters="\r\n"), max_size=12)


@st.composite
def written_events(draw: st.DrawFn) -> tuple[bytes, list[ServerSentEvent]]:
    """Events, as a small encoder of its own writes them: any line ends, comments, spaces and unknown fields."""
    written, events = bytearray(draw(st.sampled_from([b"", b"\xef\xbb\xbf"]))), list[ServerSentEvent]()
    last_id: str | None = None

    def line(text: bytes) -> None:
        end = draw(line_ends)
        if not text and end == b"\n" and written.endswith(b"\r"):
            end = b"\r"  # a line feed would be the second half of the line end before
        written.extend(text + end)

    def field(name: bytes, value: str) -> None:
        space = b" " if value.startswith(" ") or draw(st.booleans()) else b""
        line(name + b":" + space + value.encode())

    def noise() -> None:
        line(draw(st.sampled_from([b":", b": keep-alive", b"other: field", b"retry: soon", b"nonsense"])))

    for _ in range(draw(st.integers(0, 5))):
        data = draw(st.lists(line_text, max_size=3))
        name = draw(st.sampled_from(["", "message", "content_block_delta", "müsli"]))
        if draw(st.booleans()):
            noise()
        if name:
            field(b"event", name)
        if draw(st.integers(0, 4)) == 0:
            last_id = draw(st.sampled_from(["1", "", "b-2"]))
            field(b"id", last_id)
        for each in data:
            field(b"data", each)
        if draw(st.booleans()):
            noise()
        for _ in range(draw(st.integers(1, 3))):
            line(b"")
        if data:
            events.append(ServerSentEvent("\n".join(data).encode(), name or "message", last_id))
    return bytes(written), events


@given(written_events(), cuts)
def test_server_sent_events_round_trip_under_any_encoding_and_split(
    written: tuple[bytes, list[ServerSentEvent]], at: list[int]
) -> None:
    data, events = written
    assert sse(data) == events
    assert sse(*cut(data, at)) == events
    assert sse(*one_by_one(data)) == events


@given(st.binary(max_size=60) | st.text("data:evnti \r\n\ufeff").map(str.encode), cuts)
def test_any_bytes_give_the_same_events_however_they_are_split(data: bytes, at: list[int]) -> None:
    assert sse(*cut(data, at)) == sse(data) == sse(*one_by_one(data))


@pytest.mark.parametrize(
    ("data", "events"),
    [
        (b"data: a\n\ndata: b\n\n", [(b"a", "message"), (b"b", "message")]),
        (b"data: a\ndata:\ndata: b\n\n", [(b"a\n\nb", "message")]),
        (b"data\n\n", [(b"", "message")]),
        (b"data: \n\n", [(b"", "message")]),
        (b"data:  two spaces\n\n", [(b" two spaces", "message")]),
        (b"event: ping\n\n", []),
        (b"event: a\n\ndata: x\n\n", [(b"x", "message")]),
        (b": only a comment\n\n", []),
        (b"data: a\n", [(b"a", "message")]),
        (b"data: a", [(b"a", "message")]),
        (b"event: end\r\ndata: a\r", [(b"a", "end")]),
        (b"\n\n\ndata: a\n\n\n", [(b"a", "message")]),
        (b'data: {"a":\n\n', [(b'{"a":', "message")]),
        (b"DATA: a\n\n", []),
        (b"\xef\xbb", []),
        (b"\xef\xbb\xbf\xef\xbb\xbfdata: a\n\n", []),
        (b"", []),
    ],
)
def test_the_standard(data: bytes, events: list[tuple[bytes, str]]) -> None:
    assert [(event.data, event.event) for event in sse(data)] == events


def test_a_carriage_return_ends_the_event_at_once() -> None:
    decoder = ServerSentEvents()
    assert decoder.feed(b"data: a\r\r") == [ServerSentEvent(b"a")]
    assert decoder.feed(b"\ndata: b\r\n\r") == [ServerSentEvent(b"b")]
    assert decoder.feed(b"\n") == []
    assert decoder.end() == []


def test_id_stays_and_retry_is_kept() -> None:
    decoder = ServerSentEvents()
    events = decoder.feed(b"id: 7\nretry: 1500\ndata: a\n\ndata: b\n\nid: x\0y\ndata: c\n\nid\ndata: d\n\n")
    assert [event.id for event in events] == ["7", "7", "7", ""]
    assert decoder.retry == 1500
    decoder.feed(b"retry: " + b"9" * 5000 + b"\n\n")
    assert decoder.retry == 1500


def test_end_makes_the_decoder_as_new() -> None:
    decoder = ServerSentEvents()
    assert decode(decoder, b"data: a\r") == [ServerSentEvent(b"a")]
    assert decode(decoder, b"\xef\xbb\xbfdata: b\n\n") == [ServerSentEvent(b"b")]


lines = st.lists(st.text(st.characters(codec="utf-8", exclude_characters="\n"), max_size=10))


@given(lines, cuts, st.sampled_from([b"\n", b"\r\n"]), st.booleans())
def test_lines_round_trip_under_any_split(texts: list[str], at: list[int], end: bytes, last: bool) -> None:
    wanted = [line for text in texts if (line := text.encode().strip())]
    data = end.join(text.encode() for text in texts) + (end if last else b"")
    assert decode(JSONLines(), data) == wanted
    assert decode(JSONLines(), *cut(data, at)) == wanted
    assert decode(JSONLines(), *one_by_one(data)) == wanted


def test_lines_are_given_when_they_are_complete() -> None:
    decoder = JSONLines()
    assert decoder.feed(b'{"a":') == []
    assert decoder.feed(b'1}\r\n\n{"b"') == [b'{"a":1}']
    assert decoder.end() == [b'{"b"']
    assert decoder.end() == []


def frame(headers: bytes, payload: bytes) -> bytes:
    prelude = pack(">II", 16 + len(headers) + len(payload), len(headers))
    message = prelude + pack(">I", crc32(prelude)) + headers + payload
    return message + pack(">I", crc32(message))


def header(name: str, value: Any) -> bytes:
    kinds: dict[type, Callable[[], bytes]] = {
        bytes: lambda: b"\x06" + pack(">H", len(value)) + value,
        str: lambda: b"\x07" + pack(">H", len(value.encode())) + value.encode(),
        uuid.UUID: lambda: b"\x09" + value.bytes,
        bool: lambda: b"\x00" if value else b"\x01",
        int: lambda: b"\x05" + pack(">q", value),
    }
    return bytes([len(name.encode())]) + name.encode() + kinds[type(value)]()


aws_values = (
    st.booleans()
    | st.integers(-(2**63), 2**63 - 1)
    | st.binary(max_size=20)
    | st.text(st.characters(codec="utf-8"), max_size=10)
    | st.uuids()
)
aws_names = st.text(st.characters(min_codepoint=45, max_codepoint=122), min_size=1, max_size=10)
aws_events = st.builds(AWSEvent, st.dictionaries(aws_names, aws_values, max_size=3), st.binary(max_size=30))


@given(st.lists(aws_events, max_size=4), cuts)
def test_aws_events_round_trip_under_any_split(events: list[AWSEvent], at: list[int]) -> None:
    data = b"".join(
        frame(b"".join(header(name, value) for name, value in event.headers.items()), event.payload) for event in events
    )
    assert decode(AWSEventStream(), data) == events
    assert decode(AWSEventStream(), *cut(data, at)) == events
    assert decode(AWSEventStream(), *one_by_one(data)) == events


def test_aws_headers_have_ten_types_of_values() -> None:
    some = uuid.UUID(int=7)
    data = b"".join(
        [
            b"\x01a\x00",
            b"\x01b\x01",
            b"\x01c\x02\xff",
            b"\x01d\x03\x80\x00",
            b"\x01e\x04" + pack(">i", -5),
            b"\x01f\x05" + pack(">q", 2**40),
            b"\x01g\x06\x00\x02hi",
            b"\x01h\x07\x00\x03" + "ü!".encode(),
            b"\x01i\x08" + pack(">q", 1_700_000_000_123),
            b"\x01j\x09" + some.bytes,
        ]
    )
    (event,) = AWSEventStream().feed(frame(data, b"{}"))
    wanted = dict(zip("abcdefghij", [True, False, -1, -32768, -5, 2**40, b"hi", "ü!", 1_700_000_000_123, some]))
    assert event == AWSEvent(wanted, b"{}")


GOOD = frame(header(":event-type", "chunk"), b"payload")


@pytest.mark.parametrize("at", range(len(GOOD)))
def test_an_aws_message_with_a_wrong_byte_is_malformed(at: int) -> None:
    bad = bytearray(GOOD)
    bad[at] ^= 0x01
    with pytest.raises(MalformedEventError):
        decode(AWSEventStream(), bytes(bad))


def long_prelude(length: int, headers: int) -> bytes:
    prelude = pack(">II", length, headers)
    return prelude + pack(">I", crc32(prelude))


@pytest.mark.parametrize(
    "data",
    [
        long_prelude(16 * 1024 * 1024 + 1, 0),
        long_prelude(15, 0),
        long_prelude(20, 5),
        frame(b"\x01a\x0a", b""),
        frame(b"\x05a", b""),
        frame(b"\x01a\x07\x00\x09xx", b""),
        frame(b"\x01a\x07\x00\x01\xff", b""),
        frame(b"\x01a\x05\x00", b""),
        frame(b"\x01a\x09\x00", b""),
        frame(b"\x01a", b""),
    ],
)
def test_an_impossible_aws_message_is_malformed_and_stays_so(data: bytes) -> None:
    decoder = AWSEventStream()
    with pytest.raises(MalformedEventError):
        decoder.feed(data)
    with pytest.raises(MalformedEventError):
        decoder.feed(GOOD)
    with pytest.raises(MalformedEventError):
        decoder.end()


def test_aws_events_before_a_malformed_one_are_given() -> None:
    decoder = AWSEventStream()
    assert decoder.feed(GOOD + b"x" * 20) == [AWSEvent({":event-type": "chunk"}, b"payload")]
    with pytest.raises(MalformedEventError):
        decoder.end()


@pytest.mark.parametrize("length", range(1, len(GOOD)))
def test_an_aws_stream_that_stops_inside_a_message_was_interrupted(length: int) -> None:
    decoder = AWSEventStream()
    assert decoder.feed(GOOD[:length]) == []
    with pytest.raises(InterruptedStreamError):
        decoder.end()


HUGE = b"x" * 1_000_000


@pytest.mark.parametrize(
    ("decoder", "data"),
    [
        (ServerSentEvents(), b"data: " + HUGE + b"\n\n"),
        (ServerSentEvents(), b"data: " + HUGE + b"\r\n\r\n"),
        (ServerSentEvents(), b"data: line\n" * 100_000 + b"\n"),
        (JSONLines(), HUGE + b"\n"),
        (AWSEventStream(), frame(b"", HUGE)),
    ],
    ids=["sse", "sse with CRLF", "sse of many lines", "lines", "aws"],
)
def test_a_huge_event_in_small_chunks_is_copied_a_few_times_and_not_once_a_chunk(
    decoder: Decoder[object], data: bytes
) -> None:
    copied, events = 0, 0
    tracemalloc.start()
    try:
        for at in range(0, len(data), 64):
            chunk = data[at : at + 64]
            before = tracemalloc.get_traced_memory()[0]
            tracemalloc.reset_peak()
            events += len(decoder.feed(chunk))
            copied += tracemalloc.get_traced_memory()[1] - before
    finally:
        tracemalloc.stop()
    assert events == 1
    assert copied < 50 * len(data)
