"""What one process may do of a limit in Redis without asking: a chunk of admissions, and its share of the limit."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, NamedTuple

from ai_sdk.windows import Forecast, Window

if TYPE_CHECKING:
    from ai_sdk.limits import Cost

__all__ = ["Chunk", "Share", "Totals"]


class Totals(NamedTuple):
    """How much had ever been admitted with an admission, by the count in Redis."""

    requests: int
    tokens: int


class Chunk:
    """Admissions that Redis has counted and that are not used yet; they may be used until ``expires``."""

    __slots__ = ("expires", "left", "totals")

    def __init__(self, left: int, expires: float, totals: Totals) -> None:
        self.left = left
        self.expires = expires
        self.totals = totals

    def take(self, requests: int, now: float) -> Totals | None:
        """Use some."""
        if requests > self.left or now >= self.expires:
            return None
        self.left -= requests
        return Totals(self.totals.requests - self.left, self.totals.tokens)


class Share:
    """What this process may do without Redis: moving windows of all its own admissions, those by Redis included.

    ``requests``, ``tokens``, ``slots``: at most so many in ``per`` seconds, and at once; None is no limit.
    """

    def __init__(self, requests: int | None, tokens: int | None, slots: int | None, per: float) -> None:
        capacities = (math.inf if each is None else each for each in (requests, tokens))
        self.windows = tuple(Window(capacity, per) for capacity in capacities)
        self._slots = math.inf if slots is None else slots
        self._held_until = -math.inf
        self.under_way = 0

    def wait(self, cost: Cost, now: float) -> float:
        """Seconds until the cost fits: 0.0 when it does now, ``inf`` when a call must end first or Redis come back."""
        if self.under_way >= self._slots:
            return math.inf
        at = max(now, self._held_until)
        for window, amount in zip(self.windows, cost, strict=True):
            if amount > window.capacity:
                return math.inf
            if not window.fits(amount, now):
                at = max(at, Forecast(window).fits_at(amount, now))
        return at - now

    def add(self, cost: Cost, now: float) -> list[list[float]]:
        """Log an admission, and give its entries."""
        self.under_way += 1
        for window in self.windows:
            window.fits(0, now)
        return [window.add(amount, now) for window, amount in zip(self.windows, cost, strict=True)]

    def end(self, entries: list[list[float]], tokens: int | None, now: float) -> None:
        """A call is over, and used so many tokens."""
        self.under_way -= 1
        if tokens is not None:
            self.windows[1].settle(entries[1], tokens, now)

    def hold(self, until: float) -> None:
        """Admit nothing until then."""
        self._held_until = max(self._held_until, until)

    def idle(self, now: float) -> bool:
        """Whether a new share would do as well."""
        logged = any(window.fits(0, now) and window.log for window in self.windows)
        return not (logged or self.under_way or self._held_until > now)
