"""How ElevenLabs' errors read: ``{"detail": {...}}``, and which of them their status does not tell."""

from __future__ import annotations

from collections.abc import Generator
from contextlib import contextmanager
from typing import Any, cast

from ai_sdk.endpoint import ErrorInfo, read_error
from ai_sdk.errors import (
    APIError,
    ContextLengthError,
    NotFoundError,
    OverloadedError,
    PermissionDeniedError,
    QuotaExceededError,
)
from ai_sdk.wire import text_of

__all__ = ["read_elevenlabs_error", "refining"]

_KINDS: dict[str, type[APIError]] = {
    "quota_exceeded": QuotaExceededError,
    "missing_permissions": PermissionDeniedError,
    "detected_unusual_activity": PermissionDeniedError,
    "system_busy": OverloadedError,
    "max_character_limit_exceeded": ContextLengthError,
    "text_too_long": ContextLengthError,
    "voice_not_found": NotFoundError,
    "model_not_found": NotFoundError,
}


def read_elevenlabs_error(body: Any) -> ErrorInfo:
    """Read ``{"detail": ...}``: an object, a list of wrong fields, or plain words.

    The object has ``type``, ``code`` and ``message``; an earlier one ``status``, which is the code, and ``message``.
    """
    detail = cast("dict[str, Any]", body).get("detail") if isinstance(body, dict) else body
    if isinstance(detail, list):
        return read_error(body)._replace(type="validation_error")
    if not isinstance(detail, dict):
        return ErrorInfo(text_of(detail))
    said = cast("dict[str, Any]", detail)
    return ErrorInfo(
        text_of(said.get("message")), text_of(said.get("type")), text_of(said.get("code") or said.get("status"))
    )


@contextmanager
def refining() -> Generator[None]:
    """Raise errors in the class that their code calls for: an empty account, say, has the status of a wrong key."""
    try:
        yield
    except APIError as error:
        kind = _KINDS.get(error.code or "")
        if kind is None or type(error) is kind:
            raise
        raise error.as_kind(kind) from None
