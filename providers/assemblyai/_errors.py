"""How AssemblyAI's errors read: those of a request, and those of a job that failed."""

from __future__ import annotations

from typing import Any, cast

from ai_sdk.endpoint import ErrorInfo, Exchange
from ai_sdk.errors import APIError, BadRequestError, ServerError

__all__ = ["failed_job", "read_assemblyai_error"]

_NO_CREDIT = "account balance"
_THEIR_FAULT = ("server error", "internal error", "resubmit", "try again", "unavailable", "timed out", "timeout")


def read_assemblyai_error(body: Any) -> ErrorInfo:
    """``{"error": "a sentence"}`` (vendor documents); an account without credit is told by its words alone."""
    said = cast("dict[str, Any]", body) if isinstance(body, dict) else {}
    message = next((each for each in (said.get("error"), said.get("message")) if isinstance(each, str) and each), None)
    no_credit = message is not None and _NO_CREDIT in message.lower()
    return ErrorInfo(message, code="insufficient_quota" if no_credit else None)


def failed_job(data: dict[str, Any], job: str, exchange: Exchange) -> APIError:
    """The error of a job that failed, which the vendor answers with status 200.

    It blames the audio (``BadRequestError``), unless the message speaks of the vendor's servers: then the same audio
    may succeed in another job (``ServerError``, retryable).
    """
    info = read_assemblyai_error(data)
    if info.message is None:
        info = info._replace(message="the transcription failed without a message")
    error = exchange.error_of(info, data)
    if type(error) is ServerError and not any(word in error.message.lower() for word in _THEIR_FAULT):
        error = error.as_kind(BadRequestError)
    error.job = job
    return error
