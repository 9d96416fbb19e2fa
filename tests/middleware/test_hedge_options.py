"""The options of ``hedge``, its place in a stack, ties, and several event loops at once."""

from __future__ import annotations

import asyncio
import threading
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from laws.hedging import PLENTY, Asked
from layer_laws.kit import (
    EMBEDDING,
    FINISH,
    KINDS,
    STREAMED,
    WHOLE,
    Kind,
    Outcome,
    caught,
    check_closed,
    examples,
    read,
)

from ai_sdk.call import record_call
from ai_sdk.deadline import deadline_at
from ai_sdk.errors import APITimeoutError, InvalidRequestError, ServerError
from ai_sdk.middleware import retry, timeout
from ai_sdk.middleware.hedge import hedge
from ai_sdk.model import name_of, wrap_model
from ai_sdk.parts import TextDelta
from ai_sdk.results import EmbeddingResult
from ai_sdk.retry_budget import RetryBudget
from ai_sdk.testing import HANG, ScriptedModel, run

A, B = TextDelta("a"), TextDelta("b")


@examples()
@given(st.sampled_from(["whole", "streamed"]), st.integers(1, 3), st.none() | st.integers(0, 4), st.booleans())
def test_ties_have_one_winner_and_leave_nothing(kind: Kind, delay: int, cancel: int | None, fails: bool) -> None:
    async def trial() -> None:
        last = [ServerError("broken")] if fails else [A, FINISH]
        model = ScriptedModel([[delay + 1.0, *last], [1.0, B, FINISH]])
        call = read(hedge(delay=float(delay), budget=PLENTY)(model), STREAMED if kind == "streamed" else WHOLE)
        task = asyncio.create_task(call)
        if cancel is not None:
            asyncio.get_running_loop().call_at(float(cancel), task.cancel)
        answer = await caught(task)
        assert answer == "b" or (answer == "a" and not fails) or isinstance(answer, asyncio.CancelledError)
        assert not isinstance(answer, asyncio.CancelledError) or cancel is not None
        assert asyncio.get_running_loop().time() <= delay + 1
        check_closed(model)

    run(trial())


async def test_the_interrupted_task_is_as_it_was() -> None:
    task = asyncio.current_task()
    assert task is not None
    model = ScriptedModel([[HANG], "hello"])
    assert await read(hedge(delay=1.0, budget=PLENTY)(model), STREAMED) == "hello"
    assert task.cancelling() == 0
    with pytest.raises(TimeoutError):
        async with asyncio.timeout(3):
            await read(hedge(delay=1.0, budget=PLENTY)(ScriptedModel([[HANG]])), STREAMED)
    assert task.cancelling() == 0
    check_closed(model)


async def test_a_cancellation_in_the_tick_of_the_interruption_counts() -> None:
    async def slow(_request: Any) -> EmbeddingResult:
        loop = asyncio.get_running_loop()
        if loop.time() < 1:
            await asyncio.sleep(90)
        loop.call_soon(task.cancel)
        return EmbeddingResult()

    task = asyncio.create_task(hedge(delay=1.0, budget=PLENTY)(slow)(EMBEDDING))
    assert isinstance(await caught(task), asyncio.CancelledError)
    assert asyncio.all_tasks() == {asyncio.current_task()}


@pytest.mark.parametrize("request_", [WHOLE, STREAMED])
async def test_inside_of_a_timeout_and_of_a_retry(request_: Any) -> None:
    model = ScriptedModel([[HANG]])
    stack = wrap_model(model, [timeout(total=5.0), hedge(delay=1.0, max_hedges=3, budget=PLENTY)])
    with pytest.raises(APITimeoutError):
        await stack(request_)
    assert len(model.calls) == 4
    assert asyncio.get_running_loop().time() == 5
    check_closed(model)

    error = ServerError("broken")
    model = ScriptedModel([error, error, "hello"])
    stack = wrap_model(model, [retry(attempts=2, wait=1.0), hedge(delay=9.0, budget=PLENTY)])
    with record_call() as record:
        assert await read(stack, request_) == "hello"
    assert len(record.attempts) == 3


async def test_a_timeout_of_each_attempt_inside_and_hedges_around_hedges() -> None:
    model = ScriptedModel([[HANG], [HANG], [HANG], "hello"])
    layers = [hedge(delay=1.5, budget=PLENTY), hedge(delay=1.0, budget=PLENTY), timeout(first_content=30.0)]
    assert await read(wrap_model(model, layers), STREAMED) == "hello"
    assert asyncio.get_running_loop().time() == 2.5
    check_closed(model)


async def test_it_shares_a_budget_with_retry_and_a_call_counts_once() -> None:
    budget = RetryBudget(ratio=0.5, reserve=0)
    model = ScriptedModel([ServerError("broken")])
    stack = wrap_model(
        model, [retry(attempts=9, wait=0.0, budget=budget), hedge(delay=1.0, max_hedges=9, budget=budget)]
    )
    for _ in range(10):
        await caught(read(stack, WHOLE))
    assert len(model.calls) == 15


async def test_no_hedge_starts_at_or_after_the_deadline() -> None:
    for at, calls in ((2.0, 1), (2.5, 2)):
        model = ScriptedModel([[5.0, A, FINISH]])
        now = asyncio.get_running_loop().time()
        with deadline_at(now + at):
            await read(hedge(delay=2.0, max_hedges=3, budget=PLENTY)(model), WHOLE)
        assert len(model.calls) == calls


async def test_a_delay_of_zero_asks_at_once() -> None:
    model = ScriptedModel([[HANG], "hello"])
    assert await read(hedge(delay=0, budget=PLENTY)(model), WHOLE) == "hello"
    assert asyncio.get_running_loop().time() == 0


async def test_the_time_of_a_call_that_was_overtaken_is_learned_too() -> None:
    model = ScriptedModel([[1.0, A, FINISH], [1.0, A, FINISH], [HANG], [2.0, A, FINISH], [90.0, A, FINISH]])
    call = hedge(percentile=0.9, min_samples=2, budget=PLENTY)(model)
    for _ in range(3):
        await read(call, WHOLE)
    before = asyncio.get_running_loop().time()
    assert before == 1 + 1 + 1 + 2
    task = asyncio.create_task(read(call, WHOLE))
    await asyncio.sleep(2.99)
    assert len(model.calls) == 5
    await asyncio.sleep(0.02)
    assert len(model.calls) == 6
    task.cancel()
    await caught(task)
    check_closed(model)


async def test_errors_and_cancelled_calls_teach_nothing() -> None:
    model = ScriptedModel([ServerError("broken"), ServerError("broken"), [HANG], [90.0, A, FINISH], [90.0, A, FINISH]])
    call = hedge(min_samples=1, budget=PLENTY)(model)
    await caught(read(call, WHOLE))
    task = asyncio.create_task(read(call, WHOLE))
    await asyncio.sleep(1)
    task.cancel()
    await caught(task)
    await read(call, WHOLE)
    assert len(model.calls) == 4


@pytest.mark.parametrize(("quick", "late"), [(243, 9.0), (244, 1.0)])
async def test_the_last_256_calls_count(quick: int, late: float) -> None:
    seconds = [*[9.0] * 300, *[1.0] * quick, 99.0]
    asked = Asked("whole", [Outcome("x", each) for each in seconds])
    budget = RetryBudget(ratio=0, reserve=0)
    call = hedge(percentile=0.95, min_samples=256, budget=budget)(asked)
    for _ in range(300 + quick):
        await read(call, WHOLE)
    assert len(asked.starts) == 300 + quick
    budget.reserve = 1.0
    await read(call, WHOLE)
    assert asked.starts[-1] - asked.starts[-2] == late


async def test_one_call_has_its_own_wishes() -> None:
    def wishing(**wishes: Any) -> Any:
        return replace(WHOLE, layer_options={"hedge": wishes})

    cases: list[tuple[dict[str, Any], int]] = [
        ({"delay": 2.0}, 2),
        ({"delay": 6.0}, 1),
        ({"delay": None}, 1),
        ({"idempotent": False}, 1),
    ]
    for wishes, calls in cases:
        model = ScriptedModel([[5.0, A, FINISH]])
        await read(hedge(delay=4.0, budget=PLENTY)(model), wishing(**wishes))
        assert len(model.calls) == calls
    model = ScriptedModel([[5.0, A, FINISH]])
    await read(hedge(budget=PLENTY)(model), wishing(delay=1.0, idempotent=True))
    assert len(model.calls) == 2
    model = ScriptedModel([ServerError("broken"), "hello"])
    assert isinstance(await caught(read(hedge(budget=PLENTY)(model), wishing(delay=None))), ServerError)
    assert len(model.calls) == 1
    wrong: list[tuple[dict[str, Any], str]] = [
        ({"delay": -1}, "delay"),
        ({"delay": "soon"}, "delay"),
        ({"idempotent": 1}, "idempotent"),
        ({"late": 1}, "late"),
    ]
    for wishes, field in wrong:
        with pytest.raises(InvalidRequestError) as raised:
            await hedge()(model)(wishing(**wishes))
        assert raised.value.field == f"layer_options.hedge.{field}"
    assert len(model.calls) == 1


@pytest.mark.parametrize(
    ("options", "field"),
    [
        ({"delay": -1.0}, "delay"),
        ({"delay": float("nan")}, "delay"),
        ({"percentile": 0.0}, "percentile"),
        ({"percentile": 1.0}, "percentile"),
        ({"min_samples": 0}, "min_samples"),
        ({"min_samples": 257}, "min_samples"),
        ({"min_samples": True}, "min_samples"),
        ({"max_hedges": 0}, "max_hedges"),
        ({"max_hedges": 1.5}, "max_hedges"),
        ({"max_extra": -0.1}, "max_extra"),
    ],
)
def test_options_that_make_no_sense(options: dict[str, Any], field: str) -> None:
    with pytest.raises(InvalidRequestError) as raised:
        hedge(**options)
    assert raised.value.field == field
    assert "allowed" in raised.value.message


def test_its_name_and_place() -> None:
    assert name_of(hedge()) == "hedge"
    model = ScriptedModel()
    assert repr(wrap_model(model, [hedge()])) == f"wrap_model({model!r}, [hedge])"
    assert name_of(hedge()(model)) == "scripted:model"


def test_two_threads_share_a_model_and_its_budget() -> None:
    budget = RetryBudget(ratio=0.1, reserve=1.0, ttl=1000.0)
    budget.ratio = 0.0
    budget.reserve = 0.05
    hedges: list[int] = []

    async def slow(_request: Any) -> EmbeddingResult:
        hedges.append(1)
        await asyncio.sleep(2.0)
        return EmbeddingResult()

    call = hedge(delay=1.0, budget=budget)(slow)
    failures: list[BaseException] = []
    both = threading.Barrier(2)

    async def many() -> None:
        for _ in range(10):
            await asyncio.gather(*[call(EMBEDDING) for _ in range(20)])
        assert asyncio.all_tasks() == {asyncio.current_task()}

    def work() -> None:
        both.wait()
        try:
            run(many())
        except BaseException as error:
            failures.append(error)

    threads = [threading.Thread(target=work) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not failures
    assert len(hedges) == 400 + 50


@pytest.mark.parametrize("kind", KINDS)
def test_the_same_layer_in_two_event_loops_learns_on(kind: Kind) -> None:
    requests = {"whole": WHOLE, "streamed": STREAMED, "embedding": EMBEDDING}
    starts: list[float] = []

    async def model(request: Any) -> Any:
        starts.append(asyncio.get_running_loop().time())
        if kind == "embedding":
            await asyncio.sleep(times[len(starts) - 1])
            return EmbeddingResult()
        return await ScriptedModel([[times[len(starts) - 1], A, FINISH]])(request)

    times = [3.0, 9.0, 9.0]
    call = hedge(min_samples=1, budget=PLENTY)(model)
    run(read(call, requests[kind]))
    assert len(starts) == 1
    run(read(call, requests[kind]))
    assert starts == [0, 0, 3.0]
