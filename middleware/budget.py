"""Let a call through only when its tenant can still pay for it.

The law: before a call an estimate of what it will use is reserved, all of it or nothing; in no window of ``per``
seconds is more than the budget reserved and spent by a tenant, however many calls run at once, as long as calls use no
more than was estimated. A call that does not fit is refused, and the model is not called. When a call is over, what it
really used takes the place of the reservation: the usage of all its attempts, those that failed included. When that is
not fully known, because it was cancelled, broke off or says nothing, nothing is given back. Tenants share nothing.

It stands inside of the cache, so that cached answers cost nothing, and outside of fallback and retry, whose attempts it
adds up, each at the price of the model that was asked.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Mapping
from dataclasses import replace
from typing import Any, Literal, NamedTuple, TypeVar

from ai_sdk.call import CallRecord, record_call
from ai_sdk.ending import Ending
from ai_sdk.errors import APIConnectionError, APIError, InvalidRequestError, LayerError
from ai_sdk.layer_options import own_options
from ai_sdk.limits import used_tokens
from ai_sdk.model import AnyLayer, Model, layer, name_of
from ai_sdk.prices import Price, load_prices, price_of
from ai_sdk.response import hold
from ai_sdk.results import Usage
from ai_sdk.spending import Amount, Ledger, Reservation, SpendingLedger
from ai_sdk.usage_estimate import estimate_usage, made_by, will_make

__all__ = ["budget"]

Req = TypeVar("Req")
Res = TypeVar("Res")


def budget(
    ledger: Ledger | None = None,
    *,
    usd: float | None = None,
    tokens: int | None = None,
    requests: int | None = None,
    per: float | str | None = "day",
    tenant: str | Callable[[Any], Hashable] | None = None,
    prices: Mapping[str, Price] | None = None,
    estimate: Callable[[Any], Usage] | None = None,
    on_unknown_price: Literal["raise", "ignore"] = "raise",
) -> AnyLayer:
    """Let each tenant use so much money, so many tokens and so many calls in a window.

    ``ledger``: share a ``SpendingLedger`` between models, or give any other ``Ledger``, instead of ``usd``, ``tokens``,
    ``requests`` and ``per``, which make one for each model that this layer is put around. ``per``: seconds, or
    ``minute``, ``hour``, ``day``, ``week``, ``month`` (30 days), in a window that slides; None is never renewed.
    ``tenant``: whose budget it is, or a function of the request; a single call says it in
    ``layer_options={"budget": {"tenant": "acme"}}``, which goes first.
    ``prices``: your own, by ``"provider:model"`` or ``"provider"``; others come from ``ai-sdk-layers[prices]``.
    ``estimate``: the most that a request is thought to use. By default a third of the bytes that it sends as text,
    fixed numbers for files and pictures, and ``max_output_tokens``, or else 1024 tokens of output: set it.
    ``on_unknown_price``: whether a call whose price is not known is refused, or costs no money.

    Raises BudgetExceededError, with ``tenant``, ``unit``, ``limit``, ``spent``, ``wanted``, ``resets_in``; it is not
    retryable. InvalidRequestError for a price that is not known, and for options that make no sense.
    MissingExtraError, when the layer is made, where prices are needed and the package is missing.
    """
    if ledger is not None and (usd, tokens, requests, per) != (None, None, None, "day"):
        raise InvalidRequestError("usd, tokens, requests and per are the ledger's: give them to it", field="ledger")
    if on_unknown_price not in ("raise", "ignore"):
        raise InvalidRequestError(
            f"on_unknown_price is {on_unknown_price!r}; allowed are 'raise' and 'ignore'", field="on_unknown_price"
        )

    def fresh() -> Ledger:
        return SpendingLedger(usd=usd, tokens=tokens, requests=requests, per=per)

    limits = (fresh() if ledger is None else ledger).limits
    if limits.nano_usd is not None and prices is None:
        load_prices()
    meter = _Meter(
        limits.nano_usd is not None,
        limits.tokens is not None,
        prices,
        on_unknown_price == "ignore",
        estimate or estimate_usage,
    )

    def budget(model: Model[Req, Res], /) -> Model[Req, Res]:
        return _around(fresh() if ledger is None else ledger, meter, tenant, name_of(model))(model)

    return budget


def _around(ledger: Ledger, meter: _Meter, tenant: str | Callable[[Any], Hashable] | None, name: str) -> AnyLayer:
    @layer
    async def budget(request: Req, call: Model[Req, Res]) -> Res:
        own = own_options(request, "budget", "tenant")
        owner: Hashable = own["tenant"] if "tenant" in own else tenant(request) if callable(tenant) else tenant
        amount = meter.estimated(request, name)
        reservation = await ledger.reserve(owner, amount)
        bill = _Bill(reservation, amount, meter, name, request, getattr(call, "records_attempts", False))
        with record_call("layer", "budget") as bill.record:
            return await hold(bill, call, request)

    return budget


class _Meter(NamedTuple):
    """What is counted, and how."""

    money: bool
    tokens: bool
    prices: Mapping[str, Price] | None
    ignores_unknown: bool
    estimate: Callable[[Any], Usage]

    def estimated(self, request: object, name: str) -> Amount:
        """What to reserve for a request to the model of this name."""
        if not (self.money or self.tokens):
            return Amount(requests=1)
        usage = self.estimate(request)
        nano: int | None = 0
        if self.money:
            images, seconds = will_make(request)
            price = price_of(name, self.prices)
            nano = None if price is None else price.of(usage, images=images, seconds=seconds)
            if nano is None and not self.ignores_unknown:
                raise _unpriced(name, price, request)
        return Amount(nano or 0, (usage.total_tokens or 0) if self.tokens else 0, 1)

    def used(self, name: str, ending: Ending, request: object) -> tuple[_Known, _Known]:
        """Nano-dollars and tokens of an attempt that is over."""
        return self._money(name, ending, request) if self.money else _NOTHING, _tokens(
            ending
        ) if self.tokens else _NOTHING

    def _money(self, name: str, ending: Ending, request: object) -> _Known:
        price = price_of(name, self.prices)
        if price is None:
            return _Known(0, self.ignores_unknown)
        result = ending.result()
        usage: Usage | None = getattr(result, "usage", None)
        if usage is None:
            return _UNKNOWN
        images, seconds = made_by(result, request)
        nano = price.of(usage, images=images, seconds=seconds)
        if nano is not None:
            return _Known(nano, ending.how == "end" or getattr(result, "finish_reason", None) is not None)
        at_least = replace(usage, input_tokens=usage.input_tokens or 0, output_tokens=usage.output_tokens or 0)
        return _Known(price.of(at_least, images=images, seconds=seconds) or 0, self.ignores_unknown)


class _Known(NamedTuple):
    """What was used; ``exact`` is False when there may have been more."""

    amount: int
    exact: bool


_NOTHING = _Known(0, True)
_UNKNOWN = _Known(0, False)


def _tokens(ending: Ending) -> _Known:
    said = used_tokens(ending)
    return _UNKNOWN if said is None else _Known(*said)


class _Bill:
    """The reservation of one call, settled with its attempts when it is over."""

    __slots__ = ("_amount", "_meter", "_name", "_recorded", "_request", "_reservation", "record", "settle")

    record: CallRecord

    def __init__(
        self, reservation: Reservation, amount: Amount, meter: _Meter, name: str, request: object, recorded: bool
    ) -> None:
        self._reservation = reservation
        self._amount = amount
        self._meter = meter
        self._name = name
        self._request = request
        self._recorded = recorded
        self.settle = getattr(reservation, "settle", None)

    def release(self, ending: Ending, /) -> None:
        """Settle."""
        actual: Amount | None = None
        try:
            actual = self._actual(ending)
        finally:
            self._reservation.spend(actual)

    def _actual(self, ending: Ending) -> Amount:
        """What the attempts used: never less than was reserved when that is not fully known."""
        attempts = self.record.attempts
        if not attempts and (self._recorded or _was_refused(ending, begun=ending.result() is not None)):
            return Amount()
        if not (self._meter.money or self._meter.tokens):
            return self._amount
        if attempts:
            used = [self._used(each.model, each.ending, each.first_content is not None) for each in attempts]
        else:
            used = [self._used(self._name, ending, True)]
        nano, tokens = (_sum([each[at] for each in used], self._amount[at]) for at in (0, 1))
        return Amount(nano, tokens, self._amount.requests)

    def _used(self, name: str, ending: Ending | None, begun: bool) -> tuple[_Known, _Known]:
        if ending is None:
            return _UNKNOWN, _UNKNOWN
        if _was_refused(ending, begun=begun):
            return _NOTHING, _NOTHING
        return self._meter.used(name, ending, self._request)


def _unpriced(name: str, price: Price | None, request: object) -> InvalidRequestError:
    lacks = "no price is known" if price is None else f"nobody knows what a {type(request).__name__} will use"
    return InvalidRequestError(
        f"{lacks} at {name!r}; give prices={{{name!r}: Price(...)}}, estimate= or on_unknown_price='ignore'",
        field="prices" if price is None else "estimate",
    )


def _sum(used: list[_Known], reserved: int) -> int:
    """All that was used, and no less than was reserved where there may have been more."""
    known = sum(each.amount for each in used)
    return known if all(each.exact for each in used) else max(known, reserved)


def _was_refused(ending: Ending, *, begun: bool) -> bool:
    """Whether a call cost nothing: it failed before any content, and the provider said no or never saw it."""
    error = ending.error
    if error is None or begun:
        return False
    if isinstance(error, APIConnectionError):
        return not error.sent
    return isinstance(error, APIError | InvalidRequestError | LayerError)
