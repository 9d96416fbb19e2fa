"""The tasks of a batch: how many are under way, and the first failure among them."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from ai_sdk.batch._desk import Desk

__all__ = ["Tasks"]


class Tasks:
    """Tasks that belong together. ``failure`` is the error of the first that failed, which the desk is told at once."""

    def __init__(self) -> None:
        self.failure: BaseException | None = None
        self._running: set[asyncio.Task[None]] = set()
        self._stopping = False

    def __len__(self) -> int:
        return len(self._running)

    def start(self, work: Coroutine[Any, Any, None], desk: Desk[Any]) -> None:
        """Start one more."""
        task = asyncio.create_task(work)
        self._running.add(task)

        def done(task: asyncio.Task[None]) -> None:
            self._running.discard(task)
            error = asyncio.CancelledError() if task.cancelled() else task.exception()
            if error is not None and self.failure is None and not self._stopping:
                self.failure = error
                desk.fail(error)
            desk.wake()

        task.add_done_callback(done)

    async def stop(self) -> None:
        """Cancel those that are under way and wait until they are over."""
        self._stopping = True
        tasks = list(self._running)
        for task in tasks:
            task.cancel()
        if tasks:
            await asyncio.wait(tasks)
