"""What Bedrock says when it fails: a class of its own in a header or in an event, and a sentence in the body."""

from __future__ import annotations

from collections.abc import Generator, Mapping
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, cast

from ai_sdk._frozen import EMPTY, FrozenDict
from ai_sdk.endpoint import ErrorInfo, Exchange
from ai_sdk.endpoint import read_error as read_any_error
from ai_sdk.errors import (
    APIError,
    AuthenticationError,
    BadRequestError,
    ContextLengthError,
    NotFoundError,
    OverloadedError,
    PermissionDeniedError,
    QuotaExceededError,
    RateLimitError,
    ServerError,
)
from ai_sdk.wire import text_of

if TYPE_CHECKING:
    from ai_sdk.framing import AWSEvent

__all__ = ["exception_in", "is_exception", "named_errors", "read_error", "stream_error"]

_HEADER = "x-amzn-errortype"
_CLASSES: Mapping[str, type[APIError]] = FrozenDict(
    {
        "validation": BadRequestError,
        "accessdenied": PermissionDeniedError,
        "unrecognizedclient": AuthenticationError,
        "invalidclienttokenid": AuthenticationError,
        "invalidsignature": AuthenticationError,
        "incompletesignature": AuthenticationError,
        "missingauthenticationtoken": AuthenticationError,
        "expiredtoken": AuthenticationError,
        "notauthorized": AuthenticationError,
        "resourcenotfound": NotFoundError,
        "unknownoperation": NotFoundError,
        "throttling": RateLimitError,
        "toomanyrequests": RateLimitError,
        "servicequotaexceeded": QuotaExceededError,
        "serviceunavailable": OverloadedError,
        "modelnotready": OverloadedError,
        "modeltimeout": ServerError,
        "modelerror": ServerError,
        "modelstreamerror": ServerError,
        "internalserver": ServerError,
        "internalfailure": ServerError,
        "dependencyfailed": ServerError,
        "badgateway": ServerError,
        "conflict": ServerError,
    }
)
_TOO_LONG = (
    "input is too long",
    "input length and `max_tokens` exceed context limit",
    "too many input tokens",
    "exceeds the maximum number of tokens",
    "maximum context length",
    "prompt is too long",
    "context window",
)
_CLIENT_FAULTS = range(400, 500)
_NOT_FAULTS = (408, 424, 429)


def read_error(body: Any) -> ErrorInfo:
    """Read ``{"message"}`` (recorded), ``{"Message"}`` and ``{"__type"}`` of the doors before Bedrock."""
    info = read_any_error(body)
    if not isinstance(body, Mapping):
        return info
    said = cast("Mapping[str, Any]", body)
    message = info.message or text_of(said.get("Message")) or text_of(said.get("errorMessage"))
    kind = info.type or text_of(said.get("__type"))
    return info._replace(message=message, type=kind.rpartition("#")[2] if kind else None)


@contextmanager
def named_errors() -> Generator[None]:
    """Give the errors of an answer the class that its header names: a status alone does not tell them apart.

    An expired token, for one, is a 403 (recorded).
    """
    try:
        yield
    except APIError as error:
        raise _named(error) from None


def _named(error: APIError) -> APIError:
    header = error.headers.get(_HEADER, "")
    name = header.partition(":")[0].strip() or error.type
    kind = _class_of(name, error.message, error.body, error.status)
    error.type = name
    return error if kind is None or isinstance(error, kind) else error.as_kind(kind)


def _class_of(name: str | None, message: str, body: Any, status: int | None) -> type[APIError] | None:
    """The class of a named exception; of a model's own failure, the status that the model gave decides."""
    plain = (name or "").lower().removesuffix("exception").removesuffix("error")
    kind = _CLASSES.get(plain) or _CLASSES.get((name or "").lower().removesuffix("exception"))
    if kind is None:
        kind = ServerError if status == 424 else None
    if kind in (BadRequestError, None) and any(words in message.lower() for words in _TOO_LONG):
        return ContextLengthError if kind is not None or status in (400, 413) else None
    if kind is ServerError and isinstance(body, Mapping):
        original = cast("Mapping[str, Any]", body).get("originalStatusCode")
        if isinstance(original, int) and original in _CLIENT_FAULTS and original not in _NOT_FAULTS:
            return BadRequestError
    return kind


def is_exception(event: AWSEvent) -> bool:
    """Whether a message of an event stream reports a failure."""
    return event.headers.get(":message-type") in ("exception", "error")


def exception_in(event: AWSEvent) -> tuple[str, bytes]:
    """The name of the failure, and what is said about it as JSON, if anything."""
    kind = event.headers.get(":exception-type") or event.headers.get(":error-code")
    return (kind if isinstance(kind, str) else "unknownException"), event.payload


def stream_error(event: AWSEvent, exchange: Exchange, headers: Mapping[str, str] = EMPTY) -> APIError:
    """The error that a message of an event stream reports."""
    import pydantic_core

    name, payload = exception_in(event)
    text = exchange.endpoint.redacted(payload).decode("utf-8", "replace")
    try:
        body: Any = pydantic_core.from_json(text)
    except ValueError:
        body = None
    said = event.headers.get(":error-message")
    info = read_error(body)
    message = info.message or (said if isinstance(said, str) and said else None) or _original(body)
    error = exchange.error_of(
        ErrorInfo(message or f"the stream broke off with {name}", name, info.code), body or text, headers=headers
    )
    return _named_in_stream(error)


def _named_in_stream(error: APIError) -> APIError:
    kind = _class_of(error.type, error.message, error.body, None) or ServerError
    return error if isinstance(error, kind) else error.as_kind(kind)


def _original(body: Any) -> str | None:
    return text_of(cast("Mapping[str, Any]", body).get("originalMessage")) if isinstance(body, Mapping) else None
