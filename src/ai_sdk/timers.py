"""One timer of the event loop for many things that fall due in the order in which they come.

A timer for each call costs as much as a small layer; calls that fall due after the same time can share one.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from contextvars import Context
from typing import Protocol
from weakref import WeakKeyDictionary

__all__ = ["Interruptible", "Queue", "Queues"]


class Interruptible(Protocol):
    """What waits in a queue."""

    def interrupt(self) -> None:
        """Hear that it is due; must not raise."""
        ...


class Queue:
    """Things with a moment each, which is never before that of the one that came before.

    Its timer is set when something is added and none is set, and stays where it is when things are removed: an empty
    queue lets the last one go by.
    """

    __slots__ = ("_armed", "_due")

    def __init__(self) -> None:
        self._due: dict[Interruptible, float] = {}
        self._armed = False

    def add(self, thing: Interruptible, due: float) -> None:
        """Interrupt ``thing`` at the loop time ``due``."""
        self._due[thing] = due
        if not self._armed:
            self._arm(due)

    def remove(self, thing: Interruptible) -> None:
        """Forget it, if it is here."""
        self._due.pop(thing, None)

    def _arm(self, due: float) -> None:
        self._armed = True
        asyncio.get_running_loop().call_at(due, self._look, context=Context())

    def _look(self) -> None:
        self._armed = False
        now = asyncio.get_running_loop().time()
        for thing, due in list(self._due.items()):
            if due > now:
                self._arm(due)
                return
            del self._due[thing]
            thing.interrupt()


class Queues:
    """Queues by name in each event loop: they end with their loop, to which they hold no reference."""

    __slots__ = ("_loops", "_names")

    def __init__(self, *names: str) -> None:
        self._names = names
        self._loops: WeakKeyDictionary[asyncio.AbstractEventLoop, Mapping[str, Queue]] = WeakKeyDictionary()

    def here(self) -> Mapping[str, Queue]:
        """Those of the running loop."""
        loop = asyncio.get_running_loop()
        queues = self._loops.get(loop)
        if queues is None:
            queues = self._loops[loop] = {name: Queue() for name in self._names}
        return queues
