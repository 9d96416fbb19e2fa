"""From requests to Gemini's bodies: every setting, option, kind of content and warning."""

from __future__ import annotations

import json
from typing import Any

import pytest
from provider_kit import ask

from ai_sdk.errors import InvalidRequestError, UnsupportedError
from ai_sdk.messages import (
    FilePart,
    ReasoningPart,
    SourcePart,
    TextPart,
    ToolCallPart,
    ToolResultPart,
    assistant,
    system,
    tool_results,
    user,
)
from ai_sdk.provider import to_json
from ai_sdk.providers.google import create_google
from ai_sdk.providers.google._schema import to_json_schema, to_openapi
from ai_sdk.providers.google_vertex import create_google_vertex
from ai_sdk.requests import JSONFormat, LanguageRequest, ProviderTool, SpecificTool, ToolDefinition

NEW = "gemini-3-flash-preview"
OLD = "gemini-2.5-flash"
CITY = {"type": "object", "properties": {"city": {"type": "string"}}, "required": ["city"]}
WEATHER = ToolDefinition("weather", "The weather", CITY)
SEARCH = ProviderTool("google.google_search")
PNG = b"\x89PNG\r\n"
UNSIGNED = "c2tpcF90aG91Z2h0X3NpZ25hdHVyZV92YWxpZGF0b3I="


def encode(model_id: str = OLD, **fields: Any) -> tuple[Any, list[str]]:
    body, warnings = create_google()(model_id).encode(ask(**fields))
    return json.loads(to_json(body)), [warning.feature for warning in warnings]


def sent(*messages: Any, model_id: str = OLD) -> list[Any]:
    found: list[Any] = encode(model_id, messages=messages)[0]["contents"]
    return found


def signed(signature: str) -> dict[str, Any]:
    return {"google": {"thoughtSignature": signature}}


# ---- settings and options ----


def test_every_setting() -> None:
    body, warnings = encode(
        max_output_tokens=64,
        temperature=0.5,
        top_p=0.9,
        top_k=40,
        presence_penalty=0.1,
        frequency_penalty=0.2,
        stop=("END",),
        seed=7,
    )
    assert body["generationConfig"] == {
        "maxOutputTokens": 64,
        "temperature": 0.5,
        "topP": 0.9,
        "topK": 40,
        "presencePenalty": 0.1,
        "frequencyPenalty": 0.2,
        "stopSequences": ["END"],
        "seed": 7,
    }
    assert warnings == []


def test_a_plain_request_has_nothing_but_its_contents() -> None:
    assert encode()[0] == {"contents": [{"role": "user", "parts": [{"text": "Hi"}]}]}


def test_options_go_where_they_belong() -> None:
    options = {
        "responseModalities": ["TEXT", "IMAGE"],
        "thinkingConfig": {"thinkingBudget": 99},
        "generationConfig": {"candidateCount": 1},
        "cachedContent": "cachedContents/1",
        "safetySettings": [{"category": "HARM_CATEGORY_HATE_SPEECH", "threshold": "BLOCK_NONE"}],
        "labels": {"team": "a"},
        "serviceTier": "flex",
        "toolConfig": {"retrievalConfig": {"languageCode": "nb"}},
        "madeUp": True,
    }
    body, _ = encode(
        provider_options={"google": options}, reasoning="low", tools=(WEATHER,), tool_choice="auto", temperature=1
    )
    assert body["generationConfig"] == {
        "temperature": 1,
        "thinkingConfig": {"thinkingBudget": 99, "includeThoughts": True},
        "responseModalities": ["TEXT", "IMAGE"],
        "candidateCount": 1,
    }
    assert body["toolConfig"] == {
        "functionCallingConfig": {"mode": "AUTO"},
        "retrievalConfig": {"languageCode": "nb"},
    }
    for name in ("cachedContent", "safetySettings", "labels", "serviceTier", "madeUp"):
        assert body[name] == options[name]


def test_options_that_are_no_mapping_are_refused() -> None:
    with pytest.raises(InvalidRequestError, match="provider_options"):
        encode(provider_options={"google": "fast"})


def test_there_must_be_a_message() -> None:
    with pytest.raises(InvalidRequestError, match="messages is empty"):
        create_google()(OLD).encode(LanguageRequest(messages=()))


# ---- thinking ----


@pytest.mark.parametrize(
    ("model_id", "effort", "config", "warned"),
    [
        (NEW, "none", {"thinkingLevel": "MINIMAL", "includeThoughts": False}, True),
        (NEW, "minimal", {"thinkingLevel": "MINIMAL", "includeThoughts": True}, False),
        (NEW, "medium", {"thinkingLevel": "MEDIUM", "includeThoughts": True}, False),
        (NEW, "xhigh", {"thinkingLevel": "HIGH", "includeThoughts": True}, True),
        ("gemini-3-pro-preview", "minimal", {"thinkingLevel": "LOW", "includeThoughts": True}, True),
        ("gemini-3-pro-preview", "medium", {"thinkingLevel": "HIGH", "includeThoughts": True}, True),
        ("gemini-3.1-pro-preview", "medium", {"thinkingLevel": "MEDIUM", "includeThoughts": True}, False),
        ("gemini-flash-latest", "low", {"thinkingLevel": "LOW", "includeThoughts": True}, False),
        (OLD, "none", {"thinkingBudget": 0, "includeThoughts": False}, False),
        (OLD, "low", {"thinkingBudget": 2048, "includeThoughts": True}, False),
        (OLD, "xhigh", {"thinkingBudget": 24576, "includeThoughts": True}, False),
        ("gemini-2.5-pro", "none", {"thinkingBudget": 128, "includeThoughts": False}, True),
        ("gemini-2.5-pro", "xhigh", {"thinkingBudget": 32768, "includeThoughts": True}, False),
        ("models/gemini-2.5-flash", "high", {"thinkingBudget": 24576, "includeThoughts": True}, False),
    ],
)
def test_effort_by_generation(model_id: str, effort: str, config: dict[str, Any], warned: bool) -> None:
    body, warnings = encode(model_id, reasoning=effort)
    assert body["generationConfig"]["thinkingConfig"] == config
    assert warnings == (["reasoning"] if warned else [])


@pytest.mark.parametrize(
    "model_id", ["gemini-2.0-flash", "gemma-3-27b-it", "gemini-2.5-flash-image", "gemini-2.5-flash-preview-tts"]
)
def test_models_that_do_not_think(model_id: str) -> None:
    body, warnings = encode(model_id, reasoning="high")
    assert "generationConfig" not in body
    assert warnings == ["reasoning"]


# ---- messages ----


def test_instructions_go_to_the_top() -> None:
    body, warnings = encode(messages=(system("Be brief."), user("Hi"), system("In English."), user("Go on")))
    assert body["systemInstruction"] == {"parts": [{"text": "Be brief."}, {"text": "In English."}]}
    assert [each["role"] for each in body["contents"]] == ["user", "user"]
    assert warnings == ["system"]


def test_gemma_gets_instructions_in_the_first_message() -> None:
    body, _ = encode("gemma-3-27b-it", messages=(system("Be brief."), user("Hi")))
    assert body == {"contents": [{"role": "user", "parts": [{"text": "Be brief.\n\n"}, {"text": "Hi"}]}]}
    alone, _ = encode("gemma-3-27b-it", messages=(system("Be brief."),))
    assert alone == {"contents": [{"role": "user", "parts": [{"text": "Be brief."}]}]}


def test_files_as_bytes_and_as_urls() -> None:
    uploaded = "https://generativelanguage.googleapis.com/v1beta/files/abc"
    content = sent(
        user(
            "Look",
            FilePart(data=PNG, media_type="image/*"),
            FilePart(data=b"%PDF", media_type="application/pdf"),
            FilePart(url="https://example.com/a.jpg", media_type="image/jpeg"),
            FilePart(url=uploaded, media_type="image/*"),
        )
    )[0]["parts"]
    assert content[1:] == [
        {"inlineData": {"mimeType": "image/png", "data": "iVBORw0K"}},
        {"inlineData": {"mimeType": "application/pdf", "data": "JVBERg=="}},
        {"fileData": {"fileUri": "https://example.com/a.jpg", "mimeType": "image/jpeg"}},
        {"fileData": {"fileUri": uploaded}},
    ]


@pytest.mark.parametrize("url", ["https://youtu.be/abc", "https://www.youtube.com/watch?v=abc", "gs://bucket/a.mp4"])
def test_urls_that_every_model_fetches(url: str) -> None:
    parts = sent(user(FilePart(url=url, media_type="video/mp4")), model_id="gemini-2.0-flash")[0]["parts"]
    assert parts == [{"fileData": {"fileUri": url, "mimeType": "video/mp4"}}]


def test_other_urls_are_for_later_models_and_for_google_cloud() -> None:
    picture = user(FilePart(url="https://example.com/a.png", media_type="image/png"))
    with pytest.raises(UnsupportedError, match="download https://example.com/a.png first"):
        sent(picture, model_id="gemini-2.0-flash")
    body, _ = create_google_vertex().gemini("gemini-2.0-flash").encode(ask(messages=(picture,)))
    assert "fileData" in body["contents"][0]["parts"][0]


def test_options_of_messages_and_parts_are_written_as_they_are() -> None:
    clip = FilePart(data=b"x", media_type="video/mp4", provider_metadata={"google": {"videoMetadata": {"fps": 1}}})
    content = sent(user(clip, google={"more": 1}))[0]
    assert content["parts"][0]["videoMetadata"] == {"fps": 1}
    assert content["more"] == 1


def test_signatures_go_back_with_their_parts() -> None:
    said = assistant(
        ReasoningPart("Hm.", {"google": {"thought": True}}),
        TextPart("So", signed("c2ln")),
        TextPart("", signed("ZW1wdHk=")),
        ToolCallPart("c1", "weather", '{"city":"Oslo"}', provider_metadata=signed("Y2FsbA==")),
        ToolCallPart("c2", "weather", ""),
        FilePart(data=PNG, media_type="image/png", provider_metadata=signed("ZmlsZQ==")),
        SourcePart("s1", "https://example.com"),
    )
    assert sent(user("Hi"), said)[1] == {
        "role": "model",
        "parts": [
            {"text": "Hm.", "thought": True},
            {"text": "So", "thoughtSignature": "c2ln"},
            {"text": "", "thoughtSignature": "ZW1wdHk="},
            {
                "functionCall": {"id": "c1", "name": "weather", "args": {"city": "Oslo"}},
                "thoughtSignature": "Y2FsbA==",
            },
            {"functionCall": {"id": "c2", "name": "weather", "args": {}}},
            {"inlineData": {"mimeType": "image/png", "data": "iVBORw0K"}, "thoughtSignature": "ZmlsZQ=="},
        ],
    }


def test_what_another_provider_signed_is_left_out_and_its_calls_are_marked_for_gemini_3() -> None:
    said = assistant(
        ReasoningPart("Hm.", {"anthropic": {"signature": "abc"}}),
        TextPart("So", {"openai": {"id": "msg"}}),
        TextPart(""),
        ToolCallPart("c1", "weather", "{}"),
        ToolCallPart("c2", "weather", "{}"),
        ToolCallPart("ws", "web_search", "{}", provider_executed=True),
        ToolResultPart("ws", "web_search", "found", provider_executed=True),
    )
    calls: list[Any] = [{"functionCall": {"id": each, "name": "weather", "args": {}}} for each in ("c1", "c2")]
    assert sent(user("Hi"), said)[1]["parts"] == [{"text": "So"}, *calls]
    marked = sent(user("Hi"), said, model_id=NEW)[1]["parts"]
    assert marked == [{"text": "So"}, {**calls[0], "thoughtSignature": UNSIGNED}, calls[1]]
    assert sent(user("Hi"), assistant(TextPart(""))) == sent(user("Hi"))


def test_signatures_of_one_google_house_count_in_the_other() -> None:
    said = assistant(TextPart("So", signed("c2ln")))
    body, _ = create_google_vertex().gemini(NEW).encode(ask(messages=(user("Hi"), said)))
    assert body["contents"][1]["parts"] == [{"text": "So", "thoughtSignature": "c2ln"}]


def test_googles_own_tools_go_back_as_they_came() -> None:
    code = {"google": {"kind": "executableCode", "thoughtSignature": "c2ln"}}
    call = {"google": {"kind": "toolCall", "toolType": "FILE_SEARCH"}}
    said = assistant(
        ToolCallPart("x1", "code_execution", '{"language":"PYTHON","code":"1"}', True, code),
        ToolResultPart(
            "x1",
            "code_execution",
            {"outcome": "OUTCOME_OK", "output": "1"},
            provider_executed=True,
            provider_metadata={"google": {"kind": "codeExecutionResult"}},
        ),
        ToolCallPart("call_0", "file_search", "{}", True, call),
        ToolResultPart(
            "call_0",
            "file_search",
            {},
            provider_executed=True,
            provider_metadata={"google": {"kind": "toolResponse", "toolType": "FILE_SEARCH"}},
        ),
    )
    assert sent(user("Hi"), said)[1]["parts"] == [
        {"executableCode": {"id": "x1", "language": "PYTHON", "code": "1"}, "thoughtSignature": "c2ln"},
        {"codeExecutionResult": {"id": "x1", "outcome": "OUTCOME_OK", "output": "1"}},
        {"toolCall": {"toolType": "FILE_SEARCH"}},
        {"toolResponse": {"toolType": "FILE_SEARCH"}},
    ]


def test_results_of_tools() -> None:
    results = (
        ToolResultPart("a", "f", "rain"),
        ToolResultPart("b", "f", {"sky": "grey"}),
        ToolResultPart("c", "f", [1, 2]),
        ToolResultPart("d", "f", "it broke", is_error=True),
    )
    parts = sent(user("Hi"), tool_results(*results[:2]), tool_results(*results[2:]))[1]["parts"]
    assert [each["functionResponse"] for each in parts] == [
        {"id": "a", "name": "f", "response": {"output": "rain"}},
        {"id": "b", "name": "f", "response": {"sky": "grey"}},
        {"id": "c", "name": "f", "response": {"output": [1, 2]}},
        {"id": "d", "name": "f", "response": {"error": "it broke"}},
    ]


def test_files_in_results_of_tools() -> None:
    result = ToolResultPart(
        "a",
        "f",
        (TextPart("Two"), FilePart(data=PNG, media_type="image/png"), FilePart(data=b"m", media_type="audio/mpeg")),
    )
    new, warned = encode(NEW, messages=(user("Hi"), tool_results(result)))
    picture = {"inlineData": {"mimeType": "image/png", "data": "iVBORw0K"}}
    sound = {"inlineData": {"mimeType": "audio/mpeg", "data": "bQ=="}}
    answer = {"id": "a", "name": "f", "response": {"output": "Two"}}
    assert new["contents"][1]["parts"] == [{"functionResponse": {**answer, "parts": [picture]}}, sound]
    old, _ = encode(OLD, messages=(user("Hi"), tool_results(result)))
    assert old["contents"][1]["parts"] == [{"functionResponse": answer}, picture, sound]
    assert warned == ["files in tool results"]


def test_arguments_that_are_no_object_are_made_one() -> None:
    said = assistant(ToolCallPart("a", "f", "not json"), ToolCallPart("b", "f", "[1]"))
    parts = sent(user("Hi"), said)[1]["parts"]
    assert [each["functionCall"]["args"] for each in parts] == [{"input": "not json"}, {"input": [1]}]


# ---- tools ----


def test_functions_and_how_they_are_chosen() -> None:
    now = ToolDefinition("now")
    body, _ = encode(tools=(WEATHER, now))
    assert body["tools"] == [
        {
            "functionDeclarations": [
                {"name": "weather", "description": "The weather", "parametersJsonSchema": CITY},
                {"name": "now", "description": ""},
            ]
        }
    ]
    assert "toolConfig" not in body
    modes = {"auto": "AUTO", "none": "NONE", "required": "ANY"}
    for choice, mode in modes.items():
        assert encode(tools=(WEATHER,), tool_choice=choice)[0]["toolConfig"]["functionCallingConfig"] == {"mode": mode}
    named, _ = encode(tools=(WEATHER, now), tool_choice=SpecificTool("now"))
    assert named["toolConfig"]["functionCallingConfig"] == {"mode": "ANY", "allowedFunctionNames": ["now"]}
    strict, _ = encode(tools=(ToolDefinition("weather", None, CITY, strict=True),))
    assert strict["toolConfig"]["functionCallingConfig"] == {"mode": "VALIDATED"}


def test_a_choice_must_be_offered() -> None:
    with pytest.raises(InvalidRequestError, match="'rain', which is not among the tools: weather"):
        encode(tools=(WEATHER,), tool_choice=SpecificTool("rain"))


def test_tools_that_google_runs() -> None:
    tools = (
        SEARCH,
        ProviderTool("google.url_context"),
        ProviderTool("google.file_search", {"fileSearchStoreNames": ["fileSearchStores/a"]}),
        ProviderTool("google.vertex_rag_store", {"ragResources": []}),
        ProviderTool("google.mcp_servers", {"servers": [{"name": "a"}]}),
        ProviderTool("google.made_up"),
        ProviderTool("openai.web_search"),
    )
    body, warnings = encode(NEW, tools=tools)
    assert body["tools"] == [
        {"googleSearch": {}},
        {"urlContext": {}},
        {"fileSearch": {"fileSearchStoreNames": ["fileSearchStores/a"]}},
        {"retrieval": {"vertexRagStore": {"ragResources": []}}},
        {"mcpServers": [{"name": "a"}]},
    ]
    assert body["toolConfig"] == {"includeServerSideToolInvocations": True}
    assert warnings == ["google.made_up", "openai.web_search"]


def test_only_gemini_3_mixes_functions_with_tools_of_google() -> None:
    mixed, warnings = encode(NEW, tools=(WEATHER, SEARCH))
    assert [list(each) for each in mixed["tools"]] == [["functionDeclarations"], ["googleSearch"]]
    assert warnings == []
    alone, warnings = encode(OLD, tools=(WEATHER, SEARCH))
    assert [list(each) for each in alone["tools"]] == [["functionDeclarations"]]
    assert warnings == ["google.google_search"]


def test_google_cloud_does_not_tell_of_its_tools() -> None:
    body, warnings = (
        create_google_vertex().gemini(NEW).encode(ask(tools=(ProviderTool("google_vertex.google_search"),)))
    )
    assert body["tools"] == [{"googleSearch": {}}]
    assert "toolConfig" not in body
    assert warnings == []


# ---- JSON ----


def test_json_of_a_schema() -> None:
    body, _ = encode(response_format=JSONFormat(CITY))
    assert body["generationConfig"] == {"responseMimeType": "application/json", "responseJsonSchema": CITY}
    assert encode(response_format=JSONFormat())[0]["generationConfig"] == {"responseMimeType": "application/json"}
    old, _ = encode("gemini-1.5-flash", response_format=JSONFormat(CITY))
    assert old["generationConfig"]["responseSchema"] == to_openapi(CITY)


def test_gemma_has_no_json_format() -> None:
    body, warnings = encode("gemma-3-27b-it", response_format=JSONFormat(CITY))
    assert "generationConfig" not in body
    assert warnings == ["response_format"]
    assert create_google()("gemma-3-27b-it").structured_output == "tool"
    assert create_google()(OLD).structured_output == "json_schema"


def test_json_beside_functions_takes_a_function_before_gemini_3() -> None:
    body, warnings = encode(OLD, tools=(WEATHER,), response_format=JSONFormat(CITY))
    assert [each["name"] for each in body["tools"][0]["functionDeclarations"]] == ["weather", "json"]
    assert body["toolConfig"]["functionCallingConfig"] == {"mode": "ANY"}
    assert "generationConfig" not in body
    assert warnings == []
    new, _ = encode(NEW, tools=(WEATHER,), response_format=JSONFormat(CITY))
    assert new["generationConfig"]["responseMimeType"] == "application/json"
    beside, warnings = encode(OLD, tools=(SEARCH,), response_format=JSONFormat(CITY))
    assert "generationConfig" not in beside
    assert warnings == ["response_format"]


def test_json_schema_in_the_words_of_the_vendor() -> None:
    schema = {
        "$schema": "x",
        "type": "object",
        "properties": {
            "kind": {"const": "cat"},
            "age": {"type": "integer", "exclusiveMinimum": 0, "exclusiveMaximum": 40},
            "weight": {"type": "number", "exclusiveMinimum": 0},
            "names": {"type": "array", "items": {"const": 1}},
            "const": {"type": "string", "examples": ["a"]},
        },
        "anyOf": [{"const": None}, True],
    }
    assert to_json_schema(schema) == {
        "type": "object",
        "properties": {
            "kind": {"enum": ["cat"], "type": "string"},
            "age": {"type": "integer", "minimum": 1, "maximum": 39},
            "weight": {"type": "number", "minimum": 0},
            "names": {"type": "array", "items": {"enum": [1], "type": "integer"}},
            "const": {"type": "string"},
        },
        "anyOf": [{"enum": [None], "type": "null"}, True],
    }


@pytest.mark.parametrize(
    ("schema", "expected"),
    [
        ({"type": "string"}, {"type": "STRING"}),
        ({"type": ["string", "null"]}, {"type": "STRING", "nullable": True}),
        ({"type": ["string", "integer"]}, {"anyOf": [{"type": "STRING"}, {"type": "INTEGER"}]}),
        ({"anyOf": [{"type": "string"}, {"type": "null"}]}, {"type": "STRING", "nullable": True}),
        ({"oneOf": [{"type": "string"}, {"type": "number"}]}, {"anyOf": [{"type": "STRING"}, {"type": "NUMBER"}]}),
        ({"enum": ["a", "b"]}, {"type": "STRING", "format": "enum", "enum": ["a", "b"]}),
        ({"type": "array", "prefixItems": [{"type": "string"}]}, {"type": "ARRAY", "items": {"type": "STRING"}}),
        ({"type": "array"}, {"type": "ARRAY", "items": {"type": "STRING"}}),
        (
            {"allOf": [{"type": "object", "properties": {"a": {"type": "string"}}}, {"required": ["a", "b"]}]},
            {"type": "OBJECT", "properties": {"a": {"type": "STRING"}}, "required": ["a"]},
        ),
        (
            {
                "$ref": "#/$defs/Node",
                "$defs": {"Node": {"type": "object", "properties": {"next": {"$ref": "#/$defs/Node", "title": "N"}}}},
            },
            {"type": "OBJECT", "properties": {"next": {"type": "OBJECT", "title": "N"}}},
        ),
        ({"type": "object", "additionalProperties": {"type": "string"}}, {"type": "OBJECT"}),
    ],
)
def test_the_openapi_dialect(schema: dict[str, Any], expected: dict[str, Any]) -> None:
    assert to_openapi(schema) == expected
