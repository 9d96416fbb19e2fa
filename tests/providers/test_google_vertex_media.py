"""Google Cloud's pictures, videos, speech and transcripts."""

from __future__ import annotations

import asyncio
import base64
import json
from typing import Any

import pytest
from hypothesis import given
from media_mutations import mutated

from ai_sdk.errors import (
    AISDKError,
    APITimeoutError,
    ContentFilterError,
    InvalidRequestError,
    InvalidResponseError,
    PermissionDeniedError,
    ServerError,
    UnsupportedError,
)
from ai_sdk.messages import FilePart
from ai_sdk.polling import Polling
from ai_sdk.providers.google_vertex import GoogleVertex, create_google_vertex, google_vertex
from ai_sdk.requests import ImageRequest, SpeechRequest, TranscriptionRequest, VideoRequest
from ai_sdk.results import Segment
from ai_sdk.testing import run
from ai_sdk.testing.scripted_http import Answer, ScriptedHTTP

PNG = b"\x89PNG\r\n\x1a\n" + bytes(8)
MP4 = b"\0\0\0\x18ftypmp42" + bytes(8)
PROJECT = "/v1beta1/projects/p/locations/us-central1"
MODELS = f"{PROJECT}/publishers/google/models"
IMAGEN = "imagen-3.0-capability-001"
VEO = "veo-3.1-generate-001"
OPERATION = f"projects/p/locations/us-central1/publishers/google/models/{VEO}/operations/1"
SUBMIT, LOOK = f"POST {MODELS}/{VEO}:predictLongRunning", f"POST {MODELS}/{VEO}:fetchPredictOperation"


def b64(data: bytes) -> str:
    return base64.b64encode(data).decode()


def door(http: ScriptedHTTP, **fields: Any) -> GoogleVertex:
    values: dict[str, Any] = {"project": "p", "location": "us-central1", "token": lambda: "tok", **fields}
    return create_google_vertex(http=http, **values)


def sent(http: ScriptedHTTP, place: int = 0) -> Any:
    return json.loads(http.requests[place].body)


def options(**values: Any) -> dict[str, Any]:
    return {"google_vertex": values}


def reference(kind: str, number: int, data: bytes | None, **config: Any) -> dict[str, Any]:
    found: dict[str, Any] = {"referenceType": f"REFERENCE_TYPE_{kind}", "referenceId": number}
    if data is not None:
        found["referenceImage"] = {"bytesBase64Encoded": b64(data), "mimeType": "image/png"}
    return {**found, **({"maskImageConfig": config} if config else {})}


# ---- pictures ----


async def test_pictures_from_a_text() -> None:
    answer = Answer({"predictions": [{"mimeType": "image/png", "bytesBase64Encoded": b64(PNG)}]})
    http = ScriptedHTTP({f"POST {MODELS}/imagen-4.0-generate-001:predict": answer})
    request = ImageRequest(prompt="a boat", aspect_ratio="1:1", seed=7, provider_options=options(negativePrompt="rain"))
    result = await door(http).image("imagen-4.0-generate-001")(request)
    assert sent(http) == {
        "instances": [{"prompt": "a boat"}],
        "parameters": {
            "sampleCount": 1,
            "aspectRatio": "1:1",
            "seed": 7,
            "addWatermark": False,
            "negativePrompt": "rain",
        },
    }
    assert http.requests[0].headers["authorization"] == "Bearer tok"
    assert (result.image.data, result.warnings) == (PNG, ())


async def test_an_edit_with_a_mask() -> None:
    answer = Answer({"predictions": [{"bytesBase64Encoded": b64(PNG)}]})
    http = ScriptedHTTP({f"POST {MODELS}/{IMAGEN}:predict": answer, "GET /mask.png": Answer(PNG)})
    files = (FilePart(data=b"one", media_type="image/png"),)
    own = options(maskImageConfig={"dilation": 0.01}, editConfig={"baseSteps": 35})
    request = ImageRequest(
        prompt="a hat", files=files, mask=FilePart.from_url("https://example.com/mask.png"), provider_options=own
    )
    await door(http).image(IMAGEN)(request)
    assert sent(http, 1) == {
        "instances": [
            {
                "prompt": "a hat",
                "referenceImages": [
                    reference("RAW", 1, b"one"),
                    reference("MASK", 2, PNG, maskMode="MASK_MODE_USER_PROVIDED", dilation=0.01),
                ],
            }
        ],
        "parameters": {
            "sampleCount": 1,
            "editMode": "EDIT_MODE_INPAINT_INSERTION",
            "editConfig": {"baseSteps": 35},
        },
    }


def test_other_edits() -> None:
    model = google_vertex.image(IMAGEN)
    stored = FilePart(url="gs://b/o.png", media_type="image/png")
    own = options(maskImageConfig={"maskMode": "MASK_MODE_BACKGROUND"}, editMode="EDIT_MODE_BGSWAP")
    body, _ = model.encode(ImageRequest(prompt="x", files=(stored,), provider_options=own))
    raw = {
        "referenceType": "REFERENCE_TYPE_RAW",
        "referenceId": 1,
        "referenceImage": {"gcsUri": "gs://b/o.png", "mimeType": "image/png"},
    }
    assert body["instances"][0]["referenceImages"] == [raw, reference("MASK", 2, None, maskMode="MASK_MODE_BACKGROUND")]
    assert body["parameters"]["editMode"] == "EDIT_MODE_BGSWAP"
    subject = {"referenceType": "REFERENCE_TYPE_SUBJECT", "referenceId": 1}
    body, _ = model.encode(ImageRequest(prompt="[1]", provider_options=options(referenceImages=[subject])))
    assert body == {
        "instances": [{"prompt": "[1]", "referenceImages": (subject,)}],
        "parameters": {"sampleCount": 1},
    }
    with pytest.raises(InvalidRequestError, match="no picture to edit"):
        model.encode(ImageRequest(prompt="x", mask=stored))
    assert google_vertex.image("endpoints/imagen-mine").model_id == "endpoints/imagen-mine"


async def test_pictures_in_cloud_storage_are_fetched() -> None:
    found = [{"gcsUri": "gs://bucket/a b/1.png", "mimeType": "image/png"}]
    http = ScriptedHTTP(
        {
            f"POST {MODELS}/imagen-4:predict": Answer({"predictions": found}),
            "GET /storage/v1/b/bucket/o/a%20b%2F1.png": Answer(PNG),
        }
    )
    request = ImageRequest(prompt="x", provider_options=options(storageUri="gs://bucket/a b"))
    result = await door(http).image("imagen-4")(request)
    assert result.image.data == PNG
    assert http.requests[1].url.startswith("https://storage.googleapis.com/")
    assert http.requests[1].headers["authorization"] == "Bearer tok"
    assert result.provider_metadata["google_vertex"]["gcsUris"] == ("gs://bucket/a b/1.png",)


@pytest.mark.parametrize(
    "fields", [{"api_key": "k", "project": None, "token": None}, {"base_url": "https://x.example"}]
)
@pytest.mark.parametrize("uri", ["gs://b", "https://b", 3])
async def test_cloud_storage_that_could_not_be_read_is_refused_first(fields: dict[str, Any], uri: Any) -> None:
    http = ScriptedHTTP({})
    own = options(storageUri=uri)
    made = door(http, **fields)
    with pytest.raises(InvalidRequestError, match="storageUri"):
        await made.image("imagen-4")(ImageRequest(prompt="x", provider_options=own))
    with pytest.raises(InvalidRequestError, match="storageUri"):
        await made.video(VEO)(VideoRequest(prompt="x", provider_options=own))
    assert http.requests == []


async def test_a_picture_of_gemini_in_a_project() -> None:
    part = {"inlineData": {"mimeType": "image/png", "data": b64(PNG)}}
    answer = Answer({"candidates": [{"content": {"parts": [part]}, "finishReason": "STOP"}]})
    http = ScriptedHTTP({f"POST {MODELS}/gemini-2.5-flash-image:generateContent": answer})
    own = options(imageConfig={"personGeneration": "ALLOW_NONE"})
    request = ImageRequest(prompt="x", aspect_ratio="1:1", provider_options=own)
    result = await door(http).image("gemini-2.5-flash-image")(request)
    assert sent(http)["generationConfig"]["imageConfig"] == {"aspectRatio": "1:1", "personGeneration": "ALLOW_NONE"}
    assert result.image.data == PNG


# ---- videos ----


def done(*videos: dict[str, Any], **more: Any) -> Answer:
    return Answer({"name": OPERATION, "done": True, "response": {"videos": list(videos), **more}})


INSIDE = {"bytesBase64Encoded": b64(MP4), "mimeType": "video/mp4"}
RUNNING = Answer({"name": OPERATION})


async def test_videos_after_some_looks() -> None:
    http = ScriptedHTTP({SUBMIT: Answer({"name": OPERATION}), LOOK: [RUNNING, Answer({}, 500), done(INSIDE, INSIDE)]})
    began = asyncio.get_running_loop().time()
    own = options(generateAudio=False)
    picture = FilePart(url="gs://b/o.jpg", media_type="image/jpeg")
    request = VideoRequest(prompt="x", n=2, duration=6, image=picture, resolution="720p", provider_options=own)
    result = await door(http, polling=Polling(interval=1, factor=1)).video(VEO)(request)
    assert asyncio.get_running_loop().time() - began == 3
    assert http.routes == [SUBMIT, LOOK, LOOK, LOOK]
    assert sent(http) == {
        "instances": [{"prompt": "x", "image": {"gcsUri": "gs://b/o.jpg", "mimeType": "image/jpeg"}}],
        "parameters": {"sampleCount": 2, "resolution": "720p", "durationSeconds": 6, "generateAudio": False},
    }
    assert sent(http, 1) == {"operationName": OPERATION}
    assert [each.data for each in result.videos] == [MP4, MP4]
    assert google_vertex.video(VEO).max_videos_per_call == 4


async def test_a_video_in_cloud_storage() -> None:
    stored = "GET /storage/v1/b/b/o/f%2F1.mp4"
    http = ScriptedHTTP(
        {
            SUBMIT: Answer({"name": OPERATION}),
            LOOK: done({"gcsUri": "gs://b/f/1.mp4", "mimeType": "video/mp4"}),
            stored: [Answer({"error": {"code": 503}}, 503), Answer(MP4, headers={"content-type": "video/mp4"})],
        }
    )
    result = await door(http).video(VEO)(VideoRequest(prompt="x", provider_options=options(storageUri="gs://b/f")))
    assert result.video.data == MP4
    assert http.routes == [SUBMIT, LOOK, stored, LOOK, stored]
    assert result.provider_metadata["google_vertex"]["uris"] == ("gs://b/f/1.mp4",)


async def test_a_video_elsewhere_is_not_asked_for_with_the_token() -> None:
    http = ScriptedHTTP({SUBMIT: Answer({"name": OPERATION}), LOOK: done({"gcsUri": "https://evil.example/1.mp4"})})
    with pytest.raises(InvalidResponseError, match="cannot be fetched"):
        await door(http, polling=Polling(failures=0)).video(VEO)(VideoRequest(prompt="x"))


@pytest.mark.parametrize(
    ("answer", "kind"),
    [
        (Answer({"done": True, "error": {"code": 13, "message": "Internal."}}), ServerError),
        (Answer({"done": True, "error": {"code": 3, "message": "It violates our policies."}}), ContentFilterError),
        (Answer({"done": True, "error": {"code": 7, "message": "No access to the bucket."}}), PermissionDeniedError),
        (done(raiMediaFilteredCount=2), ContentFilterError),
    ],
)
async def test_a_video_that_failed(answer: Answer, kind: type[AISDKError]) -> None:
    http = ScriptedHTTP({SUBMIT: Answer({"name": OPERATION}), LOOK: [RUNNING, answer]})
    with pytest.raises(kind) as caught:
        await door(http).video(VEO)(VideoRequest(prompt="x"))
    assert type(caught.value) is kind
    assert getattr(caught.value, "job", None) == OPERATION
    assert http.routes == [SUBMIT, LOOK, LOOK]


async def test_a_video_that_takes_too_long_and_one_that_is_cancelled() -> None:
    http = ScriptedHTTP({SUBMIT: Answer({"name": OPERATION}), LOOK: RUNNING})
    with pytest.raises(APITimeoutError) as caught:
        await door(http, polling=Polling(timeout=30)).video(VEO)(VideoRequest(prompt="x"))
    assert (caught.value.limit, caught.value.job) == ("polling", OPERATION)
    task = asyncio.create_task(door(http).video(VEO)(VideoRequest(prompt="x")))
    await asyncio.sleep(12)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    count = len(http.requests)
    await asyncio.sleep(60)
    assert len(http.requests) == count


GOOD = {"name": OPERATION, "done": True, "response": {"videos": [INSIDE], "raiMediaFilteredCount": 0}}


@given(mutated(GOOD))
def test_whatever_an_operation_says(body: Any) -> None:
    http = ScriptedHTTP({SUBMIT: Answer({"name": OPERATION}), LOOK: Answer(body)})

    async def trial() -> None:
        try:
            result = await door(http, polling=Polling(timeout=30)).video(VEO)(VideoRequest(prompt="x"))
        except AISDKError:
            return
        assert result.videos

    run(trial())


# ---- speech and transcripts ----


async def test_speech_in_a_project() -> None:
    part = {"inlineData": {"mimeType": "audio/L16;codec=pcm;rate=24000", "data": b64(b"\0\1")}}
    answer = Answer({"candidates": [{"content": {"parts": [part]}, "finishReason": "STOP"}]})
    http = ScriptedHTTP({f"POST {MODELS}/gemini-3.8-flash-tts:generateContent": answer})
    request = SpeechRequest(text="Hi", instructions="calm", output_format="wav")
    result = await (await door(http).speech("gemini-3.8-flash-tts")(request)).result()
    assert result.audio.endswith(b"\0\1")
    assert sent(http)["contents"][0]["parts"] == [{"text": "Hi", "speechMetadata": {"style": "calm"}}]
    body, _ = google_vertex.speech("gemini-3.8-flash-tts").encode(SpeechRequest(text="Hi", output_format="mp3"))
    assert body["generationConfig"]["responseFormat"] == ({"audio": {"mimeType": "AUDIO_MP3"}},)


HEARD = {
    "results": [
        {
            "alternatives": [
                {
                    "transcript": "Hello there.",
                    "words": [
                        {"word": "Hello", "endOffset": "0.5s", "speakerLabel": "1"},
                        {"word": "there.", "startOffset": "0.5s", "endOffset": "1s", "speakerLabel": "1"},
                    ],
                }
            ],
            "resultEndOffset": "1.100s",
            "languageCode": "en-us",
        },
        {"alternatives": [{"transcript": " Hi."}], "resultEndOffset": "2s"},
        {"resultEndOffset": "3s"},
    ],
    "metadata": {"totalBilledDuration": "3s", "requestId": "r"},
}
RECOGNIZE = "POST /v2/projects/p/locations/us-central1/recognizers/_:recognize"


async def test_a_transcript_of_chirp() -> None:
    http = ScriptedHTTP({RECOGNIZE: Answer(HEARD)})
    own = options(features={"enableWordTimeOffsets": True}, denoiserConfig={"denoiseAudio": True})
    request = TranscriptionRequest(audio=b"RIFF", prompt="Ada, Grace", temperature=0.5, provider_options=own)
    result = await (await door(http).transcription("chirp_2")(request)).result()
    assert http.requests[0].url.startswith("https://us-central1-speech.googleapis.com/v2/")
    assert sent(http) == {
        "config": {
            "model": "chirp_2",
            "languageCodes": ["auto"],
            "autoDecodingConfig": {},
            "features": {"enableAutomaticPunctuation": True, "enableWordTimeOffsets": True},
            "adaptation": {"phraseSets": [{"inlinePhraseSet": {"phrases": [{"value": "Ada"}, {"value": "Grace"}]}}]},
            "denoiserConfig": {"denoiseAudio": True},
        },
        "content": b64(b"RIFF"),
    }
    assert (result.text, result.language, result.duration) == ("Hello there. Hi.", "en-us", 3.0)
    assert result.segments == (Segment("Hello there.", 0.0, 1.1, "1"), Segment("Hi.", 1.1, 2.0))
    assert result.words == (Segment("Hello", 0.0, 0.5, "1"), Segment("there.", 0.5, 1.0, "1"))
    assert [each.feature for each in result.warnings] == ["temperature"]
    assert result.provider_metadata == {"google_vertex": {"totalBilledDuration": "3s", "requestId": "r"}}


def test_other_wishes_for_a_transcript() -> None:
    model: Any = google_vertex.transcription("latest_long")
    raw = TranscriptionRequest(audio=b"x", media_type="audio/L16;rate=8000;channels=2", language="de-DE", stream=True)
    body, warnings = model.encode(raw)
    decoding = {"encoding": "LINEAR16", "sampleRateHertz": 8_000, "audioChannelCount": 2}
    assert body["config"]["explicitDecodingConfig"] == decoding
    assert body["config"]["languageCodes"] == ["de-DE"]
    assert [each.feature for each in warnings] == ["stream"]
    body, _ = model.encode(TranscriptionRequest(audio=b"", provider_options=options(uri="gs://b/o.wav")))
    assert (body["uri"], body["config"]["languageCodes"]) == ("gs://b/o.wav", ["en-US"])
    assert "content" not in body
    for fields in ({"audio": b""}, {"audio": b"x", "provider_options": options(recognizer="../x")}):
        with pytest.raises(InvalidRequestError):
            model.encode(TranscriptionRequest(**fields))  # pyright: ignore[reportArgumentType]


async def test_where_speech_to_text_is() -> None:
    http = ScriptedHTTP({"POST /v2/projects/p/locations/global/recognizers/mine:recognize": Answer({"results": []})})
    request = TranscriptionRequest(audio=b"x", provider_options=options(recognizer="mine"))
    result = await (await door(http, location="global").transcription("chirp_3")(request)).result()
    assert http.requests[0].url.startswith("https://speech.googleapis.com/v2/")
    assert (result.text, result.segments) == ("", ())
    with pytest.raises(InvalidRequestError, match="not to be had with a key"):
        await create_google_vertex(api_key="k", http=http).transcription("chirp_3")(request)
    denied = Answer({"error": {"code": 403, "message": "No.", "status": "PERMISSION_DENIED"}}, 403)
    with pytest.raises(PermissionDeniedError, match=r"No\."):
        await door(ScriptedHTTP({RECOGNIZE: denied})).transcription("chirp_3")(TranscriptionRequest(audio=b"x"))


async def test_a_transcript_of_gemini_in_a_project() -> None:
    part = {"audioTranscription": {"text": "Hello."}}
    answer = Answer({"candidates": [{"content": {"parts": [part]}, "finishReason": "STOP"}]})
    http = ScriptedHTTP({f"POST {MODELS}/gemini-3.5-transcribe:generateContent": answer})
    result = await (await door(http).transcription("gemini-3.5-transcribe")(TranscriptionRequest(audio=b"x"))).result()
    assert result.text == "Hello."


@given(mutated(HEARD))
def test_whatever_speech_to_text_says(body: Any) -> None:
    async def trial() -> None:
        http = ScriptedHTTP({RECOGNIZE: Answer(body)})
        try:
            result = await (await door(http).transcription("chirp_2")(TranscriptionRequest(audio=b"x"))).result()
        except AISDKError:
            return
        assert isinstance(result.text, str)

    run(trial())


def test_the_kinds_that_a_key_cannot_have_are_still_made() -> None:
    with pytest.raises(UnsupportedError):
        google_vertex.reranking("x")
    assert repr(google_vertex.transcription("chirp_3")) == 'google_vertex.transcription("chirp_3")'
