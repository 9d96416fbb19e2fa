"""The laws of ``rate_limit`` about windows and the line, each of which finds out an implementation that breaks it."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from laws import wrong_rate_limit as wrong
from laws import wrong_rate_limit_tokens as wrong_tokens
from laws.limiting import (
    ARRIVALS,
    LIMITS,
    WINDOWS,
    Arrivals,
    Make,
    admitted,
    arrive,
    asking,
    expected,
    kinds,
    now,
)
from layer_laws.kit import (
    WHOLE,
    Kind,
    Outcome,
    Scripted,
    caught,
    examples,
    read,
    rejects,
)

from ai_sdk.call import CallRecord, record_call
from ai_sdk.errors import RateLimitedError, ServerError
from ai_sdk.limits import RateLimiter
from ai_sdk.middleware import rate_limit
from ai_sdk.model import wrap_model
from ai_sdk.testing import ScriptedModel, VirtualClockLoop, run


def law_window(make: Make) -> None:
    @examples()
    @given(kinds, ARRIVALS, LIMITS, WINDOWS)
    def law(kind: Kind, arrivals: Arrivals, requests: int, per: float) -> None:
        async def trial() -> None:
            scripted = Scripted(kind, [Outcome("hi")])
            await arrive(make(requests=requests, per=per), scripted, arrivals)
            log = [(at, arrivals[number][1]) for number, at in admitted(scripted)]
            for end, _ in log:
                inside = sum(weight for at, weight in log if end - per + 1e-6 < at <= end)
                assert inside <= requests, f"{inside} in the window that ends at {end}"
            scripted.check_closed()

        run(trial())

    law()


def test_L1_never_more_than_n_in_any_window() -> None:
    law_window(rate_limit)
    rejects(law_window, wrong.fixed_window)
    rejects(law_window, wrong.leaky_bucket)


def law_times(make: Make) -> None:
    @examples()
    @given(kinds, ARRIVALS, LIMITS, WINDOWS)
    def law(kind: Kind, arrivals: Arrivals, requests: int, per: float) -> None:
        async def trial() -> None:
            scripted = Scripted(kind, [Outcome("hi")])
            await arrive(make(requests=requests, per=per), scripted, arrivals)
            assert admitted(scripted) == expected(arrivals, requests, per)
            scripted.check_closed()

        run(trial())

    law()


def test_L1_L2_L3_in_order_and_as_soon_as_the_window_takes_it() -> None:
    law_times(rate_limit)
    rejects(law_times, wrong.paced)
    rejects(law_times, wrong.fixed_window)
    rejects(law_times, wrong.leaky_bucket)
    rejects(law_times, wrong.smallest_first)
    rejects(law_times, wrong.overtaking)


def law_token_times(make: Make) -> None:
    """The same for tokens, when nobody says what was used."""

    @examples(40)
    @given(kinds, ARRIVALS, LIMITS, WINDOWS)
    def law(kind: Kind, arrivals: Arrivals, tokens: int, per: float) -> None:
        async def trial() -> None:
            scripted = Scripted(kind, [Outcome(ServerError("unknown usage"))])
            await arrive(make(tokens=tokens, per=per), scripted, arrivals, "tokens")
            assert admitted(scripted) == expected(arrivals, tokens, per)

        run(trial())

    law()


def test_L1_L2_L3_the_same_for_tokens() -> None:
    law_token_times(rate_limit)
    rejects(law_token_times, wrong_tokens.refunding_the_unknown)


def law_work_conserving(make: Make) -> None:
    @examples(20)
    @given(kinds, LIMITS)
    def law(kind: Kind, requests: int) -> None:
        async def trial() -> None:
            scripted = Scripted(kind, [Outcome("hi")])
            await arrive(make(requests=requests, per=10.0), scripted, [(0.0, 1)] * requests)
            assert scripted.started == [0.0] * requests

        run(trial())

    law()


def test_L2_what_fits_is_let_through_at_once() -> None:
    law_work_conserving(rate_limit)
    rejects(law_work_conserving, wrong.paced)


def law_no_starvation(make: Make) -> None:
    async def trial() -> None:
        scripted = Scripted("whole", [Outcome("hi")])
        small: Arrivals = [(1 / 12, 1)] * 60
        await arrive(make(requests=10, per=1.0), scripted, [*[(0.0, 1)] * 5, (0.0, 8), *small])
        order = [number for number, _ in admitted(scripted)]
        assert order == sorted(order), "somebody overtook"
        assert dict(admitted(scripted))[5] == pytest.approx(1.0, abs=1e-6)

    run(trial())


def test_L3_a_large_call_is_let_through_in_its_turn_among_a_stream_of_small_ones() -> None:
    law_no_starvation(rate_limit)
    rejects(law_no_starvation, wrong.smallest_first)
    rejects(law_no_starvation, wrong.overtaking)


def law_cancelled(make: Make) -> None:
    @examples()
    @given(kinds, ARRIVALS, LIMITS, WINDOWS, st.sets(st.integers(0, 15)))
    def law(kind: Kind, arrivals: Arrivals, requests: int, per: float, leaving: set[int]) -> None:
        async def trial() -> None:
            scripted = Scripted(kind, [Outcome("hi")])
            model = make(requests=requests, per=per)(scripted.model)
            await read(model, asking(scripted, -1, weight=requests))
            tasks = [
                asyncio.ensure_future(read(model, asking(scripted, number, weight=weight)))
                for number, (_, weight) in enumerate(arrivals)
            ]
            await asyncio.sleep(per / 2)
            for number in leaving & set(range(len(tasks))):
                tasks[number].cancel()
            answers = await asyncio.gather(*tasks, return_exceptions=True)
            stayed = [number for number in range(len(tasks)) if number not in leaving]
            for number, answer in enumerate(answers):
                assert isinstance(answer, asyncio.CancelledError) == (number in leaving)
            script = [(0.0, requests), *[(0.0, arrivals[number][1]) for number in stayed]]
            times = [at for _, at in expected(script, requests, per)]
            assert admitted(scripted) == list(zip([-1, *stayed], times, strict=True))
            scripted.check_closed()

        run(trial())

    law()


def test_L5_who_gives_up_leaves_nothing_behind() -> None:
    law_cancelled(rate_limit)
    rejects(law_cancelled, wrong.booking)


def law_clock(make: Make) -> None:
    @examples()
    @given(st.lists(st.tuples(st.floats(-30, 3), st.integers(0, 4)), min_size=1, max_size=10), LIMITS)
    def law(moves: list[tuple[float, int]], requests: int) -> None:
        async def trial() -> None:
            loop = asyncio.get_running_loop()
            assert isinstance(loop, VirtualClockLoop)
            loop.jump(100.0)
            scripted = Scripted("whole", [Outcome("hi")])
            model = make(requests=requests, per=10.0, max_wait=0)(scripted.model)
            latest = now()
            log: list[float] = []
            for seconds, calls in moves:
                loop.jump(seconds)
                latest = max(latest, now())
                for _ in range(calls):
                    before = len(scripted.calls)
                    await caught(read(model, WHOLE))
                    log += [latest] * (len(scripted.calls) - before)
            for end in log:
                assert sum(end - 10.0 < at <= end for at in log) <= requests

        run(trial())

    law()


def test_L10_a_clock_that_goes_backwards_grants_nothing() -> None:
    law_clock(rate_limit)
    rejects(law_clock, wrong.by_number_of_window)


def name_of_request(request: Any) -> str:
    return str(request.headers["name"])


def law_isolated(make: Make) -> None:
    @examples(30)
    @given(kinds, st.lists(st.sampled_from("abc"), min_size=1, max_size=12), st.integers(1, 3))
    def law(kind: Kind, owners: list[str], requests: int) -> None:
        async def trial() -> None:
            scripted = Scripted(kind, [Outcome("hi")])
            model = make(requests=requests, per=10.0, key=name_of_request)(scripted.model)

            async def one(owner: str) -> float:
                await read(model, asking(scripted, owner))
                return now()

            times = await asyncio.gather(*[one(owner) for owner in owners])
            for number, owner in enumerate(owners):
                assert times[number] == pytest.approx(owners[:number].count(owner) // requests * 10.0, abs=1e-6)

        run(trial())

    law()


def test_L11_keys_share_nothing() -> None:
    law_isolated(rate_limit)
    rejects(law_isolated, wrong.ignoring_the_key)


def law_separate(make: Make) -> None:
    async def trial() -> None:
        layer = [make(requests=2, per=10.0) for _ in range(3)]
        for each in layer:
            await read(each(ScriptedModel()), WHOLE)
            await read(each(ScriptedModel()), WHOLE)
        assert now() == 0.0, "limiters are not separate"
        await read(layer[0](ScriptedModel()), WHOLE)
        assert now() == 10.0, "one layer around two models is not one limit"

    run(trial())


def test_L11_separate_limiters_share_nothing_and_one_is_shared_by_its_models() -> None:
    law_separate(rate_limit)
    rejects(law_separate, wrong.shared_by_all)


async def test_L11_a_key_of_one_call_and_a_key_that_nobody_uses_is_forgotten() -> None:
    limiter = RateLimiter(requests=1, per=10.0)
    model = rate_limit(limiter)(ScriptedModel())
    for number in range(1000):
        own = {"rate_limit": {"key": number, "max_wait": 0}}
        await read(model, replace(WHOLE, layer_options=own))
        assert isinstance(await caught(read(model, replace(WHOLE, layer_options=own))), RateLimitedError)
        await asyncio.sleep(1)
    assert len(limiter._buckets) <= 64


async def test_burst_spreads_the_requests() -> None:
    scripted = Scripted("whole", [Outcome("hi")])
    model = rate_limit(requests=6, per=60.0, burst=2)(scripted.model)
    await asyncio.gather(*[read(model, WHOLE) for _ in range(8)])
    assert scripted.started == pytest.approx([0, 0, 20, 20, 40, 40, 60, 60], abs=1e-6)
    assert isinstance(await caught(read(model, asking(scripted, weight=3))), RateLimitedError)


async def test_waiting_is_reported_and_nothing_else_is() -> None:
    seen: list[Any] = []

    def observe(_record: CallRecord, kind: str, detail: Any) -> None:
        if kind == "waited":
            seen.append(detail)

    model = wrap_model(ScriptedModel(), [rate_limit(requests=1, per=10.0, max_wait=15)])

    async def one() -> Any:
        with record_call(observers=(observe,)):
            return await caught(read(model, WHOLE))

    await asyncio.gather(one(), one(), one())
    assert seen == [10.0]
    task = asyncio.ensure_future(one())
    await asyncio.sleep(4)
    task.cancel()
    await asyncio.wait([task])
    assert seen == [10.0, 4.0]


async def test_the_line_has_one_timer() -> None:
    loop: Any = asyncio.get_running_loop()
    model = rate_limit(requests=1, per=10.0)(ScriptedModel())
    tasks = [asyncio.ensure_future(read(model, WHOLE)) for _ in range(100)]
    await asyncio.sleep(1)
    assert len([timer for timer in loop._scheduled if not timer.cancelled()]) == 1
    await asyncio.gather(*tasks)
    assert now() == 990.0
