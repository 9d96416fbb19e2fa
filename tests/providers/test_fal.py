"""fal's queue, door and errors. One answer of the queue was recorded; the other shapes are of vendor documents."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Sequence
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ai_sdk.call import record_call
from ai_sdk.errors import (
    AISDKError,
    APIConnectionError,
    APIError,
    APITimeoutError,
    AuthenticationError,
    BadRequestError,
    ContentFilterError,
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
from ai_sdk.polling import Pending, Polling, Progress
from ai_sdk.providers.fal import Fal, create_fal, fal
from ai_sdk.providers.fal._endpoint import app_of, path_of
from ai_sdk.providers.fal._queue import decode_job, pending_of
from ai_sdk.requests import ImageRequest, SpeechRequest, TranscriptionRequest, VideoRequest
from ai_sdk.testing import Answer, ScriptedHTTP

KEY = "id-1:secret-of-fal"
PNG = b"\x89PNG\r\n\x1a\n0000"
APP = "/fal-ai/flux"
SUBMIT, STATUS = f"POST {APP}/dev", f"GET {APP}/requests/r1/status"
RESULT, CANCEL = f"GET {APP}/requests/r1", f"PUT {APP}/requests/r1/cancel"
QUEUED = Answer({"status": "IN_QUEUE", "request_id": "r1", "queue_position": 2})
RUNNING = Answer({"status": "IN_PROGRESS", "logs": [{"message": "step 1"}, {"message": " step 2 \n"}]}, 202)
DONE = Answer({"status": "COMPLETED", "metrics": {"inference_time": 1.0}})
PICTURE = Answer({"images": [{"url": "https://v3.fal.media/a.png", "width": 8}], "seed": 7, "prompt": "a fox"})
FILE = Answer(PNG, headers={"content-type": "image/png"})
FOX = ImageRequest(prompt="a fox")


def http_of(
    status: Answer | Exception | Sequence[Answer | Exception] = DONE,
    result: Answer | Exception | Sequence[Answer | Exception] = PICTURE,
) -> ScriptedHTTP:
    return ScriptedHTTP(
        {
            SUBMIT: QUEUED,
            STATUS: status,
            RESULT: result,
            CANCEL: Answer({"status": "CANCELLATION_REQUESTED"}, 202),
            "GET /a.png": FILE,
        }
    )


def fal_at(http: ScriptedHTTP, **settings: Any) -> Fal:
    return create_fal(api_key=KEY, http=http, **settings)


def now() -> float:
    return asyncio.get_running_loop().time()


async def test_a_picture_after_several_looks() -> None:
    http = http_of([Answer({"status": "IN_QUEUE", "queue_position": 0}, 202), RUNNING, DONE])
    seen: list[Progress] = []
    began = now()
    with record_call(observers=(lambda _, kind, detail: seen.append(detail) if kind == "progress" else None,)):
        result = await fal_at(http).image("fal-ai/flux/dev")(FOX)
    assert now() - began == pytest.approx(0.5 + 0.75 + 1.125)
    assert http.routes == [SUBMIT, STATUS, STATUS, STATUS, RESULT, "GET /a.png"]
    assert [(each.job, each.status, each.message) for each in seen] == [
        ("r1", "IN_QUEUE", "position 2 in the queue"),
        ("r1", "IN_QUEUE", "position 0 in the queue"),
        ("r1", "IN_PROGRESS", "step 2"),
    ]
    assert (result.image.data, result.image.media_type, result.response.id) == (PNG, "image/png", "r1")
    assert result.provider_metadata["fal"] == {
        "seed": 7,
        "prompt": "a fox",
        "images": ({"width": 8},),
        "request_id": "r1",
    }


async def test_the_key_goes_to_the_queue_and_not_with_the_download() -> None:
    http = http_of()
    await fal_at(http, headers={"x-team": "a"}).image("fal-ai/flux/dev")(
        ImageRequest(prompt="a fox", headers={"x-fal-queue-priority": "low"})
    )
    *asked, download = http.requests
    assert {each.headers["authorization"] for each in asked} == {f"Key {KEY}"}
    assert {(each.headers["x-team"], each.headers["x-fal-queue-priority"]) for each in asked} == {("a", "low")}
    assert [each.url.partition("?")[0] for each in asked] == [
        "https://queue.fal.run/fal-ai/flux/dev",
        "https://queue.fal.run/fal-ai/flux/requests/r1/status",
        "https://queue.fal.run/fal-ai/flux/requests/r1",
    ]
    assert asked[1].url.endswith("/status?logs=1")
    assert download.url == "https://v3.fal.media/a.png"
    assert not {"authorization", "x-team"} & download.headers.keys()


async def test_a_direct_call_is_one_request() -> None:
    http = ScriptedHTTP({SUBMIT: Answer(PICTURE.body, headers={"x-fal-request-id": "d1"}), "GET /a.png": FILE})
    request = ImageRequest(prompt="a fox", provider_options={"fal": {"direct": True, "num_inference_steps": 4}})
    result = await fal_at(http).image("fal-ai/flux/dev")(request)
    asked = http.requests[0]
    assert asked.url == "https://fal.run/fal-ai/flux/dev"
    assert json.loads(asked.body) == {"prompt": "a fox", "num_inference_steps": 4}
    assert asked.headers["authorization"] == f"Key {KEY}"
    assert (result.image.data, result.response.id) == (PNG, "d1")


async def test_addresses_can_be_set() -> None:
    http = http_of()
    direct = ImageRequest(prompt="a fox", provider_options={"fal": {"direct": True}})
    with pytest.raises(AISDKError):
        await fal_at(http, base_url="http://localhost:8/").image("fal-ai/flux/dev")(direct)
    assert http.requests[0].url == "http://localhost:8/fal-ai/flux/dev"
    http = http_of()
    with pytest.raises(AISDKError):
        await fal_at(http, direct_url="http://localhost:9").image("fal-ai/flux/dev")(direct)
    assert http.requests[0].url == "http://localhost:9/fal-ai/flux/dev"
    assert fal_at(http, direct_url="http://localhost:9").base_url == "https://queue.fal.run"


@pytest.mark.parametrize(
    ("model_id", "path", "app"),
    [
        ("fal-ai/flux/dev", "/fal-ai/flux/dev", "/fal-ai/flux"),
        ("fal-ai/fast-sdxl", "/fal-ai/fast-sdxl", "/fal-ai/fast-sdxl"),
        ("/fal-ai/kling-video/v2/pro/", "/fal-ai/kling-video/v2/pro", "/fal-ai/kling-video"),
        ("workflows/me/mine/a", "/workflows/me/mine/a", "/workflows/me/mine"),
        ("comfy/me/mine", "/comfy/me/mine", "/comfy/me/mine"),
        ("wizper", "/fal-ai/wizper", "/fal-ai/wizper"),
        ("110602490-lora", "/110602490/lora", "/110602490/lora"),
        ("me/a b?c#d", "/me/a%20b%3Fc%23d", "/me/a%20b%3Fc%23d"),
    ],
)
def test_requests_of_a_model_are_under_owner_and_app(model_id: str, path: str, app: str) -> None:
    assert (path_of(model_id), app_of(path_of(model_id))) == (path, app)


@pytest.mark.parametrize("model_id", ["a//b", "a/../b", "./a"])
def test_a_strange_id_is_refused_when_the_model_is_made(model_id: str) -> None:
    with pytest.raises(InvalidRequestError, match="owner/app"):
        fal.image(model_id)


def test_urls_of_the_answer_are_taken_at_the_own_origin_alone() -> None:
    endpoint = create_fal(api_key=KEY).image("fal-ai/flux/dev").endpoint
    own = "https://queue.fal.run/x/requests/r1"
    said = {"request_id": "r1", "status_url": f"{own}/status?a=b", "response_url": own, "cancel_url": f"{own}/cancel"}
    job = decode_job(said, endpoint, APP)
    assert job[:4] == ("r1", f"{own}/status?a=b&logs=1", own, f"{own}/cancel")
    for other in (
        "https://evil.test/s",
        "http://queue.fal.run/s",
        "https://fal.run/s",
        "ftp://x",
        "https://[",
        7,
        None,
    ):
        job = decode_job({"request_id": "r 1", "status_url": other, "response_url": other}, endpoint, APP)
        assert job[1:3] == (f"{APP}/requests/r%201/status?logs=1", f"{APP}/requests/r%201")


@pytest.mark.parametrize(
    ("body", "status", "headers", "kind", "message", "retryable"),
    [
        (
            {"detail": [{"loc": ["body", "prompt"], "msg": "field required", "type": "value_error.missing"}]},
            422,
            {},
            BadRequestError,
            "body.prompt: field required",
            False,
        ),
        (
            {"detail": [{"loc": ["body"], "msg": "flagged", "type": "content_policy_violation"}]},
            422,
            {"x-fal-retryable": "false"},
            ContentFilterError,
            "body: flagged",
            False,
        ),
        ({"detail": "Cannot access application"}, 401, {}, AuthenticationError, "Cannot access application", False),
        (
            {"detail": "User is locked. Reason: Exhausted balance. Top up your balance"},
            403,
            {},
            QuotaExceededError,
            "User is locked. Reason: Exhausted balance. Top up your balance",
            False,
        ),
        ({"detail": "Application not found"}, 404, {}, NotFoundError, "Application not found", False),
        (
            {"detail": "Too many", "error_type": "concurrent"},
            429,
            {"retry-after": "3"},
            RateLimitError,
            "Too many",
            True,
        ),
        (
            {"detail": "Request timed out", "error_type": "request_timeout"},
            504,
            {"x-fal-retryable": "false"},
            ServerError,
            "Request timed out",
            False,
        ),
        (
            {"detail": "no runner", "error_type": "runner_scheduling_failure"},
            503,
            {},
            OverloadedError,
            "no runner",
            True,
        ),
        ({"message": "odd"}, 400, {}, BadRequestError, "odd", False),
        ({"error": {"message": "gateway", "code": 7}}, 502, {}, ServerError, "gateway", True),
        ({"detail": ["plain", {"type": "t"}]}, 400, {}, BadRequestError, "plain; t", False),
        ([{"message": "in a list"}], 400, {}, BadRequestError, "in a list", False),
    ],
)
async def test_errors(
    body: Any, status: int, headers: dict[str, str], kind: type[APIError], message: str, retryable: bool
) -> None:
    http = ScriptedHTTP({SUBMIT: Answer(body, status, headers)})
    with pytest.raises(APIError) as caught:
        await fal_at(http).image("fal-ai/flux/dev")(FOX)
    error = caught.value
    assert (type(error), error.message, error.retryable, error.status) == (kind, message, retryable, status)
    assert error.retry_after == (3 if "retry-after" in headers else None)
    assert (error.provider, error.model, error.job) == ("fal", "fal-ai/flux/dev", None)


async def test_a_job_that_failed_is_the_error_of_its_result_and_is_not_asked_again() -> None:
    said = {"detail": [{"loc": ["body", "image_url"], "msg": "too large", "type": "image_too_large"}]}
    failed = Answer({"status": "COMPLETED", "error": "Unprocessable", "error_type": "x"})
    http = http_of([RUNNING, failed], Answer(said, 422))
    with pytest.raises(BadRequestError, match="image_url: too large") as caught:
        await fal_at(http).image("fal-ai/flux/dev")(FOX)
    assert (caught.value.job, caught.value.type) == ("r1", "image_too_large")
    assert http.routes == [SUBMIT, STATUS, STATUS, RESULT]


@pytest.mark.parametrize(
    ("status", "result", "kind", "retryable"),
    [
        (DONE, Answer({"detail": "gone", "error_type": "runner_disconnected"}, 503), OverloadedError, True),
        (DONE, Answer({"detail": [{"loc": [], "msg": "boom", "type": "internal"}]}, 500), ServerError, True),
        (Answer({"status": "COMPLETED", "error": "boom"}), Answer(b"<html>", 500), ServerError, True),
        (Answer({"status": "COMPLETED", "error": "boom"}), PICTURE, ServerError, True),
        (Answer({"status": "FAILED", "error": "boom"}), PICTURE, ServerError, True),
    ],
)
async def test_the_failure_of_a_job_is_raised_at_once_though_a_new_job_might_do(
    status: Answer, result: Answer, kind: type[APIError], retryable: bool
) -> None:
    http = http_of(status, result)
    with pytest.raises(APIError) as caught:
        await fal_at(http).image("fal-ai/flux/dev")(FOX)
    assert (type(caught.value), caught.value.retryable, caught.value.job) == (kind, retryable, "r1")
    assert http.routes.count(STATUS) == 1
    assert CANCEL not in http.routes


async def test_a_result_that_is_not_there_yet_is_waited_for() -> None:
    early = Answer({"detail": "Request is still in progress"}, 400)
    http = http_of(DONE, [early, PICTURE])
    assert (await fal_at(http).image("fal-ai/flux/dev")(FOX)).image.data == PNG
    assert http.routes.count(RESULT) == 2


@pytest.mark.parametrize(
    "trouble",
    [
        Answer({"detail": "slow down"}, 429, {"retry-after": "4"}),
        Answer(b"<html>bad gateway</html>", 502),
        Answer(b"not json"),
        APIConnectionError("reset"),
    ],
)
async def test_trouble_while_looking_is_survived(trouble: Answer | Exception) -> None:
    http = http_of([trouble, DONE], [Answer(b"oops", 500), PICTURE])
    began = now()
    assert (await fal_at(http).image("fal-ai/flux/dev")(FOX)).image.data == PNG
    assert http.routes.count(STATUS) == 3
    hinted = isinstance(trouble, Answer) and trouble.status == 429
    assert now() - began == pytest.approx(0.5 + (4 if hinted else 0.75) + (0.75 if hinted else 1.125))


async def test_a_status_that_cannot_be_had_ends_the_call_and_calls_the_job_off() -> None:
    http = http_of(Answer(b"down", 503))
    with pytest.raises(OverloadedError) as caught:
        await fal_at(http, polling=Polling(failures=2)).image("fal-ai/flux/dev")(FOX)
    assert caught.value.job == "r1"
    assert http.routes == [SUBMIT, STATUS, STATUS, STATUS, CANCEL]
    http = http_of(Answer({"detail": "no such request"}, 404))
    with pytest.raises(NotFoundError) as missing:
        await fal_at(http).image("fal-ai/flux/dev")(FOX)
    assert missing.value.job == "r1"
    assert http.routes == [SUBMIT, STATUS]


@pytest.mark.parametrize("kind", ["image", "speech", "transcription", "video"])
async def test_every_kind_gives_up_in_time_and_calls_the_job_off(kind: str) -> None:
    http = http_of(RUNNING)
    model, request = model_and_request(kind, fal_at(http, polling=Polling(interval=2, timeout=9)))
    began = now()
    with pytest.raises(APITimeoutError, match="still 'IN_PROGRESS'") as caught:
        await model(request)
    assert now() - began == pytest.approx(9)
    assert (caught.value.limit, caught.value.job, caught.value.retryable) == ("polling", "r1", False)
    assert http.routes[-1] == CANCEL


@pytest.mark.parametrize("kind", ["image", "speech", "transcription", "video"])
async def test_a_cancellation_comes_through_and_calls_the_job_off(kind: str) -> None:
    http = http_of(RUNNING)
    model, request = model_and_request(kind, fal_at(http))
    task = asyncio.ensure_future(model(request))
    await asyncio.sleep(4)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert http.routes[-1] == CANCEL
    assert http.requests[-1].headers["authorization"] == f"Key {KEY}"
    assert all(stream.ending is not None for stream in http.streams)


async def test_calling_off_what_is_over_changes_nothing() -> None:
    http = ScriptedHTTP(
        {SUBMIT: QUEUED, STATUS: RUNNING, CANCEL: Answer({"status": "ALREADY_COMPLETED"}, 400), RESULT: PICTURE}
    )
    with pytest.raises(APITimeoutError):
        await fal_at(http, polling=Polling(timeout=3)).image("fal-ai/flux/dev")(FOX)


def model_and_request(kind: str, door: Fal) -> tuple[Any, Any]:
    requests = {
        "image": FOX,
        "speech": SpeechRequest(text="hello"),
        "transcription": TranscriptionRequest(audio=b"RIFF"),
        "video": VideoRequest(prompt="a fox"),
    }
    return getattr(door, kind)("fal-ai/flux/dev"), requests[kind]


@pytest.mark.parametrize(
    ("kind", "timeout"), [("image", 600.0), ("speech", 600.0), ("transcription", 1800.0), ("video", 1800.0)]
)
def test_each_kind_waits_as_long_as_it_takes(kind: str, timeout: float) -> None:
    assert model_and_request(kind, fal)[0].polling.timeout == timeout
    assert model_and_request(kind, create_fal(polling=Polling(timeout=5)))[0].polling.timeout == 5


async def test_the_door(monkeypatch: pytest.MonkeyPatch) -> None:
    http = http_of()
    with pytest.raises(MissingAPIKeyError, match="FAL_API_KEY or FAL_KEY"):
        await create_fal(http=http).image("fal-ai/flux/dev")(FOX)
    assert http.requests == []
    monkeypatch.setenv("FAL_KEY", "second")
    await create_fal(http=http).image("fal-ai/flux/dev")(FOX)
    assert http.requests[0].headers["authorization"] == "Key second"
    monkeypatch.setenv("FAL_API_KEY", "first")
    assert create_fal().api_key() == "first"
    assert fal.kinds == ("image", "speech", "transcription", "video")
    assert KEY not in repr(fal_at(http)) + repr(fal_at(http).image("fal-ai/flux/dev").endpoint)
    assert repr(fal.video("fal-ai/veo3.1")) == 'fal.video("fal-ai/veo3.1")'
    with pytest.raises(UnsupportedError, match=r"fal\.ai/models"):
        await fal.models()
    with pytest.raises(UnsupportedError, match="fal has no language models"):
        fal("some/model")


@pytest.mark.parametrize("said", [[], "x", {}, {"request_id": 7}, {"request_id": ""}, None])
async def test_an_answer_without_an_id_is_no_job(said: Any) -> None:
    with pytest.raises(InvalidResponseError):
        await fal_at(ScriptedHTTP({SUBMIT: Answer(said)})).image("fal-ai/flux/dev")(FOX)


ANY = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=6,
)


@given(
    said=st.fixed_dictionaries(
        {},
        optional={
            name: ANY | st.sampled_from(["r1", "https://queue.fal.run/a", "http://[::1", "https://\ud800"])
            for name in ("status", "request_id", "status_url", "response_url", "cancel_url", "queue_position", "logs")
        },
    )
)
def test_whatever_the_queue_says_gives_a_job_or_our_error(said: dict[str, Any]) -> None:
    assert isinstance(pending_of(said), Pending)
    try:
        job = decode_job(said, fal.image("fal-ai/flux/dev").endpoint, APP)
    except InvalidResponseError:
        assert not isinstance(said.get("request_id"), str) or not said["request_id"]
    else:
        assert job.id == said["request_id"]
