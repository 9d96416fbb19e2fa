"""How LMNT's errors read."""

from __future__ import annotations

from typing import Any, cast

from ai_sdk.endpoint import ErrorInfo
from ai_sdk.wire import text_of

__all__ = ["read_lmnt_error"]


def read_lmnt_error(body: Any) -> ErrorInfo:
    """Read ``{"error": {"type", "message"}}``, or the earlier ``{"error": "words"}``; both also without ``error``."""
    inner: Any = cast("dict[str, Any]", body).get("error", cast("Any", body)) if isinstance(body, dict) else body
    if not isinstance(inner, dict):
        return ErrorInfo(text_of(inner))
    said = cast("dict[str, Any]", inner)
    return ErrorInfo(text_of(said.get("message")), text_of(said.get("type")), text_of(said.get("code")))
