"""How Hume's errors read: its own words, those of its validation, and those of the gateway before it."""

from __future__ import annotations

from collections.abc import Generator
from contextlib import contextmanager
from typing import Any, cast

from ai_sdk.endpoint import ErrorInfo, read_error
from ai_sdk.errors import APIError, QuotaExceededError
from ai_sdk.wire import text_of

__all__ = ["read_hume_error", "refining"]

_NO_CREDITS = ("E0300", "E0301")


def read_hume_error(body: Any) -> ErrorInfo:
    """Read ``{"code", "error", "message"}``, ``{"detail": [{"loc", "msg"}]}`` or ``{"fault": {"faultstring"}}``."""
    if not isinstance(body, dict):
        return ErrorInfo(text_of(body))
    said = cast("dict[str, Any]", body)
    fault, detail = said.get("fault"), said.get("detail")
    if isinstance(fault, dict):
        return _of_gateway(cast("dict[str, Any]", fault))
    if isinstance(detail, list):
        return read_error(said)._replace(type="validation_error")
    message = text_of(said.get("message")) or text_of(said.get("error")) or text_of(detail)
    kind = text_of(said.get("error")) if text_of(said.get("message")) else None
    return ErrorInfo(message, kind, text_of(said.get("code")))


def _of_gateway(fault: dict[str, Any]) -> ErrorInfo:
    detail = fault.get("detail")
    code = cast("dict[str, Any]", detail).get("errorcode") if isinstance(detail, dict) else None
    return ErrorInfo(text_of(fault.get("faultstring")), code=text_of(code))


@contextmanager
def refining() -> Generator[None]:
    """Raise the error of an empty account in its own class, whatever its status."""
    try:
        yield
    except APIError as error:
        if error.code in _NO_CREDITS and type(error) is not QuotaExceededError:
            raise error.as_kind(QuotaExceededError) from None
        raise
