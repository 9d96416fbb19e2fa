"""A moving window of time, exactly: in no interval of its length is there more than it may have.

A fixed window lets nearly twice its capacity through around its edge, and so does a leaky bucket: it is filled to the
brim and leaks as much again. A log of what was admitted does not. It has at most as many entries as the window takes of
whole amounts, and a decision looks at each entry once.
"""

from __future__ import annotations

from collections import deque
from itertools import chain

__all__ = ["Forecast", "Window"]


class Window:
    """A moving log: what was admitted in the last ``per`` seconds adds up to at most ``capacity``.

    ``log`` has a list for each entry: when it leaves the window, and its amount. ``used`` is their sum. Nothing here is
    thread-safe, and times never go backwards.
    """

    __slots__ = ("capacity", "log", "per", "used")

    def __init__(self, capacity: float, per: float) -> None:
        self.capacity = capacity
        self.per = per
        self.log: deque[list[float]] = deque()
        self.used: float = 0

    def fits(self, amount: float, now: float) -> bool:
        """Forget what has left the window, and say whether the amount fits into the rest."""
        log = self.log
        while log and (log[0][0] <= now or not log[0][1]):
            self.used -= log.popleft()[1]
        return self.used + amount <= self.capacity

    def add(self, amount: float, now: float) -> list[float]:
        """Log an amount; nothing is not logged."""
        entry = [now + self.per, amount]
        if amount:
            self.log.append(entry)
            self.used += amount
        return entry

    def settle(self, entry: list[float], amount: float, now: float) -> None:
        """Make an entry another amount: in place, or from now on what is more of it when it has left the window."""
        if entry[1] and entry[0] > now:
            self.used += amount - entry[1]
            entry[1] = amount
            while self.log and not self.log[-1][1]:
                self.log.pop()
        elif amount > entry[1]:
            self.add(amount - entry[1], now)


class Forecast:
    """What a window would look like if one amount after the other were admitted as soon as it fits."""

    __slots__ = ("_added", "_capacity", "_leaving", "_per", "_used")

    def __init__(self, window: Window) -> None:
        self._added: list[list[float]] = []
        self._leaving = chain(window.log, self._added)
        self._used = window.used
        self._capacity = window.capacity
        self._per = window.per

    def fits_at(self, amount: float, now: float) -> float:
        """When the amount fits, from ``now`` on."""
        at = now
        while self._used + amount > self._capacity:
            leaves, left = next(self._leaving)
            at = max(at, leaves)
            self._used -= left
        return at

    def take(self, amount: float, at: float) -> None:
        """Admit the amount."""
        self._added.append([at + self._per, amount])
        self._used += amount
