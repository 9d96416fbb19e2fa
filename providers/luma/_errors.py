"""What Luma says when it refuses, ``{"detail": "..."}`` or a list of places, and why a generation failed."""

from __future__ import annotations

from typing import Any, cast

from ai_sdk.endpoint import ErrorInfo, read_error
from ai_sdk.errors import APIError, ContentFilterError
from ai_sdk.provider import Exchange

__all__ = ["failed", "read_luma_error"]

_MODERATION = ("moderat", "content policy", "not safe", "nsfw")


def read_luma_error(body: Any) -> ErrorInfo:
    """The words of an error; of a list, each place with what is wrong there."""
    if not isinstance(body, dict):
        return read_error(body)
    detail = cast("dict[str, Any]", body).get("detail")
    if not isinstance(detail, list) or not detail:
        return read_error(body)._replace(status=None)
    problems = [cast("dict[str, Any]", each) for each in cast("list[Any]", detail) if isinstance(each, dict)]
    kind = problems[0].get("type") if problems else None
    words = "; ".join(_problem(each) for each in problems)
    return ErrorInfo(words or str(cast("Any", detail)), kind if isinstance(kind, str) else None)


def _problem(said: dict[str, Any]) -> str:
    words = str(said.get("msg") or said.get("type") or "an error without a message")
    loc = said.get("loc")
    place = ".".join(str(each) for each in cast("list[Any]", loc)) if isinstance(loc, list) else ""
    return f"{place}: {words}" if place else words


def failed(said: dict[str, Any], job: str, exchange: Exchange) -> APIError:
    """The error of a generation that failed: of the content filter when its reason speaks of moderation.

    Any other failure may be tried again, as a new generation.
    """
    reason = said.get("failure_reason")
    words = reason if isinstance(reason, str) and reason else "the generation failed without a reason"
    error = exchange.error_of(ErrorInfo(words, "generation_failed"), said)
    if any(word in words.lower() for word in _MODERATION):
        error = error.as_kind(ContentFilterError)
    error.job = job
    return error
