"""The doors whose pictures and films are made in the background, held to the same: wait, fail, give up, call off."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import pytest

from ai_sdk import generate_image, generate_video
from ai_sdk.errors import (
    APIError,
    APITimeoutError,
    AuthenticationError,
    ContentFilterError,
    InvalidResponseError,
    RateLimitError,
    ServerError,
)
from ai_sdk.polling import Polling, Progress
from ai_sdk.providers.fireworks import create_fireworks
from ai_sdk.providers.openai import create_openai
from ai_sdk.providers.openrouter import create_openrouter
from ai_sdk.providers.togetherai import create_togetherai
from ai_sdk.providers.xai import create_xai
from ai_sdk.testing import Answer, ScriptedHTTP

FILM = b"\x00\x00\x00\x18ftypmp42\x00\x00\x00\x00mp42isom"
PICTURE = b"\x89PNG\r\n\x1a\n0000"
KEY = "key-123456"


@dataclass(frozen=True)
class Case:
    """A door, its routes, and what it answers."""

    create: Callable[..., Any]
    submit: str
    submitted: Any
    look: str
    pending: Any
    done: Any
    file: str
    failed: Any
    words: str
    kind: type[APIError]
    made: bytes = FILM
    cancel: str | None = None
    keyed: bool = False
    interval: float = 2.0
    image: bool = False
    timeout: float = 1800.0
    model_id: str = "m"
    job: str = "j1"
    polling: Polling = field(default_factory=Polling)

    def http(self, *looks: Any, **routes: Any) -> ScriptedHTTP:
        answers = [each if isinstance(each, Answer | Exception) else Answer(each) for each in looks]
        script: dict[str, Any] = {
            self.submit: Answer(self.submitted),
            self.look: answers,
            self.file: Answer(self.made),
            **routes,
        }
        if self.cancel is not None:
            script.setdefault(self.cancel, Answer({"deleted": True}))
        return ScriptedHTTP(script)

    async def run(self, http: ScriptedHTTP, **settings: Any) -> Any:
        provider = self.create(api_key=KEY, http=http)
        if self.image:
            return await generate_image(provider.image(self.model_id), "a boat", **settings)
        return await generate_video(provider.video(self.model_id), "a boat", **settings)


CASES = {
    "openai": Case(
        create_openai,
        "POST /v1/videos",
        {"id": "j1", "status": "queued", "progress": 0},
        "GET /v1/videos/j1",
        {"id": "j1", "status": "in_progress", "progress": 25},
        {"id": "j1", "status": "completed", "progress": 100, "model": "sora-2", "seconds": "4"},
        "GET /v1/videos/j1/content",
        {"id": "j1", "status": "failed", "error": {"code": "video_generation_failed", "message": "It fell apart."}},
        "It fell apart.",
        ServerError,
        cancel="DELETE /v1/videos/j1",
        keyed=True,
    ),
    "xai": Case(
        create_xai,
        "POST /v1/videos/generations",
        {"request_id": "j1"},
        "GET /v1/videos/j1",
        {"status": "pending"},
        {"status": "done", "video": {"url": "https://films.test/a.mp4", "duration": 5}, "model": "grok-imagine-video"},
        "GET /a.mp4",
        {"status": "done", "video": {"url": "https://films.test/a.mp4", "respect_moderation": False}},
        "withheld",
        ContentFilterError,
    ),
    "togetherai": Case(
        create_togetherai,
        "POST /v2/videos",
        {"id": "j1", "status": "queued"},
        "GET /v2/videos/j1",
        {"id": "j1", "status": "in_progress"},
        {"id": "j1", "status": "completed", "outputs": {"cost": 0.2, "video_url": "https://films.test/a.mp4"}},
        "GET /a.mp4",
        {"id": "j1", "status": "failed", "error": {"message": "It fell apart."}},
        "It fell apart.",
        ServerError,
    ),
    "openrouter": Case(
        create_openrouter,
        "POST /api/v1/videos",
        {"id": "j1", "polling_url": "https://openrouter.ai/api/v1/videos/j1", "status": "pending"},
        "GET /api/v1/videos/j1",
        {"id": "j1", "status": "in_progress"},
        {"id": "j1", "status": "completed", "unsigned_urls": ["https://x.test/0"], "usage": {"cost": 0.5}},
        "GET /api/v1/videos/j1/content",
        {"id": "j1", "status": "failed", "error": "It fell apart."},
        "It fell apart.",
        ServerError,
        keyed=True,
    ),
    "fireworks": Case(
        create_fireworks,
        "POST /inference/v1/workflows/accounts/fireworks/models/flux-kontext-pro",
        {"request_id": "j1"},
        "POST /inference/v1/workflows/accounts/fireworks/models/flux-kontext-pro/get_result",
        {"id": "j1", "status": "Pending"},
        {"id": "j1", "status": "Ready", "result": {"sample": "https://pictures.test/a.png"}},
        "GET /a.png",
        {"id": "j1", "status": "Request Moderated"},
        "Request Moderated",
        ContentFilterError,
        made=PICTURE,
        interval=0.5,
        image=True,
        timeout=300.0,
        model_id="accounts/fireworks/models/flux-kontext-pro",
    ),
}
cases = pytest.mark.parametrize("case", CASES.values(), ids=CASES)


def files_of(result: Any) -> tuple[Any, ...]:
    return tuple(result.images if hasattr(result, "images") else result.videos)


@cases
async def test_a_job_is_waited_for_and_fetched(case: Case) -> None:
    http = case.http(case.pending, case.pending, case.done)
    began = asyncio.get_running_loop().time()
    seen: list[Progress] = []
    result = await case.run(http, on_progress=seen.append)
    (made,) = files_of(result)
    assert made.data == case.made
    assert made.media_type == ("image/png" if case.image else "video/mp4")
    assert http.routes == [case.submit, case.look, case.look, case.look, case.file]
    pauses = case.interval * (1 + 1.5 + 1.5**2)
    assert asyncio.get_running_loop().time() - began == pytest.approx(pauses)
    assert {each.job for each in seen} == {case.job}
    assert result.response.id == case.job
    for request in http.requests:
        keyed = request.headers.get("authorization") == f"Bearer {KEY}"
        assert keyed == (case.keyed or not request.method == "GET" or "/v1" in request.url or "/v2" in request.url)


@cases
async def test_a_job_that_fails_says_why_and_names_itself(case: Case) -> None:
    http = case.http(case.pending, case.failed)
    with pytest.raises(case.kind, match=case.words) as caught:
        await case.run(http)
    assert type(caught.value) is case.kind
    assert caught.value.job == case.job
    assert caught.value.model == case.model_id
    assert http.routes == [case.submit, case.look, case.look]


@cases
async def test_a_job_that_takes_too_long_is_given_up(case: Case) -> None:
    http = case.http(case.pending)
    began = asyncio.get_running_loop().time()
    with pytest.raises(APITimeoutError) as caught:
        await case.run(http, polling=Polling(timeout=30))
    assert asyncio.get_running_loop().time() - began == pytest.approx(30)
    assert (caught.value.limit, caught.value.job, caught.value.retryable) == ("polling", case.job, False)
    assert (case.cancel is not None) == (http.routes[-1] == case.cancel)


@cases
async def test_the_time_limit_of_the_kind(case: Case) -> None:
    began = asyncio.get_running_loop().time()
    with pytest.raises(APITimeoutError):
        await case.run(case.http(case.pending))
    assert asyncio.get_running_loop().time() - began == pytest.approx(case.timeout)


@cases
async def test_who_stops_waiting_calls_the_job_off(case: Case) -> None:
    http = case.http(case.pending)
    task = asyncio.create_task(case.run(http))
    await asyncio.sleep(60)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert (case.cancel is not None) == (http.routes[-1] == case.cancel)
    assert all(stream.ending is not None for stream in http.streams)
    count = len(http.requests)
    await asyncio.sleep(600)
    assert len(http.requests) == count


@cases
async def test_a_look_may_fail_for_a_moment(case: Case) -> None:
    troubles = (
        Answer({"error": "busy"}, status=500),
        Answer({"error": "slow"}, status=429, headers={"retry-after": "7"}),
    )
    http = case.http(case.pending, *troubles, case.done)
    began = asyncio.get_running_loop().time()
    (made,) = files_of(await case.run(http))
    assert made.data == case.made
    pauses = case.interval * (1 + 1.5 + 1.5**2) + 7
    assert asyncio.get_running_loop().time() - began == pytest.approx(pauses)


@cases
async def test_a_look_that_fails_for_good_is_raised(case: Case) -> None:
    http = case.http(case.pending, Answer({"error": {"message": "wrong key"}}, status=401))
    with pytest.raises(AuthenticationError, match="wrong key") as caught:
        await case.run(http)
    assert caught.value.job == case.job
    http = case.http(Answer({"error": {"message": "slow down"}}, status=429))
    with pytest.raises(RateLimitError):
        await case.run(http, polling=Polling(failures=2))
    assert http.routes.count(case.look) == 3


@cases
@pytest.mark.parametrize("said", [{}, [], "x", None, {"id": 7}])
async def test_an_answer_that_is_no_job_is_an_invalid_response(case: Case, said: Any) -> None:
    with pytest.raises(InvalidResponseError, match="no job"):
        await case.run(case.http(case.done, **{case.submit: Answer(said)}))


@cases
async def test_a_job_that_is_refused_is_no_job(case: Case) -> None:
    refused = Answer({"error": {"message": "no such model", "code": "model_not_found"}}, status=404)
    http = case.http(case.done, **{case.submit: refused})
    with pytest.raises(APIError, match="no such model") as caught:
        await case.run(http)
    assert (caught.value.status, caught.value.job) == (404, None)
    assert http.routes == [case.submit]


async def test_progress_and_the_providers_own_pause() -> None:
    case = CASES["openai"]
    hint = Answer(case.pending, headers={"openai-poll-after-ms": "9000"})
    seen: list[Progress] = []
    began = asyncio.get_running_loop().time()
    await case.run(case.http(hint, case.done), on_progress=seen.append)
    assert [(each.status, each.fraction) for each in seen] == [("queued", 0.0), ("in_progress", 0.25)]
    assert asyncio.get_running_loop().time() - began == pytest.approx(2 + 9)


async def test_a_job_that_is_done_at_once_is_not_polled() -> None:
    case = CASES["togetherai"]
    http = case.http(case.pending, **{case.submit: Answer(case.done)})
    await case.run(http)
    assert http.routes == [case.submit, case.file]


async def test_xai_answers_nothing_while_it_works() -> None:
    case = CASES["xai"]
    http = case.http(Answer(b"", status=202), case.done)
    assert (await case.run(http)).video.data == FILM
    with pytest.raises(APIError, match="expired"):
        await case.run(case.http({"status": "expired"}))
    flat = {"code": "The service is currently unavailable", "error": "try later"}
    http = case.http(flat, flat, case.done)
    assert (await case.run(http)).video.data == FILM


async def test_what_the_moderation_of_openai_stops() -> None:
    case = CASES["openai"]
    said = {"id": "j1", "status": "failed", "error": {"code": "moderation_blocked", "message": "Not this."}}
    with pytest.raises(ContentFilterError, match="Not this") as caught:
        await case.run(case.http(said))
    assert (caught.value.job, caught.value.code, caught.value.retryable) == ("j1", "moderation_blocked", False)


async def test_a_film_of_several_parts_at_openrouter() -> None:
    case = CASES["openrouter"]
    done = {**case.done, "unsigned_urls": ["https://x.test/0", "https://x.test/1"]}
    http = case.http(done)
    result = await case.run(http)
    assert len(result.videos) == 2
    assert [each.url.rpartition("?")[2] for each in http.requests[-2:]] == ["index=0", "index=1"]
    assert result.provider_metadata["openrouter"]["usage"]["cost"] == 0.5
    assert all(each.headers["authorization"] == f"Bearer {KEY}" for each in http.requests)


@pytest.mark.parametrize("name", ["togetherai", "xai"])
async def test_done_without_a_film(name: str) -> None:
    case = CASES[name]
    with pytest.raises(InvalidResponseError, match="no film"):
        await case.run(case.http({"id": "j1", "status": case.done["status"]}))


async def test_polling_of_the_door() -> None:
    for name, case in CASES.items():
        http = case.http(case.pending)
        provider = case.create(api_key=KEY, http=http, polling=Polling(interval=1, factor=1, timeout=5))
        began = asyncio.get_running_loop().time()
        with pytest.raises(APITimeoutError):
            if case.image:
                await generate_image(provider.image(case.model_id), "a boat")
            else:
                await generate_video(provider.video("m"), "a boat")
        assert asyncio.get_running_loop().time() - began == pytest.approx(5), name
