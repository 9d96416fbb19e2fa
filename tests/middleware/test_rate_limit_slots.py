"""The laws of ``rate_limit`` about slots: calls at once, each until its response has ended."""

from __future__ import annotations

import asyncio
import gc
import warnings
from collections.abc import Callable
from contextlib import AsyncExitStack
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from laws import loops
from laws import wrong_rate_limit as wrong
from laws.limiting import (
    Make,
)
from layer_laws.kit import (
    EMBEDDING,
    FINISH,
    STREAMED,
    WHOLE,
    Outcome,
    Scripted,
    caught,
    check_closed,
    examples,
    read,
    rejects,
)

from ai_sdk.ending import Ending
from ai_sdk.errors import ServerError
from ai_sdk.limits import Cost, RateLimiter
from ai_sdk.middleware import rate_limit
from ai_sdk.model import AnyLayer
from ai_sdk.parts import TextDelta
from ai_sdk.testing import HANG, ScriptedModel, run


def law_no_lost_wakeup(make: Make) -> None:
    @examples()
    @given(st.integers(1, 3), st.integers(2, 6), st.data())
    def law(slots: int, waiting: int, data: st.DataObject) -> None:
        leaving = data.draw(st.lists(st.integers(slots, slots + waiting - 1)))
        order = data.draw(st.permutations([*range(slots), *leaving]))

        async def trial() -> None:
            model = make(concurrency=slots)(ScriptedModel([[TextDelta("hi"), FINISH]]))
            holding = [await model(STREAMED) for _ in range(slots)]
            tasks = [asyncio.ensure_future(read(model, STREAMED)) for _ in range(waiting)]
            await asyncio.sleep(1)
            for each in order:
                if each < slots:
                    await holding[each].aclose()
                else:
                    tasks[each - slots].cancel()
            await asyncio.gather(*[each.aclose() for each in holding])
            async with asyncio.timeout(10), AsyncExitStack() as again:
                await asyncio.gather(*tasks, return_exceptions=True)
                for _ in range(slots):
                    await again.enter_async_context(await model(STREAMED))

        try:
            run(trial())
        except TimeoutError as error:
            raise AssertionError("a slot was lost") from error

    law()


def test_L5_no_wakeup_is_lost_when_a_waiter_is_cancelled_as_it_is_let_through() -> None:
    law_no_lost_wakeup(rate_limit)
    rejects(law_no_lost_wakeup, wrong.losing_a_wakeup)


async def test_L5_a_call_cancelled_as_it_is_let_through_gives_back_its_requests_too() -> None:
    limiter = RateLimiter(requests=3, concurrency=1)
    model = rate_limit(limiter)(ScriptedModel())
    response = await model(STREAMED)
    waiting = asyncio.ensure_future(read(model, STREAMED))
    await asyncio.sleep(1)
    assert limiter.state()[:3] == (1, 1, 2)
    await response.aclose()
    assert limiter.state()[:3] == (1, 0, 1)
    waiting.cancel()
    await asyncio.wait([waiting])
    assert limiter.state()[:3] == (0, 0, 2)


LEAVES = ("read", "aclose", "with", "drop", "cancel the read", "fail", "fail later", "cancel the call")


async def leave(model: Any, how: str) -> None:
    """Make a call and end it one way."""
    request = replace(STREAMED, headers={"how": how})
    if how == "cancel the call":
        task = asyncio.ensure_future(model(request))
        await asyncio.sleep(1)
        task.cancel()
        await asyncio.wait([task])
        return
    response: Any = await caught(model(request))
    if isinstance(response, Exception):
        assert how == "fail"
    elif how == "aclose":
        await response.aclose()
        await response.aclose()
    elif how == "with":
        async with response:
            async for _ in response:
                break
    elif how == "drop":
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", ResourceWarning)
            del response
            gc.collect()
        await asyncio.sleep(0)
    elif how == "cancel the read":
        task = asyncio.ensure_future(response.result())
        await asyncio.sleep(1)
        task.cancel()
        await asyncio.wait([task])
    else:
        await caught(response.result())


SCRIPTS: dict[str, list[Any]] = {
    "cancel the read": [TextDelta("a"), HANG],
    "cancel the call": [HANG],
    "fail": [ServerError("no")],
    "fail later": [TextDelta("a"), ServerError("no")],
}


USUAL: list[Any] = [TextDelta("a"), 1.0, TextDelta("b"), FINISH]


def law_slots(make: Make) -> None:
    @examples()
    @given(st.lists(st.sampled_from(LEAVES), min_size=1, max_size=8), st.integers(1, 3))
    def law(ways: list[str], slots: int) -> None:
        async def trial() -> None:
            under_way = 0

            async def counting(request: Any) -> Any:
                nonlocal under_way
                under_way += 1
                assert under_way <= slots, "more at once than there are slots"
                response = await caught(ScriptedModel([SCRIPTS.get(request.headers.get("how"), USUAL)])(request))
                if isinstance(response, BaseException):
                    under_way -= 1
                    raise response
                response.keep(Counted())
                return response

            class Counted:
                def release(self, _ending: Ending, /) -> None:
                    nonlocal under_way
                    under_way -= 1

            model = make(concurrency=slots)(counting)
            async with asyncio.timeout(100):
                await asyncio.gather(*[leave(model, way) for way in ways])
            assert under_way == 0
            async with asyncio.timeout(100), AsyncExitStack() as again:
                for _ in range(slots):
                    await again.enter_async_context(await model(STREAMED))

        try:
            run(trial())
        except TimeoutError as error:
            raise AssertionError("a slot was lost") from error

    law()


def test_L6_a_slot_is_held_until_the_response_ends_however_it_ends() -> None:
    law_slots(rate_limit)
    rejects(law_slots, wrong.freeing_at_return)
    rejects(law_slots, wrong.only_when_read)


def law_released_once(make: Callable[[], Any]) -> None:
    async def trial() -> None:
        limiter = make()
        first, second = await limiter.acquire(Cost()), await limiter.acquire(Cost())
        for how in ("end", "dropped", "closed"):
            first.release(Ending(how))
        third = await limiter.acquire(Cost())
        fourth = asyncio.ensure_future(limiter.acquire(Cost()))
        await asyncio.sleep(1)
        assert not fourth.done(), "a slot was freed twice"
        second.release(Ending("end"))
        third.release(Ending("end"))
        (await fourth).release(Ending("end"))

    run(trial())


def test_L6_a_slot_is_freed_once_however_often_it_is_released() -> None:
    law_released_once(lambda: RateLimiter(concurrency=2))
    rejects(law_released_once, lambda: wrong.Slots(concurrency=2))


@pytest.mark.parametrize("request_", [WHOLE, EMBEDDING])
async def test_L6_a_plain_result_frees_its_slot_at_once(request_: Any) -> None:
    scripted = Scripted("embedding" if request_ is EMBEDDING else "whole", [Outcome("hi", 1.0)])
    model = rate_limit(concurrency=1)(scripted.model)
    await asyncio.gather(*[read(model, request_) for _ in range(3)])
    assert scripted.started == [0.0, 1.0, 2.0]


def slots(number: int) -> AnyLayer:
    return rate_limit(concurrency=number)


def test_slots_hold_over_loops_and_threads() -> None:
    loops.limits_hold_everywhere(slots)
    loops.a_limit_is_global(slots)
    loops.a_slot_is_free_when_the_response_ends(slots)


async def test_nothing_is_left_behind() -> None:
    model = ScriptedModel([[TextDelta("a"), FINISH]])
    limiter = RateLimiter(requests=5, per=1.0, concurrency=2)
    await asyncio.gather(*[read(rate_limit(limiter)(model), STREAMED) for _ in range(20)])
    check_closed(model)
    await asyncio.sleep(1)
    assert limiter.state() == (0, 0, 5, None)
