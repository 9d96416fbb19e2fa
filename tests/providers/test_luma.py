"""Luma's Dream Machine. Nothing was recorded: shapes of the vendor's published definition."""

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
    QuotaExceededError,
    RateLimitError,
    ServerError,
    UnsupportedError,
)
from ai_sdk.messages import FilePart
from ai_sdk.polling import Polling, Progress
from ai_sdk.providers.luma import Luma, create_luma, luma
from ai_sdk.requests import ImageRequest, VideoRequest
from ai_sdk.testing import Answer, ScriptedHTTP, run

KEY = "secret-of-luma"
PNG = b"\x89PNG\r\n\x1a\n0000"
MP4 = b"\0\0\0\x18ftypisom"
ID = "123e4567-e89b"
PATH = "/dream-machine/v1/generations"
IMAGE, VIDEO = f"POST {PATH}/image", f"POST {PATH}/video"
LOOK, DELETE = f"GET {PATH}/{ID}", f"DELETE {PATH}/{ID}"
QUEUED = {"id": ID, "generation_type": "image", "state": "queued", "failure_reason": None, "assets": None}
DREAMING = Answer({**QUEUED, "state": "dreaming"})
ASSETS = {"image": "https://storage.cdn-luma.com/a.png", "video": "https://storage.cdn-luma.com/a.mp4"}
DONE = {**QUEUED, "state": "completed", "assets": ASSETS, "model": "photon-1", "request": {"prompt": "a fox"}}
URL = FilePart.from_url("https://files.test/a.jpg")
OTHER = FilePart.from_url("https://files.test/b.jpg")
FOX, FILM = ImageRequest(prompt="a fox"), VideoRequest(prompt="a fox")


def http_of(*looks: Answer | Exception, submitted: Any = QUEUED) -> ScriptedHTTP:
    script: dict[str, Answer | Exception | Sequence[Answer | Exception]] = {
        IMAGE: Answer(submitted, 201),
        VIDEO: Answer(submitted, 201),
        LOOK: looks or Answer(DONE),
        DELETE: Answer(b"", 204),
        "GET /a.png": Answer(PNG, headers={"content-type": "image/png"}),
        "GET /a.mp4": Answer(MP4, headers={"content-type": "binary/octet-stream"}),
    }
    return ScriptedHTTP(script)


def luma_at(http: ScriptedHTTP, **settings: Any) -> Luma:
    return create_luma(api_key=KEY, http=http, **settings)


def now() -> float:
    return asyncio.get_running_loop().time()


async def test_a_picture_after_several_looks() -> None:
    http = http_of(Answer(QUEUED), DREAMING, Answer(DONE))
    seen: list[Progress] = []
    began = now()
    with record_call(observers=(lambda _, kind, detail: seen.append(detail) if kind == "progress" else None,)):
        result = await luma_at(http).image("photon-1")(FOX)
    assert now() - began == pytest.approx(1 + 1.5 + 2.25)
    assert http.routes == [IMAGE, LOOK, LOOK, LOOK, "GET /a.png"]
    assert [(each.job, each.status) for each in seen] == [(ID, "queued"), (ID, "queued"), (ID, "dreaming")]
    assert (result.image.data, result.image.media_type) == (PNG, "image/png")
    assert (result.response.id, result.response.model) == (ID, "photon-1")
    assert result.provider_metadata["luma"]["state"] == "completed"
    assert "request" not in result.provider_metadata["luma"]


async def test_a_film_after_several_looks() -> None:
    http = http_of(DREAMING, Answer(DONE))
    began = now()
    result = await luma_at(http).video("ray-2")(FILM)
    assert now() - began == pytest.approx(2 + 3)
    assert http.routes == [VIDEO, LOOK, LOOK, "GET /a.mp4"]
    assert (result.video.data, result.video.media_type) == (MP4, "video/mp4")


async def test_the_key_goes_to_luma_and_not_with_the_download() -> None:
    http = http_of()
    await luma_at(http, base_url="https://proxy.test/").image("photon-1")(FOX)
    submitted, looked, download = http.requests
    assert submitted.url == f"https://proxy.test{PATH}/image"
    assert {submitted.headers["authorization"], looked.headers["authorization"]} == {f"Bearer {KEY}"}
    assert "authorization" not in download.headers


async def test_a_picture_that_is_done_at_once_is_not_looked_at() -> None:
    http = http_of(submitted=DONE)
    request = ImageRequest(prompt="a fox", provider_options={"luma": {"sync": True, "sync_timeout": 30}})
    assert (await luma_at(http).image("photon-1")(request)).image.data == PNG
    assert http.routes == [IMAGE, "GET /a.png"]
    assert json.loads(http.requests[0].body)["sync"] is True


def encoded(request: ImageRequest | VideoRequest, model_id: str = "m") -> tuple[dict[str, Any], list[str]]:
    model: Any = luma.image(model_id) if isinstance(request, ImageRequest) else luma.video(model_id)
    body, warnings = model.encode(request)
    assert (body.pop("model"), body.pop("prompt")) == (model_id, "a fox")
    return body, [f"{each.kind} {each.feature}" for each in warnings]


REF, OTHER_REF = {"url": URL.url}, {"url": OTHER.url}


@pytest.mark.parametrize(
    ("fields", "options", "sent", "lost"),
    [
        ({}, {}, {}, []),
        ({"aspect_ratio": "21:9"}, {"format": "png"}, {"aspect_ratio": "21:9", "format": "png"}, []),
        ({"size": "1920x1080"}, {}, {"aspect_ratio": "16:9"}, ["compatibility size"]),
        ({"size": "1344x576"}, {}, {"aspect_ratio": "21:9"}, ["compatibility size"]),
        ({"size": "100x99", "seed": 7}, {}, {}, ["unsupported size", "unsupported seed"]),
        ({"size": "64x64", "aspect_ratio": "4:3"}, {}, {"aspect_ratio": "4:3"}, ["unsupported size"]),
        ({"files": (URL,)}, {}, {"modify_image_ref": REF}, []),
        ({"files": (URL,)}, {"weight": 0.5}, {"modify_image_ref": {**REF, "weight": 0.5}}, []),
        ({"files": (URL, OTHER)}, {}, {"image_ref": [REF, OTHER_REF]}, []),
        ({"files": (URL,)}, {"reference": "style", "weight": 1}, {"style_ref": [{**REF, "weight": 1}]}, []),
        (
            {"files": (URL, OTHER)},
            {"reference": "character"},
            {"character_ref": {"identity0": {"images": [URL.url, OTHER.url]}}},
            [],
        ),
    ],
)
def test_an_image_request(fields: Any, options: Any, sent: Any, lost: list[str]) -> None:
    request = ImageRequest(prompt="a fox", provider_options={"luma": options}, **fields)
    assert encoded(request) == (sent, lost)


@pytest.mark.parametrize(
    ("fields", "options", "sent", "lost"),
    [
        ({"aspect_ratio": "9:16", "duration": 5}, {}, {"aspect_ratio": "9:16", "duration": "5s"}, []),
        ({"resolution": "1280x720"}, {}, {"resolution": "720p", "aspect_ratio": "16:9"}, []),
        ({"resolution": "3840x2160", "aspect_ratio": "16:9"}, {}, {"resolution": "4k", "aspect_ratio": "16:9"}, []),
        ({"resolution": "540p", "fps": 24, "seed": 1}, {}, {"resolution": "540p"}, ["fps", "seed"]),
        ({"image": URL}, {"loop": True}, {"keyframes": {"frame0": {"type": "image", **REF}}, "loop": True}, []),
        (
            {"image": URL},
            {"keyframes": {"frame1": {"type": "generation", "id": "g"}}},
            {"keyframes": {"frame0": {"type": "image", **REF}, "frame1": {"type": "generation", "id": "g"}}},
            [],
        ),
    ],
)
def test_a_video_request(fields: Any, options: Any, sent: Any, lost: list[str]) -> None:
    request = VideoRequest(prompt="a fox", provider_options={"luma": options}, **fields)
    assert encoded(request) == (sent, [f"unsupported {each}" for each in lost])


BYTES = FilePart(data=PNG, media_type="image/png")


@pytest.mark.parametrize(
    ("request_", "kind", "field"),
    [
        (ImageRequest(prompt="a fox", n=2), InvalidRequestError, "n"),
        (VideoRequest(prompt="a fox", n=2), InvalidRequestError, "n"),
        (ImageRequest(prompt="a fox", aspect_ratio="wide"), InvalidRequestError, "aspect_ratio"),
        (ImageRequest(prompt="a fox", size="big"), InvalidRequestError, "size"),
        (VideoRequest(prompt="a fox", resolution="big"), InvalidRequestError, "resolution"),
        (ImageRequest(prompt="a fox", files=(URL,), mask=URL), UnsupportedError, "mask"),
        (ImageRequest(prompt="a fox", files=(URL, BYTES)), UnsupportedError, "files[1]"),
        (VideoRequest(prompt="a fox", image=BYTES), UnsupportedError, "image"),
        (ImageRequest(prompt="a fox", files=(URL,) * 5), InvalidRequestError, "files"),
        (
            ImageRequest(prompt="a fox", files=(URL,), provider_options={"luma": {"reference": "odd"}}),
            InvalidRequestError,
            "provider_options",
        ),
        (
            ImageRequest(prompt="a fox", files=(URL,) * 2, provider_options={"luma": {"reference": "modify"}}),
            InvalidRequestError,
            "files",
        ),
    ],
)
def test_bad_requests_are_refused_before_any_call(request_: Any, kind: type[InvalidRequestError], field: str) -> None:
    with pytest.raises(kind) as caught:
        encoded(request_)
    assert caught.value.field == field


def test_bytes_are_refused_with_the_way_out() -> None:
    with pytest.raises(UnsupportedError, match="takes only the URL of a picture, which it fetches itself"):
        encoded(VideoRequest(prompt="a fox", image=BYTES))
    with pytest.raises(UnsupportedError, match="only the URL"):
        encoded(VideoRequest(prompt="a fox", image=FilePart(url="data:image/png;base64,AAAA")))


@pytest.mark.parametrize(
    ("body", "status", "kind", "message", "retryable"),
    [
        ({"detail": "Invalid API key is provided"}, 401, AuthenticationError, "Invalid API key is provided", False),
        ({"detail": "Insufficient credits"}, 402, QuotaExceededError, "Insufficient credits", False),
        (
            {"detail": [{"loc": ["body", "model"], "msg": "Field required", "type": "missing"}]},
            422,
            BadRequestError,
            "body.model: Field required",
            False,
        ),
        ({"detail": [{"msg": "a"}, {"type": "b"}]}, 400, BadRequestError, "a; b", False),
        ({"detail": "Too many"}, 429, RateLimitError, "Too many", True),
        ({"detail": [7]}, 500, ServerError, "[7]", True),
        (["odd"], 500, ServerError, "odd", True),
    ],
)
async def test_errors(body: Any, status: int, kind: type[APIError], message: str, retryable: bool) -> None:
    http = ScriptedHTTP({IMAGE: Answer(body, status)})
    with pytest.raises(APIError) as caught:
        await luma_at(http).image("photon-1")(FOX)
    assert (type(caught.value), caught.value.message, caught.value.retryable) == (kind, message, retryable)
    assert (caught.value.job, caught.value.provider, caught.value.status) == (None, "luma", status)


@pytest.mark.parametrize(
    ("reason", "kind", "message", "retryable"),
    [
        ("Prompt blocked by content moderation", ContentFilterError, "Prompt blocked by content moderation", False),
        ("internal error", ServerError, "internal error", True),
        (None, ServerError, "the generation failed without a reason", True),
    ],
)
async def test_a_generation_that_failed(
    reason: str | None, kind: type[APIError], message: str, retryable: bool
) -> None:
    http = http_of(DREAMING, Answer({**QUEUED, "state": "failed", "failure_reason": reason}))
    with pytest.raises(APIError) as caught:
        await luma_at(http).video("ray-2")(FILM)
    error = caught.value
    assert (type(error), error.message, error.retryable, error.job) == (kind, message, retryable, ID)
    assert http.routes == [VIDEO, LOOK, LOOK]


@pytest.mark.parametrize("kind", ["image", "video"])
async def test_every_kind_gives_up_in_time_and_deletes_the_generation(kind: str) -> None:
    http = http_of(DREAMING)
    model: Any = getattr(luma_at(http, polling=Polling(interval=2, timeout=9)), kind)("m")
    began = now()
    with pytest.raises(APITimeoutError, match="still 'dreaming'") as caught:
        await model(FOX if kind == "image" else FILM)
    assert now() - began == pytest.approx(9)
    assert (caught.value.limit, caught.value.job, caught.value.retryable) == ("polling", ID, False)
    assert http.routes[-1] == DELETE


@pytest.mark.parametrize("kind", ["image", "video"])
async def test_a_cancellation_comes_through_and_deletes_the_generation(kind: str) -> None:
    http = http_of(DREAMING)
    model: Any = getattr(luma_at(http), kind)("m")
    task = asyncio.ensure_future(model(FOX if kind == "image" else FILM))
    await asyncio.sleep(4)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert http.routes[-1] == DELETE
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
    assert (await luma_at(http).image("photon-1")(FOX)).image.data == PNG
    hinted = isinstance(trouble, Answer) and trouble.status == 429
    assert now() - began == pytest.approx(1 + (4 if hinted else 1.5))


async def test_a_look_that_fails_for_good_names_the_generation() -> None:
    http = http_of(Answer({"detail": "gone"}, 404))
    with pytest.raises(APIError, match="gone") as caught:
        await luma_at(http).image("photon-1")(FOX)
    assert caught.value.job == ID


@pytest.mark.parametrize("said", [[], {}, {"id": 7}, {"id": ""}, "x", None])
async def test_an_answer_without_an_id_is_refused(said: Any) -> None:
    with pytest.raises(InvalidResponseError):
        await luma_at(http_of(submitted=said)).image("photon-1")(FOX)


ANY = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=6),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(["image", "video", "a"]), inner, max_size=3)
    ),
    max_leaves=6,
)


@given(st.sampled_from(["completed", "failed"]), ANY, ANY, ANY)
def test_whatever_a_finished_generation_says_is_our_error_or_a_picture(
    state: str, assets: Any, reason: Any, more: Any
) -> None:
    said = {"id": ID, "state": state, "assets": assets, "failure_reason": reason, "more": more}
    with pytest.raises(AISDKError) as caught:
        run(luma_at(http_of(submitted=said)).image("photon-1")(FOX))
    assert isinstance(caught.value, APIError if state == "failed" else InvalidResponseError)


async def test_the_door(monkeypatch: pytest.MonkeyPatch) -> None:
    http = http_of()
    with pytest.raises(MissingAPIKeyError, match="LUMA_API_KEY"):
        await create_luma(http=http).image("photon-1")(FOX)
    assert http.requests == []
    monkeypatch.setenv("LUMA_API_KEY", KEY)
    await create_luma(http=http).image("photon-1")(FOX)
    assert http.requests[0].headers["authorization"] == f"Bearer {KEY}"
    assert http.requests[0].url == f"https://api.lumalabs.ai{PATH}/image"
    assert luma.kinds == ("image", "video")
    assert luma.video("ray-2").polling.timeout == 1800
    assert (luma.image("photon-1").max_images_per_call, luma.video("ray-2").max_videos_per_call) == (1, 1)
    with pytest.raises(UnsupportedError):
        await luma.models()
    with pytest.raises(UnsupportedError, match="luma has no speech models"):
        luma.speech("x")
