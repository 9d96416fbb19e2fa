"""How much money, how many tokens and calls a tenant may use: reserved before a call, settled when it is over.

``Ledger`` and ``Reservation`` are what the layer ``budget`` asks for; ``SpendingLedger`` keeps its books in memory.
Money is whole nano-dollars, so that sums are exact.

Its window slides in steps: what is reserved counts for ``per`` seconds at least and a sixtieth longer at most, and in
no interval of ``per`` seconds is more admitted than allowed. What a call used is booked at the time of its reservation.
When that has left the window already, nothing is given back, and what was used beyond it counts from now on.
"""

from __future__ import annotations

import math
from collections import deque
from collections.abc import Hashable
from functools import partial
from typing import Any, NamedTuple, Protocol

from ai_sdk.clock import Clock
from ai_sdk.errors import BudgetExceededError, InvalidRequestError
from ai_sdk.guard import Guard
from ai_sdk.prices import NANO, to_nano

__all__ = ["Amount", "Ledger", "Limits", "Reservation", "SpendingLedger", "refusal", "seconds_of"]

_STEPS = 60
_WORDS = {"minute": 60.0, "hour": 3600.0, "day": 86_400.0, "week": 604_800.0, "month": 2_592_000.0}
_UNITS = ("nano_usd", "tokens", "requests")


class Amount(NamedTuple):
    """Nano-dollars, tokens and calls."""

    nano_usd: int = 0
    tokens: int = 0
    requests: int = 0


class Limits(NamedTuple):
    """At most so much of each; None is no limit."""

    nano_usd: int | None = None
    tokens: int | None = None
    requests: int | None = None


class Reservation(Protocol):
    """What a call may use. Whoever has it must settle it, whatever becomes of the call.

    A reservation may also have ``async def settle(self)`` without arguments, which is awaited right after ``spend``
    wherever awaiting is possible: a place to talk to a server.
    """

    def spend(self, actual: Amount | None, /) -> None:
        """Settle with what was used, once; None keeps what was reserved, because nobody knows.

        It may be more than was reserved. Synchronous and thread-safe; never blocks, so that a finaliser may call it.
        """
        ...


class Ledger(Protocol):
    """Says whether a tenant may use more, and keeps the books."""

    @property
    def limits(self) -> Limits:
        """What is limited; an estimate need not have the others."""
        ...

    async def reserve(self, tenant: Hashable, amount: Amount, /) -> Reservation:
        """Reserve all of it, or raise BudgetExceededError and reserve nothing. Tenants share nothing.

        After it, what is reserved and spent in the window is at most the limits. One in memory answers without
        suspending. Cancelled, it leaves nothing behind.
        """
        ...


def refusal(
    tenant: Hashable, unit: str, limit: int, spent: int, wanted: int, resets_in: float | None
) -> BudgetExceededError:
    """The error for a call that would use too much.

    It has ``tenant``, ``unit`` (``usd``, ``tokens`` or ``requests``), ``limit``, ``spent`` (with what is reserved) and
    ``wanted`` in that unit, and ``resets_in`` (also ``retry_after``): seconds until so much is free, None for never.
    """
    name, scale = ("usd", NANO) if unit == "nano_usd" else (unit, 1)
    figures = {key: value / scale if scale > 1 else value for key, value in
               (("limit", limit), ("spent", spent), ("wanted", wanted))}  # fmt: skip
    shown = {key: f"${value:.6g}" if scale > 1 else f"{value} {unit}" for key, value in figures.items()}
    whose = "the budget" if tenant is None else f"the budget of {tenant!r}"
    when = "it never fits" if resets_in is None else f"there is room in {resets_in:.6g} s"
    error = BudgetExceededError(
        f"{whose} is {shown['limit']}, {shown['spent']} of it taken, this call may need {shown['wanted']}: {when}"
    )
    vars(error).update(tenant=tenant, unit=name, resets_in=resets_in, retry_after=resets_in, **figures)
    return error


def seconds_of(per: float | str | None) -> float:
    """A window in seconds, given as seconds or as a word; ``inf`` for None, a budget that is never renewed."""
    if per is None:
        return math.inf
    seconds = _WORDS.get(per) if isinstance(per, str) else per
    if not isinstance(seconds, int | float) or isinstance(seconds, bool) or not 0 < seconds < math.inf:
        raise InvalidRequestError(
            f"per is {per!r}; allowed are seconds above 0, {', '.join(_WORDS)}, or None", field="per"
        )
    return float(seconds)


class _Step:
    """What was booked in one step of the window; it counts until ``until``."""

    __slots__ = ("at", "booked", "until")

    def __init__(self, at: int, until: float) -> None:
        self.at = at
        self.until = until
        self.booked = [0, 0, 0]


class _Account:
    """The steps of one tenant, and their sum."""

    __slots__ = ("_per", "_width", "open", "steps", "used")

    def __init__(self, per: float) -> None:
        self._per = per
        self._width = per / _STEPS
        self.steps: deque[_Step] = deque()
        self.used = [0, 0, 0]
        self.open = 0

    def purge(self, now: float) -> None:
        """Forget the steps that have left the window."""
        steps = self.steps
        while steps and steps[0].until <= now:
            for unit, booked in enumerate(steps.popleft().booked):
                self.used[unit] -= booked

    def book(self, amount: Amount, now: float) -> _Step:
        """Book it now."""
        at = 0 if self._per == math.inf else math.floor(now / self._width)
        if not self.steps or self.steps[-1].at != at:
            self.steps.append(_Step(at, (at + 1) * self._width + self._per))
        self._add(self.steps[-1], amount)
        return self.steps[-1]

    def change(self, step: _Step, reserved: Amount, actual: Amount, now: float) -> None:
        """Book what was used instead of what was reserved."""
        more = Amount(*(spent - had for spent, had in zip(actual, reserved, strict=True)))
        if step.until > now:
            self._add(step, more)
        elif any(each > 0 for each in more):
            self.book(Amount(*(max(0, each) for each in more)), now)

    def free_at(self, limits: Limits, amount: Amount) -> float:
        """When the amount fits if nothing else comes; ``inf`` when it never does."""
        left = list(self.used)
        for step in self.steps:
            for unit, booked in enumerate(step.booked):
                left[unit] -= booked
            if _unit_over(limits, left, amount) is None:
                return step.until
        return math.inf

    def _add(self, step: _Step, amount: Amount) -> None:
        for unit, each in enumerate(amount):
            step.booked[unit] += each
            self.used[unit] += each


def _unit_over(limits: Limits, used: list[int], amount: Amount) -> int | None:
    """The first unit whose limit would be passed."""
    for unit in range(3):
        limit = limits[unit]
        if limit is not None and amount[unit] and used[unit] + amount[unit] > limit:
            return unit
    return None


class _Reservation:
    """What one call reserved."""

    __slots__ = ("_ledger", "account", "amount", "done", "step")

    def __init__(self, ledger: SpendingLedger, account: _Account, step: _Step, amount: Amount) -> None:
        self._ledger = ledger
        self.account = account
        self.step = step
        self.amount = amount
        self.done = False

    def spend(self, actual: Amount | None, /) -> None:
        """Settle with what was used, once."""
        if not self.done:
            self._ledger._guard.soon(partial(self._ledger._settle, self, actual))


class SpendingLedger:
    """Budgets in memory, for all calls that share this object, in whatever event loops and threads of the process.

    ``usd``, ``tokens``, ``requests``: so much for each tenant in any ``per`` seconds; None is no limit. ``per``:
    seconds, or ``minute``, ``hour``, ``day``, ``week`` or ``month`` (30 days); None for a budget that is never renewed.
    The books are lost when the process ends.

    Raises InvalidRequestError for options that make no sense.
    """

    def __init__(
        self,
        *,
        usd: float | None = None,
        tokens: int | None = None,
        requests: int | None = None,
        per: float | str | None = "day",
    ) -> None:
        if usd is not None and (isinstance(usd, bool) or not 0 <= usd < math.inf):
            raise InvalidRequestError(f"usd is {usd!r}; allowed are US dollars from 0, or None", field="usd")
        for name, value in (("tokens", tokens), ("requests", requests)):
            if value is not None and (type(value) is not int or value < 0):
                raise InvalidRequestError(f"{name} is {value!r}; allowed is an integer from 0, or None", field=name)
        if usd is None and tokens is None and requests is None:
            raise InvalidRequestError("nothing is limited: give usd=, tokens= or requests=", field="usd")
        self.limits = Limits(None if usd is None else to_nano(usd), tokens, requests)
        self.per = seconds_of(per)
        self._guard = Guard()
        self._clock = Clock()
        self._accounts: dict[Hashable, _Account] = {}
        self._sweep_at = 64

    async def reserve(self, tenant: Hashable, amount: Amount, /) -> Reservation:
        """Reserve all of it, or raise BudgetExceededError and reserve nothing."""
        now = self._clock.now()
        with self._guard:
            account = self._account(tenant, now)
            account.purge(now)
            unit = _unit_over(self.limits, account.used, amount)
            if unit is not None:
                raise self._refusal(tenant, account, unit, amount, now)
            account.open += 1
            return _Reservation(self, account, account.book(amount, now), amount)

    def spent(self, tenant: Hashable = None) -> Amount:
        """What a tenant has used and reserved in the window."""
        now = self._clock.now()
        with self._guard:
            account = self._accounts.get(tenant)
            if account is None:
                return Amount()
            account.purge(now)
            return Amount(*account.used)

    def __repr__(self) -> str:
        return f"<SpendingLedger {self.limits} per {self.per:g} s>"

    def _account(self, tenant: Hashable, now: float) -> _Account:
        account = self._accounts.get(tenant)
        if account is None:
            if len(self._accounts) >= self._sweep_at:
                self._sweep(now)
            account = self._accounts[tenant] = _Account(self.per)
        return account

    def _sweep(self, now: float) -> None:
        """Forget the tenants who have used nothing in the window."""
        for each in self._accounts.values():
            each.purge(now)
        self._accounts = {tenant: each for tenant, each in self._accounts.items() if each.steps or each.open}
        self._sweep_at = max(64, 2 * len(self._accounts))

    def _refusal(
        self, tenant: Hashable, account: _Account, unit: int, amount: Amount, now: float
    ) -> BudgetExceededError:
        at = account.free_at(self.limits, amount)
        resets_in = None if at == math.inf else at - now + math.ulp(at)
        limit: Any = self.limits[unit]
        return refusal(tenant, _UNITS[unit], limit, account.used[unit], amount[unit], resets_in)

    def _settle(self, reservation: _Reservation, actual: Amount | None) -> None:
        """Runs under the guard."""
        if reservation.done:
            return
        reservation.done = True
        reservation.account.open -= 1
        if actual is not None and actual != reservation.amount:
            reservation.account.change(reservation.step, reservation.amount, actual, self._clock.now())
