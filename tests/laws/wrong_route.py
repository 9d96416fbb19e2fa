"""Routes that are wrong in one way each. The laws of ``test_route`` and ``test_load`` must find them out."""

from __future__ import annotations

import asyncio
import math
import random
import sys
from collections.abc import Callable, Sequence
from contextlib import contextmanager
from hashlib import blake2b
from typing import TYPE_CHECKING, Any, TypeVar, cast

from ai_sdk import load, routing, strategies
from ai_sdk.ending import Ending
from ai_sdk.load import PeakEwma, RouteState, Trip
from ai_sdk.middleware.route import route
from ai_sdk.model import AnyLayer, Model, layer
from ai_sdk.response import ending_of, keep
from ai_sdk.strategies import Asking, Contender, SmoothWeighted, Strategy

if TYPE_CHECKING:
    from collections.abc import Generator

Req = TypeVar("Req")
Res = TypeVar("Res")


@contextmanager
def _instead(module: Any, **others: Any) -> Generator[None]:
    """Names of a module that mean something else for the length of a block."""
    before = {name: getattr(module, name) for name in others}
    for name, other in others.items():
        setattr(module, name, other)
    try:
        yield
    finally:
        for name, value in before.items():
            setattr(module, name, value)


def _made_with(module: Any, **others: Any) -> Callable[..., AnyLayer]:
    """A route that is made, and put around its model, while names of a module mean something else."""

    def make(*models: Any, **options: Any) -> AnyLayer:
        def wrong(model: Any, /) -> Any:
            with _instead(module, **others):
                return route(*models, **options)(model)

        return wrong

    return make


def _ranked_by(rank: Callable[[Sequence[Contender], Asking, random.Random], list[Contender]], name: str) -> Any:
    """A route whose strategy of this name ranks in another way."""

    def strategy(rng: random.Random) -> Strategy:
        return lambda some, asking: rank(some, asking, rng)

    return _made_with(routing, **{name: strategy})


def _equal_weights(some: Sequence[Contender], _asking: Asking, rng: random.Random) -> list[Contender]:
    return sorted(some, key=lambda _each: rng.random())


def _whole_weights(some: Sequence[Contender], _asking: Asking, rng: random.Random) -> list[Contender]:
    tickets = [each for each in some for _ in range(math.ceil(each.weight))]
    first = rng.choice(tickets)
    return [first, *(each for each in some if each is not first)]


ignores_weights = _ranked_by(_equal_weights, "by_weight")
"""Draws every candidate with the same probability."""

rounds_weights = _ranked_by(_whole_weights, "by_weight")
"""Makes whole numbers of the weights."""


class _AtRandom(SmoothWeighted):
    """Draws by weight instead of taking turns."""

    def __init__(self, *, equal: bool = False) -> None:
        super().__init__(equal=equal)
        self._rng = random.Random(7)

    def __call__(self, contenders: Sequence[Contender], _asking: Asking) -> list[Contender]:
        weights = [1.0 if self._equal else each.weight for each in contenders]
        first = self._rng.choices(contenders, weights)[0]
        return [first, *(each for each in contenders if each is not first)]


class _NoDebt(SmoothWeighted):
    """Takes one turn's credit from the winner, not the whole cycle's."""

    def __call__(self, contenders: Sequence[Contender], asking: Asking) -> list[Contender]:
        ranked = super().__call__(contenders, asking)
        self._credit[ranked[0].name] += sum(1.0 if self._equal else each.weight for each in contenders) - 1.0
        return ranked


class _InBursts(SmoothWeighted):
    """Gives one candidate all of its turns, then the next one."""

    def __init__(self, *, equal: bool = False) -> None:
        super().__init__(equal=equal)
        self._at = 0

    def __call__(self, contenders: Sequence[Contender], _asking: Asking) -> list[Contender]:
        turns = [each for each in contenders for _ in range(1 if self._equal else int(each.weight))]
        first = turns[self._at % len(turns)]
        self._at += 1
        return [first, *(each for each in contenders if each is not first)]


turns_at_random = _made_with(routing, SmoothWeighted=_AtRandom)
turns_without_debt = _made_with(routing, SmoothWeighted=_NoDebt)
turns_in_bursts = _made_with(routing, SmoothWeighted=_InBursts)


def _one_draw(some: Sequence[Contender], _asking: Asking, rng: random.Random) -> list[Contender]:
    return [rng.choice(some)]


def _two_draws(some: Sequence[Contender], asking: Asking, rng: random.Random) -> list[Contender]:
    return [min(rng.choice(some), rng.choice(some), key=lambda each: each.load.cost(asking.now))]


def _least_of_all(some: Sequence[Contender], asking: Asking, _rng: random.Random) -> list[Contender]:
    return sorted(some, key=lambda each: each.load.cost(asking.now))


def _larger_of_two(some: Sequence[Contender], asking: Asking, rng: random.Random) -> list[Contender]:
    return [max(rng.sample(list(some), 2), key=lambda each: each.load.cost(asking.now))]


one_choice = _ranked_by(_one_draw, "less_loaded_of_two")
"""Draws one candidate, whatever its load."""

two_choices_that_may_be_one = _ranked_by(_two_draws, "less_loaded_of_two")
"""Draws twice without seeing to it that two different ones come out."""

everybody_to_the_least = _ranked_by(_least_of_all, "less_loaded_of_two")
"""Sends every call to the one of the least load."""

more_loaded_of_two = _ranked_by(_larger_of_two, "less_loaded_of_two")
"""Takes the one of more load."""


class _Plain(PeakEwma):
    """Averages bad news in as slowly as good news."""

    def observe(self, seconds: float, now: float) -> None:
        old = self._estimate
        weight = self._weight(now)
        self._estimate = seconds if old is None else old * weight + seconds * (1.0 - weight)
        self._at = now


class _NeverForgets(PeakEwma):
    """Keeps the highest value."""

    def _weight(self, now: float, patience: float = 1.0) -> float:
        return 1.0


class _ForgetsByCount(PeakEwma):
    """Gives a new value the same weight however long ago the last one was."""

    def observe(self, seconds: float, now: float) -> None:
        old = self._estimate
        self._estimate = seconds if old is None else max(seconds, 0.5 * (old + seconds))
        self._at = now


class _UnknownIsFast(PeakEwma):
    """Takes who was never measured for the fastest."""

    def value(self, now: float, patience: float = 1.0) -> float:
        return 0.0 if self._estimate is None else super().value(now, patience)


plain_average = _made_with(load, PeakEwma=_Plain)
never_forgets = _made_with(load, PeakEwma=_NeverForgets)
forgets_by_count = _made_with(load, PeakEwma=_ForgetsByCount)
unknown_is_fast = _made_with(load, PeakEwma=_UnknownIsFast)


class _FailuresCount(Trip):
    """Takes a fast failure for a fast answer."""

    __slots__ = ()

    def release(self, ending: Ending, /) -> None:
        if not self._over and ending.how == "error" and self._begun is None:
            self.begun()
            super().release(Ending("closed"))
        super().release(ending)


class _FailuresAreNothing(Trip):
    """Learns nothing from a failure."""

    __slots__ = ()

    def release(self, ending: Ending, /) -> None:
        super().release(Ending("closed") if ending.how == "error" else ending)


class _EndsWithTheAwait(Trip):
    """Counts a call as over when its first content is here."""

    __slots__ = ()

    def begun(self) -> None:
        super().begun()
        self.release(Ending("end"))


class _LeaksErrors(Trip):
    """Forgets to give back what failed or was cancelled."""

    __slots__ = ()

    def release(self, ending: Ending, /) -> None:
        if ending.how not in ("error", "cancelled"):
            super().release(ending)


class _CountsTwice(Trip):
    """Gives back twice."""

    __slots__ = ()

    def release(self, ending: Ending, /) -> None:
        super().release(ending)
        if self._load.trips:
            self._load.trips.pop()


def _measuring_with(trip: type[Trip]) -> Callable[..., AnyLayer]:
    """A route that keeps its statistics by another kind of trip."""

    def measured(model: Any, its_load: Any, state: RouteState, account: Any = None) -> Any:
        async def call(request: Any) -> Any:
            it = trip(state, its_load, account)
            try:
                response = await model(request)
            except BaseException as error:
                it.release(ending_of(error))
                raise
            it.begun()
            keep(it, response)
            return response

        return call

    return _made_with(routing, measured=measured)


fast_failures = _measuring_with(_FailuresCount)
failures_are_nothing = _measuring_with(_FailuresAreNothing)
over_at_the_await = _measuring_with(_EndsWithTheAwait)
leaks_errors = _measuring_with(_LeaksErrors)
counts_twice = _measuring_with(_CountsTwice)


def _first_of_equals(some: Sequence[Contender], _asking: Asking, _rng: random.Random) -> list[Contender]:
    return sorted(some, key=lambda each: each.load.pending)


def _first_of_equally_cheap(some: Sequence[Contender], _asking: Asking, _rng: random.Random) -> list[Contender]:
    return sorted(some, key=lambda each: each.dollars())


herds_when_idle = _ranked_by(_first_of_equals, "fewest_pending")
"""Of equally busy ones always takes the first."""

herds_to_the_cheap = _ranked_by(_first_of_equally_cheap, "by_cost")
"""Of equally cheap ones always takes the first."""


def _hash(session: str) -> int:
    return int.from_bytes(blake2b(session.encode(), digest_size=8).digest(), "big")


def _by_remainder(_key: Any = None) -> Any:
    def rank(some: Sequence[Contender], asking: Asking) -> list[Contender]:
        at = _hash(asking.session or "") % len(some)
        return [*some[at:], *some[:at]]

    return rank


def _unsteady(_key: Any = None) -> Any:
    rng = random.Random(7)

    def rank(some: Sequence[Contender], _asking: Asking) -> list[Contender]:
        return sorted(some, key=lambda _each: rng.random())

    return rank


def _unweighted(_key: Any = None) -> Any:
    def rank(some: Sequence[Contender], asking: Asking) -> list[Contender]:
        return sorted(some, key=lambda each: _hash(f"{asking.session}/{each.name}"))

    return rank


sticky_by_remainder = _made_with(routing, by_session=_by_remainder)
"""Chooses by the hash modulo the number of candidates."""

not_sticky = _made_with(routing, by_session=_unsteady)
"""Chooses anew for every call."""

sticky_without_weights = _made_with(routing, by_session=_unweighted)
"""Gives every candidate the same share of the conversations."""


class _Ignoring(RouteState):
    """Does not know who rests."""

    __slots__ = ()

    def now(self) -> float:
        super().now()
        return math.inf


def asks_who_rests(*models: Any, state: RouteState | None = None, **options: Any) -> AnyLayer:
    """Asks candidates that rest or were taken out like any other."""
    given = state if state is not None else RouteState()
    given.__class__ = _Ignoring
    return route(*models, state=given, **options)


def refuses_when_all_rest(*models: Any, state: RouteState, **options: Any) -> AnyLayer:
    """Asks nobody when nobody is available."""

    @layer
    async def wrong(request: Req, call: Model[Req, Res]) -> Res:
        if not any(each.available for each in state.stats().values()):
            raise ConnectionRefusedError("nobody is available")
        return await call(request)

    def make(model: Any, /) -> Any:
        return wrong(route(*models, state=state, **options)(model))

    return make


class _ShortRest(Trip):
    """Lets a candidate rest half as long as it asked for."""

    __slots__ = ()

    def _count(self, now: float, failed: bool, rest: float, unheard: bool, speed: float | None) -> None:
        super()._count(now, failed, rest / 2, unheard, speed)


rests_too_short = _measuring_with(_ShortRest)


def waits_for_the_shadow(*models: Any, shadow: Any, **options: Any) -> AnyLayer:
    """Makes the copy of the call first, in the caller's own task."""

    @layer
    async def wrong(request: Req, call: Model[Req, Res]) -> Res:
        await shadow(request)
        return await call(request)

    return _outside(wrong, models, options)


def cancels_the_shadow(*models: Any, shadow: Any, **options: Any) -> AnyLayer:
    """Ends the copy with the call."""

    @layer
    async def wrong(request: Req, call: Model[Req, Res]) -> Res:
        task = asyncio.get_running_loop().create_task(shadow(request))
        try:
            return await call(request)
        finally:
            task.cancel()

    return _outside(wrong, models, options)


def shadows_without_limit(*models: Any, shadow_limit: int, **options: Any) -> AnyLayer:
    """Makes as many copies as there are calls."""
    del shadow_limit
    return route(*models, shadow_limit=10_000, **options)


def records_the_shadow(*models: Any, shadow: Any, **options: Any) -> AnyLayer:
    """Reports the copy's attempt as one of the call."""
    running: set[Any] = set()

    @layer
    async def wrong(request: Req, call: Model[Req, Res]) -> Res:
        task = asyncio.get_running_loop().create_task(_quietly(shadow(request)))
        running.add(task)
        task.add_done_callback(running.discard)
        return await call(request)

    return _outside(wrong, models, options)


async def _quietly(call: Any) -> None:
    try:
        response = await call
        await response.result()
    except Exception:
        return


def _outside(wrong: Any, models: Sequence[Any], options: dict[str, Any]) -> AnyLayer:
    options = {name: value for name, value in options.items() if not name.startswith("shadow")}

    def make(model: Any, /) -> Any:
        return wrong(route(*models, **options)(model) if models else model)

    return cast("AnyLayer", make)


class _Drawn(strategies.Share):
    """Draws who is one of the share."""

    __slots__ = ()
    rng = random.Random(7)

    def takes(self, session: str | None = None) -> bool:
        return self.rng.random() < self.share


def canary_by_chance(*models: Any, **options: Any) -> AnyLayer:
    """Gives the canary its share on the average, and a conversation now to it and now not."""
    return _made_with(sys.modules[route.__module__], Share=_Drawn)(*models, **options)


def everybody_is_a_fallback(
    *models: Any, only: Sequence[str] = (), order: Sequence[str] = (), **options: Any
) -> AnyLayer:
    """Takes ``only`` for who is asked first."""
    return route(*models, order=[*order, *only], **options)


def order_excludes(*models: Any, order: Sequence[str] = (), only: Sequence[str] = (), **options: Any) -> AnyLayer:
    """Takes ``order`` for all who may be asked."""
    if order and only:
        return route(*models, order=order, only=[name for name in order if name in only], **options)
    return route(*models, order=order, only=order or only, **options)


def models_for_everybody(*models: Any, order: Sequence[str] = (), **options: Any) -> AnyLayer:
    """Takes ``models`` for an order of the candidates."""
    return route(*models, order=[*options.pop("models", ()), *order], **options)
