"""How Rev AI's errors read: problem documents (RFC 7807), and the reasons of a job that failed."""

from __future__ import annotations

from typing import Any, cast

from ai_sdk.endpoint import ErrorInfo, Exchange
from ai_sdk.errors import APIError, BadRequestError, QuotaExceededError, ServerError
from ai_sdk.wire import text_of

__all__ = ["failed_job", "read_revai_error"]

_NO_CREDIT = "out-of-credit"
_REASONS: dict[str, type[APIError]] = {
    "insufficient_balance": QuotaExceededError,
    "invoicing_limit_exceeded": QuotaExceededError,
    "internal_processing": ServerError,
    "transcription": ServerError,
}


def read_revai_error(body: Any) -> ErrorInfo:
    """``{"title", "status", "type", "detail"?, "parameters"?}``: ``parameters`` names what is wrong with each field.

    An account without credit is told by the end of ``type`` (vendor documents).
    """
    said = cast("dict[str, Any]", body) if isinstance(body, dict) else {}
    kind, status = text_of(said.get("type")), said.get("status")
    words = [text_of(said.get("title")), text_of(said.get("detail")), _reasons(said.get("parameters"))]
    return ErrorInfo(
        ": ".join(dict.fromkeys(each for each in words if each)) or text_of(said.get("message")),
        kind,
        "insufficient_quota" if kind is not None and kind.endswith(_NO_CREDIT) else None,
        status if isinstance(status, int) and 400 <= status <= 599 else None,
    )


def _reasons(parameters: Any) -> str | None:
    """``{"media_url": ["The field is required"]}`` as a text."""
    if not isinstance(parameters, dict):
        return None
    named = cast("dict[str, Any]", parameters).items()
    return "; ".join([f"{name}: {' '.join(map(str, _list(why)))}" for name, why in named])


def failed_job(data: dict[str, Any], job: str, exchange: Exchange) -> APIError:
    """The error of a job that failed, which the vendor answers with status 200.

    ``failure`` is the reason: of the vendor's own (``ServerError``, retryable), of the account
    (``QuotaExceededError``), or of the audio (``BadRequestError``).
    """
    reason = text_of(data.get("failure"))
    message = text_of(data.get("failure_detail")) or reason or "the transcription failed without a reason"
    error = exchange.error_of(ErrorInfo(message, code=reason), data)
    error = error.as_kind(_REASONS.get(reason or "internal_processing", BadRequestError))
    error.job = job
    return error


def _list(value: Any) -> list[Any]:
    return cast("list[Any]", value) if isinstance(value, list) else [value]
