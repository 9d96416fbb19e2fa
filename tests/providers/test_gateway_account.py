"""The AI Gateway's door, its other kinds of models, its account, and its recorded surface for the OpenAI dialect."""

from __future__ import annotations

import json
from decimal import Decimal
from typing import Any

import pytest
from provider_kit import ask

from ai_sdk import InvalidRequestError, InvalidResponseError
from ai_sdk._frozen import freeze
from ai_sdk.errors import MissingAPIKeyError
from ai_sdk.providers.gateway import Credits, create_gateway, gateway
from ai_sdk.requests import EmbeddingRequest, RerankRequest
from ai_sdk.results import Usage
from ai_sdk.testing.replay import Exchange as Recording
from ai_sdk.testing.replay import Replayer

MODEL = "anthropic/claude-sonnet-4.5"
HEADERS = freeze({"content-type": "application/json"})


def answered(body: Any, status: int = 200) -> Replayer:
    data = json.dumps(body).encode()
    return Replayer(Recording("made", "gateway", "chat", status=status, headers=HEADERS, body=data))


@pytest.mark.parametrize(
    ("key", "token", "sent", "method"),
    [("k", "t", "k", "api-key"), (None, "t", "t", "oidc"), ("k", None, "k", "api-key")],
)
async def test_keys(
    monkeypatch: pytest.MonkeyPatch, key: str | None, token: str | None, sent: str, method: str
) -> None:
    for name, value in (("AI_GATEWAY_API_KEY", key), ("VERCEL_OIDC_TOKEN", token)):
        if value is not None:
            monkeypatch.setenv(name, value)
    monkeypatch.setenv("VERCEL_REGION", "fra1")
    http = answered({"content": [{"type": "text", "text": "Yes"}], "finishReason": {"unified": "stop"}, "usage": {}})
    result = await (await create_gateway(http=http, team="acme")(MODEL)(ask())).result()
    assert result.text == "Yes"
    (asked,) = http.requests
    assert asked.url == "https://ai-gateway.vercel.sh/v4/ai/language-model"
    said = {name: value for name, value in asked.headers.items() if name.startswith(("ai-", "auth", "x-vercel"))}
    assert said == {
        "authorization": f"Bearer {sent}",
        "ai-gateway-auth-method": method,
        "ai-gateway-protocol-version": "0.0.1",
        "ai-language-model-specification-version": "4",
        "ai-language-model-id": MODEL,
        "ai-language-model-streaming": "false",
        "ai-o11y-region": "fra1",
        "x-vercel-ai-gateway-team": "acme",
    }


async def test_no_key() -> None:
    with pytest.raises(MissingAPIKeyError, match="AI_GATEWAY_API_KEY or VERCEL_OIDC_TOKEN"):
        await gateway(MODEL)(ask())


async def test_embeddings() -> None:
    metadata = {"gateway": {"cost": "0.01"}}
    http = answered({"embeddings": [[1, 0], [0, 1]], "usage": {"tokens": 4}, "providerMetadata": metadata})
    model = create_gateway(api_key="k", http=http).embedding("openai/text-embedding-3-small")
    request = EmbeddingRequest(values=("a", "b"), dimensions=2, provider_options={"openai": {"dimensions": 2}})
    result = await model(request)
    assert result.embeddings == ((1.0, 0.0), (0.0, 1.0))
    assert result.usage == Usage(4)
    assert result.provider_metadata == freeze(metadata)
    assert [warning.feature for warning in result.warnings] == ["dimensions"]
    (asked,) = http.requests
    assert asked.url.endswith("/v4/ai/embedding-model")
    assert asked.headers["ai-embedding-model-specification-version"] == "4"
    assert asked.headers["ai-model-id"] == "openai/text-embedding-3-small"
    assert json.loads(asked.body) == {"values": ["a", "b"], "providerOptions": {"openai": {"dimensions": 2}}}


@pytest.mark.parametrize("body", [{}, [], {"embeddings": [["x"]]}, {"embeddings": [[1], [2]]}, {"embeddings": 1}])
async def test_embeddings_that_are_none(body: Any) -> None:
    with pytest.raises(InvalidResponseError):
        await create_gateway(api_key="k", http=answered(body)).embedding("m")(EmbeddingRequest(values=("a",)))


async def test_reranking() -> None:
    http = answered({"ranking": [{"index": 0, "relevanceScore": 0.1}, {"index": 1, "relevanceScore": 0.9}]})
    model = create_gateway(api_key="k", http=http).reranking("cohere/rerank-v3.5")
    result = await model(RerankRequest(query="q", documents=("a", "b"), top_n=2))
    assert [each.document for each in result.ranking] == ["b", "a"]
    assert json.loads(http.requests[0].body) == {
        "documents": {"type": "text", "values": ["a", "b"]},
        "query": "q",
        "topN": 2,
    }
    assert model.encode(RerankRequest(query="q", documents=(freeze({"a": 1}),)))["documents"]["type"] == "object"
    for documents in ((), ("a", freeze({"a": 1}))):
        with pytest.raises(InvalidRequestError):
            model.encode(RerankRequest(query="q", documents=documents))


@pytest.mark.parametrize("ranking", [None, 1, [{"index": 9, "relevanceScore": 1}], [{"index": "x"}]])
async def test_rankings_that_are_none(ranking: Any) -> None:
    model = create_gateway(api_key="k", http=answered({"ranking": ranking})).reranking("m")
    with pytest.raises(InvalidResponseError):
        await model(RerankRequest(query="q", documents=("a",)))


async def test_models() -> None:
    entry = {
        "id": MODEL,
        "name": "Claude",
        "pricing": {"input": "0.000003", "output": "0.000015"},
        "specification": {"specificationVersion": "v4", "provider": "anthropic", "modelId": "claude"},
        "modelType": "language",
    }
    http = answered({"models": [entry, {"name": "no id"}, 1]})
    (model,) = await create_gateway(api_key="k", http=http).models()
    assert (model.id, model.owner, model.raw["pricing"]["input"]) == (MODEL, "anthropic", "0.000003")
    assert http.requests[0].url == "https://ai-gateway.vercel.sh/v4/ai/config"
    others: list[Any] = [{}, [], {"models": 1}]
    for body in others:
        with pytest.raises(InvalidResponseError):
            await create_gateway(api_key="k", http=answered(body)).models()


async def test_credits() -> None:
    http = answered({"balance": "95.50", "total_used": "4.50"})
    assert await create_gateway(api_key="k", http=http).credits() == Credits(Decimal("95.50"), Decimal("4.50"))
    assert http.requests[0].url == "https://ai-gateway.vercel.sh/v1/credits"
    for body in ({}, {"balance": "x", "total_used": "1"}):
        with pytest.raises(InvalidResponseError):
            await create_gateway(api_key="k", http=answered(body)).credits()


async def test_generation() -> None:
    http = answered({"data": {"id": "gen_1", "total_cost": 0.01}})
    provider = create_gateway(api_key="k", base_url="https://proxy.example:8443/v4/ai", http=http)
    assert (await provider.generation("gen_1"))["total_cost"] == 0.01
    assert http.requests[0].url == "https://proxy.example:8443/v1/generation?id=gen_1"


async def test_spend_report() -> None:
    http = answered({"results": [{"day": "2026-02-01", "total_cost": 1.5}]})
    provider = create_gateway(api_key="k", http=http)
    rows = await provider.spend_report("2026-02-01", "2026-02-02", group_by="day", tags=("a", "b"))
    assert rows == [freeze({"day": "2026-02-01", "total_cost": 1.5})]
    query = "start_date=2026-02-01&end_date=2026-02-02&group_by=day&tags=a%2Cb"
    assert http.requests[0].url == f"https://ai-gateway.vercel.sh/v1/report?{query}"
    with pytest.raises(InvalidResponseError):
        await create_gateway(api_key="k", http=answered({"results": 1})).spend_report("2026-02-01", "2026-02-02")


CHAT = {
    "id": "gen_1",
    "choices": [
        {
            "index": 0,
            "finish_reason": "stop",
            "message": {
                "role": "assistant",
                "content": "Yes",
                "provider_metadata": {
                    "anthropic": {"stopSequence": None},
                    "gateway": {"cost": "0.01", "generationId": "gen_1", "routing": {"finalProvider": "anthropic"}},
                },
            },
        }
    ],
    "usage": {"prompt_tokens": 9, "completion_tokens": 1, "cache_creation_input_tokens": 4, "cost": 0.01},
    "generationId": "gen_1",
}


async def test_the_surface_for_the_openai_dialect() -> None:
    http = answered(CHAT)
    result = await (await create_gateway(api_key="k", http=http).chat(MODEL)(ask())).result()
    assert http.requests[0].url == "https://ai-gateway.vercel.sh/v1/chat/completions"
    assert result.text == "Yes"
    assert result.usage == Usage(9, 1, None, 4)
    assert result.provider_metadata["gateway"]["cost"] == "0.01"
    assert result.provider_metadata["gateway"]["routing"] == {"finalProvider": "anthropic"}
    assert result.provider_metadata["gateway"]["generationId"] == "gen_1"
    assert result.provider_metadata["anthropic"] == {"stopSequence": None}


def test_options_of_that_surface() -> None:
    options = {"gateway": {"order": ["bedrock"], "tags": ["a"], "verbosity": "low"}, "anthropic": {"effort": "low"}}
    body, _ = gateway.chat(MODEL).encode(ask(provider_options=options, reasoning="low", top_k=3))
    assert json.loads(json.dumps(body["providerOptions"])) == {
        "anthropic": {"effort": "low"},
        "gateway": {"order": ["bedrock"], "tags": ["a"]},
    }
    assert (body["verbosity"], body["reasoning"], body["top_k"]) == ("low", {"effort": "low"}, 3)
    assert "providerOptions" not in gateway.chat(MODEL).encode(ask())[0]


def test_the_door() -> None:
    assert gateway.kinds == ("language", "embedding", "image", "speech", "transcription", "reranking", "video")
    assert repr(gateway(MODEL)) == f'gateway("{MODEL}")'
