"""Amazon Bedrock: messages, files and histories of other providers to Converse."""

from __future__ import annotations

from typing import Any

import pytest
from provider_kit import ask

from ai_sdk.errors import InvalidRequestError, UnsupportedError
from ai_sdk.messages import (
    FilePart,
    ReasoningPart,
    SystemMessage,
    TextPart,
    ToolCallPart,
    ToolResultPart,
    assistant,
    system,
    tool_results,
    user,
)
from ai_sdk.provider import parse_json, to_json
from ai_sdk.providers.amazon_bedrock import amazon_bedrock
from ai_sdk.providers.amazon_bedrock._names import call_id
from ai_sdk.requests import ToolDefinition

CLAUDE = "us.anthropic.claude-sonnet-4-5-20250929-v1:0"
NOVA = "us.amazon.nova-lite-v1:0"
WEATHER = ToolDefinition("weather", "The weather.", {"type": "object", "properties": {"city": {"type": "string"}}})
SPEC = {
    "toolSpec": {
        "name": "weather",
        "description": "The weather.",
        "inputSchema": {"json": {"type": "object", "properties": {"city": {"type": "string"}}}},
    }
}


def encode(model_id: str = NOVA, **fields: Any) -> tuple[dict[str, Any], list[str]]:
    encoded = amazon_bedrock(model_id).encode(ask(**fields))
    return parse_json(to_json(encoded.body), "ours"), [each.feature for each in encoded.warnings]


def own(**options: Any) -> dict[str, Any]:
    return {"amazon_bedrock": options}


def messages(*given: Any, model_id: str = NOVA, **fields: Any) -> list[Any]:
    body, warnings = encode(model_id, messages=given, **fields)
    assert warnings == []
    return list(body["messages"])


def test_messages_of_one_role_become_one_and_blank_texts_are_left_out() -> None:
    assert messages(user("One", " "), user("Two"), assistant("\n"), user("Three")) == [
        {"role": "user", "content": [{"text": "One"}, {"text": "Two"}, {"text": "Three"}]}
    ]


def test_a_conversation_of_blank_texts_is_bad_input() -> None:
    with pytest.raises(InvalidRequestError, match="nothing but blank texts"):
        encode(messages=(user(" "),))
    with pytest.raises(InvalidRequestError, match="messages is empty"):
        encode(messages=())


def test_what_the_assistant_began_to_say_does_not_end_in_white_space() -> None:
    assert messages(user("Hi"), assistant("Well, "))[1]["content"] == [{"text": "Well,"}]


def test_instructions_between_messages_move_to_the_beginning() -> None:
    body, warnings = encode(messages=(user("Hi"), SystemMessage("Now be kind."), SystemMessage(" ")))
    assert body["system"] == [{"text": "Now be kind."}]
    assert warnings == ["system message"]


def test_cache_points_stand_behind_what_they_are_said_of() -> None:
    point = {"type": "default", "ttl": "1h"}
    block = {"cachePoint": point}
    tool = ToolDefinition("weather", "The weather.", WEATHER.input_schema, provider_options=own(cachePoint=point))
    body, warnings = encode(
        messages=(
            system("S", **own(cachePoint=point)),
            user(TextPart("A", own(cachePoint=point)), "B"),
            assistant("C", **own(cachePoint=point)),
            user("D"),
        ),
        tools=(tool,),
    )
    assert body["system"] == [{"text": "S"}, block]
    assert body["messages"][0]["content"] == [{"text": "A"}, block, {"text": "B"}]
    assert body["messages"][1]["content"] == [{"text": "C"}, block]
    assert body["toolConfig"]["tools"] == [SPEC, block]
    assert warnings == []


def test_of_more_than_four_cache_points_the_first_and_the_last_three_stay() -> None:
    parts = [TextPart(str(number), own(cachePoint={"type": "default", "n": number})) for number in range(6)]
    body, warnings = encode(messages=(user(*parts),))
    points = [each["cachePoint"]["n"] for each in body["messages"][0]["content"] if "cachePoint" in each]
    assert points == [0, 3, 4, 5]
    assert warnings == ["cachePoint"]


def test_texts_for_the_guardrail_to_look_at() -> None:
    part = TextPart("Paris.", own(guardContent={"qualifiers": ["grounding_source"]}))
    guarded = {"guardContent": {"text": {"text": "Paris.", "qualifiers": ["grounding_source"]}}}
    assert messages(user(part))[0]["content"] == [guarded]


@pytest.mark.parametrize(
    ("media_type", "kind", "format_"),
    [
        ("image/png", "image", "png"),
        ("image/jpg", "image", "jpeg"),
        ("video/quicktime", "video", "mov"),
        ("video/3gpp", "video", "three_gp"),
        ("audio/mpeg", "audio", "mp3"),
        ("application/pdf", "document", "pdf"),
        ("text/plain; charset=utf-8", "document", "txt"),
        ("text/x-python", "document", "txt"),
        ("text/markdown", "document", "md"),
        ("application/json", "document", "txt"),
    ],
)
def test_files_as_bytes(media_type: str, kind: str, format_: str) -> None:
    (block,) = messages(user(FilePart(data=b"abc", media_type=media_type)))[0]["content"]
    assert block[kind]["format"] == format_
    assert block[kind]["source"] == {"bytes": "YWJj"}


def test_the_format_of_an_image_is_read_from_its_bytes() -> None:
    (block,) = messages(user(FilePart(data=b"\x89PNG...", media_type="image/*")))[0]["content"]
    assert block["image"]["format"] == "png"


def test_files_in_s3() -> None:
    part = FilePart(url="s3://bucket/a.mp4", media_type="video/mp4", provider_metadata=own(bucketOwner="123456789012"))
    (block,) = messages(user(part))[0]["content"]
    source = {"s3Location": {"uri": "s3://bucket/a.mp4", "bucketOwner": "123456789012"}}
    assert block == {"video": {"format": "mp4", "source": source}}
    (image,) = messages(user(FilePart(url="s3://bucket/a.webp", media_type="image/*")))[0]["content"]
    assert image["image"]["format"] == "webp"


@pytest.mark.parametrize(
    "part",
    [
        FilePart(url="https://example.com/a.png", media_type="image/png"),
        FilePart(data=b"x", media_type="application/zip"),
        FilePart(data=b"x", media_type="image/tiff"),
        FilePart(data=b"x", media_type="image/*"),
    ],
)
def test_files_that_bedrock_does_not_take(part: FilePart) -> None:
    with pytest.raises(UnsupportedError):
        encode(messages=(user(part),))


def test_names_of_documents_are_made_fit_and_differ() -> None:
    names = ["my_report v1.2 (final).pdf", "my_report  v1.2 (final).pdf", None, "\u5831\u544a.pdf"]
    parts = [FilePart(data=b"x", media_type="application/pdf", filename=name) for name in names]
    blocks = messages(user(*parts))[0]["content"]
    stored = FilePart(url="s3://bucket/folder/plan.pdf", media_type="application/pdf")
    assert messages(user(stored))[0]["content"][0]["document"]["name"] == "plan"
    assert [each["document"]["name"] for each in blocks] == [
        "my-report v1-2 (final)",
        "my-report v1-2 (final) 2",
        "document",
        "document 2",
    ]


def test_a_document_with_citations() -> None:
    options = own(citations={"enabled": True}, context="The policy.")
    part = FilePart(data=b"x", media_type="text/plain", filename="p.txt", provider_metadata=options)
    (block,) = messages(user(part))[0]["content"]
    assert block["document"]["citations"] == {"enabled": True}
    assert block["document"]["context"] == "The policy."


def test_calls_and_results() -> None:
    call = ToolCallPart("c1", "weather", '{"city": "Rome"}')
    results = (
        ToolResultPart("c1", "weather", {"degrees": 24}),
        ToolResultPart("c1", "weather", [1, 2]),
        ToolResultPart("c1", "weather", "no", is_error=True),
        ToolResultPart("c1", "weather", ""),
        ToolResultPart("c1", "weather", (TextPart("see"), FilePart(data=b"abc", media_type="image/png"))),
    )
    sent = messages(user("Hi"), assistant(call), tool_results(*results), user("Go on"), tools=(WEATHER,))
    use = {"toolUseId": "c1", "name": "weather", "input": {"city": "Rome"}}
    assert sent[1]["content"] == [{"toolUse": use}]
    contents = [each["toolResult"]["content"] for each in sent[2]["content"][:-1]]
    image = {"image": {"format": "png", "source": {"bytes": "YWJj"}}}
    assert contents == [
        [{"json": {"degrees": 24}}],
        [{"text": "[1,2]"}],
        [{"text": "no"}],
        [{"text": "(no output)"}],
        [{"text": "see"}, image],
    ]
    assert [each["toolResult"].get("status") for each in sent[2]["content"][:-1]] == [None, None, "error", None, None]
    assert sent[2]["content"][-1] == {"text": "Go on"}


@pytest.mark.parametrize("text", ["{oops", "[1]", '"x"'])
def test_arguments_that_are_no_object_are_sent_as_what_they_are(text: str) -> None:
    sent = messages(user("Hi"), assistant(ToolCallPart("c", "weather", text)), user("."), tools=(WEATHER,))
    assert sent[1]["content"][0]["toolUse"]["input"] == {"INVALID_JSON": text}


def test_calls_are_left_out_when_no_tool_is_offered() -> None:
    body, warnings = encode(
        messages=(
            user("Hi"),
            assistant("I look.", ToolCallPart("c", "weather", "{}")),
            tool_results(ToolResultPart("c", "weather", "18")),
            user("And now?"),
        )
    )
    assert [each["content"] for each in body["messages"]] == [
        [{"text": "Hi"}],
        [{"text": "I look."}],
        [{"text": "And now?"}],
    ]
    assert warnings == ["tool calls"]


@pytest.mark.parametrize(
    ("identity", "family", "wire"),
    [
        ("call_1", "anthropic", "call_1"),
        ("functions.weather:0", "other", "functions.weather:0"),
        ("tooluse_abc-1", "mistral", "tooluse_abc-1"),
        ("aB3dE6gH9", "mistral", "aB3dE6gH9"),
    ],
)
def test_ids_that_fit_stay(identity: str, family: str, wire: str) -> None:
    assert call_id(identity, family) == wire


@pytest.mark.parametrize(
    ("identity", "family", "length"),
    [("functions.weather:0", "anthropic", 28), ("", "nova", 9), ("x" * 99, "nova", 59), ("call_1", "mistral", 9)],
)
def test_ids_that_do_not_fit_become_the_same_other_one_every_time(identity: str, family: str, length: int) -> None:
    made = call_id(identity, family)
    assert made == call_id(identity, family)
    assert len(made) == length
    assert call_id(made, family) == made
    assert call_id(identity + "2", family) != made


def test_reasoning_is_sent_back_with_its_proof_alone() -> None:
    sent = messages(
        user("Hi"),
        assistant(
            ReasoningPart("I think.", own(signature="sig")),
            ReasoningPart("", own(redactedContent="cmVk")),
            ReasoningPart("From elsewhere."),
            ReasoningPart("Anthropic's own.", {"anthropic": {"signature": "theirs"}}),
            "So.",
        ),
        user("Go on"),
        model_id=CLAUDE,
    )
    assert sent[1]["content"] == [
        {"reasoningContent": {"reasoningText": {"text": "I think.", "signature": "sig"}}},
        {"reasoningContent": {"redactedContent": "cmVk"}},
        {"reasoningContent": {"reasoningText": {"text": "Anthropic's own.", "signature": "theirs"}}},
        {"text": "So."},
    ]


def test_citations_are_sent_back_with_their_text() -> None:
    cited = TextPart("20 days.", own(citations=[{"title": "policy"}]))
    sent = messages(user("Hi"), assistant(cited), user("Go on"))
    assert sent[1]["content"] == [
        {"citationsContent": {"content": [{"text": "20 days."}], "citations": [{"title": "policy"}]}}
    ]


def test_tools_that_bedrock_ran_are_sent_back_and_those_of_others_are_not() -> None:
    ours = own(type="server_tool_use")
    sent = messages(
        user("Hi"),
        assistant(
            ToolCallPart(
                "s1", "nova_code_interpreter", '{"snippet": "1"}', provider_executed=True, provider_metadata=ours
            ),
            ToolResultPart("s1", "x", {"stdOut": "1"}, provider_executed=True, provider_metadata=own(type="r")),
            ToolCallPart("s2", "search", "{}", provider_executed=True),
            ToolResultPart("s2", "search", "found", provider_executed=True),
            "One.",
        ),
        user("Go on"),
        tools=(WEATHER,),
    )
    use = {"toolUseId": "s1", "name": "nova_code_interpreter", "input": {"snippet": "1"}, "type": "server_tool_use"}
    result = {"toolUseId": "s1", "content": [{"json": {"stdOut": "1"}}], "status": "success", "type": "r"}
    assert sent[1]["content"] == [{"toolUse": use}, {"toolResult": result}, {"text": "One."}]


def test_a_block_of_the_wire_goes_out_as_it_is() -> None:
    found = {"searchResult": {"source": "s", "title": "t", "content": [{"text": "c"}]}}
    assert messages(user(TextPart("", own(block=found))))[0]["content"] == [found]


def test_a_generated_file_of_the_assistant_is_left_out() -> None:
    _, warnings = encode(
        messages=(user("Hi"), assistant("See.", FilePart(data=b"x", media_type="image/png")), user("."))
    )
    assert warnings == ["a generated file"]
