"""What LMNT does in its own way; nothing was recorded: the shapes are those of the vendor's definition and pages."""

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
from ai_sdk.providers.lmnt import create_lmnt, lmnt
from ai_sdk.requests import SpeechRequest
from ai_sdk.results import CallWarning
from ai_sdk.testing.scripted_http import Answer, ScriptedHTTP

SPEAK = "POST /v1/ai/speech/bytes"
PLAIN = {"text": "Hi", "voice": "leah", "model": "blizzard"}


def speak(model: str = "blizzard", **fields: Any) -> tuple[dict[str, Any], list[str]]:
    options = fields.pop("options", {})
    body, warnings = lmnt.speech(model).encode(SpeechRequest(text="Hi", provider_options={"lmnt": options}, **fields))
    return body, [each.feature for each in warnings]


class TestEncode:
    def test_a_plain_request(self) -> None:
        assert speak() == (PLAIN, [])

    @pytest.mark.parametrize(
        ("asked", "sent"),
        [
            ("mp3", "mp3"),
            ("wav", "wav"),
            ("aac", "aac"),
            ("webm", "webm"),
            ("ulaw", "ulaw"),
            ("mulaw", "ulaw"),
            ("pcm", "pcm_s16le"),
            ("pcm_f32le", "pcm_f32le"),
        ],
    )
    def test_the_vendors_field_is_format(self, asked: str, sent: str) -> None:
        assert speak(output_format=asked) == ({**PLAIN, "format": sent}, [])

    def test_opus_comes_in_webm(self) -> None:
        body, warnings = lmnt.speech("blizzard").encode(SpeechRequest(text="Hi", output_format="opus"))
        assert body["format"] == "webm"
        assert warnings == [CallWarning("compatibility", "output_format", "the Opus audio is in a WebM file")]

    def test_a_format_that_there_is_not(self) -> None:
        assert speak(output_format="flac") == (PLAIN, ["output_format"])

    def test_the_calls_speed_is_not_overridden_by_a_default(self) -> None:
        assert speak("aurora", speed=1.5)[0]["speed"] == 1.5
        assert "speed" not in speak("aurora")[0]
        assert "speed" not in speak("aurora", options={"temperature": 1.0})[0]
        assert speak("aurora", speed=1.5, options={"speed": 0.5})[0]["speed"] == 0.5

    def test_a_model_of_one_speed(self) -> None:
        assert speak(speed=1.5) == (PLAIN, ["speed"])
        assert speak(options={"speed": 1.5}) == ({**PLAIN, "speed": 1.5}, [])

    def test_settings_and_options(self) -> None:
        options = {"top_p": 0.9, "sample_rate": 16000, "new": True}
        body, lost = speak(voice="ava", language="de", instructions="low", options=options)
        assert body == {**PLAIN, "voice": "ava", "language": "de", **options}
        assert lost == ["instructions"]

    def test_empty_text_is_refused(self) -> None:
        with pytest.raises(InvalidRequestError, match="text is empty") as caught:
            lmnt.speech("blizzard").encode(SpeechRequest(text=""))
        assert caught.value.field == "text"


class TestAnswers:
    @pytest.mark.parametrize(
        ("fields", "kind"),
        [
            ({}, "audio/mpeg"),
            ({"output_format": "wav"}, "audio/wav"),
            ({"output_format": "ulaw"}, "audio/wav"),
            ({"output_format": "pcm"}, "audio/pcm"),
            ({"output_format": "opus"}, "audio/webm"),
            ({"output_format": "mp3", "provider_options": {"lmnt": {"format": "aac"}}}, "audio/aac"),
        ],
    )
    async def test_whole_audio(self, fields: dict[str, Any], kind: str) -> None:
        http = ScriptedHTTP({SPEAK: Answer(b"\0\1")})
        model = create_lmnt(api_key="k", http=http).speech("blizzard")
        result = await (await model(SpeechRequest(text="Hi", **fields))).result()
        assert (result.audio, result.media_type) == (b"\0\1", kind)
        assert json.loads(http.requests[0].body)["text"] == "Hi"

    async def test_streamed_audio_comes_in_pieces_and_the_wire_is_released(self) -> None:
        http = ScriptedHTTP({SPEAK: Answer(pieces=(b"ID3", b"abc"), headers={"content-type": "audio/mpeg"})})
        model = create_lmnt(api_key="k", http=http).speech("blizzard")
        async with await model(SpeechRequest(text="Hi", stream=True)) as response:
            pieces = [part.data async for part in response if isinstance(part, AudioDelta)]
        assert pieces == [b"ID3", b"abc"]
        assert http.streams[0].ending is not None

    @pytest.mark.parametrize(
        ("status", "body", "kind", "message", "word"),
        [
            (
                400,
                {"error": {"type": "invalid_request_error", "message": "No such voice"}},
                BadRequestError,
                "No such voice",
                "invalid_request_error",
            ),
            (
                401,
                {"error": {"type": "authentication_error", "message": "No key"}},
                AuthenticationError,
                "No key",
                "authentication_error",
            ),
            (
                402,
                {"error": {"type": "payment_required_error", "message": "Pay"}},
                QuotaExceededError,
                "Pay",
                "payment_required_error",
            ),
            (
                429,
                {"error": {"type": "rate_limit_error", "message": "Slow"}},
                RateLimitError,
                "Slow",
                "rate_limit_error",
            ),
            (400, {"error": "invalid voice"}, BadRequestError, "invalid voice", None),
            (400, {"message": "bad"}, BadRequestError, "bad", None),
            (500, {"error": None}, ServerError, "HTTP 500 Internal Server Error", None),
            (502, ["x"], ServerError, "HTTP 502 Bad Gateway", None),
        ],
    )
    @pytest.mark.parametrize("stream", [False, True])
    async def test_errors_by_status(
        self, status: int, body: Any, kind: type[APIError], message: str, word: str | None, stream: bool
    ) -> None:
        http = ScriptedHTTP({SPEAK: Answer(body, status, {"request-id": "r1"})})
        with pytest.raises(kind) as caught:
            await create_lmnt(api_key="k", http=http).speech("blizzard")(SpeechRequest(text="Hi", stream=stream))
        error = caught.value
        assert (type(error), error.message, error.type, error.status) == (kind, message, word, status)
        assert error.request_id == "r1"
        assert error.retryable == (kind in (RateLimitError, ServerError))


class TestDoor:
    async def test_the_key_the_version_and_the_base_url(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv("LMNT_API_KEY", "from-the-environment")
        http = ScriptedHTTP({"POST /proxy/v1/ai/speech/bytes": Answer(b"ID3")})
        provider = create_lmnt(base_url="https://example.com/proxy", headers={"X-Mine": "1"}, http=http)
        await provider.speech("blizzard")(SpeechRequest(text="Hi"))
        sent = http.requests[0]
        assert sent.url == "https://example.com/proxy/v1/ai/speech/bytes"
        assert (sent.headers["x-api-key"], sent.headers["x-mine"]) == ("from-the-environment", "1")
        assert sent.headers["lmnt-version"] == "1.1"
        assert "authorization" not in sent.headers
        assert "environment" not in repr(provider) + repr(provider.speech("blizzard"))

    async def test_another_version_of_the_api(self) -> None:
        http = ScriptedHTTP({SPEAK: Answer(b"ID3")})
        provider = create_lmnt(api_key="k", headers={"LMNT-Version": "2025-09-25"}, http=http)
        await provider.speech("blizzard")(SpeechRequest(text="Hi"))
        assert http.requests[0].headers["lmnt-version"] == "2025-09-25"

    async def test_without_a_key(self) -> None:
        with pytest.raises(MissingAPIKeyError, match="LMNT_API_KEY"):
            await create_lmnt(http=ScriptedHTTP({})).speech("blizzard")(SpeechRequest(text="Hi"))

    async def test_kinds_and_models(self) -> None:
        assert lmnt.kinds == ("speech",)
        assert lmnt.base_url == "https://api.lmnt.com"
        with pytest.raises(UnsupportedError, match="no language models"):
            lmnt("x")
        with pytest.raises(UnsupportedError, match="does not list"):
            await lmnt.models()
