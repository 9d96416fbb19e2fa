"""Bytes to events, without any I/O: server-sent events, lines of JSON, the AWS event stream.

Every decoder has ``feed(chunk)``, which returns what is complete, and ``end()``, which returns or refuses what is left.
How the bytes are split into chunks changes nothing, and the work is linear in their number, also for one huge event
that arrives a byte at a time. Source of the formats: the WHATWG HTML standard, section "server-sent events", and the
vendor's documents of ``application/vnd.amazon.eventstream``.
"""

from __future__ import annotations

from struct import Struct
from struct import error as StructError  # noqa: N812 - it is an exception class
from typing import TYPE_CHECKING, Any, NamedTuple
from uuid import UUID
from zlib import crc32

from ai_sdk.errors import InterruptedStreamError, MalformedEventError, StreamError

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["AWSEvent", "AWSEventStream", "JSONLines", "ServerSentEvent", "ServerSentEvents"]

_BYTE_ORDER_MARK = b"\xef\xbb\xbf"
_LINE_FEED = ord("\n")
_TOO_MANY_DIGITS = 16
_new: Callable[..., ServerSentEvent]  # half of what calling the class of a named tuple costs
_new = tuple.__new__  # pyright: ignore[reportUnknownMemberType, reportUnknownVariableType]


class ServerSentEvent(NamedTuple):
    """One event: its ``data`` lines joined with line feeds, its type, and the last id that the stream has set."""

    data: bytes
    event: str = "message"
    id: str | None = None


class ServerSentEvents:
    """Decodes server-sent events.

    Lines may end in LF, CR or CRLF, in any mixture. Comments, unknown fields and events without a ``data`` line give
    nothing. ``retry`` is the reconnection time in milliseconds, when the stream has set one.
    """

    __slots__ = ("_begun", "_carriage_return", "_id", "_mark", "_parts", "_plain", "retry")

    def __init__(self) -> None:
        self.retry: int | None = None
        self._id: str | None = None
        self._parts: list[bytes] = []
        self._carriage_return = False
        self._begun = False
        self._plain = False
        self._mark = b""

    def feed(self, chunk: bytes) -> list[ServerSentEvent]:
        """Take what has arrived and return the events that are complete."""
        if self._parts or not self._plain or b"\r" in chunk:
            chunk = self._joined(chunk)
        if chunk.startswith(b"data: ") and chunk.endswith(b"\n\n"):
            values = chunk[6:-2].split(b"\n\ndata: ")
            if chunk.count(b"\n") == 2 * len(values):  # the usual stream: one line of data in each event
                return [_new(ServerSentEvent, (value, "message", self._id)) for value in values]
        blocks = chunk.split(b"\n\n")
        rest = blocks.pop()
        if rest:
            self._parts.append(rest)
        return [event for block in blocks if (event := self._event(block)) is not None]

    def end(self) -> list[ServerSentEvent]:
        """Return a last event that came without its blank line; the decoder is as new afterwards but for the id."""
        rest = b"".join([self._mark, *self._parts])
        self._parts.clear()
        self._mark = b""
        self._begun = self._carriage_return = self._plain = False
        event = self._event(rest)
        return [event] if event is not None else []

    def _joined(self, chunk: bytes) -> bytes:
        """The chunk with line feeds only, after what is left of earlier ones; nothing while no event is complete."""
        if self._carriage_return or b"\r" in chunk:
            chunk = self._with_line_feeds(chunk)
        if not self._begun:
            chunk = self._without_mark(chunk)
        self._plain = self._begun and not self._carriage_return
        parts = self._parts
        if not parts or not chunk:
            return chunk
        complete = b"\n\n" in chunk or (chunk[0] == _LINE_FEED and parts[-1][-1] == _LINE_FEED)
        parts.append(chunk)
        if not complete:
            return b""
        whole = b"".join(parts)
        parts.clear()
        return whole

    def _event(self, block: bytes) -> ServerSentEvent | None:
        first, more, second = block.partition(b"\n")
        if not more and first.startswith(b"data: "):
            return ServerSentEvent(first[6:], "message", self._id)
        if first.startswith(b"event: ") and second.startswith(b"data: ") and b"\n" not in second:
            return ServerSentEvent(second[6:], first[7:].decode("utf-8", "replace") or "message", self._id)
        return self._event_of_lines(block.split(b"\n"))

    def _event_of_lines(self, lines: list[bytes]) -> ServerSentEvent | None:
        data: list[bytes] = []
        event = b""
        for line in lines:
            name, _, value = line.partition(b":")
            if value.startswith(b" "):
                value = value[1:]
            if name == b"data":
                data.append(value)
            elif name == b"event":
                event = value
            elif name == b"id" and b"\0" not in value:
                self._id = value.decode("utf-8", "replace")
            elif name == b"retry" and value.isdigit() and len(value) < _TOO_MANY_DIGITS:
                self.retry = int(value)
        if not data:
            return None
        return ServerSentEvent(
            data[0] if len(data) == 1 else b"\n".join(data),
            event.decode("utf-8", "replace") if event else "message",
            self._id,
        )

    def _with_line_feeds(self, chunk: bytes) -> bytes:
        if not chunk:
            return chunk
        if self._carriage_return and chunk[0] == _LINE_FEED:
            chunk = chunk[1:]
            self._carriage_return = False
        if chunk:
            self._carriage_return = chunk.endswith(b"\r")
        return chunk.replace(b"\r\n", b"\n").replace(b"\r", b"\n")

    def _without_mark(self, chunk: bytes) -> bytes:
        start = self._mark + chunk
        if len(start) < len(_BYTE_ORDER_MARK) and _BYTE_ORDER_MARK.startswith(start):
            self._mark = start
            return b""
        self._mark = b""
        self._begun = True
        return start.removeprefix(_BYTE_ORDER_MARK)


class JSONLines:
    """Decodes lines of JSON (NDJSON): the lines that are not blank, without the white space around them."""

    __slots__ = ("_parts",)

    def __init__(self) -> None:
        self._parts: list[bytes] = []

    def feed(self, chunk: bytes) -> list[bytes]:
        """Take what has arrived and return the lines that are complete."""
        parts = self._parts
        if b"\n" not in chunk:
            if chunk:
                parts.append(chunk)
            return []
        if parts:
            parts.append(chunk)
            chunk = b"".join(parts)
            parts.clear()
        lines = chunk.split(b"\n")
        rest = lines.pop()
        if rest:
            parts.append(rest)
        return [line for each in lines if (line := each.strip())]

    def end(self) -> list[bytes]:
        """Return a last line that came without its line feed."""
        line = b"".join(self._parts).strip()
        self._parts.clear()
        return [line] if line else []


class AWSEvent(NamedTuple):
    """One message of an AWS event stream.

    Header values are bool, int, bytes, str or ``uuid.UUID``, by their type on the wire; a timestamp is an int, in
    milliseconds of Unix time.
    """

    headers: dict[str, Any]
    payload: bytes


_PRELUDE = Struct(">III")
_CHECKSUM = Struct(">I")
_LENGTH = Struct(">H")
_OVERHEAD = _PRELUDE.size + _CHECKSUM.size
_LONGEST_MESSAGE = 16 * 1024 * 1024

_Value = tuple[Any, int]


def _number(code: str) -> Callable[[bytes, int], _Value]:
    struct = Struct(code)
    return lambda data, at: (struct.unpack_from(data, at)[0], at + struct.size)


def _sized(data: bytes, at: int) -> _Value:
    (length,) = _LENGTH.unpack_from(data, at)
    start = at + _LENGTH.size
    return _exactly(data, start, length), start + length


def _exactly(data: bytes, start: int, length: int) -> bytes:
    value = data[start : start + length]
    if len(value) != length:
        raise ValueError("a header value is cut off")
    return value


def _text(data: bytes, at: int) -> _Value:
    value, at = _sized(data, at)
    return value.decode(), at


def _uuid(data: bytes, at: int) -> _Value:
    return UUID(bytes=_exactly(data, at, 16)), at + 16


_VALUES: tuple[Callable[[bytes, int], _Value], ...] = (
    lambda _, at: (True, at),
    lambda _, at: (False, at),
    _number(">b"),
    _number(">h"),
    _number(">i"),
    _number(">q"),
    _sized,
    _text,
    _number(">q"),
    _uuid,
)


class AWSEventStream:
    """Decodes ``application/vnd.amazon.eventstream``; messages are at most 16 MiB.

    Both checksums of every message are checked. A message that is not well-formed raises ``MalformedEventError`` when
    the events before it have been returned, and again on every later call: what follows it cannot be trusted.
    """

    __slots__ = ("_buffer", "_error")

    def __init__(self) -> None:
        self._buffer = bytearray()
        self._error: StreamError | None = None

    def feed(self, chunk: bytes) -> list[AWSEvent]:
        """Take what has arrived and return the messages that are complete."""
        if self._error is not None:
            raise self._error
        self._buffer += chunk
        events: list[AWSEvent] = []
        at = 0
        try:
            while (length := self._length(at)) is not None:
                events.append(_message(bytes(self._buffer[at : at + length])))
                at += length
        except MalformedEventError as error:
            self._error = error
            if not events:
                raise
        if at:
            del self._buffer[:at]
        return events

    def end(self) -> list[AWSEvent]:
        """Raise ``InterruptedStreamError`` when the stream stopped in the middle of a message; there is never more."""
        if self._error is not None:
            raise self._error
        if self._buffer:
            raise InterruptedStreamError("the event stream ended in the middle of a message")
        return []

    def _length(self, at: int) -> int | None:
        """The length of the message that starts here, when all of it has arrived."""
        available = len(self._buffer) - at
        if available < _PRELUDE.size:
            return None
        length, headers, checksum = _PRELUDE.unpack_from(self._buffer, at)
        if crc32(self._buffer[at : at + 8]) != checksum:
            raise MalformedEventError("the checksum of a message's prelude is wrong")
        if length > _LONGEST_MESSAGE or headers > length - _OVERHEAD:
            raise MalformedEventError(f"a message of {length} bytes with {headers} bytes of headers is not possible")
        return length if available >= length else None


def _message(message: bytes) -> AWSEvent:
    (checksum,) = _CHECKSUM.unpack_from(message, len(message) - _CHECKSUM.size)
    if crc32(message[: -_CHECKSUM.size]) != checksum:
        raise MalformedEventError("the checksum of a message is wrong")
    start = _PRELUDE.size
    payload = start + _PRELUDE.unpack_from(message)[1]
    try:
        headers = _headers(message[start:payload])
    except (ValueError, IndexError, StructError) as error:
        raise MalformedEventError(f"the headers of a message are malformed: {error}") from None
    return AWSEvent(headers, message[payload : -_CHECKSUM.size])


def _headers(data: bytes) -> dict[str, Any]:
    headers: dict[str, Any] = {}
    at = 0
    while at < len(data):
        end = at + 1 + data[at]
        name = _exactly(data, at + 1, data[at]).decode()
        headers[name], at = _VALUES[data[end]](data, end + 1)
    return headers
