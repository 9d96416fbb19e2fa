"""One time for state that several event loops and threads share."""

from __future__ import annotations

import asyncio
import math

__all__ = ["Clock"]


class Clock:
    """The running loop's time; the latest time seen where loops disagree, a clock goes backwards or no loop runs.

    It never goes backwards, and a finaliser may ask it. Before any loop was seen it is ``-inf``.
    """

    __slots__ = ("_latest",)

    def __init__(self) -> None:
        self._latest = -math.inf

    def now(self) -> float:
        """Seconds of the loop's time."""
        try:
            now = asyncio.get_running_loop().time()
        except RuntimeError:
            return self._latest
        if now > self._latest:
            self._latest = now
        return self._latest
