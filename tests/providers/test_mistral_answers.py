"""How Mistral's answers and errors are read; shapes as recorded unless a test says otherwise."""

from __future__ import annotations

import json
from http import HTTPStatus
from typing import Any

import pytest
from provider_kit import ask

from ai_sdk._frozen import freeze
from ai_sdk.errors import (
    AuthenticationError,
    BadRequestError,
    ContextLengthError,
    RateLimitError,
    ServerError,
)
from ai_sdk.messages import (
    ReasoningPart,
    TextPart,
    ToolResultPart,
    tool_results,
    user,
)
from ai_sdk.parts import LanguagePart, ToolInputDelta
from ai_sdk.provider import Exchange
from ai_sdk.providers.mistral import mistral
from ai_sdk.providers.mistral._decode import MistralDecoder, usage_of
from ai_sdk.providers.openai_compatible._decode import decode
from ai_sdk.results import LanguageResult, Usage, fold_language

SMALL = "mistral-small-latest"


def encode(model_id: str = SMALL, **fields: Any) -> tuple[dict[str, Any], list[str]]:
    body, warnings = mistral(model_id).encode(ask(**fields))
    return body, [warning.feature for warning in warnings]


def sent(*messages: Any) -> list[dict[str, Any]]:
    """The messages as they go out, with one of the user behind them."""
    found: list[dict[str, Any]] = encode(messages=(*messages, user("after")))[0]["messages"]
    return found[:-1]


def decoder(**fields: Any) -> MistralDecoder:
    return mistral(SMALL).decoder(ask(stream=True, **fields), Exchange(mistral.endpoint, SMALL), {}, [])


def parts(*chunks: dict[str, Any], reader: MistralDecoder | None = None) -> list[LanguagePart]:
    reader = reader or decoder()
    found: list[LanguagePart] = [part for each in chunks for part in reader.event(json.dumps(each).encode())]
    return found + reader.end()


def fold(*chunks: dict[str, Any], reader: MistralDecoder | None = None) -> LanguageResult:
    return fold_language(parts(*chunks, reader=reader))


def chunk(content: Any = None, finish: str | None = None, **more: Any) -> dict[str, Any]:
    delta = {"content": content, **more.pop("delta", {})}
    return {"id": "r", "choices": [{"index": 0, "delta": delta, "finish_reason": finish}], **more}


def thinking(*texts: str, **more: Any) -> dict[str, Any]:
    return {"type": "thinking", "thinking": [{"type": "text", "text": each} for each in texts], **more}


# ---- answers ----


def test_thinking_and_text_of_a_stream() -> None:
    result = fold(
        chunk(""),
        chunk([thinking("17 *")]),
        chunk([thinking(" 23", closed=True), {"type": "text", "text": "3"}]),
        chunk("91"),
        chunk("", "stop", usage={"prompt_tokens": 5, "completion_tokens": 4}),
    )
    closed = freeze({"mistral": {"closed": True}})
    assert result.content == (ReasoningPart("17 * 23", closed), TextPart("391"))
    assert (result.finish_reason, result.usage) == ("stop", Usage(5, 4))


def test_thinking_between_texts_keeps_its_place() -> None:
    whole = [thinking("a"), {"type": "text", "text": "b"}, thinking("c"), {"type": "text", "text": "d"}]
    expected = (ReasoningPart("a"), TextPart("b"), ReasoningPart("c"), TextPart("d"))
    assert fold(chunk(whole, "stop")).content == expected
    pieces = fold(chunk([whole[0]]), chunk("b"), chunk([whole[2]]), chunk("d"), chunk("", "stop"))
    assert pieces.content == expected


FOUND: dict[str, Any] = {
    "0": {"url": "https://a.test", "title": "A", "snippets": []},
    "2": {"title": "C"},
    "3": "no object",
}


@pytest.mark.parametrize("output", [FOUND, json.dumps(FOUND)], ids=["an object", "its JSON"])
def test_references_are_sources_of_what_the_tools_found(output: Any) -> None:
    """Vendor documents: a reference is the number of a finding in the result of a tool."""
    history = (user("Who?"), tool_results(ToolResultPart("a1B2c3D4e", "search", output)))
    content = [
        {"type": "text", "text": "It was A"},
        {"type": "reference", "reference_ids": [0, 2, 9]},
        {"type": "text", "text": "."},
    ]
    pieces = (chunk(content[:1]), chunk(content[1:2]), chunk("."), chunk("", "stop"))
    result = fold(*pieces, reader=decoder(messages=history))
    assert result.text == "It was A."
    assert [(each.id, each.url, each.title) for each in result.sources] == [
        ("source_0", "https://a.test", "A"),
        ("source_1", None, "C"),
        ("source_2", None, None),
    ]
    assert sent(result.message)[0]["content"] == content
    body = {"id": "r", "choices": [{"index": 0, "message": {"content": content}, "finish_reason": "stop"}]}
    assert fold_language(decode(decoder(messages=history), body)).content == result.content


def test_tool_calls_come_whole_and_a_null_id_is_none() -> None:
    """The word null for an id is in the vendor's definition."""
    calls = [
        {"id": "null", "function": {"name": "add", "arguments": '{"a": 1}'}, "index": 0},
        {"id": "f5G6h7I8j", "function": {"name": "add", "arguments": {"a": 2}}, "index": 1},
    ]
    found = parts(chunk("", "tool_calls", delta={"tool_calls": calls}))
    assert [part.delta for part in found if isinstance(part, ToolInputDelta)] == ['{"a": 1}', '{"a":2}']
    result = fold_language(found)
    assert [(call.id, call.arguments()) for call in result.tool_calls] == [
        ("call_0", {"a": 1}),
        ("f5G6h7I8j", {"a": 2}),
    ]
    assert result.finish_reason == "tool-calls"


@pytest.mark.parametrize(
    ("raw", "reason"),
    [("stop", "stop"), ("length", "length"), ("model_length", "length"), ("error", "error"), ("new", "other")],
)
def test_finish_reasons(raw: str, reason: str) -> None:
    result = fold(chunk("Hi", raw))
    assert (result.finish_reason, result.raw_finish_reason) == (reason, raw)


@pytest.mark.parametrize(
    ("more", "cached"),
    [
        ({"num_cached_tokens": 3, "prompt_tokens_details": {"cached_tokens": 2}}, 3),
        ({"prompt_tokens_details": {"cached_tokens": 2}}, 2),
        ({"prompt_token_details": {"cached_tokens": 4}}, 4),
        ({"prompt_token_details": None, "num_cached_tokens": None}, None),
        ({}, None),
    ],
)
def test_tokens_read_from_the_cache(more: dict[str, Any], cached: int | None) -> None:
    usage = usage_of({"prompt_tokens": 9, "completion_tokens": 1, **more})
    assert usage == Usage(9, 1, cache_read_tokens=cached)


# ---- errors ----


def failed(status: int, body: Any) -> Any:
    return Exchange(mistral.endpoint, SMALL).error(status, {}, json.dumps(body).encode())


def test_the_forms_of_errors() -> None:
    """Recorded: a model that is not there, and a bad key; the others are public reports."""
    flat = {"object": "error", "message": "Invalid model: x", "type": "invalid_model", "code": "1500"}
    error = failed(400, {**flat, "param": None, "raw_status_code": 400})
    assert isinstance(error, BadRequestError)
    assert (error.message, error.type, error.code) == ("Invalid model: x", "invalid_model", "1500")
    assert failed(401, {"detail": "Invalid API Key"}).message == "Invalid API Key"
    assert isinstance(failed(401, {"detail": "Invalid API Key"}), AuthenticationError)
    assert isinstance(failed(429, {"message": "Requests rate limit exceeded"}), RateLimitError)
    long = "Prompt contains 40000 tokens, too large for model with 32768 maximum context length"
    assert isinstance(failed(400, {**flat, "message": long}), ContextLengthError)


def test_complaints_about_the_schema_are_one_sentence() -> None:
    details = [
        {"type": "missing", "loc": ["body", "messages", 0, "content"], "msg": "Field required"},
        {"msg": "Too long"},
        "and more",
    ]
    expected = "body.messages.0.content: Field required; Too long; and more"
    assert failed(422, {"detail": details}).message == expected
    assert failed(422, {"object": "error", "message": {"detail": details}, "code": None}).message == expected
    assert failed(422, {"detail": []}).message == f"HTTP 422 {HTTPStatus(422).phrase}"


def test_an_error_inside_a_stream_with_and_without_a_code() -> None:
    with pytest.raises(ServerError, match="gone"):
        parts(chunk("Hi"), {"object": "error", "message": "gone"})
    with pytest.raises(RateLimitError, match="slow down"):
        parts(chunk("Hi"), {"object": "error", "message": "slow down", "raw_status_code": 429})
