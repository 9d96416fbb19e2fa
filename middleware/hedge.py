"""Ask a second time when the first answer is late.

The law: when a call has not begun to answer ``delay`` seconds after it was made, the same model or another one is asked
as well, and whose first content is here first is the response. All others are cancelled, closed and awaited before the
``await`` returns, and nobody sees a part of theirs. A call that fails starts the next one at once. No more than
``1 + max_hedges`` calls are made for one, and over time no more than ``1 + max_extra`` calls a call. What the others
cost is in the record: their attempts end as ``cancelled``.

The first call runs in the caller's own task, so a call that is not late costs a timer and no task; a live response of
it is handed on as it is. Only the later ones are flights (``ai_sdk.flight``).
"""

from __future__ import annotations

import math
from bisect import bisect_left, insort
from collections import deque
from collections.abc import Callable
from threading import Lock
from typing import Any, TypeVar

from ai_sdk.errors import APIError, InvalidRequestError, LayerError, RateLimitError
from ai_sdk.layer_options import own_options
from ai_sdk.model import AnyLayer, Model, layer, recorded
from ai_sdk.racing import Race
from ai_sdk.requests import LanguageRequest, ProviderTool
from ai_sdk.retry_budget import RetryBudget, is_replayable, is_transient

__all__ = ["hedge"]

Req = TypeVar("Req")
Res = TypeVar("Res")

_SAMPLES = 256


def hedge(
    *others: Model[Any, Any],
    delay: float | None = None,
    percentile: float = 0.95,
    min_samples: int = 20,
    max_hedges: int = 1,
    max_extra: float = 0.05,
    budget: RetryBudget | None = None,
    idempotent: bool | Callable[[Any], bool] | None = None,
) -> AnyLayer:
    """Ask the model itself again, or ``others`` of the same kind in turn, when the answer is late.

    ``delay``: after how many seconds an answer is late. By default it is learned: the ``percentile`` of the times to
    the first content of the last 256 calls to this model, and nothing is late before there are ``min_samples`` of them.
    ``max_hedges``: how many more calls may be made for one, each ``delay`` after the one before.
    ``max_extra``, ``budget``: of all calls, what share may be made in addition, over any minute, and one a minute
    besides; or a budget to share with ``retry`` and other models, which counts instead of ``max_extra``.
    ``idempotent``: whether a request may be sent twice, or a predicate that says so. By default every request is
    hedged but language requests with tools that the provider runs (``ProviderTool``), which may act outside; tools
    that run here are called from the answer that won, once. A user's own request that is an iterator never is.

    When a call fails, the next one is made at once, unless the error would be the same: the same model is not asked
    again after a final error, a rate limit or a refusal by a layer, another one not after bad input. When all fail,
    AllModelsFailedError has their errors in the order in which they were asked; the error of a single call is raised
    itself.

    One call has its own in ``layer_options["hedge"]``: ``delay`` (None: it is not hedged) and ``idempotent``. Reports
    ``hedged`` (detail: the name of the model that is asked, too). Raises InvalidRequestError for bad options.
    """
    _check(delay, percentile, min_samples, max_hedges, max_extra)
    repeatable = idempotent if callable(idempotent) else _without_provider_tools
    if isinstance(idempotent, bool):
        repeatable = _always if idempotent else _never

    def hedge(model: Model[Req, Res], /) -> Model[Req, Res]:
        models: tuple[Model[Req, Res], ...] = (model, *(map(recorded, others) if others else [model]))
        delays = _Delay(delay, percentile, min_samples)
        learn = delays.learn if delay is None else None
        spent = budget if budget is not None else RetryBudget(ratio=max_extra, reserve=1 / 60, ttl=60.0)

        @layer
        async def hedge(request: Req, call: Model[Req, Res]) -> Res:
            late, may_be_repeated = delays.now(), repeatable(request)
            options = own_options(request, "hedge", "delay", "idempotent")
            if options:
                late, may_be_repeated = _own(options, late, may_be_repeated)
            if not (may_be_repeated and is_replayable(request)):
                return await call(request)
            race = Race(
                models, request, late=late, more=max_hedges, goes_on=_goes_on, grant=spent.withdraw, learn=learn
            )
            if budget is None:
                spent.deposit()
                return await race.run()
            with budget.call():
                return await race.run()

        return hedge(model)

    return hedge


def _always(_request: Any) -> bool:
    return True


def _never(_request: Any) -> bool:
    return False


def _without_provider_tools(request: Any) -> bool:
    if not isinstance(request, LanguageRequest) or not request.tools:
        return True
    return not any(isinstance(tool, ProviderTool) for tool in request.tools)


def _own(options: Any, late: float | None, may_be_repeated: bool) -> tuple[float | None, bool]:
    own: Any = options.get("delay", late)
    if own is None and "delay" in options:
        may_be_repeated = False
    if own is not None and not (isinstance(own, int | float) and own >= 0):
        message = f"layer_options['hedge']['delay'] is {own!r}; allowed are seconds from 0, or None"
        raise InvalidRequestError(message, field="layer_options.hedge.delay")
    idempotent: Any = options.get("idempotent", may_be_repeated)
    if not isinstance(idempotent, bool):
        message = f"layer_options['hedge']['idempotent'] is {idempotent!r}; allowed are True and False"
        raise InvalidRequestError(message, field="layer_options.hedge.idempotent")
    return own, idempotent


class _Delay:
    """When an answer is late: a fixed number of seconds, or what the last calls to the model say."""

    def __init__(self, fixed: float | None, percentile: float, min_samples: int) -> None:
        self.fixed = fixed
        self._percentile = percentile
        self._min_samples = min_samples
        self._lock = Lock()
        self._recent: deque[float] = deque()
        self._sorted: list[float] = []

    def now(self) -> float | None:
        """Seconds, or None while too little is known. The nearest rank: so many of the samples are not above it."""
        if self.fixed is not None:
            return self.fixed
        with self._lock:
            count = len(self._sorted)
            if count < self._min_samples:
                return None
            return self._sorted[max(0, math.ceil(self._percentile * count) - 1)]

    def learn(self, seconds: float) -> None:
        """Take the time of a call to its first content, or the time after which another one was faster."""
        with self._lock:
            self._recent.append(seconds)
            insort(self._sorted, seconds)
            if len(self._recent) > _SAMPLES:
                del self._sorted[bisect_left(self._sorted, self._recent.popleft())]


def _goes_on(error: Exception, same: bool) -> bool:
    """Whether to ask the next model at once after an error: the same one, or another."""
    if same:
        asked_to_wait = getattr(error, "retry_after", None) is not None
        return is_transient(error) and not asked_to_wait and not isinstance(error, RateLimitError | LayerError)
    return is_transient(error) or isinstance(error, APIError)


def _check(delay: float | None, percentile: float, min_samples: int, max_hedges: int, max_extra: float) -> None:
    if delay is not None and not delay >= 0:
        raise InvalidRequestError(f"delay is {delay!r}; allowed are seconds from 0, or None", field="delay")
    if not 0 < percentile < 1:
        raise InvalidRequestError(f"percentile is {percentile!r}; allowed is between 0 and 1", field="percentile")
    if not 0 <= max_extra < math.inf:
        raise InvalidRequestError(f"max_extra is {max_extra!r}; allowed is a share from 0", field="max_extra")
    for name, number, most in (("min_samples", min_samples, _SAMPLES), ("max_hedges", max_hedges, 100)):
        if type(number) is not int or not 1 <= number <= most:
            raise InvalidRequestError(f"{name} is {number!r}; allowed is an integer from 1 to {most}", field=name)
