"""A body of the Responses API is read into a request, which encodes to the same body."""

from __future__ import annotations

from typing import Any

import pytest
from responses_kit import ours

from ai_sdk.errors import InvalidRequestError
from ai_sdk.messages import (
    AssistantMessage,
    FilePart,
    ReasoningPart,
    SystemMessage,
    TextPart,
    ToolCallPart,
    ToolMessage,
    UserMessage,
)
from ai_sdk.provider import parse_json, to_json
from ai_sdk.providers.openai import openai
from ai_sdk.providers.openai._responses_inbound import request_of
from ai_sdk.requests import JSONFormat, ProviderTool, SpecificTool, ToolDefinition

FUNCTION: dict[str, Any] = {
    "type": "function",
    "name": "weather",
    "description": "The weather",
    "parameters": {"type": "object", "properties": {}},
    "strict": True,
    "defer_loading": True,
}


def again(body: dict[str, Any]) -> Any:
    """The body of the request that a body asks for."""
    encoded, warnings = openai.responses(str(body["model"])).encode(request_of(body))
    assert warnings == []
    return parse_json(to_json(encoded), "ours")


def test_a_string_is_a_message_of_the_user() -> None:
    request = request_of({"model": "gpt-4o", "input": "Hi"})
    assert request.messages == (UserMessage((TextPart("Hi"),)),)
    assert not request.stream
    assert request.provider_options == {}


def test_settings_have_fields_and_the_rest_are_options() -> None:
    body: dict[str, Any] = {
        "model": "gpt-5",
        "input": [{"role": "user", "content": "Hi"}],
        "instructions": "Be brief",
        "max_output_tokens": 9,
        "reasoning": {"effort": "low", "summary": "auto"},
        "text": {"verbosity": "low", "format": {"type": "json_schema", "name": "n", "schema": {}, "strict": False}},
        "tools": [FUNCTION, {"type": "mcp", "server_label": "wiki"}],
        "tool_choice": {"type": "function", "name": "weather"},
        "stream": True,
        "store": False,
        "include": ["reasoning.encrypted_content"],
        "metadata": {"a": "b"},
    }
    request = request_of(body)
    assert request.max_output_tokens == 9
    assert request.reasoning == "low"
    assert request.response_format == JSONFormat({}, "n", None, False)
    assert request.tools == (
        ToolDefinition(
            "weather",
            "The weather",
            {"type": "object", "properties": {}},
            True,
            {"openai": {"defer_loading": True}},
        ),
        ProviderTool("openai.mcp", {"server_label": "wiki"}),
    )
    assert request.tool_choice == SpecificTool("weather")
    assert request.stream
    assert request.messages[0] == SystemMessage("Be brief", {"openai": {"instructions": True}})
    assert request.provider_options["openai"]["metadata"] == {"a": "b"}
    assert again(body) == body


@pytest.mark.parametrize("choice", ["auto", "none", "required", {"type": "allowed_tools", "mode": "auto", "tools": []}])
def test_choices(choice: Any) -> None:
    body: dict[str, Any] = {
        "model": "gpt-4o",
        "input": [{"role": "user", "content": "Hi"}],
        "tools": [FUNCTION],
        "tool_choice": choice,
    }
    assert again(body) == body


@pytest.mark.parametrize(
    ("format_", "expected"), [({"type": "text"}, None), ({"type": "json_object"}, JSONFormat()), (None, None)]
)
def test_formats(format_: Any, expected: Any) -> None:
    assert request_of({"input": "Hi", "text": {"format": format_}}).response_format == expected


def test_a_conversation() -> None:
    call = {"type": "function_call", "id": "fc_1", "call_id": "call_1", "name": "weather", "arguments": "{}"}
    shell = {"type": "shell_call", "id": "sh_1", "call_id": "call_2", "action": {"commands": ["ls"]}}
    search: dict[str, Any] = {"type": "tool_search_call", "id": "ts_1", "execution": "server", "arguments": {}}
    found: dict[str, Any] = {"type": "tool_search_output", "id": "to_1", "execution": "server", "tools": []}
    items: list[dict[str, Any]] = [
        {"role": "developer", "content": "Be brief"},
        {"role": "user", "content": "Hi"},
        {"type": "reasoning", "id": "rs_1", "summary": [], "encrypted_content": "x"},
        {
            "type": "message",
            "id": "msg_1",
            "role": "assistant",
            "content": [{"type": "output_text", "text": "Looking."}],
            "phase": "commentary",
        },
        call,
        shell,
        search,
        found,
        {"type": "function_call_output", "call_id": "call_1", "output": [{"type": "input_text", "text": "rain"}]},
        {"type": "shell_call_output", "call_id": "call_2", "output": [], "max_output_length": 9},
        {"type": "item_reference", "id": "msg_0"},
        {"type": "mcp_approval_response", "approval_request_id": "mcpr_1", "approve": True},
        {"type": "custom_tool_call_output", "call_id": "call_9", "output": "27"},
        {"role": "user", "content": "And now?"},
    ]
    body: dict[str, Any] = {"model": "gpt-5", "input": items}
    request = request_of(body)
    assert [message.role for message in request.messages] == [
        "system",
        "user",
        "assistant",
        "tool",
        "assistant",
        "tool",
        "user",
    ]
    said, results = request.messages[2], request.messages[3]
    assert isinstance(said, AssistantMessage)
    assert [type(part) for part in said.content[:3]] == [ReasoningPart, TextPart, ToolCallPart]
    assert ours(said.content[0]) == {"id": "rs_1", "encrypted_content": "x"}
    assert isinstance(results, ToolMessage)
    assert [(part.id, part.name) for part in results.content] == [("call_1", "weather"), ("call_2", "shell")]
    assert again(body) == body


def test_files() -> None:
    content: list[dict[str, Any]] = [
        {"type": "input_text", "text": "Look"},
        {"type": "input_image", "image_url": "https://x.test/a.png", "detail": "low"},
        {"type": "input_image", "image_url": "data:image/png;base64,cG5n"},
        {"type": "input_image", "file_id": "file-1"},
        {"type": "input_file", "filename": "a.pdf", "file_data": "data:application/pdf;base64,cG5n"},
        {"type": "input_file", "file_url": "https://x.test/a"},
        {"type": "input_file", "file_id": "odd"},
    ]
    body: dict[str, Any] = {"model": "gpt-4o", "input": [{"role": "user", "content": content}]}
    (message,) = request_of(body).messages
    kinds = [part.media_type for part in message.content if isinstance(part, FilePart)]
    assert kinds == ["image/png", "image/png", "image/*", "application/pdf", "application/pdf", "application/pdf"]
    assert again(body) == body


def test_a_file_as_bare_base64() -> None:
    content: list[dict[str, Any]] = [{"type": "input_file", "filename": "a.txt", "file_data": "cG5n"}]
    (message,) = request_of({"input": [{"role": "user", "content": content}]}).messages
    assert message.content == (FilePart(data=b"png", media_type="text/plain", filename="a.txt"),)


def test_a_function_in_the_words_of_the_chat_api() -> None:
    body: dict[str, Any] = {
        "input": "Hi",
        "tools": [{"type": "function", "function": {"name": "weather", "parameters": {"a": 1}}}],
    }
    assert request_of(body).tools == (ToolDefinition("weather", None, {"a": 1}),)


def test_a_request_that_goes_on_from_a_stored_one_needs_no_input() -> None:
    assert request_of({"previous_response_id": "resp_1"}).messages == ()


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({}, "input"),
        ({"input": []}, "input"),
        ({"input": 7}, "input"),
        ({"input": [7]}, "input[0]"),
        ({"input": [{"role": "user", "content": [{"type": "input_video"}]}]}, "input[0].content[0]"),
        ({"input": [{"role": "user", "content": [{"type": "input_image"}]}]}, "input[0].content[0]"),
        ({"input": [{"role": "user", "content": [{"type": "input_file", "file_data": "?"}]}]}, "input[0].content[0]"),
        ({"input": [{"type": "function_call", "arguments": "{}"}]}, "input"),
        ({"input": "Hi", "tools": [7]}, "tools[0]"),
        ({"input": "Hi", "tools": [{"type": "function"}]}, "tools[0].name"),
        ({"input": "Hi", "tool_choice": 7}, "tool_choice"),
        ({"input": "Hi", "max_output_tokens": "9"}, "max_output_tokens"),
        ({"input": "Hi", "text": {"format": 7}}, "text.format"),
    ],
)
def test_what_is_no_such_body_is_refused_by_its_field(body: dict[str, Any], field: str) -> None:
    with pytest.raises(InvalidRequestError) as caught:
        request_of(body)
    assert caught.value.field == field
