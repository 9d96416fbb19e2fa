"""Embeddings, rankings and lists of models of Mistral and Cohere, replayed and compared with their raw JSON."""

from __future__ import annotations

import base64
import json
from collections.abc import Awaitable, Callable
from typing import Any

import pytest

from ai_sdk.errors import APIError
from ai_sdk.provider import Provider
from ai_sdk.providers.cohere import create_cohere
from ai_sdk.providers.mistral import create_mistral
from ai_sdk.requests import EmbeddingRequest, RerankRequest, SpeechRequest, TranscriptionRequest
from ai_sdk.testing.replay import Exchange, Replayer
from wire.kit import asked, recordings, report, sources
from wire.oracle import events_of, expected_error

MAKERS: dict[str, Any] = {"mistral": create_mistral, "cohere": create_cohere}
LEAST = {
    ("mistral", "embeddings"): 18,
    ("cohere", "embeddings"): 16,
    ("cohere", "rerank"): 16,
    ("mistral", "models-list"): 2,
    ("mistral", "speech"): 1,
    ("mistral", "transcription"): 9,
}
OURS = ("model", "input", "texts", "query", "documents", "top_n", "output_dimension")
"""What of a request is no option; a client that sends one text may send it without the list."""
Check = Callable[[Exchange, Provider, Replayer], Awaitable[str | None]]


async def check_all(provider: str, kind: str, source: str, endpoint: str, key: str, check: Check) -> None:
    """Replay the recordings of a kind; ``check`` says what is wrong."""
    chosen, counts = recordings(provider, kind, (endpoint,), (key,), source)
    wrong: list[str] = []
    for exchange in chosen:
        counts["replayed"] += 1
        http = Replayer(exchange)
        try:
            problem = await check(exchange, MAKERS[provider](api_key="replayed", http=http), http)
        except APIError as error:
            expected, words = expected_error(exchange.status, exchange.body)
            same = isinstance(error, expected) and words is not None and words in error.message
            problem = None if same and error.status == exchange.status else f"{error!r}"
            counts["errors"] += 1
        if problem:
            wrong.append(f"{exchange.id}: {problem}")
    report(f"{provider} {kind} ({source})", counts)
    assert not wrong, "\n".join(wrong)
    assert counts["replayed"] >= (LEAST[provider, kind] if source == "corpus" else 1)


def sent_as_recorded(exchange: Exchange, http: Replayer) -> str | None:
    """Whether we sent what the recorded client did; where that is not known, there is nothing to compare."""
    recorded = {name: each for name, each in asked(exchange).items() if each is not None}
    if not recorded:
        return None
    if isinstance(recorded.get("input"), str):
        recorded["input"] = [recorded["input"]]
    (request,) = http.requests
    ours = json.loads(request.body)
    same = all(ours.get(name) == each for name, each in recorded.items())
    return None if same and request.url.endswith(exchange.endpoint) else f"we sent {ours} to {request.url}"


def options_of(exchange: Exchange) -> dict[str, Any]:
    """The options of a recorded request."""
    return {
        exchange.provider: {
            name: each for name, each in asked(exchange).items() if name not in OURS and each is not None
        }
    }


@sources
@pytest.mark.parametrize(
    ("provider", "endpoint", "key"),
    [("mistral", "/v1/embeddings", "data"), ("cohere", "/v2/embed", "embeddings")],
    ids=["mistral", "cohere"],
)
async def test_embeddings(provider: str, endpoint: str, key: str, source: str) -> None:
    async def check(exchange: Exchange, provider: Provider, http: Replayer) -> str | None:
        said, request = json.loads(exchange.body), asked(exchange)
        texts = request.get("texts") or request.get("input") or ["replayed"] * len(said.get("texts") or said["data"])
        result = await provider.embedding(request.get("model") or "model")(
            EmbeddingRequest(
                values=(texts,) if isinstance(texts, str) else tuple(texts),
                dimensions=request.get("output_dimension"),
                provider_options=options_of(exchange),
            )
        )
        vectors = [each["embedding"] for each in said["data"]] if "data" in said else said["embeddings"]["float"]
        if [list(each) for each in result.embeddings] != vectors:
            return "the vectors differ"
        billed = said.get("usage") or said["meta"]["billed_units"]
        tokens = billed.get("prompt_tokens", billed.get("input_tokens"))
        if result.usage.input_tokens != tokens or result.response.id != said["id"]:
            return f"{result.usage} is not {tokens}, or {result.response} is not {said['id']}"
        return sent_as_recorded(exchange, http)

    await check_all(provider, "embeddings", source, endpoint, key, check)


@sources
async def test_reranking(source: str) -> None:
    async def check(exchange: Exchange, provider: Provider, http: Replayer) -> str | None:
        said, request = json.loads(exchange.body), asked(exchange)
        documents: tuple[str, ...] = tuple(request.get("documents") or "abc")
        result = await provider.reranking(request.get("model") or "model")(
            RerankRequest(
                query=request.get("query") or "replayed",
                documents=documents,
                top_n=request.get("top_n"),
                provider_options=options_of(exchange),
            )
        )
        results: list[dict[str, Any]] = said["results"]
        expected: list[tuple[int, float, str]] = [
            (each["index"], each["relevance_score"], documents[each["index"]])
            for each in sorted(results, key=lambda each: -each["relevance_score"])
        ]
        found = [(each.index, each.score, each.document) for each in result.ranking]
        if found != expected or result.response.id != said["id"] or result.usage.raw != said["meta"]:
            return f"{result} is not {expected}"
        return sent_as_recorded(exchange, http)

    await check_all("cohere", "rerank", source, "/v2/rerank", "results", check)


async def check_models(exchange: Exchange, provider: Provider, http: Replayer) -> str | None:
    found = [each.id for each in await provider.models()]
    said = json.loads(exchange.body)
    expected = [each.get("id") or each["name"] for each in said.get("data") or said["models"]]
    same = found == expected and http.requests[0].url == exchange.url
    return None if same else f"{found} from {http.requests[0].url} is not {expected}"


@sources
async def test_models_of_mistral(source: str) -> None:
    await check_all("mistral", "models-list", source, "/v1/models", "data", check_models)


async def test_models_of_cohere_of_which_there_are_only_documents() -> None:
    await check_all("cohere", "models-list", "data", "/v1/models", "models", check_models)


@sources
async def test_speech(source: str) -> None:
    async def check(exchange: Exchange, provider: Provider, http: Replayer) -> str | None:
        said, request = json.loads(exchange.body), asked(exchange)
        voice = request.get("voice") or request.get("voice_id")
        model = provider.speech(request.get("model") or "model")
        response = await model(SpeechRequest(text=request.get("input") or "replayed", voice=voice))
        result = await response.result()
        ours = json.loads(http.requests[0].body)
        sent = (ours["model"], ours["input"], ours["voice_id"]) if request else None
        if request and sent != (request["model"], request["input"], voice):
            return f"we sent {ours}"
        same = result.audio == base64.b64decode(said["audio_data"]) and result.media_type == "audio/mpeg"
        return None if same else "the audio differs"

    await check_all("mistral", "speech", source, "/v1/audio/speech", "audio_data", check)


@sources
async def test_transcriptions(source: str) -> None:
    async def check(exchange: Exchange, provider: Provider, http: Replayer) -> str | None:
        request = TranscriptionRequest(audio=b"RIFF", stream=exchange.streamed)
        result = await (await provider.transcription("model")(request)).result()
        said = events_of(exchange.body)[-1]
        usage: dict[str, Any] = said.get("usage") or {}
        seconds = said.get("duration", usage.get("prompt_audio_seconds"))
        segments = [
            (each["text"], each["start"], each["end"], each.get("speaker_id")) for each in said.get("segments") or ()
        ]
        expected = (said["text"], said.get("language"), seconds, segments, usage.get("completion_tokens"))
        pieces = [(each.text, each.start, each.end, each.speaker) for each in result.segments]
        found = (result.text, result.language, result.duration, pieces, result.usage.output_tokens)
        if result.response.model != said.get("model"):
            return f"the model is {result.response.model}"
        return None if found == expected else f"\n    we say {found}\n    it says {expected}"

    await check_all("mistral", "transcription", source, "/v1/audio/transcriptions", "text", check)
