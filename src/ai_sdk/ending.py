"""How a call or a response ended, and what may be held until then."""

from __future__ import annotations

import asyncio
import sys
from typing import TYPE_CHECKING, Any, Literal, Protocol, runtime_checkable

if TYPE_CHECKING:
    from collections.abc import Callable

How = Literal["end", "error", "cancelled", "closed", "dropped"]
"""``end``: read to its end. ``error``: it failed. ``cancelled``: a call or a read was cancelled.
``closed``: the reader left early. ``dropped``: the last reference went without closing."""


class Ending:
    """How a call or a response ended, with what had arrived by then.

    ``error`` is the exception of ``error`` and ``cancelled`` endings, else None.
    """

    __slots__ = ("_fold", "error", "how")

    def __init__(self, how: How, error: BaseException | None = None, fold: Callable[[], Any] | None = None) -> None:
        self.how: How = how
        self.error = error
        self._fold = fold

    def result(self) -> Any:
        """What has arrived, folded on demand: complete only when ``how`` is ``end``, None when nothing has."""
        return self._fold() if self._fold is not None else None

    def __repr__(self) -> str:
        return f"Ending({self.how!r}, {self.error!r})" if self.error is not None else f"Ending({self.how!r})"


def report_failure(doing: str, error: Exception) -> None:
    """Tell the running loop's exception handler, or ``sys.excepthook``, of a failure that must not change a call."""
    try:
        loop = asyncio.get_running_loop()
    except RuntimeError:
        sys.excepthook(type(error), error, error.__traceback__)
    else:
        loop.call_exception_handler({"message": f"{doing} failed", "exception": error})


@runtime_checkable
class Releasable(Protocol):
    """Something that a call or a live response holds: a slot, a span, a reservation, a connection.

    ``release`` is synchronous, thread-safe and idempotent, and never blocks on a lock that other code may hold, because
    a finaliser can run it anywhere, even inside the critical section of the very resource. A releasable may also have
    an ``async def settle(self)``, awaited right after ``release`` where awaiting is possible.
    """

    def release(self, ending: Ending, /) -> None:
        """Give back what is held; every call after the first does nothing."""
        ...
