"""Immutable plain data: what requests and messages are made of."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, NoReturn, TypeVar, cast

K = TypeVar("K")
V = TypeVar("V")


class FrozenDict(dict[K, V]):
    """A dict that cannot change and can be hashed, as are its nested values. JSON libraries take it as a dict."""

    __slots__ = ("_hash",)
    _hash: int

    def _refuse(self, *_: Any, **__: Any) -> NoReturn:
        raise TypeError("requests are immutable: make a copy with dict(...) and dataclasses.replace(...)")

    __setitem__ = __delitem__ = __ior__ = _refuse  # pyright: ignore[reportAssignmentType]
    clear = pop = popitem = setdefault = update = _refuse  # pyright: ignore[reportAssignmentType]

    def __hash__(self) -> int:  # type: ignore[override]
        try:
            return self._hash
        except AttributeError:
            self._hash = hash(frozenset(self.items()))
            return self._hash

    def __copy__(self) -> FrozenDict[K, V]:
        return self

    def __deepcopy__(self, _memo: dict[int, Any]) -> FrozenDict[K, V]:
        return self

    def __reduce__(self) -> tuple[Any, ...]:
        return (FrozenDict, (dict(self),))


EMPTY: FrozenDict[str, Any] = FrozenDict()


_ATOMS = frozenset({str, int, float, bool, type(None), bytes})


def freeze(value: Any) -> Any:
    """A deep, immutable copy of plain data: mappings become ``FrozenDict``, sequences become tuples."""
    kind: type[Any] = type(value)  # pyright: ignore[reportUnknownVariableType]
    if kind in _ATOMS or kind is FrozenDict:
        return value
    if kind is dict:  # these two are what JSON is made of; the checks below are ten times as slow
        if not value:
            return EMPTY
        return FrozenDict({key: each if type(each) in _ATOMS else freeze(each) for key, each in value.items()})
    if kind is tuple or kind is list:
        return tuple([each if type(each) in _ATOMS else freeze(each) for each in value])
    if hasattr(kind, "__dataclass_fields__"):
        return value
    if isinstance(value, Mapping):
        items = cast("Mapping[Any, Any]", value).items()
        return FrozenDict({key: freeze(each) for key, each in items}) if items else EMPTY
    if isinstance(value, bytearray | memoryview):
        return bytes(cast("bytearray", value))
    if isinstance(value, Sequence) and not isinstance(value, str | bytes):
        return tuple([freeze(each) for each in cast("Sequence[Any]", value)])
    return value
