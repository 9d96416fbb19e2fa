"""Budgets that are wrong in one way each. The laws of ``test_budget`` must find them out."""

from __future__ import annotations

from collections.abc import Callable, Hashable
from typing import Any, TypeVar

from ai_sdk.call import current_call
from ai_sdk.errors import BudgetExceededError
from ai_sdk.middleware import budget
from ai_sdk.model import AnyLayer, Model, layer
from ai_sdk.requests import changed
from ai_sdk.spending import Amount, Reservation, SpendingLedger, _Reservation

Req = TypeVar("Req")
Res = TypeVar("Res")


def with_ledger(kind: Callable[..., SpendingLedger]) -> Callable[..., AnyLayer]:
    """A budget that keeps its books so."""

    def make(
        *, usd: Any = None, tokens: Any = None, requests: Any = None, per: Any = "day", **options: Any
    ) -> AnyLayer:
        return budget(kind(usd=usd, tokens=tokens, requests=requests, per=per), **options)

    return make


class ChargesAfterwards(SpendingLedger):
    """Reserves nothing: calls at once overshoot by as much as they use."""

    async def reserve(self, tenant: Hashable, amount: Amount, /) -> Reservation:
        reservation = await super().reserve(tenant, amount)
        assert isinstance(reservation, _Reservation)
        reservation.account.change(reservation.step, amount, Amount(), self._clock.now())
        reservation.amount = Amount()
        return reservation


class Tumbles(SpendingLedger):
    """Begins a new window at fixed times: nearly twice as much around the edge."""

    async def reserve(self, tenant: Hashable, amount: Amount, /) -> Reservation:
        now = self._clock.now()
        account = self._accounts.get(tenant)
        if account is not None:
            for step in account.steps:
                step.until = (step.until - self.per) // self.per * self.per + self.per
            account.purge(now)
        return await super().reserve(tenant, amount)


class NeverForgets(SpendingLedger):
    """Its window has no end."""

    def __init__(self, **options: Any) -> None:
        super().__init__(**options | {"per": None})


class ForgetsSoon(SpendingLedger):
    """Its window is too short."""

    def __init__(self, *, per: float, **options: Any) -> None:
        super().__init__(per=per * 0.9, **options)


class NeverSettles(SpendingLedger):
    """Keeps the estimate, whatever was used."""

    def _settle(self, reservation: _Reservation, actual: Amount | None) -> None:
        super()._settle(reservation, None)


class GivesBackTheUnknown(SpendingLedger):
    """When nobody knows what was used it was nothing."""

    def _settle(self, reservation: _Reservation, actual: Amount | None) -> None:
        super()._settle(reservation, actual if actual is not None else Amount())


class OneTenant(SpendingLedger):
    """All tenants are one."""

    async def reserve(self, tenant: Hashable, amount: Amount, /) -> Reservation:
        del tenant
        return await super().reserve(None, amount)


class GivesBackLate(SpendingLedger):
    """Gives back what has left the window long ago."""

    def _settle(self, reservation: _Reservation, actual: Amount | None) -> None:
        if actual is not None and reservation.step.until <= self._clock.now():
            more = Amount(*(spent - had for spent, had in zip(actual, reservation.amount, strict=True)))
            reservation.account.book(more, self._clock.now())
            actual = None
        super()._settle(reservation, actual)


class SettlesTwice(SpendingLedger):
    """Settles as often as it is told to."""

    def _settle(self, reservation: _Reservation, actual: Amount | None) -> None:
        reservation.done = False
        super()._settle(reservation, actual)
        reservation.done = False


def budget_that_asks_first(**options: Any) -> AnyLayer:
    """Calls the model, and refuses afterwards."""

    def around(model: Model[Req, Res], /) -> Model[Req, Res]:
        inner = budget(**options)(model)

        async def asking(request: Req, /) -> Res:
            try:
                return await inner(request)
            except BudgetExceededError:
                await model(request)
                raise

        return asking

    return around


def budget_that_never_settles(ledger: SpendingLedger, **options: Any) -> AnyLayer:
    """Keeps the estimate, whatever was used."""
    return budget(_settling(ledger, lambda _reservation, _actual: None), **options)


def budget_that_is_generous(ledger: SpendingLedger, **options: Any) -> AnyLayer:
    """A call that was cancelled or broke off cost nothing to it."""

    def all_of_it(reservation: _Reservation, actual: Amount | None) -> Amount | None:
        return Amount() if actual in (None, reservation.amount) else actual

    return budget(_settling(ledger, all_of_it), **options)


def _settling(ledger: SpendingLedger, change: Callable[[_Reservation, Amount | None], Amount | None]) -> SpendingLedger:
    settle = ledger._settle

    def changed_settle(reservation: _Reservation, actual: Amount | None) -> None:
        settle(reservation, change(reservation, actual))

    ledger._settle = changed_settle  # type: ignore[method-assign]
    return ledger


def budget_of_the_answer(ledger: SpendingLedger, **options: Any) -> AnyLayer:
    """Counts what the answer used, and no attempt that failed."""

    def around(model: Model[Req, Res], /) -> Model[Req, Res]:
        @layer
        async def forgetting(request: Req, call: Model[Req, Res]) -> Res:
            response = await call(request)
            record = current_call()
            assert record is not None
            del record.attempts[:-1]
            return response

        return budget(ledger, **options)(forgetting(model))

    return around


def budget_that_charges_refusals(**options: Any) -> AnyLayer:
    """What the provider refused costs as much as an answer."""
    return with_ledger(NeverSettles)(**options)


def budget_for_all_models(**options: Any) -> AnyLayer:
    """One budget for whatever models the layer is put around."""
    return with_ledger(SpendingLedger)(**options)


def budget_that_ignores_the_call(**options: Any) -> AnyLayer:
    """Goes by the tenant of the layer alone."""

    @layer
    async def wrong(request: Any, call: Any) -> Any:
        return await call(changed(request, layer_options={}))

    def around(model: Any, /) -> Any:
        return wrong(budget(**options)(model))

    return around
