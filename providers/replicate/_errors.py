"""What Replicate says of a failure: of a request, and of a prediction that failed."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, cast

from ai_sdk.errors import APIError, ContentFilterError
from ai_sdk.provider import ErrorInfo

if TYPE_CHECKING:
    from ai_sdk.endpoint import Exchange

__all__ = ["failure", "read_replicate_error"]

_CODE = re.compile(r"\bE\d{3,4}\b")
_FILTERED = ("nsfw", "flagged as sensitive", "content policy", "moderat", "safety filter", "e005")
_PASSES = (
    "try again later",
    "please retry",
    "interrupted",
    "high demand",
    "at capacity",
    "unavailable",
    "timeout starting",
    "health check failed",
)
_HOW = {
    "failed": "the prediction failed",
    "canceled": "the prediction was canceled",
    "aborted": "the prediction was aborted before it began",
}
_PASSING_CODES = frozenset({"E1000", "E6716", "E8367", "E8765", "E9243", "E9825"})


def read_replicate_error(body: Any) -> ErrorInfo:
    """``{"title", "detail", "status"}`` (recorded); with 422 also ``invalid_fields`` (vendor documents)."""
    if not isinstance(body, dict):
        return ErrorInfo(body if isinstance(body, str) else None)
    said = cast("dict[str, Any]", body)
    title, detail = _words(said.get("title")), _words(said.get("detail"))
    message = detail or _fields(said.get("invalid_fields")) or title or _words(said.get("error"))
    status = said.get("status")
    known = status if isinstance(status, int) and 400 <= status <= 599 else None
    return ErrorInfo(message, _words(said.get("type")) or title, _words(said.get("code")), known)


def failure(exchange: Exchange, job: str, status: str, said: Any, body: Any) -> APIError:
    """The error of a prediction that is over without an output.

    Refused content is a ``ContentFilterError``; any other a ``ServerError``, retryable when Replicate itself failed
    and not the model: a model that raised would raise again, and be paid again.
    """
    words = _words(said) or _HOW.get(status, f"the prediction is {status}")
    lower = words.lower()
    code = _CODE.search(words)
    error = exchange.error_of(ErrorInfo(words, None, code[0] if code else None), body)
    if any(each in lower for each in _FILTERED):
        error = error.as_kind(ContentFilterError)
    elif not isinstance(error, ContentFilterError):
        passing = any(each in lower for each in _PASSES) or (code is not None and code[0] in _PASSING_CODES)
        error.retryable = status == "failed" and passing
    error.job = job
    return error


def _fields(listed: Any) -> str | None:
    """What is wrong with which fields of the input."""
    if not isinstance(listed, list):
        return None
    found = [cast("dict[str, Any]", each) for each in cast("list[Any]", listed) if isinstance(each, dict)]
    told = [f"{each.get('field')}: {each.get('description') or each.get('type')}" for each in found]
    return "; ".join(told) or None


def _words(value: Any) -> str | None:
    return value.strip() or None if isinstance(value, str) else None
