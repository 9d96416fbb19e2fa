"""What a client takes from a server: how much, under which names, and which JSON Schemas."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, cast

from ai_sdk.errors import InvalidRequestError

__all__ = ["Limits"]

_REMOTE_NAME = re.compile(r"[A-Za-z0-9_./-]{1,128}")
_NOT_FOR_MODELS = re.compile(r"[^A-Za-z0-9_-]")
_LONGEST = 64


@dataclass(frozen=True, slots=True)
class Limits:
    """How much a client takes from a server. All are at least 1.

    ``message_bytes``: of one event of an HTTP stream, of a JSON body that says its length, and of the text, data and
    structured content of one result. ``items``: of a listing of tools, resources or prompts, in all pages.
    ``description_chars``: of a tool's description; the rest is cut off. ``schema_bytes``, ``schema_depth``: of a JSON
    Schema as it came; ``schema_nodes``: of one with its references written out.
    """

    message_bytes: int = 8 * 2**20
    items: int = 1000
    description_chars: int = 16_000
    schema_bytes: int = 2**18
    schema_depth: int = 40
    schema_nodes: int = 20_000

    def __post_init__(self) -> None:
        for name in self.__slots__:
            value: object = getattr(self, name)
            if not isinstance(value, int) or value < 1:
                raise InvalidRequestError(f"{name} is {value!r}; allowed is a number of at least 1", field=name)


def is_remote_name(name: str) -> bool:
    """Whether the protocol allows a tool of this name: 1 to 128 letters, digits, ``_``, ``-``, ``.`` and ``/``."""
    return _REMOTE_NAME.fullmatch(name) is not None


def model_name(name: str, prefix: str | None = None) -> str:
    """The name that models take: letters, digits, _ and -, at most 64 of them.

    What they do not take becomes ``_``; a name that is too long is cut and ends in eight characters of its hash.
    """
    whole = _NOT_FOR_MODELS.sub("_", f"{prefix}_{name}" if prefix else name)
    if len(whole) <= _LONGEST:
        return whole
    return with_hash(whole, f"{prefix}\0{name}")


def with_hash(name: str, of: str) -> str:
    """The name with the beginning of the hash of something at its end, at most 64 characters."""
    return f"{name[: _LONGEST - 9]}_{hashlib.sha256(of.encode()).hexdigest()[:8]}"


def fault_of_schema(schema: Mapping[str, Any], limits: Limits) -> str | None:
    """Why a JSON Schema from a server is not taken, or None when it is."""
    if schema.get("type") != "object":
        return "it is not one of an object"
    if _depth_over(schema, limits.schema_depth):
        return f"it is nested deeper than {limits.schema_depth}"
    if len(json.dumps(schema)) > limits.schema_bytes:
        return f"it is larger than {limits.schema_bytes} bytes"
    outside = [each for each in _references(schema) if not each.startswith("#")]
    if outside:
        return f"it refers to something outside of itself: {outside[0][:80]}"
    try:
        nodes = _written_out(schema, limits.schema_nodes)
    except RecursionError:
        return "its references follow on each other for too long"
    return (
        f"with its references written out it has more than {limits.schema_nodes} parts"
        if nodes > limits.schema_nodes
        else None
    )


def _depth_over(value: object, most: int) -> bool:
    level: list[object] = [value]
    for _ in range(most + 1):
        level = [inner for each in level for inner in _inside(each)]
        if not level:
            return False
    return True


def _inside(value: object) -> list[object]:
    if isinstance(value, Mapping):
        return list(cast("Mapping[str, object]", value).values())
    return cast("list[object]", value) if isinstance(value, list) else []


def _references(value: object) -> list[str]:
    if isinstance(value, Mapping):
        found = cast("Mapping[str, object]", value)
        own = [each for key in ("$ref", "$dynamicRef") if isinstance(each := found.get(key), str)]
        return own + [each for inner in found.values() for each in _references(inner)]
    return [each for inner in _inside(value) for each in _references(inner)]


def _written_out(schema: Mapping[str, Any], most: int) -> int:
    """The number of parts of the schema with every reference replaced by what it refers to, a recursive one once."""
    known: dict[str, int] = {}
    within: set[str] = set()

    def count(value: object) -> int:
        reference = cast("Mapping[str, object]", value).get("$ref") if isinstance(value, Mapping) else None
        total = 1 + (referred(reference) if isinstance(reference, str) else 0)
        for inner in _inside(cast("object", value)):
            total += count(inner)
            if total > most:
                break
        return total

    def referred(reference: str) -> int:
        if reference in within:
            return 0
        if reference not in known:
            within.add(reference)
            known[reference] = count(_target(schema, reference))
            within.discard(reference)
        return known[reference]

    return count({key: value for key, value in schema.items() if key not in ("$defs", "definitions")})


def _target(schema: Mapping[str, Any], reference: str) -> object:
    found: object = schema
    for step in reference.removeprefix("#").split("/")[1:]:
        name = step.replace("~1", "/").replace("~0", "~")
        if isinstance(found, Mapping):
            found = cast("Mapping[str, object]", found).get(name)
        elif isinstance(found, list) and name.isdecimal() and int(name) < len(cast("list[object]", found)):
            found = cast("list[object]", found)[int(name)]
        else:
            return None
    return found
