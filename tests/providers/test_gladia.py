"""Gladia: what goes out, what comes back, and the job in between. Bodies of answers are as recorded, or simulated."""

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
    PermissionDeniedError,
    RateLimitError,
    ServerError,
    UnsupportedError,
)
from ai_sdk.providers.gladia import create_gladia, gladia
from ai_sdk.providers.gladia._errors import read_gladia_error
from ai_sdk.providers.gladia.transcription import decode_transcript
from ai_sdk.results import Segment, fold_transcription
from ai_sdk.testing.scripted_http import Answer, ScriptedHTTP

ID = "45463597-20b7-4af7-b3b3-f5fb778203ab"
FILE = "https://api.gladia.io/file/6c09400e-23d2-4bd2-be55-96a5ececfa3b"
WORKING: dict[str, Any] = {
    "id": ID,
    "request_id": "G-45463597",
    "version": 2,
    "status": "processing",
    "created_at": "2026-01-01T00:00:00.000Z",
    "completed_at": None,
    "error_code": None,
    "kind": "pre-recorded",
    "result": None,
}
DONE: dict[str, Any] = {
    **WORKING,
    "status": "done",
    "completed_at": "2026-01-01T00:00:09.000Z",
    "file": {"id": "6c09400e", "filename": "audio.wav", "source": None, "audio_duration": 2.5, "number_of_channels": 1},
    "request_params": {"audio_url": FILE, "model": "solaria-1", "diarization": True},
    "result": {
        "metadata": {
            "audio_duration": 2.5,
            "number_of_distinct_channels": 1,
            "billing_time": 2.5,
            "transcription_time": 0.4,
        },
        "transcription": {
            "full_transcript": "Hello there. Hi.",
            "languages": ["en", "fr"],
            "utterances": [
                {
                    "text": " Hello there.",
                    "language": "en",
                    "start": 0.14,
                    "end": 1,
                    "confidence": 0.98,
                    "channel": 0,
                    "speaker": 0,
                    "words": [
                        {"word": "Hello", "start": 0.14, "end": 0.64, "confidence": 0.94},
                        {"word": " there.", "start": 0.76, "end": 1, "confidence": 1},
                    ],
                },
                {
                    "text": "Hi.",
                    "language": "fr",
                    "start": 1.5,
                    "end": 2.1,
                    "confidence": 0,
                    "channel": 0,
                    "speaker": 1,
                    "words": [{"word": " Hi.", "start": 1.5, "end": 2.1, "confidence": 0}],
                },
            ],
        },
        "summarization": {"success": True, "results": "A greeting."},
    },
}
POLLED = kit.Polled(
    create=create_gladia,
    model="solaria-1",
    before={
        "POST /v2/upload": {"audio_url": FILE, "audio_metadata": {"id": "6c09400e"}},
        "POST /v2/pre-recorded": {"id": ID, "result_url": f"https://evil.example/v2/pre-recorded/{ID}"},
    },
    status=f"GET /v2/pre-recorded/{ID}",
    working=WORKING,
    done=DONE,
    job=ID,
    key=("x-gladia-key", "the-key"),
    delete=f"DELETE /v2/pre-recorded/{ID}",
    text="Hello there. Hi.",
    after={},
)


@pytest.mark.parametrize(
    ("model_id", "fields", "body", "warnings"),
    [
        ("default", {}, {}, []),
        ("solaria-3", {"language": "de"}, {"model": "solaria-3", "language_config": {"languages": ["de"]}}, []),
        ("default", {"prompt": "Ada", "temperature": 0.5, "stream": True}, {}, ["prompt", "temperature", "stream"]),
        (
            "default",
            {"language": "de", "provider_options": {"gladia": {"language_config": {"languages": ()}, "x": True}}},
            {"language_config": {"languages": ()}, "x": True},
            [],
        ),
    ],
)
def test_a_request_is_encoded(model_id: str, fields: dict[str, Any], body: Any, warnings: list[str]) -> None:
    said, warned = create_gladia(api_key="k").transcription(model_id).encode(kit.request(**fields))
    assert (said, [each.feature for each in warned]) == (body, warnings)


async def test_no_audio_is_refused_before_any_call() -> None:
    http = ScriptedHTTP({})
    with pytest.raises(InvalidRequestError, match="audio is empty") as caught:
        await kit.ask(POLLED.model_of(http), audio=b"")
    assert caught.value.field == "audio"
    assert http.requests == []


@pytest.mark.parametrize(
    ("fields", "name", "kind"),
    [
        ({}, "audio.wav", "audio/wav"),
        ({"media_type": "audio/mpeg", "filename": "talk.mp3"}, "talk.mp3", "audio/mpeg"),
    ],
)
async def test_the_audio_goes_up_as_a_form_and_its_address_into_the_job(
    fields: dict[str, Any], name: str, kind: str
) -> None:
    http = ScriptedHTTP(POLLED.script([DONE], **{"POST /v2/pre-recorded": Answer({"id": ID}, status=201)}))
    await kit.ask(POLLED.model_of(http), provider_options={"gladia": {"diarization": True}}, **fields)
    upload, submit, look = http.requests
    assert kit.form_of(upload) == {"audio": (name, kind, kit.SPEECH)}
    assert json.loads(submit.body) == {"model": "solaria-1", "diarization": True, "audio_url": FILE}
    assert look.url == f"https://api.gladia.io/v2/pre-recorded/{ID}"


async def test_the_key_does_not_follow_the_address_of_a_result() -> None:
    http = ScriptedHTTP(POLLED.script([DONE]))
    await kit.ask(POLLED.model_of(http))
    assert {each.url.split("/")[2] for each in http.requests} == {"api.gladia.io"}


async def test_audio_that_has_an_address_is_not_uploaded() -> None:
    http = ScriptedHTTP(POLLED.script([DONE]))
    options = {"gladia": {"audio_url": "https://example.com/a.mp3"}}
    await kit.ask(POLLED.model_of(http), audio=b"", provider_options=options)
    assert http.routes == ["POST /v2/pre-recorded", POLLED.status]
    assert json.loads(http.requests[0].body)["audio_url"] == "https://example.com/a.mp3"


def test_a_transcript_is_decoded() -> None:
    result = fold_transcription(decode_transcript(DONE, "gladia"))
    assert result.text == "Hello there. Hi."
    assert result.segments == (Segment("Hello there.", 0.14, 1.0, "0"), Segment("Hi.", 1.5, 2.1, "1"))
    assert result.words == (
        Segment("Hello", 0.14, 0.64, "0"),
        Segment("there.", 0.76, 1.0, "0"),
        Segment("Hi.", 1.5, 2.1, "1"),
    )
    assert (result.language, result.duration) == ("en", 2.5)
    assert (result.response.id, result.response.model) == (ID, "solaria-1")
    metadata = result.provider_metadata["gladia"]
    assert set(metadata) == {"languages", "utterances", "metadata", "summarization"}
    assert metadata["utterances"][0]["words"][0]["confidence"] == 0.94
    assert metadata["metadata"]["billing_time"] == 2.5


def test_silence_is_an_empty_transcript() -> None:
    said: dict[str, Any] = {
        "id": ID,
        "result": {"metadata": None, "transcription": {"full_transcript": "", "utterances": []}},
    }
    result = fold_transcription(decode_transcript(said, "gladia"))
    assert (result.text, result.segments, result.words, result.language, result.duration) == ("", (), (), None, None)


@pytest.mark.parametrize(
    "wrong",
    [
        "null",
        "{}",
        '{"transcription": {}}',
        '{"transcription": {"full_transcript": 1}}',
        '{"transcription": {"full_transcript": "", "utterances": [{}]}}',
        '{"transcription": {"full_transcript": "", "utterances": [{"text": "", "words": [{"word": null}]}]}}',
    ],
)
async def test_what_is_no_transcript_is_refused(wrong: str) -> None:
    http = ScriptedHTTP(POLLED.script([{**DONE, "result": json.loads(wrong)}]))
    with pytest.raises(InvalidResponseError, match="not a transcript"):
        await kit.ask(POLLED.model_of(http))


def test_mutations_of_a_transcript_raise_only_our_errors() -> None:
    kit.check_mutations(lambda said: decode_transcript(said, "gladia"), DONE)


@pytest.mark.parametrize(
    ("status", "body", "message", "kind"),
    [
        (
            400,
            {"message": "Invalid parameter(s)", "validation_errors": ['Field "language" must be a string', "second"]},
            'Invalid parameter(s): Field "language" must be a string; second',
            BadRequestError,
        ),
        (401, {"message": "gladia key not found"}, "gladia key not found", AuthenticationError),
        (403, {"message": "Forbidden"}, "Forbidden", PermissionDeniedError),
        (404, {"message": "Not found"}, "Not found", NotFoundError),
        (422, {"message": ["one", "two"]}, "one; two", BadRequestError),
        (429, {"message": "Too many requests"}, "Too many requests", RateLimitError),
        (500, {"message": "Internal server error"}, "Internal server error", ServerError),
    ],
)
async def test_the_vendors_errors(status: int, body: dict[str, Any], message: str, kind: type[APIError]) -> None:
    said = {"timestamp": "2026-01-01", "path": "/v2/pre-recorded", "request_id": "G-1", "statusCode": status, **body}
    http = ScriptedHTTP(POLLED.script([DONE], **{"POST /v2/pre-recorded": Answer(said, status=status)}))
    with pytest.raises(kind) as caught:
        await kit.ask(POLLED.model_of(http))
    assert type(caught.value) is kind
    assert (caught.value.message, caught.value.status) == (message, status)
    assert caught.value.retryable == (kind in (RateLimitError, ServerError))


def test_an_error_of_another_shape_has_no_message() -> None:
    bodies: list[Any] = [None, [], "x", {"message": 5}, {"message": []}, {"statusCode": "x"}]
    for body in bodies:
        assert read_gladia_error(body) == (None, None, None, None)
    assert read_gladia_error({"statusCode": 503, "validation_errors": ["a"]}) == ("a", None, None, 503)


@pytest.mark.parametrize(
    ("code", "kind", "retryable"),
    [
        (400, BadRequestError, False),
        (403, PermissionDeniedError, False),
        (500, ServerError, True),
        (None, ServerError, True),
    ],
)
async def test_a_job_that_failed(code: int | None, kind: type[APIError], retryable: bool) -> None:
    failed = {**WORKING, "status": "error", "error_code": code, "file": None, "request_params": None}
    http = ScriptedHTTP(POLLED.script([WORKING, failed]))
    with pytest.raises(kind, match="the transcription failed with") as caught:
        await kit.ask(POLLED.model_of(http))
    assert type(caught.value) is kind
    assert (caught.value.status, caught.value.retryable, caught.value.job) == (code, retryable, ID)
    assert http.routes == ["POST /v2/upload", "POST /v2/pre-recorded", POLLED.status, POLLED.status]


async def test_success_after_several_looks() -> None:
    await kit.check_success(POLLED)


async def test_the_polling_of_the_call_wins() -> None:
    await kit.check_polling_of_the_call(POLLED)


async def test_timeout_deletes_the_job() -> None:
    await kit.check_timeout(POLLED, deletes=True)


async def test_a_hanging_look_ends_with_the_time() -> None:
    await kit.check_hanging_look(POLLED)


async def test_cancellation_deletes_the_job() -> None:
    await kit.check_cancellation(POLLED, deletes=True)


async def test_cancellation_when_deleting_fails() -> None:
    await kit.check_cancellation_while_calling_off_fails(POLLED)


async def test_cancellation_before_there_is_a_job() -> None:
    await kit.check_cancellation_before_the_job(POLLED)


async def test_trouble_while_polling_is_survived() -> None:
    await kit.check_transient(POLLED)


async def test_too_much_trouble_is_raised() -> None:
    await kit.check_too_much_trouble(POLLED)


async def test_junk_in_place_of_a_job() -> None:
    await kit.check_junk(POLLED)


async def test_the_door(monkeypatch: pytest.MonkeyPatch) -> None:
    assert gladia.kinds == ("transcription",)
    assert gladia.key_env == ("GLADIA_API_KEY",)
    assert repr(gladia.transcription()) == 'gladia.transcription("default")'
    with pytest.raises(MissingAPIKeyError, match="GLADIA_API_KEY"):
        await kit.ask(create_gladia(http=ScriptedHTTP({})).transcription())
    with pytest.raises(UnsupportedError, match="does not list its models"):
        await gladia.models()
    monkeypatch.setenv("GLADIA_API_KEY", "from-env")
    http = ScriptedHTTP(POLLED.script([DONE]))
    proxied = create_gladia(http=http, base_url="https://proxy.example/gladia/", headers={"x-a": "1"})
    with pytest.raises(LookupError, match="the script has no POST /gladia/v2/upload"):
        await kit.ask(proxied.transcription())
    await kit.ask(create_gladia(http=http, headers={"x-a": "1"}).transcription())
    assert {(each.headers["x-gladia-key"], each.headers["x-a"]) for each in http.requests} == {("from-env", "1")}
    assert "authorization" not in http.requests[-1].headers
