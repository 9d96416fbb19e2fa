"""A body of the messages API becomes our request, and that request the same body again."""

from __future__ import annotations

from typing import Any

import pytest

from ai_sdk.errors import InvalidRequestError
from ai_sdk.messages import (
    AssistantMessage,
    FilePart,
    ReasoningPart,
    SystemMessage,
    TextPart,
    ToolCallPart,
    ToolMessage,
    ToolResultPart,
    UserMessage,
)
from ai_sdk.provider import parse_json, to_json
from ai_sdk.providers.anthropic import anthropic
from ai_sdk.providers.anthropic._inbound import request_of
from ai_sdk.providers.groq import groq
from ai_sdk.requests import JSONFormat, LanguageRequest, ProviderTool, SpecificTool, ToolDefinition

SONNET = "claude-sonnet-4-5"
MARK = {"type": "ephemeral"}
SCHEMA = {"type": "object", "properties": {"city": {"type": "string"}}, "additionalProperties": False}
ASK: dict[str, Any] = {"role": "user", "content": "Hi"}


def body_of(*messages: dict[str, Any], **fields: Any) -> dict[str, Any]:
    return {"model": SONNET, "max_tokens": 100, "messages": list(messages) or [ASK], **fields}


def again(body: dict[str, Any]) -> Any:
    """What encoding the request of a body gives."""
    encoded, warnings, _ = anthropic(body["model"]).encode(request_of(body))
    assert warnings == []
    return parse_json(to_json(encoded), "ours")


CALL = {"type": "tool_use", "id": "toolu_1", "name": "weather", "input": {"city": "Oslo"}}
SEARCH = {"type": "search_result", "source": "s", "title": "t", "content": [{"type": "text", "text": "found"}]}
RESULT = {"type": "tool_result", "tool_use_id": "toolu_1", "content": "4 degrees", "is_error": True}
PICTURE = {"type": "image", "source": {"type": "base64", "media_type": "image/png", "data": "aGk="}}
BODIES: dict[str, dict[str, Any]] = {
    "plain": body_of(),
    "settings": body_of(temperature=0.5, top_k=3, stop_sequences=["END"], stream=True, metadata={"user_id": "u"}),
    "thinking": body_of(thinking={"type": "enabled", "budget_tokens": 50}, system="Be brief."),
    "marked instructions": body_of(system=[{"type": "text", "text": "Be brief.", "cache_control": MARK}]),
    "format": body_of(output_config={"format": {"type": "json_schema", "schema": SCHEMA}, "effort": "low"}),
    "options": body_of(cache_control=MARK, mcp_servers=[{"type": "url", "url": "u", "name": "n"}], news=1),
    "tools": body_of(
        tools=[
            {"name": "weather", "description": "D", "input_schema": SCHEMA, "strict": True, "cache_control": MARK},
            {"type": "custom", "name": "time", "input_schema": {"type": "object"}},
            {"type": "web_search_20250305", "name": "web_search", "max_uses": 2, "user_location": None},
            {"type": "mcp_toolset", "mcp_server_name": "n"},
        ],
        tool_choice={"type": "tool", "name": "weather", "disable_parallel_tool_use": True},
    ),
    "no tools": body_of(tools=[{"name": "f", "input_schema": SCHEMA}], tool_choice={"type": "none"}),
    "a tool turn": body_of(
        ASK,
        {"role": "assistant", "content": [{"type": "text", "text": "I look."}, CALL]},
        {"role": "user", "content": [RESULT, {"type": "text", "text": "And now?"}]},
    ),
    "tool results of all kinds": body_of(
        ASK,
        {"role": "assistant", "content": [CALL]},
        {
            "role": "user",
            "content": [{**RESULT, "content": [{"type": "text", "text": "a"}, PICTURE, SEARCH], "cache_control": MARK}],
        },
    ),
    "files": body_of(
        {
            "role": "user",
            "content": [
                PICTURE,
                {"type": "image", "source": {"type": "url", "url": "https://e.org/a.png"}},
                {"type": "image", "source": {"type": "file", "file_id": "file_1"}},
                {"type": "document", "source": {"type": "base64", "media_type": "application/pdf", "data": "aGk="}},
                {"type": "document", "source": {"type": "url", "url": "https://e.org/a.pdf"}, "title": "T"},
                {
                    "type": "document",
                    "source": {"type": "text", "media_type": "text/plain", "data": "x"},
                    "citations": {"enabled": True},
                },
                {"type": "document", "source": {"type": "content", "content": [{"type": "text", "text": "x"}]}},
                {"type": "document", "source": {"type": "base64", "media_type": "application/pdf", "data": "cut..."}},
                {"type": "container_upload", "file_id": "file_2"},
                SEARCH,
            ],
        }
    ),
    "what the model said": body_of(
        ASK,
        {
            "role": "assistant",
            "content": [
                {"type": "thinking", "thinking": "hm", "signature": "s"},
                {"type": "redacted_thinking", "data": "d"},
                {"type": "server_tool_use", "id": "srvtoolu_1", "name": "web_search", "input": {"query": "q"}},
                {"type": "web_search_tool_result", "tool_use_id": "srvtoolu_1", "content": [{"url": "u"}]},
                {"type": "mcp_tool_use", "id": "mcptoolu_1", "name": "echo", "server_name": "n", "input": {}},
                {"type": "mcp_tool_result", "tool_use_id": "mcptoolu_1", "is_error": False, "content": "x"},
                {"type": "text", "text": "Yes", "citations": [{"type": "char_location"}]},
                {"type": "compaction", "content": "So far."},
            ],
        },
        ASK,
    ),
    "late instructions": {
        **body_of(
            ASK,
            {"role": "assistant", "content": "Yes?"},
            ASK,
            {"role": "system", "content": [{"type": "tool_addition", "tool": {"type": "tool_reference", "name": "f"}}]},
        ),
        "model": "claude-opus-4-8",
    },
}


@pytest.mark.parametrize("name", BODIES)
def test_a_body_comes_out_as_it_went_in(name: str) -> None:
    assert again(BODIES[name]) == BODIES[name]


def test_what_it_becomes() -> None:
    request = request_of(BODIES["tools"])
    assert request.tools == (
        ToolDefinition("weather", "D", SCHEMA, True, {"anthropic": {"cache_control": MARK}}),
        ToolDefinition("time", None, {"type": "object"}, None, {"anthropic": {"type": "custom"}}),
        ProviderTool("anthropic.web_search_20250305", {"max_uses": 2, "user_location": None}),
        ProviderTool("anthropic.mcp_toolset", {"mcp_server_name": "n"}),
    )
    assert request.tool_choice == SpecificTool("weather")
    assert request.provider_options == {"anthropic": {"disable_parallel_tool_use": True}}
    assert request.max_output_tokens == 100
    assert request_of(BODIES["format"]).response_format == JSONFormat(SCHEMA)


def test_what_the_messages_become() -> None:
    request = request_of(BODIES["a tool turn"])
    assert request.messages == (
        UserMessage((TextPart("Hi"),)),
        AssistantMessage((TextPart("I look."), ToolCallPart("toolu_1", "weather", '{"city":"Oslo"}'))),
        ToolMessage((ToolResultPart("toolu_1", "weather", "4 degrees", is_error=True),)),
        UserMessage((TextPart("And now?"),)),
    )
    (_, said, _) = request_of(BODIES["what the model said"]).messages
    assert isinstance(said, AssistantMessage)
    assert isinstance(said.content[0], ReasoningPart)
    assert [each.provider_executed for each in said.tool_calls] == [True, True]
    (files,) = request_of(BODIES["files"]).messages
    kinds = [(type(part), getattr(part, "filename", None)) for part in files.content if not isinstance(part, str)]
    assert kinds[4] == (FilePart, "T")
    assert files.content[9] == TextPart("found", {"anthropic": {"block": SEARCH}})
    assert request_of(body_of(system="S")).messages[0] == SystemMessage("S")


def test_another_provider_can_answer_it() -> None:
    encoded, _ = groq("llama-3.3-70b-versatile").encode(request_of(BODIES["a tool turn"]))
    assert [each["role"] for each in encoded["messages"]] == ["user", "assistant", "tool", "user"]


def test_the_older_word_for_a_format() -> None:
    body = body_of(output_format={"type": "json_schema", "schema": SCHEMA})
    assert again(body)["output_config"] == {"format": {"type": "json_schema", "schema": SCHEMA}}


@pytest.mark.parametrize(
    ("fields", "field"),
    [
        ({"messages": "Hi"}, "messages"),
        ({"messages": ["Hi"]}, "messages[0]"),
        ({"messages": [{"role": "robot", "content": "Hi"}]}, "messages[0].role"),
        ({"messages": [{"role": "user", "content": 7}]}, "messages[0].content"),
        ({"messages": [{"role": "user", "content": [{"type": "text"}]}]}, "messages[0].content[0].text"),
        (
            {"messages": [{"role": "assistant", "content": [{"type": "tool_use", "id": 1}]}]},
            "messages[0].content[0].id",
        ),
        ({"messages": [{"role": "user", "content": [{"type": "tool_result"}]}]}, "messages[0].content[0].tool_use_id"),
        ({"system": 7}, "system"),
        ({"tools": [{"name": "f"}]}, "tools[0].input_schema"),
        ({"tools": [{"input_schema": SCHEMA}]}, "tools[0].name"),
        ({"tools": 7}, "tools"),
        ({"tool_choice": {"type": "some"}}, "tool_choice.type"),
        ({"tool_choice": "auto"}, "tool_choice"),
        ({"output_config": 7}, "output_config"),
        ({"max_tokens": "many"}, "max_output_tokens"),
    ],
)
def test_a_body_that_is_none_names_its_field(fields: dict[str, Any], field: str) -> None:
    with pytest.raises(InvalidRequestError) as caught:
        request_of({**body_of(), **fields})
    assert caught.value.field == field


def test_the_request_is_a_plain_one() -> None:
    assert isinstance(request_of(body_of()), LanguageRequest)
    assert request_of({**body_of(), "stream": None, "tools": None}) == request_of(body_of())
