"""Black Forest Labs. Nothing was recorded: shapes of the vendor's documents."""

from __future__ import annotations

import asyncio
import base64
import json
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
    PermissionDeniedError,
    QuotaExceededError,
    RateLimitError,
    ServerError,
    UnsupportedError,
)
from ai_sdk.messages import FilePart
from ai_sdk.polling import Polling, Progress
from ai_sdk.providers.black_forest_labs import BlackForestLabs, black_forest_labs, create_black_forest_labs
from ai_sdk.requests import ImageRequest
from ai_sdk.testing import Answer, ScriptedHTTP, run

KEY = "secret-of-bfl"
JPEG = b"\xff\xd8\xff\xe0jpeg"
SUBMIT, LOOK, PICTURE = "POST /v1/flux-2-pro", "GET /v1/get_result", "GET /results/sample.jpeg"
REGION = "https://api.us1.bfl.ai/v1/get_result?id=t1"
TASK = {"id": "t1", "polling_url": REGION, "cost": 3.0, "input_mp": 0.0, "output_mp": 1.0}
SAMPLE = "https://delivery-us1.bfl.ai/results/sample.jpeg?sig=abc"
DONE = {"id": "t1", "status": "Ready", "result": {"sample": SAMPLE, "seed": 7, "prompt": "a fox"}, "progress": None}
PENDING = Answer({"id": "t1", "status": "Pending", "result": None, "progress": 0.25})
FOX = ImageRequest(prompt="a fox")


def http_of(*looks: Answer | Exception, submitted: Any = TASK) -> ScriptedHTTP:
    return ScriptedHTTP(
        {
            SUBMIT: Answer(submitted),
            LOOK: looks or Answer(DONE),
            PICTURE: Answer(JPEG, headers={"content-type": "image/jpeg"}),
        }
    )


def bfl_at(http: ScriptedHTTP, **settings: Any) -> BlackForestLabs:
    return create_black_forest_labs(api_key=KEY, http=http, **settings)


def now() -> float:
    return asyncio.get_running_loop().time()


async def test_a_picture_after_several_looks() -> None:
    http = http_of(PENDING, Answer({"id": "t1", "status": "Reasoning"}), Answer(DONE))
    seen: list[Progress] = []
    began = now()
    with record_call(observers=(lambda _, kind, detail: seen.append(detail) if kind == "progress" else None,)):
        result = await bfl_at(http).image("flux-2-pro")(FOX)
    assert now() - began == pytest.approx(0.5 + 0.75 + 1.125)
    assert http.routes == [SUBMIT, LOOK, LOOK, LOOK, PICTURE]
    assert [(each.job, each.status, each.fraction) for each in seen] == [
        ("t1", "Pending", None),
        ("t1", "Pending", 0.25),
        ("t1", "Reasoning", None),
    ]
    assert (result.image.data, result.image.media_type, result.response.id) == (JPEG, "image/jpeg", "t1")
    assert result.provider_metadata["black_forest_labs"] == {
        "id": "t1",
        "cost": 3.0,
        "input_mp": 0.0,
        "output_mp": 1.0,
        "seed": 7,
        "prompt": "a fox",
    }


async def test_the_region_of_the_answer_is_asked_with_the_key_and_the_file_is_fetched_without() -> None:
    http = http_of()
    await bfl_at(http).image("flux-2-pro")(FOX)
    submitted, looked, download = http.requests
    assert submitted.url == "https://api.bfl.ai/v1/flux-2-pro"
    assert (looked.url, looked.method) == (REGION, "GET")
    assert (submitted.headers["x-key"], looked.headers["x-key"]) == (KEY, KEY)
    assert download.url == SAMPLE
    assert "x-key" not in download.headers
    assert "authorization" not in submitted.headers


@pytest.mark.parametrize(
    "url",
    [
        "https://evil.test/v1/get_result?id=t1",
        "http://api.us1.bfl.ai/v1/get_result?id=t1",
        "https://evilbfl.ai/v1/get_result",
        "https://api.bfl.ai.evil.test/v1/get_result",
        "https://bfl.ai@evil.test/v1/get_result",
        "https://user@api.bfl.ai/v1/get_result",
        "https://api.us1.bfl.ai:8443/v1/get_result",
        "https://evil.test\\.bfl.ai/v1/get_result",
        "https://evil.test#.bfl.ai/v1/get_result",
        "https://[::1]/v1/get_result",
        "https://[",
        "ftp://api.us1.bfl.ai/x",
        "//api.us1.bfl.ai/x",
        "https://bfl.ai/v1/get_result",
        "https://api.bfl.ai:99999/v1",
    ],
)
async def test_the_key_goes_nowhere_else(url: str) -> None:
    http = http_of(submitted={**TASK, "polling_url": url})
    with pytest.raises(InvalidResponseError):
        await bfl_at(http).image("flux-2-pro")(FOX)
    assert http.routes == [SUBMIT]


@pytest.mark.parametrize(
    "url", ["https://api.bfl.ai/v1/get_result?id=t1", REGION, "https://API.EU.bfl.ai:443/v1/get_result?id=t1"]
)
@pytest.mark.parametrize("base_url", [None, "https://api.eu.bfl.ai/v1"])
async def test_regions_are_asked(url: str, base_url: str | None) -> None:
    http = http_of(submitted={**TASK, "polling_url": url})
    await bfl_at(http, base_url=base_url).image("flux-2-pro")(FOX)
    assert http.requests[0].url == f"{base_url or 'https://api.bfl.ai/v1'}/flux-2-pro"
    assert http.requests[1].url == url


@pytest.mark.parametrize("polling_url", [REGION, None, "", 7, "https://evil.test/x"])
async def test_a_proxy_is_asked_itself(polling_url: Any) -> None:
    http = http_of(submitted={"id": "t 1", "polling_url": polling_url})
    await bfl_at(http, base_url="http://localhost:8/v1").image("flux-2-pro")(FOX)
    assert http.requests[1].url == "http://localhost:8/v1/get_result?id=t%201"
    own = "http://localhost:8/v1/get_result?id=own"
    http = http_of(submitted={**TASK, "polling_url": own})
    await bfl_at(http, base_url="http://localhost:8/v1").image("flux-2-pro")(FOX)
    assert http.requests[1].url == own


async def test_without_a_polling_url_the_id_does() -> None:
    http = http_of(submitted={"id": "t1"})
    await bfl_at(http).image("flux-2-pro")(FOX)
    assert http.requests[1].url == "https://api.bfl.ai/v1/get_result?id=t1"


PNG = FilePart(data=b"\x89PNG", media_type="image/png")
BASE64 = base64.b64encode(b"\x89PNG").decode()
URL = FilePart.from_url("https://files.test/a.png")


def encoded(model_id: str, options: Any = None, **fields: Any) -> tuple[dict[str, Any], list[str]]:
    request = ImageRequest(prompt="a fox", provider_options={"black_forest_labs": options or {}}, **fields)
    body, warnings = black_forest_labs.image(model_id).encode(request)
    assert body.pop("prompt") == "a fox"
    return body, [f"{each.kind} {each.feature}" for each in warnings]


@pytest.mark.parametrize(
    ("model_id", "fields", "sent", "lost"),
    [
        ("flux-2-pro", {"seed": 7}, {"seed": 7}, []),
        ("flux-2-pro", {"size": "1024x768"}, {"width": 1024, "height": 768}, []),
        ("flux-2-pro", {"aspect_ratio": "16:9"}, {"width": 1376, "height": 768}, ["compatibility aspect_ratio"]),
        ("flux-pro-1.1", {"aspect_ratio": "9:21"}, {"width": 608, "height": 1440}, ["compatibility aspect_ratio"]),
        (
            "flux-dev",
            {"size": "512x512", "aspect_ratio": "1:1"},
            {"width": 512, "height": 512},
            ["unsupported aspect_ratio"],
        ),
        ("flux-kontext-pro", {"aspect_ratio": "7:3"}, {"aspect_ratio": "7:3"}, []),
        ("flux-kontext-pro", {"size": "1920x1080"}, {"aspect_ratio": "16:9"}, ["compatibility size"]),
        (
            "flux-pro-1.1-ultra",
            {"size": "64x64", "aspect_ratio": "4:3"},
            {"aspect_ratio": "4:3"},
            ["unsupported size"],
        ),
        ("flux-kontext-max", {"files": (PNG,)}, {"input_image": BASE64}, []),
        (
            "flux-2-pro",
            {"files": (PNG, URL, PNG)},
            {"input_image": BASE64, "input_image_2": URL.url, "input_image_3": BASE64},
            [],
        ),
        ("flux-2-pro", {"files": (FilePart(url=f"data:image/png;base64,{BASE64}"),)}, {"input_image": BASE64}, []),
        ("flux-pro-1.1-ultra", {"files": (PNG,)}, {"image_prompt": BASE64}, []),
        ("flux-pro-1.0-fill", {"files": (PNG,), "mask": PNG}, {"image": BASE64, "mask": BASE64}, []),
        ("flux-pro-1.0-expand", {"files": (PNG,)}, {"image": BASE64}, []),
        ("flux-pro-1.0-canny", {"files": (PNG,)}, {"control_image": BASE64}, []),
        ("flux-3-new", {"files": (PNG,)}, {"input_image": BASE64}, []),
    ],
)
def test_a_request(model_id: str, fields: Any, sent: Any, lost: list[str]) -> None:
    assert encoded(model_id, **fields) == (sent, lost)


def test_options_go_through_and_win() -> None:
    options = {"output_format": "png", "safety_tolerance": 5, "width": 640, "input_image_4": "x"}
    assert encoded("flux-2-pro", options, size="64x64") == ({**options, "height": 64}, [])


@pytest.mark.parametrize(
    ("model_id", "fields", "kind", "field"),
    [
        ("flux-2-pro", {"n": 2}, InvalidRequestError, "n"),
        ("flux-2-pro", {"size": "0x1"}, InvalidRequestError, "size"),
        ("flux-2-pro", {"aspect_ratio": "16/9"}, InvalidRequestError, "aspect_ratio"),
        ("flux-kontext-pro", {"aspect_ratio": "16/9"}, InvalidRequestError, "aspect_ratio"),
        ("flux-2-pro", {"files": (PNG,), "mask": PNG}, UnsupportedError, "mask"),
        ("flux-pro-1.1", {"files": (PNG, PNG)}, UnsupportedError, "files"),
    ],
)
def test_bad_requests(model_id: str, fields: Any, kind: type[InvalidRequestError], field: str) -> None:
    with pytest.raises(kind) as caught:
        encoded(model_id, **fields)
    assert caught.value.field == field


@pytest.mark.parametrize(
    ("body", "status", "kind", "message", "retryable"),
    [
        ({"detail": "Not authenticated - Invalid"}, 403, AuthenticationError, "Not authenticated - Invalid", False),
        ({"detail": "No access to this model"}, 403, PermissionDeniedError, "No access to this model", False),
        ({"detail": "Insufficient credits"}, 402, QuotaExceededError, "Insufficient credits", False),
        (
            {"detail": [{"loc": ["body", "width"], "msg": "too large", "type": "less_than_equal"}]},
            422,
            BadRequestError,
            "body.width: too large",
            False,
        ),
        ({"detail": "Rate limit: 24 active tasks"}, 429, RateLimitError, "Rate limit: 24 active tasks", True),
        ({"detail": "Down"}, 503, OverloadedError, "Down", True),
        ({"status": "Task not found"}, 404, NotFoundError, "Task not found", False),
        ({"detail": [7]}, 500, ServerError, "[7]", True),
        ("odd", 500, ServerError, "odd", True),
    ],
)
async def test_errors(body: Any, status: int, kind: type[APIError], message: str, retryable: bool) -> None:
    http = ScriptedHTTP({SUBMIT: Answer(body, status)})
    with pytest.raises(APIError) as caught:
        await bfl_at(http).image("flux-2-pro")(FOX)
    error = caught.value
    assert (type(error), error.message, error.retryable, error.status) == (kind, message, retryable, status)
    assert (error.job, error.provider, error.model) == (None, "black_forest_labs", "flux-2-pro")


@pytest.mark.parametrize(
    ("status", "details", "kind", "message", "retryable"),
    [
        (
            "Request Moderated",
            {"Moderation Reasons": ["Derivative Works Filter", "Other"]},
            ContentFilterError,
            "the request was flagged by moderation: Moderation Reasons: Derivative Works Filter, Other",
            False,
        ),
        ("Content Moderated", None, ContentFilterError, "what was made was flagged by moderation", False),
        ("Task not found", None, NotFoundError, "the task t1 was not found", False),
        ("Error", "no GPU", ServerError, "the task failed: no GPU", True),
        ("Error", {"error": "no GPU", "code": None}, ServerError, "the task failed: error: no GPU", True),
        ("Failed", [], ServerError, "the task failed", True),
    ],
)
async def test_a_task_that_ended_badly(
    status: str, details: Any, kind: type[APIError], message: str, retryable: bool
) -> None:
    http = http_of(PENDING, Answer({"id": "t1", "status": status, "result": None, "details": details}))
    with pytest.raises(APIError) as caught:
        await bfl_at(http).image("flux-2-pro")(FOX)
    error = caught.value
    assert (type(error), error.message, error.retryable, error.job) == (kind, message, retryable, "t1")
    assert http.routes == [SUBMIT, LOOK, LOOK]


async def test_it_gives_up_in_time() -> None:
    http = http_of(PENDING)
    began = now()
    with pytest.raises(APITimeoutError, match="still 'Pending'") as caught:
        await bfl_at(http, polling=Polling(interval=2, timeout=9)).image("flux-2-pro")(FOX)
    assert now() - began == pytest.approx(9)
    assert (caught.value.limit, caught.value.job, caught.value.retryable) == ("polling", "t1", False)
    assert set(http.routes) == {SUBMIT, LOOK}


async def test_a_cancellation_comes_through() -> None:
    http = http_of(PENDING)
    task = asyncio.ensure_future(bfl_at(http).image("flux-2-pro")(FOX))
    await asyncio.sleep(3)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    asked = len(http.requests)
    await asyncio.sleep(60)
    assert len(http.requests) == asked
    assert all(stream.ending is not None for stream in http.streams)


@pytest.mark.parametrize(
    "trouble",
    [
        Answer({"detail": "slow"}, 429, {"retry-after": "4"}),
        Answer(b"oops", 500),
        Answer([]),
        APIConnectionError("reset"),
    ],
)
async def test_trouble_while_looking_is_survived(trouble: Answer | Exception) -> None:
    http = http_of(trouble, Answer(DONE))
    began = now()
    assert (await bfl_at(http).image("flux-2-pro")(FOX)).image.data == JPEG
    hinted = isinstance(trouble, Answer) and trouble.status == 429
    assert now() - began == pytest.approx(0.5 + (4 if hinted else 0.75))


@pytest.mark.parametrize(("key", "kind"), [("gone", NotFoundError), ("Not authenticated", AuthenticationError)])
async def test_a_look_that_fails_for_good_names_the_task(key: str, kind: type[APIError]) -> None:
    http = http_of(Answer({"detail": key}, 404 if kind is NotFoundError else 403))
    with pytest.raises(kind) as caught:
        await bfl_at(http).image("flux-2-pro")(FOX)
    assert caught.value.job == "t1"


@pytest.mark.parametrize("said", [[], {}, {"id": 7}, {"id": ""}, "x", None])
async def test_an_answer_without_an_id_is_refused(said: Any) -> None:
    with pytest.raises(InvalidResponseError):
        await bfl_at(http_of(submitted=said)).image("flux-2-pro")(FOX)


ANY = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=6),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(["sample", "a"]), inner, max_size=3),
    max_leaves=6,
)


@given(st.sampled_from(["Ready", "Error", "Request Moderated", "Task not found"]), ANY, ANY, ANY)
def test_whatever_a_finished_task_says_is_our_error(status: str, result: Any, details: Any, progress: Any) -> None:
    said = {"id": "t1", "status": status, "result": result, "details": details, "progress": progress}
    with pytest.raises(AISDKError) as caught:
        run(bfl_at(http_of(Answer(said))).image("flux-2-pro")(FOX))
    assert isinstance(caught.value, InvalidResponseError if status == "Ready" else APIError)


async def test_the_door(monkeypatch: pytest.MonkeyPatch) -> None:
    http = http_of()
    with pytest.raises(MissingAPIKeyError, match="BFL_API_KEY"):
        await create_black_forest_labs(http=http).image("flux-2-pro")(FOX)
    assert http.requests == []
    monkeypatch.setenv("BFL_API_KEY", KEY)
    await create_black_forest_labs(http=http).image("flux-2-pro")(FOX)
    assert http.requests[0].headers["x-key"] == KEY
    assert json.loads(http.requests[0].body) == {"prompt": "a fox"}
    assert black_forest_labs.kinds == ("image",)
    assert black_forest_labs.image("flux-2-pro").max_images_per_call == 1
    model = bfl_at(http).image("flux-2-pro")
    assert KEY not in repr(model) + repr(model.endpoint)
    with pytest.raises(UnsupportedError):
        await black_forest_labs.models()
    with pytest.raises(UnsupportedError, match="black_forest_labs has no video models"):
        black_forest_labs.video("x")
