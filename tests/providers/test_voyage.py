"""Voyage AI: embeddings and reranking. Simulated from the vendor's documents."""

from __future__ import annotations

import base64
import json
from array import array
from typing import Any

import pytest
from polled_kit import check_mutations

from ai_sdk import embed_many
from ai_sdk._frozen import FrozenDict
from ai_sdk.errors import (
    APIError,
    AuthenticationError,
    BadRequestError,
    InvalidRequestError,
    InvalidResponseError,
    MissingAPIKeyError,
    OverloadedError,
    PermissionDeniedError,
    RateLimitError,
    ServerError,
    UnsupportedError,
)
from ai_sdk.providers.voyage import create_voyage, voyage
from ai_sdk.providers.voyage._errors import read_voyage_error
from ai_sdk.providers.voyage.embedding import decode_embeddings
from ai_sdk.providers.voyage.reranking import decode_ranking
from ai_sdk.requests import EmbeddingRequest, RerankRequest
from ai_sdk.results import EmbeddingResult, RankedDocument, RerankResult
from ai_sdk.testing.scripted_http import Answer, ScriptedHTTP

VECTORS: dict[str, Any] = {
    "object": "list",
    "data": [
        {"object": "embedding", "embedding": [0.5, -0.25], "index": 1},
        {"object": "embedding", "embedding": [1, 0.125], "index": 0},
    ],
    "model": "voyage-4",
    "usage": {"total_tokens": 10},
}
RANKING: dict[str, Any] = {
    "object": "list",
    "data": [
        {"relevance_score": 0.25, "index": 0},
        {"relevance_score": 0.75, "index": 2, "document": "three"},
    ],
    "model": "rerank-2.5",
    "usage": {"total_tokens": 26},
}
EMBED, RERANK = "POST /v1/embeddings", "POST /v1/rerank"
REQUEST = RerankRequest(query="q", documents=("one", "two", "three"))


async def embedded(http: ScriptedHTTP, **fields: Any) -> EmbeddingResult:
    values: dict[str, Any] = {"values": ("a", "b"), **fields}
    return await create_voyage(api_key="the-key", http=http).embedding("voyage-4")(EmbeddingRequest(**values))


async def ranked(http: ScriptedHTTP, **fields: Any) -> RerankResult:
    values: dict[str, Any] = {"query": "q", "documents": ("one", "two", "three"), **fields}
    return await create_voyage(api_key="the-key", http=http).reranking("rerank-2.5")(RerankRequest(**values))


async def test_texts_are_embedded_in_their_order() -> None:
    http = ScriptedHTTP({EMBED: Answer(VECTORS)})
    result = await embedded(http)
    assert result.embeddings == ((1, 0.125), (0.5, -0.25))
    assert (result.usage.input_tokens, result.usage.raw) == (10, {"total_tokens": 10})
    assert result.response.model == "voyage-4"
    (sent,) = http.requests
    assert sent.url == "https://api.voyageai.com/v1/embeddings"
    assert sent.headers["authorization"] == "Bearer the-key"
    assert json.loads(sent.body) == {"model": "voyage-4", "input": ["a", "b"]}


async def test_settings_and_options_of_embeddings() -> None:
    http = ScriptedHTTP({EMBED: Answer(VECTORS)})
    options = {"input_type": "document", "output_dtype": "int8", "truncation": False, "new": 1}
    await embedded(http, dimensions=256, headers={"x-a": "1"}, provider_options={"voyage": options})
    assert json.loads(http.requests[0].body) == {
        "model": "voyage-4",
        "input": ["a", "b"],
        "output_dimension": 256,
        **options,
    }
    assert http.requests[0].headers["x-a"] == "1"
    await embedded(http, dimensions=256, provider_options={"voyage": {"output_dimension": 512}})
    assert json.loads(http.requests[1].body)["output_dimension"] == 512


@pytest.mark.parametrize(
    ("dtype", "code", "numbers"),
    [
        (None, "f", (0.5, -0.25)),
        ("float", "f", (0.5, -0.25)),
        ("int8", "b", (-128, 127)),
        ("binary", "b", (-1, 0)),
        ("uint8", "B", (0, 255)),
        ("ubinary", "B", (255, 1)),
    ],
)
async def test_base64_is_decoded_by_the_type_of_its_numbers(
    dtype: str | None, code: str, numbers: tuple[float, ...]
) -> None:
    packed = base64.b64encode(array(code, list(numbers)).tobytes()).decode()
    http = ScriptedHTTP({EMBED: Answer({"data": [{"embedding": packed, "index": 0}]})})
    options = {"encoding_format": "base64", **({"output_dtype": dtype} if dtype else {})}
    result = await embedded(http, values=("a",), provider_options={"voyage": options})
    assert result.embeddings == (numbers,)
    assert result.usage.input_tokens is None


@pytest.mark.parametrize("count", [0, 1001])
async def test_too_few_and_too_many_texts_are_refused(count: int) -> None:
    http = ScriptedHTTP({})
    with pytest.raises(InvalidRequestError, match=f"values has {count} texts; voyage takes from 1 to 1000") as caught:
        await embedded(http, values=("a",) * count)
    assert caught.value.field == "values"
    assert http.requests == []


async def test_many_texts_go_out_128_a_call() -> None:
    def vectors(count: int) -> Answer:
        data = [{"embedding": [float(at)], "index": at} for at in range(count)]
        return Answer({"data": data, "usage": {"total_tokens": 1}})

    http = ScriptedHTTP({EMBED: [vectors(128), vectors(128), vectors(44)]})
    model = create_voyage(api_key="k", http=http).embedding("voyage-4")
    result = await embed_many(model, ["a"] * 300, parallel=1)
    assert [len(json.loads(each.body)["input"]) for each in http.requests] == [128, 128, 44]
    assert (len(result.embeddings), result.usage.input_tokens) == (300, 3)


@pytest.mark.parametrize(
    "data",
    [
        "null",
        "[]",
        '{"data": null}',
        '{"data": [{"embedding": [1], "index": 0}]}',
        '{"data": [{"embedding": [1], "index": 0}, {"embedding": [1], "index": 0}]}',
        '{"data": [{"embedding": [1], "index": 0}, {"embedding": [1], "index": 2}]}',
        '{"data": [{"embedding": [1], "index": 0}, {"embedding": ["1"], "index": 1}]}',
        '{"data": [{"embedding": [1], "index": 0}, {"embedding": "?", "index": 1}]}',
        '{"data": [{"embedding": [1], "index": 0}, {"embedding": [1], "index": true}]}',
    ],
)
def test_what_are_no_embeddings_is_refused(data: str) -> None:
    with pytest.raises(InvalidResponseError):
        decode_embeddings(json.loads(data), {}, 2, "voyage")


def test_mutations_raise_only_our_errors() -> None:
    check_mutations(lambda said: decode_embeddings(said, {}, 2, "voyage"), VECTORS)
    check_mutations(lambda said: decode_ranking(said, {}, REQUEST, "voyage", []), RANKING)


async def test_documents_are_ranked() -> None:
    http = ScriptedHTTP({RERANK: Answer(RANKING)})
    result = await ranked(http, top_n=2, provider_options={"voyage": {"truncation": False}}, headers={"x-a": "1"})
    assert result.ranking == (RankedDocument(2, 0.75, "three"), RankedDocument(0, 0.25, "one"))
    assert (result.usage.input_tokens, result.response.model, result.warnings) == (26, "rerank-2.5", ())
    (sent,) = http.requests
    assert sent.url == "https://api.voyageai.com/v1/rerank"
    assert sent.headers["x-a"] == "1"
    assert json.loads(sent.body) == {
        "model": "rerank-2.5",
        "query": "q",
        "documents": ["one", "two", "three"],
        "top_k": 2,
        "truncation": False,
    }


async def test_objects_are_ranked_as_json() -> None:
    http = ScriptedHTTP({RERANK: Answer({"data": [{"relevance_score": 1, "index": 1}]})})
    result = await ranked(http, documents=("one", {"title": "Two"}))
    assert result.ranking == (RankedDocument(1, 1.0, FrozenDict({"title": "Two"})),)
    assert json.loads(http.requests[0].body)["documents"] == ["one", '{"title":"Two"}']
    assert [(each.kind, each.feature) for each in result.warnings] == [("compatibility", "documents")]


@pytest.mark.parametrize("count", [0, 1001])
async def test_too_few_and_too_many_documents_are_refused(count: int) -> None:
    http = ScriptedHTTP({})
    with pytest.raises(InvalidRequestError, match=f"documents has {count}; voyage takes from 1 to 1000") as caught:
        await ranked(http, documents=("a",) * count)
    assert caught.value.field == "documents"
    assert http.requests == []


@pytest.mark.parametrize(
    "data",
    [
        "[]",
        '{"data": [{"index": 3, "relevance_score": 1}]}',
        '{"data": [{"index": -1, "relevance_score": 1}]}',
        '{"data": [{"index": "0", "relevance_score": 1}]}',
        '{"data": [{"index": 0, "relevance_score": null}]}',
        '{"data": [{"index": 0}]}',
    ],
)
def test_what_is_no_ranking_is_refused(data: str) -> None:
    with pytest.raises(InvalidResponseError, match="not a ranking"):
        decode_ranking(json.loads(data), {}, REQUEST, "voyage", [])


@pytest.mark.parametrize(
    ("status", "body", "message", "kind"),
    [
        (400, {"detail": "Model voyage-9 is not supported."}, "Model voyage-9 is not supported.", BadRequestError),
        (401, {"detail": "Provided API key is invalid."}, "Provided API key is invalid.", AuthenticationError),
        (403, {"detail": "Forbidden"}, "Forbidden", PermissionDeniedError),
        (
            422,
            {"detail": [{"loc": ["body", "input"], "msg": "field required", "type": "missing"}, "and more"]},
            "body.input: field required; and more",
            BadRequestError,
        ),
        (429, {"detail": "You have exceeded your rate limit."}, "You have exceeded your rate limit.", RateLimitError),
        (500, {}, "HTTP 500 Internal Server Error", ServerError),
        (503, b"", "HTTP 503 Service Unavailable", OverloadedError),
    ],
)
async def test_the_vendors_errors(status: int, body: Any, message: str, kind: type[APIError]) -> None:
    for call, route in ((embedded, EMBED), (ranked, RERANK)):
        with pytest.raises(kind) as caught:
            await call(ScriptedHTTP({route: Answer(body, status=status)}))
        assert type(caught.value) is kind
        assert (caught.value.message, caught.value.status, caught.value.provider) == (message, status, "voyage")
        assert caught.value.retryable == (status in (429, 500, 503))


def test_an_error_of_another_shape_has_no_message() -> None:
    bodies: list[Any] = [None, [], "x", {"detail": None}, {"detail": [1, {"loc": ["a"]}]}, {"detail": {"a": 1}}]
    for body in bodies:
        assert read_voyage_error(body).message is None
    assert read_voyage_error({"detail": [{"msg": "why"}]}).message == "why"


async def test_the_door(monkeypatch: pytest.MonkeyPatch) -> None:
    assert voyage.kinds == ("embedding", "reranking")
    assert voyage.key_env == ("VOYAGE_API_KEY",)
    with pytest.raises(MissingAPIKeyError, match="VOYAGE_API_KEY"):
        await create_voyage(http=ScriptedHTTP({})).embedding("m")(EmbeddingRequest(values=("a",)))
    with pytest.raises(UnsupportedError, match="does not list its models"):
        await voyage.models()
    with pytest.raises(UnsupportedError, match="voyage has no language models"):
        voyage("voyage-4")
    monkeypatch.setenv("VOYAGE_API_KEY", "from-env")
    http = ScriptedHTTP({EMBED: Answer(VECTORS)})
    atlas = create_voyage(http=http, base_url="https://ai.mongodb.com/v1", headers={"x-a": "1"})
    await atlas.embedding("voyage-4")(EmbeddingRequest(values=("a", "b")))
    assert http.requests[0].url == "https://ai.mongodb.com/v1/embeddings"
    assert http.requests[0].headers["authorization"] == "Bearer from-env"
    assert http.requests[0].headers["x-a"] == "1"
