"""An event loop with a virtual clock: when it is idle, time jumps to the next timer.

A test that sleeps an hour takes no time, and the same test takes the same steps every time. Files and sockets still
work: while an executor job runs or a socket is watched with a timer pending, the loop first looks whether anything is
ready. A loop that would wait for ever, because nothing can wake it, raises ``DeadlockError`` instead.
"""

from __future__ import annotations

import asyncio
import selectors
from collections.abc import Callable, Coroutine
from concurrent.futures import Executor
from typing import Any, TypeVar, TypeVarTuple, Unpack

__all__ = ["DeadlockError", "VirtualClockLoop", "run"]

T = TypeVar("T")
Ts = TypeVarTuple("Ts")


class DeadlockError(RuntimeError):
    """Every task waits and nothing can wake one: no timer, no socket, no thread."""


class _JumpingSelector(selectors.DefaultSelector):
    """A selector that advances the loop's clock instead of waiting."""

    loop: VirtualClockLoop

    def select(self, timeout: float | None = None) -> list[tuple[selectors.SelectorKey, int]]:
        ready = super().select(0)
        if ready or timeout == 0:
            return ready
        if self.loop.waits_for_threads():
            return super().select(0.001)
        if timeout is None:
            if len(self.get_map()) > 1:
                return super().select(None)
            raise DeadlockError("every task waits and nothing can wake one")
        self.loop.jump(timeout)
        return ready


class VirtualClockLoop(asyncio.SelectorEventLoop):
    """An event loop whose ``time()`` starts at 0.0 and moves only when there is nothing else to do."""

    def __init__(self) -> None:
        self._virtual_now = 0.0
        self._jobs = 0
        selector = _JumpingSelector()
        selector.loop = self
        super().__init__(selector)
        self._clock_resolution = 1e-6  # a due timer is still told apart from the next float after a virtual century

    def time(self) -> float:
        """Seconds of virtual time since the loop was made."""
        return self._virtual_now

    def jump(self, seconds: float) -> None:
        """Move the clock forward."""
        self._virtual_now += seconds

    def waits_for_threads(self) -> bool:
        """Whether a job of ``run_in_executor`` is under way: then time stands still until it is done."""
        return self._jobs > 0

    def run_in_executor(
        self, executor: Executor | None, func: Callable[[Unpack[Ts]], T], *args: *Ts
    ) -> asyncio.Future[T]:
        """As the base class does, counting the jobs."""
        future = super().run_in_executor(executor, func, *args)
        self._jobs += 1
        future.add_done_callback(self._job_done)
        return future

    async def shutdown_default_executor(self, timeout: float | None = None) -> None:
        """As the base class does; the thread that it waits for counts as a job."""
        self._jobs += 1
        try:
            await super().shutdown_default_executor(*(() if timeout is None else (timeout,)))
        finally:
            self._jobs -= 1

    def _job_done(self, _future: asyncio.Future[Any]) -> None:
        self._jobs -= 1


def run(main: Coroutine[Any, Any, T], *, debug: bool | None = None) -> T:
    """``asyncio.run`` on a fresh ``VirtualClockLoop``."""
    with asyncio.Runner(debug=debug, loop_factory=VirtualClockLoop) as runner:
        return runner.run(main)
