"""What fal says when it refuses or fails: two shapes of its own, and those of the machines in front of it.

Errors of a model are ``{"detail": [{"loc", "msg", "type", "ctx"}]}``; errors of the platform are
``{"detail": "...", "error_type": "..."}``. The header ``x-fal-retryable`` says whether to try again.
"""

from __future__ import annotations

from typing import Any, cast

from ai_sdk.endpoint import ErrorInfo, read_error
from ai_sdk.errors import APIError, PermissionDeniedError, QuotaExceededError

__all__ = ["is_of_the_job", "is_still_running", "read_fal_error", "understood"]

_NO_CREDIT = "exhausted balance"
_STILL = "still in progress"
_YES_OR_NO = {"true": True, "false": False}


def read_fal_error(body: Any) -> ErrorInfo:
    """The words of an error: each place with what is wrong there, and the type of the first."""
    if not isinstance(body, dict):
        return read_error(body)
    said = cast("dict[str, Any]", body)
    detail = said.get("detail")
    if isinstance(detail, list) and detail:
        problems = cast("list[Any]", detail)
        return ErrorInfo("; ".join(_problem(each) for each in problems), _type_of(problems[0]))
    info = read_error(said)
    kind = said.get("error_type")
    return info._replace(type=kind, status=None) if isinstance(kind, str) and kind else info._replace(status=None)


def _problem(said: Any) -> str:
    if not isinstance(said, dict):
        return str(said)
    problem = cast("dict[str, Any]", said)
    words = str(problem.get("msg") or problem.get("type") or "an error without a message")
    loc = problem.get("loc")
    place = ".".join(str(each) for each in cast("list[Any]", loc)) if isinstance(loc, list) else ""
    return f"{place}: {words}" if place else words


def _type_of(said: Any) -> str | None:
    kind = cast("dict[str, Any]", said).get("type") if isinstance(said, dict) else None
    return kind if isinstance(kind, str) else None


def understood(error: APIError) -> APIError:
    """The error as fal means it: an empty account is no missing permission, and fal knows best what to try again."""
    if isinstance(error, PermissionDeniedError) and _NO_CREDIT in error.message.lower():
        error = error.as_kind(QuotaExceededError)
    retryable = _YES_OR_NO.get(str(error.headers.get("x-fal-retryable", "")).lower())
    if retryable is not None:
        error.retryable = retryable
    return error


def is_still_running(error: APIError) -> bool:
    """Whether the result was refused because there is none yet: 400 with these words, as other clients know them."""
    return error.status in (400, 404, 425) and _STILL in error.message.lower()


def is_of_the_job(error: APIError) -> bool:
    """Whether a failure to fetch the result is the failure of the job itself, and no trouble on the way to it."""
    body: Any = error.body
    said = cast("dict[str, Any]", body) if isinstance(body, dict) else {}
    return isinstance(said.get("detail"), list) or bool(said.get("error_type"))
