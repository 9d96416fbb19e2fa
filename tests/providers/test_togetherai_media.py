"""TogetherAI's pictures, speech, transcripts and films."""

from __future__ import annotations

import json
from typing import Any

import pytest
from media_kit import MP3, PICTURE, PNG, ask, encoded, form, heard, painted, served, spoken

from ai_sdk.errors import BadRequestError, InvalidRequestError, InvalidResponseError
from ai_sdk.messages import FilePart
from ai_sdk.providers.togetherai import create_togetherai, togetherai
from ai_sdk.requests import ImageRequest, SpeechRequest, TranscriptionRequest, VideoRequest
from ai_sdk.results import Segment
from ai_sdk.testing import Answer, ScriptedHTTP

ONE = FilePart(data=PICTURE, media_type="image/*")
TWO = FilePart(url="https://a.test/i.png", media_type="image/png")


def door(http: ScriptedHTTP) -> Any:
    return create_togetherai(api_key="key-123456", http=http)


def test_what_a_picture_is_asked_with() -> None:
    model = togetherai.image("flux")
    assert model.max_images_per_call == 4
    body, lost = encoded(model, ImageRequest(prompt="x", n=3, size="640x480", seed=3, aspect_ratio="1:1", files=(ONE,)))
    assert body == {
        "model": "flux",
        "prompt": "x",
        "response_format": "base64",
        "n": 3,
        "seed": 3,
        "width": 640,
        "height": 480,
        "image_url": f"data:image/png;base64,{PNG}",
    }
    assert lost == ["aspect_ratio"]
    body, _ = encoded(model, ImageRequest(prompt="x", files=(ONE, TWO)))
    assert body["reference_images"] == [f"data:image/png;base64,{PNG}", "https://a.test/i.png"]
    assert "image_url" not in body
    assert "n" not in body


async def test_pictures() -> None:
    data = [{"index": 0, "b64_json": PNG}, {"index": 1, "url": "https://p.test/a.png"}]
    http = served(
        "POST /v1/images/generations", {"id": "i1", "model": "flux", "data": data}, **{"GET /a.png": Answer(PICTURE)}
    )
    result = await painted(door(http).image("flux"), n=2)
    assert [each.data for each in result.images] == [PICTURE, PICTURE]
    assert (result.response.id, result.response.model) == ("i1", "flux")
    with pytest.raises(InvalidResponseError):
        await painted(door(served("POST /v1/images/generations", {"data": None})).image("flux"))


@pytest.mark.parametrize(
    ("model_id", "voice"),
    [
        ("cartesia/sonic-2", "laidback woman"),
        ("hexgrad/Kokoro-82M", "af_alloy"),
        ("canopylabs/orpheus-3b-0.1-ft", "tara"),
        ("new/model", "tara"),
    ],
)
def test_every_model_has_a_voice(model_id: str, voice: str) -> None:
    body, _ = encoded(togetherai.speech(model_id), SpeechRequest(text="Hi"))
    assert body == {"model": model_id, "input": "Hi", "voice": voice}


async def test_speech() -> None:
    http = served("POST /v1/audio/speech", Answer(MP3))
    result = await spoken(door(http).speech("cartesia/sonic"), output_format="pcm", language="de", speed=2)
    assert (result.media_type, [each.feature for each in result.warnings]) == ("audio/pcm", ["speed"])
    body = json.loads(http.requests[0].body)
    assert (body["response_format"], body["language"]) == ("raw", "de")
    assert (await spoken(door(http).speech("cartesia/sonic"), stream=True)).media_type == "audio/wav"
    with pytest.raises(InvalidRequestError, match="flac"):
        togetherai.speech("m").encode(SpeechRequest(text="Hi", output_format="flac"))


async def test_transcripts_with_speakers() -> None:
    piece: dict[str, Any] = {"id": 1, "speaker_id": "SPEAKER_00", "start": 0.1, "end": 1.0, "text": "Hi", "words": []}
    words = [{"word": "Hi", "start": 0.1, "end": 1.0, "speaker_id": "SPEAKER_00"}]
    said: dict[str, Any] = {
        "text": "Hi",
        "segments": [{"text": "Hi", "start": 0, "end": 1}],
        "speaker_segments": [piece],
        "words": words,
    }
    http = served("POST /v1/audio/transcriptions", {**said, "language": "en", "duration": 1.2})
    options = {"togetherai": {"diarize": True, "timestamp_granularities": ["word"]}}
    result = await heard(door(http).transcription("openai/whisper-large-v3"), provider_options=options)
    assert result.segments == result.words == (Segment("Hi", 0.1, 1.0, "SPEAKER_00"),)
    assert form(http.requests[0])[1:4] == [
        ("response_format", None, b"verbose_json"),
        ("diarize", None, b"true"),
        ("timestamp_granularities", None, b"word"),
    ]
    assert encoded(togetherai.transcription("m"), TranscriptionRequest(audio=b"x", stream=True))[1] == ["stream"]


def test_what_a_film_is_asked_with() -> None:
    model = togetherai.video("m")
    body, lost = encoded(
        model,
        ask(
            VideoRequest,
            {"steps": 30},
            "togetherai",
            prompt="a boat",
            resolution="1366x768",
            aspect_ratio="16:9",
            duration=6,
            fps=24,
            seed=1,
            image=ONE,
        ),
    )
    assert body == {
        "model": "m",
        "prompt": "a boat",
        "width": 1366,
        "height": 768,
        "ratio": "16:9",
        "seconds": "6",
        "fps": 24,
        "seed": 1,
        "frame_images": [{"input_image": f"data:image/png;base64,{PNG}", "frame": "first"}],
        "steps": 30,
    }
    assert lost == []
    assert encoded(model, VideoRequest(prompt="x", resolution="720p"))[0]["resolution"] == "720p"


async def test_films_behind_another_address() -> None:
    done = {"id": "j1", "status": "completed", "outputs": {"cost": 0.2, "video_url": "https://f.test/a.mp4"}}
    http = ScriptedHTTP({"POST /proxy/videos": Answer(done), "GET /a.mp4": Answer(b"\x00\x00\x00\x18ftypmp42")})
    provider = create_togetherai(api_key="key-123456", base_url="https://p.test/proxy", http=http)
    result = await provider.video("m")(VideoRequest(prompt="x"))
    assert (result.video.media_type, result.provider_metadata["togetherai"]["outputs"]["cost"]) == ("video/mp4", 0.2)


async def test_errors() -> None:
    said = Answer({"id": "e", "error": {"message": "bad steps", "type": "invalid_request_error"}}, status=400)
    with pytest.raises(BadRequestError, match="bad steps"):
        await painted(door(served("POST /v1/images/generations", said)).image("flux"))
