"""What Cohere does in its own way; shapes as recorded unless a test says otherwise."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest
from provider_kit import Reply, ask, serve

from ai_sdk._frozen import freeze
from ai_sdk.errors import (
    InvalidRequestError,
    InvalidResponseError,
    MissingAPIKeyError,
    UnsupportedError,
)
from ai_sdk.messages import (
    AssistantMessage,
    FilePart,
    ReasoningPart,
    TextPart,
    ToolCallPart,
    ToolResultPart,
    assistant,
    system,
    tool_results,
    user,
)
from ai_sdk.providers.cohere import cohere, create_cohere
from ai_sdk.providers.cohere.embedding import decode_embeddings
from ai_sdk.requests import EmbeddingRequest, JSONFormat, ProviderTool, RerankRequest, SpecificTool, ToolDefinition
from ai_sdk.results import Usage

COMMAND = "command-a-03-2025"
REASONING = "command-a-reasoning-08-2025"
ADD = ToolDefinition("add", "Adds")
PNG = b"\x89PNG\r\n"
PLAN = freeze({"cohere": {"type": "tool_plan"}})


def encode(model_id: str = COMMAND, **fields: Any) -> tuple[dict[str, Any], list[str]]:
    body, warnings = cohere(model_id).encode(ask(**fields))
    return body, [warning.feature for warning in warnings]


def sent(*messages: Any) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = encode(messages=messages)[0]["messages"]
    return found


# ---- the door ----


def test_the_door() -> None:
    assert cohere.kinds == ("language", "embedding", "reranking")
    assert cohere.base_url == "https://api.cohere.com/v2"
    assert cohere(COMMAND).structured_output == "json_schema"
    assert repr(cohere.reranking("rerank-v3.5")) == 'cohere.reranking("rerank-v3.5")'


def test_the_key(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(MissingAPIKeyError, match="COHERE_API_KEY or CO_API_KEY"):
        cohere.endpoint.all_headers({}, None)
    monkeypatch.setenv("CO_API_KEY", "second")
    assert cohere.endpoint.all_headers({}, None)["authorization"] == "Bearer second"
    monkeypatch.setenv("COHERE_API_KEY", "first")
    assert cohere.endpoint.all_headers({}, None)["authorization"] == "Bearer first"
    assert "given" not in repr(create_cohere(api_key="given", headers={"X-Team": "a"}))


@pytest.mark.parametrize("root", ["", "/proxy/v2"])
def test_models_are_listed_by_the_first_version_of_the_api_page_after_page(root: str) -> None:
    async def main() -> None:
        first: dict[str, Any] = {
            "models": [{"name": "a", "context_length": 9}, {"no": "name"}, None],
            "next_page_token": "t/1",
        }
        async with serve(Reply(first), Reply({"models": [{"name": "b"}]})) as server:
            base = server.url.removesuffix("/v1") + (root or "/v2")
            found = await create_cohere(api_key="key-0123456789", base_url=base).models()
        assert [each.id for each in found] == ["a", "b"]
        assert found[0].raw["context_length"] == 9
        prefix = root.removesuffix("/v2")
        assert [each.path for each in server.asked] == [
            f"{prefix}/v1/models?page_size=1000",
            f"{prefix}/v1/models?page_size=1000&page_token=t%2F1",
        ]

    asyncio.run(main())


def test_a_list_of_models_that_is_none() -> None:
    async def main() -> None:
        async with serve(Reply({"data": []})) as server:
            await create_cohere(api_key="key-0123456789", base_url=server.url).models()

    with pytest.raises(InvalidResponseError, match="not a list"):
        asyncio.run(main())


# ---- settings ----


def test_settings_in_coheres_words() -> None:
    body, lost = encode(
        max_output_tokens=9,
        temperature=0.5,
        top_p=0.9,
        top_k=5,
        presence_penalty=0.1,
        frequency_penalty=0.2,
        stop=("x",),
        seed=7,
        stream=True,
    )
    assert body == {
        "model": COMMAND,
        "messages": [{"role": "user", "content": "Hi"}],
        "max_tokens": 9,
        "temperature": 0.5,
        "p": 0.9,
        "k": 5,
        "presence_penalty": 0.1,
        "frequency_penalty": 0.2,
        "stop_sequences": ("x",),
        "seed": 7,
        "stream": True,
    }
    assert lost == []


@pytest.mark.parametrize(("asked", "p", "lost"), [(1.0, 0.99, ["top_p"]), (0.0, 0.01, ["top_p"]), (0.99, 0.99, [])])
def test_p_is_kept_within_its_bounds(asked: float, p: float, lost: list[str]) -> None:
    body, features = encode(top_p=asked)
    assert (body["p"], features) == (p, lost)


def test_options_go_out_as_they_are() -> None:
    options = {
        "safety_mode": "STRICT",
        "citation_options": {"mode": "FAST"},
        "strict_tools": True,
        "logprobs": True,
        "priority": 2,
        "something_new": 1,
    }
    body, lost = encode(provider_options={"cohere": options, "groq": {"x": 1}})
    assert body.items() >= freeze(options).items()
    assert "x" not in body
    assert lost == []
    with pytest.raises(InvalidRequestError, match="provider_options"):
        encode(provider_options={"cohere": 3})


@pytest.mark.parametrize(
    ("model_id", "asked", "expected", "lost"),
    [
        (REASONING, "none", {"type": "disabled"}, []),
        (REASONING, "high", {"type": "enabled"}, ["reasoning"]),
        ("command-of-tomorrow", "low", {"type": "enabled"}, ["reasoning"]),
        (COMMAND, "high", None, ["reasoning"]),
        (COMMAND, "none", None, []),
        ("command-r7b-12-2024", "low", None, ["reasoning"]),
        ("command-a-plus-05-2026", "none", {"type": "disabled"}, []),
    ],
)
def test_reasoning_by_model(model_id: str, asked: Any, expected: Any, lost: list[str]) -> None:
    body, features = encode(model_id, reasoning=asked)
    assert (body.get("thinking"), features) == (expected, lost)


def test_the_option_for_thinking_wins() -> None:
    thinking = {"type": "enabled", "token_budget": 500}
    body, lost = encode(REASONING, reasoning="none", provider_options={"cohere": {"thinking": thinking}})
    assert (body["thinking"], lost) == (thinking, [])


@pytest.mark.parametrize(
    ("choice", "expected"), [(None, None), ("auto", None), ("none", "NONE"), ("required", "REQUIRED")]
)
def test_tool_choice(choice: Any, expected: str | None) -> None:
    body, _ = encode(tools=(ADD,), tool_choice=choice)
    assert body.get("tool_choice") == expected
    schema: dict[str, Any] = {"type": "object", "properties": {}}
    function = {"name": "add", "description": "Adds", "parameters": schema}
    assert body["tools"] == [{"type": "function", "function": function}]


def test_a_choice_of_one_tool_offers_it_alone() -> None:
    body, _ = encode(tools=(ADD, ToolDefinition("subtract")), tool_choice=SpecificTool("subtract"))
    assert [tool["function"]["name"] for tool in body["tools"]] == ["subtract"]
    assert body["tool_choice"] == "REQUIRED"
    with pytest.raises(InvalidRequestError, match="not among the tools: add"):
        encode(tools=(ADD,), tool_choice=SpecificTool("subtract"))


def test_tools_are_strict_together_or_not_at_all() -> None:
    strict, loose = ToolDefinition("a", strict=True), ToolDefinition("b", strict=False)
    assert encode(tools=(strict, strict))[0]["strict_tools"] is True
    body, lost = encode(tools=(strict, loose))
    assert "strict_tools" not in body
    assert lost == ["strict"]
    assert "strict_tools" not in encode(tools=(loose, ADD))[0]


def test_cohere_runs_no_tools_itself() -> None:
    body, lost = encode(tools=(ProviderTool("cohere.web_search"),), tool_choice="required")
    assert "tools" not in body
    assert "tool_choice" not in body
    assert lost == ["cohere.web_search"]


def test_structured_output() -> None:
    schema = freeze({"type": "object", "properties": {}})
    body, lost = encode(response_format=JSONFormat(schema, name="city"))
    assert body["response_format"] == {"type": "json_object", "json_schema": schema}
    assert encode(response_format=JSONFormat())[0]["response_format"] == {"type": "json_object"}
    assert lost == []
    body, lost = encode(response_format=JSONFormat(schema), tools=(ADD,))
    assert "response_format" not in body
    assert lost == ["response_format"]


def test_a_conversation_without_messages_is_bad_input() -> None:
    with pytest.raises(InvalidRequestError, match="messages is empty"):
        encode(messages=())


# ---- messages ----


def test_pictures() -> None:
    pictures = (
        FilePart(data=PNG, media_type="image/*"),
        FilePart(url="https://a.test/x.png", media_type="image/png", provider_metadata={"cohere": {"detail": "low"}}),
    )
    assert sent(system("Be short"), user("Look", *pictures, name="Ada")) == [
        {"role": "system", "content": "Be short"},
        {
            "role": "user",
            "content": [
                {"type": "text", "text": "Look"},
                {"type": "image_url", "image_url": {"url": "data:image/png;base64,iVBORw0K"}},
                {"type": "image_url", "image_url": {"url": "https://a.test/x.png", "detail": "low"}},
            ],
        },
    ]
    assert encode(messages=(user("Hi", name="Ada"),))[1] == ["name"]


def test_files_of_text_become_documents_before_those_of_the_options() -> None:
    files = (
        FilePart(data=b"Penguins swim", media_type="text/plain", filename="p.txt"),
        FilePart(data=b"{}", media_type="application/json", provider_metadata={"cohere": {"id": "j"}}),
    )
    options = {"cohere": {"documents": ["Whales swim", {"data": {"text": "x"}}]}}
    body, _ = encode(messages=(user("What swims?", *files),), provider_options=options)
    assert body["messages"] == [{"role": "user", "content": "What swims?"}]
    assert body["documents"] == [
        {"data": {"text": "Penguins swim", "title": "p.txt"}},
        {"data": {"text": "{}"}, "id": "j"},
        "Whales swim",
        {"data": {"text": "x"}},
    ]


def test_files_that_cohere_cannot_take_are_refused() -> None:
    with pytest.raises(UnsupportedError, match="application/pdf"):
        sent(user(FilePart(data=b"%PDF", media_type="application/pdf")))
    with pytest.raises(UnsupportedError, match="only as bytes"):
        sent(user(FilePart(url="https://a.test/x.txt", media_type="text/plain")))


def test_the_plan_goes_back_beside_the_calls() -> None:
    add = ToolCallPart("add_1", "add", "")
    ran = ToolCallPart("x", "search", "{}", provider_executed=True)
    calls = [{"id": "add_1", "type": "function", "function": {"name": "add", "arguments": "{}"}}]
    planned = AssistantMessage((ReasoningPart("I will add.", PLAN), add, ran))
    assert sent(planned) == [{"role": "assistant", "tool_plan": "I will add.", "tool_calls": calls}]
    thought = AssistantMessage((ReasoningPart("hm"), TextPart("Adding"), add))
    content = [{"type": "thinking", "thinking": "hm"}, {"type": "text", "text": "Adding"}]
    assert sent(thought) == [{"role": "assistant", "content": content, "tool_calls": calls}]


def test_thinking_of_any_provider_goes_back_as_content() -> None:
    said = AssistantMessage((ReasoningPart("hm", {"anthropic": {"signature": "s"}}), TextPart("Yes")))
    assert sent(said)[0]["content"] == [{"type": "thinking", "thinking": "hm"}, {"type": "text", "text": "Yes"}]
    assert sent(assistant("Yes", cohere={"citations": []})) == [
        {"role": "assistant", "content": "Yes", "citations": ()},
    ]


def test_tool_results() -> None:
    own = {"cohere": {"content": [{"type": "document", "document": {"data": {"a": 1}}}]}}
    outputs = tool_results(
        ToolResultPart("a", "add", "three"),
        ToolResultPart("b", "add", {"sum": 3}),
        ToolResultPart("c", "add", (TextPart("see"), FilePart(data=b"x", media_type="text/plain"))),
        ToolResultPart("d", "add", (FilePart(data=PNG, media_type="image/png"),)),
        ToolResultPart("e", "add", "replaced", provider_metadata=own),
    )
    *results, pictures = sent(outputs)
    assert [each["tool_call_id"] for each in results] == ["a", "b", "c", "d", "e"]
    assert [each["content"] for each in results] == [
        "three",
        '{"sum":3}',
        [{"type": "text", "text": "see"}, {"type": "document", "document": {"data": {"text": "x"}}}],
        "The files follow.",
        freeze(own["cohere"]["content"]),
    ]
    assert pictures["content"] == [{"type": "image_url", "image_url": {"url": "data:image/png;base64,iVBORw0K"}}]
    assert encode(messages=(outputs,))[1] == ["files in tool results"]


def test_a_generated_file_is_left_out_with_a_warning() -> None:
    said = AssistantMessage((TextPart("Here"), FilePart(data=PNG, media_type="image/png")))
    body, lost = encode(messages=(said,))
    assert body["messages"] == [{"role": "assistant", "content": "Here"}]
    assert lost == ["a generated file"]


# ---- embeddings and reranking ----


def embed(values: tuple[str, ...] = ("a",), dimensions: int | None = None, **options: Any) -> dict[str, Any]:
    request = EmbeddingRequest(values=values, dimensions=dimensions, provider_options={"cohere": options})
    return cohere.embedding("embed-v4.0").encode(request)


def test_embedding_requests() -> None:
    asked = {"model": "embed-v4.0", "input_type": "search_query", "embedding_types": ["float"]}
    assert embed(dimensions=256) == {**asked, "texts": ("a",), "output_dimension": 256}
    options: dict[str, Any] = {
        "input_type": "search_document",
        "embedding_types": ("int8",),
        "truncate": "NONE",
        "output_dimension": 512,
    }
    assert embed(dimensions=256, **options) == {**asked, **options, "texts": ("a",)}
    assert embed((), images=["data:image/png;base64,x"]) == {**asked, "images": ("data:image/png;base64,x",)}
    for values in ((), ("a",) * 97):
        with pytest.raises(InvalidRequestError, match="cohere takes from 1 to 96"):
            embed(values)


def test_embeddings_of_several_types() -> None:
    data = {
        "id": "r",
        "embeddings": {"float": [[0.5, 1]], "int8": [[3, 4]], "base64": ["AAAAPwAAgD8="], "binary": None},
        "meta": {"billed_units": {"input_tokens": 2, "image_tokens": 5}},
    }
    result = decode_embeddings(data, {}, 1, "cohere", ("int8", "float"))
    assert result.embeddings == ((3, 4),)
    assert set(result.provider_metadata["cohere"]["embeddings"]) == {"float", "base64"}
    assert (result.usage, result.response.id) == (Usage(7), "r")
    assert decode_embeddings(data, {}, 1, "cohere", ("base64",)).embeddings == ((0.5, 1.0),)


@pytest.mark.parametrize(
    "data",
    [
        None,
        {},
        {"embeddings": [[0.5]]},
        {"embeddings": {"int8": [[1]]}},
        {"embeddings": {"float": [None]}},
        {"embeddings": {"float": [["x"]]}},
        {"embeddings": {"float": ["no base64"]}},
        {"embeddings": {"float": [[0.5], [0.5]]}},
    ],
)
def test_embeddings_that_are_none(data: Any) -> None:
    with pytest.raises(InvalidResponseError, match="cohere answered"):
        decode_embeddings(data, {}, 1, "cohere")


def test_documents_that_are_objects_are_ranked_as_json() -> None:
    documents = ("text", {"title": "A", "year": 2024})
    options = {"cohere": {"max_tokens_per_doc": 100}}
    request = RerankRequest(query="q", documents=freeze(documents), top_n=1, provider_options=options)
    body, warnings = cohere.reranking("rerank-v3.5").encode(request)
    assert body == {
        "model": "rerank-v3.5",
        "query": "q",
        "documents": ["text", '{"title":"A","year":2024}'],
        "top_n": 1,
        "max_tokens_per_doc": 100,
    }
    assert [each.feature for each in warnings] == ["documents"]
    with pytest.raises(InvalidRequestError, match="documents is empty"):
        cohere.reranking("rerank-v3.5").encode(RerankRequest(query="q", documents=()))


@pytest.mark.parametrize(
    "results", [None, [{}], [{"index": 5, "relevance_score": 1}], [{"index": -1, "relevance_score": 1}], ["x"]]
)
def test_a_ranking_that_is_none(results: Any) -> None:
    async def main() -> None:
        async with serve(Reply({"results": results})) as server:
            door = create_cohere(api_key="key-0123456789", base_url=server.url)
            await door.reranking("rerank-v3.5")(RerankRequest(query="q", documents=("a", "b")))

    with pytest.raises(InvalidResponseError, match="not a ranking"):
        asyncio.run(main())
