"""The bodies and forms that we write for pictures, sound, film and rankings are what the vendors' definitions allow."""

from __future__ import annotations

import gzip
import json
from collections import defaultdict
from dataclasses import dataclass
from functools import cache
from typing import Any, cast

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ai_sdk.messages import FilePart
from ai_sdk.provider import to_json
from ai_sdk.providers.deepinfra import create_deepinfra
from ai_sdk.providers.fireworks import create_fireworks
from ai_sdk.providers.groq import create_groq
from ai_sdk.providers.mistral import create_mistral
from ai_sdk.providers.openai import create_openai
from ai_sdk.providers.openrouter import create_openrouter
from ai_sdk.providers.togetherai import create_togetherai
from ai_sdk.providers.xai import create_xai
from ai_sdk.requests import ImageRequest, RerankRequest, SpeechRequest, TranscriptionRequest, VideoRequest
from wire.kit import folder_of

pytestmark = pytest.mark.corpus

MAKERS: dict[str, Any] = {
    "openai": create_openai,
    "groq": create_groq,
    "mistral": create_mistral,
    "togetherai": create_togetherai,
    "xai": create_xai,
    "fireworks": create_fireworks,
    "deepinfra": create_deepinfra,
    "openrouter": create_openrouter,
}
FILES = {
    "openai": "openai.openapi.json",
    "deepinfra": "deepinfra.openapi.json",
    "fireworks": "fireworks.tryagi.openapi.yaml",
}


@dataclass(frozen=True)
class Where:
    """A model, and the definition of what it is asked: the path, and the type of the body."""

    provider: str
    kind: str
    model_id: str
    path: str
    content: str = "application/json"

    def __str__(self) -> str:
        return f"{self.provider}-{self.kind}-{self.model_id}"


FORM = "multipart/form-data"
IMAGES = [
    Where("openai", "image", "gpt-image-1", "/images/generations"),
    Where("openai", "image", "dall-e-3", "/images/generations"),
    Where("xai", "image", "grok-imagine-image", "/images/generations"),
    Where("togetherai", "image", "black-forest-labs/FLUX.1-schnell", "/images/generations"),
    Where("openrouter", "image", "google/gemini-3-pro-image", "/images"),
]
SPEECH = [
    Where("openai", "speech", "gpt-4o-mini-tts", "/audio/speech"),
    Where("openai", "speech", "tts-1", "/audio/speech"),
    Where("groq", "speech", "playai-tts", "/openai/v1/audio/speech"),
    Where("groq", "speech", "canopylabs/orpheus-v1-english", "/openai/v1/audio/speech"),
    Where("mistral", "speech", "voxtral-mini-tts-latest", "/v1/audio/speech"),
    Where("togetherai", "speech", "hexgrad/Kokoro-82M", "/audio/speech"),
    Where("xai", "speech", "tts", "/tts"),
    Where("deepinfra", "speech", "hexgrad/Kokoro-82M", "/v1/openai/audio/speech"),
    Where("openrouter", "speech", "openai/gpt-4o-mini-tts", "/audio/speech"),
]
TRANSCRIPTS = [
    Where("openai", "transcription", "whisper-1", "/audio/transcriptions", FORM),
    Where("openai", "transcription", "gpt-4o-transcribe-diarize", "/audio/transcriptions", FORM),
    Where("groq", "transcription", "whisper-large-v3", "/openai/v1/audio/transcriptions", FORM),
    Where("mistral", "transcription", "voxtral-mini-latest", "/v1/audio/transcriptions", FORM),
    Where("togetherai", "transcription", "openai/whisper-large-v3", "/audio/transcriptions", FORM),
    Where("fireworks", "transcription", "whisper-v3", "/audio/transcriptions", FORM),
    Where("deepinfra", "transcription", "openai/whisper-large-v3", "/v1/openai/audio/transcriptions", FORM),
    Where("openrouter", "transcription", "openai/whisper-1", "/audio/transcriptions", FORM),
]
VIDEOS = [
    Where("openai", "video", "sora-2", "/videos"),
    Where("xai", "video", "grok-imagine-video", "/videos/generations"),
    Where("togetherai", "video", "minimax/hailuo-02", "/videos"),
    Where("openrouter", "video", "google/veo-3.1", "/videos"),
]
PICTURE = FilePart(data=b"\x89PNG\r\n\x1a\n", media_type="image/png")
AWAY = FilePart(url="https://a.test/i.png", media_type="image/png")
PATIENT = settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])


@cache
def document_of(provider: str) -> Any:
    name = FILES.get(provider, f"{provider}.openapi.yaml")
    packed = folder_of("corpus") / "specs" / f"{name}.gz"
    if not packed.exists():
        pytest.skip(f"there is no {packed.name}")
    text = gzip.decompress(packed.read_bytes()).decode()
    if name.endswith(".json"):
        return json.loads(text)
    yaml: Any = pytest.importorskip("yaml")
    return yaml.load(text, Loader=getattr(yaml, "CSafeLoader", yaml.SafeLoader))


@cache
def validator_of(where: Where, path: str | None = None) -> Any:
    """A validator that refuses unknown fields too, when the definition of the body lists those that there are."""
    jsonschema: Any = pytest.importorskip("jsonschema")
    document = document_of(where.provider)
    body = document["paths"][path or where.path]["post"]["requestBody"]
    if "$ref" in body:
        body = document["components"]["requestBodies"][body["$ref"].rpartition("/")[2]]
    schema = body["content"][where.content]["schema"]
    if "$ref" in schema:
        schema = document["components"]["schemas"][schema["$ref"].rpartition("/")[2]]
    known = {name.removesuffix("[]"): each for name, each in schema["properties"].items()}
    if "file" in known:
        known["file"] = {}
    strict = {**schema, "properties": known, "additionalProperties": False}
    return jsonschema.Draft202012Validator({**strict, "components": document["components"]})


def problems(where: Where, body: Any, path: str | None = None) -> list[str]:
    found = validator_of(where, path).iter_errors(body)
    return [f"{each.json_path}: {each.message[:300]}" for each in found]


def body_of(where: Where, request: Any) -> Any:
    encoded = getattr(MAKERS[where.provider](api_key="encoded"), where.kind)(where.model_id).encode(request)
    body: Any = cast("tuple[Any, ...]", encoded)[0] if isinstance(encoded, tuple) else encoded
    return form_of(body) if where.content == FORM else json.loads(to_json(body))


def form_of(fields: list[tuple[str, str]]) -> dict[str, Any]:
    """The object that a form means: names that come again, or end in brackets, are lists."""
    lists: defaultdict[str, list[Any]] = defaultdict(list)
    for name, value in fields:
        lists[name].append(plain(value))
    several = ("timestamp_granularities", "context_bias", "include", "known_speaker_names")
    return {"file": "the audio"} | {
        name.removesuffix("[]"): values if name.endswith("[]") or name in several else values[0]
        for name, values in lists.items()
    }


def plain(text: str) -> Any:
    try:
        value = json.loads(text)
    except ValueError:
        return text
    return cast("Any", value) if isinstance(value, int | float | bool | dict) else text


texts = st.text(st.characters(codec="utf-8", exclude_categories=["Cs"]), min_size=1, max_size=30).filter(str.strip)
ids = pytest.mark.parametrize


@ids("where", IMAGES, ids=str)
@PATIENT
@given(
    prompt=texts,
    n=st.integers(1, 10),
    size=st.sampled_from([None, "1024x1024", "1536x1024"]),
    ratio=st.sampled_from([None, "16:9", "1:1"]),
    seed=st.none() | st.integers(0, 2**31),
)
def test_pictures(where: Where, prompt: str, n: int, size: str | None, ratio: str | None, seed: int | None) -> None:
    most: int = getattr(MAKERS[where.provider]().image(where.model_id), "max_images_per_call")
    request = ImageRequest(prompt=prompt, n=min(n, most), size=size, aspect_ratio=ratio, seed=seed)
    assert problems(where, body_of(where, request)) == []


@ids("files", [(PICTURE,), (AWAY,), (PICTURE, AWAY)], ids=["bytes", "url", "several"])
def test_pictures_to_edit(files: tuple[FilePart, ...]) -> None:
    request = ImageRequest(prompt="make it red", files=files)
    xai = Where("xai", "image", "grok-imagine-image", "/images/edits")
    assert problems(xai, body_of(xai, request)) == []
    for where in (IMAGES[3], IMAGES[4]):
        assert problems(where, body_of(where, request)) == []


@ids("where", SPEECH, ids=str)
@PATIENT
@given(
    text=texts,
    voice=st.sampled_from([None, "alloy", "eve"]),
    word=st.sampled_from([None, "mp3", "wav", "pcm"]),
    instructions=st.none() | texts,
    speed=st.sampled_from([None, 0.5, 1.0, 2.0]),
    language=st.sampled_from([None, "en"]),
)
def test_speech(where: Where, word: str | None, **fields: Any) -> None:
    formats = MAKERS[where.provider]().speech(where.model_id).formats
    if word not in formats:
        word = None
    request = SpeechRequest(output_format=word, **fields)
    assert problems(where, body_of(where, request)) == []


@ids("where", TRANSCRIPTS, ids=str)
@PATIENT
@given(
    language=st.sampled_from([None, "en"]),
    prompt=st.sampled_from([None, "kettle"]),
    temperature=st.sampled_from([None, 0.0, 0.5]),
    times=st.sampled_from([None, ("segment",), ("segment", "word")]),
    diarize=st.sampled_from([None, True]),
)
def test_transcripts(where: Where, times: Any, diarize: bool | None, **fields: Any) -> None:
    options: dict[str, Any] = {}
    if times is not None:
        options["timestamp_granularities"] = times
    if diarize and where.provider in ("mistral", "togetherai", "fireworks"):
        options["diarize"] = True
    request = TranscriptionRequest(audio=b"RIFF", provider_options={where.provider: options}, **fields)
    assert problems(where, body_of(where, request)) == []


def test_a_streamed_transcript_of_mistral() -> None:
    where = Where("mistral", "transcription", "voxtral-mini-latest", "/v1/audio/transcriptions", FORM)
    body = body_of(where, TranscriptionRequest(audio=b"RIFF", stream=True))
    assert problems(where, body, "/v1/audio/transcriptions#stream") == []
    assert problems(where, body) != []


@ids("where", VIDEOS, ids=str)
@PATIENT
@given(
    prompt=texts,
    duration=st.sampled_from([None, 4, 8, 12]),
    resolution=st.sampled_from([None, "1280x720", "720x1280"]),
    ratio=st.sampled_from([None, "16:9", "9:16", "1:1"]),
    fps=st.sampled_from([None, 24]),
    seed=st.sampled_from([None, 7]),
    image=st.sampled_from([None, AWAY]),
)
def test_films(where: Where, ratio: str | None, image: FilePart | None, **fields: Any) -> None:
    body = body_of(where, VideoRequest(aspect_ratio=ratio, image=image, **fields))
    if where.provider == "xai" and image is not None:  # the vendor's documents say image, this copy says image_url
        body["image_url"] = body.pop("image")["url"]
    assert problems(where, body) == []


@ids("top_n", [None, 2])
def test_rankings(top_n: int | None) -> None:
    where = Where("togetherai", "reranking", "Salesforce/Llama-Rank-v1", "/rerank")
    request = RerankRequest(query="q", documents=("a", "b", "c"), top_n=top_n)
    assert problems(where, body_of(where, request)) == []


@ids("where", [*IMAGES, *SPEECH, *TRANSCRIPTS, *VIDEOS], ids=str)
def test_the_definitions_refuse_what_is_wrong(where: Where) -> None:
    assert problems(where, {}) != []
    assert problems(where, {"model": 7, "prompt": 7, "input": 7, "text": 7, "robot": True}) != []
