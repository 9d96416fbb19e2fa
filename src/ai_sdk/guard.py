"""A lock around the state of a layer that finalisers may change, too.

A response that is dropped releases what it holds in a finaliser, which the interpreter may run anywhere: in any thread,
even between two lines of a critical section of the very same state. There it must neither wait for the lock nor see the
state half changed. ``with guard:`` is the critical section of calls. ``guard.soon(action)`` is what ``release`` uses:
the action runs under the lock, at once when it is free, else as the last act of whoever holds it.
"""

from __future__ import annotations

import threading
from collections import deque
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable
    from types import TracebackType

__all__ = ["Guard"]


class Guard:
    """A lock with a letter box: see the module's words. Actions must not raise, wait or take the guard."""

    __slots__ = ("_lock", "_posted")

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._posted: deque[Callable[[], None]] = deque()

    def __enter__(self) -> None:
        self._lock.acquire()

    def __exit__(
        self, _kind: type[BaseException] | None, _error: BaseException | None, _tb: TracebackType | None
    ) -> None:
        try:
            self._work()
        finally:
            self._lock.release()
        if self._posted:
            self._deliver()

    def soon(self, action: Callable[[], None]) -> None:
        """Run ``action`` under the lock, now or when its holder is done; never waits."""
        self._posted.append(action)
        self._deliver()

    def _deliver(self) -> None:
        while self._posted and self._lock.acquire(blocking=False):
            try:
                self._work()
            finally:
                self._lock.release()

    def _work(self) -> None:
        posted = self._posted
        while posted:
            posted.popleft()()
