"""Recorded calls: what ``record`` writes and ``replay`` reads.

A cassette is a file of JSON lines, one a call, in plain words: ``request``, then ``parts`` with how each was cut,
``result`` or ``error``, and times in seconds. Values of our classes are objects with their class under ``$``; fields at
their defaults are left out; bytes are base64. No headers are written, neither of requests nor of responses, and nothing
of ``layer_options``. The law: what is read equals what was written, but for those.
"""

from __future__ import annotations

import base64
import builtins
import json
from bisect import insort
from collections.abc import Mapping, Sequence
from dataclasses import MISSING, dataclass, fields
from pathlib import Path
from typing import Any, cast

import ai_sdk.errors
from ai_sdk import messages, parts, requests, results
from ai_sdk._frozen import EMPTY, FrozenDict
from ai_sdk.ending import report_failure
from ai_sdk.errors import AISDKError, AllModelsFailedError, APIError, InvalidRequestError, LayerError
from ai_sdk.guard import Guard
from ai_sdk.keys import Keys
from ai_sdk.requests import changed

__all__ = ["Cassette", "Recording", "error_from_plain", "error_to_plain", "from_plain", "to_plain"]

FORMAT = "ai-sdk cassette 1"
_CLASS = "$"
_NEVER = frozenset({"headers", "attempts", "layer_options"})
_CLASSES: dict[str, type[Any]] = {
    name: kind
    for module in (messages, parts, requests, results)
    for name, kind in vars(module).items()
    if isinstance(kind, type) and hasattr(kind, "__dataclass_fields__") and not name.startswith("_")
}


def to_plain(value: Any) -> Any:
    """A request, a part, a result or plain data as JSON data. Raises InvalidRequestError for any other object."""
    if value is None or isinstance(value, str | bool | int | float):
        return value
    if isinstance(value, bytes):
        return {_CLASS: "bytes", "base64": base64.b64encode(value).decode("ascii")}
    if isinstance(value, Mapping):
        return {_escaped(name): to_plain(each) for name, each in cast("Mapping[Any, Any]", value).items()}
    if isinstance(value, list | tuple):
        return [to_plain(each) for each in cast("Sequence[Any]", value)]
    kind = cast("type[Any]", type(value))
    if _CLASSES.get(kind.__name__) is not kind:
        raise InvalidRequestError(
            f"a cassette cannot hold a {kind.__name__}; allowed are the requests, parts and results of this library,"
            " and plain data in them",
            field="request",
        )
    plain: dict[str, Any] = {_CLASS: kind.__name__}
    for each in fields(kind):
        held = getattr(value, each.name)
        if each.name not in _NEVER and (each.default is MISSING or held != each.default):
            plain[each.name] = to_plain(held)
    return plain


def _escaped(name: object) -> str:
    if not isinstance(name, str):
        raise InvalidRequestError(
            f"a cassette cannot hold a mapping with a {type(name).__name__} as a key; allowed are strings",
            field="request",
        )
    return _CLASS + name if name.startswith(_CLASS) else name


def from_plain(plain: Any) -> Any:
    """What ``to_plain`` made plain: sequences as tuples, mappings as FrozenDict."""
    if isinstance(plain, list):
        return tuple([from_plain(each) for each in cast("list[Any]", plain)])
    if not isinstance(plain, dict):
        return plain
    data = cast("dict[str, Any]", plain)
    kind = data.get(_CLASS)
    if kind is None:
        return FrozenDict({name[name.startswith(_CLASS) :]: from_plain(each) for name, each in data.items()})
    if kind == "bytes":
        return base64.b64decode(data["base64"])
    return _CLASSES[kind](**{name: from_plain(each) for name, each in data.items() if name != _CLASS})


def error_to_plain(error: BaseException) -> dict[str, Any]:
    """An error as JSON data: its class, its arguments and what else it says, but no headers and no traceback."""
    kind = type(error)
    ours = isinstance(error, AISDKError) or kind.__module__ == "builtins"
    plain: dict[str, Any] = {"class": kind.__name__ if ours else f"{kind.__module__}.{kind.__qualname__}"}
    if isinstance(error, AllModelsFailedError):
        plain["args"] = [error.message]
        plain["errors"] = [error_to_plain(each) for each in error.exceptions]
    else:
        plain["args"] = [each if isinstance(each, str | int | float | None) else str(each) for each in error.args]
    for name, value in vars(error).items():
        if name not in _NEVER and not name.startswith("_"):
            try:
                plain.setdefault("says", {})[name] = to_plain(value)
            except InvalidRequestError:
                continue
    return plain


def error_from_plain(plain: Mapping[str, Any]) -> Exception:
    """An error of the same class that says the same; a LayerError in place of one of a foreign class."""
    name, args = plain["class"], tuple(plain["args"])
    kind: Any = getattr(ai_sdk.errors, name, None) or getattr(builtins, name, None)
    says: dict[str, Any] = {each: from_plain(value) for each, value in plain.get("says", {}).items()}
    error: Exception
    if kind is AllModelsFailedError:
        error = AllModelsFailedError(args[0], [error_from_plain(each) for each in plain["errors"]])
    elif isinstance(kind, type) and issubclass(kind, AISDKError):
        error = kind.__new__(kind, *args)
        error.args = args
        if issubclass(kind, APIError):
            says["headers"] = EMPTY
    elif isinstance(kind, type) and issubclass(kind, Exception):
        error = kind(*args)
    else:
        return LayerError(f"the recorded call raised {name}: {', '.join(map(str, args))}")
    vars(error).update(says)
    return error


@dataclass(frozen=True, slots=True)
class Recording:
    """One recorded call: its number, its request, and the line as it was written."""

    call: int
    key: str
    plain: Mapping[str, Any]


class Cassette:
    """Recorded calls in a file, or in memory without a path. Record to it, replay from it, or both.

    The file is read at the first call and written to at the end of each. A cassette that is shared by several models
    is one sequence: a recording that one of them has replayed is not replayed by another.
    """

    def __init__(self, path: str | Path | None = None) -> None:
        self.path = Path(path) if path is not None else None
        self._guard = Guard()
        self._loaded = False
        self._recordings: list[Recording] = []
        self._by_key: dict[str, list[Recording]] = {}
        self._begun = 0
        self._replayed: dict[str, int] = {}

    def __repr__(self) -> str:
        return f"Cassette({str(self.path) if self.path is not None else ''!r})"

    @property
    def recordings(self) -> tuple[Recording, ...]:
        """All recorded calls, in the order in which they began."""
        with self._guard:
            self._load()
            return tuple(self._recordings)

    def begin(self) -> int:
        """The number of a call that begins now."""
        with self._guard:
            self._load()
            self._begun += 1
            return self._begun - 1

    def add(self, plain: Mapping[str, Any]) -> None:
        """Append a line, now or as soon as whoever uses the cassette is done; never waits for a lock."""
        self._guard.soon(lambda: self._append(plain))

    def take(self, request: Any, *, again: bool = False) -> Recording | None:
        """The next recording of an equal request, None when there is none left; ``again``: the last one repeats."""
        key = _key(request)
        with self._guard:
            self._load()
            found = self._by_key.get(key, [])
            at = self._replayed.get(key, 0)
            self._replayed[key] = at + 1
            if at < len(found):
                return found[at]
            return found[-1] if found and again else None

    def explain(self, request: Any) -> InvalidRequestError:
        """Why there is no recording of a request, with the field in which the nearest one differs."""
        where = f"in {self.path}" if self.path is not None else "in the cassette"
        key, kind = _key(request), type(request).__name__
        recordings = [each for each in self.recordings if each.plain["request"][_CLASS] == kind]
        times = sum(each.key == key for each in recordings)
        hint = "record it with record(...), or let replay(..., strict=False) ask the model"
        if times:
            return InvalidRequestError(
                f"this {kind} has {times} recording(s) {where}, and all have been replayed: {hint}", field="request"
            )
        if self.path is not None and not self.path.exists():
            return InvalidRequestError(f"the cassette {self.path} does not exist: {hint}", field="cassette")
        if not recordings:
            return InvalidRequestError(f"there is no recording of any {kind} {where}: {hint}", field="request")
        asked = to_plain(request)
        differing = min((_differing(asked, each.plain["request"]) for each in recordings), key=len) or ["request"]
        return InvalidRequestError(
            f"there is no recording of this {kind} {where}: the nearest of {len(recordings)} differs in"
            f" {', '.join(differing[:3])}; {hint}",
            field=differing[0],
        )

    def _load(self) -> None:
        if self._loaded:
            return
        if self.path is not None and self.path.exists():
            with self.path.open(encoding="utf-8", errors="surrogatepass", newline="\n") as lines:
                for recording in [self._read(line, at) for at, line in enumerate(lines, start=1) if line.strip()]:
                    self._insert(recording)
            self._begun = max((each.call + 1 for each in self._recordings), default=0)
        self._loaded = True

    def _insert(self, recording: Recording) -> None:
        insort(self._recordings, recording, key=_call)
        insort(self._by_key.setdefault(recording.key, []), recording, key=_call)

    def _read(self, line: str, at: int) -> Recording:
        try:
            plain = json.loads(line)
            if plain["format"] != FORMAT:
                raise ValueError(plain["format"])
            return Recording(plain["call"], _key(from_plain(plain["request"])), plain)
        except (ValueError, LookupError, TypeError) as error:
            raise InvalidRequestError(
                f"line {at} of {self.path} is no recording ({type(error).__name__}); allowed is {FORMAT!r}",
                field="cassette",
            ) from None

    def _append(self, plain: Mapping[str, Any]) -> None:
        try:
            line = json.dumps({"format": FORMAT, **plain}, ensure_ascii=False)
            self._insert(self._read(line, len(self._recordings) + 1))
            if self.path is not None:
                with self.path.open("a", encoding="utf-8", errors="surrogatepass", newline="\n") as file:
                    file.write(line + "\n")
        except Exception as error:  # noqa: BLE001 - reported; what records a call must not change it
            report_failure("recording a call", error)


def _call(recording: Recording) -> int:
    return recording.call


def _key(request: Any) -> str:
    """What makes requests equal: every field but the headers, ``layer_options`` and ``stream``."""
    return _KEYS.of(changed(request, headers=EMPTY, layer_options=EMPTY))


_KEYS = Keys()


def _differing(asked: Any, recorded: Any, path: str = "") -> list[str]:
    """The paths of the fields in which two plain values differ."""
    if isinstance(asked, dict) and isinstance(recorded, dict):
        one, other = cast("dict[str, Any]", asked), cast("dict[str, Any]", recorded)
        if one.get(_CLASS) == "bytes":
            return [] if one == other else [path]
        names = [name for name in {**one, **other} if (path or name != "stream") and name != _CLASS]
        found = [_differing(one.get(name), other.get(name), f"{path}.{name}".lstrip(".")) for name in names]
        return [each for several in found for each in several] or ([] if one == other or not path else [path])
    if isinstance(asked, list) and isinstance(recorded, list):
        ones, others = cast("list[Any]", asked), cast("list[Any]", recorded)
        if len(ones) != len(others):
            return [path]
        each_found = [_differing(*pair, f"{path}[{at}]") for at, pair in enumerate(zip(ones, others, strict=True))]
        return [each for several in each_found for each in several]
    return [] if asked == recorded else [path]
