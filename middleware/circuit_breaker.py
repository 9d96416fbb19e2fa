"""Stop calling a model that keeps failing, and try it again after a while.

The law: a call is let through while the circuit is closed. The circuit opens exactly when a recorded outcome leaves at
least ``min_calls`` calls in the window of which ``failure_rate`` failed. While it is open, calls are refused and the
model is not called. From ``wait`` seconds after the opening on it is half open: at most ``probes`` calls are let
through at once. One that fails opens it again, for longer; after ``successes`` that succeed it is closed. What a call
of an earlier period brings changes nothing.

A call counts when it is over: a live response that breaks off later is a failure, and a success is one at the end of
the response. Calls that were refused, cancelled or left early, and those that failed by the caller's own fault, do not
count. Where there are several models, each has a circuit of its own, and when all are open every one refuses at once.
"""

from __future__ import annotations

import asyncio
import random
from collections.abc import Callable
from typing import Any, Literal, TypeVar

from ai_sdk.breaker import Breaker, CircuitBreaker, Outcome, Trial
from ai_sdk.call import CallRecord, current_call
from ai_sdk.ending import Ending
from ai_sdk.errors import (
    AllModelsFailedError,
    APIConnectionError,
    APIError,
    APITimeoutError,
    CircuitOpenError,
    InvalidRequestError,
    InvalidResponseError,
    OverloadedError,
    RateLimitError,
    ResponseClosedError,
    ServerError,
    StreamError,
)
from ai_sdk.layer_options import own_options
from ai_sdk.model import AnyLayer, Model, layer
from ai_sdk.response import hold

__all__ = ["circuit_breaker"]

Req = TypeVar("Req")
Res = TypeVar("Res")

_DEFAULTS = (0.5, 10, 30.0, None, 10.0, 300.0, 0.1, 1, 1, 0.1, None)


def circuit_breaker(
    breaker: Breaker | None = None,
    *,
    failure_rate: float = 0.5,
    min_calls: int = 10,
    window: float = 30.0,
    calls: int | None = None,
    wait: float = 10.0,
    max_wait: float = 300.0,
    jitter: float = 0.1,
    probes: int = 1,
    successes: int = 1,
    stall: float = 0.1,
    rng: random.Random | None = None,
    slow_call: float | None = None,
    rate_limits: bool = False,
    is_failure: Callable[[Exception], bool | None] | None = None,
    on_open: Literal["raise", "call"] = "raise",
) -> AnyLayer:
    """Open the circuit of a model that keeps failing.

    ``breaker``: share a ``CircuitBreaker`` between models, or give any other ``Breaker``, instead of the options from
    ``failure_rate`` to ``rng``, which make one for each model that this layer is put around: see ``CircuitBreaker``.
    ``slow_call``: a success whose first content took longer than so many seconds counts as a failure.
    ``rate_limits``: whether RateLimitError counts; waiting for the provider's limits is the business of other layers.
    ``is_failure``: decides which errors count, and leaves to the default what it answers with None. By default these
    do: no connection, a connection or stream that broke, a time limit other than the caller's deadline, an answer that
    cannot be understood, 5xx, an overloaded provider, and ConnectionError and TimeoutError of models of your own.
    ``on_open="call"``: refuse nothing, only report; to see what the circuit would do.

    Around ``retry``, a call counts once, by how its attempts ended in all; inside of it, every attempt counts. A probe
    keeps its place until its response has ended: put a ``timeout`` inside.

    Reports ``circuit-changed`` (detail: a ``Transition``). Raises CircuitOpenError, whose ``retry_after`` is the time
    until a call may be tried; InvalidRequestError for options that make no sense.
    """
    options: Any = (failure_rate, min_calls, window, calls, wait, max_wait, jitter, probes, successes, stall, rng)
    if breaker is not None and options != _DEFAULTS:
        raise InvalidRequestError("the options from failure_rate to rng are the breaker's", field="breaker")
    if slow_call is not None and not slow_call > 0:
        raise InvalidRequestError(f"slow_call is {slow_call!r}; allowed are seconds above 0", field="slow_call")
    if on_open not in ("raise", "call"):
        raise InvalidRequestError(f"on_open is {on_open!r}; allowed are 'raise' and 'call'", field="on_open")
    judge = _Judge(slow_call, rate_limits, is_failure)

    def fresh() -> CircuitBreaker:
        return CircuitBreaker(
            failure_rate=failure_rate, min_calls=min_calls, window=window, calls=calls, wait=wait, max_wait=max_wait,
            jitter=jitter, probes=probes, successes=successes, stall=stall, rng=rng,
        )  # fmt: skip

    fresh()

    def circuit_breaker(model: Model[Req, Res], /) -> Model[Req, Res]:
        return _around(fresh() if breaker is None else breaker, judge, on_open == "call")(model)

    return circuit_breaker


def _around(breaker: Breaker, judge: _Judge, passes: bool) -> AnyLayer:
    @layer
    async def circuit_breaker(request: Req, call: Model[Req, Res]) -> Res:
        if getattr(request, "layer_options", None):
            own_options(request, "circuit_breaker")
        try:
            trial = await breaker.admit()
        except CircuitOpenError:
            if passes:
                return await call(request)
            raise
        held = _Held(trial, judge)
        return await hold(held, held.timed(call) if judge.slow_call is not None else call, request)

    return circuit_breaker


class _Held:
    """Waits for the end of a call, and records what it says of the model."""

    __slots__ = ("_judge", "_record", "_slow", "_trial", "settle")

    def __init__(self, trial: Trial, judge: _Judge) -> None:
        self._trial = trial
        self._judge = judge
        self._slow = False
        self._record: CallRecord | None = current_call()
        self.settle = getattr(trial, "settle", None)
        if trial.transition is not None:
            self._tell(trial.transition)

    def timed(self, call: Model[Req, Res]) -> Model[Req, Res]:
        """The model, looking at how long its first content takes."""

        async def model(request: Req, /) -> Res:
            time = asyncio.get_running_loop().time
            started = time()
            response = await call(request)
            self._slow = time() - started > (self._judge.slow_call or 0)
            return response

        return model

    def release(self, ending: Ending, /) -> None:
        """Record the outcome."""
        outcome: Outcome = "ignored"
        try:
            if ending.how == "end":
                outcome = "failure" if self._slow else "success"
            elif ending.how == "error":
                outcome = self._judge.outcome(ending.error)
        finally:
            self._tell(self._trial.record(outcome))

    def _tell(self, transition: object) -> None:
        if transition is not None and self._record is not None:
            self._record.tell("circuit-changed", transition)


class _Judge:
    """Says which errors speak against the model."""

    __slots__ = ("_is_failure", "_rate_limits", "slow_call")

    def __init__(
        self, slow_call: float | None, rate_limits: bool, is_failure: Callable[[Exception], bool | None] | None
    ) -> None:
        self.slow_call = slow_call
        self._rate_limits = rate_limits
        self._is_failure = is_failure

    def outcome(self, error: BaseException | None) -> Outcome:
        if not isinstance(error, Exception):
            return "ignored"
        verdict = self._is_failure(error) if self._is_failure is not None else None
        if not (self._fails(error) if verdict is None else verdict):
            return "ignored"
        return "timeout" if isinstance(error, TimeoutError) else "failure"

    def _fails(self, error: Exception) -> bool:
        if isinstance(error, AllModelsFailedError):
            return all(self._fails(each) for each in error.exceptions)
        if isinstance(error, APITimeoutError):
            return error.limit != "deadline"
        if isinstance(error, RateLimitError):
            return self._rate_limits
        if isinstance(error, APIError):
            return isinstance(error, ServerError | OverloadedError)
        if isinstance(error, ResponseClosedError):
            return False
        return isinstance(
            error, APIConnectionError | StreamError | InvalidResponseError | ConnectionError | TimeoutError
        )
