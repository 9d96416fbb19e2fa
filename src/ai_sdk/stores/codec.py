"""Answers as bytes and back, without pickle.

An ``Entry`` becomes a checksum, a version, JSON with explicit names of types, and the bytes that are in it (audio,
pictures) as they are. Only the types of ``entry.TYPES`` come back: the bytes of a store are data and run nothing.
Bytes that are damaged, cut, of another version or of unknown types are no entry: ``decode`` gives None.

The law: ``decode(encode(entry)) == entry``, with mappings and sequences frozen.
"""

from __future__ import annotations

import json
import struct
from collections.abc import Mapping, Sequence
from hashlib import blake2b
from typing import Any, Final, cast

from ai_sdk._frozen import FrozenDict
from ai_sdk.errors import InvalidRequestError
from ai_sdk.results import fold_language, fold_speech, fold_transcription
from ai_sdk.stores.entry import FIELDS, TYPES, Entry, Fold

__all__ = ["VERSION", "decode", "encode"]

VERSION: Final = 1
"""Raise it when the meaning of an entry's bytes changes: older ones are misses from then on."""

_FOLDS: dict[str, Fold] = {
    "language": cast("Fold", fold_language),
    "speech": cast("Fold", fold_speech),
    "transcription": cast("Fold", fold_transcription),
}
_NAMES = {fold: name for name, fold in _FOLDS.items()}

_HEAD = struct.Struct(">16sHI")


def encode(entry: Entry) -> bytes:
    """The entry as bytes. Raises InvalidRequestError for another type, or an unknown fold."""
    blobs: list[bytes] = []
    if entry.parts is None:
        whole: Any = {"value": _plain(entry.value, blobs)}
    elif entry.fold is not None and entry.fold in _NAMES:
        whole = {"fold": _NAMES[entry.fold], "parts": _plain(entry.parts, blobs)}
    else:
        raise InvalidRequestError("a response that folds in a way of its own cannot be written as bytes")
    text = json.dumps(whole, separators=(",", ":")).encode("ascii")
    body = b"".join([text, *blobs])
    return _HEAD.pack(_checksum(VERSION, len(text), body), VERSION, len(text)) + body


def decode(data: bytes) -> Entry | None:
    """The entry of some bytes, or None when they are none."""
    try:
        checksum, version, length = _HEAD.unpack_from(data)
        body = data[_HEAD.size :]
        if version != VERSION or checksum != _checksum(version, length, body):
            return None
        whole: Any = json.loads(body[:length])
        if "parts" in whole:
            return Entry(_whole(whole["parts"], body[length:]), _FOLDS[whole["fold"]])
        return Entry(value=_whole(whole["value"], body[length:]))
    except (struct.error, ValueError, KeyError, TypeError, RecursionError):
        return None


def _checksum(version: int, length: int, body: bytes) -> bytes:
    return blake2b(body, digest_size=16, person=f"{version} {length}".encode()).digest()


def _plain(value: Any, blobs: list[bytes]) -> Any:
    """JSON data: mappings are objects; what JSON lacks is an object with one name, which begins with ``$``."""
    kind: Any = cast("Any", type(value))
    if kind is str or kind is int or kind is float or kind is bool or value is None:
        return value
    if kind in FIELDS:
        names = {each.name: _plain(getattr(value, each.name), blobs) for each in FIELDS[kind] if _is_set(value, each)}
        return {f"${kind.__name__}": names}
    if isinstance(value, tuple | list):
        return [_plain(each, blobs) for each in cast("Sequence[Any]", value)]
    if isinstance(value, bytes):
        blobs.append(value)
        return {"$": len(value)}
    if isinstance(value, Mapping):
        pairs = [(key, _plain(each, blobs)) for key, each in cast("Mapping[Any, Any]", value).items()]
        if all(type(key) is str and not key.startswith("$") for key, _ in pairs):
            return dict(pairs)
        return {"$$": [[_plain(key, blobs), each] for key, each in pairs]}
    raise InvalidRequestError(f"a {kind.__qualname__} cannot be written as bytes; allowed are plain data and results")


def _is_set(value: Any, field: Any) -> bool:
    return getattr(value, field.name) is not field.default


def _whole(plain: Any, blobs: bytes) -> Any:
    at = 0

    def whole(plain: Any) -> Any:
        nonlocal at
        if isinstance(plain, list):
            return tuple(map(whole, cast("list[Any]", plain)))
        if not isinstance(plain, dict):
            return plain
        data = cast("dict[str, Any]", plain)
        first = next(iter(data), "")
        if not first.startswith("$"):
            return FrozenDict({name: whole(each) for name, each in data.items()})
        (content,) = data.values()
        if first == "$":
            at += content
            return blobs[at - content : at]
        if first == "$$":
            return FrozenDict({whole(key): whole(each) for key, each in content})
        return TYPES[first[1:]](**{name: whole(each) for name, each in content.items()})

    return whole(plain)
