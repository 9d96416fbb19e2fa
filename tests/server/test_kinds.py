"""Embeddings, pictures, speech, transcripts and rankings over the gateway."""

from __future__ import annotations

import base64
import struct
from typing import Any

import pytest
from server.asgi_kit import Answer, Client

from ai_sdk.parts import AudioDelta, Finish, TranscriptDelta, TranscriptFinish, TranscriptSegment
from ai_sdk.requests import EmbeddingRequest, ImageRequest, RerankRequest, SpeechRequest, TranscriptionRequest
from ai_sdk.results import (
    EmbeddingResult,
    GeneratedFile,
    ImageResult,
    RankedDocument,
    RerankResult,
    Segment,
    SpeechResponse,
    TranscriptionResponse,
    Usage,
    fold_speech,
    fold_transcription,
)
from ai_sdk.server import Gateway

PNG = b"\x89PNG\r\n\x1a\n" + b"0" * 24
asked: list[Any] = []


async def embedder(request: EmbeddingRequest) -> EmbeddingResult:
    asked.append(request)
    return EmbeddingResult(embeddings=tuple((float(len(text)), 0.5) for text in request.values), usage=Usage(7))


async def painter(request: ImageRequest) -> ImageResult:
    asked.append(request)
    return ImageResult(images=tuple(GeneratedFile(PNG) for _ in range(request.n)), usage=Usage(1, 2))


async def speaker(request: SpeechRequest) -> SpeechResponse:
    asked.append(request)
    parts: list[Any] = [AudioDelta(b"ab", "audio/wav"), AudioDelta(b"cd", "audio/wav"), Finish("stop", Usage())]
    return SpeechResponse.of(parts, fold_speech)


async def mute(request: SpeechRequest) -> SpeechResponse:
    del request
    return SpeechResponse.of([Finish("stop", Usage())], fold_speech)


async def listener(request: TranscriptionRequest) -> TranscriptionResponse:
    asked.append(request)
    parts: list[Any] = [
        TranscriptDelta("Hello. Bye."),
        TranscriptSegment(Segment("Hello.", 0.0, 1.5)),
        TranscriptSegment(Segment("Bye.", 3661.25, 3662.0)),
        TranscriptFinish(Usage(), "en", 3662.0, (Segment("Hello", 0.0, 0.5),)),
    ]
    return TranscriptionResponse.of(parts, fold_transcription)


async def ranker(request: RerankRequest) -> RerankResult:
    asked.append(request)
    ranking = [RankedDocument(at, 1 / (at + 1), document) for at, document in enumerate(request.documents)]
    return RerankResult(ranking=tuple(ranking[: request.top_n]), usage=Usage(3))


KINDS = {
    "e": "embedding",
    "i": "image",
    "s": "speech",
    "mute": "speech",
    "t": "transcription",
    "r": "reranking",
}
MODELS: dict[str, Any] = {"e": embedder, "i": painter, "s": speaker, "mute": mute, "t": listener, "r": ranker}


@pytest.fixture
def client() -> Client:
    asked.clear()
    return Client(Gateway(MODELS, kinds=KINDS))


async def test_embeddings_as_numbers_and_as_bytes(client: Client) -> None:
    body = {"model": "e", "input": ["a", "bcd"], "dimensions": 2, "user": "u"}
    plain = await client.post("/v1/embeddings", body)
    assert [each["embedding"] for each in plain.json["data"]] == [[1.0, 0.5], [3.0, 0.5]]
    assert plain.json["usage"] == {"prompt_tokens": 7, "total_tokens": 7}
    assert asked[0] == EmbeddingRequest(values=("a", "bcd"), dimensions=2, provider_options={"openai": {"user": "u"}})
    packed = await client.post("/v1/embeddings", {"model": "e", "input": "a", "encoding_format": "base64"})
    assert struct.unpack("<2f", base64.b64decode(packed.json["data"][0]["embedding"])) == (1.0, 0.5)


async def test_pictures(client: Client) -> None:
    answer = await client.post("/v1/images/generations", {"model": "i", "prompt": "cat", "n": 2, "size": "256x256"})
    assert [base64.b64decode(each["b64_json"]) for each in answer.json["data"]] == [PNG, PNG]
    assert (asked[0].n, asked[0].size) == (2, "256x256")
    linked = await client.post("/v1/images/generations", {"model": "i", "prompt": "cat", "response_format": "url"})
    assert linked.json["data"][0]["url"].startswith("data:image/png;base64,")


async def test_speech_is_sent_as_it_comes(client: Client) -> None:
    body = {"model": "s", "input": "hi", "voice": "ash", "response_format": "wav", "speed": 1.5}
    answer = await client.post("/v1/audio/speech", body)
    assert (answer.status, answer.headers["content-type"], answer.body) == (200, "audio/wav", b"abcd")
    assert (asked[0].voice, asked[0].output_format, asked[0].speed, asked[0].stream) == ("ash", "wav", 1.5, True)
    assert (await client.post("/v1/audio/speech", {"model": "mute", "input": "hi"})).status == 502


def form(**fields: bytes) -> tuple[bytes, dict[str, str]]:
    parts = [
        b'--b\r\nContent-Disposition: form-data; name="'
        + name.encode()
        + b'"'
        + (b'; filename="a.wav"\r\nContent-Type: audio/wav' if name == "file" else b"")
        + b"\r\n\r\n"
        + value
        + b"\r\n"
        for name, value in fields.items()
    ]
    return b"".join(parts) + b"--b--\r\n", {"content-type": "multipart/form-data; boundary=b"}


async def transcribed(client: Client, **fields: bytes) -> Answer:
    body, headers = form(file=b"RIFF....WAVE", model=b"t", **fields)
    return await client.post("/v1/audio/transcriptions", body, headers=headers)


async def test_transcripts_in_every_shape(client: Client) -> None:
    assert (await transcribed(client, language=b"en", temperature=b"0.5")).json == {"text": "Hello. Bye."}
    request = asked[0]
    assert (request.audio, request.media_type, request.filename) == (b"RIFF....WAVE", "audio/wav", "a.wav")
    assert (request.language, request.temperature) == ("en", 0.5)
    assert (await transcribed(client, response_format=b"text")).body == b"Hello. Bye.\n"
    verbose = (await transcribed(client, response_format=b"verbose_json")).json
    assert (verbose["language"], verbose["duration"], len(verbose["segments"])) == ("en", 3662.0, 2)
    assert verbose["words"] == [{"word": "Hello", "start": 0.0, "end": 0.5}]
    srt = (await transcribed(client, response_format=b"srt")).body.decode()
    assert srt.startswith("1\n00:00:00,000 --> 00:00:01,500\nHello.\n\n2\n01:01:01,250 --> 01:01:02,000\nBye.")
    assert (await transcribed(client, response_format=b"vtt")).body.startswith(b"WEBVTT\n\n00:00:00.000 --> ")


async def test_rankings(client: Client) -> None:
    body = {"model": "r", "query": "q", "documents": ["a", {"text": "b"}], "top_n": 2, "return_documents": True}
    answer = (await client.post("/v1/rerank", body)).json
    assert answer["results"] == [
        {"index": 0, "relevance_score": 1.0, "document": {"text": "a"}},
        {"index": 1, "relevance_score": 0.5, "document": {"text": "b"}},
    ]
    assert asked[0].top_n == 2


@pytest.mark.parametrize(
    ("path", "body", "word"),
    [
        ("/v1/embeddings", {"model": "e", "input": [[1, 2]]}, "input"),
        ("/v1/embeddings", {"model": "e", "input": []}, "input"),
        ("/v1/embeddings", {"model": "e", "input": "a", "encoding_format": "hex"}, "encoding_format"),
        ("/v1/embeddings", {"model": "e", "input": "a", "dimensions": True}, "dimensions"),
        ("/v1/embeddings", {"model": "i", "input": "a"}, "model"),
        ("/v1/chat/completions", {"model": "e", "messages": [{"role": "user", "content": "a"}]}, "model"),
        ("/v1/images/generations", {"model": "i", "prompt": 3}, "prompt"),
        ("/v1/images/generations", {"model": "i", "prompt": "x", "n": 1000}, "n"),
        ("/v1/audio/speech", {"model": "s", "input": " "}, "input"),
        ("/v1/audio/speech", {"model": "s", "input": "a", "stream_format": "sse"}, "stream_format"),
        ("/v1/audio/speech", {"model": "s", "input": "a", "voice": 3}, "voice"),
        ("/v1/rerank", {"model": "r", "query": "q", "documents": "abc"}, "documents"),
        ("/v1/rerank", {"model": "r", "query": "q", "documents": [3]}, "documents"),
    ],
)
async def test_bad_input_names_its_field(client: Client, path: str, body: Any, word: str) -> None:
    answer = await client.post(path, body)
    assert answer.status == 400
    assert word in f"{answer.error['param']} {answer.error['message']}"
    assert asked == []


@pytest.mark.parametrize(
    ("body", "content_type"),
    [
        (b"{}", "application/json"),
        (b"nothing", "multipart/form-data; boundary=b"),
        (b"--b\r\n", "multipart/form-data"),
        (form(model=b"t")[0], "multipart/form-data; boundary=b"),
        (form(model=b"t", file=b"a", response_format=b"pdf")[0], "multipart/form-data; boundary=b"),
        (form(model=b"t", file=b"a", temperature=b"hot")[0], "multipart/form-data; boundary=b"),
        (form(model=b"t", file=b"a", stream=b"true")[0], "multipart/form-data; boundary=b"),
        (form(**{f"f{at}": b"x" for at in range(200)})[0], "multipart/form-data; boundary=b"),
    ],
)
async def test_bad_forms(client: Client, body: bytes, content_type: str) -> None:
    answer = await client.post("/v1/audio/transcriptions", body, headers={"content-type": content_type})
    assert answer.status == 400
    assert answer.error["message"]
    assert asked == []
