"""What Hume does in its own way; nothing was recorded: the shapes are those of the vendor's definition and pages."""

from __future__ import annotations

import json
from typing import Any

import pytest

from ai_sdk.errors import (
    APIError,
    AuthenticationError,
    BadRequestError,
    InvalidRequestError,
    MissingAPIKeyError,
    QuotaExceededError,
    RateLimitError,
    ServerError,
    UnsupportedError,
)
from ai_sdk.parts import AudioDelta
from ai_sdk.providers.hume import create_hume, hume
from ai_sdk.providers.hume.speech import DEFAULT_VOICE
from ai_sdk.requests import SpeechRequest
from ai_sdk.testing.scripted_http import Answer, ScriptedHTTP

WHOLE, STREAM = "POST /v0/tts/file", "POST /v0/tts/stream/file"
NARRATOR = {"id": DEFAULT_VOICE, "provider": "HUME_AI"}


def speak(model: str = "octave", **fields: Any) -> tuple[dict[str, Any], list[str]]:
    values: dict[str, Any] = {"text": "Hi", "provider_options": {"hume": fields.pop("options", {})}, **fields}
    request = SpeechRequest(**values)
    body, warnings = hume.speech(model).encode(request)
    return body, [each.feature for each in warnings]


class TestEncode:
    def test_a_plain_request(self) -> None:
        assert speak() == ({"utterances": [{"text": "Hi", "voice": NARRATOR}]}, [])

    @pytest.mark.parametrize(("model", "version"), [("octave", None), ("octave-1", "1"), ("octave-2", "2")])
    def test_the_version_is_in_the_model(self, model: str, version: str | None) -> None:
        assert speak(model)[0].get("version") == version

    def test_another_model_is_refused(self) -> None:
        with pytest.raises(InvalidRequestError, match="octave") as caught:
            hume.speech("evi")
        assert caught.value.field == "model_id"

    @pytest.mark.parametrize(
        ("voice", "options", "sent"),
        [
            ("Ava Song", {}, {"name": "Ava Song", "provider": "HUME_AI"}),
            (
                "5BB7DE05-c8fe-426a-8fcc-ba4fc4ce9f9c",
                {},
                {"id": "5BB7DE05-c8fe-426a-8fcc-ba4fc4ce9f9c", "provider": "HUME_AI"},
            ),
            ("Mine", {"voice": {"provider": "CUSTOM_VOICE"}}, {"name": "Mine", "provider": "CUSTOM_VOICE"}),
            (None, {"voice": {"name": "Mine"}}, {"name": "Mine"}),
            (None, {"voice": None}, None),
        ],
    )
    def test_voices(self, voice: str | None, options: dict[str, Any], sent: Any) -> None:
        body, _ = speak(voice=voice, options=options)
        assert body["utterances"][0].get("voice") == sent
        assert body.keys() == {"utterances"}

    def test_what_is_of_the_utterance_and_what_of_the_request(self) -> None:
        options = {"trailing_silence": 0.5, "context": {"generation_id": "g"}, "split_utterances": False}
        body, lost = speak(instructions="softly", speed=0.9, output_format="wav", language="en", options=options)
        said = {"text": "Hi", "description": "softly", "speed": 0.9, "trailing_silence": 0.5, "voice": NARRATOR}
        assert body == {
            "utterances": [said],
            "format": {"type": "wav"},
            "context": {"generation_id": "g"},
            "split_utterances": False,
        }
        assert lost == ["language"]

    def test_utterances_of_the_vendor(self) -> None:
        utterances = ({"text": "One."}, {"text": "Two."})
        body, _ = speak(text="", options={"utterances": list(utterances)})
        assert body == {"utterances": utterances}

    def test_the_pieces_of_a_stream_are_one_file(self) -> None:
        assert speak(stream=True)[0]["strip_headers"] is True
        assert speak(stream=True, options={"strip_headers": False})[0]["strip_headers"] is False

    def test_a_format_that_there_is_not(self) -> None:
        body, lost = speak(output_format="flac")
        assert ("format" in body, lost) == (False, ["output_format"])

    def test_what_is_refused(self) -> None:
        with pytest.raises(InvalidRequestError, match="text is empty") as caught:
            speak(text=" ")
        assert caught.value.field == "text"
        with pytest.raises(InvalidRequestError, match="num_generations is 2") as caught:
            speak(options={"num_generations": 2})
        assert caught.value.field == "provider_options"
        assert speak(options={"num_generations": 1})[0]["num_generations"] == 1


class TestAnswers:
    @pytest.mark.parametrize(
        ("asked", "kind"), [(None, "audio/mpeg"), ("mp3", "audio/mpeg"), ("wav", "audio/wav"), ("pcm", "audio/pcm")]
    )
    async def test_whole_audio(self, asked: str | None, kind: str) -> None:
        http = ScriptedHTTP({WHOLE: Answer(b"\0\1")})
        model = create_hume(api_key="k", http=http).speech("octave-2")
        result = await (await model(SpeechRequest(text="Hi", output_format=asked))).result()
        assert (result.audio, result.media_type) == (b"\0\1", kind)
        assert json.loads(http.requests[0].body)["version"] == "2"

    async def test_streamed_audio_comes_in_pieces_and_the_wire_is_released(self) -> None:
        http = ScriptedHTTP({STREAM: Answer(pieces=(b"ID3", b"abc"), headers={"content-type": "audio/mpeg"})})
        model = create_hume(api_key="k", http=http).speech()
        async with await model(SpeechRequest(text="Hi", stream=True)) as response:
            pieces = [part.data async for part in response if isinstance(part, AudioDelta)]
        assert (pieces, http.routes) == ([b"ID3", b"abc"], [STREAM])
        assert http.streams[0].ending is not None

    @pytest.mark.parametrize(
        ("status", "body", "kind", "message", "code"),
        [
            (
                401,
                {"fault": {"faultstring": "Invalid ApiKey", "detail": {"errorcode": "oauth.v2.InvalidApiKey"}}},
                AuthenticationError,
                "Invalid ApiKey",
                "oauth.v2.InvalidApiKey",
            ),
            (
                400,
                {"code": "E0101", "error": "config_error", "message": "A field is missing"},
                BadRequestError,
                "A field is missing",
                "E0101",
            ),
            (
                400,
                {"code": "E0300", "error": "billing", "message": "Out of credits"},
                QuotaExceededError,
                "Out of credits",
                "E0300",
            ),
            (402, {"error": "Out of credits"}, QuotaExceededError, "Out of credits", None),
            (
                422,
                {"detail": [{"loc": ["body", "utterances", 0, "text"], "msg": "Field required", "type": "missing"}]},
                BadRequestError,
                "body.utterances.0.text: Field required",
                None,
            ),
            (422, {"detail": []}, BadRequestError, "HTTP 422 Unprocessable Content", None),
            (429, {"message": "Too many requests"}, RateLimitError, "Too many requests", None),
            (500, {"fault": {"detail": 1}}, ServerError, "HTTP 500 Internal Server Error", None),
        ],
    )
    @pytest.mark.parametrize("stream", [False, True])
    async def test_errors_by_status_and_code(
        self, status: int, body: Any, kind: type[APIError], message: str, code: str | None, stream: bool
    ) -> None:
        http = ScriptedHTTP({WHOLE: Answer(body, status), STREAM: Answer(body, status)})
        with pytest.raises(kind) as caught:
            await create_hume(api_key="k", http=http).speech()(SpeechRequest(text="Hi", stream=stream))
        error = caught.value
        found = error.message.replace("Unprocessable Entity", "Unprocessable Content")
        assert (type(error), found, error.code, error.status) == (kind, message, code, status)
        assert error.retryable == (kind in (RateLimitError, ServerError))


class TestDoor:
    async def test_the_key_and_the_base_url(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv("HUME_API_KEY", "from-the-environment")
        http = ScriptedHTTP({"POST /proxy/v0/tts/file": Answer(b"ID3")})
        provider = create_hume(base_url="https://example.com/proxy", headers={"X-Mine": "1"}, http=http)
        await provider.speech()(SpeechRequest(text="Hi"))
        sent = http.requests[0]
        assert sent.url == "https://example.com/proxy/v0/tts/file"
        assert (sent.headers["x-hume-api-key"], sent.headers["x-mine"]) == ("from-the-environment", "1")
        assert "authorization" not in sent.headers
        assert "environment" not in repr(provider) + repr(provider.speech())

    async def test_without_a_key(self) -> None:
        with pytest.raises(MissingAPIKeyError, match="HUME_API_KEY"):
            await create_hume(http=ScriptedHTTP({})).speech()(SpeechRequest(text="Hi"))

    async def test_kinds_and_models(self) -> None:
        assert hume.kinds == ("speech",)
        assert hume.base_url == "https://api.hume.ai"
        with pytest.raises(UnsupportedError, match="no transcription models"):
            hume.transcription("x")
        with pytest.raises(UnsupportedError, match="octave-2"):
            await hume.models()
