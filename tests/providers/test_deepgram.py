"""What Deepgram does in its own way; the transcript as recorded, the rest from the vendor's definition and pages."""

from __future__ import annotations

import copy
import json
from collections.abc import Iterator
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ai_sdk.errors import (
    AISDKError,
    APIError,
    AuthenticationError,
    BadRequestError,
    InvalidRequestError,
    InvalidResponseError,
    MissingAPIKeyError,
    OverloadedError,
    PermissionDeniedError,
    QuotaExceededError,
    RateLimitError,
    ServerError,
    UnsupportedError,
)
from ai_sdk.parts import AudioDelta
from ai_sdk.providers.deepgram import create_deepgram, deepgram
from ai_sdk.providers.deepgram._decode import decode_transcript
from ai_sdk.requests import SpeechRequest, TranscriptionRequest
from ai_sdk.results import Segment, TranscriptionResult, fold_transcription
from ai_sdk.testing.scripted_http import Answer, ScriptedHTTP

SPEAK, LISTEN = "POST /v1/speak", "POST /v1/listen"


def query_of(url: str) -> list[tuple[str, str]]:
    return parse_qsl(urlsplit(url).query)


def speak(model: str = "aura-2-thalia-en", **fields: Any) -> tuple[dict[str, str], list[str]]:
    options = fields.pop("options", {})
    request = SpeechRequest(text="Hi", provider_options={"deepgram": options}, **fields)
    path, body, warnings = deepgram.speech(model).encode(request)
    assert body == {"text": "Hi"}
    assert urlsplit(path).path == "/v1/speak"
    return dict(query_of(path)), [each.feature for each in warnings]


def listen(**fields: Any) -> tuple[list[tuple[str, str]], Any, list[str]]:
    options = fields.pop("options", {})
    values: dict[str, Any] = {"audio": b"RIFF", "provider_options": {"deepgram": options}, **fields}
    request = TranscriptionRequest(**values)
    path, body, warnings = deepgram.transcription("nova-3").encode(request)
    assert urlsplit(path).path == "/v1/listen"
    return query_of(path), body, [each.feature for each in warnings]


def word(said: str, start: float, end: float, **more: Any) -> dict[str, Any]:
    return {"word": said, "start": start, "end": end, "confidence": 0.9, **more}


WORDS = [
    word("hi", 0.1, 0.3, speaker=0, punctuated_word="Hi"),
    word("you", 0.3, 0.5, speaker=0, punctuated_word="you."),
    word("yes", 0.8, 1.0, speaker=1, punctuated_word="Yes."),
]
ANSWER: dict[str, Any] = {
    "metadata": {
        "request_id": "r1",
        "created": "2026-02-12T22:42:32.266Z",
        "duration": 1.5,
        "channels": 1,
        "model_info": {"uuid": {"name": "general-nova-3", "version": "2025-07-31.0", "arch": "nova-3"}},
    },
    "results": {
        "channels": [
            {
                "alternatives": [{"transcript": "Hi you. Yes.", "confidence": 0.99, "words": WORDS}],
                "detected_language": "en",
                "language_confidence": 0.97,
            }
        ]
    },
}


def fold(data: Any) -> TranscriptionResult:
    return fold_transcription(decode_transcript(data, "deepgram"))


def answer(*channels: dict[str, Any], **results: Any) -> dict[str, Any]:
    each = [{"alternatives": [channel]} for channel in channels]
    return {"metadata": {}, "results": {"channels": each, **results}}


def places_in(value: Any) -> Iterator[Any]:
    """Every object and list in plain data that is not empty."""
    if value and type(value) in (dict, list):
        yield value
        for key in keys_of(value):
            yield from places_in(value[key])


def keys_of(place: Any) -> list[Any]:
    return list(place) if hasattr(place, "keys") else list(range(len(place)))


class TestSpeech:
    @pytest.mark.parametrize(
        ("model", "voice", "language", "sent", "lost"),
        [
            ("aura-2-thalia-en", None, None, "aura-2-thalia-en", []),
            ("aura-2-thalia-en", "apollo", "en", "aura-2-apollo-en", []),
            ("aura-2-thalia-en", "aura-2-celeste-es", "es", "aura-2-celeste-es", []),
            ("aura-2-thalia-en", None, "de", "aura-2-thalia-en", ["language"]),
            ("aura-2", None, None, "aura-2-thalia-en", []),
            ("aura-2", None, "de", "aura-2-viktoria-de", []),
            ("aura-2", None, "de-DE", "aura-2-viktoria-de", []),
            ("aura-2", "julius", "de", "aura-2-julius-de", []),
            ("aura-2", None, "fi", "aura-2-thalia-en", ["language"]),
            ("aura", None, None, "aura-asteria-en", []),
            ("aura", None, "de", "aura-asteria-en", ["language"]),
            ("my-own-voice", None, None, "my-own-voice", []),
            ("my-own-voice", "x", "en", "my-own-voice", ["voice", "language"]),
        ],
    )
    def test_the_voice_is_in_the_model(
        self, model: str, voice: str | None, language: str | None, sent: str, lost: list[str]
    ) -> None:
        assert speak(model, voice=voice, language=language) == ({"model": sent}, lost)

    @pytest.mark.parametrize(
        ("asked", "sent"),
        [
            ("mp3", {"encoding": "mp3"}),
            ("wav", {"encoding": "linear16", "container": "wav"}),
            ("wav_16000", {"encoding": "linear16", "container": "wav", "sample_rate": "16000"}),
            ("pcm", {"encoding": "linear16", "container": "none"}),
            ("linear16_48000", {"encoding": "linear16", "container": "none", "sample_rate": "48000"}),
            ("opus", {"encoding": "opus", "container": "ogg"}),
            ("ogg", {"encoding": "opus", "container": "ogg"}),
            ("flac_22050", {"encoding": "flac", "sample_rate": "22050"}),
            ("aac", {"encoding": "aac"}),
            ("mulaw_8000", {"encoding": "mulaw", "container": "none", "sample_rate": "8000"}),
            ("ulaw", {"encoding": "mulaw", "container": "none"}),
            ("alaw", {"encoding": "alaw", "container": "none"}),
        ],
    )
    def test_words_for_formats(self, asked: str, sent: dict[str, str]) -> None:
        assert speak(output_format=asked) == ({"model": "aura-2-thalia-en", **sent}, [])

    @pytest.mark.parametrize("asked", ["mp3_44100", "opus_24000", "wav_44100", "mulaw_24000"])
    def test_a_sample_rate_that_there_is_not(self, asked: str) -> None:
        with pytest.raises(InvalidRequestError, match="sample rate") as caught:
            speak(output_format=asked)
        assert caught.value.field == "output_format"

    def test_a_format_that_there_is_not(self) -> None:
        assert speak(output_format="webm") == ({"model": "aura-2-thalia-en"}, ["output_format"])

    def test_speed_options_and_instructions(self) -> None:
        query, lost = speak(
            speed=1.2, instructions="low", output_format="wav", options={"encoding": "mp3", "bit_rate": 32000}
        )
        assert query == {"model": "aura-2-thalia-en", "encoding": "mp3", "speed": "1.2", "bit_rate": "32000"}
        assert lost == ["instructions"]

    def test_empty_text_is_refused(self) -> None:
        with pytest.raises(InvalidRequestError, match="text is empty") as caught:
            deepgram.speech("aura-2").encode(SpeechRequest(text=""))
        assert caught.value.field == "text"

    @pytest.mark.parametrize(
        ("fields", "headers", "audio", "kind"),
        [
            ({}, {"content-type": "audio/mpeg"}, b"\0", "audio/mpeg"),
            ({}, {}, b"RIFF\0\0\0\0WAVE", "audio/wav"),
            ({"output_format": "pcm"}, {}, b"\0", "audio/pcm"),
            ({"output_format": "wav_8000"}, {}, b"\0", "audio/wav"),
            (
                {"output_format": "wav", "provider_options": {"deepgram": {"encoding": "flac"}}},
                {},
                b"fLaC",
                "audio/flac",
            ),
        ],
    )
    async def test_the_media_type(self, fields: Any, headers: dict[str, str], audio: bytes, kind: str) -> None:
        http = ScriptedHTTP({SPEAK: Answer(audio, headers={"dg-char-count": "2", **headers})})
        call = create_deepgram(api_key="k", http=http).speech("aura-2")(SpeechRequest(text="Hi", **fields))
        result = await (await call).result()
        assert (result.audio, result.media_type, result.response.headers["dg-char-count"]) == (audio, kind, "2")
        assert json.loads(http.requests[0].body) == {"text": "Hi"}

    async def test_streamed_audio_comes_in_pieces_and_the_wire_is_released(self) -> None:
        http = ScriptedHTTP({SPEAK: Answer(pieces=(b"ID3", b"abc"), headers={"content-type": "audio/mpeg"})})
        model = create_deepgram(api_key="k", http=http).speech("aura-2")
        async with await model(SpeechRequest(text="Hi", stream=True)) as response:
            pieces = [part.data async for part in response if isinstance(part, AudioDelta)]
        assert pieces == [b"ID3", b"abc"]
        assert http.streams[0].ending is not None


class TestTranscription:
    def test_a_plain_request_is_the_audio(self) -> None:
        assert listen() == ([("model", "nova-3"), ("utterances", "true")], b"RIFF", [])

    @pytest.mark.parametrize("options", [{"utterances": False}, {"paragraphs": True}, {"utterances": True}])
    def test_utterances_are_asked_for_unless_the_options_say_otherwise(self, options: dict[str, bool]) -> None:
        ((name, value),) = options.items()
        assert listen(options=options)[0] == [("model", "nova-3"), (name, str(value).lower())]

    def test_settings_and_options_are_the_query(self) -> None:
        options = {"diarize": True, "utt_split": 1.1, "keyterm": ["Ada", "Bob Dylan"], "redact": None, "new": "x&y"}
        query, _, lost = listen(language="de", options=options)
        assert query == [
            ("model", "nova-3"),
            ("language", "de"),
            ("utterances", "true"),
            ("diarize", "true"),
            ("utt_split", "1.1"),
            ("keyterm", "Ada"),
            ("keyterm", "Bob Dylan"),
            ("new", "x&y"),
        ]
        assert lost == []

    def test_what_it_lacks(self) -> None:
        assert listen(prompt="names", temperature=0.1, stream=True)[2] == ["prompt", "temperature", "stream"]

    def test_empty_audio_is_refused_unless_it_is_elsewhere(self) -> None:
        with pytest.raises(InvalidRequestError, match="audio is empty") as caught:
            listen(audio=b"")
        assert caught.value.field == "audio"
        query, body, _ = listen(options={"url": "https://a.example/b.wav"})
        assert (query[0], body) == (("model", "nova-3"), {"url": "https://a.example/b.wav"})
        assert "url" not in dict(query)

    @pytest.mark.parametrize(
        ("options", "kind", "body"),
        [
            ({}, "audio/flac", b"fLaC"),
            ({"url": "https://a.example"}, "application/json", b'{"url":"https://a.example"}'),
        ],
    )
    async def test_the_body_and_its_type(self, options: dict[str, Any], kind: str, body: bytes) -> None:
        http = ScriptedHTTP({LISTEN: Answer(ANSWER)})
        request = TranscriptionRequest(audio=b"fLaC", media_type="audio/flac", provider_options={"deepgram": options})
        await (await create_deepgram(api_key="k", http=http).transcription("nova-3")(request)).result()
        assert (http.requests[0].headers["content-type"], http.requests[0].body) == (kind, body)

    async def test_a_transcript_through_the_model(self) -> None:
        http = ScriptedHTTP({LISTEN: Answer(ANSWER)})
        model = create_deepgram(api_key="k", http=http).transcription("nova-3")
        result = await (await model(TranscriptionRequest(audio=b"RIFF", stream=True))).result()
        assert (result.text, result.response.id, result.response.model) == ("Hi you. Yes.", "r1", "general-nova-3")
        assert result.response.timestamp == pytest.approx(1770936152.266)
        assert [each.feature for each in result.warnings] == ["stream"]

    def test_words_speakers_language_and_duration(self) -> None:
        result = fold(ANSWER)
        words = (Segment("Hi", 0.1, 0.3, "0"), Segment("you.", 0.3, 0.5, "0"), Segment("Yes.", 0.8, 1.0, "1"))
        assert result.words == words
        assert result.segments == (Segment("Hi you.", 0.1, 0.5, "0"), Segment("Yes.", 0.8, 1.0, "1"))
        assert (result.language, result.duration) == ("en", 1.5)
        said = result.provider_metadata["deepgram"]
        assert (said["request_id"], said["confidence"], said["language_confidence"]) == ("r1", 0.99, 0.97)

    def test_utterances_are_the_segments(self) -> None:
        utterance = {"start": 0.1, "end": 0.5, "transcript": "Hi you.", "speaker": 0, "channel": 0, "confidence": 0.9}
        result = fold(answer({"transcript": "Hi you.", "words": WORDS[:2]}, utterances=[utterance]))
        assert result.segments == (Segment("Hi you.", 0.1, 0.5, "0"),)

    def test_sentences_of_paragraphs_are_the_segments(self) -> None:
        sentences = [{"text": "Hi you.", "start": 0.1, "end": 0.5}, {"text": "Well.", "start": 0.6, "end": 0.7}]
        paragraphs = {"transcript": "\nHi you. Well.", "paragraphs": [{"sentences": sentences, "speaker": 0}]}
        result = fold(answer({"transcript": "Hi you. Well.", "words": WORDS[:2], "paragraphs": paragraphs}))
        assert result.segments == (Segment("Hi you.", 0.1, 0.5, "0"), Segment("Well.", 0.6, 0.7, "0"))

    def test_channels_are_one_transcript_in_the_order_of_time(self) -> None:
        one = {"transcript": "hi", "words": [word("hi", 1.0, 1.2)]}
        two = {"transcript": "ho", "words": [word("ho", 0.5, 0.7)], "languages": ["de", "en"]}
        result = fold(answer(one, two))
        assert (result.text, result.language) == ("hi\nho", "de")
        assert (
            result.words
            == result.segments
            == (Segment("ho", 0.5, 0.7, "channel_1"), Segment("hi", 1.0, 1.2, "channel_0"))
        )
        utterance = {"start": 0.5, "end": 0.7, "transcript": "ho", "channel": 1}
        assert fold(answer(one, two, utterances=[utterance])).segments == (Segment("ho", 0.5, 0.7, "channel_1"),)

    def test_silence_and_what_else_was_asked_for(self) -> None:
        result = fold(answer({"transcript": "", "confidence": 0.0, "words": []}, summary={"short": "Nothing."}))
        assert (result.text, result.segments, result.words, result.duration) == ("", (), (), None)
        assert result.provider_metadata["deepgram"]["summary"] == {"short": "Nothing."}

    def test_a_transcript_that_goes_to_a_callback_is_empty_here(self) -> None:
        result = fold({"request_id": "r2"})
        assert (result.text, result.response.id) == ("", "r2")

    def test_a_time_that_cannot_be_read_is_no_reason_to_lose_a_transcript(self) -> None:
        result = fold({**ANSWER, "metadata": {"created": "yesterday", "duration": 2}})
        assert (result.text, result.duration, result.response.timestamp) == ("Hi you. Yes.", 2.0, None)

    @pytest.mark.parametrize(
        "data",
        [
            None,
            list[Any](),
            "text",
            {},
            {"results": {}},
            {"results": {"channels": [{"alternatives": list[Any]()}]}},
            {"results": {"channels": [{"alternatives": [{"transcript": None}]}]}},
        ],
    )
    def test_what_is_no_transcript(self, data: Any) -> None:
        with pytest.raises(InvalidResponseError, match="not a transcript"):
            fold(data)

    @given(st.data())
    def test_whatever_is_changed_in_a_transcript_the_errors_are_ours(self, data: st.DataObject) -> None:
        changed = copy.deepcopy(ANSWER)
        place: Any = data.draw(st.sampled_from(list(places_in(changed))))
        junk = st.recursive(
            st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=3),
            lambda inner: st.lists(inner, max_size=2) | st.dictionaries(st.text(max_size=3), inner, max_size=2),
            max_leaves=4,
        )
        key = data.draw(st.sampled_from(keys_of(place)))
        place[key] = data.draw(junk | st.just(10**400))
        try:
            fold(changed)
        except AISDKError:
            pass


class TestErrors:
    @pytest.mark.parametrize(
        ("status", "body", "kind", "message", "code"),
        [
            (
                401,
                {"err_code": "INVALID_AUTH", "err_msg": "Invalid credentials.", "request_id": "r9"},
                AuthenticationError,
                "Invalid credentials.",
                "INVALID_AUTH",
            ),
            (
                401,
                {"err_code": "INSUFFICIENT_PERMISSIONS", "err_msg": "No", "request_id": "r9"},
                PermissionDeniedError,
                "No",
                "INSUFFICIENT_PERMISSIONS",
            ),
            (
                402,
                {"err_code": "ASR_PAYMENT_REQUIRED", "err_msg": "No credits", "request_id": "r9"},
                QuotaExceededError,
                "No credits",
                "ASR_PAYMENT_REQUIRED",
            ),
            (
                429,
                {"err_code": "TOO_MANY_REQUESTS", "err_msg": "Slow", "request_id": "r9"},
                RateLimitError,
                "Slow",
                "TOO_MANY_REQUESTS",
            ),
            (
                400,
                {
                    "category": "INVALID_JSON",
                    "message": "Invalid JSON submitted.",
                    "details": "missing field",
                    "request_id": "r9",
                },
                BadRequestError,
                "Invalid JSON submitted: missing field",
                "INVALID_JSON",
            ),
            (
                413,
                {"err_code": "PAYLOAD_TOO_LARGE", "err_msg": "Input Text Exceeded Character Limit", "request_id": "r9"},
                BadRequestError,
                "Input Text Exceeded Character Limit",
                "PAYLOAD_TOO_LARGE",
            ),
            (
                503,
                {"category": "UNAVAILABLE", "details": "later", "request_id": "r9"},
                OverloadedError,
                "later",
                "UNAVAILABLE",
            ),
        ],
    )
    async def test_errors_by_status_and_code(
        self, status: int, body: Any, kind: type[APIError], message: str, code: str
    ) -> None:
        http = ScriptedHTTP({SPEAK: Answer(body, status), LISTEN: Answer(body, status)})
        provider = create_deepgram(api_key="k", http=http)
        for call in (
            provider.speech("aura-2")(SpeechRequest(text="Hi")),
            provider.transcription("nova-3")(TranscriptionRequest(audio=b"RIFF")),
        ):
            with pytest.raises(kind) as caught:
                await call
            error = caught.value
            assert (type(error), error.message, error.code, error.status) == (kind, message, code, status)
            assert error.request_id == "r9"
            assert error.retryable == (kind in (RateLimitError, OverloadedError))

    @pytest.mark.parametrize(
        ("body", "message"),
        [(b"broken", "broken"), ("plain words", "plain words"), ([], "HTTP 500 Internal Server Error")],
    )
    async def test_errors_of_other_shapes(self, body: Any, message: str) -> None:
        http = ScriptedHTTP({SPEAK: Answer(body, 500)})
        with pytest.raises(ServerError) as caught:
            await create_deepgram(api_key="k", http=http).speech("aura-2")(SpeechRequest(text="Hi", stream=True))
        assert (caught.value.message, caught.value.request_id) == (message, None)


class TestDoor:
    async def test_the_key_and_the_base_url(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv("DEEPGRAM_API_KEY", "from-the-environment")
        http = ScriptedHTTP({"POST /proxy/v1/speak": Answer(b"ID3")})
        provider = create_deepgram(base_url="https://example.com/proxy/", headers={"X-Mine": "1"}, http=http)
        await provider.speech("aura-2")(SpeechRequest(text="Hi"))
        sent = http.requests[0]
        assert sent.url == "https://example.com/proxy/v1/speak?model=aura-2-thalia-en"
        assert (sent.headers["authorization"], sent.headers["x-mine"]) == ("Token from-the-environment", "1")
        assert "environment" not in repr(provider) + repr(provider.speech("aura-2"))

    async def test_without_a_key(self) -> None:
        with pytest.raises(MissingAPIKeyError, match="DEEPGRAM_API_KEY"):
            await create_deepgram(http=ScriptedHTTP({})).speech("aura-2")(SpeechRequest(text="Hi"))

    def test_kinds(self) -> None:
        assert deepgram.kinds == ("speech", "transcription")
        assert deepgram.base_url == "https://api.deepgram.com"
        with pytest.raises(UnsupportedError, match="no image models"):
            deepgram.image("x")

    async def test_models(self) -> None:
        listed = {"stt": [{"name": "nova-3", "canonical_name": "nova-3-general"}], "tts": [{"name": "zeus"}, {}, 1]}
        http = ScriptedHTTP({"GET /v1/models": [Answer(listed), Answer({"stt": None}), Answer([])]})
        provider = create_deepgram(api_key="k", http=http)
        assert [each.id for each in await provider.models()] == ["nova-3-general", "zeus"]
        assert await provider.models() == []
        with pytest.raises(InvalidResponseError, match="not an object"):
            await provider.models()
