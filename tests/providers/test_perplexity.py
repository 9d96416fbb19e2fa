"""What Perplexity does in its own way; shapes as recorded unless a test says otherwise."""

from __future__ import annotations

import json
from typing import Any

import pytest
from dialect_kit import answered, body_of, chunk, lost_by, replaying, streamed, whole

from ai_sdk._frozen import freeze
from ai_sdk.errors import BadRequestError, InvalidRequestError, InvalidResponseError, UnsupportedError
from ai_sdk.messages import FilePart, SourcePart, ToolCallPart, ToolResultPart, assistant, tool_results, user
from ai_sdk.parts import TextDelta
from ai_sdk.providers.perplexity import create_perplexity, perplexity
from ai_sdk.requests import EmbeddingRequest, JSONFormat, ProviderTool, ToolDefinition
from ai_sdk.results import Usage, fold_language
from ai_sdk.testing.replay import Replayer, corpus_or_skip, exchanges

SONAR = perplexity("sonar")
A: dict[str, Any] = {
    "url": "https://a.test",
    "title": "A",
    "date": "2025-01-02",
    "last_updated": None,
    "snippet": "a",
    "source": "web",
}
B: dict[str, Any] = {
    "url": "https://b.test",
    "title": "B",
    "date": None,
    "last_updated": None,
    "snippet": "",
    "source": "web",
}
BOTH: dict[str, Any] = {"citations": ["https://a.test", "https://b.test"], "search_results": [A, B]}
SOURCES = (
    SourcePart(
        "source_0",
        "https://a.test",
        "A",
        provider_metadata=freeze({"perplexity": {"date": "2025-01-02", "snippet": "a"}}),
    ),
    SourcePart("source_1", "https://b.test", "B"),
)


def test_the_door() -> None:
    assert perplexity.kinds == ("language", "embedding")
    assert (perplexity.base_url, perplexity.key_env) == ("https://api.perplexity.ai", ("PERPLEXITY_API_KEY",))
    assert repr(SONAR) == 'perplexity("sonar")'


async def test_there_is_no_list_of_models() -> None:
    with pytest.raises(UnsupportedError, match="does not list its models"):
        await create_perplexity(api_key="k").models()


def test_settings_and_options() -> None:
    options = {"search_mode": "academic", "web_search_options": {"search_context_size": "low"}, "return_images": True}
    body = body_of(
        SONAR,
        max_output_tokens=9,
        temperature=0.5,
        reasoning="low",
        stream=True,
        provider_options={"perplexity": options},
    )
    wire = {"max_tokens": 9, "temperature": 0.5, "reasoning_effort": "low", "stream": True, **options}
    assert body == {"model": "sonar", "messages": [{"role": "user", "content": "Hi"}], **wire}
    body, lost = lost_by(SONAR, seed=1, top_k=2, stop=("x",), reasoning="xhigh")
    assert body["reasoning_effort"] == "high"
    assert lost == [
        ("unsupported", "top_k"),
        ("unsupported", "stop"),
        ("unsupported", "seed"),
        ("compatibility", "reasoning"),
    ]


def test_there_are_no_tools() -> None:
    body, lost = lost_by(SONAR, tools=(ToolDefinition("add"),), tool_choice="required")
    assert body.keys() == {"model", "messages"}
    assert lost == [("unsupported", "tools")]
    assert lost_by(SONAR, tools=(ProviderTool("perplexity.search"),))[1] == [("unsupported", "perplexity.search")]


def test_earlier_calls_and_their_results_are_told_as_text() -> None:
    calls = assistant("Let me see.", ToolCallPart("c", "add", '{"a":1}'), ToolCallPart("d", "now", ""))
    results = tool_results(
        ToolResultPart("c", "add", "1"), ToolResultPart("d", "now", {"h": 2}), ToolResultPart("x", "y", "3")
    )
    body, lost = lost_by(SONAR, messages=(user("Hi"), calls, results))
    assert body["messages"][1:] == [
        {"role": "assistant", "content": 'Let me see.\n(add was called with {"a":1})\n(now was called with {})'},
        {"role": "user", "content": "(add answered) 1"},
        {"role": "user", "content": '(now answered) {"h":2}'},
        {"role": "user", "content": "(a tool answered) 3"},
    ]
    assert lost == [("compatibility", "tool messages")]


def test_a_schema() -> None:
    wanted = JSONFormat(freeze({"type": "object"}), name="city")
    schema = {"name": "city", "schema": {"type": "object"}}
    assert body_of(SONAR, response_format=wanted)["response_format"] == {"type": "json_schema", "json_schema": schema}
    any_json = body_of(SONAR, response_format=JSONFormat())["response_format"]
    assert any_json["json_schema"]["schema"] == {"type": "object"}


def test_documents_are_urls_or_bare_base64() -> None:
    here = FilePart(data=b"%PDF", media_type="application/pdf", filename="a.pdf")
    there = FilePart(url="https://a.test/b.pdf", media_type="application/pdf")
    picture = FilePart(data=b"x", media_type="image/png")
    content = body_of(SONAR, messages=(user("Read", here, there, picture),))["messages"][0]["content"]
    assert content[1] == {"type": "file_url", "file_url": {"url": "JVBERg=="}, "file_name": "a.pdf"}
    assert content[2]["file_url"] == {"url": "https://a.test/b.pdf"}
    assert content[3] == {"type": "image_url", "image_url": {"url": "data:image/png;base64,eA=="}}


def test_sources_come_once_and_with_the_first_text() -> None:
    parts = streamed(
        SONAR, chunk({"content": ""}, **BOTH), chunk({"content": "Yes"}, **BOTH), chunk({}, "stop", **BOTH)
    )
    places = [type(part).__name__ for part in parts]
    assert places == ["ResponseMetadata", "TextDelta", "SourcePart", "SourcePart", "Finish"]
    assert fold_language(parts).sources == SOURCES


async def test_a_whole_answer_says_what_its_stream_says() -> None:
    events = [chunk({"content": "Y"}, **BOTH), chunk({"content": "es"}, **BOTH), chunk({}, "stop", **BOTH)]
    once = await answered(create_perplexity(api_key="k", http=replaying(whole({"content": "Yes"}, **BOTH)))("sonar"))
    assert once.content == fold_language(streamed(SONAR, *events)).content
    assert once.sources == SOURCES


def test_citations_alone_and_results_alone_are_sources() -> None:
    only: dict[str, Any] = {
        "citations": ["https://b.test", 7, "https://c.test"],
        "search_results": [A, "?", {"url": None}],
    }
    parts = streamed(SONAR, chunk({"content": "x"}, **only), chunk({}, "stop", search_results=[B]))
    assert [part.url for part in fold_language(parts).sources] == ["https://b.test", "https://c.test", "https://a.test"]


def test_sources_of_an_answer_without_text_come_at_its_end() -> None:
    parts = streamed(SONAR, chunk({}, "stop", **BOTH))
    assert [type(part).__name__ for part in parts[-3:]] == ["SourcePart", "SourcePart", "Finish"]


def test_strange_sources_are_none() -> None:
    parts = streamed(SONAR, chunk({"content": "x"}, "stop", citations="no", search_results={"url": "no"}))
    assert fold_language(parts).sources == ()


def test_the_last_event_has_a_name_of_its_own_and_repeats_the_whole() -> None:
    last = chunk({"content": ""}, "stop", object="chat.completion.done")
    last["choices"][0]["message"] = {"role": "assistant", "content": "Yes"}
    assert fold_language(streamed(SONAR, chunk({"content": "Yes"}), last)).text == "Yes"


def test_images_questions_and_cost_are_metadata() -> None:
    image = {"image_url": "https://a.test/a.png", "origin_url": "https://a.test", "height": 1, "width": 2}
    cost = {"input_tokens_cost": 0.1, "output_tokens_cost": 0.1, "request_cost": 0.005, "total_cost": 0.205}
    usage = {"prompt_tokens": 8, "completion_tokens": 3, "search_context_size": "low", "cost": cost}
    parts = streamed(
        SONAR,
        chunk({"content": "x"}, usage={**usage, "cost": {"total_cost": 0}}),
        chunk({}, "stop", usage=usage, images=[image], related_questions=["Why?"]),
    )
    result = fold_language(parts)
    assert result.provider_metadata["perplexity"] == freeze(
        {"images": [image], "related_questions": ["Why?"], "search_context_size": "low", "cost": cost}
    )
    assert result.usage == Usage(8, 3)


def test_reasoning_tokens_are_counted_beside_the_answer() -> None:
    """Vendor documents, of sonar-deep-research."""
    usage = {"prompt_tokens": 8, "completion_tokens": 300, "reasoning_tokens": 9000, "num_search_queries": 12}
    result = fold_language(streamed(SONAR, chunk({"content": "x"}, "stop", usage=usage)))
    assert result.usage == Usage(8, 9300, reasoning_tokens=9000)
    assert result.provider_metadata["perplexity"] == {"num_search_queries": 12}


def test_text_comes_as_it_arrives() -> None:
    parts = streamed(SONAR, chunk({"content": "a"}), chunk({"content": "b"}), chunk({}, "stop"))
    assert [part.text for part in parts if isinstance(part, TextDelta)] == ["a", "b"]


async def test_an_error_has_a_number_for_its_code() -> None:
    body = {"error": {"message": "The total length is too long.", "type": "too_many_prompt_tokens", "code": 400}}
    with pytest.raises(BadRequestError, match="too long"):
        await answered(create_perplexity(api_key="k", http=replaying(body, 400))("sonar"))


async def test_embeddings_are_whole_numbers() -> None:
    data = [{"index": 1, "embedding": "AAECAw=="}, {"index": 0, "embedding": "Af9/gA=="}]
    http = replaying({"data": data, "model": "pplx-embed-v1-0.6b", "usage": {"prompt_tokens": 2, "total_tokens": 2}})
    model = create_perplexity(api_key="k", http=http).embedding("pplx-embed-v1-0.6b")
    result = await model(EmbeddingRequest(values=("a", "b"), dimensions=4))
    assert result.embeddings == ((1.0, -1.0, 127.0, -128.0), (0.0, 1.0, 2.0, 3.0))
    assert result.usage == Usage(2)
    assert http.requests[0].url == "https://api.perplexity.ai/v1/embeddings"
    assert json.loads(http.requests[0].body) == {
        "model": "pplx-embed-v1-0.6b",
        "input": ["a", "b"],
        "encoding_format": "base64_int8",
        "dimensions": 4,
    }


@pytest.mark.parametrize("body", [{"data": [{"embedding": "?"}]}, {"data": ["x"]}, {"data": 3}, []])
async def test_embeddings_that_are_none(body: Any) -> None:
    model = create_perplexity(api_key="k", http=replaying(body)).embedding("m")
    with pytest.raises(InvalidResponseError, match="not a list of embeddings"):
        await model(EmbeddingRequest(values=("a",)))


def test_embedding_requests_are_checked() -> None:
    model = perplexity.embedding("m")
    with pytest.raises(InvalidRequestError, match="from 1 to 512"):
        model.encode(EmbeddingRequest(values=("a",) * 513))
    options = {"perplexity": {"encoding_format": "base64_binary"}}
    assert model.encode(EmbeddingRequest(values=("a",), provider_options=options))["encoding_format"] == "base64_binary"
    with pytest.raises(InvalidRequestError, match="encoding_format"):
        model.encode(EmbeddingRequest(values=("a",), provider_options={"perplexity": {"encoding_format": "base64"}}))


@pytest.mark.corpus
async def test_recorded_sources_are_in_the_order_in_which_the_text_numbers_them() -> None:
    count = 0
    for exchange in exchanges("perplexity", "chat", corpus_or_skip()):
        if exchange.status != 200:
            continue
        model = create_perplexity(api_key="k", http=Replayer(exchange))("sonar")
        result = await answered(model, stream=exchange.streamed)
        text = exchange.body.decode().removeprefix("data:")
        cited = json.loads(text.partition("\n\n")[0])["citations"]
        assert [source.url for source in result.sources] == cited, exchange.id
        count += len(cited)
    assert count >= 220
