"""Choose the model for each call: by an order, by weight, load, speed or price, or by conversation.

The law: a call is asked of the first model that the strategy names, and of the next one only when that fails before its
first content, as with ``fallback`` (``ai_sdk.failover``): each at most once, each with its own candidate's settings. A
model that rests, because it answered that it is overloaded and when to come back, or that was taken out, is not asked,
unless that is so of all that may be asked: then the strategy chooses among all. A call counts as pending until its
response has ended, however it ends. What was asked is in the record of the call; a shadow's call is not.

The strategies: ``order`` as listed. ``weighted`` in turn, in every cycle exactly as often as the weights say;
``round-robin`` the same with equal weights; ``random`` by weight. ``least-busy``: fewest calls pending.
``least-latency``: of two drawn at random the one of less ``latency * (pending + 1)`` (``ai_sdk.load.PeakEwma``; a
failure counts as slow). ``cheapest``. ``sticky``: the same for the same conversation, by weight, while it is available.
Or a function ``choose(request, stats)`` of the request and the ``LoadStats`` of the available candidates, that gives a
name or names in order; whom it leaves out is not asked. The candidates after the first one are its fallbacks, in the
strategy's order. Equal ones stand in a random order.

The wishes are those of hosted gateways. ``only``: nobody else is asked. ``order``: these first, the others after them.
``sort``: instead of the strategy, by ``cost`` (price of input), ``ttft`` (time to the first content) or ``tps`` (output
tokens a second). ``models``: first the candidates that serve what the wrapped model serves (``Candidate(serves=...)``),
then those of each of these, nobody else. Candidates are called by their name, by ``provider:model_id``, by provider
(all of that provider) or by what they serve. ``layer_options["route"]`` has the wishes of one call, and besides
``session``, the conversation to be sticky by, and ``byok``, API keys to try before a candidate's own:
``{"groq": [SecretKey("...", "tenant 7")]}``. They are taken out of the request that goes further in.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal, TypeVar

from ai_sdk.errors import InvalidRequestError
from ai_sdk.failover import Candidate, Judge, MoveOn, ask_in_turn
from ai_sdk.load import LoadStats, RouteState
from ai_sdk.model import AnyLayer, Model, layer
from ai_sdk.routing import Router, Wish, own_wish, strategies
from ai_sdk.shadow import Shadow
from ai_sdk.strategies import Choose, Share

if TYPE_CHECKING:
    from ai_sdk.prices import Price

__all__ = ["Candidate", "LoadStats", "RouteState", "route"]

Req = TypeVar("Req")
Res = TypeVar("Res")
StrategyName = Literal[
    "order", "weighted", "random", "round-robin", "least-busy", "least-latency", "cheapest", "sticky"
]


def route(
    *others: Model[Any, Any] | Candidate,
    strategy: StrategyName | Choose = "order",
    sort: Literal["cost", "ttft", "tps"] | None = None,
    order: Sequence[str] = (),
    only: Sequence[str] = (),
    models: Sequence[str] = (),
    key: Callable[[Any], str | None] | None = None,
    prices: Mapping[str, Price] | Callable[[Any], Price | float | None] | None = None,
    canary: Model[Any, Any] | Candidate | None = None,
    canary_share: float = 0.05,
    shadow: Model[Any, Any] | None = None,
    shadow_share: float = 1.0,
    shadow_limit: int = 10,
    state: RouteState | None = None,
    on: MoveOn | None = None,
    rng: random.Random | None = None,
) -> AnyLayer:
    """Choose among the wrapped model, which is the first candidate, and ``others`` of the same kind.

    A ``Candidate`` has a name, a weight, a price and settings of its own; one without a model describes the wrapped
    one: ``route(Candidate(weight=3), Candidate(other, weight=1), strategy="weighted")``.
    ``strategy``, ``sort``, ``order``, ``only``, ``models``: see the module's words.
    ``key``: whose conversation a request is of, for ``sticky``; by default its tools, instructions and first user
    message say so, which is also what providers cache prompts by. A request without a key goes by the listed order.
    ``prices``: by name, or a function of a model; else from the price package. A candidate's own goes first.
    ``canary``: gets this share of the calls first, all calls of a ``session`` or none; it is nobody's fallback.
    ``shadow``: gets a copy of this share of the calls, at most ``shadow_limit`` at once; its answers are thrown away,
    its errors go to the loop's exception handler. See ``ai_sdk.shadow``.
    ``state``: share a ``RouteState`` between models. ``on``: as for ``fallback``.

    Reports ``fell-over`` (detail: ``FellOver``) and ``shadowed`` (detail: the name). When all fail,
    AllModelsFailedError has their errors in order; the error of a single model is raised itself. Raises
    InvalidRequestError for bad options and wishes, MissingExtraError where a price is needed and not known.
    """
    candidates = tuple(map(Candidate.of, others))
    beside = _Beside(canary, canary_share, shadow, shadow_share, shadow_limit)
    if not any(each.model is not None for each in candidates) and canary is None and shadow is None:
        raise InvalidRequestError("route has no other model to choose; give at least one", field="others")
    usual = Wish.of({"order": order, "only": only, "sort": sort, "models": models}, "")
    ways, judge = strategies(strategy, key, rng or random.Random()), Judge(on)

    def route(model: Model[Req, Res], /) -> Model[Req, Res]:
        its_state = RouteState() if state is None else state
        router = Router(model, candidates, beside.canaries, ways(), Share(canary_share, "canary_share"), its_state)
        router.learn_prices(prices)
        router.check_wish(usual)
        return _around(router, usual, judge, beside)(model)

    return route


@dataclass(frozen=True, slots=True)
class _Beside:
    """Who gets calls besides the candidates."""

    canary: Model[Any, Any] | Candidate | None
    canary_share: float
    shadow: Model[Any, Any] | None
    shadow_share: float
    shadow_limit: int

    def __post_init__(self) -> None:
        if any(each.model is None for each in self.canaries):
            raise InvalidRequestError("the canary has no model", field="canary")
        Share(self.canary_share, "canary_share")
        self.shadowing()

    @property
    def canaries(self) -> tuple[Candidate, ...]:
        """The canary, if there is one."""
        return () if self.canary is None else (Candidate.of(self.canary),)

    def shadowing(self) -> Callable[[Any], None] | None:
        """What sends a request to the shadow when its turn has come; None without a shadow."""
        share = Share(self.shadow_share, "shadow_share")
        if self.shadow is None:
            return None
        send = Shadow(self.shadow, self.shadow_limit).send
        return lambda request: send(request) if share.takes() else None


def _around(router: Router, usual: Wish, judge: Judge, beside: _Beside) -> AnyLayer:
    shadow = beside.shadowing()

    @layer
    async def route(request: Req, call: Model[Req, Res]) -> Res:
        wish = usual
        if getattr(request, "layer_options", None):
            request, wish = own_wish(request, usual)
            if wish is not usual:
                router.check_wish(wish)
        router.check(request)
        targets = router.targets(request, wish)
        if shadow is not None:
            shadow(request)
        answer: Res = await ask_in_turn(targets, request, judge)
        return answer

    return route
