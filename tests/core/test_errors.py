"""The error tree: which class a provider's words get, what every error carries, and that it travels."""

from __future__ import annotations

import copy
import inspect
import pickle
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from ai_sdk import errors
from ai_sdk.errors import (
    AISDKError,
    AllModelsFailedError,
    APIConnectionError,
    APIError,
    APITimeoutError,
    AuthenticationError,
    BadRequestError,
    ContentFilterError,
    ContextLengthError,
    InterruptedStreamError,
    InvalidRequestError,
    MalformedEventError,
    MissingExtraError,
    NotFoundError,
    OverloadedError,
    PermissionDeniedError,
    QuotaExceededError,
    RateLimitError,
    ServerError,
    StreamError,
    api_error,
)

TREE = [each for each in vars(errors).values() if inspect.isclass(each) and issubclass(each, AISDKError)]


def made(kind: type[AISDKError]) -> AISDKError:
    arguments: dict[str, Any] = {}
    if issubclass(kind, AllModelsFailedError):
        return kind("all failed", [ServerError("a", status=500), KeyError("b")])
    names = inspect.signature(kind.__init__).parameters
    for name, value in (("field", "stop"), ("tool", "look"), ("call_id", "c1"), ("limit", "idle"), ("status", 418)):
        if name in names:
            arguments[name] = value
    return kind("what happened", **arguments)


@pytest.mark.parametrize("kind", TREE)
def test_every_error_travels(kind: type[AISDKError]) -> None:
    error = made(kind)
    error.add_note("a note")
    for again in (
        *[pickle.loads(pickle.dumps(error, protocol)) for protocol in range(2, 6)],
        copy.copy(error),
        copy.deepcopy(error),
    ):
        assert type(again) is kind
        assert str(again) == str(error)
        assert again.message == error.message
        assert again.__notes__ == ["a note"]
        assert (again.retryable, again.retry_after) == (error.retryable, error.retry_after)
        assert again.attempts == ()
        assert vars(again).keys() == vars(error).keys()


def test_every_error_is_public_and_drawn() -> None:
    for kind in TREE:
        assert kind.__name__ in errors.__all__
        assert errors.__doc__ is not None
        assert kind.__name__ in errors.__doc__
        assert kind.__doc__


def test_an_error_without_words_has_none() -> None:
    assert AISDKError().message == ""
    assert isinstance(InvalidRequestError("x"), ValueError)
    assert isinstance(MissingExtraError("pip install x"), ImportError)
    assert str(MissingExtraError("pip install x")) == "pip install x"
    assert isinstance(APITimeoutError("slow", limit="total"), TimeoutError)
    assert isinstance(InterruptedStreamError("cut"), StreamError)
    assert isinstance(InterruptedStreamError("cut"), APIConnectionError)


def test_a_malformed_event_is_cut() -> None:
    assert len(MalformedEventError("bad", event="x" * 1000).event) == 500
    assert len(errors.InvalidResponseError("bad", body="x" * 1000).body) == 500


def test_an_api_error_says_who_and_what() -> None:
    error = APIError("no", status=500, provider="groq", model="llama", request_id="r1", headers={"a": "b"})
    assert str(error) == "groq:llama 500: no (request r1)"
    assert error.headers == {"a": "b"}
    assert str(APIError("no")) == "provider: no"
    assert APIError("no", retryable=True).retryable
    assert not RateLimitError("no", retryable=False).retryable
    assert RateLimitError("no", retry_after=2.0).retry_after == 2.0


TABLE: list[tuple[dict[str, Any], type[APIError]]] = [
    ({"status": 400}, BadRequestError),
    ({"status": 401}, AuthenticationError),
    ({"status": 402}, QuotaExceededError),
    ({"status": 403}, PermissionDeniedError),
    ({"status": 404}, NotFoundError),
    ({"status": 405}, NotFoundError),
    ({"status": 408}, ServerError),
    ({"status": 409}, ServerError),
    ({"status": 413}, BadRequestError),
    ({"status": 418}, BadRequestError),
    ({"status": 422}, BadRequestError),
    ({"status": 429}, RateLimitError),
    ({"status": 498}, OverloadedError),
    ({"status": 500}, ServerError),
    ({"status": 502}, ServerError),
    ({"status": 503}, OverloadedError),
    ({"status": 529}, OverloadedError),
    ({"status": 400, "code": "context_length_exceeded"}, ContextLengthError),
    ({"status": 400, "type": "exceed_context_size_error"}, ContextLengthError),
    ({"status": 400, "message": "This model's maximum context length is 8192 tokens"}, ContextLengthError),
    ({"status": 413, "message": "Please reduce the length of the messages"}, ContextLengthError),
    ({"status": 400, "code": "content_filter"}, ContentFilterError),
    ({"status": 400, "code": "ResponsibleAIPolicyViolation"}, ContentFilterError),
    ({"status": 429, "code": "insufficient_quota"}, QuotaExceededError),
    ({"status": 429, "message": "You exceeded your current quota"}, QuotaExceededError),
    ({"status": 429, "message": "Tokens per minute limit exceeded - too many tokens processed."}, RateLimitError),
    ({"status": 429, "type": "too_many_tokens_error", "code": "token_quota_exceeded"}, RateLimitError),
    ({"status": 500, "message": "context length"}, ServerError),
    ({"status": 401, "code": "insufficient_quota"}, AuthenticationError),
    ({"code": "rate_limit_exceeded"}, RateLimitError),
    ({"type": "overloaded_error"}, OverloadedError),
    ({"type": "Server_Error"}, ServerError),
    ({"code": "model_not_found", "type": "invalid_request_error"}, NotFoundError),
    ({"type": "invalid_request_error"}, BadRequestError),
    ({"code": "429"}, RateLimitError),
    ({"code": "503"}, OverloadedError),
    ({"code": "200"}, ServerError),
    ({"message": "the context window is full"}, ContextLengthError),
    ({"message": "it broke"}, ServerError),
    ({}, ServerError),
]


@pytest.mark.parametrize(("said", "kind"), TABLE)
def test_the_class_of_what_a_provider_says(said: dict[str, Any], kind: type[APIError]) -> None:
    arguments: dict[str, Any] = {"message": "no", **said}
    error = api_error(**arguments, provider="x", body={"a": 1})
    assert type(error) is kind
    assert error.status == said.get("status")
    assert (error.code, error.type, error.provider, error.body) == (said.get("code"), said.get("type"), "x", {"a": 1})


@settings(max_examples=80)
@given(
    st.text(max_size=8),
    st.one_of(st.none(), st.integers(100, 599)),
    st.one_of(st.none(), st.text(max_size=4)),
    st.one_of(st.none(), st.text(max_size=4)),
)
@example("", None, "²", None)
@example("", None, "9" * 5000, None)
def test_anything_a_provider_says_has_a_class(
    message: str, status: int | None, code: str | None, kind: str | None
) -> None:
    error = api_error(message, status=status, code=code, type=kind)
    assert isinstance(error, APIError)
    if status is not None and 400 <= status < 500 and status not in (408, 409, 429, 498):
        assert not error.retryable, "the same request fails again"
    if status is not None and status >= 500:
        assert error.retryable


ERRORS = st.one_of(
    st.builds(ServerError, st.just("a"), retry_after=st.one_of(st.none(), st.floats(0, 9))),
    st.builds(BadRequestError, st.just("b")),
    st.builds(KeyError, st.just("c")),
    st.builds(ValueError, st.just("d")),
)


@given(st.lists(ERRORS, min_size=1, max_size=5))
def test_all_models_failed_is_as_retryable_as_its_members(members: list[Exception]) -> None:
    group = AllModelsFailedError("all failed", members)
    assert list(group.exceptions) == members
    assert group.message == "all failed"
    ours = [error for error in members if isinstance(error, AISDKError)]
    assert group.retryable == (len(ours) == len(members) and all(error.retryable for error in ours))
    waits = [error.retry_after for error in ours if error.retry_after is not None]
    assert group.retry_after == (min(waits) if waits else None)


@given(st.lists(ERRORS, min_size=1, max_size=5))
def test_all_models_failed_splits_in_order(members: list[Exception]) -> None:
    group = AllModelsFailedError("all failed", members)
    ours, others = group.split(ServerError)
    for part, expected in (
        (ours, [error for error in members if isinstance(error, ServerError)]),
        (others, [error for error in members if not isinstance(error, ServerError)]),
    ):
        assert (part is not None) == bool(expected)
        if part is not None:
            assert isinstance(part, AllModelsFailedError)
            assert list(part.exceptions) == expected
            assert part.message == "all failed"


def test_all_models_failed_is_caught_by_except_star() -> None:
    def seen() -> Iterator[str]:
        try:
            raise AllModelsFailedError("all failed", [ServerError("a"), KeyError("b")])
        except* ServerError as group:
            assert isinstance(group, AllModelsFailedError)
            caught.append("server")
        except* KeyError:
            caught.append("key")
        yield from caught

    caught: list[str] = []
    assert list(seen()) == ["server", "key"]
