"""Groq's speech and transcripts, and the PDF that it refuses."""

from __future__ import annotations

import json
from typing import Any

import pytest
from media_kit import MP3, ask, each_of, encoded, form, heard, served, spoken
from provider_kit import ask as chat

from ai_sdk.errors import BadRequestError, InvalidRequestError, UnsupportedError
from ai_sdk.messages import FilePart, TextPart, ToolMessage, ToolResultPart, UserMessage, assistant
from ai_sdk.messages import ToolCallPart as Call
from ai_sdk.providers.groq import create_groq, groq
from ai_sdk.requests import SpeechRequest, TranscriptionRequest
from ai_sdk.testing import Answer, ScriptedHTTP

SPEECH = "POST /openai/v1/audio/speech"
HEARD = "POST /openai/v1/audio/transcriptions"
ORPHEUS = "canopylabs/orpheus-v1-english"
PDF = FilePart(data=b"%PDF-1.7", media_type="application/pdf")


def door(http: ScriptedHTTP) -> Any:
    return create_groq(api_key="key-123456", http=http)


@pytest.mark.parametrize(
    ("model_id", "more"),
    [
        (ORPHEUS, {"voice": "troy", "response_format": "wav"}),
        ("canopylabs/orpheus-arabic-saudi", {"voice": "fahad", "response_format": "wav"}),
        ("playai-tts", {"voice": "Fritz-PlayAI"}),
        ("new-model", {"voice": "troy"}),
    ],
)
def test_every_model_has_a_voice(model_id: str, more: dict[str, str]) -> None:
    assert groq.kinds == ("language", "speech", "transcription")
    body, lost = encoded(groq.speech(model_id), SpeechRequest(text="Hi"))
    assert (body, lost) == ({"model": model_id, "input": "Hi", **more}, [])


def test_what_speech_is_asked_with() -> None:
    request = ask(
        SpeechRequest,
        {"sample_rate": 8000},
        "groq",
        text="Hi",
        voice="v",
        output_format="flac",
        speed=2,
        instructions="softly",
        language="en",
    )
    body, lost = encoded(groq.speech("playai-tts"), request)
    assert body == {
        "model": "playai-tts",
        "input": "Hi",
        "voice": "v",
        "response_format": "flac",
        "speed": 2,
        "sample_rate": 8000,
    }
    assert lost == ["instructions", "language"]
    for fields, field in each_of(({"speed": 9}, "speed"), ({"output_format": "aac"}, "output_format")):
        with pytest.raises(InvalidRequestError) as caught:
            groq.speech("playai-tts").encode(SpeechRequest(text="Hi", **fields))
        assert caught.value.field == field


@pytest.mark.parametrize("stream", [False, True])
async def test_speech(stream: bool) -> None:
    http = served(SPEECH, Answer(b"RIFF0000WAVE", headers={"content-type": "audio/wav"}))
    result = await spoken(door(http).speech(ORPHEUS), stream=stream)
    assert (result.audio, result.media_type) == (b"RIFF0000WAVE", "audio/wav")
    assert json.loads(http.requests[0].body)["voice"] == "troy"
    unnamed = await spoken(
        door(served(SPEECH, Answer(MP3, headers={"content-type": "text/plain"}))).speech("playai-tts")
    )
    assert unnamed.media_type == "audio/mpeg"


async def test_transcripts() -> None:
    http = served(HEARD, {"text": " Hi", "x_groq": {"id": "req_1"}})
    result = await heard(door(http).transcription("whisper-large-v3"), media_type="audio/flac", language="en")
    assert (result.text, result.response.id) == (" Hi", "req_1")
    assert form(http.requests[0]) == [
        ("model", None, b"whisper-large-v3"),
        ("language", None, b"en"),
        ("response_format", None, b"verbose_json"),
        ("file", "audio.flac", b"RIFF"),
    ]
    options = {"url": "https://a.test/a.mp3", "timestamp_granularities": ["word"]}
    fields, lost = encoded(
        groq.transcription("whisper-large-v3"), ask(TranscriptionRequest, options, "groq", audio=b"x", stream=True)
    )
    assert ("timestamp_granularities[]", "word") in fields
    assert lost == ["stream"]


async def test_errors() -> None:
    said = Answer({"error": {"message": "needs terms", "type": "invalid_request_error", "code": "terms"}}, status=400)
    with pytest.raises(BadRequestError, match="needs terms"):
        await spoken(door(served(SPEECH, said)).speech(ORPHEUS))


@pytest.mark.parametrize(
    "messages",
    [
        (UserMessage((TextPart("Read"), PDF)),),
        (
            UserMessage((TextPart("Read"),)),
            assistant(Call("c1", "read", "{}")),
            ToolMessage((ToolResultPart("c1", "read", (TextPart("see"), PDF)),)),
        ),
    ],
    ids=["asked", "from a tool"],
)
def test_a_pdf_is_refused_before_the_call(messages: Any) -> None:
    with pytest.raises(UnsupportedError, match="application/pdf") as caught:
        groq("m").encode(chat(messages=messages))
    assert caught.value.field == "messages"


def test_pictures_and_texts_are_not_refused() -> None:
    picture = FilePart(data=b"\x89PNG", media_type="image/png")
    text = FilePart(data=b"words", media_type="text/plain")
    body, _ = groq("m").encode(chat(messages=(UserMessage((TextPart("See"), picture, text)),)))
    assert [each["type"] for each in body["messages"][0]["content"]] == ["text", "image_url", "text"]
