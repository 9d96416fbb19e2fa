"""How busy, fast and healthy models are: what ``route`` chooses by, and may share between models.

``RouteState`` keeps the statistics of targets by their names. It serves several event loops and threads at once, and a
response that is dropped may tell it so from a finaliser. Time is the running loop's; where loops disagree the latest
time seen counts.
"""

from __future__ import annotations

import asyncio
import math
from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any, TypeVar

from ai_sdk.credentials import overriding_key
from ai_sdk.ending import Ending
from ai_sdk.errors import AllModelsFailedError, InvalidRequestError, OverloadedError, RateLimitError
from ai_sdk.failover import OF_THE_KEY, is_overlong, moves_on
from ai_sdk.guard import Guard
from ai_sdk.model import Model
from ai_sdk.response import Live, ending_of

if TYPE_CHECKING:
    from ai_sdk.credentials import Account

__all__ = ["Load", "LoadStats", "PeakEwma", "RouteState", "measured"]

Req = TypeVar("Req")
Res = TypeVar("Res")

_NOT_NOTHING = 1e-6
_SPEED_WEIGHT = 0.3


class PeakEwma:
    """A moving average of seconds that forgets good news slowly and believes bad news at once.

    A value above the estimate becomes the estimate. One below it is averaged in, with the weight that the time since
    the last value has: the old estimate's weight is ``exp(-elapsed / decay)``. By the same weight the estimate falls
    while nothing is heard, so that a slow target is tried again. Before the first value it is ``unknown``.
    """

    __slots__ = ("_at", "_decay", "_estimate", "_unknown")

    def __init__(self, decay: float, unknown: float) -> None:
        self._decay = decay
        self._unknown = unknown
        self._estimate: float | None = None
        self._at = 0.0

    def observe(self, seconds: float, now: float) -> None:
        """Take in a value."""
        old = self._estimate
        if old is None or seconds > old:
            self._estimate = seconds
        else:
            weight = self._weight(now)
            self._estimate = old * weight + seconds * (1.0 - weight)
        self._at = max(now, self._at)

    def at_least(self, seconds: float, now: float) -> None:
        """Hear that a value is not below this; that says nothing unless the estimate is lower."""
        if seconds > self.value(now):
            self.observe(seconds, now)

    def value(self, now: float, patience: float = 1.0) -> float:
        """The estimate in seconds, always above 0; ``patience``: how many times as slowly it falls while unheard."""
        if self._estimate is None:
            return self._unknown
        return max(_NOT_NOTHING, self._estimate * self._weight(now, patience))

    def _weight(self, now: float, patience: float = 1.0) -> float:
        return math.exp(-max(0.0, now - self._at) / (self._decay * patience))


@dataclass(frozen=True, slots=True, kw_only=True)
class LoadStats:
    """What is known of one target.

    ``pending``: calls whose response has not ended. ``latency``: seconds to the first content, a ``PeakEwma``;
    ``cost`` is ``latency * (pending + 1)``. ``tokens_per_second`` of output after the first content, None while nobody
    has measured it. ``calls`` and ``failures`` count calls that have ended. ``available``: not resting and not taken
    out; ``resting`` is for how many seconds more, ``inf`` for one that was taken out. ``weight`` and ``price`` are
    those of the candidate.
    """

    name: str
    pending: int = 0
    latency: float = 0.0
    tokens_per_second: float | None = None
    calls: int = 0
    failures: int = 0
    available: bool = True
    resting: float = 0.0
    weight: float = 1.0
    price: Any = None

    @property
    def cost(self) -> float:
        """The latency that one more call may expect: ``latency * (pending + 1)``."""
        return self.latency * (self.pending + 1)


class Load:
    """The statistics of one target. They change under the guard of their ``RouteState``; ``trips`` alone needs none."""

    __slots__ = ("calls", "failures", "latency", "name", "rests_until", "speed", "trips")

    def __init__(self, name: str, latency: PeakEwma) -> None:
        self.name = name
        self.latency = latency
        self.speed: float | None = None
        self.calls = self.failures = 0
        self.rests_until = -math.inf
        self.trips: deque[None] = deque()

    @property
    def pending(self) -> int:
        """How many calls have not ended."""
        return len(self.trips)

    def cost(self, now: float) -> float:
        """The latency that one more call may expect."""
        return self.latency.value(now) * (len(self.trips) + 1)

    def stats(self, now: float, weight: float = 1.0, price: Any = None) -> LoadStats:
        """What is known now."""
        return LoadStats(
            name=self.name, pending=self.pending, latency=self.latency.value(now), tokens_per_second=self.speed,
            calls=self.calls, failures=self.failures, available=self.rests_until <= now,
            resting=max(0.0, self.rests_until - now), weight=weight, price=price,
        )  # fmt: skip


class RouteState:
    """Statistics of targets by name. Give one to several ``route(state=...)`` and they know what each of them has seen.

    ``decay``: after how many seconds without news a latency counts a third (``1/e``). ``unknown``: the latency in
    seconds of a target that nobody has measured yet, so that not all calls run to a new one. ``failure``: what a failed
    call counts as, unless it took longer: a target that fails fast must not look fast.
    """

    __slots__ = ("_guard", "_latest", "_loads", "decay", "failure", "measures_speed", "unknown")

    def __init__(self, *, decay: float = 10.0, unknown: float = 1.0, failure: float = 30.0) -> None:
        for name, seconds in (("decay", decay), ("unknown", unknown), ("failure", failure)):
            if not 0 < seconds < math.inf:
                raise InvalidRequestError(f"{name} is {seconds!r}; allowed are seconds above 0", field=name)
        self.decay = decay
        self.unknown = unknown
        self.failure = failure
        self.measures_speed = False
        self._latest = -math.inf
        self._guard = Guard()
        self._loads: dict[str, Load] = {}

    def load(self, name: str) -> Load:
        """The statistics of the target of this name, new ones if there are none."""
        with self._guard:
            load = self._loads.get(name)
            if load is None:
                load = self._loads[name] = Load(name, PeakEwma(self.decay, self.unknown))
            return load

    def stats(self) -> Mapping[str, LoadStats]:
        """What is known now, by name."""
        with self._guard:
            now = self.now()
            return {name: load.stats(now) for name, load in self._loads.items()}

    def take_out(self, name: str) -> None:
        """Send nothing to this target any more, unless no other is available."""
        load = self._known(name)
        with self._guard:
            load.rests_until = math.inf

    def put_back(self, name: str) -> None:
        """Use this target again, also one that is resting."""
        load = self._known(name)
        with self._guard:
            load.rests_until = -math.inf

    def seen(self, now: float) -> float:
        """The time that the statistics go by, when a loop says that it is ``now``."""
        if now > self._latest:
            self._latest = now
        return self._latest

    def now(self) -> float:
        """The time that the statistics go by."""
        try:
            return self.seen(asyncio.get_running_loop().time())
        except RuntimeError:
            return self._latest

    def _known(self, name: str) -> Load:
        load = self._loads.get(name)
        if load is None:
            known = ", ".join(sorted(self._loads)) or "none yet"
            raise InvalidRequestError(f"no target is called {name!r}; known: {known}", field="name")
        return load

    def __repr__(self) -> str:
        return f"RouteState({', '.join(self._loads)})"


class Trip:
    """One call to one target; it is held until the response has ended."""

    __slots__ = ("_account", "_begun", "_load", "_loop", "_over", "_started", "_state")

    def __init__(self, state: RouteState, load: Load, account: Account | None) -> None:
        self._state = state
        self._load = load
        self._account = account
        self._loop = asyncio.get_running_loop()
        self._started = self._loop.time()
        self._begun: float | None = None
        self._over = False
        load.trips.append(None)

    def begun(self) -> None:
        """The first content is here."""
        self._begun = now = self._loop.time()
        state = self._state
        with state._guard:
            self._load.latency.observe(now - self._started, state.seen(now))

    def release(self, ending: Ending, /) -> None:
        """The call is over; every call after the first does nothing."""
        if self._over:
            return
        self._over = True
        self._load.trips.pop()
        now = self._loop.time()
        failure = ending.error if ending.how == "error" and self._blames(ending.error) else None
        unheard = ending.how == "cancelled" and self._begun is None
        rest = 0.0 if failure is None else _asked_rest(failure)
        speed = self._speed(ending, now) if self._state.measures_speed else None
        self._state._guard.soon(partial(self._count, now, failure is not None, rest, unheard, speed))

    def _blames(self, error: BaseException | None) -> bool:
        """Whether an error is the target's own: not the caller's, and not that of a key that was lent to it."""
        if not isinstance(error, Exception) or not moves_on(error) or is_overlong(error):
            return False
        account = self._account
        if account is None or not isinstance(error, OF_THE_KEY):
            return True
        return overriding_key(account.provider, account.base_url, account._own) is None

    def _speed(self, ending: Ending, now: float) -> float | None:
        """Tokens a second since the first content; of an answer that came all at once, since the request."""
        if ending.how != "end" or self._begun is None:
            return None
        tokens = getattr(getattr(ending.result(), "usage", None), "output_tokens", None)
        seconds = now - self._begun or now - self._started
        return tokens / max(seconds, _NOT_NOTHING) if tokens else None

    def _count(self, now: float, failed: bool, rest: float, unheard: bool, speed: float | None) -> None:
        load, state = self._load, self._state
        took = now - self._started
        now = state.seen(now)
        load.calls += 1
        if failed:
            load.failures += 1
            load.latency.observe(max(state.failure, took), now)
            if rest:
                load.rests_until = max(load.rests_until, now + rest)
        elif unheard:
            load.latency.at_least(took, now)
        if speed is not None:
            load.speed = speed if load.speed is None else load.speed + _SPEED_WEIGHT * (speed - load.speed)


def _asked_rest(error: BaseException) -> float:
    """For how many seconds an overloaded provider, or one whose limit is reached, asked to be left alone."""
    if isinstance(error, AllModelsFailedError):
        return min(map(_asked_rest, error.exceptions), default=0.0)
    seconds = error.retry_after if isinstance(error, RateLimitError | OverloadedError) else None
    return seconds if seconds is not None and 0 < seconds < math.inf else 0.0


def measured(model: Model[Req, Res], load: Load, state: RouteState, account: Account | None = None) -> Model[Req, Res]:
    """The model, telling ``state`` of its calls; a call counts as pending until its response has ended."""

    async def call(request: Req, /) -> Res:
        trip = Trip(state, load, account)
        try:
            response = await model(request)
        except BaseException as error:
            trip.release(ending_of(error))
            raise
        trip.begun()
        if isinstance(response, Live):
            response.keep(trip)
        else:
            trip.release(Ending("end", None, lambda: response))
        return response

    return call
