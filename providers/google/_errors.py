"""Google's errors: ``google.rpc.Status``, which says more than its HTTP status does."""

from __future__ import annotations

import re
from collections.abc import Generator
from contextlib import contextmanager
from typing import Any, cast

from ai_sdk.endpoint import ErrorInfo
from ai_sdk.endpoint import read_error as read_any_error
from ai_sdk.errors import (
    APIError,
    AuthenticationError,
    BadRequestError,
    ContextLengthError,
    QuotaExceededError,
    RateLimitError,
)
from ai_sdk.providers.google._read import objects

__all__ = ["read_error", "refined", "refining"]

_KEY_REASONS = ("API_KEY_INVALID", "API_KEY_EXPIRED", "API_KEY_MISSING", "CREDENTIALS_MISSING", "ACCESS_TOKEN_EXPIRED")
_TOO_LONG = re.compile(
    r"input token count.*exceeds|exceeds the maximum number of tokens|input context is too long", re.IGNORECASE
)
_USED_UP = re.compile(r"credits? (?:are|is) depleted|billing (?:is not|has been) |perday", re.IGNORECASE)


def read_error(body: Any) -> ErrorInfo:
    """Read ``{"error": {"code", "message", "status", "details"}}``, alone or as the first of a list.

    The status word is the type. The reason of an ``ErrorInfo`` among the details is the code, else the code is.
    """
    info = read_any_error(body)
    said = _error_of(body)
    word = said.get("status")
    reasons = [each.get("reason") for each in _details(said)]
    reason = next((each for each in reasons if isinstance(each, str)), None)
    return info._replace(type=word if isinstance(word, str) else info.type, code=reason or info.code)


def refined(error: APIError) -> APIError:
    """The error in the class that its details call for.

    A key that is not valid comes as 400, an input that is too long has a sentence of its own, and a 429 says "you
    exceeded your current quota" for the quota of a minute too: only that of a day, or of money, is used up.
    """
    kind: type[APIError] = type(error)
    if error.status == 400 and error.code in _KEY_REASONS:
        kind = AuthenticationError
    elif isinstance(error, BadRequestError) and _TOO_LONG.search(error.message):
        kind = ContextLengthError
    elif error.status == 429:
        quotas = [str(each) for each in _quotas(_error_of(error.body))]
        used_up = _USED_UP.search(error.message) or (quotas and all(_USED_UP.search(each) for each in quotas))
        kind = QuotaExceededError if used_up else RateLimitError
    return error.as_kind(kind)


@contextmanager
def refining() -> Generator[None]:
    """Raise the errors of an exchange in the classes that their details call for."""
    try:
        yield
    except APIError as error:
        better = refined(error)
        if better is error:
            raise
        raise better from None


def _error_of(body: Any) -> dict[str, Any]:
    if isinstance(body, list) and body:
        body = cast("list[Any]", body)[0]
    said: Any = cast("dict[str, Any]", body).get("error") if isinstance(body, dict) else None
    return cast("dict[str, Any]", said) if isinstance(said, dict) else {}


def _details(said: dict[str, Any]) -> list[dict[str, Any]]:
    return objects(said.get("details"))


def _quotas(said: dict[str, Any]) -> list[Any]:
    """The ids of the quotas that were exceeded."""
    violations = [each for detail in _details(said) for each in objects(detail.get("violations"))]
    return [each["quotaId"] for each in violations if each.get("quotaId")]
