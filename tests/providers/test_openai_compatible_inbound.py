"""The body of a chat request, read into our request, and what it must not be."""

from __future__ import annotations

import base64
from typing import Any

import pytest

from ai_sdk._frozen import FrozenDict
from ai_sdk.errors import InvalidRequestError, UnsupportedError
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
    assistant,
    tool_results,
    user,
)
from ai_sdk.providers.openai_compatible import create_openai_compatible
from ai_sdk.providers.openai_compatible._inbound import request_of
from ai_sdk.requests import JSONFormat, LanguageRequest, ProviderTool, SpecificTool, ToolDefinition

ASK: list[dict[str, Any]] = [{"role": "user", "content": "Hi"}]
PIXEL = base64.b64encode(b"\x89PNG").decode()


def read(**body: Any) -> LanguageRequest:
    return request_of({"model": "some-model", "messages": ASK, **body})


def say(*messages: dict[str, Any]) -> tuple[Any, ...]:
    return request_of({"messages": list(messages)}).messages


def written(request: LanguageRequest) -> dict[str, Any]:
    made = create_openai_compatible(name="openai", base_url="http://lab.invalid", structured_output="json_schema")
    body, warnings = made("some-model").encode(request)
    assert not warnings
    return body


def own(**options: Any) -> dict[str, Any]:
    return {"openai": options}


def test_settings() -> None:
    request = read(
        max_tokens=7,
        temperature=0,
        top_p=0.5,
        presence_penalty=1.5,
        frequency_penalty=-1,
        stop="end",
        seed=3,
        reasoning_effort="low",
        stream=True,
        stream_options={"include_usage": True},
    )
    assert request == LanguageRequest(
        messages=(user("Hi"),),
        max_output_tokens=7,
        temperature=0,
        top_p=0.5,
        presence_penalty=1.5,
        frequency_penalty=-1,
        stop=("end",),
        seed=3,
        reasoning="low",
        stream=True,
    )


def test_null_is_as_good_as_absent() -> None:
    assert read(temperature=None, tools=None, stop=None, stream=None, store=None) == read()


def test_either_name_of_the_token_limit() -> None:
    assert read(max_completion_tokens=9).max_output_tokens == 9


def test_what_our_request_has_no_field_for_stays_with_the_provider() -> None:
    body = {"messages": ASK, "logit_bias": {"50256": -100}, "reasoning_effort": "extreme", "n": 2}
    expected = {"lab": {"logit_bias": {"50256": -100}, "reasoning_effort": "extreme", "n": 2}}
    assert request_of(body, "lab").provider_options == expected


def test_tools_and_choices() -> None:
    schema = {"type": "object", "properties": {"city": {"type": "string"}}}
    function = {"name": "weather", "description": "The weather.", "parameters": schema, "strict": True}
    tools = [{"type": "function", "function": function, "cache_control": {"type": "ephemeral"}}]
    request = read(tools=[*tools, {"type": "browser_search", "depth": 1}], tool_choice="required")
    assert request.tools == (
        ToolDefinition("weather", "The weather.", schema, True, own(cache_control={"type": "ephemeral"})),
        ProviderTool("openai.browser_search", {"depth": 1}),
    )
    assert request.tool_choice == "required"
    named = read(tools=tools, tool_choice={"type": "function", "function": {"name": "weather"}})
    assert named.tool_choice == SpecificTool("weather")
    assert written(named)["tools"] == tools


def test_a_choice_of_the_vendor_stays_with_it() -> None:
    choice = {"type": "allowed_tools", "allowed_tools": {"mode": "auto"}}
    assert read(tool_choice=choice).provider_options == own(tool_choice=choice)


def test_a_tool_without_parameters_takes_none() -> None:
    assert read(tools=[{"type": "function", "function": {"name": "now"}}]).tools == (ToolDefinition("now"),)


def test_the_older_functions() -> None:
    request = request_of(
        {
            "messages": [
                *ASK,
                {"role": "assistant", "content": None, "function_call": {"name": "now", "arguments": "{}"}},
                {"role": "function", "name": "now", "content": "noon"},
            ],
            "functions": [{"name": "now"}],
            "function_call": {"name": "now"},
        }
    )
    assert request.tools == (ToolDefinition("now"),)
    assert request.tool_choice == SpecificTool("now")
    assert request.messages[1:] == (
        assistant(ToolCallPart("call_0", "now", "{}")),
        tool_results(ToolResultPart("call_0", "now", "noon")),
    )


@pytest.mark.parametrize(
    ("wire", "expected"),
    [
        ({"type": "text"}, None),
        ({"type": "json_object"}, JSONFormat()),
        (
            {"type": "json_schema", "json_schema": {"name": "one", "schema": {"type": "object"}, "strict": True}},
            JSONFormat({"type": "object"}, "one", None, True),
        ),
        ({"type": "json_schema", "json_schema": {"name": "one"}}, JSONFormat(None, "one", None, False)),
    ],
)
def test_formats(wire: dict[str, Any], expected: JSONFormat | None) -> None:
    request = read(response_format=wire)
    assert request.response_format == expected
    assert not request.provider_options


def test_a_format_of_the_vendor_stays_with_it() -> None:
    assert read(response_format={"type": "grammar"}).provider_options == own(response_format={"type": "grammar"})


def test_instructions() -> None:
    marked = [{"type": "text", "text": "Be kind.", "cache_control": {"type": "ephemeral"}}]
    assert say(
        {"role": "system", "content": "Be brief."},
        {"role": "developer", "content": [{"type": "text", "text": "a"}, {"type": "text", "text": "b"}]},
        {"role": "system", "content": marked, "name": "house"},
    ) == (
        SystemMessage("Be brief."),
        SystemMessage("a\nb", own(role="developer")),
        SystemMessage("Be kind.", own(content=marked, name="house")),
    )


def test_what_a_user_says() -> None:
    (message,) = say(
        {
            "role": "user",
            "name": "Ann",
            "content": [
                {"type": "text", "text": "Look", "cache_control": {"type": "ephemeral"}},
                {"type": "image_url", "image_url": {"url": f"data:image/png;base64,{PIXEL}", "detail": "low"}},
                {"type": "image_url", "image_url": "https://example.com/cat.jpg"},
                {"type": "image_url", "image_url": {"url": "https://example.com/show?id=1"}},
                {"type": "input_audio", "input_audio": {"data": PIXEL, "format": "mp3"}},
                {"type": "video_url", "video_url": {"url": "https://example.com/film.mp4"}},
                {"type": "file", "file": {"file_data": f"data:application/pdf;base64,{PIXEL}", "filename": "a.pdf"}},
                {"type": "file", "file": {"file_data": PIXEL}},
            ],
        }
    )
    picture = b"\x89PNG"
    assert message == UserMessage(
        (
            TextPart("Look", own(cache_control={"type": "ephemeral"})),
            FilePart(picture, None, "image/png", None, own(detail="low")),
            FilePart(url="https://example.com/cat.jpg", media_type="image/jpeg"),
            FilePart(url="https://example.com/show?id=1", media_type="image/*"),
            FilePart(picture, media_type="audio/mpeg"),
            FilePart(url="https://example.com/film.mp4", media_type="video/mp4"),
            FilePart(picture, media_type="application/pdf", filename="a.pdf"),
            FilePart(picture, media_type="application/pdf"),
        ),
        "Ann",
    )


def test_what_the_model_said() -> None:
    call = {"id": "c1", "type": "function", "function": {"name": "f", "arguments": '{"a":1}'}}
    custom = {"id": "c2", "type": "custom", "custom": {"name": "g", "input": "x"}}
    (message,) = say(
        {
            "role": "assistant",
            "reasoning_content": "Hm.",
            "content": [{"type": "text", "text": "Yes"}, {"type": "refusal", "refusal": "No"}],
            "audio": {"id": "a1"},
            "tool_calls": [{**call, "extra_content": {"google": {}}}, custom],
        }
    )
    assert message == AssistantMessage(
        (
            ReasoningPart("Hm."),
            TextPart("Yes"),
            TextPart("No", own(refusal=True)),
            ToolCallPart("c1", "f", '{"a":1}', provider_metadata=own(extra_content={"google": {}})),
            ToolCallPart("c2", "g", "x", provider_metadata=own(type="custom")),
        ),
        own(audio={"id": "a1"}),
    )


def test_results_of_one_turn_are_one_message_and_know_their_tools() -> None:
    calls = [{"id": each, "type": "function", "function": {"name": f"f{each}", "arguments": ""}} for each in "ab"]
    messages = say(
        {"role": "assistant", "content": "", "tool_calls": calls},
        {"role": "tool", "tool_call_id": "b", "content": "two"},
        {"role": "tool", "tool_call_id": "a", "content": [{"type": "text", "text": "one"}]},
        {"role": "tool", "tool_call_id": "lost", "content": None, "name": "f"},
    )
    assert messages[1:] == (
        ToolMessage(
            (ToolResultPart("b", "fb", "two"), ToolResultPart("a", "fa", "one"), ToolResultPart("lost", "f", ""))
        ),
    )


def test_results_without_ids_answer_in_order() -> None:
    calls = [{"type": "function", "function": {"name": "f", "arguments": "{}"}}] * 2
    messages = say(
        {"role": "assistant", "tool_calls": calls},
        {"role": "tool", "content": "1"},
        {"role": "tool", "content": "2"},
    )
    assert messages[1] == tool_results(ToolResultPart("call_0", "f", "1"), ToolResultPart("call_1", "f", "2"))


def test_pictures_in_a_result() -> None:
    content = [{"type": "text", "text": "See"}, {"type": "image_url", "image_url": {"url": "https://x.example/a.png"}}]
    (message,) = say({"role": "tool", "tool_call_id": "a", "content": content})
    (result,) = message.content
    assert result.output == (TextPart("See"), FilePart(url="https://x.example/a.png", media_type="image/png"))


def test_frozen_bodies_are_read_too() -> None:
    assert request_of(FrozenDict({"messages": (FrozenDict(ASK[0]),)})) == read()


BAD: list[tuple[dict[str, Any], str | None]] = [
    ({}, "messages"),
    ({"messages": []}, "messages"),
    ({"messages": "Hi"}, "messages"),
    ({"messages": ["Hi"]}, "messages[0]"),
    ({"messages": [{"role": "robot", "content": ""}]}, "messages[0].role"),
    ({"messages": [{"role": ["user"], "content": ""}]}, "messages[0].role"),
    ({"messages": [{"role": "user"}]}, "messages[0].content"),
    ({"messages": [{"role": "user", "content": [7]}]}, "messages[0].content[0]"),
    ({"messages": [{"role": "user", "content": [{"type": "smell"}]}]}, "messages[0].content[0].type"),
    ({"messages": [{"role": "user", "content": [{"type": ["x"]}]}]}, "messages[0].content[0].type"),
    ({"messages": [{"role": "user", "content": [{"type": "text"}]}]}, "messages[0].content[0].text"),
    (
        {"messages": [{"role": "user", "content": [{"type": "image_url", "image_url": {"url": "data:x"}}]}]},
        "messages[0].content[0].image_url.url",
    ),
    (
        {
            "messages": [
                {
                    "role": "user",
                    "content": [{"type": "input_audio", "input_audio": {"data": "?", "format": "wav"}}],
                }
            ]
        },
        "messages[0].content[0].input_audio.data",
    ),
    ({"messages": [{"role": "tool", "content": ""}]}, "messages[0].tool_call_id"),
    ({"messages": [{"role": "tool", "content": "", "tool_call_id": 7}]}, "messages[0].tool_call_id"),
    ({"messages": [{"role": "assistant", "tool_calls": {}}]}, None),
    ({"messages": [{"role": "assistant", "tool_calls": [{"id": "a"}]}]}, "messages[0].tool_calls[0].function"),
    ({"messages": ASK, "temperature": "hot"}, "temperature"),
    ({"messages": ASK, "temperature": True}, "temperature"),
    ({"messages": ASK, "max_tokens": 1.5}, "max_tokens"),
    ({"messages": ASK, "seed": True}, "seed"),
    ({"messages": ASK, "stop": [1]}, "stop[0]"),
    ({"messages": ASK, "stream": "yes"}, "stream"),
    ({"messages": ASK, "tools": {}}, "tools"),
    ({"messages": ASK, "tools": [{"type": "function"}]}, "tools[0].function"),
    ({"messages": ASK, "tools": [{"type": "function", "function": {}}]}, "tools[0].function.name"),
    ({"messages": ASK, "tool_choice": "maybe"}, "tool_choice"),
    ({"messages": ASK, "response_format": "json"}, "response_format"),
    ({"messages": ASK, "response_format": {"type": "json_schema"}}, "response_format.json_schema"),
]


@pytest.mark.parametrize(("body", "field"), BAD)
def test_bad_bodies_are_refused_by_the_name_of_their_field(body: dict[str, Any], field: str | None) -> None:
    if field is None:
        assert request_of(body).messages
        return
    with pytest.raises(InvalidRequestError) as caught:
        request_of(body)
    assert caught.value.field == field
    assert caught.value.message.startswith(field)


def test_a_body_that_is_no_object() -> None:
    body: Any = [ASK]
    with pytest.raises(InvalidRequestError, match="body is a list"):
        request_of(body)


def test_files_that_only_the_vendor_has() -> None:
    part = {"type": "file", "file": {"file_id": "file-1"}}
    with pytest.raises(UnsupportedError) as caught:
        say({"role": "user", "content": [part]})
    assert caught.value.field == "messages[0].content[0].file.file_id"
