"""Anthropic's door, and what goes over HTTP to it."""

from __future__ import annotations

import json
from typing import Any

import pytest
from provider_kit import Loopback, Reply, ask, serve

from ai_sdk.errors import (
    APIError,
    AuthenticationError,
    ContextLengthError,
    InvalidRequestError,
    InvalidResponseError,
    MissingAPIKeyError,
    NotFoundError,
    OverloadedError,
    RateLimitError,
    ServerError,
    TruncatedStreamError,
)
from ai_sdk.messages import ToolCallPart, ToolResultPart, assistant, tool_results, user
from ai_sdk.providers.anthropic import Anthropic, anthropic, create_anthropic
from ai_sdk.registry import resolve
from ai_sdk.results import LanguageResult

SONNET = "claude-sonnet-4-5"
ANSWER: dict[str, Any] = {
    "id": "msg_1",
    "type": "message",
    "role": "assistant",
    "model": "claude-sonnet-4-5-20250929",
    "content": [{"type": "text", "text": "Hello"}],
    "stop_reason": "end_turn",
    "usage": {"input_tokens": 5, "output_tokens": 2},
}
START: dict[str, Any] = {"type": "message_start", "message": {**ANSWER, "content": [], "stop_reason": None}}
TEXT: list[dict[str, Any]] = [
    {"type": "content_block_start", "index": 0, "content_block": {"type": "text", "text": ""}},
    {"type": "content_block_delta", "index": 0, "delta": {"type": "text_delta", "text": "Hel"}},
    {"type": "content_block_delta", "index": 0, "delta": {"type": "text_delta", "text": "lo"}},
    {"type": "content_block_stop", "index": 0},
]
END: list[dict[str, Any]] = [
    {"type": "message_delta", "delta": {"stop_reason": "end_turn"}, "usage": {"output_tokens": 2}},
    {"type": "message_stop"},
]


def events(*given: dict[str, Any]) -> Reply:
    """A stream, one piece an event."""
    return Reply(pieces=[f"event: {each['type']}\ndata: {json.dumps(each)}\n\n".encode() for each in given])


def failed(kind: str, message: str) -> dict[str, Any]:
    return {"type": "error", "error": {"type": kind, "message": message}, "request_id": "req_1"}


def at(server: Loopback, **options: Any) -> Anthropic:
    given: dict[str, Any] = {"api_key": "sk-test", **options}
    return create_anthropic(base_url=server.url, **given)


async def result_of(server: Loopback, **fields: Any) -> LanguageResult:
    return await (await at(server)(SONNET)(ask(**fields))).result()


async def test_a_whole_answer() -> None:
    async with serve(Reply(ANSWER, headers={"request-id": "req_1"})) as server:
        result = await result_of(server)
    (asked,) = server.asked
    assert (asked.method, asked.path) == ("POST", "/v1/messages")
    assert (asked.headers["x-api-key"], asked.headers["anthropic-version"]) == ("sk-test", "2023-06-01")
    assert "authorization" not in asked.headers
    assert asked.json["messages"] == [{"role": "user", "content": "Hi"}]
    assert (result.text, result.finish_reason, result.response.id) == ("Hello", "stop", "msg_1")
    assert result.response.headers["request-id"] == "req_1"


async def test_a_stream() -> None:
    async with serve(events(START, *TEXT, *END)) as server:
        result = await result_of(server, stream=True)
    assert server.asked[0].json["stream"] is True
    assert (result.text, result.usage.input_tokens, result.usage.output_tokens) == ("Hello", 5, 2)


async def test_json_where_a_stream_was_asked_for() -> None:
    async with serve(Reply(ANSWER)) as server:
        assert (await result_of(server, stream=True)).text == "Hello"
    body = b"".join(events(START, *TEXT, *END).pieces)
    async with serve(Reply(body, headers={"content-type": "application/json"})) as server:
        assert (await result_of(server, stream=True)).text == "Hello"


async def test_a_tool_turn() -> None:
    call = {"type": "tool_use", "id": "toolu_1", "name": "weather", "input": {"city": "Oslo"}}
    first = {**ANSWER, "content": [call], "stop_reason": "tool_use"}
    async with serve(Reply(first), Reply(ANSWER)) as server:
        said = await result_of(server)
        assert said.tool_calls == (ToolCallPart("toolu_1", "weather", '{"city":"Oslo"}'),)
        answer = tool_results(ToolResultPart("toolu_1", "weather", "4 degrees"))
        await result_of(server, messages=(user("Hi"), said.message, answer))
    assert server.asked[1].json["messages"][1:] == [
        {"role": "assistant", "content": [call]},
        {"role": "user", "content": [{"type": "tool_result", "tool_use_id": "toolu_1", "content": "4 degrees"}]},
    ]


@pytest.mark.parametrize("before", [(), (START,), (START, TEXT[0], {"type": "ping"})], ids=["at once", "late", "later"])
async def test_an_overload_before_the_first_content_is_raised_by_the_call(before: tuple[dict[str, Any], ...]) -> None:
    """So that retry and fallback see it."""
    async with serve(events(*before, failed("overloaded_error", "Overloaded"))) as server:
        with pytest.raises(OverloadedError, match="Overloaded") as caught:
            await at(server)(SONNET)(ask(stream=True))
    assert (caught.value.status, caught.value.retryable) == (529, True)


async def test_an_error_after_the_first_content_has_the_partial_result() -> None:
    async with serve(events(START, *TEXT[:2], failed("api_error", "Internal server error"))) as server:
        response = await at(server)(SONNET)(ask(stream=True))
        with pytest.raises(ServerError, match="Internal server error") as caught:
            await response.result()
    assert caught.value.partial.text == "Hel"


async def test_a_stream_that_is_cut() -> None:
    async with serve(events(START, *TEXT, END[0])) as server:
        response = await at(server)(SONNET)(ask(stream=True))
        with pytest.raises(TruncatedStreamError) as caught:
            await response.result()
    assert caught.value.partial.text == "Hello"


@pytest.mark.parametrize(
    ("status", "kind", "message", "error"),
    [
        (401, "authentication_error", "invalid x-api-key", AuthenticationError),
        (404, "not_found_error", "model: claude-none", NotFoundError),
        (400, "invalid_request_error", "prompt is too long: 9 tokens > 8 maximum", ContextLengthError),
        (429, "rate_limit_error", "slow down", RateLimitError),
        (529, "overloaded_error", "Overloaded", OverloadedError),
        (500, "api_error", "Internal server error", ServerError),
    ],
)
async def test_bad_statuses(status: int, kind: str, message: str, error: type[APIError]) -> None:
    headers = {"request-id": "req_1", "retry-after": "7"}
    async with serve(Reply(failed(kind, message), status, headers)) as server:
        with pytest.raises(error, match=message.split(":", maxsplit=1)[0]) as caught:
            await result_of(server)
    found = caught.value
    assert type(found) is error
    assert (found.status, found.type, found.request_id, found.retry_after) == (status, kind, "req_1", 7)


async def test_the_limits_of_the_account_say_when_to_come_back() -> None:
    headers = {
        "date": "Thu, 01 Jan 2026 00:00:00 GMT",
        "anthropic-ratelimit-tokens-remaining": "0",
        "anthropic-ratelimit-tokens-reset": "2026-01-01T00:00:12Z",
    }
    async with serve(Reply(failed("rate_limit_error", "slow down"), 429, headers)) as server:
        with pytest.raises(RateLimitError) as caught:
            await result_of(server)
    assert caught.value.retry_after == 12


async def test_an_error_with_a_good_status() -> None:
    async with serve(Reply(failed("overloaded_error", "Overloaded"))) as server:
        with pytest.raises(OverloadedError):
            await result_of(server)


async def test_betas_and_headers_go_out() -> None:
    async with serve(Reply(ANSWER)) as server:
        provider = at(server, headers={"Anthropic-Beta": "door-1", "x-mine": "1"})
        options = {"anthropic": {"betas": ["option-1"]}}
        await provider(SONNET)(ask(headers={"Anthropic-Beta": "call-1"}, provider_options=options))
    assert server.asked[0].headers["anthropic-beta"] == "door-1,call-1,option-1"
    assert server.asked[0].headers["x-mine"] == "1"


async def test_counting_tokens() -> None:
    async with serve(Reply({"input_tokens": 14}), Reply({"tokens": 14})) as server:
        model = at(server)(SONNET)
        assert await model.count_tokens(ask(messages=(user("Hi"), assistant("Well")), stream=True)) == 14
        with pytest.raises(InvalidResponseError):
            await model.count_tokens(ask())
    assert server.asked[0].path == "/v1/messages/count_tokens"
    assert server.asked[0].json.keys() == {"model", "messages"}


async def test_models_of_all_pages() -> None:
    one = {"id": "claude-a", "display_name": "A", "created_at": "2025-01-01T00:00:00Z", "type": "model"}
    pages = ({"data": [one], "has_more": True, "last_id": "claude-a"}, {"data": [{"id": "b"}, 7], "has_more": False})
    async with serve(*(Reply(page) for page in pages), Reply({"data": 1})) as server:
        found = await at(server).models()
        assert [(each.id, each.created) for each in found] == [("claude-a", 1735689600.0), ("b", None)]
        assert found[0].raw["display_name"] == "A"
        with pytest.raises(InvalidResponseError):
            await at(server).models()
    assert [asked.path for asked in server.asked[:2]] == [
        "/v1/models?limit=1000",
        "/v1/models?limit=1000&after_id=claude-a",
    ]


async def test_no_key() -> None:
    async with serve(Reply(ANSWER)) as server:
        with pytest.raises(MissingAPIKeyError, match="ANTHROPIC_API_KEY"):
            await create_anthropic(base_url=server.url)(SONNET)(ask())
        for own in ({"x-api-key": "mine"}, {"authorization": "Bearer mine"}):
            await create_anthropic(base_url=server.url, headers=own)(SONNET)(ask())
    assert len(server.asked) == 2


@pytest.mark.parametrize(
    ("variables", "options", "header"),
    [
        ({"ANTHROPIC_API_KEY": "k"}, {}, ("x-api-key", "k")),
        ({"ANTHROPIC_AUTH_TOKEN": "t"}, {}, ("authorization", "Bearer t")),
        ({"ANTHROPIC_API_KEY": "k", "ANTHROPIC_AUTH_TOKEN": "t"}, {}, ("x-api-key", "k")),
        ({"ANTHROPIC_API_KEY": "k"}, {"auth_token": "t"}, ("authorization", "Bearer t")),
        ({"ANTHROPIC_AUTH_TOKEN": "t"}, {"api_key": "k"}, ("x-api-key", "k")),
    ],
)
async def test_keys_and_tokens(
    variables: dict[str, str], options: dict[str, Any], header: tuple[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    async with serve(Reply(ANSWER)) as server:
        await create_anthropic(base_url=server.url, **options)(SONNET)(ask())
    sent = {name: each for name, each in server.asked[0].headers.items() if name in ("x-api-key", "authorization")}
    assert sent == {header[0]: header[1]}


def test_a_key_and_a_token_are_one_too_many() -> None:
    with pytest.raises(InvalidRequestError) as caught:
        create_anthropic(api_key="k", auth_token="t")
    assert caught.value.field == "auth_token"


@pytest.mark.parametrize(
    ("variable", "given", "url"),
    [
        (None, None, "https://api.anthropic.com/v1"),
        (None, "https://api.anthropic.com", "https://api.anthropic.com/v1"),
        (None, "https://e.org/anthropic/", "https://e.org/anthropic"),
        ("https://api.anthropic.com", None, "https://api.anthropic.com/v1"),
        ("https://e.org/anthropic/", None, "https://e.org/anthropic/v1"),
        ("https://e.org/v1", None, "https://e.org/v1"),
        ("https://e.org/v1", "https://f.org/v1", "https://f.org/v1"),
    ],
)
def test_addresses(variable: str | None, given: str | None, url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    if variable is not None:
        monkeypatch.setenv("ANTHROPIC_BASE_URL", variable)
    assert create_anthropic(base_url=given).endpoint.url("/messages") == f"{url}/messages"


def test_the_door() -> None:
    assert (anthropic.name, anthropic.kinds) == ("anthropic", ("language",))
    assert repr(anthropic(SONNET)) == f'anthropic("{SONNET}")'
    assert "sk-secret" not in repr(create_anthropic(api_key="sk-secret").endpoint)
    assert repr(resolve(f"anthropic:{SONNET}")) == repr(anthropic(SONNET))
