"""What OpenRouter does in its own way; shapes as recorded unless a test says otherwise."""

from __future__ import annotations

import json
from typing import Any

import pytest
from provider_kit import ask

from ai_sdk import InvalidRequestError, InvalidResponseError
from ai_sdk._frozen import freeze
from ai_sdk.errors import (
    APIError,
    BadRequestError,
    ContentFilterError,
    ContextLengthError,
    MalformedEventError,
    RateLimitError,
    ServerError,
)
from ai_sdk.messages import (
    AssistantMessage,
    FilePart,
    ReasoningPart,
    SystemMessage,
    TextPart,
    ToolCallPart,
    ToolResultPart,
    assistant,
    user,
)
from ai_sdk.parts import LanguagePart
from ai_sdk.provider import Exchange
from ai_sdk.providers.openai_compatible._decode import ChatDecoder, decode
from ai_sdk.providers.openrouter import create_openrouter, openrouter
from ai_sdk.requests import EmbeddingRequest, JSONFormat, ProviderTool, RerankRequest, ToolDefinition
from ai_sdk.results import LanguageResult, Usage, fold_language
from ai_sdk.testing.replay import Exchange as Recording
from ai_sdk.testing.replay import Replayer

MODEL = "anthropic/claude-sonnet-4.5"
TEXT = {"type": "reasoning.text", "format": "anthropic-claude-v1", "index": 0}
HEADERS = freeze({"content-type": "application/json"})


def encode(**fields: Any) -> tuple[dict[str, Any], list[str]]:
    body, warnings = openrouter(MODEL).encode(ask(**fields))
    return json.loads(json.dumps(body)), [warning.feature for warning in warnings]


def decoder(**fields: Any) -> ChatDecoder:
    return openrouter(MODEL).decoder(ask(stream=True, **fields), Exchange(openrouter.endpoint, MODEL), {}, [])


def fold(*chunks: dict[str, Any], reader: ChatDecoder | None = None) -> LanguageResult:
    reader = reader or decoder()
    parts: list[LanguagePart] = [part for chunk in chunks for part in reader.event(json.dumps(chunk).encode())]
    return fold_language(parts + reader.event(b"[DONE]"))


def chunk(delta: dict[str, Any], finish: str | None = None, **more: Any) -> dict[str, Any]:
    choice = {"index": 0, "delta": {"role": "assistant", **delta}, "finish_reason": finish}
    return {"id": "gen-1", "model": MODEL, "choices": [choice], **more}


def thought(text: str | None = None, **more: Any) -> dict[str, Any]:
    said = {} if text is None else {"text": text}
    return chunk({"content": "", "reasoning": text, "reasoning_details": [{**TEXT, **said, **more}]})


def whole(message: dict[str, Any], **more: Any) -> LanguageResult:
    body = {"id": "gen-1", "choices": [{"index": 0, "message": message, "finish_reason": "stop"}], **more}
    return fold_language(decode(decoder(), body))


def details_of(result: LanguageResult) -> Any:
    (part,) = [part for part in result.content if isinstance(part, ReasoningPart)]
    return json.loads(json.dumps(part.provider_metadata["openrouter"]["reasoning_details"]))


def answered(body: Any, status: int = 200) -> Replayer:
    return Replayer(
        Recording("made", "openrouter", "chat", status=status, headers=HEADERS, body=json.dumps(body).encode())
    )


def test_settings_and_usage() -> None:
    body, features = encode(top_k=5, reasoning="low", max_output_tokens=9, stop=("x",))
    assert features == []
    assert body["top_k"] == 5
    assert body["reasoning"] == {"effort": "low"}
    assert body["max_tokens"] == 9
    assert body["usage"] == {"include": True}


@pytest.mark.parametrize(
    ("reasoning", "option", "expected"),
    [
        ("high", {"exclude": True}, {"effort": "high", "exclude": True}),
        ("high", {"max_tokens": 100}, {"max_tokens": 100}),
        ("high", {"effort": "low"}, {"effort": "low"}),
        (None, {"enabled": True}, {"enabled": True}),
    ],
)
def test_reasoning_beside_its_option(reasoning: Any, option: dict[str, Any], expected: dict[str, Any]) -> None:
    body, _ = encode(reasoning=reasoning, provider_options={"openrouter": {"reasoning": option}})
    assert body["reasoning"] == expected


def test_options_go_into_the_body_as_they_are() -> None:
    options = {
        "models": ["x-ai/grok-4"],
        "provider": {"order": ["azure"], "zdr": True},
        "plugins": [{"id": "web"}],
        "web_search_options": {"search_context_size": "low"},
        "transforms": ["middle-out"],
        "route": "fallback",
        "user": "u",
        "session_id": "s",
        "usage": {"include": False},
    }
    body, features = encode(provider_options={"openrouter": options, "groq": {"nothing": 1}})
    assert {name: body[name] for name in options} == options
    assert features == []
    assert "nothing" not in body


def test_a_schema_is_sent() -> None:
    body, _ = encode(response_format=JSONFormat(schema={"type": "object"}))
    assert body["response_format"]["json_schema"] == {"name": "response", "schema": {"type": "object"}, "strict": True}


def test_tools_of_the_router() -> None:
    tools = (
        ToolDefinition("add", provider_options={"openrouter": {"cache_control": {"type": "ephemeral"}}}),
        ProviderTool("openrouter.web_search", {"max_results": 2}),
        ProviderTool("openrouter.datetime"),
        ProviderTool("groq.browser_search"),
    )
    body, features = encode(tools=tools)
    assert body["tools"][0]["cache_control"] == {"type": "ephemeral"}
    assert body["tools"][1:] == [
        {"type": "openrouter:web_search", "parameters": {"max_results": 2}},
        {"type": "openrouter:datetime"},
    ]
    assert features == ["groq.browser_search"]


def test_cache_control_of_messages_and_parts() -> None:
    mark = {"openrouter": {"cache_control": {"type": "ephemeral"}}}
    said = (SystemMessage("Be kind.", mark), user(TextPart("Hi", mark)))
    body, _ = encode(messages=said)
    assert body["messages"][0] == {"role": "system", "content": "Be kind.", "cache_control": {"type": "ephemeral"}}
    assert body["messages"][1]["content"] == [{"type": "text", "text": "Hi", "cache_control": {"type": "ephemeral"}}]


def test_documents_by_url_and_more_kinds_of_audio() -> None:
    pdf = FilePart(url="https://example.com/a.pdf", media_type="application/pdf", filename="a.pdf")
    body, _ = encode(messages=(user(pdf, FilePart(data=b"a", media_type="audio/flac")),))
    assert body["messages"][0]["content"] == [
        {"type": "file", "file": {"filename": "a.pdf", "file_data": "https://example.com/a.pdf"}},
        {"type": "input_audio", "input_audio": {"data": "YQ==", "format": "flac"}},
    ]


def test_details_of_a_stream_are_joined_and_go_back_as_they_came() -> None:
    result = fold(thought("Two "), thought("cities."), thought(signature="c2ln"), chunk({"content": "Yes."}, "stop"))
    assert result.reasoning == "Two cities."
    assert details_of(result) == [{**TEXT, "text": "Two cities.", "signature": "c2ln"}]
    body, _ = encode(messages=(user("Hi"), result.message))
    echo = body["messages"][1]
    assert echo["reasoning_details"] == details_of(result)
    assert echo["reasoning"] == "Two cities."


def test_a_summary_and_what_is_encrypted_share_an_index_and_stay_two() -> None:
    summary = {"type": "reasoning.summary", "format": "openai-responses-v1", "index": 0}
    secret = {"type": "reasoning.encrypted", "data": "Z0FB", "id": "rs_1", "index": 0}
    result = fold(
        chunk({"reasoning": "Ea", "reasoning_details": [{**summary, "summary": "Ea"}]}),
        chunk({"reasoning": "sy", "reasoning_details": [{**summary, "summary": "sy"}]}),
        chunk({"content": "", "reasoning_details": [secret]}),
        chunk({"content": "", "reasoning_details": [{**secret, "id": "rs_2"}]}),
        chunk({"content": "Yes."}, "stop"),
    )
    assert details_of(result) == [{**summary, "summary": "Easy"}, secret, {**secret, "id": "rs_2"}]
    assert [part.type for part in result.content] == ["reasoning", "text"]


def test_texts_of_another_index_or_id_begin_anew() -> None:
    result = fold(thought("a", id="1"), thought("b", id="2"), thought("c", index=1), chunk({}, "stop"))
    assert [each["text"] for each in details_of(result)] == ["a", "b", "c"]


def test_a_whole_answer_says_the_same_as_its_stream() -> None:
    details = [{**TEXT, "text": "hm", "signature": "c2ln"}]
    message = {"role": "assistant", "content": "Yes", "reasoning": "hm", "reasoning_details": details}
    streamed = fold(thought("h"), thought("m"), thought(signature="c2ln"), chunk({"content": "Yes"}, "stop"))
    assert whole(message).content == streamed.content


def test_details_of_others_are_not_sent() -> None:
    foreign = ReasoningPart("hm", {"anthropic": {"signature": "x"}, "openrouter": {"reasoning_details": "no list"}})
    body, _ = encode(messages=(user("Hi"), AssistantMessage((foreign, TextPart("Yes")))))
    assert "reasoning_details" not in body["messages"][1]
    assert body["messages"][1]["reasoning"] == "hm"


def test_a_tool_that_the_router_ran() -> None:
    """Vendor documents."""
    ran = {
        "type": "reasoning.server_tool_call",
        "tool_name": "openrouter:fusion",
        "tool_call_id": "call_1",
        "arguments": '{"prompt": "Compare"}',
        "result": '{"status": "ok"}',
    }
    result = whole({"content": "Done.", "reasoning_details": [ran]})
    (call,) = result.tool_calls
    assert call == ToolCallPart("call_1", "fusion", '{"prompt": "Compare"}', provider_executed=True)
    assert ToolResultPart("call_1", "fusion", {"status": "ok"}, provider_executed=True) in result.content
    assert result.finish_reason == "stop"
    body, _ = encode(messages=(user("Hi"), result.message))
    assert body["messages"][1]["reasoning_details"] == [ran]
    assert "tool_calls" not in body["messages"][1]


def test_pictures_come_and_go_back() -> None:
    result = whole({"content": "Here.", "images": [{"image_url": {"url": "data:image/png;base64,iVBORw0KGgo="}}]})
    assert result.files[0].media_type == "image/png"
    assert result.files[0].data == b"\x89PNG\r\n\x1a\n"
    body, features = encode(messages=(user("Hi"), result.message))
    url = {"url": "data:image/png;base64,iVBORw0KGgo="}
    assert body["messages"][1]["images"] == [{"type": "image_url", "image_url": url}]
    assert features == []


def test_a_picture_that_is_no_base64() -> None:
    with pytest.raises(InvalidResponseError):
        whole({"content": "Here.", "images": [{"image_url": {"url": "data:image/png;base64,?"}}]})


def test_sources_and_files_that_were_read() -> None:
    cited = {"url": "https://a.example", "title": "A", "content": "words", "start_index": 0, "end_index": 3}
    file = {"type": "file", "file": {"hash": "0a", "name": "a.pdf", "content": [{"type": "text", "text": "A"}]}}
    result = whole({"content": "Yes", "annotations": [{"type": "url_citation", "url_citation": cited}, file]})
    (source,) = result.sources
    assert (source.url, source.title) == ("https://a.example", "A")
    assert source.provider_metadata["openrouter"] == {"content": "words", "start_index": 0, "end_index": 3}
    assert result.provider_metadata["openrouter"]["annotations"] == (freeze(file),)
    body, _ = encode(messages=(user("Hi"), result.message))
    assert body["messages"][1]["annotations"] == [file]


def test_costs_and_who_served() -> None:
    usage = {
        "prompt_tokens": 9,
        "completion_tokens": 2,
        "cost": 0.1,
        "is_byok": True,
        "prompt_tokens_details": {"cached_tokens": 4, "cache_write_tokens": 1},
        "completion_tokens_details": {"reasoning_tokens": 1},
        "cost_details": {"upstream_inference_cost": 0.09},
    }
    result = whole({"content": "Yes"}, provider="Azure", usage=usage, service_tier="default")
    assert result.usage == Usage(9, 2, 4, 1, 1)
    assert result.provider_metadata["openrouter"] == {
        "provider": "Azure",
        "service_tier": "default",
        "cost": 0.1,
        "is_byok": True,
        "upstream_cost": 0.09,
    }


def test_a_choice_that_failed_inside_a_good_status() -> None:
    failed = {"code": 502, "message": "Provider returned error", "metadata": {"raw": "Malformed function call"}}
    body = {"choices": [{"index": 0, "message": {"content": ""}, "finish_reason": "error", "error": failed}]}
    with pytest.raises(ServerError, match="Malformed function call") as raised:
        decode(decoder(), body)
    assert raised.value.status == 502


def test_an_error_beside_the_choices_of_a_chunk() -> None:
    with pytest.raises(BadRequestError, match="Token limit reached"):
        fold(chunk({"content": "Yes"}), chunk({"content": ""}, error={"code": 400, "message": "Token limit reached"}))


@pytest.mark.parametrize(
    ("status", "error", "kind", "words"),
    [
        (429, {"raw": "try later", "provider_name": "Google"}, RateLimitError, "went wrong (Google): try later"),
        (400, {"raw": '{"error": {"message": "no such tool"}}'}, BadRequestError, "went wrong: no such tool"),
        (400, {"raw": {"error": "too many tokens"}}, ContextLengthError, "went wrong: too many tokens"),
        (400, {"error_type": "context_length_exceeded"}, ContextLengthError, "went wrong"),
        (403, {"reasons": ["violence"]}, ContentFilterError, "went wrong"),
        (524, {"raw": None}, ServerError, "went wrong"),
        (400, "no object", BadRequestError, "went wrong"),
    ],
)
async def test_errors(status: int, error: Any, kind: type[APIError], words: str) -> None:
    http = answered({"error": {"code": status, "message": "went wrong", "metadata": error}, "user_id": "u"}, status)
    with pytest.raises(APIError) as raised:
        await create_openrouter(api_key="k", http=http)(MODEL)(ask())
    assert type(raised.value) is kind
    assert raised.value.message == words
    assert raised.value.status == status
    assert raised.value.provider == "openrouter"


@pytest.mark.parametrize("value", [0, "x", [1], {"a": 1}, True])
@pytest.mark.parametrize("name", ["reasoning_details", "images", "annotations", "logprobs"])
def test_strange_shapes_never_crash(name: str, value: Any) -> None:
    try:
        fold(chunk({"content": "Hi", name: value}, "stop", usage={"cost_details": value}))
        fold(chunk({"content": "Hi", name: [value, {"type": value, "image_url": value}]}, "stop"))
    except MalformedEventError:
        pass


async def test_the_door(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OPENROUTER_API_KEY", "from the environment")
    message = {"role": "assistant", "content": "Yes"}
    http = answered({"id": "gen-1", "choices": [{"index": 0, "message": message, "finish_reason": "stop"}]})
    provider = create_openrouter(http=http, referer="https://app.example", title="App", headers={"x-title": "Other"})
    assert (await (await provider(MODEL)(ask())).result()).text == "Yes"
    (sent,) = http.requests
    assert sent.url == "https://openrouter.ai/api/v1/chat/completions"
    assert sent.headers["authorization"] == "Bearer from the environment"
    assert (sent.headers["http-referer"], sent.headers["x-title"]) == ("https://app.example", "Other")
    assert provider.kinds == ("language", "embedding", "image", "speech", "transcription", "reranking", "video")
    assert provider.responses(MODEL).model_id == MODEL


async def test_models_say_their_prices() -> None:
    http = answered({"data": [{"id": MODEL, "created": 1747930371, "pricing": {"prompt": "0.000003"}}]})
    (model,) = await create_openrouter(api_key="k", http=http).models()
    assert (model.id, model.created) == (MODEL, 1747930371.0)
    assert model.raw["pricing"] == {"prompt": "0.000003"}


async def test_embeddings() -> None:
    http = answered({"object": "list", "data": [{"embedding": [1, 0]}], "model": "m", "usage": {"prompt_tokens": 2}})
    model = create_openrouter(api_key="k", http=http).embedding("openai/text-embedding-3-small")
    result = await model(EmbeddingRequest(values=("a",), provider_options={"openrouter": {"input_type": "query"}}))
    assert result.embeddings == ((1, 0),)
    assert json.loads(http.requests[0].body)["input_type"] == "query"


RANKED = {
    "id": "gen-rerank-1",
    "model": "rerank-v3.5",
    "provider": "Cohere",
    "results": [{"index": 1, "relevance_score": 0.06}, {"index": 0, "relevance_score": 0.5}],
    "usage": {"cost": 0.001, "search_units": 1},
}


async def test_reranking() -> None:
    http = answered(RANKED)
    model = create_openrouter(api_key="k", http=http).reranking("cohere/rerank-v3.5")
    result = await model(RerankRequest(query="q", documents=("a", "b"), top_n=2))
    assert [(each.index, each.document) for each in result.ranking] == [(0, "a"), (1, "b")]
    assert result.provider_metadata["openrouter"] == {"provider": "Cohere", "cost": 0.001, "search_units": 1}
    sent = json.loads(http.requests[0].body)
    assert sent == {"model": "cohere/rerank-v3.5", "query": "q", "documents": ["a", "b"], "top_n": 2}


@pytest.mark.parametrize("results", [None, [{"index": 7, "relevance_score": 1}], [{"index": 0}], "x"])
async def test_a_ranking_that_is_none(results: Any) -> None:
    model = create_openrouter(api_key="k", http=answered({"results": results})).reranking("m")
    with pytest.raises(InvalidResponseError):
        await model(RerankRequest(query="q", documents=("a",)))


async def test_nothing_to_rank() -> None:
    with pytest.raises(InvalidRequestError):
        await create_openrouter(api_key="k").reranking("m")(RerankRequest(query="q", documents=()))


def test_a_turn_with_nothing_of_ours_stays_as_it_is() -> None:
    body, _ = encode(messages=(user("Hi"), assistant("Yes")))
    assert body["messages"][1] == {"role": "assistant", "content": "Yes"}
