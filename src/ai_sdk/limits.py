"""How many requests and tokens fit into a window of time, and how many calls run at once: all of it, or nothing.

``Limiter`` and ``Permit`` are what the layer ``rate_limit`` asks for; ``RateLimiter`` is the one that keeps its state
in memory, in exact windows (``ai_sdk.windows``): no interval of ``per`` seconds has more requests in it than allowed.

Tokens are not known before the answer is. So an estimate is reserved, and settled in place with what was used: less is
given back, more is taken and may leave less than nothing, which holds back later calls until it has left the window.
Without a final usage nothing is given back. When the reservation has left the window already, nothing is given back
either, and what was used beyond it counts from now on.
"""

from __future__ import annotations

import math
from collections.abc import Hashable, Iterable
from functools import partial
from typing import Any, Literal, NamedTuple, Protocol, TypeAlias

from ai_sdk.ending import Ending, Releasable
from ai_sdk.errors import InvalidRequestError, RateLimitedError, RateLimitError
from ai_sdk.guard import Guard
from ai_sdk.waiting import Line
from ai_sdk.windows import Forecast, Window

__all__ = ["Cost", "Limiter", "LimiterState", "Permit", "RateLimiter", "Reading", "Used", "used_tokens"]

Resource: TypeAlias = Literal["requests", "tokens"]


class Cost(NamedTuple):
    """What a call takes: how many requests it counts as, and how many tokens are reserved for it. Neither is negative.

    Every call takes one slot besides.
    """

    requests: int = 1
    tokens: int = 0


class Reading(NamedTuple):
    """What a provider said about an account: ``remaining`` requests or tokens until ``reset`` seconds have passed.

    ``reset`` None: it did not say when; then the reading holds for one window.
    """

    resource: Resource
    remaining: float
    reset: float | None = None


class Permit(Releasable, Protocol):
    """The leave to make one call. Whoever has it must release it, whatever becomes of the call.

    ``release(ending)`` frees the slot and settles the reserved tokens with the usage in ``ending``, once: see
    ``used_tokens``. It is synchronous and thread-safe, and a finaliser may call it. An ending by ``RateLimitError``
    with ``retry_after`` holds all calls back for so long. A permit may also have ``async def settle(self)`` without
    arguments, which is awaited right after ``release`` wherever that is possible: a place to talk to a server.
    """

    def learn(self, readings: Iterable[Reading], /) -> None:
        """Heed what the provider said in its answer to this call.

        It only ever lowers what may be admitted: until its reset, no more than ``remaining`` less what was admitted
        after this permit. When the reset has passed it is forgotten. Synchronous, and never blocks.
        """
        ...


class Limiter(Protocol):
    """Says when a call may be made."""

    @property
    def tokens(self) -> int | None:
        """How many tokens a window takes, or None when tokens are not limited and costs need not have any."""
        ...

    async def acquire(self, cost: Cost, *, key: Hashable = None, until: float | None = None) -> Permit:
        """Wait in line until all of the cost fits at once, and take it; nothing is taken before.

        First come, first served: nobody overtakes, however small. Keys share nothing. Reports ``waited`` with the
        seconds (``ai_sdk.call.report``) when it had to wait. Cancelled, it leaves nothing behind.

        ``until`` is a time of the running loop: as soon as it is sure that the call will not be admitted by then,
        RateLimitedError is raised, whose ``retry_after`` seconds, where known, are enough when nobody else comes.
        Raises RateLimitedError that is not retryable, at once, for a cost that never fits.
        """
        ...


class Used(NamedTuple):
    """Tokens that a call used; ``exact`` is False when there may have been more."""

    tokens: int
    exact: bool


def used_tokens(ending: Ending) -> Used | None:
    """Input and output tokens of a call by its ending, or None when nothing is known.

    Exact is only what a complete answer says of both; an embedding has no output.
    """
    result: Any = ending.result()
    usage = getattr(result, "usage", None)
    total: int | None = getattr(usage, "total_tokens", None)
    if usage is None or total is None:
        return None
    complete = ending.how == "end" or getattr(result, "finish_reason", None) is not None
    has_output = usage.output_tokens is not None or not hasattr(result, "finish_reason")
    return Used(total, complete and usage.input_tokens is not None and has_output)


_ONE = Cost()
_INDEX: dict[Resource, int] = {"requests": 0, "tokens": 1}
_ROUNDING = 1e-6


class _Ceiling:
    """No more than ``remaining`` is admitted until ``until``."""

    __slots__ = ("remaining", "until")

    def __init__(self, remaining: float, until: float) -> None:
        self.remaining = remaining
        self.until = until


class _Permit:
    """One admitted call: what it took of its bucket, and how much had been admitted when it was."""

    __slots__ = ("_bucket", "admitted", "ceilings", "cost", "entries", "open", "used")

    def __init__(self, bucket: _Bucket, cost: Cost, entries: list[list[float]]) -> None:
        self._bucket = bucket
        self.cost = cost
        self.entries = entries
        self.ceilings = bucket.ceilings
        self.admitted = (bucket.admitted_requests, bucket.admitted_tokens)
        self.open = True
        self.used: Used | None = None

    def learn(self, readings: Iterable[Reading], /) -> None:
        """Heed what the provider said in its answer to this call."""
        bucket = self._bucket
        if bucket.learns:
            bucket.guard.soon(partial(bucket.learn, self, tuple(readings)))

    def release(self, ending: Ending, /) -> None:
        """Free the slot and settle the tokens."""
        if not self.open:
            return
        bucket = self._bucket
        try:
            error = ending.error
            if error is not None and isinstance(error, RateLimitError) and error.retry_after is not None:
                self.learn([Reading("requests", 0, error.retry_after)])
            if bucket.counts_tokens:
                self.used = used_tokens(ending)
        finally:
            bucket.guard.soon(self._be_taken_back)

    def _be_taken_back(self) -> None:
        self._bucket.take_back(self)


class _Bucket:
    """The windows, slots and line of one key. All but ``__init__`` runs under the guard."""

    def __init__(self, options: RateLimiter, guard: Guard) -> None:
        self.guard = guard
        self.learns = options.learn
        self.concurrency = math.inf if options.concurrency is None else options.concurrency
        self.per = options.per
        self.windows = tuple(_windows(options))
        self.counts_tokens = options.tokens is not None
        self.ceilings: tuple[_Ceiling | None, ...] = ()
        self.in_flight = 0
        self.admitted_requests = 0
        self.admitted_tokens = 0
        self.line: Line[Cost, _Permit] = Line(guard, self)

    def admit(self, cost: Cost, now: float, /) -> _Permit | None:
        """Take all of the cost, or nothing."""
        if self.in_flight >= self.concurrency:
            return None
        windows = self.windows
        for index, window in windows:
            if not window.fits(cost[index], now):
                return None
        if self.ceilings and not self._is_below_ceilings(cost, now):
            return None
        self.in_flight += 1
        self.admitted_requests += cost[0]
        self.admitted_tokens += cost[1]
        return _Permit(self, cost, [window.add(cost[index], now) for index, window in windows])

    def _is_below_ceilings(self, cost: Cost, now: float) -> bool:
        self.ceilings = tuple([each if each is not None and each.until > now else None for each in self.ceilings])
        if self.ceilings == (None, None):
            self.ceilings = ()
        pairs = [(each, amount) for each, amount in zip(self.ceilings, cost, strict=False) if each is not None]
        if any(amount > each.remaining for each, amount in pairs):
            return False
        for each, amount in pairs:
            each.remaining -= amount
        return True

    def undo(self, permit: _Permit, /) -> None:
        """Take back a permit that nobody used."""
        permit.open = False
        self.in_flight -= 1
        now = self.line.now()
        for (_, window), entry in zip(self.windows, permit.entries, strict=True):
            window.settle(entry, 0, now)
        for ceiling, amount in zip(permit.ceilings, permit.cost, strict=False):
            if ceiling is not None:
                ceiling.remaining += amount

    def take_back(self, permit: _Permit) -> None:
        """Free the slot of a call that is over, and settle what it reserved."""
        if not permit.open:
            return
        permit.open = False
        self.in_flight -= 1
        if permit.used is not None:
            self._settle(permit, permit.used)
        line = self.line
        if line.waiters or line.asleep:
            line.advance()

    def _settle(self, permit: _Permit, used: Used) -> None:
        more = used.tokens - permit.cost.tokens
        if more < 0 and not used.exact:
            return
        now = self.line.now()
        for (index, window), entry in zip(self.windows, permit.entries, strict=True):
            if index:
                window.settle(entry, used.tokens, now)
        ceiling = self.ceilings[1] if self.ceilings else None
        if ceiling is not None and more > 0:
            ceiling.remaining -= more

    def learn(self, permit: _Permit, readings: tuple[Reading, ...]) -> None:
        """Lower the ceilings to what the provider says remains, less what was admitted after the permit."""
        now = self.line.now()
        later = (self.admitted_requests - permit.admitted[0], self.admitted_tokens - permit.admitted[1])
        for resource, remaining, reset in readings:
            seconds = self.per if reset is None else reset
            if not 0 < seconds < math.inf or math.isnan(remaining):
                continue
            index = _INDEX[resource]
            if index and not self.counts_tokens:
                if remaining > 0:
                    continue
                index = 0
            self._lower(index, max(0.0, remaining - later[index]), now + seconds, now)

    def _lower(self, index: int, remaining: float, until: float, now: float) -> None:
        ceiling = self.ceilings[index] if self.ceilings else None
        if ceiling is None or ceiling.until <= now:
            others = self.ceilings or (None, None)
            new = _Ceiling(remaining, until)
            self.ceilings = (others[0], new) if index else (new, others[1])
        elif remaining <= ceiling.remaining:
            ceiling.remaining = remaining
            ceiling.until = max(ceiling.until, until)

    def due(self, cost: Cost, now: float, /) -> float:
        """When the first in line fits, ``inf`` when a call must end first."""
        return math.inf if self.in_flight >= self.concurrency else self.forecast([cost], now)

    def forecast(self, costs: Iterable[Cost], now: float) -> float:
        """When the last of the costs fits, one after the other, if calls took no time; each must fit a window."""
        forecasts = [(index, Forecast(window)) for index, window in self.windows]
        ceilings = [[each.remaining, each.until] if each is not None else [math.inf, now] for each in self.ceilings]
        at = now
        for cost in costs:
            for index, forecast in forecasts:
                at = forecast.fits_at(cost[index], at)
            for ceiling, amount in zip(ceilings, cost, strict=False):
                if amount > ceiling[0] and at < ceiling[1]:
                    at = ceiling[1]
                ceiling[0] -= amount
            for index, forecast in forecasts:
                forecast.take(cost[index], at)
        return at

    def idle(self) -> bool:
        """Whether a new bucket would do as well."""
        now = self.line.now()
        busy = self.in_flight or not self.line.idle() or any(each and each.until > now for each in self.ceilings)
        return not busy and all(window.fits(0, now) and not window.log for _, window in self.windows)


def _windows(options: RateLimiter) -> Iterable[tuple[int, Window]]:
    """The windows, each with the place of its resource in a cost."""
    requests, burst = options.requests, options.burst
    if requests is not None:
        yield 0, Window(requests, options.per)
        if burst is not None and burst < requests:
            yield 0, Window(burst, options.per * burst / requests)
    if options.tokens is not None:
        yield 1, Window(options.tokens, options.per)


class LimiterState(NamedTuple):
    """How things stand with a key: calls admitted and not over, calls in line, and what the window takes now.

    ``requests`` and ``tokens`` are None where they are not limited; ``tokens`` can be negative.
    """

    in_flight: int
    waiting: int
    requests: float | None
    tokens: float | None


class RateLimiter:
    """Limits in memory, for all calls that share this object, in whatever event loops and threads of the process.

    ``requests``, ``tokens``: at most so many in any ``per`` seconds. ``burst``: no more requests than this at once, and
    evenly after that: at most ``burst`` in any ``per * burst / requests`` seconds; for providers that enforce sixty a
    minute as one a second. ``concurrency``: so many calls at once, each until its response has ended. ``learn``: heed
    what the provider says of its own limits; ``RateLimiter()`` does nothing else. None is no limit.

    Raises InvalidRequestError for options that make no sense.
    """

    def __init__(
        self,
        *,
        requests: int | None = None,
        tokens: int | None = None,
        per: float = 60.0,
        burst: int | None = None,
        concurrency: int | None = None,
        learn: bool = True,
    ) -> None:
        for name, value in (("requests", requests), ("tokens", tokens), ("burst", burst), ("concurrency", concurrency)):
            _check_whole(name, value)
        if not 0 < per < math.inf:
            raise InvalidRequestError(f"per is {per!r}; allowed are seconds above 0", field="per")
        if burst is not None and (requests is None or burst > requests):
            raise InvalidRequestError(f"burst is {burst!r}; allowed is an integer up to requests=", field="burst")
        if not learn and requests is None and tokens is None and concurrency is None:
            raise InvalidRequestError("nothing is limited: give requests=, tokens= or concurrency=", field="requests")
        self.requests = requests
        self.tokens = tokens
        self.per = per
        self.burst = burst
        self.concurrency = concurrency
        self.learn = learn
        self._guard = Guard()
        self._buckets: dict[Hashable, _Bucket] = {}
        self._sweep_at = 64

    def __repr__(self) -> str:
        given = [f"{name}={getattr(self, name)!r}" for name in ("requests", "tokens", "burst", "concurrency")]
        shown = [each for each in given if not each.endswith("None")]
        return f"RateLimiter({', '.join([*shown, f'per={self.per:g}'])})"

    async def acquire(self, cost: Cost = _ONE, *, key: Hashable = None, until: float | None = None) -> Permit:
        """Wait in line until all of the cost fits at once, and take it: see ``Limiter``."""
        with self._guard:
            bucket = self._buckets.get(key)
            if bucket is None:
                bucket = self._open(key)
            line = bucket.line
            now = line.now()
            if line.waiters:
                line.advance()
            if not line.waiters:
                permit = bucket.admit(cost, now)
                if permit is not None:
                    return permit
            self._refuse_excess(cost)
            if until is not None:
                due = bucket.forecast([*line.wishes(), cost], now)
                if due > until or until <= now:
                    raise _refusal(due - now)
            waiter = line.join(cost, until)
        admitted = await line.wait(waiter)
        if admitted is not None:
            return admitted
        with self._guard:
            now = line.now()
            due = bucket.forecast([*line.wishes(), cost], now)
        raise _refusal(due - now)

    def state(self, key: Hashable = None) -> LimiterState:
        """How things stand with a key, for showing and for tests."""
        with self._guard:
            bucket = self._buckets.get(key)
            if bucket is None:
                return LimiterState(0, 0, self.requests, self.tokens)
            now = bucket.line.now()
            left: list[float | None] = [None, None]
            for index, window in bucket.windows:
                window.fits(0, now)
                least, now_left = left[index], window.capacity - window.used
                left[index] = now_left if least is None else min(least, now_left)
            return LimiterState(bucket.in_flight, len(bucket.line), left[0], left[1])

    def _open(self, key: Hashable) -> _Bucket:
        """Make the bucket of a key, and now and then forget those that are as good as new."""
        if len(self._buckets) >= self._sweep_at:
            self._buckets = {each: bucket for each, bucket in self._buckets.items() if not bucket.idle()}
            self._sweep_at = max(64, 2 * len(self._buckets))
        bucket = self._buckets[key] = _Bucket(self, self._guard)
        return bucket

    def _refuse_excess(self, cost: Cost) -> None:
        most = (self.requests if self.burst is None else self.burst, self.tokens)
        for name, amount, allowed in zip(cost._fields, cost, most, strict=True):
            if allowed is not None and amount > allowed:
                error = RateLimitedError(f"a call of {amount} {name} never fits: the limit is {allowed}")
                error.retryable = False
                raise error


def _refusal(seconds: float) -> RateLimitedError:
    """The error for a call that would have to wait too long: for so long, or until calls end when it is 0."""
    if not seconds > 0:
        return RateLimitedError("too many calls at once, and none has ended within the time that this one may wait")
    error = RateLimitedError(f"the rate limit leaves room only in {seconds:.3g} s, later than this call may wait")
    error.retry_after = seconds + _ROUNDING
    return error


def _check_whole(name: str, value: Any) -> None:
    if value is not None and (type(value) is not int or value < 1):
        raise InvalidRequestError(f"{name} is {value!r}; allowed is an integer from 1, or None", field=name)
