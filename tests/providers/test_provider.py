"""Endpoints, keys, errors and secrets; over a loopback server where HTTP is the point."""

from __future__ import annotations

import asyncio
import json
import pickle
from collections.abc import AsyncGenerator, Mapping
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from provider_kit import Reply, ask, serve

from ai_sdk.call import record_call
from ai_sdk.errors import (
    AISDKError,
    APIError,
    AuthenticationError,
    BadRequestError,
    ContentFilterError,
    ContextLengthError,
    InterruptedStreamError,
    InvalidRequestError,
    InvalidResponseError,
    MissingAPIKeyError,
    NotFoundError,
    OverloadedError,
    PermissionDeniedError,
    QuotaExceededError,
    RateLimitError,
    ServerError,
)
from ai_sdk.http import HTTPRequest
from ai_sdk.provider import Endpoint, Exchange, ModelInfo, drain, read_error, to_json
from ai_sdk.providers.groq import create_groq, groq
from ai_sdk.providers.openai import create_openai, openai
from ai_sdk.providers.openai_compatible import create_openai_compatible
from ai_sdk.providers.togetherai import TogetherAIProviderSettings, together

KEY = "key-0123456789"
ANSWER = {"id": "r", "model": "m-1", "choices": [{"index": 0, "message": {"content": "Hi"}, "finish_reason": "stop"}]}


def error_of(status: int, body: Any, headers: Mapping[str, str] | None = None) -> APIError:
    exchange = Exchange(Endpoint(name="lab", base_url="http://lab.test", key=KEY), "m")
    return exchange.error(status, headers or {}, body if isinstance(body, bytes) else json.dumps(body).encode())


# ---- errors ----


@pytest.mark.parametrize(
    ("status", "body", "kind", "retryable"),
    [
        (400, {"error": {"message": "bad", "code": "unknown_parameter"}}, BadRequestError, False),
        (400, {"error": {"message": "maximum context length is 8192 tokens"}}, ContextLengthError, False),
        (400, {"error": {"message": "x", "code": "context_length_exceeded"}}, ContextLengthError, False),
        (400, {"error": {"code": 400, "type": "exceed_context_size_error"}}, ContextLengthError, False),
        (400, {"error": {"message": "x", "code": "content_policy_violation"}}, ContentFilterError, False),
        (401, {"error": {"message": "no", "code": "invalid_api_key"}}, AuthenticationError, False),
        (403, {"error": {"message": "no"}}, PermissionDeniedError, False),
        (404, {"error": {"message": "no", "code": "model_not_found"}}, NotFoundError, False),
        (422, {"detail": [{"loc": ["body"], "msg": "field required"}]}, BadRequestError, False),
        (429, {"error": {"message": "slow down", "code": "rate_limit_exceeded"}}, RateLimitError, True),
        (429, {"error": {"message": "pay", "code": "insufficient_quota"}}, QuotaExceededError, False),
        (498, {"error": {"message": "full"}}, OverloadedError, True),
        (500, {"error": {"message": "boom"}}, ServerError, True),
        (502, b"<html>Bad Gateway</html>", ServerError, True),
        (503, b"upstream connect error", OverloadedError, True),
        (529, b"", OverloadedError, True),
    ],
)
def test_statuses_and_words_choose_the_error(status: int, body: Any, kind: type[APIError], retryable: bool) -> None:
    error = error_of(status, body)
    assert type(error) is kind
    assert (error.status, error.retryable, error.provider, error.model) == (status, retryable, "lab", "m")


@pytest.mark.parametrize(
    ("body", "message", "type_", "code"),
    [
        ({"error": {"message": "m", "type": "t", "code": "c"}}, "m", "t", "c"),
        ({"error": {"message": "m", "code": 429}}, "m", None, "429"),
        ({"message": "m", "type": "t", "code": "c"}, "m", "t", "c"),
        ({"error": "m"}, "m", None, None),
        ({"detail": "m"}, "m", None, None),
        ({"detail": [{"msg": "m"}]}, "m", None, None),
        ({"detail": [{"loc": ["body", 0], "msg": "m"}, {"msg": "n"}]}, "body.0: m; n", None, None),
        ({"detail": [{"loc": ["body"]}]}, '[{"loc":["body"]}]', None, None),
        ([{"error": {"message": "m"}}], "m", None, None),
        ("m", "m", None, None),
        ({}, None, None, None),
        (None, None, None, None),
    ],
)
def test_error_bodies_that_occur(body: Any, message: str | None, type_: str | None, code: str | None) -> None:
    assert read_error(body)[:3] == (message, type_, code)


@given(
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.text(),
        lambda inner: (
            st.lists(inner)
            | st.dictionaries(st.sampled_from(["error", "message", "type", "code", "detail", "status"]), inner)
        ),
    )
)
def test_law_7_any_error_body_can_be_read(body: Any) -> None:
    assert isinstance(error_of(500, body), ServerError)


@pytest.mark.parametrize(
    ("body", "message"),
    [
        (b"upstream connect error", "upstream connect error"),
        (b"<html>nginx</html>", "HTTP 502 Bad Gateway"),
        (b"", "HTTP 502 Bad Gateway"),
        (b"x" * 600, "x" * 500 + "..."),
        (b'{"error": {}}', "HTTP 502 Bad Gateway"),
    ],
)
def test_an_error_without_json_still_says_something(body: bytes, message: str) -> None:
    error = error_of(502, body)
    assert error.message == message


def test_an_error_says_when_to_come_back_and_who_to_ask() -> None:
    headers = {"retry-after": "7", "x-request-id": "req_1", "cf-ray": "ray", "set-cookie": "session=secret"}
    error = error_of(429, {"error": {"message": "slow down"}}, headers)
    assert (error.retry_after, error.request_id) == (7.0, "req_1")
    assert str(error) == "lab:m 429: slow down (request req_1)"
    assert "set-cookie" not in error.headers
    assert error_of(429, {"error": {"message": "Please try again in 1m2s."}}).retry_after == 62.0
    assert error_of(500, {}, {"cf-ray": "ray"}).request_id == "ray"


# ---- keys ----


def test_a_missing_key_is_told_at_the_first_call_with_its_variable() -> None:
    async def main() -> None:
        with pytest.raises(MissingAPIKeyError, match="GROQ_API_KEY") as caught:
            await groq("m")(ask())
        assert "create_groq(api_key=...)" in str(caught.value)
        with pytest.raises(MissingAPIKeyError, match="TOGETHER_API_KEY or TOGETHER_AI_API_KEY"):
            await together("m")(ask())

    asyncio.run(main())


def test_keys_in_their_order(monkeypatch: pytest.MonkeyPatch) -> None:
    assert together.api_key() is None
    monkeypatch.setenv("TOGETHER_AI_API_KEY", "second")
    assert together.api_key() == "second"
    monkeypatch.setenv("TOGETHER_API_KEY", "first\n")
    assert together.api_key() == "first"
    monkeypatch.setenv("TOGETHER_API_KEY", "")
    assert together.api_key() == "second"
    assert create_groq(api_key="own").api_key() == "own"


@pytest.mark.parametrize("key", ["sk-\nx", "sk-é", "sk-\x00"])
def test_law_8_a_key_that_no_header_can_carry_is_not_told(key: str) -> None:
    with pytest.raises(InvalidRequestError, match="character") as caught:
        create_groq(api_key=key).endpoint.all_headers({}, None)
    assert key not in str(caught.value)
    assert "sk-" not in repr(caught.value)


def test_headers_of_the_user_win_and_may_replace_the_key() -> None:
    own = create_groq(headers={"Authorization": "Basic abc"}).endpoint
    assert own.all_headers({}, None)["authorization"] == "Basic abc"
    both = create_groq(api_key=KEY, headers={"X-A": "1"}).endpoint
    assert (
        both.all_headers({"x-a": "2", "x-b": "3"}, "application/json").items()
        >= {
            "authorization": f"Bearer {KEY}",
            "x-a": "2",
            "x-b": "3",
            "content-type": "application/json",
        }.items()
    )


def test_openai_reads_its_variables_at_each_call(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", KEY)
    monkeypatch.setenv("OPENAI_BASE_URL", "http://proxy.test/v1/")
    monkeypatch.setenv("OPENAI_ORGANIZATION", "org")
    monkeypatch.setenv("OPENAI_PROJECT", "proj")
    headers = openai.endpoint.all_headers({}, None)
    assert (headers["openai-organization"], headers["openai-project"]) == ("org", "proj")
    assert openai.base_url == "http://proxy.test/v1"
    own = create_openai(base_url="http://own.test", organization="mine").endpoint
    assert own.all_headers({}, None)["openai-organization"] == "mine"
    assert own.url("/x") == "http://own.test/x"


# ---- secrets ----


def test_law_8_no_secret_in_a_repr() -> None:
    provider = create_openai_compatible(
        name="lab",
        base_url="http://user:hunter22@lab.test/v1",
        api_key=KEY,
        headers={"x-token": "token-secret"},
        query={"key": "query-secret"},
    )
    settings = TogetherAIProviderSettings(api_key=KEY, headers={"x": "token-secret"})
    shown = [repr(each) for each in (provider, provider.endpoint, provider("m"), provider.embedding("m"), settings)]
    for secret in (KEY, "hunter22", "token-secret", "query-secret"):
        assert not any(secret in each for each in shown), secret


def test_law_8_a_key_that_the_provider_echoes_is_not_in_the_error() -> None:
    error = error_of(401, {"error": {"message": f"Incorrect API key provided: {KEY}."}})
    assert error.message == "Incorrect API key provided: ***."
    assert KEY not in f"{error!r} {error} {error.body} {error.__dict__}"
    assert KEY.encode() not in pickle.dumps(error)


# ---- over HTTP ----


def test_authentication_can_be_of_any_kind() -> None:
    async def sign(request: HTTPRequest) -> HTTPRequest:
        return HTTPRequest(
            request.method, request.url, {**request.headers, "x-signature": str(len(request.body))}, request.body
        )

    async def main() -> None:
        async with serve(Reply(ANSWER)) as server:
            keyed = create_openai_compatible(
                name="lab",
                base_url=server.url,
                api_key=KEY,
                auth=lambda key: {"api-key": key},
                query={"version": "2 a"},
            )
            signed = create_openai_compatible(name="lab", base_url=server.url, sign=sign)
            await keyed("m")(ask())
            await signed("m")(ask())
            first, second = server.asked
            assert first.headers["api-key"] == KEY
            assert "authorization" not in first.headers
            assert first.path == "/v1/chat/completions?version=2+a"
            assert second.headers["x-signature"] == str(len(second.body))

    asyncio.run(main())


def test_models_are_listed_whatever_the_shape() -> None:
    entry = {"id": "m-1", "object": "model", "created": 5, "owned_by": "me", "extra": [1]}

    async def main() -> None:
        async with serve(
            Reply({"object": "list", "data": [entry]}), Reply([{"id": "m-2", "organization": "us"}]), Reply({"data": 3})
        ) as server:
            provider = create_openai_compatible(base_url=server.url)
            (first,) = await provider.models()
            assert first == ModelInfo("m-1", 5.0, "me", first.raw)
            assert first.raw["extra"] == (1,)
            (second,) = await provider.models()
            assert (second.id, second.created, second.owner) == ("m-2", None, "us")
            with pytest.raises(InvalidResponseError, match="not a list"):
                await provider.models()
            assert server.asked[0].method == "GET"
            assert "content-type" not in server.asked[0].headers

    asyncio.run(main())


def test_law_6_an_attempt_says_what_came_back() -> None:
    async def main() -> None:
        replies = (
            Reply(ANSWER, headers={"x-request-id": "req_1", "set-cookie": "a=b"}),
            Reply({"error": {"message": "boom"}}, 500, {"x-request-id": "req_2"}),
        )
        async with serve(*replies) as server:
            model = create_openai_compatible(name="lab", base_url=server.url)("m")
            with record_call() as record:
                await (await model(ask())).result()
                with pytest.raises(ServerError):
                    await model(ask())
            good, bad = record.attempts
            assert (good.model, good.status, good.request_id, good.error) == ("lab:m", 200, "req_1", None)
            assert good.usage is not None
            assert "set-cookie" not in good.headers
            assert (bad.status, bad.request_id, type(bad.error)) == (500, "req_2", ServerError)
            assert good.ended is not None
            assert bad.ended is not None

    asyncio.run(main())


# ---- pieces ----


async def test_what_follows_the_end_marker_is_not_waited_for_long() -> None:
    read: list[bytes] = []

    async def chunks() -> AsyncGenerator[bytes, None]:
        yield b"\n"
        read.append(b"\n")
        await asyncio.sleep(3600)
        yield b""

    async def broken() -> AsyncGenerator[bytes, None]:
        raise InterruptedStreamError("cut")
        yield b""

    loop = asyncio.get_running_loop()
    begun = loop.time()
    await drain(chunks())
    await drain(broken())
    assert loop.time() - begun < 1
    assert read == [b"\n"]


@pytest.mark.parametrize("value", [{"a": object()}, {"a": "\ud800"}])
def test_law_11_what_json_cannot_say_is_bad_input(value: Any) -> None:
    with pytest.raises(InvalidRequestError, match="JSON"):
        to_json(value)


def test_json_is_compact_and_has_no_nan() -> None:
    assert to_json({"a": (1, float("nan")), "é": None}) == '{"a":[1,null],"é":null}'.encode()
    assert issubclass(InvalidRequestError, AISDKError)
