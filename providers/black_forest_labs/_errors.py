"""What Black Forest Labs says when it refuses, ``{"detail": ...}``, and the states in which a task ends badly."""

from __future__ import annotations

from typing import Any, cast

from ai_sdk.endpoint import ErrorInfo, read_error
from ai_sdk.errors import APIError, AuthenticationError, ContentFilterError, NotFoundError, PermissionDeniedError
from ai_sdk.provider import Exchange

__all__ = ["BAD_ENDS", "failed", "read_bfl_error", "understood"]

_MODERATED = {
    "Request Moderated": "the request was flagged by moderation",
    "Content Moderated": "what was made was flagged by moderation",
}
_MISSING = "Task not found"
BAD_ENDS = frozenset({*_MODERATED, _MISSING, "Error", "Failed"})


def read_bfl_error(body: Any) -> ErrorInfo:
    """The words of an error: ``detail`` as text or as a list of places; else the state of a task."""
    if not isinstance(body, dict):
        return read_error(body)
    said = cast("dict[str, Any]", body)
    detail = said.get("detail")
    if isinstance(detail, list) and detail:
        problems = [cast("dict[str, Any]", each) for each in cast("list[Any]", detail) if isinstance(each, dict)]
        words = "; ".join(_problem(each) for each in problems)
        kind = problems[0].get("type") if problems else None
        return ErrorInfo(words or str(cast("Any", detail)), kind if isinstance(kind, str) else None)
    info = read_error(said)._replace(status=None)
    state = said.get("status")
    return info if info.message or not isinstance(state, str) or not state else info._replace(message=state)


def _problem(said: dict[str, Any]) -> str:
    words = str(said.get("msg") or said.get("type") or "an error without a message")
    loc = said.get("loc")
    place = ".".join(str(each) for each in cast("list[Any]", loc)) if isinstance(loc, list) else ""
    return f"{place}: {words}" if place else words


def understood(error: APIError) -> APIError:
    """The error as it is meant: a wrong key is refused with 403 and the words ``Not authenticated``."""
    if isinstance(error, PermissionDeniedError) and error.message.lower().startswith("not authenticated"):
        return error.as_kind(AuthenticationError)
    return error


def failed(said: dict[str, Any], job: str, exchange: Exchange) -> APIError:
    """The error of a task that ended badly. Only an ``Error`` may be tried again, as a new task."""
    state = str(said.get("status"))
    reasons = _reasons(said.get("details"))
    first = _MODERATED.get(state) or (f"the task {job} was not found" if state == _MISSING else "the task failed")
    kind = state.lower().replace(" ", "_")
    error = exchange.error_of(ErrorInfo(f"{first}: {reasons}" if reasons else first, kind), said)
    if state in _MODERATED:
        error = error.as_kind(ContentFilterError)
    elif state == _MISSING:
        error = error.as_kind(NotFoundError)
    error.job = job
    return error


def _reasons(details: Any) -> str:
    """``{"Moderation Reasons": ["..."]}`` and the like, as one line."""
    if isinstance(details, str):
        return details
    if not isinstance(details, dict):
        return ""
    lines: list[str] = []
    for name, value in cast("dict[str, Any]", details).items():
        several = cast("list[Any]", value) if isinstance(value, list) else [value]
        words = ", ".join(str(each) for each in several if each is not None)
        if words:
            lines.append(f"{name}: {words}")
    return "; ".join(lines)
