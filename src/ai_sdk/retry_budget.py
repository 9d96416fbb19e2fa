"""Calls that are made a second time: which may be, and how many.

``RetryBudget`` is shared by layers, models, event loops and threads. The law: in the ``ttl`` seconds up to any second
call that it granted, it granted no more than ``reserve * ttl`` and ``ratio`` for each call that was made in them. A
wish that it refuses changes nothing. When everything fails, what a provider gets is then ``1 + ratio`` times the
traffic and a little, however many layers try again around each other.

It counts in slots of a tenth of ``ttl``: a call counts for at least nine tenths of ``ttl``, and a second call for at
most eleven. Time is the running loop's; where loops disagree the latest time seen counts.
"""

from __future__ import annotations

import math
from collections import deque
from contextvars import ContextVar
from threading import Lock
from typing import TYPE_CHECKING

from ai_sdk.clock import Clock
from ai_sdk.errors import (
    AISDKError,
    AllModelsFailedError,
    APIConnectionError,
    APIError,
    APITimeoutError,
    InvalidRequestError,
    LayerError,
)

if TYPE_CHECKING:
    from types import TracebackType

__all__ = ["RetryBudget", "is_replayable", "is_transient", "is_unsent"]

_REFUSED_UNSEEN = frozenset({429, 503, 529})
_SLOTS = 10
_ROUNDING = 1e-9

_open: ContextVar[tuple[RetryBudget, ...]] = ContextVar("ai_sdk_retry_budgets", default=())


class RetryBudget:
    """Grants ``ratio`` second calls for each call, and ``reserve`` a second besides, over any ``ttl`` seconds.

    ``RetryBudget(ratio=0.1, reserve=1.0)`` in ``retry(budget=...)`` and ``hedge(budget=...)`` of several models makes
    one budget for all of them. Raises InvalidRequestError for numbers below 0 and a ``ttl`` that is not above 0.
    """

    __slots__ = ("_calls", "_clock", "_lock", "_second", "_slot", "_width", "ratio", "refused", "reserve", "ttl")

    def __init__(self, *, ratio: float = 0.2, reserve: float = 10.0, ttl: float = 10.0) -> None:
        for name, number in (("ratio", ratio), ("reserve", reserve)):
            if not 0 <= number < math.inf:
                raise InvalidRequestError(f"{name} is {number!r}; allowed is a number from 0", field=name)
        if not 0 < ttl < math.inf:
            raise InvalidRequestError(f"ttl is {ttl!r}; allowed are seconds above 0", field="ttl")
        self.ratio = ratio
        self.reserve = reserve
        self.ttl = ttl
        self.refused = 0
        self._width = ttl / _SLOTS
        self._clock = Clock()
        self._lock = Lock()
        self._slot = 0
        self._calls = _Count()
        self._second = _Count()

    def deposit(self) -> None:
        """Count a call."""
        with self._lock:
            self._turn()
            self._calls.add(self._slot)

    def withdraw(self) -> bool:
        """Take one second call from the budget, or change nothing and give False, which ``refused`` counts."""
        with self._lock:
            self._turn()
            if self._left() < 1.0 - _ROUNDING:
                self.refused += 1
                return False
            self._second.add(self._slot)
            return True

    @property
    def balance(self) -> float:
        """How many second calls it would grant now."""
        with self._lock:
            self._turn()
            return self._left()

    def call(self) -> _Call:
        """Count a call for the length of a ``with`` block that awaits it; within another one of this budget, nothing.

        So what layers inside make of one call counts as one. No ``yield`` may stand in the block.
        """
        return _Call(self)

    def _left(self) -> float:
        return self.reserve * self.ttl + self.ratio * self._calls.total - self._second.total

    def _turn(self) -> None:
        """Forget what is too old."""
        now = self._clock.now()
        slot = math.floor(now / self._width) if now > -math.inf else self._slot
        if slot != self._slot:
            self._slot = slot
            self._calls.forget(slot - _SLOTS)
            self._second.forget(slot - _SLOTS - 1)

    def __repr__(self) -> str:
        return f"RetryBudget(ratio={self.ratio!r}, reserve={self.reserve!r}, ttl={self.ttl!r})"


class _Count:
    """How many came in each slot, and in all of those that are not forgotten."""

    __slots__ = ("_slots", "total")

    def __init__(self) -> None:
        self._slots: deque[list[int]] = deque()
        self.total = 0

    def add(self, slot: int) -> None:
        slots = self._slots
        if slots and slots[-1][0] == slot:
            slots[-1][1] += 1
        else:
            slots.append([slot, 1])
        self.total += 1

    def forget(self, until: int) -> None:
        """Forget the slots up to this one."""
        slots = self._slots
        while slots and slots[0][0] <= until:
            self.total -= slots.popleft()[1]


class _Call:
    """The ``with`` block of ``RetryBudget.call``."""

    __slots__ = ("_budget", "_token")

    def __init__(self, budget: RetryBudget) -> None:
        self._budget = budget

    def __enter__(self) -> None:
        around = _open.get()
        inside = self._budget in around
        self._token = None if inside else _open.set((*around, self._budget))
        if not inside:
            self._budget.deposit()

    def __exit__(
        self, _kind: type[BaseException] | None, _error: BaseException | None, _tb: TracebackType | None
    ) -> None:
        if self._token is not None:
            _open.reset(self._token)


def is_transient(error: Exception) -> bool:
    """Whether the same request may succeed when it is sent again.

    That is an error of this library that is ``retryable`` and not the end of a deadline; of others, a ConnectionError
    and a TimeoutError.
    """
    if isinstance(error, AISDKError):
        return error.retryable and not (isinstance(error, APITimeoutError) and error.limit == "deadline")
    return isinstance(error, ConnectionError | TimeoutError)


def is_unsent(error: Exception) -> bool:
    """Whether the request has surely not been processed.

    There was no connection, or the provider refused with status 429, 503 or 529, or a layer refused.
    """
    if isinstance(error, AllModelsFailedError):
        return all(is_unsent(each) for each in error.exceptions)
    if isinstance(error, APIConnectionError):
        return not error.sent
    if isinstance(error, APIError):
        return error.status in _REFUSED_UNSEEN
    return isinstance(error, LayerError | ConnectionRefusedError)


def is_replayable(request: object) -> bool:
    """Whether a request can be sent again: all requests of this library can, a user's own iterator only once."""
    kind = type(request)
    return not (hasattr(kind, "__next__") or hasattr(kind, "__anext__"))
