"""The laws of ``circuit_breaker``, each of which finds out an implementation that breaks it."""

from __future__ import annotations

import asyncio
import gc
import math
import random
import threading
from collections.abc import Callable
from functools import partial
from typing import Any, cast

import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)
from laws import wrong_circuit_breaker as wrong
from layer_laws.kit import (
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

from ai_sdk._frozen import FrozenDict
from ai_sdk.breaker import BreakerState, CircuitBreaker, Transition
from ai_sdk.call import CallRecord, record_call
from ai_sdk.errors import (
    AllModelsFailedError,
    APIConnectionError,
    APITimeoutError,
    AuthenticationError,
    BadRequestError,
    BudgetExceededError,
    CircuitOpenError,
    ContentFilterError,
    GuardrailError,
    InvalidRequestError,
    InvalidResponseError,
    MalformedEventError,
    NotFoundError,
    OverloadedError,
    QuotaExceededError,
    RateLimitedError,
    RateLimitError,
    ResponseClosedError,
    ServerError,
    TruncatedStreamError,
)
from ai_sdk.middleware import circuit_breaker, timeout
from ai_sdk.model import AnyLayer, wrap_model
from ai_sdk.parts import TextDelta
from ai_sdk.requests import changed
from ai_sdk.testing import HANG, ScriptedModel, VirtualClockLoop, run

Make = Callable[..., AnyLayer]
MakeBreaker = Callable[..., CircuitBreaker]
kinds = st.sampled_from(KINDS)
BROKEN = ServerError("broken", status=500)
OUTCOMES = ["success", "failure", "failure", "timeout", "ignored"]


class Oracle:
    """What the law says, from a list of all that happened."""

    def __init__(self, options: dict[str, Any]) -> None:
        self.options = options
        self.state: BreakerState = "closed"
        self.generation = 0
        self.records: list[tuple[float, bool]] = []
        self.openings = 0
        self.until = math.inf
        self.probing = 0
        self.succeeded = 0
        self.stalled_until = -math.inf

    def go(self, state: BreakerState) -> None:
        self.state = state
        self.generation += 1
        self.records = []
        self.probing = self.succeeded = 0
        self.stalled_until = -math.inf

    def open(self, now: float) -> None:
        self.go("open")
        self.until = now + min(self.options["wait"] * 2**self.openings, self.options["max_wait"])
        self.openings += 1

    def admits(self, now: float) -> bool:
        if self.state == "open" and now >= self.until:
            self.go("half-open")
        if self.state == "half-open" and self.probing < self.options["probes"]:
            self.probing += 1
            return True
        return self.state in ("closed", "disabled")

    def record(self, generation: int, outcome: str, now: float) -> None:
        if generation != self.generation:
            return
        if self.state == "half-open":
            self.probing -= 1
            if outcome == "success":
                self.succeeded += 1
                if self.succeeded == self.options["successes"]:
                    self.openings = 0
                    self.go("closed")
            elif outcome != "ignored":
                self.open(now)
        elif self.state == "closed" and outcome != "ignored":
            if outcome == "timeout":
                if now < self.stalled_until:
                    return
                self.stalled_until = now + self.options["stall"]
            self.records.append((now, outcome != "success"))
            counted = self.counted(now)
            if len(counted) >= self.options["min_calls"] and sum(counted) >= self.options["failure_rate"] * len(
                counted
            ):
                self.open(now)

    def counted(self, now: float) -> list[bool]:
        if self.options["calls"] is not None:
            return [failed for _, failed in self.records[-self.options["calls"] :]]
        tenth = self.options["window"] / 10
        return [failed for at, failed in self.records if at // tenth > now // tenth - 10]


class Machine(RuleBasedStateMachine):
    """A breaker beside its oracle."""

    make: MakeBreaker

    def __init__(self) -> None:
        super().__init__()
        self.loop = VirtualClockLoop()
        self.trials: list[tuple[Any, int]] = []
        self.seen: list[tuple[str, str]] = []

    @initialize(
        failure_rate=st.sampled_from([0.25, 0.5, 1.0]),
        min_calls=st.integers(1, 4),
        window=st.sampled_from([10.0, 40.0]),
        calls=st.none() | st.integers(4, 6),
        probes=st.integers(1, 2),
        successes=st.integers(1, 3),
        stall=st.sampled_from([0.0, 1.0]),
    )
    def start(self, **options: Any) -> None:
        options |= {"wait": 4.0, "max_wait": 15.0, "jitter": 0.0}
        self.breaker = type(self).make(**options)
        self.oracle = Oracle(options)
        self.state: str = self.breaker.state

    def now(self) -> float:
        return self.loop.time()

    @rule()
    def admit(self) -> None:
        expected = self.oracle.admits(self.now())
        answer = self.loop.run_until_complete(caught(self.breaker.admit()))
        if not expected:
            assert isinstance(answer, CircuitOpenError)
            wait = {"open": self.oracle.until - self.now()}.get(self.oracle.state)
            assert answer.retry_after == (None if wait is None else pytest.approx(wait))
        else:
            assert not isinstance(answer, BaseException), answer
            self.trials.append((answer, self.oracle.generation))

    @precondition(lambda self: self.trials)
    @rule(
        data=st.data(),
        outcome=st.sampled_from(OUTCOMES),
        twice=st.booleans(),
    )
    def record(self, data: Any, outcome: Any, twice: bool) -> None:
        self.end(data.draw(st.integers(0, len(self.trials) - 1)), outcome, twice=twice)

    def end(self, at: int, outcome: Any, *, twice: bool) -> None:
        trial, generation = self.trials.pop(at)

        async def record() -> Transition | None:
            change = trial.record(outcome)
            if twice:
                assert trial.record("failure") is None
            return cast("Transition | None", change)

        before = self.oracle.state
        self.oracle.record(generation, outcome, self.now())
        change = self.loop.run_until_complete(record())
        assert change == (None if self.oracle.state == before else (before, self.oracle.state))

    @rule(outcome=st.sampled_from(OUTCOMES))
    def call(self, outcome: Any) -> None:
        before = len(self.trials)
        self.admit()
        self.states_are_the_same_and_changes_legal()
        if len(self.trials) > before:
            self.end(-1, outcome, twice=False)

    @rule(seconds=st.sampled_from([0.5, 1.0, 3.0, 4.0, 12.0]))
    def advance(self, seconds: float) -> None:
        self.loop.run_until_complete(asyncio.sleep(seconds))

    @rule(to=st.sampled_from(["closed", "forced-open", "disabled"]), really=st.integers(0, 5))
    def force(self, to: BreakerState, really: int) -> None:
        if really == 0:
            {"closed": self.breaker.close, "forced-open": self.breaker.force_open, "disabled": self.breaker.disable}[
                to
            ]()
            self.oracle.go(to)
            self.oracle.openings = 0
            self.state = to

    @invariant()
    def states_are_the_same_and_changes_legal(self) -> None:
        if not hasattr(self, "breaker"):
            return
        now = self.breaker.state
        assert now == self.oracle.state
        if now != self.state:
            assert (self.state, now) in LEGAL
            self.state = now

    def teardown(self) -> None:
        self.loop.close()


LEGAL = {("closed", "open"), ("open", "half-open"), ("half-open", "closed"), ("half-open", "open")}


def law_machine(make: MakeBreaker, count: int = 60) -> None:
    class Made(Machine):
        pass

    Made.make = staticmethod(make)
    run_state_machine_as_test(Made, settings=examples(count))


def test_B1_to_B7_a_breaker_does_what_its_oracle_says() -> None:
    law_machine(CircuitBreaker)


@pytest.mark.parametrize(
    "made",
    [
        wrong.OpensLate,
        wrong.OpensWithFewCalls,
        wrong.NeverForgets,
        wrong.ClosesByItself,
        wrong.ProbesWithoutLimit,
        wrong.ClosesAtTheFirstSuccess,
        wrong.WaitsTheSame,
        wrong.KeepsThePlace,
        wrong.CountsTheIgnored,
        wrong.CountsEveryTimeout,
        wrong.CountsRefusals,
        wrong.ForgetsTheTransition,
    ],
)
def test_B1_to_B7_the_oracle_finds_out(made: MakeBreaker) -> None:
    rejects(partial(law_machine, count=200), made)


async def fail(breaker: CircuitBreaker, times: int = 1) -> None:
    for _ in range(times):
        (await breaker.admit()).record("failure")


def law_waits(make: MakeBreaker) -> None:
    @examples()
    @given(st.integers(0, 99), st.floats(1, 20), st.floats(20, 100), st.floats(0, 1), st.integers(1, 6))
    def law(seed: int, wait: float, max_wait: float, jitter: float, probes_failed: int) -> None:
        async def waits() -> list[float]:
            breaker = make(min_calls=1, wait=wait, max_wait=max_wait, jitter=jitter, rng=random.Random(seed))
            await fail(breaker)
            gaps: list[float] = []
            for _ in range(probes_failed):
                seconds = breaker.retry_after
                assert seconds is not None
                gaps.append(seconds)
                await asyncio.sleep(seconds + 1e-6)
                await fail(breaker)
            return gaps

        gaps = run(waits())
        for number, gap in enumerate(gaps):
            least = min(wait * 2**number, max_wait)
            assert least - 1e-6 <= gap <= min(least * (1 + jitter), max_wait) + 1e-6
        assert gaps == run(waits())

    law()


def test_B4_the_wait_grows_with_jitter_up_to_the_most() -> None:
    law_waits(CircuitBreaker)
    rejects(law_waits, wrong.WaitsTheSame)
    rejects(law_waits, wrong.WaitsBeyondTheMost)


def law_refuses(make: Make) -> None:
    @examples()
    @given(kinds, st.integers(1, 4), st.floats(1, 6), st.lists(st.floats(0, 9), min_size=3, max_size=10))
    def law(kind: Kind, min_calls: int, wait: float, pauses: list[float]) -> None:
        async def trial() -> None:
            scripted = Scripted(kind, [Outcome(BROKEN)])
            model = make(min_calls=min_calls, wait=wait, max_wait=1000.0, jitter=0.0)(scripted.model)
            now = asyncio.get_running_loop().time
            for number in range(min_calls):
                assert await caught(read(model, scripted.request)) is BROKEN
                assert len(scripted.calls) == number + 1
            until, length, calls = now() + wait, wait, min_calls
            for pause in pauses:
                await asyncio.sleep(pause)
                answer = await caught(read(model, scripted.request))
                if now() >= until:
                    assert answer is BROKEN
                    calls, length = calls + 1, length * 2
                    until = now() + length
                else:
                    assert isinstance(answer, CircuitOpenError)
                    assert answer.retryable
                    assert answer.retry_after == pytest.approx(until - now(), abs=1e-6)
                assert len(scripted.calls) == calls
            scripted.check_closed()

        run(trial())

    law()


def test_B3_while_it_is_open_the_model_is_not_called() -> None:
    law_refuses(circuit_breaker)
    rejects(law_refuses, wrong.breaker_that_asks_all_the_same)
    rejects(law_refuses, wrong.with_breaker(wrong.AdmitsEarly))
    rejects(law_refuses, wrong.with_breaker(wrong.ClosesByItself))
    rejects(law_refuses, wrong.with_breaker(wrong.CountsRefusals))


def slowly(scripted: Scripted, seconds: float) -> Any:
    """The model, answering each call after so many seconds."""

    async def model(request: Any) -> Any:
        await asyncio.sleep(seconds)
        return await scripted.model(request)

    return model


def law_probes(make: Make) -> None:
    @examples(30)
    @given(kinds, st.integers(1, 3), st.integers(1, 8), st.booleans())
    def law(kind: Kind, probes: int, callers: int, healthy: bool) -> None:
        async def trial() -> None:
            scripted = Scripted(kind, [Outcome(BROKEN), Outcome("fine" if healthy else BROKEN)])
            model = make(min_calls=1, wait=1.0, probes=probes, successes=3, jitter=0.0)(slowly(scripted, 5.0))
            await caught(read(model, scripted.request))
            await asyncio.sleep(1)
            answers = await asyncio.gather(*[caught(read(model, scripted.request)) for _ in range(callers)])
            assert len(scripted.calls) == 1 + min(probes, callers)
            refused = [each for each in answers if isinstance(each, CircuitOpenError)]
            assert len(refused) == max(0, callers - probes)
            assert all(each.retry_after is None for each in refused)
            scripted.check_closed()

        run(trial())

    law()


def test_B3_only_so_many_probes_at_once() -> None:
    law_probes(circuit_breaker)
    rejects(law_probes, wrong.with_breaker(wrong.ProbesWithoutLimit))


BLAMELESS: list[Exception] = [
    BadRequestError("no", status=400),
    AuthenticationError("no", status=401),
    QuotaExceededError("no", status=402),
    NotFoundError("no", status=404),
    ContentFilterError("no", status=400),
    RateLimitError("slow down", status=429),
    RateLimitedError("slow down"),
    BudgetExceededError("poor"),
    GuardrailError("no"),
    CircuitOpenError("another one"),
    InvalidRequestError("no"),
    APITimeoutError("the caller's", limit="deadline"),
    ResponseClosedError("closed"),
    ValueError("a bug"),
    AllModelsFailedError("all", [BadRequestError("no", status=400), BROKEN]),
]
TO_BLAME: list[Exception] = [
    BROKEN,
    OverloadedError("busy", status=503),
    APIConnectionError("reset"),
    APITimeoutError("late", limit="first content"),
    APITimeoutError("late", limit="total"),
    TruncatedStreamError("cut"),
    MalformedEventError("what"),
    InvalidResponseError("what"),
    ConnectionError("reset"),
    TimeoutError("late"),
    AllModelsFailedError("all", [BROKEN, ConnectionError("reset")]),
]


def law_blameless(make: Make) -> None:
    @examples()
    @given(kinds, st.lists(st.sampled_from(BLAMELESS), min_size=1, max_size=6))
    def law(kind: Kind, errors: list[Exception]) -> None:
        async def trial() -> None:
            scripted = Scripted(kind, [*map(Outcome, errors), Outcome("fine")])
            model = make(min_calls=1, failure_rate=0.01)(scripted.model)
            for error in errors:
                assert await caught(read(model, scripted.request)) is error
            assert await caught(read(model, scripted.request)) == good(kind, "fine")

        run(trial())

    law()


def test_B5_the_callers_own_fault_does_not_count() -> None:
    law_blameless(circuit_breaker)
    rejects(law_blameless, wrong.breaker_that_blames_the_model)


def law_cancelled(make: Make) -> None:
    @examples(20)
    @given(st.sampled_from(["cancelled", "closed", "dropped"]), st.integers(1, 4))
    def law(how: str, times: int) -> None:
        async def trial() -> None:
            turns: list[Any] = [BROKEN, *[[TextDelta("a"), HANG] if how != "cancelled" else [HANG]] * times, "fine"]
            model = ScriptedModel(turns)
            layered = make(min_calls=1, wait=1.0, jitter=0.0)(model)
            assert await caught(read(layered, STREAMED)) is BROKEN
            await asyncio.sleep(1)
            for _ in range(times):
                await leave(layered, how)
            assert await caught(read(layered, STREAMED)) == "fine"
            assert await caught(read(layered, STREAMED)) == "fine"
            check_closed(model)

        run(trial())

    law()


async def leave(model: Any, how: str) -> None:
    if how == "cancelled":
        task = asyncio.ensure_future(model(STREAMED))
        await asyncio.sleep(1)
        task.cancel()
        assert isinstance(await caught(task), asyncio.CancelledError)
        return
    response = await caught(model(STREAMED))
    assert not isinstance(response, BaseException)
    if how == "closed":
        await response.aclose()
        return
    with pytest.warns(ResourceWarning):
        del response
        gc.collect()
    await asyncio.sleep(0.1)


def test_B5_a_probe_that_says_nothing_gives_its_place_back() -> None:
    law_cancelled(circuit_breaker)
    rejects(law_cancelled, wrong.breaker_that_counts_cancellations)
    rejects(law_cancelled, wrong.with_breaker(wrong.KeepsThePlace))


def law_late(make: MakeBreaker) -> None:
    async def trial() -> None:
        slow: list[Any] = [TextDelta("a"), 5.0]
        model = ScriptedModel([[*slow, BROKEN], [*slow, FINISH], BROKEN, "fine"])
        breaker = make(min_calls=1, wait=1.0, jitter=0.0)
        layered = circuit_breaker(breaker)(model)
        async with await layered(STREAMED) as broken, await layered(STREAMED) as whole:
            assert await caught(read(layered, STREAMED)) is BROKEN
            await asyncio.sleep(1)
            assert await read(layered, STREAMED) == "fine"
            assert await caught(broken.result()) is BROKEN
            assert repr(breaker) == "<CircuitBreaker closed>"
            await fail(breaker)
            assert (await whole.result()).text == "a"
            assert repr(breaker) == "<CircuitBreaker open>"
        check_closed(model)

    run(trial())


def test_B6_a_stream_of_an_earlier_period_changes_nothing() -> None:
    law_late(CircuitBreaker)
    rejects(law_late, wrong.HeedsTheLate)


def law_once(make: MakeBreaker) -> None:
    async def trial() -> None:
        breaker = make(min_calls=2)
        for times in (3, 1):
            assert repr(breaker) == "<CircuitBreaker closed>"
            permit = await breaker.admit()
            for _ in range(times):
                permit.record("failure")
        assert repr(breaker) == "<CircuitBreaker open>"

    run(trial())


def test_an_outcome_counts_once() -> None:
    law_once(CircuitBreaker)
    rejects(law_once, wrong.CountsTwice)


def law_stall(make: Make) -> None:
    @examples(30)
    @given(kinds, st.integers(2, 30), st.integers(1, 3))
    def law(kind: Kind, callers: int, bursts: int) -> None:
        async def trial() -> None:
            scripted = Scripted(kind, [Outcome("late")])
            layers = [make(min_calls=3, failure_rate=0.1, wait=50.0), timeout(first_content=1.0)]
            model: Any = wrap_model(slowly(scripted, 100.0), layers)
            for _ in range(bursts):
                answers = await asyncio.gather(*[caught(read(model, scripted.request)) for _ in range(callers)])
                assert all(isinstance(each, APITimeoutError) for each in answers)
            refused = isinstance(await caught(read(model, scripted.request)), CircuitOpenError)
            assert refused == (bursts == 3)

        run(trial())

    law()


def test_B7_calls_that_time_out_together_count_once() -> None:
    law_stall(circuit_breaker)
    rejects(law_stall, wrong.with_breaker(wrong.CountsEveryTimeout))


def law_all_open(make: Make) -> None:
    async def trial() -> None:
        models = [ScriptedModel([BROKEN]) for _ in range(3)]
        targets = [make(min_calls=1, wait=10.0 * number, jitter=0.0)(each) for number, each in enumerate(models, 1)]
        for target in targets:
            await caught(read(target, WHOLE))
        errors = [cast("Exception", await caught(read(target, WHOLE))) for target in targets]
        everything = AllModelsFailedError("all", errors)
        assert everything.retryable
        assert everything.retry_after == pytest.approx(10)
        assert [len(each.calls) for each in models] == [1, 1, 1]
        assert asyncio.get_running_loop().time() == 0

    run(trial())


def test_B8_when_all_circuits_are_open_all_refuse_at_once() -> None:
    law_all_open(circuit_breaker)
    rejects(law_all_open, wrong.breaker_that_waits)


def law_apart(make: Make) -> None:
    async def trial() -> None:
        around = make(min_calls=1)
        bad, healthy = ScriptedModel([BROKEN]), ScriptedModel(["fine"])
        await caught(read(around(bad), WHOLE))
        assert await caught(read(around(healthy), WHOLE)) == "fine"

    run(trial())


def test_B9_a_model_does_not_suffer_for_another() -> None:
    law_apart(circuit_breaker)
    rejects(law_apart, wrong.breaker_for_all_models)


async def test_B9_unless_they_share_a_breaker() -> None:
    breaker = CircuitBreaker(min_calls=1)
    await caught(read(circuit_breaker(breaker)(ScriptedModel([BROKEN])), WHOLE))
    model = ScriptedModel(["fine"])
    assert isinstance(await caught(read(circuit_breaker(breaker)(model), WHOLE)), CircuitOpenError)
    assert model.calls == []


def law_streams(make: Make) -> None:
    async def trial() -> None:
        model = ScriptedModel([[TextDelta("a"), 1.0, BROKEN], "fine"])
        layered = make(min_calls=1, wait=5.0, jitter=0.0)(model)
        response: Any = await layered(STREAMED)
        assert await caught(response.result()) is BROKEN
        assert isinstance(await caught(read(layered, STREAMED)), CircuitOpenError)
        await asyncio.sleep(5)
        response = await caught(layered(STREAMED))
        assert isinstance(await caught(read(layered, STREAMED)), CircuitOpenError), "the probe is not over"
        await response.result()
        assert await caught(read(layered, STREAMED)) == "fine"
        check_closed(model)

    run(trial())


def test_B10_a_stream_counts_when_it_ends() -> None:
    law_streams(circuit_breaker)
    rejects(law_streams, wrong.breaker_at_the_await)
    rejects(law_streams, wrong.breaker_that_trusts_everything)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("error", TO_BLAME, ids=lambda error: type(error).__name__)
async def test_these_errors_speak_against_the_model(error: Exception, kind: Kind) -> None:
    scripted = Scripted(kind, [Outcome(error)])
    model = circuit_breaker(min_calls=1)(scripted.model)
    assert await caught(read(model, scripted.request)) is error
    assert isinstance(await caught(read(model, scripted.request)), CircuitOpenError)


async def test_what_counts_can_be_chosen() -> None:
    limited, bug = RateLimitError("slow down", status=429), ValueError("a bug")

    def bugs_too(error: Exception) -> bool | None:
        return True if isinstance(error, ValueError) else None

    chosen: list[tuple[Exception, dict[str, Any]]] = [(limited, {"rate_limits": True}), (bug, {"is_failure": bugs_too})]
    for error, options in chosen:
        model = circuit_breaker(min_calls=1, **options)(ScriptedModel([error]))
        await caught(read(model, WHOLE))
        assert isinstance(await caught(read(model, WHOLE)), CircuitOpenError)
    model = circuit_breaker(min_calls=1, is_failure=lambda error: False if error is BROKEN else None)(
        ScriptedModel([BROKEN, OverloadedError("busy", status=503)])
    )
    assert await caught(read(model, WHOLE)) is BROKEN
    assert isinstance(await caught(read(model, WHOLE)), OverloadedError)
    assert isinstance(await caught(read(model, WHOLE)), CircuitOpenError)


@pytest.mark.parametrize("kind", KINDS)
async def test_a_slow_success_is_a_failure(kind: Kind) -> None:
    scripted = Scripted(kind, [Outcome("slow", 3.0)])
    quick = circuit_breaker(min_calls=1, slow_call=3.0)(scripted.model)
    for _ in range(3):
        await read(quick, scripted.request)
    slow = circuit_breaker(min_calls=1, slow_call=2.9)(scripted.model)
    await read(slow, scripted.request)
    assert isinstance(await caught(read(slow, scripted.request)), CircuitOpenError)


async def test_on_open_call_refuses_nothing_and_reports() -> None:
    seen: list[Any] = []

    def observe(_record: CallRecord, kind: str, detail: Any) -> None:
        if kind == "circuit-changed":
            seen.append((kind, detail))

    model = ScriptedModel([BROKEN, BROKEN, "fine"])
    layered = wrap_model(model, [circuit_breaker(min_calls=1, wait=1.0, jitter=0.0, on_open="call")])
    with record_call(observers=(observe,)):
        assert await caught(read(layered, WHOLE)) is BROKEN
        assert await caught(read(layered, WHOLE)) is BROKEN
        await asyncio.sleep(1)
        assert await read(layered, STREAMED) == "fine"
    changes = [("closed", "open"), ("open", "half-open"), ("half-open", "closed")]
    assert seen == [("circuit-changed", Transition(*cast("Any", each))) for each in changes]


async def test_forcing_it_by_hand() -> None:
    breaker = CircuitBreaker(min_calls=1)
    model = circuit_breaker(breaker)(ScriptedModel([BROKEN, BROKEN, "fine"]))
    breaker.disable()
    for _ in range(2):
        assert await caught(read(model, WHOLE)) is BROKEN
    breaker.force_open()
    refused = await caught(read(model, WHOLE))
    assert isinstance(refused, CircuitOpenError)
    assert refused.retry_after is None
    assert "by hand" in str(refused)
    breaker.close()
    assert await read(model, WHOLE) == "fine"
    assert breaker.retry_after == 0
    assert repr(breaker) == "<CircuitBreaker closed>"


def test_two_threads_send_no_more_probes_than_allowed() -> None:
    breaker = CircuitBreaker(min_calls=1, wait=1.0, jitter=0.0, probes=2, successes=1_000_000)
    under_way: list[int] = [0, 0]
    lock = threading.Lock()
    turns = threading.Barrier(2)

    async def model(_request: Any) -> Any:
        with lock:
            under_way[0] += 1
            under_way[1] = max(under_way)
        await asyncio.sleep(0.01)
        with lock:
            under_way[0] -= 1
        raise BadRequestError("says nothing", status=400)

    async def work() -> int:
        layered = circuit_breaker(breaker)(model)
        await asyncio.sleep(2)
        turns.wait(10)
        outcomes = [await asyncio.gather(*[caught(cast("Any", layered(WHOLE))) for _ in range(5)]) for _ in range(40)]
        return sum(isinstance(each, BadRequestError) for some in outcomes for each in some)

    run(fail(breaker))
    answers: list[int] = []
    threads = [threading.Thread(target=lambda: answers.append(run(work()))) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert len(answers) == 2
    assert sum(answers) >= 40
    assert under_way == [0, 2]
    assert breaker._phase.probing == 0


@pytest.mark.parametrize(
    ("options", "field"),
    [
        ({"failure_rate": 0}, "failure_rate"),
        ({"failure_rate": 1.1}, "failure_rate"),
        ({"min_calls": 0}, "min_calls"),
        ({"min_calls": True}, "min_calls"),
        ({"probes": 0}, "probes"),
        ({"successes": 1.5}, "successes"),
        ({"window": 0}, "window"),
        ({"calls": 5}, "calls"),
        ({"wait": -1}, "wait"),
        ({"max_wait": 1.0}, "max_wait"),
        ({"jitter": -0.1}, "jitter"),
        ({"stall": math.inf}, "stall"),
        ({"slow_call": 0}, "slow_call"),
        ({"on_open": "explode"}, "on_open"),
        ({"breaker": CircuitBreaker(), "min_calls": 3}, "breaker"),
    ],
)
def test_options_that_make_no_sense(options: dict[str, Any], field: str) -> None:
    with pytest.raises(InvalidRequestError) as raised:
        circuit_breaker(**options)
    assert raised.value.field == field


async def test_a_call_has_no_wishes_of_its_own() -> None:
    model = circuit_breaker()(ScriptedModel())
    request = changed(WHOLE, layer_options=FrozenDict({"circuit_breaker": {"mode": "off"}}))
    with pytest.raises(InvalidRequestError) as raised:
        await model(request)
    assert raised.value.field == "layer_options.circuit_breaker.mode"
    assert await read(model, changed(WHOLE, layer_options={"cache": {"mode": "off"}})) == "ok"
