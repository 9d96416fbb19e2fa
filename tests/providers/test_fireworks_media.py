"""Fireworks' pictures at their three addresses, transcripts at their own, and rankings."""

from __future__ import annotations

import json
from typing import Any

import pytest
from media_kit import PICTURE, PNG, ask, each_of, encoded, form, heard, painted, served

from ai_sdk.errors import (
    APIError,
    AuthenticationError,
    InvalidRequestError,
    InvalidResponseError,
    RateLimitError,
    ServerError,
    UnsupportedError,
)
from ai_sdk.messages import FilePart
from ai_sdk.providers.fireworks import create_fireworks, fireworks
from ai_sdk.requests import ImageRequest, RerankRequest
from ai_sdk.results import Segment
from ai_sdk.testing import Answer, ScriptedHTTP

MODELS = "accounts/fireworks/models/"
FLUX = MODELS + "flux-1-schnell-fp8"
SDXL = MODELS + "stable-diffusion-xl-1024-v1-0"
KONTEXT = MODELS + "flux-kontext-max"
AT = "POST /inference/v1"
ONE = FilePart(data=PICTURE, media_type="image/*")


def door(http: ScriptedHTTP) -> Any:
    return create_fireworks(api_key="key-123456", http=http)


def test_what_a_picture_is_asked_with() -> None:
    request = ask(
        ImageRequest, {"guidance_scale": 3.5}, "fireworks", prompt="x", seed=1, size="640x480", aspect_ratio="16:9"
    )
    assert encoded(fireworks.image(FLUX), request) == (
        {"prompt": "x", "seed": 1, "aspect_ratio": "16:9", "guidance_scale": 3.5},
        ["size"],
    )
    assert encoded(fireworks.image(SDXL), request) == (
        {"prompt": "x", "seed": 1, "width": 640, "height": 480, "guidance_scale": 3.5},
        ["aspect_ratio"],
    )
    body, _ = encoded(fireworks.image(KONTEXT), ImageRequest(prompt="x", files=(ONE,)))
    assert body == {"prompt": "x", "input_image": f"data:image/png;base64,{PNG}"}


@pytest.mark.parametrize(
    ("fields", "field"),
    [
        ({"n": 2}, "n"),
        ({"size": "big"}, "size"),
        ({"files": (ONE,), "mask": ONE}, "mask"),
        ({"files": (ONE, ONE)}, "files"),
    ],
)
def test_law_11_pictures(fields: dict[str, Any], field: str) -> None:
    with pytest.raises(InvalidRequestError) as caught:
        fireworks.image(SDXL).encode(ImageRequest(prompt="x", **fields))
    assert caught.value.field == field
    assert isinstance(caught.value, UnsupportedError) == (field in ("mask", "files"))


@pytest.mark.parametrize(
    ("model_id", "route"),
    [(FLUX, f"{AT}/workflows/{FLUX}/text_to_image"), (SDXL, f"{AT}/image_generation/{SDXL}")],
    ids=["flux", "sdxl"],
)
async def test_pictures_that_are_the_answer(model_id: str, route: str) -> None:
    http = served(route, Answer(PICTURE, headers={"content-type": "image/jpeg"}))
    result = await painted(door(http).image(model_id))
    assert (result.image.data, result.image.media_type) == (PICTURE, "image/png"), "the bytes know better"
    assert http.requests[0].headers["accept"] == "image/*"
    with pytest.raises(ServerError, match="broken"):
        await painted(door(served(route, {"error": "broken"})).image(model_id))
    for said in each_of({"a": 1}, Answer(b"words")):
        with pytest.raises(InvalidResponseError):
            await painted(door(served(route, said)).image(model_id))


async def test_a_job_that_is_ready_without_a_picture() -> None:
    http = ScriptedHTTP(
        {
            f"{AT}/workflows/{KONTEXT}": Answer({"request_id": "j1"}),
            f"{AT}/workflows/{KONTEXT}/get_result": Answer({"status": "Ready", "result": {}}),
        }
    )
    with pytest.raises(InvalidResponseError, match="no picture"):
        await painted(door(http).image(KONTEXT))
    assert json.loads(http.requests[1].body) == {"id": "j1"}


@pytest.mark.parametrize("word", ["Error", "Failed", "Task not found"])
async def test_a_job_that_fails(word: str) -> None:
    http = ScriptedHTTP(
        {
            f"{AT}/workflows/{KONTEXT}": Answer({"request_id": "j1"}),
            f"{AT}/workflows/{KONTEXT}/get_result": Answer({"status": word, "details": {"error": "too dark"}}),
        }
    )
    with pytest.raises(ServerError, match="too dark") as caught:
        await painted(door(http).image(KONTEXT))
    assert caught.value.job == "j1"


@pytest.mark.parametrize(
    ("model_id", "host"),
    [
        ("whisper-v3", "https://audio-prod.api.fireworks.ai/v1"),
        ("whisper-v3-turbo", "https://audio-turbo.api.fireworks.ai/v1"),
    ],
)
async def test_where_transcripts_are_made(model_id: str, host: str) -> None:
    piece = {"text": "Hi", "start": 0, "end": 1, "speaker_id": "SPEAKER_00"}
    http = served("POST /v1/audio/transcriptions", {"text": "Hi", "duration": 1, "segments": [piece]})
    options = {"fireworks": {"diarize": True, "timestamp_granularities": ["word", "segment"]}}
    result = await heard(door(http).transcription(model_id), provider_options=options)
    assert result.segments == (Segment("Hi", 0.0, 1.0, "SPEAKER_00"),)
    (request,) = http.requests
    assert request.url == f"{host}/audio/transcriptions"
    assert request.headers["authorization"] == "Bearer key-123456"
    assert ("timestamp_granularities[]", None, b"word") in form(request)


async def test_other_addresses_for_audio() -> None:
    http = served(
        "POST /a/audio/transcriptions", {"text": "Hi"}, **{"POST /b/audio/transcriptions": Answer({"text": "Ho"})}
    )
    both = create_fireworks(
        api_key="k-123456", base_url="https://p.test/b", audio_base_url="https://p.test/a", http=http
    )
    one = create_fireworks(api_key="k-123456", base_url="https://p.test/b", http=http)
    assert (await heard(both.transcription("whisper-v3"))).text == "Hi"
    assert (await heard(one.transcription("whisper-v3"))).text == "Ho"


async def test_rankings() -> None:
    said = {
        "object": "list",
        "model": "m",
        "data": [{"index": 1, "relevance_score": 0.9}],
        "usage": {"prompt_tokens": 9},
    }
    http = served("POST /inference/v1/rerank", said)
    request = ask(RerankRequest, {"task": "find"}, "fireworks", query="q", documents=("a", "b"), top_n=1)
    result = await door(http).reranking("m")(request)
    assert [(each.index, each.document) for each in result.ranking] == [(1, "b")]
    assert result.usage.input_tokens == 9
    assert json.loads(http.requests[0].body) == {
        "return_documents": False,
        "model": "m",
        "query": "q",
        "documents": ["a", "b"],
        "top_n": 1,
        "task": "find",
    }


@pytest.mark.parametrize(
    ("status", "said", "kind", "words"),
    [
        (401, {"error": "Unauthorized"}, AuthenticationError, "Unauthorized"),
        (429, {"error": {"message": "slow", "type": "t", "code": "c"}}, RateLimitError, "slow"),
        (500, {"message": "broken"}, ServerError, "broken"),
    ],
)
async def test_errors(status: int, said: Any, kind: type[APIError], words: str) -> None:
    answer = Answer(said, status=status)
    http = ScriptedHTTP({f"{AT}/workflows/{FLUX}/text_to_image": answer, "POST /v1/audio/transcriptions": answer})
    for call in (painted(door(http).image(FLUX)), heard(door(http).transcription("whisper-v3"))):
        with pytest.raises(kind, match=words):
            await call
