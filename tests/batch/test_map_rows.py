"""``map_rows``: sources, keys, values, journals, errors, progress, output."""

from __future__ import annotations

import asyncio
import datetime as dt
import decimal
import enum
import gc
import io
import os
import sys
import weakref
from collections.abc import AsyncGenerator, Iterator
from importlib import import_module
from pathlib import Path
from typing import Any, assert_type, cast

import pytest
from pydantic import BaseModel

from ai_sdk import generate_object, generate_text
from ai_sdk.batch import DatasetChangedError, JournalError, RowProgress, RowResults, RowStream, map_rows
from ai_sdk.batch._keys import digest_of
from ai_sdk.batch._values import from_stored, to_stored
from ai_sdk.call import record_call
from ai_sdk.errors import InvalidRequestError, MissingExtraError, RateLimitError, ResponseClosedError
from ai_sdk.messages import TextPart, user
from ai_sdk.prices import Price
from ai_sdk.providers.openai import create_openai
from ai_sdk.requests import LanguageRequest
from ai_sdk.results import EmbeddingResult, LanguageResult, Usage
from ai_sdk.testing import ScriptedModel

pandas: Any = import_module("pandas")
pyarrow: Any = import_module("pyarrow")
datasets: Any = import_module("pyarrow.dataset")


async def double(row: Any) -> int:
    number: int = row["n"] if hasattr(row, "keys") else row
    return 2 * number


async def echo(row: Any) -> Any:
    return row


def turn(text: str, read: int, written: int) -> LanguageResult:
    usage = Usage(input_tokens=read, output_tokens=written)
    return LanguageResult(content=(TextPart(text),), finish_reason="stop", usage=usage)


def frame() -> Any:
    return pandas.DataFrame({"n": range(2500), "name": [f"row {n}" for n in range(2500)]})


def table() -> Any:
    return pyarrow.table({"n": list(range(2500))})


async def later() -> AsyncGenerator[int, None]:
    for n in range(2500):
        yield n


@pytest.mark.parametrize(
    "rows",
    [
        lambda: range(2500),
        lambda: iter(range(2500)),
        later,
        frame,
        table,
        lambda: table().to_reader(max_chunksize=700),
        lambda: table().to_batches()[0],
        lambda: datasets.dataset(table()),
        lambda: pyarrow.array(range(2500)).to_pylist(),
    ],
)
async def test_rows_come_from_anything(rows: Any) -> None:
    found = await map_rows(double, rows())
    assert found.values == [2 * n for n in range(2500)]


async def test_the_types_of_values_are_known() -> None:
    requests = [LanguageRequest(messages=(user("hi"),))]
    assert_type(await map_rows(double, [1]), RowResults[int])
    assert_type(await map_rows(ScriptedModel(["a"]), requests), RowResults[LanguageResult])
    via = create_openai(api_key="key").batch("gpt-5-mini")
    assert_type(map_rows(str, [1], via=via), RowStream[LanguageResult])


async def test_rows_of_a_frame_are_plain_dicts() -> None:
    found = await map_rows(echo, frame().head(2))
    assert found.values == [{"n": 0, "name": "row 0"}, {"n": 1, "name": "row 1"}]
    assert type(cast("Any", found[0].value)["n"]) is int


async def test_an_arrow_reader_is_read_as_far_as_it_is_needed() -> None:
    made: list[int] = []

    def batches() -> Iterator[Any]:
        for start in range(0, 100, 10):
            made.append(start)
            yield pyarrow.record_batch({"n": list(range(start, start + 10))})

    reader = pyarrow.RecordBatchReader.from_batches(pyarrow.schema([("n", pyarrow.int64())]), batches())
    async with map_rows(double, reader, concurrency=1, lookahead=1) as rows:
        first = await anext(rows)
    assert first.value == 0
    assert len(made) <= 2


@pytest.mark.parametrize("rows", ["text", b"bytes", {"a": 1}, 7, None])
def test_what_has_no_rows_is_refused(rows: Any) -> None:
    with pytest.raises(InvalidRequestError, match=f"rows is a {type(rows).__name__}"):
        map_rows(double, rows)


@pytest.mark.parametrize(
    ("options", "field"),
    [
        ({"concurrency": 0}, "concurrency"),
        ({"concurrency": True}, "concurrency"),
        ({"lookahead": -1}, "lookahead"),
        ({"on_error": "ignore"}, "on_error"),
        ({"fsync": -1.0}, "fsync"),
    ],
)
def test_bad_options_are_refused(options: dict[str, Any], field: str) -> None:
    with pytest.raises(InvalidRequestError) as raised:
        map_rows(double, [], **options)
    assert raised.value.field == field


async def test_a_function_that_is_not_async_ends_the_batch() -> None:
    def plain(row: int) -> int:
        return row

    with pytest.raises(InvalidRequestError, match="the function gave a int"):
        await map_rows(cast("Any", plain), [1, 2])


async def test_an_error_of_the_source_is_raised_and_the_calls_are_cancelled() -> None:
    running = [0]

    async def slow(row: int) -> None:
        running[0] += 1
        try:
            await asyncio.sleep(10)
        finally:
            running[0] -= 1

    def rows() -> Iterator[int]:
        yield 1
        raise OSError("the disk is gone")

    with pytest.raises(OSError, match="the disk is gone"):
        await map_rows(slow, rows())
    assert running == [0]


async def test_an_error_is_raised_while_the_source_is_waited_for() -> None:
    async def rows() -> AsyncGenerator[int, None]:
        yield 1
        await asyncio.sleep(1000)
        yield 2

    async def fails(row: int) -> None:
        raise RateLimitError("slow down")

    with pytest.raises(RateLimitError):
        await map_rows(fails, rows(), on_error="raise")
    assert asyncio.get_running_loop().time() < 1


async def test_a_source_is_closed_when_its_rows_are_not_all_read() -> None:
    closed: list[bool] = []

    async def rows() -> AsyncGenerator[int, None]:
        try:
            for n in range(100):
                yield n
        finally:
            closed.append(True)

    async with map_rows(double, rows()) as found:
        await anext(found)
    assert closed == [True]


async def test_it_is_used_once_and_begins_when_it_is_entered() -> None:
    stream = map_rows(double, [1])
    with pytest.raises(ResponseClosedError, match="has not begun"):
        await anext(stream)
    assert (await stream).values == [2]
    with pytest.raises(ResponseClosedError, match="used once"):
        await stream


async def test_a_function_that_cancels_itself_does_not_hang_the_batch() -> None:
    async def cancels(row: int) -> None:
        raise asyncio.CancelledError

    with pytest.raises(asyncio.CancelledError):
        await map_rows(cancels, [1, 2, 3])


async def test_errors_are_data() -> None:
    async def fails(row: int) -> None:
        raise RateLimitError("slow down", provider="groq")

    (row,) = await map_rows(fails, [1])
    assert row.error is not None
    assert (row.error.kind, row.error.message, row.error.retryable) == ("RateLimitError", "groq: slow down", True)
    assert not row.ok


async def test_usage_cost_and_attempts_are_those_of_the_calls() -> None:
    model = ScriptedModel([turn("yes", 1000, 10)], model_id="m")

    async def twice(row: str) -> str:
        await generate_text(model, row)
        return (await generate_text(model, row)).text

    with record_call() as outer:
        found = await map_rows(twice, ["a", "b"], prices={"scripted:m": Price(input=1, output=10)}, concurrency=1)
    assert [row.attempts for row in found] == [2, 2]
    assert found[0].usage == Usage(input_tokens=2000, output_tokens=20)
    assert found[0].cost == 2 * (1000 * 1000 + 10 * 10_000)
    assert found.cost == 2 * cast("int", found[0].cost)
    assert found.usage == Usage(input_tokens=4000, output_tokens=40)
    assert not outer.attempts  # a batch of a million rows does not grow the record around it
    assert not outer.children


async def test_what_a_row_costs_is_unknown_without_a_price() -> None:
    model = ScriptedModel([turn("yes", 10, 10)])
    (row,) = await map_rows(lambda row: generate_text(model, row), ["a"])
    assert row.cost is None
    assert row.usage.input_tokens == 10


async def test_observers_of_the_call_around_see_each_row() -> None:
    seen: list[str | None] = []

    def observe(record: Any, kind: str, detail: Any) -> None:
        if kind == "record-closed" and record.name == "map_rows":
            seen.append(record.name)

    with record_call(observers=(observe,)):
        await map_rows(double, [1, 2, 3])
    assert seen == ["map_rows"] * 3


async def test_a_model_is_a_function_of_its_requests(tmp_path: Path) -> None:
    model = ScriptedModel(["one", "two"])
    requests = [LanguageRequest(messages=(user(text),)) for text in ("a", "b")]
    found = await map_rows(model, requests, concurrency=1, journal=tmp_path / "journal")
    assert [cast("LanguageResult", row.value).text for row in found] == ["one", "two"]
    again = await map_rows(model, requests, concurrency=1, journal=tmp_path / "journal")
    assert list(again) == list(found)
    assert all(row.resumed for row in again)


class Level(enum.IntEnum):
    LOW = 1


class Word(enum.StrEnum):
    A = "a"


class Person(BaseModel):
    name: str


async def test_results_of_user_functions_are_kept(tmp_path: Path) -> None:
    model = ScriptedModel([turn("hello", 1, 2), '{"name": "Ada"}'])

    async def ask(row: str) -> Any:
        if row == "text":
            return await generate_text(model, row)
        return await generate_object(model, row, schema=Person)

    for _ in range(2):
        text, person = await map_rows(ask, ["text", "object"], concurrency=1, journal=tmp_path / "journal")
        assert isinstance(text.value, LanguageResult)
        assert (text.value.text, text.value.usage.output_tokens) == ("hello", 2)
        assert person.value == {"name": "Ada"}
        assert text.to_dict()["value"] == "hello"


@pytest.mark.parametrize(
    ("value", "kept"),
    [
        (None, None),
        ({"a": [1, 2.5, "x", None, True]}, {"a": [1, 2.5, "x", None, True]}),
        ((1, (2,)), [1, [2]]),
        ([Level.LOW, Word.A], [1, "a"]),
        (b"\x00\xff", b"\x00\xff"),
        ("\ud800 lone", "\ud800 lone"),
        ({"$": 1}, {"$": 1}),
        (Person(name="Ada"), {"name": "Ada"}),
        (EmbeddingResult(embeddings=((1.0, 2.0),)), EmbeddingResult(embeddings=((1.0, 2.0),))),
    ],
)
async def test_values_come_back_from_a_journal(tmp_path: Path, value: Any, kept: Any) -> None:
    async def give(row: int) -> Any:
        return value

    async def never(row: int) -> Any:
        raise AssertionError

    path = tmp_path / "journal"
    (first,) = await map_rows(give, [1], journal=path)
    (again,) = await map_rows(never, [1], journal=path)
    assert first.value == again.value == kept
    assert type(first.value) is type(again.value) is type(kept)
    assert from_stored(to_stored(value)) == kept


async def test_a_value_that_no_journal_can_hold_ends_the_batch(tmp_path: Path) -> None:
    async def give(row: int) -> Any:
        return object()

    with pytest.raises(InvalidRequestError, match="returned a object, which a journal cannot hold"):
        await map_rows(give, [1], journal=tmp_path / "journal")
    assert (await map_rows(give, [1]))[0].ok


async def test_keys_are_given_by_a_field_or_a_function(tmp_path: Path) -> None:
    rows = [{"id": "b", "n": 1}, {"id": "a", "n": 2}]
    found = await map_rows(double, rows, key="id", journal=tmp_path / "journal")
    assert [row.key for row in found] == ["b", "a"]
    turned = await map_rows(double, rows[::-1], key="id", journal=tmp_path / "journal")  # in any order
    assert [(row.key, row.value, row.index) for row in turned] == [("a", 4, 0), ("b", 2, 1)]
    assert [row.key for row in await map_rows(double, [5], key=lambda row: f"k{row}")] == ["k5"]
    assert [row.key for row in await map_rows(double, [5, 6])] == ["0", "1"]


@pytest.mark.parametrize("keys", [["a", "a"], ["", "b"], [None, "b"], [1.5, "b"]])
async def test_bad_keys_are_refused(keys: list[Any]) -> None:
    with pytest.raises(InvalidRequestError) as raised:
        await map_rows(echo, [{"id": key} for key in keys], key="id")
    assert raised.value.field == "key"


async def test_rows_without_a_plain_form_need_a_key(tmp_path: Path) -> None:
    with pytest.raises(InvalidRequestError, match="give map_rows a key"):
        await map_rows(lambda _: asyncio.sleep(0, 1), [object()], journal=tmp_path / "one")
    found = await map_rows(lambda _: asyncio.sleep(0, 1), [object()], key=lambda _: "k", journal=tmp_path / "two")
    assert found.values == [1]


def test_digests_tell_rows_apart() -> None:
    day = dt.date(2026, 1, 2)
    rows = [
        {"d": day},
        {"d": "2026-01-02"},
        {"d": decimal.Decimal("1.10")},
        {"d": decimal.Decimal("1.1")},
        {"d": Path("/a")},
        {"d": pandas.Timestamp("2026-01-02")},
        {"d": Person(name="x")},
        {"d": 1},
        {"d": True},
        {"d": [1]},
    ]
    digests = [digest_of(row) for row in rows]
    assert None not in digests
    assert len(set(digests)) == len(rows)
    assert digest_of({"a": 1, "b": day}) == digest_of({"b": day, "a": 1})
    assert digest_of(object()) is None


async def test_errors_are_resumed_or_called_again(tmp_path: Path) -> None:
    broken = [True]

    async def function(row: int) -> int:
        if row == 1 and broken[0]:
            raise ValueError("no")
        return row

    path = tmp_path / "journal"
    await map_rows(function, range(3), journal=path)
    broken[0] = False
    kept = await map_rows(function, range(3), journal=path)
    assert [row.ok for row in kept] == [True, False, True]
    mended = await map_rows(function, range(3), journal=path, retry_errors=True)
    assert mended.values == [0, 1, 2]
    assert [row.resumed for row in mended] == [True, False, True]
    assert (await map_rows(function, range(3), journal=path)).values == [0, 1, 2]


async def test_one_batch_at_a_time_has_a_journal(tmp_path: Path) -> None:
    async with map_rows(double, range(3), journal=tmp_path / "journal") as rows:
        await anext(rows)
        with pytest.raises(JournalError, match="is in use by another batch"):
            await map_rows(double, range(3), journal=tmp_path / "journal")
    assert len(await map_rows(double, range(3), journal=tmp_path / "journal")) == 3


@pytest.mark.parametrize("content", [b"a file of mine", b"a file\nof mine\n", b'{"format":"other 1"} 00\n'])
async def test_a_file_that_is_no_journal_is_left_as_it_is(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "mine.txt"
    path.write_bytes(content)
    with pytest.raises(JournalError, match="is no journal"):
        await map_rows(double, [1], journal=path)
    assert path.read_bytes() == content


async def test_a_journal_of_other_keys_is_refused(tmp_path: Path) -> None:
    await map_rows(double, [1], journal=tmp_path / "journal")
    with pytest.raises(JournalError, match="keys that were made, not given"):
        await map_rows(double, [1], journal=tmp_path / "journal", key=str)


async def test_the_refusal_of_a_changed_dataset_says_what_changed(tmp_path: Path) -> None:
    path = tmp_path / "journal"
    await map_rows(double, [1, 2, 3], journal=path)
    with pytest.raises(DatasetChangedError, match="row 1 is not what it was"):
        await map_rows(double, [1, 5, 3], journal=path)
    with pytest.raises(DatasetChangedError, match="it has 2 rows, and had 3"):
        await map_rows(double, [1, 2], journal=path)
    assert (await map_rows(double, [1, 2, 3], journal=path)).values == [2, 4, 6]


async def test_a_folder_that_is_not_there_is_a_journal_error(tmp_path: Path) -> None:
    with pytest.raises(JournalError, match="cannot be opened"):
        await map_rows(double, [1], journal=tmp_path / "no" / "journal")


async def test_a_full_disk_ends_the_batch_and_leaves_a_good_journal(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path, real, left = tmp_path / "journal", os.write, [200]

    def write(file: int, data: Any) -> int:
        if left[0] <= 0:
            raise OSError(28, "No space left on device")
        written = real(file, data[: left[0]])
        left[0] -= written
        return written

    monkeypatch.setattr("ai_sdk.batch._journal.os.write", write)
    with pytest.raises(JournalError, match="No space left on device"):
        await map_rows(double, range(10), journal=path, fsync=None)
    monkeypatch.undo()
    called: list[int] = []

    async def counted(row: int) -> int:
        called.append(row)
        return 2 * row

    found = await map_rows(counted, range(10), journal=path)
    assert found.values == [2 * n for n in range(10)]
    assert 0 < len(called) < 10


@pytest.mark.parametrize(("fsync", "least", "most"), [(0, 12, 99), (1.0, 3, 9), (None, 0, 0)])
async def test_the_disk_is_asked_as_often_as_fsync_says(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, fsync: float | None, least: int, most: int
) -> None:
    synced: list[int] = []
    monkeypatch.setattr("ai_sdk.batch._journal.os.fsync", synced.append)

    async def slow(row: int) -> int:
        await asyncio.sleep(0.5)
        return row

    await map_rows(slow, range(10), concurrency=1, journal=tmp_path / "journal", fsync=fsync)
    assert least <= len(synced) <= most


async def test_progress_is_told() -> None:
    seen: list[RowProgress] = []

    async def fails_at_one(row: int) -> int:
        if row == 1:
            raise ValueError
        return row

    await map_rows(fails_at_one, range(3), progress=seen.append)
    assert seen[-1] == RowProgress(done=3, total=3, failed=1)
    await map_rows(fails_at_one, iter(range(3)), progress=seen.append)
    assert seen[-1].total is None


async def test_a_bar_is_shown(monkeypatch: pytest.MonkeyPatch) -> None:
    shown_text = io.StringIO()
    monkeypatch.setattr(sys, "stderr", shown_text)
    await map_rows(double, range(7), progress=True)
    assert "7/7" in shown_text.getvalue()


async def test_missing_packages_are_named(monkeypatch: pytest.MonkeyPatch) -> None:
    found = await map_rows(double, [1])
    for name in ("pandas", "pyarrow", "tqdm.auto"):
        monkeypatch.setitem(sys.modules, name, None)
    with pytest.raises(MissingExtraError, match=r"ai-sdk-layers\[dataframes\]"):
        found.to_pandas()
    with pytest.raises(MissingExtraError, match=r"ai-sdk-layers\[dataframes\]"):
        found.to_arrow()
    with pytest.raises(MissingExtraError, match=r"ai-sdk-layers\[cli\]"):
        await map_rows(double, [1], progress=True)


async def test_finished_rows_are_not_kept_in_memory() -> None:
    class Value:
        pass

    alive: weakref.WeakSet[Value] = weakref.WeakSet()

    async def make(row: int) -> Value:
        value = Value()
        alive.add(value)
        return value

    most = 0
    async with map_rows(make, range(2000), concurrency=4, lookahead=8) as rows:
        async for _ in rows:
            most = max(most, len(alive))
    gc.collect()
    assert most <= 16
