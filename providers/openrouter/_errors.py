"""How OpenRouter's errors read: its own words, and the upstream provider's beside them."""

from __future__ import annotations

from typing import Any

from ai_sdk.provider import ErrorInfo, read_error
from ai_sdk.wire import object_of

__all__ = ["read_openrouter_error"]

_LONGEST = 1000


def read_openrouter_error(body: Any) -> ErrorInfo:
    """``{"error": {"code", "message", "metadata": {"raw", "provider_name", "error_type", "reasons"}}}`` (recorded).

    ``code`` is a status. ``raw`` is what the upstream provider answered, as text or as JSON in text; its sentence is
    added to the message. ``reasons`` say what moderation found (vendor documents).
    """
    info = read_error(body)
    error = object_of(object_of(body).get("error"))
    metadata = object_of(error.get("metadata"))
    words = _upstream(metadata.get("raw"))
    provider = metadata.get("provider_name")
    message = info.message
    if words and words not in (message or ""):
        origin = f" ({provider})" if isinstance(provider, str) and provider else ""
        message = f"{message or 'Provider returned error'}{origin}: {words}"
    kind = metadata.get("error_type")
    if not isinstance(kind, str):
        kind = "content_policy_violation" if metadata.get("reasons") else info.type
    code = metadata.get("provider_code")
    return ErrorInfo(message, kind, code if isinstance(code, str) else info.code, info.status)


def _upstream(raw: Any) -> str | None:
    """The sentence in what the upstream provider answered; all of it when it is no JSON."""
    if isinstance(raw, str):
        from pydantic_core import from_json

        try:
            raw = from_json(raw)
        except ValueError:
            return raw.strip()[:_LONGEST] or None
    said = read_error(raw).message
    return said[:_LONGEST] if said else None
