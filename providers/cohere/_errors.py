"""How Cohere's errors read."""

from __future__ import annotations

from typing import Any

from ai_sdk.endpoint import ErrorInfo, read_error
from ai_sdk.providers.cohere._wire import as_object, as_text

__all__ = ["read_cohere_error"]


def read_cohere_error(body: Any) -> ErrorInfo:
    """``{"id", "message"}``, sometimes with ``error_type`` (recorded)."""
    info = read_error(body)
    kind = as_text(as_object(body).get("error_type"))
    return info._replace(type=kind) if kind else info
