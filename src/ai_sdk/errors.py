"""The one error tree.

::

    AISDKError
      InvalidRequestError        bad input, found before any network call
        MissingAPIKeyError  NoSuchModelError  UnsupportedError  MissingExtraError
      APIError                   the provider answered with an error
        BadRequestError  ContextLengthError  ContentFilterError  AuthenticationError  PermissionDeniedError
        QuotaExceededError  NotFoundError  RateLimitError  OverloadedError  ServerError
      APIConnectionError         no answer at all
        APITimeoutError          ``limit`` says which: connect, first content, idle, total, deadline, polling
      StreamError                the response broke after it began; ``partial`` is what had arrived
        TruncatedStreamError  MalformedEventError  ResponseClosedError  InterruptedStreamError
      InvalidResponseError       a complete answer that cannot be understood
      ToolError
        NoSuchToolError  InvalidToolInputError  ToolExecutionError  ToolCallRepairError
      NoObjectGeneratedError     no value of the schema came out: the text, the reason, the usage
      LayerError                 a layer refused
        CircuitOpenError  RateLimitedError  BudgetExceededError  GuardrailError
      AllModelsFailedError       every model of a fallback failed; also an ExceptionGroup

Every error has ``retryable`` (whether the same request may succeed when it is tried again), ``retry_after`` (seconds,
when the provider said so) and ``attempts`` (what was tried, copied from the call's record).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, Literal, Self

if TYPE_CHECKING:
    from ai_sdk.call import Attempt

__all__ = [
    "AISDKError",
    "APIConnectionError",
    "APIError",
    "APITimeoutError",
    "AllModelsFailedError",
    "AuthenticationError",
    "BadRequestError",
    "BudgetExceededError",
    "CircuitOpenError",
    "ContentFilterError",
    "ContextLengthError",
    "GuardrailError",
    "InterruptedStreamError",
    "InvalidRequestError",
    "InvalidResponseError",
    "InvalidToolInputError",
    "LayerError",
    "MalformedEventError",
    "MissingAPIKeyError",
    "MissingExtraError",
    "NoObjectGeneratedError",
    "NoSuchModelError",
    "NoSuchToolError",
    "NotFoundError",
    "OverloadedError",
    "PermissionDeniedError",
    "QuotaExceededError",
    "RateLimitError",
    "RateLimitedError",
    "ResponseClosedError",
    "ServerError",
    "StreamError",
    "ToolCallRepairError",
    "ToolError",
    "ToolExecutionError",
    "TruncatedStreamError",
    "UnsupportedError",
    "api_error",
]

TimeoutLimit = Literal["connect", "first content", "idle", "total", "deadline", "polling"]


class AISDKError(Exception):
    """The base of every error that this library raises."""

    retryable: bool = False
    retry_after: float | None = None

    @property
    def message(self) -> str:
        """The sentence, without the class."""
        return str(self.args[0]) if self.args else ""

    @property
    def attempts(self) -> tuple[Attempt, ...]:
        """What was tried during the call that raised this."""
        from ai_sdk.call import attempts_of

        return attempts_of(self)

    def __reduce__(self) -> tuple[Any, ...]:
        state = {name: value for name, value in self.__dict__.items() if name != "_ai_sdk_record"}
        return (_rebuild, (type(self), self.args, state))


def _rebuild(kind: type[AISDKError], args: tuple[Any, ...], state: dict[str, Any]) -> AISDKError:
    error = kind.__new__(kind, *args)
    error.args = args
    error.__dict__.update(state)
    return error


class InvalidRequestError(AISDKError, ValueError):
    """Bad input, found before any network call.

    The message names the field (also in ``field``), what was given and what is allowed.
    """

    def __init__(self, message: str, *, field: str | None = None) -> None:
        super().__init__(message)
        self.field = field


class MissingAPIKeyError(InvalidRequestError):
    """No API key was given and the environment has none; the message names the variable to set."""


class NoSuchModelError(InvalidRequestError):
    """The registry knows no such provider, model or kind of model."""


class UnsupportedError(InvalidRequestError):
    """The model cannot do what was asked, and going on without it would change the meaning of the request."""


class MissingExtraError(InvalidRequestError, ImportError):
    """A feature needs a package that is not installed; the message has the command that installs it."""


class APIError(AISDKError):
    """The provider answered with an error, as an HTTP status or inside a stream.

    ``status`` is the HTTP status (None for an error event without one), ``code`` and ``type`` are the provider's own
    words, ``body`` is the decoded body, ``headers`` are the response headers in lower case. ``job`` is the id of the
    job in the background that failed, if any.
    """

    job: str | None = None

    def __init__(
        self,
        message: str,
        *,
        status: int | None = None,
        provider: str | None = None,
        model: str | None = None,
        request_id: str | None = None,
        code: str | None = None,
        type: str | None = None,  # noqa: A002 - the wire's own word
        body: Any = None,
        headers: Mapping[str, str] | None = None,
        retryable: bool | None = None,
        retry_after: float | None = None,
    ) -> None:
        super().__init__(message)
        self.status = status
        self.provider = provider
        self.model = model
        self.request_id = request_id
        self.code = code
        self.type = type
        self.body = body
        self.headers: Mapping[str, str] = headers if headers is not None else {}
        if retryable is not None:
            self.retryable = retryable
        self.retry_after = retry_after
        self.partial: Any = None

    def as_kind(self, kind: type[APIError]) -> APIError:
        """The same failure as an error of just this class; itself when it is one already."""
        if type(self) is kind:
            return self
        names = ("status", "provider", "model", "request_id", "code", "type", "body", "headers", "retry_after")
        return kind(self.message, **{name: getattr(self, name) for name in names})

    def __str__(self) -> str:
        origin = self.provider or "provider"
        if self.model:
            origin = f"{origin}:{self.model}"
        status = f" {self.status}" if self.status is not None else ""
        request = f" (request {self.request_id})" if self.request_id else ""
        return f"{origin}{status}: {self.message}{request}"


class BadRequestError(APIError):
    """The provider refused the request as malformed; sending it again changes nothing."""


class ContextLengthError(BadRequestError):
    """The request is longer than the model's context window."""


class ContentFilterError(BadRequestError):
    """The provider's content filter refused the request."""


class AuthenticationError(APIError):
    """The API key is missing, wrong or expired (401)."""


class PermissionDeniedError(APIError):
    """The key may not use this model or feature (403)."""


class QuotaExceededError(APIError):
    """The account has no credit left (402, or 429 with a quota code); waiting does not help."""


class NotFoundError(APIError):
    """No such model or endpoint (404)."""


class RateLimitError(APIError):
    """Too many requests or tokens (429); ``retry_after`` says when to come back, if the provider said."""

    retryable = True


class OverloadedError(APIError):
    """The provider is temporarily out of capacity (503, 529, or an error event that says so)."""

    retryable = True


class ServerError(APIError):
    """The provider failed (5xx)."""

    retryable = True


class APIConnectionError(AISDKError):
    """No answer: the connection could not be made or broke before the response began.

    ``sent`` is False when there was no connection at all, so that the provider cannot have seen the request.
    """

    retryable = True
    sent: bool = True


class APITimeoutError(APIConnectionError, TimeoutError):
    """A time limit passed. ``limit`` says which one and ``seconds`` how long it was.

    ``job`` is the provider's id of what was waited for, when that was a job in the background.
    """

    job: str | None = None

    def __init__(self, message: str, *, limit: TimeoutLimit, seconds: float | None = None) -> None:
        super().__init__(message)
        self.limit: TimeoutLimit = limit
        self.seconds = seconds
        self.sent = limit != "connect"
        self.partial: Any = None


class StreamError(AISDKError):
    """The response broke after it began. ``partial`` is the result folded from what had arrived."""

    retryable = True
    partial: Any = None


class TruncatedStreamError(StreamError):
    """The stream ended without a finish reason or the dialect's terminal event."""


class InterruptedStreamError(StreamError, APIConnectionError):
    """The connection broke in the middle of the stream."""


class MalformedEventError(StreamError):
    """An event of the stream could not be decoded. ``event`` is its text, cut to 500 characters."""

    def __init__(self, message: str, *, event: str = "") -> None:
        super().__init__(message)
        self.event = event[:500]


class ResponseClosedError(StreamError):
    """The response was closed before it was read to its end, or has a reader already."""

    retryable = False


class InvalidResponseError(AISDKError):
    """A complete answer that cannot be understood. ``body`` is its beginning."""

    retryable = True

    def __init__(self, message: str, *, body: str = "") -> None:
        super().__init__(message)
        self.body = body[:500]


class ToolError(AISDKError):
    """Something about a tool or a tool call. ``tool`` is its name and ``call_id`` the call's id."""

    def __init__(self, message: str, *, tool: str, call_id: str | None = None) -> None:
        super().__init__(message)
        self.tool = tool
        self.call_id = call_id


class NoSuchToolError(ToolError):
    """The model called a tool that was not offered."""


class InvalidToolInputError(ToolError):
    """The arguments of a tool call are not valid JSON or do not fit the tool's schema. ``input`` is their text."""

    def __init__(self, message: str, *, tool: str, call_id: str | None = None, input: str = "") -> None:  # noqa: A002
        super().__init__(message, tool=tool, call_id=call_id)
        self.input = input


class ToolExecutionError(ToolError):
    """A tool raised, or ran into its time limit; the cause is ``__cause__``."""


class ToolCallRepairError(ToolError):
    """A tool call could not be repaired; the original error is ``__cause__``."""


class NoObjectGeneratedError(AISDKError):
    """The model produced no value of the schema.

    ``text`` is what it said, ``finish_reason`` why it stopped, ``usage`` what it cost; ``__cause__`` is the validation
    error, if there was one.
    """

    def __init__(self, message: str, *, text: str = "", finish_reason: str | None = None, usage: Any = None) -> None:
        super().__init__(message)
        self.text = text
        self.finish_reason = finish_reason
        self.usage = usage


class LayerError(AISDKError):
    """A layer refused the call; the model behind it was not asked."""


class CircuitOpenError(LayerError):
    """The circuit breaker is open."""

    retryable = True


class RateLimitedError(LayerError):
    """The local rate limit would be exceeded."""

    retryable = True


class BudgetExceededError(LayerError):
    """A budget of tokens, calls or money is used up.

    ``unit`` is ``usd``, ``tokens`` or ``requests``; ``limit``, ``spent`` (with what is reserved) and ``wanted`` are in
    that unit. ``resets_in`` (also ``retry_after``) are the seconds until so much is free, None for never.
    """

    tenant: Any = None
    unit: str | None = None
    limit: float | None = None
    spent: float | None = None
    wanted: float | None = None
    resets_in: float | None = None


class GuardrailError(LayerError):
    """A guardrail refused the request or the response. ``partial`` is what had been shown of the response by then."""

    partial: Any = None


class AllModelsFailedError(AISDKError, ExceptionGroup[Exception]):
    """Every model of a fallback or route failed. ``exceptions`` are their errors, in order."""

    def __new__(cls, message: str, errors: Sequence[Exception], /) -> Self:
        """Make the group; retryable only if every member is."""
        self = super().__new__(cls, message, errors)
        self.retryable = all(isinstance(error, AISDKError) and error.retryable for error in errors)
        waits = [error.retry_after for error in errors if isinstance(error, AISDKError)]
        self.retry_after = min((wait for wait in waits if wait is not None), default=None)
        return self

    def derive(self, errors: Sequence[Exception], /) -> AllModelsFailedError:  # type: ignore[override]
        """Make a group of some of the members, as ``split`` and ``except*`` do."""
        return AllModelsFailedError(self.message, errors)


_BY_STATUS: dict[int, type[APIError]] = {
    400: BadRequestError,
    401: AuthenticationError,
    402: QuotaExceededError,
    403: PermissionDeniedError,
    404: NotFoundError,
    405: NotFoundError,
    409: ServerError,
    413: BadRequestError,
    422: BadRequestError,
    408: ServerError,
    429: RateLimitError,
    498: OverloadedError,
    503: OverloadedError,
    529: OverloadedError,
}

_BY_WORD: tuple[tuple[type[APIError], tuple[str, ...]], ...] = (
    (
        ContextLengthError,
        (
            "context_length_exceeded",
            "exceed_context_size_error",
            "string_above_max_length",
            "maximum context length",
            "context length",
            "context window",
            "prompt is too long",
            "too many tokens",
            "too_many_prompt_tokens",
            "exceed context limit",
            "reduce the length of the messages",
        ),
    ),
    (ContentFilterError, ("content_filter", "content_policy_violation", "responsibleaipolicyviolation")),
    (
        QuotaExceededError,
        (
            "insufficient_quota",
            "credit balance is too low",
            "billing_not_active",
            "billing_hard_limit",
            "exceeded your current quota",
        ),
    ),
)
_QUOTA = tuple(each for each in _BY_WORD if each[0] is QuotaExceededError)  # a 429 that counts tokens is a rate limit

_BY_TYPE: dict[str, type[APIError]] = {
    "authentication_error": AuthenticationError,
    "invalid_api_key": AuthenticationError,
    "permission_error": PermissionDeniedError,
    "not_found_error": NotFoundError,
    "model_not_found": NotFoundError,
    "rate_limit_error": RateLimitError,
    "rate_limit_exceeded": RateLimitError,
    "requests": RateLimitError,
    "tokens": RateLimitError,
    "overloaded_error": OverloadedError,
    "overloaded": OverloadedError,
    "service_unavailable": OverloadedError,
    "server_error": ServerError,
    "api_error": ServerError,
    "internal_server_error": ServerError,
    "invalid_request_error": BadRequestError,
}


def api_error(
    message: str,
    *,
    status: int | None = None,
    code: str | None = None,
    type: str | None = None,  # noqa: A002 - the wire's own word
    **details: Any,
) -> APIError:
    """Choose the class for what a provider said, by status, code, type and message, and make the error.

    Inside a stream there is no status of its own: then ``code`` and ``type`` decide, and an error that nothing
    classifies is a ServerError, because a provider that breaks off its own stream has failed.
    """
    kind = _classify(message, status, code, type)
    return kind(message, status=status, code=code, type=type, **details)


def _classify(message: str, status: int | None, code: str | None, kind: str | None) -> type[APIError]:
    if status is None and code is not None and len(code) == 3 and code.isdecimal() and 400 <= int(code) <= 599:
        status = int(code)
    if status is None or status in (400, 402, 403, 404, 413, 422, 429):
        said = " ".join(word for word in (code, kind) if word).lower()
        text = f"{said} {message.lower()}"
        for candidate, words in _BY_WORD if status != 429 else _QUOTA:
            if any(word in text for word in words):
                return candidate
    if status is not None:
        return _BY_STATUS.get(status) or (ServerError if status >= 500 else BadRequestError)
    for word in (code, kind):
        if word and (known := _BY_TYPE.get(word.lower())):
            return known
    return ServerError
