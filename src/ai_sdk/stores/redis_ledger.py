"""Budgets that all processes with one Redis share: see ``RedisLedger``."""

from __future__ import annotations

import asyncio
import itertools
import math
import os
import uuid
from collections.abc import Hashable
from hashlib import blake2b
from typing import Any, Literal

from ai_sdk.errors import BudgetExceededError, InvalidRequestError
from ai_sdk.keys import canonical
from ai_sdk.prices import NANO
from ai_sdk.spending import Amount, Limits, Reservation, SpendingLedger, refusal
from ai_sdk.stores._state_scripts import LEDGER_PARTS, RESERVE, SETTLE, SPENT
from ai_sdk.stores.redis import RedisConnection, RedisUnavailableError

__all__ = ["RedisLedger"]

_STEPS = 60
_EXACT = 2**53
_UNITS = ("nano_usd", "tokens", "requests")
_MONTH = 30 * 86400 * 1_000_000


class RedisLedger:
    """A ledger for ``budget(ledger)`` whose books are in Redis, for all processes and machines that use it.

    The law: what all of them reserve and spend for a tenant in any ``per`` seconds is at most the limits, as long as
    calls use no more than was estimated. One Lua call reserves, all or nothing, by the server's clock; settling is
    idempotent, and what left the window is not given back. Money is whole nano-dollars.

    ``usd``, ``tokens``, ``requests``, ``per``: as for ``SpendingLedger``; at most 9 million dollars, so that sums stay
    exact. ``name``: ledgers of one name share their books, if ``per`` is the same. Tenants are hashed.

    Without Redis: ``on_outage="closed"`` refuses with RedisUnavailableError, which is retryable. ``"open"`` goes on
    with ``1 / processes`` of the limits, rounded up, for each process, in memory; what is spent so is booked when Redis
    is back, at that time.

    The books are as durable as the server: give it ``appendonly yes``, and no eviction of these keys. A call whose
    process dies keeps what it reserved. Raises InvalidRequestError for options that make no sense.
    """

    def __init__(
        self,
        redis: RedisConnection,
        *,
        name: str = "default",
        usd: float | None = None,
        tokens: int | None = None,
        requests: int | None = None,
        per: float | str | None = "day",
        on_outage: Literal["closed", "open"] = "closed",
        processes: int | None = None,
    ) -> None:
        whole = SpendingLedger(usd=usd, tokens=tokens, requests=requests, per=per)
        for field, limit in zip(("usd", "tokens", "requests"), whole.limits, strict=True):
            if limit is not None and limit >= _EXACT:
                allowed = f"up to {_EXACT / NANO:.0f} dollars" if field == "usd" else f"below {_EXACT}"
                raise InvalidRequestError(f"{field} is too much for exact sums; allowed is {allowed}", field=field)
        if on_outage not in ("closed", "open"):
            raise InvalidRequestError(f"on_outage is {on_outage!r}; allowed are 'closed', 'open'", field="on_outage")
        if (processes is None and on_outage == "open") or (
            processes is not None and (type(processes) is not int or processes < 1)
        ):
            message = f"processes is {processes!r}; allowed is an integer from 1, and on_outage='open' needs one"
            raise InvalidRequestError(message, field="processes")
        self.name = name
        self.limits = whole.limits
        self.per = whole.per
        self._redis = redis
        self._share = _share(whole, processes) if on_outage == "open" and processes is not None else None
        self._most = [-1 if limit is None else limit for limit in self.limits]
        endless = self.per == math.inf
        width = 0 if endless else max(1, round(self.per * 1e6 / _STEPS))
        self._window = (width, _STEPS, 12 * _MONTH if endless else max(_MONTH, 2 * _STEPS * width))
        self._uid = uuid.uuid4().hex[:16]
        self._numbers = itertools.count()

    async def reserve(self, tenant: Hashable, amount: Amount, /) -> Reservation:
        """Reserve all of it, or raise BudgetExceededError and reserve nothing."""
        id_ = f"{self._uid}.{os.getpid()}.{next(self._numbers)}"
        keys = self._keys(tenant)
        booked = _Booked(self._redis, keys, self._window, id_)
        try:
            await self._redis.flush()
            answer: Any = await self._redis.run(RESERVE, keys, (*self._window, id_, *amount, *self._most, 0))
        except BaseException as error:
            if not isinstance(error, RedisUnavailableError) or error.sent:
                booked.spend(Amount())
            if self._share is None or not isinstance(error, RedisUnavailableError):
                raise
            local = await self._share.reserve(tenant, amount)
            return _Unbooked(local, booked, amount)
        if answer[0]:
            return booked
        raise self._refusal(tenant, amount, *answer[1:])

    async def spent(self, tenant: Hashable = None) -> Amount:
        """What a tenant has used and reserved in the window, by the books in Redis."""
        await self._redis.flush()
        return Amount(*await self._redis.run(SPENT, self._keys(tenant), self._window))

    def _refusal(self, tenant: Hashable, amount: Amount, unit: int, spent: int, resets: int) -> BudgetExceededError:
        resets_in = None if resets < 0 else resets / 1e6
        limit: Any = self.limits[unit - 1]
        return refusal(tenant, _UNITS[unit - 1], limit, spent, amount[unit - 1], resets_in)

    def __repr__(self) -> str:
        return f"RedisLedger({self._redis!r}, name={self.name!r}, {self.limits} per {self.per:g} s)"

    def _keys(self, tenant: Hashable) -> tuple[str, ...]:
        owner = blake2b(canonical(tenant).encode(), digest_size=16).hexdigest()
        name = f"{self.name}:{self.per:g}:{owner}"
        return tuple(self._redis.key(RESERVE, name, part) for part in LEDGER_PARTS)


class _Booked:
    """What one call reserved in Redis."""

    def __init__(self, redis: RedisConnection, keys: tuple[str, ...], window: tuple[int, ...], id_: str) -> None:
        self.redis = redis
        self.keys = keys
        self.window = window
        self.id = id_
        self.loop = asyncio.get_running_loop()
        self._done = False

    def spend(self, actual: Amount | None, /) -> None:
        """Settle with what was used, once."""
        if not self._done:
            self._done = True
            self.redis.post(self.loop, SETTLE, self.keys, (*self.window, self.id, *(actual or ())))

    async def settle(self) -> None:
        """Wait until Redis knows, or is gone."""
        await self.redis.flush()


class _Unbooked:
    """What one call reserved in this process, while Redis was gone. It is booked when it was spent."""

    def __init__(self, local: Reservation, booked: _Booked, amount: Amount) -> None:
        self._local = local
        self._booked = booked
        self._amount = amount
        self._done = False

    def spend(self, actual: Amount | None, /) -> None:
        """Settle with what was used, once."""
        if self._done:
            return
        self._done = True
        self._local.spend(actual)
        there, spent = self._booked, self._amount if actual is None else actual
        there.redis.post(there.loop, RESERVE, there.keys, (*there.window, f"{there.id}.late", *spent, -1, -1, -1, 1))


def _share(whole: SpendingLedger, processes: int) -> SpendingLedger:
    """A ledger in memory for one of so many processes."""
    share = SpendingLedger(requests=0, per=None if math.isinf(whole.per) else whole.per)
    share.limits = Limits(*(None if limit is None else -(-limit // processes) for limit in whole.limits))
    return share
