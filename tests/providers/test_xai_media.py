"""xAI's pictures, speech, transcripts and films."""

from __future__ import annotations

import json
from typing import Any

import pytest
from media_kit import MP3, PICTURE, PNG, ask, encoded, form, heard, painted, served, spoken

from ai_sdk.errors import (
    APIError,
    BadRequestError,
    ContentFilterError,
    InvalidRequestError,
    OverloadedError,
    RateLimitError,
    UnsupportedError,
)
from ai_sdk.messages import FilePart
from ai_sdk.providers.xai import create_xai, xai
from ai_sdk.requests import ImageRequest, SpeechRequest, TranscriptionRequest, VideoRequest
from ai_sdk.results import Segment
from ai_sdk.testing import Answer, ScriptedHTTP

IMAGES = "POST /v1/images/generations"
EDITS = "POST /v1/images/edits"
ONE = FilePart(data=PICTURE, media_type="image/*")
TWO = FilePart(url="https://a.test/i.png", media_type="image/png")


def door(http: ScriptedHTTP) -> Any:
    return create_xai(api_key="key-123456", http=http)


def test_what_a_picture_is_asked_with() -> None:
    model = xai.image("grok-imagine-image")
    request = ask(
        ImageRequest, {"resolution": "2k"}, "xai", prompt="a cat", n=2, aspect_ratio="16:9", size="1x1", seed=1
    )
    body, lost = encoded(model, request)
    assert body == {
        "model": "grok-imagine-image",
        "prompt": "a cat",
        "response_format": "b64_json",
        "n": 2,
        "aspect_ratio": "16:9",
        "resolution": "2k",
    }
    assert lost == ["size", "seed"]
    assert encoded(model, ImageRequest(prompt="x", files=(TWO,)))[0]["image"] == {
        "type": "image_url",
        "url": "https://a.test/i.png",
    }
    assert [each["url"] for each in encoded(model, ImageRequest(prompt="x", files=(ONE, TWO)))[0]["images"]] == [
        f"data:image/png;base64,{PNG}",
        "https://a.test/i.png",
    ]
    with pytest.raises(InvalidRequestError, match="at most 10"):
        model.encode(ImageRequest(prompt="x", n=11))
    with pytest.raises(UnsupportedError) as caught:
        model.encode(ImageRequest(prompt="x", files=(ONE,), mask=ONE))
    assert caught.value.field == "mask"


async def test_pictures_and_what_they_cost() -> None:
    data = [{"b64_json": f"data:image/png;base64,{PNG}"}, {"url": "https://p.test/a.png"}]
    said = {"data": data, "usage": {"cost_in_usd_ticks": 200}}
    http = ScriptedHTTP({IMAGES: Answer(said), EDITS: Answer(said), "GET /a.png": Answer(PICTURE)})
    result = await painted(door(http).image("m"))
    assert [each.data for each in result.images] == [PICTURE, PICTURE]
    assert result.provider_metadata == {"xai": {"cost_in_usd_ticks": 200}}
    await painted(door(http).image("m"), files=(ONE,))
    assert http.routes == [IMAGES, "GET /a.png", EDITS, "GET /a.png"]


@pytest.mark.parametrize(
    ("said", "kind"),
    [
        ({"data": [{"url": "https://p.test/a.png", "respect_moderation": False}]}, ContentFilterError),
        ({"data": [{"b64_json": PNG}], "respect_moderation": False}, ContentFilterError),
        ({"code": "The service is currently unavailable", "error": "later"}, OverloadedError),
        ({"code": "Client specified an invalid argument", "error": "no"}, BadRequestError),
        (Answer({"code": "Some resource has been exhausted", "error": "slow"}, status=429), RateLimitError),
    ],
)
async def test_pictures_that_are_not_given(said: Any, kind: type[APIError]) -> None:
    with pytest.raises(kind) as caught:
        await painted(door(served(IMAGES, said)).image("m"))
    assert type(caught.value) is kind


def test_what_speech_is_asked_with() -> None:
    model = xai.speech("tts")
    assert encoded(model, SpeechRequest(text="Hi")) == ({"text": "Hi", "voice_id": "eve", "language": "auto"}, [])
    request = SpeechRequest(text="Hi", voice="ara", output_format="pcm", language="de", speed=2, instructions="softly")
    body, lost = encoded(model, request)
    assert body == {"text": "Hi", "voice_id": "ara", "language": "de", "output_format": {"codec": "pcm"}}
    assert lost == ["instructions", "speed"]
    options = {"output_format": {"sample_rate": 24000}, "text_normalization": True}
    body, _ = encoded(model, ask(SpeechRequest, options, "xai", text="Hi", output_format="wav"))
    assert body["output_format"] == {"codec": "wav", "sample_rate": 24000}
    assert body["text_normalization"] is True
    with pytest.raises(InvalidRequestError, match="opus"):
        model.encode(SpeechRequest(text="Hi", output_format="opus"))


@pytest.mark.parametrize("stream", [False, True])
async def test_speech(stream: bool) -> None:
    http = served("POST /v1/tts", Answer(MP3))
    result = await spoken(door(http).speech("tts"), stream=stream, output_format="pcm")
    assert (result.audio, result.media_type) == (MP3, "audio/pcm")
    assert "model" not in json.loads(http.requests[0].body)


async def test_transcripts() -> None:
    words = [{"text": "Hi", "start": 0.1, "end": 0.4, "speaker": 0}]
    http = served("POST /v1/stt", {"text": "Hi", "language": "", "duration": 1.5, "words": words})
    options = {"xai": {"diarize": True, "keyterm": ["kettle", "tea"]}}
    result = await heard(door(http).transcription("stt"), language="en", provider_options=options)
    assert (result.text, result.language, result.duration) == ("Hi", None, 1.5)
    assert result.words == (Segment("Hi", 0.1, 0.4, "0"),)
    assert form(http.requests[0]) == [
        ("language", None, b"en"),
        ("diarize", None, b"true"),
        ("keyterm", None, b"kettle"),
        ("keyterm", None, b"tea"),
        ("format", None, b"true"),
        ("file", "audio.wav", b"RIFF"),
    ]
    _, lost = encoded(
        xai.transcription("stt"), TranscriptionRequest(audio=b"x", prompt="p", temperature=0.0, stream=True)
    )
    assert lost == ["prompt", "temperature", "stream"]


def test_what_a_film_is_asked_with() -> None:
    model = xai.video("grok-imagine-video")
    request = VideoRequest(
        prompt="a boat", duration=5, aspect_ratio="16:9", resolution="1280x720", image=ONE, seed=1, fps=24
    )
    body, lost = encoded(model, request)
    assert body == {
        "model": "grok-imagine-video",
        "prompt": "a boat",
        "duration": 5,
        "aspect_ratio": "16:9",
        "resolution": "720p",
        "image": {"url": f"data:image/png;base64,{PNG}"},
    }
    assert lost == ["fps", "seed"]
    for given, sent in (("480p", "480p"), ("848x480", "480p"), ("720x1280", "720p")):
        assert encoded(model, VideoRequest(prompt="x", resolution=given))[0]["resolution"] == sent
    with pytest.raises(InvalidRequestError) as caught:
        model.encode(VideoRequest(prompt="x", resolution="large"))
    assert caught.value.field == "resolution"
