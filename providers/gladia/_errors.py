"""How Gladia's errors read: those of a request, and those of a job that failed."""

from __future__ import annotations

from typing import Any, cast

from ai_sdk.endpoint import ErrorInfo, Exchange
from ai_sdk.errors import APIError

__all__ = ["failed_job", "read_gladia_error"]


def read_gladia_error(body: Any) -> ErrorInfo:
    """``{"statusCode", "message", "validation_errors"?, "request_id", "path", "timestamp"}`` (vendor's definition).

    What validation found joins the message.
    """
    said = cast("dict[str, Any]", body) if isinstance(body, dict) else {}
    message, found = _words(said.get("message")), _words(said.get("validation_errors"))
    return ErrorInfo(": ".join([each for each in (message, found) if each]) or None, status=_status(said, "statusCode"))


def failed_job(data: dict[str, Any], job: str, exchange: Exchange) -> APIError:
    """The error of a job that failed, which the vendor answers with status 200.

    It says an HTTP status in ``error_code`` and nothing else: the class is that of the status.
    """
    status = _status(data, "error_code")
    words = _words(data.get("message")) or _words(data.get("error"))
    reason = f"with the error code {status}" if status is not None else "without an error code"
    info = ErrorInfo(words or f"the transcription failed {reason}", status=status)
    error = exchange.error_of(info, data)
    error.job = job
    return error


def _status(said: dict[str, Any], name: str) -> int | None:
    value = said.get(name)
    return value if isinstance(value, int) and 400 <= value <= 599 else None


def _words(value: Any) -> str | None:
    if isinstance(value, list):
        return "; ".join([each for each in cast("list[Any]", value) if isinstance(each, str)]) or None
    return value if isinstance(value, str) and value else None
