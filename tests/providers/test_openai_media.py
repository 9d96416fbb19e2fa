"""OpenAI's pictures, speech, transcripts and films: what goes out, what comes in."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from media_kit import MP3, PICTURE, PNG, SSE, ask, each_of, encoded, form, heard, painted, served, spoken

from ai_sdk.download import DownloadError
from ai_sdk.errors import (
    AISDKError,
    AuthenticationError,
    BadRequestError,
    ContentFilterError,
    InvalidRequestError,
    InvalidResponseError,
    MalformedEventError,
    MissingAPIKeyError,
    RateLimitError,
    ServerError,
    TruncatedStreamError,
    UnsupportedError,
)
from ai_sdk.messages import FilePart
from ai_sdk.provider import Endpoint, Exchange
from ai_sdk.providers.openai import create_openai, openai
from ai_sdk.providers.openai_compatible._transcripts import decode_transcript
from ai_sdk.providers.openai_compatible.image import read_pictures
from ai_sdk.providers.openai_compatible.video import Job
from ai_sdk.requests import ImageRequest, SpeechRequest, TranscriptionRequest, VideoRequest
from ai_sdk.results import Segment
from ai_sdk.testing import Answer, ScriptedHTTP

IMAGES = "POST /v1/images/generations"
EDITS = "POST /v1/images/edits"
SPEECH = "POST /v1/audio/speech"
HEARD = "POST /v1/audio/transcriptions"
MADE = {"created": 7, "data": [{"b64_json": PNG}]}


def door(http: ScriptedHTTP) -> Any:
    return create_openai(api_key="key-123456", http=http)


# ---- pictures ----


def test_what_a_picture_is_asked_with() -> None:
    options = {"quality": "high", "background": "transparent", "output_format": "webp", "moderation": "low"}
    request = ask(ImageRequest, options, "openai", prompt="a cat", n=3, size="auto", seed=1, aspect_ratio="1:1")
    body, lost = encoded(openai.image("gpt-image-1"), request)
    assert body == {"model": "gpt-image-1", "prompt": "a cat", "n": 3, "size": "auto", **options}
    assert lost == ["aspect_ratio", "seed"]


@pytest.mark.parametrize(
    ("fields", "field"),
    [
        ({"n": 11}, "n"),
        ({"size": "big"}, "size"),
        ({"size": "0x1"}, "size"),
        ({"mask": FilePart(data=b"m", media_type="image/png")}, "mask"),
        ({"provider_options": {"openai": {"stream": True}}}, "provider_options"),
    ],
)
def test_law_11_pictures(fields: dict[str, Any], field: str) -> None:
    with pytest.raises(InvalidRequestError) as caught:
        openai.image("gpt-image-1").encode(ImageRequest(prompt="a cat", **fields))
    assert caught.value.field == field


async def test_a_picture_and_what_is_said_of_it() -> None:
    said = {**MADE, "quality": "low", "size": "1024x1024", "output_format": "jpeg", "usage": {"input_tokens": 4}}
    result = await painted(door(served(IMAGES, said)).image("gpt-image-1"))
    assert (result.image.data, result.image.media_type) == (PICTURE, "image/png"), "the bytes know better"
    assert result.provider_metadata == {"openai": {"quality": "low", "size": "1024x1024", "output_format": "jpeg"}}
    assert (result.usage.input_tokens, result.response.timestamp) == (4, 7.0)


async def test_pictures_that_are_urls_are_fetched_without_the_key() -> None:
    data = [{"url": "https://pictures.test/a.png?sig=1", "revised_prompt": "A cat."}, {"b64_json": PNG}]
    http = served(IMAGES, {"data": data}, **{"GET /a.png": Answer(b"\xff\xd8\xffjpeg")})
    result = await painted(door(http).image("dall-e-2"), n=2)
    assert [(each.data, each.media_type) for each in result.images] == [
        (b"\xff\xd8\xffjpeg", "image/jpeg"),
        (PICTURE, "image/png"),
    ]
    assert http.routes == [IMAGES, "GET /a.png"]
    assert "authorization" not in http.requests[1].headers
    assert result.provider_metadata["openai"]["revised_prompts"] == ("A cat.", None)
    http = served(IMAGES, {"data": data}, **{"GET /a.png": Answer(b"", status=403)})
    with pytest.raises(DownloadError, match="403"):
        await painted(door(http).image("dall-e-2"))


async def test_dall_e_edits_what_was_fetched() -> None:
    http = served(EDITS, MADE, **{"GET /i": Answer(PICTURE, headers={"content-type": "image/png"})})
    await painted(door(http).image("dall-e-2"), files=(FilePart(url="https://a.test/i", media_type="image/*"),))
    sent = form(http.requests[1])
    assert ("image", "image_0.png", PICTURE) in sent
    assert ("response_format", None, b"b64_json") in sent


@pytest.mark.parametrize("said", [{}, [], None, {"data": 7}, {"data": []}, {"data": [7]}, {"data": [{"url": 7}]}])
async def test_an_answer_without_pictures(said: Any) -> None:
    with pytest.raises(InvalidResponseError, match="picture"):
        await painted(door(served(IMAGES, said)).image("gpt-image-1"))


async def test_an_error_with_a_good_status() -> None:
    said = {"error": {"message": "Unknown parameter: 'response_format'.", "type": "invalid_request_error"}}
    with pytest.raises(BadRequestError, match="Unknown parameter"):
        await painted(door(served(IMAGES, said)).image("gpt-image-1"))


@pytest.mark.parametrize(
    ("status", "code", "kind", "retryable"),
    [
        (400, "content_policy_violation", ContentFilterError, False),
        (400, "invalid_size", BadRequestError, False),
        (401, "invalid_api_key", AuthenticationError, False),
        (429, "rate_limit_exceeded", RateLimitError, True),
        (500, None, ServerError, True),
    ],
)
async def test_errors(status: int, code: str | None, kind: type[AISDKError], retryable: bool) -> None:
    said = Answer({"error": {"message": "Not so.", "type": "t", "code": code}}, status=status)
    http = ScriptedHTTP({IMAGES: said, SPEECH: said, HEARD: said, "POST /v1/videos": said})
    for call in (painted(door(http).image("m")), spoken(door(http).speech("m")), heard(door(http).transcription("m"))):
        with pytest.raises(kind, match=r"Not so\.") as caught:
            await call
        assert type(caught.value) is kind
        assert caught.value.retryable is retryable


async def test_a_key_is_needed() -> None:
    model = create_openai(http=ScriptedHTTP({})).image("gpt-image-1")
    with pytest.raises(MissingAPIKeyError, match="OPENAI_API_KEY"):
        await painted(model)


# ---- speech ----


def test_what_speech_is_asked_with() -> None:
    request = SpeechRequest(text="Hi", voice="ash", output_format="ogg", instructions="softly", speed=2, language="en")
    body, lost = encoded(openai.speech("gpt-4o-mini-tts"), request)
    assert body == {
        "model": "gpt-4o-mini-tts",
        "input": "Hi",
        "voice": "ash",
        "response_format": "opus",
        "instructions": "softly",
        "speed": 2,
    }
    assert lost == ["language"]
    body, lost = encoded(openai.speech("tts-1-hd"), SpeechRequest(text="Hi", instructions="softly"))
    assert (body["voice"], "instructions" in body, lost) == ("alloy", False, ["instructions"])
    own = {"voice": {"id": "voice_1"}}
    assert encoded(openai.speech("tts-1"), ask(SpeechRequest, own, "openai", text="Hi"))[0]["voice"] == {
        "id": "voice_1"
    }


@pytest.mark.parametrize(
    ("fields", "field"),
    [
        ({"text": "  "}, "text"),
        ({"text": "Hi", "output_format": "midi"}, "output_format"),
        ({"text": "Hi", "speed": 5}, "speed"),
        ({"text": "Hi", "provider_options": {"openai": {"stream_format": "sse"}}}, "provider_options"),
    ],
)
def test_law_11_speech(fields: dict[str, Any], field: str) -> None:
    with pytest.raises(InvalidRequestError) as caught:
        openai.speech("gpt-4o-mini-tts").encode(SpeechRequest(**fields))
    assert caught.value.field == field


@pytest.mark.parametrize("stream", [False, True])
async def test_speech(stream: bool) -> None:
    http = served(SPEECH, Answer(MP3, pieces=(MP3[:3], MP3[3:])))
    result = await spoken(door(http).speech("tts-1"), stream=stream)
    assert (result.audio, result.media_type) == (MP3, "audio/mpeg")
    assert json.loads(http.requests[0].body) == {"model": "tts-1", "input": "Hello", "voice": "alloy"}
    assert all(each.ending is not None for each in http.streams)


# ---- transcripts ----


def test_what_a_transcript_is_asked_with() -> None:
    options = {"timestamp_granularities": ("word", "segment"), "temperature": 0.5}
    request = ask(TranscriptionRequest, options, "openai", audio=b"x", language="en", prompt="kettle", temperature=0.1)
    fields, lost = encoded(openai.transcription("whisper-1"), request)
    assert fields == [
        ("model", "whisper-1"),
        ("language", "en"),
        ("prompt", "kettle"),
        ("temperature", "0.5"),
        ("response_format", "verbose_json"),
        ("timestamp_granularities[]", "word"),
        ("timestamp_granularities[]", "segment"),
    ]
    assert lost == []
    with pytest.raises(InvalidRequestError) as caught:
        openai.transcription("whisper-1").encode(ask(TranscriptionRequest, options, "openai", audio=b""))
    assert caught.value.field == "audio"


def test_a_model_that_tells_speakers_apart() -> None:
    model = openai.transcription("gpt-4o-transcribe-diarize")
    fields, lost = encoded(model, TranscriptionRequest(audio=b"x", prompt="kettle"))
    assert fields == [
        ("model", "gpt-4o-transcribe-diarize"),
        ("response_format", "diarized_json"),
        ("chunking_strategy", "auto"),
    ]
    assert lost == ["prompt"]
    names = {"known_speaker_names": ("Ann",), "known_speaker_references": ("data:audio/wav;base64,QQ==",)}
    fields, _ = encoded(model, ask(TranscriptionRequest, names, "openai", audio=b"x"))
    assert ("known_speaker_names[]", "Ann") in fields
    assert ("known_speaker_references[]", "data:audio/wav;base64,QQ==") in fields


async def test_speakers() -> None:
    segment = {"type": "transcript.text.segment", "id": "s", "start": 0.5, "end": 1, "text": "Hi", "speaker": "A"}
    said = {"task": "transcribe", "duration": 1.5, "text": "Hi", "segments": [segment], "usage": {"seconds": 2}}
    http = served(HEARD, said)
    result = await heard(door(http).transcription("gpt-4o-transcribe-diarize"), media_type="audio/mpeg")
    assert result.segments == (Segment("Hi", 0.5, 1.0, "A"),)
    assert (result.text, result.duration) == ("Hi", 1.5)
    assert ("file", "audio.mp3", b"RIFF") in form(http.requests[0])


def events(*each: Any) -> bytes:
    return b"".join(b"data: " + json.dumps(one).encode() + b"\n\n" for one in each)


DELTA = {"type": "transcript.text.delta", "delta": "Hi"}
PIECE = {"type": "transcript.text.segment", "id": "s", "start": 0, "end": 1, "text": "Hi", "speaker": "A"}
DONE = {
    "type": "transcript.text.done",
    "text": "Hi",
    "usage": {"input_tokens": 3, "output_tokens": 1},
    "languages": [{"code": "en"}],
}


@pytest.mark.parametrize("before", [(DELTA, PIECE), (PIECE,), (DELTA, {"type": "new.kind"}, PIECE)])
async def test_a_transcript_as_it_is_made(before: tuple[Any, ...]) -> None:
    body = events(*before, DONE)
    http = served(HEARD, Answer(body, headers=SSE, pieces=(body[:9], body[9:])))
    result = await heard(door(http).transcription("gpt-4o-transcribe-diarize"), stream=True)
    assert (result.text, result.language, result.usage.input_tokens) == ("Hi", "en", 3)
    assert result.segments == (Segment("Hi", 0.0, 1.0, "A"),)
    assert ("stream", None, b"true") in form(http.requests[0])


async def test_a_transcript_that_ends_badly() -> None:
    for body, kind in each_of(
        (events(DELTA), TruncatedStreamError),
        (b"data: {oops\n\n", MalformedEventError),
        (events({"type": "transcript.text.delta", "delta": 7}), MalformedEventError),
        (events({"error": {"message": "slow", "type": "rate_limit_error"}}), RateLimitError),
    ):
        with pytest.raises(kind):
            await heard(door(served(HEARD, Answer(body, headers=SSE))).transcription("gpt-4o-transcribe"), stream=True)


async def test_a_server_that_does_not_stream_after_all() -> None:
    model = door(served(HEARD, {"text": "Hi", "languages": [{"code": "en"}]})).transcription("gpt-transcribe")
    result = await heard(model, stream=True)
    assert (result.text, result.language, result.provider_metadata["openai"]["languages"][0]["code"]) == (
        "Hi",
        "en",
        "en",
    )


@pytest.mark.parametrize("kind", ["text/plain", "application/octet-stream"])
async def test_subtitles_are_the_text(kind: str) -> None:
    http = served(HEARD, Answer(b"WEBVTT\n\n00:00", headers={"content-type": kind}))
    result = await heard(door(http).transcription("whisper-1"), provider_options={"openai": {"response_format": "vtt"}})
    assert result.text == "WEBVTT\n\n00:00"


# ---- films ----


def test_what_a_film_is_asked_with() -> None:
    model = openai.video("sora-2")
    body, lost = encoded(model, VideoRequest(prompt="a boat", resolution="1280x720", duration=4.0, seed=1, fps=24))
    assert body == {"model": "sora-2", "prompt": "a boat", "size": "1280x720", "seconds": "4"}
    assert lost == ["fps", "seed"]
    assert encoded(model, VideoRequest(prompt="x", aspect_ratio="9:16"))[0]["size"] == "720x1280"
    assert encoded(model, VideoRequest(prompt="x", aspect_ratio="1:1"))[1] == ["aspect_ratio"]
    body, _ = encoded(model, VideoRequest(prompt="x", image=FilePart(url="https://a.test/i.png")))
    assert body["input_reference"] == {"image_url": "https://a.test/i.png"}
    body, _ = encoded(model, VideoRequest(prompt="x", image=FilePart(url="file-1")))
    assert body["input_reference"] == {"file_id": "file-1"}


@pytest.mark.parametrize(
    ("fields", "field"),
    [({"duration": 4.5}, "duration"), ({"resolution": "720p"}, "resolution")],
)
def test_law_11_films(fields: dict[str, Any], field: str) -> None:
    with pytest.raises(InvalidRequestError) as caught:
        openai.video("sora-2").encode(VideoRequest(prompt="x", **fields))
    assert caught.value.field == field


async def test_law_11_more_films_than_one() -> None:
    http = ScriptedHTTP({})
    with pytest.raises(InvalidRequestError) as caught:
        await door(http).video("sora-2")(VideoRequest(prompt="x", n=2))
    assert (caught.value.field, http.requests) == ("n", [])
    with pytest.raises(InvalidRequestError, match="prompt"):
        await door(http).video("sora-2")(VideoRequest(prompt=" "))


async def test_a_first_frame_of_bytes_and_another_variant() -> None:
    done = {"id": "j/1", "status": "completed"}
    http = served("POST /v1/videos", done, **{"GET /v1/videos/j%2F1/content": Answer(PICTURE)})
    request = VideoRequest(
        prompt="x",
        duration=8,
        image=FilePart(data=PICTURE, media_type="image/*"),
        provider_options={"openai": {"variant": "thumbnail"}},
    )
    result = await door(http).video("sora-2")(request)
    assert result.video.media_type == "image/png"
    assert form(http.requests[0]) == [
        ("model", None, b"sora-2"),
        ("prompt", None, b"x"),
        ("seconds", None, b"8"),
        ("input_reference", "first_frame.png", PICTURE),
    ]
    assert http.requests[1].url.endswith("/content?variant=thumbnail")
    own = {"variant": "thumbnail", "extra": {"a": 1}}
    with pytest.raises(InvalidRequestError, match="texts"):
        await door(http).video("sora-2")(ask(VideoRequest, own, "openai", prompt="x", image=request.image))


# ---- whatever the bytes say ----

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=6,
)
GOOD: dict[str, dict[str, Any]] = {
    "pictures": {"created": 7, "data": [{"b64_json": PNG}], "output_format": "png", "usage": {"input_tokens": 1}},
    "transcript": {
        "text": "Hi",
        "segments": [{"text": "Hi", "start": 0, "end": 1}],
        "words": [{"word": "Hi"}],
        "languages": [{"code": "en"}],
        "usage": {"seconds": 1},
    },
    "job": {"id": "j1", "status": "failed", "progress": 3, "error": {"code": "c", "message": "m"}},
}


@settings(max_examples=150, deadline=None)
@given(what=st.sampled_from(sorted(GOOD)), data=st.data())
def test_only_our_errors_come_of_a_broken_answer(what: str, data: st.DataObject) -> None:
    said: Any = dict(GOOD[what])
    name = data.draw(st.sampled_from(sorted(said)))
    said[name] = data.draw(JSON | st.lists(st.fixed_dictionaries(dict.fromkeys(("b64_json", "url", "text"), JSON))))
    try:
        if what == "pictures":
            assert read_pictures(said, "openai")
        elif what == "transcript":
            assert decode_transcript(said, "openai")
        else:
            model = openai.video("sora-2")
            job = model.read(said)
            assert isinstance(job, Job)
            assert model.error(job, Exchange(Endpoint(name="openai", base_url=""))).message
    except InvalidResponseError:
        pass


def test_nothing_of_it_is_unsupported_by_mistake() -> None:
    with pytest.raises(UnsupportedError, match="no reranking models"):
        openai.reranking("m")
