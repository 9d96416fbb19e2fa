"""The laws of ``cache`` about calls that are under way: they are joined, and nobody's leaving harms another."""

from __future__ import annotations

import asyncio
import gc
import threading
import warnings
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any, cast

import pytest
from hypothesis import given
from hypothesis import strategies as st
from laws import wrong_cache as wrong
from layer_laws.kit import (
    EMBEDDING,
    FINISH,
    KINDS,
    STREAMED,
    WHOLE,
    Kind,
    Outcome,
    Scripted,
    caught,
    check_closed,
    examples,
    good,
    read,
    rejects,
)

from ai_sdk.deadline import deadline, deadline_at
from ai_sdk.errors import APITimeoutError, ServerError
from ai_sdk.messages import user
from ai_sdk.middleware import cache, timeout
from ai_sdk.model import AnyLayer, wrap_model
from ai_sdk.parts import TextDelta
from ai_sdk.requests import LanguageRequest
from ai_sdk.results import EmbeddingResult
from ai_sdk.stores import DiskStore, MemoryStore
from ai_sdk.testing import HANG, ScriptedModel, run

Make = Callable[..., AnyLayer]
kinds = st.sampled_from(KINDS)


def law_one_call(make: Make) -> None:
    @examples()
    @given(kinds, st.lists(st.integers(0, 9), min_size=1, max_size=8), st.integers(1, 4))
    def law(kind: Kind, starts: list[int], seconds: int) -> None:
        async def trial() -> None:
            scripted = Scripted(kind, [Outcome("hello", float(seconds))])
            layered = make()(scripted.model)

            async def one(start: int) -> Any:
                await asyncio.sleep(start)
                return await read(layered, scripted.request)

            assert await asyncio.gather(*map(one, starts)) == [good(kind, "hello")] * len(starts)
            assert len(scripted.calls) == 1
            scripted.check_closed()

        run(trial())

    law()


def test_C3_equal_calls_make_one_call() -> None:
    law_one_call(cache)
    rejects(law_one_call, wrong.cache_without_single_flight)
    rejects(law_one_call, wrong.naive_cache)


def law_leaving(make: Make) -> None:
    @examples()
    @given(kinds, st.lists(st.tuples(st.integers(0, 6), st.none() | st.integers(0, 9)), min_size=1, max_size=6))
    def law(kind: Kind, callers: list[tuple[int, int | None]]) -> None:
        async def trial() -> None:
            scripted = Scripted(kind, [Outcome("hello", 4.0)])
            scripted.language = ScriptedModel([[2.0, TextDelta("he"), 2.0, TextDelta("llo"), FINISH]])
            layered = make()(scripted.model)
            loop = asyncio.get_running_loop()

            async def one(start: int) -> Any:
                await asyncio.sleep(start)
                return await read(layered, scripted.request)

            tasks = [asyncio.create_task(one(start)) for start, _ in callers]
            for task, (_, leaves) in zip(tasks, callers, strict=True):
                if leaves is not None:
                    loop.call_later(leaves + 0.5, task.cancel)
            for task, (_, leaves) in zip(tasks, callers, strict=True):
                answer = await caught(task)
                if leaves is None or not isinstance(answer, asyncio.CancelledError):
                    assert answer == good(kind, "hello")
            left_early = sum(leaves is not None for _, leaves in callers)
            assert len(scripted.calls) <= 1 + left_early
            scripted.check_closed()

        run(trial())

    law()


def test_C4_whoever_is_cancelled_the_others_get_the_whole_answer() -> None:
    law_leaving(cache)
    rejects(law_leaving, wrong.cache_led_by_the_first)


def law_errors(make: Make) -> None:
    @examples(30)
    @given(kinds, st.integers(2, 5))
    def law(kind: Kind, callers: int) -> None:
        async def trial() -> None:
            scripted = Scripted(kind, [Outcome(ServerError("broken", status=500), 1.0), Outcome("good")])
            layered = make()(scripted.model)
            errors = await asyncio.gather(*[caught(read(layered, scripted.request)) for _ in range(callers)])
            assert all(isinstance(error, ServerError) and error.status == 500 for error in errors)
            assert len({id(error) for error in errors}) == callers
            assert len(scripted.calls) == 1
            assert await caught(read(layered, scripted.request)) == good(kind, "good")
            scripted.check_closed()

        run(trial())

    law()


def test_C5_everybody_gets_the_error_once_and_the_next_call_asks_again() -> None:
    law_errors(cache)
    rejects(law_errors, wrong.cache_of_errors)
    rejects(law_errors, wrong.cache_without_single_flight)


def language(stream: bool) -> LanguageRequest:
    return STREAMED if stream else WHOLE


@pytest.mark.parametrize("stream", [False, True])
async def test_C3_200_equal_calls_make_one_call(stream: bool) -> None:
    model = ScriptedModel([[1.0, TextDelta("a"), 1.0, TextDelta("b"), 1.0, FINISH]])
    layered = cache(ttl=300)(model)
    answers = await asyncio.gather(*[read(layered, language(stream)) for _ in range(200)])
    assert answers == ["ab"] * 200
    assert len(model.calls) == 1
    assert await read(layered, language(not stream)) == "ab"
    assert len(model.calls) == 1
    check_closed(model)


@pytest.mark.parametrize("stream", [False, True])
@pytest.mark.parametrize("at", [0.5, 1.5, 2.5])
async def test_C4_a_cancelled_leader_leaves_the_other_199_the_whole_answer(stream: bool, at: float) -> None:
    model = ScriptedModel([[1.0, TextDelta("a"), 1.0, TextDelta("b"), 1.0, FINISH]])
    layered = cache()(model)
    tasks = [asyncio.create_task(read(layered, language(stream))) for _ in range(200)]
    await asyncio.sleep(at)
    tasks[0].cancel()
    answers = [await caught(task) for task in tasks]
    assert isinstance(answers[0], asyncio.CancelledError)
    assert answers[1:] == ["ab"] * 199
    assert len(model.calls) == 1
    check_closed(model)


@pytest.mark.parametrize("stream", [False, True])
@pytest.mark.parametrize("at", [0.5, 1.5])
async def test_C4_when_all_200_are_cancelled_the_upstream_is_closed(stream: bool, at: float) -> None:
    model = ScriptedModel([[1.0, TextDelta("a"), HANG], "again"])
    layered = cache()(model)
    tasks = [asyncio.create_task(read(layered, language(stream))) for _ in range(200)]
    await asyncio.sleep(at)
    for task in tasks:
        task.cancel()
    answers = [await caught(task) for task in tasks]
    assert all(isinstance(answer, asyncio.CancelledError) for answer in answers)
    assert asyncio.get_running_loop().time() == at
    check_closed(model)
    assert await read(layered, language(stream)) == "again"
    assert len(model.calls) == 2


async def test_C4_what_begins_while_an_abandoned_call_still_cleans_up_asks_again() -> None:
    calls: list[int] = []

    async def model(_request: Any) -> EmbeddingResult:
        calls.append(len(calls))
        try:
            await asyncio.sleep(5)
        except asyncio.CancelledError:
            await asyncio.sleep(5)
            raise
        return EmbeddingResult(embeddings=((1.0,),))

    layered = cache()(model)
    first = asyncio.create_task(read(layered, EMBEDDING))
    await asyncio.sleep(1)
    first.cancel()
    await asyncio.sleep(1)
    assert await read(layered, EMBEDDING) == ((1.0,),)
    assert isinstance(await caught(first), asyncio.CancelledError)
    assert len(calls) == 2


async def test_a_call_under_way_has_no_callers_deadline_but_each_caller_has_its_own() -> None:
    seen: list[float | None] = []
    model = ScriptedModel([[5.0, TextDelta("a"), 5.0, FINISH]])

    async def noting(request: Any) -> Any:
        seen.append(deadline())
        return await model(request)

    layered: Any = cache()(noting)

    async def one(seconds: float | None) -> Any:
        return await read(layered if seconds is None else timeout(total=seconds)(layered), STREAMED)

    with deadline_at(100.0):
        hurried, patient, brief = await asyncio.gather(*[caught(one(each)) for each in (3.0, None, 7.0)])
    assert isinstance(hurried, APITimeoutError)
    assert isinstance(brief, APITimeoutError)
    assert cast("Any", brief).partial.text == "a"
    assert patient == "a"
    assert seen == [None]
    check_closed(model)


async def test_dropped_responses_close_the_upstream() -> None:
    model = ScriptedModel([[TextDelta("a"), HANG], "again"])
    layered = cache()(model)
    views = [await layered(STREAMED) for _ in range(3)]
    assert len(model.calls) == 1
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ResourceWarning)
        views.clear()
        gc.collect()
    await asyncio.sleep(1)
    check_closed(model)
    assert await read(layered, STREAMED) == "again"


async def test_a_finished_answer_that_somebody_still_reads_is_joined() -> None:
    model = ScriptedModel([[TextDelta("a"), TextDelta("b"), FINISH], "another"])
    layered = cache()(model)
    slow = await layered(STREAMED)
    await asyncio.sleep(5)
    assert await read(layered, WHOLE) == "ab"
    assert (await slow.result()).text == "ab"
    assert len(model.calls) == 1


@pytest.mark.parametrize("on_disk", [False, True])
async def test_C3_with_a_given_store_too(on_disk: bool, tmp_path: Path) -> None:
    store = DiskStore(tmp_path) if on_disk else MemoryStore()
    for number, stream in enumerate((False, True)):
        model = ScriptedModel([[TextDelta("a"), FINISH], "another"])
        request = LanguageRequest(messages=(user(f"hi {number}"),), stream=stream)
        for _ in range(2):
            layered = cache(store, scope="tenant", ttl=60)(model)
            assert await asyncio.gather(*[read(layered, request) for _ in range(50)]) == ["a"] * 50
            assert await read(layered, replace(request, stream=not stream)) == "a"
        assert len(model.calls) == 1
        check_closed(model)
    if isinstance(store, DiskStore):
        await store.aclose()


def test_two_threads_share_answers_and_not_calls_under_way() -> None:
    model = ScriptedModel()
    stack = wrap_model(model, [cache()])
    failures: list[Any] = []

    async def work() -> None:
        for number in range(150):
            request = LanguageRequest(messages=(user(str(number)),), stream=number % 2 == 0)
            answers = await asyncio.gather(*[read(stack, request) for _ in range(3)])
            if answers != ["ok"] * 3:
                failures.append(answers)

    threads = [threading.Thread(target=lambda: asyncio.run(work())) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not failures
    assert 150 <= len(model.calls) <= 300
    assert not [wire for wire in model.wires if wire.open]


def test_one_cache_serves_loops_that_follow_each_other() -> None:
    model = ScriptedModel([[1.0, TextDelta("a"), HANG], "again"])
    layered = cache()(model)

    async def left() -> None:
        asyncio.create_task(read(layered, STREAMED))  # noqa: RUF006
        await asyncio.sleep(0.5)

    run(left())
    assert run(read(layered, STREAMED)) == "again"
    assert run(read(layered, WHOLE)) == "again"
    assert len(model.calls) == 2
