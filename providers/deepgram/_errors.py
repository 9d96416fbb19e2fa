"""How Deepgram's errors read: two shapes, neither of which has an ``error`` in it."""

from __future__ import annotations

from collections.abc import Generator
from contextlib import contextmanager
from typing import Any, cast

from ai_sdk.endpoint import ErrorInfo
from ai_sdk.errors import APIError, PermissionDeniedError
from ai_sdk.wire import text_of

__all__ = ["read_deepgram_error", "refining"]

_NO_PERMISSION = "INSUFFICIENT_PERMISSIONS"


def read_deepgram_error(body: Any) -> ErrorInfo:
    """Read ``{"err_code", "err_msg"}``, the newer ``{"category", "message", "details"}``, or plain words.

    Both have a ``request_id``, see ``refining``.
    """
    if not isinstance(body, dict):
        return ErrorInfo(text_of(body))
    said = cast("dict[str, Any]", body)
    message, details = text_of(said.get("err_msg")) or text_of(said.get("message")), text_of(said.get("details"))
    if message and details:
        message = f"{message.rstrip('.')}: {details}"
    return ErrorInfo(message or details, code=text_of(said.get("err_code")) or text_of(said.get("category")))


@contextmanager
def refining() -> Generator[None]:
    """Give errors the request id of their body, and a missing permission, which comes as 401, its own class."""
    try:
        yield
    except APIError as error:
        body = error.body
        if error.request_id is None and isinstance(body, dict):
            error.request_id = text_of(cast("dict[str, Any]", body).get("request_id"))
        if error.code == _NO_PERMISSION and type(error) is not PermissionDeniedError:
            raise error.as_kind(PermissionDeniedError) from None
        raise
