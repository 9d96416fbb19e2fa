"""What Groq does in its own way; shapes as recorded unless a test says otherwise."""

from __future__ import annotations

import json
from typing import Any

import pytest
from provider_kit import ask

from ai_sdk._frozen import freeze
from ai_sdk.errors import APIError, BadRequestError
from ai_sdk.messages import AssistantMessage, ReasoningPart, SourcePart, TextPart, ToolCallPart, user
from ai_sdk.parts import LanguagePart
from ai_sdk.provider import Exchange
from ai_sdk.providers.groq import groq
from ai_sdk.providers.openai_compatible._decode import ChatDecoder, decode
from ai_sdk.requests import JSONFormat, ProviderTool, ToolDefinition
from ai_sdk.results import LanguageResult, Usage, fold_language

GPT_OSS = "openai/gpt-oss-120b"
ADD = ToolDefinition("add")
USAGE = {"queue_time": 0.1, "prompt_tokens": 5, "completion_tokens": 2, "total_tokens": 7}


def encode(model_id: str, **fields: Any) -> tuple[dict[str, Any], list[str]]:
    body, warnings = groq(model_id).encode(ask(**fields))
    return body, [warning.feature for warning in warnings]


def decoder(**fields: Any) -> ChatDecoder:
    model = groq(GPT_OSS)
    return model.decoder(ask(stream=True, **fields), Exchange(groq.endpoint, GPT_OSS), {}, [])


def fold(*chunks: dict[str, Any], reader: ChatDecoder | None = None) -> LanguageResult:
    reader = reader or decoder()
    parts: list[LanguagePart] = [part for chunk in chunks for part in reader.event(json.dumps(chunk).encode())]
    return fold_language(parts + reader.end())


def chunk(delta: dict[str, Any], finish: str | None = None, **more: Any) -> dict[str, Any]:
    return {"id": "r", "choices": [{"index": 0, "delta": delta, "finish_reason": finish}], **more}


@pytest.mark.parametrize(
    "more",
    [{"x_groq": {"id": "q", "usage": USAGE}}, {"usage": USAGE}, {"usage": USAGE, "x_groq": {"usage": USAGE}}],
    ids=["under x_groq", "at the top", "at both"],
)
def test_usage_of_a_stream(more: dict[str, Any]) -> None:
    assert fold(chunk({"content": "Hi"}), chunk({}, "stop", **more)).usage == Usage(5, 2)
    assert fold(chunk({"content": "Hi"}), chunk({}, "stop")).usage == Usage()


def test_reasoning_comes_and_goes_back_as_reasoning() -> None:
    result = fold(chunk({"reasoning": "hm", "channel": "analysis"}), chunk({"content": "Yes"}, "stop"))
    assert result.reasoning == "hm"
    said = AssistantMessage((ReasoningPart("hm"), TextPart("Yes")))
    body, _ = encode(GPT_OSS, messages=(user("Hi"), said))
    assert body["messages"][1] == {"role": "assistant", "content": "Yes", "reasoning": "hm"}


@pytest.mark.parametrize(
    ("model_id", "asked", "sent", "lost"),
    [
        (GPT_OSS, "low", "low", []),
        (GPT_OSS, "none", "low", ["reasoning"]),
        (GPT_OSS, "xhigh", "high", ["reasoning"]),
        ("qwen/qwen3-32b", "none", "none", []),
        ("qwen/qwen3-32b", "high", "default", []),
        ("llama-3.3-70b-versatile", "high", None, ["reasoning"]),
    ],
)
def test_reasoning_efforts_by_model(model_id: str, asked: Any, sent: str | None, lost: list[str]) -> None:
    body, features = encode(model_id, reasoning=asked)
    assert (body.get("reasoning_effort"), features) == (sent, lost)


def test_options_go_out_as_they_are() -> None:
    options = {"reasoning_format": "parsed", "reasoning_effort": "none", "service_tier": "flex"}
    body, lost = encode("llama-3.3-70b-versatile", provider_options={"groq": options})
    assert body.items() >= options.items()
    assert lost == []


@pytest.mark.parametrize(
    ("model_id", "expected"),
    [
        (GPT_OSS, "json_schema"),
        ("moonshotai/kimi-k2-instruct-0905", "json_schema"),
        ("llama-3.3-70b-versatile", "tool"),
    ],
)
def test_structured_output_by_model(model_id: str, expected: str) -> None:
    assert groq(model_id).structured_output == expected


def test_a_schema_is_strict() -> None:
    body, _ = encode(GPT_OSS, response_format=JSONFormat(freeze({"type": "object"})))
    assert body["response_format"]["json_schema"]["strict"] is True


def test_browser_search_is_for_gpt_oss() -> None:
    search = ProviderTool("groq.browser_search")
    assert encode(GPT_OSS, tools=(search,))[0]["tools"] == [{"type": "browser_search"}]
    body, lost = encode("llama-3.3-70b-versatile", tools=(search, ADD))
    assert [tool["type"] for tool in body["tools"]] == ["function"]
    assert lost == ["groq.browser_search"]
    assert encode(GPT_OSS, tools=(ProviderTool("groq.crystal_ball"),))[1] == ["groq.crystal_ball"]


def test_tools_that_groq_ran_are_metadata_and_sources() -> None:
    found = {"title": "Weather", "url": "https://a.test", "content": "sunny", "score": 0.9}
    begun: dict[str, Any] = {"index": 0, "type": "search", "arguments": "{}", "search_results": {"results": []}}
    done: dict[str, Any] = {**begun, "output": "Title: ...", "search_results": {"results": [found]}}
    streamed = fold(
        chunk({"executed_tools": [begun]}), chunk({"executed_tools": [done]}), chunk({"content": "x"}, "stop")
    )
    assert streamed.sources == (SourcePart("source_0_0", "https://a.test", "Weather"),)
    assert streamed.provider_metadata["groq"]["executed_tools"] == freeze([done])
    message = {"role": "assistant", "content": "x", "executed_tools": [done]}
    body = {"id": "r", "choices": [{"index": 0, "message": message, "finish_reason": "stop"}]}
    once = fold_language(decode(decoder(), body))
    assert set(once.content) == set(streamed.content)
    assert once.provider_metadata == streamed.provider_metadata


def failure(generation: str, **more: Any) -> dict[str, Any]:
    error = {"message": "no", "type": "invalid_request_error", "code": "tool_use_failed"}
    return {"error": {**error, "failed_generation": generation, **more}}


RECOVERED = {"groq": {"recovered": True}}


@pytest.mark.parametrize(
    ("generation", "expected"),
    [
        ('{"name": "add", "arguments": {\n  "a": "2"\n}}', [("add", '{"a": "2"}')]),
        (
            '[\n  {\n "name": "add", "parameters": {"a": 1}},\n {"name": "add", "parameters": {}}]',
            [("add", '{"a": 1}'), ("add", "{}")],
        ),
        ('<function=add>{"a": 1}</function>', [("add", '{"a": 1}')]),
        ('<function=add{"a": 1}</function>', [("add", '{"a": 1}')]),
    ],
    ids=["an object (recorded)", "a list (recorded)", "a tag (public reports)", "an open tag (public reports)"],
)
def test_a_failed_generation_that_is_a_call_of_an_offered_tool_is_recovered(
    generation: str, expected: list[tuple[str, str]]
) -> None:
    result = fold(chunk({"reasoning": "hm"}), failure(generation, status_code=400), reader=decoder(tools=(ADD,)))
    assert [(call.name, call.input) for call in result.tool_calls] == expected
    assert [call.id for call in result.tool_calls] == [f"call_{place}" for place in range(len(expected))]
    assert all(call.provider_metadata == RECOVERED for call in result.tool_calls)
    assert result.finish_reason == "tool-calls"
    assert result.reasoning == "hm"


@pytest.mark.parametrize(
    "generation",
    [
        "",
        "maybe",
        '{"name": "subtract", "arguments": {}}',
        '{"name": "add", "arguments": "{}"}',
        '{"name": "add", "arguments": {}, "parameters": {}}',
        '{"name": "add"}',
        '[{"name": "add", "arguments": {}}, "and more"]',
        'Sure: {"name": "add", "arguments": {}}',
        '{"name": "add", "arguments": {"a": 1}',
        "[]",
    ],
)
def test_what_is_not_surely_a_call_stays_an_error(generation: str) -> None:
    with pytest.raises(BadRequestError) as caught:
        fold(failure(generation, status_code=400), reader=decoder(tools=(ADD,)))
    assert caught.value.status == 400
    assert caught.value.code == "tool_use_failed"
    assert caught.value.body["error"]["failed_generation"] == generation


def test_other_errors_are_not_recovered() -> None:
    with pytest.raises(APIError):
        fold(failure('{"name": "add", "arguments": {}}', code="other"), reader=decoder(tools=(ADD,)))
    with pytest.raises(APIError):
        fold(failure('{"name": "add", "arguments": {}}'), reader=decoder(tools=(ADD,), tool_choice="none"))


def test_a_call_that_was_half_streamed_is_not_given_twice() -> None:
    half = chunk({"tool_calls": [{"index": 0, "id": "x", "function": {"name": "add", "arguments": '{"a"'}}]})
    result = fold(half, failure('{"name": "add", "arguments": {"a": 1}}'), reader=decoder(tools=(ADD,)))
    assert [call.input for call in result.tool_calls] == ['{"a": 1}']
    assert isinstance(result.content[-1], ToolCallPart)
