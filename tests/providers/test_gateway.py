"""The AI Gateway's own protocol, as vendor documents describe it."""

from __future__ import annotations

import json
from typing import Any

import pytest
from provider_kit import ask

from ai_sdk import InvalidRequestError, InvalidResponseError
from ai_sdk._frozen import freeze
from ai_sdk.errors import (
    APIError,
    AuthenticationError,
    BadRequestError,
    MalformedEventError,
    NotFoundError,
    PermissionDeniedError,
    RateLimitError,
    ServerError,
)
from ai_sdk.messages import (
    AssistantMessage,
    FilePart,
    ReasoningPart,
    SourcePart,
    SystemMessage,
    TextPart,
    ToolCallPart,
    ToolResultPart,
    UserMessage,
    assistant,
    tool_results,
    user,
)
from ai_sdk.parts import LanguagePart, StreamStart, ToolInputDelta
from ai_sdk.provider import Exchange
from ai_sdk.providers.gateway import create_gateway, gateway
from ai_sdk.providers.gateway._decode import GatewayDecoder
from ai_sdk.requests import EmbeddingRequest, JSONFormat, ProviderTool, SpecificTool, ToolDefinition
from ai_sdk.results import CallWarning, LanguageResult, Usage, fold_language
from ai_sdk.testing import Answer, ScriptedHTTP
from ai_sdk.testing.replay import Exchange as Recording
from ai_sdk.testing.replay import Replayer

MODEL = "anthropic/claude-sonnet-4.5"
HEADERS = freeze({"content-type": "application/json"})
FINISH = {"type": "finish", "finishReason": {"unified": "stop", "raw": "end_turn"}, "usage": {}}
SIGNED = {"anthropic": {"signature": "c2ln"}}


def encode(**fields: Any) -> tuple[dict[str, Any], list[str]]:
    body, warnings = gateway(MODEL).encode(ask(**fields))
    return json.loads(json.dumps(body)), [warning.feature for warning in warnings]


def decoder(*warnings: CallWarning, previews: bool = True) -> GatewayDecoder:
    return GatewayDecoder(Exchange(gateway.endpoint, MODEL), {}, warnings, previews=previews)


def parts_of(*events: Any, reader: GatewayDecoder | None = None) -> list[LanguagePart]:
    reader = reader or decoder()
    return [part for event in events for part in reader.event(json.dumps(event).encode())]


def fold(*events: Any) -> LanguageResult:
    return fold_language(parts_of(*events))


def whole(*content: Any, **more: Any) -> LanguageResult:
    body = {"content": content, "finishReason": {"unified": "stop", "raw": "end_turn"}, "usage": {}, **more}
    return fold_language(decoder().whole(json.loads(json.dumps(body))))


def answered(body: Any, status: int = 200) -> Replayer:
    data = json.dumps(body).encode()
    return Replayer(Recording("made", "gateway", "chat", status=status, headers=HEADERS, body=data))


def test_call_options() -> None:
    body, features = encode(
        messages=(SystemMessage("Be kind."), user("Hi")),
        max_output_tokens=9,
        temperature=0.5,
        top_p=0.9,
        top_k=5,
        presence_penalty=0.1,
        frequency_penalty=0.2,
        stop=("x",),
        seed=1,
        reasoning="low",
        response_format=JSONFormat(schema={"type": "object"}, name="city"),
        headers={"anthropic-beta": "b", "Authorization": "Bearer secret"},
        provider_options={"gateway": {"order": ["bedrock"]}, "anthropic": {"effort": "low"}},
    )
    assert features == []
    assert body == {
        "prompt": [
            {"role": "system", "content": "Be kind."},
            {"role": "user", "content": [{"type": "text", "text": "Hi"}]},
        ],
        "maxOutputTokens": 9,
        "temperature": 0.5,
        "topP": 0.9,
        "topK": 5,
        "presencePenalty": 0.1,
        "frequencyPenalty": 0.2,
        "stopSequences": ["x"],
        "seed": 1,
        "reasoning": "low",
        "responseFormat": {"type": "json", "schema": {"type": "object"}, "name": "city"},
        "headers": {"anthropic-beta": "b"},
        "providerOptions": {"gateway": {"order": ["bedrock"]}, "anthropic": {"effort": "low"}},
    }


@pytest.mark.parametrize(
    ("choice", "expected"),
    [
        (None, None),
        ("auto", {"type": "auto"}),
        ("none", {"type": "none"}),
        ("required", {"type": "required"}),
        (SpecificTool("add"), {"type": "tool", "toolName": "add"}),
    ],
)
def test_tools(choice: Any, expected: Any) -> None:
    tools = (
        ToolDefinition("add", "Adds.", {"type": "object"}, True, {"anthropic": {"deferLoading": True}}),
        ProviderTool("gateway.perplexity_search", {"maxResults": 2}),
    )
    body, _ = encode(tools=tools, tool_choice=choice)
    assert body["tools"] == [
        {
            "type": "function",
            "name": "add",
            "inputSchema": {"type": "object"},
            "description": "Adds.",
            "strict": True,
            "providerOptions": {"anthropic": {"deferLoading": True}},
        },
        {
            "type": "provider",
            "id": "gateway.perplexity_search",
            "name": "perplexity_search",
            "args": {"maxResults": 2},
        },
    ]
    assert body.get("toolChoice") == expected


def test_a_choice_of_no_tool() -> None:
    with pytest.raises(InvalidRequestError, match="'nothing'"):
        encode(tools=(ToolDefinition("add"),), tool_choice=SpecificTool("nothing"))
    with pytest.raises(InvalidRequestError):
        encode(messages=())


def test_parts_of_messages() -> None:
    mark = {"anthropic": {"cacheControl": {"type": "ephemeral"}}}
    said = UserMessage(
        (
            TextPart("Look", mark),
            FilePart(data=b"a", media_type="image/png", filename="a.png"),
            FilePart(url="https://example.com/a.pdf", media_type="application/pdf"),
        ),
        name="Ada",
        provider_options=mark,
    )
    body, features = encode(messages=(said,))
    assert features == ["name"]
    assert body["prompt"] == [
        {
            "role": "user",
            "content": [
                {"type": "text", "text": "Look", "providerOptions": mark},
                {
                    "type": "file",
                    "mediaType": "image/png",
                    "filename": "a.png",
                    "data": {"type": "data", "data": "YQ=="},
                },
                {
                    "type": "file",
                    "mediaType": "application/pdf",
                    "data": {"type": "url", "url": "https://example.com/a.pdf"},
                },
            ],
            "providerOptions": mark,
        }
    ]


def test_an_assistant_turn() -> None:
    said = AssistantMessage(
        (
            ReasoningPart("hm", SIGNED),
            TextPart("Yes"),
            SourcePart("s", url="https://a.example"),
            ToolCallPart("c1", "add", '{"a": 1}'),
            ToolCallPart("c2", "add", "no json"),
            ToolCallPart("c3", "search", "", provider_executed=True),
            ToolResultPart("c3", "search", {"found": 1}, provider_executed=True),
        )
    )
    body, _ = encode(messages=(user("Hi"), said))
    assert body["prompt"][1]["content"] == [
        {"type": "reasoning", "text": "hm", "providerOptions": SIGNED},
        {"type": "text", "text": "Yes"},
        {"type": "tool-call", "toolCallId": "c1", "toolName": "add", "input": {"a": 1}},
        {"type": "tool-call", "toolCallId": "c2", "toolName": "add", "input": "no json"},
        {"type": "tool-call", "toolCallId": "c3", "toolName": "search", "input": {}, "providerExecuted": True},
        {
            "type": "tool-result",
            "toolCallId": "c3",
            "toolName": "search",
            "output": {"type": "json", "value": {"found": 1}},
        },
    ]


@pytest.mark.parametrize(
    ("output", "failed", "expected"),
    [
        ("fine", False, {"type": "text", "value": "fine"}),
        ("bad", True, {"type": "error-text", "value": "bad"}),
        ({"a": 1}, False, {"type": "json", "value": {"a": 1}}),
        ({"a": 1}, True, {"type": "error-json", "value": {"a": 1}}),
        ((), False, {"type": "json", "value": []}),
        (
            (TextPart("Look"), FilePart(data=b"a", media_type="image/png")),
            False,
            {
                "type": "content",
                "value": [
                    {"type": "text", "text": "Look"},
                    {"type": "file", "mediaType": "image/png", "data": {"type": "data", "data": "YQ=="}},
                ],
            },
        ),
    ],
)
def test_results_of_tools(output: Any, failed: bool, expected: Any) -> None:
    result = ToolResultPart("c1", "add", output, is_error=failed)
    body, _ = encode(messages=(user("Hi"), assistant(ToolCallPart("c1", "add", "{}")), tool_results(result)))
    (encoded,) = body["prompt"][2]["content"]
    assert encoded == {"type": "tool-result", "toolCallId": "c1", "toolName": "add", "output": expected}


def test_blocks_that_share_an_id_one_after_the_other_stay_two() -> None:
    result = fold(
        {"type": "text-start", "id": "0"},
        {"type": "text-delta", "id": "0", "delta": "a"},
        {"type": "text-end", "id": "0"},
        {"type": "text-start", "id": "0"},
        {"type": "text-delta", "id": "0", "delta": "b"},
        {"type": "text-end", "id": "0", "providerMetadata": {"openai": {"itemId": "m"}}},
        FINISH,
    )
    assert result.content == (TextPart("a"), TextPart("b", {"openai": {"itemId": "m"}}))


def test_blocks_that_interleave() -> None:
    events = [{"type": "reasoning-start", "id": "0"}, {"type": "text-start", "id": "0"}]
    for kind, text in (("reasoning", "a"), ("text", "b"), ("reasoning", "c")):
        events.append({"type": f"{kind}-delta", "id": "0", "delta": text})
    result = fold(*events, {"type": "reasoning-end", "id": "0", "providerMetadata": SIGNED}, FINISH)
    assert result.content == (ReasoningPart("ac", SIGNED), TextPart("b"))


def test_previews_and_calls() -> None:
    events: list[dict[str, Any]] = [
        {"type": "tool-input-start", "id": "c1", "toolName": "add"},
        {"type": "tool-input-delta", "id": "c1", "delta": '{"a": 1}'},
        {"type": "tool-input-end", "id": "c1"},
        {"type": "tool-call", "toolCallId": "c1", "toolName": "add", "input": '{"a": 1}', "providerMetadata": SIGNED},
    ]
    call = ToolCallPart("c1", "add", '{"a": 1}', provider_metadata=SIGNED)
    assert parts_of(*events) == [ToolInputDelta("c1", "add", ""), ToolInputDelta("c1", "add", '{"a": 1}'), call]
    assert parts_of(*events, reader=decoder(previews=False)) == [call]
    assert fold({**events[3], "input": {"a": 1}}, FINISH).tool_calls[0].input == '{"a":1}'


def test_results_files_and_sources() -> None:
    result = fold(
        {"type": "tool-result", "toolCallId": "c", "toolName": "s", "result": {"n": 1}, "preliminary": True},
        {"type": "tool-result", "toolCallId": "c", "toolName": "s", "result": {"n": 2}, "isError": True},
        {"type": "source", "sourceType": "url", "id": "1", "url": "https://a.example", "title": "A"},
        {"type": "source", "sourceType": "document", "id": "2", "mediaType": "application/pdf", "title": "B"},
        {"type": "file", "mediaType": "image/png", "data": "YQ=="},
        {"type": "file", "mediaType": "image/png", "data": {"type": "url", "url": "https://a.example/b.png"}},
        {"type": "raw", "rawValue": 1},
        {"type": "tool-approval-request", "approvalId": "a"},
        {"type": "of the future"},
        FINISH,
    )
    assert result.content == (
        ToolResultPart("c", "s", {"n": 2}, is_error=True, provider_executed=True),
        SourcePart("1", "https://a.example", "A"),
        SourcePart("2", None, "B", "application/pdf"),
        FilePart(data=b"a", media_type="image/png"),
        FilePart(url="https://a.example/b.png", media_type="image/png"),
    )


def test_parts_that_we_have_no_class_for_go_back_as_they_were() -> None:
    metadata = {"openai": {"itemId": "cmp_1"}}
    custom = {"type": "custom", "kind": "openai.compaction", "providerMetadata": metadata}
    drawn = {"type": "reasoning-file", "mediaType": "image/png", "data": {"type": "data", "data": "YQ=="}}
    result = whole(custom, drawn, {"type": "text", "text": "Yes"})
    body, _ = encode(messages=(user("Hi"), result.message))
    assert body["prompt"][1]["content"] == [
        {"type": "custom", "kind": "openai.compaction", "providerOptions": metadata},
        drawn,
        {"type": "text", "text": "Yes"},
    ]


def test_warnings_of_both() -> None:
    mine = CallWarning("unsupported", "name", "no names")
    said = [
        {"type": "unsupported", "feature": "seed", "details": "no seed"},
        {"type": "unsupported-setting", "setting": "topK"},
        {"type": "compatibility", "feature": "tools", "details": "another way"},
        {"type": "deprecated", "setting": "x", "message": "old"},
        {"type": "other", "message": "well"},
    ]
    (start,) = parts_of({"type": "stream-start", "warnings": said}, reader=decoder(mine))
    assert isinstance(start, StreamStart)
    assert [(each.kind, each.feature, each.message) for each in start.warnings] == [
        ("unsupported", "name", "no names"),
        ("unsupported", "seed", "no seed"),
        ("unsupported", "topK", "topK was not done as asked"),
        ("compatibility", "tools", "another way"),
        ("other", "x", "old"),
        ("other", "", "well"),
    ]
    assert whole({"type": "text", "text": "Yes"}, warnings=said[:1]).warnings == start.warnings[1:2]


def test_who_answered_and_what_it_cost() -> None:
    usage = {
        "inputTokens": {"total": 9, "noCache": 5, "cacheRead": 3, "cacheWrite": 1},
        "outputTokens": {"total": 7, "text": 5, "reasoning": 2},
    }
    metadata = {"gateway": {"cost": "0.01", "generationId": "gen_1", "routing": {"finalProvider": "bedrock"}}}
    response = {"id": "msg_1", "timestamp": "2026-02-02T02:40:00.000Z", "modelId": "claude"}
    result = whole({"type": "text", "text": "Yes"}, usage=usage, providerMetadata=metadata, response=response)
    assert result.usage == Usage(9, 7, 3, 1, 2)
    assert result.provider_metadata == freeze(metadata)
    assert (result.response.id, result.response.model, result.response.timestamp) == ("msg_1", "claude", 1770000000.0)


def test_usage_of_older_versions() -> None:
    flat = {"inputTokens": 9, "outputTokens": 7, "cachedInputTokens": 3, "reasoningTokens": 2}
    result = fold({"type": "finish", "finishReason": "length", "usage": flat})
    assert result.usage == Usage(9, 7, 3, None, 2)
    assert (result.finish_reason, result.raw_finish_reason) == ("length", "length")


@pytest.mark.parametrize(
    ("said", "expected"), [({"unified": "unknown", "raw": "x"}, "other"), (None, "other"), ({"raw": "x"}, "other")]
)
def test_reasons_that_are_none(said: Any, expected: str) -> None:
    result = fold({"type": "finish", "finishReason": said})
    assert result.finish_reason == expected


@pytest.mark.parametrize(
    ("kind", "status", "expected"),
    [
        ("authentication_error", 401, AuthenticationError),
        ("invalid_request_error", 400, BadRequestError),
        ("rate_limit_exceeded", 429, RateLimitError),
        ("model_not_found", 404, NotFoundError),
        ("not_found", 404, NotFoundError),
        ("forbidden", 403, PermissionDeniedError),
        ("internal_server_error", 500, ServerError),
        ("failed_dependency", 502, ServerError),
        ("nobody knows", None, ServerError),
    ],
)
async def test_errors(kind: str, status: int | None, expected: type[APIError]) -> None:
    error = {"message": "went wrong", "type": kind, "param": {"modelId": MODEL}}
    with pytest.raises(APIError) as inside:
        fold({"type": "error", "error": error})
    assert type(inside.value) is expected
    assert inside.value.status == status
    http = answered({"error": error, "generationId": "gen_1"}, status or 500)
    with pytest.raises(APIError) as raised:
        await create_gateway(api_key="k", http=http)(MODEL)(ask())
    assert type(raised.value) is expected
    assert raised.value.message == "went wrong [gen_1]"
    assert raised.value.type == kind


@pytest.mark.parametrize(
    ("error", "status", "words"),
    [
        ("plain words", None, "plain words"),
        ({"name": "AI_APICallError", "message": "too many", "statusCode": 429}, 429, "too many"),
        (7, None, "7"),
        (None, None, "null"),
    ],
)
def test_errors_of_a_stream_in_other_shapes(error: Any, status: int | None, words: str) -> None:
    with pytest.raises(APIError) as raised:
        fold({"type": "error", "error": error})
    assert (raised.value.status, raised.value.message) == (status, words)


@pytest.mark.parametrize(
    "event", [b"{", b"[]", b'{"type": 1}', b'{"type": "tool-call"}', b'{"type": "file", "data": 1}']
)
def test_events_that_cannot_be_understood(event: bytes) -> None:
    with pytest.raises(MalformedEventError):
        decoder().event(event)


@pytest.mark.parametrize("body", [None, [], {}, {"content": 1}, {"content": [1]}, {"content": [{"type": "file"}, 1]}])
def test_answers_that_are_none(body: Any) -> None:
    with pytest.raises(InvalidResponseError):
        decoder().whole(body)


def test_events_after_the_end_are_ignored() -> None:
    reader = decoder()
    parts_of(FINISH, reader=reader)
    assert reader.over
    assert parts_of({"type": "text-delta", "id": "0", "delta": "x"}, reader=reader) == []
    assert decoder().event(b"[DONE]") == []


@pytest.mark.parametrize(
    "odd", [[1], ["odd"], [{"type": {}}], [{"type": "other", "message": {"a": 1}}], {"a": 1}, "odd"]
)
async def test_odd_warnings_lose_no_answer(odd: Any) -> None:
    answer = {"embeddings": [[1.0]], "warnings": odd, "usage": {"tokens": 1}}
    gateway = create_gateway(api_key="k", http=ScriptedHTTP({"POST /v4/ai/embedding-model": Answer(answer)}))
    result = await gateway.embedding("m")(EmbeddingRequest(values=("a",)))
    assert result.embeddings == ((1.0,),)
    assert all(each.kind == "other" and isinstance(each.message, str) for each in result.warnings)
