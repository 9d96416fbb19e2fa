"""Law 4 on the contract."""

from __future__ import annotations

import asyncio
import gc
import threading
import warnings
from collections.abc import AsyncGenerator, AsyncIterator
from typing import Any

import pytest
from laws import closing
from laws.closing import House
from laws.coherence import real_start
from laws.harness import FINISH, STREAMED, A, LanguageModel, no_task_left, turns, within
from laws.layers import Pool, Tag, holding, slots

from ai_sdk.ending import Ending
from ai_sdk.errors import ResponseClosedError
from ai_sdk.model import layer, wrap_model
from ai_sdk.parts import LanguagePart
from ai_sdk.requests import EmbeddingRequest, LanguageRequest
from ai_sdk.response import hold
from ai_sdk.results import EmbeddingResult, LanguageResponse, LanguageResult, fold_language
from ai_sdk.testing import HANG, ScriptedCall, ScriptedModel, run


def house() -> House:
    return House(real_start, hold, lambda response, change, peek: response.through(change, peek=peek))


def test_law_04_closing_in_the_readers_task() -> None:
    closing.ends_in_the_reader(house)


def test_law_04_closing_on_cancellation() -> None:
    closing.cancelled_anywhere(house)


def test_law_04_closing_on_drop() -> None:
    closing.dropped_without_closing(house)


def test_law_04_closing_when_the_loop_is_gone() -> None:
    closing.dropped_after_its_loop(house)


def test_law_04_closing_on_a_drop_in_another_thread() -> None:
    closing.dropped_in_another_thread(house)


def test_law_04_closing_by_another_task() -> None:
    closing.closed_by_another_task(house)


def test_law_04_closing_survives_a_bad_release() -> None:
    closing.one_bad_release_keeps_no_other(house)


def test_law_04_closing_tells_an_early_stop() -> None:
    closing.an_early_stop_is_not_an_end(house)


def test_law_04_closing_tells_what_arrived() -> None:
    closing.endings_know_what_arrived(house)


@pytest.mark.parametrize("second", range(6))
async def test_law_04_a_second_cancellation_in_a_slow_cleanup_leaves_nothing_open(second: int) -> None:
    log: list[Tag] = []

    async def slow(parts: AsyncIterator[LanguagePart]) -> AsyncGenerator[LanguagePart, None]:
        try:
            async for part in parts:
                yield part
        finally:
            await asyncio.sleep(1)

    @layer
    async def slowly(request: LanguageRequest, call: LanguageModel) -> LanguageResponse:
        return await (await call(request)).through(slow)

    async def use(model: LanguageModel, leave: bool) -> None:
        async with await model(STREAMED) as response:
            async for _ in response:
                if leave:
                    return

    for leave in (False, True):
        log.clear()
        model = ScriptedModel([[A, HANG]])
        stack = wrap_model(model, [holding("outer", log), slowly, holding("inner", log)])
        task = asyncio.create_task(use(stack, leave))
        await asyncio.sleep(0.5)
        task.cancel()
        await turns(second)
        task.cancel()
        await asyncio.wait([task])
        assert task.cancelled()
        assert not model.wires[0].open
        assert [tag.name for tag in log] == ["inner", "outer"]
        assert all(len(tag.endings) == 1 for tag in log)
        await no_task_left()


@pytest.mark.parametrize("cancelled", [False, True])
async def test_law_04_a_cleanup_that_fails_is_reported_and_replaces_nothing(cancelled: bool) -> None:
    reports: list[dict[str, Any]] = []
    asyncio.get_running_loop().set_exception_handler(lambda _, context: reports.append(context))
    log: list[Tag] = []

    async def failing(parts: AsyncIterator[LanguagePart]) -> AsyncGenerator[LanguagePart, None]:
        try:
            async for part in parts:
                yield part
        finally:
            raise RuntimeError("cleanup")

    async def waiting(parts: AsyncIterator[LanguagePart]) -> AsyncGenerator[LanguagePart, None]:
        async for part in parts:
            yield part
            await asyncio.sleep(5)

    @layer
    async def bad(request: LanguageRequest, call: LanguageModel) -> LanguageResponse:
        return await (await (await call(request)).through(failing)).through(waiting)

    async def use() -> None:
        async with await wrap_model(ScriptedModel([[A, A, FINISH]]), [holding("outer", log), bad])(
            STREAMED
        ) as response:
            async for _ in response:
                if not cancelled:
                    raise KeyError

    task = asyncio.create_task(use())
    await asyncio.sleep(1)
    task.cancel()
    await asyncio.wait([task])
    assert task.cancelled() if cancelled else isinstance(task.exception(), KeyError)
    assert [tag.how for tag in log] == ["cancelled" if cancelled else "closed"]
    assert [str(report["exception"]) for report in reports] == ["cleanup"]


def test_law_04_a_collection_inside_a_critical_section_does_not_deadlock() -> None:
    pool = Pool(1)

    async def call() -> LanguageResponse:
        return await wrap_model(ScriptedModel(), [slots(pool)])(STREAMED)

    cycle: list[Any] = [run(call())]
    cycle.append(cycle)

    def collect_inside() -> None:
        with pool.lock:
            gc.collect()

    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ResourceWarning)
        del cycle
        thread = threading.Thread(target=collect_inside, daemon=True)
        thread.start()
        thread.join(10)
    assert not thread.is_alive(), "the finaliser waits for the lock of the resource that it releases"
    assert run(_text(wrap_model(ScriptedModel(), [slots(pool)]))) == "ok"


async def _text(model: LanguageModel) -> str:
    return (await within(1, lambda: _read(model), "the slot was not given back")).text


async def _read(model: LanguageModel) -> LanguageResult:
    return await (await model(STREAMED)).result()


async def test_law_04_a_cancellation_while_something_settles_keeps_no_other() -> None:
    class Settling(Tag):
        async def settle(self) -> None:
            await asyncio.sleep(5)

    log: list[Tag] = []
    response = await wrap_model(ScriptedModel(), [holding("outer", log)])(STREAMED)
    response.keep(Settling("settling", log))
    response.keep(Tag("last", log))
    task = asyncio.ensure_future(response.result())
    await asyncio.sleep(1)
    assert [tag.name for tag in log] == ["outer", "settling"]
    task.cancel()
    await asyncio.wait([task])
    assert task.cancelled()
    assert [tag.name for tag in log] == ["outer", "settling", "last"]
    assert [tag.how for tag in log] == ["end"] * 3


async def test_law_04_a_plain_result_releases_at_once_and_settles() -> None:
    log: list[Tag] = []
    settling = closing.Bad("held", log, fails=False)
    answer = EmbeddingResult(embeddings=((1.0,),))
    model = ScriptedCall[EmbeddingRequest, EmbeddingResult]([answer])
    assert await hold(settling, model, EmbeddingRequest(values=("a",))) is answer
    assert (settling.how, settling.settled) == ("end", 1)
    assert settling.endings[0].result() is answer


async def test_law_04_what_is_kept_on_a_closed_response_is_released_at_once_and_told_the_truth() -> None:
    async def told(response: LanguageResponse) -> str:
        tag = Tag("late", [])
        response.keep(tag)
        return tag.how

    read = await ScriptedModel()(STREAMED)
    await read.result()
    assert await told(read) == "end"
    left = await ScriptedModel()(STREAMED)
    await left.aclose()
    assert await told(left) == "closed"
    broken = await ScriptedModel([[A, ValueError("x")]])(STREAMED)
    with pytest.raises(ValueError, match="x"):
        await broken.result()
    assert await told(broken) == "error"
    assert await told(LanguageResponse.of([A, FINISH], fold_language)) == "end"


async def test_law_04_a_response_has_one_reader_at_a_time() -> None:
    response = await ScriptedModel([[A, 1.0, A, FINISH]])(STREAMED)
    one, other = await asyncio.gather(response.result(), response.result(), return_exceptions=True)
    assert isinstance(one, LanguageResult)
    assert isinstance(other, ResponseClosedError)
    assert "one reader" in str(other)


async def test_law_04_a_manual_reader_that_comes_late_sees_the_end() -> None:
    response = await ScriptedModel([[A, A, FINISH]])(STREAMED)
    slow = aiter(response)
    assert await anext(slow) == A
    await response.result()
    assert [part async for part in slow] == []
    assert [part async for part in response] == []
    for reads in (1, 2):
        closed = await ScriptedModel([[A, A, FINISH]])(STREAMED)
        late = aiter(closed)
        for _ in range(reads):
            await anext(late)
        await closed.aclose()
        with pytest.raises(ResponseClosedError):
            await anext(late)


async def test_law_04_an_iterator_alone_keeps_the_response_alive() -> None:
    log: list[Tag] = []
    async for part in await wrap_model(ScriptedModel([[A, A, FINISH]]), [holding("held", log)])(STREAMED):
        await turns()
        gc.collect()
        assert part.last or not log
    assert [tag.how for tag in log] == ["end"]


async def test_law_04_a_fold_that_fails_on_a_part_of_an_answer_keeps_nothing_open() -> None:
    reports: list[dict[str, Any]] = []
    asyncio.get_running_loop().set_exception_handler(lambda _, context: reports.append(context))
    log: list[Tag] = []

    def strict(parts: Any) -> LanguageResult:
        assert parts[-1].last
        return fold_language(parts)

    async def source() -> AsyncGenerator[LanguagePart, None]:
        yield A

    response: LanguageResponse = await LanguageResponse.start(source(), strict, Tag("wire", log))
    with pytest.raises(Exception, match="without a finish"):
        await response.result()
    assert [tag.how for tag in log] == ["error"]
    assert reports


def test_law_04_an_ending_prints_how() -> None:
    assert repr(Ending("end")) == "Ending('end')"
    assert repr(Ending("error", ValueError("x"))) == "Ending('error', ValueError('x'))"
    assert Ending("closed").result() is None
