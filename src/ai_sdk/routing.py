"""From the wishes of a call to the targets it is sent to: what ``route`` does before it asks anybody."""

from __future__ import annotations

import math
import random
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any, TypeVar, cast

from ai_sdk._frozen import EMPTY, FrozenDict
from ai_sdk.credentials import SecretKey
from ai_sdk.errors import InvalidRequestError
from ai_sdk.failover import Candidate, Target, secret_keys, targets_around
from ai_sdk.layer_options import own_options
from ai_sdk.load import RouteState, measured
from ai_sdk.model import Model, name_of
from ai_sdk.requests import changed
from ai_sdk.strategies import (
    Asking,
    Contender,
    Share,
    SmoothWeighted,
    Strategy,
    by_cost,
    by_latency,
    by_session,
    by_speed,
    by_weight,
    chosen_by,
    fewest_pending,
    in_order,
    less_loaded_of_two,
)

__all__ = ["Router", "Strategies", "Wish", "own_wish", "strategies"]

Req = TypeVar("Req")

_SORTS = ("cost", "ttft", "tps")
_WISHES = ("order", "only", "sort", "models", "session", "byok")


@dataclass(frozen=True, slots=True)
class Wish:
    """What one call wishes of ``route``; see there."""

    order: tuple[str, ...] = ()
    only: tuple[str, ...] = ()
    models: tuple[str, ...] = ()
    sort: str | None = None
    session: str | None = None
    byok: Mapping[str, tuple[SecretKey, ...]] = EMPTY

    @property
    def is_open(self) -> bool:
        """Whether it excludes and promotes nobody."""
        return not (self.order or self.only or self.models)

    @property
    def names(self) -> tuple[str, ...]:
        """All candidates that it speaks of."""
        return (*self.order, *self.only, *self.models)

    @classmethod
    def of(cls, options: Mapping[str, Any], where: str, usual: Wish | None = None) -> Wish:
        """The wish that options say, the usual one where they are silent. Raises InvalidRequestError for bad ones."""
        wish: dict[str, Any] = {} if usual is None else {name: getattr(usual, name) for name in _WISHES}
        for name, value in options.items():
            field = f"{where}{name}"
            if name == "byok":
                wish[name] = _byok(value, field)
            elif name == "sort":
                if value is not None and value not in _SORTS:
                    raise InvalidRequestError(f"{field} is {value!r}; allowed: {', '.join(_SORTS)}", field=field)
                wish[name] = value
            elif name == "session":
                if value is not None and not isinstance(value, str):
                    given = type(value).__name__
                    raise InvalidRequestError(f"{field} is a {given}; allowed is a string, or None", field=field)
                wish[name] = value
            else:
                wish[name] = _names(value, field)
        return cls(**wish)


def _names(value: Any, field: str) -> tuple[str, ...]:
    listed = cast("Sequence[Any]", value)
    if isinstance(value, str) or not isinstance(value, Sequence) or not all(isinstance(it, str) for it in listed):
        raise InvalidRequestError(f"{field} is {value!r:.80}; allowed is a list of names of candidates", field=field)
    return tuple(dict.fromkeys(cast("Sequence[str]", listed)))


def _byok(value: Any, field: str) -> Mapping[str, tuple[SecretKey, ...]]:
    if not isinstance(value, Mapping):
        raise InvalidRequestError(f"{field} is a {type(value).__name__}; allowed is a mapping", field=field)
    named = cast("Mapping[str, Any]", value)
    for name, keys in named.items():
        if isinstance(keys, str) or not all(isinstance(each, SecretKey) for each in keys):
            message = f"{field}[{name!r}] has something that is no SecretKey; a bare key would show in the request"
            raise InvalidRequestError(message, field=field)
    return {name: secret_keys(keys, field) for name, keys in named.items()}


def own_wish(request: Req, usual: Wish) -> tuple[Req, Wish]:
    """What ``layer_options["route"]`` of a request says, the usual wish when it says nothing; and the request without.

    A wish is for one ``route`` alone: its names mean nothing further inside, and its keys are nobody else's business.
    """
    options = own_options(request, "route", *_WISHES)
    if not options:
        return request, usual
    everything: Mapping[str, Any] = cast("Any", request).layer_options
    others = FrozenDict({name: value for name, value in everything.items() if name != "route"})
    return changed(request, layer_options=others), Wish.of(options, "layer_options.route.", usual)


@dataclass(slots=True)
class Strategies:
    """The ways to rank contenders; what they remember belongs to one wrapped model."""

    usual: Strategy
    measures_speed: bool
    needs_prices: bool
    sticky: Strategy
    sorts: Mapping[str, Strategy]


def strategies(
    strategy: object, key: Callable[[Any], str | None] | None, rng: random.Random
) -> Callable[[], Strategies]:
    """What makes the strategies of a wrapped model. Raises InvalidRequestError for a strategy that nobody knows."""
    sticky = by_session(key)
    named: dict[str, Callable[[], Strategy]] = {
        "order": lambda: in_order,
        "weighted": SmoothWeighted,
        "random": partial(by_weight, rng),
        "round-robin": partial(SmoothWeighted, equal=True),
        "least-busy": partial(fewest_pending, rng),
        "least-latency": partial(less_loaded_of_two, rng),
        "cheapest": partial(by_cost, rng),
        "sticky": lambda: sticky,
    }
    if not (callable(strategy) or (isinstance(strategy, str) and strategy in named)):
        raise InvalidRequestError(
            f"strategy is {strategy!r}; allowed: {', '.join(named)}, or a function", field="strategy"
        )
    if key is not None and not callable(key):
        raise InvalidRequestError(f"key is a {type(key).__name__}; allowed is a function of a request", field="key")
    sorts: dict[str, Strategy] = {"cost": by_cost(rng), "ttft": by_latency(rng), "tps": by_speed(rng)}

    def make() -> Strategies:
        usual = chosen_by(cast("Any", strategy)) if callable(strategy) else named[strategy]()
        return Strategies(usual, callable(strategy), strategy == "cheapest", sticky, sorts)

    return make


class Router:
    """The targets around one model, and the choice among them for each call."""

    def __init__(
        self,
        model: Model[Any, Any],
        candidates: Sequence[Candidate],
        canaries: Sequence[Candidate],
        ways: Strategies,
        share: Share,
        state: RouteState,
    ) -> None:
        self.state = state
        self._ways = ways
        self._share = share
        self._checked: set[type[Any]] = set()
        self._all: list[Contender] = []
        self._regular: list[Contender] = []
        self._canary: Contender | None = None
        targets = targets_around(model, candidates)
        extra = [target for target in targets_around(model, canaries) if target.candidate in canaries]
        taken: set[str] = set()
        for target in (*targets, *extra):
            contender = self._contender(target, taken)
            self._all.append(contender)
            if target in extra:
                self._canary = contender
            else:
                self._regular.append(contender)
        self._home = next(_serves(each.target) for each in self._all if each.target.candidate.model is None)
        self._known: frozenset[str] = frozenset[str]().union(*(each.names for each in self._all))
        if ways.measures_speed:
            state.measures_speed = True

    def _contender(self, target: Target, taken: set[str]) -> Contender:
        """A target with its statistics, under a name that no other target here has."""
        name, number = target.name, 1
        while name in taken:
            if target.candidate.name is not None:
                raise InvalidRequestError(f"two candidates are called {name!r}", field="name")
            number += 1
            name = f"{target.name} #{number}"
        taken.add(name)
        target.name = name
        load = self.state.load(name)
        target.ask = measured(target.ask, load, self.state, target.account)
        model = target.model
        words = {name, name_of(model), getattr(model, "provider", None), _serves(target)}
        return Contender(target, load, names=frozenset(word for word in words if isinstance(word, str)))

    def learn_prices(self, prices: object) -> None:
        """Take the prices; where the strategy is by price, look now whether they are there."""
        if not (prices is None or callable(prices) or isinstance(prices, Mapping)):
            given = type(prices).__name__
            raise InvalidRequestError(
                f"prices is a {given}; allowed are a mapping by name and a function of a model", field="prices"
            )
        for each in self._all:
            each.dollars = partial(_dollars, each.target, prices)
        if self._ways.needs_prices:
            for each in self._all:
                each.dollars()

    def check(self, request: Any) -> None:
        """Raise InvalidRequestError for a setting of a candidate that this kind of request does not take."""
        kind = cast("type[Any]", type(request))
        if kind not in self._checked:
            for each in self._all:
                each.target.check(request)
            self._checked.add(kind)

    def check_wish(self, wish: Wish) -> None:
        """Raise InvalidRequestError for a name that no candidate has; begin to measure what the wish needs."""
        for field in ("order", "only", "models", "byok"):
            for name in getattr(wish, field):
                if name not in self._known:
                    known = ", ".join(sorted(self._known))
                    raise InvalidRequestError(f"{field}: no candidate is called {name!r}; known: {known}", field=field)
        for name in wish.byok:
            for each in self._all:
                if name in each.names and each.target.account is None:
                    message = f"byok: nobody knows whose keys {name!r} needs, because it has no provider"
                    raise InvalidRequestError(message, field="byok")
        if wish.sort == "tps":
            self.state.measures_speed = True

    def targets(self, request: Any, wish: Wish) -> Iterator[Target]:
        """Whom to ask, one after the other; the choice is made now, and who rests when his turn comes is left out."""
        now = self.state.now()
        asked = self._allowed(wish)
        available = [each for each in asked if each.load.rests_until <= now]
        ranked = self._rank(available or asked, request, wish, now)
        return self._turns(ranked, wish, any_way=not available)

    def _allowed(self, wish: Wish) -> list[Contender]:
        """Who may be asked at all, as listed."""
        allowed = self._regular
        if wish.is_open:
            return allowed
        canary = self._canary
        if canary is not None and not canary.names.isdisjoint(wish.names):
            allowed = self._all
        if wish.only:
            allowed = [each for each in allowed if not each.names.isdisjoint(wish.only)]
        if wish.models:
            allowed = [each for each in allowed if self._group(each, wish) is not None]
        if not allowed:
            raise InvalidRequestError(f"nobody is left of {', '.join(sorted(self._known))}", field="only")
        return allowed

    def _group(self, contender: Contender, wish: Wish) -> int | None:
        """0 for who serves the wrapped model's own model, else the place in ``models``; None for nobody wished."""
        if _serves(contender.target) == self._home:
            return 0
        return next((at for at, name in enumerate(wish.models, start=1) if name in contender.names), None)

    def _rank(self, contenders: Sequence[Contender], request: Any, wish: Wish, now: float) -> list[Contender]:
        strategy = self._ways.usual
        if wish.sort is not None:
            strategy = self._ways.sorts[wish.sort]
        elif wish.session is not None:
            strategy = self._ways.sticky
        ranked = strategy(contenders, Asking(request, wish.session, now))
        if wish.order:
            ranked = _promoted(contenders, ranked, wish.order)
        if wish.models:
            return sorted(ranked, key=lambda each: cast("int", self._group(each, wish)))
        canary = self._canary
        if canary is None or wish.order or wish.only or wish.sort is not None:
            return ranked
        takes = self._share.takes(wish.session)
        return [canary, *ranked] if takes and canary.load.rests_until <= now else ranked

    def _turns(self, ranked: Sequence[Contender], wish: Wish, *, any_way: bool) -> Iterator[Target]:
        for number, each in enumerate(ranked):
            if number and not any_way and each.load.rests_until > self.state.now():
                continue
            name = next((name for name in wish.byok if name in each.names), None) if wish.byok else None
            yield each.target if name is None else each.target.with_keys(wish.byok[name])


def _serves(target: Target) -> str:
    model_id = getattr(target.model, "model_id", None)
    return target.candidate.serves or (model_id if isinstance(model_id, str) else "") or target.name


def _promoted(contenders: Sequence[Contender], ranked: Sequence[Contender], order: Sequence[str]) -> list[Contender]:
    """Those of ``order`` first; several of one name as they are ranked."""
    listed = [*ranked, *(each for each in contenders if each not in ranked)]
    first = [each for name in order for each in listed if name in each.names]
    return list(dict.fromkeys([*first, *ranked]))


def _dollars(target: Target, prices: Any) -> tuple[float, float]:
    """The price of a million tokens of input and of output; infinite when nobody knows it."""
    from ai_sdk.prices import Price, price_of

    price: Any = target.candidate.price
    if price is None:
        price = prices(target.model) if callable(prices) else price_of(target.model, prices)
    if price is None:
        return math.inf, math.inf
    if not isinstance(price, Price):
        return float(price), float(price)
    given = next((each for each in (price.input, price.request, price.image, price.second) if each is not None), None)
    return math.inf if given is None else float(given), math.inf if price.output is None else float(price.output)
