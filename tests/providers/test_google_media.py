"""The Gemini API's pictures, videos, speech and transcripts."""

from __future__ import annotations

import asyncio
import base64
import json
import wave
from io import BytesIO
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from media_mutations import mutated

from ai_sdk import generate_image, generate_video
from ai_sdk.errors import (
    AISDKError,
    APITimeoutError,
    AuthenticationError,
    ContentFilterError,
    InvalidRequestError,
    InvalidResponseError,
    MissingAPIKeyError,
    OverloadedError,
    PermissionDeniedError,
    RateLimitError,
    ServerError,
    TruncatedStreamError,
    UnsupportedError,
)
from ai_sdk.messages import FilePart
from ai_sdk.parts import AudioDelta, TranscriptDelta
from ai_sdk.polling import Polling
from ai_sdk.providers.google import Google, create_google, google
from ai_sdk.providers.google.speech import wav_header
from ai_sdk.requests import ImageRequest, SpeechRequest, TranscriptionRequest, VideoRequest
from ai_sdk.results import Segment
from ai_sdk.testing import run
from ai_sdk.testing.scripted_http import Answer, ScriptedHTTP

KEY = "AIza-not-a-key-0123"
PNG = b"\x89PNG\r\n\x1a\n" + bytes(8)
MP4 = b"\0\0\0\x18ftypmp42" + bytes(8)
PCM = bytes(range(16))
IMAGE = "gemini-2.5-flash-image"
IMAGEN = "imagen-4.0-generate-001"
VEO = "veo-3.1-generate-preview"
TTS = "gemini-2.5-flash-preview-tts"
TRANSCRIBE = "gemini-3.5-transcribe"
OPERATION = f"models/{VEO}/operations/abc-1"
SUBMIT, LOOK = f"POST /v1beta/models/{VEO}:predictLongRunning", f"GET /v1beta/{OPERATION}"
FILE = "https://generativelanguage.googleapis.com/v1beta/files/v1:download?alt=media"
FETCH = "GET /v1beta/files/v1:download"


def b64(data: bytes) -> str:
    return base64.b64encode(data).decode()


def door(http: ScriptedHTTP, **fields: Any) -> Google:
    return create_google(api_key=KEY, http=http, **fields)


def one(model_id: str, body: Any, status: int = 200, method: str = "generateContent") -> ScriptedHTTP:
    return ScriptedHTTP({f"POST /v1beta/models/{model_id}:{method}": Answer(body, status)})


def said(*parts: dict[str, Any], reason: str | None = "STOP", **more: Any) -> dict[str, Any]:
    end = {"finishReason": reason} if reason else {}
    return {"candidates": [{"content": {"role": "model", "parts": list(parts)}, **end}], **more}


def inline(data: bytes, kind: str) -> dict[str, Any]:
    return {"inlineData": {"mimeType": kind, "data": b64(data)}}


def events(*bodies: Any) -> Answer:
    pieces = tuple(f"data: {json.dumps(each)}\n\n".encode() for each in bodies)
    return Answer(pieces=pieces, headers={"content-type": "text/event-stream"})


def sent(http: ScriptedHTTP, place: int = 0) -> Any:
    return json.loads(http.requests[place].body)


def wish(kind: Any, **fields: Any) -> Any:
    """A request; with a text unless it is given another."""
    values: dict[str, Any] = {"text" if kind is SpeechRequest else "prompt": "x", **fields}
    return kind(**values)


def options(**values: Any) -> dict[str, Any]:
    return {"google": values}


# ---- pictures by Gemini ----


async def test_a_picture_of_gemini() -> None:
    usage = {"promptTokenCount": 5, "candidatesTokenCount": 1290}
    thought = {**inline(b"sketch", "image/png"), "thought": True}
    http = one(IMAGE, said(thought, {"text": "Here."}, inline(PNG, "image/png"), usageMetadata=usage))
    result = await generate_image(door(http).image(IMAGE), "a boat", aspect_ratio="16:9", seed=3)
    assert sent(http) == {
        "contents": [{"role": "user", "parts": [{"text": "a boat"}]}],
        "generationConfig": {"responseModalities": ["IMAGE"], "imageConfig": {"aspectRatio": "16:9"}, "seed": 3},
    }
    assert http.requests[0].headers["x-goog-api-key"] == KEY
    assert [(each.data, each.media_type) for each in result.images] == [(PNG, "image/png")]
    assert (result.usage.input_tokens, result.usage.output_tokens) == (5, 1290)
    assert result.provider_metadata["google"]["text"] == "Here."
    assert result.warnings == ()


async def test_an_edit_with_pictures_of_which_one_is_a_url() -> None:
    http = ScriptedHTTP(
        {
            f"POST /v1beta/models/{IMAGE}:generateContent": Answer(said(inline(PNG, "image/png"))),
            "GET /hat.jpg": Answer(b"\xff\xd8\xffhat", headers={"content-type": "image/jpeg"}),
        }
    )
    files = (FilePart(data=PNG, media_type="image/png"), FilePart.from_url("https://example.com/hat.jpg"))
    await door(http).image(IMAGE)(ImageRequest(prompt="wear it", files=files))
    assert sent(http, 1)["contents"][0]["parts"] == [
        {"text": "wear it"},
        inline(PNG, "image/png"),
        inline(b"\xff\xd8\xffhat", "image/jpeg"),
    ]
    assert "x-goog-api-key" not in http.requests[0].headers


def test_settings_of_a_picture() -> None:
    model = google.image(IMAGE)
    own = options(imageConfig={"imageSize": "4K"}, responseModalities=["TEXT", "IMAGE"], safetySettings=[{"a": "b"}])
    body, warnings = model.encode(ImageRequest(prompt="x", size="1024x1024", aspect_ratio="1:1", provider_options=own))
    assert body["generationConfig"] == {
        "responseModalities": ("TEXT", "IMAGE"),
        "imageConfig": {"aspectRatio": "1:1", "imageSize": "4K"},
    }
    assert body["safetySettings"] == ({"a": "b"},)
    assert [(each.kind, each.feature) for each in warnings] == [("unsupported", "size")]
    body, warnings = model.encode(ImageRequest(prompt="x", size="2k"))
    assert (body["generationConfig"]["imageConfig"], warnings) == ({"imageSize": "2K"}, [])
    assert repr(model) == f'google.image("{IMAGE}")'


@pytest.mark.parametrize(
    ("fields", "field"),
    [
        ({"n": 2}, "n"),
        ({"size": "large"}, "size"),
        ({"aspect_ratio": "wide"}, "aspect_ratio"),
        ({"mask": FilePart(data=PNG)}, "mask"),
        ({"prompt": ""}, "prompt"),
    ],
)
async def test_bad_wishes_for_a_picture(fields: dict[str, Any], field: str) -> None:
    http = ScriptedHTTP({})
    with pytest.raises(InvalidRequestError) as caught:
        await door(http).image(IMAGE)(wish(ImageRequest, **fields))
    assert (caught.value.field, http.requests) == (field, [])


@pytest.mark.parametrize(
    ("body", "kind", "words"),
    [
        (said(reason="IMAGE_SAFETY"), ContentFilterError, "IMAGE_SAFETY"),
        ({"promptFeedback": {"blockReason": "PROHIBITED_CONTENT"}}, ContentFilterError, "PROHIBITED_CONTENT"),
        (said({"text": "I cannot."}), InvalidResponseError, "I cannot"),
        ({"nothing": 1}, InvalidResponseError, "no candidates"),
    ],
)
async def test_answers_without_a_picture(body: Any, kind: type[AISDKError], words: str) -> None:
    with pytest.raises(kind, match=words):
        await door(one(IMAGE, body)).image(IMAGE)(ImageRequest(prompt="x"))


# ---- pictures by Imagen ----


async def test_pictures_of_imagen() -> None:
    found = [
        {"mimeType": "image/png", "bytesBase64Encoded": b64(PNG), "prompt": "a boat at sea"},
        {"raiFilteredReason": "The picture was filtered. Support codes: 1"},
    ]
    http = one(IMAGEN, {"predictions": found}, method="predict")
    request = ImageRequest(
        prompt="a boat",
        n=2,
        aspect_ratio="4:3",
        size="2K",
        seed=1,
        provider_options=options(personGeneration="allow_all"),
    )
    result = await door(http).image(IMAGEN)(request)
    assert sent(http) == {
        "instances": [{"prompt": "a boat"}],
        "parameters": {
            "sampleCount": 2,
            "aspectRatio": "4:3",
            "sampleImageSize": "2K",
            "personGeneration": "allow_all",
        },
    }
    assert [(each.data, each.media_type) for each in result.images] == [(PNG, "image/png")]
    assert [each.feature for each in result.warnings] == ["seed"]
    assert result.provider_metadata == {
        "google": {
            "raiFilteredReasons": ("The picture was filtered. Support codes: 1",),
            "revisedPrompts": ("a boat at sea",),
        }
    }


@pytest.mark.parametrize(
    ("body", "kind"),
    [
        ({"predictions": [{"raiFilteredReason": "no"}]}, ContentFilterError),
        ({}, ContentFilterError),
        ({"predictions": [{"other": 1}]}, InvalidResponseError),
        ({"predictions": [{"bytesBase64Encoded": "%"}]}, InvalidResponseError),
        ({"predictions": [{"gcsUri": "gs://b/o"}]}, InvalidResponseError),
        ([1], InvalidResponseError),
    ],
)
async def test_answers_of_imagen_without_a_picture(body: Any, kind: type[AISDKError]) -> None:
    with pytest.raises(kind):
        await door(one(IMAGEN, body, method="predict")).image(IMAGEN)(ImageRequest(prompt="x"))


def test_imagen_edits_nothing_here_and_makes_four() -> None:
    model = google.image("models/" + IMAGEN)
    asked: list[dict[str, Any]] = [{"files": (FilePart(data=PNG),)}, {"mask": FilePart(data=PNG)}]
    for fields in asked:
        with pytest.raises(UnsupportedError, match="google_vertex"):
            model.encode(wish(ImageRequest, **fields))
    assert model.max_images_per_call == 4
    with pytest.raises(InvalidRequestError, match="at most 4"):
        model.encode(ImageRequest(prompt="x", n=5))


async def test_five_pictures_are_two_calls() -> None:
    picture = {"bytesBase64Encoded": b64(PNG)}
    http = ScriptedHTTP(
        {
            f"POST /v1beta/models/{IMAGEN}:predict": [
                Answer({"predictions": [picture] * 4}),
                Answer({"predictions": [picture]}),
            ]
        }
    )
    result = await generate_image(door(http).image(IMAGEN), "x", n=5)
    assert len(result.images) == 5
    assert sorted(sent(http, at)["parameters"]["sampleCount"] for at in (0, 1)) == [1, 4]


# ---- videos ----


def done(*samples: Any, **more: Any) -> Answer:
    answer = {"generatedSamples": list(samples), **more}
    return Answer({"name": OPERATION, "done": True, "response": {"generateVideoResponse": answer}})


SAMPLE = {"video": {"uri": FILE}}
RUNNING = Answer({"name": OPERATION, "metadata": {"progressPercent": 40}})


async def test_a_video_after_some_looks() -> None:
    http = ScriptedHTTP(
        {SUBMIT: Answer({"name": OPERATION}), LOOK: [RUNNING, RUNNING, done(SAMPLE)], FETCH: Answer(MP4)}
    )
    seen: list[Any] = []
    began = asyncio.get_running_loop().time()
    model = door(http, polling=Polling(interval=2, factor=1)).video(VEO)
    request: dict[str, Any] = {"resolution": "1080x1920", "duration": 8, "seed": 4, "fps": 30}
    result = await generate_video(model, "a boat", on_progress=seen.append, **request)
    assert asyncio.get_running_loop().time() - began == 6
    assert http.routes == [SUBMIT, LOOK, LOOK, LOOK, FETCH]
    assert sent(http) == {
        "instances": [{"prompt": "a boat"}],
        "parameters": {"aspectRatio": "9:16", "resolution": "1080p", "durationSeconds": 8, "seed": 4},
    }
    assert (result.video.data, result.video.media_type) == (MP4, "video/mp4")
    assert [each.feature for each in result.warnings] == ["fps"]
    assert result.provider_metadata == {"google": {"operation": OPERATION, "uris": (FILE,)}}
    assert [each.fraction for each in seen] == [None, 0.4, 0.4]
    assert http.requests[-1].headers["x-goog-api-key"] == KEY


async def test_the_file_is_asked_for_at_the_own_origin_whatever_the_answer_names() -> None:
    elsewhere = {"video": {"uri": "https://evil.example/v1beta/files/v1:download?alt=media"}}
    http = ScriptedHTTP(
        {
            "POST /gemini/models/veo:predictLongRunning": Answer({"name": "operations/1"}),
            "GET /gemini/operations/1": done(elsewhere),
            "GET /gemini/files/v1:download": Answer(b"", 302, {"location": "https://storage.example/signed?x=1"}),
            "GET /signed": Answer(MP4, headers={"content-type": "video/mp4"}),
        }
    )
    result = await door(http, base_url="https://proxy.example/gemini").video("veo")(VideoRequest(prompt="x"))
    assert result.video.data == MP4
    assert [request.url.split("/")[2] for request in http.requests] == ["proxy.example"] * 3 + ["storage.example"]
    assert ["x-goog-api-key" in request.headers for request in http.requests] == [True, True, True, False]


async def test_a_video_in_the_answer_and_one_that_was_filtered() -> None:
    inside = {"video": {"encodedVideo": b64(MP4), "encoding": "video/mp4"}}
    reasons = {"raiMediaFilteredCount": 1, "raiMediaFilteredReasons": ["It has a celebrity."]}
    http = ScriptedHTTP({SUBMIT: Answer({"name": OPERATION}), LOOK: done(inside, **reasons)})
    result = await door(http).video(VEO)(VideoRequest(prompt="x"))
    assert result.video.data == MP4
    assert result.provider_metadata["google"]["raiMediaFilteredReasons"] == ("It has a celebrity.",)


FAILURES = [
    (Answer({"done": True, "error": {"code": 13, "message": "An internal error."}}), ServerError, True),
    (Answer({"done": True, "error": {"code": 8, "message": "Quota."}}), RateLimitError, True),
    (Answer({"done": True, "error": {"code": 14, "message": "Busy."}}), OverloadedError, True),
    (Answer({"done": True, "error": {"code": 7, "message": "No."}}), PermissionDeniedError, False),
    (
        Answer({"done": True, "error": {"code": 3, "message": "The prompt violates our usage guidelines."}}),
        ContentFilterError,
        False,
    ),
    (Answer({"done": True, "error": {}, "response": {}}), InvalidResponseError, True),
    (done(raiMediaFilteredCount=1, raiMediaFilteredReasons=["A celebrity."]), ContentFilterError, False),
]


@pytest.mark.parametrize(("answer", "kind", "retryable"), FAILURES)
async def test_a_video_that_failed(answer: Answer, kind: type[AISDKError], retryable: bool) -> None:
    http = ScriptedHTTP({SUBMIT: Answer({"name": OPERATION}), LOOK: [RUNNING, answer]})
    with pytest.raises(kind) as caught:
        await door(http).video(VEO)(VideoRequest(prompt="x"))
    assert type(caught.value) is kind
    assert caught.value.retryable is retryable
    assert http.routes == [SUBMIT, LOOK, LOOK]
    if kind is not InvalidResponseError:
        assert getattr(caught.value, "job", None) == OPERATION


async def test_looks_and_downloads_that_fail_for_a_moment() -> None:
    looks = [Answer({"error": {"code": 500}}, 500), Answer({"error": {"code": 429}}, 429), done(SAMPLE)]
    http = ScriptedHTTP({SUBMIT: Answer({"name": OPERATION}), LOOK: looks, FETCH: [Answer(b"", 503), Answer(MP4)]})
    result = await door(http).video(VEO)(VideoRequest(prompt="x"))
    assert result.video.data == MP4
    assert http.routes == [SUBMIT, LOOK, LOOK, LOOK, FETCH, LOOK, FETCH]


async def test_the_wait_that_the_vendor_asks_for() -> None:
    busy = Answer({"error": {"code": 429, "message": "later"}}, 429, {"retry-after": "33"})
    http = ScriptedHTTP({SUBMIT: Answer({"name": OPERATION}), LOOK: [busy, done(SAMPLE)], FETCH: Answer(MP4)})
    began = asyncio.get_running_loop().time()
    await door(http, polling=Polling(interval=1)).video(VEO)(VideoRequest(prompt="x"))
    assert asyncio.get_running_loop().time() - began == 34


async def test_a_video_that_takes_too_long() -> None:
    http = ScriptedHTTP({SUBMIT: Answer({"name": OPERATION}), LOOK: RUNNING})
    with pytest.raises(APITimeoutError, match=r"still 'running' after 60 seconds") as caught:
        await door(http, polling=Polling(timeout=60)).video(VEO)(VideoRequest(prompt="x"))
    assert (caught.value.limit, caught.value.job, caught.value.retryable) == ("polling", OPERATION, False)


async def test_a_cancelled_video() -> None:
    http = ScriptedHTTP({SUBMIT: Answer({"name": OPERATION}), LOOK: RUNNING})
    task = asyncio.create_task(door(http).video(VEO)(VideoRequest(prompt="x")))
    await asyncio.sleep(30)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    count = len(http.requests)
    await asyncio.sleep(60)
    assert len(http.requests) == count


def test_settings_of_a_video() -> None:
    picture = FilePart(data=PNG, media_type="image/*")
    own = options(negativePrompt="rain", lastFrame={"a": 1}, referenceImages=[{"b": 2}])
    request = VideoRequest(prompt="x", n=2, image=picture, aspect_ratio="16:9", resolution="4K", provider_options=own)
    body, warnings = google.video("veo-2.0-generate-001").encode(request)
    assert body == {
        "instances": [
            {
                "prompt": "x",
                "image": {"bytesBase64Encoded": b64(PNG), "mimeType": "image/png"},
                "lastFrame": {"a": 1},
                "referenceImages": ({"b": 2},),
            }
        ],
        "parameters": {"sampleCount": 2, "aspectRatio": "16:9", "resolution": "4k", "negativePrompt": "rain"},
    }
    assert warnings == []
    assert google.video(VEO).encode(VideoRequest(prompt="x"))[0] == {"instances": [{"prompt": "x"}]}
    assert (google.video(VEO).max_videos_per_call, google.video("tunedModels/veo").resource) == (1, "/tunedModels/veo")


@pytest.mark.parametrize(
    ("fields", "field"),
    [
        ({"n": 2}, "n"),
        ({"resolution": "640x480"}, "resolution"),
        ({"resolution": "1920x720"}, "resolution"),
        ({"aspect_ratio": "wide"}, "aspect_ratio"),
        ({"duration": 4.5}, "duration"),
        ({"prompt": ""}, "prompt"),
    ],
)
async def test_bad_wishes_for_a_video(fields: dict[str, Any], field: str) -> None:
    http = ScriptedHTTP({})
    with pytest.raises(InvalidRequestError) as caught:
        await door(http).video(VEO)(wish(VideoRequest, **fields))
    assert (caught.value.field, http.requests) == (field, [])


@pytest.mark.parametrize("name", [None, "", 3, "../../secrets", "a b", "https://evil.example/x"])
async def test_operations_without_a_good_name(name: Any) -> None:
    http = ScriptedHTTP({SUBMIT: Answer({"name": name})})
    with pytest.raises(InvalidResponseError, match="began no operation"):
        await door(http).video(VEO)(VideoRequest(prompt="x"))


GOOD = {
    "done": True,
    "response": {"generateVideoResponse": {"generatedSamples": [{"video": {"encodedVideo": b64(MP4)}}]}},
}


@given(mutated(GOOD))
def test_whatever_an_operation_says(body: Any) -> None:
    http = ScriptedHTTP({SUBMIT: Answer({"name": OPERATION}), LOOK: Answer(body), FETCH: Answer(MP4)})

    async def trial() -> None:
        try:
            result = await door(http, polling=Polling(timeout=30)).video(VEO)(VideoRequest(prompt="x"))
        except AISDKError:
            return
        assert result.videos

    run(trial())


# ---- speech ----

L16 = "audio/L16;codec=pcm;rate=24000"


async def test_speech_is_pcm() -> None:
    usage = {"promptTokenCount": 3, "candidatesTokenCount": 9}
    http = one(TTS, said(inline(PCM, L16), usageMetadata=usage))
    request = SpeechRequest(text="Hello.", language="en-US", instructions="Say cheerfully:", speed=1.5)
    result = await (await door(http).speech(TTS)(request)).result()
    assert sent(http) == {
        "contents": [{"role": "user", "parts": [{"text": "Say cheerfully: Hello."}]}],
        "generationConfig": {
            "responseModalities": ["AUDIO"],
            "speechConfig": {
                "voiceConfig": {"prebuiltVoiceConfig": {"voiceName": "Kore"}},
                "languageCode": "en-US",
            },
        },
    }
    assert (result.audio, result.media_type, result.file.extension) == (PCM, L16, "pcm")
    assert [each.feature for each in result.warnings] == ["speed"]
    assert result.usage.output_tokens == 9


async def test_speech_in_a_wav() -> None:
    http = one(TTS, said(inline(PCM[:8], L16), inline(PCM[8:], L16)))
    result = await (await door(http).speech(TTS)(SpeechRequest(text="x", output_format="wav"))).result()
    assert result.media_type == "audio/wav"
    with wave.open(BytesIO(result.audio)) as file:
        assert (file.getframerate(), file.getnchannels(), file.getsampwidth()) == (24_000, 1, 2)
        assert file.readframes(100) == PCM


async def test_a_stream_of_speech() -> None:
    http = ScriptedHTTP(
        {
            f"POST /v1beta/models/{TTS}:streamGenerateContent": events(
                said(inline(PCM, L16), reason=None), said(inline(PCM, L16))
            )
        }
    )
    model = door(http).speech(TTS)
    response = await model(SpeechRequest(text="x", stream=True))
    parts = [part async for part in response]
    assert [part.data for part in parts if isinstance(part, AudioDelta)] == [PCM, PCM]
    again = await (await model(SpeechRequest(text="x", stream=True, output_format="wav"))).result()
    assert again.audio == wav_header(L16, 0xFFFFFFFF) + PCM + PCM
    assert http.streams[0].ending is not None


async def test_a_stream_of_speech_that_was_cut_or_had_none() -> None:
    path = f"POST /v1beta/models/{TTS}:streamGenerateContent"
    http = ScriptedHTTP({path: [events(said(inline(PCM, L16), reason=None)), events(said(reason="OTHER"))]})
    with pytest.raises(TruncatedStreamError) as caught:
        await (await door(http).speech(TTS)(SpeechRequest(text="x", stream=True))).result()
    assert caught.value.partial.audio == PCM
    with pytest.raises(InvalidResponseError, match="no sound came: OTHER"):
        await (await door(http).speech(TTS)(SpeechRequest(text="x", stream=True))).result()


@pytest.mark.parametrize(
    ("body", "kind"),
    [
        (said({"text": "no"}), InvalidResponseError),
        (said(reason="SAFETY"), ContentFilterError),
        (said({"inlineData": {"mimeType": "audio/wav", "data": "%"}}), InvalidResponseError),
        ([], InvalidResponseError),
    ],
)
async def test_answers_without_sound(body: Any, kind: type[AISDKError]) -> None:
    with pytest.raises(kind):
        await door(one(TTS, body)).speech(TTS)(SpeechRequest(text="x"))


def test_settings_of_speech() -> None:
    new = google.speech("gemini-3.8-flash-tts")
    request = SpeechRequest(text="Hi", voice="Puck", instructions="cheerful", output_format="mp3")
    body, warnings = new.encode(request)
    assert body["contents"][0]["parts"] == [{"text": "Hi", "speechMetadata": {"style": "cheerful"}}]
    assert body["generationConfig"]["responseFormat"] == {"audio": {"mimeType": "AUDIO_MP3"}}
    assert body["generationConfig"]["speechConfig"]["voiceConfig"] == {"prebuiltVoiceConfig": {"voiceName": "Puck"}}
    assert warnings == []
    body, warnings = google.speech(TTS).encode(SpeechRequest(text="Hi", output_format="mp3"))
    assert [each.feature for each in warnings] == ["output_format"]
    assert "responseFormat" not in body["generationConfig"]
    two: dict[str, Any] = {"multiSpeakerVoiceConfig": {"speakerVoiceConfigs": []}}
    body, _ = google.speech(TTS).encode(
        SpeechRequest(text="Hi", provider_options=options(speechConfig=two, labels={"a": "b"}))
    )
    assert body["generationConfig"]["speechConfig"] == {"multiSpeakerVoiceConfig": {"speakerVoiceConfigs": ()}}
    assert body["labels"] == {"a": "b"}
    bad: list[tuple[dict[str, Any], str]] = [({"text": " "}, "text"), ({"output_format": "flac"}, "output_format")]
    for fields, field in bad:
        with pytest.raises(InvalidRequestError) as caught:
            new.encode(wish(SpeechRequest, **fields))
        assert caught.value.field == field


@given(st.integers(8_000, 96_000), st.integers(1, 8), st.integers(0, 2**20))
def test_the_header_says_what_the_media_type_says(rate: int, channels: int, frames: int) -> None:
    length = frames * 2 * channels
    header = wav_header(f"audio/L16;rate={rate};channels={channels}", length)
    with wave.open(BytesIO(header + bytes(length))) as file:
        assert (file.getframerate(), file.getnchannels(), file.getnframes()) == (rate, channels, frames)


# ---- transcripts ----


async def test_a_transcript_with_words_and_speakers() -> None:
    heard = {
        "text": "Hello there.",
        "speakerLabel": "spk_1",
        "words": [
            {"word": "Hello", "startOffset": "0s", "endOffset": "0.500s"},
            {"word": "there.", "startOffset": "0.5s", "endOffset": "1.25s"},
        ],
    }
    second = {"audioTranscription": {"text": " Hi.", "speakerLabel": "spk_2"}}
    http = one(TRANSCRIBE, said({"audioTranscription": heard}, second))
    own = options(wordTimestamp=True, diarization=True)
    request = TranscriptionRequest(audio=b"RIFF", language="en", prompt="Ada, Grace", provider_options=own)
    result = await (await door(http).transcription(TRANSCRIBE)(request)).result()
    assert sent(http) == {
        "contents": [{"role": "user", "parts": [inline(b"RIFF", "audio/wav")]}],
        "generationConfig": {
            "audioTranscriptionConfig": {
                "languageCodes": ["en"],
                "customVocabulary": ["Ada", "Grace"],
                "wordTimestamp": True,
                "diarization": True,
            }
        },
    }
    assert result.text == "Hello there. Hi."
    assert result.segments == (Segment("Hello there.", 0.0, 1.25, "spk_1"), Segment(" Hi.", None, None, "spk_2"))
    assert result.words == (Segment("Hello", 0.0, 0.5, "spk_1"), Segment("there.", 0.5, 1.25, "spk_1"))
    assert result.warnings == ()
    assert result.provider_metadata["google"]["finishReason"] == "STOP"


async def test_a_transcript_of_any_model_has_text_alone() -> None:
    path = "POST /v1beta/models/gemini-2.5-flash:"
    http = ScriptedHTTP(
        {
            path + "generateContent": Answer(said({"text": "Hello."})),
            path + "streamGenerateContent": events(said({"text": "Hel"}, reason=None), said({"text": "lo."})),
        }
    )
    model = door(http).transcription("gemini-2.5-flash")
    request = TranscriptionRequest(audio=b"x", media_type="audio/mpeg", language="de", prompt="Ada", temperature=0)
    result = await (await model(request)).result()
    assert (result.text, result.segments, result.words) == ("Hello.", (), ())
    assert [each.feature for each in result.warnings] == ["timestamps"]
    words, sound = sent(http)["contents"][0]["parts"]
    assert sound == inline(b"x", "audio/mpeg")
    assert "language is de" in words["text"]
    assert "Ada" in words["text"]
    assert sent(http)["generationConfig"] == {"temperature": 0}
    response = await model(TranscriptionRequest(audio=b"x", stream=True))
    assert [part.text async for part in response if isinstance(part, TranscriptDelta)] == ["Hel", "lo."]


async def test_transcripts_that_cannot_be() -> None:
    with pytest.raises(InvalidRequestError, match="audio is empty"):
        await door(ScriptedHTTP({})).transcription(TRANSCRIBE)(TranscriptionRequest(audio=b""))
    with pytest.raises(ContentFilterError):
        await door(one(TRANSCRIBE, said(reason="SAFETY"))).transcription(TRANSCRIBE)(TranscriptionRequest(audio=b"x"))


# ---- what all have ----

CALLS: list[tuple[str, str, Any]] = [
    ("image", IMAGE, ImageRequest(prompt="x")),
    ("image", IMAGEN, ImageRequest(prompt="x")),
    ("video", VEO, VideoRequest(prompt="x")),
    ("speech", TTS, SpeechRequest(text="x")),
    ("transcription", TRANSCRIBE, TranscriptionRequest(audio=b"x")),
]


@pytest.mark.parametrize(("kind", "model_id", "request_"), CALLS)
async def test_errors_in_googles_words(kind: str, model_id: str, request_: Any) -> None:
    details = [{"@type": "type.googleapis.com/google.rpc.ErrorInfo", "reason": "API_KEY_INVALID"}]
    failure = Answer({"error": {"code": 400, "message": "API key not valid.", "details": details}}, 400)
    method = {"video": "predictLongRunning"}.get(kind, "predict" if model_id == IMAGEN else "generateContent")
    http = ScriptedHTTP({f"POST /v1beta/models/{model_id}:{method}": failure})
    with pytest.raises(AuthenticationError, match="API key not valid") as caught:
        await getattr(door(http), kind)(model_id)(request_)
    assert (caught.value.code, caught.value.retryable) == ("API_KEY_INVALID", False)
    with pytest.raises(MissingAPIKeyError, match="GEMINI_API_KEY"):
        await getattr(create_google(http=http), kind)(model_id)(request_)


@given(mutated(said(inline(PCM, "image/png"), {"audioTranscription": {"text": "a", "words": [{"word": "a"}]}})))
def test_whatever_an_answer_says(body: Any) -> None:
    async def trial(kind: str, model_id: str, request: Any) -> None:
        try:
            await getattr(door(one(model_id, body)), kind)(model_id)(request)
        except AISDKError:
            return

    for kind, model_id, request in (CALLS[0], *CALLS[3:]):
        run(trial(kind, model_id, request))
