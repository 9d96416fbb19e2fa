"""A circuit breaker that all processes with one Redis share: see ``RedisCircuitBreaker``."""

from __future__ import annotations

import asyncio
import math
import os
import random
import uuid
from collections.abc import Callable
from functools import partial
from typing import Any, Literal, NamedTuple, TypeAlias

from ai_sdk.breaker import CircuitBreaker, Outcome, Transition, Trial
from ai_sdk.clock import Clock
from ai_sdk.errors import CircuitOpenError, InvalidRequestError
from ai_sdk.stores._state_scripts import OPEN, PROBED, STATE
from ai_sdk.stores.redis import RedisConnection, RedisUnavailableError, Script

__all__ = ["RedisCircuitBreaker"]

_State: TypeAlias = Literal["closed", "open", "half-open", "probe"]


class _View(NamedTuple):
    """What this process knows of the circuit, until the loop time ``until``. A generation is -1 before Redis was asked.

    ``free_at`` is when a probe may be made, None when nobody knows.
    """

    state: _State
    generation: int
    until: float
    free_at: float | None = None


class RedisCircuitBreaker:
    """A breaker for ``circuit_breaker(breaker)`` whose circuit is in Redis: it opens and closes for all processes.

    The law: each process counts what its own calls bring. When its window says so, the circuit opens for all. While it
    is open nobody calls; when the wait is over, one call of one process is the probe. ``successes`` probes that
    succeed, one after the other, close the circuit for all; one that fails opens it again, for longer. What a call of
    an earlier generation brings changes nothing.

    ``name``: what is protected; the breakers of one name share the circuit. ``refresh``: seconds for which a process
    takes the circuit for closed without asking; so long, calls may go on after another process has opened it.
    ``probe_ttl``: seconds after which a probe that has not ended makes room for another, because its process may have
    died. The other options are those of ``CircuitBreaker``; ``probes`` is 1.

    Without Redis it fails open: each process goes on with a breaker of its own, with its own window, wait and probe.
    Raises InvalidRequestError for options that make no sense.
    """

    def __init__(
        self,
        redis: RedisConnection,
        *,
        name: str,
        failure_rate: float = 0.5,
        min_calls: int = 10,
        window: float = 30.0,
        calls: int | None = None,
        wait: float = 10.0,
        max_wait: float = 300.0,
        jitter: float = 0.1,
        successes: int = 1,
        stall: float = 0.1,
        refresh: float = 1.0,
        probe_ttl: float = 60.0,
        rng: random.Random | None = None,
    ) -> None:
        for field, seconds in (("refresh", refresh), ("probe_ttl", probe_ttl)):
            if not 0 < seconds < math.inf:
                raise InvalidRequestError(f"{field} is {seconds!r}; allowed are seconds above 0", field=field)
        self.name = name
        self._fresh: Callable[[], CircuitBreaker] = partial(
            CircuitBreaker, failure_rate=failure_rate, min_calls=min_calls, window=window, calls=calls, wait=wait,
            max_wait=max_wait, jitter=jitter, successes=successes, stall=stall, rng=rng,
        )  # fmt: skip
        self.counts = self._fresh()
        self._alone = False
        self._redis = redis
        self._keys = (redis.key(STATE, name, "circuit"), redis.key(STATE, name, "probe"))
        self._refresh = refresh
        self._probe_ttl = probe_ttl
        self._rng = rng or random.Random()
        self._clock = Clock()
        self._view = _View("closed", -1, -math.inf)
        self._uid = uuid.uuid4().hex[:16]

    @property
    def state(self) -> Literal["closed", "open", "half-open"]:
        """The state as this process knows it."""
        state: Any = self.counts.state if self.counts.state != "closed" else self._view.state
        return "half-open" if state == "probe" else state

    async def admit(self) -> Trial:
        """Admit one call, or raise CircuitOpenError."""
        if self.counts.state != "closed":
            if self._alone:
                return _Shared(self, await self.counts.admit(), None)
            self.opened(asyncio.get_running_loop(), self._view.generation)
        if self._clock.now() >= self._view.until:
            try:
                probe = await self._look()
            except RedisUnavailableError:
                self._alone = True
                return _Shared(self, await self.counts.admit(), None)
            self._alone = False
            if probe is not None:
                return probe
        view = self._view
        if view.state != "closed":
            raise self._refusal(view)
        return _Shared(self, await self.counts.admit(), view.generation)

    async def _look(self) -> _Probe | None:
        """Ask Redis how things stand, and give the probe if this call is to be it."""
        before = self._view
        if before.state == "closed":  # others need not wait for the answer
            self._view = before._replace(until=self._clock.now() + self._refresh)
        token = f"{self._uid}.{os.getpid()}.{self._rng.getrandbits(64):x}"
        probe = _Probe(self, token)
        try:
            await self._redis.flush()
            answer: Any = await self._redis.run(STATE, self._keys, (token, math.ceil(self._probe_ttl * 1000)))
        except BaseException as error:
            self._view = before
            if not isinstance(error, RedisUnavailableError) or error.sent:
                probe.record("ignored")
            raise
        state, generation, wait, succeeded = answer[0].decode(), int(answer[1]), answer[2] / 1e6, int(answer[3])
        if state == "probe":
            probe.begin(succeeded)
        self._see(state, generation, wait)
        return probe if state == "probe" else None

    def _see(self, state: _State, generation: int, wait: float) -> None:
        now = self._clock.now()
        if state == "closed":
            if generation != self._view.generation:
                self.counts = self._fresh()
            self._view = _View("closed", generation, now + self._refresh)
        elif state == "open":
            self._view = _View("open", generation, now + wait, now + wait)
        else:
            self._view = _View("half-open", generation, now + min(self._refresh, 0.1))

    def _refusal(self, view: _View) -> CircuitOpenError:
        seconds = None if view.free_at is None else max(0.0, view.free_at - self._clock.now())
        why = "the probe is under way" if seconds is None else f"a call may be tried in {seconds:.3g} s"
        error = CircuitOpenError(f"the circuit breaker {self.name!r} is open: {why}")
        error.retry_after = seconds
        return error

    def _pause(self) -> tuple[int, int, float]:
        """What a script needs to open the circuit."""
        own = self.counts
        return round(own.wait * 1e6), round(own.max_wait * 1e6), 1 + self._rng.uniform(0, own.jitter)

    def opened(self, loop: asyncio.AbstractEventLoop, generation: int) -> None:
        """The window of this process says that the circuit must open: tell the others."""
        self.counts = self._fresh()
        if self._view.state != "closed" or generation != self._view.generation:
            return
        free_at = self._clock.now() + self.counts.wait
        self._view = _View("open", generation, free_at, free_at)
        self.post(loop, OPEN, generation, *self._pause())

    def probed(self, loop: asyncio.AbstractEventLoop, token: str, outcome: str) -> None:
        """The probe is over."""
        self.post(loop, PROBED, *self._pause(), token, outcome, self.counts.successes)
        self._view = self._view._replace(until=-math.inf)

    def post(self, loop: asyncio.AbstractEventLoop, script: Script, *args: str | float) -> None:
        """Have a script run soon."""
        self._redis.post(loop, script, self._keys, args)

    async def flush(self) -> None:
        """Wait until Redis knows, or is gone."""
        await self._redis.flush()

    @property
    def successes(self) -> int:
        """How many probes must succeed."""
        return self.counts.successes

    def __repr__(self) -> str:
        return f"<RedisCircuitBreaker {self.name!r} {self.state}>"


class _Shared:
    """A call that this process counts. ``generation`` is None when Redis was gone."""

    __slots__ = ("_breaker", "_counts", "_generation", "_loop", "_own", "_told", "transition")

    def __init__(self, breaker: RedisCircuitBreaker, own: Trial, generation: int | None) -> None:
        self._breaker = breaker
        self._counts = breaker.counts
        self._own = own
        self._generation = generation
        self._loop = asyncio.get_running_loop()
        self._told = False
        self.transition = own.transition

    def record(self, outcome: Outcome, /) -> Transition | None:
        """Record the outcome, once."""
        if self._counts is not self._breaker.counts:
            return None
        change = self._own.record(outcome)
        if change is not None and change.new == "open" and self._generation is not None:
            self._told = True
            self._breaker.opened(self._loop, self._generation)
        return change

    async def settle(self) -> None:
        """Wait until Redis knows what changed."""
        if self._told:
            await self._breaker.flush()


class _Probe:
    """The one call that tries the model for all processes."""

    __slots__ = ("_breaker", "_done", "_left", "_loop", "_token", "transition")

    def __init__(self, breaker: RedisCircuitBreaker, token: str) -> None:
        self._breaker = breaker
        self._token = token
        self._loop = asyncio.get_running_loop()
        self._left = 0
        self._done = False
        self.transition: Transition | None = None

    def begin(self, succeeded: int) -> None:
        """Redis has said that this is the probe, after so many that succeeded."""
        self._left = self._breaker.successes - succeeded
        self.transition = Transition("open", "half-open") if succeeded == 0 else None

    def record(self, outcome: Outcome, /) -> Transition | None:
        """Record the outcome, once."""
        if self._done:
            return None
        self._done = True
        word = "failure" if outcome == "timeout" else outcome
        self._breaker.probed(self._loop, self._token, word)
        if word == "ignored" or (word == "success" and self._left > 1):
            return None
        return Transition("half-open", "open" if word == "failure" else "closed")

    async def settle(self) -> None:
        """Wait until Redis knows."""
        await self._breaker.flush()
