"""Predictions of Replicate: made, waited for, failed, called off; files fetched. On the virtual clock."""

from __future__ import annotations

import asyncio
import copy
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ai_sdk import generate_image, generate_video
from ai_sdk.call import record_call
from ai_sdk.errors import (
    APIConnectionError,
    APIError,
    APITimeoutError,
    ContentFilterError,
    InvalidResponseError,
    ServerError,
)
from ai_sdk.polling import Polling, Progress
from ai_sdk.provider import parse_json, to_json
from ai_sdk.providers.replicate import create_replicate
from ai_sdk.providers.replicate._predictions import read_prediction, urls_in
from ai_sdk.providers.replicate.language import text_of
from ai_sdk.requests import ImageRequest, VideoRequest
from ai_sdk.results import Usage
from ai_sdk.testing import Answer, ScriptedHTTP

PNG = b"\x89PNG\r\n\x1a\n picture"
FILM = b"\x00\x00\x00\x18ftypmp42 film"
MADE = "POST /v1/models/acme/fox/predictions"
SEEN = "GET /v1/predictions/p1"
CANCELED = "POST /v1/predictions/p1/cancel"
FILE = "https://replicate.delivery/pbxt/out-0.png"
FETCHED = "GET /pbxt/out-0.png"
REQUEST = ImageRequest(prompt="a fox")
TQDM = "Using seed: 1\n  4%|▍         | 2/50 [00:00<00:02]\n 40%|████      | 20/50 [00:01<00:01]\n"


def said(status: str, **more: Any) -> dict[str, Any]:
    return {"id": "p1", "model": "acme/fox", "status": status, "created_at": "2024-01-01T00:00:00Z", **more}


DONE = said("succeeded", output=[FILE], metrics={"predict_time": 3.5, "total_time": 9}, version="v1", error=None)


def now() -> float:
    return asyncio.get_running_loop().time()


def door(script: dict[str, Any], **options: Any) -> tuple[Any, ScriptedHTTP]:
    http = ScriptedHTTP({MADE: Answer(said("starting"), 201), FETCHED: Answer(PNG), CANCELED: Answer({}), **script})
    return create_replicate(api_key="r8_key", http=http, **options), http


async def test_a_prediction_is_polled_when_the_wait_was_too_short() -> None:
    script = {SEEN: [Answer(said("starting")), Answer(said("processing", logs=TQDM)), Answer(DONE)]}
    replicate, http = door(script)
    seen: list[Progress] = []
    result = await generate_image(replicate.image("acme/fox"), "a fox", on_progress=seen.append)
    assert http.routes == [MADE, SEEN, SEEN, SEEN, FETCHED]
    assert now() == 1 + 1.5 + 2.25
    assert [(each.status, each.fraction) for each in seen] == [
        ("starting", None),
        ("starting", None),
        ("processing", 0.4),
    ]
    assert result.image.data == PNG
    assert result.image.media_type == "image/png"
    assert result.provider_metadata["replicate"]["metrics"]["predict_time"] == 3.5
    assert (result.response.id, result.response.model, result.response.timestamp) == ("p1", "acme/fox", 1704067200.0)
    assert "authorization" not in http.requests[-1].headers


async def test_an_output_in_the_first_answer_needs_no_polls() -> None:
    replicate, http = door({MADE: Answer(said("processing", output=[FILE]), 201)})
    result = await replicate.image("acme/fox")(REQUEST)
    assert (http.routes, len(result.images)) == ([MADE, FETCHED], 1)


@pytest.mark.parametrize(("status", "wait"), [(202, True), (201, False)])
async def test_an_output_that_may_not_be_whole_is_waited_for(status: int, wait: bool) -> None:
    replicate, http = door({MADE: Answer(said("processing", output=[FILE]), status), SEEN: Answer(DONE)})
    request = ImageRequest(prompt="a fox", provider_options={"replicate": {"wait": wait}})
    await replicate.image("acme/fox")(request)
    assert http.routes == [MADE, SEEN, FETCHED]


async def test_a_film() -> None:
    done = said("succeeded", output="https://replicate.delivery/pbxt/out-0.png", metrics={"output_token_count": 7})
    replicate, http = door({SEEN: [Answer(said("processing"))] * 3 + [Answer(done)], FETCHED: Answer(FILM)})
    result = await generate_video(replicate.video("acme/fox"), "a fox")
    assert (result.video.data, result.video.media_type) == (FILM, "video/mp4")
    assert result.usage.output_tokens == 7
    assert http.routes == [MADE, SEEN, SEEN, SEEN, SEEN, FETCHED]
    assert now() == 2 + 3 + 4.5 + 6.75
    assert "prefer" not in http.requests[0].headers


@pytest.mark.parametrize(
    ("status", "error", "kind", "retryable", "message"),
    [
        ("failed", "ValueError: prompt is too odd", ServerError, False, "too odd"),
        ("failed", "NSFW content detected. Try a different prompt.", ContentFilterError, False, "NSFW"),
        ("failed", "The input was flagged as sensitive. (E005)", ContentFilterError, False, "sensitive"),
        ("failed", "Prediction interrupted; please retry (code: PA)", ServerError, True, "interrupted"),
        ("failed", "Director: unexpected error handling prediction (E9243)", ServerError, True, "E9243"),
        ("failed", "CUDA out of memory (E1001)", ServerError, False, "memory"),
        ("failed", None, ServerError, False, "the prediction failed"),
        ("canceled", None, ServerError, False, "the prediction was canceled"),
        ("aborted", None, ServerError, False, "aborted before it began"),
    ],
)
@pytest.mark.parametrize("at_once", [True, False])
async def test_a_prediction_that_fails(
    status: str, error: str | None, kind: type[APIError], retryable: bool, message: str, at_once: bool
) -> None:
    failed = said(status, error=error)
    script = {MADE: Answer(failed, 201)} if at_once else {SEEN: [Answer(said("processing")), Answer(failed)]}
    replicate, http = door(script)
    with pytest.raises(kind, match=message) as caught:
        await replicate.image("acme/fox")(REQUEST)
    assert type(caught.value) is kind
    assert (caught.value.job, caught.value.retryable) == ("p1", retryable)
    assert http.routes == ([MADE] if at_once else [MADE, SEEN, SEEN])
    assert caught.value.code == (
        error[-6:].strip("() ") if error and error.endswith(")") and "PA" not in error else None
    )


async def test_a_prediction_that_takes_too_long_is_called_off() -> None:
    replicate, http = door({SEEN: Answer(said("processing"))}, polling=Polling(timeout=5))
    with pytest.raises(APITimeoutError, match="still 'processing' after 5 seconds") as caught:
        await replicate.video("acme/fox")(VideoRequest(prompt="a fox"))
    assert (caught.value.job, caught.value.limit, caught.value.retryable) == ("p1", "polling", False)
    assert http.routes == [MADE, SEEN, SEEN, SEEN, CANCELED]
    assert http.requests[-1].body == b""
    assert now() == 5


async def test_a_cancelled_call_calls_the_prediction_off() -> None:
    replicate, http = door({SEEN: Answer(said("processing"))})
    task = asyncio.ensure_future(replicate.video("acme/fox")(VideoRequest(prompt="a fox")))
    await asyncio.sleep(3)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert http.routes == [MADE, SEEN, CANCELED]
    assert http.requests[-1].headers["authorization"] == "Bearer r8_key"
    assert [each.ending for each in http.streams] == []


async def test_looks_that_fail_for_a_moment_are_repeated() -> None:
    busy = Answer({"detail": "Request was throttled.", "status": 429}, 429, {"retry-after": "7"})
    script = {SEEN: [Answer({}, 500), busy, APIConnectionError("gone"), Answer({"odd": 1}), Answer(DONE)]}
    replicate, http = door(script)
    with record_call():
        result = await replicate.image("acme/fox")(REQUEST)
    assert len(result.images) == 1
    assert http.routes == [MADE, *[SEEN] * 5, FETCHED]
    assert now() == pytest.approx(1 + 1.5 + 7 + 2.25 + 3.375)


async def test_a_look_that_is_refused_ends_it() -> None:
    replicate, http = door({SEEN: Answer({"detail": "no such prediction", "status": 404}, 404)})
    with pytest.raises(APIError, match="no such prediction"):
        await replicate.image("acme/fox")(REQUEST)
    assert http.routes == [MADE, SEEN]


async def test_files_at_the_api_itself_are_fetched_with_the_key() -> None:
    own = "https://api.replicate.com/v1/files/f1/download"
    script = {
        MADE: Answer(said("succeeded", output={"first": own, "rest": [None, FILE, "words"], "count": 2}), 201),
        "GET /v1/files/f1/download": Answer(PNG, headers={"content-type": "image/png"}),
    }
    replicate, http = door(script)
    result = await replicate.image("acme/fox")(REQUEST)
    assert len(result.images) == 2
    assert http.requests[1].headers["authorization"] == "Bearer r8_key"
    assert "authorization" not in http.requests[2].headers


@pytest.mark.parametrize(
    ("more", "message"),
    [
        ({"output": None}, "names no picture"),
        ({"output": "a text"}, "names no picture"),
        ({"output": None, "data_removed": True}, "has been removed"),
        ({"output": "https://"}, "URL that is none"),
        ({"output": "https://[odd"}, "URL that is none"),
        ({"output": "data:image/png;base64,%%%"}, "URL that is none"),
    ],
)
async def test_outputs_that_are_no_files(more: dict[str, Any], message: str) -> None:
    replicate, _ = door({MADE: Answer(said("succeeded", **more), 201)})
    with pytest.raises(InvalidResponseError, match=message):
        await replicate.image("acme/fox")(REQUEST)


@pytest.mark.parametrize("body", [[], {"id": "p1"}, {"id": 1, "status": "starting"}, {"id": "", "status": "starting"}])
async def test_answers_that_are_no_predictions(body: Any) -> None:
    replicate, _ = door({MADE: Answer(body, 201)})
    with pytest.raises(InvalidResponseError, match="not a prediction"):
        await replicate.image("acme/fox")(REQUEST)


@pytest.mark.parametrize(
    ("logs", "fraction"),
    [("", None), ("100%|##|", 1.0), ("at 12.5 % of it", 0.125), ("cfg 450%", None), ("50 steps", None)],
)
def test_progress_in_logs(logs: str, fraction: float | None) -> None:
    assert read_prediction(said("processing", logs=logs), "replicate").pending.fraction == fraction


LEAVES = st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5) | st.just(FILE)
KEYS = st.sampled_from(["a", "stream", "predict_time", "input_token_count", "output_token_count"])
JSON: st.SearchStrategy[Any] = st.recursive(
    LEAVES,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(KEYS, inner, max_size=3),
    max_leaves=5,
)


@given(name=st.sampled_from(sorted({*DONE, "urls", "logs", "data_removed"})), value=JSON)
def test_whatever_is_wrong_in_an_answer_is_an_error_of_ours(name: str, value: Any) -> None:
    answer = parse_json(to_json({**copy.deepcopy(DONE), name: value}), "replicate")
    try:
        seen = read_prediction(answer, "replicate")
    except InvalidResponseError:
        assert name in ("id", "status")
        return
    assert seen.pending.fraction is None
    assert all(isinstance(each, str) for each in urls_in(seen.output))
    assert isinstance(seen.usage, Usage)
    assert seen.info({}).id == seen.id
    assert to_json(seen.metadata)
    try:
        assert isinstance(text_of(seen, "replicate"), str)
    except InvalidResponseError:
        assert name in ("output", "data_removed")
