"""Implementations of the cassette's plain form that each break one law."""

from __future__ import annotations

from typing import Any, cast

from ai_sdk.cassette import to_plain


def plain_with_bare_dollars(value: Any) -> Any:
    """Data that looks like a value of a class becomes one."""
    if isinstance(value, dict):
        data = cast("dict[str, Any]", value)
        return {name: plain_with_bare_dollars(each) for name, each in data.items()}
    if isinstance(value, list | tuple):
        return [plain_with_bare_dollars(each) for each in cast("list[Any]", value)]
    return to_plain(value)


def plain_as_text(value: Any) -> Any:
    """Bytes become text."""
    return value.decode("latin-1") if isinstance(value, bytes) else to_plain(value)


def plain_without_false(value: Any) -> Any:
    """Values that are not true are left out."""
    if isinstance(value, dict):
        return {name: each for name, each in to_plain(value).items() if each}
    return to_plain(value)
