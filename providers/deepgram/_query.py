"""Settings as a query: Deepgram has them there, not in the body."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, cast
from urllib.parse import urlencode

__all__ = ["query_of"]


def query_of(values: Mapping[str, Any]) -> str:
    """``a=true&b=1&c=x&c=y``; what is None is left out, a list is a pair for each."""
    return urlencode([pair for name, value in values.items() for pair in _pairs(name, value)])


def _pairs(name: str, value: Any) -> Iterator[tuple[str, str]]:
    if isinstance(value, list | tuple):
        for each in cast("list[Any]", value):
            yield from _pairs(name, each)
    elif value is not None:
        yield name, str(value).lower() if isinstance(value, bool) else str(value)
