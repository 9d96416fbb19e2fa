"""Retries and retry budgets that are wrong in one way each; older ones are in ``layer_laws.wrong``."""

from __future__ import annotations

import math
import threading
from collections.abc import Mapping
from contextlib import nullcontext
from typing import Any, TypeVar

from ai_sdk.middleware import retry
from ai_sdk.middleware.retry import RetryPolicy
from ai_sdk.model import AnyLayer, Model, layer
from ai_sdk.retry_budget import RetryBudget, _Count

Req = TypeVar("Req")
Res = TypeVar("Res")


def without_a_budget(*, budget: RetryBudget, **options: Any) -> AnyLayer:
    """Asks nobody whether it may."""
    return retry(**options)


def with_a_budget_of_each_call(*, budget: RetryBudget, **options: Any) -> AnyLayer:
    """Counts every call in a budget of its own."""

    @layer
    async def wrong(request: Req, call: Model[Req, Res]) -> Res:
        own = RetryBudget(ratio=budget.ratio, reserve=budget.reserve, ttl=budget.ttl)
        return await retry(budget=own, **options)(call)(request)

    return wrong


class _Counts(RetryBudget):
    """A view of a budget that counts calls in another way."""

    def __init__(self, budget: RetryBudget, attempts: bool) -> None:
        super().__init__(ratio=budget.ratio, reserve=budget.reserve, ttl=budget.ttl)
        self._calls = budget._calls
        self._second = budget._second
        self._attempts = attempts

    def call(self) -> Any:
        if self._attempts:
            self.deposit()
        return nullcontext()


def counting_its_own_attempts(*, budget: RetryBudget, **options: Any) -> AnyLayer:
    """Pays into the budget with every attempt of a retry around it."""
    return retry(budget=_Counts(budget, attempts=True), **options)


def counting_nothing(*, budget: RetryBudget, **options: Any) -> AnyLayer:
    """Pays nothing in."""
    return retry(budget=_Counts(budget, attempts=False), **options)


def paying_for_what_is_not_retried(*, budget: RetryBudget, **options: Any) -> AnyLayer:
    """Takes from the budget for every error, also for one that is final."""

    @layer
    async def wrong(request: Req, call: Model[Req, Res]) -> Res:
        async def failing(request: Req) -> Res:
            try:
                return await call(request)
            except Exception:
                budget.withdraw()
                raise

        return await retry(budget=budget, **options)(failing)(request)

    return wrong


def of_what_is_used_up(**options: Any) -> AnyLayer:
    """Sends an iterator again."""

    @layer
    async def wrong(request: Req, call: Model[Req, Res]) -> Res:
        async def unpacked(boxed: list[Req]) -> Res:
            return await call(boxed[0])

        return await retry(**options)(unpacked)([request])

    return wrong


def without_policy(*, policy: Mapping[type[Exception], Any], **options: Any) -> AnyLayer:
    """Treats all errors alike."""
    return retry(**options)


def by_the_first_class_that_fits(*, policy: Mapping[type[Exception], Any], **options: Any) -> AnyLayer:
    """Takes the first class of the policy that an error is an instance of, not the nearest."""

    @layer
    async def wrong(request: Req, call: Model[Req, Res]) -> Res:
        number = 0
        while True:
            number += 1
            try:
                return await call(request)
            except Exception as error:
                found = [own for kind, own in policy.items() if isinstance(error, kind)]
                own = found[0] if found else options.get("attempts", 3)
                most = (own.attempts or options.get("attempts", 3)) if isinstance(own, RetryPolicy) else own
                if number >= most or not (found or getattr(error, "retryable", isinstance(error, OSError))):
                    raise

    return wrong


def policy_for_some_of_the_options(*, policy: Mapping[type[Exception], Any], **options: Any) -> AnyLayer:
    """Hears of ``attempts`` in a policy, and of nothing else."""
    attempts = {kind: own.attempts if isinstance(own, RetryPolicy) else own for kind, own in policy.items()}
    usual = options.get("attempts", 3)
    return retry(policy={kind: number or usual for kind, number in attempts.items()}, **options)


class _Forever(_Count):
    def forget(self, until: int) -> None:
        return


class NeverForgets(RetryBudget):
    """Calls of long ago still count."""

    def __init__(self, **options: Any) -> None:
        super().__init__(**options)
        self._calls = _Forever()


class OneWindowAfterTheOther(RetryBudget):
    """Starts anew every ``ttl`` seconds, so that two fillings may be used around the change."""

    def _turn(self) -> None:
        window = math.floor(max(0.0, self._clock.now()) / self.ttl)
        if window != self._slot:
            self._slot = window
            self._calls.forget(window)
            self._second.forget(window)
            self._calls.total = self._second.total = 0


class PaysForARefusal(RetryBudget):
    """A wish that was refused is taken from the budget all the same."""

    def withdraw(self) -> bool:
        granted = super().withdraw()
        if not granted:
            self._second.add(self._slot)
        return granted


class ForgetsTooEarly(RetryBudget):
    """Second calls count for half of the time only."""

    def _turn(self) -> None:
        super()._turn()
        self._second.forget(self._slot - 5)


class Stingy(RetryBudget):
    """Has no reserve."""

    def __init__(self, *, ratio: float, reserve: float, ttl: float) -> None:
        super().__init__(ratio=ratio, reserve=0.0, ttl=ttl)


class Careless(RetryBudget):
    """Looks and takes in two steps, between which others may look."""

    def withdraw(self) -> bool:
        if self.balance < 1:
            return False
        threading.Event().wait(1e-4)
        self._second.add(self._slot)
        return True
