"""The laws of ``rate_limit`` about what is refused: too large, too late, or not sensible."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from laws import wrong_rate_limit as wrong
from laws.limiting import (
    ARRIVALS,
    LIMITS,
    WINDOWS,
    Arrivals,
    Make,
    asking,
    kinds,
    now,
)
from layer_laws.kit import (
    FINISH,
    STREAMED,
    WHOLE,
    Kind,
    Outcome,
    Scripted,
    caught,
    examples,
    good,
    read,
    rejects,
)

from ai_sdk.deadline import deadline_at
from ai_sdk.ending import Ending
from ai_sdk.errors import InvalidRequestError, RateLimitedError, ServerError
from ai_sdk.limits import Cost, RateLimiter
from ai_sdk.middleware import rate_limit, retry
from ai_sdk.model import wrap_model
from ai_sdk.parts import TextDelta
from ai_sdk.testing import ScriptedModel, run


def law_too_large(make: Make) -> None:
    @examples(20)
    @given(kinds, LIMITS, st.integers(1, 50), st.booleans())
    def law(kind: Kind, requests: int, more: int, empty: bool) -> None:
        async def trial() -> None:
            scripted = Scripted(kind, [Outcome("hi")])
            model = make(requests=requests, per=5.0)(scripted.model)
            if not empty:
                await read(model, asking(scripted))
            before = len(scripted.calls)
            async with asyncio.timeout(100):
                error = await caught(read(model, asking(scripted, weight=requests + more)))
            assert isinstance(error, RateLimitedError), repr(error)
            assert not error.retryable
            assert error.retry_after is None
            assert now() == 0.0
            assert len(scripted.calls) == before
            await read(model, asking(scripted, weight=requests - before))
            assert now() == 0.0

        try:
            run(trial())
        except TimeoutError as error:
            raise AssertionError("it waits for ever") from error

    law()


def test_L4_what_never_fits_is_refused_at_once() -> None:
    law_too_large(rate_limit)
    rejects(law_too_large, wrong.too_large_waits)


def law_all_or_nothing(make: Make) -> None:
    @examples()
    @given(kinds, st.lists(st.tuples(st.integers(0, 3), st.integers(0, 60)), min_size=1, max_size=12))
    def law(kind: Kind, costs: list[tuple[int, int]]) -> None:
        async def trial() -> None:
            scripted = Scripted(kind, [Outcome(ServerError("so that nobody knows what was used"))])
            model = make(requests=5, tokens=100, max_wait=0)(scripted.model)
            requests, tokens = 5, 100
            for weight, reserved in costs:
                answer = await caught(read(model, asking(scripted, weight=weight, tokens=reserved)))
                fits = weight <= requests and reserved <= tokens
                assert isinstance(answer, ServerError if fits else RateLimitedError), repr(answer)
                if fits:
                    requests, tokens = requests - weight, tokens - reserved

        run(trial())

    law()


def test_L8_all_of_it_or_nothing() -> None:
    law_all_or_nothing(rate_limit)
    rejects(law_all_or_nothing, wrong.one_after_the_other)


async def test_L8_a_call_that_waits_for_a_slot_takes_no_requests() -> None:
    limiter = RateLimiter(requests=2, tokens=10, concurrency=1)
    first = await limiter.acquire(Cost(1, 5))
    waiting = asyncio.ensure_future(limiter.acquire(Cost(1, 5)))
    await asyncio.sleep(1)
    assert limiter.state() == (1, 1, 1, 5)
    first.release(Ending("error"))
    (await waiting).release(Ending("error"))
    assert limiter.state() == (0, 0, 0, 0)


def law_retry_after(make: Make) -> None:
    @examples()
    @given(kinds, ARRIVALS, LIMITS, WINDOWS, st.integers(1, 3))
    def law(kind: Kind, arrivals: Arrivals, requests: int, per: float, weight: int) -> None:
        async def trial() -> None:
            scripted = Scripted(kind, [Outcome("hi")])
            model = make(requests=requests, per=per, max_wait=0)(scripted.model)
            for gap, each in arrivals:
                await asyncio.sleep(gap / 4)
                await caught(read(model, asking(scripted, weight=each)))
            before, began = len(scripted.calls), now()
            error = await caught(read(model, asking(scripted, weight=weight)))
            assert now() == began, "it was not refused at once"
            if not isinstance(error, RateLimitedError):
                return
            assert error.retryable
            assert error.retry_after is not None
            await asyncio.sleep(error.retry_after * 0.99)
            assert isinstance(await caught(read(model, asking(scripted, weight=weight))), RateLimitedError)
            await asyncio.sleep(began + error.retry_after - now())
            assert await caught(read(model, asking(scripted, weight=weight))) == good(kind, "hi")
            assert len(scripted.calls) == before + 1

        run(trial())

    law()


def test_L9_who_waits_as_long_as_it_was_told_is_let_through() -> None:
    law_retry_after(rate_limit)
    rejects(law_retry_after, wrong.vague_about_when)


def law_in_time_or_at_once(make: Make) -> None:
    @examples()
    @given(kinds, st.integers(0, 12), LIMITS, WINDOWS, st.sampled_from([0.5, 1.0, 3.0, 6.0]))
    def law(kind: Kind, ahead: int, requests: int, per: float, max_wait: float) -> None:
        async def trial() -> None:
            scripted = Scripted(kind, [Outcome("hi")])
            model = make(requests=requests, per=per, max_wait=max_wait)(scripted.model)

            async def one() -> tuple[Any, float]:
                return await caught(read(model, scripted.request)), now()

            calls = await asyncio.gather(*[one() for _ in range(ahead + 1)])
            for number, (answer, at) in enumerate(calls):
                due = number // requests * per
                if due <= max_wait:
                    assert answer == good(kind, "hi")
                    assert at == pytest.approx(due, abs=1e-6)
                else:
                    assert isinstance(answer, RateLimitedError), repr(answer)
                    assert at == 0.0, "it waited first"
                    first_refused = int(max_wait // per + 1) * per
                    assert answer.retry_after == pytest.approx(first_refused, abs=1e-5)

        run(trial())

    law()


def test_L9_a_call_that_cannot_be_let_through_in_time_is_refused_at_once() -> None:
    law_in_time_or_at_once(rate_limit)
    rejects(law_in_time_or_at_once, wrong.refusing_after_the_wait)


@pytest.mark.parametrize(("seconds", "refused"), [(9.0, True), (10.0, True), (10.5, False)])
async def test_L9_the_deadline_counts_as_well(seconds: float, refused: bool) -> None:
    model = rate_limit(requests=1, per=10.0)(ScriptedModel())
    await read(model, WHOLE)
    with deadline_at(seconds):
        answer = await caught(read(model, WHOLE))
    assert isinstance(answer, RateLimitedError) == refused
    assert now() == (0.0 if refused else 10.0)


async def test_L9_who_waits_for_a_slot_is_refused_when_its_time_is_over() -> None:
    limiter = RateLimiter(concurrency=1)
    model = rate_limit(limiter, max_wait=5)(ScriptedModel([[TextDelta("a"), FINISH]]))
    response = await model(STREAMED)
    error = await caught(read(model, WHOLE))
    assert isinstance(error, RateLimitedError)
    assert error.retryable
    assert (now(), error.retry_after, limiter.state()[:2]) == (5.0, None, (1, 0))
    error = await caught(read(model, replace(WHOLE, layer_options={"rate_limit": {"max_wait": 0}})))
    assert isinstance(error, RateLimitedError)
    assert now() == 5.0
    await response.aclose()
    assert await read(model, WHOLE) == "a"


async def test_L9_retry_around_it_waits_as_it_is_told() -> None:
    scripted = Scripted("whole", [Outcome("hi")])
    model = wrap_model(scripted.model, [retry(base=0), rate_limit(requests=1, per=10.0, max_wait=1)])
    await read(model, WHOLE)
    await read(model, WHOLE)
    assert scripted.started == [0.0, pytest.approx(10.0, abs=1e-5)]


@pytest.mark.parametrize(
    ("options", "field"),
    [
        ({"requests": 0}, "requests"),
        ({"requests": 1.5}, "requests"),
        ({"requests": True}, "requests"),
        ({"tokens": -1}, "tokens"),
        ({"concurrency": 0}, "concurrency"),
        ({"requests": 5, "per": 0}, "per"),
        ({"requests": 5, "per": float("nan")}, "per"),
        ({"requests": 5, "burst": 6}, "burst"),
        ({"burst": 1}, "burst"),
        ({"learn": False}, "requests"),
        ({"requests": 5, "max_wait": -1}, "max_wait"),
        ({"requests": 5, "max_wait": "soon"}, "max_wait"),
        ({"limiter": RateLimiter(requests=1), "requests": 5}, "limiter"),
        ({"limiter": RateLimiter(requests=1), "per": 5}, "limiter"),
    ],
)
def test_options_that_make_no_sense_are_refused(options: dict[str, Any], field: str) -> None:
    with pytest.raises(InvalidRequestError) as raised:
        rate_limit(**options)
    assert raised.value.field == field
    assert field in raised.value.message


@pytest.mark.parametrize(
    ("own", "field"),
    [
        ({"wait": 1}, "layer_options.rate_limit.wait"),
        ({"max_wait": -1}, "max_wait"),
        ({"weight": -1}, "weight"),
        ({"weight": 1.5}, "weight"),
        (3, "layer_options.rate_limit"),
    ],
)
async def test_wishes_of_a_call_that_make_no_sense_are_refused(own: Any, field: str) -> None:
    model = rate_limit(requests=5)(ScriptedModel())
    error = await caught(read(model, replace(WHOLE, layer_options={"rate_limit": own})))
    assert isinstance(error, InvalidRequestError)
    assert error.field == field


def test_a_limiter_shows_what_it_limits() -> None:
    assert repr(RateLimiter(requests=5, concurrency=2)) == "RateLimiter(requests=5, concurrency=2, per=60)"
