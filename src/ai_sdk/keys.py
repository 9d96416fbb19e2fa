"""What makes two requests the same: a key for a request, a scope and a model.

The law: equal requests have equal keys, and requests that differ in any field, nested value, scope or model have
different ones. Every field of a request's dataclass is in the key but those of ``LEFT_OUT`` and, of ``layer_options``,
the namespaces of ``SEEING``: a field that is added later is in it, too.

A value is written with a tag for its type and its length, so that no content can look like structure, and the whole is
hashed (SHA-256), so that nobody can read it back. Mappings are equal in any order. Numbers are equal by value
(``0`` and ``0.0``), but ``True`` is not ``1``. Text is compared as it is, without Unicode normalisation.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import fields
from hashlib import sha256
from operator import attrgetter
from typing import Any, TypeAlias, cast
from urllib.parse import urlsplit

from ai_sdk._frozen import EMPTY, FrozenDict
from ai_sdk.errors import InvalidRequestError

__all__ = ["LEFT_OUT", "SEEING", "Identity", "Keys", "canonical", "identity_of"]

LEFT_OUT = frozenset({"stream"})
"""Fields of a request that do not change its answer."""

SEEING = frozenset({"cache", "logging", "tracing", "telemetry"})
"""Layers that only look on; what a call wishes of them does not change its answer."""

Identity: TypeAlias = tuple[str, ...]
"""Provider, base URL and id of a model, or a name that the user gave."""

Writer: TypeAlias = Callable[[Any], str]

_VERSION = "ai-sdk 1"


def identity_of(model: object) -> Identity | None:
    """Provider, base URL (without a login in it) and id of the model inside; None for a plain function.

    Layers answer to the names of the model that they stand around, so that a stack has its innermost model's identity.
    """
    provider, model_id = getattr(model, "provider", None), getattr(model, "model_id", None)
    if not isinstance(provider, str) or not isinstance(model_id, str):
        return None
    endpoint: Any = getattr(model, "endpoint", None)
    base = str(endpoint.url("")) if endpoint is not None else ""
    return (provider, _without_login(base), model_id)


def _without_login(url: str) -> str:
    parts = urlsplit(url)
    return parts._replace(netloc=parts.netloc.rpartition("@")[2]).geturl() if "@" in parts.netloc else url


class Keys:
    """Makes the keys of requests to one model in one scope.

    Raises InvalidRequestError from ``of`` for a request with a value that has no canonical form: an object of a foreign
    class in the options.
    """

    __slots__ = ("_start",)

    def __init__(self, scope: str | None = None, identity: Identity | None = None) -> None:
        self._start = sha256(_utf8(canonical((_VERSION, scope, identity))))

    def of(self, request: Any) -> str:
        """The key of a request, as 64 hexadecimal digits."""
        digest = self._start.copy()
        digest.update(_utf8(_request(request)))
        return digest.hexdigest()


def canonical(value: Any) -> str:
    """The value as text that no other value has, the same for equal values; bytes are in it as their digest.

    Raises InvalidRequestError for a value of a class that is no plain data and no dataclass.
    """
    return (_WRITERS.get(type(value)) or _other)(value)


def _request(request: Any) -> str:
    kind = cast("Any", type(request))
    writer = _REQUESTS.get(kind)
    if writer is None:
        if not hasattr(kind, "__dataclass_fields__"):
            raise _no_key(kind)
        writer = _REQUESTS[kind] = _dataclass_writer(kind, LEFT_OUT, {"layer_options": _layer_options})
    return writer(request)


def _layer_options(options: Any) -> str:
    return _mapping({name: value for name, value in options.items() if name not in SEEING})


def _utf8(text: str) -> bytes:
    return text.encode("utf-8", "surrogatepass")


def _text(value: str) -> str:
    return f"s{len(value)}:{value}"


def _number(value: float) -> str:
    return f"n{int(value)};" if value.is_integer() else f"n{value!r};"


def _data(value: bytes) -> str:
    return f"b{len(value)}:{sha256(value).hexdigest()}"


def _sequence(value: tuple[Any, ...] | list[Any]) -> str:
    return f"t{len(value)}:{''.join(map(canonical, value))}"


def _mapping(value: Mapping[Any, Any]) -> str:
    pairs = sorted([canonical(key) + canonical(each) for key, each in value.items()])
    return f"m{len(pairs)}:{''.join(pairs)}"


_WRITERS: dict[Any, Writer] = {
    str: _text,
    int: lambda value: f"n{value};",
    float: _number,
    bool: lambda value: "T" if value else "F",
    type(None): lambda _: "N",
    bytes: _data,
    tuple: _sequence,
    list: _sequence,
    dict: _mapping,
    FrozenDict: _mapping,
}


_REQUESTS: dict[Any, Writer] = {}


def _dataclass_writer(
    kind: Any, left_out: frozenset[str] = frozenset(), special: Mapping[str, Writer] = EMPTY
) -> Writer:
    """Write the fields that are not at their defaults, each with its name, and a mark for the end."""
    tag = f"d{_text(f'{kind.__module__}.{kind.__qualname__}')}"
    described = [each for each in fields(kind) if each.name not in left_out]
    plan = [(_text(each.name), each.default, _usual(each.default), special.get(each.name)) for each in described]
    names = [each.name for each in described]
    read: Callable[[Any], Iterable[Any]] = (
        attrgetter(*names) if len(names) > 1 else lambda value: [getattr(value, name) for name in names]
    )
    known = _WRITERS.get

    def write(value: Any) -> str:
        text = tag
        for (name, default, usual, own), each in zip(plan, read(value)):  # noqa: B905 - the same length by making
            if each is not default:
                written = (own or known(type(each)) or _other)(each)
                if written != usual:
                    text += name + written
        return text + "."

    return write


def _usual(default: Any) -> str | None:
    try:
        return canonical(default)
    except InvalidRequestError:
        return None


def _other(value: Any) -> str:
    kind = cast("Any", type(value))
    if hasattr(kind, "__dataclass_fields__"):
        writer = _WRITERS[kind] = _dataclass_writer(kind)
        return writer(value)
    if isinstance(value, str):
        return _text(str.__str__(value))
    for plain in (int, float, bytes, tuple, list):
        if isinstance(value, plain):
            return _WRITERS[plain](plain(cast("Any", value)))
    if isinstance(value, Mapping):
        return _mapping(cast("Mapping[Any, Any]", value))
    raise _no_key(kind)


def _no_key(kind: type[Any]) -> InvalidRequestError:
    return InvalidRequestError(f"a {kind.__qualname__} has no key; allowed are plain data and dataclasses")
