"""How Voyage AI's errors read."""

from __future__ import annotations

from typing import Any, cast

from ai_sdk.endpoint import ErrorInfo

__all__ = ["read_voyage_error"]


def read_voyage_error(body: Any) -> ErrorInfo:
    """``{"detail": "a sentence"}``, or a list of what validation found, each with ``loc`` and ``msg``."""
    detail = cast("dict[str, Any]", body).get("detail") if isinstance(body, dict) else None
    if isinstance(detail, list):
        detail = "; ".join([each for each in map(_found, cast("list[Any]", detail)) if each])
    return ErrorInfo(detail if isinstance(detail, str) and detail else None)


def _found(entry: Any) -> str | None:
    if not isinstance(entry, dict):
        return entry if isinstance(entry, str) else None
    said = cast("dict[str, Any]", entry)
    place, message = said.get("loc"), said.get("msg")
    if not isinstance(message, str):
        return None
    return f"{'.'.join(map(str, cast('list[Any]', place)))}: {message}" if isinstance(place, list) else message
