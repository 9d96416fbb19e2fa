"""Whether a model that keeps failing may be called now.

``Breaker`` and ``Trial`` are what the layer ``circuit_breaker`` asks for; ``CircuitBreaker`` keeps its state in memory.
It is a machine of five states::

    closed     -> open        the window has ``min_calls`` calls and ``failure_rate`` of them failed
    open       -> half-open   ``wait`` seconds have passed and somebody asks: that call is a probe
    half-open  -> closed      ``successes`` probes succeeded
    half-open  -> open        a probe failed; it stays open longer than before
    anything   -> closed, forced-open, disabled   by ``close()``, ``force_open()`` and ``disable()``

Each change begins a new generation: what a call of an earlier one brings changes nothing any more. An outcome that says
nothing of the model (a cancellation, the caller's own mistake) only gives back the probe's place.

The window has the calls of the last ``window`` seconds, to a tenth of it: it forgets a tenth at a time. Or, with
``calls``, it has the last so many calls. Timeouts that are recorded within ``stall`` seconds of one another count as
one: when an event loop stands still, all its calls time out together, which says nothing of the model.
"""

from __future__ import annotations

import math
import random
from collections import deque
from functools import partial
from typing import Literal, NamedTuple, Protocol, TypeAlias

from ai_sdk.clock import Clock
from ai_sdk.errors import CircuitOpenError, InvalidRequestError
from ai_sdk.guard import Guard

__all__ = ["Breaker", "BreakerState", "CircuitBreaker", "Outcome", "Transition", "Trial"]

BreakerState: TypeAlias = Literal["closed", "open", "half-open", "forced-open", "disabled"]
Outcome: TypeAlias = Literal["success", "failure", "timeout", "ignored"]
"""``timeout`` is a failure by a time limit; ``ignored`` says nothing of the model."""

_SLICES = 10


class Transition(NamedTuple):
    """A change of state."""

    old: BreakerState
    new: BreakerState


class Trial(Protocol):
    """The leave to make one call. Whoever has it must record its outcome, whatever becomes of the call.

    A trial may also have ``async def settle(self)`` without arguments, which is awaited right after ``record`` wherever
    awaiting is possible: a place to talk to a server.
    """

    @property
    def transition(self) -> Transition | None:
        """The change of state that this admission brought about: from open to half-open, for the first probe."""
        ...

    def record(self, outcome: Outcome, /) -> Transition | None:
        """Record the outcome, once; every call after the first does nothing.

        Synchronous and thread-safe; never blocks, so that a finaliser may call it. Gives the change of state that it
        brought about, if it is known by then.
        """
        ...


class Breaker(Protocol):
    """Says whether a call may be made."""

    async def admit(self) -> Trial:
        """Admit one call, or raise CircuitOpenError with ``retry_after``, the seconds until a probe may be made.

        ``retry_after`` is None where that is not known. A breaker in memory answers without suspending. Cancelled, it
        leaves nothing behind.
        """
        ...


class _Counts:
    """What the window has: calls, and how many of them failed."""

    __slots__ = ("_calls", "_failed", "_last", "_slices", "_width")

    def __init__(self, window: float, last: int | None) -> None:
        self._width = window / _SLICES
        self._slices: deque[list[float]] = deque()
        self._last: deque[bool] | None = None if last is None else deque(maxlen=last)
        self._calls = 0
        self._failed = 0

    def add(self, failed: bool, now: float) -> tuple[int, int]:
        """Count a call, and give the numbers of calls and failures in the window."""
        if self._last is not None:
            self._last.append(failed)
            return len(self._last), sum(self._last)
        at = math.floor(now / self._width)
        slices = self._slices
        if not slices or slices[-1][0] != at:
            slices.append([at, 0, 0])
            while slices[0][0] <= at - _SLICES:
                _, calls, failures = slices.popleft()
                self._calls -= int(calls)
                self._failed -= int(failures)
        slices[-1][1] += 1
        slices[-1][2] += failed
        self._calls += 1
        self._failed += failed
        return self._calls, self._failed


class _Phase:
    """A stretch of time in one state. Its identity is the generation."""

    __slots__ = ("counts", "probing", "stalled_until", "state", "succeeded", "until")

    def __init__(self, state: BreakerState, *, counts: _Counts | None = None, until: float = math.inf) -> None:
        self.state: BreakerState = state
        self.counts = counts
        self.until = until
        self.stalled_until = -math.inf
        self.probing = 0
        self.succeeded = 0


class _Trial:
    """One admitted call of one phase."""

    __slots__ = ("_breaker", "change", "done", "phase", "transition")

    def __init__(self, breaker: CircuitBreaker, phase: _Phase, transition: Transition | None = None) -> None:
        self._breaker = breaker
        self.phase = phase
        self.transition = transition
        self.change: Transition | None = None
        self.done = False

    def record(self, outcome: Outcome, /) -> Transition | None:
        """Record the outcome, once."""
        if self.done:
            return None
        self._breaker._guard.soon(partial(self._breaker._record, self, outcome))
        return self.change


class CircuitBreaker:
    """A breaker in memory, for all calls that share this object, in whatever event loops and threads of the process.

    ``failure_rate``: from 0 to 1, at which it opens. ``min_calls``: how many calls the window must have before.
    ``window``: in seconds; ``calls``: instead, the number of last calls to look at, for traffic that is thin.
    ``wait``: seconds that it stays open, twice as long after each probe that failed, ``max_wait`` at most. ``jitter``:
    up to this part of it is added at random, so that not all processes probe at once; ``rng=random.Random(7)`` makes
    that repeatable. ``probes``: how many calls it lets through at once when half open. ``successes``: how many of them
    must succeed before it closes. ``stall``: seconds within which timeouts count as one; 0 counts them all.

    Raises InvalidRequestError for options that make no sense.
    """

    def __init__(
        self,
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
    ) -> None:
        _check_whole(min_calls=min_calls, probes=probes, successes=successes)
        if not 0 < failure_rate <= 1:
            raise InvalidRequestError(
                f"failure_rate is {failure_rate!r}; allowed is a number above 0, up to 1", field="failure_rate"
            )
        if calls is not None and (type(calls) is not int or calls < min_calls):
            raise InvalidRequestError(
                f"calls is {calls!r}; allowed is an integer from min_calls, {min_calls}, or None", field="calls"
            )
        _check_seconds(window, wait, max_wait, jitter, stall)
        self.failure_rate = failure_rate
        self.min_calls = min_calls
        self.window = window
        self.calls = calls
        self.wait = wait
        self.max_wait = max_wait
        self.jitter = jitter
        self.probes = probes
        self.successes = successes
        self.stall = stall
        self._rng = rng or random.Random()
        self._guard = Guard()
        self._clock = Clock()
        self._openings = 0
        self._phase = self._closed()

    @property
    def state(self) -> BreakerState:
        """The state; ``open`` until somebody asks when the wait is over."""
        return self._phase.state

    @property
    def retry_after(self) -> float | None:
        """Seconds until a probe may be made: 0 when a call may be made now, None when nobody knows."""
        phase = self._phase
        if phase.state == "open":
            now = self._clock.now()
            return 0.0 if now >= phase.until else phase.until - now + math.ulp(phase.until)
        if phase.state == "half-open":
            return 0.0 if phase.probing < self.probes else None
        return None if phase.state == "forced-open" else 0.0

    def close(self) -> None:
        """Close it, with an empty window."""
        self._force("closed")

    def force_open(self) -> None:
        """Let nothing through until ``close()`` or ``disable()``."""
        self._force("forced-open")

    def disable(self) -> None:
        """Let everything through and count nothing until ``close()`` or ``force_open()``."""
        self._force("disabled")

    async def admit(self) -> Trial:
        """Admit one call, or raise CircuitOpenError."""
        now = self._clock.now()
        phase = self._phase
        if phase.state in ("closed", "disabled"):
            return _Trial(self, phase)
        with self._guard:
            return self._admit(now)

    def __repr__(self) -> str:
        return f"<CircuitBreaker {self.state}>"

    def _closed(self) -> _Phase:
        self._openings = 0
        return _Phase("closed", counts=_Counts(self.window, self.calls))

    def _force(self, state: BreakerState) -> None:
        with self._guard:
            closed = self._closed()
            self._phase = closed if state == "closed" else _Phase(state)

    def _open(self, now: float) -> _Phase:
        longer = self.wait * 2.0 ** min(self._openings, 64) * (1 + self._rng.uniform(0, self.jitter))
        self._openings += 1
        return _Phase("open", until=now + min(longer, self.max_wait))

    def _admit(self, now: float) -> _Trial:
        phase = self._phase
        transition: Transition | None = None
        if phase.state == "open" and now >= phase.until:
            phase = self._phase = _Phase("half-open")
            transition = Transition("open", "half-open")
        if phase.state == "half-open" and phase.probing < self.probes:
            phase.probing += 1
        elif phase.state not in ("closed", "disabled"):
            raise self._refusal()
        return _Trial(self, phase, transition)

    def _refusal(self) -> CircuitOpenError:
        state, seconds = self.state, self.retry_after
        if state == "half-open":
            why = "it is half open, and as many calls as it lets through are under way"
        elif seconds is None:
            why = "it was opened by hand"
        else:
            why = f"it lets a call through in {seconds:.3g} s"
        error = CircuitOpenError(f"the circuit breaker is open: {why}")
        error.retry_after = seconds
        return error

    def _record(self, trial: _Trial, outcome: Outcome) -> None:
        """Runs under the guard."""
        if trial.done:
            return
        trial.done = True
        phase = trial.phase
        if phase is not self._phase:
            return
        if phase.state == "half-open":
            phase.probing -= 1
        if outcome == "ignored" or phase.state == "disabled":
            return
        now = self._clock.now()
        if phase.state == "half-open":
            self._probed(phase, outcome, now)
        elif phase.counts is not None and not (outcome == "timeout" and self._is_stalled(phase, now)):
            calls, failed = phase.counts.add(outcome != "success", now)
            if calls >= self.min_calls and failed >= self.failure_rate * calls:
                self._phase = self._open(now)
        if self._phase is not phase:
            trial.change = Transition(phase.state, self._phase.state)

    def _probed(self, phase: _Phase, outcome: Outcome, now: float) -> None:
        if outcome != "success":
            self._phase = self._open(now)
            return
        phase.succeeded += 1
        if phase.succeeded >= self.successes:
            self._phase = self._closed()

    def _is_stalled(self, phase: _Phase, now: float) -> bool:
        if now < phase.stalled_until:
            return True
        phase.stalled_until = now + self.stall
        return False


def _check_whole(**numbers: int) -> None:
    for name, value in numbers.items():
        if type(value) is not int or value < 1:
            raise InvalidRequestError(f"{name} is {value!r}; allowed is an integer from 1", field=name)


def _check_seconds(window: float, wait: float, max_wait: float, jitter: float, stall: float) -> None:
    for name, value in (("window", window), ("wait", wait)):
        if not 0 < value < math.inf:
            raise InvalidRequestError(f"{name} is {value!r}; allowed are seconds above 0", field=name)
    if not wait <= max_wait < math.inf:
        raise InvalidRequestError(
            f"max_wait is {max_wait!r}; allowed are seconds from wait, {wait:g}", field="max_wait"
        )
    for name, value in (("jitter", jitter), ("stall", stall)):
        if not 0 <= value < math.inf:
            raise InvalidRequestError(f"{name} is {value!r}; allowed is a number from 0", field=name)
