"""A limiter does what a slow and simple oracle does, whatever happens to it in whatever order."""

from __future__ import annotations

import asyncio
import copy
import math
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)
from laws import wrong_rate_limit, wrong_rate_limit_tokens
from layer_laws.kit import examples, rejects

from ai_sdk.ending import Ending
from ai_sdk.errors import RateLimitedError
from ai_sdk.limits import Cost, LimiterState, Permit, RateLimiter, Reading
from ai_sdk.results import EmbeddingResult, Usage
from ai_sdk.testing import VirtualClockLoop

REQUESTS, TOKENS, CONCURRENCY, PER = 5, 20, 2, 8.0


@dataclass(eq=False)
class Call:
    """A call in the eyes of the oracle. ``fate`` is waiting, admitted, refused, cancelled or over."""

    cost: Cost
    until: float
    fate: str = "waiting"
    counted: list[Entry] = field(default_factory=list[Any])
    ceiling: Ceiling | None = None
    admitted_before: int = 0


@dataclass(eq=False)
class Entry:
    """Something that was let through at a moment."""

    at: float
    requests: int
    tokens: int


@dataclass(eq=False)
class Ceiling:
    """What a provider said of the requests that remain."""

    remaining: float
    until: float


class Oracle:
    """The limiter by the words of its law, looking at everything each time."""

    def __init__(self) -> None:
        self.now = 0.0
        self.entries: list[Entry] = []
        self.line: list[Call] = []
        self.in_flight = 0
        self.admitted = 0
        self.ceiling: Ceiling | None = None

    def left(self) -> tuple[int, int]:
        inside = [entry for entry in self.entries if entry.at + PER > self.now]
        return REQUESTS - sum(each.requests for each in inside), TOKENS - sum(each.tokens for each in inside)

    def fits(self, cost: Cost) -> bool:
        requests, tokens = self.left()
        ceiling = self.ceiling
        below = ceiling is None or ceiling.until <= self.now or cost.requests <= ceiling.remaining
        return cost.requests <= requests and cost.tokens <= tokens and below

    def admit(self, call: Call) -> None:
        entry = Entry(self.now, call.cost.requests, call.cost.tokens)
        call.counted = [entry]
        call.fate = "admitted"
        self.entries.append(entry)
        self.in_flight += 1
        self.admitted += call.cost.requests
        call.admitted_before = self.admitted
        if self.ceiling is not None and self.ceiling.until > self.now:
            call.ceiling = self.ceiling
            call.ceiling.remaining -= call.cost.requests

    def let_in(self) -> None:
        while self.line and self.in_flight < CONCURRENCY and self.fits(self.line[0].cost):
            self.admit(self.line.pop(0))

    def arrive(self, call: Call) -> None:
        if not self.line and self.in_flight < CONCURRENCY and self.fits(call.cost):
            self.admit(call)
        elif call.until < math.inf and (call.until <= self.now or self.forecast(call) > call.until):
            call.fate = "refused"
        else:
            self.line.append(call)

    def forecast(self, call: Call) -> float:
        """When the call would be let in if calls took no time."""
        future = copy.deepcopy(self)
        for each in [*future.line, copy.deepcopy(call)]:
            while not future.fits(each.cost):
                future.now = future.next_change()
            future.admit(each)
        return future.now

    def next_change(self) -> float:
        times = [entry.at + PER for entry in self.entries] + [call.until for call in self.line]
        times += [self.ceiling.until] if self.ceiling is not None else []
        return min([time for time in times if time > self.now], default=math.inf)

    def wait(self, seconds: float) -> None:
        end = self.now + seconds
        while self.next_change() <= end:
            self.now = self.next_change()
            self.let_in()
            for call in [each for each in self.line if each.until <= self.now]:
                self.line.remove(call)
                call.fate = "refused"
            self.let_in()
        self.now = end

    def cancel(self, call: Call) -> None:
        if call.fate == "admitted":
            self.in_flight -= 1
            self.entries.remove(call.counted[0])
            if call.ceiling is not None:
                call.ceiling.remaining += call.cost.requests
        else:
            self.line.remove(call)
        call.fate = "cancelled"
        self.let_in()

    def finish(self, call: Call, used: int | None) -> None:
        call.fate = "over"
        self.in_flight -= 1
        entry = call.counted[0]
        if used is not None and entry.at + PER > self.now and entry.tokens:
            entry.tokens = used
        elif used is not None and used > entry.tokens:
            self.entries.append(Entry(self.now, 0, used - entry.tokens))
        self.let_in()

    def learn(self, call: Call, remaining: int, reset: float) -> None:
        left = max(0, remaining - (self.admitted - call.admitted_before))
        if self.ceiling is None or self.ceiling.until <= self.now:
            self.ceiling = Ceiling(left, self.now + reset)
        elif left <= self.ceiling.remaining:
            self.ceiling.remaining = left
            self.ceiling.until = max(self.ceiling.until, self.now + reset)


QUARTERS = st.sampled_from([0.0, 0.25, 0.5, 1.0, 2.0, 4.0, 7.75, 8.0, 9.5])


class LimiterMachine(RuleBasedStateMachine):
    """Calls arrive, give up, are cancelled as they are let in, end with or without usage; time goes by."""

    def __init__(self, make: Callable[..., RateLimiter] = RateLimiter) -> None:
        super().__init__()
        self.loop = VirtualClockLoop()
        self.limiter = make(requests=REQUESTS, tokens=TOKENS, per=PER, concurrency=CONCURRENCY)
        self.oracle = Oracle()
        self.calls: list[tuple[Call, asyncio.Task[Permit]]] = []
        self.state = LimiterState(0, 0, REQUESTS, TOKENS)

    def do(self, action: Callable[[], Any], seconds: float = 0.0) -> None:
        async def step() -> None:
            action()
            await asyncio.sleep(seconds)
            for _ in range(5):
                await asyncio.sleep(0)
            self.state = self.limiter.state()

        try:
            self.loop.run_until_complete(step())
        except RuntimeError as error:
            raise AssertionError(repr(error)) from error

    def with_fate(self, fate: str) -> list[tuple[Call, asyncio.Task[Permit]]]:
        return [each for each in self.calls if each[0].fate == fate]

    @initialize()
    def begin(self) -> None:
        self.do(lambda: None)

    @rule(
        requests=st.sampled_from([0, 1, 1, 1, 3]),
        tokens=st.sampled_from([0, 1, 1, 5, 12]),
        patience=st.one_of(st.none(), st.none(), QUARTERS),
    )
    def arrive(self, requests: int, tokens: int, patience: float | None) -> None:
        until = None if patience is None else self.oracle.now + patience
        call = Call(Cost(requests, tokens), math.inf if until is None else until)
        self.oracle.arrive(call)

        def start() -> None:
            self.calls.append((call, self.loop.create_task(self.limiter.acquire(call.cost, until=until))))

        self.do(start)

    @precondition(lambda self: self.with_fate("waiting"))
    @rule(data=st.data())
    def give_up(self, data: st.DataObject) -> None:
        call, task = data.draw(st.sampled_from(self.with_fate("waiting")))
        self.oracle.cancel(call)
        self.do(task.cancel)

    @precondition(lambda self: self.with_fate("admitted"))
    @rule(data=st.data(), used=st.one_of(st.none(), st.integers(0, 25)), cancel=st.booleans())
    def finish(self, data: st.DataObject, used: int | None, cancel: bool) -> None:
        """End a call; and perhaps cancel the first in line in the same moment, when it may just have been let in."""
        call, task = data.draw(st.sampled_from(self.with_fate("admitted")))
        first = self.with_fate("waiting")[:1] if cancel else []
        ending = Ending("error") if used is None else Ending("end", None, lambda: used_up(used))
        self.oracle.finish(call, used)
        for waiting, _ in first:
            self.oracle.cancel(waiting)

        def end() -> None:
            task.result().release(ending)
            for _, other in first:
                other.cancel()
            task.result().release(Ending("closed"))

        self.do(end)

    @precondition(lambda self: self.with_fate("admitted"))
    @rule(data=st.data(), remaining=st.integers(0, 6), reset=st.sampled_from([0.5, 3.0, 12.0]))
    def learn(self, data: st.DataObject, remaining: int, reset: float) -> None:
        call, task = data.draw(st.sampled_from(self.with_fate("admitted")))
        self.oracle.learn(call, remaining, reset)
        self.do(lambda: task.result().learn([Reading("requests", remaining, reset)]))

    @rule(seconds=QUARTERS)
    def wait(self, seconds: float) -> None:
        self.oracle.wait(seconds)
        self.do(lambda: None, seconds)

    @invariant()
    def they_agree(self) -> None:
        for call, task in self.calls:
            assert fate(task) == call.fate.replace("over", "admitted")
        requests, tokens = self.oracle.left()
        assert self.state == (self.oracle.in_flight, len(self.oracle.line), requests, tokens)

    def teardown(self) -> None:
        async def cancel() -> None:
            for _, task in self.calls:
                task.cancel()
            await asyncio.gather(*[task for _, task in self.calls], return_exceptions=True)

        self.loop.run_until_complete(cancel())
        self.loop.close()


def used_up(tokens: int) -> EmbeddingResult:
    return EmbeddingResult(usage=Usage(input_tokens=tokens))


def fate(task: asyncio.Task[Permit]) -> str:
    if not task.done():
        return "waiting"
    if task.cancelled():
        return "cancelled"
    error = task.exception()
    assert error is None or isinstance(error, RateLimitedError), repr(error)
    return "refused" if error is not None else "admitted"


def law_machine(make: Callable[..., RateLimiter]) -> None:
    machine: Any = lambda: LimiterMachine(make)  # noqa: E731
    run_state_machine_as_test(machine, settings=settings(examples(150), stateful_step_count=30))


def with_window(kind: Any) -> Callable[..., RateLimiter]:
    def make(**options: Any) -> RateLimiter:
        limiter = wrong_rate_limit_tokens.WithWindows(**options)
        limiter.window = kind
        return limiter

    return make


def test_a_limiter_does_what_the_oracle_does() -> None:
    law_machine(RateLimiter)


def test_the_oracle_finds_out_wrong_limiters() -> None:
    for make in (
        with_window(wrong_rate_limit_tokens.RefundsTheGone),
        with_window(wrong_rate_limit_tokens.ForgetsTheGone),
        wrong_rate_limit_tokens.NewestWins,
        wrong_rate_limit_tokens.NeverForgets,
        wrong_rate_limit.KeepsWhatNobodyUsed,
        wrong_rate_limit.ForgetsWhoIsNext,
    ):
        rejects(law_machine, make)
