"""Stores keep what they are given, as long as they should; bytes that are no answer are none."""

from __future__ import annotations

import asyncio
import gc
import pickle
import sqlite3
import subprocess
import sys
import threading
from collections.abc import Callable, Sequence
from dataclasses import fields
from pathlib import Path
from typing import Any, cast

import pytest
from hypothesis import given
from hypothesis import strategies as st
from laws import wrong_cache as wrong
from layer_laws.kit import FINISH, examples, rejects

from ai_sdk import messages, parts, results
from ai_sdk._frozen import FrozenDict, freeze
from ai_sdk.errors import InvalidRequestError, MissingExtraError
from ai_sdk.messages import FilePart, ReasoningPart, SourcePart, TextPart, ToolCallPart, ToolResultPart
from ai_sdk.parts import (
    AudioDelta,
    Finish,
    ReasoningDelta,
    ResponseMetadata,
    StreamStart,
    TextDelta,
    ToolInputDelta,
    TranscriptDelta,
    TranscriptFinish,
    TranscriptSegment,
)
from ai_sdk.results import (
    CallWarning,
    EmbeddingResult,
    GeneratedFile,
    ImageResult,
    LanguageResult,
    RankedDocument,
    RerankResult,
    ResponseInfo,
    Segment,
    SpeechResult,
    TranscriptionResult,
    Usage,
    VideoResult,
    fold_language,
    fold_speech,
    fold_transcription,
)
from ai_sdk.stores import DiskStore, MemoryStore
from ai_sdk.stores import codec as right
from ai_sdk.stores.codec import decode, encode
from ai_sdk.stores.entry import FIELDS, TYPES, Entry, frozen
from ai_sdk.testing import run

texts = st.text("ab$\x00é\ud800", max_size=4)
floats = st.floats(allow_nan=False)
plain = st.recursive(
    st.one_of(st.none(), st.booleans(), st.integers(), floats, texts, st.binary(max_size=3)),
    lambda inner: st.one_of(
        st.lists(inner, max_size=2),
        st.dictionaries(st.sampled_from(["$", "$$", "$Usage", "a", "b"]) | st.integers(0, 2), inner, max_size=2),
    ),
    max_leaves=5,
)
metadata = st.dictionaries(st.sampled_from(["groq", "$"]), plain, max_size=2)
maybe = st.none() | texts
usages = st.builds(Usage, *[st.none() | st.integers(0, 9)] * 5, raw=st.none() | metadata)
warnings = st.lists(st.builds(CallWarning, st.sampled_from(["unsupported", "other"]), texts, texts), max_size=2).map(
    tuple
)
reasons = st.sampled_from(["stop", "length", "tool-calls", "other"])
segments = st.builds(Segment, texts, st.none() | floats, st.none() | floats, maybe)
files = st.builds(FilePart, data=st.binary(max_size=4), media_type=texts, filename=maybe, provider_metadata=metadata)
outputs = plain | st.lists(st.builds(TextPart, texts) | files, max_size=2).map(tuple)
content = st.one_of(
    files,
    st.builds(ToolCallPart, texts, texts, texts, st.booleans(), metadata),
    st.builds(ToolResultPart, texts, texts, outputs, st.booleans(), st.booleans(), metadata),
    st.builds(SourcePart, texts, maybe, maybe, maybe, maybe, metadata),
)
heads = st.one_of(
    st.builds(StreamStart, warnings), st.builds(ResponseMetadata, maybe, maybe, st.none() | floats, metadata)
)
finishes = st.builds(Finish, reasons, usages, maybe, metadata, warnings)
language = st.lists(
    st.one_of(
        heads,
        st.builds(TextDelta, texts, texts, metadata),
        st.builds(ReasoningDelta, texts, texts, metadata),
        st.builds(ToolInputDelta, texts, texts, texts),
        content,
    ),
    max_size=4,
)
speech = st.lists(heads | st.builds(AudioDelta, st.binary(max_size=4), texts), max_size=4)
spoken = st.lists(heads | st.builds(TranscriptDelta, texts) | st.builds(TranscriptSegment, segments), max_size=4)
written = st.builds(
    TranscriptFinish, usages, maybe, st.none() | floats, st.lists(segments, max_size=2).map(tuple), metadata
)
common: dict[str, Any] = {
    "warnings": warnings,
    "usage": usages,
    "response": st.builds(ResponseInfo, maybe, maybe, st.none() | floats, metadata),
    "provider_metadata": metadata,
}
made = st.lists(st.builds(GeneratedFile, st.binary(max_size=4), texts), max_size=2).map(tuple)
values = st.one_of(
    st.builds(
        EmbeddingResult, embeddings=st.lists(st.lists(floats, max_size=3).map(tuple), max_size=2).map(tuple), **common
    ),
    st.builds(ImageResult, images=made, **common),
    st.builds(VideoResult, videos=made, **common),
    st.builds(SpeechResult, audio=st.binary(max_size=4), **common),
    st.builds(TranscriptionResult, text=texts, segments=st.lists(segments, max_size=2).map(tuple), **common),
    st.builds(
        RerankResult,
        ranking=st.lists(
            st.builds(RankedDocument, st.integers(0, 9), floats, texts | metadata.map(freeze)), max_size=2
        ).map(tuple),
        **common,
    ),
    st.builds(
        LanguageResult,
        content=st.lists(content | st.builds(ReasoningPart, texts), max_size=2).map(tuple),
        finish_reason=reasons,
        **common,
    ),
)


def live(most: list[Any], last: Any, fold: Any) -> Entry:
    return Entry((*most, last), fold)


entries = st.one_of(
    st.builds(live, language, finishes, st.just(fold_language)),
    st.builds(live, speech, finishes, st.just(fold_speech)),
    st.builds(live, spoken, written, st.just(fold_transcription)),
    st.builds(Entry, st.none(), st.none(), values),
)


def deep(value: Any) -> Any:
    """The value with all its fields in the open, those that == leaves out, too; but for attempts."""
    if hasattr(value, "__dataclass_fields__"):
        return type(value), [deep(getattr(value, each.name)) for each in fields(value) if each.name != "attempts"]
    if isinstance(value, dict):
        return {key: deep(each) for key, each in cast("dict[Any, Any]", value).items()}
    if isinstance(value, list | tuple):
        return [deep(each) for each in cast("Sequence[Any]", value)]
    return cast("Any", type(value)), value


def opened(entry: Entry | None) -> Any:
    assert entry is not None
    return deep(entry.parts), entry.fold, deep(entry.value)


def law_round_trip(make: Any) -> None:
    @examples(300)
    @given(entries)
    def law(entry: Entry) -> None:
        data = make.encode(entry)
        assert type(data) is bytes
        found = make.decode(data)
        assert opened(found) == opened(entry)
        assert frozen(found.parts) is found.parts
        assert frozen(found.value) is found.value

    law()


def test_C1_what_is_written_as_bytes_comes_back_equal() -> None:
    law_round_trip(right)
    rejects(law_round_trip, wrong.CodecOfPlainJSON)


def law_damage(make: Any) -> None:
    @examples(200)
    @given(entries, st.data())
    def law(entry: Entry, data: Any) -> None:
        good = encode(entry)
        at: int = data.draw(st.integers(0, len(good) - 1))
        bit: int = data.draw(st.integers(0, 7))
        damaged = good[:at] + bytes([good[at] ^ (1 << bit)]) + good[at + 1 :]
        assert make.decode(damaged) is None
        assert make.decode(good[:at]) is None
        assert make.decode(good + b"x") is None

    law()


def test_damaged_and_cut_bytes_are_no_answer() -> None:
    law_damage(right)
    rejects(law_damage, wrong.CodecWithoutAChecksum)


@examples(200)
@given(st.binary(max_size=60))
def test_any_bytes_are_no_answer(data: bytes) -> None:
    assert decode(data) is None


def test_an_entry_of_another_version_is_no_answer(monkeypatch: pytest.MonkeyPatch) -> None:
    old = encode(Entry((TextDelta("a"), FINISH), fold_language))
    monkeypatch.setattr(right, "VERSION", right.VERSION + 1)
    assert decode(old) is None
    assert decode(encode(Entry((FINISH,), fold_language))) is not None


@pytest.mark.parametrize(
    "text",
    [
        '{"value":{"$Popen":{"args":["true"]}}}',
        '{"value":{"$Usage":{"nobody":1}}}',
        '{"value":{"$Usage":{},"b":{}}}',
        '{"fold":"mine","parts":[]}',
        '{"fold":"language","parts":[{"$TextDelta":{}}]}',
        '{"value":{"$$":[[{},{}]]}}',
        "[]",
        "1",
        "{}",
        "[" * 100_000,
    ],
)
def test_what_says_something_unknown_is_no_answer(text: str) -> None:
    body = text.encode()
    head = right._HEAD.pack(right._checksum(right.VERSION, len(body), body), right.VERSION, len(body))
    found = decode(head + body)
    assert found is None or text == '{"value":{"$$":[[{},{}]]}}'


def test_every_part_and_result_can_be_written() -> None:
    of_parts = {getattr(parts, name) for name in parts.__all__ if isinstance(getattr(parts, name), type)}
    of_results = {getattr(results, name) for name in results.__all__ if isinstance(getattr(results, name), type)}
    of_messages = {messages._PARTS[name] for name in messages._PARTS}
    known = set(TYPES.values())
    assert {each for each in of_parts | of_messages if hasattr(each, "__dataclass_fields__")} <= known
    assert {each for each in of_results if hasattr(each, "__dataclass_fields__")} <= known
    assert all("attempts" not in {field.name for field in described} for described in FIELDS.values())


class Foreign:
    pass


@pytest.mark.parametrize(
    "entry", [Entry(value=Foreign()), Entry((TextDelta("a", provider_metadata={"x": Foreign()}),), fold_language)]
)
def test_what_has_a_foreign_type_is_refused(entry: Entry) -> None:
    with pytest.raises(InvalidRequestError, match="Foreign"):
        encode(entry)


def test_a_response_that_folds_in_its_own_way_is_refused() -> None:
    with pytest.raises(InvalidRequestError, match="way of its own"):
        encode(Entry((FINISH,), list))


@examples(100)
@given(entries)
def test_C1_a_frozen_entry_is_equal_and_cannot_change(entry: Entry) -> None:
    kept = entry.freeze()
    assert opened(kept) == opened(entry)
    for each in walk(kept.value if kept.parts is None else kept.parts):
        assert not isinstance(each, list)
        assert not isinstance(each, dict) or isinstance(each, FrozenDict)
    again = kept.freeze()
    assert again.value is kept.value
    assert again.parts is kept.parts


def walk(value: Any) -> list[Any]:
    if hasattr(value, "__dataclass_fields__"):
        inner = [getattr(value, each.name) for each in fields(value)]
    elif isinstance(value, dict):
        inner = list(cast("dict[Any, Any]", value).values())
    elif isinstance(value, list | tuple):
        inner = list(cast("list[Any]", value))
    else:
        inner = []
    return [value, *[each for below in inner for each in walk(below)]]


def law_memory(make: Callable[..., Any]) -> None:
    keys = st.sampled_from("abc")
    steps = st.lists(
        st.one_of(
            st.tuples(st.just("set"), keys, st.sampled_from([None, None, None, 2, 4])),
            st.tuples(st.just("set"), keys, st.none()),
            st.tuples(st.just("get"), keys),
            st.tuples(st.just("get"), keys),
            st.tuples(st.just("delete"), keys),
            st.tuples(st.just("wait"), st.integers(1, 3)),
        ),
        min_size=20,
        max_size=40,
    )

    @examples(150)
    @given(st.sampled_from([2, 2, 1, 3]), steps)
    def law(size: int, steps: list[Any]) -> None:
        async def trial() -> None:
            store = make(max_size=size)
            known: dict[str, tuple[float, int]] = {}
            now = 0.0
            for number, step in enumerate(steps):
                match tuple(step):
                    case ("set", key, ttl):
                        store.set(key, number, ttl)
                        known.pop(key, None)
                        known[key] = (now + ttl if ttl else float("inf"), number)
                        if len(known) > size:
                            del known[next(iter(known))]
                    case ("get", key):
                        there = key in known and now < known[key][0]
                        assert store.get(key) == (known[key][1] if there else None)
                        if there:
                            known[key] = known.pop(key)
                        else:
                            known.pop(key, None)
                    case ("delete", key):
                        store.delete(key)
                        known.pop(key, None)
                    case _:
                        await asyncio.sleep(step[1])
                        now += step[1]
                assert len(store) <= size

        run(trial())

    law()


def test_C10_C14_memory_keeps_the_last_used_until_their_time_is_over() -> None:
    law_memory(MemoryStore)
    rejects(law_memory, wrong.MemoryWithoutTime)
    rejects(law_memory, wrong.MemoryInTheOrderOfStoring)
    rejects(law_memory, wrong.MemoryWithoutABound)


def test_two_threads_share_a_memory_store() -> None:
    store = MemoryStore(max_size=8)
    wrong_values: list[Any] = []

    async def work(offset: int) -> None:
        for number in range(2_000):
            key = str((number * 7 + offset) % 16)
            store.set(key, key, 10.0)
            found = store.get(key)
            if found not in (None, key):
                wrong_values.append(found)

    threads = [
        threading.Thread(target=lambda: asyncio.run(work(0))),
        threading.Thread(target=lambda: asyncio.run(work(5))),
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not wrong_values
    assert len(store) <= 8


async def test_a_memory_store_can_be_emptied_and_says_what_it_is() -> None:
    store = MemoryStore(max_size=2)
    store.set("a", 1, None)
    store.clear()
    assert store.get("a") is None
    assert repr(store) == "MemoryStore(max_size=2)"


@pytest.mark.parametrize("size", [0, -1, 1.5, True, "10"])
def test_a_size_that_makes_no_sense_is_refused(size: Any) -> None:
    with pytest.raises(InvalidRequestError, match="max_size"):
        MemoryStore(max_size=size)
    with pytest.raises(InvalidRequestError, match="max_bytes"):
        DiskStore("nowhere", max_bytes=size)


async def test_the_disk_keeps_bytes_for_other_processes(tmp_path: Path) -> None:
    store = DiskStore(tmp_path)
    assert await store.get("a") is None
    large = bytes(range(256)) * 1_000
    await store.set("a", b"\x00small", None)
    await store.set("large", large, 60.0)
    await store.set("gone", b"x", 1e-9)
    assert await store.get("gone") is None
    await store.aclose()
    other = DiskStore(str(tmp_path))
    assert await other.get("a") == b"\x00small"
    assert await other.get("large") == large
    await other.set("a", b"newer", None)
    await other.delete("large")
    assert await store.get("a") == b"newer"
    assert await store.get("large") is None
    await store.aclose()
    await other.aclose()
    script = (
        "import asyncio, sys; from ai_sdk.stores import DiskStore\nprint(asyncio.run(DiskStore(sys.argv[1]).get('a')))"
    )
    seen = subprocess.run([sys.executable, "-c", script, str(tmp_path)], capture_output=True, text=True, check=True)
    assert seen.stdout == "b'newer'\n"
    assert repr(other) == f"DiskStore({str(tmp_path)!r})"


class Bomb:
    """Runs code when it is unpickled."""

    def __reduce__(self) -> tuple[Any, ...]:
        return (_explode, ())


exploded: list[str] = []


def _explode() -> None:
    exploded.append("boom")


async def test_nothing_on_the_disk_is_unpickled(tmp_path: Path) -> None:
    import diskcache

    theirs = diskcache.Cache(str(tmp_path))
    theirs.set("bomb", Bomb())
    theirs.set("large bomb", [Bomb(), "x" * 100_000])
    theirs.set("text", "x" * 100_000)
    theirs.set("number", 1)
    theirs.close()
    store = DiskStore(tmp_path)
    for key in ("bomb", "large bomb", "text"):
        with pytest.raises(ValueError, match="not bytes"):
            await store.get(key)
    assert await store.get("number") is None
    with pytest.raises(ValueError, match="not bytes"):
        await store.set("a", cast("bytes", Bomb()), None)
    assert exploded == []
    await store.aclose()
    assert pickle.loads(pickle.dumps(Bomb())) is None
    assert exploded == ["boom"]


async def test_the_disk_deletes_nothing_outside_of_its_folder(tmp_path: Path) -> None:
    mine = tmp_path / "mine.txt"
    mine.write_text("mine")
    store = DiskStore(tmp_path / "store")
    await store.set("a", b"x" * 100_000, None)
    await store.aclose()
    with sqlite3.connect(tmp_path / "store" / "cache.db") as table:
        table.execute("UPDATE Cache SET filename = '../mine.txt'")
    table.close()
    with pytest.raises(ValueError, match="not bytes"):
        await store.delete("a")
    assert mine.read_text() == "mine"
    await store.aclose()


@pytest.mark.parametrize("closed", [True, False])
def test_a_store_that_is_closed_or_dropped_leaves_no_thread_and_no_open_folder(tmp_path: Path, closed: bool) -> None:
    before = set(threading.enumerate())

    async def use() -> list[threading.Thread]:
        store = DiskStore(tmp_path)
        await store.set("a", b"a", None)
        started = [thread for thread in threading.enumerate() if thread not in before]
        if closed:
            await store.aclose()
        return started

    started = run(use())
    gc.collect()
    assert [thread.name for thread in started] == ["ai-sdk-disk"]
    started[0].join(10)
    assert not started[0].is_alive()
    gc.collect()


async def test_a_missing_package_says_what_to_install(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "diskcache", None)
    store = DiskStore(tmp_path)
    with pytest.raises(MissingExtraError, match=r"pip install 'ai-sdk-layers\[disk\]'"):
        await store.get("a")


def test_the_stores_are_found_by_name() -> None:
    from ai_sdk import stores

    assert stores.MemoryStore is MemoryStore
    assert stores.RedisValues.__name__ == "RedisValues"
    with pytest.raises(AttributeError):
        stores.Nothing  # noqa: B018
