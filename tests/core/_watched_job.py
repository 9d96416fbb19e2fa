"""A job in the background that is made up, and what a poller does with it on a clock of its own."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import nullcontext
from dataclasses import dataclass, field
from typing import Any

from laws.harness import no_task_left

from ai_sdk.call import CallRecord, record_call
from ai_sdk.deadline import deadline_at
from ai_sdk.polling import Pending, Polling, Progress
from ai_sdk.testing import run

CLOSE = 1e-4
"""The clock fires timers that are due within a microsecond; sums of floats add to that."""

DONE = {"status": "done"}


@dataclass
class Step:
    """One look: how long it takes, and what it finds; None is the finished job."""

    seconds: float
    finds: Pending | Exception | None


@dataclass
class Job:
    """A job in the background; after its last step it stays as it is. ``begun`` and ``over`` are times of looks."""

    steps: list[Step]
    begun: list[float] = field(default_factory=list[float])
    over: list[float] = field(default_factory=list[float])
    called_off: list[float] = field(default_factory=list[float])
    calling_off: Callable[[], Awaitable[object]] | None = None

    def found(self, at: int) -> Pending | Exception | None:
        return self.steps[min(at, len(self.steps) - 1)].finds

    async def look(self) -> Any:
        loop = asyncio.get_running_loop()
        step = self.steps[min(len(self.begun), len(self.steps) - 1)]
        self.begun.append(loop.time())
        await asyncio.sleep(step.seconds)
        self.over.append(loop.time())
        if isinstance(step.finds, Exception):
            raise step.finds
        return DONE if step.finds is None else step.finds

    async def cancel(self) -> None:
        self.called_off.append(asyncio.get_running_loop().time())
        if self.calling_off is not None:
            await self.calling_off()


@dataclass
class Waited:
    """How waiting ended, and what the record was told."""

    job: Job
    result: Any = None
    error: BaseException | None = None
    ended: float = 0.0
    told: list[Progress] = field(default_factory=list[Progress])


async def watched(
    poller: Any, job: Job, polling: Polling, first: Pending | None = None, by: float | None = None, start: float = 0.0
) -> Waited:
    loop = asyncio.get_running_loop()
    await asyncio.sleep(start)
    waited = Waited(job)

    def observe(_record: CallRecord, kind: str, detail: Any) -> None:
        if kind == "progress":
            waited.told.append(detail)

    with record_call("call", "wait", (observe,)):
        try:
            async with asyncio.timeout(2000):
                with deadline_at(start + by) if by is not None else nullcontext():
                    waited.result = await poller(job.look, job="j1", polling=polling, first=first, cancel=job.cancel)
        except Exception as error:
            waited.error = error
    waited.ended = loop.time()
    await no_task_left()
    return waited


def wait(poller: Any, steps: list[Step], polling: Polling, first: Pending | None = None, **more: Any) -> Waited:
    """Wait for a job on a clock of its own."""
    return run(watched(poller, Job(steps), polling, first, **more))


def close(one: float, other: float) -> bool:
    return abs(one - other) <= CLOSE
