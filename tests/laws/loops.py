"""Law 10: the same model and layer objects work in several event loops and threads, one after the other or at once."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable
from functools import partial
from typing import Any

from hypothesis import strategies as st
from laws.harness import FINISH, STREAMED, WHOLE, A, LanguageModel, search, turns, within

from ai_sdk.model import AnyLayer, wrap_model
from ai_sdk.requests import LanguageRequest
from ai_sdk.results import LanguageResponse, LanguageResult
from ai_sdk.testing import ScriptedModel, run

Plan = list[tuple[int, int | None]]
PLANS = st.lists(st.tuples(st.integers(0, 6), st.one_of(st.none(), st.integers(0, 8))), min_size=2, max_size=12)


class Counting:
    """A model that counts how many of its calls are under way, over all loops and threads."""

    def __init__(self) -> None:
        self.lock = threading.Lock()
        self.now = self.most = self.done = 0

    async def __call__(self, _request: LanguageRequest, /) -> LanguageResponse:
        with self.lock:
            self.now += 1
            self.most = max(self.most, self.now)
        try:
            await turns(3)
            return await ScriptedModel([[A, FINISH]])(WHOLE)
        finally:
            with self.lock:
                self.now -= 1
                self.done += 1


async def _callers(model: LanguageModel, plan: Plan) -> None:
    async def caller(start: int, cancel: int | None) -> None:
        await turns(start)
        task = asyncio.ensure_future(_read(model))
        if cancel is not None:
            await turns(cancel)
            task.cancel()
        await asyncio.wait([task])
        assert task.cancelled() or task.exception() is None, repr(task.exception())
        assert cancel is not None or not task.cancelled()

    await asyncio.gather(*[caller(start, cancel) for start, cancel in plan])


async def _read(model: LanguageModel) -> LanguageResult:
    return await (await model(STREAMED)).result()


def limits_hold_everywhere(limit: Callable[[int], AnyLayer]) -> None:
    """A limit of n lets n calls through at once over all loops and threads, loses no slot and starves nobody."""

    def law(plans: tuple[Plan, Plan], size: int) -> None:
        counting = Counting()
        model = wrap_model(counting, [limit(size)])
        callers = [partial(_callers, model, plan) for plan in plans]
        in_threads(*callers)
        for main in callers:
            _finishes(main)
        assert counting.most <= size, f"{counting.most} calls at once; the limit is {size}"
        _finishes(lambda: _all_slots(model, size))

    search(law, st.tuples(PLANS, PLANS), st.integers(1, 3), tries=25)


async def _all_slots(model: LanguageModel, size: int) -> None:
    """Every slot is free again: ``size`` calls go through at once."""
    waiting = [_read(model) for _ in range(size)]
    await within(5, lambda: asyncio.gather(*waiting), "a slot was lost")


def _finishes(main: Callable[[], Any]) -> None:
    try:
        run(main())
    except (RuntimeError, TimeoutError) as error:
        raise AssertionError(f"in a second event loop: {error!r}") from error


def in_threads(*mains: Callable[[], Any]) -> None:
    """Run each in an event loop and a thread of its own, at once."""
    errors: list[BaseException] = []

    def target(main: Callable[[], Any]) -> None:
        try:
            asyncio.run(main())
        except BaseException as error:
            errors.append(error)

    threads = [threading.Thread(target=target, args=(main,), daemon=True) for main in mains]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(20)
    assert not [thread for thread in threads if thread.is_alive()], "a caller waits for ever"
    assert not errors, f"in a thread: {errors[0]!r}"


def a_limit_is_global(limit: Callable[[int], AnyLayer]) -> None:
    """A slot that is taken in one event loop is taken in every other, in every thread, until it is given back."""
    model = wrap_model(ScriptedModel([[A, FINISH]]), [limit(1)])

    async def try_for(seconds: float) -> bool:
        task = asyncio.ensure_future(_read(model))
        await asyncio.wait([task], timeout=seconds)
        done = task.done()
        task.cancel()
        await asyncio.wait([task])
        return done

    def elsewhere() -> bool:
        """Whether the slot can be had in another loop and thread, within ten seconds of its virtual clock."""
        answers: list[bool] = []
        thread = threading.Thread(target=lambda: answers.append(run(try_for(10))), daemon=True)
        thread.start()
        thread.join(20)
        assert answers, "the other thread hangs or failed"
        return answers[0]

    async def trial() -> None:
        async with await model(STREAMED):
            assert not elsewhere(), "each loop has a limit of its own"
        assert elsewhere(), "the slot was not given back to the other loop"

    run(trial())


def a_slot_is_free_when_the_response_ends(limit: Callable[[int], AnyLayer]) -> None:
    """With one slot, a response read to its end lets the same model be called inside its ``async with``."""

    def law(stream: bool, depth: int) -> None:
        model = wrap_model(ScriptedModel([[A, 1.0, A, FINISH]]), [limit(1)])

        async def step(left: int) -> int:
            async with await model(STREAMED if stream else WHOLE) as response:
                await response.result()
                return 1 + (await step(left - 1) if left else 0)

        async def trial() -> None:
            made = await within(100, lambda: step(depth), "the tool waits for the step that waits for the tool")
            assert made == depth + 1

        run(trial())

    search(law, st.booleans(), st.integers(0, 3), tries=8)


def a_live_response_keeps_its_slot(limit: Callable[[int], AnyLayer]) -> None:
    """While a response is read its slot is taken; leaving it early or dropping it frees the slot at once."""

    async def trial() -> None:
        model = wrap_model(ScriptedModel([[A, A, FINISH]]), [limit(1)])
        async with await model(STREAMED) as response:
            async for _ in response:
                break
            second = asyncio.create_task(_read(model))
            await asyncio.wait([second], timeout=10)
            assert not second.done(), "the slot was free while the response was live"
        assert (await within(1, lambda: second, "leaving does not free the slot")).text == "aa"

    run(trial())
