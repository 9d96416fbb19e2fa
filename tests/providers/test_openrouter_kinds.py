"""Recorded embeddings, rankings and lists of models of OpenRouter, and recorded embeddings of Ollama."""

from __future__ import annotations

import json
from typing import Any

import pytest

from ai_sdk.providers.ollama import create_ollama
from ai_sdk.providers.openrouter import create_openrouter
from ai_sdk.requests import EmbeddingRequest, RerankRequest
from ai_sdk.results import EmbeddingResult
from ai_sdk.testing.replay import Exchange, Replayer, corpus_or_skip, exchanges

pytestmark = pytest.mark.corpus


def recorded(provider: str, kind: str) -> list[Exchange]:
    return list(exchanges(provider, kind, corpus_or_skip()))


def embedded(model: Any, vectors: list[list[float]]) -> Any:
    return model(EmbeddingRequest(values=tuple("x" for _ in vectors)))


def check(result: EmbeddingResult, vectors: list[list[float]], tokens: int) -> None:
    assert [list(vector) for vector in result.embeddings] == vectors
    assert result.usage.input_tokens == tokens


async def test_embeddings_of_openrouter() -> None:
    found = recorded("openrouter", "embeddings")
    for each in found:
        said = json.loads(each.body)
        vectors = [entry["embedding"] for entry in said["data"]]
        model = create_openrouter(api_key="replayed", http=Replayer(each)).embedding("model")
        check(await embedded(model, vectors), vectors, said["usage"]["prompt_tokens"])
    assert len(found) >= 8


async def test_rankings_of_openrouter() -> None:
    found = recorded("openrouter", "rerank")
    for each in found:
        asked, said = each.request_json, json.loads(each.body)
        http = Replayer(each)
        model = create_openrouter(api_key="replayed", http=http).reranking(asked["model"])
        request = RerankRequest(query=asked["query"], documents=tuple(asked["documents"]), top_n=asked.get("top_n"))
        result = await model(request)
        assert json.loads(http.requests[0].body) == asked
        assert [each.index for each in result.ranking] == [entry["index"] for entry in said["results"]]
        assert result.provider_metadata["openrouter"]["cost"] == said["usage"]["cost"]
    assert len(found) >= 3


async def test_models_of_openrouter() -> None:
    found = recorded("openrouter", "models-list")
    for each in found:
        models = await create_openrouter(api_key="replayed", http=Replayer(each)).models()
        said = json.loads(each.body)["data"]
        assert [(model.id, model.raw["pricing"]["prompt"]) for model in models] == [
            (entry["id"], entry["pricing"]["prompt"]) for entry in said
        ]
    assert len(found) >= 2


async def test_embeddings_of_ollama() -> None:
    found = recorded("ollama", "embeddings")
    for each in found:
        said = json.loads(each.body)
        model = create_ollama(base_url="replay.invalid", http=Replayer(each)).embedding("model")
        check(await embedded(model, said["embeddings"]), said["embeddings"], said["prompt_eval_count"])
    assert len(found) >= 4
