"""Rev AI: what goes out, what comes back, and the job in between. Bodies of answers are as recorded, or simulated."""

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
    QuotaExceededError,
    RateLimitError,
    ServerError,
    UnsupportedError,
)
from ai_sdk.providers.revai import create_revai, revai
from ai_sdk.providers.revai._errors import read_revai_error
from ai_sdk.providers.revai.transcription import decode_transcript
from ai_sdk.results import Segment, fold_transcription
from ai_sdk.testing.scripted_http import Answer, ScriptedHTTP

JOB: dict[str, Any] = {
    "id": "Umx5c6F7pH7r",
    "created_on": "2026-02-12T23:26:22.276Z",
    "completed_on": "2026-02-12T23:26:26.971Z",
    "name": "audio.wav",
    "status": "transcribed",
    "duration_seconds": 4.5,
    "type": "async",
    "language": "en",
}
WORKING: dict[str, Any] = {
    "id": "Umx5c6F7pH7r",
    "created_on": "2026-02-12T23:26:22.276Z",
    "name": "audio.wav",
    "status": "in_progress",
    "type": "async",
    "language": "en",
}
TRANSCRIPT: dict[str, Any] = {
    "monologues": [
        {
            "speaker": 0,
            "elements": [
                {"type": "text", "value": "Hello", "ts": 0.075, "end_ts": 0.425, "confidence": 0.96},
                {"type": "punct", "value": " "},
                {"type": "text", "value": "there", "ts": 0.5, "end_ts": 0.9, "confidence": 0.98},
                {"type": "punct", "value": "."},
            ],
        },
        {
            "speaker": 1,
            "elements": [
                {"type": "unknown", "value": "<laugh>"},
                {"type": "punct", "value": " "},
                {"type": "text", "value": "Hi", "ts": 1.5, "end_ts": 1.9, "confidence": 0.9},
                {"type": "punct", "value": "! "},
            ],
        },
    ]
}
TEXT = "Hello there. <laugh> Hi!"
POLLED = kit.Polled(
    create=create_revai,
    model="machine",
    before={"POST /speechtotext/v1/jobs": WORKING},
    status="GET /speechtotext/v1/jobs/Umx5c6F7pH7r",
    working=WORKING,
    done=JOB,
    job="Umx5c6F7pH7r",
    key=("authorization", "Bearer the-key"),
    delete="DELETE /speechtotext/v1/jobs/Umx5c6F7pH7r",
    text=TEXT,
    after={"GET /speechtotext/v1/jobs/Umx5c6F7pH7r/transcript": TRANSCRIPT},
)
JOBS, FETCH = POLLED.submitted[0], POLLED.fetched[0]


@pytest.mark.parametrize(
    ("fields", "body", "warnings"),
    [
        ({}, {"transcriber": "machine"}, []),
        ({"language": "de"}, {"transcriber": "machine", "language": "de"}, []),
        (
            {"prompt": "Ada", "temperature": 0.0, "stream": True},
            {"transcriber": "machine"},
            ["prompt", "temperature", "stream"],
        ),
        (
            {"language": "de", "provider_options": {"revai": {"language": "fr", "speakers_count": 2, "x": {"y": 1}}}},
            {"transcriber": "machine", "language": "fr", "speakers_count": 2, "x": {"y": 1}},
            [],
        ),
    ],
)
def test_a_request_is_encoded(fields: dict[str, Any], body: dict[str, Any], warnings: list[str]) -> None:
    said, warned = create_revai(api_key="k").transcription("machine").encode(kit.request(**fields))
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
        ({"media_type": "audio/mpeg"}, "audio.mp3", "audio/mpeg"),
        ({"media_type": "audio/flac", "filename": "talk.flac"}, "talk.flac", "audio/flac"),
    ],
)
async def test_the_job_is_a_form_of_media_and_options(fields: dict[str, Any], name: str, kind: str) -> None:
    http = ScriptedHTTP(POLLED.script([JOB]))
    await kit.ask(POLLED.model_of(http), language="en", **fields)
    form = kit.form_of(http.requests[0])
    assert set(form) == {"options", "media"}
    assert form["media"] == (name, kind, kit.SPEECH)
    assert json.loads(form["options"][2]) == {"transcriber": "machine", "language": "en"}
    assert form["options"][:2] == (None, None)


async def test_the_transcript_is_asked_for_as_json_also_against_the_headers_of_the_call() -> None:
    http = ScriptedHTTP(POLLED.script([JOB]))
    await kit.ask(POLLED.model_of(http), headers={"accept": "text/plain", "x-a": "1"})
    accepts = [each.headers["accept"] for each in http.requests]
    assert accepts == ["text/plain", "text/plain", "application/vnd.rev.transcript.v1.0+json"]
    assert http.requests[-1].headers["x-a"] == "1"


@pytest.mark.parametrize(
    "option", [("source_config", {"url": "https://example.com/a.mp3"}), ("media_url", "https://e")]
)
async def test_audio_that_has_an_address_is_not_uploaded(option: tuple[str, Any]) -> None:
    http = ScriptedHTTP(POLLED.script([JOB]))
    await kit.ask(POLLED.model_of(http), audio=b"", provider_options={"revai": dict([option])})
    assert http.requests[0].headers["content-type"] == "application/json"
    assert json.loads(http.requests[0].body) == {"transcriber": "machine", option[0]: option[1]}


def test_a_transcript_is_decoded() -> None:
    result = fold_transcription(decode_transcript(TRANSCRIPT, JOB, "revai"))
    assert result.text == TEXT
    assert result.segments == (Segment("Hello there.", 0.075, 0.9, "0"), Segment("<laugh> Hi!", 1.5, 1.9, "1"))
    assert result.words == (
        Segment("Hello", 0.075, 0.425, "0"),
        Segment("there", 0.5, 0.9, "0"),
        Segment("Hi", 1.5, 1.9, "1"),
    )
    assert (result.language, result.duration, result.response.id) == ("en", 4.5, "Umx5c6F7pH7r")
    metadata = result.provider_metadata["revai"]
    assert metadata["monologues"][0]["elements"][0]["confidence"] == 0.96
    assert metadata["job"]["completed_on"] == "2026-02-12T23:26:26.971Z"


def test_silence_is_an_empty_transcript() -> None:
    result = fold_transcription(decode_transcript({"monologues": [{"elements": []}]}, {}, "revai"))
    assert (result.text, result.segments, result.words, result.language) == ("", (), (), None)


@pytest.mark.parametrize(
    "wrong",
    [
        "null",
        "[]",
        "{}",
        '{"monologues": 1}',
        '{"monologues": [{}]}',
        '{"monologues": [{"elements": [{"type": "text"}]}]}',
    ],
)
def test_what_is_no_transcript_is_refused(wrong: str) -> None:
    with pytest.raises(InvalidResponseError, match="not a transcript"):
        decode_transcript(json.loads(wrong), JOB, "revai")


def test_mutations_of_a_transcript_raise_only_our_errors() -> None:
    kit.check_mutations(lambda said: decode_transcript(said, JOB, "revai"), TRANSCRIPT)
    kit.check_mutations(lambda said: decode_transcript(TRANSCRIPT, said, "revai"), JOB)


PROBLEM = {"type": "about:blank", "title": "Sorry"}


@pytest.mark.parametrize(
    ("status", "body", "message", "kind"),
    [
        (
            400,
            {
                "title": "Your request parameters didn't validate",
                "status": 400,
                "type": "https://www.rev.ai/api/v1/errors/invalid-parameters",
                "parameters": {"language": ["The value is not supported", "Try en"], "media": "missing"},
            },
            "Your request parameters didn't validate: language: The value is not supported Try en; media: missing",
            BadRequestError,
        ),
        (401, {"title": "Authorization has been denied for this request.", "status": 401},
         "Authorization has been denied for this request.", AuthenticationError),
        (
            403,
            {
                "title": "You do not have enough credits",
                "detail": "You have only 60 seconds remaining",
                "current_balance": 60,
                "type": "https://www.rev.ai/api/v1/errors/out-of-credit",
                "status": 403,
            },
            "You do not have enough credits: You have only 60 seconds remaining",
            QuotaExceededError,
        ),
        (403, PROBLEM, "Sorry", PermissionDeniedError),
        (404, PROBLEM, "Sorry", NotFoundError),
        (413, {**PROBLEM, "detail": "Sorry"}, "Sorry", BadRequestError),
        (429, PROBLEM, "Sorry", RateLimitError),
        (500, {"message": "An error has occurred."}, "An error has occurred.", ServerError),
    ],
)  # fmt: skip
async def test_the_vendors_errors(status: int, body: dict[str, Any], message: str, kind: type[APIError]) -> None:
    http = ScriptedHTTP(POLLED.script([JOB], **{JOBS: Answer(body, status=status)}))
    with pytest.raises(kind) as caught:
        await kit.ask(POLLED.model_of(http))
    assert type(caught.value) is kind
    assert (caught.value.message, caught.value.status) == (message, status)
    assert caught.value.retryable == (kind in (RateLimitError, ServerError))


def test_an_error_of_another_shape_has_no_message() -> None:
    bodies: list[Any] = [None, [], "x", {"title": 5}, {"parameters": None}, {"title": None, "status": "400"}]
    for body in bodies:
        assert read_revai_error(body).message is None
    assert read_revai_error({"status": 503}).status == 503
    assert read_revai_error({"status": 200, "parameters": {"a": [1]}}) == ("a: 1", None, None, None)


@pytest.mark.parametrize(
    ("failure", "kind"),
    [
        ("insufficient_balance", QuotaExceededError),
        ("invoicing_limit_exceeded", QuotaExceededError),
        ("internal_processing", ServerError),
        ("transcription", ServerError),
        ("download_failure", BadRequestError),
        ("duration_exceeded", BadRequestError),
        ("duration_too_short", BadRequestError),
        ("invalid_media", BadRequestError),
        ("empty_media", BadRequestError),
        ("unheard_of", BadRequestError),
        (None, ServerError),
    ],
)
async def test_a_job_that_failed(failure: str | None, kind: type[APIError]) -> None:
    failed = {**WORKING, "status": "failed", "failure": failure, "failure_detail": "It is so."}
    http = ScriptedHTTP(POLLED.script([WORKING, failed]))
    with pytest.raises(kind, match="It is so") as caught:
        await kit.ask(POLLED.model_of(http, delete_abandoned=True))
    assert type(caught.value) is kind
    assert caught.value.retryable == (kind is ServerError)
    assert (caught.value.job, caught.value.code) == (POLLED.job, failure)
    assert http.routes == [JOBS, POLLED.status, POLLED.status]


@pytest.mark.parametrize(
    ("said", "message"),
    [({"failure": "invalid_media"}, "invalid_media"), ({}, "the transcription failed without a reason")],
)
async def test_a_job_that_fails_when_it_is_submitted(said: dict[str, Any], message: str) -> None:
    http = ScriptedHTTP(POLLED.script([JOB], **{JOBS: Answer({**WORKING, "status": "failed", **said})}))
    with pytest.raises(APIError) as caught:
        await kit.ask(POLLED.model_of(http))
    assert (caught.value.message, caught.value.job) == (message, POLLED.job)
    assert http.routes == [JOBS]


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


async def test_trouble_when_the_transcript_is_fetched_makes_no_other_job() -> None:
    await kit.check_trouble_of_the_last_fetch(POLLED)


async def test_too_much_trouble_is_raised() -> None:
    await kit.check_too_much_trouble(POLLED)


async def test_junk_in_place_of_a_job() -> None:
    await kit.check_junk(POLLED)


async def test_the_door(monkeypatch: pytest.MonkeyPatch) -> None:
    assert revai.kinds == ("transcription",)
    assert revai.key_env == ("REVAI_API_KEY",)
    assert repr(revai.transcription("machine")) == 'revai.transcription("machine")'
    with pytest.raises(MissingAPIKeyError, match="REVAI_API_KEY"):
        await kit.ask(create_revai(http=ScriptedHTTP({})).transcription("machine"))
    with pytest.raises(UnsupportedError, match="does not list its models"):
        await revai.models()
    monkeypatch.setenv("REVAI_API_KEY", "from-env")
    http = ScriptedHTTP(POLLED.script([JOB]))
    eu = create_revai(http=http, base_url="https://ec1.api.rev.ai/", headers={"x-a": "1"})
    await kit.ask(eu.transcription("machine"))
    assert http.requests[-1].url == f"https://ec1.api.rev.ai{FETCH.removeprefix('GET ')}"
    assert {(each.headers["authorization"], each.headers["x-a"]) for each in http.requests} == {
        ("Bearer from-env", "1")
    }
