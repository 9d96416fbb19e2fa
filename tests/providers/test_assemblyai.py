"""AssemblyAI: what goes out, what comes back, and the job in between. Simulated from the vendor's documents."""

from __future__ import annotations

import json
from typing import Any

import polled_kit as kit
import pytest

from ai_sdk.errors import (
    APIError,
    AuthenticationError,
    BadRequestError,
    InvalidRequestError,
    InvalidResponseError,
    MissingAPIKeyError,
    NotFoundError,
    OverloadedError,
    QuotaExceededError,
    RateLimitError,
    ServerError,
    UnsupportedError,
)
from ai_sdk.providers.assemblyai import assemblyai, create_assemblyai
from ai_sdk.providers.assemblyai._errors import read_assemblyai_error
from ai_sdk.providers.assemblyai.transcription import decode_transcript
from ai_sdk.results import Segment, fold_transcription
from ai_sdk.testing.scripted_http import Answer, ScriptedHTTP

DONE: dict[str, Any] = {
    "id": "t1",
    "status": "completed",
    "text": "Hello there. Hi.",
    "language_code": "en_us",
    "language_confidence": 0.98,
    "audio_duration": 3,
    "confidence": 0.95,
    "speech_model_used": "universal-3-pro",
    "words": [
        {"text": "Hello", "start": 250, "end": 650, "confidence": 0.97, "speaker": "A"},
        {"text": "there.", "start": 730, "end": 1022, "confidence": 0.99, "speaker": "A"},
        {"text": "Hi.", "start": 1500, "end": 1999, "confidence": 0.9, "speaker": "B"},
    ],
    "utterances": [
        {"text": "Hello there.", "start": 250, "end": 1022, "confidence": 0.98, "speaker": "A", "words": []},
        {"text": "Hi.", "start": 1500, "end": 1999, "confidence": 0.9, "speaker": "B", "words": []},
    ],
    "entities": [{"entity_type": "person_name", "text": "Hi"}],
    "summary": None,
    "error": None,
    "webhook_auth": False,
}
POLLED = kit.Polled(
    create=create_assemblyai,
    model="universal-3-pro",
    before={
        "POST /v2/upload": {"upload_url": "https://cdn.assemblyai.com/upload/1"},
        "POST /v2/transcript": {"id": "t1", "status": "queued"},
    },
    status="GET /v2/transcript/t1",
    working={"id": "t1", "status": "processing"},
    done=DONE,
    job="t1",
    key=("authorization", "the-key"),
    delete="DELETE /v2/transcript/t1",
    text="Hello there. Hi.",
    after={},
)


def encode(model_id: str = "universal-3-pro", **fields: Any) -> tuple[dict[str, Any], list[str]]:
    model = create_assemblyai(api_key="k").transcription(model_id)
    body, warnings = model.encode(kit.request(**fields))
    return body, [each.feature for each in warnings]


@pytest.mark.parametrize(
    ("model_id", "fields", "body", "warnings"),
    [
        ("universal-3-pro", {}, {"speech_models": ["universal-3-pro"], "language_detection": True}, []),
        ("best", {}, {"speech_model": "best", "language_detection": True}, []),
        ("nano", {"language": "de"}, {"speech_model": "nano", "language_code": "de"}, []),
        (
            "universal-3-pro",
            {"prompt": "Say um.", "temperature": 0.2, "language": "en"},
            {"speech_models": ["universal-3-pro"], "language_code": "en", "prompt": "Say um.", "temperature": 0.2},
            [],
        ),
        (
            "universal-2",
            {"prompt": "Say um.", "temperature": 0.2, "language": "en", "stream": True},
            {"speech_models": ["universal-2"], "language_code": "en"},
            ["prompt", "temperature", "stream"],
        ),
    ],
)
def test_a_request_is_encoded(model_id: str, fields: dict[str, Any], body: Any, warnings: list[str]) -> None:
    assert encode(model_id, **fields) == (body, warnings)


def test_options_go_out_as_they_are_and_win() -> None:
    options = {"speech_models": ["a", "b"], "language_code": "fr", "speaker_labels": True, "new": {"x": [1]}}
    body, warnings = encode(language="en", provider_options={"assemblyai": options, "gladia": {"y": 1}})
    assert json.loads(json.dumps(body)) == options
    assert warnings == []


@pytest.mark.parametrize(
    "option", [("language_detection", False), ("language_code", "de"), ("language_codes", ("de",))]
)
def test_the_language_is_found_out_unless_an_option_speaks_of_it(option: tuple[str, Any]) -> None:
    body, _ = encode(provider_options={"assemblyai": dict([option])})
    assert body == {"speech_models": ["universal-3-pro"], option[0]: option[1]}


async def test_no_audio_is_refused_before_any_call() -> None:
    http = ScriptedHTTP({})
    with pytest.raises(InvalidRequestError, match="audio is empty") as caught:
        await kit.ask(POLLED.model_of(http), audio=b"")
    assert caught.value.field == "audio"
    assert http.requests == []


async def test_the_audio_goes_up_as_bytes_and_its_address_into_the_job() -> None:
    http = ScriptedHTTP(POLLED.script([DONE]))
    await kit.ask(POLLED.model_of(http), provider_options={"assemblyai": {"speaker_labels": True}})
    upload, submit, look = http.requests
    assert upload.url == "https://api.assemblyai.com/v2/upload"
    assert upload.body == kit.SPEECH
    assert upload.headers["content-type"] == "application/octet-stream"
    assert json.loads(submit.body) == {
        "speech_models": ["universal-3-pro"],
        "language_detection": True,
        "speaker_labels": True,
        "audio_url": "https://cdn.assemblyai.com/upload/1",
    }
    assert look.body == b""


async def test_audio_that_has_an_address_is_not_uploaded() -> None:
    http = ScriptedHTTP(POLLED.script([DONE]))
    options = {"assemblyai": {"audio_url": "https://example.com/a.mp3"}}
    await kit.ask(POLLED.model_of(http), audio=b"", provider_options=options)
    assert http.routes == ["POST /v2/transcript", "GET /v2/transcript/t1"]
    assert json.loads(http.requests[0].body)["audio_url"] == "https://example.com/a.mp3"


def test_a_transcript_is_decoded_in_seconds() -> None:
    result = fold_transcription(decode_transcript(DONE, "assemblyai"))
    assert result.text == "Hello there. Hi."
    assert result.segments == (Segment("Hello there.", 0.25, 1.022, "A"), Segment("Hi.", 1.5, 1.999, "B"))
    assert result.words == (
        Segment("Hello", 0.25, 0.65, "A"),
        Segment("there.", 0.73, 1.022, "A"),
        Segment("Hi.", 1.5, 1.999, "B"),
    )
    assert (result.language, result.duration) == ("en_us", 3.0)
    assert (result.response.id, result.response.model) == ("t1", "universal-3-pro")
    metadata = result.provider_metadata["assemblyai"]
    assert set(metadata) == {"confidence", "language_confidence", "speech_model_used", "words", "entities"}
    assert metadata["words"][0]["confidence"] == 0.97


def test_channels_stand_for_speakers() -> None:
    said = {**DONE, "words": [], "utterances": [{"text": "Hi", "start": 0, "end": None, "channel": 2}]}
    result = fold_transcription(decode_transcript(said, "assemblyai"))
    assert result.segments == (Segment("Hi", 0.0, None, "2"),)


def test_silence_is_an_empty_transcript() -> None:
    result = fold_transcription(decode_transcript({"id": "t1", "status": "completed", "text": None}, "assemblyai"))
    assert (result.text, result.segments, result.words, result.duration) == ("", (), (), None)
    assert result.provider_metadata == {}


@pytest.mark.parametrize(
    "wrong", ['{"text": 5}', '{"words": 5}', '{"words": [{}]}', '{"utterances": [{"text": null}]}']
)
def test_what_is_no_transcript_is_refused(wrong: str) -> None:
    with pytest.raises(InvalidResponseError, match="not a transcript"):
        decode_transcript({**DONE, **json.loads(wrong)}, "assemblyai")


def test_mutations_of_a_transcript_raise_only_our_errors() -> None:
    kit.check_mutations(lambda said: decode_transcript(said, "assemblyai"), DONE)


@pytest.mark.parametrize(
    ("status", "message", "kind", "retryable"),
    [
        (400, "format_text must be a Boolean", BadRequestError, False),
        (400, "Your current account balance is negative. Please top up to continue.", QuotaExceededError, False),
        (401, "Authentication error, API token missing/invalid.", AuthenticationError, False),
        (404, "Not found", NotFoundError, False),
        (429, "Too many requests", RateLimitError, True),
        (500, "Server error, developers have been alerted.", ServerError, True),
        (503, "Service unavailable", OverloadedError, True),
    ],
)
async def test_the_vendors_errors(status: int, message: str, kind: type[APIError], retryable: bool) -> None:
    http = ScriptedHTTP(POLLED.script([DONE], **{"POST /v2/transcript": Answer({"error": message}, status=status)}))
    with pytest.raises(kind) as caught:
        await kit.ask(POLLED.model_of(http))
    assert type(caught.value) is kind
    assert (caught.value.message, caught.value.retryable) == (message, retryable)
    assert (caught.value.status, caught.value.provider) == (status, "assemblyai")


@pytest.mark.parametrize("body", [None, [], "x", {"error": {"message": "nested"}}, {"error": ""}, {"message": 1}])
def test_an_error_of_another_shape_has_no_message(body: Any) -> None:
    assert read_assemblyai_error(body).message is None


@pytest.mark.parametrize(
    ("message", "kind"),
    [
        ("Audio duration is too short.", BadRequestError),
        ("File does not appear to contain audio. File type is text/html.", BadRequestError),
        ("Internal server error. Please resubmit the file.", ServerError),
        ("Your current account balance is negative.", QuotaExceededError),
        (None, BadRequestError),
    ],
)
async def test_a_job_that_failed(message: str | None, kind: type[APIError]) -> None:
    http = ScriptedHTTP(POLLED.script([POLLED.working, {"id": "t1", "status": "error", "error": message}]))
    with pytest.raises(kind) as caught:
        await kit.ask(POLLED.model_of(http, delete_abandoned=True))
    assert type(caught.value) is kind
    assert caught.value.job == "t1"
    assert caught.value.message == (message or "the transcription failed without a message")
    assert caught.value.body["status"] == "error"
    assert POLLED.delete not in http.routes


async def test_a_job_that_fails_when_it_is_submitted() -> None:
    failed = Answer({"id": "t1", "status": "error", "error": "Audio duration is too short."})
    http = ScriptedHTTP(POLLED.script([DONE], **{"POST /v2/transcript": failed}))
    with pytest.raises(BadRequestError, match="too short") as caught:
        await kit.ask(POLLED.model_of(http))
    assert caught.value.job == "t1"
    assert POLLED.status not in http.routes


async def test_success_after_several_looks() -> None:
    await kit.check_success(POLLED)


async def test_the_polling_of_the_call_wins() -> None:
    await kit.check_polling_of_the_call(POLLED)


@pytest.mark.parametrize("deletes", [True, False])
async def test_timeout(deletes: bool) -> None:
    await kit.check_timeout(POLLED, deletes=deletes, delete_abandoned=deletes)


async def test_a_hanging_look_ends_with_the_time() -> None:
    await kit.check_hanging_look(POLLED)


@pytest.mark.parametrize("deletes", [True, False])
async def test_cancellation(deletes: bool) -> None:
    await kit.check_cancellation(POLLED, deletes=deletes, delete_abandoned=deletes)


async def test_cancellation_when_deleting_fails() -> None:
    await kit.check_cancellation_while_calling_off_fails(POLLED, delete_abandoned=True)


async def test_cancellation_before_there_is_a_job() -> None:
    await kit.check_cancellation_before_the_job(POLLED)


async def test_trouble_while_polling_is_survived() -> None:
    await kit.check_transient(POLLED)


async def test_too_much_trouble_is_raised() -> None:
    await kit.check_too_much_trouble(POLLED)


async def test_junk_in_place_of_a_job() -> None:
    await kit.check_junk(POLLED)


async def test_a_new_word_for_the_state_of_a_job_is_waited_for() -> None:
    http = ScriptedHTTP(POLLED.script([{"id": "t1", "status": "throttled"}, DONE]))
    assert (await kit.ask(POLLED.model_of(http))).text == POLLED.text


async def test_the_id_of_a_job_cannot_lead_elsewhere() -> None:
    http = ScriptedHTTP(
        POLLED.script(
            [DONE],
            **{
                "POST /v2/transcript": Answer({"id": "../a?b", "status": "queued"}),
                "GET /v2/transcript/..%2Fa%3Fb": Answer(DONE),
            },
        )
    )
    await kit.ask(POLLED.model_of(http))
    assert http.routes[-1] == "GET /v2/transcript/..%2Fa%3Fb"


async def test_the_door(monkeypatch: pytest.MonkeyPatch) -> None:
    assert assemblyai.kinds == ("transcription",)
    assert assemblyai.key_env == ("ASSEMBLYAI_API_KEY",)
    assert repr(assemblyai.transcription("best")) == 'assemblyai.transcription("best")'
    with pytest.raises(MissingAPIKeyError, match="ASSEMBLYAI_API_KEY"):
        await kit.ask(create_assemblyai(http=ScriptedHTTP({})).transcription("best"))
    with pytest.raises(UnsupportedError, match="does not list its models"):
        await assemblyai.models()
    monkeypatch.setenv("ASSEMBLYAI_API_KEY", "from-env")
    http = ScriptedHTTP(POLLED.script([DONE]))
    eu = create_assemblyai(http=http, base_url="https://api.eu.assemblyai.com/", headers={"x-a": "1"})
    await kit.ask(eu.transcription("best"))
    assert [each.url for each in http.requests][-1] == "https://api.eu.assemblyai.com/v2/transcript/t1"
    assert {(each.headers["authorization"], each.headers["x-a"]) for each in http.requests} == {("from-env", "1")}
