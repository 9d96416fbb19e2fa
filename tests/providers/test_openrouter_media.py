"""OpenRouter's pictures, speech, transcripts and films."""

from __future__ import annotations

import json
from typing import Any

import pytest
from media_kit import MP3, PICTURE, PNG, ask, each_of, encoded, form, heard, painted, served, spoken

from ai_sdk.errors import APIError, InvalidRequestError, OverloadedError, QuotaExceededError
from ai_sdk.messages import FilePart
from ai_sdk.providers.openrouter import create_openrouter, openrouter
from ai_sdk.requests import ImageRequest, SpeechRequest, VideoRequest
from ai_sdk.results import Segment
from ai_sdk.testing import Answer, ScriptedHTTP

AT = "POST /api/v1"
ONE = FilePart(data=PICTURE, media_type="image/*")


def door(http: ScriptedHTTP) -> Any:
    return create_openrouter(api_key="key-123456", http=http)


def test_what_a_picture_is_asked_with() -> None:
    model = openrouter.image("google/gemini-3-pro-image")
    options = {"quality": "low", "provider": {"only": ["google-vertex"]}}
    request = ask(
        ImageRequest,
        options,
        "openrouter",
        prompt="x",
        n=2,
        size="640x480",
        aspect_ratio="4:3",
        seed=1,
        files=(ONE,),
    )
    assert encoded(model, request) == (
        {
            "model": "google/gemini-3-pro-image",
            "prompt": "x",
            "n": 2,
            "size": "640x480",
            "aspect_ratio": "4:3",
            "seed": 1,
            "input_references": [{"type": "image_url", "image_url": {"url": f"data:image/png;base64,{PNG}"}}],
            "quality": "low",
            "provider": {"only": ("google-vertex",)},
        },
        [],
    )
    for fields, field in each_of(
        ({"n": 11}, "n"),
        ({"size": "big"}, "size"),
        ({"files": (ONE,), "mask": ONE}, "mask"),
        ({"provider_options": {"openrouter": {"stream": True}}}, "provider_options"),
    ):
        with pytest.raises(InvalidRequestError) as caught:
            model.encode(ImageRequest(prompt="x", **fields))
        assert caught.value.field == field


async def test_pictures_and_what_they_cost() -> None:
    said = {"created": 7, "data": [{"b64_json": "PHg+", "media_type": "image/svg+xml"}], "usage": {"cost": 0.04}}
    http = served(f"{AT}/images", said)
    result = await painted(door(http).image("m"))
    assert (result.image.data, result.image.media_type) == (b"<x>", "image/svg+xml")
    assert result.provider_metadata == {"openrouter": {"cost": 0.04}}


async def test_speech() -> None:
    http = served(f"{AT}/audio/speech", Answer(MP3))
    result = await spoken(door(http).speech("m"), speed=2, instructions="softly")
    assert (result.media_type, [each.feature for each in result.warnings]) == ("audio/mpeg", ["instructions"])
    assert json.loads(http.requests[0].body) == {"model": "m", "input": "Hello", "response_format": "mp3", "speed": 2}
    with pytest.raises(InvalidRequestError, match="wav"):
        openrouter.speech("m").encode(SpeechRequest(text="Hi", output_format="wav"))


async def test_transcripts_whose_speakers_are_numbers() -> None:
    piece = {"id": 0, "text": "Hi", "start": 0, "end": 1, "speaker": 0}
    http = served(f"{AT}/audio/transcriptions", {"text": "Hi", "segments": [piece], "usage": {"seconds": 1.5}})
    result = await heard(door(http).transcription("m"), prompt="kettle", temperature=0.5)
    assert result.segments == (Segment("Hi", 0.0, 1.0, "0"),)
    assert (result.duration, [each.feature for each in result.warnings]) == (1.5, ["prompt"])
    assert ("temperature", None, b"0.5") in form(http.requests[0])


def test_what_a_film_is_asked_with() -> None:
    model = openrouter.video("google/veo-3.1")
    request = VideoRequest(
        prompt="a boat", duration=8, aspect_ratio="16:9", resolution="1280x720", seed=1, fps=24, image=ONE
    )
    body, lost = encoded(model, request)
    assert body == {
        "model": "google/veo-3.1",
        "prompt": "a boat",
        "size": "1280x720",
        "aspect_ratio": "16:9",
        "duration": 8,
        "seed": 1,
        "frame_images": [
            {
                "type": "image_url",
                "image_url": {"url": f"data:image/png;base64,{PNG}"},
                "frame_type": "first_frame",
            }
        ],
    }
    assert lost == ["fps"]
    assert encoded(model, VideoRequest(prompt="x", resolution="720p"))[0]["resolution"] == "720p"


@pytest.mark.parametrize(("status", "kind"), [(402, QuotaExceededError), (503, OverloadedError), (200, APIError)])
async def test_errors(status: int, kind: type[APIError]) -> None:
    said = {"error": {"code": status if status != 200 else 503, "message": "Not so."}}
    with pytest.raises(kind, match=r"Not so\."):
        await painted(door(served(f"{AT}/images", Answer(said, status=status))).image("m"))
