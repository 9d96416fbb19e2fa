"""From requests to the wire: each setting, message and tool, and what is lost."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ai_sdk._frozen import freeze
from ai_sdk.errors import InvalidRequestError, UnsupportedError
from ai_sdk.messages import (
    AssistantMessage,
    FilePart,
    Message,
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
from ai_sdk.provider import Endpoint, Exchange, to_json
from ai_sdk.providers.openai_compatible._decode import ChatDecoder, Context, decode
from ai_sdk.providers.openai_compatible._encode import encode_chat, encode_completion, first_call
from ai_sdk.providers.openai_compatible._quirks import Quirks, StructuredOutput
from ai_sdk.requests import JSONFormat, LanguageRequest, ProviderTool, SpecificTool, ToolDefinition
from ai_sdk.results import fold_language

PNG = b"\x89PNG\r\n"


def encode(
    *messages: Message,
    quirks: Quirks | None = None,
    structured_output: StructuredOutput = "json_schema",
    **settings: Any,
) -> tuple[dict[str, Any], list[str]]:
    """The body as it goes out, and the features that were warned about."""
    request = LanguageRequest(messages=messages or (user("Hi"),), **settings)
    body, warnings = encode_chat(request, "m-1", "lab", quirks or Quirks(), structured_output)
    return json.loads(to_json(body)), [warning.feature for warning in warnings]


def message_of(*messages: Message, **fields: Any) -> Any:
    return encode(*messages, **fields)[0]["messages"]


# ---- settings ----


def test_settings_by_their_names_on_the_wire() -> None:
    body, lost = encode(
        max_output_tokens=9,
        temperature=0.5,
        top_p=0.9,
        presence_penalty=0.1,
        frequency_penalty=0.2,
        stop=("END",),
        seed=7,
        reasoning="low",
    )
    assert body == {
        "model": "m-1",
        "messages": [{"role": "user", "content": "Hi"}],
        "max_tokens": 9,
        "temperature": 0.5,
        "top_p": 0.9,
        "presence_penalty": 0.1,
        "frequency_penalty": 0.2,
        "stop": ["END"],
        "seed": 7,
        "reasoning_effort": "low",
    }
    assert lost == []


def test_a_zero_is_a_setting() -> None:
    assert encode(temperature=0, seed=0)[0].items() >= {"temperature": 0, "seed": 0}.items()


def test_a_setting_that_the_server_lacks_is_left_out_with_a_warning() -> None:
    body, lost = encode(top_k=5)
    assert "top_k" not in body
    assert lost == ["top_k"]


def test_a_stream_asks_for_its_usage_unless_the_server_cannot() -> None:
    assert encode(stream=True)[0].items() >= {"stream": True, "stream_options": {"include_usage": True}}.items()
    assert "stream_options" not in encode(stream=True, quirks=Quirks(stream_usage=False))[0]
    assert "stream" not in encode()[0]


def test_options_of_this_provider_go_out_as_they_are_and_win() -> None:
    options = {"lab": {"parallel_tool_calls": False, "logit_bias": {"50": 1}, "temperature": 1}, "other": {"x": 1}}
    body, _ = encode(temperature=0.5, provider_options=options)
    assert body.items() >= {"parallel_tool_calls": False, "logit_bias": {"50": 1}, "temperature": 1}.items()
    assert "x" not in body


def test_options_that_are_not_a_mapping_are_bad_input() -> None:
    with pytest.raises(InvalidRequestError, match="provider_options") as caught:
        encode(provider_options={"lab": "fast"})
    assert caught.value.field == "provider_options"


def test_no_messages_are_bad_input() -> None:
    with pytest.raises(InvalidRequestError, match="messages is empty"):
        encode_chat(LanguageRequest(messages=()), "m", "lab", Quirks(), "tool")


# ---- the JSON format ----

SCHEMA = {"type": "object", "properties": {"a": {"type": "integer"}}}


@pytest.mark.parametrize(
    ("structured_output", "wanted", "sent", "lost"),
    [
        ("json_schema", JSONFormat(freeze(SCHEMA)), {"name": "response", "schema": SCHEMA, "strict": True}, []),
        (
            "json_schema",
            JSONFormat(freeze(SCHEMA), name="n", description="d", strict=False),
            {"name": "n", "description": "d", "schema": SCHEMA, "strict": False},
            [],
        ),
        ("json_schema", JSONFormat(), None, []),
        ("json_object", JSONFormat(), None, []),
        ("json_object", JSONFormat(freeze(SCHEMA)), None, ["response_format"]),
    ],
)
def test_json_as_the_model_gives_it(structured_output: Any, wanted: JSONFormat, sent: Any, lost: list[str]) -> None:
    body, warned = encode(response_format=wanted, structured_output=structured_output)
    expected = {"type": "json_object"} if sent is None else {"type": "json_schema", "json_schema": sent}
    assert (body["response_format"], warned) == (expected, lost)


def test_a_model_without_a_json_format_gets_none() -> None:
    body, lost = encode(response_format=JSONFormat(freeze(SCHEMA)), structured_output="tool")
    assert "response_format" not in body
    assert lost == ["response_format"]


def test_a_server_that_knows_only_schemas_gets_one() -> None:
    body, _ = encode(response_format=JSONFormat(), quirks=Quirks(json_object=False, strict=None))
    assert body["response_format"]["json_schema"] == {"name": "response", "schema": {"type": "object"}}


# ---- tools ----

WEATHER = ToolDefinition(
    "weather", "The weather", freeze({"type": "object", "properties": {"city": {"type": "string"}}}), strict=True
)


def test_tools() -> None:
    body, _ = encode(tools=(WEATHER, ToolDefinition("now", provider_options=freeze({"lab": {"cache": True}}))))
    assert body["tools"] == [
        {
            "type": "function",
            "function": {
                "name": "weather",
                "description": "The weather",
                "parameters": {"type": "object", "properties": {"city": {"type": "string"}}},
                "strict": True,
            },
        },
        {
            "type": "function",
            "function": {"name": "now", "parameters": {"type": "object", "properties": {}}},
            "cache": True,
        },
    ]


@pytest.mark.parametrize(
    ("choice", "sent"),
    [
        ("auto", "auto"),
        ("none", "none"),
        ("required", "required"),
        (SpecificTool("weather"), {"type": "function", "function": {"name": "weather"}}),
    ],
)
def test_tool_choices(choice: Any, sent: Any) -> None:
    assert encode(tools=(WEATHER,), tool_choice=choice)[0]["tool_choice"] == sent
    assert "tool_choice" not in encode(tool_choice="auto")[0]


def test_law_11_a_choice_of_a_tool_that_is_not_offered_is_bad_input() -> None:
    with pytest.raises(InvalidRequestError, match=r"'rain'.*weather") as caught:
        encode(tools=(WEATHER,), tool_choice=SpecificTool("rain"))
    assert caught.value.field == "tool_choice"


def test_a_tool_that_the_provider_does_not_run_is_left_out_with_a_warning() -> None:
    body, lost = encode(tools=(ProviderTool("lab.search"),), tool_choice="auto")
    assert "tools" not in body
    assert "tool_choice" not in body
    assert lost == ["lab.search"]


# ---- messages ----


def test_a_single_text_is_a_plain_string() -> None:
    assert message_of(system("Be brief"), user("Hi", name="ann")) == [
        {"role": "system", "content": "Be brief"},
        {"role": "user", "content": "Hi", "name": "ann"},
    ]


@pytest.mark.parametrize(
    ("part", "sent"),
    [
        (
            FilePart(url="https://a.test/i.png", media_type="image/png"),
            {"type": "image_url", "image_url": {"url": "https://a.test/i.png"}},
        ),
        (
            FilePart(data=PNG, media_type="image/*", provider_metadata=freeze({"lab": {"detail": "low"}})),
            {"type": "image_url", "image_url": {"url": "data:image/png;base64,iVBORw0K", "detail": "low"}},
        ),
        (
            FilePart(data=b"x", media_type="image/webp"),
            {"type": "image_url", "image_url": {"url": "data:image/webp;base64,eA=="}},
        ),
        (
            FilePart(data=b"x", media_type="audio/mpeg"),
            {"type": "input_audio", "input_audio": {"data": "eA==", "format": "mp3"}},
        ),
        (
            FilePart(data=b"x", media_type="application/pdf", filename="a.pdf"),
            {"type": "file", "file": {"filename": "a.pdf", "file_data": "data:application/pdf;base64,eA=="}},
        ),
        (FilePart(data="é".encode(), media_type="text/markdown"), {"type": "text", "text": "é"}),
        (
            FilePart(url="https://a.test/v.mp4", media_type="video/mp4"),
            {"type": "video_url", "video_url": {"url": "https://a.test/v.mp4"}},
        ),
        (
            TextPart("long", provider_metadata=freeze({"lab": {"prompt_cache_breakpoint": {"mode": "explicit"}}})),
            {"type": "text", "text": "long", "prompt_cache_breakpoint": {"mode": "explicit"}},
        ),
    ],
)
def test_what_users_send(part: Any, sent: Any) -> None:
    assert message_of(user(part)) == [{"role": "user", "content": [sent]}]


@pytest.mark.parametrize(
    "part",
    [
        FilePart(data=b"x", media_type="application/zip"),
        FilePart(data=b"x", media_type="audio/flac"),
        FilePart(url="https://a.test/a.wav", media_type="audio/wav"),
        FilePart(url="https://a.test/a.pdf", media_type="application/pdf"),
    ],
)
def test_law_11_files_that_cannot_be_sent_are_bad_input(part: FilePart) -> None:
    with pytest.raises(UnsupportedError, match="lab takes"):
        encode(user(part))


def test_the_assistant_is_echoed() -> None:
    spoken = AssistantMessage(
        (
            ReasoningPart("hm"),
            TextPart("Look"),
            TextPart("ing."),
            ToolCallPart("a", "f", '{"x": 1 }'),
            SourcePart("s", "https://a.test"),
            ToolCallPart("b", "g", "", provider_executed=True),
        )
    )
    calls = [{"id": "a", "type": "function", "function": {"name": "f", "arguments": '{"x": 1 }'}}]
    expected = {"role": "assistant", "content": "Looking.", "reasoning_content": "hm", "tool_calls": calls}
    assert message_of(user("Hi"), spoken)[1] == expected
    silent = {key: value for key, value in expected.items() if key != "reasoning_content"}
    assert message_of(user("Hi"), spoken, quirks=Quirks(reasoning_key=None))[1] == silent
    assert message_of(user("Hi"), spoken, quirks=Quirks(reasoning_key="reasoning"))[1] == {**silent, "reasoning": "hm"}


def test_content_is_null_when_there_are_only_tool_calls() -> None:
    assert message_of(assistant(ToolCallPart("a", "f", "{}")))[0]["content"] is None
    assert message_of(assistant(""))[0]["content"] == ""


def test_a_message_carries_its_own_options() -> None:
    assert message_of(
        system("x", lab={"cache": 1}), user("y", lab={"cache": 2}), assistant("z", lab={"prefix": True})
    ) == [
        {"role": "system", "content": "x", "cache": 1},
        {"role": "user", "content": "y", "cache": 2},
        {"role": "assistant", "content": "z", "prefix": True},
    ]


@pytest.mark.parametrize(
    ("output", "text"),
    [
        ("sunny", "sunny"),
        ({"degrees": 20, "unit": "°C"}, '{"degrees":20,"unit":"°C"}'),
        ([1, None], "[1,null]"),
        (3, "3"),
        ((TextPart("a"), TextPart("b")), "a\nb"),
    ],
)
def test_each_tool_result_is_a_message(output: Any, text: str) -> None:
    results = tool_results(ToolResultPart("a", "f", output), ToolResultPart("b", "g", "no", is_error=True))
    assert message_of(results) == [
        {"role": "tool", "tool_call_id": "a", "content": text},
        {"role": "tool", "tool_call_id": "b", "content": "no"},
    ]


def test_files_of_tools_follow_in_a_user_message() -> None:
    picture = FilePart(data=PNG, media_type="image/png")
    body, lost = encode(tool_results(ToolResultPart("a", "f", (picture,)), ToolResultPart("b", "g", "ok")))
    assert [message["role"] for message in body["messages"]] == ["tool", "tool", "user"]
    assert body["messages"][2]["content"][0]["type"] == "image_url"
    assert lost == ["files in tool results"]


# ---- laws ----

texts = st.text(st.characters(exclude_categories=["Cs"]), max_size=10)
parts = st.one_of(
    st.builds(TextPart, texts),
    st.builds(ReasoningPart, texts),
    st.builds(ToolCallPart, texts.filter(bool), texts.filter(bool), st.sampled_from(["{}", '{"a": [1]}'])),
)
conversations = st.lists(
    st.one_of(
        st.builds(system, texts),
        st.builds(user, texts),
        st.lists(parts, max_size=4).map(lambda content: AssistantMessage(tuple(content))),
        st.builds(ToolResultPart, texts, texts, texts | st.integers()).map(tool_results),
    ),
    min_size=1,
    max_size=5,
)


@given(conversations, st.booleans())
def test_law_2_encoding_is_repeatable_and_changes_nothing(messages: list[Any], stream: bool) -> None:
    request = LanguageRequest(messages=tuple(messages), stream=stream, tools=(WEATHER,))
    before, body = repr(request), encode_chat(request, "m", "lab", Quirks(), "tool")[0]
    again = to_json(body)
    body.clear()
    assert to_json(encode_chat(request, "m", "lab", Quirks(), "tool")[0]) == again
    assert repr(request) == before


@given(texts, texts, st.lists(st.sampled_from(['{"x":1}', "{}", '{ "y": [] }']), max_size=3))
def test_an_answer_that_is_echoed_is_the_answer(text: str, reasoning: str, arguments: list[str]) -> None:
    calls = [
        {"id": f"c{place}", "type": "function", "function": {"name": "f", "arguments": each}}
        for place, each in enumerate(arguments)
    ]
    message: dict[str, Any] = {"role": "assistant", "content": text}
    if reasoning:
        message["reasoning_content"] = reasoning
    if calls:
        message["tool_calls"] = calls
        message["content"] = text or None
    context = Context(exchange=Exchange(Endpoint(name="lab", base_url="http://lab.test")))
    answer = fold_language(decode(ChatDecoder(context), {"id": "r", "choices": [{"index": 0, "message": message}]}))
    assert message_of(user("Hi"), answer.message)[1] == message


def test_law_3_ids_of_calls_without_one_are_new_in_a_conversation() -> None:
    earlier = assistant(ToolCallPart("call_0", "f", "{}"), ToolCallPart("x", "f", "{}"))
    assert first_call(LanguageRequest(messages=(user("Hi"), earlier, user("Go on")))) == 2


# ---- completions ----


def test_a_completion_continues_the_texts() -> None:
    request = LanguageRequest(messages=(system("A poem."), user("Roses are")), max_output_tokens=5, reasoning="low")
    body, warnings = encode_completion(request, "m", "lab", Quirks())
    assert body == {"model": "m", "prompt": "A poem.\n\nRoses are", "max_tokens": 5}
    assert [warning.feature for warning in warnings] == ["reasoning"]


@pytest.mark.parametrize("message", [user(FilePart(data=PNG)), tool_results(ToolResultPart("a", "f", "x"))])
def test_law_11_a_completion_takes_only_text(message: Message) -> None:
    with pytest.raises(UnsupportedError, match="takes text only"):
        encode_completion(LanguageRequest(messages=(message,)), "m", "lab", Quirks())


@pytest.mark.parametrize(
    ("message", "echo"),
    [
        ({"content": None, "refusal": "No."}, {"content": None, "refusal": "No."}),
        ({"content": None, "audio": {"id": "a1", "data": "eA=="}}, {"content": "", "audio": {"id": "a1"}}),
        (
            {"content": None, "tool_calls": [{"id": "c", "type": "custom", "custom": {"name": "f", "input": "x"}}]},
            {"content": None, "tool_calls": [{"id": "c", "type": "custom", "custom": {"name": "f", "input": "x"}}]},
        ),
        (
            {"tool_calls": [{"id": "c", "function": {"name": "f", "arguments": ""}, "extra_content": {"g": [1]}}]},
            {
                "content": None,
                "tool_calls": [
                    {
                        "id": "c",
                        "type": "function",
                        "function": {"name": "f", "arguments": "{}"},
                        "extra_content": {"g": [1]},
                    }
                ],
            },
        ),
    ],
    ids=["a refusal", "spoken audio", "a custom tool", "extra content"],
)
def test_rarer_answers_are_echoed_too(message: dict[str, Any], echo: dict[str, Any]) -> None:
    context = Context(exchange=Exchange(Endpoint(name="lab", base_url="http://lab.test")))
    body = {"id": "r", "choices": [{"index": 0, "message": message, "finish_reason": "stop"}]}
    answer = fold_language(decode(ChatDecoder(context), body))
    assert message_of(user("Hi"), answer.message)[1] == {"role": "assistant", **echo}


def test_a_generated_file_cannot_be_sent_back() -> None:
    body, lost = encode(user("Hi"), assistant("Here", FilePart(data=PNG, media_type="image/png")))
    assert body["messages"][1] == {"role": "assistant", "content": "Here"}
    assert lost == ["a generated file"]
