"""From an exception to a status and the error object of a wire.

Whose fault it is decides: what the client sent is 4xx, what the provider or the stack did 5xx or 429. The gateway's own
credentials are no affair of its clients: a provider that refuses them is a bad gateway (502).
"""

from __future__ import annotations

from dataclasses import dataclass
from math import ceil
from typing import Any

from ai_sdk import errors

__all__ = ["Failure", "Refused", "failure_of"]

JSON = dict[str, Any]

_ANTHROPIC = {
    400: "invalid_request_error",
    401: "authentication_error",
    403: "permission_error",
    404: "not_found_error",
    413: "request_too_large",
    429: "rate_limit_error",
    503: "overloaded_error",
    504: "timeout_error",
}


class Refused(errors.AISDKError):
    """The gateway itself refuses a request, with this status."""

    def __init__(self, status: int, message: str, *, code: str | None = None, param: str | None = None) -> None:
        super().__init__(message)
        self.status = status
        self.code = code
        self.param = param


@dataclass(frozen=True, slots=True)
class Failure:
    """What a client is told: the status, and in the error object a sentence, a kind, a word and the field."""

    status: int
    message: str
    code: str | None = None
    param: str | None = None
    retry_after: float | None = None

    @property
    def type(self) -> str:
        """The kind, in the words of OpenAI."""
        if self.status == 429:
            return "insufficient_quota" if self.code == "budget_exceeded" else "rate_limit_error"
        if self.status in (401, 403):
            return {401: "authentication_error", 403: "permission_error"}[self.status]
        return "invalid_request_error" if self.status < 500 else "server_error"

    @property
    def headers(self) -> list[tuple[str, str]]:
        """``retry-after`` in whole seconds, where it is known."""
        if self.retry_after is None:
            return []
        return [("retry-after", str(max(1, ceil(self.retry_after - 0.001))))]

    def openai(self) -> JSON:
        """The error object of the OpenAI wires."""
        return {"error": {"message": self.message, "type": self.type, "param": self.param, "code": self.code}}

    def anthropic(self, request_id: str) -> JSON:
        """The error object of the Anthropic wire."""
        kind = _ANTHROPIC.get(self.status) or ("api_error" if self.status >= 500 else "invalid_request_error")
        return {"type": "error", "error": {"type": kind, "message": self.message}, "request_id": request_id}


def failure_of(error: BaseException) -> Failure:
    """What to tell a client of an exception; one that is not ours tells nothing of itself."""
    if isinstance(error, Refused):
        return Failure(error.status, error.message, error.code, error.param)
    if isinstance(error, errors.AllModelsFailedError):
        return _all_failed(error)
    for kind, status, code in _KINDS:
        if isinstance(error, kind):
            return _failure(error, status, code)
    return Failure(500, "the gateway failed to answer; its log says more under the request id", "internal_error")


_KINDS: tuple[tuple[type[errors.AISDKError], int, str | None], ...] = (
    (errors.MissingAPIKeyError, 503, "provider_not_configured"),
    (errors.MissingExtraError, 503, "provider_not_configured"),
    (errors.NoSuchModelError, 404, "model_not_found"),
    (errors.UnsupportedError, 400, "unsupported"),
    (errors.InvalidRequestError, 400, None),
    (errors.ContextLengthError, 400, "context_length_exceeded"),
    (errors.ContentFilterError, 400, "content_filter"),
    (errors.BadRequestError, 400, None),
    (errors.QuotaExceededError, 503, "provider_quota_exceeded"),
    (errors.RateLimitError, 429, "rate_limit_exceeded"),
    (errors.OverloadedError, 503, "provider_overloaded"),
    (errors.APIError, 502, "provider_error"),
    (errors.APITimeoutError, 504, "provider_timeout"),
    (errors.APIConnectionError, 502, "provider_unreachable"),
    (errors.StreamError, 502, "stream_interrupted"),
    (errors.InvalidResponseError, 502, "provider_error"),
    (errors.NoObjectGeneratedError, 502, "no_object"),
    (errors.RateLimitedError, 429, "rate_limit_exceeded"),
    (errors.BudgetExceededError, 429, "budget_exceeded"),
    (errors.CircuitOpenError, 503, "circuit_open"),
    (errors.GuardrailError, 400, "guardrail"),
    (errors.AISDKError, 502, None),
)
_NOT_THEIRS = {"provider_not_configured": "the provider of this model is not set up at this gateway"}


def _failure(error: errors.AISDKError, status: int, code: str | None) -> Failure:
    message = _NOT_THEIRS.get(code or "") or str(error) or type(error).__name__
    wait = error.retry_after if status in (429, 503) else None
    return Failure(status, message, code, getattr(error, "field", None), wait)


def _all_failed(error: errors.AllModelsFailedError) -> Failure:
    """The status on which all agree, else 429 or 503 when a retry may help, else 502; every message."""
    told = [failure_of(each) for each in error.exceptions]
    statuses = {each.status for each in told}
    status = statuses.pop() if len(statuses) == 1 else 503 if error.retryable else 502
    message = f"{error.message}: {'; '.join(each.message for each in told)}"
    return Failure(status, message, "all_models_failed", None, error.retry_after)
