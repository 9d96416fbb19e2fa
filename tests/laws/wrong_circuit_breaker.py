"""Circuit breakers that are wrong in one way each. The laws of ``test_circuit_breaker`` must find them out."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any, TypeVar, cast

from ai_sdk.breaker import CircuitBreaker, Outcome, Transition, _Phase, _Trial
from ai_sdk.errors import CircuitOpenError
from ai_sdk.middleware import circuit_breaker
from ai_sdk.model import AnyLayer, Model, layer

Req = TypeVar("Req")
Res = TypeVar("Res")


def with_breaker(kind: Callable[..., CircuitBreaker]) -> Callable[..., AnyLayer]:
    """A layer with a breaker of this kind, one for all models that it is put around."""

    def make(**options: Any) -> AnyLayer:
        return circuit_breaker(kind(**options))

    return make


class OpensLate(CircuitBreaker):
    """Opens above the failure rate, not at it."""

    def __init__(self, **options: Any) -> None:
        super().__init__(**options)
        self.failure_rate += 1e-9


class OpensWithFewCalls(CircuitBreaker):
    """Opens as soon as the rate is reached, however few calls there were."""

    def __init__(self, **options: Any) -> None:
        super().__init__(**options)
        self.min_calls = 1


class NeverForgets(CircuitBreaker):
    """Its window has no end."""

    def __init__(self, **options: Any) -> None:
        super().__init__(**cast("Any", options | {"window": 1e9, "calls": None}))


class ClosesByItself(CircuitBreaker):
    """When the wait is over it is closed, without a probe."""

    def _admit(self, now: float) -> _Trial:
        if self._phase.state == "open" and now >= self._phase.until:
            self._phase = self._closed()
        return super()._admit(now)


class AdmitsEarly(CircuitBreaker):
    """Does not wait to the end."""

    def _admit(self, now: float) -> _Trial:
        return super()._admit(now + 0.5)


class ProbesWithoutLimit(CircuitBreaker):
    """Half open, it lets everybody through."""

    def __init__(self, **options: Any) -> None:
        super().__init__(**cast("Any", options | {"probes": 1_000_000}))


class ClosesAtTheFirstSuccess(CircuitBreaker):
    """One probe that succeeds is enough for it."""

    def __init__(self, **options: Any) -> None:
        super().__init__(**cast("Any", options | {"successes": 1}))


class WaitsTheSame(CircuitBreaker):
    """Does not wait longer after a probe that failed."""

    def _open(self, now: float) -> _Phase:
        self._openings = 0
        return super()._open(now)


class WaitsBeyondTheMost(CircuitBreaker):
    """Adds the jitter after the cut."""

    def _open(self, now: float) -> _Phase:
        self.max_wait, most = 1e9, self.max_wait
        phase = super()._open(now)
        self.max_wait = most
        phase.until = now + min(phase.until - now, most) * (1 + self._rng.uniform(0, self.jitter))
        return phase


class KeepsThePlace(CircuitBreaker):
    """A probe that says nothing never gives its place back."""

    def _record(self, trial: _Trial, outcome: Outcome) -> None:
        if outcome == "ignored":
            trial.done = True
        super()._record(trial, outcome)


class CountsTheIgnored(CircuitBreaker):
    """A cancellation is a failure to it."""

    def _record(self, trial: _Trial, outcome: Outcome) -> None:
        super()._record(trial, "failure" if outcome == "ignored" else outcome)


class HeedsTheLate(CircuitBreaker):
    """What a call of an earlier generation brings counts in this one."""

    def _record(self, trial: _Trial, outcome: Outcome) -> None:
        if trial.phase is not self._phase and not trial.done:
            trial.phase = self._phase
            self._phase.probing += 1
        super()._record(trial, outcome)


class CountsEveryTimeout(CircuitBreaker):
    """Ten calls that time out in one stall of the loop are ten failures to it."""

    def _is_stalled(self, phase: _Phase, now: float) -> bool:
        return False


class CountsTwice(CircuitBreaker):
    """An outcome that is recorded twice counts twice."""

    def _record(self, trial: _Trial, outcome: Outcome) -> None:
        trial.done = False
        super()._record(trial, outcome)
        trial.done = False


class CountsRefusals(CircuitBreaker):
    """Somebody who is refused makes it stay open longer."""

    def _refusal(self) -> CircuitOpenError:
        refusal = super()._refusal()
        if self._phase.state == "open":
            self._phase.until += 1
        return refusal


def breaker_that_asks_all_the_same(**options: Any) -> AnyLayer:
    """Calls the model even when the circuit is open, and raises afterwards."""

    @layer
    async def wrong(request: Req, call: Model[Req, Res]) -> Res:
        breaker = cast("Any", wrong).breaker
        try:
            return await circuit_breaker(breaker)(call)(request)
        except CircuitOpenError:
            await call(request)
            raise

    cast("Any", wrong).breaker = CircuitBreaker(**options)
    return wrong


def breaker_for_all_models(**options: Any) -> AnyLayer:
    """One circuit for whatever models the layer is put around."""
    return circuit_breaker(CircuitBreaker(**options))


def breaker_that_blames_the_model(**options: Any) -> AnyLayer:
    """Every error counts, the caller's own mistakes as well."""
    return circuit_breaker(is_failure=lambda _error: True, **options)


def breaker_that_trusts_everything(**options: Any) -> AnyLayer:
    """No error of a stream counts, only those of the call."""
    return circuit_breaker(
        is_failure=lambda error: None if getattr(error, "partial", None) is None else False, **options
    )


def breaker_at_the_await(**options: Any) -> AnyLayer:
    """Records a success when the first content is here."""
    state = CircuitBreaker(**options)

    @layer
    async def wrong(request: Req, call: Model[Req, Res]) -> Res:
        trial = await state.admit()
        try:
            response = await call(request)
        except BaseException as error:
            failed = isinstance(error, Exception) and getattr(error, "retryable", False)
            trial.record("failure" if failed else "ignored")
            raise
        trial.record("success")
        return response

    return wrong


def breaker_that_counts_cancellations(**options: Any) -> AnyLayer:
    """A caller who gives up speaks against the model."""
    state = CircuitBreaker(**options)

    @layer
    async def wrong(request: Req, call: Model[Req, Res]) -> Res:
        trial = await state.admit()
        try:
            response = await call(request)
        except asyncio.CancelledError:
            trial.record("failure")
            raise
        except Exception:
            trial.record("ignored")
            raise
        trial.record("success")
        return response

    return wrong


class ForgetsTheTransition(CircuitBreaker):
    """Does not say that it changed."""

    def _record(self, trial: _Trial, outcome: Outcome) -> None:
        super()._record(trial, outcome)
        trial.change = cast("Transition | None", None)


def breaker_that_waits(**options: Any) -> AnyLayer:
    """Waits until the circuit may be probed, in place of saying so."""

    def around(model: Model[Req, Res], /) -> Model[Req, Res]:
        inside = circuit_breaker(**options)(model)

        async def wrong(request: Req) -> Res:
            try:
                return await inside(request)
            except CircuitOpenError as error:
                await asyncio.sleep(error.retry_after or 0.0)
                return await inside(request)

        return wrong

    return around
