"""What the wire holds, whatever it holds: each value as the type that is expected, or as nothing."""

from __future__ import annotations

import math
from typing import Any, cast

__all__ = ["as_count", "as_list", "as_object", "as_text"]


def as_object(value: Any) -> dict[str, Any]:
    """An object; anything else is an empty one."""
    return cast("dict[str, Any]", value) if isinstance(value, dict) else {}


def as_list(value: Any) -> list[Any]:
    """A list; anything else is an empty one."""
    return cast("list[Any]", value) if isinstance(value, list) else []


def as_text(value: Any) -> str:
    """A string; anything else is an empty one."""
    return value if isinstance(value, str) else ""


def as_count(value: Any) -> int | None:
    """A number of tokens; the vendor's definition allows fractions."""
    if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value):
        return None
    return int(value)
