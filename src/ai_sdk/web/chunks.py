"""The events of the UI message stream protocol, version 1, as bytes, and what JavaScript makes of plain data.

A stream is server-sent events: ``data: {"type": ..., ...}`` each, and ``data: [DONE]`` at the end. The protocol is that
of the npm package ``ai``, whose ``uiMessageChunkSchema`` the tests hold every event against.
"""

from __future__ import annotations

import json
import math
from collections.abc import Mapping, Sequence
from typing import Any, Final, TypeAlias, cast

__all__ = [
    "DONE",
    "HEADERS",
    "KEEP_ALIVE",
    "NAMESPACE",
    "Chunk",
    "as_javascript",
    "canonical",
    "dumps",
    "event",
    "plain",
]

Chunk: TypeAlias = dict[str, Any]
"""One event, before it is JSON."""

HEADERS: Final[Mapping[str, str]] = {
    "content-type": "text/event-stream; charset=utf-8",
    "cache-control": "no-cache, no-transform",
    "x-vercel-ai-ui-message-stream": "v1",
    "x-accel-buffering": "no",
}
"""The headers of a response that is a stream; the last one keeps nginx from holding events back."""

NAMESPACE: Final = "ai-sdk-layers"
"""Where this library keeps its own words in the provider metadata of a part."""

DONE: Final = b"data: [DONE]\n\n"
KEEP_ALIVE: Final = b": keep-alive\n\n"
MOST_DEPTH: Final = 100
_SAFE = 2**53 - 1
_MOST = 2**1023


def event(chunk: Mapping[str, Any], number: int | None = None) -> bytes:
    """The bytes of one event; ``number`` is the id that a client names when it comes back."""
    head = b"" if number is None else b"id: %d\n" % number
    return b"%bdata: %b\n\n" % (head, dumps(chunk))


def dumps(value: Any) -> bytes:
    """Compact JSON in UTF-8; text with half a surrogate pair, which UTF-8 does not have, is escaped."""
    try:
        return json.dumps(value, ensure_ascii=False, separators=(",", ":"), allow_nan=False).encode()
    except UnicodeEncodeError:
        return json.dumps(value, separators=(",", ":"), allow_nan=False).encode()


def plain(value: Any, depth: int = 0) -> Any:
    """A copy that is JSON and that a browser takes.

    Numbers without a JSON form become null, and so does what lies deeper than 100 levels. Left out are the keys
    ``__proto__`` and a ``constructor`` with a ``prototype``, at which a careful client refuses the whole stream. What
    is no JSON at all becomes its string.
    """
    if value is None or isinstance(value, bool | str):
        return value
    if isinstance(value, int):
        return int(value) if abs(value) < _MOST else None
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    if depth >= MOST_DEPTH:
        return None
    if isinstance(value, Mapping):
        items = cast("Mapping[Any, Any]", value).items()
        return {str(key): plain(each, depth + 1) for key, each in items if not _poisonous(str(key), each)}
    if isinstance(value, Sequence) and not isinstance(value, bytes | bytearray):
        return [plain(each, depth + 1) for each in cast("Sequence[Any]", value)]
    return str(value)


def _poisonous(key: str, value: Any) -> bool:
    return key == "__proto__" or (key == "constructor" and isinstance(value, Mapping) and "prototype" in value)


def as_javascript(value: Any) -> Any:
    """Plain data as it comes back from a browser: one kind of number, and whole keys first, in order."""
    if isinstance(value, bool) or not isinstance(value, int | float | dict | list):
        return value
    if isinstance(value, list):
        return [as_javascript(each) for each in cast("list[Any]", value)]
    if isinstance(value, dict):
        items = cast("dict[str, Any]", value)
        whole = sorted((key for key in items if _is_index(key)), key=int)
        return {key: as_javascript(items[key]) for key in (*whole, *(key for key in items if not _is_index(key)))}
    number = float(value)
    return int(number) if number.is_integer() and abs(number) <= _SAFE else number


def _is_index(key: str) -> bool:
    return key.isascii() and key.isdigit() and str(int(key[:11])) == key and int(key) < 2**32 - 1


def canonical(value: Any) -> bytes:
    """The same bytes for every value that JavaScript cannot tell from this one."""
    return json.dumps(as_javascript(plain(value)), sort_keys=True, separators=(",", ":")).encode()
