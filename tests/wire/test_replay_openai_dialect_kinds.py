"""The other kinds of the OpenAI dialect, replayed and compared with what their raw JSON says."""

from __future__ import annotations

import base64
import json
from array import array
from collections.abc import Awaitable, Callable
from typing import Any

import pytest

from ai_sdk.errors import AISDKError, APIError, InvalidResponseError
from ai_sdk.messages import FilePart, user
from ai_sdk.requests import EmbeddingRequest, ImageRequest, LanguageRequest, RerankRequest, TranscriptionRequest
from ai_sdk.requests import SpeechRequest as Speech
from ai_sdk.testing.replay import Exchange, Replayer
from wire.kit import asked, provider_of, recordings, report, sources
from wire.oracle import NOTHING, Said, events_of, expected_error, gather

LEAST = {
    ("completion", "openai"): 90,
    ("completion", "togetherai"): 3,
    ("completion", "openai_compatible"): 18,
    ("embeddings", "openai"): 100,
    ("embeddings", "openai_compatible"): 18,
    ("image", "openai"): 18,
    ("speech", "openai"): 1,
    ("transcription", "openai"): 4,
    ("transcription", "groq"): 8,
    ("rerank", "togetherai"): 1,
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


async def _problem(exchange: Exchange, check: Check) -> str | None:
    try:
        problem = await check(exchange, provider_of(exchange.provider, Replayer(exchange)))
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
@pytest.mark.parametrize("provider", ["openai", "openai_compatible"])
async def test_embeddings(provider: str, source: str) -> None:
    await check_all("embeddings", provider, source, ("/v1/embeddings",), "data", check_embeddings)


def _numbers(embedding: Any) -> list[float]:
    return list(array("f", base64.b64decode(embedding))) if isinstance(embedding, str) else embedding


IMAGES = ("/images/generations", "/images/edits")


async def check_images(exchange: Exchange, provider: Any) -> str | None:
    edit = exchange.endpoint.endswith("/edits")
    files = (FilePart(data=b"\x89PNG", media_type="image/png"),) if edit else ()
    call = provider.image(model_of(exchange))(ImageRequest(prompt="replayed", files=files))
    entries = json.loads(exchange.body).get("data") or NOTHING
    if any("b64_json" not in each for each in entries):
        with pytest.raises(InvalidResponseError, match="b64_json"):
            await call
        return None
    result = await call
    pictures = [base64.b64decode(each["b64_json"]) for each in entries]
    return None if [each.data for each in result.images] == pictures else "the pictures differ"


@sources
async def test_images(source: str) -> None:
    await check_all("image", "openai", source, IMAGES, "data", check_images)


async def test_embeddings_of_which_there_are_only_documents() -> None:
    await check_all("embeddings", "togetherai", "data", ("/v1/embeddings",), "data", check_embeddings)


@pytest.mark.parametrize("provider", ["togetherai", "openai_compatible"])
async def test_images_of_which_there_are_only_documents(provider: str) -> None:
    await check_all("image", provider, "data", IMAGES, "data", check_images)


@sources
async def test_speech(source: str) -> None:
    async def check(exchange: Exchange, provider: Any) -> str | None:
        result = await (await provider.speech(model_of(exchange))(Speech(text="replayed"))).result()
        streamed = await (await provider.speech(model_of(exchange))(Speech(text="replayed", stream=True))).result()
        if result.media_type != exchange.headers["content-type"] or streamed.media_type != result.media_type:
            return f"the media type is {result.media_type}"
        return None if result.audio == streamed.audio == exchange.body else "the audio differs"

    await check_all("speech", "openai", source, ("/audio/speech",), "audio", check)


def transcript_said(exchange: Exchange) -> dict[str, Any]:
    """What an answer says; the last event of a stream repeats the whole text."""
    if exchange.headers["content-type"].startswith("text/plain"):
        return {"text": exchange.body.decode().strip()}
    return events_of(exchange.body)[-1]


@sources
@pytest.mark.parametrize("provider", ["openai", "groq"])
async def test_transcriptions(provider: str, source: str) -> None:
    async def check(exchange: Exchange, provider: Any) -> str | None:
        model = provider.transcription("gpt-4o-mini-transcribe" if exchange.streamed else "whisper-1")
        result = await (await model(TranscriptionRequest(audio=b"RIFF", stream=exchange.streamed))).result()
        said = transcript_said(exchange)
        found = (result.text, result.duration, [(each.text, each.start, each.end) for each in result.segments])
        segments = [(each["text"], each["start"], each["end"]) for each in said.get("segments") or NOTHING]
        expected = (said["text"], said.get("duration", (said.get("usage") or NOTHING).get("seconds")), segments)
        return None if found == expected else f"\n    we say {found}\n    it says {expected}"

    await check_all("transcription", provider, source, ("/audio/transcriptions",), "text", check)


@sources
async def test_reranking(source: str) -> None:
    async def check(exchange: Exchange, provider: Any) -> str | None:
        said = json.loads(exchange.body)
        documents = tuple(f"document {at}" for at in range(1 + max(each["index"] for each in said["results"])))
        request = RerankRequest(query="replayed", documents=documents)
        result = await provider.reranking(model_of(exchange))(request)
        ranked = sorted(((each["relevance_score"], each["index"]) for each in said["results"]), reverse=True)
        found = [(each.score, each.index) for each in result.ranking]
        return None if found == ranked else f"{found} is not {ranked}"

    await check_all("rerank", "togetherai", source, ("/rerank",), "results", check)
