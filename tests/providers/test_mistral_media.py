"""Mistral's speech and transcripts."""

from __future__ import annotations

import base64
import json
from typing import Any

import pytest
from media_kit import MP3, SSE, ask, each_of, encoded, form, heard, served, spoken

from ai_sdk.errors import (
    APIError,
    AuthenticationError,
    BadRequestError,
    InvalidRequestError,
    InvalidResponseError,
    MalformedEventError,
    ServerError,
    TruncatedStreamError,
)
from ai_sdk.providers.mistral import create_mistral, mistral
from ai_sdk.requests import SpeechRequest, TranscriptionRequest
from ai_sdk.results import Segment
from ai_sdk.testing import Answer, ScriptedHTTP

SPEECH = "POST /v1/audio/speech"
HEARD = "POST /v1/audio/transcriptions"
TTS = "voxtral-mini-tts-latest"
STT = "voxtral-mini-latest"


def door(http: ScriptedHTTP) -> Any:
    return create_mistral(api_key="key-123456", http=http)


def b64(data: bytes) -> str:
    return base64.b64encode(data).decode()


def events(*each: Any) -> Answer:
    body = b"".join(b"event: x\ndata: " + json.dumps(one).encode() + b"\n\n" for one in each)
    return Answer(body, headers=SSE, pieces=(body[:20], body[20:]))


def test_what_speech_is_asked_with() -> None:
    request = SpeechRequest(text="Hi", output_format="ogg", instructions="softly", speed=2, language="en")
    body, lost = encoded(mistral.speech(TTS), request)
    assert body == {
        "model": TTS,
        "input": "Hi",
        "response_format": "opus",
        "voice_id": "en_paul_neutral",
        "stream": False,
    }
    assert lost == ["instructions", "speed", "language"]
    assert encoded(mistral.speech(TTS), SpeechRequest(text="Hi", voice="v1", stream=True))[0] == {
        "model": TTS,
        "input": "Hi",
        "voice_id": "v1",
        "stream": True,
    }


def test_a_voice_to_imitate_needs_no_other() -> None:
    body, _ = encoded(mistral.speech(TTS), ask(SpeechRequest, {"ref_audio": "QQ=="}, "mistral", text="Hi"))
    assert body == {"model": TTS, "input": "Hi", "ref_audio": "QQ==", "stream": False}
    body, _ = encoded(mistral.speech(TTS), ask(SpeechRequest, {"voice_id": "v2"}, "mistral", text="Hi"))
    assert body["voice_id"] == "v2"
    with pytest.raises(InvalidRequestError, match="aac"):
        mistral.speech(TTS).encode(SpeechRequest(text="Hi", output_format="aac"))


async def test_speech_as_json() -> None:
    http = served(SPEECH, {"audio_data": b64(MP3)})
    result = await spoken(door(http).speech(TTS), output_format="wav")
    assert (result.audio, result.media_type) == (MP3, "audio/wav")
    assert http.requests[0].headers["authorization"] == "Bearer key-123456"
    for said in each_of({}, [], None, {"audio_data": 7}, {"audio_data": "%"}):
        with pytest.raises(InvalidResponseError, match="not speech"):
            await spoken(door(served(SPEECH, said)).speech(TTS))


DELTAS = [{"type": "speech.audio.delta", "audio_data": b64(each)} for each in (MP3[:2], MP3[2:])]
DONE = {"type": "speech.audio.done", "usage": {"prompt_tokens": 4, "completion_tokens": 30}}


async def test_speech_as_it_arrives() -> None:
    http = served(SPEECH, events(*DELTAS, {"type": "other"}, DONE))
    result = await spoken(door(http).speech(TTS), stream=True)
    assert (result.audio, result.usage.output_tokens) == (MP3, 30)
    assert all(each.ending is not None for each in http.streams)
    result = await spoken(door(served(SPEECH, {"audio_data": b64(MP3)})).speech(TTS), stream=True)
    assert result.audio == MP3
    for answer, kind in each_of(
        (events(*DELTAS), TruncatedStreamError),
        (events({"type": "speech.audio.delta"}), MalformedEventError),
        (events({"object": "error", "message": "no", "type": "t", "code": "1"}), APIError),
    ):
        with pytest.raises(kind):
            await spoken(door(served(SPEECH, answer)).speech(TTS), stream=True)


def test_what_a_transcript_is_asked_with() -> None:
    request = TranscriptionRequest(audio=b"x", language="en", temperature=0.2, prompt="kettle", stream=True)
    fields, lost = encoded(mistral.transcription(STT), request)
    assert fields == [("model", STT), ("language", "en"), ("temperature", "0.2"), ("stream", "true")]
    assert lost == ["prompt"]


def test_times_and_a_language_exclude_each_other() -> None:
    options = {"timestamp_granularities": ["segment", "word"], "context_bias": ["kettle", "tea"]}
    fields, lost = encoded(
        mistral.transcription(STT), ask(TranscriptionRequest, options, "mistral", audio=b"x", language="en")
    )
    assert fields == [
        ("model", STT),
        ("timestamp_granularities", "segment"),
        ("timestamp_granularities", "word"),
        ("context_bias", "kettle"),
        ("context_bias", "tea"),
    ]
    assert lost == ["language"]
    fields, _ = encoded(mistral.transcription(STT), ask(TranscriptionRequest, {"diarize": True}, "mistral", audio=b"x"))
    assert fields == [("model", STT), ("diarize", "true"), ("timestamp_granularities", "segment")]


async def test_a_transcript_with_speakers() -> None:
    piece = {"type": "transcription_segment", "text": "Hi", "start": 0.1, "end": 1, "speaker_id": "speaker_1"}
    said = {"model": STT, "text": "Hi", "language": None, "segments": [piece], "usage": {"prompt_audio_seconds": 2}}
    result = await heard(door(served(HEARD, said)).transcription(STT))
    assert result.segments == (Segment("Hi", 0.1, 1.0, "speaker_1"),)
    assert (result.duration, result.language, result.response.model) == (2.0, None, STT)


async def test_audio_that_is_elsewhere() -> None:
    http = served(HEARD, {"text": "Hi"})
    options = {"mistral": {"file_url": "https://a.test/a.mp3"}}
    await heard(door(http).transcription(STT), audio=b"", provider_options=options)
    assert form(http.requests[0]) == [("model", None, STT.encode()), ("file_url", None, b"https://a.test/a.mp3")]


async def test_a_transcript_as_it_is_made() -> None:
    piece = {"type": "transcription.segment", "text": "Hi you", "start": 0.1, "end": 1, "speaker_id": "s1"}
    done = {"type": "transcription.done", "model": STT, "text": "Hi you", "language": None, "segments": [piece]}
    said = [
        {"type": "transcription.language", "audio_language": "en"},
        {"type": "transcription.text.delta", "text": "Hi"},
        {"type": "transcription.text.delta", "text": " you"},
        piece,
        {**done, "usage": {"prompt_tokens": 5, "prompt_audio_seconds": 2}},
    ]
    result = await heard(door(served(HEARD, events(*said))).transcription(STT), stream=True)
    assert (result.text, result.language, result.duration) == ("Hi you", "en", 2.0)
    assert result.segments == (Segment("Hi you", 0.1, 1.0, "s1"),)
    assert (result.response.model, result.usage.input_tokens) == (STT, 5)
    alone = await heard(door(served(HEARD, events(done))).transcription(STT), stream=True)
    assert (alone.text, alone.segments) == (result.text, result.segments)


@pytest.mark.parametrize(
    ("status", "said", "kind", "words"),
    [
        (401, {"detail": "Unauthorized"}, AuthenticationError, "Unauthorized"),
        (422, {"detail": [{"loc": ["body", "input"], "msg": "missing", "type": "m"}]}, BadRequestError, "body.input"),
        (500, {"object": "error", "message": "broken", "type": "e", "code": "3000"}, ServerError, "broken"),
    ],
)
async def test_errors(status: int, said: Any, kind: type[APIError], words: str) -> None:
    http = ScriptedHTTP({SPEECH: Answer(said, status=status), HEARD: Answer(said, status=status)})
    for call in (spoken(door(http).speech(TTS)), heard(door(http).transcription(STT))):
        with pytest.raises(kind, match=words):
            await call
