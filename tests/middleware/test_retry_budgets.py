"""What ``retry`` may spend: budgets that layers share, retries around retries, requests that can be sent once."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from laws import wrong_retry as wrong
from layer_laws.kit import (
    EMBEDDING,
    KINDS,
    WHOLE,
    Kind,
    Outcome,
    Scripted,
    caught,
    examples,
    final,
    good,
    read,
    rejects,
)

from ai_sdk.deadline import deadline_at
from ai_sdk.errors import RateLimitError, ServerError
from ai_sdk.middleware import retry
from ai_sdk.model import AnyLayer
from ai_sdk.results import EmbeddingResult
from ai_sdk.retry_budget import RetryBudget
from ai_sdk.testing import ScriptedModel, run

Make = Callable[..., AnyLayer]
kinds = st.sampled_from(KINDS)


def law_budget(make: Make) -> None:
    @examples()
    @given(
        st.lists(st.tuples(kinds, st.booleans(), st.integers(0, 5), st.integers(0, 12)), min_size=1, max_size=25),
        st.sampled_from([0.0, 0.5, 1.0]),
        st.integers(0, 3),
        st.integers(1, 5),
    )
    def law(calls: list[tuple[Kind, bool, int, int]], ratio: float, burst: int, attempts: int) -> None:
        async def trial() -> None:
            budget = RetryBudget(ratio=ratio, reserve=burst / 10, ttl=10.0)
            made: list[float] = []
            again: list[float] = []
            for kind, second_model, failures, pause in calls:
                now = asyncio.get_running_loop().time()
                error = ServerError("broken", status=500)
                scripted = Scripted(kind, [*[Outcome(error)] * failures, Outcome("good")])
                layer = make(attempts=attempts, wait=0.0, budget=budget, **({"cap": 1.0} if second_model else {}))
                made.append(now)
                answer = await caught(read(layer(scripted.model), scripted.request))
                retries = len(scripted.calls) - 1
                for _ in range(retries):
                    again.append(now)
                    allowed = burst + ratio * sum(each > now - 10 for each in made)
                    assert sum(each > now - 10 for each in again) <= allowed + 1e-6
                wanted = min(failures, attempts - 1)
                assert retries <= wanted
                if retries < wanted:
                    certain = burst + ratio * sum(each > now - 9 for each in made)
                    assert sum(each > now - 11 for each in again) + 1 > certain - 1e-6
                assert answer == good(kind, "good") if retries == failures else answer is error
                await asyncio.sleep(pause / 4)

        run(trial())

    law()


def test_R10_retries_are_bounded_by_a_budget_that_layers_and_models_share() -> None:
    law_budget(retry)
    rejects(law_budget, wrong.without_a_budget)
    rejects(law_budget, wrong.with_a_budget_of_each_call)
    rejects(law_budget, wrong.counting_nothing)


def law_free_of_charge(make: Make) -> None:
    @examples(40)
    @given(kinds, st.integers(0, 2), st.integers(0, 9), st.sampled_from(["final", "asked", "deadline", "sent"]))
    def law(kind: Kind, failures: int, number: int, why: str) -> None:
        async def trial() -> None:
            budget = RetryBudget(ratio=0.0, reserve=1.0, ttl=1000.0)
            last = final(number) if why == "final" else ServerError("x", retry_after=1e6 if why == "asked" else None)
            scripted = Scripted(kind, [*[Outcome(RateLimitError("x", status=429))] * failures, Outcome(last, 50.0)])
            layer = make(attempts=5, wait=0.0, budget=budget, idempotent=why != "sent")
            with deadline_at(50.0 if why == "deadline" else 1e9):
                assert await caught(read(layer(scripted.model), scripted.request)) is last
            assert len(scripted.calls) == failures + 1
            assert budget.balance == pytest.approx(1000 - failures)
            assert budget.refused == 0

        run(trial())

    law()


def test_R10_what_is_not_tried_again_costs_nothing() -> None:
    law_free_of_charge(retry)
    rejects(law_free_of_charge, wrong.paying_for_what_is_not_retried)


async def test_R10_when_it_is_used_up_the_error_comes_at_once() -> None:
    budget = RetryBudget(ratio=0.0, reserve=0.1, ttl=10.0)
    error = ServerError("broken")
    scripted = Scripted("whole", [Outcome(error)])
    assert await caught(read(retry(attempts=9, wait=1.0, budget=budget)(scripted.model), WHOLE)) is error
    assert scripted.started == [0, 1]
    assert asyncio.get_running_loop().time() == 1
    assert budget.refused == 1


def test_R10_two_threads_with_a_loop_each_share_one_layer() -> None:
    budget = RetryBudget(ratio=0.25, reserve=0.001, ttl=10_000.0)
    calls: list[int] = []

    async def failing(_request: Any) -> EmbeddingResult:
        calls.append(1)
        await asyncio.sleep(0.001)
        raise ServerError("broken")

    call = retry(attempts=5, wait=0.0, budget=budget)(failing)
    failures: list[BaseException] = []
    both = threading.Barrier(2)

    async def many() -> None:
        for _ in range(10):
            await asyncio.gather(*[caught(call(EMBEDDING)) for _ in range(20)])

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
    assert len(calls) <= 400 + 10 + 100
    assert len(calls) == 400 + 10 + 100 - int(budget.balance)


def law_nested(make: Make) -> None:
    @examples(40)
    @given(kinds, st.lists(st.integers(1, 4), min_size=2, max_size=3), st.integers(1, 12), st.integers(0, 3))
    def law(kind: Kind, layers: list[int], calls: int, burst: int) -> None:
        async def trial() -> None:
            error = ServerError("broken", status=500)
            product = 1
            for attempts in layers:
                product *= attempts
            scripted = Scripted(kind, [Outcome(error)])
            for budget in (None, RetryBudget(ratio=0.5, reserve=burst / 10, ttl=10.0)):
                model = scripted.model
                for attempts in layers:
                    model = (make if budget is not None else retry)(attempts=attempts, wait=0.0, budget=budget)(model)
                before = len(scripted.calls)
                for _ in range(calls):
                    assert await caught(read(model, scripted.request)) is error
                made = len(scripted.calls) - before
                bound = calls * product
                assert made == (bound if budget is None else min(bound, made))
                if budget is not None:
                    assert made - calls <= burst + 0.5 * calls + 1e-6
                    assert made == bound or made - calls + 1 > burst + 0.5 - 1e-6

        run(trial())

    law()


def test_R11_retries_around_retries_multiply_and_a_shared_budget_bounds_them_all() -> None:
    law_nested(retry)
    rejects(law_nested, wrong.counting_its_own_attempts)
    rejects(law_nested, wrong.without_a_budget)


def law_read_once(make: Make) -> None:
    @examples(30)
    @given(st.lists(st.text("ab", max_size=2), max_size=4), st.booleans(), st.integers(2, 5))
    def law(texts: list[str], once: bool, attempts: int) -> None:
        async def trial() -> None:
            seen: list[list[str]] = []

            async def model(request: Any) -> EmbeddingResult:
                seen.append(list(request))
                raise ServerError("broken")

            with pytest.raises(ServerError):
                await make(attempts=attempts, wait=0.0)(model)(iter(texts) if once else texts)
            assert seen == [texts] * (1 if once else attempts)

        run(trial())

    law()


def test_R13_what_can_be_read_only_once_is_not_sent_again() -> None:
    law_read_once(retry)
    rejects(law_read_once, wrong.of_what_is_used_up)


async def test_R13_an_iterator_that_is_answered_is_as_good_as_anything() -> None:
    async def model(request: Any) -> int:
        return sum(request)

    assert await retry()(model)(iter([1, 2])) == 3


async def test_a_budget_is_not_held_by_a_live_response() -> None:
    budget = RetryBudget(ratio=1.0, reserve=0.0)
    call = retry(budget=budget)(ScriptedModel(["hello"]))
    for _ in range(3):
        await read(call, WHOLE)
    assert budget.balance == pytest.approx(3.0)
