"""What we write for pictures, videos, speech, transcripts and embeddings is what the vendors' definitions allow.

Google's definitions leave open what ``:predict`` takes; Amazon's what the input of a model is.
"""

from __future__ import annotations

import gzip
import json
from collections.abc import Mapping
from functools import cache
from typing import Any, cast

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ai_sdk._frozen import freeze
from ai_sdk.messages import FilePart
from ai_sdk.provider import to_json
from ai_sdk.providers.amazon_bedrock import create_amazon_bedrock
from ai_sdk.providers.google import create_google
from ai_sdk.providers.google_vertex import create_google_vertex
from ai_sdk.requests import (
    EmbeddingRequest,
    ImageRequest,
    RerankRequest,
    SpeechRequest,
    TranscriptionRequest,
    VideoRequest,
)
from wire.kit import folder_of
from wire.test_google_definitions import PREFIX, closed

pytestmark = pytest.mark.corpus

FILES = {"google": "google-gemini.openapi.json", "google_vertex": "google-vertex.aiplatform.v1.discovery.json"}
QUICK = settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow])
PNG = b"\x89PNG\r\n\x1a\n"
WORDS = st.text(max_size=20)
TEXTS = st.text(min_size=1, max_size=20).filter(lambda text: bool(text.strip()))
SEEDS = st.none() | st.integers(0, 2**31 - 1)
RATIOS = st.sampled_from([None, "1:1", "16:9", "9:16"])
PICTURES = st.builds(FilePart, data=st.just(PNG), media_type=st.sampled_from(["image/png", "image/*"]))
IMAGES = st.builds(
    ImageRequest,
    prompt=TEXTS,
    size=st.sampled_from([None, "1K", "4K", "1024x1024"]),
    aspect_ratio=RATIOS,
    seed=SEEDS,
    files=st.lists(PICTURES, max_size=2).map(tuple),
)
SPEECHES = st.builds(
    SpeechRequest,
    text=TEXTS,
    voice=st.sampled_from([None, "Puck"]),
    output_format=st.sampled_from([None, "wav", "mp3", "opus"]),
    instructions=st.none() | TEXTS,
    language=st.sampled_from([None, "de-DE"]),
)
TRANSCRIPTIONS = st.builds(
    TranscriptionRequest,
    audio=st.binary(min_size=1, max_size=9),
    language=st.sampled_from([None, "de"]),
    prompt=st.none() | WORDS,
    temperature=st.none() | st.floats(0, 1),
)
VIDEOS = st.builds(
    VideoRequest,
    prompt=TEXTS,
    aspect_ratio=RATIOS,
    resolution=st.sampled_from([None, "1280x720"]),
    seed=SEEDS,
    image=st.none() | PICTURES,
)
EMBEDDINGS = st.builds(
    EmbeddingRequest,
    values=st.lists(WORDS, min_size=1, max_size=3).map(tuple),
    dimensions=st.none() | st.integers(1, 99),
)


@cache
def schemas_of(name: str) -> Any:
    packed = folder_of("corpus") / "specs" / f"{FILES[name]}.gz"
    if not packed.exists():
        pytest.skip(f"there is no {packed.name}")
    document: Any = json.loads(gzip.decompress(packed.read_bytes()))
    return closed(document["components"]["schemas"] if name == "google" else document["schemas"])


def problems(name: str, schema: str, body: Any) -> list[str]:
    """What a definition refuses in a body."""
    jsonschema: Any = pytest.importorskip("jsonschema")
    prefix = "" if name == "google" else PREFIX
    root = {"$ref": f"#/components/schemas/{prefix}{schema}", "components": {"schemas": schemas_of(name)}}
    errors = jsonschema.Draft202012Validator(root).iter_errors(json.loads(to_json(body)))
    return [f"{each.json_path}: {each.message[:300]}" for each in errors]


def door(name: str) -> Any:
    return create_google() if name == "google" else create_google_vertex(project="p")


both = pytest.mark.parametrize("name", ["google", "google_vertex"])


@both
@QUICK
@given(request=IMAGES)
def test_pictures_of_gemini(name: str, request: ImageRequest) -> None:
    body, _ = door(name).image("gemini-2.5-flash-image").encode(request)
    assert problems(name, "GenerateContentRequest", body) == []


@both
@pytest.mark.parametrize("model_id", ["gemini-2.5-flash-preview-tts", "gemini-3.8-flash-tts"])
@QUICK
@given(request=SPEECHES)
def test_speech(name: str, model_id: str, request: SpeechRequest) -> None:
    body, _ = door(name).speech(model_id).encode(request)
    found = problems(name, "GenerateContentRequest", body)
    if name == "google":  # this copy of the definition is older than the field, which that of Vertex AI has
        found = [each for each in found if "speechMetadata" not in each]
    assert found == []


@both
@pytest.mark.parametrize("model_id", ["gemini-3.5-transcribe", "gemini-2.5-flash"])
@QUICK
@given(request=TRANSCRIPTIONS)
def test_transcripts(name: str, model_id: str, request: TranscriptionRequest) -> None:
    body, _ = door(name).transcription(model_id).encode(request)
    assert problems(name, "GenerateContentRequest", body) == []


@QUICK
@given(request=IMAGES)
def test_predictions_of_vertex(request: ImageRequest) -> None:
    body, _ = door("google_vertex").image("imagen-3.0-capability-001").encode(request)
    assert problems("google_vertex", "PredictRequest", body) == []


@QUICK
@given(request=VIDEOS)
def test_long_running_predictions_of_vertex(request: VideoRequest) -> None:
    body, _ = door("google_vertex").video("veo-3.1-generate-001").encode(request)
    assert problems("google_vertex", "PredictLongRunningRequest", body) == []
    assert problems("google_vertex", "FetchPredictOperationRequest", {"operationName": "o"}) == []


@QUICK
@given(request=EMBEDDINGS)
def test_embeddings(request: EmbeddingRequest) -> None:
    body = door("google").embedding("gemini-embedding-001").encode(request)
    schema = "EmbedContentRequest" if len(request.values) == 1 else "BatchEmbedContentsRequest"
    assert problems("google", schema, body) == []
    body = door("google_vertex").embedding("text-embedding-005").encode(request)
    assert problems("google_vertex", "PredictRequest", body) == []


@pytest.mark.parametrize(
    ("name", "schema", "wrong"),
    [
        ("google", "GenerateContentRequest", {"generationConfig": {"responseModalities": ["SMELL"]}}),
        ("google", "GenerateContentRequest", {"generationConfig": {"imageConfig": {"ratio": "1:1"}}}),
        ("google", "EmbedContentRequest", {"text": "a"}),
        ("google_vertex", "GenerateContentRequest", {"generationConfig": {"speechConfig": {"voice": "Kore"}}}),
        ("google_vertex", "PredictRequest", {"instance": []}),
        ("google_vertex", "FetchPredictOperationRequest", {"operation": "o"}),
    ],
)
def test_the_definitions_refuse_what_is_wrong(name: str, schema: str, wrong: Any) -> None:
    assert problems(name, schema, wrong)


# ---- Amazon's own model of its API ----


def refused(file: str, operation: str, body: Mapping[str, Any]) -> str:
    """What botocore's validation says against the parameters of an operation."""
    model: Any = pytest.importorskip("botocore.model")
    validate: Any = pytest.importorskip("botocore.validate")
    shape = model.ServiceModel(_service(file)).operation_model(operation).input_shape
    return cast("str", validate.ParamValidator().validate(json.loads(to_json(body)), shape).generate_report())


@cache
def _service(file: str) -> Any:
    packed = folder_of("corpus") / "specs" / f"{file}.service-2.json.gz"
    if not packed.exists():
        pytest.skip(f"there is no {packed.name}")
    return json.loads(gzip.decompress(packed.read_bytes()))


@pytest.mark.parametrize("model_id", ["amazon.nova-reel-v1:1", "luma.ray-v2:0"])
@QUICK
@given(request=VIDEOS, tags=st.none() | st.just([{"key": "a", "value": "b"}]))
def test_jobs_of_bedrock(model_id: str, request: VideoRequest, tags: Any) -> None:
    own = {"s3Uri": "s3://bucket/folder", **({"tags": tags, "clientRequestToken": "t"} if tags else {})}
    wanted = VideoRequest(
        prompt=request.prompt,
        resolution=request.resolution,
        seed=request.seed,
        image=request.image,
        provider_options={"amazon_bedrock": own},
    )
    body, _ = create_amazon_bedrock(region="us-east-1").video(model_id).encode(wanted)
    assert refused("bedrock-runtime", "StartAsyncInvoke", body) == ""


def test_rankings_of_bedrock() -> None:
    model = create_amazon_bedrock(region="us-east-1").reranking("cohere.rerank-v3-5:0")
    documents: Any = ("a", freeze({"title": "b"}))
    body = model.encode(RerankRequest(query="q", documents=documents, top_n=1))
    assert refused("bedrock-agent-runtime", "Rerank", body) == ""


def test_amazons_model_refuses_what_is_wrong() -> None:
    assert "modelInput" in refused("bedrock-runtime", "StartAsyncInvoke", {"modelId": "m", "outputDataConfig": {}})
    assert "unknown" in refused("bedrock-agent-runtime", "Rerank", {"queries": [], "wrong": 1}).lower()
