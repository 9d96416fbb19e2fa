"""The other kinds of the OpenAI dialect, replayed and compared with what their raw JSON says."""

from __future__ import annotations

import base64
import json
from array import array
from collections.abc import Awaitable, Callable
from dataclasses import replace
from typing import Any

import pytest

from ai_sdk.errors import AISDKError, APIError
from ai_sdk.http import HTTPRequest, HTTPStream
from ai_sdk.messages import FilePart, user
from ai_sdk.providers.azure import create_azure
from ai_sdk.requests import EmbeddingRequest, ImageRequest, LanguageRequest, RerankRequest, TranscriptionRequest
from ai_sdk.requests import SpeechRequest as Speech
from ai_sdk.testing.replay import Exchange, ReplayedStream, Replayer, exchanges
from wire.kit import asked, folder_of, provider_of, recordings, report, sources
from wire.oracle import NOTHING, Said, events_of, expected_error, gather

LEAST = {
    ("completion", "openai"): 90,
    ("completion", "togetherai"): 3,
    ("completion", "openai_compatible"): 18,
    ("embeddings", "openai"): 100,
    ("embeddings", "openai_compatible"): 18,
    ("embeddings", "azure"): 6,
    ("image", "openai"): 22,
    ("speech", "openai"): 1,
    ("speech", "groq"): 4,
    ("transcription", "openai"): 6,
    ("transcription", "groq"): 8,
    ("rerank", "togetherai"): 1,
    ("rerank", "openai_compatible"): 3,
}
Check = Callable[[Exchange, Any], Awaitable[str | None]]


async def check_all(kind: str, provider: str, source: str, endpoints: tuple[str, ...], key: str, check: Check) -> None:
    """Replay the recordings of a kind; ``check`` gets a provider and says what is wrong."""
    chosen, counts = recordings(provider, kind, endpoints, (key,), source)
    if source == "data" and not chosen:
        pytest.skip(f"there is no hand-written {kind} exchange of {provider}")
    wrong: list[str] = []
    for exchange in chosen:
        counts["replayed"] += 1
        counts["streams"] += exchange.streamed
        problem = await _problem(exchange, check)
        counts["errors"] += exchange.status != 200
        if problem:
            wrong.append(f"{exchange.id}: {problem}")
    report(f"{provider} {kind} ({source})", counts)
    assert not wrong, f"{len(wrong)} of {len(chosen)}:\n" + "\n".join(wrong[:20])
    assert counts["replayed"] >= (LEAST[kind, provider] if source == "corpus" else 1)


def door_of(name: str, http: Replayer) -> Any:
    """An instance of a provider that talks to a replay."""
    if name == "azure":
        return create_azure(resource_name="any", api_key="replayed", http=http)
    return provider_of(name, http)


async def _problem(exchange: Exchange, check: Check) -> str | None:
    try:
        problem = await check(exchange, door_of(exchange.provider, Replayer(exchange)))
    except APIError as error:
        kind, words = expected_error(exchange.status, exchange.body)
        if exchange.status == 200 and gather(exchange.body).failure is None:
            return f"it raised {error!r}"
        said = words is None or words in error.message
        return None if isinstance(error, kind) and said else f"{error!r} is not a {kind.__name__} that says {words!r}"
    except AISDKError as error:
        failed = exchange.status == 200 and gather(exchange.body).failure is not None
        return None if failed else f"it raised {error!r}"
    return problem if exchange.status == 200 else f"status {exchange.status} is no error"


def model_of(exchange: Exchange) -> str:
    return str(asked(exchange).get("model") or "model")


@sources
@pytest.mark.parametrize("provider", ["openai", "togetherai", "openai_compatible"])
async def test_completions(provider: str, source: str) -> None:
    async def check(exchange: Exchange, provider: Any) -> str | None:
        request = LanguageRequest(messages=(user("replayed"),), stream=exchange.streamed)
        result = await (await provider.completion(model_of(exchange))(request)).result()
        usage, said = result.usage, gather(exchange.body)
        tokens = (usage.input_tokens, usage.output_tokens, usage.cache_read_tokens, usage.reasoning_tokens)
        found = Said(result.text, "", [], tokens, result.raw_finish_reason)
        return None if found == said else f"\n    we say {found}\n    it says {said}"

    await check_all("completion", provider, source, ("/v1/completions",), "choices", check)


async def check_embeddings(exchange: Exchange, provider: Any) -> str | None:
    said = json.loads(exchange.body)
    count = len(said.get("data") or [""])
    request = EmbeddingRequest(values=("replayed",) * count)
    result = await provider.embedding(model_of(exchange))(request)
    raw = sorted(said["data"], key=lambda each: each["index"])
    expected = [_numbers(each["embedding"]) for each in raw]
    if [list(each) for each in result.embeddings] != expected:
        return "the vectors differ"
    tokens = said.get("usage", {}).get("prompt_tokens")
    return None if result.usage.input_tokens == tokens else f"{result.usage} is not {tokens}"


@sources
@pytest.mark.parametrize("provider", ["openai", "openai_compatible", "azure"])
async def test_embeddings(provider: str, source: str) -> None:
    path = "/embeddings" if provider == "azure" else "/v1/embeddings"
    await check_all("embeddings", provider, source, (path,), "data", check_embeddings)


def _numbers(embedding: Any) -> list[float]:
    return list(array("f", base64.b64decode(embedding))) if isinstance(embedding, str) else embedding


IMAGES = ("/images/generations", "/images/edits", "/images/variations")


class WithPictures(Replayer):
    """The replay of an answer, behind which the pictures that it only refers to are their own URLs."""

    async def open(self, request: HTTPRequest) -> HTTPStream:
        self.requests.append(request)
        return ReplayedStream(200, {"content-type": "image/png"}, (request.url.encode(),))


async def check_images(exchange: Exchange, _provider: Any) -> str | None:
    http = WithPictures(exchange)
    edit = exchange.endpoint.endswith("/edits")
    files = (FilePart(data=b"\x89PNG", media_type="image/png"),) if edit else ()
    model = door_of(exchange.provider, http).image(model_of(exchange))
    result = await model(ImageRequest(prompt="replayed", files=files))
    said = json.loads(exchange.body)
    pictures = [
        base64.b64decode(each["b64_json"]) if "b64_json" in each else each["url"].encode() for each in said["data"]
    ]
    if [each.data for each in result.images] != pictures:
        return "the pictures differ"
    fetched = [each for each in http.requests if each.method == "GET"]
    if any("authorization" in each.headers for each in fetched):
        return "the key went along to where the pictures are"
    revised = tuple(each.get("revised_prompt") for each in said["data"])
    found = result.provider_metadata.get(exchange.provider, {}).get("revised_prompts", (None,) * len(revised))
    return None if found == revised and result.response.timestamp == said.get("created") else f"{result} differs"


@sources
async def test_images(source: str) -> None:
    await check_all("image", "openai", source, IMAGES, "data", check_images)


async def test_embeddings_of_which_there_are_only_documents() -> None:
    await check_all("embeddings", "togetherai", "data", ("/v1/embeddings",), "data", check_embeddings)


@pytest.mark.parametrize("provider", ["togetherai", "openai_compatible", "azure"])
async def test_images_of_which_there_are_only_documents(provider: str) -> None:
    await check_all("image", provider, "data", IMAGES, "data", check_images)


@sources
@pytest.mark.parametrize("provider", ["openai", "groq"])
async def test_speech(provider: str, source: str) -> None:
    async def check(exchange: Exchange, provider: Any) -> str | None:
        result = await (await provider.speech(model_of(exchange))(Speech(text="replayed"))).result()
        streamed = await (await provider.speech(model_of(exchange))(Speech(text="replayed", stream=True))).result()
        said = exchange.headers["content-type"]
        expected = said if said.startswith("audio/") else "audio/mpeg"
        if result.media_type != expected or streamed.media_type != result.media_type:
            return f"the media type is {result.media_type}"
        return None if result.audio == streamed.audio == exchange.body else "the audio differs"

    await check_all("speech", provider, source, ("/audio/speech",), "text", check)


def transcript_said(exchange: Exchange) -> dict[str, Any]:
    """What an answer says; the last event of a stream repeats the whole text."""
    if exchange.headers["content-type"].startswith("text/plain"):
        return {"text": exchange.body.decode().strip()}
    return events_of(exchange.body)[-1]


def pieces_of(said: Any, name: str) -> list[tuple[str, float, float, str | None]]:
    """The text, times and speaker of segments or words."""
    return [(each[name], each["start"], each["end"], each.get("speaker")) for each in said or NOTHING]


@sources
@pytest.mark.parametrize("provider", ["openai", "groq"])
async def test_transcriptions(provider: str, source: str) -> None:
    async def check(exchange: Exchange, provider: Any) -> str | None:
        model = provider.transcription("gpt-4o-mini-transcribe" if exchange.streamed else "whisper-1")
        result = await (await model(TranscriptionRequest(audio=b"RIFF", stream=exchange.streamed))).result()
        said = transcript_said(exchange)
        segments = [(each.text, each.start, each.end, each.speaker) for each in result.segments]
        words = [(each.text, each.start, each.end, each.speaker) for each in result.words]
        found = (result.text, result.duration, result.language, segments, words)
        duration = said.get("duration", (said.get("usage") or NOTHING).get("seconds"))
        spoken = () if exchange.streamed else said.get("segments")
        expected = (
            said["text"],
            duration,
            said.get("language"),
            pieces_of(spoken, "text"),
            pieces_of(said.get("words"), "word"),
        )
        return None if found == expected else f"\n    we say {found}\n    it says {expected}"

    paths = ("/audio/transcriptions", "/audio/translations")
    await check_all("transcription", provider, source, paths, "text", check)


@sources
@pytest.mark.parametrize("provider", ["togetherai", "openai_compatible"])
async def test_reranking(provider: str, source: str) -> None:
    async def check(exchange: Exchange, provider: Any) -> str | None:
        said = json.loads(exchange.body)
        entries = said.get("results") or said["data"]
        asked_for = asked(exchange)
        documents = tuple(asked_for.get("documents") or [f"document {at}" for at in range(9)])
        query = asked_for.get("query") or "replayed"
        result = await provider.reranking(model_of(exchange))(RerankRequest(query=query, documents=documents))
        ranked = sorted(((each["relevance_score"], each["index"]) for each in entries), reverse=True)
        found = [(each.score, each.index) for each in result.ranking]
        texts = [each.document for each in result.ranking] == [documents[index] for _, index in ranked]
        same = found == ranked and texts and result.response.model == said.get("model")
        return None if same else f"{found} is not {ranked}"

    key = "results" if provider == "togetherai" else "data"
    await check_all("rerank", provider, source, ("/rerank",), key, check)


@pytest.mark.corpus
async def test_a_transcript_that_was_kept_with_its_headers() -> None:
    found = [each for each in exchanges("groq", "transcription", folder_of("corpus")) if b'"headers"' in each.body]
    (kept,) = [json.loads(each.body) for each in found]
    answer = replace(found[0], headers=kept["headers"], body=kept["body"].encode(), status=kept["status"])
    model = provider_of("groq", Replayer(answer)).transcription("whisper-large-v3")
    request = TranscriptionRequest(audio=b"RIFF", provider_options={"groq": {"response_format": "text"}})
    assert (await (await model(request)).result()).text == kept["body"].strip() != ""
