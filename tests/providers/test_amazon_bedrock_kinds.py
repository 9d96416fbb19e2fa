"""Amazon Bedrock: embeddings, reranking, Claude through InvokeModel, and the OpenAI dialect of mantle."""

from __future__ import annotations

import base64
import json
from typing import Any

import pytest
from provider_kit import ask
from wire.framings import Block, joined

from ai_sdk import embed_many, generate_text
from ai_sdk._frozen import freeze
from ai_sdk.errors import (
    InvalidRequestError,
    InvalidResponseError,
    MalformedEventError,
    PermissionDeniedError,
    RateLimitError,
    UnsupportedError,
)
from ai_sdk.messages import FilePart, ReasoningPart, ToolCallPart, assistant, user
from ai_sdk.parts import TextDelta
from ai_sdk.providers.amazon_bedrock import AmazonBedrock, create_amazon_bedrock
from ai_sdk.requests import EmbeddingRequest, ProviderTool, RerankRequest
from ai_sdk.testing.replay import Exchange, Replayer, corpus_or_skip, exchanges

CLAUDE = "us.anthropic.claude-sonnet-4-5-20250929-v1:0"
MESSAGE = {
    "id": "msg_1",
    "type": "message",
    "role": "assistant",
    "model": "claude-sonnet-4-5-20250929",
    "content": [{"type": "text", "text": "Hello."}],
    "stop_reason": "end_turn",
    "usage": {"input_tokens": 3, "output_tokens": 2},
}


def http(body: Any, status: int = 200, **headers: str) -> Replayer:
    data = body if isinstance(body, bytes) else json.dumps(body).encode()
    said = {"content-type": "application/json", **{name.replace("_", "-"): each for name, each in headers.items()}}
    return Replayer(Exchange("x", "amazon_bedrock", "chat", status=status, headers=freeze(said), body=data))


def door(answer: Replayer) -> AmazonBedrock:
    return create_amazon_bedrock(api_key="k", region="us-east-1", http=answer)


def asked(answer: Replayer) -> Any:
    return json.loads(answer.requests[0].body)


def stream(*messages: bytes) -> Replayer:
    return http(b"".join(messages), content_type="application/vnd.amazon.eventstream")


def message(name: str, payload: Any, kind: str = "event") -> bytes:
    headers = b""
    for key, value in ((f":{kind}-type", name), (":message-type", kind)):
        headers += bytes([len(key)]) + key.encode() + b"\x07" + len(value).to_bytes(2, "big") + value.encode()
    return joined(Block(b"", b"", b"", name, headers), json.dumps(payload).encode())


def chunk(event: Any) -> bytes:
    return message("chunk", {"bytes": base64.b64encode(json.dumps(event).encode()).decode(), "p": "abc"})


@pytest.mark.parametrize(
    ("model_id", "fields", "body"),
    [
        ("amazon.titan-embed-text-v2:0", {}, {"inputText": "a"}),
        ("amazon.titan-embed-text-v2:0", {"dimensions": 256}, {"inputText": "a", "dimensions": 256}),
        (
            "amazon.titan-embed-image-v1",
            {"dimensions": 256},
            {"inputText": "a", "embeddingConfig": {"outputEmbeddingLength": 256}},
        ),
        ("cohere.embed-english-v3", {}, {"texts": ["a"], "input_type": "search_query"}),
        (
            "us.cohere.embed-v4:0",
            {
                "dimensions": 256,
                "provider_options": {"amazon_bedrock": {"input_type": "clustering", "truncate": "LEFT"}},
            },
            {"texts": ["a"], "input_type": "clustering", "output_dimension": 256, "truncate": "LEFT"},
        ),
        (
            "amazon.nova-2-multimodal-embeddings-v1:0",
            {"provider_options": {"amazon_bedrock": {"embeddingPurpose": "CLUSTERING"}}},
            {
                "taskType": "SINGLE_EMBEDDING",
                "singleEmbeddingParams": {
                    "embeddingPurpose": "CLUSTERING",
                    "embeddingDimension": 3072,
                    "text": {"truncationMode": "END", "value": "a"},
                },
            },
        ),
    ],
)
async def test_embeddings_in_the_words_of_each_family(model_id: str, fields: Any, body: Any) -> None:
    answer = http({"embedding": [1, 0.5], "inputTextTokenCount": 4}, x_amzn_requestid="r")
    result = await door(answer).embedding(model_id)(EmbeddingRequest(values=("a",), **fields))
    assert asked(answer) == body
    assert answer.requests[0].url.endswith(f"/model/{model_id.replace(':', '%3A')}/invoke")
    assert (result.embeddings, result.usage.input_tokens, result.response.id) == (((1.0, 0.5),), 4, "r")


@pytest.mark.parametrize(
    "said",
    [
        {"embeddings": [[1, 2], [3, 4]]},
        {"embeddings": {"float": [[1, 2], [3, 4]]}},
        {"embeddings": [{"embeddingType": "TEXT", "embedding": [1, 2]}, {"embedding": [3, 4]}]},
    ],
)
async def test_shapes_of_embeddings(said: Any) -> None:
    answer = http(said, x_amzn_bedrock_input_token_count="7")
    model = door(answer).embedding("cohere.embed-english-v3")
    result = await model(EmbeddingRequest(values=("a", "b")))
    assert result.embeddings == ((1.0, 2.0), (3.0, 4.0))
    assert result.usage.input_tokens == 7


@pytest.mark.parametrize(
    "said", [{}, [], {"embeddings": {}}, {"embeddings": [3]}, {"embeddings": [["x"]]}, {"embeddings": []}]
)
async def test_answers_that_are_no_embeddings(said: Any) -> None:
    with pytest.raises(InvalidResponseError):
        await door(http(said)).embedding("cohere.embed-english-v3")(EmbeddingRequest(values=("a",)))


async def test_titan_and_nova_take_one_text_a_call() -> None:
    answer = http({"embedding": [1]})
    result = await embed_many(door(answer).embedding("amazon.titan-embed-text-v1"), ["a", "b", "c"])
    assert len(result.embeddings) == len(answer.requests) == 3
    with pytest.raises(InvalidRequestError, match="from 1 to 1 in one call"):
        door(answer).embedding("amazon.titan-embed-text-v1").encode(EmbeddingRequest(values=("a", "b")))


@pytest.mark.corpus
async def test_every_recorded_embedding_replays_and_most_requests_are_ours() -> None:
    counts = {"replayed": 0, "equal": 0}
    for exchange in exchanges("bedrock", "embeddings", corpus_or_skip()):
        said: Any = exchange.request_json
        values = said.get("texts") or [said.get("inputText") or said["singleEmbeddingParams"]["text"]["value"]]
        model_id = exchange.endpoint.split("/")[2].replace("%3A", ":")
        if "data" in json.loads(exchange.body):  # req_llm keeps answers in a shape of its own
            continue
        model = door(Replayer(exchange)).embedding(model_id)
        result = await model(EmbeddingRequest(values=tuple(values)))
        assert len(result.embeddings) == len(values), exchange.id
        assert result.usage.input_tokens is not None or "req_llm" in exchange.id or "dd-trace" in exchange.id, (
            exchange.id
        )
        own = {name: each for name, each in said.items() if name not in ("texts", "inputText", "dimensions")}
        params: Any = own.get("singleEmbeddingParams")
        dimensions: Any = said.get("dimensions") or (params and params.get("embeddingDimension"))
        request = EmbeddingRequest(
            values=tuple(values), dimensions=dimensions, provider_options={"amazon_bedrock": own}
        )
        counts["replayed"] += 1
        body = json.loads(json.dumps(model.encode(request), default=list))
        if params and dimensions is None:
            body["singleEmbeddingParams"].pop("embeddingDimension")
        counts["equal"] += body == said
    assert counts == {"replayed": counts["replayed"], "equal": counts["replayed"]}
    assert counts["replayed"] >= 31


async def test_reranking() -> None:
    answer = http(
        {"results": [{"index": 1, "relevanceScore": 0.2}, {"index": 0, "relevanceScore": 0.9}], "nextToken": "n"}
    )
    model = door(answer).reranking("cohere.rerank-v3-5:0")
    documents = ("a", {"title": "b"})
    options = {"amazon_bedrock": {"additionalModelRequestFields": {"x": 1}}}
    result = await model(RerankRequest(query="q", documents=documents, top_n=5, provider_options=options))  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]
    assert answer.requests[0].url == "https://bedrock-agent-runtime.us-east-1.amazonaws.com/rerank"
    arn = "arn:aws:bedrock:us-east-1::foundation-model/cohere.rerank-v3-5:0"
    config = {"modelConfiguration": {"modelArn": arn, "additionalModelRequestFields": {"x": 1}}, "numberOfResults": 2}
    assert asked(answer) == {
        "queries": [{"type": "TEXT", "textQuery": {"text": "q"}}],
        "sources": [
            {"type": "INLINE", "inlineDocumentSource": {"type": "TEXT", "textDocument": {"text": "a"}}},
            {"type": "INLINE", "inlineDocumentSource": {"type": "JSON", "jsonDocument": {"title": "b"}}},
        ],
        "rerankingConfiguration": {"type": "BEDROCK_RERANKING_MODEL", "bedrockRerankingConfiguration": config},
    }
    assert [(each.index, each.score, each.document) for each in result.ranking] == [
        (0, 0.9, "a"),
        (1, 0.2, {"title": "b"}),
    ]
    assert result.provider_metadata == {"amazon_bedrock": {"nextToken": "n"}}


@pytest.mark.parametrize(
    "said", [{}, {"results": [{"index": 9, "relevanceScore": 1}]}, {"results": [{"index": -1}]}, []]
)
async def test_answers_that_are_no_ranking(said: Any) -> None:
    with pytest.raises(InvalidResponseError):
        await door(http(said)).reranking("m")(RerankRequest(query="q", documents=("a",)))


async def test_reranking_of_nothing_is_bad_input_and_errors_are_named() -> None:
    with pytest.raises(InvalidRequestError, match="from 1 to 1000"):
        door(http({})).reranking("m").encode(RerankRequest(query="q", documents=()))
    answer = http({"message": "No."}, 403, x_amzn_errortype="AccessDeniedException")
    with pytest.raises(PermissionDeniedError) as caught:
        await door(answer).reranking("m")(RerankRequest(query="q", documents=("a",)))
    assert caught.value.type == "AccessDeniedException"


@pytest.mark.corpus
async def test_the_recorded_ranking_replays() -> None:
    found = [each for each in exchanges("bedrock", "rerank", corpus_or_skip()) if b"relevanceScore" in each.body]
    assert found
    for exchange in found:
        documents = tuple(str(number) for number in range(6))
        result = await door(Replayer(exchange)).reranking("m")(RerankRequest(query="q", documents=documents))
        assert [each.index for each in result.ranking] == [
            each["index"] for each in json.loads(exchange.body)["results"]
        ]


async def test_claude_in_anthropics_words() -> None:
    answer = http(MESSAGE)
    model = door(answer).anthropic(CLAUDE)
    options = {
        "anthropic": {"betas": ["context-1m-2025-08-07"], "thinking": {"type": "enabled", "budget_tokens": 1024}}
    }
    result = await generate_text(model, "Hi", max_output_tokens=2048, provider_options=options)
    assert answer.requests[0].url.endswith("/model/us.anthropic.claude-sonnet-4-5-20250929-v1%3A0/invoke")
    assert asked(answer) == {
        "anthropic_version": "bedrock-2023-05-31",
        "anthropic_beta": ["context-1m-2025-08-07"],
        "max_tokens": 2048,
        "messages": [{"role": "user", "content": [{"type": "text", "text": "Hi"}]}],
        "thinking": {"type": "enabled", "budget_tokens": 1024},
    } | {"messages": asked(answer)["messages"]}
    assert "anthropic-beta" not in answer.requests[0].headers
    assert (result.text, result.response.id) == ("Hello.", "msg_1")
    assert repr(model) == f'amazon_bedrock("{CLAUDE}")'


EVENTS = (
    {"type": "message_start", "message": {**MESSAGE, "content": [], "stop_reason": None}},
    {"type": "content_block_start", "index": 0, "content_block": {"type": "text", "text": ""}},
    {"type": "content_block_delta", "index": 0, "delta": {"type": "text_delta", "text": "Hel"}},
)


async def test_a_stream_of_claudes_own_events() -> None:
    rest = (
        {"type": "content_block_delta", "index": 0, "delta": {"type": "text_delta", "text": "lo."}},
        {"type": "content_block_stop", "index": 0},
        {"type": "message_delta", "delta": {"stop_reason": "end_turn"}, "usage": {"output_tokens": 2}},
        {"type": "message_stop", "amazon-bedrock-invocationMetrics": {"inputTokenCount": 3}},
    )
    answer = stream(message("somethingNew", {}), *(chunk(each) for each in (*EVENTS, *rest)))
    response = await door(answer).anthropic(CLAUDE)(ask(stream=True))
    assert [part.text async for part in response if isinstance(part, TextDelta)] == ["Hel", "lo."]
    assert answer.requests[0].url.endswith("/invoke-with-response-stream")
    assert "stream" not in asked(answer)
    assert "model" not in asked(answer)


async def test_an_exception_in_such_a_stream_comes_after_what_arrived_before() -> None:
    failure = message("throttlingException", {"message": "Too many requests."}, "exception")
    response = await door(stream(*(chunk(each) for each in EVENTS), failure)).anthropic(CLAUDE)(ask(stream=True))
    with pytest.raises(RateLimitError, match="Too many requests") as caught:
        await response.result()
    assert caught.value.partial.text == "Hel"
    assert caught.value.type == "throttlingException"


@pytest.mark.parametrize("payload", [{}, {"bytes": 3}, {"bytes": "!"}, [], {"bytes": base64.b64encode(b"{").decode()}])
async def test_chunks_that_cannot_be_understood(payload: Any) -> None:
    response = await door(
        stream(chunk(EVENTS[0]), chunk(EVENTS[1]), chunk(EVENTS[2]), message("chunk", payload))
    ).anthropic(CLAUDE)(ask(stream=True))
    with pytest.raises(MalformedEventError):
        await response.result()


async def test_errors_of_such_a_model_are_named() -> None:
    answer = http({"message": "No."}, 403, x_amzn_errortype="AccessDeniedException:http://x/")
    with pytest.raises(PermissionDeniedError) as caught:
        await generate_text(door(answer).anthropic(CLAUDE), "Hi")
    assert caught.value.type == "AccessDeniedException"


def test_what_bedrocks_claude_lacks() -> None:
    model = door(http(MESSAGE)).anthropic(CLAUDE)
    with pytest.raises(UnsupportedError):
        model.encode(ask(messages=(user(FilePart(url="https://a.example/a.png", media_type="image/png")),)))
    body, warnings, _ = model.encode(ask(tools=(ProviderTool("anthropic.web_search"), ProviderTool("anthropic.bash"))))
    assert [each["name"] for each in body["tools"]] == ["bash"]
    assert [each.feature for each in warnings] == ["anthropic.web_search"]


def test_thinking_of_anthropics_own_api_is_sent_back() -> None:
    thought = ReasoningPart("I think.", {"anthropic": {"signature": "s"}})
    history = (user("Hi"), assistant(thought, ToolCallPart("toolu_1", "x", "{}")), user("Go on"))
    body, _, _ = door(http(MESSAGE)).anthropic(CLAUDE).encode(ask(messages=history))
    assert body["messages"][1]["content"][0] == {"type": "thinking", "thinking": "I think.", "signature": "s"}


async def test_counting_the_tokens_of_such_a_body() -> None:
    answer = http({"inputTokens": 9})
    assert await door(answer).anthropic(CLAUDE).count_tokens(ask(max_output_tokens=5)) == 9
    inside = json.loads(base64.b64decode(asked(answer)["input"]["invokeModel"]["body"]))
    assert (inside["anthropic_version"], inside["max_tokens"]) == ("bedrock-2023-05-31", 5)


async def test_chat_of_the_openai_dialect() -> None:
    choice = {
        "index": 0,
        "message": {"role": "assistant", "content": "SAFE", "reasoning": "Hm."},
        "finish_reason": "stop",
    }
    answer = http({"id": "c", "choices": [choice]})
    result = await generate_text(door(answer).mantle("openai.gpt-oss-safeguard-20b"), "Hi")
    assert answer.requests[0].url == "https://bedrock-mantle.us-east-1.api.aws/v1/chat/completions"
    assert answer.requests[0].headers["authorization"] == "Bearer k"
    assert (result.text, result.reasoning) == ("SAFE", "Hm.")


@pytest.mark.parametrize(
    ("model_id", "path"), [("openai.gpt-5.5", "/openai/v1/responses"), ("openai.gpt-oss-120b", "/v1/responses")]
)
async def test_responses_of_openai(model_id: str, path: str) -> None:
    said = {"type": "message", "role": "assistant", "content": [{"type": "output_text", "text": "Hi."}]}
    answer = http({"id": "resp_1", "object": "response", "status": "completed", "output": [said], "usage": {}})
    result = await generate_text(door(answer).mantle_responses(model_id), "Hi")
    assert answer.requests[0].url == f"https://bedrock-mantle.us-east-1.api.aws{path}"
    assert result.text == "Hi."


def test_mantle_is_signed_for_its_own_service() -> None:
    assert repr(create_amazon_bedrock(region="us-east-1").mantle("m").endpoint.sign) == "Signer('bedrock-mantle')"


@pytest.mark.corpus
async def test_what_was_recorded_of_mantle_replays() -> None:
    found = [each for each in exchanges("bedrock", corpus=corpus_or_skip()) if "bedrock-mantle" in each.url]
    assert len(found) >= 14
    for exchange in found:
        model_id = exchange.request_json["model"]
        made = door(Replayer(exchange))
        model: Any = (
            made.mantle(model_id) if exchange.endpoint.endswith("completions") else made.mantle_responses(model_id)
        )
        assert model.endpoint.url(model.path).endswith(exchange.endpoint)
        result = await (await model(ask(stream=exchange.streamed))).result()
        assert result.content
