"""What a request becomes on Anthropic's wire; shapes as the vendor documents them unless a test says recorded."""

from __future__ import annotations

import base64
from typing import Any

import pytest
from provider_kit import ask

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
    UserMessage,
    assistant,
    system,
    tool_results,
    user,
)
from ai_sdk.provider import parse_json, to_json
from ai_sdk.providers.anthropic import MessagesRules, anthropic, create_anthropic, uploaded_file
from ai_sdk.providers.anthropic._messages import tool_id
from ai_sdk.requests import JSONFormat, SpecificTool, ToolDefinition

SONNET = "claude-sonnet-4-5"
OLD = "claude-3-haiku-20240307"
NEWEST = "claude-opus-4-8"
MARK = {"type": "ephemeral"}
PNG = b"\x89PNG..."
SCHEMA: dict[str, Any] = {"type": "object", "properties": {"name": {"type": "string"}}, "additionalProperties": False}
WEATHER = ToolDefinition("weather", "The weather.", SCHEMA)


def encoded(
    model_id: str = SONNET, rules: MessagesRules | None = None, **fields: Any
) -> tuple[dict[str, Any], list[str], str | None]:
    """The body as JSON data, the features of the warnings, and the beta header."""
    provider = create_anthropic(rules=rules) if rules else anthropic
    body, warnings, headers = provider(model_id).encode(ask(**fields))
    return parse_json(to_json(body), "ours"), [each.feature for each in warnings], headers.get("anthropic-beta")


def messages(*given: Message, model_id: str = SONNET, **fields: Any) -> list[dict[str, Any]]:
    body, _, _ = encoded(model_id, messages=given, **fields)
    return list(body["messages"])


def block(part: Any) -> dict[str, Any]:
    """The block of a user's part."""
    (message,) = messages(UserMessage((TextPart("Look"), part)))
    return dict(message["content"][1])


def said(*parts: Any) -> Any:
    """The content of an assistant's turn of these parts."""
    return messages(user("Hi"), AssistantMessage(parts), user("More"))[1]["content"]


def own(**metadata: Any) -> dict[str, Any]:
    return {"anthropic": metadata}


def test_the_smallest_body() -> None:
    body, warnings, betas = encoded()
    assert body == {"model": SONNET, "max_tokens": 64000, "messages": [{"role": "user", "content": "Hi"}]}
    assert (warnings, betas) == ([], None)
    assert encoded(stream=True)[0]["stream"] is True


@pytest.mark.parametrize(
    ("model_id", "tokens"),
    [
        ("claude-opus-5", 128_000),
        ("claude-opus-4-7", 128_000),
        ("claude-sonnet-4-6", 128_000),
        ("claude-haiku-4-5-20251001", 64_000),
        ("claude-opus-4-1-20250805", 32_000),
        ("claude-opus-4-20250514", 32_000),
        ("claude-sonnet-4-20250514", 64_000),
        ("claude-3-7-sonnet-latest", 64_000),
        ("claude-3-5-haiku-20241022", 8192),
        ("claude-3-haiku-20240307", 4096),
        ("claude-2.1", 4096),
        ("anthropic.claude-sonnet-4-5-20250929-v1:0", 64_000),
        ("claude-opus-4-1@20250805", 32_000),
        ("some-other-model", 4096),
    ],
)
def test_max_tokens_is_required_and_known_by_model(model_id: str, tokens: int) -> None:
    body, warnings, _ = encoded(model_id)
    assert (body["max_tokens"], warnings) == (tokens, [])


def test_max_tokens_of_an_unknown_claude_is_said() -> None:
    body, warnings, _ = encoded("claude-next")
    assert (body["max_tokens"], warnings) == (128_000, ["max_output_tokens"])
    assert encoded("claude-next", max_output_tokens=10)[1] == []


def test_more_tokens_than_the_model_writes_are_cut() -> None:
    body, warnings, _ = encoded(OLD, max_output_tokens=9999)
    assert (body["max_tokens"], warnings) == (4096, ["max_output_tokens"])


@pytest.mark.parametrize(
    ("fields", "sent", "lost"),
    [
        ({"temperature": 0.5}, {"temperature": 0.5}, []),
        ({"temperature": 1.7}, {"temperature": 1}, ["temperature"]),
        ({"top_p": 0.5}, {"top_p": 0.5}, []),
        ({"temperature": 0.5, "top_p": 0.5}, {"temperature": 0.5}, ["top_p"]),
        ({"top_k": 4}, {"top_k": 4}, []),
        ({"stop": ("END", " ")}, {"stop_sequences": ["END"]}, ["stop"]),
        ({"seed": 1}, {}, ["seed"]),
        (
            {"presence_penalty": 1.0, "frequency_penalty": 1.0},
            {},
            ["presence_penalty", "frequency_penalty"],
        ),
    ],
)
def test_settings(fields: dict[str, Any], sent: dict[str, Any], lost: list[str]) -> None:
    body, warnings, _ = encoded(**fields)
    assert {name: body[name] for name in body if name not in ("model", "max_tokens", "messages")} == sent
    assert warnings == lost


def test_older_models_take_temperature_and_top_p_recorded() -> None:
    body, warnings, _ = encoded(OLD, temperature=0.5, top_p=0.5)
    assert (body["temperature"], body["top_p"], warnings) == (0.5, 0.5, [])


@pytest.mark.parametrize("model_id", ["claude-opus-4-7", "claude-opus-5", "claude-sonnet-5", "claude-next"])
def test_the_newest_models_refuse_sampling(model_id: str) -> None:
    body, warnings, _ = encoded(model_id, temperature=0.5, top_p=0.9, top_k=3, max_output_tokens=5)
    assert body.keys() == {"model", "max_tokens", "messages"}
    assert warnings == ["temperature", "top_p", "top_k"]


@pytest.mark.parametrize(
    ("model_id", "effort", "thinking", "config"),
    [
        (SONNET, "low", {"type": "enabled", "budget_tokens": 4096}, None),
        (SONNET, "xhigh", {"type": "enabled", "budget_tokens": 32_000}, None),
        (SONNET, "none", {"type": "disabled"}, None),
        ("claude-opus-4-5", "high", {"type": "enabled", "budget_tokens": 20_000}, {"effort": "high"}),
        ("claude-opus-4-6", "minimal", {"type": "adaptive"}, {"effort": "low"}),
        ("claude-opus-4-6", "xhigh", {"type": "adaptive"}, {"effort": "max"}),
        ("claude-opus-4-7", "xhigh", {"type": "adaptive"}, {"effort": "xhigh"}),
        (OLD, "none", None, None),
    ],
)
def test_reasoning_by_model(model_id: str, effort: Any, thinking: Any, config: Any) -> None:
    body, warnings, _ = encoded(model_id, reasoning=effort)
    assert (body.get("thinking"), body.get("output_config"), warnings) == (thinking, config, [])


@pytest.mark.parametrize(
    ("model_id", "fields"),
    [
        (OLD, {}),
        (SONNET, {"max_output_tokens": 1000}),
        (SONNET, {"tools": (WEATHER,), "tool_choice": "required"}),
    ],
    ids=["a model that does not reason", "no room", "a forced tool"],
)
def test_reasoning_that_is_not_possible(model_id: str, fields: dict[str, Any]) -> None:
    body, warnings, _ = encoded(model_id, reasoning="high", **fields)
    assert ("thinking" in body, warnings) == (False, ["reasoning"])


def test_a_budget_fits_into_the_limit() -> None:
    body, _, _ = encoded(reasoning="high", max_output_tokens=10_000)
    assert body["thinking"]["budget_tokens"] == 8000


def test_the_option_thinking_wins() -> None:
    options = own(thinking={"type": "enabled", "budget_tokens": 2000})
    body, warnings, _ = encoded(reasoning="low", provider_options=options, max_output_tokens=4000)
    assert (body["thinking"], body["max_tokens"], warnings) == (options["anthropic"]["thinking"], 4000, [])
    body, warnings, _ = encoded(provider_options=options, max_output_tokens=1000)
    assert (body["max_tokens"], warnings) == (3000, ["max_output_tokens"])
    body, _, _ = encoded(provider_options=own(thinking={"type": "enabled"}))
    assert body["thinking"]["budget_tokens"] == 1024


def test_thinking_and_sampling() -> None:
    """A temperature of 1 and a top_p of 0.95 were accepted beside thinking (recorded)."""
    body, warnings, _ = encoded(reasoning="low", temperature=0.5, top_p=0.5, top_k=4)
    assert (body.keys() & {"temperature", "top_p", "top_k"}, warnings) == (set(), ["temperature", "top_p", "top_k"])
    assert encoded(reasoning="low", temperature=1)[1] == []
    assert encoded(reasoning="low", top_p=0.95)[0]["top_p"] == 0.95


def test_instructions() -> None:
    assert encoded(messages=(system("Be brief."), user("Hi")))[0]["system"] == "Be brief."
    marked = system("Be brief.", anthropic={"cache_control": MARK})
    body, _, _ = encoded(messages=(marked, system("Really."), system(" "), user("Hi")))
    assert body["system"] == [
        {"type": "text", "text": "Be brief.", "cache_control": MARK},
        {"type": "text", "text": "Really."},
    ]


def test_later_instructions_stay_where_the_model_takes_them() -> None:
    """Recorded with claude-opus-4-8."""
    given = (user("Hi"), assistant("Yes?"), user("Go"), system("Now in French."))
    late = {"role": "system", "content": [{"type": "text", "text": "Now in French."}]}
    assert messages(*given, model_id=NEWEST)[-1] == late
    body, warnings, _ = encoded(messages=given)
    assert (body["system"], warnings) == ("Now in French.", ["system message"])


def test_nothing_to_answer() -> None:
    for given in ((), (system("Be brief."),), (user(" "),)):
        with pytest.raises(InvalidRequestError) as caught:
            encoded(messages=given)
        assert caught.value.field == "messages"


def test_messages_in_a_row_become_one_and_tool_results_come_first() -> None:
    call = ToolCallPart("c1", "weather", '{"city": "Oslo"}')
    result = ToolResultPart("c1", "weather", "4 degrees")
    turns = messages(user("A"), user("B", " "), assistant("C"), assistant(call), user("D"), tool_results(result))
    assert [each["role"] for each in turns] == ["user", "assistant", "user"]
    assert turns[0]["content"] == [{"type": "text", "text": "A"}, {"type": "text", "text": "B"}]
    assert turns[1]["content"][1] == {"type": "tool_use", "id": "c1", "name": "weather", "input": {"city": "Oslo"}}
    assert [each["type"] for each in turns[2]["content"]] == ["tool_result", "text"]


def test_the_beginning_of_an_answer_has_no_white_space_at_its_end() -> None:
    assert messages(user("Hi"), assistant("Well, \n"))[1]["content"] == "Well,"
    assert messages(user("Hi"), assistant("Well,", " \n"))[1]["content"] == "Well,"
    assert len(messages(user("Hi"), assistant(" "))) == 1
    assert said(TextPart("Well, "), TextPart("")) == "Well, "


@pytest.mark.parametrize(
    ("part", "expected"),
    [
        (
            FilePart(data=PNG, media_type="image/png"),
            {"type": "base64", "media_type": "image/png", "data": base64.b64encode(PNG).decode()},
        ),
        (
            FilePart(data=PNG, media_type="image/*"),
            {"type": "base64", "media_type": "image/png", "data": base64.b64encode(PNG).decode()},
        ),
        (FilePart.from_url("https://e.org/a.png"), {"type": "url", "url": "https://e.org/a.png"}),
        (uploaded_file("file_1", "image/png"), {"type": "file", "file_id": "file_1"}),
    ],
    ids=["bytes", "bytes of some image", "a URL", "an uploaded file"],
)
def test_images(part: FilePart, expected: dict[str, Any]) -> None:
    assert block(part) == {"type": "image", "source": expected}


@pytest.mark.parametrize(
    ("part", "expected"),
    [
        (
            FilePart(data=b"%PDF", media_type="application/pdf", filename="a.pdf", provider_metadata=own(context="C")),
            {
                "source": {"type": "base64", "media_type": "application/pdf", "data": "JVBERg=="},
                "title": "a.pdf",
                "context": "C",
            },
        ),
        (
            FilePart(data=b"Hi", media_type="text/markdown", provider_metadata=own(citations={"enabled": True})),
            {
                "source": {"type": "text", "media_type": "text/plain", "data": "Hi"},
                "citations": {"enabled": True},
            },
        ),
        (FilePart.from_url("https://e.org/a.pdf"), {"source": {"type": "url", "url": "https://e.org/a.pdf"}}),
        (uploaded_file("file_1"), {"source": {"type": "file", "file_id": "file_1"}}),
    ],
    ids=["pdf", "text", "a URL", "an uploaded file"],
)
def test_documents(part: FilePart, expected: dict[str, Any]) -> None:
    assert block(part) == {"type": "document", **expected}


def test_files_that_are_refused() -> None:
    with pytest.raises(UnsupportedError, match="audio/wav"):
        block(FilePart(data=b"RIFF", media_type="audio/wav"))
    rules = MessagesRules(url_images=False, url_documents=False)
    for url in ("https://e.org/a.png", "https://e.org/a.pdf"):
        with pytest.raises(UnsupportedError, match="download"):
            encoded(rules=rules, messages=(user(FilePart.from_url(url)),))


def test_uploaded_files_and_their_beta() -> None:
    body, _, betas = encoded(messages=(user("Sum up", uploaded_file("file_1", container=True)),))
    assert body["messages"][0]["content"][1] == {"type": "container_upload", "file_id": "file_1"}
    assert betas == "files-api-2025-04-14"


def test_a_block_that_we_have_no_part_for() -> None:
    result = {"type": "search_result", "source": "s", "title": "t", "content": [{"type": "text", "text": "x"}]}
    part = TextPart("x", own(block=result, cache_control=MARK))
    assert block(part) == {**result, "cache_control": MARK}
    assert said(ReasoningPart("", own(block={"type": "compaction", "content": "So far."}))) == [
        {"type": "compaction", "content": "So far."}
    ]


def test_thinking_goes_back_with_its_signature() -> None:
    parts = (
        ReasoningPart("hm", own(signature="sig")),
        ReasoningPart("", own(redacted_data="data")),
        ReasoningPart("of another provider", {"openai": {"id": "rs_1"}}),
        TextPart("Yes"),
    )
    assert said(*parts) == [
        {"type": "thinking", "thinking": "hm", "signature": "sig"},
        {"type": "redacted_thinking", "data": "data"},
        {"type": "text", "text": "Yes"},
    ]


def test_citations_go_back_and_sources_do_not() -> None:
    cited = TextPart("Green", own(citations=[{"type": "char_location"}]))
    assert said(cited, SourcePart("s", url="https://e.org")) == [
        {"type": "text", "text": "Green", "citations": [{"type": "char_location"}]}
    ]


def test_tools_that_the_server_ran_go_back() -> None:
    call = ToolCallPart("srvtoolu_1", "web_search", '{"query": "Oslo"}', True, own(type="server_tool_use"))
    result = ToolResultPart("srvtoolu_1", "web_search", [{"url": "u"}], False, True, own(type="web_search_tool_result"))
    mcp = ToolCallPart("mcptoolu_1", "echo", "{}", True, own(type="mcp_tool_use", server_name="s"))
    answer = ToolResultPart("mcptoolu_1", "echo", "x", False, True, own(type="mcp_tool_result"))
    assert said(call, result, mcp, answer) == [
        {"type": "server_tool_use", "id": "srvtoolu_1", "name": "web_search", "input": {"query": "Oslo"}},
        {"type": "web_search_tool_result", "tool_use_id": "srvtoolu_1", "content": [{"url": "u"}]},
        {"type": "mcp_tool_use", "id": "mcptoolu_1", "name": "echo", "input": {}, "server_name": "s"},
        {"type": "mcp_tool_result", "tool_use_id": "mcptoolu_1", "content": "x", "is_error": False},
    ]


def test_what_another_provider_did_is_left_out() -> None:
    call = ToolCallPart("ws_1", "web_search", "{}", True, {"openai": {}})
    result = ToolResultPart("ws_1", "web_search", "found", provider_executed=True)
    picture = FilePart(data=PNG, media_type="image/png")
    given = (user("Hi"), AssistantMessage((call, result, picture, TextPart("Yes"))), user("More"))
    body, warnings, _ = encoded(messages=given)
    assert body["messages"][1]["content"] == "Yes"
    assert warnings == ["web_search", "a generated file"]


def test_ids_of_other_providers() -> None:
    assert tool_id("toolu_01-A") == "toolu_01-A"
    strange = ("call.1", "call:1", "call_1 ", "", "fc/ü")
    changed = [tool_id(each) for each in strange]
    assert len(set(changed)) == len(strange)
    assert all(each.replace("_", "").isalnum() and each.isascii() for each in changed)
    turns = messages(
        user("Hi"),
        AssistantMessage((ToolCallPart("call.1", "f", ""),)),
        tool_results(ToolResultPart("call.1", "f", "x")),
    )
    assert turns[1]["content"][0]["id"] == turns[2]["content"][0]["tool_use_id"] == changed[0]


@pytest.mark.parametrize(
    ("text", "sent"),
    [("", {}), ('{"a": 1}', {"a": 1}), ('{"a": ', {"INVALID_JSON": '{"a": '}), ("[1]", {"INVALID_JSON": "[1]"})],
)
def test_arguments(text: str, sent: dict[str, Any]) -> None:
    assert said(ToolCallPart("c", "f", text))[0]["input"] == sent


@pytest.mark.parametrize(
    ("output", "sent"),
    [
        ("4 degrees", "4 degrees"),
        ({"degrees": 4}, '{"degrees":4}'),
        (None, "null"),
        ((TextPart("a"), FilePart.from_url("https://e.org/a.png")), [{"type": "text", "text": "a"}, "an image"]),
    ],
)
def test_tool_results(output: Any, sent: Any) -> None:
    result = ToolResultPart("c", "f", output, is_error=True, provider_metadata=own(cache_control=MARK))
    (turn,) = messages(tool_results(result))
    image = {"type": "image", "source": {"type": "url", "url": "https://e.org/a.png"}}
    if not isinstance(sent, str):
        sent = [sent[0], image]
    expected = {"type": "tool_result", "tool_use_id": "c", "content": sent, "is_error": True, "cache_control": MARK}
    assert turn["content"] == [expected]


def test_json_of_a_schema() -> None:
    wanted = JSONFormat({"type": "object", "properties": {"age": {"type": "integer", "minimum": 0}}})
    body, warnings, betas = encoded(response_format=wanted)
    schema = {
        "type": "object",
        "properties": {"age": {"type": "integer", "description": "minimum: 0"}},
        "additionalProperties": False,
    }
    assert body["output_config"] == {"format": {"type": "json_schema", "schema": schema}}
    assert (warnings, betas) == ([], None)
    loose = JSONFormat(wanted.schema, strict=False)
    assert encoded(response_format=loose)[0]["output_config"]["format"]["schema"] == parse_json(
        to_json(wanted.schema), "ours"
    )


@pytest.mark.parametrize(
    ("model_id", "wanted"), [(OLD, JSONFormat(SCHEMA, description="A name.")), (SONNET, JSONFormat())]
)
def test_json_by_a_forced_tool(model_id: str, wanted: JSONFormat) -> None:
    body, warnings, _ = encoded(model_id, response_format=wanted, tools=(WEATHER,))
    assert [tool["name"] for tool in body["tools"]] == ["weather", "json"]
    assert body["tools"][1]["description"] == (wanted.description or "Respond with a JSON object.")
    assert body["tools"][1]["input_schema"] == (SCHEMA if wanted.schema else {"type": "object"})
    assert body["tool_choice"] == {"type": "any", "disable_parallel_tool_use": True}
    assert ("output_config" in body, warnings) == (False, [])


def test_json_from_a_model_that_thinks_and_takes_no_schema() -> None:
    body, warnings, _ = encoded("claude-sonnet-4-0", response_format=JSONFormat(SCHEMA), reasoning="low")
    assert body["tool_choice"]["type"] == "auto"
    assert warnings == ["response_format"]


def test_what_its_models_say_of_json() -> None:
    assert anthropic(SONNET).structured_output == "json_schema"
    assert anthropic(OLD).structured_output == "tool"
    house = create_anthropic(rules=MessagesRules(native_structured_output=False))
    assert house(SONNET).structured_output == "tool"


@pytest.mark.parametrize(
    ("choice", "sent"),
    [
        (None, None),
        ("auto", {"type": "auto"}),
        ("required", {"type": "any"}),
        ("none", {"type": "none"}),
        (SpecificTool("weather"), {"type": "tool", "name": "weather"}),
    ],
)
def test_tool_choice(choice: Any, sent: Any) -> None:
    body, _, _ = encoded(tools=(WEATHER,), tool_choice=choice)
    assert body["tools"] == [{"name": "weather", "description": "The weather.", "input_schema": SCHEMA}]
    assert body.get("tool_choice") == sent


def test_one_call_at_most() -> None:
    flag = own(disable_parallel_tool_use=True)
    body, _, _ = encoded(tools=(WEATHER,), tool_choice="required", provider_options=flag)
    assert body["tool_choice"] == {"type": "any", "disable_parallel_tool_use": True}
    assert encoded(tools=(WEATHER,), provider_options=flag)[0]["tool_choice"]["type"] == "auto"
    body, _, _ = encoded(provider_options=flag)
    assert body.keys() == {"model", "max_tokens", "messages"}


def test_a_choice_that_is_not_offered() -> None:
    with pytest.raises(InvalidRequestError, match="weather"):
        encoded(tools=(WEATHER,), tool_choice=SpecificTool("time"))
