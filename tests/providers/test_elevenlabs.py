"""What ElevenLabs does in its own way; transcripts as recorded, the rest from the vendor's definition and documents."""

from __future__ import annotations

import copy
import json
from email.parser import BytesParser
from email.policy import HTTP as MIME
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ai_sdk.errors import (
    AISDKError,
    APIError,
    AuthenticationError,
    BadRequestError,
    ContextLengthError,
    InvalidRequestError,
    InvalidResponseError,
    MissingAPIKeyError,
    NotFoundError,
    OverloadedError,
    PermissionDeniedError,
    QuotaExceededError,
    RateLimitError,
    ServerError,
    UnsupportedError,
)
from ai_sdk.http import HTTPRequest
from ai_sdk.parts import AudioDelta
from ai_sdk.providers.elevenlabs import create_elevenlabs, elevenlabs
from ai_sdk.providers.elevenlabs.speech import DEFAULT_VOICE
from ai_sdk.providers.elevenlabs.transcription import decode_transcript
from ai_sdk.requests import SpeechRequest, TranscriptionRequest
from ai_sdk.results import CallWarning, Segment, TranscriptionResult, fold_transcription
from ai_sdk.testing.scripted_http import Answer, ScriptedHTTP

SPEAK = f"/v1/text-to-speech/{DEFAULT_VOICE}"
LISTEN = "POST /v1/speech-to-text"
FLASH = elevenlabs.speech("eleven_flash_v2_5")
SCRIBE = elevenlabs.transcription("scribe_v2")


def speak(model: str = "eleven_flash_v2_5", **fields: Any) -> tuple[str, dict[str, Any], list[str]]:
    options = fields.pop("options", {})
    request = SpeechRequest(text="Hi", provider_options={"elevenlabs": options}, **fields)
    path, body, warnings = elevenlabs.speech(model).encode(request)
    return path, body, [each.feature for each in warnings]


def listen(**fields: Any) -> tuple[str, list[tuple[str, str]], list[str]]:
    options = fields.pop("options", {})
    values: dict[str, Any] = {"audio": b"RIFF", "provider_options": {"elevenlabs": options}, **fields}
    request = TranscriptionRequest(**values)
    path, form, warnings = SCRIBE.encode(request)
    return path, form, [each.feature for each in warnings]


def form_of(request: HTTPRequest) -> dict[str, list[tuple[str | None, bytes]]]:
    head = b"Content-Type: " + request.headers["content-type"].encode() + b"\r\n\r\n"
    fields: dict[str, list[tuple[str | None, bytes]]] = {}
    for part in BytesParser(policy=MIME).parsebytes(head + request.body).iter_parts():
        name = str(part.get_param("name", header="content-disposition"))
        fields.setdefault(name, []).append((part.get_filename(), bytes(part.get_payload(decode=True))))
    return fields


def word(text: str, start: float, end: float, speaker: str | None = None, kind: str = "word") -> dict[str, Any]:
    return {"text": text, "start": start, "end": end, "type": kind, "speaker_id": speaker, "logprob": 0}


TALK: dict[str, Any] = {
    "language_code": "eng",
    "language_probability": 0.98,
    "text": "Hi you. (laughs) Yes.",
    "words": [
        word("Hi", 0.1, 0.3, "speaker_0"),
        word(" ", 0.3, 0.4, "speaker_0", "spacing"),
        word("you.", 0.4, 0.6, "speaker_0"),
        word(" ", 0.6, 0.9, "speaker_0", "spacing"),
        word("(laughs)", 0.9, 1.2, "speaker_1", "audio_event"),
        word(" ", 1.2, 1.3, "speaker_1", "spacing"),
        word("Yes.", 1.3, 1.6, "speaker_1"),
    ],
    "transcription_id": "t1",
    "audio_duration_secs": 2.5,
}


def fold(data: Any) -> TranscriptionResult:
    return fold_transcription(decode_transcript(data, "elevenlabs"))


class TestSpeech:
    def test_a_plain_request(self) -> None:
        assert speak() == (SPEAK, {"text": "Hi", "model_id": "eleven_flash_v2_5"}, [])

    def test_the_voice_is_in_the_path_and_cannot_leave_it(self) -> None:
        assert speak(voice="JBF")[0] == "/v1/text-to-speech/JBF"
        assert speak(voice="../a?b", stream=True)[0] == "/v1/text-to-speech/..%2Fa%3Fb/stream"

    @pytest.mark.parametrize(
        ("asked", "sent"),
        [
            ("mp3", "mp3_44100_128"),
            ("pcm", "pcm_24000"),
            ("wav", "wav_24000"),
            ("opus", "opus_48000_128"),
            ("ulaw", "ulaw_8000"),
            ("mulaw", "ulaw_8000"),
            ("alaw", "alaw_8000"),
            ("mp3_22050_32", "mp3_22050_32"),
            ("pcm_16000", "pcm_16000"),
        ],
    )
    def test_words_for_formats(self, asked: str, sent: str) -> None:
        path, _, lost = speak(output_format=asked)
        assert (path, lost) == (f"{SPEAK}?output_format={sent}", [])

    @pytest.mark.parametrize("asked", ["flac", "aac", "nonsense"])
    def test_a_format_that_there_is_not(self, asked: str) -> None:
        path, _, lost = speak(output_format=asked)
        assert (path, lost) == (SPEAK, ["output_format"])

    def test_what_is_in_the_query_and_what_is_in_the_body(self) -> None:
        options = {"enable_logging": False, "optimize_streaming_latency": 2, "seed": 7, "previous_text": "Well,"}
        path, body, _ = speak(options={**options, "next_text": "!", "output_format": "mp3_44100_64", "new": [1]})
        assert path == f"{SPEAK}?output_format=mp3_44100_64&enable_logging=false&optimize_streaming_latency=2"
        sent = {"text": "Hi", "model_id": "eleven_flash_v2_5", "seed": 7, "previous_text": "Well,", "next_text": "!"}
        assert body == {**sent, "new": (1,)}

    def test_speed_is_a_setting_of_the_voice(self) -> None:
        assert speak(speed=1.1)[1]["voice_settings"] == {"speed": 1.1}
        settings = {"voice_settings": {"stability": 0.3, "speed": 0.9}}
        assert speak(speed=1.1, options=settings)[1]["voice_settings"] == {"stability": 0.3, "speed": 0.9}

    def test_the_language_goes_where_it_is_taken(self) -> None:
        _, body, lost = speak(language="de")
        assert (body["language_code"], lost) == ("de", [])
        _, body, lost = speak("eleven_multilingual_v2", language="de")
        assert ("language_code" in body, lost) == (False, ["language"])

    def test_instructions_are_left_out(self) -> None:
        assert speak(instructions="whisper")[2] == ["instructions"]

    def test_empty_text_is_refused(self) -> None:
        with pytest.raises(InvalidRequestError, match="text is empty") as caught:
            FLASH.encode(SpeechRequest(text="  "))
        assert caught.value.field == "text"

    async def test_whole_audio(self) -> None:
        http = ScriptedHTTP({f"POST {SPEAK}": Answer(b"ID3mp3", headers={"content-type": "audio/mpeg"})})
        model = create_elevenlabs(api_key="k", http=http).speech("eleven_v3")
        result = await (await model(SpeechRequest(text="Hi", instructions="low"))).result()
        assert (result.audio, result.media_type) == (b"ID3mp3", "audio/mpeg")
        assert [each.feature for each in result.warnings] == ["instructions"]
        assert json.loads(http.requests[0].body) == {"text": "Hi", "model_id": "eleven_v3"}

    @pytest.mark.parametrize(
        ("asked", "kind"),
        [
            (None, "audio/mpeg"),
            ("pcm", "audio/pcm"),
            ("wav", "audio/wav"),
            ("opus", "audio/ogg"),
            ("ulaw", "audio/basic"),
        ],
    )
    async def test_the_media_type_when_the_answer_names_none(self, asked: str | None, kind: str) -> None:
        http = ScriptedHTTP({f"POST {SPEAK}": Answer(b"\0\1\2\3")})
        model = create_elevenlabs(api_key="k", http=http).speech("eleven_v3")
        assert (await (await model(SpeechRequest(text="Hi", output_format=asked))).result()).media_type == kind

    async def test_streamed_audio_comes_in_pieces_and_the_wire_is_released(self) -> None:
        answer = Answer(b"", pieces=(b"ID3", b"", b"abc"), headers={"content-type": "audio/mpeg"})
        http = ScriptedHTTP({f"POST {SPEAK}/stream": answer})
        model = create_elevenlabs(api_key="k", http=http).speech("eleven_v3")
        async with await model(SpeechRequest(text="Hi", stream=True)) as response:
            pieces = [part.data async for part in response if isinstance(part, AudioDelta)]
        assert pieces == [b"ID3", b"abc"]
        async with await model(SpeechRequest(text="Hi", stream=True)):
            pass
        assert all(stream.ending is not None for stream in http.streams)


class TestTranscription:
    def test_a_plain_form(self) -> None:
        assert listen() == ("/v1/speech-to-text", [("model_id", "scribe_v2")], [])

    def test_settings_and_options(self) -> None:
        options = {
            "diarize": True,
            "num_speakers": 2,
            "keyterms": ["Ada", "Bob"],
            "additional_formats": [{"format": "srt"}],
        }
        path, form, lost = listen(
            language="en", temperature=0.5, options={**options, "enable_logging": False, "x": None}
        )
        assert path == "/v1/speech-to-text?enable_logging=false"
        assert form == [
            ("model_id", "scribe_v2"),
            ("language_code", "en"),
            ("temperature", "0.5"),
            ("diarize", "true"),
            ("num_speakers", "2"),
            ("keyterms", "Ada"),
            ("keyterms", "Bob"),
            ("additional_formats", '[{"format":"srt"}]'),
        ]
        assert lost == []

    def test_what_it_lacks(self) -> None:
        assert listen(prompt="names", stream=True)[2] == ["prompt", "stream"]

    def test_empty_audio_is_refused_unless_it_is_elsewhere(self) -> None:
        with pytest.raises(InvalidRequestError, match="audio is empty") as caught:
            listen(audio=b"")
        assert caught.value.field == "audio"
        assert ("source_url", "https://a.example/b.mp3") in listen(
            audio=b"", options={"source_url": "https://a.example/b.mp3"}
        )[1]

    async def test_the_form_has_the_file_and_each_option_once(self) -> None:
        http = ScriptedHTTP({LISTEN: Answer(TALK)})
        model = create_elevenlabs(api_key="k", http=http).transcription("scribe_v1")
        options = {"elevenlabs": {"diarize": True}}
        await (
            await model(TranscriptionRequest(audio=b"ID3", media_type="audio/mpeg", provider_options=options))
        ).result()
        assert form_of(http.requests[0]) == {
            "model_id": [(None, b"scribe_v1")],
            "diarize": [(None, b"true")],
            "file": [("audio.mp3", b"ID3")],
        }

    async def test_a_file_that_is_elsewhere_is_not_sent(self) -> None:
        http = ScriptedHTTP({LISTEN: Answer(TALK)})
        model = create_elevenlabs(api_key="k", http=http).transcription("scribe_v2")
        options = {"elevenlabs": {"source_url": "https://a.example/b.mp3"}}
        await (await model(TranscriptionRequest(audio=b"ID3", provider_options=options))).result()
        assert form_of(http.requests[0]).keys() == {"model_id", "source_url"}

    async def test_a_transcript_through_the_model(self) -> None:
        http = ScriptedHTTP({LISTEN: Answer(TALK, headers={"request-id": "r1"})})
        model = create_elevenlabs(api_key="k", http=http).transcription("scribe_v2")
        result = await (await model(TranscriptionRequest(audio=b"ID3", stream=True))).result()
        assert result.text == TALK["text"]
        assert (result.response.id, result.response.headers["request-id"]) == ("t1", "r1")
        assert result.warnings == (
            CallWarning("unsupported", "stream", "scribe_v2 gives its transcript only at the end; it was left out"),
        )

    def test_words_segments_language_and_duration(self) -> None:
        result = fold(TALK)
        assert result.words == (
            Segment("Hi", 0.1, 0.3, "speaker_0"),
            Segment("you.", 0.4, 0.6, "speaker_0"),
            Segment("(laughs)", 0.9, 1.2, "speaker_1"),
            Segment("Yes.", 1.3, 1.6, "speaker_1"),
        )
        assert result.segments == (
            Segment("Hi you.", 0.1, 0.6, "speaker_0"),
            Segment("(laughs) Yes.", 0.9, 1.6, "speaker_1"),
        )
        assert (result.language, result.duration) == ("eng", 2.5)
        assert result.provider_metadata == {"elevenlabs": {"language_probability": 0.98, "transcription_id": "t1"}}

    def test_a_segment_is_a_sentence(self) -> None:
        texts = ["...", " ", "well,", " ", "so.", " ", "Really?)", " ", "Mm..", " ", "ok"]
        words = [word(text, at, at + 0.5, None, "spacing" if text == " " else "word") for at, text in enumerate(texts)]
        result = fold({"text": "".join(texts), "words": [word(" ", 0, 0, None, "spacing"), *words]})
        assert result.segments == (
            Segment("... well, so.", 0.0, 4.5),
            Segment("Really?)", 6.0, 6.5),
            Segment("Mm.. ok", 8.0, 10.5),
        )

    def test_without_words_and_without_speakers(self) -> None:
        result = fold({"text": "Hi", "language_code": None})
        assert (result.text, result.words, result.segments, result.language) == ("Hi", (), (), None)
        assert fold({"text": "Hi", "words": [word("Hi", 0, 1)]}).segments == (Segment("Hi", 0.0, 1.0),)
        assert fold({"text": "", "words": []}).text == ""

    def test_channels_are_one_transcript_in_the_order_of_time(self) -> None:
        one = {"text": "Hi.", "language_code": "eng", "words": [word("Hi.", 1.0, 1.2)], "channel_index": 0}
        two = {"text": "Ho.", "language_code": "eng", "words": [word("Ho.", 0.5, 0.7)], "channel_index": 1}
        result = fold({"transcripts": [one, two], "transcription_id": "t2"})
        assert result.text == "Hi.\nHo."
        assert (
            result.words
            == result.segments
            == (Segment("Ho.", 0.5, 0.7, "channel_1"), Segment("Hi.", 1.0, 1.2, "channel_0"))
        )
        assert (result.response.id, result.language) == ("t2", "eng")

    def test_a_transcript_that_goes_to_a_webhook_is_empty_here(self) -> None:
        result = fold({"message": "accepted", "request_id": "r2", "transcription_id": "t3"})
        assert (result.text, result.response.id) == ("", "t3")
        assert result.provider_metadata["elevenlabs"]["message"] == "accepted"

    @pytest.mark.parametrize(
        "data",
        [
            None,
            [],
            1,
            "text",
            {},
            {"text": 1},
            {"text": "a", "words": 1},
            {"text": "a", "words": [1]},
            {"transcripts": []},
        ],
    )
    def test_what_is_no_transcript(self, data: Any) -> None:
        with pytest.raises(InvalidResponseError, match="not a transcript"):
            fold(data)

    @given(st.data())
    def test_whatever_is_changed_in_a_transcript_the_errors_are_ours(self, data: st.DataObject) -> None:
        changed = copy.deepcopy(TALK)
        place: Any = changed if data.draw(st.booleans()) else data.draw(st.sampled_from(changed["words"]))
        junk = st.recursive(
            st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=3),
            lambda inner: st.lists(inner, max_size=2) | st.dictionaries(st.text(max_size=3), inner, max_size=2),
            max_leaves=4,
        )
        place[data.draw(st.sampled_from(sorted(place)))] = data.draw(junk | st.just(10**400))
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
                {"detail": {"status": "invalid_api_key", "message": "Invalid API key"}},
                AuthenticationError,
                "Invalid API key",
                "invalid_api_key",
            ),
            (
                401,
                {"detail": {"status": "quota_exceeded", "message": "No credits"}},
                QuotaExceededError,
                "No credits",
                "quota_exceeded",
            ),
            (
                401,
                {"detail": {"status": "missing_permissions", "message": "No"}},
                PermissionDeniedError,
                "No",
                "missing_permissions",
            ),
            (
                400,
                {"detail": {"status": "voice_not_found", "message": "No voice"}},
                NotFoundError,
                "No voice",
                "voice_not_found",
            ),
            (
                400,
                {"detail": {"status": "max_character_limit_exceeded", "message": "Too long"}},
                ContextLengthError,
                "Too long",
                "max_character_limit_exceeded",
            ),
            (429, {"detail": {"status": "system_busy", "message": "Busy"}}, OverloadedError, "Busy", "system_busy"),
            (
                429,
                {"detail": {"status": "too_many_concurrent_requests", "message": "Slow"}},
                RateLimitError,
                "Slow",
                "too_many_concurrent_requests",
            ),
            (
                422,
                {"detail": [{"loc": ["body", "text"], "msg": "Field required", "type": "missing"}]},
                BadRequestError,
                "body.text: Field required",
                None,
            ),
            (404, {"detail": "Not Found"}, NotFoundError, "Not Found", None),
            (500, {"detail": {"message": 1}}, ServerError, "HTTP 500 Internal Server Error", None),
            (502, "down", ServerError, "down", None),
        ],
    )
    async def test_errors_by_status_and_code(
        self, status: int, body: Any, kind: type[APIError], message: str, code: str | None
    ) -> None:
        http = ScriptedHTTP({f"POST {SPEAK}": Answer(body, status), LISTEN: Answer(body, status)})
        provider = create_elevenlabs(api_key="k", http=http)
        for call in (
            provider.speech("m")(SpeechRequest(text="Hi")),
            provider.transcription("m")(TranscriptionRequest(audio=b"RIFF")),
        ):
            with pytest.raises(kind) as caught:
                await call
            error = caught.value
            assert (type(error), error.message, error.code, error.status) == (kind, message, code, status)
            assert error.retryable == (kind in (RateLimitError, OverloadedError, ServerError))

    async def test_the_newer_shape_and_a_stream_that_is_refused(self) -> None:
        detail = {
            "type": "validation_error",
            "code": "invalid_parameters",
            "message": "No such model",
            "param": "model_id",
        }
        http = ScriptedHTTP({f"POST {SPEAK}/stream": Answer({"detail": detail}, 400)})
        with pytest.raises(BadRequestError, match="No such model") as caught:
            await create_elevenlabs(api_key="k", http=http).speech("m")(SpeechRequest(text="Hi", stream=True))
        assert (caught.value.type, caught.value.code) == ("validation_error", "invalid_parameters")


class TestDoor:
    async def test_the_key_and_the_base_url(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv("ELEVENLABS_API_KEY", "from the environment")
        http = ScriptedHTTP({f"POST /proxy{SPEAK}": Answer(b"ID3")})
        provider = create_elevenlabs(base_url="https://example.com/proxy", headers={"X-Mine": "1"}, http=http)
        await provider.speech("m")(SpeechRequest(text="Hi"))
        sent = http.requests[0]
        assert sent.url == f"https://example.com/proxy{SPEAK}"
        assert (sent.headers["xi-api-key"], sent.headers["x-mine"]) == ("from the environment", "1")
        assert "authorization" not in sent.headers
        assert "environment" not in repr(provider) + repr(provider.speech("m"))

    async def test_without_a_key(self) -> None:
        with pytest.raises(MissingAPIKeyError, match="ELEVENLABS_API_KEY"):
            await create_elevenlabs(http=ScriptedHTTP({})).speech("m")(SpeechRequest(text="Hi"))

    def test_kinds(self) -> None:
        assert elevenlabs.kinds == ("speech", "transcription")
        assert elevenlabs.base_url == "https://api.elevenlabs.io"
        with pytest.raises(UnsupportedError, match="no language models"):
            elevenlabs("gpt")

    async def test_models(self) -> None:
        listed = [{"model_id": "eleven_v3", "name": "Eleven v3"}, {"name": "nameless"}, 3]
        http = ScriptedHTTP({"GET /v1/models": [Answer(listed), Answer({"models": []})]})
        provider = create_elevenlabs(api_key="k", http=http)
        (found,) = await provider.models()
        assert (found.id, found.raw["name"]) == ("eleven_v3", "Eleven v3")
        with pytest.raises(InvalidResponseError, match="not a list"):
            await provider.models()
