"""The moment by which the running call must be over.

It is an absolute loop time in a context variable, set only for the length of an ``await``: a response that is still
arriving carries its own copy. Layers and models inside may look at it (a retry does not sleep past it), and a nested
deadline is never later than the one around it.
"""

from __future__ import annotations

import asyncio
from contextvars import ContextVar
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from types import TracebackType

__all__ = ["deadline", "deadline_at", "forget_deadline", "remaining"]

_deadline: ContextVar[float | None] = ContextVar("ai_sdk_deadline", default=None)


def deadline() -> float | None:
    """The loop time by which the running call must be over, or None when nothing limits it."""
    return _deadline.get()


def remaining() -> float | None:
    """Seconds left until the deadline, 0.0 when it has passed, or None when nothing limits the running call."""
    at = _deadline.get()
    return None if at is None else max(0.0, at - asyncio.get_running_loop().time())


class deadline_at:  # noqa: N801 - used as a function
    """Set the deadline to the loop time ``at``, or leave an earlier one, for a ``with`` block that awaits a call.

    It tells the layers and models inside; it interrupts nothing by itself. No ``yield`` may stand in the block.
    """

    __slots__ = ("_at", "_token")

    def __init__(self, at: float) -> None:
        self._at = at

    def __enter__(self) -> float:
        around = _deadline.get()
        at = self._at if around is None else min(self._at, around)
        self._token = _deadline.set(at)
        return at

    def __exit__(
        self, _kind: type[BaseException] | None, _error: BaseException | None, _tb: TracebackType | None
    ) -> None:
        _deadline.reset(self._token)


def forget_deadline() -> None:
    """Nothing limits what runs in this context from here on: the first act of a task that works for several callers.

    It lasts as long as the context, so only a task with a context of its own may do it.
    """
    _deadline.set(None)
