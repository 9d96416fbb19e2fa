"""Law 10 on the contract, with a ten-line layer that holds slots."""

from __future__ import annotations

import asyncio
import threading

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from laws import loops
from laws.harness import FINISH, STREAMED, A, LanguageModel, turns
from laws.layers import KINDS, Pool, made, slot

from ai_sdk.ending import Ending
from ai_sdk.model import wrap_model
from ai_sdk.testing import ScriptedModel, run


def test_law_10_loops_and_threads_share_a_limit() -> None:
    loops.limits_hold_everywhere(slot)


def test_law_10_loops_and_threads_see_a_taken_slot() -> None:
    loops.a_limit_is_global(slot)


def test_law_10_loops_and_a_tool_that_calls_the_same_model() -> None:
    loops.a_slot_is_free_when_the_response_ends(slot)


def test_law_10_loops_and_a_live_response() -> None:
    loops.a_live_response_keeps_its_slot(slot)


@settings(deadline=None, max_examples=15)
@given(st.lists(st.sampled_from(KINDS), max_size=4), st.integers(1, 3))
def test_law_10_loops_one_after_the_other_and_at_once(names: list[str], count: int) -> None:
    model = wrap_model(ScriptedModel([[A, FINISH]]), made(names))

    async def main() -> None:
        await asyncio.gather(*[_text(model) for _ in range(3)])

    for _ in range(count):
        run(main())
    loops.in_threads(*[main] * count)


async def _text(model: LanguageModel) -> str:
    return (await (await model(STREAMED)).result()).text


@settings(deadline=None, max_examples=25)
@given(
    st.lists(st.tuples(st.integers(0, 5), st.integers(0, 5), st.booleans()), min_size=1, max_size=12), st.integers(1, 3)
)
def test_the_test_layers_own_pool_loses_no_slot(plan: list[tuple[int, int, bool]], size: int) -> None:
    pool = Pool(size)

    async def one(start: int, length: int, cancel: bool) -> None:
        async def inside() -> None:
            lease = await pool.take()
            try:
                await turns(length)
            finally:
                lease.release(Ending("end"))
                lease.release(Ending("end"))

        await turns(start)
        task = asyncio.ensure_future(inside())
        if cancel:
            await turns(length)
            task.cancel()
        await asyncio.wait([task])

    async def main() -> None:
        await asyncio.gather(*[one(*each) for each in plan])

    loops.in_threads(main, main)
    assert (pool.free, len(pool.waiters), len(pool.returned)) == (size, 0, 0)


def test_a_slot_is_handed_past_a_waiter_whose_loop_is_gone() -> None:
    pool = Pool(1)
    loop = asyncio.new_event_loop()
    lease = run(pool.take())
    pool.waiters.append((loop, loop.create_future()))
    loop.close()
    lease.release(Ending("end"))
    assert pool.free == 1
    assert threading.active_count() >= 1
    with pytest.raises(RuntimeError):
        loop.call_soon_threadsafe(print)
