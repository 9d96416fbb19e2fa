"""Events that differ from an earlier one in one string alone, which need not be decoded whole."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from pydantic_core import from_json

from ai_sdk.parts import ReasoningDelta, TextDelta

__all__ = ["Alike"]

_STARTS = tuple(
    f'"{name}":{space}"'.encode() for name in ("content", "reasoning_content", "reasoning") for space in ("", " ")
)
_PROBE = b"probe"
_LESSONS = 4

Delta = TextDelta | ReasoningDelta


class Alike:
    """Knows an event of a stream but for its text, and reads the text of others that are the same but for that.

    In nearly all events of an answer nothing else changes. That what surrounds the text means the same with any text is
    found by decoding it once with another; a text with an escape or a control character, and the empty one, are left to
    the decoder. A stream in which something else changes each time is given up after a few lessons.
    """

    __slots__ = ("_end", "_kind", "_left", "_start", "_tail")

    def __init__(self) -> None:
        self._start: bytes | None = None
        self._end = b""
        self._tail = 0
        self._kind: type[Delta] = TextDelta
        self._left = _LESSONS

    def read(self, data: bytes) -> Delta | None:
        """The part of an event that is like the one that is known; None for any other."""
        start = self._start
        if start is None or not data.startswith(start) or not data.endswith(self._end):
            return None
        middle = data[len(start) : -self._tail]
        if not middle or b'"' in middle or b"\\" in middle:
            return None
        try:
            text = middle.decode()
        except UnicodeDecodeError:
            return None
        return self._kind(text) if text.isprintable() else None

    def learn(self, data: bytes, part: Delta, decode: Callable[[Any], Delta | None]) -> None:
        """Know this event from now on, if its text can be told from the rest; ``decode`` gives the part of an event."""
        if not self._left:
            return
        self._left -= 1
        text = part.text.encode("utf-8", "surrogatepass")
        for mark in _STARTS:
            start, found, rest = data.partition(mark)
            if found and rest.startswith(text + b'"'):
                end = rest[len(text) :]
                probe = decode(from_json(start + found + _PROBE + end))
                if probe == type(part)(_PROBE.decode()):
                    self._start, self._end, self._tail, self._kind = start + found, end, len(end), type(part)
                return
