"""A million calls and a hundred thousand streams of one process, and whether anything of them stays.

``python benchmarks/_endurance.py JSON`` runs against a stub server in another process and prints a JSON object a line:
samples while it runs, the result at last. Of four streams one is read as text, one through ``result()``, one is
abandoned (left early or dropped unclosed, in turns) and one is cancelled while it waits for more. What is abandoned or
cancelled comes from a server that never ends it, so that a connection which stays open is seen.
"""

from __future__ import annotations

import asyncio
import gc
import json
import os
import statistics
import sys
import time
import warnings
from collections.abc import Awaitable, Callable
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeAlias

from _case import KEY, MODEL, PROMPT
from _stub import SHORT, TEXT, WORD, pin

from ai_sdk import generate_text, stream_text
from ai_sdk.http import HTTP, HTTPRequest
from ai_sdk.messages import user
from ai_sdk.providers.openai_compatible import create_openai_compatible
from ai_sdk.requests import LanguageRequest

if TYPE_CHECKING:
    from ai_sdk.model import Model
    from ai_sdk.results import LanguageResponse

    ChatModel: TypeAlias = Model[LanguageRequest, LanguageResponse]

MOST_GROWTH = 0.02
"""Of the resident memory, from the first samples after the warm-up to the last ones."""

SHARE = 10
"""Calls to each stream."""


@dataclass(frozen=True)
class Task:
    """How much to do: ``laps`` of ``lap`` calls and a tenth of it streams each; the first fifth warms up."""

    url: str
    laps: int = 1000
    lap: int = 1000
    concurrency: int = 100
    cpu: int | None = None
    nice: int = 0


@dataclass
class Sample:
    """What the process holds between two laps, when nothing runs."""

    lap: int
    seconds: float
    rss_mb: float
    tasks: int
    descriptors: int
    objects: int
    connections: int


@dataclass
class Found:
    """What came of it; ``failures`` is empty when nothing stayed."""

    calls: int
    streams: int
    seconds: float
    growth: float
    first_mb: float
    last_mb: float
    connections_after_close: int
    descriptors_before: int
    descriptors_after: int
    failures: list[str] = field(default_factory=list[str])


class Runner:
    """The models and the ways to use them."""

    def __init__(self, task: Task) -> None:
        self.task = task
        self.http = HTTP()
        self.plain, self.short, self.held = (self._model(base) for base in ("v1", "short/v1", "held/v1"))
        self.cancelled = 0

    def _model(self, base: str) -> ChatModel:
        make = create_openai_compatible(name="stub", base_url=f"{self.task.url}/{base}", api_key=KEY, http=self.http)
        return make(MODEL)

    async def call(self, _number: int) -> None:
        """One whole answer."""
        text = (await generate_text(self.plain, PROMPT)).text
        assert text == TEXT, text

    async def stream(self, number: int) -> None:
        """One stream, in one of four ways."""
        await (self.read, self.fold, self.abandon, self.cancel)[number % 4](number)

    async def read(self, _number: int) -> None:
        """Read the text to its end."""
        async with stream_text(self.short, PROMPT) as stream:
            pieces = [piece async for piece in stream.text]
        assert pieces == [WORD] * SHORT, pieces

    async def fold(self, _number: int) -> None:
        """Take the result alone."""
        async with stream_text(self.short, PROMPT) as stream:
            assert (await stream.result()).text == WORD * SHORT

    async def abandon(self, number: int) -> None:
        """Leave early, or drop a response that is not closed."""
        if number % 8 < 4:
            async with stream_text(self.held, PROMPT) as stream:
                async for _ in stream.text:
                    break
            return
        response = await self.held(LanguageRequest(messages=(user(PROMPT),), stream=True))
        await anext(aiter(response))

    async def cancel(self, _number: int) -> None:
        """Be cancelled while more is waited for."""
        waiting = asyncio.Event()
        reading = asyncio.create_task(self._read_for_ever(waiting))
        await waiting.wait()
        await asyncio.sleep(0)
        reading.cancel()
        await asyncio.wait([reading])
        assert reading.cancelled()
        self.cancelled += 1

    async def _read_for_ever(self, waiting: asyncio.Event) -> None:
        async with stream_text(self.held, PROMPT) as stream:
            count = 0
            async for _ in stream.text:
                count += 1
                if count == SHORT:
                    waiting.set()

    async def connections(self) -> int:
        """Those that the server has open."""
        response = await self.http.send(HTTPRequest("GET", f"{self.task.url}/connections"))
        return int(response.body)


async def at_once(work: Callable[[int], Awaitable[None]], amount: int, concurrency: int) -> None:
    """Do ``amount`` pieces of work, so many at a time."""
    left = iter(range(amount))

    async def worker() -> None:
        for number in left:
            await work(number)

    async with asyncio.TaskGroup() as group:
        for _ in range(min(concurrency, amount)):
            group.create_task(worker())


def rss_mb() -> float:
    """The resident memory of this process now."""
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE") / 2**20


def descriptors() -> int:
    """The open files and sockets of this process, without the one that counts them."""
    return len(os.listdir("/proc/self/fd")) - 1


async def sample(runner: Runner, lap: int, start: float) -> Sample:
    """Look at the process while nothing runs."""
    await asyncio.sleep(0.05)
    connections = await runner.connections()
    gc.collect()
    taken = time.perf_counter() - start
    return Sample(lap, taken, rss_mb(), len(asyncio.all_tasks()), descriptors(), len(gc.get_objects()), connections)


async def run(task: Task, tell: Callable[[dict[str, Any]], None]) -> Found:
    """All laps, a sample every hundredth of them, and the judgement."""
    runner = Runner(task)
    await runner.connections()
    before = descriptors()
    start = time.perf_counter()
    samples: list[Sample] = []
    every = max(1, task.laps // 100)
    for lap in range(1, task.laps + 1):
        await at_once(runner.call, task.lap, task.concurrency)
        await at_once(runner.stream, task.lap // SHARE, task.concurrency)
        if lap % every == 0:
            samples.append(await sample(runner, lap, start))
            tell(asdict(samples[-1]))
    taken = time.perf_counter() - start
    await runner.http.aclose()
    await asyncio.sleep(0.2)
    after = descriptors()
    other = Runner(task)
    left = await other.connections() - 1
    await other.http.aclose()
    streams = task.laps * (task.lap // SHARE)
    first, last = ends(samples)
    found = Found(task.laps * task.lap, streams, taken, last / first - 1, first, last, left, before, after)
    found.failures = judged(found, samples, runner, task)
    return found


def ends(samples: list[Sample]) -> tuple[float, float]:
    """The median memory of the first tenth after the warm-up, and of the last tenth."""
    warm = [each.rss_mb for each in samples[len(samples) // 5 :]]
    tenth = max(1, len(warm) // 10)
    return statistics.median(warm[:tenth]), statistics.median(warm[-tenth:])


def judged(found: Found, samples: list[Sample], runner: Runner, task: Task) -> list[str]:
    """What stayed of the calls and streams although it should not have."""
    failures: list[str] = []
    if found.growth >= MOST_GROWTH:
        failures.append(f"memory grew by {found.growth:.1%}")
    if any(each.tasks != 1 for each in samples):
        failures.append(f"tasks stayed: {max(each.tasks for each in samples) - 1}")
    if any(each.connections > task.concurrency for each in samples):
        failures.append(f"connections stayed open: {max(each.connections for each in samples)}")
    if any(each.descriptors > found.descriptors_before + task.concurrency for each in samples):
        failures.append(f"descriptors stayed open: {max(each.descriptors for each in samples)}")
    if found.connections_after_close or found.descriptors_after >= found.descriptors_before:
        failures.append(f"open after closing: {found.connections_after_close} connections")
    if runner.cancelled != task.laps * (task.lap // SHARE // 4):
        failures.append(f"{runner.cancelled} streams were cancelled, of {found.streams}")
    return failures


def main() -> None:
    """One run, told line by line."""
    task = Task(**json.loads(sys.argv[1]))
    pin(task.cpu)
    os.nice(task.nice)
    warnings.simplefilter("ignore", ResourceWarning)
    found = asyncio.run(run(task, lambda line: print(json.dumps(line), flush=True)))
    print(json.dumps(asdict(found)), flush=True)


if __name__ == "__main__":
    main()
