"""Tool choices that a llama.cpp server keeps through its grammar."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from provider_kit import ask

from ai_sdk._frozen import freeze
from ai_sdk.errors import InvalidRequestError
from ai_sdk.messages import AssistantMessage, ToolCallPart, system, user
from ai_sdk.parts import LanguagePart
from ai_sdk.provider import Exchange, to_json
from ai_sdk.providers.llamacpp import create_llamacpp, llamacpp
from ai_sdk.providers.openai_compatible._decode import ChatDecoder, decode
from ai_sdk.requests import JSONFormat, LanguageRequest, SpecificTool, ToolDefinition
from ai_sdk.results import LanguageResult, fold_language

WEATHER = ToolDefinition(
    "weather", "The weather", freeze({"type": "object", "properties": {"city": {"type": "string"}}})
)
PLACE = {"type": "object", "properties": {"at": {"$ref": "#/$defs/Point"}}, "$defs": {"Point": {"type": "object"}}}
WALK = ToolDefinition("walk", None, freeze(PLACE))


def request(**fields: Any) -> LanguageRequest:
    return ask(**{"tools": (WEATHER,), **fields})


def encode(**fields: Any) -> tuple[dict[str, Any], list[str]]:
    body, warnings = llamacpp("m").encode(request(**fields))
    return json.loads(to_json(body)), [warning.feature for warning in warnings]


def reader(**fields: Any) -> ChatDecoder:
    return llamacpp("m").decoder(request(**fields), Exchange(llamacpp.endpoint, "m"), {}, [])


def fold(text: str, finish: str = "stop", **fields: Any) -> LanguageResult:
    decoder = reader(stream=True, **fields)
    chunks: list[dict[str, Any]] = [
        {"id": "r", "choices": [{"index": 0, "delta": {"content": letter}}]} for letter in text
    ]
    last: dict[str, Any] = {"id": "r", "choices": [{"index": 0, "delta": {}, "finish_reason": finish}]}
    parts: list[LanguagePart] = [part for each in [*chunks, last] for part in decoder.event(json.dumps(each).encode())]
    parts += decoder.event(b"[DONE]")
    streamed = fold_language(parts)
    body = {"id": "r", "choices": [{"index": 0, "message": {"content": text}, "finish_reason": finish}]}
    assert fold_language(decode(reader(**fields), body)) == streamed
    return streamed


def test_auto_is_left_to_the_server() -> None:
    body, lost = encode(tool_choice="auto")
    assert body["tool_choice"] == "auto"
    assert "response_format" not in body
    assert lost == []


@pytest.mark.parametrize("choice", ["required", SpecificTool("weather")])
def test_one_tool_is_asked_for_by_its_schema(choice: Any) -> None:
    body, lost = encode(tool_choice=choice)
    assert body["response_format"]["json_schema"]["schema"] == json.loads(to_json(WEATHER.input_schema))
    assert "tools" not in body
    assert "tool_choice" not in body
    assert [message["role"] for message in body["messages"]] == ["system", "user"]
    assert "weather: The weather" in body["messages"][0]["content"]
    assert lost == ["tool_choice"]


def test_a_named_tool_among_several_is_the_only_one_asked_for() -> None:
    body, _ = encode(tools=(WALK, WEATHER), tool_choice=SpecificTool("weather"))
    assert body["response_format"]["json_schema"]["schema"] == json.loads(to_json(WEATHER.input_schema))


def test_several_tools_are_asked_for_by_name_and_arguments() -> None:
    body, _ = encode(tools=(WEATHER, WALK), tool_choice="required", messages=(system("Be brief"), user("Hi")))
    schema = body["response_format"]["json_schema"]["schema"]
    assert [each["properties"]["name"]["const"] for each in schema["oneOf"]] == ["weather", "walk"]
    assert schema["oneOf"][1]["properties"]["arguments"]["properties"] == {"at": {"$ref": "#/$defs/walk.Point"}}
    assert schema["$defs"] == {"walk.Point": {"type": "object"}}
    assert body["messages"][0]["content"].startswith("Be brief\n\nCall one of these tools")
    assert len(body["messages"]) == 2


def test_the_json_comes_back_as_a_call() -> None:
    earlier = AssistantMessage((ToolCallPart("call_0", "weather", "{}"),))
    result = fold('{"city": "Oslo"}', tool_choice="required", messages=(user("Hi"), earlier, user("Again")))
    assert result.content == (ToolCallPart("call_1", "weather", '{"city": "Oslo"}'),)
    assert (result.finish_reason, result.raw_finish_reason) == ("tool-calls", "stop")


def test_the_json_of_several_tools_names_its_tool() -> None:
    text = '{"name": "walk", "arguments": {"at": {}}}'
    result = fold(text, tools=(WEATHER, WALK), tool_choice="required")
    assert result.content == (ToolCallPart("call_0", "walk", '{"at":{}}'),)


@pytest.mark.parametrize("text", ['{"city": "Os', "[1]", "sorry"])
def test_what_is_not_a_whole_call_stays_text(text: str) -> None:
    result = fold(text, "length", tool_choice="required")
    assert (result.text, result.tool_calls, result.finish_reason) == (text, (), "length")


def test_a_forced_call_leaves_no_room_for_another_format() -> None:
    assert encode(tool_choice="required", response_format=JSONFormat())[1] == ["tool_choice", "response_format"]


def test_law_11_a_tool_that_is_not_offered_is_bad_input() -> None:
    with pytest.raises(InvalidRequestError, match=r"'rain'.*weather"):
        encode(tool_choice=SpecificTool("rain"))


@given(st.dictionaries(st.text(st.characters(exclude_categories=["Cs"]), max_size=5), st.integers(), max_size=3))
def test_any_arguments_survive(arguments: dict[str, int]) -> None:
    call = fold(json.dumps(arguments), tool_choice="required").tool_calls[0]
    assert call.arguments() == arguments


def test_another_instance_may_have_another_name() -> None:
    local = create_llamacpp(name="local", base_url="http://127.0.0.1:9/v1")
    assert repr(local("smollm2")) == 'local("smollm2")'
