"""What Mistral does in its own way; shapes as recorded unless a test says otherwise."""

from __future__ import annotations

import re
from typing import Any

import pytest
from provider_kit import ask

from ai_sdk._frozen import freeze
from ai_sdk.errors import (
    InvalidRequestError,
    MissingAPIKeyError,
    UnsupportedError,
)
from ai_sdk.messages import (
    AssistantMessage,
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
from ai_sdk.providers.mistral import create_mistral, mistral
from ai_sdk.providers.mistral._messages import tool_id
from ai_sdk.requests import EmbeddingRequest, JSONFormat, ProviderTool, SpecificTool, ToolDefinition

SMALL = "mistral-small-latest"
ADD = ToolDefinition("add")
PNG = b"\x89PNG\r\n"


def encode(model_id: str = SMALL, **fields: Any) -> tuple[dict[str, Any], list[str]]:
    body, warnings = mistral(model_id).encode(ask(**fields))
    return body, [warning.feature for warning in warnings]


def sent(*messages: Any) -> list[dict[str, Any]]:
    """The messages as they go out, with one of the user behind them."""
    found: list[dict[str, Any]] = encode(messages=(*messages, user("after")))[0]["messages"]
    return found[:-1]


def thinking(*texts: str, **more: Any) -> dict[str, Any]:
    return {"type": "thinking", "thinking": [{"type": "text", "text": each} for each in texts], **more}


# ---- the door ----


def test_the_door() -> None:
    assert mistral.kinds == ("language", "embedding", "speech", "transcription")
    assert mistral.base_url == "https://api.mistral.ai/v1"
    assert mistral(SMALL).structured_output == "json_schema"
    assert repr(mistral.embedding("mistral-embed")) == 'mistral.embedding("mistral-embed")'
    assert create_mistral(base_url="http://other.test/v1").base_url == "http://other.test/v1"


def test_the_key(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(MissingAPIKeyError, match="MISTRAL_API_KEY"):
        mistral.endpoint.all_headers({}, None)
    monkeypatch.setenv("MISTRAL_API_KEY", "from-env")
    assert mistral.endpoint.all_headers({}, None)["authorization"] == "Bearer from-env"
    given = create_mistral(api_key="given", headers={"X-Team": "a"})
    headers = given.endpoint.all_headers({}, None)
    assert (headers["authorization"], headers["x-team"]) == ("Bearer given", "a")
    assert "given" not in repr(given)


# ---- settings ----


def test_settings_in_mistrals_words() -> None:
    body, lost = encode(
        max_output_tokens=9,
        temperature=0.5,
        top_p=0.9,
        presence_penalty=0.1,
        frequency_penalty=0.2,
        stop=("x",),
        seed=7,
    )
    assert body == {
        "model": SMALL,
        "messages": [{"role": "user", "content": "Hi"}],
        "max_tokens": 9,
        "temperature": 0.5,
        "top_p": 0.9,
        "presence_penalty": 0.1,
        "frequency_penalty": 0.2,
        "stop": ("x",),
        "random_seed": 7,
    }
    assert lost == []


def test_what_mistral_lacks_is_left_out_with_a_warning() -> None:
    body, lost = encode(top_k=5, tools=(ProviderTool("mistral.web_search"),), messages=(user("Hi", name="Ada"),))
    assert body == {"model": SMALL, "messages": [{"role": "user", "content": "Hi"}]}
    assert sorted(lost) == ["mistral.web_search", "name", "top_k"]


def test_a_stream_is_not_asked_for_its_usage_which_always_comes() -> None:
    body, _ = encode(stream=True)
    assert body["stream"] is True
    assert "stream_options" not in body


def test_options_go_out_as_they_are() -> None:
    options = {
        "safe_prompt": True,
        "random_seed": 3,
        "prompt_mode": "reasoning",
        "document_image_limit": 2,
        "document_page_limit": 4,
        "prediction": {"type": "content", "content": "x"},
        "something_new": 1,
    }
    body, lost = encode(seed=9, provider_options={"mistral": options, "groq": {"x": 1}})
    assert body.items() >= freeze(options).items()
    assert "x" not in body
    assert lost == []


def test_parallel_tool_calls_go_out_with_tools_alone() -> None:
    options = {"mistral": {"parallel_tool_calls": False}}
    assert encode(tools=(ADD,), provider_options=options)[0]["parallel_tool_calls"] is False
    body, lost = encode(provider_options=options)
    assert "parallel_tool_calls" not in body
    assert lost == ["parallel_tool_calls"]


@pytest.mark.parametrize(
    ("model_id", "asked", "expected", "lost"),
    [
        (SMALL, "high", {"reasoning_effort": "high"}, []),
        (SMALL, "none", {"reasoning_effort": "none"}, []),
        (SMALL, "low", {"reasoning_effort": "high"}, ["reasoning"]),
        ("some-new-model", "xhigh", {"reasoning_effort": "high"}, ["reasoning"]),
        ("magistral-medium-latest", "low", {"prompt_mode": "reasoning"}, []),
        ("magistral-medium-latest", "none", {}, ["reasoning"]),
        ("mistral-large-latest", "high", {}, ["reasoning"]),
        ("mistral-large-latest", "none", {}, []),
        ("ministral-8b-latest", "high", {}, ["reasoning"]),
        ("ministral-14b-reasoning-2512", "high", {"reasoning_effort": "high"}, []),
        ("mistral-medium-3-5", "high", {"reasoning_effort": "high"}, []),
        ("mistral-medium-2508", "high", {}, ["reasoning"]),
    ],
)
def test_reasoning_by_model(model_id: str, asked: Any, expected: dict[str, str], lost: list[str]) -> None:
    body, features = encode(model_id, reasoning=asked)
    found = {name: each for name, each in body.items() if name in ("reasoning_effort", "prompt_mode")}
    assert (found, features) == (expected, lost)


def test_the_option_for_the_effort_wins() -> None:
    body, lost = encode(reasoning="high", provider_options={"mistral": {"reasoning_effort": "none"}})
    assert (body["reasoning_effort"], lost) == ("none", [])


@pytest.mark.parametrize(
    ("choice", "expected"),
    [
        ("auto", "auto"),
        ("none", "none"),
        ("required", "any"),
        (SpecificTool("add"), {"type": "function", "function": {"name": "add"}}),
    ],
)
def test_tool_choice(choice: Any, expected: Any) -> None:
    body, _ = encode(tools=(ADD,), tool_choice=choice)
    assert body["tool_choice"] == expected


def test_a_choice_of_a_tool_that_is_not_offered_is_bad_input() -> None:
    with pytest.raises(InvalidRequestError, match="not among the tools"):
        encode(tools=(ADD,), tool_choice=SpecificTool("subtract"))


def test_structured_output() -> None:
    schema = freeze({"type": "object", "properties": {}})
    body, lost = encode(response_format=JSONFormat(schema, name="city", description="A city"))
    wanted = {"name": "city", "description": "A city", "schema": schema, "strict": True}
    assert body["response_format"] == {"type": "json_schema", "json_schema": wanted}
    loose, _ = encode(response_format=JSONFormat(schema, strict=False))
    assert loose["response_format"]["json_schema"]["strict"] is False
    assert encode(response_format=JSONFormat())[0]["response_format"] == {"type": "json_object"}
    assert lost == []


# ---- messages ----


def test_a_picture_is_a_string_unless_it_has_a_detail() -> None:
    pictures = (
        FilePart(url="https://a.test/x.png", media_type="image/png"),
        FilePart(data=PNG, media_type="image/*"),
        FilePart(url="https://a.test/x.png", media_type="image/png", provider_metadata={"mistral": {"detail": "low"}}),
    )
    (message,) = sent(user("Look", *pictures))
    assert message["content"] == [
        {"type": "text", "text": "Look"},
        {"type": "image_url", "image_url": "https://a.test/x.png"},
        {"type": "image_url", "image_url": "data:image/png;base64,iVBORw0K"},
        {"type": "image_url", "image_url": {"url": "https://a.test/x.png", "detail": "low"}},
    ]


def test_documents_audio_text_and_uploaded_files() -> None:
    files = (
        FilePart(url="https://a.test/x.pdf", media_type="application/pdf", filename="x.pdf"),
        FilePart(data=b"%PDF", media_type="application/pdf"),
        FilePart(data=b"RIFF", media_type="audio/wav"),
        FilePart(url="https://a.test/x.mp3", media_type="audio/mpeg"),
        FilePart(data=b"some text", media_type="text/plain"),
        FilePart(url="https://a.test/x.md", media_type="text/markdown"),
        FilePart(data=b"?", media_type="application/pdf", provider_metadata={"mistral": {"file_id": "f-1"}}),
    )
    (message,) = sent(user(*files))
    assert message["content"] == [
        {"type": "document_url", "document_url": "https://a.test/x.pdf", "document_name": "x.pdf"},
        {"type": "document_url", "document_url": "data:application/pdf;base64,JVBERg=="},
        {"type": "input_audio", "input_audio": "UklGRg=="},
        {"type": "input_audio", "input_audio": "https://a.test/x.mp3"},
        {"type": "text", "text": "some text"},
        {"type": "document_url", "document_url": "https://a.test/x.md"},
        {"type": "file", "file_id": "f-1"},
    ]


def test_a_file_that_mistral_cannot_take_is_refused() -> None:
    with pytest.raises(UnsupportedError, match=r"video/mp4.*image/\*"):
        sent(user(FilePart(data=b"", media_type="video/mp4")))


def test_tool_ids_are_nine_letters_and_digits_the_same_for_call_and_result() -> None:
    for identity in ("call_0", "toolu_01A09q90qw90lq917835lq9", "ä" * 40, "\ud800", ""):
        ours = tool_id(identity)
        assert re.fullmatch(r"[A-Za-z0-9]{9}", ours)
        assert ours == tool_id(identity) == tool_id(ours)
    assert tool_id("a1B2c3D4e") == "a1B2c3D4e"
    assert len({tool_id(f"call_{number}") for number in range(1000)}) == 1000
    call, result = ToolCallPart("call_0", "add", ""), ToolResultPart("call_0", "add", "3")
    first, second = sent(AssistantMessage((call,)), tool_results(result))
    assert first["tool_calls"][0]["id"] == second["tool_call_id"] == tool_id("call_0")


def test_tool_calls_and_results() -> None:
    said = AssistantMessage(
        (
            TextPart("Adding"),
            ToolCallPart("a1B2c3D4e", "add", ""),
            ToolCallPart("x", "search", "{}", provider_executed=True),
        )
    )
    outputs = tool_results(
        ToolResultPart("a1B2c3D4e", "add", "three"),
        ToolResultPart("f5G6h7I8j", "add", {"sum": 3}),
        ToolResultPart("k9L0m1N2o", "add", (TextPart("see"), FilePart(data=PNG, media_type="image/png"))),
    )
    assert sent(said, outputs) == [
        {
            "role": "assistant",
            "content": "Adding",
            "tool_calls": [{"id": "a1B2c3D4e", "type": "function", "function": {"name": "add", "arguments": "{}"}}],
        },
        {"role": "tool", "tool_call_id": "a1B2c3D4e", "name": "add", "content": "three"},
        {"role": "tool", "tool_call_id": "f5G6h7I8j", "name": "add", "content": '{"sum":3}'},
        {"role": "tool", "tool_call_id": "k9L0m1N2o", "name": "add", "content": "see"},
        {"role": "user", "content": [{"type": "image_url", "image_url": "data:image/png;base64,iVBORw0K"}]},
    ]
    assert encode(messages=(said, outputs))[1] == ["files in tool results"]


def test_an_assistant_message_at_the_end_is_a_prefix() -> None:
    body, _ = encode(messages=(user("Count"), assistant("One, two,")))
    assert body["messages"][-1] == {"role": "assistant", "content": "One, two,", "prefix": True}
    body, _ = encode(messages=(user("Count"), assistant("One", mistral={"prefix": False})))
    assert body["messages"][-1]["prefix"] is False
    body, _ = encode(messages=(user("Add"), AssistantMessage((ToolCallPart("a1B2c3D4e", "add", ""),))))
    assert "prefix" not in body["messages"][-1]
    assert "prefix" not in sent(system("Be short"), assistant("One"))[1]


def test_thinking_goes_back_in_its_place_and_as_closed_as_it_came() -> None:
    closed = {"mistral": {"closed": True}}
    said = AssistantMessage((ReasoningPart("hm", closed), TextPart("Yes"), ReasoningPart("so"), TextPart(".")))
    assert sent(said)[0]["content"] == [
        thinking("hm", closed=True),
        {"type": "text", "text": "Yes"},
        thinking("so"),
        {"type": "text", "text": "."},
    ]


def test_what_another_provider_kept_for_itself_stays_behind() -> None:
    foreign = {"anthropic": {"signature": "s", "closed": True}}
    said = AssistantMessage((ReasoningPart("hm", foreign), TextPart("Yes", foreign), SourcePart("s", "https://a.test")))
    assert sent(said)[0]["content"] == [thinking("hm"), {"type": "text", "text": "Yes"}]


def test_a_generated_file_is_left_out_with_a_warning() -> None:
    said = AssistantMessage((TextPart("Here"), FilePart(data=PNG, media_type="image/png")))
    body, lost = encode(messages=(user("Draw"), said, user("Thanks")))
    assert body["messages"][1]["content"] == "Here"
    assert lost == ["a generated file"]


# ---- embeddings ----


def test_embedding_requests() -> None:
    model = mistral.embedding("codestral-embed")
    body = model.encode(EmbeddingRequest(values=("a",), dimensions=64, provider_options={"mistral": {"metadata": {}}}))
    assert body == {
        "model": "codestral-embed",
        "input": ("a",),
        "encoding_format": "float",
        "output_dimension": 64,
        "metadata": {},
    }
    wins = {"mistral": {"output_dimension": 32, "output_dtype": "int8"}}
    body = model.encode(EmbeddingRequest(values=("a",), dimensions=64, provider_options=wins))
    assert (body["output_dimension"], body["output_dtype"]) == (32, "int8")
    assert "dimensions" not in body


def test_one_call_takes_32_texts() -> None:
    model = mistral.embedding("mistral-embed")
    assert model.max_values_per_call == 32
    assert len(model.encode(EmbeddingRequest(values=("a",) * 32))["input"]) == 32
    with pytest.raises(InvalidRequestError, match="33 texts; mistral takes from 1 to 32"):
        model.encode(EmbeddingRequest(values=("a",) * 33))
