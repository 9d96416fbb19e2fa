"""How LMNT's errors read."""

from __future__ import annotations

from typing import Any, cast

from ai_sdk.endpoint import ErrorInfo

__all__ = ["read_lmnt_error"]


def read_lmnt_error(body: Any) -> ErrorInfo:
    """Read ``{"error": {"type", "message"}}``, or the earlier ``{"error": "words"}``; both also without ``error``."""
    inner: Any = cast("dict[str, Any]", body).get("error", cast("Any", body)) if isinstance(body, dict) else body
    if not isinstance(inner, dict):
        return ErrorInfo(_text(inner))
    said = cast("dict[str, Any]", inner)
    return ErrorInfo(_text(said.get("message")), _text(said.get("type")), _text(said.get("code")))


def _text(value: Any) -> str | None:
    return value if isinstance(value, str) and value else None
