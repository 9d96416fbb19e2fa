"""The local file of spans: where it lies, how it is written by several processes at once, and how it is read.

A line is one span that ended, as a JSON object in ASCII; children stand before their parents. This shape is stable::

    {"v": 1,                                  the version of the shape
     "trace": "4bf9...", "span": "00f0...",   ids in hexadecimal
     "parent": "9a3c...",                     or null
     "name": "chat gpt-4o", "kind": "client", client, internal, server, producer or consumer
     "start": 1795277000123456,               microseconds since 1970, UTC
     "duration": 1234567,                     microseconds
     "status": "error",                       unset, ok or error
     "message": "...",                        what is said of an error, or null
     "service": "my-pipeline",                ``service.name``
     "scope": "ai_sdk",                       which library made the span
     "attributes": {...},
     "events": [{"name": "ai_sdk.wait", "at": 120, "attributes": {...}}]}     at: microseconds after the start

Messages stand in it only if the capture of content is on. The file is made with mode 0600 and holds ``MOST_BYTES`` at
most; when it is full it becomes ``NAME.1``, the one older file there is. A line above ``LONGEST`` loses its attributes
of content and says so with ``"cut": true``.
"""

from __future__ import annotations

import contextlib
import json
import math
import os
import sys
from collections.abc import Generator, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final, cast

__all__ = ["CONTENT", "LONGEST", "MOST_BYTES", "Happening", "Recorded", "append", "default_path", "parse", "read"]

MOST_BYTES: Final = 16 * 2**20
LONGEST: Final = 2**20
CONTENT: Final = frozenset(
    {
        "gen_ai.system_instructions",
        "gen_ai.input.messages",
        "gen_ai.output.messages",
        "gen_ai.tool.definitions",
        "gen_ai.tool.call.arguments",
        "gen_ai.tool.call.result",
    }
)
_LATEST: Final = 2**62


@dataclass(frozen=True, slots=True)
class Happening:
    """An event of a span; ``at`` in microseconds since 1970."""

    name: str
    at: int
    attributes: Mapping[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Recorded:
    """A span of the file; ``start`` in microseconds since 1970, ``duration`` in microseconds."""

    trace: str
    span: str
    parent: str | None
    name: str
    start: int
    duration: int
    status: str = "unset"
    message: str | None = None
    service: str = ""
    scope: str = ""
    attributes: Mapping[str, Any] = field(default_factory=dict[str, Any])
    events: tuple[Happening, ...] = ()

    @property
    def end(self) -> int:
        """Microseconds since 1970."""
        return self.start + self.duration


def default_path() -> Path:
    """``ai-sdk/traces.jsonl`` in the folder where programs of this user keep their state."""
    given = os.environ.get("XDG_STATE_HOME", "")
    if given and Path(given).is_absolute():
        folder = Path(given)
    elif sys.platform == "win32":
        folder = Path(os.environ.get("LOCALAPPDATA") or Path.home() / "AppData" / "Local")
    elif sys.platform == "darwin":
        folder = Path.home() / "Library" / "Application Support"
    else:
        folder = Path.home() / ".local" / "state"
    return folder / "ai-sdk" / "traces.jsonl"


def append(path: Path, spans: Iterable[Mapping[str, Any]], *, most: int = MOST_BYTES) -> None:
    """Write spans at the end of the file, each with one write; OSError when the disk fails.

    Several processes may do so at once: a line is never mixed with another, and only one of them rotates a full file.
    """
    descriptor: int | None = None
    try:
        for span in spans:
            line = _line(span)
            if descriptor is None:
                descriptor = _opened(path)
            if os.fstat(descriptor).st_size + len(line) > most:
                descriptor = _rotated(path, descriptor, most - len(line))
            if os.write(descriptor, line) < len(line):  # the disk is full: what comes next begins a new line
                os.write(descriptor, b"\n")
    finally:
        if descriptor is not None:
            os.close(descriptor)


def _opened(path: Path) -> int:
    flags = os.O_WRONLY | os.O_APPEND | os.O_CREAT | getattr(os, "O_BINARY", 0)
    try:
        return os.open(path, flags, 0o600)
    except FileNotFoundError:
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        return os.open(path, flags, 0o600)


def _rotated(path: Path, descriptor: int, room: int) -> int:
    """The file to go on with: the full one is renamed, unless another process has just done so."""
    if sys.platform == "win32":  # an open file keeps its name there: one that others write is renamed another time
        os.close(descriptor)
        with contextlib.suppress(OSError):
            path.replace(_older(path))
        return _opened(path)
    with _alone(descriptor), contextlib.suppress(FileNotFoundError):
        now = path.stat()
        if now.st_size > room and now.st_ino == os.fstat(descriptor).st_ino:
            path.replace(_older(path))
    fresh = _opened(path)
    os.close(descriptor)
    return fresh


@contextlib.contextmanager
def _alone(descriptor: int) -> Generator[None, None, None]:
    """Nobody else renames the file meanwhile; a process that dies gives it free."""
    import fcntl

    fcntl.flock(descriptor, fcntl.LOCK_EX)
    try:
        yield
    finally:
        fcntl.flock(descriptor, fcntl.LOCK_UN)


def _older(path: Path) -> Path:
    return path.with_name(f"{path.name}.1")


def _line(span: Mapping[str, Any]) -> bytes:
    line = _encoded(span)
    if len(line) <= LONGEST:
        return line
    attributes = {name: value for name, value in span["attributes"].items() if name not in CONTENT}
    line = _encoded({**span, "attributes": attributes, "cut": True})
    return line if len(line) <= LONGEST else _encoded({**span, "attributes": {}, "events": [], "cut": True})


def _encoded(span: Mapping[str, Any]) -> bytes:
    return json.dumps(_plain(span), separators=(",", ":"), allow_nan=False).encode() + b"\n"


def _plain(value: Any) -> Any:
    """The value as JSON has it; a number that JSON does not know is text."""
    if value is None or isinstance(value, bool | int | str):
        return value
    if isinstance(value, float):
        return value if math.isfinite(value) else str(value)
    if isinstance(value, Mapping):
        return {str(name): _plain(each) for name, each in cast("Mapping[Any, Any]", value).items()}
    if isinstance(value, Sequence) and not isinstance(value, bytes | bytearray):
        return [_plain(each) for each in cast("Sequence[Any]", value)]
    return type(value).__name__


def read(path: Path) -> tuple[list[Recorded], int]:
    """The spans of the older file and of this one, and how many lines were no spans. FileNotFoundError without any."""
    spans: list[Recorded] = []
    broken = 0
    files = [each for each in (_older(path), path) if each.is_file()]
    if not files:
        raise FileNotFoundError(path)
    for file in files:
        with file.open("rb") as lines:
            for line in lines:
                if not line.strip():
                    continue
                span = parse(line)
                if span is None:
                    broken += 1
                else:
                    spans.append(span)
    return spans, broken


def parse(line: str | bytes) -> Recorded | None:
    """The span of a line; None if it is none. Whatever stands there, this does not fail."""
    try:
        return _recorded(_mapping(json.loads(line, parse_constant=_finite, parse_float=_finite)))
    except (ValueError, TypeError, KeyError, RecursionError):
        return None


def _finite(number: str) -> float:
    value = float(number)
    if not math.isfinite(value):
        raise ValueError("no number of JSON")
    return value


def _recorded(found: dict[str, Any]) -> Recorded:
    start = _moment(found["start"])
    parent, message = found.get("parent"), found.get("message")
    events = [
        Happening(_text(each["name"]), start + _moment(each["at"]), _mapping(each.get("attributes")))
        for each in found.get("events") or ()
    ]
    return Recorded(
        trace=_text(found["trace"]),
        span=_text(found["span"]),
        parent=None if parent is None else _text(parent),
        name=_text(found["name"]),
        start=start,
        duration=_moment(found["duration"]),
        status=_text(found.get("status", "unset")),
        message=None if message is None else _text(message),
        service=_text(found.get("service", "")),
        scope=_text(found.get("scope", "")),
        attributes=_mapping(found.get("attributes")),
        events=tuple(events),
    )


def _text(value: Any) -> str:
    if not isinstance(value, str):
        raise TypeError("no text")
    return value


def _moment(value: Any) -> int:
    if not isinstance(value, int) or isinstance(value, bool) or not 0 <= value < _LATEST:
        raise TypeError("no moment")
    return value


def _mapping(value: Any) -> dict[str, Any]:
    if value is None:
        return {}
    if not isinstance(value, dict):
        raise TypeError("no mapping")
    return cast("dict[str, Any]", value)
