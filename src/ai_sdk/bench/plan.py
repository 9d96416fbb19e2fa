"""What to measure: how many requests, at which load, how long; what may never be exceeded; and the schedule of it."""

from __future__ import annotations

import math
import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from typing import Any, Literal, TypeAlias, cast

from ai_sdk.errors import InvalidRequestError

__all__ = ["Arrivals", "Block", "Load", "Plan", "Shot", "arrival_times", "blocks", "frozen", "plain"]

Arrivals: TypeAlias = Literal["poisson", "fixed"]


@dataclass(frozen=True, slots=True)
class Load:
    """How the requests of a block come.

    Closed loop: ``concurrency`` callers, each of whom sends its next request when the last one is answered. Open loop:
    ``rate`` requests a second, whatever becomes of those before them.
    """

    concurrency: int | None = None
    rate: float | None = None

    @property
    def label(self) -> str:
        """``4 at once`` or ``2.5 a second``."""
        return f"{self.rate:g} a second" if self.rate is not None else f"{self.concurrency} at once"


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """A run.

    ``requests``: how many are sent to each model at most, warm-up included; a hard limit, also over resumed runs. They
    are spread evenly over ``rounds`` and loads; in each round the models take turns, in an order of the ``seed``.
    ``warm_up``: the first of them, sent at once and left out of every figure. ``concurrency``: the loads of the closed
    loop; when only ``rate`` is given, there are none. ``rate``: the loads of the open loop, in requests a second;
    ``arrivals``: ``poisson`` or ``fixed`` distances between them. ``prompt_tokens`` and ``output_tokens``: about how
    long a prompt is, and how long an answer may be. ``max_cost``: US dollars that all requests together may cost at
    most; needs a known price of every model. ``timeout``: seconds for one request.

    Raises ``InvalidRequestError`` for what makes no sense.
    """

    requests: int = 30
    concurrency: tuple[int, ...] | None = None
    rate: tuple[float, ...] = ()
    arrivals: Arrivals = "poisson"
    rounds: int = 3
    warm_up: int = 1
    prompt_tokens: int = 200
    output_tokens: int = 128
    max_cost: float | None = None
    timeout: float = 120.0
    seed: int = 0

    def __post_init__(self) -> None:
        object.__setattr__(self, "rate", tuple(self.rate))
        chosen = self.concurrency if self.concurrency is not None else () if self.rate else (1,)
        object.__setattr__(self, "concurrency", tuple(chosen))
        for name in ("requests", "rounds", "output_tokens"):
            _whole(name, getattr(self, name), 1)
        for name, least in (("warm_up", 0), ("prompt_tokens", 1), ("seed", 0)):
            _whole(name, getattr(self, name), least)
        for callers in self.concurrency or ():
            _whole("concurrency", callers, 1)
        for each in self.rate:
            _number("rate", each, positive=True)
        _number("timeout", self.timeout, positive=True)
        if self.max_cost is not None:
            _number("max_cost", self.max_cost, positive=False)
        if self.arrivals not in ("poisson", "fixed"):
            raise InvalidRequestError(f"arrivals is {self.arrivals!r}; allowed are poisson and fixed", field="arrivals")
        _no_doubles("concurrency", self.concurrency or ())
        _no_doubles("rate", self.rate)
        if not self.loads:
            raise InvalidRequestError("there is no load: give concurrency= or rate=", field="concurrency")
        if self.requests < self.warm_up + len(self.loads):
            raise InvalidRequestError(
                f"requests is {self.requests}; with {self.warm_up} to warm up and {len(self.loads)} loads it must be"
                f" {self.warm_up + len(self.loads)} or more",
                field="requests",
            )

    @property
    def loads(self) -> tuple[Load, ...]:
        """The loads, closed ones first."""
        return (*(Load(each) for each in self.concurrency or ()), *(Load(rate=each) for each in self.rate))

    def to_dict(self) -> dict[str, Any]:
        """As plain data."""
        return plain({each.name: getattr(self, each.name) for each in fields(self)})

    @classmethod
    def from_dict(cls, data: Mapping[str, Any], /) -> Plan:
        """From plain data; a field that it lacks has its default, and one that nobody knows is an error."""
        known = {each.name for each in fields(cls)}
        unknown = sorted(set(data) - known)
        if unknown:
            raise InvalidRequestError(f"a plan has no {', '.join(unknown)}; it has {', '.join(sorted(known))}")
        return cls(**frozen(data))


def plain(data: Mapping[str, Any]) -> dict[str, Any]:
    """With lists for tuples, as JSON has them."""
    return {name: list(cast("Any", value)) if isinstance(value, tuple) else value for name, value in data.items()}


def frozen(data: Mapping[str, Any]) -> dict[str, Any]:
    """With tuples for lists."""
    return {name: tuple(cast("Any", value)) if isinstance(value, list) else value for name, value in data.items()}


def _whole(name: str, value: Any, least: int) -> None:
    if type(value) is not int or value < least:
        raise InvalidRequestError(f"{name} is {value!r}; allowed are whole numbers from {least}", field=name)


def _number(name: str, value: Any, *, positive: bool) -> None:
    good = isinstance(value, int | float) and not isinstance(value, bool) and 0 <= value < math.inf
    if not good or (positive and value == 0):
        raise InvalidRequestError(
            f"{name} is {value!r}; allowed are numbers {'above' if positive else 'from'} 0", field=name
        )


def _no_doubles(name: str, values: Sequence[float]) -> None:
    if len(set(values)) != len(values):
        raise InvalidRequestError(f"{name} has {list(values)}; each may stand there once", field=name)


@dataclass(frozen=True, slots=True)
class Shot:
    """One planned request. ``id`` counts over the whole plan and names the request in a journal."""

    id: int
    model: str
    load: Load
    round: int
    warm_up: bool = False


@dataclass(frozen=True, slots=True)
class Block:
    """Requests to one model under one load, sent together; ``at`` is when each starts, in an open loop."""

    model: str
    load: Load
    round: int
    shots: tuple[Shot, ...]
    at: tuple[float, ...] = ()


def blocks(plan: Plan, models: Sequence[str]) -> list[Block]:
    """The whole schedule, the same for the same plan and models: warm-ups, then the rounds.

    No model has more than ``plan.requests`` shots, and in one round and load all have as many.
    """
    made: list[Block] = []
    count = 0

    def block(model: str, load: Load, number: int, size: int) -> None:
        nonlocal count
        shots = tuple(Shot(count + at, model, load, number, warm_up=number == 0) for at in range(size))
        count += size
        seed = f"{plan.seed}/{model}/{load.label}/{number}"
        at = arrival_times(plan.arrivals, load.rate, size, seed) if load.rate is not None else ()
        made.append(Block(model, load, number, shots, at))

    if plan.warm_up:
        for model in models:
            block(model, Load(plan.warm_up), 0, plan.warm_up)
    sizes = iter(_spread(plan.requests - plan.warm_up, plan.rounds * len(plan.loads)))
    order = random.Random(f"{plan.seed}/order")
    for number in range(1, plan.rounds + 1):
        for load in plan.loads:
            size = next(sizes)
            if size:
                for model in order.sample(list(models), len(models)):
                    block(model, load, number, size)
    return made


def _spread(total: int, cells: int) -> list[int]:
    """As evenly as whole numbers can be, the larger ones first."""
    least, more = divmod(total, cells)
    return [least + (at < more) for at in range(cells)]


def arrival_times(arrivals: Arrivals, rate: float, count: int, seed: str) -> tuple[float, ...]:
    """Seconds from the start of a block to the start of each of its requests; the first one starts at 0.

    ``fixed``: all ``1 / rate`` apart. ``poisson``: exponential distances of this mean.
    """
    if arrivals == "fixed":
        return tuple(at / rate for at in range(count))
    draw = random.Random(seed)
    times = [0.0]
    while len(times) < count:
        times.append(times[-1] + draw.expovariate(rate))
    return tuple(times[:count])
