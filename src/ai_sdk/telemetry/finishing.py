"""Where spans and metrics may be ended: never inside of a finaliser."""

from __future__ import annotations

import _thread
import asyncio
from collections.abc import Callable
from contextvars import Context

__all__ = ["finish", "is_thrown_away"]


def is_thrown_away(error: BaseException | None) -> bool:
    """Whether this error leaves a coroutine that is closed and not run any more, wherever and in whichever context."""
    while error is not None:
        if isinstance(error, GeneratorExit):
            return True
        error = error.__context__
    return False


def finish(job: Callable[[], None], loop: asyncio.AbstractEventLoop, *, finaliser: bool = False) -> None:
    """Run a job that must not raise: now, or, where this code may be in a ``finaliser``, soon.

    Processors of spans and readers of metrics take locks, and a finaliser can run while the very lock is held. What is
    not told by ``loop`` itself goes back to it, or, when it is gone, into a thread of its own.
    """
    if not finaliser and asyncio._get_running_loop() is loop:
        job()
        return
    try:
        if not loop.is_running():
            raise RuntimeError
        loop.call_soon_threadsafe(job, context=Context())
    except RuntimeError:
        try:
            _thread.start_new_thread(job, ())
        except RuntimeError:  # the interpreter is going down, and nobody would export it
            return
