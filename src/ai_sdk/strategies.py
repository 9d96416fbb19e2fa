"""Whom to ask first: the strategies of ``route``.

A strategy puts the contenders of a call into an order; the first one is asked, the others are its fallbacks. Contenders
that are equal to a strategy stand in a random order, so that not every caller runs to the same one.
"""

from __future__ import annotations

import math
import random
from collections.abc import Callable, Sequence
from hashlib import blake2b
from threading import Lock
from typing import TYPE_CHECKING, Any, NamedTuple, TypeAlias

from ai_sdk.errors import InvalidRequestError
from ai_sdk.load import Load, LoadStats
from ai_sdk.messages import SystemMessage, UserMessage
from ai_sdk.requests import LanguageRequest

if TYPE_CHECKING:
    from ai_sdk.failover import Target

__all__ = [
    "Asking",
    "Choose",
    "Contender",
    "Share",
    "SmoothWeighted",
    "Strategy",
    "by_cost",
    "by_latency",
    "by_session",
    "by_speed",
    "by_weight",
    "chosen_by",
    "fewest_pending",
    "in_order",
    "less_loaded_of_two",
    "prompt_prefix",
]


_PATIENCE = 30.0


class Contender:
    """A target of ``route`` with its statistics. ``dollars`` gives its price, infinite when nobody knows it."""

    __slots__ = ("dollars", "load", "name", "names", "target", "weight")

    def __init__(
        self,
        target: Target,
        load: Load,
        *,
        names: frozenset[str] = frozenset(),
        dollars: Callable[[], tuple[float, float]] = lambda: (math.inf, math.inf),
    ) -> None:
        self.target = target
        self.load = load
        self.name = load.name
        self.names = names
        self.weight = target.candidate.weight
        self.dollars = dollars

    def stats(self, now: float) -> LoadStats:
        """What is known of it now."""
        return self.load.stats(now, self.weight, self.target.candidate.price)

    def __repr__(self) -> str:
        return f"<contender {self.name}>"


class Asking(NamedTuple):
    """A call that is to be sent somewhere: its request, whose conversation it is, and the time."""

    request: Any
    session: str | None
    now: float


Strategy: TypeAlias = Callable[[Sequence[Contender], Asking], list[Contender]]
Choose: TypeAlias = Callable[[Any, Sequence[LoadStats]], "Sequence[str] | str"]


def in_order(contenders: Sequence[Contender], _asking: Asking) -> list[Contender]:
    """As they are listed."""
    return list(contenders)


class SmoothWeighted:
    """In turn, by weight: in every cycle, whose length is the sum of whole weights, each as often as its weight says.

    The turns of one contender are spread over the cycle. With ``equal``, all weights are 1. Fallbacks stand in the
    order in which their turns would come.
    """

    def __init__(self, *, equal: bool = False) -> None:
        self._equal = equal
        self._lock = Lock()
        self._credit: dict[str, float] = {}

    def __call__(self, contenders: Sequence[Contender], _asking: Asking) -> list[Contender]:
        """Take a turn."""
        with self._lock:
            credit = self._credit
            total = 0.0
            for each in contenders:
                weight = 1.0 if self._equal else each.weight
                credit[each.name] = credit.get(each.name, 0.0) + weight
                total += weight
            ranked = sorted(contenders, key=lambda each: (not (self._equal or each.weight), -credit[each.name]))
            if ranked:
                credit[ranked[0].name] -= total
            return ranked


def by_weight(rng: random.Random) -> Strategy:
    """At random, each with the probability that its weight says; the fallbacks are drawn from the rest likewise."""

    def rank(contenders: Sequence[Contender], _asking: Asking) -> list[Contender]:
        drawn = [(-math.log(1.0 - rng.random()) / each.weight if each.weight else math.inf) for each in contenders]
        return [contenders[at] for at in sorted(range(len(drawn)), key=drawn.__getitem__)]

    return rank


def _ascending(measure: Callable[[Contender, Asking], Any], rng: random.Random) -> Strategy:
    def rank(contenders: Sequence[Contender], asking: Asking) -> list[Contender]:
        ranks = [(measure(each, asking), rng.random(), each) for each in contenders]
        return [each for _, _, each in sorted(ranks, key=lambda rank: rank[:2])]

    return rank


def fewest_pending(rng: random.Random) -> Strategy:
    """The one with the fewest calls under way."""
    return _ascending(lambda each, _asking: each.load.pending, rng)


def by_cost(rng: random.Random) -> Strategy:
    """The one with the lowest price of input, then of output; one without a known price comes last."""
    return _ascending(lambda each, _asking: each.dollars(), rng)


def by_latency(rng: random.Random) -> Strategy:
    """The one whose first content comes soonest, however busy it is; who was slow is forgiven slowly."""
    return _ascending(lambda each, asking: each.load.latency.value(asking.now, _PATIENCE), rng)


def by_speed(rng: random.Random) -> Strategy:
    """The one with the most tokens a second. One that nobody has measured comes first, for one call at a time."""

    def speed(each: Contender, _asking: Asking) -> float:
        if each.load.speed is None:
            return -math.inf if each.load.pending == 0 else math.inf
        return -each.load.speed

    return _ascending(speed, rng)


def less_loaded_of_two(rng: random.Random) -> Strategy:
    """Of two different ones drawn at random the one of lower ``latency * (pending + 1)``; fallbacks by that measure."""
    by_load = _ascending(lambda each, asking: each.load.cost(asking.now), rng)

    def rank(contenders: Sequence[Contender], asking: Asking) -> list[Contender]:
        count = len(contenders)
        if count < 2:
            return list(contenders)
        at = rng.randrange(count)
        one, other = contenders[at], contenders[(at + rng.randrange(1, count)) % count]
        first = other if other.load.cost(asking.now) < one.load.cost(asking.now) else one
        return [first, *by_load([each for each in contenders if each is not first], asking)]

    return rank


def by_session(key: Callable[[Any], str | None] | None = None, otherwise: Strategy = in_order) -> Strategy:
    """The same one for the same conversation, for as long as it is there; others keep theirs when one comes or goes.

    The conversation is the call's ``session``, or what ``key`` makes of the request, by default ``prompt_prefix``.
    Where there is none, ``otherwise`` ranks. Weights are the shares of conversations.
    """

    def rank(contenders: Sequence[Contender], asking: Asking) -> list[Contender]:
        session = asking.session
        if session is None:
            session = (prompt_prefix if key is None else key)(asking.request)
        if session is None:
            return otherwise(contenders, asking)
        start = blake2b(f"{len(session)}:{session}".encode("utf-8", "surrogatepass"), digest_size=8)
        return sorted(contenders, key=lambda each: _distance(start.copy(), each))

    return rank


def _distance(start: blake2b, contender: Contender) -> float:
    """Exponential with the weight as its rate, so that each is nearest to its share of all conversations."""
    start.update(contender.name.encode("utf-8", "surrogatepass"))
    uniform = (int.from_bytes(start.digest(), "big") + 0.5) / 2**64
    return -math.log(uniform) / contender.weight if contender.weight else math.inf


def prompt_prefix(request: Any) -> str | None:
    """What all turns of one conversation begin with: tools, instructions and the first user message."""
    if not isinstance(request, LanguageRequest):
        return None
    words = [tool.name for tool in request.tools]
    for message in request.messages:
        if isinstance(message, SystemMessage):
            words.append(message.content)
        elif isinstance(message, UserMessage):
            words += [repr(getattr(part, "text", part)) for part in message.content]
            return "\n".join(words)
    return "\n".join(words)


def chosen_by(choose: Choose) -> Strategy:
    """What ``choose(request, stats)`` says: names in order, or one name. Those that it leaves out are not asked."""

    def rank(contenders: Sequence[Contender], asking: Asking) -> list[Contender]:
        by_name = {each.name: each for each in contenders}
        answer = choose(asking.request, tuple(each.stats(asking.now) for each in contenders))
        names = [answer] if isinstance(answer, str) else list(answer)
        for name in names:
            if name not in by_name:
                raise InvalidRequestError(f"strategy chose {name!r}; allowed: {', '.join(by_name)}", field="strategy")
        if not names:
            raise InvalidRequestError(f"strategy chose nobody; allowed: {', '.join(by_name)}", field="strategy")
        return [by_name[name] for name in dict.fromkeys(names)]

    return rank


class Share:
    """Every so many calls one: of the first ``n``, ``n * share`` rounded down, spread evenly."""

    __slots__ = ("_credit", "_lock", "share")

    def __init__(self, share: float, field: str) -> None:
        if not 0 <= share <= 1:
            raise InvalidRequestError(f"{field} is {share!r}; allowed is a share from 0 to 1", field=field)
        self.share = share
        self._lock = Lock()
        self._credit = 0.0

    def takes(self, session: str | None = None) -> bool:
        """Whether the next call is one of the share; all calls of a session are, or none."""
        if session is not None:
            digest = blake2b(session.encode("utf-8", "surrogatepass"), digest_size=8, person=b"canary").digest()
            return int.from_bytes(digest, "big") < self.share * 2**64
        with self._lock:
            self._credit += self.share
            if self._credit < 1.0 - 1e-9:
                return False
            self._credit -= 1.0
            return True
