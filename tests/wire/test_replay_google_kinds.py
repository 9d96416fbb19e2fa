"""Embeddings and lists of models of Google's two houses, replayed and compared with their raw JSON."""

from __future__ import annotations

import json
from collections import Counter
from dataclasses import replace
from typing import Any

import pytest

from ai_sdk.errors import APIError, AuthenticationError, NotFoundError
from ai_sdk.requests import EmbeddingRequest
from ai_sdk.testing.replay import Exchange, Replayer, exchanges
from wire.families.google import make, model_id
from wire.kit import asked, folder_of, report, sources

METHODS = ("embedContent", "batchEmbedContents", "predict")
KEYS = ("embedding", "embeddings", "predictions", "error")
LEAST = {"google": 24, "google_vertex": 10}
ERRORS = {401: AuthenticationError, 404: NotFoundError}


def embeddings(provider: str, source: str) -> list[Exchange]:
    """The recordings that have a body and are of embeddings and not of counting."""
    found = exchanges(provider, "embeddings", folder_of(source))
    ours = [each for each in found if not each.url or each.endpoint.endswith(METHODS)]
    return [each for each in ours if each.body and json.loads(each.body).keys() & set(KEYS)]


def vectors(said: dict[str, Any]) -> list[list[float]]:
    """The vectors of an answer."""
    if "predictions" in said:
        return [each["embeddings"]["values"] for each in said["predictions"]]
    entries: list[Any] = said["embeddings"] if "embeddings" in said else [said["embedding"]]
    return [each["values"] for each in entries]


async def check(exchange: Exchange) -> str | None:
    """What is wrong with our reading; errors are raised."""
    said = json.loads(exchange.body)
    count = 1 if "error" in said else len(vectors(said))
    http = Replayer(exchange)
    name = model_id(exchange) if exchange.url else "gemini-embedding-001"
    if exchange.provider == "google_vertex" and not exchange.url:
        name = "text-embedding-005"
    request = EmbeddingRequest(values=tuple(f"text {at}" for at in range(count)))
    if count == 1 and "embeddings" in said:  # a client that asks for a batch of one gets a list of one
        exchange = replace(exchange, body=json.dumps(_alone(said)).encode())
        http = Replayer(exchange)
    result = await make(exchange.provider, http).embedding(name)(request)
    if [list(each) for each in result.embeddings] != vectors(said):
        return "the vectors differ"
    tokens = said.get("usageMetadata", {}).get("promptTokenCount")
    counts = [each["embeddings"]["statistics"]["token_count"] for each in said.get("predictions", ())]
    expected = sum(counts) if counts else tokens
    return None if result.usage.input_tokens == expected else f"{result.usage} is not {expected}"


def _alone(said: dict[str, Any]) -> dict[str, Any]:
    return {**{key: each for key, each in said.items() if key != "embeddings"}, "embedding": said["embeddings"][0]}


@sources
@pytest.mark.parametrize("provider", ["google", "google_vertex"])
async def test_embeddings(provider: str, source: str) -> None:
    counts: Counter[str] = Counter()
    wrong: list[str] = []
    for exchange in embeddings(provider, source):
        counts["replayed"] += 1
        try:
            problem = await check(exchange)
        except APIError as error:
            counts["errors"] += 1
            words = json.loads(exchange.body).get("error", {}).get("message", "?")
            fits = isinstance(error, ERRORS.get(exchange.status, ())) and words in error.message
            problem = None if fits else f"{error!r}"
        if problem:
            wrong.append(f"{exchange.id}: {problem}")
    report(f"{provider} embeddings ({source})", counts)
    assert not wrong, "\n".join(wrong)
    assert counts["replayed"] >= (LEAST[provider] if source == "corpus" else 1)


@pytest.mark.corpus
async def test_what_we_ask_of_embeddings_is_what_a_client_asked() -> None:
    compared = 0
    for exchange in embeddings("google", "corpus"):
        asks: list[Any] = asked(exchange).get("requests") or []
        if len(asks) != 2 or exchange.status != 200:
            continue
        texts = tuple(each["content"]["parts"][0]["text"] for each in asks)
        http = Replayer(exchange)
        dimensions = asks[0].get("outputDimensionality")
        model = make("google", http).embedding(model_id(exchange))
        await model(EmbeddingRequest(values=texts, dimensions=dimensions))
        assert json.loads(http.requests[0].body) == asked(exchange)
        assert http.requests[0].url.endswith(exchange.endpoint)
        compared += 1
    assert compared


@pytest.mark.corpus
async def test_the_list_of_models() -> None:
    (exchange,) = exchanges("google", "models-list", folder_of("corpus"))
    said = json.loads(exchange.body)
    said.pop("nextPageToken", None)
    http = Replayer(replace(exchange, body=json.dumps(said).encode()))
    found = await make("google", http).models()
    assert [f"models/{each.id}" for each in found] == [each["name"] for each in said["models"]]
