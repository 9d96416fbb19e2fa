"""``map_rows(via=...)``: jobs of a provider's batch API, whatever the provider; here it is a fake."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Callable, Mapping, Sequence
from contextlib import nullcontext
from pathlib import Path
from typing import Any
from unittest import mock

import pytest
from batch.laws import journal
from hypothesis import given
from hypothesis import strategies as st
from layer_laws.kit import examples, rejects

from ai_sdk.batch import DatasetChangedError, RowResult, map_rows
from ai_sdk.batch._submitting import Submitting
from ai_sdk.batch.jobs import Answered, BatchItem, BatchModel
from ai_sdk.errors import APIConnectionError, APIError, APITimeoutError, InvalidRequestError, NotFoundError, ServerError
from ai_sdk.http import HTTPResponse
from ai_sdk.polling import Pending, Polling
from ai_sdk.prices import Price
from ai_sdk.provider import ErrorInfo, to_json
from ai_sdk.providers.openai import create_openai
from ai_sdk.requests import EmbeddingRequest, LanguageRequest
from ai_sdk.results import LanguageResult
from ai_sdk.testing import run

PROVIDER = create_openai(api_key="key", base_url="http://fake.example/v1")
POLLING = Polling(interval=1.0, factor=1.0, timeout=1000.0)


class Cloud:
    """The jobs of a provider, which outlive the processes that ask for them."""

    def __init__(self, seconds: float = 3.0) -> None:
        self.seconds = seconds
        self.jobs: dict[str, list[BatchItem]] = {}
        self.began: dict[str, float] = {}
        self.cancelled: set[str] = set()
        self.fails: dict[str, APIError] = {}
        self.unanswered: set[str] = set()
        self.broken: set[str] = set()
        self.cuts = 0

    @property
    def submitted(self) -> list[str]:
        return [item.id for items in self.jobs.values() for item in items]


class Fake(BatchModel[Any, Any]):
    """Its provider."""

    def __init__(self, cloud: Cloud, model: Any = None) -> None:
        super().__init__(model or PROVIDER.chat("m"))
        self.cloud = cloud
        self.most_requests = 4

    async def submit(self, items: Sequence[BatchItem]) -> str:
        await asyncio.sleep(0.5)
        job = f"job-{len(self.cloud.jobs)}"
        self.cloud.jobs[job] = list(items)
        self.cloud.began[job] = asyncio.get_running_loop().time()
        return job

    async def look(self, job: str) -> Pending | Mapping[str, Any]:
        if job in self.cloud.fails:
            raise self.cloud.fails[job]
        now = asyncio.get_running_loop().time()
        if job not in self.cloud.cancelled and now < self.cloud.began[job] + self.cloud.seconds:
            return Pending("working")
        return {"id": job}

    async def answers(self, said: Mapping[str, Any]) -> AsyncGenerator[tuple[str, Answered], None]:
        done = [] if said["id"] in self.cloud.cancelled else self.cloud.jobs[said["id"]]
        for place, item in enumerate(reversed(done)):
            if self.cloud.cuts and place == 1:
                self.cloud.cuts -= 1
                raise APIConnectionError("cut")
            if item.id in self.cloud.broken:
                yield item.id, HTTPResponse(400, {}, b'{"error": {"message": "too hot"}}')
            elif item.id not in self.cloud.unanswered:
                yield item.id, HTTPResponse(200, {}, to_json(answer(item.body)))

    async def cancel(self, job: str) -> None:
        self.cloud.cancelled.add(job)


def answer(body: dict[str, Any]) -> dict[str, Any]:
    text = f"re: {body['messages'][-1]['content']}"
    return {
        "id": "c",
        "model": "m",
        "choices": [{"index": 0, "message": {"role": "assistant", "content": text}, "finish_reason": "stop"}],
        "usage": {"prompt_tokens": 1000, "completion_tokens": 100, "total_tokens": 1100},
    }


def prompt(row: int) -> str:
    return f"row {row}"


def batch(cloud: Cloud, rows: int = 10, **options: Any) -> Any:
    chosen: dict[str, Any] = {"concurrency": 2, "polling": POLLING, **options}
    return map_rows(prompt, range(rows), via=Fake(cloud), **chosen)


def right(found: Sequence[RowResult[LanguageResult]], rows: int = 10) -> bool:
    return [row.value.text if row.value else None for row in found] == [f"re: row {n}" for n in range(rows)]


async def test_rows_go_in_jobs_and_come_back_in_order() -> None:
    cloud = Cloud()
    found = await batch(cloud, prices={"openai:m": Price(input=1, output=2)})
    assert right(found)
    assert [len(items) for items in cloud.jobs.values()] == [4, 4, 2]
    assert not cloud.cancelled
    item = cloud.jobs["job-0"][0]
    assert (item.id, item.path, item.body["model"]) == ("row-0", "/chat/completions", "m")
    assert "Bearer" not in repr(item)
    assert found[0].attempts == 1
    assert found[0].cost == (1000 * 1000 + 100 * 2000) // 2  # half the price
    assert found[0].usage.input_tokens == 1000


async def test_at_most_so_many_jobs_are_under_way() -> None:
    cloud = Cloud(seconds=100)
    await batch(cloud, 12, concurrency=1)
    began = sorted(cloud.began.values())
    assert all(later - earlier >= 100 for earlier, later in zip(began, began[1:], strict=False))


async def test_a_job_has_no_more_bytes_than_allowed() -> None:
    cloud = Cloud()
    fake = Fake(cloud)
    fake.most_bytes = 700
    found = await map_rows(prompt, range(4), via=fake, polling=POLLING)
    assert right(found, 4)
    assert all(len(items) <= 2 for items in cloud.jobs.values())


async def test_functions_may_be_async_and_make_requests_of_the_kind() -> None:
    async def later(row: int) -> LanguageRequest:
        await asyncio.sleep(1)
        request: LanguageRequest = Fake(Cloud()).request_of(f"row {row}")
        return request

    assert right(await map_rows(later, range(3), via=Fake(Cloud()), polling=POLLING), 3)
    fake = Fake(Cloud(), PROVIDER.embedding("e"))
    item = await fake.encoded(fake.request_of(EmbeddingRequest(values=("a",))), "row-0")
    assert (item.path, item.body["input"]) == ("/embeddings", ["a"])
    with pytest.raises(InvalidRequestError, match="the function made a str"):
        fake.request_of("text")


async def test_streaming_is_not_asked_for() -> None:
    fake = Fake(Cloud())
    request = fake.request_of(LanguageRequest(messages=fake.request_of("hi").messages, stream=True))
    assert "stream" not in (await fake.encoded(request, "x")).body


async def test_failures_of_requests_are_rows() -> None:
    cloud = Cloud()
    cloud.broken, cloud.unanswered = {"row-1"}, {"row-2"}

    def makes(row: int) -> Any:
        if row == 3:
            raise ValueError("no prompt")
        return 7 if row == 4 else f"row {row}"

    found = await map_rows(makes, range(6), via=Fake(cloud), polling=POLLING)
    errors = {row.index: row.error for row in found if row.error is not None}
    assert {index: error.kind for index, error in errors.items()} == {
        1: "BadRequestError",
        2: "APIError",
        3: "ValueError",
        4: "InvalidRequestError",
    }
    assert errors[1].message == "openai:m 400: too hot"
    assert errors[2].retryable
    assert "has no answer to this request" in errors[2].message


async def test_a_failure_is_raised_when_asked() -> None:
    cloud = Cloud()
    cloud.broken = {"row-1"}
    with pytest.raises(APIError, match="too hot"):
        await batch(cloud, on_error="raise")


async def test_a_reading_that_breaks_off_is_repeated() -> None:
    cloud = Cloud()
    cloud.cuts = 3
    assert right(await batch(cloud, 4), 4)
    cloud = Cloud()
    cloud.cuts = 4
    with pytest.raises(APIConnectionError):
        await batch(cloud, 4)


async def test_a_job_that_fails_ends_the_batch_and_is_not_resumed(tmp_path: Path) -> None:
    cloud = Cloud()
    cloud.fails["job-0"] = Fake(cloud).failed_job("job-0", ErrorInfo("the file is invalid"), {})
    with pytest.raises(APIError, match="the file is invalid"):
        await batch(cloud, 4, journal=tmp_path / "journal")
    assert right(await batch(cloud, 4, journal=tmp_path / "journal"), 4)
    assert len(cloud.jobs) == 2


async def test_a_job_that_cannot_be_looked_at_is_kept(tmp_path: Path) -> None:
    cloud = Cloud()
    cloud.fails["job-0"] = ServerError("broken", status=500)
    with pytest.raises(ServerError):
        await batch(cloud, 4, journal=tmp_path / "journal", polling=Polling(interval=1, failures=2))
    cloud.fails.clear()
    cloud.cancelled.clear()
    assert right(await batch(cloud, 4, journal=tmp_path / "journal"), 4)
    assert len(cloud.jobs) == 1


async def test_a_job_that_takes_too_long_is_called_off() -> None:
    cloud = Cloud(seconds=10_000)
    with pytest.raises(APITimeoutError):
        await batch(cloud, 4)
    assert cloud.cancelled == {"job-0"}


async def test_a_cancellation_calls_the_jobs_off_and_what_they_lack_is_asked_again(tmp_path: Path) -> None:
    cloud = Cloud(seconds=50)
    task = asyncio.create_task(_all(batch(cloud, 8, journal=tmp_path / "journal")))
    await asyncio.sleep(10)
    task.cancel()
    await asyncio.wait([task])
    assert cloud.cancelled == {"job-0", "job-1"}
    assert right(await batch(cloud, 8, journal=tmp_path / "journal"), 8)
    assert len(cloud.jobs) == 4


async def test_a_cancellation_while_a_job_is_submitted_calls_it_off(tmp_path: Path) -> None:
    cloud = Cloud(seconds=50)
    task = asyncio.create_task(_all(batch(cloud, 4, journal=tmp_path / "journal")))
    await asyncio.sleep(0.2)
    assert not cloud.jobs
    task.cancel()
    await asyncio.wait([task])
    assert cloud.cancelled == set(cloud.jobs) == {"job-0"}


async def test_another_dataset_is_refused(tmp_path: Path) -> None:
    await batch(Cloud(), 4, journal=tmp_path / "journal")
    with pytest.raises(DatasetChangedError):
        await map_rows(prompt, [0, 1, 2, 9], via=Fake(Cloud()), journal=tmp_path / "journal")


async def _died(cloud: Cloud, path: Path, rows: Sequence[Any], **options: Any) -> None:
    """Run until the jobs are submitted, and leave them running, with the journal as it was then."""
    stream = map_rows(_text, rows, via=Fake(cloud), polling=POLLING, journal=path, **options)
    task = asyncio.create_task(_all(stream))
    await asyncio.sleep(2)
    written = path.read_bytes()
    task.cancel()
    await asyncio.wait([task])
    cloud.cancelled.clear()
    path.write_bytes(written)


def _text(row: Any) -> str:
    return f"row {row['n']}" if isinstance(row, dict) else f"row {row}"


async def test_a_submitted_row_that_changed_or_is_gone_is_refused(tmp_path: Path) -> None:
    cloud = Cloud(seconds=20)
    await _died(cloud, tmp_path / "journal", [0, 1, 2, 3])
    for other, how in (([0, 1, 9, 3], "is not what was submitted"), (iter([0, 1]), "submitted are gone")):
        with pytest.raises(DatasetChangedError, match=how):
            await map_rows(_text, other, via=Fake(cloud), polling=POLLING, journal=tmp_path / "journal")
    cloud.cancelled.clear()
    assert right(await map_rows(_text, [0, 1, 2, 3], via=Fake(cloud), journal=tmp_path / "journal"), 4)
    assert len(cloud.jobs) == 1


async def test_rows_with_keys_are_resumed_in_another_order(tmp_path: Path) -> None:
    cloud = Cloud(seconds=20)
    rows = [{"id": f"id-{n}", "n": n} for n in range(4)]
    await _died(cloud, tmp_path / "journal", rows, key="id")
    found = await map_rows(_text, rows[::-1], via=Fake(cloud), journal=tmp_path / "journal", key="id")
    assert [(row.key, row.value.text) for row in found if row.value] == [
        (f"id-{n}", f"re: row {n}") for n in (3, 2, 1, 0)
    ]
    assert len(cloud.jobs) == 1


async def test_a_job_that_the_provider_does_not_know_any_more_is_not_looked_at_again(tmp_path: Path) -> None:
    cloud = Cloud()
    cloud.fails["job-0"] = NotFoundError("no such batch", status=404)
    with pytest.raises(NotFoundError):
        await batch(cloud, 4, journal=tmp_path / "journal")
    assert right(await batch(cloud, 4, journal=tmp_path / "journal"), 4)
    assert len(cloud.jobs) == 2


async def test_jobs_are_closed_in_the_journal(tmp_path: Path) -> None:
    await batch(Cloud(), 10, journal=tmp_path / "journal")
    lines = (tmp_path / "journal").read_text().splitlines()
    assert sum('"closed":' in line for line in lines) == 3


async def _all(stream: Any) -> Any:
    return await stream


class Shuffles(Fake):
    """Gives the answers in order and not by their ids."""

    async def answers(self, said: Mapping[str, Any]) -> AsyncGenerator[tuple[str, Answered], None]:
        found = [each async for each in super().answers(said)]
        for (item, _), (_, answered) in zip(reversed(found), found, strict=True):
            yield item, answered


class LosesOne(Fake):
    """Leaves the last answer of a full job out."""

    async def answers(self, said: Mapping[str, Any]) -> AsyncGenerator[tuple[str, Answered], None]:
        found = [each async for each in super().answers(said)]
        for each in found[: 3 if len(found) == 4 else None]:
            yield each


def forgets_its_jobs(cloud: Cloud) -> Fake:
    """Submits all again that is not in the journal."""
    return Fake(cloud)


def every_row_once(make: Callable[[Cloud], Fake]) -> None:
    """A process that dies leaves its jobs running; the next one collects them.

    It submits no row twice but those of a job whose id had not been written, and each row comes out once.
    """

    @examples(40)
    @given(
        st.integers(0, 14),
        st.integers(1, 3),
        st.integers(1, 20),
        st.booleans(),
        st.lists(st.floats(0, 40), max_size=3),
        st.sampled_from([1.0, 10.0]),
    )
    def law(
        rows: int, concurrency: int, lookahead: int, ordered: bool, deaths: list[float], seconds: float
    ) -> None:  # fmt: skip
        cloud = Cloud(seconds)
        with journal() as path:
            options: dict[str, Any] = {"concurrency": concurrency, "lookahead": lookahead, "ordered": ordered}

            def stream() -> Any:
                via = make(cloud)
                return map_rows(prompt, range(rows), via=via, polling=POLLING, journal=path, fsync=None, **options)

            unwritten = 0
            for after in deaths:
                unwritten += run(_dies(stream, cloud, path, after))
            found = run(_all(stream()))
            assert right(sorted(found, key=_index), rows)
            assert len(cloud.submitted) <= rows + unwritten

    with mock.patch.object(Submitting, "_resume", _nothing) if make is forgets_its_jobs else nullcontext():
        law()


async def _dies(stream: Callable[[], Any], cloud: Cloud, path: Path, after: float) -> int:
    """Run for so long; how many rows have been submitted in jobs that the journal does not know."""
    before = len(cloud.jobs)
    task = asyncio.create_task(_all(stream()))
    await asyncio.sleep(after)
    written = path.read_bytes() if path.exists() else b""
    cancelled = set(cloud.cancelled)
    task.cancel()
    await asyncio.wait([task])
    cloud.cancelled = cancelled
    path.write_bytes(written)
    cloud.began = dict.fromkeys(cloud.jobs, 0.0)
    new = list(cloud.jobs.items())[before:]
    return sum(len(items) for job, items in new if f'"job":"{job}"'.encode() not in written)


def _nothing(*_: Any) -> None:
    pass


def _index(row: RowResult[Any]) -> int:
    return row.index


def test_law_every_row_once() -> None:
    every_row_once(Fake)


@pytest.mark.parametrize("wrong", [Shuffles, LosesOne, forgets_its_jobs])
def test_law_rejects(wrong: Any) -> None:
    rejects(every_row_once, wrong)
