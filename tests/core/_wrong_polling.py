"""A second poller, plain and slow, that keeps all laws of ``ai_sdk.polling``, or breaks the one that it is told to."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

from ai_sdk.call import report
from ai_sdk.deadline import deadline
from ai_sdk.errors import AISDKError, APIError, APITimeoutError
from ai_sdk.polling import Pending, Polling, Progress, _wanted  # pyright: ignore[reportPrivateUsage]


class Poller:
    """``Poller()`` keeps the laws; ``Poller("forgets the cap")`` breaks one."""

    def __init__(self, flaw: str = "") -> None:
        self.flaw = flaw

    def __repr__(self) -> str:
        return f"Poller({self.flaw!r})"

    async def __call__(
        self,
        look: Callable[[], Awaitable[Any]],
        *,
        job: str,
        polling: Polling,
        first: Pending | None = None,
        cancel: Callable[[], Awaitable[object]] | None = None,
    ) -> Any:
        wanted = None if self.flaw == "the model's polling wins" else _wanted.get()
        round_ = _Round(self.flaw, job, wanted or polling)
        try:
            return await round_.run(look, first)
        except asyncio.CancelledError:
            await self.call_off(cancel)
            if self.flaw == "a cancellation becomes a timeout":
                raise APITimeoutError("cancelled", limit="polling") from None
            raise
        except AISDKError as error:
            if isinstance(error, APIError) and self.flaw != "forgets the job of an error":
                error.job = error.job or job
            if round_.gave_up or self.flaw == "calls off what has failed":
                await self.call_off(cancel)
            raise

    async def call_off(self, cancel: Callable[[], Awaitable[object]] | None) -> None:
        if cancel is None or self.flaw == "never calls off":
            return
        if self.flaw == "calls off in the background":
            asyncio.ensure_future(cancel())
            return
        longest = 3600 if self.flaw == "calls off for as long as it takes" else 2
        try:
            async with asyncio.timeout(longest):
                await cancel()
        except Exception:
            if self.flaw == "the failure to call off is raised":
                raise
        except asyncio.CancelledError:
            if self.flaw == "is deaf while it calls off":
                await asyncio.sleep(1)
            raise


class _Round:
    def __init__(self, flaw: str, job: str, polling: Polling) -> None:
        self.flaw, self.job, self.polling = flaw, job, polling
        self.gave_up = False
        self.loop = asyncio.get_running_loop()
        self.began = self.loop.time()
        self.unhinted = self.failed = 0
        self.limit: Any = "polling"
        self.ends = float("inf") if polling.timeout is None else self.began + polling.timeout
        by = deadline()
        if by is not None and by < self.ends and flaw != "knows no deadline":
            self.ends, self.limit = by, "polling" if flaw == "mistakes the deadline" else "deadline"

    async def run(self, look: Callable[[], Awaitable[Any]], first: Pending | None) -> Any:
        seen = first
        if seen is not None:
            self.tell(seen)
        if self.flaw == "looks before the first pause":
            seen = await self.look(look, seen)
        while seen is None or isinstance(seen, Pending):
            await self.pause(seen)
            seen = await self.look(look, seen)
        if self.flaw == "looks once more":
            await look()
        return seen

    def next_pause(self) -> float:
        polling = self.polling
        exponent = self.unhinted + (self.flaw == "begins with the second pause")
        self.unhinted += 1
        factor = 1.0 if self.flaw == "forgets the factor" else polling.factor
        cap = float("inf") if self.flaw == "forgets the cap" else max(polling.longest, polling.interval)
        return min(polling.interval * factor**exponent, cap)

    async def pause(self, seen: Pending | None) -> None:
        if seen is not None and seen.wait is not None and self.flaw != "ignores the provider's hint":
            pause = max(seen.wait, 0.0)
            if self.flaw == "caps the provider's hint":
                pause = min(pause, self.polling.longest)
        else:
            pause = self.next_pause()
        if self.loop.time() + pause < self.ends or self.flaw == "notices the time only after a pause":
            await asyncio.sleep(pause)
            if self.loop.time() < self.ends:
                return
        elif self.flaw != "gives up early":
            await asyncio.sleep(max(self.ends - self.loop.time(), 0.0))
        self.late(seen)

    def late(self, seen: Pending | None) -> None:
        self.gave_up = True
        state = seen.status if seen else "not done"
        error = APITimeoutError(f"the job {self.job} was {state!r}", limit=self.limit, seconds=self.loop.time())
        error.retryable = self.flaw == "lets a timeout be retried"
        error.job = None if self.flaw == "forgets the job" else self.job
        raise error

    async def look(self, look: Callable[[], Awaitable[Any]], seen: Pending | None) -> Any:
        try:
            found = await self.in_time(look, seen)
        except AISDKError as error:
            self.failed += 1
            most = self.polling.failures - (self.flaw == "counts failures from one")
            final = not error.retryable and self.flaw != "survives what is final"
            of_the_job = getattr(error, "job", None) is not None and self.flaw != "looks again at a job that failed"
            if final or of_the_job:
                raise
            if self.failed > most:
                self.gave_up = True
                error.retryable = self.flaw == "lets what it gave up be retried"
                raise
            pending = Pending(seen.status if seen else "unknown", wait=error.retry_after)
            self.tell(pending, None if self.flaw == "hides why a look failed" else error)
            return pending
        if self.flaw != "never forgets a failure":
            self.failed = 0
        if isinstance(found, Pending):
            self.tell(found)
        return found

    async def in_time(self, look: Callable[[], Awaitable[Any]], seen: Pending | None) -> Any:
        if self.ends == float("inf") or self.flaw == "lets a look take as long as it likes":
            return await look()
        limit = asyncio.timeout_at(self.ends)
        try:
            async with limit:
                return await look()
        except TimeoutError:
            if not limit.expired():
                raise
        self.late(seen)

    def tell(self, seen: Pending, error: Exception | None = None) -> None:
        if self.flaw == "tells nobody":
            return
        seconds = self.loop.time() - (0.0 if self.flaw == "counts from the beginning of the world" else self.began)
        report("progress", Progress(self.job, seen.status, seen.fraction, seen.message, seconds, error))
