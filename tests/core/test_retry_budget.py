"""The laws of ``RetryBudget``, and which errors and requests a second call is good for."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable
from dataclasses import fields, is_dataclass, replace
from typing import Any, cast, get_args

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)
from laws import wrong_retry as wrong
from layer_laws.kit import EMBEDDING, STREAMED, WHOLE, examples, rejects

from ai_sdk.errors import APITimeoutError, BadRequestError, InvalidRequestError, LayerError, RateLimitError
from ai_sdk.requests import AnyRequest, ImageRequest, RerankRequest, SpeechRequest, TranscriptionRequest, VideoRequest
from ai_sdk.retry_budget import RetryBudget, is_replayable, is_transient, is_unsent
from ai_sdk.testing import VirtualClockLoop, run

Make = Callable[..., RetryBudget]


class _Machine(RuleBasedStateMachine):
    """A budget beside a list of everything that happened."""

    make: Make = RetryBudget

    @initialize(
        ratio=st.sampled_from([0.0, 0.2, 0.5, 1.0, 2.5]),
        reserve=st.sampled_from([0.0, 0.1, 0.25, 1.0]),
        ttl=st.sampled_from([5.0, 10.0, 20.0]),
    )
    def begin(self, ratio: float, reserve: float, ttl: float) -> None:
        self.loop = VirtualClockLoop()
        self.ratio, self.free, self.ttl = ratio, reserve * ttl, ttl
        self.budget = type(self).make(ratio=ratio, reserve=reserve, ttl=ttl)
        self.calls: list[float] = []
        self.second: list[float] = []

    def within(self, action: Callable[[], Any]) -> Any:
        asyncio._set_running_loop(self.loop)
        try:
            return action()
        finally:
            asyncio._set_running_loop(None)

    @rule(count=st.integers(1, 9))
    def call(self, count: int) -> None:
        for _ in range(count):
            self.within(self.budget.deposit)
            self.calls.append(self.loop.time())

    @rule(steps=st.integers(1, 12))
    def wait(self, steps: int) -> None:
        self.loop.jump(self.ttl * steps / 20)

    @rule(count=st.integers(1, 30))
    def ask_for_a_second_call(self, count: int) -> None:
        for _ in range(count):
            now = self.loop.time()
            refused = self.budget.refused
            before = self.within(lambda: self.budget.balance)
            granted = self.within(self.budget.withdraw)
            after = self.within(lambda: self.budget.balance)
            assert after == pytest.approx(before - granted)
            assert granted == (before >= 1 - 1e-6)
            assert self.budget.refused == refused + (not granted)
            if granted:
                self.second.append(now)
                allowed = self.free + self.ratio * sum(each > now - self.ttl for each in self.calls)
                assert sum(each > now - self.ttl for each in self.second) <= allowed + 1e-6
            else:
                counting = self.ratio * sum(each > now - self.ttl * 0.9 for each in self.calls)
                taken = sum(each > now - self.ttl * 1.1 for each in self.second)
                assert taken + 1 > self.free + counting - 1e-6

    @precondition(lambda self: hasattr(self, "budget"))
    @invariant()
    def nothing_is_owed(self) -> None:
        assert self.within(lambda: self.budget.balance) <= self.free + self.ratio * len(self.calls) + 1e-6

    def teardown(self) -> None:
        if hasattr(self, "loop"):
            self.loop.close()


def law_budget(make: Make) -> None:
    machine = type("Machine", (_Machine,), {"make": staticmethod(make)})
    run_state_machine_as_test(machine, settings=settings(examples(), stateful_step_count=30))


def test_R10_no_more_second_calls_than_the_budget_has_and_no_fewer() -> None:
    law_budget(RetryBudget)
    rejects(law_budget, wrong.NeverForgets)
    rejects(law_budget, wrong.OneWindowAfterTheOther)
    rejects(law_budget, wrong.PaysForARefusal)
    rejects(law_budget, wrong.ForgetsTooEarly)
    rejects(law_budget, wrong.Stingy)


def law_threads(make: Make) -> None:
    budget = make(ratio=0.0, reserve=10.0, ttl=10.0)
    granted: list[bool] = []
    start = threading.Barrier(2)

    async def ask() -> None:
        granted.extend([budget.withdraw() for _ in range(80)])

    def work() -> None:
        start.wait()
        run(ask())

    threads = [threading.Thread(target=work) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sum(granted) == 100
    assert budget.refused == 60


def test_R10_two_threads_with_a_loop_each_share_one_budget() -> None:
    law_threads(RetryBudget)
    rejects(law_threads, wrong.Careless)


def test_R10_it_is_known_outside_of_any_loop_and_a_clock_that_is_behind_changes_nothing() -> None:
    budget = RetryBudget(ratio=1.0, reserve=0.0, ttl=10.0)
    assert budget.balance == pytest.approx(0.0)
    budget.deposit()
    assert budget.withdraw()
    assert not budget.withdraw()

    async def later() -> None:
        await asyncio.sleep(100)
        budget.deposit()

    run(later())

    async def behind() -> float:
        return budget.balance

    assert run(behind()) == pytest.approx(1.0)
    assert budget.balance == pytest.approx(1.0)


async def test_R10_a_call_inside_of_a_call_counts_once_and_another_budget_counts_its_own() -> None:
    budget, other = (RetryBudget(ratio=1.0, reserve=0.0) for _ in range(2))

    async def inner() -> None:
        with budget.call(), other.call():
            await asyncio.sleep(0)

    for _ in range(3):
        with budget.call():
            await inner()
            await asyncio.create_task(inner())
    assert budget.balance == pytest.approx(3.0)
    assert other.balance == pytest.approx(6.0)
    with pytest.raises(ValueError, match="x"), budget.call():
        raise ValueError("x")
    await inner()
    assert budget.balance == pytest.approx(5.0)


async def test_R10_the_default_is_a_fifth_and_ten_a_second() -> None:
    budget = RetryBudget()
    assert repr(budget) == "RetryBudget(ratio=0.2, reserve=10.0, ttl=10.0)"
    assert budget.balance == pytest.approx(100.0)
    for _ in range(10):
        budget.deposit()
    assert budget.balance == pytest.approx(102.0)
    await asyncio.sleep(9)
    assert budget.balance == pytest.approx(102.0)
    await asyncio.sleep(1)
    assert budget.balance == pytest.approx(100.0)


async def test_R10_a_second_call_is_taken_for_the_whole_of_the_time() -> None:
    budget = RetryBudget(ratio=0.0, reserve=0.1, ttl=10.0)
    await asyncio.sleep(0.5)
    assert budget.withdraw()
    await asyncio.sleep(10.4)
    assert not budget.withdraw()
    await asyncio.sleep(0.1)
    assert budget.withdraw()


@pytest.mark.parametrize(
    ("options", "field"),
    [
        ({"ratio": -0.1}, "ratio"),
        ({"ratio": float("inf")}, "ratio"),
        ({"reserve": -1}, "reserve"),
        ({"reserve": float("nan")}, "reserve"),
        ({"ttl": 0}, "ttl"),
        ({"ttl": float("inf")}, "ttl"),
    ],
)
def test_options_that_make_no_sense(options: dict[str, Any], field: str) -> None:
    with pytest.raises(InvalidRequestError) as raised:
        RetryBudget(**options)
    assert raised.value.field == field
    assert "allowed" in raised.value.message


REQUESTS: list[Any] = [
    WHOLE,
    STREAMED,
    EMBEDDING,
    ImageRequest(prompt="x"),
    SpeechRequest(text="x"),
    TranscriptionRequest(audio=b"x"),
    RerankRequest(query="x", documents=("a",)),
    VideoRequest(prompt="x"),
]


def test_R13_every_request_of_this_library_can_be_sent_again() -> None:
    assert {type(each) for each in REQUESTS} == set(get_args(AnyRequest))
    for request in REQUESTS:
        assert is_replayable(request)
        for each in fields(request):
            value: Any = getattr(request, each.name)
            assert is_replayable(value)
            if isinstance(value, tuple | dict) and value:
                with pytest.raises(InvalidRequestError):
                    replace(request, **{each.name: iter(cast("Any", value))})


@examples(30)
@given(st.sampled_from(["generator", "iterator", "file", "async"]))
def test_R13_what_can_be_read_only_once_cannot(kind: str) -> None:
    async def numbers() -> Any:
        yield 1

    with open(__file__) as file:
        once: dict[str, Any] = {
            "generator": (each for each in "ab"),
            "iterator": iter([1]),
            "file": file,
            "async": numbers(),
        }
        assert not is_replayable(once[kind])
    assert is_replayable([1])
    assert is_replayable("text")
    assert not is_dataclass(once[kind])


def test_which_errors() -> None:
    assert is_transient(RateLimitError("slow", status=429))
    assert not is_transient(BadRequestError("no", status=400))
    assert not is_transient(APITimeoutError("over", limit="deadline"))
    assert is_transient(APITimeoutError("over", limit="total"))
    assert is_transient(TimeoutError())
    assert not is_transient(ValueError())
    assert is_unsent(LayerError("no"))
    assert not is_unsent(BadRequestError("no", status=400))
    assert not is_unsent(ConnectionResetError())
